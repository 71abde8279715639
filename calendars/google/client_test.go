package google

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"unmeet/calendars/calendartest"
)

func TestErrorSemantics(t *testing.T) {
	t.Run("24 what a failure means is told by its reason", func(t *testing.T) {
		for _, c := range []struct {
			reason string
			status int // instead of the usual one
			kind   Kind
			calls  int
		}{
			{"rateLimitExceeded", 0, Rate, attempts},
			{"rateLimitExceeded", 429, Rate, attempts},
			{"userRateLimitExceeded", 0, Rate, attempts},
			{"userRateLimitExceeded", 429, Rate, attempts},
			{"quotaExceeded", 0, Quota, 1},
			{"quotaExceeded", 429, Quota, 1},
			{"dailyLimitExceeded", 0, Quota, 1},
			{"insufficientPermissions", 0, Consent, 1},
			{"accessNotConfigured", 0, Admin, 1},
			{"domainPolicy", 0, Admin, 1},
			{"notACalendarUser", 0, Admin, 1},
			{"forbiddenForNonOrganizer", 0, Denied, 1},
			{"forbidden", 0, Denied, 1},
			{"authError", 0, Refused, 2},
			{"notFound", 0, NotFound, 1},
			{"invalid", 0, Permanent, 1},
			{"backendError", 0, Transient, attempts},
			{"internalError", 0, Transient, attempts},
		} {
			b := newBench(t)
			b.Inject(calendartest.Fault{Path: "/calendar/", Do: calendartest.Refuse(c.reason, c.status)})
			d, err := b.source(ann).Pull(t.Context(), span(), "")
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("%s: error %v", c.reason, err)
			}
			if e.Kind != c.kind || e.Reason != c.reason || d.Cursor != "" {
				t.Errorf("%s (%d): kind %q, reason %q", c.reason, c.status, e.Kind, e.Reason)
			}
			if n := len(b.calls()); n != c.calls {
				t.Errorf("%s (%d): %d calls, want %d", c.reason, c.status, n, c.calls)
			}
			if needsHint := c.kind == Refused || c.kind == Admin || c.kind == Consent || c.kind == Quota; needsHint != (e.Hint != "") {
				t.Errorf("%s: hint %q", c.reason, e.Hint)
			}
		}
	})

	t.Run("24 what passes by itself is tried again", func(t *testing.T) {
		for what, trouble := range map[string]calendartest.Trouble{
			"403":            calendartest.Refuse("rateLimitExceeded", 0),
			"429":            calendartest.Refuse("userRateLimitExceeded", 429),
			"503":            calendartest.Refuse("backendError", 0),
			"502 in HTML":    calendartest.HTML(),
			"reset before":   calendartest.ResetBefore(),
			"reset after":    calendartest.ResetAfter(),
			"truncated gzip": calendartest.TruncateGzip(),
		} {
			b := newBench(t)
			b.Create(weekly("w"))
			b.Inject(calendartest.Fault{Path: "/calendar/", Times: 2, Do: trouble})
			b.follow(ann).sync()
			if len(b.clock.slept()) == 0 {
				t.Errorf("%s: tried again without a wait", what)
			}
		}
	})

	t.Run("24 a token that the server refuses is renewed once", func(t *testing.T) {
		b := newBench(t)
		b.Create(weekly("w"))
		f := b.follow(ann)
		f.sync()
		b.Inject(calendartest.Fault{Path: "/calendar/", Times: 1, Do: calendartest.Refuse("authError", 0)})
		b.Forget()
		f.sync()
		if n := len(b.Requests(func(r calendartest.Request) bool { return r.Path == "/token" })); n != 1 {
			t.Errorf("%d refreshes", n)
		}
		b.wantCalls(2)
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	for _, c := range []struct {
		header string
		least  time.Duration
	}{{"7", 7 * time.Second}, {now.Add(30 * time.Second).Format(http.TimeFormat), 30 * time.Second}} {
		b := newBench(t)
		b.Inject(calendartest.Fault{Path: "/calendar/", Times: 1, Do: calendartest.Refuse("rateLimitExceeded", 0).After(c.header)})
		b.pull(b.source(ann), "")
		if w := b.clock.slept(); len(w) == 0 || w[0] < c.least || w[0] > c.least+firstWait {
			t.Errorf("Retry-After %s: waits %v", c.header, w)
		}
	}
	b := newBench(t)
	b.Inject(calendartest.Fault{Path: "/calendar/", Do: calendartest.Refuse("backendError", 0).After("3600")})
	_, err := b.source(ann).Pull(t.Context(), span(), "")
	if e, ok := errors.AsType[*Error](err); !ok || e.RetryAfter != time.Hour {
		t.Errorf("error %v", err)
	}
	b.wantCalls(1) // an hour is for whoever plans the next sync
}

func TestRetryAfterIsBounded(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-7": 0, "0": 0, "7": 7 * time.Second, " 90 ": 90 * time.Second, "86400": longestAsked, "86401": longestAsked,
		"9223372036": longestAsked, "18446744073709551616": longestAsked, // more than a Duration and more than an integer holds
		now.Add(-time.Hour).Format(http.TimeFormat):       0,
		now.Add(time.Hour).Format(http.TimeFormat):        time.Hour,
		now.AddDate(20, 0, 0).Format(http.TimeFormat):     longestAsked,
		now.AddDate(20000, 0, 0).Format(time.RFC3339Nano): 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {header}}, now); got != want {
			t.Errorf("Retry-After %q: %v, want %v", header, got, want)
		}
	}
}

