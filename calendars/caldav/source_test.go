package caldav

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/calendars/caldav/caldavtest"
	"unmeet/calendars/reach"
)

var (
	from = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	to   = time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
)

// meeting is an object with one event.
func meeting(uid, more string) string {
	return caldavtest.Object("BEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260201T080000Z\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\n" + more + "END:VEVENT\r\n")
}

// listed is a response with an object.
func listed(href, etag, text string) string {
	return "<response><href>" + href + "</href><propstat><prop><getetag>" + escaped(etag) + "</getetag><C:calendar-data>" + escaped(text) +
		"</C:calendar-data></prop><status>HTTP/1.1 200 OK</status></propstat></response>"
}

const multistatusHead = `<?xml version="1.0"?><multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/">`

// scripted is a server that answers each request with the answer that script has
// for its method, or for the name of its report; it writes down what was asked.
type scripted struct {
	*httptest.Server
	script map[string]func(w http.ResponseWriter, r *http.Request, body string)
	asked  []string
}

func serve(t *testing.T) *scripted {
	s := &scripted{script: map[string]func(http.ResponseWriter, *http.Request, string){}}
	s.say("PROPFIND", "<response><href>/cal/</href><propstat><prop><resourcetype><collection/><C:calendar/></resourcetype><sync-token>one</sync-token></prop><status>HTTP/1.1 200 OK</status></propstat></response>")
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		what := r.Method
		for _, report := range []string{"calendar-query", "calendar-multiget", "sync-collection"} {
			if strings.Contains(string(body), ":"+report) {
				what = report
			}
		}
		s.asked = append(s.asked, what)
		if s.script[what] == nil {
			http.Error(w, "no", http.StatusNotImplemented)
			return
		}
		s.script[what](w, r, string(body))
	}))
	t.Cleanup(s.Close)
	return s
}

// say makes the server answer with a multistatus of these responses.
func (s *scripted) say(what, responses string) {
	s.script[what] = func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusMultiStatus)
		io.WriteString(w, multistatusHead+responses+"</multistatus>") //nolint:errcheck // the client may be gone
	}
}

// fail makes the server answer with a status.
func (s *scripted) fail(what string, status int, kind, text string) {
	s.script[what] = func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		io.WriteString(w, text) //nolint:errcheck // the client may be gone
	}
}

func (s *scripted) pull(t *testing.T, cursor string, opt Options) (calendars.Delta, error) {
	t.Helper()
	source := Source{Client: New(opt), Addresses: []string{"o@acme.example", "owner@acme.example"}}
	return source.Pull(t.Context(), calendars.Collection{Remote: s.URL + "/cal/", From: from, To: to}, cursor)
}

