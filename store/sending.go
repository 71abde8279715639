package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// sendingPaused is the name in meta of why nothing is sent.
const sendingPaused = "sending_paused"

// SendingPause says since when no mail is sent, and why.
type SendingPause struct {
	Since time.Time `json:"since"`
	Why   string    `json:"why"`
}

// PauseSending stops all sending until [DB.ResumeSending]: the mail server does not
// want us. A pause that is there already stays as it is.
func (db *DB) PauseSending(ctx context.Context, now time.Time, why string) error {
	text, err := json.Marshal(SendingPause{now.UTC().Truncate(time.Second), why})
	if err != nil {
		return fmt.Errorf("pause sending: %w", err)
	}
	err = db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, sendingPaused, string(text))
		return err
	})
	if err != nil {
		return fmt.Errorf("pause sending: %w", err)
	}
	return nil
}

// ResumeSending ends a pause of sending, if there is one.
func (db *DB) ResumeSending(ctx context.Context) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE name = $1`, sendingPaused)
		return err
	})
	if err != nil {
		return fmt.Errorf("resume sending: %w", err)
	}
	return nil
}

// SendingPaused returns why nothing is sent; zero while mails are sent.
func (db *DB) SendingPaused(ctx context.Context) (p SendingPause, err error) {
	var text string
	err = db.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, sendingPaused).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return SendingPause{}, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &p)
	}
	if err != nil {
		return SendingPause{}, fmt.Errorf("read whether sending is paused: %w", err)
	}
	return p, nil
}

// serverAway is the name in meta of why mails wait.
const serverAway = "mail_server_away"

// ServerTrouble says since when the mail server cannot be used, why, and what can be
// done about it. Unlike a [SendingPause] it passes by itself.
type ServerTrouble struct {
	Since time.Time `json:"since"`
	Why   string    `json:"why"`
	Hint  string    `json:"hint"`
}

// ServerAway notes that the mail server could not be used at now. Since when stays as
// it was first noted.
func (db *DB) ServerAway(ctx context.Context, now time.Time, why, hint string) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		known, err := troubleIn(tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, serverAway))
		if err != nil {
			return err
		}
		trouble := ServerTrouble{now.UTC().Truncate(time.Second), why, hint}
		if known.Why != "" {
			trouble.Since = known.Since
		}
		text, err := json.Marshal(trouble)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, serverAway, string(text))
		return err
	})
	if err != nil {
		return fmt.Errorf("note that the mail server is away: %w", err)
	}
	return nil
}

// ServerBack notes that the mail server can be used.
func (db *DB) ServerBack(ctx context.Context) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE name = $1`, serverAway)
		return err
	})
	if err != nil {
		return fmt.Errorf("note that the mail server is back: %w", err)
	}
	return nil
}

// ServerUnneeded forgets that the mail server was away where no mail waits for it any
// more: until the next one does, nobody would learn that it is back.
func (db *DB) ServerUnneeded(ctx context.Context) error {
	if known, err := db.ServerTrouble(ctx); err != nil || known.Why == "" {
		return err
	}
	err := db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE name = $1 AND NOT EXISTS (SELECT 1 FROM mail WHERE state = 'queued')`, serverAway)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget that the mail server was away: %w", err)
	}
	return nil
}

// ServerTrouble returns what is wrong with the mail server; zero if nothing was when
// it was last used.
func (db *DB) ServerTrouble(ctx context.Context) (ServerTrouble, error) {
	t, err := troubleIn(db.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, serverAway))
	if err != nil {
		return t, fmt.Errorf("read whether the mail server is away: %w", err)
	}
	return t, nil
}

func troubleIn(row *sql.Row) (t ServerTrouble, err error) {
	var text string
	err = row.Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &t)
	}
	return t, err
}

// Waiting counts the mails that are on their way.
type Waiting struct {
	Mails  int
	PutOff int    // of Mails: the server did not take them yet
	Why    string // the last of these
}

// Waiting returns how many mails are on their way.
func (db *DB) Waiting(ctx context.Context) (w Waiting, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT COUNT(*), COUNT(NULLIF(why, '')),
		COALESCE((SELECT why FROM mail WHERE state = 'queued' AND why <> '' ORDER BY id DESC LIMIT 1), '') FROM mail WHERE state = 'queued'`).
		Scan(&w.Mails, &w.PutOff, &w.Why)
	if err != nil {
		return Waiting{}, fmt.Errorf("count mails on their way: %w", err)
	}
	return w, nil
}

// Suppressed returns why nothing is sent to an address; "" if mail is.
func (db *DB) Suppressed(ctx context.Context, address string) (why string, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT why FROM suppressed WHERE address = $1`, strings.ToLower(address)).Scan(&why)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read whether mail to %s is suppressed: %w", address, err)
	}
	return why, nil
}

// Unsuppress has mail sent to an address again, until the mail server says once more
// that there is no such address.
func (db *DB) Unsuppress(ctx context.Context, address string) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM suppressed WHERE address = $1`, strings.ToLower(address))
		return err
	})
	if err != nil {
		return fmt.Errorf("let mail to %s through: %w", address, err)
	}
	return nil
}
