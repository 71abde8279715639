package ics

import (
	"context"
	"errors"
	"time"

	"unmeet/calendars"
)

// Single is the text of one calendar object that somebody else keeps, such as a
// CalDAV server: all events of one UID. What is done to it is done as in a
// [Folder]: only the lines that are meant differ.
type Single struct {
	Name string // for errors
	Text []byte
	Zone *time.Location   // of floating times where the object does not say; nil is UTC
	Now  func() time.Time // nil: the time of this machine
}

// Look returns the occurrence that an intent is about, as the text has it. Of the
// intent, only Ref is asked for. Errors are those of [Folder.Look].
func (s Single) Look(ctx context.Context, i calendars.Intent) (calendars.Copy, error) {
	_, at, err := s.find(ctx, i)
	if err != nil {
		return calendars.Copy{}, err
	}
	now, err := at.occurrence(i.Ref.Instance)
	if err != nil {
		return calendars.Copy{}, err
	}
	k := now.copy
	k.HeadsKnown = at.calendar.headsKnown(at.object, &k)
	return k, nil
}

// Do carries out an intent, and returns the text as it is to be then, nil where it
// is so already, which the receipt says. Errors are those of [Folder.Do]; it is a
// [calendars.ErrReadOnly], too, where a second object would have to be made.
func (s Single) Do(ctx context.Context, i calendars.Intent) ([]byte, calendars.Receipt, error) {
	f, at, err := s.find(ctx, i)
	if err != nil {
		return nil, calendars.Receipt{}, err
	}
	i.Collection, i.Remote = s.Name, at.object.remote()
	e, err := f.open(at, i)
	if err != nil {
		return nil, calendars.Receipt{}, err
	}
	switch err := e.do(); {
	case errors.Is(err, calendars.ErrAlready):
		return nil, calendars.Receipt{Already: true}, nil
	case err != nil:
		return nil, calendars.Receipt{}, err
	case e.splitOff != "":
		return nil, calendars.Receipt{}, readOnly("%s: a series cannot be split in this calendar: it can be shortened from its first occurrence on, or one by one", s.Name)
	}
	next := e.text.bytes()
	if err := f.prove(ctx, e, next); err != nil {
		return nil, calendars.Receipt{}, err
	}
	receipt, err := e.receipt()
	return next, receipt, err
}

// find looks for the event of an intent in the text, by its UID and organizer.
func (s Single) find(ctx context.Context, i calendars.Intent) (Folder, spot, error) {
	f := Folder{Source: Source{Zone: s.Zone}, Now: s.Now}
	i.Collection = s.Name
	for _, remote := range []string{i.Ref.UID + "#" + i.Ref.Organizer, i.Ref.UID} {
		i.Remote = calendars.RemoteID(remote)
		c, o, err := f.parse(ctx, s.Name, s.Text, i)
		if err != nil {
			return f, spot{}, err
		}
		if o != nil {
			c.listed = true // as servers have it
			return f, spot{path: s.Name, raw: s.Text, calendar: c, object: o}, nil
		}
	}
	return f, spot{}, &calendars.OvertakenError{Why: calendars.Gone}
}
