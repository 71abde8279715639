package feed

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
	"unmeet/calendars/reach"
)

// TestConformance runs the suite of all sources on a feed that is published anew
// before each pull.
func TestConformance(t *testing.T) {
	open := func(t *testing.T, w *calendartest.World, _ *calendartest.Clock, owner string) calendartest.Backend {
		text, version, cut := "", 0, false
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("ETag", fmt.Sprintf(`"%d"`, version))
			if cut {
				cut = false
				io.WriteString(rw, text[:len(text)/2]) //nolint:errcheck // it is to break off
				panic(http.ErrAbortHandler)
			}
			http.ServeContent(rw, r, "", time.Time{}, strings.NewReader(text))
		}))
		t.Cleanup(server.Close)
		return calendartest.Backend{
			Source: New(address(t, server.URL), Options{Private: true}), Remote: "feed",
			Publish: func() {
				if now := w.ICalendar(owner); now != text {
					text = now
					version++
				}
			},
			Break: func() { cut = true },
		}
	}
	calendartest.TestSource(t, calendartest.Fixture{Kind: "ics", Open: open})
}

func address(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := ParseAddress(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

const text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\nSUMMARY:Status\r\n" +
	"ORGANIZER:mailto:ana@acme.example\r\nATTENDEE:mailto:bo@acme.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

var at = calendars.Collection{Remote: "feed", From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}

// TestConditional: what did not change is not sent again, and a window that rolled is
// read anew.
func TestConditional(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("If-None-Match"))
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("no gzip is asked for: %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("ETag", `"one"`)
		w.Header().Set("Last-Modified", "Mon, 02 Mar 2026 09:00:00 GMT")
		if asked := r.Header.Get("If-Modified-Since"); (asked == "Mon, 02 Mar 2026 09:00:00 GMT") != (r.Header.Get("If-None-Match") != "") {
			t.Errorf("one mark without the other: %q", asked)
		}
		if r.Header.Get("If-None-Match") == `"one"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		io.WriteString(packed, text) //nolint:errcheck // the client may be gone
		packed.Close()
	}))
	defer server.Close()
	s := New(address(t, server.URL+"/private-123/basic.ics"), Options{Private: true})
	first, err := s.Pull(t.Context(), at, "")
	if err != nil || !first.Full || len(first.Copies) != 1 || first.Copies[0].Title != "Status" {
		t.Fatalf("first: %+v, %v", first, err)
	}
	if strings.Contains(first.Cursor, "private-123") {
		t.Errorf("the cursor tells the address: %s", first.Cursor)
	}
	second, err := s.Pull(t.Context(), at, first.Cursor)
	if err != nil || second.Full || len(second.Copies) != 0 || second.Cursor != first.Cursor {
		t.Errorf("second: %+v, %v", second, err)
	}
	later := at
	later.To = later.To.AddDate(0, 0, 1)
	if third, err := s.Pull(t.Context(), later, second.Cursor); err != nil || !third.Full || len(third.Copies) != 1 {
		t.Errorf("when the window rolled: %+v, %v", third, err)
	}
	if got := fmt.Sprintf("%q", asked); got != `["" "\"one\"" ""]` {
		t.Errorf("asked with %s", got)
	}
}

// TestTrouble: each way to fail is a state of its own, never a delta, and tells no
// address.
func TestTrouble(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		opt    Options
		want   reach.Kind
		text   string
	}{
		{"a page to log in", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<!DOCTYPE html><html>") //nolint:errcheck // the client may be gone
		}, Options{Private: true}, reach.Foreign, "web page"},
		{"nothing", func(http.ResponseWriter, *http.Request) {}, Options{Private: true}, reach.Foreign, "empty"},
		{"no such feed", http.NotFound, Options{Private: true}, reach.NotFound, "not found"},
		{"not allowed any more", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, Options{Private: true}, reach.Denied, "forbidden"},
		{"unchanged, though nobody asked", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }, Options{Private: true}, reach.Permanent, "not modified"},
		{"down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, Options{Private: true}, reach.Server, "unavailable"},
		{"an endless answer", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, strings.TrimSuffix(text, "END:VCALENDAR\r\n")) //nolint:errcheck // as below
			for {
				if _, err := io.WriteString(w, "X-MORE:and more\r\n"); err != nil {
					return
				}
			}
		}, Options{Private: true, Limits: reach.Limits{Size: 1 << 20}}, reach.TooLarge, "larger"},
		{"an endless answer in little space", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			packed := gzip.NewWriter(w)
			for chunk := strings.Repeat(" ", 1<<20); ; {
				if _, err := io.WriteString(packed, chunk); err != nil {
					return
				}
			}
		}, Options{Private: true, Limits: reach.Limits{Size: 1 << 20}}, reach.TooLarge, "larger"},
		{"a slow one", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			Options{Private: true, Limits: reach.Limits{Patience: 20 * time.Millisecond}}, reach.Slow, "in time"},
		{"in circles", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }, Options{Private: true}, reach.Moved, "circles"},
		{"to a file", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(302)
		},
			Options{Private: true}, reach.Moved, "no web address"},
		{"a private network", func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }, Options{}, reach.Inside, "private network"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(test.answer)
			defer server.Close()
			delta, err := New(address(t, server.URL+"/private-123/basic.ics"), test.opt).Pull(t.Context(), at, "")
			if reach.KindOf(err) != test.want || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %q %v, want %q with %q", reach.KindOf(err), err, test.want, test.text)
			}
			if strings.Contains(fmt.Sprint(err), "private-123") {
				t.Errorf("the error tells the address: %v", err)
			}
			if delta.Full || delta.Cursor != "" || len(delta.Copies) > 0 {
				t.Errorf("a failed pull yields %+v", delta)
			}
		})
	}
}

// TestStepDown: once encrypted, always encrypted, wherever the way leads then, and
// also in private networks.
func TestStepDown(t *testing.T) {
	answer := func(w http.ResponseWriter, r *http.Request) {
		if next := r.URL.Query().Get("to"); next != "" {
			http.Redirect(w, r, next, http.StatusFound)
			return
		}
		io.WriteString(w, text) //nolint:errcheck // the client may be gone
	}
	plain, secure := httptest.NewServer(http.HandlerFunc(answer)), httptest.NewTLSServer(http.HandlerFunc(answer))
	defer plain.Close()
	defer secure.Close()
	via := func(first, then string) string { return first + "/?to=" + url.QueryEscape(then) }
	for _, test := range []struct {
		name, start string
		want        reach.Kind
	}{
		{"http", plain.URL, ""},
		{"http to https", via(plain.URL, secure.URL), ""},
		{"https to http", via(secure.URL, plain.URL), reach.Moved},
		{"https to http to https", via(secure.URL, via(plain.URL, secure.URL)), reach.Moved},
		{"http to https to http", via(plain.URL, via(secure.URL, plain.URL)), reach.Moved},
	} {
		delta, err := New(address(t, test.start), Options{Private: true, Base: secure.Client().Transport}).Pull(t.Context(), at, "")
		if reach.KindOf(err) != test.want || (err == nil) != (len(delta.Copies) == 1) {
			t.Errorf("%s: %+v, %v; want %q", test.name, delta, err, test.want)
		}
	}
}

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]string{
		"webcal://cal.example/a.ics": "https://cal.example/a.ics", "WEBCALS://cal.example/a": "https://cal.example/a",
		" https://cal.example/a?b=c#d": "https://cal.example/a?b=c", "http://cal.example/": "http://cal.example/",
		"cal.example/secret": "", "file:///etc/secret": "", "https://[secret": "",
	} {
		u, err := ParseAddress(text)
		if want == "" && (err == nil || strings.Contains(err.Error(), "secret")) || want != "" && (err != nil || u.String() != want) {
			t.Errorf("%q: %v, %v; want %q", text, u, err, want)
		}
	}
}
