package store

import (
	"context"
	"database/sql"
	"fmt"
)

// Person is somebody of the organization, and how reading their calendars is
// doing. Nothing of what is in them is told here.
type Person struct {
	Address     string
	State       string       // seen, enrolled, out
	Connections []Connection // in order of kind, without secrets and collections
}

// Everyone returns all people known, in order of address.
func (db *DB) Everyone(ctx context.Context) ([]Person, error) {
	owned := map[int64][]Connection{}
	fail := func(err error) ([]Person, error) { return nil, fmt.Errorf("read people: %w", err) }
	all, err := db.Connections(ctx)
	if err != nil {
		return fail(err)
	}
	persons := map[string]int64{}
	err = each(ctx, db.read, `SELECT a.addr, a.person_id FROM address a JOIN connection c ON c.owner = a.addr`, func(rows *sql.Rows) error {
		var address string
		var id int64
		err := rows.Scan(&address, &id)
		persons[address] = id
		return err
	})
	if err != nil {
		return fail(err)
	}
	for _, c := range all {
		c.Sealed = nil
		if id := persons[c.Owner]; id != 0 {
			owned[id] = append(owned[id], c)
		}
	}
	var people []Person
	err = each(ctx, db.read, `SELECT id, email, state FROM person WHERE state <> 'erased' ORDER BY email`, func(rows *sql.Rows) error {
		var id int64
		var p Person
		err := rows.Scan(&id, &p.Address, &p.State)
		p.Connections = owned[id]
		people = append(people, p)
		return err
	})
	if err != nil {
		return fail(err)
	}
	return people, nil
}
