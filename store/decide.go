package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"unmeet/calendars"
	"unmeet/internal/failpoint"
)

// Case is a suggestion that is to be decided on, and what stands around it.
type Case struct {
	Suggestion
	Paused       bool   // unmeet is
	Unsubscribed bool   // the person is
	Language     string // of the person, "" as their group has it
	MessageID    string // of the mail that it went out with, "" if that is gone
	stood        int    // epoch of the answer that stood before the decision
	Seen         Glance // what the person's calendar said while the answer was held that stands
}

// Decision is what becomes of a suggestion. The zero Decision, but for the answer,
// changes nothing else.
type Decision struct {
	Answer   Answer
	Next     time.Time // when time changes it again; zero: never
	Outcomes []NewOutcome
	Lift     bool // the silences that it has brought before
	// Supersede takes back what others were asked to decline of the meeting's lineage
	// and have not answered.
	Supersede bool
	Silences  []NewSilence
	// Forget revokes the person's browsers that came to be known by answering, since
	// then or this suggestion; zero: none.
	Forget time.Time
	// Mail goes to the person, unless nothing is sent to their address; nil: none.
	// Its Tokens have Suggestion 0 for this one.
	Mail   *NewMail
	Tokens []NewToken
	// Look has somebody look at the person's calendar while the answer is held.
	Look bool
	// Accepted says that an answer stands from now on. Actions are what is to be done
	// about it; Again, that taking them back was cancelled.
	Accepted bool
	Again    bool
	Actions  []NewAction
	Trial    *NewTrial // that an accepted answer begins, or goes on with; nil: none
	// TakeBack says that an accepted answer stands no more: what was done about it is
	// taken back from TakeBackAt on, as far as it begins after now where UpcomingOnly.
	TakeBack     bool
	TakeBackAt   time.Time
	UpcomingOnly bool
}

// Decide lets f say what becomes of a suggestion, and does it in the same
// transaction, so that two who decide at once do so one after the other. What was
// decided survives a loss of power. With an error of f nothing is changed, and the
// suggestion is returned as it is. Via is the way by which it came, for outcomes.
func (db *DB) Decide(ctx context.Context, now time.Time, id int64, via string, f func(Case) (Decision, error)) (Suggestion, error) {
	var c Case
	err := db.changeDurably(ctx, func(tx *sql.Tx) (err error) {
		if c, err = readCase(ctx, tx, id); err != nil {
			return err
		}
		d, err := f(c)
		if err != nil {
			return err
		}
		before := c.Suggestion
		c.stood, c.Suggestion.Answer = c.Epoch, d.Answer
		if err := c.decided(ctx, tx, now, via, d); err != nil {
			c.Suggestion = before
			return err
		}
		failpoint.Hit("in-decide")
		return nil
	})
	if err != nil {
		return c.Suggestion, fmt.Errorf("decide on suggestion %d: %w", id, err)
	}
	return c.Suggestion, nil
}

func readCase(ctx context.Context, tx *sql.Tx, id int64) (c Case, err error) {
	if c.Suggestion, err = suggestion(ctx, tx, id); err != nil {
		return c, err
	}
	err = refusePaused(ctx, tx)
	if errors.Is(err, ErrPaused) {
		c.Paused, err = true, nil
	}
	if err != nil {
		return c, err
	}
	err = each(ctx, tx, `SELECT unsubscribed <> 0, language FROM person WHERE email = $1`, func(rows *sql.Rows) error {
		return rows.Scan(&c.Unsubscribed, &c.Language)
	}, c.Person)
	if err != nil {
		return c, err
	}
	if c.Seen, err = glanceOf(ctx, tx, c.Suggestion); err != nil {
		return c, err
	}
	return c, each(ctx, tx, `SELECT message_id FROM mail WHERE id = $1`, func(rows *sql.Rows) error { return rows.Scan(&c.MessageID) }, c.Mail)
}

