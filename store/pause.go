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
	err := db.changeDurably(ctx, func(tx *sql.Tx) error {
		e, err := loadEraser(ctx, tx)
		if err != nil {
			return err
		}
		p.Why = e.reason(p.Why)
		text, err := json.Marshal(p)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, paused, string(text))
		return err
	})
	if err != nil {
		return fmt.Errorf("pause: %w", err)
	}
	return nil
}

// AddToPause adds to the reasons of the pause that holds, if one does.
func (db *DB) AddToPause(ctx context.Context, why string) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		e, err := loadEraser(ctx, tx)
		if err != nil {
			return err
		}
		return changePause(ctx, tx, func(p *Pause) {
			if p.Why != "" {
				p.Why += "; "
			}
			p.Why += e.reason(why)
		})
	})
	if err != nil {
		return fmt.Errorf("say why it is paused: %w", err)
	}
	return nil
}

// changePause changes the pause that holds, if one does.
func changePause(ctx context.Context, tx *sql.Tx, change func(*Pause)) error {
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
	change(&p)
	if text, err = json.Marshal(p); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE meta SET value = $2 WHERE name = $1`, paused, string(text))
	return err
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
