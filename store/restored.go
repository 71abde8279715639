package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// whyRestored is why something stopped that the backup had still to do.
const whyRestored = "it was still to be done when the backup was made, and may have been done since"

// Restored is what became of all that a restored database had still to do.
type Restored struct {
	Mails       int // that are not sent again
	Actions     int // in calendars that somebody has to look at
	Connections int // whose calendars are read whole again
}

// HeldAnswers returns the suggestions with an answer whose hold is not over.
func (db *DB) HeldAnswers(ctx context.Context) (ids []int64, err error) {
	err = each(ctx, db.read, `SELECT id FROM suggestion WHERE state = 'pending' ORDER BY id`, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read held answers: %w", err)
	}
	return ids, nil
}

// Restore makes a database safe that is a copy of what it was earlier: another one
// was at work since, and what that did is not known here. Mails on their way are
// parked, because they may have arrived; what was to be done in calendars has failed,
// so that it is done only if somebody says so ([DB.RetryAction]); calendars are read
// whole again; nobody's turn comes before next; and all is paused as p says.
func (db *DB) Restore(ctx context.Context, now, next time.Time, p Pause) (r Restored, err error) {
	err = db.changeDurably(ctx, func(tx *sql.Tx) error {
		r = Restored{}
		if r.Mails, err = count(tx.ExecContext(ctx, `UPDATE mail SET state = 'parked', why = $1, ended_at = $2, unsure = MAX(unsure, 1), mime = NULL,
			lease_by = '', lease_until = 0 WHERE state = 'queued'`, whyRestored, now.Unix())); err != nil {
			return err
		}
		open, err := actions(ctx, tx, ` WHERE`+openActions+`ORDER BY a.id`)
		if err != nil {
			return err
		}
		for _, a := range open {
			r.Actions++
			_, err := tx.ExecContext(ctx, `UPDATE action SET state = 'failed', needs = '', why = $2, hint = '', ended_at = $3, lease_by = '', lease_until = 0 WHERE id = $1`,
				a.ID, whyRestored, now.Unix())
			if err != nil {
				return err
			}
			a.State, a.Needs, a.Ended = ActionFailed, "", now
			if err := db.ended(ctx, tx, now, a); err != nil {
				return err
			}
		}
		// What the end of an action has let go on may not go on either.
		if _, err := tx.ExecContext(ctx, `UPDATE action AS a SET state = 'failed', needs = '', why = $1, ended_at = $2 WHERE`+openActions, whyRestored, now.Unix()); err != nil {
			return err
		}
		if r.Connections, err = count(tx.ExecContext(ctx, `UPDATE connection SET next_at = $1, lease_by = '', lease_until = 0
			WHERE state IN ('connected', 'failing')`, now.Unix())); err != nil {
			return err
		}
		for _, change := range []struct {
			text string
			args []any
		}{
			{`UPDATE collection SET cursor = ''`, nil},
			{`UPDATE person SET turn_at = $1 WHERE state = 'enrolled' AND turn_at < $1`, []any{next.Unix()}},
			{`DELETE FROM meta WHERE name IN ($1, $2)`, []any{backupAt, serverAway}},
			// Who signed out since the backup was made is to stay so.
			{`DELETE FROM session`, nil},
			{`DELETE FROM login`, nil},
		} {
			if _, err := tx.ExecContext(ctx, change.text, change.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = db.Pause(ctx, p)
	}
	if err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	return r, nil
}

// Undelivered returns the mails that could not be sent, the newest first, at most n. Those
// are not among them that only a restored backup had still to send: see [DB.PerhapsSent].
func (db *DB) Undelivered(ctx context.Context, n int) ([]Mail, error) {
	all, err := mails(ctx, db.read, ` WHERE state = $1 AND why <> $2 ORDER BY id DESC LIMIT $3`, string(MailParked), whyRestored, n)
	if err != nil {
		return nil, fmt.Errorf("read mails: %w", err)
	}
	return all, nil
}

// PerhapsSent counts the mails that a backup had still to send which was restored at since
// or later: they may have arrived.
func (db *DB) PerhapsSent(ctx context.Context, since time.Time) (n int, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM mail WHERE state = $1 AND why = $2 AND ended_at >= $3`, string(MailParked), whyRestored, since.Unix()).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count mails: %w", err)
	}
	return n, nil
}

// Wishes are what people said of being left alone.
type Wishes struct {
	Out          map[string]bool      // addresses of those who take part no more; true: their own, false: an alias
	Unsubscribed map[string]time.Time // since when whoever has an address wants no mail
	Alone        map[string]time.Time // since when they want nobody to answer for them
	Stopped      map[string]bool      // addresses of those who want to be asked nothing for now
	Disconnected []Connection         // whose calendars are not read any more: Kind, Owner and Since alone
}

// Wishes returns them.
func (db *DB) Wishes(ctx context.Context) (w Wishes, err error) {
	w = Wishes{Out: map[string]bool{}, Unsubscribed: map[string]time.Time{}, Alone: map[string]time.Time{}, Stopped: map[string]bool{}}
	err = each(ctx, db.read, `SELECT a.addr, a.addr = COALESCE(p.email, ''), p.state, p.unsubscribed, p.alone_at, p.rhythm FROM person p JOIN address a ON a.person_id = p.id
		WHERE p.state = 'out' OR p.unsubscribed <> 0 OR p.alone_at <> 0 OR p.rhythm = 'stopped' ORDER BY a.addr`, func(rows *sql.Rows) error {
		var address, state, rhythm string
		var own bool
		var since, alone int64
		err := rows.Scan(&address, &own, &state, &since, &alone, &rhythm)
		if state == "out" {
			w.Out[address] = own
		}
		if since != 0 {
			w.Unsubscribed[address] = timeOf(since)
		}
		if alone != 0 {
			w.Alone[address] = timeOf(alone)
		}
		if rhythm == "stopped" {
			w.Stopped[address] = true
		}
		return err
	})
	if err == nil {
		err = each(ctx, db.read, `SELECT kind, owner, since_s FROM connection WHERE state = 'disconnected' ORDER BY id`, func(rows *sql.Rows) error {
			var c Connection
			var since int64
			err := rows.Scan(&c.Kind, &c.Owner, &since)
			c.Since = timeOf(since)
			w.Disconnected = append(w.Disconnected, c)
			return err
		})
	}
	if err != nil {
		return Wishes{}, fmt.Errorf("read who wants to be left alone: %w", err)
	}
	return w, nil
}

// KeepOut has a database know that people left whom it did not know to take part, and
// that calendars were disconnected that it did not know: nobody but themselves brings
// them back. Of w, it goes by Out and Disconnected.
func (db *DB) KeepOut(ctx context.Context, w Wishes) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		e, err := loadEraser(ctx, tx)
		if err != nil {
			return err
		}
		for address, own := range w.Out {
			person, err := personOf(ctx, tx, address)
			switch {
			case err != nil && !errors.Is(err, ErrNoPerson):
				return err
			case err != nil && own && !e.knows(address):
				err = enrol(ctx, tx, address, "out")
			case err == nil:
				_, err = tx.ExecContext(ctx, `UPDATE person SET state = 'out' WHERE id = $1 AND state = 'seen'`, person)
			default:
				err = nil
			}
			if err != nil {
				return err
			}
		}
		for _, c := range w.Disconnected {
			if e.knows(c.Owner) {
				continue
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO connection (id, kind, owner, state, since_s) SELECT COALESCE(MAX(id), 0) + 1, $1, $2, 'disconnected', $3 FROM connection WHERE true
				ON CONFLICT (kind, owner) DO NOTHING`, c.Kind, c.Owner, c.Since.Unix())
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep out who left: %w", err)
	}
	return nil
}

// Moved forgets that a database is a copy: nothing was at work since it was made.
func (db *DB) Moved(ctx context.Context) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE name = $1`, backupAt)
		return err
	})
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// count returns how many rows a statement changed.
func count(done sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}