// decided writes a decision down.
func (c Case) decided(ctx context.Context, tx *sql.Tx, now time.Time, via string, d Decision) error {
	a := d.Answer
	_, err := tx.ExecContext(ctx, `UPDATE suggestion SET state = $2, why = $3, choice = $4, scope = $5, note = $6, visitor = $7, known = $8,
		pressed_at = $9, commit_at = $10, epoch = $11, wrong = $12, said = $13, never = $14, stray_verb = $15, stray_scope = $16, stray_at = $17,
		stood = $18, voided_at = $19, next_at = $20, acting = $21 WHERE id = $1`,
		c.ID, a.State, a.Why, a.Choice, a.Scope, a.Note, a.Visitor, a.Known, unixOf(a.PressedAt), unixOf(a.CommitAt), a.Epoch, a.Wrong, a.Said, a.Never,
		a.StrayVerb, a.StrayScope, unixOf(a.StrayAt), a.Stood, unixOf(a.VoidedAt), unixOf(d.Next), a.Acting)
	if err != nil {
		return err
	}
	for _, o := range d.Outcomes {
		if err := c.record(ctx, tx, now, via, o); err != nil {
			return err
		}
	}
	if d.Lift {
		if _, err := tx.ExecContext(ctx, `DELETE FROM silence WHERE suggestion_id = $1`, c.ID); err != nil {
			return err
		}
	}
	for _, s := range d.Silences {
		if err := c.silence(ctx, tx, s); err != nil {
			return err
		}
	}
	if !d.Forget.IsZero() {
		_, err := tx.ExecContext(ctx, `DELETE FROM browser WHERE (suggestion_id = $1 OR suggestion_id IS NOT NULL AND since_s >= $2)
			AND person_id = (SELECT person_id FROM suggestion WHERE id = $1)`, c.ID, d.Forget.Unix())
		if err != nil {
			return err
		}
	}
	if d.Supersede {
		_, err := withdraw(ctx, tx, now, via, "its organizer does it in writing", ` WHERE s.kind = 'decline' AND s.state = 'offered' AND s.id <> $1
			AND (s.uid = $2 AND s.organizer = $3 OR m.lineage_id = (SELECT lineage_id FROM meeting WHERE uid = $2 AND organizer = $3))`, c.ID, c.UID, c.Suggestion.Organizer)
		if err != nil {
			return err
		}
	}
	if err := c.act(ctx, tx, now, d); err != nil {
		return err
	}
	if d.Mail == nil {
		return nil
	}
	return c.queue(ctx, tx, now, *d.Mail, d.Tokens)
}

// act writes down what is to be done in calendars about a decision.
func (c Case) act(ctx context.Context, tx *sql.Tx, now time.Time, d Decision) error {
	if d.Trial != nil {
		if err := c.startTrial(ctx, tx, now, *d.Trial); err != nil {
			return err
		}
	}
	if d.TakeBack {
		if err := stopTrial(ctx, tx, c.ID); err != nil {
			return err
		}
		var only func(calendars.Intent) bool
		if d.UpcomingOnly {
			only = func(i calendars.Intent) bool { return i.Start.After(now) }
		}
		if err := takeBack(ctx, tx, now, c.ID, d.TakeBackAt, only); err != nil {
			return err
		}
		if err := thawPlan(ctx, tx, c.ID, c.stood, now); err != nil {
			return err
		}
	}
	if d.Accepted {
		if err := freezePlan(ctx, tx, now, c.Suggestion); err != nil {
			return err
		}
	}
	switch {
	case d.Look:
		return lookLater(ctx, tx, now, c.ID, c.Epoch)
	case d.Again:
		return doAgain(ctx, tx, now, c.ID, c.Epoch, d.Actions)
	}
	return insertActions(ctx, tx, now, c.ID, c.Epoch, d.Actions)
}

