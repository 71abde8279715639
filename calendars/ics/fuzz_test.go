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

	"unmeet/calendars"
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

// FuzzDo: whatever is to be done to whatever event ends; what would be written reads
// as it was meant, and can be tried to be taken back.
func FuzzDo(f *testing.F) {
	seed(f)
	f.Add([]byte(calendar(strings.Replace(weekly(byAnn, "EXDATE:20260309T090000Z", "RDATE;VALUE=PERIOD:20260318T090000Z/PT2H"), "WEEKLY", "WEEKLY;COUNT=8", 1), override(2, byAnn))))
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := Read(t.Context(), bytes.NewReader(raw), "fuzz.ics", Options{Zone: berlin})
		if err != nil || len(list) == 0 {
			return
		}
		copies, _ := list[0].Copies(from, from.AddDate(0, 1, 0))
		for _, k := range copies[:min(len(copies), 4)] {
			for _, verb := range []calendars.Verb{calendars.Respond, calendars.Cancel, calendars.End, calendars.Shorten} {
				i := calendars.Intent{
					Verb: verb, Collection: "fuzz.ics", Remote: k.Remote, Ref: k.Ref(), Start: k.Start, Onward: len(raw)%2 == 0, Owner: k.Organizer.Address,
					Response: calendars.Declined, Note: "a;\"b", Length: 5 * time.Minute,
				}
				if verb == calendars.Respond && len(k.People) > 0 {
					i.Owner, i.Was = k.People[0].Address, k.People[0].Response
				}
				if len(k.Spans) > 0 {
					i.Ref.Instance, i.Start = k.Spans[len(k.Spans)-1].Instance, k.Spans[len(k.Spans)-1].Start
				}
				next, receipt := tryIn(t, raw, i)
				if next != nil {
					i.Back = &receipt
					tryIn(t, next, i)
				}
			}
		}
	})
}

// tryIn is what a text becomes by i; nil where it stays.
func tryIn(t *testing.T, raw []byte, i calendars.Intent) ([]byte, calendars.Receipt) {
	c, o, err := desk.parse(t.Context(), "fuzz.ics", raw, i)
	if err != nil || o == nil {
		return nil, calendars.Receipt{}
	}
	e, err := desk.open(spot{path: "fuzz.ics", raw: raw, calendar: c, object: o}, i)
	if err != nil || e.do() != nil {
		return nil, calendars.Receipt{}
	}
	next := e.text.bytes()
	if desk.prove(t.Context(), e, next) != nil {
		return nil, calendars.Receipt{}
	}
	if bytes.Equal(raw, next) {
		t.Fatalf("%s of %q changes nothing", i.Verb, i.Ref)
	}
	r, err := e.receipt()
	if err != nil {
		t.Fatal(err)
	}
	return next, r
}
