package store

import (
	"context"
	"database/sql"
	"encoding/json"
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

// OwnSilence is a silence that a person asked for.
type OwnSilence struct {
	ID int64
	Silence
	Title string // of the meeting, "" if that is not known any more, or private
}

// ErrNoSilence says that there is no such silence of a person.
var ErrNoSilence = errors.New("no such silence")

// theirSilence finds what a person asked for, whose id is $1.
const theirSilence = ` (s.person_id = $1 OR s.person_id IS NULL AND s.uid = '' AND s.organizer IN (SELECT addr FROM address WHERE person_id = $1)) `

// SilencesOf returns the silences that a person asked for and that hold at now, or will
// once their hold is over; the newest first, and one for each meeting.
func (db *DB) SilencesOf(ctx context.Context, address string, now time.Time) (all []OwnSilence, err error) {
	type meeting struct{ uid, organizer string }
	seen := map[meeting]bool{}
	err = each(ctx, db.read, `SELECT s.id, s.uid, s.organizer, COALESCE(m.lineage_id, 0), s.until_s, s.why, COALESCE((
			SELECT b.title FROM subject b JOIN occurrence o ON o.meeting_id = b.meeting_id AND o.subject_hash = b.hash JOIN attendance t ON t.occurrence_id = o.id
			WHERE b.meeting_id = m.id AND b.private = 0 AND t.person_id = p.id ORDER BY o.start_s DESC LIMIT 1), '')
		FROM person p JOIN address a ON a.person_id = p.id JOIN silence s ON (s.person_id = p.id OR s.person_id IS NULL AND s.uid = '' AND s.organizer IN (SELECT addr FROM address WHERE person_id = p.id))
		LEFT JOIN meeting m ON m.uid = s.uid AND m.organizer = s.organizer AND s.uid <> ''
		WHERE a.addr = lower($1) AND (s.until_s = 0 OR s.until_s > $2) ORDER BY s.id DESC`, func(rows *sql.Rows) error {
		s := OwnSilence{Silence: Silence{Person: address}}
		var until int64
		err := rows.Scan(&s.ID, &s.UID, &s.Organizer, &s.Lineage, &until, &s.Why, &s.Title)
		s.Until = timeOf(until)
		if m := (meeting{s.UID, s.Organizer}); !seen[m] {
			seen[m] = true
			all = append(all, s)
		}
		return err
	}, address, now.Unix())
	if err != nil {
		return nil, fmt.Errorf("silences of %s: %w", address, err)
	}
	return all, nil
}

// LiftSilence ends a silence that a person asked for, and all of theirs about the same
// meeting. It is an ErrNoSilence if it is not theirs.
func (db *DB) LiftSilence(ctx context.Context, address string, id int64) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		person, err := personOf(ctx, tx, address)
		if err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `DELETE FROM silence WHERE id IN (SELECT s.id FROM silence s WHERE`+theirSilence+`
			AND (s.uid, s.organizer) IN (SELECT z.uid, z.organizer FROM silence z WHERE z.id = $2))`, person, id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNoSilence)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("end a silence of %s: %w", address, err)
	}
	return nil
}

// Said is what a person says of a meeting that they were not asked about.
type Said struct {
	Person    string // address
	UID       string
	Organizer string
	Verb      string // wrong, never
	Via       string
	RulesHash string
	Detail    Detail
	Until     time.Time // how long it is not suggested to them; zero: for good
}

// Say records what a person says of a meeting, and has it not suggested to them. Said
// again, the last counts.
func (db *DB) Say(ctx context.Context, now time.Time, s Said) error {
	text, err := json.Marshal(s.Detail)
	if err != nil {
		return err
	}
	err = db.changeDurably(ctx, func(tx *sql.Tx) error {
		person, err := personOf(ctx, tx, s.Person)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM silence WHERE person_id = $1 AND uid = $2 AND organizer = $3 AND suggestion_id IS NULL`, person, s.UID, s.Organizer); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO silence (id, suggestion_id, person_id, uid, organizer, from_s, until_s, why)
			SELECT COALESCE(MAX(id), 0) + 1, NULL, $1, $2, $3, $4, $5, $6 FROM silence`,
			person, s.UID, s.Organizer, now.Unix(), unixOf(s.Until), s.Verb)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, insertOutcome+`$1, NULL, $2, $3, '', 0, $4, $5, $6 FROM outcome`, now.Unix(), person, s.Verb, s.Via, s.RulesHash, string(text))
		return err
	})
	if err != nil {
		return fmt.Errorf("what %s says of a meeting: %w", s.Person, err)
	}
	return nil
}