func TestBackoffIsJitteredInFull(t *testing.T) {
	for n := range attempts {
		limit := min(firstWait<<n, slowestWait)
		low, high := false, false
		for range 500 {
			d := backoff(n, 0)
			if d < 0 || d > limit {
				t.Fatalf("attempt %d: waits %v, limit %v", n, d, limit)
			}
			low, high = low || d < limit/4, high || d > 3*limit/4
		}
		if !low || !high {
			t.Errorf("attempt %d: the waits do not spread from 0 to %v", n, limit)
		}
	}
}

func TestAHangingServerIsGivenUp(t *testing.T) {
	b := newBench(t)
	b.Inject(calendartest.Fault{Path: "/calendar/", Do: calendartest.Hang()})
	o := b.options(ann)
	o.Transport.Timeout = 20 * time.Millisecond
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Pull(t.Context(), span(), "")
	if KindOf(err) != Transient || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if n := len(b.clock.slept()); n != attempts-1 {
		t.Errorf("%d waits", n)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Pull(ctx, span(), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestAnswersAreCompressedAndBounded(t *testing.T) {
	b := newBench(t)
	b.pull(b.source(ann), "")
	for _, r := range b.calls() {
		if !r.Gzip {
			t.Error("an answer was not wanted compressed")
		}
	}

	big := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("User-Agent"), "gzip") {
			t.Error("the agent's name does not say gzip")
		}
		fmt.Fprint(w, `{"items":[],"nextSyncToken":"`)
		chunk := bytes.Repeat([]byte("a"), 1<<20)
		for range largestPage>>20 + 1 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
		fmt.Fprint(w, `"}`)
	}))
	defer big.Close()
	b.url = big.URL
	_, err := b.source(ann).Pull(t.Context(), span(), "")
	if KindOf(err) != Permanent || !errors.Is(err, errTooLarge) {
		t.Errorf("error %v", err)
	}
}

func TestHostileServers(t *testing.T) {
	page := 0
	for what, answer := range map[string]func(w http.ResponseWriter){
		"null":              func(w http.ResponseWriter) { fmt.Fprint(w, "null") },
		"empty":             func(w http.ResponseWriter) {},
		"no JSON":           func(w http.ResponseWriter) { fmt.Fprint(w, "<html>welcome to the airport") },
		"wrong types":       func(w http.ResponseWriter) { fmt.Fprint(w, `{"items":[{"id":7,"start":"noon"}]}`) },
		"pages in a circle": func(w http.ResponseWriter) { fmt.Fprint(w, `{"items":[],"nextPageToken":"again"}`) },
		"pages without end": func(w http.ResponseWriter) {
			page++
			fmt.Fprintf(w, `{"items":[],"nextPageToken":"%d"}`, page)
		},
		"elsewhere": func(w http.ResponseWriter) {
			w.Header().Set("Location", "http://127.0.0.1:1/steal")
			w.WriteHeader(http.StatusFound)
		},
	} {
		calls := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls++
			answer(w)
		}))
		b := newBench(t)
		b.url = s.URL
		d, err := b.source(ann).Pull(t.Context(), span(), "")
		if e, ok := errors.AsType[*Error](err); !ok || d.Cursor != "" || len(d.Copies) > 0 {
			t.Errorf("%s: error %v", what, err)
		} else if strings.Contains(e.Error(), "airport") || strings.Contains(e.Error(), "steal") {
			t.Errorf("%s: the error repeats the server: %v", what, err)
		}
		if calls > mostPages {
			t.Errorf("%s: %d calls", what, calls)
		}
		s.Close()
	}
}

