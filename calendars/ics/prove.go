package ics

import (
	"context"
	"maps"
	"time"

	"unmeet/calendars"
)

// How much of a series is compared before it is written, around the occurrence
// that is meant.
const (
	provenBefore = 35 * 24 * time.Hour
	provenAfter  = 100 * 24 * time.Hour
)

// prove reads the text that is about to be written, and holds it to what is meant:
// the intent came out, and all other occurrences of the event are where they were.
func (f Folder) prove(ctx context.Context, e *edit, next []byte) error {
	odd := func(what string) error {
		return readOnly("%s: %s of %q would be read wrongly: %s", e.path, e.Verb, e.object.uid(), what)
	}
	c, o, err := f.parse(ctx, e.calendar.File, next, e.Intent)
	if err != nil || o == nil {
		return odd("the event is lost")
	}
	was, err := e.takesPlace(e.calendar)
	if err != nil {
		return odd(err.Error())
	}
	is, err := e.takesPlace(c)
	if err != nil {
		return odd(err.Error())
	}
	target, there := is[e.Ref.Instance]
	length := target.end.Sub(target.start)
	switch e.Verb {
	case calendars.Respond:
		now, ok := o.occurrence(e.Ref.Instance)
		if answer, invited := now.copy.Own(e.Owner); !ok || !invited || e.Back == nil && answer != e.Response {
			return odd("the answer is not what it should be")
		}
	case calendars.Cancel:
		if there != (e.Back != nil) {
			return odd("the occurrence")
		}
		delete(was, e.Ref.Instance)
		delete(is, e.Ref.Instance)
	case calendars.End:
		maps.DeleteFunc(is, func(id calendars.Instance, _ lasting) bool {
			_, known := was[id]
			return !known && e.Back != nil
		})
		maps.DeleteFunc(was, func(id calendars.Instance, _ lasting) bool { return e.Back == nil && id >= e.Ref.Instance })
	case calendars.Shorten:
		if !there || e.Back == nil && length != e.Length {
			return odd("the occurrence's length")
		}
		for _, all := range []map[calendars.Instance]lasting{was, is} {
			for id, l := range all {
				all[id] = lasting{start: l.start}
			}
		}
	}
	if !maps.EqualFunc(was, is, lasting.equal) {
		return odd("other occurrences")
	}
	return nil
}

// lasting is when an occurrence takes place.
type lasting struct{ start, end time.Time }

func (l lasting) equal(m lasting) bool { return l.start.Equal(m.start) && l.end.Equal(m.end) }

// takesPlace are the occurrences in c of e's event, and of what is split off from
// it, that are not cancelled, around e.Start.
func (e *edit) takesPlace(c *Calendar) (map[calendars.Instance]lasting, error) {
	from, to := e.Start.Add(-provenBefore), e.Start.Add(provenAfter)
	all := make(map[calendars.Instance]lasting)
	for _, o := range c.order {
		if uid := o.uid(); uid != e.object.uid() && (uid != e.splitOff || e.splitOff == "") {
			continue
		}
		list, _, _, err := o.appendCopies(nil, from, to)
		if err != nil {
			return nil, err
		}
		for _, k := range list {
			if k.Status == calendars.Cancelled || o.organizer != e.object.organizer {
				continue
			}
			for _, s := range k.Spans {
				all[s.Instance] = lasting{s.Start, s.End}
			}
			if !k.Series() {
				all[k.Instance] = lasting{k.Start, k.End}
			}
		}
	}
	return all, nil
}
