package ics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"unmeet/calendars"
)

// attempts is how often a file is looked at again that somebody else writes at the
// same moment.
const attempts = 8

// Do carries out an intent in its file: all of it, or nothing. begin is called right
// before the file is replaced, with the receipt as it will be; its error is returned
// and nothing is written. It may be nil, and is called once more where somebody
// else wrote at that moment.
//
// Where it is so already, the receipt says so. Errors: a [calendars.OvertakenError];
// [calendars.ErrReadOnly] is wrapped where the file, or this event in it, cannot be
// changed; any other may pass.
func (f Folder) Do(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	unlock, err := lockFolder(ctx, i.Collection)
	if err != nil {
		return calendars.Receipt{}, err
	}
	defer unlock()
	for range attempts {
		receipt, err := f.try(ctx, i, begin)
		if !errors.Is(err, errChanged) {
			return receipt, err
		}
	}
	return calendars.Receipt{}, fmt.Errorf("%s: %w", i.Collection, errChanged)
}

// try is Do, but for errChanged.
func (f Folder) try(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	at, err := f.find(ctx, i)
	if err != nil {
		return calendars.Receipt{}, err
	}
	e, err := f.open(at, i)
	if err != nil {
		return calendars.Receipt{}, err
	}
	switch err := e.do(); {
	case errors.Is(err, calendars.ErrAlready):
		return calendars.Receipt{Already: true, SplitOff: e.splitOff}, nil
	case err != nil:
		return calendars.Receipt{}, err
	}
	next := e.text.bytes()
	if err := f.prove(ctx, e, next); err != nil {
		return calendars.Receipt{}, err
	}
	receipt, err := e.receipt()
	if err != nil {
		return receipt, err
	}
	err = swap(at.path, at.raw, next, func() error {
		if f.between != nil {
			f.between()
		}
		if begin == nil {
			return nil
		}
		return begin(receipt)
	})
	if err != nil {
		return calendars.Receipt{}, err
	}
	return receipt, nil
}

// edit is a file that is being changed for an intent.
type edit struct {
	calendars.Intent
	spot
	text     *document
	floating *time.Location
	now      time.Time

	before, after []trace
	splitOff      string
}

// trace is what a change did to one event: the lines of one property, as they stood
// before or stand after.
type trace struct {
	Instance calendars.Instance `json:"instance,omitempty"` // "" for the series, or a one-off
	Name     string             `json:"name"`
	Lines    []string           `json:"lines"`
	Made     string             `json:"made,omitempty"` // names the text of an event that was made for it, as long as nobody changes that
}

// open takes the file at s apart.
func (f Folder) open(s spot, i calendars.Intent) (*edit, error) {
	text, err := loadDocument(s.raw)
	if err != nil {
		return nil, readOnly("%s: %v", s.path, err)
	}
	e := &edit{Intent: i, spot: s, text: text, floating: f.Zone, now: time.Now()}
	if f.Now != nil {
		e.now = f.Now()
	}
	return e, nil
}

// do changes the text. ErrAlready says that it is so.
func (e *edit) do() error {
	if e.Verb != calendars.Respond {
		if organizer := e.object.organizer; organizer != "" && organizer != e.Owner {
			return &calendars.OvertakenError{Why: calendars.Uninvited}
		}
	}
	forth, back := e.respond, e.unrespond
	switch e.Verb {
	case calendars.Respond:
	case calendars.Cancel:
		forth, back = e.cancel, e.uncancel
	case calendars.End:
		forth, back = e.end, e.unend
	case calendars.Shorten:
		forth, back = e.shorten, e.lengthen
	default:
		return fmt.Errorf("%q is nothing that can be done to an event", e.Verb)
	}
	if e.Back != nil {
		return back()
	}
	return forth()
}

// part is the text of an event that can be changed.
func (e *edit) part(of *event) (*Part, error) {
	p := e.text.event(of.line)
	if p == nil {
		return nil, readOnly("%s: line %d: this event is written too oddly to be changed", e.path, of.line)
	}
	if uid, ok := p.first(ical.PropUID); !ok || strings.TrimSpace(TextOf(uid)) != of.copy.UID {
		return nil, readOnly("%s: line %d: this event is written too oddly to be changed", e.path, of.line)
	}
	method, _ := p.calendar().first(ical.PropMethod)
	switch canonical(method.Value) {
	case "", "PUBLISH":
		return p, nil
	}
	return nil, readOnly("%s holds messages about events (METHOD:%s), not events", e.path, method.Value)
}

// change has do change p's properties of one name that match, and notes what they
// were and are.
func (e *edit) change(p *Part, id calendars.Instance, name string, match func(ical.Prop) bool, do func() error) error {
	was := p.lines(name, match)
	if err := do(); err != nil {
		return err
	}
	if is := p.lines(name, match); !slices.Equal(was, is) {
		e.before = append(e.before, trace{Instance: id, Name: name, Lines: was})
		e.after = append(e.after, trace{Instance: id, Name: name, Lines: is})
	}
	return nil
}

// revise says of an event that its organizer changed it: a higher SEQUENCE, and
// when (RFC 5546 §2.1.4, §2.1.5). Attendees' changes leave both alone.
func (e *edit) revise(p *Part, sequence int) error {
	props := []ical.Prop{{Name: ical.PropSequence, Value: fmt.Sprint(sequence + 1)}, UTC(ical.PropDateTimeStamp, e.now)}
	if _, ok := p.first(ical.PropLastModified); ok {
		props = append(props, UTC(ical.PropLastModified, e.now))
	}
	for _, prop := range props {
		if err := p.Set(prop); err != nil {
			return err
		}
	}
	return nil
}

// made notes that p was made for what changed last.
func (e *edit) made(p *Part) {
	if n := len(e.after); n > 0 {
		e.after[n-1].Made = p.sum()
	}
}

// receipt is what came of it.
func (e *edit) receipt() (calendars.Receipt, error) {
	before, err := json.Marshal(e.before)
	if err != nil {
		return calendars.Receipt{}, err
	}
	after, err := json.Marshal(e.after)
	return calendars.Receipt{Before: string(before), After: string(after), SplitOff: e.splitOff}, err
}

// traces are those of the receipt that is taken back, pair by pair: what was, and
// what was written. None are known of what was found to be so.
func (e *edit) traces() (pairs [][2]trace, err error) {
	if e.Back.Before == "" {
		return nil, nil
	}
	var before, after []trace
	if err := errors.Join(json.Unmarshal([]byte(e.Back.Before), &before), json.Unmarshal([]byte(e.Back.After), &after)); err != nil {
		return nil, fmt.Errorf("the receipt of what is to be taken back: %w", err)
	}
	for n := range min(len(before), len(after)) {
		pairs = append(pairs, [2]trace{before[n], after[n]})
	}
	return pairs, nil
}

// event is the event of the object that is about an instance, or with "" the series
// or the one-off; nil where there is none.
func (s spot) event(id calendars.Instance) *event {
	if id == "" {
		return s.object.master
	}
	for _, e := range s.object.changes {
		if e.copy.Instance == id {
			return e
		}
	}
	return nil
}
