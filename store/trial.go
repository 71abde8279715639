package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"unmeet/calendars"
	"unmeet/internal/failpoint"
)

// NewTrial is a trial that an accepted answer begins.
type NewTrial struct {
	State       string
	Machine     []byte // how far it has come, as package trial writes it; the database looks into none of it
	Next        time.Time
	Occurrences []calendars.Instance
}

// Trial is a trial, with the suggestion that it came of.
type Trial struct {
	ID         int64
	Epoch      int    // of the answer that began it
	State      string // "undone" once that was taken back, "left" once its organizer left
	Machine    []byte // nil once its organizer left
	Next       time.Time
	Headings   []string // of its drafts; see AgendaRead
	AgendaRead bool     // somebody looked for headings, and may have found none
	Suggestion Suggestion
	Guests     []TrialGuest

	Paused       bool   // unmeet is
	Unsubscribed bool   // the organizer is
	Language     string // of the organizer, "" as their group has it
	Zone         string // likewise
}

// TrialGuest is somebody who takes part and was to attend an occurrence of a trial.
type TrialGuest struct {
	Address  string // "" once they left
	Language string // "" as their group has it
	Takes    bool   // mail
	Answer   []byte // as package agent writes it; nil: none
}

// TrialDecision is what becomes of a trial.
type TrialDecision struct {
	State    string
	Machine  []byte
	Next     time.Time
	Outcomes []NewOutcome
	Sent     map[calendars.Instance]bool // of whose updates it was said, or taken back, that they were sent
	Mails    []TrialMail
	// BringBack are occurrences to be restored in the calendar.
	BringBack []calendars.Instance
	// Actions are to be done to the series, under an epoch of their own; TakeBack is
	// the verb of those that are to be taken back, "" of none.
	Actions  []NewAction
	Epoch    int
	TakeBack calendars.Verb
	// Converted is the first occurrence that will never be, now that the meeting is
	// kept in writing; of a TakeBack, the first that will be again. Zero: neither.
	Converted time.Time
	Over      bool // what it kept for its drafts is let go
}

// TrialMail is a mail about a trial.
type TrialMail struct {
	Mail   NewMail
	Tokens []NewToken // with Suggestion 0 for the trial's, -1 for none
}

// ErrNoTrial says that there is no such trial.
var ErrNoTrial = errors.New("no such trial")

// startTrial begins a trial; one that this very answer began before, and that was
// stopped since, goes on.
func (c Case) startTrial(ctx context.Context, tx *sql.Tx, now time.Time, n NewTrial) error {
	var id int64
	err := tx.QueryRowContext(ctx, `INSERT INTO trial (id, suggestion_id, epoch, state, machine, next_at)
		SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5 FROM trial WHERE 1 = 1 ON CONFLICT (suggestion_id, epoch) DO NOTHING RETURNING id`,
		c.ID, c.Epoch, n.State, string(n.Machine), unixOf(n.Next)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = tx.ExecContext(ctx, `UPDATE trial SET state = $3, next_at = $4 WHERE suggestion_id = $1 AND epoch = $2 AND state = 'undone'`,
			c.ID, c.Epoch, n.State, now.Unix())
		return err
	}
	if err != nil {
		return err
	}
	guests := map[int64]bool{}
	for _, instance := range n.Occurrences {
		err := each(ctx, tx, `SELECT p.id FROM meeting m JOIN occurrence o ON o.meeting_id = m.id JOIN attendance t ON t.occurrence_id = o.id JOIN person p ON p.id = t.person_id
			WHERE m.uid = $1 AND m.organizer = $2 AND o.instance = $3 AND t.response NOT IN ('declined', 'delegated') AND p.state = 'enrolled'
			AND p.id <> (SELECT person_id FROM suggestion WHERE id = $4)`, func(rows *sql.Rows) error {
			var person int64
			err := rows.Scan(&person)
			guests[person] = true
			return err
		}, c.UID, c.Suggestion.Organizer, string(instance), c.ID)
		if err != nil {
			return err
		}
	}
	all := make([]int64, 0, len(guests))
	for person := range guests {
		all = append(all, person)
	}
	slices.Sort(all)
	for _, person := range all {
		_, err := tx.ExecContext(ctx, `INSERT INTO trial_guest (id, trial_id, person_id) SELECT COALESCE(MAX(id), 0) + 1, $1, $2 FROM trial_guest`, id, person)
		if err != nil {
			return err
		}
	}
	return nil
}

