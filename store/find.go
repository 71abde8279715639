package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"unmeet/calendars"
)

// Find returns the meetings with the given UID, with what there is to judge of
// them, and why where that takes nobody's time; there can be several, by
// different organizers.
func (db *DB) Find(ctx context.Context, uid string) ([]Found, error) {
	var found []Found
	err := each(ctx, db.read, `SELECT id, uid, organizer FROM meeting WHERE uid = $1 ORDER BY organizer`, func(rows *sql.Rows) error {
		var f Found
		err := rows.Scan(&f.Meeting, &f.UID, &f.Organizer)
		found = append(found, f)
		return err
	}, uid)
	if err != nil {
		return nil, fmt.Errorf("find meeting %s: %w", uid, err)
	}
	for i := range found {
		for s, err := range db.Subjects(ctx, []int64{found[i].Meeting}, "") {
			if err != nil {
				return nil, err
			}
			found[i].Subjects = append(found[i].Subjects, s)
		}
		if found[i].Uncounted, err = db.uncounted(ctx, &found[i]); err != nil {
			return nil, fmt.Errorf("find meeting %s: %w", uid, err)
		}
	}
	return found, nil
}

// uncounted says why, by the hash of those of f's subjects that have no
// occurrence that counts. Where occurrences differ in that, the reason of most
// is given.
func (db *DB) uncounted(ctx context.Context, f *Found) (map[string]Uncounted, error) {
	reasons := make(map[string]map[Uncounted]int, len(f.Subjects)) // how many occurrences have each, by subject
	for _, s := range f.Subjects {
		reasons[s.Hash] = map[Uncounted]int{}
	}
	err := each(ctx, db.read, `SELECT o.subject_hash, o.all_day, o.state, o.start_s, o.end_s, o.heads, o.heads_known, o.counts, o.people,
			(SELECT COUNT(*) FROM attendance t WHERE t.occurrence_id = o.id),
			(SELECT COUNT(*) FROM attendance t WHERE t.occurrence_id = o.id AND t.response <> 'declined')
		FROM occurrence o WHERE o.meeting_id = $1`, func(rows *sql.Rows) error {
		var o occurrence
		var people, invited, coming int
		err := rows.Scan(&o.subjectHash, &o.allDay, &o.state, &o.start, &o.end, &o.heads, &o.headsKnown, &o.counts, &people, &invited, &coming)
		if of := reasons[o.subjectHash]; of != nil {
			of[o.uncounted(people, invited, coming)]++
		}
		return err
	}, f.Meeting)
	if err != nil {
		return nil, err
	}
	uncounted := map[string]Uncounted{}
	for hash, of := range reasons {
		if of[""] > 0 {
			continue
		}
		uncounted[hash] = NeverHeld
		if len(of) > 0 {
			uncounted[hash] = slices.MaxFunc(slices.Sorted(maps.Keys(of)), func(a, b Uncounted) int { return cmp.Compare(of[a], of[b]) })
		}
	}
	return uncounted, nil
}

// uncounted says why o takes nobody's meeting hours, "" if it takes somebody's:
// people of the organization attend it; invited are on its guest list, and coming
// have not declined.
func (o *occurrence) uncounted(people, invited, coming int) Uncounted {
	switch {
	case o.counts == countsMeeting && people > 0:
		return ""
	case o.counts == countsUnknown:
		return GuestsUnknown
	case o.allDay:
		return AllDay
	case o.state == calendars.Cancelled:
		return CalledOff
	case o.end <= o.start:
		return NoLength
	case o.heads < 2 && o.headsKnown:
		return Alone
	case invited == 0:
		return OthersOnly
	case coming == 0:
		return AllDeclined
	}
	return MarkedFree
}
