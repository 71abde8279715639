package calendartest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/calendars"
)

// TestViewsAgree drives a world at random and holds its three views of one
// calendar against each other after each step: the full feed and the feed kept by
// deltas, the full expanded list and the one kept by deltas, and the truth.
func TestViewsAgree(t *testing.T) {
	people := []string{ada, bob, cat}
	rapid.Check(t, func(t *rapid.T) {
		clock := NewClock(monday)
		w := NewWorld(clock.Now)
		for _, p := range people {
			w.AddPerson(Person{Address: p, Zone: "Europe/Berlin"})
		}
		var series []string
		seenFeed, seenExpanded := map[string]string{}, map[string]string{}
		var number int64

		step := func(t *rapid.T) {
			who := rapid.SampledFrom(people).Draw(t, "who")
			if len(series) == 0 || rapid.IntRange(0, 5).Draw(t, "new") == 0 {
				series = append(series, w.Create(Event{
					Organizer: who, Title: "t", Start: monday, End: monday.Add(time.Hour), Zone: "Europe/Berlin",
					Recurrence: []string{"RRULE:FREQ=WEEKLY;COUNT=6"}, Guests: []Guest{{Address: bob}},
				}))
				return
			}
			id := rapid.SampledFrom(series).Draw(t, "series")
			lead := w.lead(id)
			starts := lead.ev.rule.between(monday.AddDate(-1, 0, 0), monday.AddDate(1, 0, 0))
			if lead.away || len(starts) == 0 {
				return
			}
			original := rapid.SampledFrom(starts).Draw(t, "original")
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 0:
				w.Change(id, later)
			case 1:
				w.ChangeInstance(id, original, later)
			case 2:
				w.CancelInstance(id, original)
			case 3:
				if original.Equal(starts[0]) {
					return // nothing would be left of the first half
				}
				series = append(series, w.Split(id, original, func(*Event) {}))
			case 4:
				w.Cancel(id)
			case 5:
				w.Change(id, func(e *Event) {
					if i := e.guest(who); i >= 0 {
						e.Guests = slices.Delete(e.Guests, i, i+1)
					} else {
						e.Guests = append(e.Guests, Guest{Address: who})
					}
				})
			case 6:
				w.Answer(bob, id, original, calendars.Declined, "")
			}
		}
		collect := func(into map[string]string, items []item) map[string]string {
			for _, it := range items {
				if it.cancelled {
					delete(into, it.id)
				} else {
					into[it.id] = it.start.UTC().Format(time.RFC3339) + it.series + it.ev.Title
				}
			}
			return into
		}
		t.Repeat(map[string]func(*rapid.T){
			"step": step,
			"": func(t *rapid.T) {
				c := w.calendars[bob]
				feed, expanded := view{}, view{expanded: true}
				collect(seenFeed, c.delta(feed, number, clock.Now()))
				collect(seenExpanded, c.delta(expanded, number, clock.Now()))
				number = w.log
				// A client drops what belongs to a series that is gone.
				for id := range seenFeed {
					if e := c.entries[id]; e.series != "" && c.entries[e.series] != nil && c.entries[e.series].away {
						delete(seenFeed, id)
					}
				}
				if diff := cmp.Diff(collect(map[string]string{}, c.all(feed, clock.Now())), seenFeed); diff != "" {
					t.Fatalf("feed: %s", diff)
				}
				full := collect(map[string]string{}, c.all(expanded, clock.Now()))
				if diff := cmp.Diff(full, seenExpanded); diff != "" {
					t.Fatalf("expanded: %s", diff)
				}
				if truth := w.Window(bob, monday.AddDate(-1, 0, 0), monday.AddDate(2, 0, 0)); len(truth) != len(full) {
					t.Fatalf("truth has %d occurrences, the list %d", len(truth), len(full))
				}
			},
		})
	})
}

// Copies that say the same are one in memory, however many people hold them.
func TestCopiesShareMemory(t *testing.T) {
	w := NewWorld(NewClock(monday).Now)
	ev := Event{Organizer: "p0@acme.example", Start: monday, End: monday.Add(time.Hour), Recurrence: []string{"RRULE:FREQ=DAILY"}}
	for i := range 500 {
		address := "p" + string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10)) + "@acme.example"
		if i == 0 {
			address = ev.Organizer
		}
		w.AddPerson(Person{Address: address})
		ev.Guests = append(ev.Guests, Guest{Address: address})
	}
	id := w.Create(ev)
	w.Answer("p001@acme.example", id, time.Time{}, calendars.Accepted, "")
	w.ChangeInstance(id, monday.AddDate(0, 0, 1), later)
	states := map[*Event]bool{}
	for _, c := range w.calendars {
		for _, e := range c.entries {
			states[e.ev] = true
		}
	}
	if len(states) != 2 {
		t.Errorf("500 copies of a series and an instance take %d states, want 2", len(states))
	}
}
