package caldav

import (
	"io"
	"net/http"
	"testing"
	"time"

	"unmeet/calendars"
	"unmeet/calendars/reach"
)

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
		io.WriteString(w, meeting("a", "ORGANIZER:mailto:ana@acme.example\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:o@acme.example\r\n")) //nolint:errcheck // as above
	}
	s.script[http.MethodPut] = func(w http.ResponseWriter, _ *http.Request, _ string) { page(w) }
	source := Source{Client: New(Options{}), Addresses: []string{"o@acme.example"}, Now: func() time.Time { return from }}
	receipt, err := source.Do(t.Context(), calendars.Intent{
		Verb: calendars.Respond, Owner: "o@acme.example", Collection: s.URL + "/cal/", Remote: "a.ics",
		Ref:   calendars.Ref{UID: "a", Organizer: "ana@acme.example"},
		Start: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Response: calendars.Declined,
	}, nil)
	if !lapsed || reach.KindOf(err) != reach.Foreign {
		t.Errorf("asked %v: %+v, %v; want %q", s.asked, receipt, err, reach.Foreign)
	}
}
