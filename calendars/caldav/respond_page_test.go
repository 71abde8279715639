package caldav

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/calendars/reach"
)

// invitation is an object that its owner is invited by.
var invitation = meeting("a", "ORGANIZER:mailto:ana@acme.example\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:o@acme.example\r\n")

// decline answers that invitation, where it is called a.ics.
func (s *scripted) decline() calendars.Intent {
	return calendars.Intent{
		Verb: calendars.Respond, Owner: "o@acme.example", Collection: s.URL + "/cal/", Remote: "a.ics",
		Ref:   calendars.Ref{UID: "a", Organizer: "ana@acme.example"},
		Start: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Response: calendars.Declined,
	}
}

// TestPageForAnswer: a page to log in, in answer to what is written, is no proof that
// it was.
func TestPageForAnswer(t *testing.T) {
	s := serve(t)
	lapsed := false
	page := func(w http.ResponseWriter) {
		lapsed = true
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<html>Log in</html>") //nolint:errcheck // the client may be gone
	}
	s.script[http.MethodGet] = func(w http.ResponseWriter, _ *http.Request, _ string) {
		if lapsed {
			page(w)
			return
		}
		w.Header().Set("Content-Type", "text/calendar")
		w.Header().Set("ETag", `"1"`)
		io.WriteString(w, invitation) //nolint:errcheck // as above
	}
	s.script[http.MethodPut] = func(w http.ResponseWriter, _ *http.Request, _ string) { page(w) }
	source := Source{Client: New(Options{}), Addresses: []string{"o@acme.example"}, Now: func() time.Time { return from }}
	receipt, err := source.Do(t.Context(), s.decline(), nil)
	if !lapsed || reach.KindOf(err) != reach.Foreign {
		t.Errorf("asked %v: %+v, %v; want %q", s.asked, receipt, err, reach.Foreign)
	}
}

// TestMarks writes to servers that understand If-Match in all ways that there are: only
// what they can guard is written, and what is told is why.
func TestMarks(t *testing.T) {
	const plain, weak = `"1"`, `W/"1"`
	for _, test := range []struct {
		name   string
		shown  string                  // the ETag that comes with the text
		guards func(match string) bool // whether the server takes a PUT with this If-Match
		tried  []string
		want   error
		text   string
	}{
		{"strong", plain, func(m string) bool { return m == plain }, []string{plain}, nil, ""},
		{"weakened by a proxy", weak, func(m string) bool { return m == plain }, []string{weak, plain}, nil, ""},
		{"weak, compared as text", weak, func(m string) bool { return m == weak }, []string{weak}, nil, ""},
		{"weak, as the RFC has it", weak, func(string) bool { return false }, []string{weak, plain}, calendars.ErrReadOnly, "only weakly"},
		{"strong, and refused nevertheless", plain, func(string) bool { return false }, []string{plain, plain}, calendars.ErrRefused, "gives out itself (412)"},
		{"none", "", func(string) bool { return true }, nil, calendars.ErrReadOnly, "which version"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t)
			text, shown := invitation, test.shown
			var tried []string
			s.script[http.MethodGet] = func(w http.ResponseWriter, _ *http.Request, _ string) {
				w.Header().Set("Content-Type", "text/calendar")
				if shown != "" {
					w.Header().Set("ETag", shown)
				}
				io.WriteString(w, text) //nolint:errcheck // the client may be gone
			}
			s.script[http.MethodPut] = func(w http.ResponseWriter, r *http.Request, body string) {
				tried = append(tried, r.Header.Get("If-Match"))
				if !test.guards(tried[len(tried)-1]) {
					w.WriteHeader(http.StatusPreconditionFailed)
					return
				}
				text, shown = body, `"2"`
				w.WriteHeader(http.StatusNoContent)
			}
			source := Source{Client: New(Options{}), Addresses: []string{"o@acme.example"}, Now: func() time.Time { return from }}
			_, err := source.Do(t.Context(), s.decline(), nil)
			if diff := cmp.Diff(test.tried, tried); diff != "" {
				t.Errorf("If-Match (-want +got):\n%s", diff)
			}
			if !errors.Is(err, test.want) || test.want != nil && !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v, want %v with %q", err, test.want, test.text)
			}
			if written := strings.Contains(text, "DECLINED"); written != (test.want == nil) {
				t.Errorf("written: %v", written)
			}
		})
	}
}

// TestConflict: 409 is a no of its own, and says nothing of a change.
func TestConflict(t *testing.T) {
	s := serve(t)
	s.script[http.MethodGet] = func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("ETag", `"1"`)
		io.WriteString(w, invitation) //nolint:errcheck // the client may be gone
	}
	s.fail(http.MethodPut, http.StatusConflict, "text/plain", "no")
	source := Source{Client: New(Options{}), Addresses: []string{"o@acme.example"}, Now: func() time.Time { return from }}
	if _, err := source.Do(t.Context(), s.decline(), nil); !errors.Is(err, calendars.ErrRefused) || !strings.Contains(err.Error(), "conflict (409)") {
		t.Errorf("%v", err)
	}
}
