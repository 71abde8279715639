package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Settings are a person's own. What is "" or zero is as their group has it.
type Settings struct {
	Language     string    // of mails and pages, such as "en"
	Rhythm       string    // weekly, fortnightly, stopped
	Zone         string    // IANA name
	Unsubscribed time.Time // when they ended all mail; zero if they did not
	Subscribed   time.Time // when they last came back from that; zero: never
	Alone        time.Time // since when nobody is to answer for them; zero if they did not say so
}

// Member is a person who takes part.
type Member struct {
	Address string
	Settings
}

// ErrNoPerson says that nobody has an address, as far as is known.
var ErrNoPerson = errors.New("nobody is known by that address")

// Members returns all who are enrolled, in order of address.
func (db *DB) Members(ctx context.Context) (all []Member, err error) {
	err = each(ctx, db.read, selectSettings+` WHERE p.state = 'enrolled' ORDER BY p.email`, func(rows *sql.Rows) error {
		m, err := scanMember(rows)
		all = append(all, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read who takes part: %w", err)
	}
	return all, nil
}

const selectSettings = `SELECT COALESCE(p.email, ''), p.language, p.rhythm, p.zone, p.unsubscribed, p.subscribed, p.alone_at FROM person p`

func scanMember(rows *sql.Rows) (m Member, err error) {
	var unsubscribed, subscribed, alone int64
	err = rows.Scan(&m.Address, &m.Language, &m.Rhythm, &m.Zone, &unsubscribed, &subscribed, &alone)
	m.Unsubscribed, m.Subscribed, m.Alone = timeOf(unsubscribed), timeOf(subscribed), timeOf(alone)
	return m, err
}

// Settings returns a person's settings, ErrNoPerson if there is none.
func (db *DB) Settings(ctx context.Context, address string) (Settings, error) {
	var found []Member
	err := each(ctx, db.read, selectSettings+` JOIN address a ON a.person_id = p.id WHERE a.addr = lower($1)`, func(rows *sql.Rows) error {
		m, err := scanMember(rows)
		found = append(found, m)
		return err
	}, address)
	if err == nil && len(found) == 0 {
		err = ErrNoPerson
	}
	if err != nil {
		return Settings{}, fmt.Errorf("settings of %s: %w", address, err)
	}
	return found[0].Settings, nil
}

// Set changes a person's language, rhythm and zone; when they unsubscribed stays as
// it is. It is an ErrNoPerson if nobody has the address.
func (db *DB) Set(ctx context.Context, address string, s Settings) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE person SET language = $2, rhythm = $3, zone = $4
			WHERE id = (SELECT person_id FROM address WHERE addr = lower($1))`, address, s.Language, s.Rhythm, s.Zone)
		return one(done, err, ErrNoPerson)
	})
	if err != nil {
		return fmt.Errorf("settings of %s: %w", address, err)
	}
	return nil
}

// Unsubscribe ends all mail to a person; what they answered before stands. Via is
// the way by which they said so. Done before, it changes nothing.
func (db *DB) Unsubscribe(ctx context.Context, now time.Time, address, via string) error {
	return db.subscribe(ctx, now, address, via, outcomeLeft, `SET unsubscribed = $2`, `unsubscribed = 0`)
}

// Resubscribe takes Unsubscribe back. Whoever asks for mail is there: their addresses
// are not suppressed any more.
func (db *DB) Resubscribe(ctx context.Context, now time.Time, address, via string) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM suppressed WHERE address IN (
			SELECT addr FROM address WHERE person_id = (SELECT person_id FROM address WHERE addr = lower($1)))`, address)
		return err
	})
	if err != nil {
		return fmt.Errorf("mail to %s: %w", address, err)
	}
	return db.subscribe(ctx, now, address, via, outcomeReturned, `SET unsubscribed = 0, subscribed = $2`, `unsubscribed <> 0`)
}

func (db *DB) subscribe(ctx context.Context, now time.Time, address, via, outcome, set, where string) error {
	err := db.changeDurably(ctx, func(tx *sql.Tx) error {
		person, err := personOf(ctx, tx, address)
		if err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `UPDATE person `+set+` WHERE id = $1 AND `+where, person, now.Unix())
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return recordOf(ctx, tx, now, person, via, outcome)
	})
	if err != nil {
		return fmt.Errorf("mail to %s: %w", address, err)
	}
	return nil
}

func personOf(ctx context.Context, tx *sql.Tx, address string) (person int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT person_id FROM address WHERE addr = lower($1)`, address).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoPerson
	}
	return person, err
}

// TakesMail reports whether a person takes part and has not ended all mail.
func (db *DB) TakesMail(ctx context.Context, address string) (bool, error) {
	var n int
	err := db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM person p JOIN address a ON a.person_id = p.id
		WHERE a.addr = lower($1) AND p.state = 'enrolled' AND p.unsubscribed = 0`, address).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("whether %s takes mail: %w", address, err)
	}
	return n > 0, nil
}

