package ics

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/calendars"
	"unmeet/calendars/ics/icstest"
)

const (
	ann = "ann@acme.example"
	bob = "bob@acme.example"
)

// written is a calendar that somebody's program wrote, and an event in it.
type written struct {
	text   string
	uid    string
	series bool
}

// someFile writes a calendar in the ways of many programs: line ends, folds in odd
// places, foreign lines and letters, all forms of times. The event to be changed is
// organized by organizer, and invites Ann and Bob.
func someFile(t *rapid.T, organizer string) written {
	pick := func(label string, list ...string) string { return rapid.SampledFrom(list).Draw(t, label) }
	newline := pick("newline", "\r\n", "\n")
	var b strings.Builder
	line := func(text string) {
		for len(text) > 12 && rapid.IntRange(0, 9).Draw(t, "fold") == 0 {
			at := rapid.IntRange(1, len(text)-1).Draw(t, "at")
			b.WriteString(text[:at] + newline + pick("blank", " ", "\t"))
			text = text[at:]
		}
		b.WriteString(text + newline)
	}
	odd := func() {
		for range rapid.IntRange(0, 2).Draw(t, "odd lines") {
			line(pick("odd", "X-OWN;X-A=\"a;b:c\";X-B=2:d", "not a property", "SUMMARY:Caf\xe9, quarter\\; one", "x-apple-structured-location;VALUE=URI:geo:1\\,2",
				"DESCRIPTION:"+strings.Repeat("long ", 30), "CATEGORIES:A,B", "RELATED-TO:other", "URL:https://acme.example/?a=b;c"))
		}
	}
	w := written{uid: pick("uid", "1", "a b", "ev\\,ent", "x@google.com")}
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line(pick("name", "X-WR-CALNAME:Ann", "PRODID:-//Someone//Else//EN"))
	if newline == "\r\n" {
		line("X-WR-TIMEZONE:Asia/Tokyo")
	}
	b.WriteString(strings.ReplaceAll(ownZone, "\r\n", newline) + newline)
	other := func(uid string) {
		line("BEGIN:VEVENT")
		line("UID:" + uid)
		line("DTSTART:20260302T100000Z")
		odd()
		line("RRULE:FREQ=DAILY")
		line("ATTENDEE;PARTSTAT=ACCEPTED:mailto:" + ann)
		line("END:VEVENT")
	}
	other("before")
	form := pick("form", "zone", "own zone", "utc", "floating", "day")
	clock := func(name string, day, hour int) string {
		at := fmt.Sprintf("202603%02d", day)
		switch form {
		case "day":
			return name + ";VALUE=DATE:" + at
		case "zone":
			return fmt.Sprintf("%s;TZID=Europe/Berlin:%sT%02d0000", name, at, hour)
		case "own zone":
			return fmt.Sprintf("%s;X-ODD=1;TZID=Office:%sT%02d0000", name, at, hour)
		case "utc":
			return fmt.Sprintf("%s:%sT%02d0000Z", name, at, hour)
		}
		return fmt.Sprintf("%s:%sT%02d0000", name, at, hour)
	}
	guests := func() {
		line("ORGANIZER;CN=Somebody:mailto:" + organizer)
		for _, who := range []string{ann, bob} {
			line(pick("guest", "ATTENDEE;PARTSTAT=ACCEPTED;CN=\"It, o\":mailto:", "Attendee;cn=a b;partstat=ACCEPTED;X-NUM-GUESTS=0:MAILTO:",
				"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:") + who)
		}
	}
	event := func(day int, inner ...string) {
		line("BEGIN:VEVENT")
		odd()
		line("UID:" + w.uid)
		line("DTSTAMP:20260101T000000Z")
		if rapid.Bool().Draw(t, "sequence") {
			line("SEQUENCE:3")
			line("LAST-MODIFIED:20260101T000000Z")
		}
		line(clock("DTSTART", day, 10))
		if end := pick("end", "dtend", "duration", "none"); form == "day" && end != "none" {
			line(clock("DTEND", day+1, 0))
		} else if end == "dtend" || end == "none" {
			line(clock("DTEND", day, 11))
		} else {
			line("DURATION:PT1H")
		}
		for _, text := range inner {
			line(text)
		}
		guests()
		odd()
		if rapid.Bool().Draw(t, "alarm") {
			line("BEGIN:VALARM")
			line("ACTION:DISPLAY")
			line(pick("trigger", "TRIGGER:-PT10M", "TRIGGER;VALUE=DATE-TIME:20260302T080000Z"))
			line("END:VALARM")
		}
		line("END:VEVENT")
	}
	// A Monday, and what recurs on Mondays.
	if w.series = rapid.Bool().Draw(t, "series"); w.series {
		inner := []string{"RRULE:" + pick("rule", "FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=9;BYDAY=MO", "freq=weekly;until=20260601T230000Z;interval=1", "FREQ=WEEKLY;WKST=SU;BYDAY=MO,WE")}
		if rapid.Bool().Draw(t, "left out") {
			inner = append(inner, clock("EXDATE", 9, 10))
		}
		event(2, inner...)
		if rapid.Bool().Draw(t, "changed") {
			event(16, clock("RECURRENCE-ID", 16, 10), "STATUS:TENTATIVE")
		}
	} else {
		event(2)
	}
	other("after")
	line("END:VCALENDAR")
	b.WriteString(pick("tail", "", newline, "after"+newline))
	w.text = b.String()
	return w
}

