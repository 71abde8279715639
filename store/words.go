package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
)

// What becomes of descriptions.
//
// A pull brings an event with its description, and the rules hear all of it. After
// that Forget lets the words go, in copies and in subjects: what stays is its hash
// and the phrases that mattered. The hash stands for the description wherever
// versions are compared, so an event that is listed again unchanged changes
// nothing, and keeps its verdict.
//
// Where only the structure changed (an answer, a guest, the length) and the words
// were let go, the subject is another one with the same words; Earlier finds the
// verdict that they got when they were heard. Where an event itself changed, its
// calendar lists it with its words again.

// Heard is what is left of a description once it was judged.
type Heard struct {
	BodyHash int64
	Phrases  string // those that mattered, one a line
}

// Worded returns the meetings of which any copy has its whole description.
func (db *DB) Worded(ctx context.Context) (meetings []int64, err error) {
	err = each(ctx, db.read, `SELECT DISTINCT m.id FROM copy c JOIN meeting m ON m.uid = c.uid AND m.organizer = c.organizer
		WHERE c.whole = 1 AND c.body <> '' ORDER BY m.id`, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		meetings = append(meetings, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("meetings with words: %w", err)
	}
	return meetings, nil
}

// Forget lets go of the descriptions of the given meetings, but for what heard says
// of them. Those that no subject shows leave nothing.
func (db *DB) Forget(ctx context.Context, meetings []int64, heard []Heard) error {
	phrases := make(map[int64]string, len(heard))
	for _, h := range heard {
		phrases[h.BodyHash] = h.Phrases
	}
	for part := range slices.Chunk(meetings, page) {
		err := db.change(ctx, func(tx *sql.Tx) error {
			for _, id := range part {
				if err := forget(ctx, tx, id, phrases); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("forget words: %w", err)
		}
	}
	return nil
}

// forget lets go of the words of one meeting.
func forget(ctx context.Context, tx *sql.Tx, meeting int64, phrases map[int64]string) error {
	for table, where := range map[string]string{
		"copy":    ` WHERE uid = (SELECT uid FROM meeting WHERE id = $1) AND organizer = (SELECT organizer FROM meeting WHERE id = $1)`,
		"subject": ` WHERE meeting_id = $1`,
	} {
		var hashes []int64
		err := each(ctx, tx, `SELECT DISTINCT body_hash FROM `+table+where+` AND whole = 1 AND body <> ''`, func(rows *sql.Rows) error {
			var hash int64
			err := rows.Scan(&hash)
			hashes = append(hashes, hash)
			return err
		}, meeting)
		if err != nil {
			return err
		}
		for _, hash := range hashes {
			_, err := tx.ExecContext(ctx, `UPDATE `+table+` SET body = $2, whole = 0`+where+` AND whole = 1 AND body_hash = $3`,
				meeting, phrases[hash], hash)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Earlier returns a verdict on the words of s, whatever the structure was that they
// came with; one under rulesHash if there is one. Ok is false where there is none.
func (db *DB) Earlier(ctx context.Context, s Subject, rulesHash string) (v Verdict, ok bool, err error) {
	err = each(ctx, db.read, `SELECT subject_hash, rules_hash, category, verdict FROM verdict WHERE words = $1
		ORDER BY CASE WHEN rules_hash = $2 THEN 0 ELSE 1 END, subject_hash LIMIT 1`, func(rows *sql.Rows) error {
		ok = true
		return rows.Scan(&v.SubjectHash, &v.RulesHash, &v.Category, &v.Verdict)
	}, s.Words(), rulesHash)
	if err != nil {
		return v, false, fmt.Errorf("earlier verdict: %w", err)
	}
	return v, ok, nil
}

// Words names what s says and who says it: the title, the description, whole or
// let go, and the organizer.
func (s *Subject) Words() string {
	text := fmt.Appendf(nil, "%d %q", s.BodyHash, s.Title)
	for _, g := range s.People {
		if g.Organizer {
			text = fmt.Appendf(text, " %s", g.Address)
		}
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