// TestBrokenObjects: what is broken, odd or refused is told of and spoils nothing else.
func TestBrokenObjects(t *testing.T) {
	s := serve(t)
	good := meeting("good", "ORGANIZER:mailto:ana@acme.example\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:O@acme.example\r\n")
	s.say("calendar-query", listed("/cal/good.ics", `W/"1"`, good)+
		listed("/cal/broken.ics", "2", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:broken\r\nDTSTART:yesterday\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")+
		listed("/cal/page.ics", "3", "<html>")+
		listed("/cal/alone.ics", "4", meeting("alone", ""))+
		"<response><href>/cal/secret.ics</href><status>HTTP/1.1 403 Forbidden</status></response>"+
		"<response><href>/cal/later.ics</href><propstat><prop><getetag>5</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response>"+
		"<response><href>/cal/never.ics</href><propstat><prop><getetag>6</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response>"+
		"<response><href>/other/one.ics</href><status>HTTP/1.1 200 OK</status></response><response><href>%zz</href></response>")
	s.say("calendar-multiget", "<response><href>http://else.example/cal/later.ics</href><propstat><prop><getetag>5</getetag></prop><status>HTTP/1.1 200 OK</status></propstat>"+
		"<propstat><prop><C:calendar-data>"+escaped(meeting("later", ""))+"</C:calendar-data></prop><status>HTTP/1.1 200 OK</status></propstat></response>")
	delta, err := s.pull(t, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !delta.Full || delta.Cursor == "" {
		t.Errorf("full %v, cursor %q", delta.Full, delta.Cursor)
	}
	type seen struct {
		Remote, ETag, UID, Self string
		HeadsKnown              bool
	}
	var got []seen
	for _, k := range delta.Copies {
		got = append(got, seen{string(k.Remote), k.ETag, k.UID, k.Self, k.HeadsKnown})
	}
	want := []seen{{"good.ics", `W/"1"`, "good", "o@acme.example", true}, {"alone.ics", "4", "alone", "", true}, {"later.ics", "5", "later", "", true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("copies (-want +got):\n%s", diff)
	}
	var told []string
	for _, skip := range delta.Skipped {
		told = append(told, skip.String())
	}
	if diff := cmp.Diff([]string{
		`broken.ics:4: DTSTART: "yesterday" is no date or time`, "page.ics: it is a web page, not a calendar: perhaps the one that asks to log in",
		"never.ics: the server lists it and does not give it out", "secret.ics: the server lists it and does not give it out (403)",
	}, told); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}

// TestRequests counts what a pull asks for.
func TestRequests(t *testing.T) {
	s := serve(t)
	s.say("calendar-query", listed("/cal/a.ics", "1", meeting("a", ""))+listed("/cal/b.ics", "1", meeting("b", "")))
	s.say("sync-collection", "<sync-token>two</sync-token>")
	ask := func(what, cursor string, want ...string) calendars.Delta {
		t.Helper()
		s.asked = nil
		delta, err := s.pull(t, cursor, Options{})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if diff := cmp.Diff(want, s.asked); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		return delta
	}
	first := ask("first", "", "PROPFIND", "calendar-query")
	idle := ask("idle", first.Cursor, "sync-collection")
	if idle.Full || len(idle.Copies)+len(idle.Gone) > 0 {
		t.Errorf("idle: %+v", idle)
	}
	s.say("sync-collection", listed("/cal/a.ics", "2", meeting("a", "SUMMARY:changed\r\n"))+
		"<response><href>/cal/b.ics</href><status>HTTP/1.1 404 Not Found</status></response><sync-token>three</sync-token>")
	change := ask("one change", idle.Cursor, "sync-collection")
	if change.Full || len(change.Copies) != 1 || change.Copies[0].Title != "changed" || !cmp.Equal(change.Gone, []calendars.RemoteID{"b.ics"}) {
		t.Errorf("one change: %+v", change)
	}
	for _, status := range []int{http.StatusForbidden, http.StatusConflict, http.StatusGone, http.StatusInternalServerError} {
		s.fail("sync-collection", status, "application/xml", "<error/>")
		if again := ask(fmt.Sprint("token refused with ", status), change.Cursor, "sync-collection", "PROPFIND", "calendar-query"); !again.Full {
			t.Errorf("%d: not everything was listed", status)
		}
	}
	s.fail("sync-collection", http.StatusServiceUnavailable, "text/plain", "busy")
	if _, err := s.pull(t, change.Cursor, Options{}); reach.KindOf(err) != reach.Server {
		t.Errorf("a server that is busy: %v", err)
	}
}

// TestWithoutMarks: of a server that gives no marks at all, every object is read each
// time, and what is not listed any more is gone.
func TestWithoutMarks(t *testing.T) {
	s := serve(t)
	calendar := "<response><href>/cal/</href><propstat><prop><resourcetype><collection/><C:calendar/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response>"
	object := "<response><href>/cal/a.ics</href><propstat><prop><resourcetype/></prop><status>HTTP/1.1 200 OK</status></propstat></response>"
	s.say("PROPFIND", calendar+object)
	s.say("calendar-query", listed("/cal/a.ics", "", meeting("a", ""))+listed("/cal/b.ics", "", meeting("b", "")))
	first, err := s.pull(t, "", Options{})
	if err != nil || len(first.Copies) != 2 {
		t.Fatalf("first: %+v, %v", first, err)
	}
	s.say("calendar-multiget", listed("/cal/a.ics", "", meeting("a", "SUMMARY:changed\r\n")))
	next, err := s.pull(t, first.Cursor, Options{})
	if err != nil || next.Full || len(next.Copies) != 1 || next.Copies[0].Title != "changed" || !cmp.Equal(next.Gone, []calendars.RemoteID{"b.ics"}) {
		t.Errorf("next: %+v, %v", next, err)
	}
}

// TestTrouble: each way to fail is a state of its own, and never a delta.
func TestTrouble(t *testing.T) {
	const login = "<!DOCTYPE html><html><form>Password</form></html>"
	plain := func(s *scripted, opt *Options) {}
	for _, test := range []struct {
		name string
		set  func(s *scripted, opt *Options)
		want reach.Kind
		text string // in the error
	}{
		{"wrong password", func(s *scripted, _ *Options) { s.fail("PROPFIND", 401, "text/html", login) }, reach.Auth, "does not take the password"},
		{"expired token", func(s *scripted, opt *Options) {
			opt.Tokens = &fixedToken{}
			s.fail("PROPFIND", 401, "text/plain", "")
		}, reach.Auth, "does not take the password or token"},
		{"a token that cannot be had", func(_ *scripted, opt *Options) { opt.Tokens = &fixedToken{err: io.ErrClosedPipe} }, reach.Auth, "no access token"},
		{"server gone", func(s *scripted, _ *Options) { s.Close() }, reach.Unreachable, "refused"},
		{"a page to log in", func(s *scripted, _ *Options) { s.fail("PROPFIND", 200, "text/html; charset=utf-8", login) }, reach.Foreign, "web page"},
		{"a page to log in, as if it were an answer", func(s *scripted, _ *Options) { s.fail("calendar-query", 207, "application/xml", login) }, reach.Foreign, "no XML"},
		{"sent to a page to log in", func(s *scripted, _ *Options) {
			s.script["PROPFIND"] = func(w http.ResponseWriter, r *http.Request, _ string) {
				http.Redirect(w, r, "https://login.else.example/", http.StatusFound)
			}
		}, reach.Moved, "https://login.else.example, which we do not follow"},
		{"in circles", func(s *scripted, _ *Options) {
			s.script["PROPFIND"] = func(w http.ResponseWriter, r *http.Request, _ string) {
				http.Redirect(w, r, "/cal/", http.StatusMovedPermanently)
			}
		}, reach.Moved, "in circles"},
		{"an endless answer", func(s *scripted, _ *Options) {
			s.script["calendar-query"] = func(w http.ResponseWriter, _ *http.Request, _ string) {
				w.WriteHeader(http.StatusMultiStatus)
				io.WriteString(w, multistatusHead+"<response><href>") //nolint:errcheck // as below
				for chunk := strings.Repeat("/", 1<<20); ; {
					if _, err := io.WriteString(w, chunk); err != nil {
						return
					}
				}
			}
		}, reach.TooLarge, "larger than allowed"},
		{"a slow one", func(s *scripted, opt *Options) {
			opt.Limits.Patience = 20 * time.Millisecond
			s.script["calendar-query"] = func(w http.ResponseWriter, r *http.Request, _ string) {
				w.WriteHeader(http.StatusMultiStatus)
				io.WriteString(w, multistatusHead) //nolint:errcheck // the client may be gone
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			}
		}, reach.Slow, "in time"},
		{"one that breaks off", func(s *scripted, _ *Options) {
			s.fail("calendar-query", 207, "application/xml", multistatusHead+listed("/cal/a.ics", "1", meeting("a", "")))
		}, reach.Unreachable, "broke off"},
		{"the calendar is gone", func(s *scripted, _ *Options) { s.fail("PROPFIND", 404, "text/plain", "") }, reach.NotFound, "not found"},
		{"a folder instead of a calendar", func(s *scripted, _ *Options) {
			s.say("PROPFIND", "<response><href>/cal/</href><propstat><prop><resourcetype><collection/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response>")
		}, reach.NotFound, "no calendar"},
		{"not allowed", func(s *scripted, _ *Options) { s.fail("PROPFIND", 403, "text/plain", "") }, reach.Denied, "forbidden"},
		{"too many requests", func(s *scripted, _ *Options) { s.fail("PROPFIND", 429, "text/plain", "") }, reach.Rate, "too many"},
		{"no CalDAV", func(s *scripted, _ *Options) { s.fail("PROPFIND", 405, "text/plain", "") }, reach.Foreign, "does not know what we ask for"},
		{"down for a while", func(s *scripted, _ *Options) { s.fail("calendar-query", 503, "text/plain", "") }, reach.Server, "unavailable"},
		{"a bad certificate", func(s *scripted, _ *Options) {
			secure := httptest.NewUnstartedServer(s.Config.Handler)
			secure.Config.ErrorLog = log.New(io.Discard, "", 0)
			secure.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
			secure.StartTLS()
			s.Server.Close()
			s.Server = secure
		}, reach.Certificate, "certificate"},
		{"none of these", plain, reach.NotFound, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t)
			s.say("calendar-query", "")
			opt := Options{User: "owner", Password: "hunter2"}
			test.set(s, &opt)
			delta, err := s.pull(t, "", opt)
			if test.text == "" {
				if err != nil {
					t.Errorf("the server of this test fails by itself: %v", err)
				}
				return
			}
			if reach.KindOf(err) != test.want || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %q %v, want %q with %q", reach.KindOf(err), err, test.want, test.text)
			}
			if strings.Contains(fmt.Sprint(err), "hunter2") || strings.Contains(fmt.Sprint(err), "/cal/") {
				t.Errorf("the error tells too much: %v", err)
			}
			if delta.Cursor != "" || len(delta.Copies) > 0 || delta.Full {
				t.Errorf("a failed pull yields %+v", delta)
			}
		})
	}
}