// stopTrial ends the trial of a suggestion whose answer does not stand any more.
func stopTrial(ctx context.Context, tx *sql.Tx, suggestion int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE trial SET state = 'undone', next_at = 0 WHERE suggestion_id = $1 AND state IN ('running', 'asking', 'ending')`, suggestion)
	return err
}

// leaveTrials forgets what a person said of trials, and their own trials but for the
// numbers.
func leaveTrials(ctx context.Context, tx *sql.Tx, person int64) error {
	for _, forget := range []string{
		`UPDATE trial SET state = 'left', machine = '', headings = '', next_at = 0 WHERE suggestion_id IN (SELECT id FROM suggestion WHERE person_id = $1)`,
		`DELETE FROM trial_guest WHERE person_id = $1 AND answer = ''`,
		`UPDATE trial_guest SET person_id = NULL WHERE person_id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, forget, person); err != nil {
			return err
		}
	}
	return nil
}

// DueTrials returns up to n trials that time changes at now or before, the longest
// overdue first.
func (db *DB) DueTrials(ctx context.Context, now time.Time, n int) (ids []int64, err error) {
	err = each(ctx, db.read, `SELECT id FROM trial WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at, id LIMIT $2`, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, now.Unix(), n)
	if err != nil {
		return nil, fmt.Errorf("trials due: %w", err)
	}
	return ids, nil
}

// NextTrial returns when time changes the next trial; zero if it changes none.
func (db *DB) NextTrial(ctx context.Context) (time.Time, error) {
	var next int64
	err := db.read.QueryRowContext(ctx, `SELECT next_at FROM trial WHERE next_at > 0 ORDER BY next_at LIMIT 1`).Scan(&next)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("next trial due: %w", err)
	}
	return timeOf(next), nil
}

// Trial returns one trial; ErrNoTrial if there is none.
func (db *DB) Trial(ctx context.Context, id int64) (Trial, error) {
	t, err := readTrial(ctx, db.read, id)
	if err != nil {
		return t, fmt.Errorf("trial %d: %w", id, err)
	}
	return t, nil
}