func TestEventsThatCannotBeReadAreSkippedAndTold(t *testing.T) {
	b := newBench(t)
	id := b.Create(weekly("w"))
	b.Create(meeting("good", now))
	for _, spoil := range []struct {
		what   string
		change func(map[string]any)
		reason string
	}{
		{"no start", func(ev map[string]any) { delete(ev, "start") }, "start is missing"},
		{"no end", func(ev map[string]any) { delete(ev, "end") }, "end is missing"},
		{"strange time", func(ev map[string]any) { ev["start"] = map[string]any{"dateTime": "noon"} }, "start: the time cannot be read"},
		{"strange date", func(ev map[string]any) { ev["start"] = map[string]any{"date": "2026-02-30"} }, "start: the date cannot be read"},
		{"backwards", func(ev map[string]any) { ev["start"], ev["end"] = ev["end"], ev["start"] }, "it ends before it starts"},
		{"no original", func(ev map[string]any) { delete(ev, "originalStartTime") }, "originalStartTime of the instance is missing"},
		{"null guests", func(ev map[string]any) { ev["attendees"] = []any{nil} }, ""},
		{"unknown zone", func(ev map[string]any) { ev["start"].(map[string]any)["timeZone"] = "Mars/Olympus" }, ""},
		{"no organizer, no UID", func(ev map[string]any) { delete(ev, "organizer"); delete(ev, "iCalUID") }, ""},
	} {
		spoilt := ""
		c := *b
		c.meddle(func(_ *http.Request, answer map[string]any) {
			for _, ev := range items(answer) {
				if ev["recurringEventId"] == id {
					spoilt = ev["id"].(string)
					spoil.change(ev)
					return
				}
			}
		})
		d := c.pull(c.source(ann), "")
		want := 6
		if spoil.reason != "" {
			want--
			if len(d.Skipped) != 1 || d.Skipped[0].Reason != "event "+spoilt+": "+spoil.reason || d.Skipped[0].File != primary {
				t.Errorf("%s: skipped %+v", spoil.what, d.Skipped)
			}
		} else if len(d.Skipped) != 0 {
			t.Errorf("%s: skipped %+v", spoil.what, d.Skipped)
		}
		m := mirror{}
		m.apply(d)
		if n := len(m.sights(span())); n != want+1 {
			t.Errorf("%s: %d occurrences, want %d", spoil.what, n, want+1)
		}
	}
}

func TestLimitsKeepBelowTheQuotaAndAdapt(t *testing.T) {
	clock := &patience{Clock: calendartest.NewClock(now)}
	l := NewLimits(clock)
	slow := &Error{Kind: Rate, Reason: "userRateLimitExceeded"}
	for range 20 {
		l.learn(ann, slow) // twenty calls under way fail together
	}
	if got := l.person(ann).limit(); got != personPerSecond/2. {
		t.Errorf("after one storm %v calls a second", got)
	}
	if l.project.limit() != projectPerSecond || l.person(bob).limit() != personPerSecond {
		t.Error("one person's limit slowed others down")
	}
	for range 20 {
		clock.Advance(halveEvery)
		l.learn(ann, slow)
	}
	if got := l.person(ann).limit(); got != personPerSecond/float64(slowest) {
		t.Errorf("at its slowest %v calls a second", got)
	}
	l.learn(bob, &Error{Kind: Rate, Reason: "rateLimitExceeded"})
	if l.project.limit() != projectPerSecond/2. {
		t.Errorf("the project makes %v calls a second", l.project.limit())
	}
	for range 3 * steps {
		clock.Advance(recoverEvery)
		l.learn(ann, nil)
	}
	if l.person(ann).limit() != personPerSecond || l.project.limit() != projectPerSecond {
		t.Errorf("they did not recover: %v and %v", l.person(ann).limit(), l.project.limit())
	}

	clock.slept()
	began := clock.Now()
	const many = 1000
	for range many {
		if err := l.wait(t.Context(), cat); err != nil {
			t.Fatal(err)
		}
	}
	if perMinute := many / clock.Now().Sub(began).Minutes(); perMinute > 600 {
		t.Errorf("%.0f calls a minute for one person", perMinute)
	}
}

func TestSyncsUnderServerLimits(t *testing.T) {
	b := newBench(t)
	b.Create(weekly("w", bob))
	b.Configure(func(s *calendartest.Settings) { s.UserPerMinute = 3 })
	limits := NewLimits(b.clock)
	o := b.options(bob)
	o.Limits = limits
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	done, failed := 0, 0
	for done < 4 && failed < 10 {
		if _, err := s.Pull(t.Context(), span(), ""); KindOf(err) == Rate {
			failed++
			b.clock.Advance(time.Minute) // whoever plans syncs comes back later
		} else if err != nil {
			t.Fatal(err)
		} else {
			done++
		}
	}
	refused := len(b.Requests(func(r calendartest.Request) bool { return r.Reason == "userRateLimitExceeded" }))
	if done != 4 || refused == 0 {
		t.Errorf("%d syncs done, %d failed, %d calls refused", done, failed, refused)
	}
	if limits.person(bob).limit() >= personPerSecond {
		t.Error("the pace did not slow down")
	}
}

