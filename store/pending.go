package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// ErrNotPending says that nothing waits for a state that came back: it was made
// up, has been used, or is too old.
var ErrNotPending = errors.New("this link was used before, or is too old")

// Remember keeps what must be known when state comes back, until expires. Sealed
// is opaque to the database; of the state it keeps a hash.
func (db *DB) Remember(ctx context.Context, state string, sealed []byte, now, expires time.Time) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM pending WHERE expires_s <= $1`, now.Unix()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO pending (state_hash, sealed, expires_s) VALUES ($1, $2, $3)`,
			StateHash(state), sealed, expires.Unix())
		return err
	})
	if err != nil {
		return fmt.Errorf("remember an attempt to connect: %w", err)
	}
	return nil
}

// Recall returns what was remembered for a state, once: the second time, and for
// any other state, it is an ErrNotPending.
func (db *DB) Recall(ctx context.Context, state string, now time.Time) (sealed []byte, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		var expires int64
		err := tx.QueryRowContext(ctx, `DELETE FROM pending WHERE state_hash = $1 RETURNING sealed, expires_s`, StateHash(state)).Scan(&sealed, &expires)
		if errors.Is(err, sql.ErrNoRows) || err == nil && expires <= now.Unix() {
			return ErrNotPending
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("recall an attempt to connect: %w", err)
	}
	return sealed, nil
}

// StateHash names a state to those who are not to know it.
func StateHash(state string) string {
	sum := sha256.Sum256([]byte(state))
	return hex.EncodeToString(sum[:])
}
