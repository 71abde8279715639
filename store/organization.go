package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// directory answers whose an address is.
type directory struct {
	version int // of the people it was read from; see peopleChanged
	ours    members
	person  map[string]int64 // by address: people of the organization; 0 if erased
	email   map[int64]string // by person: the address they are known by
	erased  map[int64]int64  // people who are forgotten: nothing from then on is theirs
	fresh   []int64          // people not yet written
	last    int64            // highest id given
}

// id returns the person of the organization whose address it is, and makes them
// known if they were not. Who was erased stays so: they are ours, and nobody, 0.
func (d *directory) id(address string) (id int64, ours bool) {
	if id, ours = d.person[address]; ours || !d.ours.has(address) {
		return id, ours
	}
	d.last++
	d.person[address], d.email[d.last] = d.last, address
	d.fresh = append(d.fresh, d.last)
	return d.last, true
}

// canonical returns the address under which the owner of address is known: one
// for all addresses of a person.
func (d *directory) canonical(address string) string {
	if id := d.person[address]; id != 0 {
		return d.email[id]
	}
	return address
}

// members is an Organization to look people up in.
type members struct{ domains, addresses map[string]bool }

func (o Organization) members() members {
	m := members{map[string]bool{}, map[string]bool{}}
	for _, d := range o.Domains {
		m.domains[d] = true
	}
	for _, a := range o.Addresses {
		m.addresses[a] = true
	}
	return m
}

// has reports whether the person with this address is of the organization.
func (m members) has(address string) bool {
	_, domain, ok := strings.Cut(address, "@")
	return ok && m.domains[domain] || m.addresses[address]
}

// normal is o with its addresses as the store keeps them.
func (o Organization) normal() Organization {
	n := Organization{Name: o.Name}
	for _, s := range o.Domains {
		n.Domains = append(n.Domains, strings.ToLower(s))
	}
	for _, s := range o.Addresses {
		n.Addresses = append(n.Addresses, strings.ToLower(s))
	}
	slices.Sort(n.Domains)
	slices.Sort(n.Addresses)
	n.Domains, n.Addresses = slices.Compact(n.Domains), slices.Compact(n.Addresses)
	return n
}

// directory returns the directory for a transaction: the one that the last left
// behind, unless people have changed since.
func (db *DB) directory(ctx context.Context, tx *sql.Tx) (*directory, error) {
	version, err := peopleVersion(ctx, tx)
	if err != nil {
		return nil, err
	}
	if db.people == nil || db.people.version != version {
		if db.people, err = loadDirectory(ctx, tx); err != nil {
			return nil, err
		}
		db.people.version = version
	}
	return db.people, nil
}

