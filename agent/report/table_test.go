package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/agent/text"
	"unmeet/rules"
	"unmeet/store"
)

var update = flag.Bool("update", false, "write the goldens instead of comparing with them")

func golden(t *testing.T, name string, render func(io.Writer) error) {
	t.Helper()
	var got bytes.Buffer
	if err := render(&got); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestSmallReports: tiny data reads well too.
func TestSmallReports(t *testing.T) {
	p := fourWeeks(t)
	rows := func(people int, v rules.Verdict, known bool, minutes int) given {
		o := store.Occurrence{
			Meeting: 1, SubjectHash: "h", Title: "Update", Start: p.From, End: p.From.Add(time.Duration(minutes) * time.Minute),
			Heads: 2, HeadsKnown: known, Counted: true, People: people, Inside: time.Duration(minutes) * time.Minute,
		}
		o.Gross = o.Inside * time.Duration(people)
		o.WholeGross = o.Gross
		return given{
			people: people, occurrences: []store.Occurrence{o}, verdicts: map[string]rules.Verdict{"h": v},
		}
	}
	uncounted := rows(0, judgedAs(rules.Informing, ""), false, 60)
	uncounted.occurrences[0].Counted, uncounted.occurrences[0].Heads = false, 1
	for name, in := range map[string]given{
		"none":          {},
		"uncounted":     uncounted,
		"one-person":    rows(1, judgedAs(rules.Informing, "update"), true, 90),
		"nothing-soft":  rows(2, judgedAs(rules.Connecting, "lunch"), true, 60),
		"all-guarded":   rows(2, guarded(rules.Informing, "one-to-one"), true, 60),
		"little-gained": rows(2, judgedAs(rules.Informing, "update"), true, 10),
	} {
		r := count(t, in, Options{Period: p, Cost: cost, Coverage: Coverage{Connected: 1, People: 1}})
		golden(t, "small-"+name+".txt", func(w io.Writer) error { return r.Table(w, TableOptions{Bars: true}) })
		golden(t, "small-"+name+".md", r.Markdown)
	}
}

// TestWidths: no line is wider than asked for, nor ends in blanks, whatever the
// width.
func TestWidths(t *testing.T) {
	in, o := example(t)
	o.Title = strings.Repeat("A company with a very long name ", 9)
	for _, by := range []By{ByCategory, ByMeeting, ByWeek} {
		o.By = by
		r := count(t, in, o)
		for columns := leastWidth; columns <= mostWidth+10; columns++ {
			var b bytes.Buffer
			if err := r.Table(&b, TableOptions{Width: columns, Bars: columns%2 == 0}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if text.Width(line) > columns || strings.HasSuffix(line, " ") {
					t.Errorf("by %s at %d columns: %q is %d wide", by, columns, line, text.Width(line))
				}
			}
		}
	}
}

// TestColorChangesNothingElse: without its escapes, a coloured table is the
// plain one.
func TestColorChangesNothingElse(t *testing.T) {
	in, o := example(t)
	for _, by := range []By{ByCategory, ByMeeting, ByWeek} {
		o.By = by
		r := count(t, in, o)
		var plain, color bytes.Buffer
		if err := r.Table(&plain, TableOptions{Bars: true}); err != nil {
			t.Fatal(err)
		}
		if err := r.Table(&color, TableOptions{Bars: true, Color: true}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(color.String(), "\x1b[") || strings.Contains(plain.String(), "\x1b") {
			t.Errorf("by %s: colours are where they should not be", by)
		}
		if diff := cmp.Diff(plain.String(), regexp.MustCompile(`\x1b\[\d*m`).ReplaceAllString(color.String(), "")); diff != "" {
			t.Errorf("by %s (-plain +colour):\n%s", by, diff)
		}
	}
}

func TestGoldens(t *testing.T) {
	in, o := example(t)
	for _, by := range []By{ByCategory, ByMeeting, ByWeek} {
		o := o
		o.By = by
		r := count(t, in, o)
		golden(t, string(by)+".txt", func(w io.Writer) error { return r.Table(w, TableOptions{Width: 80, Bars: true}) })
		golden(t, string(by)+".pipe.txt", func(w io.Writer) error { return r.Table(w, TableOptions{}) })
		golden(t, string(by)+".color.txt", func(w io.Writer) error { return r.Table(w, TableOptions{Width: 80, Bars: true, Color: true}) })
		golden(t, string(by)+".json", r.JSON)
		golden(t, string(by)+".csv", r.CSV)
		golden(t, string(by)+".md", r.Markdown)
	}
}

// TestUntitledMeetingsHaveALabel: what shows no words still has a row that can be
// read; JSON and CSV keep the title as it is.
func TestUntitledMeetingsHaveALabel(t *testing.T) {
	in, o := example(t)
	for i := range in.occurrences {
		in.occurrences[i].Title = " \x1b[0m"
	}
	r := count(t, in, o)
	for format, render := range map[string]func(io.Writer) error{
		"table": func(w io.Writer) error { return r.Table(w, TableOptions{}) }, "md": count(t, in, byMeeting(o)).Markdown,
	} {
		var b bytes.Buffer
		if err := render(&b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "(no title)") {
			t.Errorf("%s:\n%s", format, b.String())
		}
	}
}

func byMeeting(o Options) Options {
	o.By = ByMeeting
	return o
}
