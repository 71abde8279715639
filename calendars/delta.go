package calendars

import (
	"fmt"
	"time"
)

// Collection tells a source which calendar to pull, and for which time.
type Collection struct {
	Remote   string    // the collection's address, in the source's words
	From, To time.Time // occurrences are wanted within [From, To)
}

// Delta is what one pull brought home. The copies of one object (one Remote)
// come together, and replace whatever was known of that object before.
type Delta struct {
	// Full says that Copies list everything the collection holds within
	// [From, To): what is absent there is gone. Otherwise only what changed.
	Full     bool
	From, To time.Time
	Copies   []Copy
	Gone     []RemoteID // objects the source says were deleted
	Skipped  []Skip     // what could not be read, and why
	Cursor   string     // where the next pull goes on; "" where the source has none
}

// Skip reports a piece of foreign input that was passed over.
type Skip struct {
	File   string `json:"file"`
	Line   int    `json:"line"` // 1-based; 0 where lines mean nothing
	Reason string `json:"reason"`
	UID    string `json:"uid,omitempty"`
}

// String says where and why, as compilers do: "team.ics:41: DTSTART is missing".
func (s Skip) String() string {
	if s.Line == 0 {
		return fmt.Sprintf("%s: %s", s.File, s.Reason)
	}
	return fmt.Sprintf("%s:%d: %s", s.File, s.Line, s.Reason)
}
