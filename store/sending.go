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
