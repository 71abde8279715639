package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"unmeet/calendars"
)

// ActionState says how far an action has come.
type ActionState string

// The states of an action. The first three are open, the others end its way.
const (
	ActionWaiting    ActionState = "waiting"    // for what it needs
	ActionDue        ActionState = "due"        // to be done at its time; nothing was done yet
	ActionBegun      ActionState = "begun"      // it may have been done: no answer came
	ActionApplied    ActionState = "applied"    // done
	ActionFailed     ActionState = "failed"     // it could not be done
	ActionSuperseded ActionState = "superseded" // the world moved first
	ActionHanded     ActionState = "handed"     // the calendar cannot be written to: a mail does it, or the person by hand
	ActionDropped    ActionState = "dropped"    // taken back before it was done, or not ours to do any more
)

// ActionNeed is what an action waits for.
type ActionNeed string

// What actions wait for.
const (
	NeedsConsent    ActionNeed = "consent"    // the person lets us write to their calendar
	NeedsConnection ActionNeed = "connection" // the person connects again
	NeedsEffect     ActionNeed = "effect"     // what became of the action that it takes back
)

// NewAction is something to be done in a calendar.
type NewAction struct {
	Intent calendars.Intent // without Collection and Remote: see [DB.PlaceOf]
	Next   time.Time        // not before; zero: at once
	Until  time.Time        // from then on it is too late; zero: the Start of the Intent
}

// Action is something that is, or was, to be done in a calendar.
type Action struct {
	ID         int64
	Key        string // no two share one
	Suggestion int64
	Epoch      int   // of the answer that it comes of
	Undoes     int64 // the action that it takes back, 0 if it takes back none
	Intent     calendars.Intent
	// Receipt is what came of it: once it was begun, as it is to be; nil before.
	Receipt   *calendars.Receipt
	State     ActionState
	Needs     ActionNeed          // of one that waits
	Overtaken calendars.Overtaken // of one superseded; "": it was so already, by the person's own doing
	Why, Hint string              // why it failed, waits or was not done yet; what to do about it
	Tries     int                 // how often it did not come off
	Made      time.Time
	Ended     time.Time // zero while it is open
	Next      time.Time // when it is tried next
	Until     time.Time // from then on it is too late
	Lease     MailLease
	// Revoked says that it is taken back by now: it is only to be found out whether it
	// was done.
	Revoked bool
}

// Open reports whether there is still something to be done about an action.
func (a Action) Open() bool {
	return a.State == ActionWaiting || a.State == ActionDue || a.State == ActionBegun
}

// Unsure reports whether an action may have been done without an answer.
func (a Action) Unsure() bool { return a.State == ActionBegun }

// Why actions are refused.
var (
	// ErrActionTaken says that a lease was lost, or that the action is not open any more.
	ErrActionTaken = errors.New("somebody else does it by now, or it is not to be done any more")
	// ErrNoAction says that there is no action with an id.
	ErrNoAction = errors.New("no such action")
)

const (
	openActions = ` a.state IN ('waiting', 'due', 'begun') `
	// revoked is 1 for an action that is taken back, unless that could not be done.
	revoked       = `(SELECT COUNT(*) FROM action b WHERE b.undoes = a.id AND b.state NOT IN ('dropped', 'failed'))`
	selectActions = `SELECT a.id, a.key, a.suggestion_id, a.epoch, COALESCE(a.undoes, 0), a.intent, a.receipt, a.state, a.needs, a.overtaken, a.why, a.hint,
	a.tries, a.made_at, a.ended_at, a.next_at, a.until_s, a.lease_by, a.lease_until, ` + revoked + ` FROM action a`
)

