package google

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
)

// Whatever organizers and guests do between two syncs, the mirror of each of them
// equals their calendar after the next one. The check is in follower.sync.
func TestMirrorFollowsTheCalendar(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := newBench(t)
		b.SparseTombstones(rapid.Bool().Draw(r, "sparse"))
		b.Configure(func(s *calendartest.Settings) {
			s.PageMax = rapid.SampledFrom([]int{0, 3, 7}).Draw(r, "page")
			s.EmptyPages = rapid.Bool().Draw(r, "empty")
			s.RepeatItems = s.PageMax > 1 && rapid.Bool().Draw(r, "repeat")
		})
		w := walk{bench: b, r: r, live: map[string]bool{}}
		followers := []*follower{b.follow(ann), b.follow(bob), b.follow(cat)}
		for range rapid.IntRange(1, 6).Draw(r, "syncs") {
			for range rapid.IntRange(0, 5).Draw(r, "edits") {
				w.step()
			}
			for _, f := range followers {
				f.sync()
			}
		}
	})
}

// walk edits calendars at random.
type walk struct {
	*bench
	r    *rapid.T
	live map[string]bool // ids of series (true) and one-offs (false)
	made int
}

func (w *walk) step() {
	ids := make([]string, 0, len(w.live))
	for i := 1; i <= w.made; i++ {
		if id := fmt.Sprintf("event%d", i); has(w.live, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 || rapid.IntRange(0, 3).Draw(w.r, "what") == 0 {
		w.create()
		return
	}
	id := rapid.SampledFrom(ids).Draw(w.r, "id")
	hours := time.Duration(rapid.IntRange(-24*40, 24*40).Draw(w.r, "hours")) * time.Hour
	edit := rapid.SampledFrom([]func(*calendartest.Event){
		func(e *calendartest.Event) { e.Title += "!" },
		func(e *calendartest.Event) {
			by := hours
			if e.AllDay {
				by = by.Truncate(24 * time.Hour)
			}
			e.Start, e.End = e.Start.Add(by), e.End.Add(by)
		},
		func(e *calendartest.Event) {
			if !e.AllDay {
				e.End = e.End.Add(time.Hour)
			}
		},
		func(e *calendartest.Event) { e.HideGuests = !e.HideGuests },
		func(e *calendartest.Event) { e.Guests = append(e.Guests[:0:0], calendartest.Guest{Address: cat}) },
	}).Draw(w.r, "edit")
	if w.live[id] && rapid.Bool().Draw(w.r, "instance") {
		w.instance(id, edit)
		return
	}
	switch rapid.IntRange(0, 4).Draw(w.r, "how") {
	case 0:
		w.Cancel(id)
		delete(w.live, id)
	case 1:
		w.Answer(ann, id, time.Time{}, calendars.Accepted, "")
	default:
		w.Change(id, edit)
	}
}

func has(m map[string]bool, id string) bool { _, ok := m[id]; return ok }

func (w *walk) create() {
	w.made++
	start := now.Add(time.Duration(rapid.IntRange(-24*20, 24*35).Draw(w.r, "start")) * time.Hour)
	guests := rapid.SampledFrom([][]string{nil, {bob}, {bob, cat}}).Draw(w.r, "guests")
	ev := meeting(fmt.Sprintf("m%d", w.made), start, guests...)
	ev.ID = fmt.Sprintf("event%d", w.made)
	if ev.AllDay = rapid.IntRange(0, 4).Draw(w.r, "all day") == 0; ev.AllDay {
		ev.Start = start.Truncate(24 * time.Hour)
		ev.End = ev.Start.AddDate(0, 0, 1)
	}
	rule := rapid.SampledFrom([]string{"", "RRULE:FREQ=WEEKLY", "RRULE:FREQ=DAILY;COUNT=9", "RRULE:FREQ=WEEKLY;BYDAY=MO,TH"}).Draw(w.r, "rule")
	if rule != "" {
		ev.Recurrence = []string{rule}
	}
	w.Create(ev)
	w.live[ev.ID] = rule != ""
}

// instance edits or cancels an instance that is in somebody's window.
func (w *walk) instance(id string, edit func(*calendartest.Event)) {
	for _, o := range w.Window(ann, span().From, span().To) {
		if o.Series != id {
			continue
		}
		planned, ok := o.Instance.Time(time.UTC)
		switch {
		case !ok:
			w.t.Fatalf("instance %q", o.Instance)
		case rapid.IntRange(0, 2).Draw(w.r, "cancel") == 0:
			w.CancelInstance(id, planned)
		case o.AllDay:
			w.ChangeInstance(id, planned, func(e *calendartest.Event) { e.Title += "?" })
		default:
			w.ChangeInstance(id, planned, edit)
		}
		return
	}
}
