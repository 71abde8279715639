package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// The outcomes that the database itself records. They are words of package click.
const (
	outcomeSuggested = "suggested"
	outcomeWithdrawn = "withdrawn"
	outcomeLeft      = "left"
	outcomeReturned  = "returned"
)

// NewOutcome is what came of a suggestion, to be recorded.
type NewOutcome struct {
	Outcome string
	Choice  string // the answer it is about, "" if none
	Scope   string // of that answer
	Said    string // the category that the person said the meeting is
	Why     string // in words, where there is a reason
}

// Outcome is what came of a suggestion, or of a person's taking part.
type Outcome struct {
	ID         int64
	At         time.Time
	Suggestion int64 // 0: of none
	Outcome    string
	Kind       string // of the suggestion
	Minutes    int    // that it would give back
	Via        string
	RulesHash  string
	Detail     Detail
}

// Detail is what an outcome says beside its columns. Nothing of it tells who it is
// of, or names the meeting.
type Detail struct {
	Category string    `json:"category,omitempty"` // that the meeting was classified as
	Rules    []string  `json:"rules,omitempty"`    // that spoke for the suggestion
	Starts   time.Time `json:"starts,omitzero"`    // the occurrence
	Choice   string    `json:"choice,omitempty"`
	Scope    string    `json:"scope,omitempty"`
	Said     string    `json:"said,omitempty"` // the category that the person said it is
	Why      string    `json:"why,omitempty"`
}

const insertOutcome = `INSERT INTO outcome (id, at, suggestion_id, person_id, outcome, kind, minutes, via, rules_hash, detail)
	SELECT COALESCE(MAX(id), 0) + 1, `

// record records an outcome of a suggestion.
func (s Suggestion) record(ctx context.Context, tx *sql.Tx, now time.Time, via string, o NewOutcome) error {
	d := Detail{Category: s.Category, Starts: s.Starts, Choice: o.Choice, Scope: o.Scope, Said: o.Said, Why: o.Why}
	err := each(ctx, tx, `SELECT rule FROM suggestion_rule WHERE suggestion_id = $1 ORDER BY rule`, func(rows *sql.Rows) error {
		var rule string
		err := rows.Scan(&rule)
		d.Rules = append(d.Rules, rule)
		return err
	}, s.ID)
	if err != nil {
		return err
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, insertOutcome+`$1, $2, (SELECT person_id FROM suggestion WHERE id = $2), $3, $4, $5, $6, $7, $8 FROM outcome`,
		now.Unix(), s.ID, o.Outcome, s.Kind, s.Minutes, via, s.RulesHash, string(text))
	return err
}

// recordOf records an outcome of a person, of no suggestion.
func recordOf(ctx context.Context, tx *sql.Tx, now time.Time, person int64, via, outcome string) error {
	_, err := tx.ExecContext(ctx, insertOutcome+`$1, NULL, $2, $3, '', 0, $4, '', '{}' FROM outcome`, now.Unix(), person, outcome, via)
	return err
}

// OutcomesOf returns all outcomes of a person, the oldest first. They are for that
// person alone.
func (db *DB) OutcomesOf(ctx context.Context, address string) (all []Outcome, err error) {
	err = each(ctx, db.read, `SELECT id, at, COALESCE(suggestion_id, 0), outcome, kind, minutes, via, rules_hash, detail FROM outcome
		WHERE person_id = (SELECT person_id FROM address WHERE addr = lower($1)) ORDER BY id`, func(rows *sql.Rows) error {
		var o Outcome
		var at int64
		var detail []byte
		if err := rows.Scan(&o.ID, &at, &o.Suggestion, &o.Outcome, &o.Kind, &o.Minutes, &o.Via, &o.RulesHash, &detail); err != nil {
			return err
		}
		o.At = timeOf(at)
		all = append(all, o)
		return json.Unmarshal(detail, &all[len(all)-1].Detail)
	}, address)
	if err != nil {
		return nil, fmt.Errorf("outcomes of %s: %w", address, err)
	}
	return all, nil
}

// Sum is how often something came of suggestions.
type Sum struct {
	Outcome string
	Kind    string // of the suggestions, "" of none
	Count   int
	Minutes int // that those suggestions would give back
}

// Sums returns the outcomes of [from, to) added up, in order of outcome and kind,
// and how many people were asked in that time: with fewer than the organization's
// min_group they are not to be shown. Those who left since count in both, so that
// no sum of the past changes by what one person answered.
func (db *DB) Sums(ctx context.Context, from, to time.Time) (sums []Sum, people int, err error) {
	err = each(ctx, db.read, `SELECT outcome, kind, COUNT(*), SUM(minutes) FROM outcome WHERE at >= $1 AND at < $2
		GROUP BY outcome, kind ORDER BY outcome, kind`, func(rows *sql.Rows) error {
		var s Sum
		err := rows.Scan(&s.Outcome, &s.Kind, &s.Count, &s.Minutes)
		sums = append(sums, s)
		return err
	}, from.Unix(), to.Unix())
	if err == nil {
		err = db.read.QueryRowContext(ctx, `SELECT COUNT(DISTINCT person_id) + COUNT(DISTINCT CASE counts_as WHEN '' THEN NULL ELSE counts_as END)
			FROM outcome WHERE at >= $1 AND at < $2 AND outcome = 'suggested'`, from.Unix(), to.Unix()).Scan(&people)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("add up outcomes: %w", err)
	}
	return sums, people, nil
}

// FirstOutcome returns when the first outcome was recorded; zero if there is none.
func (db *DB) FirstOutcome(ctx context.Context) (time.Time, error) {
	var at int64
	if err := db.read.QueryRowContext(ctx, `SELECT COALESCE(MIN(at), 0) FROM outcome`).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("first outcome: %w", err)
	}
	return timeOf(at), nil
}

// RuleStats is what people said to the suggestions that a rule spoke for.
type RuleStats struct {
	Rule      string
	Suggested int // without those that were withdrawn
	Answered  int // of Suggested: accepted, or refused
	Accepted  int // of Answered
	Wrong     int // of Suggested: called wrongly classified
	People    int // to whom it was suggested, as far as they did not leave since
}

// RuleStats returns what people said to suggestions offered at since or later, in
// order of rule. What was taken back, or cancelled, counts as not answered. An
// answer counts once its hold is over.
func (db *DB) RuleStats(ctx context.Context, since time.Time) (all []RuleStats, err error) {
	err = each(ctx, db.read, `SELECT r.rule, COUNT(*),
			SUM(CASE WHEN s.state IN ('offered', 'pending', 'expired') THEN 0 ELSE 1 END),
			SUM(CASE WHEN s.state IN ('offered', 'pending', 'expired', 'kept') THEN 0 ELSE 1 END),
			SUM(s.wrong), COUNT(DISTINCT s.person_id)
		FROM suggestion_rule r JOIN suggestion s ON s.id = r.suggestion_id
		WHERE s.state <> 'withdrawn' AND s.offered_at >= $1 GROUP BY r.rule ORDER BY r.rule`, func(rows *sql.Rows) error {
		var r RuleStats
		err := rows.Scan(&r.Rule, &r.Suggested, &r.Answered, &r.Accepted, &r.Wrong, &r.People)
		all = append(all, r)
		return err
	}, since.Unix())
	if err != nil {
		return nil, fmt.Errorf("what became of rules: %w", err)
	}
	return all, nil
}
