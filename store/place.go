package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
)

// Place is where somebody's copy of an event stands, as far as is known.
type Place struct {
	Connection Connection
	Collection string // remote address of the calendar
	Remote     calendars.RemoteID
	Response   calendars.Response // what the person had answered when it was last read
}

var (
	// ErrNoPlace says that a person's calendars were read, and hold no such event.
	ErrNoPlace = errors.New("the event is not in the person's calendar")
	// ErrNoCalendar says that no calendar of a person is connected.
	ErrNoCalendar = errors.New("no calendar of the person is connected")
	// ErrUnread says that a calendar of a person was connected, and is still to be read.
	ErrUnread = errors.New("the person's calendar is still to be read")
)

// PlaceOf returns where the copy stands that a person has of an event: of the instance,
// or else of its series. It is an ErrNoPart if the person takes no part, an
// ErrNoCalendar if no calendar of theirs is connected, and an ErrNoPlace if none of
// those holds it, or an ErrUnread while one is still to be read.
func (db *DB) PlaceOf(ctx context.Context, address string, ref calendars.Ref) (Place, error) {
	p, err := db.placeOf(ctx, address, ref)
	if err != nil {
		return Place{}, fmt.Errorf("where %s has the event: %w", address, err)
	}
	return p, nil
}

func (db *DB) placeOf(ctx context.Context, address string, ref calendars.Ref) (Place, error) {
	var enrolled int
	err := db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM person p JOIN address a ON a.person_id = p.id WHERE a.addr = lower($1) AND p.state = 'enrolled'`, address).Scan(&enrolled)
	if err != nil {
		return Place{}, err
	}
	if enrolled == 0 {
		return Place{}, ErrNoPart
	}
	const theirs = ` owner IN (SELECT b.addr FROM address a JOIN address b ON b.person_id = a.person_id WHERE a.addr = lower($1))`
	all, err := connections(ctx, db.read, selectConnections+` WHERE state NOT IN ('', 'stopped', 'disconnected') AND`+theirs+` ORDER BY id`, address)
	if err != nil {
		return Place{}, err
	}
	if len(all) == 0 {
		return Place{}, ErrNoCalendar
	}
	var found []*kept
	calendar := map[int64]struct {
		connection int64
		remote     string
	}{}
	err = each(ctx, db.read, selectCopies+` WHERE uid = $2 AND organizer = $3 AND instance IN ('', $4) AND ended = 0
		AND collection_id IN (SELECT id FROM collection WHERE connection_id IN (SELECT id FROM connection WHERE`+theirs+`))
		ORDER BY instance DESC, collection_id, remote`, func(rows *sql.Rows) error {
		k, err := scanCopy(rows)
		found = append(found, k)
		return err
	}, address, ref.UID, ref.Organizer, string(ref.Instance))
	if err != nil {
		return Place{}, err
	}
	err = each(ctx, db.read, `SELECT id, connection_id, remote FROM collection WHERE connection_id IN (SELECT id FROM connection WHERE`+theirs+`)`, func(rows *sql.Rows) error {
		var id int64
		c := calendar[id]
		err := rows.Scan(&id, &c.connection, &c.remote)
		calendar[id] = c
		return err
	}, address)
	if err != nil {
		return Place{}, err
	}
	own, err := ownAddresses(ctx, db.read, address)
	if err != nil {
		return Place{}, err
	}
	for _, k := range found {
		at := calendar[k.collection]
		i := slices.IndexFunc(all, func(c Connection) bool { return c.ID == at.connection })
		if i < 0 || k.instance == "" && ref.Instance != "" && !k.series() {
			continue
		}
		p := Place{Connection: all[i], Collection: at.remote, Remote: k.remote}
		for _, a := range k.people.Guests {
			if own[a.Address] {
				p.Response = a.Response
			}
		}
		return p, nil
	}
	if slices.ContainsFunc(all, func(c Connection) bool { return c.LastOK.IsZero() }) {
		return Place{}, ErrUnread
	}
	return Place{}, ErrNoPlace
}

// ownAddresses are those of the person with an address.
func ownAddresses(ctx context.Context, q queryer, address string) (map[string]bool, error) {
	own := map[string]bool{strings.ToLower(address): true}
	err := each(ctx, q, `SELECT b.addr FROM address a JOIN address b ON b.person_id = a.person_id WHERE a.addr = lower($1)`, func(rows *sql.Rows) error {
		var also string
		err := rows.Scan(&also)
		own[also] = true
		return err
	}, address)
	return own, err
}

// Glance is what a calendar said while an answer was held.
type Glance struct {
	At       time.Time // zero: nobody could look
	Response calendars.Response
	Start    time.Time // of the occurrence
}

// DueGlances returns up to n suggestions whose answers are held, and of which it is
// time to look at what the person's calendar says.
func (db *DB) DueGlances(ctx context.Context, now time.Time, n int) ([]Suggestion, error) {
	all, err := suggestions(ctx, db.read, ` JOIN glance g ON g.suggestion_id = s.id AND g.epoch = s.epoch WHERE g.next_at > 0 AND g.next_at <= $1
		AND s.state = 'pending' AND NOT EXISTS (SELECT 1 FROM action a WHERE a.suggestion_id = s.id AND`+openActions+`) ORDER BY g.next_at, s.id LIMIT $2`, now.Unix(), n)
	if err != nil {
		return nil, fmt.Errorf("looks due: %w", err)
	}
	return all, nil
}

// Glanced notes what the calendar of the person said whom s was put to.
func (db *DB) Glanced(ctx context.Context, s Suggestion, g Glance) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE glance SET at = $3, response = $4, start_s = $5, next_at = 0 WHERE suggestion_id = $1 AND epoch = $2`,
			s.ID, s.Epoch, g.At.Unix(), string(g.Response), unixOf(g.Start))
		return err
	})
	if err != nil {
		return fmt.Errorf("note what a calendar says: %w", err)
	}
	return nil
}

// GlanceAgain notes that nobody could look at a calendar, and when to try again; zero:
// not any more.
func (db *DB) GlanceAgain(ctx context.Context, s Suggestion, next time.Time) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE glance SET next_at = $3 WHERE suggestion_id = $1 AND epoch = $2`, s.ID, s.Epoch, unixOf(next))
		return err
	})
	if err != nil {
		return fmt.Errorf("put off a look: %w", err)
	}
	return nil
}

// lookLater has somebody look at a calendar while the answer to a suggestion is held.
func lookLater(ctx context.Context, tx *sql.Tx, now time.Time, suggestion int64, epoch int) error {
	for _, run := range []string{
		`DELETE FROM glance WHERE suggestion_id = $1`,
		`INSERT INTO glance (suggestion_id, epoch, next_at) VALUES ($1, $2, $3)`,
	} {
		args := []any{suggestion, epoch, now.Unix()}
		if run[0] == 'D' {
			args = args[:1]
		}
		if _, err := tx.ExecContext(ctx, run, args...); err != nil {
			return err
		}
	}
	return nil
}

// glanceOf returns what a calendar said while the answer was held that now stands.
func glanceOf(ctx context.Context, q queryer, s Suggestion) (g Glance, err error) {
	err = each(ctx, q, `SELECT at, response, start_s FROM glance WHERE suggestion_id = $1 AND epoch = $2`, func(rows *sql.Rows) error {
		var at, start int64
		err := rows.Scan(&at, &g.Response, &start)
		g.At, g.Start = timeOf(at), timeOf(start)
		return err
	}, s.ID, s.Epoch)
	return g, err
}
