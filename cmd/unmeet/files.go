package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"unmeet/agent"
	"unmeet/calendars"
	"unmeet/calendars/ics"
)

// icsKind is the kind of connections to calendars that lie in files.
const icsKind = "ics"

// folderSource says to the agent what troubles of files mean. It writes to them, too.
type folderSource struct{ ics.Folder }

var (
	_ agent.Source    = folderSource{}
	_ agent.Responder = folderSource{}
)

// filesOf returns what reads and writes a connection's files, as the configuration
// has it.
func filesOf(c config) (agent.Source, error) {
	zone, err := zoneOf("", c)
	if err != nil {
		return nil, err
	}
	return folderSource{ics.Folder{Source: ics.Source{Zone: zone}}}, nil
}

// Pull implements [agent.Source].
func (s folderSource) Pull(ctx context.Context, at calendars.Collection, cursor string) (calendars.Delta, error) {
	delta, err := s.Folder.Pull(ctx, at, cursor)
	return delta, fileTrouble(err, at.Remote)
}

// Look implements [agent.Responder].
func (s folderSource) Look(ctx context.Context, i calendars.Intent) (calendars.Copy, error) {
	seen, err := s.Folder.Look(ctx, i)
	return seen, fileTrouble(err, i.Collection)
}

// Do implements [agent.Responder].
func (s folderSource) Do(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	receipt, err := s.Folder.Do(ctx, i, begin)
	return receipt, fileTrouble(err, i.Collection)
}

// fileTrouble says what it means that a file or folder cannot be read. Other errors
// stay as they are.
func fileTrouble(err error, path string) error {
	t := &agent.Trouble{Lasts: true, Err: err}
	_, foreign := errors.AsType[*ics.NotCalendarError](err)
	switch {
	case errors.Is(err, calendars.ErrReadOnly):
		return err
	case errors.Is(err, fs.ErrNotExist):
		t.Why, t.Hint = fmt.Sprintf("%s is not there", path), "bring it back, or connect it where it is now: unmeet connect ics"
	case errors.Is(err, fs.ErrPermission):
		t.Why, t.Hint = fmt.Sprintf("%s may not be read", path), "allow the user that unmeet runs as to read and write it"
	case foreign:
		t.Why, t.Hint = err.Error(), "put the calendar back"
	default:
		return err
	}
	return t
}
