package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"unmeet/calendars"
	"unmeet/internal/failpoint"
)

// unblocked has actions wait for earlier ones on the same instance, so that what is
// taken back and done anew is done in that order.
const unblocked = ` NOT EXISTS (SELECT 1 FROM action b WHERE b.suggestion_id = a.suggestion_id AND b.instance = a.instance AND b.id < a.id
	AND b.state IN ('waiting', 'due', 'begun')) `

// alone has actions wait for those that are being done for the same person at $1, so that
// no calendar is written to by two at a time, and one that hangs takes up one of them.
const alone = ` NOT EXISTS (SELECT 1 FROM action b JOIN suggestion t ON t.id = b.suggestion_id JOIN suggestion s ON s.person_id = t.person_id
	WHERE s.id = a.suggestion_id AND b.lease_until > $1 AND b.state IN ('waiting', 'due', 'begun')) `

// TakeActions leases up to n actions that are due at now, or for which it is too late,
// and that nobody does, nor any other for the same person, to by for as long as lease, and returns them, the longest
// overdue first. While unmeet is paused it returns none.
func (db *DB) TakeActions(ctx context.Context, now time.Time, by string, lease time.Duration, n int) (taken []Action, err error) {
	until := now.Add(lease).Truncate(time.Second)
	err = db.change(ctx, func(tx *sql.Tx) error {
		taken = nil
		if err := refusePaused(ctx, tx); err != nil {
			if errors.Is(err, ErrPaused) {
				return nil
			}
			return err
		}
		taken, err = actions(ctx, tx, ` WHERE`+openActions+`AND a.lease_until <= $1 AND (a.state IN ('due', 'begun') AND a.next_at <= $1
			OR a.state IN ('due', 'waiting') AND a.needs <> 'effect' AND a.until_s <= $1) AND`+unblocked+`AND`+alone+`ORDER BY a.next_at, a.id LIMIT $2`, now.Unix(), n)
		if err != nil {
			return err
		}
		for i := range taken {
			a := &taken[i]
			a.Lease = MailLease{by, until}
			if _, err := tx.ExecContext(ctx, `UPDATE action SET lease_by = $1, lease_until = $2 WHERE id = $3`, by, until.Unix(), a.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lease actions: %w", err)
	}
	return taken, nil
}

// NextAction returns when there is next something to be done, or looked at, of what
// nobody does at now; zero if there is nothing.
func (db *DB) NextAction(ctx context.Context, now time.Time) (time.Time, error) {
	var action, late, glance int64
	err := db.read.QueryRowContext(ctx, `SELECT
		(SELECT COALESCE(MIN(a.next_at), 0) FROM action a WHERE a.state IN ('due', 'begun') AND a.lease_until <= $1),
		(SELECT COALESCE(MIN(a.until_s), 0) FROM action a WHERE a.state = 'waiting' AND a.needs <> 'effect' AND a.lease_until <= $1),
		(SELECT COALESCE(MIN(next_at), 0) FROM glance WHERE next_at > 0)`, now.Unix()).Scan(&action, &late, &glance)
	if err != nil {
		return time.Time{}, fmt.Errorf("next action due: %w", err)
	}
	var next int64
	for _, at := range []int64{action, late, glance} {
		if at > 0 && (next == 0 || at < next) {
			next = at
		}
	}
	return timeOf(next), nil
}

// CappedError says that as much was written to calendars within an hour as may be.
type CappedError struct{ Until time.Time }

// Error implements error.
func (e *CappedError) Error() string {
	return "enough was written to calendars this hour: it goes on at " + e.Until.UTC().Format(time.RFC3339)
}

// Capped returns until when nothing may be written to calendars, because perHour times
// it was within the last hour; zero if something may.
func (db *DB) Capped(ctx context.Context, now time.Time, perHour int) (time.Time, error) {
	until, err := capped(ctx, db.read, now, perHour)
	if err != nil {
		return time.Time{}, fmt.Errorf("how much was written this hour: %w", err)
	}
	return until, nil
}

func capped(ctx context.Context, q queryer, now time.Time, perHour int) (until time.Time, err error) {
	err = each(ctx, q, `SELECT at FROM attempt WHERE at > $1 ORDER BY at DESC LIMIT 1 OFFSET $2`, func(rows *sql.Rows) error {
		var at int64
		err := rows.Scan(&at)
		until = timeOf(at).Add(time.Hour)
		return err
	}, now.Add(-time.Hour).Unix(), max(perHour, 1)-1)
	return until, err
}

// ErrNoPart says that an action's person takes no part any more.
var ErrNoPart = errors.New("the person takes no part any more")

// BeginAction notes that a calendar is about to be written to at now, with the
// action's Intent and Receipt as they are to be. Whoever dies after that leaves an
// action that may have been done. It is an ErrPaused while unmeet is paused, a
// [*CappedError] where perHour writes an hour are reached, an ErrActionTaken if the
// action was taken back, and an ErrNoPart if its person takes no part any more.
func (db *DB) BeginAction(ctx context.Context, a *Action, now time.Time, perHour int) error {
	intent, err := json.Marshal(a.Intent)
	if err != nil {
		return fmt.Errorf("begin action %d: %w", a.ID, err)
	}
	receipt, err := json.Marshal(a.back())
	if err != nil {
		return fmt.Errorf("begin action %d: %w", a.ID, err)
	}
	failpoint.Hit("action-before-begin")
	err = db.settleAction(ctx, *a, func(tx *sql.Tx) error {
		if err := refusePaused(ctx, tx); err != nil {
			return err
		}
		switch until, err := capped(ctx, tx, now, perHour); {
		case err != nil:
			return err
		case !until.IsZero():
			return &CappedError{until}
		}
		if _, err := asking(ctx, tx, a.Intent.Owner); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO attempt (action_id, at) VALUES ($1, $2)`, a.ID, now.Unix()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE action SET state = 'begun', needs = '', intent = $2, receipt = $3 WHERE id = $1`, a.ID, string(intent), string(receipt))
		return err
	})
	if err == nil {
		a.State, a.Needs = ActionBegun, ""
		failpoint.Hit("action-after-begin")
	}
	return err
}

// asking finds a person for whom something may be done.
func asking(ctx context.Context, tx *sql.Tx, address string) (person int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT p.id FROM person p JOIN address a ON a.person_id = p.id WHERE a.addr = lower($1) AND p.state = 'enrolled'`, address).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoPart
	}
	return person, err
}

// Ending is how the way of an action ends.
type Ending struct {
	State     ActionState // none of the open ones
	Overtaken calendars.Overtaken
	Why, Hint string
	Receipt   *calendars.Receipt // of one that was applied
}

// ActionMail is a mail that tells of an action.
type ActionMail struct {
	Mail   NewMail
	Tokens []NewToken // with Suggestion 0 for that of the action, -1 for the mail as a whole
}

// Tell writes what is to be mailed of an action, as it is now.
type Tell func(Case, Action) []ActionMail

// EndAction ends the way of an action at now. Tell, unless nil, says what is mailed of
// it, in the same transaction. It is an ErrActionTaken if the lease was lost.
func (db *DB) EndAction(ctx context.Context, a *Action, now time.Time, e Ending, tell Tell) error {
	return db.settleAction(ctx, *a, func(tx *sql.Tx) error {
		receipt := ""
		if e.State == ActionApplied {
			a.Receipt = e.Receipt
			text, err := json.Marshal(a.back())
			if err != nil {
				return err
			}
			receipt = string(text)
		}
		_, err := tx.ExecContext(ctx, `UPDATE action SET state = $2, needs = '', overtaken = $3, why = $4, hint = $5, receipt = $6, ended_at = $7,
			lease_by = '', lease_until = 0 WHERE id = $1`, a.ID, string(e.State), string(e.Overtaken), e.Why, e.Hint, receipt, now.Unix())
		if err != nil {
			return err
		}
		a.State, a.Needs, a.Overtaken, a.Why, a.Hint, a.Ended = e.State, "", e.Overtaken, e.Why, e.Hint, now
		if err := db.ended(ctx, tx, now, *a); err != nil {
			return err
		}
		if err := a.tell(ctx, tx, now, tell); err != nil {
			return err
		}
		failpoint.Hit("action-in-mark")
		return nil
	})
}

// ended does what follows from the end of an action.
func (db *DB) ended(ctx context.Context, tx *sql.Tx, now time.Time, a Action) error {
	if a.Undoes == 0 {
		if err := a.settleBack(ctx, tx, now, a.State == ActionApplied || a.State == ActionHanded); err != nil {
			return err
		}
		if err := a.thaw(ctx, tx); err != nil {
			return err
		}
	}
	if a.State == ActionApplied {
		return db.date(ctx, tx, a.Intent)
	}
	return nil
}

// thaw gives up what was planned by an answer of which nothing came. What the person
// had done by hand before is none the less done.
func (a Action) thaw(ctx context.Context, tx *sql.Tx) error {
	nothing := a.State == ActionFailed || a.State == ActionDropped || a.State == ActionSuperseded && a.Overtaken != ""
	if !nothing || a.Revoked {
		return nil
	}
	epoch, err := a.planEpoch(ctx, tx)
	switch {
	case err != nil:
		return err
	case a.Intent.Verb == calendars.Cancel:
		return thawOccurrence(ctx, tx, a.Suggestion, epoch, a.Intent.Ref.Instance)
	case a.Intent.Verb == calendars.Respond:
		return thawPlan(ctx, tx, a.Suggestion, epoch, time.Time{})
	}
	return thawPlan(ctx, tx, a.Suggestion, epoch, a.Intent.Start)
}

// replan is the inverse of thaw, of what lies ahead.
func (a Action) replan(ctx context.Context, tx *sql.Tx, now time.Time) error {
	epoch, err := a.planEpoch(ctx, tx)
	if err != nil {
		return err
	}
	only := "" // instance
	if a.Intent.Verb == calendars.Cancel {
		only = string(a.Intent.Ref.Instance)
	}
	_, err = refreeze(ctx, tx, a.Suggestion, epoch, now, only)
	return err
}

// planEpoch is the epoch of the plan that an action is to bring about.
func (a Action) planEpoch(ctx context.Context, tx *sql.Tx) (epoch int, err error) {
	if a.Intent.Verb == calendars.End || a.Intent.Verb == calendars.Shorten {
		return a.Epoch, nil
	}
	// Of the answer that stands: what is done for it may be from before.
	err = tx.QueryRowContext(ctx, `SELECT epoch FROM suggestion WHERE id = $1`, a.Suggestion).Scan(&epoch)
	return epoch, err
}

// settleBack says to the action that takes a back, if it waits, what became of a.
func (a Action) settleBack(ctx context.Context, tx *sql.Tx, now time.Time, done bool) error {
	waiting, err := actions(ctx, tx, ` WHERE a.undoes = $1 AND a.state = 'waiting' AND a.needs = 'effect'`, a.ID)
	if err != nil {
		return err
	}
	for _, b := range waiting {
		if !done {
			if err := b.drop(ctx, tx, now); err != nil {
				return err
			}
			continue
		}
		b.Intent = a.Intent
		b.Intent.Back = a.back()
		intent, err := json.Marshal(b.Intent)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE action SET state = 'due', needs = '', intent = $2 WHERE id = $1`, b.ID, string(intent)); err != nil {
			return err
		}
	}
	return nil
}

