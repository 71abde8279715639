package ics

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// The people of an event that Bob, or Ann, organizes.
const (
	byBob = "ORGANIZER:mailto:" + bob + "\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:" + ann
	byAnn = "ORGANIZER:mailto:" + ann + "\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:" + bob
)

// monday is the n-th Monday of the series that these tests are about.
func monday(n int) time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).AddDate(0, 0, 7*n) }

// weekly is a series on Mondays from nine to ten, without an end.
func weekly(lines ...string) string {
	return eventOf(append([]string{"RRULE:FREQ=WEEKLY"}, lines...)...)
}

// override is an event about the n-th Monday alone.
func override(n int, lines ...string) string {
	at := monday(n).Format("20060102T150405Z")
	return eventOf(append([]string{"RECURRENCE-ID:" + at, "DTSTART:" + at, "DURATION:PT1H"}, lines...)...)
}

// about is an intent of Ann's about the n-th Monday, or with n < 0 about a one-off on
// the first, in a file.
func about(verb calendars.Verb, file string, n int) calendars.Intent {
	i := calendars.Intent{Verb: verb, Owner: ann, Collection: file, Remote: "1", Ref: calendars.Ref{UID: "1", Organizer: bob}, Start: monday(max(n, 0)), Was: calendars.Accepted}
	if n >= 0 {
		i.Ref.Instance = calendars.InstanceAt(i.Start)
	}
	switch verb {
	case calendars.Respond:
		i.Response = calendars.Declined
	case calendars.Shorten:
		i.Length = 25 * time.Minute
	}
	return i
}

func onward(i calendars.Intent) calendars.Intent {
	i.Onward = true
	return i
}

// desk is a Folder whose clock stands still.
var desk = Folder{Source: Source{Zone: berlin}, Now: func() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) }}

