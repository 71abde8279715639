package google

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"google.golang.org/api/calendar/v3"

	"unmeet/calendars"
)

// fold makes the copies of one series from its instances in the window: one of
// the series, with those that are as their rule makes them as spans, and one of
// each that differs. Where the calendar holds instances but no series, all have
// copies of their own.
//
// Google lists each instance with all its words, and does not mark the changed
// ones. What the series itself says is therefore known by the fingerprint of its
// master, which the cursor keeps: so the outcome is the same whether or not the
// feed has just brought the master.
func (p *pull) fold(ctx context.Context, r reader, id string, events []*calendar.Event) ([]calendars.Copy, error) {
	members := make([]calendars.Copy, 0, len(events))
	for _, ev := range events {
		c, err := r.read(ev)
		if err != nil {
			p.skip(ev, err)
			continue
		}
		members = append(members, c)
	}
	slices.SortStableFunc(members, func(a, b calendars.Copy) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Instance, b.Instance))
	})
	known, whole, err := p.whole(ctx, r, id, members)
	if err != nil || known.Orphan {
		return members, err
	}
	whole.Remote, whole.Instance, whole.Rule = calendars.RemoteID(id), "", known.Rule
	whole.Start, _ = known.Start.Time(r.zone)
	if whole.AllDay {
		whole.End = whole.Start.AddDate(0, 0, int(known.Length/secondsOfDay))
	} else {
		whole.Zone = known.Zone
		whole.End = whole.Start.Add(time.Duration(known.Length) * time.Second)
	}
	changed := members[:0]
	for _, c := range members {
		if regular(c, known.Words) {
			whole.Spans = append(whole.Spans, calendars.Span{Instance: c.Instance, Start: c.Start, End: c.End})
			whole.Modified = later(whole.Modified, c.Modified)
			continue
		}
		changed = append(changed, c)
	}
	if !whole.Series() {
		return changed, nil // as a copy it would be taken for a one-off
	}
	return append([]calendars.Copy{whole}, changed...), nil
}

const secondsOfDay = 24 * 60 * 60

// whole finds what a series says of itself: from an instance that nobody changed,
// or from the master.
func (p *pull) whole(ctx context.Context, r reader, id string, members []calendars.Copy) (series, calendars.Copy, error) {
	known, remembered := p.cursor.Series[id]
	if known.Orphan {
		return known, calendars.Copy{}, nil
	}
	if remembered {
		for _, c := range members {
			if fingerprint(c) == known.Words {
				return known, c, nil
			}
		}
	}
	ev, err := p.master(ctx, id)
	if err != nil {
		return series{}, calendars.Copy{}, err
	}
	if ev == nil || cancelled(ev) {
		p.cursor.Series[id] = series{Orphan: true}
		return p.cursor.Series[id], calendars.Copy{}, nil
	}
	c, err := r.read(ev)
	if err == nil {
		known, err = r.series(ev)
	}
	if err != nil {
		p.skip(ev, err)
		known.Orphan = true
	}
	p.cursor.Series[id] = known
	return known, c, nil
}

// regular reports whether an instance is as its series makes it.
func regular(c calendars.Copy, words string) bool {
	at, ok := c.Instance.Time(c.Start.Location())
	return ok && at.Equal(c.Start) && fingerprint(c) == words
}

// fingerprint sums up what a copy says, its times left out but for the length:
// copies that say the same have the same one.
func fingerprint(c calendars.Copy) string {
	people := slices.Clone(c.People)
	slices.SortFunc(people, func(a, b calendars.Attendee) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Name, b.Name))
	})
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q %t %t %q %q %t %d %q %q %q %t\n", c.UID, c.Title, c.Body, c.Location, c.Private, c.Busy,
		c.Status, c.Type, c.AllDay, length(c), c.Organizer.Address, c.Organizer.Name, c.Self, c.HeadsKnown)
	for _, a := range people {
		fmt.Fprintf(h, "%q %q %q %q %t %d\n", a.Address, a.Name, a.Kind, a.Response, a.Optional, a.Guests)
	}
	return base64.RawStdEncoding.EncodeToString(h.Sum(nil)[:9])
}

// length returns how long c takes. A day when the clock is changed is as long as
// others.
func length(c calendars.Copy) time.Duration {
	d := c.End.Sub(c.Start)
	if c.AllDay {
		d = d.Round(24 * time.Hour)
	}
	return d
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
