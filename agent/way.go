package agent

import (
	"context"
	"errors"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/store"
)

// effect says how far the answer that stands has come in the person's calendar, or how
// one would get there.
func (d *Desk) effect(ctx context.Context, s store.Suggestion, unsubscribed bool) (web.Effect, error) {
	e, err := d.way(ctx, s, unsubscribed)
	if err != nil {
		return e, err
	}
	all, err := d.DB.ActionsOf(ctx, s.ID)
	if err != nil {
		return e, err
	}
	stands := click.State(s.State) == click.Accepted
	if click.State(s.State) == click.Pending {
		all = nil // of what is held, nothing was begun
	}
	return d.sum(ctx, e, relevant(all, stands), stands)
}

// sum is what is to be said of an answer, if it stands, or else of its being taken
// back: of the actions that tell, beginning with how it would be done.
func (d *Desk) sum(ctx context.Context, e web.Effect, all []store.Action, stands bool) (web.Effect, error) {
	left := e // what was done and is not taken back
	for _, a := range all {
		of, err := d.one(ctx, a)
		if err != nil {
			return e, err
		}
		switch {
		case of.Back || stands:
			e = worse(e, of)
		case of.Stage == web.Done:
			left = worse(left, of)
		}
	}
	if !stands && !e.Back {
		return left, nil
	}
	return e, nil
}

// settled is how long a sync may have been under way that shows what was written
// since: what one shows that ended earlier says nothing.
const settled = 10 * time.Minute

// changedSince reports whether the person's calendar has come to show another answer
// since an action entered theirs, and which.
func (d *Desk) changedSince(ctx context.Context, a store.Action) (calendars.Response, bool, error) {
	if a.Intent.Verb != calendars.Respond || a.Undoes != 0 {
		return calendars.Unspecified, false, nil
	}
	place, err := d.DB.PlaceOf(ctx, a.Intent.Owner, a.Intent.Ref)
	for _, nowhere := range []error{store.ErrNoPlace, store.ErrNoCalendar, store.ErrUnread, store.ErrNoPart} {
		if errors.Is(err, nowhere) {
			return calendars.Unspecified, false, nil
		}
	}
	known := place.Response != calendars.Unspecified && place.Connection.LastOK.After(a.Ended.Add(settled))
	return place.Response, known && place.Response != a.Intent.Response, err
}

// way says how an answer of the person whom s was put to would get into their calendar.
func (d *Desk) way(ctx context.Context, s store.Suggestion, unsubscribed bool) (web.Effect, error) {
	i := about(s)
	if s.Kind == string(click.KindDecline) {
		i.Verb = calendars.Respond
	}
	if d.Responders == nil {
		return web.Effect{Way: web.ByHand}, nil
	}
	place, err := d.DB.PlaceOf(ctx, i.Owner, i.Ref)
	switch {
	case errors.Is(err, store.ErrNoPlace), errors.Is(err, store.ErrUnread):
		return web.Effect{Way: web.ByCalendar}, nil // where it is looked for, and may be gone
	case errors.Is(err, store.ErrNoPart):
		return web.Effect{Way: web.ByHand}, nil
	case errors.Is(err, store.ErrNoCalendar):
		return web.Effect{Way: d.Herald.instead(unsubscribed, i)}, nil
	case err != nil:
		return web.Effect{}, err
	}
	e := web.Effect{Way: web.ByCalendar, Service: place.Connection.Kind, Owner: place.Connection.Owner}
	switch _, err := d.Responders(ctx, place.Connection); {
	case errors.Is(err, calendars.ErrNoConsent):
		e.Way = web.ByConsent
	case errors.Is(err, calendars.ErrReadOnly):
		e.Way = d.Herald.instead(unsubscribed, i)
	}
	return e, nil // of other errors it is found out when it is done
}

// relevant are the actions that tell how far an answer has come: of what was done last
// at each occurrence, the doing if the answer stands, else the taking back if there is
// one.
func relevant(all []store.Action, stands bool) (found []store.Action) {
	last, back := map[calendars.Instance]store.Action{}, map[int64]store.Action{}
	var order []calendars.Instance
	for _, a := range all {
		switch {
		case a.State == store.ActionDropped:
		case a.Undoes != 0:
			back[a.Undoes] = a
		default:
			at := a.Intent.Ref.Instance
			if _, known := last[at]; !known {
				order = append(order, at)
			}
			last[at] = a
		}
	}
	for _, at := range order {
		a := last[at]
		b, revoked := back[a.ID]
		switch {
		case revoked && !stands:
			found = append(found, b)
		case !revoked:
			found = append(found, a)
		}
	}
	return found
}

// one says how far one action has come.
func (d *Desk) one(ctx context.Context, a store.Action) (web.Effect, error) {
	e := web.Effect{Way: web.ByCalendar, Back: a.Undoes != 0, Why: a.Overtaken}
	switch a.State {
	case store.ActionApplied:
		e.Stage, e.Tells = web.Done, web.ByCalendar
		if shown, changed, err := d.changedSince(ctx, a); changed || err != nil {
			// Nobody takes an answer away: that is what comes of a change by the organizer.
			e.Stage, e.Why, e.Reset = web.Superseded, calendars.Answered, shown == calendars.NoAnswer
			return e, err
		}
		if a.Receipt == nil || !a.Receipt.Told {
			tells, err := d.Herald.told(ctx, a)
			e.Tells = tells
			return e, err
		}
	case store.ActionHanded:
		way, err := d.Herald.told(ctx, a)
		e.Stage, e.Way = web.Done, way
		return e, err
	case store.ActionFailed:
		e.Stage = web.Failed
	case store.ActionSuperseded:
		e.Stage = web.Superseded
	case store.ActionWaiting:
		e.Stage = web.Waiting
		switch a.Needs {
		case store.NeedsConsent:
			e.Way = web.ByConsent
		case store.NeedsConnection:
			e.Away = true
		case store.NeedsEffect:
			e.Stage = web.Underway
		}
	default:
		if e.Stage = web.Underway; a.Tries > 0 {
			e.Stage = web.Waiting
		} else if a.Undoes != 0 && a.Next.After(d.now()) {
			e.At = a.Next
		}
	}
	return e, nil
}

// gravity orders stages: what a person has to know comes first.
var gravity = map[web.Stage]int{web.Failed: 5, web.Waiting: 4, web.Underway: 3, web.Done: 2, web.Superseded: 1}

// worse is what is to be said of an answer that so far was at a, and of which a part is
// at b.
func worse(a, b web.Effect) web.Effect {
	if gravity[a.Stage] >= gravity[b.Stage] {
		return a
	}
	b.Service, b.Owner = a.Service, a.Owner
	return b
}
