package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"unmeet/calendars"
)

// DueTurns returns the addresses of the people who take part and get mail, and
// of whom it is time to think what to ask them; those whose turn was never planned
// come first, and then the longest overdue.
func (db *DB) DueTurns(ctx context.Context, now time.Time) (people []string, err error) {
	err = each(ctx, db.read, `SELECT email FROM person WHERE state = 'enrolled' AND unsubscribed = 0 AND turn_at <= $1 ORDER BY turn_at, email`, func(rows *sql.Rows) error {
		var address string
		err := rows.Scan(&address)
		people = append(people, address)
		return err
	}, now.Unix())
	if err != nil {
		return nil, fmt.Errorf("whose turn it is: %w", err)
	}
	return people, nil
}

// Organizers returns the addresses of those who take part and organize a meeting.
func (db *DB) Organizers(ctx context.Context) (map[string]bool, error) {
	all := map[string]bool{}
	err := each(ctx, db.read, `SELECT p.email FROM person p WHERE p.state = 'enrolled' AND p.id IN (
		SELECT a.person_id FROM meeting m JOIN address a ON a.addr = m.organizer)`, func(rows *sql.Rows) error {
		var address string
		err := rows.Scan(&address)
		all[address] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("who organizes meetings: %w", err)
	}
	return all, nil
}

// Turn returns when a person's turn is; zero if it was never planned, ErrNoPerson
// if nobody has the address.
func (db *DB) Turn(ctx context.Context, address string) (time.Time, error) {
	var at int64
	err := db.read.QueryRowContext(ctx, `SELECT p.turn_at FROM person p JOIN address a ON a.person_id = p.id WHERE a.addr = lower($1)`, address).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoPerson
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("turn of %s: %w", address, err)
	}
	return timeOf(at), nil
}

// SetTurn says when to think next of what to ask a person.
func (db *DB) SetTurn(ctx context.Context, address string, at time.Time) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE person SET turn_at = $2 WHERE id = (SELECT person_id FROM address WHERE addr = lower($1))`, address, unixOf(at))
		return one(done, err, ErrNoPerson)
	})
	if err != nil {
		return fmt.Errorf("turn of %s: %w", address, err)
	}
	return nil
}

// Put is a suggestion that was put to a person, without its words.
type Put struct {
	Mail      int64
	MailState MailState
	Unsure    bool // the mail may have arrived, though nobody said so
	Offered   time.Time
	UID       string
	Organizer string
	Instance  calendars.Instance
	Lineage   int64 // of the meeting as it is known now, 0 if it is not
	Kind      string
	State     string
	Scope     string
	Wrong     bool
	Expires   time.Time
}

// PutTo returns all suggestions that were put to a person, the oldest first.
func (db *DB) PutTo(ctx context.Context, address string) (all []Put, err error) {
	err = each(ctx, db.read, `SELECT s.mail_id, l.state, l.unsure > 0, s.offered_at, s.uid, s.organizer, s.instance, COALESCE(m.lineage_id, 0), s.kind, s.state, s.scope, s.wrong, s.expires_s
		FROM suggestion s JOIN mail l ON l.id = s.mail_id LEFT JOIN meeting m ON m.uid = s.uid AND m.organizer = s.organizer
		WHERE s.person_id = (SELECT person_id FROM address WHERE addr = lower($1)) ORDER BY s.id`, func(rows *sql.Rows) error {
		var p Put
		var offered, expires int64
		err := rows.Scan(&p.Mail, &p.MailState, &p.Unsure, &offered, &p.UID, &p.Organizer, &p.Instance, &p.Lineage, &p.Kind, &p.State, &p.Scope, &p.Wrong, &expires)
		p.Offered, p.Expires = timeOf(offered), timeOf(expires)
		all = append(all, p)
		return err
	}, address)
	if err != nil {
		return nil, fmt.Errorf("what was put to %s: %w", address, err)
	}
	return all, nil
}

// Away is what a person's own calendars say of where they are.
type Away struct {
	Zone  string     // IANA name of the time zone that most of their events are in; "" if none tells
	Times []AwayTime // out of office, in order of time
}

// AwayTime is a stretch of time, End exclusive.
type AwayTime struct{ Start, End time.Time }

// Away returns where a person is, as far as it reaches into [from, to). Out of
// office they are by events of that type, and by events over whole days that take
// their time and have no guests: a vacation. Tentative ones count, too.
func (db *DB) Away(ctx context.Context, address string, from, to time.Time) (Away, error) {
	var a Away
	fail := func(err error) (Away, error) { return Away{}, fmt.Errorf("where %s is: %w", address, err) }
	var collections []int64
	err := each(ctx, db.read, `SELECT k.id FROM collection k JOIN connection n ON n.id = k.connection_id
		WHERE n.owner IN (SELECT b.addr FROM address a JOIN address b ON b.person_id = a.person_id WHERE a.addr = lower($1))`, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		collections = append(collections, id)
		return err
	}, address)
	if err != nil {
		return fail(err)
	}
	w := windowOf(from, to)
	zones := map[string]int{}
	err = selectIn(ctx, db.read, `SELECT zone, COUNT(*) FROM copy WHERE collection_id IN (…) AND zone NOT IN ('', 'UTC') GROUP BY zone ORDER BY zone`, collections, func(rows *sql.Rows) error {
		var zone string
		var n int
		err := rows.Scan(&zone, &n)
		zones[zone] += n
		if a.Zone == "" || zones[zone] > zones[a.Zone] {
			a.Zone = zone
		}
		return err
	})
	if err != nil {
		return fail(err)
	}
	err = selectIn(ctx, db.read, selectCopies+` WHERE (type <> '' OR all_day = 1) AND ended = 0 AND status <> 'cancelled' AND collection_id IN (…)`, collections, func(rows *sql.Rows) error {
		k, err := scanCopy(rows)
		if err != nil || !k.away() {
			return err
		}
		times := k.spans
		if !k.series() {
			times = []span{{start: k.start, end: k.end}}
		}
		for _, s := range times {
			if w.touches(s.start, s.end) {
				a.Times = append(a.Times, AwayTime{time.Unix(s.start, 0).UTC(), time.Unix(s.end, 0).UTC()})
			}
		}
		return nil
	})
	if err != nil {
		return fail(err)
	}
	slices.SortFunc(a.Times, func(x, y AwayTime) int { return cmp.Or(x.Start.Compare(y.Start), x.End.Compare(y.End)) })
	return a, nil
}

// away reports whether an event says that its owner is out of office.
func (k *kept) away() bool {
	return k.kind == calendars.OutOfOffice ||
		k.kind == calendars.Ordinary && k.allDay && k.busy && len(k.people.Guests) == 0
}
