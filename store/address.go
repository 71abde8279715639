package store

import (
	"context"
	"database/sql"
	"fmt"
)

// Aliases returns the main address of people by each other address of theirs, as far
// as their calendars have told of these.
func (db *DB) Aliases(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	err := each(ctx, db.read, `SELECT a.addr, p.email FROM address a JOIN person p ON p.id = a.person_id
		WHERE COALESCE(p.email, '') NOT IN ('', a.addr)`, func(rows *sql.Rows) error {
		var alias, main string
		err := rows.Scan(&alias, &main)
		all[alias] = main
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read people's other addresses: %w", err)
	}
	return all, nil
}