// block is the event that a line of a file stands in, as far as a test needs to know
// it; lines outside of events are in one without a UID.
type block struct {
	uid   string
	lines []string // content lines, with their folds
}

// blocks takes a file apart, without what the package makes of it.
func blocks(text string) []block {
	var list []block
	var now block
	put := func() {
		list = append(list, now)
		now = block{}
	}
	for _, physical := range strings.SplitAfter(text, "\n") {
		if n := len(now.lines); n > 0 && (strings.HasPrefix(physical, " ") || strings.HasPrefix(physical, "\t")) {
			now.lines[n-1] += physical
			continue
		}
		if n := len(now.lines); n > 0 && flat(now.lines[n-1]) == "END:VEVENT" || strings.HasPrefix(physical, "BEGIN:VEV") {
			put()
		}
		now.lines = append(now.lines, physical)
	}
	put()
	for i := range list {
		for _, l := range list[i].lines {
			if value, ok := strings.CutPrefix(flat(l), "UID:"); ok && flat(list[i].lines[0]) == "BEGIN:VEVENT" {
				list[i].uid = value
			}
		}
	}
	return slices.DeleteFunc(list, func(b block) bool { return len(b.lines) == 0 || len(b.lines) == 1 && b.lines[0] == "" })
}

// flat is a content line without folds and end.
func flat(l string) string {
	l = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "").Replace(l)
	return strings.TrimRight(l, "\r\n")
}

// nameIs reports whether a content line is a property of one of names.
func nameIs(l string, names ...string) bool {
	name, _, _ := strings.Cut(strings.ToUpper(flat(l)), ":")
	name, _, _ = strings.Cut(name, ";")
	return slices.Contains(names, name)
}

// unmeant returns how after differs from before where it must not: in anything but
// properties of those names in events of uid, and events added at the end. owner
// restricts ATTENDEEs to theirs.
func unmeant(before, after, uid, owner string, names ...string) string {
	free := func(b block, l string) bool {
		return b.uid == uid && nameIs(l, names...) && (!nameIs(l, "ATTENDEE") || strings.Contains(strings.ToLower(flat(l)), owner))
	}
	rest := func(list []block) (out []string, events int) {
		for _, b := range list {
			if b.uid != "" {
				events++
			}
			for _, l := range b.lines {
				if !free(b, l) {
					out = append(out, l)
				}
			}
		}
		return out, events
	}
	was := blocks(before)
	is := blocks(after)
	want, events := rest(was)
	n := 0
	is = slices.DeleteFunc(is, func(b block) bool { // those that were added
		if b.uid != "" {
			n++
		}
		return b.uid != "" && n > events
	})
	got, _ := rest(is)
	return cmp.Diff(want, got)
}