// fixedToken hands out one token after the other.
type fixedToken struct {
	err error
	n   int
}

func (f *fixedToken) Token(_ context.Context) (string, error) {
	return fmt.Sprint("token-", f.n), f.err
}
func (f *fixedToken) Renew(_ context.Context, _ string) (string, error) {
	f.n++
	return f.Token(context.Background())
}

// TestBearer: a token that is refused is renewed once, and the login goes to
// nobody else.
func TestBearer(t *testing.T) {
	s := serve(t)
	s.say("calendar-query", "")
	good := s.script["PROPFIND"]
	s.script["PROPFIND"] = func(w http.ResponseWriter, r *http.Request, body string) {
		if r.Header.Get("Authorization") != "Bearer token-1" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		good(w, r, body)
	}
	if _, err := s.pull(t, "", Options{Tokens: &fixedToken{}}); err != nil {
		t.Error(err)
	}
	plain, err := url.Parse("http://calendars.acme.example/")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{User: "o", Password: "p"}).Discover(t.Context(), plain, true); reach.KindOf(err) != reach.Denied || !strings.Contains(err.Error(), "without encryption") {
		t.Errorf("a password would travel in the clear: %v", err)
	}
}

// TestBrokenChange: an object that was changed into what cannot be read is not gone.
func TestBrokenChange(t *testing.T) {
	for what, text := range map[string]string{
		"a date that is none": strings.Replace(meeting("a", ""), "20260302T090000Z", "yesterday", 1),
		"cut short":           strings.SplitAfter(meeting("a", ""), "DTSTAMP")[0],
		"a web page":          "<html>",
	} {
		s := serve(t)
		s.say("calendar-query", listed("/cal/a.ics", "1", meeting("a", "")))
		first, err := s.pull(t, "", Options{})
		if err != nil || len(first.Copies) != 1 {
			t.Fatalf("%s: %+v, %v", what, first, err)
		}
		s.say("sync-collection", listed("/cal/a.ics", "2", text)+"<sync-token>two</sync-token>")
		change, err := s.pull(t, first.Cursor, Options{})
		if err != nil || change.Full || len(change.Skipped) == 0 || len(change.Gone) > 0 {
			t.Errorf("%s: full %v, gone %v, skipped %v, %v", what, change.Full, change.Gone, change.Skipped, err)
		}
	}
}