// TrialOf returns the last trial that came of a suggestion; ErrNoTrial if there is
// none.
func (db *DB) TrialOf(ctx context.Context, suggestion int64) (Trial, error) {
	var id int64
	err := db.read.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM trial WHERE suggestion_id = $1`, suggestion).Scan(&id)
	if err != nil {
		return Trial{}, fmt.Errorf("trial of suggestion %d: %w", suggestion, err)
	}
	return db.Trial(ctx, id)
}

func readTrial(ctx context.Context, q queryer, id int64) (t Trial, err error) {
	var of, next, unsubscribed int64
	var machine, headings string
	found := false
	err = each(ctx, q, `SELECT t.id, t.suggestion_id, t.epoch, t.state, t.machine, t.headings, t.next_at,
			COALESCE(p.language, ''), COALESCE(p.zone, ''), COALESCE(p.unsubscribed, 0), (SELECT COUNT(*) FROM meta WHERE name = $2)
		FROM trial t JOIN suggestion s ON s.id = t.suggestion_id LEFT JOIN person p ON p.id = s.person_id WHERE t.id = $1`, func(rows *sql.Rows) error {
		found = true
		return rows.Scan(&t.ID, &of, &t.Epoch, &t.State, &machine, &headings, &next, &t.Language, &t.Zone, &unsubscribed, &t.Paused)
	}, id, paused)
	switch {
	case err != nil:
		return t, err
	case !found:
		return t, ErrNoTrial
	}
	t.Next, t.Unsubscribed = timeOf(next), unsubscribed != 0
	if machine != "" {
		t.Machine = []byte(machine)
	}
	if headings != "" {
		t.AgendaRead = true
		if err := json.Unmarshal([]byte(headings), &t.Headings); err != nil {
			return t, fmt.Errorf("its headings: %w", err)
		}
	}
	if t.Suggestion, err = suggestion(ctx, q, of); err != nil {
		return t, err
	}
	return t, each(ctx, q, `SELECT COALESCE(p.email, ''), COALESCE(p.language, ''), COALESCE(p.state, '') = 'enrolled' AND p.unsubscribed = 0, g.answer
		FROM trial_guest g LEFT JOIN person p ON p.id = g.person_id WHERE g.trial_id = $1 ORDER BY g.id`, func(rows *sql.Rows) error {
		var g TrialGuest
		var takes sql.NullBool
		var answer string
		err := rows.Scan(&g.Address, &g.Language, &takes, &answer)
		g.Takes = takes.Bool
		if answer != "" {
			g.Answer = []byte(answer)
		}
		t.Guests = append(t.Guests, g)
		return err
	}, id)
}

// StepTrial lets f say what becomes of a trial, and does it in the same transaction.
// With an error of f nothing is changed. Via is the way by which it came, for
// outcomes.
func (db *DB) StepTrial(ctx context.Context, now time.Time, id int64, via string, f func(Trial) (TrialDecision, error)) error {
	err := db.changeDurably(ctx, func(tx *sql.Tx) error {
		t, err := readTrial(ctx, tx, id)
		if err != nil {
			return err
		}
		d, err := f(t)
		if err != nil {
			return err
		}
		err = t.decided(ctx, tx, now, via, d)
		failpoint.Hit("in-trial")
		return err
	})
	if err != nil {
		return fmt.Errorf("trial %d: %w", id, err)
	}
	return nil
}

// decided writes a decision down.
func (t Trial) decided(ctx context.Context, tx *sql.Tx, now time.Time, via string, d TrialDecision) error {
	_, err := tx.ExecContext(ctx, `UPDATE trial SET state = $2, machine = $3, next_at = $4, headings = CASE WHEN $5 THEN '' ELSE headings END WHERE id = $1`,
		t.ID, d.State, string(d.Machine), unixOf(d.Next), d.Over)
	if err != nil {
		return err
	}
	s := t.Suggestion
	for _, o := range d.Outcomes {
		if err := s.record(ctx, tx, now, via, o); err != nil {
			return err
		}
	}
	if err := t.act(ctx, tx, now, d); err != nil {
		return err
	}
	for _, m := range d.Mails {
		if err := t.queue(ctx, tx, now, m); err != nil {
			return err
		}
	}
	return nil
}

// act writes down what is to be done in calendars, and what it means for the plan.
func (t Trial) act(ctx context.Context, tx *sql.Tx, now time.Time, d TrialDecision) error {
	if len(d.BringBack) > 0 {
		err := takeBack(ctx, tx, now, t.Suggestion.ID, now, func(i calendars.Intent) bool {
			return i.Verb == calendars.Cancel && slices.Contains(d.BringBack, i.Ref.Instance)
		})
		if err != nil {
			return err
		}
		for _, instance := range d.BringBack { // of that nothing is accepted any more
			if err := thawOccurrence(ctx, tx, t.Suggestion.ID, t.Epoch, instance); err != nil {
				return err
			}
		}
	}
	for instance, sent := range d.Sent {
		if err := sentPlan(ctx, tx, t.Suggestion.ID, t.Epoch, instance, sent); err != nil {
			return err
		}
	}
	if d.TakeBack != "" {
		err := takeBack(ctx, tx, now, t.Suggestion.ID, now, func(i calendars.Intent) bool { return i.Verb == d.TakeBack })
		if err != nil {
			return err
		}
	}
	switch {
	case d.Converted.IsZero():
	case d.TakeBack != "":
		if err := thawPlan(ctx, tx, t.Suggestion.ID, d.Epoch, d.Converted); err != nil {
			return err
		}
	default:
		if err := freezeConverted(ctx, tx, now, t.Suggestion, d.Epoch, d.Converted); err != nil {
			return err
		}
	}
	return insertActions(ctx, tx, now, t.Suggestion.ID, d.Epoch, d.Actions)
}

// queue puts a mail about t into the outbox, unless nothing is sent to its address
// or its person left just now.
func (t Trial) queue(ctx context.Context, tx *sql.Tx, now time.Time, m TrialMail) error {
	person, err := asked(ctx, tx, m.Mail.Person)
	if errors.Is(err, ErrNotAsked) {
		return nil
	}
	if err != nil {
		return err
	}
	mail, err := insertMail(ctx, tx, now, m.Mail)
	if errors.Is(err, ErrSuppressed) {
		return nil
	}
	if err != nil {
		return err
	}
	tokens := slices.Clone(m.Tokens)
	for i := range tokens {
		tokens[i].Trial = t.ID
	}
	return addTokens(ctx, tx, person, mail, []int64{t.Suggestion.ID}, tokens)
}

// SayOfTrial lets f say what becomes of what a guest said of a trial. It is an
// ErrNoTrial if they are not among its guests.
func (db *DB) SayOfTrial(ctx context.Context, id int64, guest string, f func(Trial, []byte) ([]byte, error)) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		t, err := readTrial(ctx, tx, id)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(t.Guests, func(g TrialGuest) bool { return g.Address == guest && guest != "" })
		if at < 0 {
			return ErrNoTrial
		}
		answer, err := f(t, t.Guests[at].Answer)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE trial_guest SET answer = $3 WHERE trial_id = $1 AND person_id = (SELECT person_id FROM address WHERE addr = $2)`,
			id, guest, string(answer))
		return err
	})
	if err != nil {
		return fmt.Errorf("trial %d: %w", id, err)
	}
	return nil
}

