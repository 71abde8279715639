package google

import (
	"testing"

	"unmeet/calendars/calendartest"
)

// TestConformance runs the suite of all sources against the fake server.
func TestConformance(t *testing.T) {
	open := func(t *testing.T, w *calendartest.World, clock *calendartest.Clock, owner string) calendartest.Backend {
		g := calendartest.StartGoogle(t, w)
		g.AddClient(calendartest.OAuthClient{ID: clientID, Secret: clientSecret, Redirects: []string{callback}})
		b := &bench{Google: g, t: t, clock: &patience{Clock: clock}, url: g.URL}
		return calendartest.Backend{
			Source: b.source(owner), Remote: primary,
			Expire: func() { w.ExpireTokens(owner) },
			Hostile: func() {
				g.Configure(func(s *calendartest.Settings) { s.PageMax, s.EmptyPages, s.RepeatItems = 2, true, true })
				w.SparseTombstones(true)
			},
			Break: func() {
				g.Configure(func(s *calendartest.Settings) { s.PageMax = 2 })
				g.Inject(calendartest.Fault{Query: "pageToken", Times: 1, Do: calendartest.Refuse("domainPolicy", 0)})
			},
		}
	}
	calendartest.TestSource(t, calendartest.Fixture{Kind: "google", Open: open})
}
