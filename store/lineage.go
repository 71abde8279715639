package store

import (
	"context"
	"database/sql"
	"errors"
)

// link gives meetings that were split off from one another one lineage: the touched
// ones, whichever of them came first. Silences and suggestions hang on it, so that
// who moves a series is not asked about it anew.
func (a *applying) link(ctx context.Context, keys []key) error {
	var any int
	err := a.tx.QueryRowContext(ctx, `SELECT 1 FROM copy WHERE split_from <> '' LIMIT 1`).Scan(&any)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	type pair struct{ split, base int64 }
	for _, of := range []string{"c.uid", "c.split_from"} {
		var pairs []pair
		err := selectIn(ctx, a.tx, `SELECT DISTINCT m.id, b.id FROM copy c
			JOIN meeting m ON m.uid = c.uid AND m.organizer = c.organizer
			JOIN meeting b ON b.uid = c.split_from AND b.organizer = c.organizer
			WHERE c.split_from <> '' AND m.lineage_id <> b.lineage_id AND `+of+` IN (…)`, uids(keys), func(rows *sql.Rows) error {
			var p pair
			err := rows.Scan(&p.split, &p.base)
			pairs = append(pairs, p)
			return err
		})
		if err != nil {
			return err
		}
		for _, p := range pairs {
			if err := a.join(ctx, p.split, p.base); err != nil {
				return err
			}
		}
	}
	return nil
}

// join makes one lineage of those of two meetings: the older one.
func (a *applying) join(ctx context.Context, one, other int64) error {
	var older, younger int64
	err := a.tx.QueryRowContext(ctx, `SELECT MIN(lineage_id), MAX(lineage_id) FROM meeting WHERE id IN ($1, $2)`, one, other).Scan(&older, &younger)
	if err != nil || older == younger {
		return err
	}
	if _, err := a.tx.ExecContext(ctx, `UPDATE meeting SET lineage_id = $1 WHERE lineage_id = $2`, older, younger); err != nil {
		return err
	}
	_, err = a.tx.ExecContext(ctx, `DELETE FROM lineage WHERE id = $1`, younger)
	return err
}