func TestDelegatedCallsAreChargedToThePerson(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	var charged []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		charged = append(charged, r.Header.Get("X-Goog-Quota-User"))
		mu.Unlock()
		b.Google.ServeHTTP(w, r)
	}))
	defer s.Close()
	b.url = s.URL
	for _, charge := range []bool{true, false} {
		o := b.options(ann)
		o.Charge = charge
		src, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		b.pull(src, "")
	}
	if got := strings.Join(charged, ","); got != ann+","+ann+",," {
		t.Errorf("charged %q", got)
	}
}

// What carries a secret goes to the address that it is meant for, and nowhere that
// this one points to.
func TestSecretsFollowNoRedirect(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	var led []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		led = append(led, r.Method+" "+r.URL.Path)
	}))
	defer elsewhere.Close()
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, status)
		}))
		defer here.Close()
		oauth, err := NewOAuth(OAuthConfig{ClientID: clientID, ClientSecret: clientSecret, Endpoints: EndpointsAt(here.URL), Transport: b.transport()})
		if err != nil {
			t.Fatal(err)
		}
		delegation, err := NewDelegation(t.Context(), DelegationConfig{
			Impersonate: robot, Machine: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "of-this-machine"}),
			Endpoints: EndpointsAt(here.URL), Transport: b.transport(),
		})
		if err != nil {
			t.Fatal(err)
		}
		tokens, _ := b.grant(ann)
		source, err := New(Options{Person: ann, Tokens: tokens, Endpoints: EndpointsAt(here.URL), Transport: b.transport()})
		if err != nil {
			t.Fatal(err)
		}
		for what, call := range map[string]func() error{
			"refresh": func() error { _, err := oauth.Grant(&vault{token: "1//0-refresh"}).Token(t.Context()); return err },
			"exchange": func() error {
				_, err := oauth.Exchange(t.Context(), NewAttempt(callback, ReadEvents), "code")
				return err
			},
			"revoke":    func() error { return oauth.Revoke(t.Context(), "1//0-refresh") },
			"assertion": func() error { _, err := delegation.For(ann).Token(t.Context()); return err },
			"events":    func() error { _, err := source.Pull(t.Context(), span(), ""); return err },
		} {
			if err := call(); err == nil {
				t.Errorf("%s: %d is taken for an answer", what, status)
			}
		}
	}
	if len(led) > 0 {
		t.Errorf("led elsewhere: %q", led)
	}
}

// Whatever a server sends back, no token gets into an error or a log.
func TestNoTokenInErrorsAndLogs(t *testing.T) {
	var log bytes.Buffer
	b := newBench(t)
	v := &vault{token: b.RefreshToken(ann, clientID, ReadEvents)}
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			b.Google.ServeHTTP(w, r)
			return
		}
		// It answers with what it was sent, in every place that errors are made of.
		said := r.Header.Get("Authorization") + r.URL.RawQuery
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintf(w, `{"error":{"code":503,"message":%q,"errors":[{"reason":%q,"message":%q}],"details":[{"reason":%q}]}}`, said, said, said, said)
	}))
	defer echo.Close()
	tr := b.transport()
	tr.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	oauth, err := NewOAuth(OAuthConfig{ClientID: clientID, ClientSecret: clientSecret, Endpoints: EndpointsAt(echo.URL), Transport: tr})
	if err != nil {
		t.Fatal(err)
	}
	grant := oauth.Grant(v)
	s, err := New(Options{Person: ann, Tokens: grant, Endpoints: EndpointsAt(echo.URL), Transport: tr})
	if err != nil {
		t.Fatal(err)
	}
	access, err := grant.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	_, err = s.Pull(t.Context(), span(), "")
	said = append(said, fmt.Sprintf("%v %+v %#v", err, err, err))
	err = oauth.Revoke(t.Context(), v.stored())
	said = append(said, fmt.Sprintf("%v %+v %#v", err, err, err))
	_, err = oauth.Exchange(t.Context(), NewAttempt(callback, ReadEvents), "4/0-a-code")
	said = append(said, fmt.Sprintf("%v %+v", err, err))
	b.Google.Revoke(ann)
	_, err = grant.Renew(t.Context(), access)
	said = append(said, fmt.Sprintf("%v %+v", err, err))
	echo.Close()
	_, err = s.Pull(t.Context(), span(), "")
	said = append(said, fmt.Sprintf("%v %+v", err, err))
	all := strings.Join(said, "\n") + log.String()
	if !strings.Contains(log.String(), "trying again") {
		t.Error("nothing was logged at all")
	}
	for _, secret := range []string{access, v.stored(), clientSecret, "4/0-a-code", "Bearer"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q was told:\n%s", secret, all)
		}
	}
}