// SetHeadings keeps what the drafts of a trial are headed by; none is kept, too, so
// that nobody looks again.
func (db *DB) SetHeadings(ctx context.Context, id int64, headings []string) error {
	if headings == nil {
		headings = []string{}
	}
	text, err := json.Marshal(headings)
	if err != nil {
		return fmt.Errorf("headings of trial %d: %w", id, err)
	}
	err = db.change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE trial SET headings = $2 WHERE id = $1 AND state IN ('running', 'asking', 'ending')`, id, string(text))
		return one(done, err, ErrNoTrial)
	})
	if err != nil {
		return fmt.Errorf("headings of trial %d: %w", id, err)
	}
	return nil
}

// NextOccurrence returns when a meeting takes place next after a time, as far as that
// is known; ok is false if it is not.
func (db *DB) NextOccurrence(ctx context.Context, uid, organizer string, after time.Time) (s Slot, ok bool, err error) {
	err = each(ctx, db.read, `SELECT o.instance, o.start_s, o.end_s FROM meeting m JOIN occurrence o ON o.meeting_id = m.id
		WHERE m.uid = $1 AND m.organizer = $2 AND o.start_s > $3 AND o.counts <> 0 ORDER BY o.start_s, o.instance LIMIT 1`, func(rows *sql.Rows) error {
		var start, end int64
		err := rows.Scan(&s.Instance, &start, &end)
		s.Start, s.End, ok = time.Unix(start, 0).UTC(), time.Unix(end, 0).UTC(), true
		return err
	}, uid, organizer, after.Unix())
	if err != nil {
		return Slot{}, false, fmt.Errorf("when %s takes place next: %w", uid, err)
	}
	return s, ok, nil
}

// Invited returns who is invited to an occurrence, its organizer included; to any of
// its meeting's where the occurrence is not known any more.
func (db *DB) Invited(ctx context.Context, uid, organizer string, instance calendars.Instance) (people []Guest, err error) {
	err = each(ctx, db.read, `SELECT s.guests_json FROM meeting m JOIN subject s ON s.meeting_id = m.id
		LEFT JOIN occurrence o ON o.meeting_id = m.id AND o.subject_hash = s.hash AND o.instance = $3
		WHERE m.uid = $1 AND m.organizer = $2 ORDER BY CASE WHEN o.id IS NULL THEN 1 ELSE 0 END, s.hash LIMIT 1`, func(rows *sql.Rows) error {
		var guests []byte
		if err := rows.Scan(&guests); err != nil {
			return err
		}
		return json.Unmarshal(guests, &people)
	}, uid, organizer, string(instance))
	if err != nil {
		return nil, fmt.Errorf("who is invited to %s: %w", uid, err)
	}
	return people, nil
}
