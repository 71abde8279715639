package watch

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

type realClock struct{}

func (realClock) Now() time.Time                         { return time.Now() }
func (realClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func TestPulses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var none *Pulses
		if c := none.Clock("a", realClock{}); c != (realClock{}) || len(none.Since()) != 0 || none.Silent(0) != nil {
			t.Error("what nobody watches has a pulse")
		}
		p := &Pulses{}
		busy, stuck := p.Clock("busy", realClock{}), p.Clock("a stuck one", realClock{})
		for range 5 {
			<-busy.After(time.Minute)
			busy.Now()
		}
		if silent := p.Silent(5 * time.Minute); silent != nil {
			t.Errorf("silent %v", silent)
		}
		time.Sleep(time.Second)
		if silent := p.Silent(5 * time.Minute); !slices.Equal(silent, []string{"a stuck one"}) {
			t.Errorf("silent %v", silent)
		}
		if since := p.Since(); since["busy"] != time.Second || since["a stuck one"] != 5*time.Minute+time.Second {
			t.Errorf("since %v", since)
		}
		stuck.Now()
		if silent := p.Silent(5 * time.Minute); silent != nil {
			t.Errorf("once it goes on: %v", silent)
		}
	})
}
