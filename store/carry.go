package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ran is what tells one row of the audit log, or one look, from others, in whatever
// database it is.
type ran struct {
	at        int64
	by, words string
}

// CarryLogs adds to a restored database what the one that it takes the place of has in
// its audit log, and of looks at what is people's own, and the restored one lacks: that
// nobody hides what they did by restoring a backup of before. It returns how many
// commands that are.
func (db *DB) CarryLogs(ctx context.Context, replaced *DB) (n int, err error) {
	audits, err := replaced.Audits(ctx, time.Time{}, "")
	if err != nil {
		return 0, err
	}
	looks, err := replaced.allLooks(ctx)
	if err != nil {
		return 0, err
	}
	ours, err := db.Audits(ctx, time.Time{}, "")
	if err != nil {
		return 0, err
	}
	ourLooks, err := db.allLooks(ctx)
	if err != nil {
		return 0, err
	}
	err = db.changeDurably(ctx, func(tx *sql.Tx) error {
		if n, err = carryAudits(ctx, tx, audits, ours); err != nil {
			return err
		}
		return carryLooks(ctx, tx, looks, ourLooks)
	})
	if err != nil {
		return 0, fmt.Errorf("carry the audit log over: %w", err)
	}
	return n, nil
}

func carryAudits(ctx context.Context, tx *sql.Tx, audits, ours []Audited) (n int, err error) {
	e, err := loadEraser(ctx, tx)
	if err != nil {
		return 0, err
	}
	same := func(a Audited) ran { return ran{a.At.Unix(), a.By, a.Command} } // the rest may be blanked
	has := map[ran][]Audited{}
	for _, a := range ours {
		has[same(a)] = append(has[same(a)], a)
	}
	for _, a := range audits {
		id, open := int64(0), a.Outcome != ""
		if known := has[same(a)]; len(known) > 0 {
			has[same(a)] = known[1:]
			id, open = known[0].ID, known[0].Outcome == "" && open // it ran while the backup was made
			if err := blankAs(ctx, tx, known[0], a); err != nil {
				return 0, err
			}
		} else {
			n++
			if id, err = insertAudit(ctx, tx, e, a); err != nil {
				return 0, err
			}
		}
		if open {
			if _, err := tx.ExecContext(ctx, `UPDATE audit SET outcome = $2, ended_at = $3 WHERE id = $1`, id, a.Outcome, unixOf(a.Ended)); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// blankAs blanks what names people in one command where another database has it blanked:
// they were forgotten there.
func blankAs(ctx context.Context, tx *sql.Tx, ours, theirs Audited) error {
	if ours.Words != "" && theirs.Words == "" {
		if _, err := tx.ExecContext(ctx, `UPDATE audit SET words = '' WHERE id = $1`, ours.ID); err != nil {
			return err
		}
	}
	if ours.Why != "" && theirs.Why == "" {
		if _, err := tx.ExecContext(ctx, `UPDATE audit SET why = '' WHERE id = $1`, ours.ID); err != nil {
			return err
		}
	}
	for i, address := range theirs.About {
		if address != "" || i >= len(ours.About) || ours.About[i] == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE audit_about SET address = '' WHERE audit_id = $1 AND ordinal = $2`, ours.ID, i+1); err != nil {
			return err
		}
	}
	return nil
}

// lookAt is a look, and whose own it was at; "" of somebody who left.
type lookAt struct {
	Look
	id      int64
	address string
}

func (db *DB) allLooks(ctx context.Context) (all []lookAt, err error) {
	err = each(ctx, db.read, `SELECT l.id, l.at, l.by_whom, l.what, l.why, COALESCE(p.email, '') FROM look l LEFT JOIN person p ON p.id = l.person_id ORDER BY l.id`, func(rows *sql.Rows) error {
		var l lookAt
		var at int64
		err := rows.Scan(&l.id, &at, &l.By, &l.What, &l.Why, &l.address)
		l.At = timeOf(at)
		all = append(all, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("who looked at what is people's own: %w", err)
	}
	return all, nil
}

func carryLooks(ctx context.Context, tx *sql.Tx, looks, ours []lookAt) error {
	e, err := loadEraser(ctx, tx)
	if err != nil {
		return err
	}
	same := func(l lookAt) ran { return ran{l.At.Unix(), l.By, l.What} }
	has := map[ran][]lookAt{}
	for _, l := range ours {
		has[same(l)] = append(has[same(l)], l)
	}
	for _, l := range looks {
		// Their main address may have been another one when the backup was made.
		err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(p.email), $1) FROM address a JOIN person p ON p.id = a.person_id WHERE a.addr = $1`, l.address).Scan(&l.address)
		if err != nil {
			return err
		}
		known := has[same(l)]
		// Of two looks within a second, that at the same person; else one whose person
		// has left by what one of the databases knows.
		i := slices.IndexFunc(known, func(o lookAt) bool { return o.address == l.address })
		if i < 0 {
			i = slices.IndexFunc(known, func(o lookAt) bool { return o.address == "" || l.address == "" })
		}
		if i >= 0 {
			if l.Why == forgottenWhy && known[i].Why != "" {
				if _, err := tx.ExecContext(ctx, `UPDATE look SET why = $2 WHERE id = $1`, known[i].id, forgottenWhy); err != nil {
					return err
				}
			}
			has[same(l)] = slices.Delete(known, i, i+1)
			continue
		}
		var person sql.NullInt64
		if l.address != "" && !e.knows(l.address) {
			id, err := personOf(ctx, tx, l.address)
			if errors.Is(err, ErrNoPerson) { // not known when the backup was made
				if err = enrol(ctx, tx, l.address, "seen"); err == nil {
					id, err = personOf(ctx, tx, l.address)
				}
			}
			if err != nil {
				return err
			}
			person = sql.NullInt64{Int64: id, Valid: true}
		}
		why := e.reason(l.Why)
		if !person.Valid {
			why = ""
		}
		if err := insertLook(ctx, tx, person, l.Look, why); err != nil {
			return err
		}
	}
	return nil
}