// queue puts a mail to the person into the outbox, unless nothing is sent to their
// address.
func (c Case) queue(ctx context.Context, tx *sql.Tx, now time.Time, m NewMail, tokens []NewToken) error {
	mail, err := insertMail(ctx, tx, now, m)
	if errors.Is(err, ErrSuppressed) {
		return nil
	}
	if err != nil {
		return err
	}
	var person int64
	if err := tx.QueryRowContext(ctx, `SELECT person_id FROM suggestion WHERE id = $1`, c.ID).Scan(&person); err != nil {
		return err
	}
	return addTokens(ctx, tx, person, mail, []int64{c.ID}, tokens)
}

// unixOf is the inverse of timeOf.
func unixOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// DueSuggestions returns up to n suggestions that time changes at now or before,
// the longest overdue first.
func (db *DB) DueSuggestions(ctx context.Context, now time.Time, n int) (ids []int64, err error) {
	err = each(ctx, db.read, `SELECT id FROM suggestion WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at, id LIMIT $2`, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, now.Unix(), n)
	if err != nil {
		return nil, fmt.Errorf("suggestions due: %w", err)
	}
	return ids, nil
}

// NextSuggestion returns when time changes the next suggestion; zero if it changes
// none.
func (db *DB) NextSuggestion(ctx context.Context) (time.Time, error) {
	var next int64
	err := db.read.QueryRowContext(ctx, `SELECT next_at FROM suggestion WHERE next_at > 0 ORDER BY next_at LIMIT 1`).Scan(&next)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("next suggestion due: %w", err)
	}
	return timeOf(next), nil
}

// Withdraw takes the given suggestions back, and says why. Those that are not open
// stay as they are; it returns how many were.
func (db *DB) Withdraw(ctx context.Context, now time.Time, ids []int64, via, why string) (n int, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		n = 0
		for _, id := range ids {
			taken, err := withdraw(ctx, tx, now, via, why, ` WHERE s.id = $1`, id)
			if err != nil {
				return err
			}
			n += taken
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("withdraw suggestions: %w", err)
	}
	return n, nil
}

// Overtaken returns the suggestions that nobody has answered and whose meeting is not
// any more what they are about: it was called off, or takes place at another time. Of
// meetings that are not known at now nothing can be told.
func (db *DB) Overtaken(ctx context.Context, now time.Time) (ids []int64, err error) {
	err = each(ctx, db.read, `SELECT s.id FROM suggestion s JOIN meeting m ON m.uid = s.uid AND m.organizer = s.organizer
		WHERE s.state = 'offered' AND s.starts_s > $1 AND EXISTS (SELECT 1 FROM occurrence o WHERE o.meeting_id = m.id)
		AND NOT EXISTS (SELECT 1 FROM occurrence o WHERE o.meeting_id = m.id AND o.instance = s.instance AND o.start_s = s.starts_s AND o.counts <> 0)
		ORDER BY s.id`, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, now.Unix())
	if err != nil {
		return nil, fmt.Errorf("suggestions whose meeting has changed: %w", err)
	}
	return ids, nil
}

// withdraw takes back the open ones of the suggestions that where finds.
func withdraw(ctx context.Context, tx *sql.Tx, now time.Time, via, why, where string, args ...any) (int, error) {
	found, err := suggestions(ctx, tx, where+` AND s.state IN ('offered', 'pending')`, args...)
	if err != nil {
		return 0, err
	}
	for _, s := range found {
		_, err := tx.ExecContext(ctx, `UPDATE suggestion SET state = 'withdrawn', why = $2, commit_at = 0, next_at = 0 WHERE id = $1`, s.ID, why)
		if err != nil {
			return 0, err
		}
		o := NewOutcome{Outcome: outcomeWithdrawn, Choice: s.Choice, Scope: s.Scope, Why: why}
		if err := s.record(ctx, tx, now, via, o); err != nil {
			return 0, err
		}
	}
	return len(found), nil
}

// mailDropped takes back the suggestions of a mail that will not be sent.
func mailDropped(ctx context.Context, tx *sql.Tx, now time.Time, mail int64, why string) error {
	_, err := withdraw(ctx, tx, now, "mail", cmp.Or(why, "its mail was not sent"), ` WHERE s.mail_id = $1`, mail)
	return err
}
