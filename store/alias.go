package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"unmeet/calendars"
)

// Addresses under which people are invited beside their own.
//
// A calendar may know its owner by another address than the one that connected it:
// an alias that mail comes in by. Both are one person then, lest two be counted.
// What a calendar says of its owner's addresses is believed only of such that are
// nobody else's: not of one who connected or ever took part, and not where two
// people's calendars claim the same.

// learn links the addresses by which a delta's copies know the owner of their
// calendar, and has derived anew what that touches.
func (a *applying) learn(ctx context.Context, h *holding, d *calendars.Delta) error {
	owner := a.dir.person[h.owner]
	if owner == 0 {
		return nil
	}
	claimed := map[string][]key{}
	for i := range d.Copies {
		c := &d.Copies[i]
		address := strings.ToLower(c.Self)
		if self := (attendee{Address: address}); self.person() && strings.Contains(address, "@") && a.dir.canonical(address) != h.owner {
			claimed[address] = append(claimed[address], key{c.UID, strings.ToLower(c.Organizer.Address)})
		}
	}
	for _, address := range slices.Sorted(maps.Keys(claimed)) {
		_, err := a.tx.ExecContext(ctx, `INSERT INTO alias (addr, connection_id) VALUES ($1, $2) ON CONFLICT (addr, connection_id) DO NOTHING`, address, h.connection)
		if err != nil {
			return err
		}
		changed, err := a.settle(ctx, address)
		if err != nil {
			return err
		}
		for _, k := range claimed[address] {
			a.touched[k] = a.touched[k] || changed
		}
	}
	return nil
}

// unlearn forgets by which addresses the calendars of a connection know its owner.
func (a *applying) unlearn(ctx context.Context, connection int64) error {
	var addresses []string
	err := each(ctx, a.tx, `SELECT addr FROM alias WHERE connection_id = $1 ORDER BY addr`, func(rows *sql.Rows) error {
		var address string
		err := rows.Scan(&address)
		addresses = append(addresses, address)
		return err
	}, connection)
	if err != nil {
		return err
	}
	if _, err := a.tx.ExecContext(ctx, `DELETE FROM alias WHERE connection_id = $1`, connection); err != nil {
		return err
	}
	for _, address := range addresses {
		if _, err := a.settle(ctx, address); err != nil {
			return err
		}
	}
	return nil
}

// settle gives an address to the one person whose calendars claim it, or takes it
// from them where others claim it too, or connected it.
func (a *applying) settle(ctx context.Context, address string) (changed bool, err error) {
	var connected, claimants, claimant int64
	err = a.tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM connection WHERE owner = $1),
		COUNT(DISTINCT o.person_id), COALESCE(MAX(o.person_id), 0)
		FROM alias s JOIN connection n ON n.id = s.connection_id JOIN address o ON o.addr = n.owner WHERE s.addr = $1`,
		address).Scan(&connected, &claimants, &claimant)
	if err != nil {
		return false, err
	}
	var holder int64 // whose it is
	var alias, seen bool
	err = each(ctx, a.tx, `SELECT p.id, COALESCE(p.email, '') NOT IN ('', $1), p.state = 'seen' FROM address a JOIN person p ON p.id = a.person_id WHERE a.addr = $1`, func(rows *sql.Rows) error {
		return rows.Scan(&holder, &alias, &seen)
	}, address)
	if err != nil {
		return false, err
	}
	switch rightful := connected == 0 && claimants == 1; {
	case rightful && holder == 0:
		_, err = a.tx.ExecContext(ctx, `INSERT INTO address (addr, person_id) VALUES ($1, $2)`, address, claimant)
		a.dir.person[address] = claimant
	case rightful && seen && !alias:
		if err := a.touchAttended(ctx, holder); err != nil {
			return false, err
		}
		if err := mergePlans(ctx, a.tx, holder, claimant); err != nil {
			return false, err
		}
		_, err = a.tx.ExecContext(ctx, `UPDATE address SET person_id = $1 WHERE person_id = $2`, claimant, holder)
		a.dir.person[address] = claimant
		delete(a.dir.email, holder)
		a.merged = append(a.merged, holder)
	case !rightful && alias:
		if err := a.touchAttended(ctx, holder); err != nil {
			return false, err
		}
		_, err = a.tx.ExecContext(ctx, `DELETE FROM address WHERE addr = $1`, address)
		delete(a.dir.person, address)
	default:
		return false, nil
	}
	if err == nil {
		err = peopleChanged(ctx, a.tx)
	}
	if err == nil {
		a.dir.version, err = peopleVersion(ctx, a.tx)
	}
	return true, err
}

// touchAttended has derived anew whatever a person attends.
func (a *applying) touchAttended(ctx context.Context, person int64) error {
	return each(ctx, a.tx, `SELECT DISTINCT m.uid, m.organizer FROM attendance t JOIN occurrence o ON o.id = t.occurrence_id
		JOIN meeting m ON m.id = o.meeting_id WHERE t.person_id = $1`, func(rows *sql.Rows) error {
		var k key
		err := rows.Scan(&k.uid, &k.organizer)
		a.touched[k] = true
		return err
	}, person)
}

// forgetMerged removes people who turned out to be others by another address.
func (a *applying) forgetMerged(ctx context.Context) error {
	for _, id := range a.merged {
		_, err := a.tx.ExecContext(ctx, `DELETE FROM person WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM attendance WHERE person_id = $1)`, id)
		if err != nil {
			return err
		}
	}
	a.merged = nil
	return nil
}

// release sees to it that an address that somebody connects is theirs, whoever's
// alias it was taken for.
func release(ctx context.Context, db *DB, tx *sql.Tx, address string) error {
	a, err := begin(ctx, db, tx)
	if err != nil {
		return err
	}
	a.copies = nil
	if changed, err := a.settle(ctx, address); err != nil || !changed {
		return err
	}
	return a.finish(ctx)
}
