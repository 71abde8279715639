package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Disconnect ends a connection: it erases its secret, the copies read over it and
// whatever was derived from them alone. What others' calendars say of the same
// meetings stays. Its person takes no part any longer, and what they were asked and
// answered is forgotten as by [DB.Leave]. The other side is not told:
// revoke there first. Erased words are overwritten, not just unlinked.
func (db *DB) Disconnect(ctx context.Context, now time.Time, kind, owner string) error {
	owner = strings.ToLower(owner)
	err := db.change(ctx, func(tx *sql.Tx) error {
		var id int64
		err := tx.QueryRowContext(ctx, `SELECT id FROM connection WHERE kind = $1 AND owner = $2 AND state <> ''`, kind, owner).Scan(&id)
		if e := noRows(err); e != nil {
			return e
		}
		if err != nil {
			return err
		}
		if err := erase(ctx, db, tx, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE connection SET account = '', secret = NULL, secret_key = '', scopes = '', state = 'disconnected',
			why = '', hint = '', since_s = $1, next_at = 0, lease_by = '', lease_until = 0, failures = 0, last_ok = 0, via_group = '' WHERE id = $2`, now.Unix(), id)
		if err != nil {
			return err
		}
		person, err := personOf(ctx, tx, owner)
		if err != nil {
			return err
		}
		if err := leave(ctx, tx, now, person, "disconnect"); err != nil {
			return err
		}
		return enrol(ctx, tx, owner, "out")
	})
	if err != nil {
		return fmt.Errorf("disconnect %s: %w", owner, err)
	}
	return db.Scrub(ctx)
}

// Stop ends reading over a connection, but keeps what was read and the cursors:
// whoever let us in no longer does so for its person, who takes no part until
// connected again. A sync under way loses its lease. It is an ErrNoConnection if
// the connection is not read anyway.
func (db *DB) Stop(ctx context.Context, now time.Time, kind, owner string, t Trouble) error {
	owner = strings.ToLower(owner)
	err := db.change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE connection SET state = 'stopped', why = $1, hint = $2, since_s = $3, lease_by = '', lease_until = 0
			WHERE kind = $4 AND owner = $5 AND state IN ('connected', 'failing', 'paused')`, t.Why, t.Hint, now.Unix(), kind, owner)
		if err := one(done, err, ErrNoConnection); err != nil {
			return err
		}
		return enrol(ctx, tx, owner, "out")
	})
	if err != nil {
		return fmt.Errorf("stop reading for %s: %w", owner, err)
	}
	return nil
}

// erase removes the collections of a connection, but for those with the remotes in
// stay, with all that hangs on them alone.
func erase(ctx context.Context, db *DB, tx *sql.Tx, connection int64, stay ...string) error {
	a, err := begin(ctx, db, tx)
	if err != nil {
		return err
	}
	a.copies = nil
	var doomed []int64
	err = each(ctx, tx, `SELECT id, remote FROM collection WHERE connection_id = $1`, func(rows *sql.Rows) error {
		var id int64
		var remote string
		err := rows.Scan(&id, &remote)
		if !slices.Contains(stay, remote) {
			doomed = append(doomed, id)
		}
		return err
	}, connection)
	if err != nil {
		return err
	}
	for _, collection := range doomed {
		err := each(ctx, tx, `SELECT DISTINCT uid, organizer FROM copy WHERE collection_id = $1`, func(rows *sql.Rows) error {
			var k key
			err := rows.Scan(&k.uid, &k.organizer)
			a.touched[k] = true
			return err
		}, collection)
		if err != nil {
			return err
		}
		for _, remove := range []string{
			`DELETE FROM copy WHERE collection_id = $1`, `DELETE FROM withdrawn WHERE collection_id = $1`, `DELETE FROM collection WHERE id = $1`,
		} {
			if _, err := tx.ExecContext(ctx, remove, collection); err != nil {
				return err
			}
		}
	}
	if err := a.unlearn(ctx, connection); err != nil {
		return err
	}
	if err := a.finish(ctx); err != nil {
		return err
	}
	if err := a.dropEmpty(ctx); err != nil {
		return err
	}
	return prune(ctx, tx)
}

// dropEmpty removes what is kept of the touched meetings that no copy tells of.
func (a *applying) dropEmpty(ctx context.Context) error {
	for k := range a.touched {
		for _, table := range []string{"meeting", "withdrawn"} {
			_, err := a.tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE uid = $1 AND organizer = $2
				AND NOT EXISTS (SELECT 1 FROM copy c WHERE c.uid = $1 AND c.organizer = $2)`, k.uid, k.organizer)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// prune removes what nothing points at any more: people who were only seen in guest
// lists among them.
func prune(ctx context.Context, tx *sql.Tx) error {
	var strangers []int64
	err := each(ctx, tx, `SELECT id FROM person WHERE state = 'seen' AND id IN (SELECT person_id FROM plan) AND id NOT IN (SELECT person_id FROM attendance)
		AND id NOT IN (SELECT a.person_id FROM address a JOIN connection c ON c.owner = a.addr)`, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		strangers = append(strangers, id)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range strangers {
		if err := forgetPlans(ctx, tx, id); err != nil {
			return err
		}
	}
	for _, remove := range []string{
		`DELETE FROM lineage WHERE id NOT IN (SELECT lineage_id FROM meeting)`,
		`DELETE FROM verdict WHERE subject_hash NOT IN (SELECT hash FROM subject)`,
		`DELETE FROM address WHERE addr NOT IN (SELECT owner FROM connection) AND person_id IN (SELECT id FROM person
			WHERE state = 'seen' AND id NOT IN (SELECT person_id FROM attendance))`,
		`DELETE FROM person WHERE state = 'seen' AND id NOT IN (SELECT person_id FROM address)`,
	} {
		if _, err := tx.ExecContext(ctx, remove); err != nil {
			return err
		}
	}
	return peopleChanged(ctx, tx)
}

// Tidy removes verdicts on what is no longer there to be judged.
func (db *DB) Tidy(ctx context.Context) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM verdict WHERE subject_hash NOT IN (SELECT hash FROM subject)`)
		return err
	})
	if err != nil {
		return fmt.Errorf("tidy up: %w", err)
	}
	return nil
}
