package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Session is a browser that is signed in.
type Session struct {
	Address string    // as it was proved
	Since   time.Time // when it signed in
	Used    time.Time // last, to within [sessionTouch]
	Until   time.Time // when it ends at the latest
}

const (
	// SessionIdle is how long a session lasts without being used.
	SessionIdle = 12 * time.Hour
	// sessionTouch is how exactly it is kept when one was used.
	sessionTouch = 5 * time.Minute
	// MaxLogins is how many links to sign in are sent to an address within an hour.
	MaxLogins = 3
)

// What is there of signing in.
var (
	// ErrNoSession says that a browser is not signed in, or not any more.
	ErrNoSession = errors.New("the browser is not signed in")
	// ErrNoLogin says that a link to sign in was never given out, was used, or is over.
	ErrNoLogin = errors.New("there is no such link to sign in")
	// ErrManyLogins says that enough links were sent to an address.
	ErrManyLogins = errors.New("enough links to sign in were sent to that address within the hour")
)

// BeginLogin keeps a link that signs in whoever has an address, by the hash of its
// secret, together with the mail that brings it. It is an ErrManyLogins if there were
// enough, and an ErrSuppressed if nothing is sent there.
func (db *DB) BeginLogin(ctx context.Context, now time.Time, address string, hash []byte, until time.Time, m NewMail) error {
	address = strings.ToLower(address)
	err := db.changeDurably(ctx, func(tx *sql.Tx) error {
		// Those that are over count until the hour is.
		if _, err := tx.ExecContext(ctx, `DELETE FROM login WHERE since_s <= $1`, now.Add(-time.Hour).Unix()); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM login WHERE address = $1`, address).Scan(&n); err != nil {
			return err
		}
		if n >= MaxLogins {
			return ErrManyLogins
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO login (hash, address, since_s, until_s) VALUES ($1, $2, $3, $4)`, hash, address, now.Unix(), until.Unix()); err != nil {
			return err
		}
		_, err := insertMail(ctx, tx, now, m)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a link to sign in: %w", err)
	}
	return nil
}

// Login returns the address that a link signs in; ErrNoLogin if it does not at now.
func (db *DB) Login(ctx context.Context, now time.Time, hash []byte) (address string, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT address FROM login WHERE hash = $1 AND until_s > $2`, hash, now.Unix()).Scan(&address)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoLogin
	}
	if err != nil {
		return "", fmt.Errorf("look up a link to sign in: %w", err)
	}
	return address, nil
}

// UseLogin makes a browser signed in by a link, which is good no more: ErrNoLogin if it
// was not. The session is kept by the hash of its cookie, until until at the latest.
func (db *DB) UseLogin(ctx context.Context, now time.Time, login, session []byte, until time.Time) (address string, err error) {
	err = db.changeDurably(ctx, func(tx *sql.Tx) error {
		// It stays as one of those that were sent within the hour.
		err := tx.QueryRowContext(ctx, `UPDATE login SET until_s = 0 WHERE hash = $1 AND until_s > $2 RETURNING address`, login, now.Unix()).Scan(&address)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNoLogin
		}
		if err != nil {
			return err
		}
		return addSession(ctx, tx, now, address, session, until)
	})
	if err != nil {
		return "", fmt.Errorf("sign in by a link: %w", err)
	}
	return address, nil
}

// BeginSession makes a browser signed in as whoever has an address.
func (db *DB) BeginSession(ctx context.Context, now time.Time, address string, session []byte, until time.Time) error {
	err := db.changeDurably(ctx, func(tx *sql.Tx) error { return addSession(ctx, tx, now, address, session, until) })
	if err != nil {
		return fmt.Errorf("sign somebody in: %w", err)
	}
	return nil
}

func addSession(ctx context.Context, tx *sql.Tx, now time.Time, address string, session []byte, until time.Time) error {
	if err := sweepSessions(ctx, tx, now); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO session (hash, address, since_s, used_s, until_s) VALUES ($1, $2, $3, $3, $4)`,
		session, strings.ToLower(address), now.Unix(), until.Unix())
	return err
}

// sweepSessions lets go of what nobody can use any more.
func sweepSessions(ctx context.Context, tx *sql.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM session WHERE until_s <= $1 OR used_s <= $2`, now.Unix(), now.Add(-SessionIdle).Unix())
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM login WHERE since_s <= $1 AND until_s <= $2`, now.Add(-time.Hour).Unix(), now.Unix())
	}
	return err
}