// actions returns the actions that where finds.
func actions(ctx context.Context, q queryer, where string, args ...any) (all []Action, err error) {
	err = each(ctx, q, selectActions+where, func(rows *sql.Rows) error {
		var a Action
		var intent, receipt string
		var made, ended, next, until, leased int64
		err := rows.Scan(&a.ID, &a.Key, &a.Suggestion, &a.Epoch, &a.Undoes, &intent, &receipt, &a.State, &a.Needs, &a.Overtaken, &a.Why, &a.Hint,
			&a.Tries, &made, &ended, &next, &until, &a.Lease.By, &leased, &a.Revoked)
		if err != nil {
			return err
		}
		a.Made, a.Ended, a.Next, a.Until, a.Lease.Until = timeOf(made), timeOf(ended), timeOf(next), timeOf(until), timeOf(leased)
		err = json.Unmarshal([]byte(intent), &a.Intent)
		if err == nil && receipt != "" {
			err = json.Unmarshal([]byte(receipt), &a.Receipt)
		}
		if err != nil {
			return fmt.Errorf("action %d: %w", a.ID, err)
		}
		all = append(all, a)
		return nil
	}, args...)
	return all, err
}

// ActionsOf returns the actions that came of a suggestion, the oldest first.
func (db *DB) ActionsOf(ctx context.Context, suggestion int64) ([]Action, error) {
	all, err := actions(ctx, db.read, ` WHERE a.suggestion_id = $1 ORDER BY a.id`, suggestion)
	if err != nil {
		return nil, fmt.Errorf("actions of suggestion %d: %w", suggestion, err)
	}
	return all, nil
}

