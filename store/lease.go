package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Lease is the right to sync a connection, for a while. What is applied under a
// lease that has been lost changes nothing, so that two who sync the same
// connection cannot get in each other's way.
type Lease struct {
	Connection int64
	By         string // who
	Until      time.Time
}

// ErrLeaseLost says that a connection is synced by somebody else by now, or has
// been stopped or disconnected.
var ErrLeaseLost = errors.New("the lease of the connection was lost")

// Under makes Apply fail with ErrLeaseLost unless l still holds.
func Under(l Lease) ApplyOption { return func(a *applying) { a.lease = l } }

const leased = ` WHERE id = $1 AND lease_by = $2 AND lease_until = $3`

// held reports with an error that a lease is lost.
func held(ctx context.Context, tx *sql.Tx, l Lease) error {
	if l == (Lease{}) {
		return nil
	}
	var id int64
	err := tx.QueryRowContext(ctx, `SELECT id FROM connection`+leased, l.Connection, l.By, l.Until.Unix()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrLeaseLost
	}
	return err
}

// TakeDue leases up to n connections that are due at now and that nobody syncs,
// to by for as long as lease, and returns them, the longest overdue first.
func (db *DB) TakeDue(ctx context.Context, now time.Time, by string, lease time.Duration, n int) ([]Connection, error) {
	return db.lease(ctx, now, by, lease,
		` WHERE state IN ('connected', 'failing') AND next_at <= $1 AND lease_until <= $1 ORDER BY next_at, id LIMIT $2`, now.Unix(), n)
}

// Take leases one connection, due or not, paused ones too. It is an ErrLeaseLost
// if somebody syncs it at now, and an ErrNoConnection if it is stopped or disconnected.
func (db *DB) Take(ctx context.Context, connection int64, now time.Time, by string, lease time.Duration) (Connection, error) {
	taken, err := db.lease(ctx, now, by, lease,
		` WHERE id = $1 AND state NOT IN ('', 'stopped', 'disconnected') AND lease_until <= $2`, connection, now.Unix())
	if err != nil {
		return Connection{}, err
	}
	if len(taken) > 0 {
		return taken[0], nil
	}
	var state State
	err = db.read.QueryRowContext(ctx, `SELECT state FROM connection WHERE id = $1`, connection).Scan(&state)
	switch {
	case errors.Is(err, sql.ErrNoRows) || state == Stopped || state == Disconnected || state == "":
		return Connection{}, ErrNoConnection
	case err != nil:
		return Connection{}, fmt.Errorf("lease connection %d: %w", connection, err)
	}
	return Connection{}, ErrLeaseLost
}

// lease leases the connections that where finds.
func (db *DB) lease(ctx context.Context, now time.Time, by string, lease time.Duration, where string, args ...any) (taken []Connection, err error) {
	until := now.Add(lease).Truncate(time.Second)
	err = db.change(ctx, func(tx *sql.Tx) error {
		if taken, err = connections(ctx, tx, selectConnections+where, args...); err != nil {
			return err
		}
		for i := range taken {
			c := &taken[i]
			c.Lease = Lease{c.ID, by, until}
			if _, err := tx.ExecContext(ctx, `UPDATE connection SET lease_by = $1, lease_until = $2 WHERE id = $3`, by, until.Unix(), c.ID); err != nil {
				return err
			}
			err := each(ctx, tx, `SELECT id, remote, cursor FROM collection WHERE connection_id = $1 ORDER BY id`, func(rows *sql.Rows) error {
				var k Calendar
				err := rows.Scan(&k.ID, &k.Remote, &k.Cursor)
				c.Collections = append(c.Collections, k)
				return err
			}, c.ID)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lease connections: %w", err)
	}
	return taken, nil
}

// NextDue returns when the next connection is due of those that nobody syncs at
// now; zero if there is none.
func (db *DB) NextDue(ctx context.Context, now time.Time) (time.Time, error) {
	var next int64
	err := db.read.QueryRowContext(ctx, `SELECT next_at FROM connection WHERE state IN ('connected', 'failing') AND lease_until <= $1
		ORDER BY next_at LIMIT 1`, now.Unix()).Scan(&next)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("next connection due: %w", err)
	}
	return timeOf(next), nil
}

// Done ends a sync that went well at now, and says when the next one is due.
func (db *DB) Done(ctx context.Context, l Lease, now, next time.Time) error {
	return db.release(ctx, l, `UPDATE connection SET since_s = CASE WHEN state = 'connected' THEN since_s ELSE $4 END,
		state = 'connected', why = '', hint = '', failures = 0, last_ok = $4, next_at = $5, lease_by = '', lease_until = 0`+leased,
		now.Unix(), next.Unix())
}

// Trouble is why a sync failed, in words for whoever runs unmeet and for the
// person whose calendar it is. It holds no secret.
type Trouble struct {
	Why, Hint string
	Pause     bool // nothing is tried again until the person connects again
}

// Failed ends a sync that failed at now. What was read before is kept. Unless the
// trouble pauses the connection, next is when to try again.
func (db *DB) Failed(ctx context.Context, l Lease, t Trouble, now, next time.Time) error {
	state := Failing
	if t.Pause {
		state = Paused
	}
	return db.release(ctx, l, `UPDATE connection SET since_s = CASE WHEN state = $4 THEN since_s ELSE $5 END,
		state = $4, why = $6, hint = $7, failures = failures + 1, next_at = $8, lease_by = '', lease_until = 0`+leased,
		string(state), now.Unix(), t.Why, t.Hint, next.Unix())
}

// Release gives a lease back without a sync: nothing else changes.
func (db *DB) Release(ctx context.Context, l Lease) error {
	return db.release(ctx, l, `UPDATE connection SET lease_by = '', lease_until = 0`+leased)
}

func (db *DB) release(ctx context.Context, l Lease, update string, args ...any) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, update, append([]any{l.Connection, l.By, l.Until.Unix()}, args...)...)
		return one(done, err, ErrLeaseLost)
	})
	if err != nil {
		return fmt.Errorf("end the sync of connection %d: %w", l.Connection, err)
	}
	return nil
}

// Holders returns who holds leases, of connections, mails or actions.
func (db *DB) Holders(ctx context.Context) ([]string, error) {
	var all []string
	err := each(ctx, db.read, `SELECT lease_by FROM connection WHERE lease_by <> '' UNION SELECT lease_by FROM mail WHERE lease_by <> ''
		UNION SELECT lease_by FROM action WHERE lease_by <> '' ORDER BY 1`, func(rows *sql.Rows) error {
		var by string
		err := rows.Scan(&by)
		all = append(all, by)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read leases: %w", err)
	}
	return all, nil
}

// ReleaseAll takes all leases from somebody who is known to be no more.
func (db *DB) ReleaseAll(ctx context.Context, by string) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"connection", "mail", "action"} {
			if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET lease_by = '', lease_until = 0 WHERE lease_by = $1`, by); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("release the leases of %s: %w", strings.ToValidUTF8(by, ""), err)
	}
	return nil
}
