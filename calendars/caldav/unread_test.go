package caldav

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars/reach"
)

// TestUnread: an object that the server lists and does not give out is told of, is
// not taken for gone, and is asked for again by the next pull, whatever tells changes
// and though nothing changed; one that is refused for good is not.
func TestUnread(t *testing.T) {
	const calendar = "<response><href>/cal/</href><propstat><prop><resourcetype><collection/><C:calendar/></resourcetype>MARKS</prop><status>HTTP/1.1 200 OK</status></propstat></response>"
	bare := "<response><href>/cal/a.ics</href><propstat><prop><resourcetype/><getetag>2</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response>"
	old, next := listed("/cal/a.ics", "1", meeting("a", "")), listed("/cal/a.ics", "2", meeting("a", "SUMMARY:changed\r\n"))
	for _, mode := range []struct {
		name, marks string
		change      func(s *scripted) // a.ics changed, and nothing after
		idle        func(s *scripted)
	}{
		{
			"sync-collection", "<sync-token>one</sync-token>",
			func(s *scripted) { s.say("sync-collection", bare+"<sync-token>two</sync-token>") },
			func(s *scripted) { s.say("sync-collection", "<sync-token>two</sync-token>") },
		},
		{
			"ctag", "<S:getctag>one</S:getctag>",
			func(s *scripted) {
				s.say("PROPFIND", strings.Replace(calendar, "MARKS", "<S:getctag>two</S:getctag>", 1)+bare)
			},
			func(*scripted) {},
		},
		{
			"etags", "",
			func(s *scripted) { s.say("PROPFIND", strings.Replace(calendar, "MARKS", "", 1)+bare) },
			func(*scripted) {},
		},
	} {
		for _, refusal := range []struct {
			status, text string
			again        bool
		}{
			{"503 Service Unavailable", "a.ics: the server lists it and does not give it out (503)", true},
			{"404 Not Found", "a.ics: the server lists it and does not give it out (404)", true},
			{"403 Forbidden", "a.ics: the server lists it and does not give it out (403)", false},
		} {
			t.Run(mode.name+", "+refusal.status, func(t *testing.T) {
				s := serve(t)
				s.say("PROPFIND", strings.Replace(calendar, "MARKS", mode.marks, 1))
				s.say("calendar-query", old)
				first, err := s.pull(t, "", Options{})
				if err != nil || len(first.Copies) != 1 {
					t.Fatalf("%+v, %v", first, err)
				}
				refused := "<response><href>/cal/a.ics</href><status>HTTP/1.1 " + refusal.status + "</status></response>"
				mode.change(s)
				s.say("calendar-multiget", refused)
				cursor := first.Cursor
				for _, step := range []string{"changed", "still refused"} {
					s.asked = nil
					delta, err := s.pull(t, cursor, Options{})
					if err != nil || delta.Full || len(delta.Gone)+len(delta.Copies) > 0 {
						t.Fatalf("%s: %+v, %v", step, delta, err)
					}
					if told := step == "changed" || refusal.again; told && (len(delta.Skipped) != 1 || delta.Skipped[0].String() != refusal.text) {
						t.Errorf("%s: skipped %v", step, delta.Skipped)
					} else if !told && s.asked[len(s.asked)-1] == "calendar-multiget" {
						t.Errorf("%s: asked again: %v", step, s.asked)
					}
					cursor = delta.Cursor
					mode.idle(s)
				}
				s.say("calendar-multiget", next)
				delta, err := s.pull(t, cursor, Options{})
				if err != nil || len(delta.Skipped) > 0 || refusal.again != (len(delta.Copies) == 1 && delta.Copies[0].Title == "changed") {
					t.Errorf("given out again: %+v, %v", delta, err)
				}
				s.asked = nil
				if _, err := s.pull(t, delta.Cursor, Options{}); err != nil || mode.name != "etags" && len(s.asked) != 1 {
					t.Errorf("afterwards: asked %v, %v", s.asked, err)
				}
			})
		}
	}
}

// TestUnreadGone: an object that was not given out, and is then deleted, is gone.
func TestUnreadGone(t *testing.T) {
	s := serve(t)
	s.say("calendar-query", listed("/cal/a.ics", "1", meeting("a", ""))+"<response><href>/cal/b.ics</href><status>HTTP/1.1 500 No</status></response>")
	s.say("calendar-multiget", "<response><href>/cal/b.ics</href><status>HTTP/1.1 500 No</status></response>")
	first, err := s.pull(t, "", Options{})
	if err != nil || !first.Full || len(first.Skipped) != 1 {
		t.Fatalf("%+v, %v", first, err)
	}
	s.asked = nil
	s.say("sync-collection", "<response><href>/cal/b.ics</href><status>HTTP/1.1 404 Not Found</status></response><sync-token>two</sync-token>")
	next, err := s.pull(t, first.Cursor, Options{})
	if err != nil || len(next.Gone) != 1 || len(next.Skipped) > 0 || !cmp.Equal(s.asked, []string{"sync-collection"}) {
		t.Errorf("asked %v: %+v, %v", s.asked, next, err)
	}
}

// TestPullBound: a server that always has more to tell is stopped, though no single
// answer is large.
func TestPullBound(t *testing.T) {
	s := serve(t)
	s.say("calendar-query", listed("/cal/a.ics", "1", meeting("a", "")))
	first, err := s.pull(t, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	rounds := 0
	s.script["sync-collection"] = func(w http.ResponseWriter, _ *http.Request, _ string) {
		rounds++
		w.WriteHeader(http.StatusMultiStatus)
		io.WriteString(w, multistatusHead+listed("/cal/a.ics", "1", meeting("a", "DESCRIPTION:"+strings.Repeat("x", 4000)+"\r\n"))+ //nolint:errcheck // the client would notice
			"<response><href>/cal/</href><status>HTTP/1.1 507 Insufficient Storage</status></response><sync-token>"+strings.Repeat("y", rounds)+"</sync-token></multistatus>")
	}
	if _, err := s.pull(t, first.Cursor, Options{Pull: 30_000}); reach.KindOf(err) != reach.TooLarge || rounds < 3 || rounds > 10 {
		t.Errorf("after %d rounds: %v", rounds, err)
	}
}
