package store

import (
	"context"
	"database/sql"
	"slices"

	"unmeet/calendars"
)

// How fresh what is known of calendars is.
//
// Calendars are read one after the other, and some not at all for weeks: so what
// they say of a meeting differs for a while, and the one that usually knows best
// may be the one that knows least. Three times tell which. When a collection was
// last read: then it was as it is kept here. Since when a copy claims the times
// that it claims: since the pull that first brought them. When the calendar of a
// meeting's organizer was first seen to hold it no more, and to hold it still not
// after others came to tell of it anew.
//
// A calendar contradicts only what was claimed by the time that it was read. None
// of these times depends on how often a calendar is read that did not change, so
// that nothing goes to and fro between readings.

// unixMilli is a time as these times are kept.
type unixMilli int64

// seconds is the second that t is in.
func (t unixMilli) seconds() int64 { return int64(t) / 1000 }

// date says of copies that come in since when they claim what they claim. What a
// series claims beyond the time that was listed so far is not new: it was only not
// to be seen.
func (in *incoming) date(known, next map[place]*kept) {
	before := map[object]map[calendars.Instance]claim{}
	note := func(o object, c claim) {
		if before[o] == nil {
			before[o] = map[calendars.Instance]claim{}
		}
		before[o][c.instance] = c
	}
	for p, k := range known {
		for _, s := range k.spans {
			note(p.object(), claim{instance: s.instance, start: s.start, end: s.end, copy: k})
		}
	}
	for p, k := range known {
		if !k.series() {
			note(p.object(), claim{instance: k.instance, start: k.start, end: k.end, copy: k})
		}
	}
	for p, k := range next {
		if known[p] == k || k.since != 0 {
			continue // left as it was
		}
		k.since = in.since(k, known[place{k.remote, k.key, ""}], before[p.object()])
	}
}

// since is when k was first seen to claim what it claims, given its series as it
// was known and what its object claimed before.
func (in *incoming) since(k, series *kept, before map[calendars.Instance]claim) unixMilli {
	now := in.read
	if in.lastRead == 0 && k.modified > 0 {
		// Of what a calendar held before it was first read, it says itself since when.
		now = min(now, unixMilli(k.modified+1)*1000)
	}
	var since unixMilli
	for _, s := range k.claims() {
		c, ok := before[s.instance]
		switch {
		case ok && c.start == s.start && c.end == s.end && !c.copy.older(k):
			since = max(since, c.copy.since)
		case series != nil && !series.older(k) && !in.listed.touches(s.start, s.end):
			since = max(since, series.since)
		default:
			return now
		}
	}
	return since
}

// older reports whether k, as it was known, is no version of next: that one has a
// new SEQUENCE, or takes place again.
func (k *kept) older(next *kept) bool {
	return k.sequence < next.sequence || k.status == calendars.Cancelled && next.status != calendars.Cancelled
}

// claims are the occurrences that k tells of.
func (k *kept) claims() []span {
	if k.series() {
		return k.spans
	}
	return []span{{k.instance, k.start, k.end}}
}

// withdrawal is that a calendar of a meeting's organizer holds it no more.
type withdrawal struct {
	*holding
	at unixMilli // when that was first seen, or first seen again after news of it
}

// withdraw notes which meetings of its owner a collection held and holds no more,
// or holds again.
func (a *applying) withdraw(ctx context.Context, collection int64, h *holding, known, next map[place]*kept) error {
	if h.owner == "" || len(known) == 0 && h.read == 0 {
		return nil
	}
	live := func(copies map[place]*kept) map[key]bool {
		keys := map[key]bool{}
		for p, k := range copies {
			if !k.ended && a.dir.canonical(named(p.key.organizer)) == h.owner {
				keys[p.key] = true
			}
		}
		return keys
	}
	before, after := live(known), live(next)
	for k := range before {
		if after[k] {
			continue
		}
		if err := a.gaveUp(ctx, collection, k); err != nil {
			return err
		}
	}
	for k := range after {
		if before[k] {
			continue
		}
		_, err := a.tx.ExecContext(ctx, `DELETE FROM withdrawn WHERE uid = $1 AND organizer = $2 AND collection_id = $3`, k.uid, k.organizer, collection)
		if err != nil {
			return err
		}
	}
	return nil
}

