package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
	"unmeet/store/hours"
)

// Suggestion is one that was put to a person, and what they answered.
type Suggestion struct {
	ID          int64
	Person      string // address, "" once the person left
	Mail        int64  // that it went out with
	Offered     time.Time
	UID         string // of the meeting; "" once the person left, and so Organizer and Instance
	Organizer   string
	Instance    calendars.Instance
	Lineage     int64 // of the meeting as it is known now, 0 if it is not
	Kind        string
	Recurring   bool   // it can be answered for this occurrence and all after it
	Minutes     int    // that it would give back
	Category    string // that the meeting was classified as
	Starts      time.Time
	Expires     time.Time // from then on it cannot be answered
	Closes      time.Time // from then on an answer cannot be taken back
	SubjectHash string
	RulesHash   string
	Snapshot    []byte // what the mail showed; nil once the person left
	Answer
}

// Answer is how far a suggestion has come, in the words of package click. The
// database itself knows that "offered" and "pending" are open, and "withdrawn".
type Answer struct {
	State      string
	Why        string // it was withdrawn
	Choice     string
	Scope      string
	Note       string
	Visitor    string
	Known      bool
	PressedAt  time.Time
	CommitAt   time.Time
	Epoch      int
	Wrong      bool
	Said       string
	Never      bool
	StrayVerb  string
	StrayScope string
	StrayAt    time.Time
	Stood      string // before stray answers, as package agent writes it
	VoidedAt   time.Time
	Acting     string // address of the assistant who gave it, "" if the person did, or nobody; of the person where they took one back
}

// NewSuggestion is a suggestion to be offered.
type NewSuggestion struct {
	UID         string
	Organizer   string // address, "" if the meeting names none
	Instance    calendars.Instance
	Kind        string
	Recurring   bool
	Minutes     int
	Category    string
	Starts      time.Time
	Expires     time.Time
	Closes      time.Time // not before Expires
	SubjectHash string
	RulesHash   string
	Rules       []string // ids of those that spoke for it
	Snapshot    []byte
	Occurrences []calendars.Instance // of a trial, those that it does in writing
	Cost        hours.Cost           // of doing one in writing
}

// same reports whether n and o ask the same.
func (n NewSuggestion) same(o NewSuggestion) bool {
	return n.UID == o.UID && n.Organizer == o.Organizer && n.Instance == o.Instance && n.Kind == o.Kind
}

// Digest is a mail with suggestions.
type Digest struct {
	Person      string // address
	Suggestions []NewSuggestion
	MaxDeclines int // to how many people an occurrence is suggested to be declined; 0: to any number
	Tokens      []NewToken
	Mail        NewMail
}

// Why something is not offered.
var (
	ErrNotAsked = errors.New("the person takes no suggestions")
	ErrAsked    = errors.New("the person has been asked that and has not answered yet")
	ErrSilenced = errors.New("somebody wants no suggestions about that")
	ErrEnough   = errors.New("enough others have been asked to decline that")
	ErrTrial    = errors.New("the organizer was asked to do that in writing, or does so")
)

// RefusedError says which suggestions of a digest cannot be offered, and why.
type RefusedError struct {
	Why map[int]error // by index: ErrAsked, ErrSilenced, ErrEnough, ErrTrial
}

// Error implements error.
func (e *RefusedError) Error() string {
	var all []string
	for _, i := range slices.Sorted(maps.Keys(e.Why)) {
		all = append(all, fmt.Sprintf("suggestion %d: %v", i, e.Why[i]))
	}
	return strings.Join(all, "; ")
}

// Unwrap returns the reasons.
func (e *RefusedError) Unwrap() []error { return slices.Collect(maps.Values(e.Why)) }

// Offer puts suggestions to a person: it keeps them with the links and the outcomes
// "suggested", and queues the mail, all or nothing, so that it would survive a loss
// of power. It is an [ErrPaused] while unmeet is paused, an [ErrNotAsked] if the
// person is not enrolled or unsubscribed, and a [RefusedError] if any of it is open
// already, or is not to be asked (any more) whatever the rest.
func (db *DB) Offer(ctx context.Context, now time.Time, d Digest) error {
	err := db.changeDurably(ctx, func(tx *sql.Tx) error {
		if err := refusePaused(ctx, tx); err != nil {
			return err
		}
		person, err := asked(ctx, tx, d.Person)
		if err != nil {
			return err
		}
		e, err := loadEraser(ctx, tx)
		if err != nil {
			return err
		}
		refused := map[int]error{}
		for i, n := range d.Suggestions {
			why, err := refusal(ctx, tx, now, person, n, d.MaxDeclines)
			if err != nil {
				return err
			}
			if e.knows(n.Organizer) || e.text(n.UID+" "+string(n.Snapshot)) != n.UID+" "+string(n.Snapshot) {
				why = ErrSilenced // they were forgotten while this was composed
			}
			if slices.ContainsFunc(d.Suggestions[:i], n.same) {
				why = ErrAsked
			}
			if why != nil {
				refused[i] = why
			}
		}
		if len(refused) > 0 {
			return &RefusedError{refused}
		}
		mail, err := insertMail(ctx, tx, now, d.Mail)
		if err != nil {
			return err
		}
		ids := make([]int64, len(d.Suggestions))
		for i, n := range d.Suggestions {
			if ids[i], err = offer(ctx, tx, now, person, mail, n); err != nil {
				return err
			}
		}
		return addTokens(ctx, tx, person, mail, ids, d.Tokens)
	})
	if err != nil {
		return fmt.Errorf("offer suggestions to %s: %w", d.Person, err)
	}
	return nil
}

