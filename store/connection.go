package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// State is how a connection is doing.
type State string

// The states of a connection. Files have none: nobody syncs them.
const (
	Connected    State = "connected"
	Failing      State = "failing"      // tried again by itself, later and later
	Paused       State = "paused"       // until its person connects again; what was read is kept
	Stopped      State = "stopped"      // whoever let us in no longer does so for its person; what was read is kept
	Disconnected State = "disconnected" // everything read over it is erased
)

// How a connection is allowed to read.
const (
	ByGrant      = "grant"      // its person consented; there is a secret
	ByDelegation = "delegation" // an administrator consented for everybody
	ByFile       = "file"       // whoever runs unmeet has their files
)

// Connection is a person's way in to their calendars.
type Connection struct {
	ID          int64
	Kind        string // "google", "ics", "caldav"
	Owner       string // address of the person
	Account     string // what the other side calls the account and never changes; "" if unknown
	Via         string // ByGrant, ByDelegation or ByFile
	Group       string // of delegation: address of the group that its person is read for as a member of; "" if by name
	Sealed      []byte // the secret, encrypted; nil if there is none
	Scopes      []string
	State       State
	Why, Hint   string    // of a state that is not well: what is wrong, and what to do
	Since       time.Time // when it came into its state
	Next        time.Time // when it is synced next, if it is connected or failing
	LastOK      time.Time // when it was last synced; zero: never
	Failures    int       // since then
	Collections []Calendar
	Lease       Lease // of whoever took it
}

// Calendar is a collection of a connection, as far as a sync needs to know it.
type Calendar struct {
	ID     int64
	Remote string
	Cursor string
}

// ErrNoConnection says that a person has no such connection.
var ErrNoConnection = errors.New("not connected")

// NewConnection is what connecting brings.
type NewConnection struct {
	Kind, Owner, Via, Group string
	Account                 string // in one line or several, as [SameAccount] compares them
	Scopes                  []string
	Remotes                 []string // the collections to sync
	// Seal encrypts the secret for the connection with this id, and names the key;
	// nil where there is no secret.
	Seal func(connection int64) (sealed []byte, key string, err error)
}

