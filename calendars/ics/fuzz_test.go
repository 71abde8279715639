package ics

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"
)

// seed adds calendars of all sorts to the corpus.
func seed(f *testing.F) {
	for _, text := range []string{
		foreign, strings.ReplaceAll(foreign, "\r\n", "\r"), calendar(ownZone, eventOf("DTSTART;TZID=Office:20260302T100000", "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;VALUE=DATE:20260309")),
		calendar("METHOD:CANCEL", eventOf("RECURRENCE-ID;RANGE=THISANDFUTURE:20260302T090000Z"), eventOf("RRULE:FREQ=SECONDLY")),
		"SUMMARY;ENCODING=QUOTED-PRINTABLE:a=\r\n=41", "\xff\xfeB\x00", "A:b\r\n\r\n\r\n c\r\r\n\td\r", "BEGIN:VEVENT\nBEGIN:VALARM\nEND:VEVENT\n",
	} {
		f.Add([]byte(text))
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.ics"))
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range files {
		text, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
}

// FuzzLexer: lines are the same however the bytes come in, and are clean text.
func FuzzLexer(f *testing.F) {
	seed(f)
	lines := func(t *testing.T, l *lexer, limit int) []string {
		var got []string
		last := 0
		for {
			line, err := l.next()
			if err != nil {
				return got
			}
			if line.number <= last && last > 0 {
				t.Fatalf("line %d after line %d", line.number, last)
			}
			last = line.number
			if !utf8.Valid(line.text) || bytes.ContainsAny(line.text, "\x00\r\n\x1b\x7f") {
				t.Fatalf("line %d is not clean: %q", line.number, line.text)
			}
			if got = append(got, string(line.text)); len(got) > limit {
				t.Fatalf("more lines than bytes")
			}
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		whole := lines(t, newLexer(plainText(bytes.NewReader(raw))), len(raw))
		pieces := lines(t, newLexer(iotest.OneByteReader(plainText(iotest.OneByteReader(bytes.NewReader(raw))))), len(raw))
		if diff := cmp.Diff(whole, pieces); diff != "" {
			t.Fatalf("(-whole +pieces):\n%s", diff)
		}
	})
}

// FuzzDecode: whatever is read ends, and what it gives makes sense.
func FuzzDecode(f *testing.F) {
	seed(f)
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 1, 0)
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := Read(t.Context(), bytes.NewReader(raw), "fuzz.ics", Options{Zone: berlin})
		if err != nil {
			return
		}
		for _, c := range list {
			c.Owner()
			c.Extent(to)
			copies, _ := c.Copies(from, to)
			for _, k := range copies {
				if k.UID == "" || k.Remote == "" || k.End.Before(k.Start) || k.Zone == "" || !utf8.ValidString(k.Title+k.Body+k.Location) {
					t.Fatalf("%+v", k)
				}
				if _, err := time.LoadLocation(k.Zone); err != nil {
					t.Fatal(err)
				}
				if len(k.Spans) == 0 && !k.Series() && !overlaps(k.Start, k.End, from, to) {
					t.Fatalf("outside of the window: %+v", k)
				}
				for i, s := range k.Spans {
					if s.Instance == "" || s.End.Before(s.Start) || !overlaps(s.Start, s.End, from, to) || i > 0 && s.Start.Before(k.Spans[i-1].Start) {
						t.Fatalf("%+v", s)
					}
				}
			}
		}
	})
}

// FuzzEdit: an object that is not changed is written as it was, and a change
// reads back, without a trace elsewhere.
func FuzzEdit(f *testing.F) {
	f.Add([]byte(foreign), "ACCEPTED", "a, b")
	f.Add([]byte(strings.ReplaceAll(foreign, "\r\n", "\n")), `a "b" ^;:,`, "a\nb")
	f.Add([]byte(calendar(eventOf(`ATTENDEE;CN="x;PARTSTAT=:mailto:a@x.example`, "ATTENDEE;A;B=,,\",\";=:x"))), "\x00\xff", "\\")
	f.Fuzz(func(t *testing.T, raw []byte, param, text string) {
		o, err := Load(raw)
		if err != nil {
			return
		}
		if got := o.Bytes(); !bytes.Equal(got, raw) {
			t.Fatalf("%q became %q", raw, got)
		}
		for _, e := range o.Events() {
			before := e.Props("ATTENDEE")
			n, err := e.SetParam("attendee", nil, "PARTSTAT", param)
			if err != nil || n != len(before) {
				t.Fatalf("%d of %d attendees: %v", n, len(before), err)
			}
			after := e.Props("ATTENDEE")
			for i := range before {
				want := before[i].Params
				if want == nil {
					want = ical.Params{}
				}
				delete(want, "PARTSTAT")
				maps.DeleteFunc(want, func(name string, _ []string) bool { return !isName(name) }) // nonsense may change its form
				maps.DeleteFunc(after[i].Params, func(name string, _ []string) bool { return !isName(name) })
				if kept := uncaret(sendable(caretEncoder.Replace(param))); param != "" {
					want["PARTSTAT"] = []string{kept}
				}
				got := after[i].Params
				if got == nil {
					got = ical.Params{}
				}
				if diff := cmp.Diff(want, got); diff != "" || before[i].Value != after[i].Value {
					t.Fatalf("%q, then %q: parameters (-want +got):\n%s", before[i].Value, after[i].Value, diff)
				}
			}
			if err := e.Set(Text("COMMENT", text)); err != nil {
				t.Fatal(err)
			}
			if got, want := TextOf(e.Props("COMMENT")[0]), unescape(sendable(escape(text))); got != want {
				t.Fatalf("text %q, want %q", got, want)
			}
		}
		again, err := Load(o.Bytes())
		if err != nil {
			t.Fatalf("what was written does not load: %v", err)
		}
		if len(again.Events()) != len(o.Events()) {
			t.Fatalf("%d events became %d", len(o.Events()), len(again.Events()))
		}
	})
}