// peopleChanged tells all who keep a directory, in this process and in others,
// that it is out of date.
func peopleChanged(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('people', '1')
		ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)`)
	return err
}

func peopleVersion(ctx context.Context, tx *sql.Tx) (version int, err error) {
	err = each(ctx, tx, `SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'people'`, func(rows *sql.Rows) error {
		return rows.Scan(&version)
	})
	return version, err
}

// loadDirectory reads the organization and all its people.
func loadDirectory(ctx context.Context, tx *sql.Tx) (*directory, error) {
	d := &directory{person: map[string]int64{}, email: map[int64]string{}, erased: map[int64]int64{}}
	var o Organization
	var text string
	err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'organization'`).Scan(&text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			return nil, fmt.Errorf("stored organization: %w", err)
		}
	}
	d.ours = o.members()
	ended := map[string]int64{}
	err = each(ctx, tx, `SELECT hash, at FROM forgotten`, func(rows *sql.Rows) error {
		var hash []byte
		var at int64
		err := rows.Scan(&hash, &at)
		ended[pseudonym(hash)] = at
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, tx, `SELECT a.addr, p.id, COALESCE(p.email, '') FROM address a JOIN person p ON p.id = a.person_id ORDER BY a.addr DESC`, func(rows *sql.Rows) error {
		var address, email string
		var id int64
		err := rows.Scan(&address, &id, &email)
		switch at, forgotten := ended[address]; {
		case forgotten && email == "":
			d.person[address], d.email[id], d.erased[id] = id, address, at
		case email == "" && d.ours.has(address):
			d.person[address] = 0
		case d.ours.has(email):
			d.person[address], d.email[id] = id, email
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM person`).Scan(&d.last)
}

// save writes the people that were met for the first time.
func (d *directory) save(ctx context.Context, tx *sql.Tx) error {
	for _, id := range d.fresh {
		email := d.email[id]
		if _, err := tx.ExecContext(ctx, `INSERT INTO person (id, email, state) VALUES ($1, $2, 'seen')`, id, email); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO address (addr, person_id) VALUES ($1, $2)`, email, id); err != nil {
			return err
		}
	}
	if len(d.fresh) == 0 {
		return nil
	}
	d.fresh = nil
	if err := peopleChanged(ctx, tx); err != nil {
		return err
	}
	var err error
	d.version, err = peopleVersion(ctx, tx)
	return err
}

// SetOrganization says whose people are ours. Where that changes, everything
// known is derived anew.
func (db *DB) SetOrganization(ctx context.Context, o Organization) error {
	o = o.normal()
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	err = db.change(ctx, func(tx *sql.Tx) error {
		var known string
		err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'organization'`).Scan(&known)
		if err != nil && !errors.Is(err, sql.ErrNoRows) || known == string(text) {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('organization', $1)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, string(text))
		if err != nil {
			return err
		}
		if err := peopleChanged(ctx, tx); err != nil {
			return err
		}
		if err := deriveAnew(ctx, db, tx); err != nil {
			return err
		}
		if err := forgetStrangers(ctx, tx, o.members()); err != nil {
			return err
		}
		return peopleChanged(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("set organization: %w", err)
	}
	return nil
}

// forgetStrangers removes people who were only seen in guest lists and are not of
// the organization any more.
func forgetStrangers(ctx context.Context, tx *sql.Tx, ours members) error {
	var strangers []int64
	err := each(ctx, tx, `SELECT id, COALESCE(email, '') FROM person WHERE state = 'seen'`, func(rows *sql.Rows) error {
		var id int64
		var email string
		err := rows.Scan(&id, &email)
		if !ours.has(email) {
			strangers = append(strangers, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range strangers {
		for _, from := range []string{`address WHERE person_id`, `person WHERE id`} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+from+` = $1`, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// AddCollection registers a calendar and returns its id; one that is known keeps
// the id it has.
func (db *DB) AddCollection(ctx context.Context, c Collection) (id int64, err error) {
	c.Owner = strings.ToLower(c.Owner)
	err = db.change(ctx, func(tx *sql.Tx) error {
		connection, err := ensure(ctx, tx,
			`SELECT id FROM connection WHERE kind = $1 AND owner = $2`,
			`INSERT INTO connection (kind, owner, id) SELECT $1, $2, COALESCE(MAX(id), 0) + 1 FROM connection`, c.Kind, c.Owner)
		if err != nil {
			return err
		}
		id, err = ensure(ctx, tx,
			`SELECT id FROM collection WHERE connection_id = $1 AND remote = $2`,
			`INSERT INTO collection (connection_id, remote, id) SELECT $1, $2, COALESCE(MAX(id), 0) + 1 FROM collection`, connection, c.Remote)
		if err != nil || c.Owner == "" {
			return err
		}
		if err := release(ctx, db, tx, c.Owner); err != nil {
			return err
		}
		dir, err := db.directory(ctx, tx)
		if err != nil {
			return err
		}
		dir.id(c.Owner)
		return dir.save(ctx, tx)
	})
	if err != nil {
		return 0, fmt.Errorf("add collection %s: %w", c.Remote, err)
	}
	return id, nil
}

// ensure returns the id that find finds, after insert if it finds none.
func ensure(ctx context.Context, tx *sql.Tx, find, insert string, args ...any) (id int64, err error) {
	err = tx.QueryRowContext(ctx, find, args...).Scan(&id)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, err
	}
	if _, err := tx.ExecContext(ctx, insert, args...); err != nil {
		return 0, err
	}
	return id, tx.QueryRowContext(ctx, find, args...).Scan(&id)
}

// People counts the organization's people; the period [from, to) matters for
// those who meet.
func (db *DB) People(ctx context.Context, from, to time.Time) (PeopleCount, error) {
	n, err := db.Known(ctx)
	if err != nil {
		return n, err
	}
	longest, err := longest(ctx, db.read)
	if err == nil {
		err = db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM person p WHERE p.state <> 'erased' AND `+meetsSQL,
			from.Unix(), to.Unix(), from.Unix()-longest).Scan(&n.Meeting)
	}
	if err != nil {
		return n, fmt.Errorf("count people: %w", err)
	}
	return n, nil
}

// Known is People without those who meet, for whom it takes longest to look.
func (db *DB) Known(ctx context.Context) (PeopleCount, error) {
	var n PeopleCount
	err := db.read.QueryRowContext(ctx, `SELECT
		COUNT(*),
		COALESCE(SUM(CASE WHEN p.id IN (
			SELECT a.person_id FROM connection c JOIN address a ON a.addr = c.owner WHERE c.state <> 'disconnected') THEN 1 ELSE 0 END), 0)
		FROM person p WHERE p.state <> 'erased'`).Scan(&n.Known, &n.Connected)
	if err != nil {
		return n, fmt.Errorf("count people: %w", err)
	}
	return n, nil
}

// NotRead are connected people whose calendars were not read of late.
type NotRead struct {
	People int
	Last   time.Time // when one of them was read last; zero: none ever was
}

// NotRead counts people of whose connections each fails, is paused or stopped, or was
// last read before fresh. Files that nobody syncs count as read.
func (db *DB) NotRead(ctx context.Context, fresh time.Time) (NotRead, error) {
	var n NotRead
	var last int64
	err := db.read.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(MAX(one.last_ok), 0) FROM (
		SELECT MAX(c.last_ok) AS last_ok, MAX(CASE WHEN c.state = '' OR c.state = 'connected' AND c.last_ok > 0 AND c.last_ok >= $1 THEN 1 ELSE 0 END) AS fresh
			FROM person p JOIN address a ON a.person_id = p.id JOIN connection c ON c.owner = a.addr
			WHERE p.state <> 'erased' AND c.state <> 'disconnected' GROUP BY p.id) one
		WHERE one.fresh = 0`, fresh.Unix()).Scan(&n.People, &last)
	if err != nil {
		return n, fmt.Errorf("count who was not read: %w", err)
	}
	n.Last = timeOf(last)
	return n, nil
}
