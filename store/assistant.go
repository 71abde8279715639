package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// SetAlone says since when a person wants nobody to answer for them; zero: that they
// have nothing against it. It is an ErrNoPerson if nobody has the address.
func (db *DB) SetAlone(ctx context.Context, address string, since time.Time) error {
	err := db.changeDurably(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE person SET alone_at = $2 WHERE id = (SELECT person_id FROM address WHERE addr = lower($1))`, address, unixOf(since))
		return one(done, err, ErrNoPerson)
	})
	if err != nil {
		return fmt.Errorf("who answers for %s: %w", address, err)
	}
	return nil
}

// stopActing forgets what a person was sent as somebody's assistant: links, mails, and
// that it was they who answered.
func stopActing(ctx context.Context, tx *sql.Tx, now time.Time, person int64) error {
	const theirs = ` IN (SELECT addr FROM address WHERE person_id = $1)`
	_, err := tx.ExecContext(ctx, `UPDATE mail SET recipient = '', mime = NULL, lease_by = '', lease_until = 0,
			ended_at = CASE state WHEN 'queued' THEN $2 ELSE ended_at END, why = CASE state WHEN 'queued' THEN 'the assistant left' ELSE why END,
			state = CASE state WHEN 'queued' THEN 'dropped' ELSE state END
		WHERE id IN (SELECT mail_id FROM token WHERE acting`+theirs+`)`, person, now.Unix())
	if err != nil {
		return err
	}
	for _, forget := range []string{
		`DELETE FROM visit WHERE token_hash IN (SELECT hash FROM token WHERE acting` + theirs + `)`,
		`DELETE FROM token WHERE acting` + theirs,
		`UPDATE suggestion SET acting = '' WHERE acting` + theirs,
	} {
		if _, err := tx.ExecContext(ctx, forget, person); err != nil {
			return err
		}
	}
	return nil
}
