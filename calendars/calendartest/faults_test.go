package calendartest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"google.golang.org/api/googleapi"
)

func TestRefusals(t *testing.T) {
	g, _ := newGoogle(t)
	s := service(t, g, bob)
	for name, no := range refusals {
		g.Inject(Fault{Times: 1, Do: Refuse(name, 0).After("7")})
		_, err := s.Events.List("primary").Do()
		var e *googleapi.Error
		if !errors.As(err, &e) || e.Code != no.status || e.Errors[0].Reason != name || e.Message != no.message || e.Header.Get("Retry-After") != "7" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Events.List("primary").Do(); err != nil {
		t.Errorf("after the faults: %v", err)
	}
	g.Inject(Fault{Times: 1, Do: Refuse("rateLimitExceeded", http.StatusTooManyRequests)})
	var e *googleapi.Error
	if _, err := s.Events.List("primary").Do(); !errors.As(err, &e) || e.Code != http.StatusTooManyRequests {
		t.Errorf("as 429: %v", err)
	}
}

func TestBrokenAnswers(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	s := service(t, g, bob)
	for _, c := range []struct {
		name string
		do   Trouble
	}{
		{"html", HTML()}, {"reset before", ResetBefore()}, {"reset after", ResetAfter()}, {"truncated gzip", TruncateGzip()},
	} {
		g.Inject(Fault{Method: http.MethodPatch, Times: 1, Do: c.do})
		if _, err := s.Events.Patch("primary", id, decline(c.name)).Do(); err == nil {
			t.Errorf("%s: no error", c.name)
		}
		// What is cut off after the commit was done all the same.
		done := get(t, g, bob, id).Attendees[1].Comment == c.name
		if want := c.name == "reset after" || c.name == "truncated gzip"; done != want {
			t.Errorf("%s: carried out %v, want %v", c.name, done, want)
		}
	}

	g.Inject(Fault{Times: 1, Do: Slow(time.Millisecond)})
	if l, err := s.Events.List("primary").Do(); err != nil || len(l.Items) != 1 {
		t.Errorf("slow: %v", err)
	}

	g.Inject(Fault{Times: 1, Do: Hang()})
	ctx, cancel := context.WithCancel(t.Context())
	hung := make(chan error)
	go func() {
		_, err := s.Events.List("primary").Context(ctx).Do()
		hung <- err
	}()
	cancel()
	if err := <-hung; !errors.Is(err, context.Canceled) {
		t.Errorf("hang: %v", err)
	}
}

func TestFaultsPick(t *testing.T) {
	g, _ := newGoogle(t)
	weekly(g)
	adas, bobs := service(t, g, ada), service(t, g, bob)
	_, token := full(t, bobs)
	g.Inject(Fault{User: bob, Query: "syncToken", Skip: 1, Times: 2, Do: Refuse("backendError", 0)})
	var got []bool
	for range 4 {
		_, err := bobs.Events.List("primary").SyncToken(token).Do()
		got = append(got, err == nil)
	}
	if want := [4]bool{true, false, false, true}; [4]bool(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
	g.Inject(Fault{User: bob, Path: "/events", Do: Refuse("backendError", 0)})
	if _, err := adas.Events.List("primary").Do(); err != nil {
		t.Errorf("somebody else is hit: %v", err)
	}
	if _, err := bobs.CalendarList.Get("primary").Do(); err != nil {
		t.Errorf("another path is hit: %v", err)
	}
	g.Heal()
	if _, err := bobs.Events.List("primary").Do(); err != nil {
		t.Errorf("after healing: %v", err)
	}
}

// Faults by chance are the same for the same seed.
func TestFaultsByChance(t *testing.T) {
	run := func(seed uint64) (failed []int) {
		g, _ := newGoogle(t)
		g.Configure(func(s *Settings) { s.Seed = seed })
		g.Inject(Fault{Rate: 0.2, Do: Refuse("internalError", 0)})
		s := service(t, g, bob)
		for i := range 100 {
			if _, err := s.Events.List("primary").Do(); err != nil {
				failed = append(failed, i)
			}
		}
		return failed
	}
	a, b, c := run(1), run(1), run(2)
	if len(a) < 5 || len(a) > 40 {
		t.Errorf("%d of 100 failed at a rate of 0.2", len(a))
	}
	if !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Errorf("seeds do not decide: %v %v %v", a, b, c)
	}
}

func TestLimits(t *testing.T) {
	g, clock := newGoogle(t)
	g.Configure(func(s *Settings) { s.UserPerMinute, s.ProjectPerMinute = 2, 3 })
	adas, bobs := service(t, g, ada).Events.List("primary"), service(t, g, bob).Events.List("primary")
	for i, c := range []struct {
		do   func() error
		want string
	}{
		{func() error { _, err := adas.Do(); return err }, ""},
		{func() error { _, err := adas.Do(); return err }, ""},
		{func() error { _, err := adas.Do(); return err }, "userRateLimitExceeded"},
		{func() error { _, err := bobs.Do(); return err }, "rateLimitExceeded"},
	} {
		err := c.do()
		if c.want == "" && err != nil || c.want != "" && reason(t, err) != c.want {
			t.Errorf("request %d: %v, want %q", i, err, c.want)
		}
	}
	clock.Advance(time.Minute)
	if _, err := adas.Do(); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	g.Configure(func(s *Settings) { s.UserPerMinute, s.TooMany = 1, true })
	var e *googleapi.Error
	if _, err := adas.Do(); !errors.As(err, &e) || e.Code != http.StatusTooManyRequests {
		t.Errorf("as 429: %v", err)
	}
}

func TestRequestsAreRecorded(t *testing.T) {
	g, clock := newGoogle(t)
	id := weekly(g)
	s := service(t, g, bob)
	if _, err := s.Events.List("primary").MaxResults(5).Do(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Events.Patch("primary", id, decline("")).Do(); err != nil {
		t.Fatal(err)
	}
	all := g.Requests(nil)
	if len(all) != 2 {
		t.Fatalf("recorded %d requests, want 2", len(all))
	}
	list, patch := all[0], all[1]
	if list.Method != "GET" || list.Path != "/calendar/v3/calendars/primary/events" || list.Query.Get("maxResults") != "5" ||
		list.User != bob || list.Status != 200 || !list.Gzip || !list.At.Equal(clock.Now()) {
		t.Errorf("list: %+v", list)
	}
	if patch.Method != "PATCH" || len(patch.Body) == 0 {
		t.Errorf("patch: %+v", patch)
	}
	if n := len(g.Requests(func(r Request) bool { return r.User == ada })); n != 0 {
		t.Errorf("ada made %d requests", n)
	}
	g.Forget()
	if n := len(g.Requests(nil)); n != 0 {
		t.Errorf("%d requests after forgetting", n)
	}
}

func TestUnauthorized(t *testing.T) {
	g, clock := newGoogle(t)
	s := service(t, g, bob)
	owned := service(t, g, bob, scopeRoot+"calendar.events.owned.readonly")
	g.Share(ada, bob, "reader")
	if _, err := owned.Events.List(ada).Do(); reason(t, err) != "notFound" {
		t.Error("a scope for owned calendars opens others")
	}
	if _, err := owned.Events.List("primary").Do(); err != nil {
		t.Errorf("own calendar: %v", err)
	}
	if _, err := owned.CalendarList.List().Do(); reason(t, err) != "insufficientPermissions" {
		t.Error("an events scope opens the list of calendars")
	}
	if l, err := s.CalendarList.List().Do(); err != nil || len(l.Items) != 2 || !l.Items[1].Primary {
		t.Errorf("calendar list: %v %v", l, err)
	}
	clock.Advance(time.Hour)
	if _, err := s.Events.List("primary").Do(); reason(t, err) != "authError" {
		t.Error("tokens do not expire")
	}
}
