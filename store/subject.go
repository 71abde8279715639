package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
)

// hash names all that s says, in 32 hex digits. It takes the hash of the
// description, so that it is the same once the words were let go.
func (s *Subject) hash() string {
	var b []byte
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	text(s.Title)
	text(s.Rule)
	for _, n := range []int64{
		s.BodyHash, number(s.Private), int64(s.Minutes), int64(s.Heads), number(s.HeadsKnown), int64(s.External),
		int64(s.Optional), int64(s.Accepted), int64(s.Declined), int64(s.Unanswered),
	} {
		b = binary.AppendVarint(b, n)
	}
	for _, g := range s.People {
		text(g.Address)
		text(g.Name)
		b = append(b, byte(number(g.Organizer)))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

const selectSubjects = `SELECT s.meeting_id, s.hash, s.title, s.body, s.private, s.minutes, s.rrule, s.heads, s.heads_known,
	s.external, s.optional, s.accepted, s.declined, s.unanswered, s.guests_json, s.body_hash, s.whole FROM subject s`

func scanSubject(rows *sql.Rows) (Subject, error) {
	var s Subject
	var guests []byte
	err := rows.Scan(&s.Meeting, &s.Hash, &s.Title, &s.Body, &s.Private, &s.Minutes, &s.Rule, &s.Heads, &s.HeadsKnown,
		&s.External, &s.Optional, &s.Accepted, &s.Declined, &s.Unanswered, &guests, &s.BodyHash, &s.Whole)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(guests, &s.People); err != nil {
		return s, fmt.Errorf("guests of meeting %d: %w", s.Meeting, err)
	}
	return s, nil
}

func (r *refreshing) saveSubjects(ctx context.Context) error {
	for _, id := range r.forget {
		if _, err := r.a.tx.ExecContext(ctx, `DELETE FROM subject WHERE meeting_id = $1`, id); err != nil {
			return err
		}
	}
	rows := insertInto(r.a.tx, "subject", "meeting_id", "hash", "title", "body", "private", "minutes", "rrule", "heads", "heads_known",
		"external", "optional", "accepted", "declined", "unanswered", "guests_json", "body_hash", "whole")
	for i := range r.subjects {
		s := &r.subjects[i]
		guests, err := json.Marshal(s.People)
		if err != nil {
			return err
		}
		if err := rows.add(ctx, s.Meeting, s.Hash, s.Title, s.Body, number(s.Private), s.Minutes, s.Rule, s.Heads, number(s.HeadsKnown),
			s.External, s.Optional, s.Accepted, s.Declined, s.Unanswered, string(guests), s.BodyHash, number(s.Whole)); err != nil {
			return err
		}
	}
	return rows.flush(ctx)
}

// page is how many rows a query that goes on reads at a time. Nothing is locked
// while its rows are used.
const page = 1000

// Subjects yields what there is to judge: of the given meetings, or of all if
// meetings is nil; those that have a verdict under rulesHash are left out, unless
// rulesHash is "".
func (db *DB) Subjects(ctx context.Context, meetings []int64, rulesHash string) iter.Seq2[Subject, error] {
	const open = ` AND ($1 = '' OR NOT EXISTS (SELECT 1 FROM verdict v WHERE v.subject_hash = s.hash AND v.rules_hash = $1))`
	if meetings != nil {
		return func(yield func(Subject, error) bool) {
			for _, id := range meetings {
				subjects, err := db.subjects(ctx, selectSubjects+` WHERE s.meeting_id = $2`+open+` ORDER BY s.hash`, rulesHash, id)
				if err != nil {
					yield(Subject{}, err)
					return
				}
				for _, s := range subjects {
					if !yield(s, nil) {
						return
					}
				}
			}
		}
	}
	return func(yield func(Subject, error) bool) {
		var last Subject
		for {
			subjects, err := db.subjects(ctx, selectSubjects+` WHERE (s.meeting_id, s.hash) > ($2, $3)`+open+
				` ORDER BY s.meeting_id, s.hash LIMIT $4`, rulesHash, last.Meeting, last.Hash, page)
			if err != nil {
				yield(Subject{}, err)
				return
			}
			for _, s := range subjects {
				if !yield(s, nil) {
					return
				}
			}
			if len(subjects) < page {
				return
			}
			last = subjects[page-1]
		}
	}
}

func (db *DB) subjects(ctx context.Context, query string, args ...any) ([]Subject, error) {
	var subjects []Subject
	err := each(ctx, db.read, query, func(rows *sql.Rows) error {
		s, err := scanSubject(rows)
		subjects = append(subjects, s)
		return err
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("read subjects: %w", err)
	}
	return subjects, nil
}

// Unjudged returns the meetings with a copy in a collection that have a subject
// without a verdict under rulesHash; with words, also those of which a copy there
// has its whole description.
func (db *DB) Unjudged(ctx context.Context, collection int64, rulesHash string, words bool) (meetings []int64, err error) {
	err = each(ctx, db.read, `SELECT DISTINCT m.id FROM copy c JOIN meeting m ON m.uid = c.uid AND m.organizer = c.organizer
		WHERE c.collection_id = $1 AND ($3 = 1 AND c.whole = 1 AND c.body <> ''
			OR EXISTS (SELECT 1 FROM subject s WHERE s.meeting_id = m.id
				AND NOT EXISTS (SELECT 1 FROM verdict v WHERE v.subject_hash = s.hash AND v.rules_hash = $2)))`, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		meetings = append(meetings, id)
		return err
	}, collection, rulesHash, number(words))
	if err != nil {
		return nil, fmt.Errorf("meetings to judge: %w", err)
	}
	return meetings, nil
}

// SaveVerdicts keeps what the rules said. A verdict on the same subject under the
// same rules is replaced; one on a subject that is no more, as its person has
// disconnected meanwhile, is dropped with the phrases in it.
func (db *DB) SaveVerdicts(ctx context.Context, verdicts []Verdict) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		rows := insertInto(tx, "verdict", "subject_hash", "rules_hash", "category", "verdict", "words")
		rows.tail = ` ON CONFLICT (subject_hash, rules_hash) DO UPDATE SET category = excluded.category, verdict = excluded.verdict, words = excluded.words`
		known, err := tx.PrepareContext(ctx, `SELECT EXISTS (SELECT 1 FROM subject WHERE hash = $1)`)
		if err != nil {
			return err
		}
		defer known.Close()
		seen := make(map[[2]string]bool, len(verdicts))
		for _, v := range verdicts {
			if id := [2]string{v.SubjectHash, v.RulesHash}; seen[id] {
				continue
			} else {
				seen[id] = true
			}
			var there bool
			if err := known.QueryRowContext(ctx, v.SubjectHash).Scan(&there); err != nil {
				return err
			}
			if !there {
				continue
			}
			if err := rows.add(ctx, v.SubjectHash, v.RulesHash, v.Category, string(v.Verdict), v.Words); err != nil {
				return err
			}
		}
		return rows.flush(ctx)
	})
	if err != nil {
		return fmt.Errorf("save verdicts: %w", err)
	}
	return nil
}

