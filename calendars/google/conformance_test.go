package google

import (
	"testing"

	"unmeet/calendars/calendartest"
)

func TestConformance(t *testing.T) {
	calendartest.TestSource(t, calendartest.Fixture{
		Kind: "google",
		Open: func(t *testing.T, w *calendartest.World, clock *calendartest.Clock, owner string) calendartest.Backend {
			b := serve(t, w, &patience{Clock: clock})
			return calendartest.Backend{
				Source: b.source(owner),
				Remote: owner,
				Expire: func() { w.ExpireTokens(owner) },
				Hostile: func() {
					w.SparseTombstones(true)
					b.Configure(func(s *calendartest.Settings) { s.PageMax, s.EmptyPages, s.RepeatItems = 2, true, true })
				},
				Break: func() {
					b.Configure(func(s *calendartest.Settings) { s.PageMax, s.EmptyPages = 2, true })
					b.Inject(calendartest.Fault{Query: "pageToken", Times: 1, Do: calendartest.Refuse("forbidden", 0)})
				},
			}
		},
	})
}
