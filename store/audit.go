package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Audited is a command that somebody ran.
type Audited struct {
	ID      int64
	At      time.Time
	By      string   // who, as their system calls them
	Command string   // such as "connect google"
	Words   string   // what followed it, without secrets, with {1} for the first of About; "" once all of About are forgotten, or somebody whom it names otherwise
	About   []string // addresses of the people it named; "" of whom was forgotten since
	Why     string   // as they said
	Outcome string   // done, failed, refused, nothing; "" while it runs, or if it was cut off
	Ended   time.Time
}

// Line is the command as it was called; where what followed it is blanked, the people
// whom it named and who are not forgotten.
func (a Audited) Line() string {
	if a.Words == "" {
		named := slices.DeleteFunc(slices.Clone(a.About), func(address string) bool { return address == "" })
		return strings.Join(append([]string{a.Command}, named...), " ")
	}
	pairs := make([]string, 0, 2*len(a.About))
	for i, address := range a.About {
		if address == "" {
			address = "(forgotten)"
		}
		pairs = append(pairs, Named(i+1), address)
	}
	return a.Command + " " + strings.NewReplacer(pairs...).Replace(a.Words)
}

// Named is what stands in Words for one of About, from 1.
func Named(ordinal int) string { return "{" + strconv.Itoa(ordinal) + "}" }

// ErrNotAudited says that no such command is under way.
var ErrNotAudited = errors.New("no such command is under way")

// BeginAudit writes down that a command is about to run, and returns its id for
// [DB.EndAudit].
func (db *DB) BeginAudit(ctx context.Context, a Audited) (id int64, err error) {
	err = db.changeDurably(ctx, func(tx *sql.Tx) error {
		e, err := loadEraser(ctx, tx)
		if err != nil {
			return err
		}
		id, err = insertAudit(ctx, tx, e, a)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("write the audit log: %w", err)
	}
	return id, nil
}

// insertAudit adds a command to the audit log, without what names whoever is forgotten:
// the log is no place to remember them by.
func insertAudit(ctx context.Context, tx *sql.Tx, e *eraser, a Audited) (id int64, err error) {
	n := newNamer(e, slices.DeleteFunc(slices.Clone(a.About), func(address string) bool { return !e.knows(address) }))
	words, why := a.Words, a.Why
	if n.inCommand(words) {
		words = ""
	}
	if n.in(why) {
		why = ""
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO audit (id, at, by_whom, command, words, why)
		SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5 FROM audit RETURNING id`, a.At.Unix(), a.By, a.Command, words, why).Scan(&id)
	if err != nil {
		return 0, err
	}
	for i, address := range a.About {
		if e.knows(address) {
			address = ""
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO audit_about (audit_id, ordinal, address) VALUES ($1, $2, $3)`, id, i+1, strings.ToLower(address))
		if err != nil {
			return 0, err
		}
	}
	return id, nil
}

// EndAudit writes down what came of a command. It is an ErrNotAudited if that is
// known, or there is no such command.
func (db *DB) EndAudit(ctx context.Context, now time.Time, id int64, outcome string) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE audit SET outcome = $2, ended_at = $3 WHERE id = $1 AND outcome = ''`, id, outcome, now.Unix())
		return one(done, err, ErrNotAudited)
	})
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// Audits returns the commands run at since or later, the oldest first; with an
// address, those that named this person.
func (db *DB) Audits(ctx context.Context, since time.Time, address string) (all []Audited, err error) {
	at := map[int64]int{}
	where, args := ``, []any{unixOf(since)}
	if address != "" {
		where, args = ` AND id IN (SELECT audit_id FROM audit_about WHERE address = lower($2)
			OR address IN (SELECT a.addr FROM address a JOIN address o ON o.person_id = a.person_id WHERE o.addr = lower($2)))`, append(args, address)
	}
	err = each(ctx, db.read, `SELECT id, at, by_whom, command, words, why, outcome, ended_at FROM audit WHERE at >= $1`+where+` ORDER BY id`, func(rows *sql.Rows) error {
		var a Audited
		var began, ended int64
		err := rows.Scan(&a.ID, &began, &a.By, &a.Command, &a.Words, &a.Why, &a.Outcome, &ended)
		a.At, a.Ended = timeOf(began), timeOf(ended)
		at[a.ID] = len(all)
		all = append(all, a)
		return err
	}, args...)
	if err == nil {
		err = each(ctx, db.read, `SELECT audit_id, address FROM audit_about ORDER BY audit_id, ordinal`, func(rows *sql.Rows) error {
			var id int64
			var address string
			err := rows.Scan(&id, &address)
			if i, ok := at[id]; ok {
				all[i].About = append(all[i].About, address)
			}
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return all, nil
}
