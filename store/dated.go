package store

import (
	"context"
	"database/sql"
	"slices"

	"unmeet/calendars"
)

// A series that somebody declines from an occurrence on, their calendar shows as
// declined from its first day: there is one answer for the whole. What was before is
// no less true for that. So it is kept since when the answer holds, and what it was
// before, for as long as it was not taken back.

// datedAnswer is that somebody declined a series from an occurrence on.
type datedAnswer struct {
	person string // address, as it was then
	from   int64
	was    calendars.Response
}

// date notes since when an answer to a series holds, which has just been given or
// taken back, and derives the meeting anew.
func (db *DB) date(ctx context.Context, tx *sql.Tx, i calendars.Intent) error {
	if i.Verb != calendars.Respond || !i.Onward || i.Response != calendars.Declined {
		return nil
	}
	var err error
	if i.Back != nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM dated WHERE uid = $1 AND organizer = $2 AND person = $3`, i.Ref.UID, i.Ref.Organizer, i.Owner)
	} else {
		_, err = tx.ExecContext(ctx, `INSERT INTO dated (uid, organizer, person, from_s, was) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (uid, organizer, person) DO UPDATE SET from_s = excluded.from_s, was = excluded.was`,
			i.Ref.UID, i.Ref.Organizer, i.Owner, i.Start.Unix(), string(i.Was))
	}
	if err != nil {
		return err
	}
	a, err := begin(ctx, db, tx)
	if err != nil {
		return err
	}
	a.copies = nil
	a.touched[key{i.Ref.UID, i.Ref.Organizer}] = true
	return a.finish(ctx)
}

// dated returns the dated answers to the given meetings.
func (a *applying) dated(ctx context.Context, keys []key) (map[key][]datedAnswer, error) {
	var any int
	err := each(ctx, a.tx, `SELECT 1 FROM dated LIMIT 1`, func(rows *sql.Rows) error { return rows.Scan(&any) })
	if err != nil || any == 0 {
		return nil, err
	}
	all := map[key][]datedAnswer{}
	return all, selectIn(ctx, a.tx, `SELECT uid, organizer, person, from_s, was FROM dated WHERE uid IN (…) ORDER BY uid, organizer, person`, uids(keys), func(rows *sql.Rows) error {
		var k key
		var d datedAnswer
		err := rows.Scan(&k.uid, &k.organizer, &d.person, &d.from, &d.was)
		if a.touched[k] {
			all[k] = append(all[k], d)
		}
		return err
	})
}

// earlier returns the answers that held before those to their series did, at the
// occurrence that a group claims, by canonical address: of people whose own calendar
// says nothing of that occurrence but what it says of the series.
func (r *rosters) earlier(group []claim) []datedAnswer {
	var all []datedAnswer
	for _, d := range r.dated {
		d.person = r.dir.canonical(d.person)
		own := slices.IndexFunc(group, func(c claim) bool { return r.views[c.rank].owner == d.person })
		if own >= 0 && group[own].start < d.from && group[own].copy.series() {
			all = append(all, d)
		}
	}
	return all
}
