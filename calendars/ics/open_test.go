package ics

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// write puts files into a new folder and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// zipped makes an archive of files, given as name and text in turn.
func zipped(t *testing.T, files ...string) string {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func titled(title string) string { return calendar(eventOf("SUMMARY:" + title)) }

// found lists the files and titles that were read, and files that were not.
func found(t *testing.T, dir string, list []*Calendar) []string {
	t.Helper()
	var got []string
	for _, c := range list {
		line, ok := strings.CutPrefix(filepath.ToSlash(c.File), filepath.ToSlash(dir)+"/")
		if !ok {
			line = c.File
		}
		copies, _ := c.Copies(yearFrom, yearTo)
		for _, k := range copies {
			line += " " + k.Title
		}
		for _, s := range c.Skipped {
			line += ": " + s.Reason
		}
		got = append(got, line)
	}
	return got
}

func TestOpen(t *testing.T) {
	dir := write(t, map[string]string{
		"b.ics": titled("B"), "a.ICS": titled("A"), "sub/deep/c.ics": titled("C"), "notes.txt": "no calendar", ".hidden.ics": titled("Hidden"),
		".git/d.ics": titled("Hidden"), "sub/page.ics": "<html>Log in</html>", "sub/empty.ics": "",
		"export.zip":   zipped(t, "Takeout/z.ics", titled("Z"), "Takeout/y.ics", titled("Y"), "Takeout/read.me", "x", "__MACOSX/._z.ics", "x", "Takeout/bad.ics", "x"),
		"other/x.data": titled("X"), "none/notes.txt": "x", "empty.zip": zipped(t, "a.txt", "x"),
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, test := range []struct {
		name  string
		paths []string
		want  []string
	}{
		{"files in their order", []string{at("b.ics"), at("a.ICS")}, []string{"b.ics B", "a.ICS A"}},
		{"another name", []string{at("other/x.data")}, []string{"other/x.data X"}},
		{"stdin", []string{"-"}, []string{"- Stdin"}},
		{"archive", []string{at("export.zip")}, []string{
			"export.zip/Takeout/bad.ics: the file was passed over: it is no iCalendar file: BEGIN:VCALENDAR is missing", "export.zip/Takeout/y.ics Y", "export.zip/Takeout/z.ics Z"}},
		{"folder", []string{at("sub")}, []string{"sub/deep/c.ics C", "sub/empty.ics: the file was passed over: it is empty",
			"sub/page.ics: the file was passed over: it is a web page, not a calendar: perhaps the one that asks to log in"}},
		{"folder with all", []string{dir}, []string{"a.ICS A", "b.ics B", "empty.zip: the file was passed over: there is no .ics file in this archive",
			"export.zip/Takeout/bad.ics: the file was passed over: it is no iCalendar file: BEGIN:VCALENDAR is missing", "export.zip/Takeout/y.ics Y", "export.zip/Takeout/z.ics Z",
			"sub/deep/c.ics C", "sub/empty.ics: the file was passed over: it is empty",
			"sub/page.ics: the file was passed over: it is a web page, not a calendar: perhaps the one that asks to log in"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := Open(t.Context(), test.paths, strings.NewReader(titled("Stdin")), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, found(t, dir, list)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, c := range list {
				if c.Unreadable != (len(c.Skipped) > 0) {
					t.Errorf("%s: unreadable is %t, skipped %v", c.File, c.Unreadable, c.Skipped)
				}
			}
		})
	}
	for name, want := range map[string]string{
		"notes.txt":    "it is no iCalendar file: BEGIN:VCALENDAR is missing",
		"sub/page.ics": "it is a web page, not a calendar: perhaps the one that asks to log in",
		"none":         "there is no .ics file in this folder",
		"empty.zip":    "there is no .ics file in this archive",
	} {
		_, err := Open(t.Context(), []string{at(name)}, nil, Options{})
		not := (*NotCalendarError)(nil)
		if !errors.As(err, &not) || not.Reason != want || not.File != at(name) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if _, err := Open(t.Context(), []string{at("missing.ics")}, nil, Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestArchiveOnStdin: an archive says the same whether it comes by path or not,
// packed or merely put together.
func TestArchiveOnStdin(t *testing.T) {
	for name, method := range map[string]uint16{"deflated": zip.Deflate, "stored": zip.Store} {
		t.Run(name, func(t *testing.T) {
			var archive bytes.Buffer
			w := zip.NewWriter(&archive)
			for _, title := range []string{"B", "A"} {
				f, err := w.CreateHeader(&zip.FileHeader{Name: "Takeout/" + title + ".ics", Method: method})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.WriteString(f, titled(title)); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			list, err := Open(t.Context(), []string{"-"}, iotest.OneByteReader(bytes.NewReader(archive.Bytes())), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"-/Takeout/A.ics A", "-/Takeout/B.ics B"}, found(t, "", list)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			cut := bytes.NewReader(archive.Bytes()[:archive.Len()/2])
			if _, err := Open(t.Context(), []string{"-"}, cut, Options{}); !errors.Is(err, zip.ErrFormat) {
				t.Errorf("half an archive: %v", err)
			}
		})
	}
	_, err := Open(t.Context(), []string{"-"}, strings.NewReader(zipped(t)), Options{})
	if not := (*NotCalendarError)(nil); !errors.As(err, &not) || not.Reason != "there is no .ics file in this archive" {
		t.Errorf("an empty archive: %v", err)
	}
	broken := errors.New("the line is dead")
	if _, err := Open(t.Context(), []string{"-"}, io.MultiReader(strings.NewReader(zipped(t, "a.ics", titled("A"))[:50]), iotest.ErrReader(broken)), Options{}); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}

func TestNotCalendar(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "it is empty",
		" \r\n":                           "it is empty",
		"BEGIN:VCARD\r\nEND:VCARD\r\n":    "it holds contacts (vCard), not a calendar",
		"<?xml version='1.0'?>":           "it is XML, not a calendar",
		`{"kind":"calendar#events"}`:      "it is JSON, not a calendar",
		"[\n [{}]]":                       "it is JSON, not a calendar",
		"[organization]\nname = 'Acme'":   "it is no iCalendar file: BEGIN:VCALENDAR is missing",
		"Subject,Start Date\r\nStatus,x":  "it is no iCalendar file: BEGIN:VCALENDAR is missing",
		"\x89PNG\r\n\x1a\n\x00\x00\x00\r": "it is no iCalendar file: BEGIN:VCALENDAR is missing",
	} {
		_, err := Read(t.Context(), strings.NewReader(text), "x.ics", Options{})
		if not := (*NotCalendarError)(nil); !errors.As(err, &not) || not.Reason != want {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestRationed reads more than an archive may hold.
func TestRationed(t *testing.T) {
	room := int64(10)
	r := &rationed{r: strings.NewReader(strings.Repeat("x", 11)), room: &room}
	if _, err := io.ReadAll(r); err == nil || !strings.Contains(err.Error(), "the archive holds more than 2 GB") {
		t.Errorf("error is %v", err)
	}
}

func TestReadFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	r := io.MultiReader(strings.NewReader(titled("A")), iotest.ErrReader(broken))
	if _, err := Read(t.Context(), r, "x.ics", Options{}); !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "x.ics: ") {
		t.Errorf("error is %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, strings.NewReader(titled("A")), "x.ics", Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestProgress(t *testing.T) {
	dir := write(t, map[string]string{"a.ics": titled("A"), "b.ics": titled("BB"), "c.zip": zipped(t, "c.ics", titled("C"), "d.ics", titled("D"))})
	last, steps := int64(0), 0
	_, err := Open(t.Context(), []string{dir, "-"}, strings.NewReader(titled("E")), Options{Progress: func(n int64) {
		if n < last {
			t.Errorf("progress fell from %d to %d", last, n)
		}
		last, steps = n, steps+1
	}})
	if want := int64(5*len(titled("A")) + 1); err != nil || last != want || steps < 5 {
		t.Errorf("%d bytes in %d steps, want %d (%v)", last, steps, want, err)
	}
}

func TestPull(t *testing.T) {
	dir := write(t, map[string]string{"a.ics": titled("A"), "b.ics": calendar("X-WR-CALNAME:One", eventOf("SUMMARY:B")) + calendar("X-WR-CALNAME:Two", eventOf("SUMMARY:C"))})
	where := calendars.Collection{Remote: dir, From: yearFrom, To: yearTo}
	pull := func(c calendars.Collection, cursor string) (calendars.Delta, []string) {
		t.Helper()
		d, err := Source{}.Pull(t.Context(), c, cursor)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range d.Copies {
			got = append(got, string(k.Remote)+" "+k.Title)
		}
		return d, got
	}
	first, got := pull(where, "")
	if diff := cmp.Diff([]string{"a.ics#1 A", "b.ics#1 B", "b.ics#Two#1 C"}, got); diff != "" || !first.Full || !first.From.Equal(yearFrom) || !first.To.Equal(yearTo) {
		t.Errorf("full %t of %v to %v (-want +got):\n%s", first.Full, first.From, first.To, diff)
	}
	if again, got := pull(where, first.Cursor); again.Full || len(got) > 0 || again.Cursor != first.Cursor {
		t.Errorf("nothing changed, but got %v, full %t", got, again.Full)
	}
	later := where
	later.To = later.To.Add(24 * time.Hour)
	if moved, got := pull(later, first.Cursor); !moved.Full || len(got) != 3 {
		t.Errorf("another window: got %v, full %t", got, moved.Full)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.ics"), []byte(titled("Z")), 0o644); err != nil {
		t.Fatal(err)
	}
	if changed, got := pull(where, first.Cursor); !changed.Full || got[0] != "a.ics#1 Z" {
		t.Errorf("a file changed: got %v, full %t", got, changed.Full)
	}
	if single, got := pull(calendars.Collection{Remote: filepath.Join(dir, "a.ics"), From: yearFrom, To: yearTo}, ""); !single.Full || got[0] != "1 Z" {
		t.Errorf("one file: got %v, full %t", got, single.Full)
	}
	// What could not be read to its end must not end anything.
	if err := os.WriteFile(filepath.Join(dir, "a.ics"), []byte(titled("Z")[:60]), 0o644); err != nil {
		t.Fatal(err)
	}
	if cut, got := pull(where, first.Cursor); cut.Full || len(got) != 2 || len(cut.Skipped) != 1 {
		t.Errorf("a truncated file: got %v, full %t, skipped %v", got, cut.Full, cut.Skipped)
	}
	if _, err := (Source{}).Pull(t.Context(), calendars.Collection{Remote: filepath.Join(dir, "none"), From: yearFrom, To: yearTo}, ""); err == nil {
		t.Error("a folder that is gone counts as empty")
	}
}

// TestPullWithSkips: what is passed over must not count as gone.
func TestPullWithSkips(t *testing.T) {
	for _, test := range []struct {
		name, broken string
		full         bool
	}{
		{"with a UID", eventOf("DTSTART:never"), true},
		{"without a UID", "BEGIN:VEVENT\r\nDTSTART:never\r\nEND:VEVENT", false},
		{"with a UID beyond all measure", strings.Replace(eventOf("DTSTART:never"), "UID:1", "UID:"+strings.Repeat("x", maxTitle+1), 1), false},
		{"more than are listed", strings.Repeat(eventOf("DTSTART:never")+"\r\n", maxSkips+1), false},
	} {
		dir := write(t, map[string]string{"a.ics": calendar(strings.TrimSpace(test.broken))})
		d, err := Source{}.Pull(t.Context(), calendars.Collection{Remote: dir, From: yearFrom, To: yearTo}, "")
		if err != nil || len(d.Skipped) == 0 || d.Full != test.full {
			t.Errorf("%s: full %t, want %t; skipped %v (%v)", test.name, d.Full, test.full, d.Skipped, err)
		}
	}
}