// do carries i out in a file that holds text.
func do(t *testing.T, text string, i calendars.Intent) (string, calendars.Receipt, error) {
	t.Helper()
	if i.Collection == "" {
		i.Collection = filepath.Join(t.TempDir(), "a.ics")
	}
	if err := os.WriteFile(i.Collection, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := desk.Do(t.Context(), i, nil)
	after, readErr := os.ReadFile(i.Collection)
	if readErr != nil {
		t.Fatal(readErr)
	}
	return string(after), r, err
}

// TestDo shows what is written: old lines become new ones.
func TestDo(t *testing.T) {
	const revised = "SEQUENCE:1\r\nDTSTAMP:20260301T000000Z\r\n"
	const exdate = "EXDATE:20260309T090000Z"
	noted := about(calendars.Respond, "", -1)
	noted.Note = "I read it; thanks"
	for _, test := range []struct {
		name     string
		text     string
		intent   calendars.Intent
		old, new string
	}{
		{"an answer with a note", calendar(eventOf(byBob)), noted,
			"PARTSTAT=ACCEPTED:mailto:ann@acme.example", "PARTSTAT=DECLINED;X-RESPONSE-COMMENT=\"I read it; thanks\":mailto:an\r\n n@acme.example"},
		{"an answer to one of a series", calendar(weekly(byBob, exdate, "BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM")), about(calendars.Respond, "", 2),
			"END:VCALENDAR", "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260316T090000Z\r\nDTEND:20260316T100000Z\r\nORGANIZER:mailto:bob@acme.example\r\n" +
				"ATTENDEE;PARTSTAT=DECLINED:mailto:ann@acme.example\r\nRECURRENCE-ID:20260316T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR"},
		{"an answer to one that names no guests", calendar(weekly(byBob), override(2)), about(calendars.Respond, "", 2),
			"DURATION:PT1H\r\n", "DURATION:PT1H\r\nORGANIZER:mailto:bob@acme.example\r\nATTENDEE;PARTSTAT=DECLINED:mailto:ann@acme.example\r\n"},
		{"an answer to all from one on", calendar(weekly(byBob), override(1, byBob), override(3, byBob), override(4, byBob, "STATUS:CANCELLED")), onward(about(calendars.Respond, "", 2)),
			"", ""}, // see below
		{"an answer to one that a change for all further ones moved", calendar(weekly(byBob), eventOf("RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T090000Z", "DTSTART:20260309T110000Z", "DURATION:PT30M", byBob)),
			func() calendars.Intent {
				i := about(calendars.Respond, "", 2)
				i.Start = i.Start.Add(2 * time.Hour)
				return i
			}(),
			"END:VCALENDAR", "BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:20260316T090000Z\r\nDTSTART:20260316T110000Z\r\nDURATION:PT30M\r\nORGANIZER:mailto:bob@acme.example\r\n" +
				"ATTENDEE;PARTSTAT=DECLINED:mailto:ann@acme.example\r\nEND:VEVENT\r\nEND:VCALENDAR"},
		{"an answer in the second calendar of a file", calendar(eventOf("SUMMARY:first", byBob)) + "between\r\n" + calendar("X-WR-CALNAME:b", eventOf("SUMMARY:second", "X-2:", byBob)), func() calendars.Intent {
			i := about(calendars.Respond, "", -1)
			i.Remote = "b#1"
			return i
		}(), "X-2:\r\n" + byBob, "X-2:\r\n" + strings.Replace(byBob, "ACCEPTED", "DECLINED", 1)},
		{"an answer to one of several events of one UID", calendar(eventOf(byBob), eventOf("DTSTART:20260303T090000Z", "DURATION:PT1H", byBob)), func() calendars.Intent {
			i := about(calendars.Respond, "", -1)
			i.Start = i.Start.AddDate(0, 0, 1)
			i.Ref.Instance = calendars.InstanceAt(i.Start)
			return i
		}(), "DURATION:PT1H\r\n" + byBob, "DURATION:PT1H\r\n" + strings.Replace(byBob, "ACCEPTED", "DECLINED", 1)},
		{"an answer in a file of other line ends", strings.ReplaceAll(calendar(eventOf(byBob)), "\r\n", "\r"), about(calendars.Respond, "", -1),
			"PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED"},
		{"called off", calendar(eventOf(byAnn, "STATUS:CONFIRMED")), about(calendars.Cancel, "", -1),
			"STATUS:CONFIRMED\r\n", "STATUS:CANCELLED\r\n" + revised},
		{"one of a series called off", calendar(weekly(byAnn, "SEQUENCE:7")), about(calendars.Cancel, "", 1),
			"END:VCALENDAR", "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260309T090000Z\r\nDTEND:20260309T100000Z\r\n" + byAnn +
				"\r\nSEQUENCE:8\r\nRECURRENCE-ID:20260309T090000Z\r\nSTATUS:CANCELLED\r\nDTSTAMP:20260301T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR"},
		{"ended", calendar(strings.Replace(weekly(byAnn), "WEEKLY", "WEEKLY;COUNT=9;BYDAY=MO", 1)), about(calendars.End, "", 3),
			"RRULE:FREQ=WEEKLY;COUNT=9;BYDAY=MO\r\n" + byAnn + "\r\n", "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260323T085959Z\r\n" + byAnn + "\r\n" + revised},
		{"ended, with dates", calendar(eventOf("RDATE:20260309T090000Z,20260316T090000Z,20260323T090000Z", "RDATE:20260330T090000Z", byAnn)), about(calendars.End, "", 3),
			",20260323T090000Z\r\nRDATE:20260330T090000Z\r\n" + byAnn + "\r\n", "\r\n" + byAnn + "\r\n" + revised},
		{"ended before its first", calendar(weekly(byAnn)), about(calendars.End, "", 0), byAnn + "\r\n", byAnn + "\r\nSTATUS:CANCELLED\r\n" + revised},
		{"shortened", calendar(eventOf("DTSTART;TZID=Europe/Berlin:20260302T100000", "DTEND:20260302T110000", byAnn)), about(calendars.Shorten, "", -1),
			"DTEND:20260302T110000\r\n" + byAnn + "\r\n", "DTEND;TZID=Europe/Berlin:20260302T102500\r\n" + byAnn + "\r\n" + revised},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, r, err := do(t, test.text, test.intent)
			if err != nil || r.Already {
				t.Fatal(r, err)
			}
			want := strings.Replace(test.text, test.old, test.new, 1)
			if test.intent.Onward { // two of four
				series, one := strings.Index(test.text, "ACCEPTED"), strings.Index(test.text, "RECURRENCE-ID:20260323")
				want = test.text[:series] + "DECLINED" + test.text[series+8:one] + strings.Replace(test.text[one:], "ACCEPTED", "DECLINED", 1)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDoRefuses leaves a file alone that cannot be changed rightly, and says why.
func TestDoRefuses(t *testing.T) {
	why := func(w calendars.Overtaken) error { return &calendars.OvertakenError{Why: w} }
	utf16Text := func(text string) string {
		out := []byte{0xff, 0xfe}
		for _, unit := range utf16.Encode([]rune(text)) {
			out = append(out, byte(unit), byte(unit>>8))
		}
		return string(out)
	}
	other := about(calendars.Respond, "", -1)
	other.Remote = "2"
	for _, test := range []struct {
		name   string
		text   string
		intent calendars.Intent
		want   error
		says   string
	}{
		{"UTF-16", utf16Text(calendar(eventOf(byBob))), about(calendars.Respond, "", -1), calendars.ErrReadOnly, "BEGIN:VCALENDAR is missing"},
		{"a message", calendar("METHOD:REQUEST", eventOf(byBob)), about(calendars.Respond, "", -1), calendars.ErrReadOnly, "METHOD:REQUEST"},
		{"an END that is missing", strings.Replace(calendar(eventOf(byBob)), "END:VEVENT\r\n", "", 1), about(calendars.Respond, "", -1), calendars.ErrReadOnly, "line 9"},
		{"text that breaks off", strings.TrimSuffix(calendar(eventOf(byBob)), "END:VCALENDAR\r\n"), about(calendars.Respond, "", -1), nil, "breaks off"},
		{"no such event", calendar(eventOf(byBob)), other, why(calendars.Gone), ""},
		{"no such occurrence", calendar(strings.Replace(weekly(byBob), "WEEKLY", "WEEKLY;COUNT=3", 1)), about(calendars.Respond, "", 3), why(calendars.Gone), ""},
		{"left out", calendar(weekly(byBob, "EXDATE:20260309T090000Z")), about(calendars.Respond, "", 1), why(calendars.CalledOff), ""},
		{"on another day by now", calendar(strings.Replace(weekly(byBob), "DTSTART:20260302T09", "DTSTART:20260304T09", 1)), about(calendars.Respond, "", 1), why(calendars.Moved), ""},
		{"at another time by now", calendar(strings.Replace(weekly(byBob), "DTSTART:20260302T09", "DTSTART:20260302T11", 1)), about(calendars.Respond, "", 1), why(calendars.Moved), ""},
		{"invited no more", calendar(eventOf("ORGANIZER:mailto:"+bob, "ATTENDEE:mailto:cy@acme.example")), about(calendars.Respond, "", -1), why(calendars.Uninvited), ""},
		{"another's meeting", calendar(weekly(byBob)), about(calendars.Cancel, "", 1), why(calendars.Uninvited), ""},
		{"a change for all further ones", calendar(weekly(byBob), eventOf("RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T090000Z", "DTSTART:20260309T090000Z", "DURATION:PT1H", byBob)), about(calendars.Respond, "", 1), calendars.ErrReadOnly, "this occurrence"},
		{"several series of one UID", calendar(weekly(byBob), strings.Replace(weekly(byBob), "BEGIN:VEVENT", "BEGIN:VEVENT\r\nDTSTART:20260304T090000Z", 1)), func() calendars.Intent {
			i := about(calendars.Respond, "", 1)
			i.Start = i.Start.AddDate(0, 0, 2)
			i.Ref.Instance = calendars.InstanceAt(i.Start)
			return i
		}(), calendars.ErrReadOnly, "several series"},
		{"a whole series called off", calendar(weekly(byAnn)), about(calendars.Cancel, "", -1), calendars.ErrReadOnly, "no occurrence of it is named"},
		{"days shortened", calendar(eventOf("DTSTART;VALUE=DATE:20260302", byAnn)), about(calendars.Shorten, "", -1), calendars.ErrReadOnly, "whole days"},
		{"a series with changes ahead shortened", calendar(weekly(byAnn), override(4, byAnn)), onward(about(calendars.Shorten, "", 1)), calendars.ErrReadOnly, "2026-03-30"},
		{"of a zone that nobody knows", calendar(strings.Replace(weekly(byBob), "DTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z", "DTSTART;TZID=Nowhere:20260302T100000\r\nDURATION:PT1H", 1)), about(calendars.Respond, "", 1), calendars.ErrReadOnly, "time zone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, r, err := do(t, test.text, test.intent)
			late, ok := errors.AsType[*calendars.OvertakenError](err)
			switch {
			case err == nil:
				t.Fatalf("done: %+v", r)
			case ok:
				if wanted, ok := errors.AsType[*calendars.OvertakenError](test.want); !ok || late.Why != wanted.Why {
					t.Errorf("error %v", err)
				}
			case test.want != nil && !errors.Is(err, test.want) || test.want == nil && errors.Is(err, calendars.ErrReadOnly) || !strings.Contains(err.Error(), test.says):
				t.Errorf("error %v", err)
			}
			if got != test.text {
				t.Errorf("the file was changed:\n%s", got)
			}
		})
	}
}

// TestFolder looks for events in files of all kinds.
func TestFolder(t *testing.T) {
	text := calendar(eventOf(byBob))
	root := t.TempDir()
	for _, name := range []string{"a.ics", "sub/b.ics", "fixed.ics", "linked"} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	packed, err := os.Create(filepath.Join(root, "packed.zip"))
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(packed)
	member, err := archive.Create("in.ics")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprint(member, text); err != nil {
		t.Fatal(err)
	}
	err = errors.Join(archive.Close(), packed.Close(), os.Chmod(filepath.Join(root, "fixed.ics"), 0o444), os.Symlink("linked", filepath.Join(root, "link.ics")))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		root, remote string
		want         error
	}{
		{"", "a.ics#1", nil},
		{"", "sub/b.ics#1", nil},
		{"a.ics", "1", calendars.ErrAlready},
		{"", "link.ics#1", nil},
		{"", "fixed.ics#1", calendars.ErrReadOnly},
		{"", "packed.zip/in.ics#1", calendars.ErrReadOnly},
		{"packed.zip", "in.ics#1", calendars.ErrReadOnly},
		{"nowhere.ics", "1", fs.ErrNotExist},
	} {
		i := about(calendars.Respond, filepath.Join(root, test.root), -1)
		i.Remote = calendars.RemoteID(test.remote)
		r, err := desk.Do(t.Context(), i, nil)
		if r.Already {
			err = calendars.ErrAlready
		}
		if !errors.Is(err, test.want) {
			t.Errorf("%s %s: error %v, want %v", test.root, test.remote, err, test.want)
		}
	}
	gone := about(calendars.Respond, root, -1)
	gone.Remote = "c.ics#1"
	if _, err := desk.Look(t.Context(), gone); err == nil || !strings.Contains(err.Error(), string(calendars.Gone)) {
		t.Errorf("a file that is gone: %v", err)
	}
	for name, want := range map[string]string{"linked": "DECLINED", "link.ics": "DECLINED", "fixed.ics": "ACCEPTED"} {
		if raw, err := os.ReadFile(filepath.Join(root, name)); err != nil || !strings.Contains(string(raw), want) {
			t.Errorf("%s: %v\n%s", name, err, raw)
		}
	}
	if info, err := os.Lstat(filepath.Join(root, "link.ics")); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Error("the link was replaced", info.Mode(), err)
	}
}

// TestSplit makes a series shorter from an occurrence on, in the form of two.
func TestSplit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.ics")
	text := calendar(strings.Replace(weekly(byAnn, "SUMMARY:Kite", "EXDATE:20260309T090000Z,20260413T090000Z"), "WEEKLY", "WEEKLY;COUNT=8", 1), override(4, byAnn, "STATUS:CANCELLED"))
	i := onward(about(calendars.Shorten, file, 2))
	after, r, err := do(t, text, i)
	if err != nil || r.SplitOff == "" {
		t.Fatal(r, err)
	}
	delta, err := desk.Pull(t.Context(), calendars.Collection{Remote: file, From: yearFrom, To: yearTo}, "")
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, k := range delta.Copies {
		for _, s := range k.Spans {
			got += fmt.Sprintf("%s %s %s %s\n", k.Title, k.SplitFrom, s.Start.Format("0102"), s.End.Sub(s.Start))
		}
	}
	if want := "Kite  0302 1h0m0s\nKite 1 0316 25m0s\nKite 1 0323 25m0s\nKite 1 0406 25m0s\nKite 1 0420 25m0s\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if !strings.Contains(after, "RRULE:FREQ=WEEKLY;COUNT=6\r\nORGANIZER") || !strings.Contains(after, "X-UNMEET-SPLIT-FROM:1\r\n") {
		t.Error(after)
	}
	i.Back = &r
	// What was said by hand of one that was split off stays when they are one again.
	byHand := strings.Replace(after, "END:VCALENDAR", strings.Replace(override(3, byAnn, "SUMMARY:By hand"), "UID:1", "UID:"+r.SplitOff, 1)+"\r\nEND:VCALENDAR", 1)
	back, _, err := do(t, byHand, i)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(back, r.SplitOff) || !strings.Contains(back, "COUNT=8") || !strings.Contains(back, "SUMMARY:By hand") {
		t.Error(back)
	}
	// The series that was split off was changed: both stay.
	changed := strings.Replace(after, "SUMMARY:Kite\r\nEXDATE:20260413", "SUMMARY:Kite and more\r\nEXDATE:20260413", 1)
	if changed == after {
		t.Fatal(after)
	}
	_, _, err = do(t, changed, i)
	if late, ok := errors.AsType[*calendars.OvertakenError](err); !ok || late.Why != calendars.Changed {
		t.Errorf("error %v", err)
	}
}