// ActionsIn returns the actions in any of the given states, the newest first, at
// most n.
func (db *DB) ActionsIn(ctx context.Context, n int, states ...ActionState) (all []Action, err error) {
	for _, state := range states {
		found, err := actions(ctx, db.read, ` WHERE a.state = $1 ORDER BY a.id DESC LIMIT $2`, string(state), n)
		if err != nil {
			return nil, fmt.Errorf("read actions: %w", err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// ActionCounts returns how many actions there are, by state.
func (db *DB) ActionCounts(ctx context.Context) (map[string]int, error) {
	all := map[string]int{}
	err := each(ctx, db.read, `SELECT state, COUNT(*) FROM action GROUP BY state`, func(rows *sql.Rows) error {
		var state string
		var n int
		err := rows.Scan(&state, &n)
		all[state] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count actions: %w", err)
	}
	return all, nil
}

// Action returns one action; ErrNoAction if there is none.
func (db *DB) Action(ctx context.Context, id int64) (Action, error) {
	found, err := actions(ctx, db.read, ` WHERE a.id = $1`, id)
	if err == nil && len(found) == 0 {
		err = ErrNoAction
	}
	if err != nil {
		return Action{}, fmt.Errorf("action %d: %w", id, err)
	}
	return found[0], nil
}

// keyOf names what is done once.
func keyOf(suggestion int64, i calendars.Intent, epoch int) string {
	return fmt.Sprintf("%d/%s/%s/%d", suggestion, i.Verb, i.Ref.Instance, epoch)
}

// backKey names what takes back the action with a key.
func backKey(key string) string { return key + "/back" }

// insertActions writes down what is to be done for a suggestion. What was written
// down before stays as it is.
func insertActions(ctx context.Context, tx *sql.Tx, now time.Time, suggestion int64, epoch int, all []NewAction) error {
	for _, n := range all {
		if n.Until.IsZero() {
			n.Until = n.Intent.Start
		}
		if _, err := insertAction(ctx, tx, now, suggestion, epoch, keyOf(suggestion, n.Intent, epoch), 0, n); err != nil {
			return err
		}
	}
	return nil
}

func insertAction(ctx context.Context, tx *sql.Tx, now time.Time, suggestion int64, epoch int, key string, undoes int64, n NewAction) (id int64, err error) {
	intent, err := json.Marshal(n.Intent)
	if err != nil {
		return 0, err
	}
	next := n.Next
	if next.Before(now) {
		next = now
	}
	var of any
	if undoes != 0 {
		of = undoes
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO action (id, key, suggestion_id, epoch, undoes, instance, verb, intent, state, made_at, next_at, until_s)
		SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, 'due', $8, $9, $10 FROM action WHERE 1 = 1
		ON CONFLICT (key) DO NOTHING RETURNING id`,
		key, suggestion, epoch, of, string(n.Intent.Ref.Instance), string(n.Intent.Verb), string(intent), now.Unix(), next.Unix(), n.Until.Unix()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// leastBack is how long there is at least to take something back.
const leastBack = time.Hour

// takeBack takes back what came of a suggestion, as far as only says so (nil: all of
// it): what has not begun, or could not be done, is dropped, and for what was done, or may have been, an
// action is written down that takes it back, from a time on. What was taken back
// before is left alone.
func takeBack(ctx context.Context, tx *sql.Tx, now time.Time, suggestion int64, from time.Time, only func(calendars.Intent) bool) error {
	all, err := actions(ctx, tx, ` WHERE a.suggestion_id = $1 AND a.undoes IS NULL AND a.state IN ('waiting', 'due', 'begun', 'applied', 'handed', 'failed') ORDER BY a.id`, suggestion)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Revoked || only != nil && !only(a.Intent) {
			continue
		}
		switch a.State {
		case ActionWaiting, ActionDue, ActionFailed: // that is not to be tried again either
			if err := a.drop(ctx, tx, now); err != nil {
				return err
			}
			continue
		}
		if err := a.undo(ctx, tx, now, from); err != nil {
			return err
		}
	}
	return nil
}

// undo writes down that a, which was done or may have been, is to be taken back.
func (a Action) undo(ctx context.Context, tx *sql.Tx, now, from time.Time) error {
	n := NewAction{Intent: a.Intent, Next: from, Until: a.Until}
	n.Intent.Back = a.back()
	if least := now.Add(leastBack); n.Until.Before(least) {
		n.Until = least
	}
	key := backKey(a.Key)
	id, err := insertAction(ctx, tx, now, a.Suggestion, a.Epoch, key, a.ID, n)
	if err != nil {
		return err
	}
	if id == 0 { // it was to be taken back before, and that was dropped, or failed
		intent, err := json.Marshal(n.Intent) // a may have ended since
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE action SET state = 'due', needs = '', why = '', hint = '', intent = $4, ended_at = 0, tries = 0, next_at = $2, until_s = $3 WHERE key = $1`,
			key, max(now.Unix(), n.Next.Unix()), n.Until.Unix(), string(intent))
		if err != nil {
			return err
		}
	}
	if err != nil || a.State != ActionBegun {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE action SET state = 'waiting', needs = 'effect' WHERE key = $1`, key)
	return err
}

// back is the receipt by which a is taken back.
func (a Action) back() *calendars.Receipt {
	if a.Receipt == nil {
		return &calendars.Receipt{}
	}
	return a.Receipt
}

// drop ends an action of which nothing was done.
func (a Action) drop(ctx context.Context, tx *sql.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE action SET state = 'dropped', needs = '', ended_at = $2, lease_by = '', lease_until = 0 WHERE id = $1`, a.ID, now.Unix())
	return err
}

// doAgain has done what was accepted before, and whose taking back was cancelled: what
// still stands, or is not taken back yet, stays.
func doAgain(ctx context.Context, tx *sql.Tx, now time.Time, suggestion int64, epoch int, all []NewAction) error {
	known, err := actions(ctx, tx, ` WHERE a.suggestion_id = $1 ORDER BY a.id`, suggestion)
	if err != nil {
		return err
	}
	stands := map[string]bool{}
	byID := map[int64]Action{}
	for _, a := range known {
		byID[a.ID] = a
		what := keyOf(suggestion, a.Intent, 0)
		switch {
		case a.Undoes == 0:
			stands[what] = a.Open() || a.State == ActionApplied || a.State == ActionHanded
		case a.State == ActionDue && a.Lease.By == "" || a.State == ActionWaiting:
			if err := a.drop(ctx, tx, now); err != nil {
				return err
			}
			stands[what] = true
		case a.State != ActionDropped:
			stands[what] = false
		}
	}
	var missing []NewAction
	for _, n := range all {
		if !stands[keyOf(suggestion, n.Intent, 0)] {
			missing = append(missing, n)
		}
	}
	return insertActions(ctx, tx, now, suggestion, epoch, missing)
}