// gaveUp notes that a collection was seen not to hold a meeting of its owner that
// it once held.
func (a *applying) gaveUp(ctx context.Context, collection int64, k key) error {
	_, err := a.tx.ExecContext(ctx, `INSERT INTO withdrawn (uid, organizer, collection_id, at_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, k.uid, k.organizer, collection, a.read)
	return err
}

// withdrawAgain notes which meetings a collection gave up and does not hold now
// either, though others came to tell of them in between: taken up again and called
// off before it was read. That they may be taken up is why what was given up is
// kept in mind when no calendar holds it any more.
func (a *applying) withdrawAgain(ctx context.Context, collection int64) error {
	var again []key
	err := each(ctx, a.tx, `SELECT w.uid, w.organizer FROM withdrawn w JOIN copy c ON c.uid = w.uid AND c.organizer = w.organizer
		WHERE w.collection_id = $1 AND c.since_ms < $2
		GROUP BY w.uid, w.organizer HAVING MAX(c.since_ms) > MAX(w.at_ms)`, func(rows *sql.Rows) error {
		var k key
		err := rows.Scan(&k.uid, &k.organizer)
		again = append(again, k)
		return err
	}, collection, a.read)
	if err != nil {
		return err
	}
	for _, k := range again {
		if err := a.gaveUp(ctx, collection, k); err != nil {
			return err
		}
		a.touched[k] = true
	}
	return nil
}

// withdrawals returns those of the given meetings.
func (a *applying) withdrawals(ctx context.Context, keys []key, copies map[key][]*kept) (map[key][]withdrawal, error) {
	if a.copies != nil {
		return nil, nil // the database was empty
	}
	at := map[key]map[int64][]unixMilli{}
	var collections []int64
	err := selectIn(ctx, a.tx, `SELECT uid, organizer, collection_id, at_ms FROM withdrawn WHERE uid IN (…)`, uids(keys), func(rows *sql.Rows) error {
		var k key
		var collection int64
		var t unixMilli
		err := rows.Scan(&k.uid, &k.organizer, &collection, &t)
		if a.touched[k] && len(copies[k]) > 0 {
			if at[k] == nil {
				at[k] = map[int64][]unixMilli{}
			}
			at[k][collection] = append(at[k][collection], t)
			collections = append(collections, collection)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := a.hold(ctx, collections...); err != nil {
		return nil, err
	}
	all := make(map[key][]withdrawal, len(at))
	for k, by := range at {
		for collection, times := range by {
			for _, t := range times {
				all[k] = append(all[k], withdrawal{a.holdings[collection], t})
			}
		}
	}
	return all, nil
}

// wasRead notes that a collection is, as of this pull, as it is kept here. What
// others' calendars came to say of its meetings since it was last read, it now
// confirms or contradicts: those are derived anew.
func (a *applying) wasRead(ctx context.Context, collection int64, h *holding) error {
	if a.copies == nil {
		err := each(ctx, a.tx, `SELECT DISTINCT c.uid, c.organizer FROM copy c JOIN meeting m ON m.uid = c.uid AND m.organizer = c.organizer
			WHERE c.collection_id = $1 AND m.news_ms > $2`, func(rows *sql.Rows) error {
			var k key
			err := rows.Scan(&k.uid, &k.organizer)
			a.touched[k] = true
			return err
		}, collection, h.read)
		if err != nil {
			return err
		}
		if err := a.withdrawAgain(ctx, collection); err != nil {
			return err
		}
	}
	h.read = max(h.read, a.read)
	return nil
}

// news is when anything was last said of a meeting that calendars read before
// could not know.
func news(copies []*kept, withdrawn []withdrawal) (last unixMilli) {
	for _, k := range copies {
		last = max(last, k.since)
	}
	for _, w := range withdrawn {
		last = max(last, w.at)
	}
	return last
}

// overtakes reports whether k tells of a version of a meeting that a calendar
// whose own is known does not know of yet.
func (k *kept) overtakes(known *kept, read unixMilli) bool {
	return !k.ended && k.sequence > known.sequence && k.since > read
}

// calledOff reports whether an instance was withdrawn by its organizer, and is
// claimed only by calendars that were not read since. What was over by then was
// held.
func calledOff(group []claim, views []*view, withdrawn []withdrawal) bool {
	return slices.ContainsFunc(withdrawn, func(w withdrawal) bool {
		return w.listed.covers(group[0].start) && group[0].end > w.at.seconds() &&
			!slices.ContainsFunc(group, func(c claim) bool { return views[c.rank].own || views[c.rank].read >= w.at })
	})
}