// tell queues the mails that tell of a.
func (a Action) tell(ctx context.Context, tx *sql.Tx, now time.Time, tell Tell) error {
	if tell == nil {
		return nil
	}
	c, err := readCase(ctx, tx, a.Suggestion)
	if err != nil {
		return err
	}
	for _, m := range tell(c, a) {
		if err := c.queue(ctx, tx, now, m.Mail, m.Tokens); err != nil && !errors.Is(err, ErrMailKnown) {
			return err
		}
	}
	return nil
}

// TellOf queues what is to be mailed of an action after its end.
func (db *DB) TellOf(ctx context.Context, now time.Time, action int64, tell Tell) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		all, err := actions(ctx, tx, ` WHERE a.id = $1`, action)
		if err != nil || len(all) == 0 {
			return err
		}
		return all[0].tell(ctx, tx, now, tell)
	})
	if err != nil {
		return fmt.Errorf("mail of action %d: %w", action, err)
	}
	return nil
}

// PutOff is why an action could not be done yet.
type PutOff struct {
	Needs     ActionNeed // what it waits for; "": for its time alone
	Why, Hint string
	Next      time.Time // when it is tried again, of one that waits for nothing else
	// Undone says that nothing was done. Otherwise, of an action that was begun, that
	// stays open.
	Undone bool
}

