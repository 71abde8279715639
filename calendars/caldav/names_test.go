package caldav

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/calendars"
)

// TestIdentity: whatever an object is called, and in whatever way its address is
// written, its name is one, leads back to it, and is no other's.
func TestIdentity(t *testing.T) {
	collection := &url.URL{Scheme: "https", Host: "x.example", Path: "/dav/o@x.example/my calendar/"}
	// An address with each byte encoded or not, as the server likes.
	write := func(t *rapid.T, part string) string {
		var b strings.Builder
		for _, c := range []byte(part) {
			plain := c >= 'a' && c <= 'z' || c == '.' || strings.IndexByte("@:$&+=;,", c) >= 0
			if plain && rapid.Bool().Draw(t, "plain") {
				b.WriteByte(c)
			} else {
				b.WriteString(fmt.Sprintf(rapid.SampledFrom([]string{"%%%02x", "%%%02X"}).Draw(t, "case"), c))
			}
		}
		return b.String()
	}
	name := func(t *rapid.T, part string) string {
		w := wireResponse{Href: "/dav/o%40x.example/my%20calendar/" + write(t, part)}
		f, ok := w.found(collection)
		if !ok {
			t.Fatalf("%q is no address", w.Href)
		}
		return f.within(collection)
	}
	parts := rapid.StringMatching(`[a-e%/@ .~2F5ü]{1,6}\.ics`)
	rapid.Check(t, func(t *rapid.T) {
		one, other := parts.Draw(t, "one"), parts.Draw(t, "other")
		first := name(t, one)
		if again := name(t, one); first == "" || again != first {
			t.Errorf("%q is called %q and %q", one, first, again)
		}
		if one != other && name(t, other) == first {
			t.Errorf("%q and %q are both called %q", one, other, first)
		}
		back := inside(collection, first)
		if got := (found{path: identity(back)}).within(collection); got != first || strings.Count(back.EscapedPath(), "/") != 4 {
			t.Errorf("%q leads to %s, which is called %q", first, back, got)
		}
	})
}

// TestEncodedNames: an object is the same in a listing, among changes and when it is
// asked for, and is asked for as the server writes it.
func TestEncodedNames(t *testing.T) {
	s := serve(t)
	bare := func(href string) string {
		return "<response><href>" + href + "</href><propstat><prop><getetag>1</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response>"
	}
	s.say("calendar-query", bare("/cal/a%2fb.ics")+bare("/cal/c%40d.ics")+bare("/cal/e%2540.ics"))
	asked := ""
	s.say("calendar-multiget", listed("/cal/a%2Fb.ics", "1", meeting("a", ""))+listed("/cal/c@d.ics", "1", meeting("c", ""))+listed("/cal/e%2540.ics", "1", meeting("e", "")))
	multiget := s.script["calendar-multiget"]
	s.script["calendar-multiget"] = func(w http.ResponseWriter, r *http.Request, body string) {
		asked = strings.Join(hrefText.FindAllString(body, -1), " ")
		multiget(w, r, body)
	}
	first, err := s.pull(t, "", Options{})
	if err != nil || len(first.Skipped) > 0 {
		t.Fatalf("%+v, %v", first, err)
	}
	if want := "<D:href>/cal/a%2fb.ics</D:href> <D:href>/cal/c%40d.ics</D:href> <D:href>/cal/e%2540.ics</D:href>"; asked != want {
		t.Errorf("asked for %s, want %s", asked, want)
	}
	uids := map[calendars.RemoteID]string{}
	for _, k := range first.Copies {
		uids[k.Remote] = k.UID
	}
	if diff := cmp.Diff(map[calendars.RemoteID]string{"a%2Fb.ics": "a", "c@d.ics": "c", "e%2540.ics": "e"}, uids); diff != "" {
		t.Errorf("copies (-want +got):\n%s", diff)
	}
	s.say("sync-collection", "<response><href>/cal/%61%2fb.ics</href><status>HTTP/1.1 404 Not Found</status></response>"+
		listed("/cal/%63@d.ics", "2", meeting("c", ""))+"<sync-token>two</sync-token>")
	change, err := s.pull(t, first.Cursor, Options{})
	if err != nil || !cmp.Equal(change.Gone, []calendars.RemoteID{"a%2Fb.ics"}) || len(change.Copies) != 1 || change.Copies[0].Remote != "c@d.ics" {
		t.Errorf("%+v, %v", change, err)
	}
	s.script[http.MethodGet] = func(w http.ResponseWriter, r *http.Request, _ string) {
		if got, want := r.URL.EscapedPath(), "/cal/a%2Fb.ics"; got != want {
			t.Errorf("asked for %s, want %s", got, want)
		}
		io.WriteString(w, invitation) //nolint:errcheck // the client may be gone
	}
	i := s.decline()
	i.Remote = "a%2Fb.ics"
	source := Source{Client: New(Options{})}
	if seen, err := source.Look(t.Context(), i); err != nil || seen.UID != "a" {
		t.Errorf("%+v, %v", seen, err)
	}
}

// TestMovedCalendar: a calendar that its address sends us on from holds the same
// objects, by the same names.
func TestMovedCalendar(t *testing.T) {
	s := serve(t)
	s.say("calendar-query", listed("/cal/a.ics", "1", meeting("a", ""))+listed("/cal/b.ics", "1", meeting("b", "")))
	first, err := s.pull(t, "", Options{})
	if err != nil || len(first.Copies) != 2 {
		t.Fatalf("%+v, %v", first, err)
	}
	s.say("calendar-query", listed("/new/cal/a.ics", "1", meeting("a", ""))+listed("/new/cal/b.ics", "1", meeting("b", "")))
	s.say("sync-collection", "<response><href>/new/cal/b.ics</href><status>HTTP/1.1 404 Not Found</status></response><sync-token>two</sync-token>")
	for what, answer := range s.script {
		s.script[what] = func(w http.ResponseWriter, r *http.Request, body string) {
			if r.URL.Path == "/cal/" {
				http.Redirect(w, r, "/new/cal/", http.StatusPermanentRedirect)
				return
			}
			answer(w, r, body)
		}
	}
	change, err := s.pull(t, first.Cursor, Options{})
	if err != nil || !cmp.Equal(change.Gone, []calendars.RemoteID{"b.ics"}) {
		t.Errorf("changes: %+v, %v", change, err)
	}
	again, err := s.pull(t, "", Options{})
	if err != nil || !again.Full || len(again.Copies) != 2 || again.Copies[0].Remote != "a.ics" {
		t.Errorf("all: %+v, %v", again, err)
	}
	if n, err := New(Options{}).Count(t.Context(), s.URL+"/cal/"); n != 2 || err != nil {
		t.Errorf("%d events, %v", n, err)
	}
}