// VerdictsOn returns the verdicts under rulesHash on the given subjects, by the hash
// of the subject, as far as there are any.
func (db *DB) VerdictsOn(ctx context.Context, subjects []string, rulesHash string) (map[string]Verdict, error) {
	verdicts := make(map[string]Verdict, len(subjects))
	err := selectIn(ctx, db.read, `SELECT subject_hash, rules_hash, category, verdict FROM verdict WHERE subject_hash IN (…)`, subjects, func(rows *sql.Rows) error {
		var v Verdict
		err := rows.Scan(&v.SubjectHash, &v.RulesHash, &v.Category, &v.Verdict)
		if v.RulesHash == rulesHash {
			verdicts[v.SubjectHash] = v
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read verdicts: %w", err)
	}
	return verdicts, nil
}

// Verdicts returns all verdicts under rulesHash by the hash of their subject.
func (db *DB) Verdicts(ctx context.Context, rulesHash string) (map[string]Verdict, error) {
	verdicts := map[string]Verdict{}
	err := each(ctx, db.read, `SELECT subject_hash, category, verdict FROM verdict WHERE rules_hash = $1`, func(rows *sql.Rows) error {
		v := Verdict{RulesHash: rulesHash}
		err := rows.Scan(&v.SubjectHash, &v.Category, &v.Verdict)
		verdicts[v.SubjectHash] = v
		return err
	}, rulesHash)
	if err != nil {
		return nil, fmt.Errorf("read verdicts: %w", err)
	}
	return verdicts, nil
}

// EachVerdict calls f with every verdict under rulesHash and the hash of its subject.
// The text is good until f returns; f must not ask the database for anything.
func (db *DB) EachVerdict(ctx context.Context, rulesHash string, f func(subjectHash string, text []byte) error) error {
	err := each(ctx, db.read, `SELECT subject_hash, verdict FROM verdict WHERE rules_hash = $1`, func(rows *sql.Rows) error {
		var hash string
		var text sql.RawBytes
		if err := rows.Scan(&hash, &text); err != nil {
			return err
		}
		return f(hash, text)
	}, rulesHash)
	if err != nil {
		return fmt.Errorf("read verdicts: %w", err)
	}
	return nil
}

// SubjectsOf returns what there is to judge of a meeting.
func (db *DB) SubjectsOf(ctx context.Context, uid, organizer string) ([]Subject, error) {
	return db.subjects(ctx, selectSubjects+` JOIN meeting m ON m.id = s.meeting_id WHERE m.uid = $1 AND m.organizer = $2 ORDER BY s.hash`, uid, organizer)
}
