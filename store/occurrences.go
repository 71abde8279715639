package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"unmeet/calendars"
	"unmeet/store/hours"
)

// Occurrences yields what counts between from and to, in whole seconds, in order
// of start: meetings that at least one of our people attends, and events whose
// guests are unknown (see [Occurrence.Counted]). Times come in UTC.
func (db *DB) Occurrences(ctx context.Context, from, to time.Time) iter.Seq2[Occurrence, error] {
	w := window{from.Unix(), to.Unix()}
	return func(yield func(Occurrence, error) bool) {
		longest, err := longest(ctx, db.read)
		var inside map[int64]int64
		if err == nil {
			inside, err = db.straddling(ctx, w, longest)
		}
		if err != nil {
			yield(Occurrence{}, fmt.Errorf("read occurrences: %w", err))
			return
		}
		start, id := w.from-longest, int64(0)
		for {
			occurrences, err := db.occurrences(ctx, w, inside, start, id)
			if err != nil {
				yield(Occurrence{}, fmt.Errorf("read occurrences: %w", err))
				return
			}
			for _, o := range occurrences {
				if !yield(o, nil) {
					return
				}
			}
			if len(occurrences) < page {
				return
			}
			last := occurrences[page-1]
			start, id = last.Start.Unix(), last.ID
		}
	}
}

func (db *DB) occurrences(ctx context.Context, w window, inside map[int64]int64, start, id int64) ([]Occurrence, error) {
	occurrences := make([]Occurrence, 0, page)
	err := each(ctx, db.read, `SELECT o.id, o.meeting_id, o.instance, o.subject_hash, s.title, s.private, s.rrule, m.organizer, o.start_s, o.end_s,
			o.heads, o.heads_known, o.counts, o.people, o.gross_s
		FROM occurrence o JOIN meeting m ON m.id = o.meeting_id
		JOIN subject s ON s.meeting_id = o.meeting_id AND s.hash = o.subject_hash
		WHERE o.start_s < $2 AND o.end_s > $1 AND (o.counts = 2 OR o.counts = 1 AND o.people > 0)
		AND (o.start_s, o.id) > ($3, $4) ORDER BY o.start_s, o.id LIMIT $5`, func(rows *sql.Rows) error {
		var o Occurrence
		var start, end, counts, gross int64
		err := rows.Scan(&o.ID, &o.Meeting, &o.Instance, &o.SubjectHash, &o.Title, &o.Private, &o.Rule, &o.Organizer, &start, &end,
			&o.Heads, &o.HeadsKnown, &counts, &o.People, &gross)
		o.Organizer = named(o.Organizer)
		o.measure(w, inside, start, end, counts, gross)
		occurrences = append(occurrences, o)
		return err
	}, w.from, w.to, start, id, page)
	return occurrences, err
}

// Bare returns what Occurrences yields, in any order, without what it takes to name it:
// Meeting, Instance, Title, Private, Rule, Organizer and Heads are empty. That is a
// fraction of the work where there are very many.
func (db *DB) Bare(ctx context.Context, from, to time.Time) ([]Occurrence, error) {
	w := window{from.Unix(), to.Unix()}
	fail := func(err error) ([]Occurrence, error) { return nil, fmt.Errorf("read occurrences: %w", err) }
	longest, err := longest(ctx, db.read)
	if err != nil {
		return fail(err)
	}
	inside, err := db.straddling(ctx, w, longest)
	if err != nil {
		return fail(err)
	}
	var occurrences []Occurrence
	// The list makes it read them in the order in which they are stored.
	err = each(ctx, db.read, `SELECT o.id, o.subject_hash, o.start_s, o.end_s, o.heads_known, o.counts, o.people, o.gross_s FROM occurrence o
		WHERE o.id IN (SELECT b.id FROM occurrence b WHERE b.start_s > $1 AND b.start_s < $2)
		AND o.end_s > $3 AND (o.counts = 2 OR o.counts = 1 AND o.people > 0)`, func(rows *sql.Rows) error {
		var o Occurrence
		var start, end, known, counts, people, gross int64
		err := rows.Scan(&o.ID, &o.SubjectHash, &start, &end, &known, &counts, &people, &gross)
		o.HeadsKnown, o.People = known == 1, int(people)
		o.measure(w, inside, start, end, counts, gross)
		occurrences = append(occurrences, o)
		return err
	}, w.from-longest, w.to, w.from)
	if err != nil {
		return fail(err)
	}
	return occurrences, nil
}

