//go:build failpoints

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// place is where to die, and after how many hits.
var place, after = wanted(os.Getenv("UNMEET_FAILPOINT"))

var hits atomic.Int64

func wanted(text string) (place string, after int64) {
	place, times, found := strings.Cut(text, ":")
	if !found {
		return place, 1
	}
	after, err := strconv.ParseInt(times, 10, 64)
	if err != nil {
		panic("UNMEET_FAILPOINT: " + err.Error())
	}
	return place, after
}

// Hit kills the process, as a loss of power would, if it is the place wanted.
func Hit(name string) {
	if name != place || hits.Add(1) != after {
		return
	}
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {} // until the signal arrives
}
