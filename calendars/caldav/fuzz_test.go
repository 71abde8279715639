package caldav

import (
	"net/url"
	"strings"
	"testing"

	"unmeet/calendars"
	"unmeet/calendars/reach"
)

// FuzzMultistatus: whatever a server answers, reading it ends, and what it holds
// has names within the calendar.
func FuzzMultistatus(f *testing.F) {
	f.Add(multistatusHead + listed("/cal/a.ics", "1", meeting("a", "")) + "<sync-token>x</sync-token></multistatus>")
	f.Add(multistatusHead + "<response><href>/cal/</href><status>HTTP/1.1 507 x</status></response></multistatus>")
	f.Add("<!DOCTYPE html><html></html>")
	f.Add(strings.Repeat("<a>", 1000))
	base := &url.URL{Scheme: "https", Host: "x.example", Path: "/cal/"}
	f.Fuzz(func(t *testing.T, text string) {
		p := &pull{url: base, gone: map[string]bool{}, lack: map[string]lacking{}, reader: objectReader{at: calendars.Collection{From: from, To: to}}}
		p.reader.reset()
		body := reach.Rehearse(strings.NewReader(text), 1<<30)
		if _, err := readMultistatus(body, base, p.take); err != nil {
			return
		}
		for _, k := range p.reader.copies {
			if k.Remote == "" || strings.HasSuffix(string(k.Remote), "/") {
				t.Errorf("an object is called %q", k.Remote)
			}
		}
	})
}

// FuzzCursor: a cursor that somebody else wrote is as good as none.
func FuzzCursor(f *testing.F) {
	text, err := cursor{Key: "k", Token: "t", Tags: map[string]string{"a.ics": "1"}}.String()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add("{}")
	f.Fuzz(func(t *testing.T, text string) {
		if c, ok := readCursor(text, "k"); ok && c.Key != "k" {
			t.Errorf("%q was taken for a cursor: %+v", text, c)
		}
	})
}