// Session returns the session of the browser whose cookie has a hash, and notes that it
// was used; ErrNoSession if it is not signed in at now.
func (db *DB) Session(ctx context.Context, now time.Time, hash []byte) (Session, error) {
	fail := func(err error) (Session, error) { return Session{}, fmt.Errorf("look up who is signed in: %w", err) }
	var s Session
	var since, used, until int64
	err := db.read.QueryRowContext(ctx, `SELECT address, since_s, used_s, until_s FROM session WHERE hash = $1 AND until_s > $2 AND used_s > $3`,
		hash, now.Unix(), now.Add(-SessionIdle).Unix()).Scan(&s.Address, &since, &used, &until)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoSession
	}
	if err != nil {
		return fail(err)
	}
	s.Since, s.Used, s.Until = timeOf(since), timeOf(used), timeOf(until)
	if now.Sub(s.Used) < sessionTouch {
		return s, nil
	}
	err = db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE session SET used_s = $2 WHERE hash = $1`, hash, now.Unix())
		return err
	})
	if err != nil {
		return fail(err)
	}
	return s, nil
}

// EndSession signs the browser out whose cookie has a hash, if it is signed in.
func (db *DB) EndSession(ctx context.Context, hash []byte) error {
	return db.signOut(ctx, hash, `DELETE FROM session WHERE hash = $1`)
}

// EndSessions signs out every browser of whoever has an address, by all of their
// addresses, and ends their links to sign in: at once, so that no link is used between.
func (db *DB) EndSessions(ctx context.Context, address string) error {
	const theirs = ` WHERE address = lower($1) OR address IN (SELECT addr FROM address WHERE person_id = (SELECT person_id FROM address WHERE addr = lower($1)))`
	return db.signOut(ctx, address, `DELETE FROM session`+theirs, `UPDATE login SET until_s = 0`+theirs)
}

// signOut makes changes, of which each is about whose, and which outlast a crash.
func (db *DB) signOut(ctx context.Context, whose any, changes ...string) error {
	err := db.changeDurably(ctx, func(tx *sql.Tx) error {
		for _, change := range changes {
			if _, err := tx.ExecContext(ctx, change, whose); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sign somebody out: %w", err)
	}
	return nil
}

// dropSessions forgets that any of some addresses ever signed in.
func dropSessions(ctx context.Context, tx *sql.Tx, addresses []string) error {
	for _, address := range addresses {
		for _, drop := range []string{`DELETE FROM session WHERE address = $1`, `DELETE FROM login WHERE address = $1`} {
			if _, err := tx.ExecContext(ctx, drop, address); err != nil {
				return err
			}
		}
	}
	return nil
}

// Whose is who has an address.
type Whose struct {
	Address string // the one that they go by
	State   string // seen, enrolled, out
}

// Whose returns who has an address; ErrNoPerson if nobody does, as far as is known.
func (db *DB) Whose(ctx context.Context, address string) (w Whose, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT COALESCE(p.email, ''), p.state FROM address a JOIN person p ON p.id = a.person_id WHERE a.addr = lower($1)`, address).Scan(&w.Address, &w.State)
	if errors.Is(err, sql.ErrNoRows) || err == nil && w.Address == "" {
		err = ErrNoPerson
	}
	if err != nil {
		return Whose{}, fmt.Errorf("whose %s is: %w", address, err)
	}
	return w, nil
}

// KnownBrowser is a browser that is known as a person's, as that person may see it.
type KnownBrowser struct {
	ID     string // tells it from the person's others
	Since  time.Time
	Until  time.Time
	Answer bool // it became known by answering; else by connecting
}

// Browsers returns the browsers that are known as a person's at now, the newest first.
func (db *DB) Browsers(ctx context.Context, now time.Time, address string) (all []KnownBrowser, err error) {
	err = each(ctx, db.read, `SELECT hash, since_s, until_s, suggestion_id IS NOT NULL FROM browser
		WHERE person_id = (SELECT person_id FROM address WHERE addr = lower($1)) AND until_s > $2 ORDER BY since_s DESC, hash`, func(rows *sql.Rows) error {
		var hash []byte
		var since, until int64
		var b KnownBrowser
		err := rows.Scan(&hash, &since, &until, &b.Answer)
		b.ID, b.Since, b.Until = browserID(hash), timeOf(since), timeOf(until)
		all = append(all, b)
		return err
	}, address, now.Unix())
	if err != nil {
		return nil, fmt.Errorf("browsers of %s: %w", address, err)
	}
	return all, nil
}

// browserID tells browsers apart without telling how they are kept.
func browserID(hash []byte) string {
	sum := sha256.Sum256(hash)
	return hex.EncodeToString(sum[:8])
}

// ForgetBrowsers makes a browser of a person unknown, by its ID, or all of them for "".
// It is an ErrNoBrowser if they have none with that ID.
func (db *DB) ForgetBrowsers(ctx context.Context, address, id string) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		person, err := personOf(ctx, tx, address)
		if err != nil {
			return err
		}
		n := 0
		var drop [][]byte
		err = each(ctx, tx, `SELECT hash FROM browser WHERE person_id = $1`, func(rows *sql.Rows) error {
			var hash []byte
			err := rows.Scan(&hash)
			if id == "" || browserID(hash) == id {
				drop = append(drop, hash)
				n++
			}
			return err
		}, person)
		if err == nil && id != "" && n == 0 {
			err = ErrNoBrowser
		}
		for _, hash := range drop {
			if err == nil {
				_, err = tx.ExecContext(ctx, `DELETE FROM browser WHERE hash = $1`, hash)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("forget browsers of %s: %w", address, err)
	}
	return nil
}
