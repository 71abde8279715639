package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Pause says who stopped unmeet, when and why.
type Pause struct {
	By    string    `json:"by"`
	Since time.Time `json:"since"`
	Why   string    `json:"why"`
}

// ErrPaused says that unmeet is paused: nothing is to leave it.
var ErrPaused = errors.New("unmeet is paused")

const paused = "paused" // its name in meta

// Pause stops mails and all that is done outside until [DB.Resume]. A pause that is
// there already stays as it is.
func (db *DB) Pause(ctx context.Context, p Pause) error {
	p.Since = p.Since.UTC().Truncate(time.Second)
	text, err := json.Marshal(p)
	if err == nil {
		err = db.changeDurably(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, paused, string(text))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("pause: %w", err)
	}
	return nil
}

// AddToPause adds to the reasons of the pause that holds, if one does.
func (db *DB) AddToPause(ctx context.Context, why string) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		var text []byte
		err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, paused).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		var p Pause
		if err == nil {
			err = json.Unmarshal(text, &p)
		}
		if err != nil {
			return err
		}
		if p.Why != "" {
			p.Why += "; "
		}
		p.Why += why
		if text, err = json.Marshal(p); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE meta SET value = $2 WHERE name = $1`, paused, string(text))
		return err
	})
	if err != nil {
		return fmt.Errorf("say why it is paused: %w", err)
	}
	return nil
}

// Resume ends a pause, if there is one.
func (db *DB) Resume(ctx context.Context) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE name = $1`, paused)
		return err
	})
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	return nil
}

// Paused returns the pause that holds; ok is false if none does.
func (db *DB) Paused(ctx context.Context) (p Pause, ok bool, err error) {
	var text string
	err = db.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, paused).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return Pause{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &p)
	}
	if err != nil {
		return Pause{}, false, fmt.Errorf("read whether unmeet is paused: %w", err)
	}
	return p, true, nil
}

// refusePaused returns ErrPaused while unmeet is paused.
func refusePaused(ctx context.Context, tx *sql.Tx) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM meta WHERE name = $1`, paused).Scan(&n)
	if err == nil && n > 0 {
		err = ErrPaused
	}
	return err
}