// Invite enrols a person unless they left before: only they themselves can come
// back, by connecting. It reports whether they take part now.
func (db *DB) Invite(ctx context.Context, address string) (takesPart bool, err error) {
	address = strings.ToLower(address)
	err = db.change(ctx, func(tx *sql.Tx) error {
		var state string
		err := tx.QueryRowContext(ctx, `SELECT p.state FROM person p JOIN address a ON a.person_id = p.id WHERE a.addr = $1`, address).Scan(&state)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		e, err := loadEraser(ctx, tx)
		if err != nil || e.knows(address) {
			return err
		}
		takesPart = state == "" || state == "seen" || state == "enrolled"
		if !takesPart {
			return nil
		}
		return enrol(ctx, tx, address, "enrolled")
	})
	if err != nil {
		return false, fmt.Errorf("enrol %s: %w", address, err)
	}
	return takesPart, nil
}

// Leave ends a person's taking part in suggestions, as [DB.Disconnect] does; their
// connections stay. Of what was suggested to them only numbers stay, which nobody
// can find them by.
func (db *DB) Leave(ctx context.Context, now time.Time, address, via string) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		person, err := personOf(ctx, tx, address)
		if err != nil {
			return err
		}
		if err := leave(ctx, tx, now, person, via); err != nil {
			return err
		}
		return enrol(ctx, tx, strings.ToLower(address), "out")
	})
	if err != nil {
		return fmt.Errorf("end suggestions to %s: %w", address, err)
	}
	return db.Scrub(ctx)
}

// leave forgets what a person was asked and answered. What is open is withdrawn,
// and so is what others were asked about meetings of theirs and have not answered.
// Suggestions and outcomes stay as numbers without a person, or anything by which
// one is found; that nobody is to be asked about the person's meetings stays, too.
func leave(ctx context.Context, tx *sql.Tx, now time.Time, person int64, via string) error {
	if _, err := withdraw(ctx, tx, now, via, "left", ` WHERE s.person_id = $1`, person); err != nil {
		return err
	}
	_, err := withdraw(ctx, tx, now, via, "organizer left", ` WHERE s.state = 'offered' AND s.organizer IN (SELECT addr FROM address WHERE person_id = $1)`, person)
	if err != nil {
		return err
	}
	if err := recordOf(ctx, tx, now, person, via, outcomeLeft); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM suppressed WHERE address IN (SELECT addr FROM address WHERE person_id = $1
		UNION SELECT lower(recipient) FROM mail WHERE person IN (SELECT addr FROM address WHERE person_id = $1))`, person)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE mail SET person = '', recipient = '', mime = NULL, lease_by = '', lease_until = 0,
			ended_at = CASE state WHEN 'queued' THEN $2 ELSE ended_at END, why = CASE state WHEN 'queued' THEN 'the person left' ELSE '' END,
			state = CASE state WHEN 'queued' THEN 'dropped' ELSE state END
		WHERE person IN (SELECT addr FROM address WHERE person_id = $1)`, person, now.Unix())
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE outcome SET person_id = NULL, counts_as = CASE outcome WHEN 'suggested' THEN $2 ELSE '' END WHERE person_id = $1`, person, rand.Text())
	if err != nil {
		return err
	}
	// What their trials were to take from others from now on, nobody follows any more.
	_, err = tx.ExecContext(ctx, `UPDATE plan SET state = 'thawed', why = '', seen_at = 0, replaced_s = 0 WHERE person_id <> $1 AND start_s > $2 AND `+planStands+`
		AND suggestion_id IN (SELECT id FROM suggestion WHERE person_id = $1)`, person, now.Unix())
	if err != nil {
		return err
	}
	if err := stopActing(ctx, tx, now, person); err != nil {
		return err
	}
	if err := forgetPlans(ctx, tx, person); err != nil {
		return err
	}
	if err := leaveTrials(ctx, tx, person); err != nil {
		return err
	}
	for _, forget := range []string{
		`DELETE FROM dated WHERE person IN (SELECT addr FROM address WHERE person_id = $1)`,
		`DELETE FROM attempt WHERE action_id IN (SELECT id FROM action WHERE suggestion_id IN (SELECT id FROM suggestion WHERE person_id = $1))`,
		`DELETE FROM action WHERE suggestion_id IN (SELECT id FROM suggestion WHERE person_id = $1)`,
		`DELETE FROM glance WHERE suggestion_id IN (SELECT id FROM suggestion WHERE person_id = $1)`,
		`DELETE FROM visit WHERE token_hash IN (SELECT hash FROM token WHERE person_id = $1)`,
		`DELETE FROM token WHERE person_id = $1`,
		`DELETE FROM browser WHERE person_id = $1`,
		`DELETE FROM silence WHERE person_id = $1`,
		`UPDATE silence SET suggestion_id = NULL WHERE suggestion_id IN (SELECT id FROM suggestion WHERE person_id = $1)`,
		`UPDATE suggestion SET person_id = NULL, uid = '', organizer = '', instance = '', subject_hash = '', snapshot = '', note = '', visitor = '', stood = '', acting = '' WHERE person_id = $1`,
		`UPDATE look SET person_id = NULL, why = '' WHERE person_id = $1`,
		`UPDATE person SET language = '', rhythm = '', unsubscribed = 0, subscribed = 0, alone_at = 0 WHERE id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, forget, person); err != nil {
			return err
		}
	}
	return nil
}
