package store

import (
	"context"
	"database/sql"
	"strconv"

	"unmeet/calendars"
	"unmeet/store/hours"
)

// share shares out anew the time of the people affected.
func (r *refreshing) share(ctx context.Context) error {
	type turn struct {
		s *stored
		i int // of the attendance
	}
	for person, ws := range r.near {
		r.near[person] = ws.merged()
	}
	elsewhere, err := r.elsewhere(ctx)
	if err != nil {
		return err
	}
	turns := make(map[int64][]turn, len(r.near))
	for _, s := range r.occurrences {
		if !s.shared {
			s.shares = make([]int64, len(s.attendances))
		}
		if s.counts != countsMeeting {
			continue
		}
		for i := range s.attendances {
			if t := &s.attendances[i]; t.attends() && r.near[t.person] != nil {
				turns[t.person] = append(turns[t.person], turn{s, i})
			}
		}
	}
	update, err := r.a.tx.PrepareContext(ctx, `UPDATE attendance SET share_s = $1 WHERE occurrence_id = $2 AND person_id = $3`)
	if err != nil {
		return err
	}
	var busy []hours.Busy // Occurrence is a number in here, and in there for those elsewhere
	for person, near := range r.near {
		here, there := turns[person], elsewhere[person]
		busy = busy[:0]
		for i, t := range here {
			busy = append(busy, hours.Busy{Person: person, Occurrence: int64(i), Key: t.s.key, Start: t.s.start, End: t.s.end})
		}
		for i := range there {
			b := there[i].Busy
			b.Occurrence = int64(len(here) + i)
			busy = append(busy, b)
		}
		for _, h := range hours.Shares(busy) {
			if h.Occurrence < int64(len(here)) {
				t := here[h.Occurrence]
				if t.s.shares[t.i] != h.Seconds && near.meet(t.s.start, t.s.end) {
					t.s.shares[t.i], t.s.write = h.Seconds, true
				}
				continue
			}
			t := &there[h.Occurrence-int64(len(here))]
			if t.share == h.Seconds || !near.meet(t.Start, t.End) {
				continue
			}
			r.others[t.Occurrence] += h.Seconds - t.share
			if _, err := update.ExecContext(ctx, h.Seconds, t.Occurrence, person); err != nil {
				return err
			}
		}
	}
	for _, s := range r.occurrences {
		if s.write {
			s.sum()
		}
	}
	return nil
}

// sum counts who attends and adds up their shares.
func (s *stored) sum() {
	s.people, s.gross = 0, 0
	if s.counts != countsMeeting {
		return
	}
	for i := range s.attendances {
		if s.attendances[i].attends() {
			s.people++
			s.gross += s.shares[i]
		}
	}
}

// shared is somebody's time at a meeting that is not touched.
type shared struct {
	hours.Busy
	share int64 // as stored
}

// asBadAsAsking is a stretch of somebody's time of which reading what they attend costs
// about as much as another query.
const asBadAsAsking = 24 * 60 * 60

// elsewhere loads the time that the people affected spend at meetings that are
// not touched, by person. Somebody's shares change only where they are near; to tell
// them, it takes whatever overlaps an occurrence there, so it looks as far as those reach.
// It looks people by people, so that what it costs hangs on who is affected and when,
// and not on how many people and how much time there are.
func (r *refreshing) elsewhere(ctx context.Context) (map[int64][]shared, error) {
	if r.a.copies != nil || len(r.near) == 0 {
		return nil, nil
	}
	longest, err := longest(ctx, r.a.tx)
	if err != nil {
		return nil, err
	}
	around, err := r.a.tx.PrepareContext(ctx, `SELECT o.id, o.meeting_id, o.start_s, o.end_s, t.share_s, m.uid, m.organizer, o.instance
		FROM attendance t CROSS JOIN occurrence o CROSS JOIN meeting m
		WHERE t.person_id = $1 AND t.start_s > $2 AND t.start_s < $3 AND `+attendsSQL+` AND o.id = t.occurrence_id AND o.counts = 1 AND m.id = o.meeting_id`)
	if err != nil {
		return nil, err
	}
	defer around.Close()
	busy := map[int64][]shared{}
	for person, near := range r.near {
		for _, w := range near.widened(2*longest, longest+asBadAsAsking) {
			err := eachOf(ctx, around, func(rows *sql.Rows) error {
				var meeting int64
				var k key
				var instance calendars.Instance
				b := shared{Busy: hours.Busy{Person: person}}
				err := rows.Scan(&b.Occurrence, &meeting, &b.Start, &b.End, &b.share, &k.uid, &k.organizer, &instance)
				if err != nil || r.touched[meeting] {
					return err
				}
				b.Key = k.of(instance)
				busy[person] = append(busy[person], b)
				return nil
			}, person, w.from, w.to)
			if err != nil {
				return nil, err
			}
		}
	}
	return busy, nil
}

// longest returns the greatest length, in seconds, of all occurrences that have
// ever counted: what overlaps a time began no longer before it.
func longest(ctx context.Context, q queryer) (n int64, err error) {
	err = each(ctx, q, `SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'longest'`, func(rows *sql.Rows) error {
		return rows.Scan(&n)
	})
	return n, err
}

func (r *refreshing) saveLongest(ctx context.Context) error {
	was, err := longest(ctx, r.a.tx)
	if err != nil {
		return err
	}
	n := was
	for _, s := range r.occurrences {
		if s.counts != countsNot {
			n = max(n, s.end-s.start)
		}
	}
	if n == was {
		return nil
	}
	_, err = r.a.tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('longest', $1)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, strconv.FormatInt(n, 10))
	return err
}
