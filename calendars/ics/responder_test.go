package ics_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
	"unmeet/calendars/ics"
)

// TestResponder runs the suite of all responders on a folder with a file.
func TestResponder(t *testing.T) {
	t.Parallel() // it waits for the disk
	open := func(t *testing.T, w *calendartest.World, clock *calendartest.Clock, owner string) calendartest.Office {
		l := &ledger{root: t.TempDir()}
		l.file = filepath.Join(l.root, "calendar.ics")
		publish := func() {
			if err := os.WriteFile(l.file, []byte(w.ICalendar(owner)), 0o600); err != nil {
				t.Error(err)
			}
			l.note()
		}
		publish()
		l.folder = ics.Folder{Now: clock.Now}.Between(func() {
			l.mu.Lock()
			do := l.between
			l.between = nil
			l.mu.Unlock()
			if do != nil {
				do()
			}
		})
		return calendartest.Office{
			Responder: l, Source: l.folder, Remote: l.root, Publish: publish,
			Effects: func() int { l.note(); return l.effects },
			Between: func(do func()) { l.between = do },
		}
	}
	calendartest.TestResponder(t, calendartest.Bench{Open: open, Split: true})
}

// ledger counts how often a file was replaced by another: whoever writes it by hand
// writes into it.
type ledger struct {
	folder     ics.Folder
	root, file string

	mu      sync.Mutex
	last    os.FileInfo
	effects int
	between func()
}

func (l *ledger) note() {
	l.mu.Lock()
	defer l.mu.Unlock()
	info, err := os.Stat(l.file)
	if err != nil {
		return
	}
	if l.last != nil && !os.SameFile(l.last, info) {
		l.effects++
	}
	l.last = info
}

func (l *ledger) Look(ctx context.Context, i calendars.Intent) (calendars.Copy, error) {
	return l.folder.Look(ctx, i)
}

func (l *ledger) Do(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	defer l.note()
	return l.folder.Do(ctx, i, begin)
}
