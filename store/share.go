package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
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
	near := r.times.merged()
	elsewhere, further, err := r.elsewhere(ctx, near)
	if err != nil {
		return err
	}
	turns := make(map[int64][]turn, len(r.people))
	for _, s := range r.occurrences {
		if !s.shared {
			s.shares = make([]int64, len(s.attendances))
		}
		if s.counts != countsMeeting || !further.meet(s.start, s.end) {
			continue
		}
		for i := range s.attendances {
			if t := &s.attendances[i]; t.attends() && r.people[t.person] {
				turns[t.person] = append(turns[t.person], turn{s, i})
			}
		}
	}
	update, err := r.a.tx.PrepareContext(ctx, `UPDATE attendance SET share_s = $1 WHERE occurrence_id = $2 AND person_id = $3`)
	if err != nil {
		return err
	}
	var busy []hours.Busy // Occurrence is a number in here, and in there for those elsewhere
	for person := range r.people {
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

// elsewhere loads the time that the people affected spend at meetings that are
// not touched, by person. Shares change only where near does; to tell them, it
// takes whatever overlaps an occurrence there, so it looks as far as those reach,
// and returns how far that is. It looks people by people or time by time,
// whichever is the smaller part of all.
func (r *refreshing) elsewhere(ctx context.Context, near windows) (map[int64][]shared, windows, error) {
	if r.a.copies != nil || len(r.people) == 0 || len(near) == 0 {
		return nil, near, nil
	}
	longest, err := longest(ctx, r.a.tx)
	if err != nil {
		return nil, nil, err
	}
	busy := map[int64][]shared{}
	scan := func(rows *sql.Rows) error {
		var b shared
		var meeting int64
		var k key
		var instance calendars.Instance
		err := rows.Scan(&b.Person, &b.Occurrence, &meeting, &b.Start, &b.End, &b.share, &k.uid, &k.organizer, &instance)
		if err != nil || r.touched[meeting] || !r.people[b.Person] {
			return err
		}
		b.Key = k.of(instance)
		busy[b.Person] = append(busy[b.Person], b)
		return nil
	}
	const columns = `SELECT t.person_id, o.id, o.meeting_id, o.start_s, o.end_s, t.share_s, m.uid, m.organizer, o.instance FROM `
	const attends = ` ` + attendsSQL + ` AND o.counts = 1`
	few, err := r.fewPeople(ctx, near, longest)
	if err != nil {
		return nil, nil, err
	}
	if few {
		hull := window{near[0].from - longest, near[len(near)-1].to + longest}
		return busy, windows{hull}, selectIn(ctx, r.a.tx, columns+`attendance t CROSS JOIN occurrence o CROSS JOIN meeting m
			WHERE o.id = t.occurrence_id AND m.id = o.meeting_id AND t.person_id IN (…) AND`+attends+
			fmt.Sprintf(` AND o.start_s < %d AND o.end_s > %d`, hull.to, hull.from), slices.Sorted(maps.Keys(r.people)), scan)
	}
	const overlap = ` o.start_s > $1 AND o.start_s < $2 AND o.end_s > $3`
	further := slices.Clone(near)
	for _, w := range near {
		err := each(ctx, r.a.tx, `SELECT o.start_s, o.end_s FROM occurrence o WHERE o.counts = 1 AND`+overlap, func(rows *sql.Rows) error {
			var o window
			err := rows.Scan(&o.from, &o.to)
			further = append(further, o)
			return err
		}, w.from-longest, w.to, w.from)
		if err != nil {
			return nil, nil, err
		}
	}
	further = further.merged()
	for _, w := range further {
		err := each(ctx, r.a.tx, columns+`occurrence o JOIN meeting m ON m.id = o.meeting_id JOIN attendance t ON t.occurrence_id = o.id
			WHERE`+attends+` AND`+overlap, scan, w.from-longest, w.to, w.from)
		if err != nil {
			return nil, nil, err
		}
	}
	return busy, further, nil
}

// fewPeople reports whether the people affected are a smaller part of all than
// the time that near and what reaches into it are of all time.
func (r *refreshing) fewPeople(ctx context.Context, near windows, longest int64) (bool, error) {
	var all window
	err := r.a.tx.QueryRowContext(ctx, `SELECT COALESCE(MIN(start_s), 0), COALESCE(MAX(start_s), 0) + 1 FROM occurrence`).Scan(&all.from, &all.to)
	var looked int64
	for _, w := range near {
		looked += w.to - w.from + longest
	}
	people, known := float64(len(r.people)), float64(len(r.a.dir.email))
	return people/known < float64(looked)/float64(all.to-all.from), err
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
