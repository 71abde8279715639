package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// NewSilence is a silence that an answer brings.
type NewSilence struct {
	// Organizer: nobody is asked about any meeting that the person organizes. Else
	// the person is not asked about the suggestion's meeting and its lineage.
	Organizer bool
	From      time.Time // zero: at once
	Until     time.Time // zero: lasting
	Why       string    // the answer
}

// Silence says what is not asked.
type Silence struct {
	Person    string    // address of who is not; "": nobody is
	UID       string    // the meeting whose lineage it is about; "": all of Organizer's
	Organizer string    // address
	Lineage   int64     // of the meeting as it is known now; 0 if it is not, or of all of Organizer's
	Until     time.Time // zero: lasting
	Why       string
}

// silence keeps a silence that the answer to a suggestion brings.
func (s Suggestion) silence(ctx context.Context, tx *sql.Tx, n NewSilence) error {
	const insert = `INSERT INTO silence (id, suggestion_id, person_id, uid, organizer, from_s, until_s, why) SELECT (SELECT COALESCE(MAX(id), 0) + 1 FROM silence), s.id, `
	query := insert + `s.person_id, s.uid, s.organizer, $2, $3, $4 FROM suggestion s WHERE s.id = $1`
	if n.Organizer {
		query = insert + `NULL, '', p.email, $2, $3, $4 FROM suggestion s JOIN person p ON p.id = s.person_id WHERE s.id = $1`
	}
	_, err := tx.ExecContext(ctx, query, s.ID, unixOf(n.From), unixOf(n.Until), n.Why)
	return err
}

// Silences returns the silences that hold at now.
func (db *DB) Silences(ctx context.Context, now time.Time) (all []Silence, err error) {
	err = each(ctx, db.read, `SELECT COALESCE(p.email, ''), s.uid, s.organizer, COALESCE(m.lineage_id, 0), s.until_s, s.why
		FROM silence s LEFT JOIN person p ON p.id = s.person_id
		LEFT JOIN meeting m ON m.uid = s.uid AND m.organizer = s.organizer AND s.uid <> ''
		WHERE s.from_s <= $1 AND (s.until_s = 0 OR s.until_s > $1) ORDER BY s.id`, func(rows *sql.Rows) error {
		var s Silence
		var until int64
		err := rows.Scan(&s.Person, &s.UID, &s.Organizer, &s.Lineage, &until, &s.Why)
		s.Until = timeOf(until)
		all = append(all, s)
		return err
	}, now.Unix())
	if err != nil {
		return nil, fmt.Errorf("read silences: %w", err)
	}
	return all, nil
}

// silenced reports whether a person is not to be asked about a meeting at now.
func silenced(ctx context.Context, tx *sql.Tx, now time.Time, person int64, uid, organizer string) (bool, error) {
	var one int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM silence s WHERE s.from_s <= $1 AND (s.until_s = 0 OR s.until_s > $1) AND (s.person_id IS NULL OR s.person_id = $2) AND (
			s.uid = '' AND s.organizer = $4 OR s.uid = $3 AND s.organizer = $4 OR s.uid <> '' AND EXISTS (
				SELECT 1 FROM meeting m JOIN meeting o ON o.lineage_id = m.lineage_id
				WHERE m.uid = s.uid AND m.organizer = s.organizer AND o.uid = $3 AND o.organizer = $4))
		LIMIT 1`, now.Unix(), person, uid, organizer).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
