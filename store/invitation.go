package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"unmeet/calendars"
)

// ErrNoInvitation says that nobody's calendar holds an event.
var ErrNoInvitation = errors.New("no calendar holds the event")

// Invitation returns an event as a person was invited to it: as their own copy of the
// instance has it, else that of its series, else as the copies of others have it, those
// of its organizer first. A series stands for its instance then. It has no words but
// the title, and lists who is invited as far as is known; Self is the person's address
// there, which may be an alias of theirs. It is an ErrNoInvitation if
// no calendar holds the event.
func (db *DB) Invitation(ctx context.Context, address string, ref calendars.Ref) (calendars.Copy, error) {
	type found struct {
		*kept
		owner string
	}
	var all []found
	err := each(ctx, db.read, selectCopies+` WHERE uid = $1 AND organizer = $2 AND instance IN ('', $3) ORDER BY ended, instance DESC, sequence DESC, collection_id, remote`,
		func(rows *sql.Rows) error {
			k, err := scanCopy(rows)
			if err == nil && (k.instance == ref.Instance || k.series()) {
				all = append(all, found{kept: k})
			}
			return err
		}, ref.UID, ref.Organizer, string(ref.Instance))
	for i := range all {
		if err != nil {
			break
		}
		err = db.read.QueryRowContext(ctx, `SELECT c.owner FROM connection c JOIN collection l ON l.connection_id = c.id WHERE l.id = $1`, all[i].collection).Scan(&all[i].owner)
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
	}
	if err == nil && len(all) == 0 {
		err = ErrNoInvitation
	}
	if err != nil {
		return calendars.Copy{}, fmt.Errorf("how %s was invited: %w", address, err)
	}
	rank := func(f found) int {
		switch f.owner {
		case address:
			return 0
		case ref.Organizer:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(all, func(a, b found) int { return rank(a) - rank(b) })
	c := all[0].invitation(ref.Instance)
	own, err := ownAddresses(ctx, db.read, address)
	if err != nil {
		return c, fmt.Errorf("how %s was invited: %w", address, err)
	}
	for _, a := range c.People {
		if own[a.Address] && c.Self != strings.ToLower(address) {
			c.Self = a.Address
		}
	}
	return c, nil
}

// invitation is k as a copy of an instance of it.
func (k *kept) invitation(i calendars.Instance) calendars.Copy {
	for _, s := range k.spans {
		if i != "" && s.instance == i {
			k = k.single(s)
		}
	}
	c := calendars.Copy{
		Remote: k.remote, UID: k.key.uid, Instance: k.instance, Sequence: int(k.sequence), Title: k.title, Private: k.private,
		Status: k.status, Start: timeOf(k.start), End: timeOf(k.end), AllDay: k.allDay, Zone: k.zone, Rule: k.rule,
		Organizer: calendars.Party{Address: named(k.key.organizer), Name: k.people.Organizer}, HeadsKnown: k.headsKnown,
	}
	for i := range k.people.Guests {
		a := &k.people.Guests[i]
		guest := a.as()
		guest.Name, guest.Response, guest.Optional = a.Name, a.Response, a.Optional
		c.People = append(c.People, guest)
	}
	return c
}