// measure says how much of o, which starts and ends at these seconds, is inside w.
func (o *Occurrence) measure(w window, inside map[int64]int64, start, end, counts, gross int64) {
	o.Start, o.End = time.Unix(start, 0).UTC(), time.Unix(end, 0).UTC()
	o.Inside = seconds(min(end, w.to) - max(start, w.from))
	if o.Counted = counts == countsMeeting; !o.Counted {
		o.People = 0
		return
	}
	o.WholeGross = seconds(gross)
	if part, cut := inside[o.ID]; cut {
		gross = part
	}
	o.Gross = seconds(gross)
}

// Attending returns the ids of our people whose time the given occurrences take, of
// those that Occurrences yields, by occurrence.
func (db *DB) Attending(ctx context.Context, occurrences []int64) (map[int64][]int64, error) {
	people := make(map[int64][]int64, len(occurrences))
	err := selectIn(ctx, db.read, `SELECT t.occurrence_id, t.person_id FROM attendance t
		WHERE t.occurrence_id IN (…) AND `+attendsSQL, occurrences, func(rows *sql.Rows) error {
		var occurrence, person int64
		err := rows.Scan(&occurrence, &person)
		people[occurrence] = append(people[occurrence], person)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read who attends: %w", err)
	}
	return people, nil
}

// Share is what an occurrence takes of one person's time.
type Share struct {
	Person  int64
	Address string
	Seconds int64
}

// Shares returns whose time what Occurrences yields between from and to takes, and how
// much, by occurrence and in order of person: of the whole occurrence, not only of what
// is inside.
func (db *DB) Shares(ctx context.Context, from, to time.Time) (map[int64][]Share, error) {
	shares := map[int64][]Share{}
	longest, err := longest(ctx, db.read)
	if err == nil {
		err = each(ctx, db.read, `SELECT o.id, t.person_id, COALESCE(p.email, ''), t.share_s FROM occurrence o JOIN attendance t ON t.occurrence_id = o.id
			JOIN person p ON p.id = t.person_id
			WHERE `+attendsSQL+` AND o.counts = 1 AND o.start_s > $1 AND o.start_s < $2 AND o.end_s > $3 ORDER BY o.id, t.person_id`, func(rows *sql.Rows) error {
			var occurrence int64
			var s Share
			err := rows.Scan(&occurrence, &s.Person, &s.Address, &s.Seconds)
			shares[occurrence] = append(shares[occurrence], s)
			return err
		}, from.Unix()-longest, to.Unix(), from.Unix())
	}
	if err != nil {
		return nil, fmt.Errorf("read shares: %w", err)
	}
	return shares, nil
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// straddling shares out the time inside w of occurrences that begin before it or
// end after it: the stored shares are of the whole. It returns seconds by id.
func (db *DB) straddling(ctx context.Context, w window, longest int64) (map[int64]int64, error) {
	const overlap = ` o.counts = 1 AND o.start_s > $1 AND o.start_s < $2 AND o.end_s > $3`
	inside := map[int64]int64{}
	for _, edge := range []int64{w.from, w.to} {
		across := map[int64]bool{}
		near := window{edge, edge}
		err := each(ctx, db.read, `SELECT o.id, o.start_s, o.end_s FROM occurrence o WHERE`+overlap, func(rows *sql.Rows) error {
			var id, start, end int64
			err := rows.Scan(&id, &start, &end)
			near = window{min(near.from, start), max(near.to, end)}
			across[id] = true
			return err
		}, edge-longest, edge, edge)
		if err != nil {
			return nil, err
		}
		if len(across) == 0 {
			continue
		}
		near = window{max(near.from, w.from), min(near.to, w.to)}
		var busy []hours.Busy
		err = each(ctx, db.read, `SELECT o.id, m.uid, m.organizer, o.instance, o.start_s, o.end_s, t.person_id
			FROM occurrence o JOIN meeting m ON m.id = o.meeting_id JOIN attendance t ON t.occurrence_id = o.id
			WHERE `+attendsSQL+` AND`+overlap, func(rows *sql.Rows) error {
			var b hours.Busy
			var k key
			var instance calendars.Instance
			err := rows.Scan(&b.Occurrence, &k.uid, &k.organizer, &instance, &b.Start, &b.End, &b.Person)
			b.Key = k.of(instance)
			busy = append(busy, b)
			return err
		}, near.from-longest, near.to, near.from)
		if err != nil {
			return nil, err
		}
		for id := range across {
			inside[id] = 0
		}
		for _, share := range hours.Within(busy, near.from, near.to) {
			if across[share.Occurrence] {
				inside[share.Occurrence] += share.Seconds
			}
		}
	}
	return inside, nil
}