// TestOnlyTheIntendedLinesChange does all that can be done to events in files of many
// kinds: every other line stays byte for byte, and an answer that is taken back
// leaves the file as it was.
func TestOnlyTheIntendedLinesChange(t *testing.T) {
	t.Parallel() // it waits for the disk
	root := t.TempDir()
	folder := Folder{Source: Source{Zone: berlin}, Now: func() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) }}
	rapid.Check(t, func(t *rapid.T) {
		verb := rapid.SampledFrom([]calendars.Verb{calendars.Respond, calendars.Cancel, calendars.End, calendars.Shorten}).Draw(t, "verb")
		organizer := ann
		if verb == calendars.Respond {
			organizer = bob
		}
		w := someFile(t, organizer)
		file := filepath.Join(root, "calendar.ics")
		if err := os.WriteFile(file, []byte(w.text), 0o640); err != nil {
			t.Fatal(err)
		}
		i := someIntent(t, folder, file, w, verb)
		seen, err := folder.Look(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		i.Start = seen.Start
		i.Was, _ = seen.Own(ann)
		r, err := folder.Do(t.Context(), i, nil)
		if errors.Is(err, calendars.ErrReadOnly) && verb == calendars.Shorten && (strings.Contains(err.Error(), "changed by themselves") || seen.AllDay) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Already {
			if seen.End.Sub(seen.Start) > 25*time.Minute || verb != calendars.Shorten {
				t.Fatalf("nothing was done: %+v", i)
			}
			return
		}
		names := map[calendars.Verb][]string{
			calendars.Respond: {"ATTENDEE"},
			calendars.Cancel:  {"STATUS", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED"},
			calendars.End:     {"RRULE", "STATUS", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED"},
			calendars.Shorten: {"RRULE", "DTEND", "DURATION", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED"},
		}[verb]
		done := readFile(t, file)
		if diff := unmeant(w.text, done, w.uid, ann, names...); diff != "" || done == w.text {
			t.Fatalf("%s changed (-before +after):\n%s\n%s", verb, diff, done)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
			t.Fatal(info.Mode(), err)
		}
		i.Back = &r
		if _, err := folder.Do(t.Context(), i, nil); err != nil {
			t.Fatalf("back: %v\n%s", err, done)
		}
		undone := readFile(t, file)
		if verb == calendars.Respond && undone != w.text {
			t.Fatalf("taken back (-before +after):\n%s", cmp.Diff(w.text, undone))
		}
		if diff := unmeant(w.text, undone, w.uid, ann, "SEQUENCE", "DTSTAMP", "LAST-MODIFIED"); diff != "" {
			t.Fatalf("taken back, %s changed (-before +after):\n%s", verb, diff)
		}
		if list, err := filepath.Glob(filepath.Join(root, ".*")); err != nil || len(list) > 0 {
			t.Fatal(list, err)
		}
	})
}

// someIntent means w's one-off, or the third or fourth week of its series.
func someIntent(t *rapid.T, f Folder, file string, w written, verb calendars.Verb) calendars.Intent {
	delta, err := f.Pull(t.Context(), calendars.Collection{Remote: file, From: yearFrom, To: yearTo}, "")
	if err != nil || len(delta.Skipped) > 0 {
		t.Fatal(err, delta.Skipped)
	}
	i := calendars.Intent{Verb: verb, Owner: ann, Collection: file, Response: calendars.Declined, Length: 25 * time.Minute}
	if rapid.Bool().Draw(t, "note") {
		i.Note = "I read \"the notes\"; thanks, all"
	}
	planned := rapid.IntRange(14, 23).Draw(t, "earliest")
	for _, k := range delta.Copies {
		if k.UID != unescape(w.uid) {
			continue
		}
		i.Remote, i.Ref.UID, i.Ref.Organizer = k.Remote, k.UID, k.Organizer.Address
		for _, s := range k.Spans {
			if i.Ref.Instance == "" && s.Start.Day() >= planned {
				i.Ref.Instance = s.Instance
			}
		}
	}
	if w.series {
		i.Onward = verb == calendars.End || rapid.Bool().Draw(t, "onward")
	} else if verb == calendars.End {
		i.Verb = calendars.Cancel
	}
	return i
}

func readFile(t *rapid.T, path string) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestOneLineOfWhatOthersWrote answers, one after the other, for everybody in
// calendars as programs export them: one line changes, or one event is added; and
// taken back, all is as it was.
func TestOneLineOfWhatOthersWrote(t *testing.T) {
	t.Parallel() // it waits for the disk
	paths, err := filepath.Glob(filepath.Join("testdata", "*.ics"))
	if err != nil {
		t.Fatal(err)
	}
	var made bytes.Buffer
	if err := icstest.Generate(&made, 60, 7); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"generated": made.String()}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(path)] = string(raw)
	}
	done, refused := 0, 0
	for name, text := range texts {
		file := filepath.Join(t.TempDir(), "a.ics")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		delta, err := desk.Pull(t.Context(), calendars.Collection{Remote: file, From: yearFrom, To: yearTo}, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range delta.Copies {
			if len(k.People) == 0 || k.Status == calendars.Cancelled {
				continue
			}
			i := calendars.Intent{Verb: calendars.Respond, Owner: k.People[0].Address, Collection: file, Remote: k.Remote, Ref: k.Ref(), Start: k.Start, Was: k.People[0].Response, Response: calendars.Declined}
			if i.Was == calendars.Declined {
				i.Response = calendars.Maybe
			}
			if n := len(k.Spans); n > 0 {
				i.Ref.Instance, i.Start = k.Spans[n/2].Instance, k.Spans[n/2].Start
			}
			r, err := desk.Do(t.Context(), i, nil)
			if errors.Is(err, calendars.ErrReadOnly) {
				refused++
				continue
			}
			if err != nil {
				t.Errorf("%s: %s: %v", name, k.UID, err)
				continue
			}
			done++
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if line := changedLine(text, string(raw)); line != "" && !nameIs(line, "ATTENDEE") {
				t.Errorf("%s: %s: changed is %q", name, k.UID, line)
			}
			i.Back = &r
			_, err = desk.Do(t.Context(), i, nil)
			back, readErr := os.ReadFile(file)
			if diff := cmp.Diff(text, string(back)); err != nil || readErr != nil || diff != "" {
				t.Fatalf("%s: %s: back: %v %v (-want +got):\n%s", name, k.UID, err, readErr, diff)
			}
		}
	}
	t.Logf("%d done, %d refused", done, refused)
	if done < 5*refused || done < 60 {
		t.Errorf("%d done, %d refused", done, refused)
	}
}

// changedLine is what after has otherwise than before: the line that the change
// begins in, "" if before lacks nothing of after but text in one place.
func changedLine(before, after string) string {
	begin := 0
	for begin < min(len(before), len(after)) && before[begin] == after[begin] {
		begin++
	}
	end := 0
	for end < min(len(before), len(after))-begin && before[len(before)-1-end] == after[len(after)-1-end] {
		end++
	}
	if begin+end == len(before) {
		return ""
	}
	for begin > 0 && (before[begin-1] != '\n' || before[begin] == ' ' || before[begin] == '\t') {
		begin--
	}
	return before[begin : len(before)-end]
}
