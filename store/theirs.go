package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// OccurrencesOf returns what Occurrences yields between from and to, of what takes the
// time of the person with an address, in order of start and as Bare has it. It takes no
// longer where there are many others.
func (db *DB) OccurrencesOf(ctx context.Context, address string, from, to time.Time) ([]Occurrence, error) {
	w := window{from.Unix(), to.Unix()}
	fail := func(err error) ([]Occurrence, error) {
		return nil, fmt.Errorf("read occurrences of %s: %w", address, err)
	}
	type row struct {
		Occurrence
		start, end, counts, gross int64
	}
	var found []row
	cut := false
	err := each(ctx, db.read, `SELECT o.id, o.subject_hash, o.start_s, o.end_s, o.heads_known, o.counts, o.people, o.gross_s
		FROM person p JOIN attendance t ON t.person_id = p.id JOIN occurrence o ON o.id = t.occurrence_id
		WHERE p.email = $1 AND `+attendsSQL+` AND o.counts = 1 AND o.start_s < $2 AND o.end_s > $3 ORDER BY o.start_s, o.id`, func(rows *sql.Rows) error {
		var r row
		err := rows.Scan(&r.ID, &r.SubjectHash, &r.start, &r.end, &r.HeadsKnown, &r.counts, &r.People, &r.gross)
		found = append(found, r)
		cut = cut || r.start < w.from || r.end > w.to
		return err
	}, address, w.to, w.from)
	if err != nil {
		return fail(err)
	}
	var inside map[int64]int64
	if cut {
		longest, err := longest(ctx, db.read)
		if err == nil {
			inside, err = db.straddling(ctx, w, longest)
		}
		if err != nil {
			return fail(err)
		}
	}
	occurrences := make([]Occurrence, len(found))
	for i, r := range found {
		occurrences[i] = r.Occurrence
		occurrences[i].measure(w, inside, r.start, r.end, r.counts, r.gross)
	}
	return occurrences, nil
}

// SharesOn returns what Shares does, of the given occurrences.
func (db *DB) SharesOn(ctx context.Context, occurrences []int64) (map[int64][]Share, error) {
	shares := make(map[int64][]Share, len(occurrences))
	err := selectIn(ctx, db.read, `SELECT t.occurrence_id, t.person_id, COALESCE(p.email, ''), t.share_s FROM attendance t
		JOIN person p ON p.id = t.person_id WHERE t.occurrence_id IN (…) AND `+attendsSQL+` ORDER BY t.occurrence_id, t.person_id`,
		occurrences, func(rows *sql.Rows) error {
			var occurrence int64
			var s Share
			err := rows.Scan(&occurrence, &s.Person, &s.Address, &s.Seconds)
			shares[occurrence] = append(shares[occurrence], s)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read shares: %w", err)
	}
	return shares, nil
}