// Connect keeps a new connection, or renews the one of the same kind and owner,
// whose data and cursors stay unless it is another account now; an unknown one is
// not another, and of one that names collections in its lines those stay that are
// still named. Its person is enrolled by it. The first sync is due at once. It is an
// ErrForgotten if its person was forgotten, and does not connect themselves.
func (db *DB) Connect(ctx context.Context, now time.Time, n NewConnection) (id int64, err error) {
	n.Owner = strings.ToLower(n.Owner)
	err = db.changeDurably(ctx, func(tx *sql.Tx) error {
		if err := welcome(ctx, tx, n.Owner, n.Via); err != nil {
			return err
		}
		id, err = ensure(ctx, tx,
			`SELECT id FROM connection WHERE kind = $1 AND owner = $2`,
			`INSERT INTO connection (kind, owner, id) SELECT $1, $2, COALESCE(MAX(id), 0) + 1 FROM connection`, n.Kind, n.Owner)
		if err != nil {
			return err
		}
		var account string
		if err := tx.QueryRowContext(ctx, `SELECT account FROM connection WHERE id = $1`, id).Scan(&account); err != nil {
			return err
		}
		switch {
		case n.Account == "":
			n.Account = account // delegation does not tell: what is known stays so
		case account != "" && !SameAccount(account, n.Account):
			// A collection that both accounts name in a line of theirs is in both.
			before := strings.Split(account, "\n")
			shared := slices.DeleteFunc(strings.Split(n.Account, "\n"), func(line string) bool { return !slices.Contains(before, line) })
			if err := erase(ctx, db, tx, id, shared...); err != nil {
				return err
			}
		}
		var sealed []byte
		var key string
		if n.Seal != nil {
			if sealed, key, err = n.Seal(id); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE connection SET account = $1, via = $2, secret = $3, secret_key = $4, scopes = $5,
			state = 'connected', why = '', hint = '', since_s = CASE WHEN state = 'connected' AND account = $1 THEN since_s ELSE $6 END,
			next_at = $6, lease_by = '', lease_until = 0, failures = 0, via_group = $7
			WHERE id = $8`, n.Account, n.Via, sealed, key, strings.Join(n.Scopes, " "), now.Unix(), strings.ToLower(n.Group), id)
		if err != nil {
			return err
		}
		for _, remote := range n.Remotes {
			if _, err := ensure(ctx, tx,
				`SELECT id FROM collection WHERE connection_id = $1 AND remote = $2`,
				`INSERT INTO collection (connection_id, remote, id) SELECT $1, $2, COALESCE(MAX(id), 0) + 1 FROM collection`, id, remote); err != nil {
				return err
			}
		}
		if err := release(ctx, db, tx, n.Owner); err != nil {
			return err
		}
		if err := wakeActions(ctx, tx, now, n.Owner); err != nil {
			return err
		}
		return enrol(ctx, tx, n.Owner, "enrolled")
	})
	if err != nil {
		return 0, fmt.Errorf("connect %s: %w", n.Owner, err)
	}
	return id, nil
}

// SameAccount reports whether now is the account that before was, or one that has grown:
// that has all its lines, and more.
func SameAccount(before, now string) bool {
	lines := strings.Split(now, "\n")
	for line := range strings.SplitSeq(before, "\n") {
		if !slices.Contains(lines, line) {
			return false
		}
	}
	return true
}

// Enrol says whether a person agreed to take part: that their calendar is read
// where an administrator's consent would do for it, and later that they are
// asked about meetings. It is for what they do themselves: whoever was forgotten is back.
// To leave is [DB.Disconnect].
func (db *DB) Enrol(ctx context.Context, address string) error {
	address = strings.ToLower(address)
	err := db.change(ctx, func(tx *sql.Tx) error {
		if err := welcome(ctx, tx, address, ByGrant); err != nil {
			return err
		}
		return enrol(ctx, tx, address, "enrolled")
	})
	if err != nil {
		return fmt.Errorf("enrol %s: %w", address, err)
	}
	return nil
}

// enrol makes the person of address known, and sets their state.
func enrol(ctx context.Context, tx *sql.Tx, address, state string) error {
	var person int64
	err := tx.QueryRowContext(ctx, `SELECT person_id FROM address WHERE addr = $1`, address).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.QueryRowContext(ctx, `INSERT INTO person (id, email, state) SELECT COALESCE(MAX(id), 0) + 1, $1, $2 FROM person RETURNING id`, address, state).Scan(&person)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO address (addr, person_id) VALUES ($1, $2)`, address, person)
		return errors.Join(err, peopleChanged(ctx, tx))
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE person SET state = $1 WHERE id = $2 AND state <> 'erased'`, state, person)
	return err
}

const selectConnections = `SELECT id, kind, owner, account, via, secret, scopes, state, why, hint, since_s, next_at, last_ok,
	failures, lease_by, lease_until, via_group FROM connection`

func scanConnection(rows *sql.Rows) (Connection, error) {
	var c Connection
	var scopes string
	var since, next, ok, until int64
	err := rows.Scan(&c.ID, &c.Kind, &c.Owner, &c.Account, &c.Via, &c.Sealed, &scopes, &c.State, &c.Why, &c.Hint, &since, &next, &ok,
		&c.Failures, &c.Lease.By, &until, &c.Group)
	c.Scopes = strings.Fields(scopes)
	c.Since, c.Next, c.LastOK = timeOf(since), timeOf(next), timeOf(ok)
	c.Lease.Connection, c.Lease.Until = c.ID, timeOf(until)
	return c, err
}

// timeOf reads stored seconds; 0 stands for no time.
func timeOf(unix int64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}

// Connection returns the connection of the given kind that reads owner's
// calendars; ErrNoConnection if there is none.
func (db *DB) Connection(ctx context.Context, kind, owner string) (Connection, error) {
	found, err := connections(ctx, db.read, selectConnections+` WHERE kind = $1 AND owner = $2 AND state <> ''`, kind, strings.ToLower(owner))
	if err == nil && len(found) == 0 {
		err = ErrNoConnection
	}
	if err != nil {
		return Connection{}, fmt.Errorf("connection of %s: %w", owner, err)
	}
	return found[0], nil
}

// Connections returns all connections that are or were synced, in order of owner.
func (db *DB) Connections(ctx context.Context) ([]Connection, error) {
	found, err := connections(ctx, db.read, selectConnections+` WHERE state <> '' ORDER BY owner, kind`)
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	return found, nil
}

// connections reads connections, without their collections.
func connections(ctx context.Context, q queryer, query string, args ...any) ([]Connection, error) {
	var found []Connection
	err := each(ctx, q, query, func(rows *sql.Rows) error {
		c, err := scanConnection(rows)
		found = append(found, c)
		return err
	}, args...)
	return found, err
}

// Secret returns a connection's sealed secret as it is now; nil if there is none.
func (db *DB) Secret(ctx context.Context, connection int64) (sealed []byte, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT secret FROM connection WHERE id = $1`, connection).Scan(&sealed)
	if err != nil {
		return nil, fmt.Errorf("secret of connection %d: %w", connection, cmp.Or(noRows(err), err))
	}
	return sealed, nil
}

func noRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNoConnection
	}
	return nil
}

// ErrSecretChanged says that a secret was not what it was thought to be.
var ErrSecretChanged = errors.New("the secret has changed meanwhile")

// ReplaceSecret puts next, sealed with key, in place of old. It has survived a
// loss of power once it returns. It is an ErrSecretChanged if another than old
// is stored.
func (db *DB) ReplaceSecret(ctx context.Context, connection int64, old, next []byte, key string) error {
	err := db.changeDurably(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE connection SET secret = $1, secret_key = $2 WHERE id = $3 AND secret = $4`, next, key, connection, old)
		return one(done, err, ErrSecretChanged)
	})
	if err != nil {
		return fmt.Errorf("replace the secret of connection %d: %w", connection, err)
	}
	return nil
}

// one is an error of a statement, or none where it changed a row, else otherwise.
func one(done sql.Result, err, otherwise error) error {
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return otherwise
}

// KeysInUse returns the ids of the keys that secrets are sealed with.
func (db *DB) KeysInUse(ctx context.Context) ([]string, error) {
	var keys []string
	err := each(ctx, db.read, `SELECT DISTINCT secret_key FROM connection WHERE secret IS NOT NULL ORDER BY secret_key`, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read key ids: %w", err)
	}
	return keys, nil
}