// asked finds a person who may be asked.
func asked(ctx context.Context, tx *sql.Tx, address string) (person int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT p.id FROM person p JOIN address a ON a.person_id = p.id
		WHERE a.addr = lower($1) AND p.state = 'enrolled' AND p.unsubscribed = 0`, address).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, ErrNotAsked
	}
	return person, err
}

// refusal is why a suggestion is not to be put to a person, nil if it may be.
func refusal(ctx context.Context, tx *sql.Tx, now time.Time, person int64, n NewSuggestion, maxDeclines int) (why, err error) {
	var open, trials, declines int
	err = tx.QueryRowContext(ctx, `SELECT
			(SELECT COUNT(*) FROM suggestion WHERE person_id = $1 AND uid = $2 AND organizer = $3 AND instance = $4 AND kind = $5 AND state IN ('offered', 'pending')),
			(SELECT COUNT(*) FROM (SELECT $2 AS uid, $3 AS organizer UNION SELECT m.uid, m.organizer FROM meeting o JOIN meeting m ON m.lineage_id = o.lineage_id
				WHERE o.uid = $2 AND o.organizer = $3) l CROSS JOIN suggestion s ON s.uid = l.uid AND s.organizer = l.organizer
				WHERE s.kind = 'trial' AND s.person_id IS NOT NULL AND s.state IN ('offered', 'pending', 'accepted') AND s.closes_s > $6),
			(SELECT COUNT(DISTINCT person_id) FROM suggestion WHERE person_id <> $1 AND uid = $2 AND organizer = $3 AND instance = $4 AND kind = 'decline' AND state <> 'withdrawn')`,
		person, n.UID, n.Organizer, string(n.Instance), n.Kind, now.Unix()).Scan(&open, &trials, &declines)
	if err != nil {
		return nil, err
	}
	silent, err := silenced(ctx, tx, now, person, n.UID, n.Organizer)
	switch {
	case err != nil:
		return nil, err
	case open > 0:
		return ErrAsked, nil
	case silent:
		return ErrSilenced, nil
	case n.Kind == "decline" && trials > 0:
		return ErrTrial, nil
	case n.Kind == "decline" && maxDeclines > 0 && declines >= maxDeclines:
		return ErrEnough, nil
	}
	return nil, nil
}

func offer(ctx context.Context, tx *sql.Tx, now time.Time, person, mail int64, n NewSuggestion) (id int64, err error) {
	if n.Closes.Before(n.Expires) || !n.Expires.After(now) {
		return 0, fmt.Errorf("suggestion on %s: it expires at %v and closes at %v", n.UID, n.Expires, n.Closes)
	}
	snapshot := n.Snapshot
	if snapshot == nil {
		snapshot = []byte{}
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO suggestion (id, person_id, mail_id, offered_at, uid, organizer, instance, kind, recurring, minutes,
			category, starts_s, expires_s, closes_s, subject_hash, rules_hash, snapshot, state, next_at, write_s, read_s)
		SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'offered', $12, $17, $18
		FROM suggestion RETURNING id`,
		person, mail, now.Unix(), n.UID, n.Organizer, string(n.Instance), n.Kind, n.Recurring, n.Minutes,
		n.Category, n.Starts.Unix(), n.Expires.Unix(), n.Closes.Unix(), n.SubjectHash, n.RulesHash, snapshot, n.Cost.Write, n.Cost.Read).Scan(&id)
	if err != nil {
		return 0, err
	}
	for _, rule := range n.Rules {
		_, err := tx.ExecContext(ctx, `INSERT INTO suggestion_rule (suggestion_id, rule) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, rule)
		if err != nil {
			return 0, err
		}
	}
	s, err := suggestion(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	if err := planOffer(ctx, tx, now, s, n.Occurrences); err != nil {
		return 0, err
	}
	return id, s.record(ctx, tx, now, "mail", NewOutcome{Outcome: outcomeSuggested})
}

// ErrNoSuggestion says that there is no suggestion with an id.
var ErrNoSuggestion = errors.New("no such suggestion")

const selectSuggestions = `SELECT s.id, COALESCE(p.email, ''), s.mail_id, s.offered_at, s.uid, s.organizer, s.instance,
	COALESCE(m.lineage_id, 0), s.kind, s.recurring, s.minutes, s.category, s.starts_s, s.expires_s, s.closes_s, s.subject_hash, s.rules_hash,
	s.snapshot, s.state, s.why, s.choice, s.scope, s.note, s.visitor, s.known, s.pressed_at, s.commit_at, s.epoch, s.wrong, s.said, s.never,
	s.stray_verb, s.stray_scope, s.stray_at, s.stood, s.voided_at, s.acting
	FROM suggestion s LEFT JOIN person p ON p.id = s.person_id LEFT JOIN meeting m ON m.uid = s.uid AND m.organizer = s.organizer`

// suggestions returns the suggestions that where finds.
func suggestions(ctx context.Context, q queryer, where string, args ...any) (all []Suggestion, err error) {
	err = each(ctx, q, selectSuggestions+where, func(rows *sql.Rows) error {
		var s Suggestion
		var offered, starts, expires, closes, pressed, commit, stray, voided int64
		err := rows.Scan(&s.ID, &s.Person, &s.Mail, &offered, &s.UID, &s.Organizer, &s.Instance, &s.Lineage, &s.Kind, &s.Recurring, &s.Minutes, &s.Category,
			&starts, &expires, &closes, &s.SubjectHash, &s.RulesHash, &s.Snapshot, &s.State, &s.Why, &s.Choice, &s.Scope, &s.Note, &s.Visitor, &s.Known,
			&pressed, &commit, &s.Epoch, &s.Wrong, &s.Said, &s.Never, &s.StrayVerb, &s.StrayScope, &stray, &s.Stood, &voided, &s.Acting)
		s.Offered, s.Starts, s.Expires, s.Closes = timeOf(offered), timeOf(starts), timeOf(expires), timeOf(closes)
		s.PressedAt, s.CommitAt, s.StrayAt, s.VoidedAt = timeOf(pressed), timeOf(commit), timeOf(stray), timeOf(voided)
		all = append(all, s)
		return err
	}, args...)
	return all, err
}

func suggestion(ctx context.Context, q queryer, id int64) (Suggestion, error) {
	found, err := suggestions(ctx, q, ` WHERE s.id = $1`, id)
	if err == nil && len(found) == 0 {
		err = ErrNoSuggestion
	}
	if err != nil {
		return Suggestion{}, err
	}
	return found[0], nil
}

// Suggestion returns one suggestion; ErrNoSuggestion if there is none.
func (db *DB) Suggestion(ctx context.Context, id int64) (Suggestion, error) {
	s, err := suggestion(ctx, db.read, id)
	if err != nil {
		return Suggestion{}, fmt.Errorf("suggestion %d: %w", id, err)
	}
	return s, nil
}

// SuggestionsSince returns all suggestions offered at since or later to people who
// still take part, the oldest first.
func (db *DB) SuggestionsSince(ctx context.Context, since time.Time) ([]Suggestion, error) {
	all, err := suggestions(ctx, db.read, ` WHERE s.offered_at >= $1 AND s.person_id IS NOT NULL ORDER BY s.id`, since.Unix())
	if err != nil {
		return nil, fmt.Errorf("read suggestions: %w", err)
	}
	return all, nil
}

// SuggestionsTo returns all suggestions that were put to a person, the oldest
// first.
func (db *DB) SuggestionsTo(ctx context.Context, address string) ([]Suggestion, error) {
	all, err := suggestions(ctx, db.read, ` WHERE s.person_id = (SELECT person_id FROM address WHERE addr = lower($1)) ORDER BY s.id`, address)
	if err != nil {
		return nil, fmt.Errorf("read suggestions to %s: %w", address, err)
	}
	return all, nil
}

// SuggestionsOf returns the suggestions that went out with a mail.
func (db *DB) SuggestionsOf(ctx context.Context, mail int64) ([]Suggestion, error) {
	all, err := suggestions(ctx, db.read, ` WHERE s.mail_id = $1 ORDER BY s.id`, mail)
	if err != nil {
		return nil, fmt.Errorf("read suggestions of mail %d: %w", mail, err)
	}
	return all, nil
}

// OpenSuggestions returns the suggestions that are not answered, or whose answer is
// still held.
func (db *DB) OpenSuggestions(ctx context.Context) ([]Suggestion, error) {
	all, err := suggestions(ctx, db.read, ` WHERE s.state IN ('offered', 'pending') AND s.person_id IS NOT NULL ORDER BY s.id`)
	if err != nil {
		return nil, fmt.Errorf("read open suggestions: %w", err)
	}
	return all, nil
}