// TestCutListing: of a server that does not even list all names, nothing is taken for
// gone.
func TestCutListing(t *testing.T) {
	s := serve(t)
	collection := "<response><href>/cal/</href><propstat><prop><resourcetype><collection/><C:calendar/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response>"
	cut := "<response><href>/cal/</href><status>HTTP/1.1 507 Insufficient Storage</status></response>"
	s.script["PROPFIND"] = func(w http.ResponseWriter, r *http.Request, _ string) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusMultiStatus)
		text := collection
		if r.Header.Get("Depth") == "1" {
			text += listed("/cal/a.ics", "1", meeting("a", "")) + cut
		}
		io.WriteString(w, multistatusHead+text+"</multistatus>") //nolint:errcheck // the client may be gone
	}
	both := listed("/cal/a.ics", "1", meeting("a", "")) + listed("/cal/b.ics", "1", meeting("b", ""))
	s.say("calendar-query", both)
	first, err := s.pull(t, "", Options{})
	if err != nil || len(first.Copies) != 2 {
		t.Fatalf("%+v, %v", first, err)
	}
	if delta, err := s.pull(t, first.Cursor, Options{}); reach.KindOf(err) != reach.Server {
		t.Errorf("compared: gone %v, %v", delta.Gone, err)
	}
	s.say("calendar-query", cut)
	s.say("calendar-multiget", both)
	if delta, err := s.pull(t, "", Options{}); reach.KindOf(err) != reach.Server {
		t.Errorf("listed: full %v, %d copies, %v", delta.Full, len(delta.Copies), err)
	}
}
