package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
	"time"

	"unmeet/agent/text"
	"unmeet/calendars"
	"unmeet/calendars/ics"
)

// library is the calendars that a command works on, and what could not be read
// of them.
type library struct {
	calendars []*ics.Calendar
	skipped   []calendars.Skip
}

// readCalendars reads the files that paths name: .ics, folders, .zip, "-" for
// standard input. options says for which time; zero is all of it.
func (a *app) readCalendars(paths []string, options ics.Options) (*library, error) {
	if len(paths) == 0 {
		return nil, usage("unmeet "+a.command+" calendar.ics reads one; - reads standard input; unmeet demo needs none", "no calendar to read")
	}
	if first := slices.Index(paths, "-"); first >= 0 && slices.Contains(paths[first+1:], "-") {
		return nil, usage("standard input can be read but once", "- given twice")
	}
	progress := a.startProgress(sizeOf(paths), "reading calendars")
	options.Progress = progress.at
	list, err := ics.Open(a.ctx, paths, a.stdin, options)
	progress.end()
	if err != nil {
		return nil, unreadable(err)
	}
	l := &library{calendars: list}
	for _, c := range list {
		l.skipped = append(l.skipped, c.Skipped...)
	}
	return l, nil
}

// sizeOf returns how many bytes there are to read, as far as that can be told
// beforehand: for folders, archives and standard input it can't.
func sizeOf(paths []string) int64 {
	var size int64
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || len(paths) == 1 && info.Size() == 0 {
			return -1
		}
		size += info.Size()
	}
	return size
}

// lasting reports whether paths can be read again: not so standard input and
// pipes.
func lasting(paths []string) bool {
	return !slices.ContainsFunc(paths, func(path string) bool {
		info, err := os.Stat(path)
		return path == "-" || err == nil && !info.Mode().IsRegular() && !info.IsDir()
	})
}

// unreadable adds to an error of reading what can be done about it.
func unreadable(err error) error {
	var not *ics.NotCalendarError
	switch {
	case errors.As(err, &not):
		return nothing("export the calendar as .ics (or iCalendar); unmeet reads that, folders of it, and .zip archives with it", "%w", err)
	case errors.Is(err, fs.ErrNotExist):
		return hinted(err, "give the path of an .ics file, a folder of them or a .zip archive")
	case errors.Is(err, zip.ErrFormat):
		return hinted(err, "the archive seems to be cut off or damaged: download it again, or unpack it and give the folder")
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted")
	}
	return fmt.Errorf("reading calendars: %w", err)
}

// check ends a command that was given calendars none of which could be read.
func (l *library) check(paths []string) error {
	if slices.ContainsFunc(l.calendars, func(c *ics.Calendar) bool { return !c.Unreadable }) {
		return nil
	}
	return nothing("unmeet events says of each what is wrong", "no calendar in %s could be read", strings.Join(paths, ", "))
}

// events counts what was read: series, one-offs and changed instances.
func (l *library) events() int {
	n := 0
	for _, c := range l.calendars {
		n += c.Events()
	}
	return n
}

// lost counts what was skipped, beyond what is kept of it in skipped, too.
func (l *library) lost() int {
	n := len(l.skipped)
	for _, c := range l.calendars {
		n += max(0, c.SkippedEvents-len(c.Skipped))
	}
	return n
}

// notices are what was read otherwise than it is written.
func (l *library) notices() []calendars.Skip {
	var notices []calendars.Skip
	for _, c := range l.calendars {
		notices = append(notices, c.Notices...)
	}
	return notices
}

// extent returns the time that all events lie in; endless series reach to now.
// Both are zero where there are none.
func (l *library) extent(now time.Time) (first, last time.Time) {
	for _, c := range l.calendars {
		from, to, ok := c.Extent(now)
		if !ok {
			continue
		}
		if first.IsZero() || from.Before(first) {
			first = from
		}
		if to.After(last) {
			last = to
		}
	}
	return first, last
}

// pull lists what the i-th calendar holds in [from, to). What cannot be listed
// is added to skipped.
func (l *library) pull(i int, from, to time.Time) calendars.Delta {
	c := l.calendars[i]
	copies, skipped := c.Copies(from, to)
	l.skipped = append(l.skipped, skipped...)
	return calendars.Delta{
		Full: c.Complete, From: from, To: to, Copies: copies,
		Skipped: append(slices.Clone(c.Skipped), skipped...),
	}
}

// copies yields what all calendars hold in [from, to).
func (l *library) copies(from, to time.Time) iter.Seq[*calendars.Copy] {
	return func(yield func(*calendars.Copy) bool) {
		for _, c := range l.calendars {
			copies, _ := c.Copies(from, to) // pull reports what it lacks
			for i := range copies {
				if !yield(&copies[i]) {
					return
				}
			}
		}
	}
}

// mostShown is how many skipped pieces of input are named before the rest is
// counted.
const mostShown = 20

// showLost says on stderr which events could not be read, and where.
func (a *app) showLost(l *library) { a.showPlaces("skipped: ", l.skipped, l.lost()) }

// showSkipped says on stderr what was passed over, and where.
func (a *app) showSkipped(skipped []calendars.Skip) {
	a.showPlaces("skipped: ", skipped, len(skipped))
}

// showNotices says on stderr what was read otherwise than it is written.
func (a *app) showNotices(l *library) {
	notices := l.notices()
	a.showPlaces("note: ", notices, len(notices))
}

// showPlaces names the first of so many places, and counts the rest.
func (a *app) showPlaces(head string, places []calendars.Skip, all int) {
	for _, place := range places[:min(len(places), mostShown)] {
		fmt.Fprintln(a.stderr, head+text.Clean(place.String()))
	}
	if more := all - mostShown; more > 0 {
		fmt.Fprintf(a.stderr, "%sand %d more\n", head, more)
	}
}

// showCounts says on stderr how much was read, skipped, and read otherwise than
// it is written.
func (a *app) showCounts(l *library) {
	counts := fmt.Sprintf("read %s, skipped %d", text.Count(l.events(), "event"), l.lost())
	if noted := len(l.notices()); noted > 0 {
		counts += fmt.Sprintf(", noted %d", noted)
	}
	fmt.Fprintln(a.stderr, counts)
}
