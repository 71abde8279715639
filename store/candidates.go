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
)

// Candidate is an occurrence ahead of a person, with what choosing whether to ask
// them about it goes by. Occurrences that are all-day, cancelled or of one person
// alone are none.
type Candidate struct {
	Meeting   int64
	UID       string
	Organizer Guest // Address is "" if none is named
	Instance  calendars.Instance
	Lineage   int64
	Start     time.Time
	End       time.Time
	First     bool    // nothing of its lineage is known to have begun before it
	Subject   Subject // what it shows to those invited
	Heads     int     // people invited, organizer included
	Known     bool    // Heads are all of them

	Share time.Duration // that it takes of the person's own time
	Gross time.Duration // that it takes of the time of all of ours
	Ours  int           // people of the organization who attend
	// Others are those invited who attend beside the person, as far as answers tell;
	// of people outside the organization, those known to have declined are left out.
	Others int

	Response calendars.Response // the person's
	Optional bool               // the person is invited as optional
	Enrolled bool               // the organizer is
	Own      bool               // the person is the organizer
	Ahead    []Slot             // of Own: the next occurrences that show the same, this one first
	Asked    Asked              // what was suggested about it to others
}

// Slot is one occurrence in time.
type Slot struct {
	Instance   calendars.Instance
	Start, End time.Time
}

// Asked is what was suggested about a candidate before, withdrawn suggestions left
// out.
type Asked struct {
	Declines int  // people to whom it was suggested to decline this very occurrence
	Leaving  int  // others of whom a decline of it may come yet or stands
	Trial    bool // its organizer was asked to do the series in writing and may still answer, or does so
	Keeps    int  // others who kept any of its lineage since the given time
}

// MaxAhead is how many occurrences Ahead has at most.
const MaxAhead = 12

// Candidates returns what a person attends or is invited to that begins in [from,
// to), in order of time. Keeps are counted from kept on, and now tells whether what
// was suggested is still open.
func (db *DB) Candidates(ctx context.Context, address string, now, from, to, kept time.Time) ([]Candidate, error) {
	fail := func(err error) ([]Candidate, error) {
		return nil, fmt.Errorf("what is ahead of %s: %w", address, err)
	}
	var person int64
	err := db.read.QueryRowContext(ctx, `SELECT person_id FROM address WHERE addr = lower($1)`, address).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoPerson
	}
	if err != nil {
		return fail(err)
	}
	var all []Candidate
	err = each(ctx, db.read, selectCandidates, func(rows *sql.Rows) error {
		c, err := scanCandidate(rows)
		all = append(all, c)
		return err
	}, person, from.Unix(), to.Unix())
	if err != nil {
		return fail(err)
	}
	for i := range all {
		if !all[i].Own {
			continue
		}
		if all[i].Ahead, err = db.ahead(ctx, &all[i]); err != nil {
			return fail(err)
		}
	}
	if err := db.asked(ctx, person, now, kept, all); err != nil {
		return fail(err)
	}
	return all, nil
}

// The first of a series is the first that was not called off of all that is kept of
// its lineage, unless a series of it begins before all of that.
const selectCandidates = `SELECT o.meeting_id, m.uid, m.organizer, o.instance, m.lineage_id, o.start_s, o.end_s,
		NOT EXISTS (SELECT 1 FROM meeting b JOIN occurrence e ON e.meeting_id = b.id
			WHERE b.lineage_id = m.lineage_id AND e.start_s < o.start_s AND e.state <> 'cancelled')
		AND NOT EXISTS (SELECT 1 FROM meeting b JOIN copy c ON c.uid = b.uid AND c.organizer = b.organizer
			WHERE b.lineage_id = m.lineage_id AND c.instance = '' AND c.start_s < (SELECT MIN(e.start_s)
				FROM meeting l JOIN occurrence e ON e.meeting_id = l.id WHERE l.lineage_id = m.lineage_id)),
		o.heads, o.heads_known, t.share_s, o.gross_s, o.people, t.response, t.optional,
		CASE WHEN h.state = 'enrolled' THEN 1 ELSE 0 END, CASE WHEN h.id = t.person_id THEN 1 ELSE 0 END,
		(SELECT COUNT(*) FROM attendance x WHERE x.occurrence_id = o.id AND x.person_id <> t.person_id AND x.response NOT IN ('declined', 'delegated')),
		(SELECT COUNT(*) FROM attendance x WHERE x.occurrence_id = o.id AND x.response = 'declined'),
		s.hash, s.title, s.body, s.private, s.minutes, s.rrule, s.external, s.optional, s.accepted, s.declined, s.unanswered, s.guests_json, s.body_hash, s.whole,
		EXISTS (SELECT 1 FROM address z JOIN connection n ON n.owner = z.addr JOIN collection k ON k.connection_id = n.id JOIN copy c ON c.collection_id = k.id
			WHERE z.person_id = t.person_id AND c.uid = m.uid AND c.instance IN ('', o.instance) AND c.private <> 0 AND c.ended = 0)
	FROM attendance t JOIN occurrence o ON o.id = t.occurrence_id
	JOIN meeting m ON m.id = o.meeting_id
	JOIN subject s ON s.meeting_id = o.meeting_id AND s.hash = o.subject_hash
	LEFT JOIN address a ON a.addr = m.organizer LEFT JOIN person h ON h.id = a.person_id
	WHERE t.person_id = $1 AND o.start_s >= $2 AND o.start_s < $3 AND o.counts <> 0 AND COALESCE(h.state, '') <> 'erased'
	ORDER BY o.start_s, o.id`