// PutOffAction notes why an action could not be done yet, as EndAction does how its
// way ends.
func (db *DB) PutOffAction(ctx context.Context, a *Action, now time.Time, p PutOff, tell Tell) error {
	return db.settleAction(ctx, *a, func(tx *sql.Tx) error {
		state := ActionDue
		switch {
		case a.State == ActionBegun && !p.Undone:
			state, p.Needs = ActionBegun, ""
		case p.Needs != "":
			state = ActionWaiting
		}
		next := p.Next
		if next.Before(now) {
			next = now
		}
		_, err := tx.ExecContext(ctx, `UPDATE action SET state = $2, needs = $3, why = $4, hint = $5, next_at = $6, tries = tries + 1,
			lease_by = '', lease_until = 0 WHERE id = $1`, a.ID, string(state), string(p.Needs), p.Why, p.Hint, next.Unix())
		if err != nil {
			return err
		}
		a.State, a.Needs, a.Why, a.Hint, a.Next, a.Tries = state, p.Needs, p.Why, p.Hint, next, a.Tries+1
		return a.tell(ctx, tx, now, tell)
	})
}

// ReleaseAction gives an action back of which nothing was done: nothing else changes.
func (db *DB) ReleaseAction(ctx context.Context, a Action) error {
	return db.settleAction(ctx, a, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE action SET lease_by = '', lease_until = 0 WHERE id = $1`, a.ID)
		return err
	})
}

// settleAction changes an action under its lease, so that it outlasts a loss of power.
func (db *DB) settleAction(ctx context.Context, a Action, change func(*sql.Tx) error) error {
	err := db.changeDurably(ctx, func(tx *sql.Tx) error {
		held, err := tx.ExecContext(ctx, `UPDATE action AS a SET lease_by = lease_by WHERE id = $1 AND lease_by = $2 AND lease_until = $3 AND`+openActions,
			a.ID, a.Lease.By, a.Lease.Until.Unix())
		if err := one(held, err, ErrActionTaken); err != nil {
			return err
		}
		return change(tx)
	})
	if err != nil {
		return fmt.Errorf("settle action %d: %w", a.ID, err)
	}
	return nil
}

// RetryAction has an action tried again that failed, or waits. It is an ErrNoAction if
// there is none with that id, and an error that says so if its way has ended
// otherwise, if it is taken back, or if it is too late.
func (db *DB) RetryAction(ctx context.Context, now time.Time, id int64) error {
	err := db.changeDurably(ctx, func(tx *sql.Tx) error {
		found, err := actions(ctx, tx, ` WHERE a.id = $1`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return ErrNoAction
		}
		a := found[0]
		switch {
		case a.State != ActionFailed && !a.Open() || a.Needs == NeedsEffect:
			return fmt.Errorf("%w: it is %s", ErrNoRetry, a.State)
		case a.Revoked:
			return fmt.Errorf("%w: it is taken back", ErrNoRetry)
		case !now.Before(a.Until):
			return fmt.Errorf("%w: it is too late", ErrNoRetry)
		}
		newer, err := actions(ctx, tx, ` WHERE a.suggestion_id = $1 AND a.instance = $2 AND a.id > $3 AND a.undoes IS NULL AND a.state NOT IN ('dropped', 'failed')`,
			a.Suggestion, string(a.Intent.Ref.Instance), id)
		switch {
		case err != nil:
			return err
		case a.Undoes != 0 && len(newer) > 0:
			return fmt.Errorf("%w: it was answered anew since", ErrNoRetry)
		}
		state := ActionDue
		if a.State == ActionBegun {
			state = ActionBegun
		}
		_, err = tx.ExecContext(ctx, `UPDATE action SET state = $2, needs = '', tries = 0, ended_at = 0, next_at = $3 WHERE id = $1`, id, string(state), now.Unix())
		if err != nil || a.State != ActionFailed || a.Undoes != 0 {
			return err
		}
		return a.replan(ctx, tx, now)
	})
	if err != nil {
		return fmt.Errorf("retry action %d: %w", id, err)
	}
	return nil
}

// ErrNoRetry says that an action cannot be tried again.
var ErrNoRetry = errors.New("it cannot be tried again")

// wakeActions has tried again what waits for somebody to connect, or to allow more.
func wakeActions(ctx context.Context, tx *sql.Tx, now time.Time, owner string) error {
	_, err := tx.ExecContext(ctx, `UPDATE action SET state = 'due', needs = '', next_at = $1 WHERE state = 'waiting' AND needs IN ('consent', 'connection')
		AND suggestion_id IN (SELECT s.id FROM suggestion s JOIN address a ON a.person_id = s.person_id WHERE a.addr = $2)`, now.Unix(), owner)
	return err
}
