package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Look is that somebody looked at what is a person's own.
type Look struct {
	At   time.Time
	By   string // who, as their system calls them
	What string // command
	Why  string // as they said
}

// Look records that somebody is about to look at what is a person's own. It is an
// ErrNoPerson if nobody has the address.
func (db *DB) Look(ctx context.Context, address string, l Look) error {
	err := db.changeDurably(ctx, func(tx *sql.Tx) error {
		person, err := personOf(ctx, tx, address)
		if err != nil {
			return err
		}
		e, err := loadEraser(ctx, tx)
		if err != nil {
			return err
		}
		return insertLook(ctx, tx, sql.NullInt64{Int64: person, Valid: true}, l, e.reason(l.Why))
	})
	if err != nil {
		return fmt.Errorf("look at what is of %s: %w", address, err)
	}
	return nil
}

func insertLook(ctx context.Context, tx *sql.Tx, person sql.NullInt64, l Look, why string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO look (id, at, person_id, by_whom, what, why)
		SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5 FROM look`, l.At.Unix(), person, l.By, l.What, why)
	return err
}

// LooksAt returns who looked at what is a person's own, the oldest first.
func (db *DB) LooksAt(ctx context.Context, address string) (all []Look, err error) {
	err = each(ctx, db.read, `SELECT at, by_whom, what, why FROM look
		WHERE person_id = (SELECT person_id FROM address WHERE addr = lower($1)) ORDER BY id`, func(rows *sql.Rows) error {
		var l Look
		var at int64
		err := rows.Scan(&at, &l.By, &l.What, &l.Why)
		l.At = timeOf(at)
		all = append(all, l)
		return err
	}, address)
	if err != nil {
		return nil, fmt.Errorf("who looked at what is of %s: %w", address, err)
	}
	return all, nil
}