func scanCandidate(rows *sql.Rows) (Candidate, error) {
	var c Candidate
	var start, end, share, gross int64
	var organizer string
	var coming, declined int
	var secret bool
	var guests []byte
	s := &c.Subject
	err := rows.Scan(&c.Meeting, &c.UID, &organizer, &c.Instance, &c.Lineage, &start, &end, &c.First,
		&c.Heads, &c.Known, &share, &gross, &c.Ours, &c.Response, &c.Optional, &c.Enrolled, &c.Own, &coming, &declined,
		&s.Hash, &s.Title, &s.Body, &s.Private, &s.Minutes, &s.Rule, &s.External, &s.Optional, &s.Accepted, &s.Declined, &s.Unanswered, &guests, &s.BodyHash, &s.Whole, &secret)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(guests, &s.People); err != nil {
		return c, fmt.Errorf("guests of %s: %w", c.UID, err)
	}
	s.Meeting, s.Heads, s.HeadsKnown = c.Meeting, c.Heads, c.Known
	if secret {
		s.Private, s.Title, s.Body = true, "", ""
	}
	c.Start, c.End = time.Unix(start, 0).UTC(), time.Unix(end, 0).UTC()
	c.Share, c.Gross = seconds(share), seconds(gross)
	c.Organizer.Address = named(organizer)
	for _, g := range s.People {
		if g.Organizer {
			c.Organizer.Name = g.Name
		}
	}
	c.Others = coming + max(0, s.External-max(0, s.Declined-declined))
	return c, nil
}

// ahead returns the next occurrences like c, c first.
func (db *DB) ahead(ctx context.Context, c *Candidate) (slots []Slot, err error) {
	err = each(ctx, db.read, `SELECT instance, start_s, end_s FROM occurrence
		WHERE meeting_id = $1 AND subject_hash = $2 AND start_s >= $3 AND counts = 1 ORDER BY start_s, instance LIMIT $4`, func(rows *sql.Rows) error {
		var s Slot
		var start, end int64
		err := rows.Scan(&s.Instance, &start, &end)
		s.Start, s.End = time.Unix(start, 0).UTC(), time.Unix(end, 0).UTC()
		slots = append(slots, s)
		return err
	}, c.Meeting, c.Subject.Hash, c.Start.Unix(), MaxAhead)
	return slots, err
}

// asked counts what was suggested to others about the lineages of candidates.
func (db *DB) asked(ctx context.Context, person int64, now, kept time.Time, all []Candidate) error {
	lineages := make([]int64, 0, len(all))
	for i := range all {
		lineages = append(lineages, all[i].Lineage)
	}
	slices.Sort(lineages)
	lineages = slices.Compact(lineages)
	type told struct {
		person                  int64
		uid, organizer          string
		instance                calendars.Instance
		kind, state, scope      string
		starts, closes, offered int64
	}
	of := map[int64][]told{}
	// Who left is nobody in particular any more, and is not counted.
	err := selectIn(ctx, db.read, `SELECT m.lineage_id, s.person_id, s.uid, s.organizer, s.instance, s.kind, s.state, s.scope, s.starts_s, s.closes_s, s.offered_at
		FROM meeting m CROSS JOIN suggestion s ON s.uid = m.uid AND s.organizer = m.organizer
		WHERE s.person_id IS NOT NULL AND s.state <> 'withdrawn' AND m.lineage_id IN (…)`, lineages, func(rows *sql.Rows) error {
		var lineage int64
		var t told
		err := rows.Scan(&lineage, &t.person, &t.uid, &t.organizer, &t.instance, &t.kind, &t.state, &t.scope, &t.starts, &t.closes, &t.offered)
		of[lineage] = append(of[lineage], t)
		return err
	})
	if err != nil {
		return err
	}
	for i := range all {
		c := &all[i]
		declines, leaving, keeps := map[int64]bool{}, map[int64]bool{}, map[int64]bool{}
		for _, t := range of[c.Lineage] {
			same := t.uid == c.UID && t.organizer == c.Organizer.Address && t.instance == c.Instance
			open := (t.state == "offered" || t.state == "pending") && now.Unix() < t.closes
			stands := open || t.state == "accepted"
			switch {
			case t.kind == "trial":
				c.Asked.Trial = c.Asked.Trial || stands && now.Unix() < t.closes
			case t.kind == "decline" && same:
				declines[t.person] = true
			}
			if t.person == person {
				continue
			}
			if t.kind == "decline" && stands && (same || t.scope == "onward" && t.starts <= c.Start.Unix()) {
				leaving[t.person] = true
			}
			if t.state == "kept" && t.offered >= kept.Unix() {
				keeps[t.person] = true
			}
		}
		c.Asked.Declines, c.Asked.Leaving, c.Asked.Keeps = len(declines), len(leaving), len(keeps)
	}
	return nil
}
