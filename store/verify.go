package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"unmeet/calendars"
)

// Verifying plans: what was accepted counts once calendars show that it came so.
//
// Three things show that somebody does not attend a planned occurrence: their answer
// is no, as their own calendar or the organizer's says; it is cancelled; or no
// calendar has it any more, and one that was read whole over its time, before it was
// over, should: the person's own, else the organizer's. That calendars have not come
// to show it yet, or show it no more because it is long ago, shows nothing: what is
// not known leaves things as they are.
//
// An answer to a series changes what calendars show of its past, too. So once an
// occurrence is over, only what calendars say of it alone is believed.
//
// An occurrence that is moved is the same one. But calendars also forget a series
// and know a new one, at another time; or somebody calls one off and sets up another.
// So all that a person attends of the lineage is counted week by week: what they
// attend beyond what they were expected to, less what they were freed of, comes in
// the stead of an occurrence of that week, else of the last one before, for eight
// weeks. That one is met again. An occurrence is of the week that it was first
// planned for.
//
// A series that is rewritten as a whole is so in its past, too: an occurrence that is
// over and that calendars know no more stays as it was, and is not counted with.
//
// Eight weeks after it began, what is known of an occurrence stays as it is.

// What shows that an occurrence is not attended.
const (
	whyDeclined  = "declined"
	whyCancelled = "cancelled"
	whyAbsent    = "absent"
)

// Verified counts the planned occurrences, person by person, of which calendars have
// come to show something.
type Verified struct {
	Freed int // they are not attended
	Met   int // they are, after all, or others in their stead
}

// Verify looks whether what was planned came so, as far as a pull of a calendar of
// owner's may tell: whatever is planned of owner's time, and of anybody's at meetings
// that owner organizes. Now is when it was pulled.
func (db *DB) Verify(ctx context.Context, now time.Time, owner string) (sum Verified, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		sum = Verified{}
		planned, err := plannedFor(ctx, tx, now, owner)
		if err != nil {
			return err
		}
		for _, person := range sortedKeys(planned) {
			if err := verifyPerson(ctx, tx, now, person, planned[person], &sum); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Verified{}, fmt.Errorf("verify plans: %w", err)
	}
	return sum, nil
}

// unsettled is since when what was planned may still change.
func unsettled(now time.Time) int64 { return now.Unix() - metAgainWithin }

// plannedFor returns of whose plans about which lineages a pull may tell something.
func plannedFor(ctx context.Context, tx *sql.Tx, now time.Time, owner string) (map[int64][]int64, error) {
	planned := map[int64][]int64{}
	return planned, each(ctx, tx, `SELECT DISTINCT p.person_id, m.lineage_id FROM plan p JOIN meeting m ON m.uid = p.uid AND m.organizer = p.organizer
		WHERE p.person_id IS NOT NULL AND p.`+planStands+` AND p.start_s > $1 AND (p.person_id = (SELECT person_id FROM address WHERE addr = lower($2))
			OR p.organizer IN (SELECT b.addr FROM address a JOIN address b ON b.person_id = a.person_id WHERE a.addr = lower($2)))
		ORDER BY p.person_id, m.lineage_id`, func(rows *sql.Rows) error {
		var person, lineage int64
		err := rows.Scan(&person, &lineage)
		planned[person] = append(planned[person], lineage)
		return err
	}, unsettled(now), owner)
}

// planRow is one occurrence that a plan takes from somebody.
type planRow struct {
	id         int64
	suggestion int64
	epoch      int
	key        key
	instance   calendars.Instance
	lineage    int64 // of the meeting, 0 if it is not known
	start, end int64
	known      bool
	state, why string
	seenAt     int64
	replaced   int64 // when the week begins in which another comes in its stead, 0 none
}

// seen is an occurrence as calendars show it, to one person.
type seen struct {
	key      key
	instance calendars.Instance
	start    int64
	state    calendars.Status
	counts   int
	invited  bool
	attendance
}

// verifyPerson verifies what is planned of somebody's time at meetings of lineages.
func verifyPerson(ctx context.Context, tx *sql.Tx, now time.Time, person int64, lineages []int64, sum *Verified) error {
	rows, err := planRows(ctx, tx, now, person)
	if err != nil {
		return err
	}
	byLineage := map[int64][]*planRow{}
	for _, r := range rows {
		byLineage[r.lineage] = append(byLineage[r.lineage], r)
	}
	own, err := listedOf(ctx, tx, person, "")
	if err != nil {
		return err
	}
	for _, lineage := range lineages {
		v := verifying{now: now.Unix(), person: person, rows: byLineage[lineage], own: own, organizers: map[string][]holding{}}
		if err := v.load(ctx, tx, lineage); err != nil {
			return err
		}
		if err := v.save(ctx, tx, sum); err != nil {
			return err
		}
	}
	return nil
}

// planRows returns what is planned of somebody's time and not settled, and a week
// more, which others are counted with.
func planRows(ctx context.Context, tx *sql.Tx, now time.Time, person int64) (all []*planRow, err error) {
	const aWeek = 7 * 24 * 60 * 60
	err = each(ctx, tx, `SELECT p.id, p.suggestion_id, p.epoch, p.uid, p.organizer, p.instance, COALESCE(m.lineage_id, 0), p.start_s, p.end_s,
			p.known, p.state, p.why, p.seen_at, p.replaced_s
		FROM plan p LEFT JOIN meeting m ON m.uid = p.uid AND m.organizer = p.organizer
		WHERE p.person_id = $1 AND p.start_s > $2 AND p.`+planStands+` ORDER BY p.start_s, p.id`, func(rows *sql.Rows) error {
		r := &planRow{}
		err := rows.Scan(&r.id, &r.suggestion, &r.epoch, &r.key.uid, &r.key.organizer, &r.instance, &r.lineage, &r.start, &r.end,
			&r.known, &r.state, &r.why, &r.seenAt, &r.replaced)
		all = append(all, r)
		return err
	}, person, unsettled(now)-aWeek)
	return all, err
}

// listedOf returns what was read of the calendars of a person, or of whoever has an
// address.
func listedOf(ctx context.Context, q queryer, person int64, address string) (all []holding, err error) {
	err = each(ctx, q, `SELECT k.span_from, k.span_to, k.read_ms FROM collection k JOIN connection n ON n.id = k.connection_id
		JOIN address a ON a.addr = n.owner WHERE a.person_id = CASE WHEN $2 = '' THEN $1 ELSE (SELECT person_id FROM address WHERE addr = $2) END`,
		func(rows *sql.Rows) error {
			var h holding
			err := rows.Scan(&h.listed.from, &h.listed.to, &h.read)
			all = append(all, h)
			return err
		}, person, address)
	return all, err
}

// wholly reports whether all of somebody's calendars were read whole over a time.
func wholly(calendars []holding, start, end int64) bool {
	return len(calendars) > 0 && !slices.ContainsFunc(calendars, func(h holding) bool {
		return h.read == 0 || start < h.listed.from || end > h.listed.to
	})
}

// verifying verifies what is planned of somebody's time at meetings of one lineage.
type verifying struct {
	now        int64
	person     int64
	rows       []*planRow
	own        []holding            // the person's calendars
	organizers map[string][]holding // by address
	seen       []seen
	at         map[string]*seen // by the name of the occurrence
	alone      map[string]bool  // by that name: a calendar says something of it alone
	last       map[key]int64    // when the last one known of a meeting begins
	weeks      planWeekList     // with what was expected before anybody answered
	taken      map[string]bool  // by name: planned, or standing in for what is
	ruled      map[key][]int64  // of meetings of which some only followed from their rule: when that says that they begin
}

func (v *verifying) load(ctx context.Context, tx *sql.Tx, lineage int64) error {
	for _, r := range v.rows {
		if _, ok := v.organizers[r.key.organizer]; ok {
			continue
		}
		var err error
		if v.organizers[r.key.organizer], err = listedOf(ctx, tx, 0, cmp.Or(named(r.key.organizer), "nobody")); err != nil {
			return err
		}
	}
	const aWeek = 7 * 24 * 60 * 60
	err := each(ctx, tx, `SELECT m.uid, m.organizer, o.instance, o.start_s, o.state, o.counts, t.person_id IS NOT NULL,
			COALESCE(t.response, ''), COALESCE(t.source, ''), COALESCE(t.busy, 0)
		FROM meeting m JOIN occurrence o ON o.meeting_id = m.id LEFT JOIN attendance t ON t.occurrence_id = o.id AND t.person_id = $1
		WHERE m.lineage_id = $2 AND o.start_s > $3`, func(rows *sql.Rows) error {
		var s seen
		err := rows.Scan(&s.key.uid, &s.key.organizer, &s.instance, &s.start, &s.state, &s.counts, &s.invited, &s.response, &s.source, &s.busy)
		v.seen = append(v.seen, s)
		return err
	}, v.person, lineage, v.rows[0].start-2*aWeek)
	if err != nil {
		return err
	}
	v.at, v.last = make(map[string]*seen, len(v.seen)), map[key]int64{}
	for i := range v.seen {
		s := &v.seen[i]
		v.at[s.key.of(s.instance)] = s
		v.last[s.key] = max(v.last[s.key], s.start)
	}
	v.alone, v.taken, v.ruled = map[string]bool{}, map[string]bool{}, map[key][]int64{}
	for _, r := range v.rows {
		v.taken[r.key.of(r.instance)] = true
		if v.ruled[r.key] != nil || r.known || v.at[r.key.of(r.instance)] != nil {
			continue
		}
		s, err := seriesOf(ctx, tx, time.Unix(v.now, 0), r.key.uid, r.key.organizer)
		if err != nil {
			return err
		}
		v.ruled[r.key] = append([]int64{}, s.starts(v.rows[len(v.rows)-1].start+1)...)
	}
	err = each(ctx, tx, `SELECT c.uid, c.organizer, c.instance FROM meeting m JOIN copy c ON c.uid = m.uid AND c.organizer = m.organizer
		WHERE m.lineage_id = $1 AND (c.instance <> '' OR c.rrule = '') AND c.ended = 0 AND (c.status = 'cancelled' OR c.collection_id IN (
			SELECT k.id FROM collection k JOIN connection n ON n.id = k.connection_id JOIN address a ON a.addr = n.owner WHERE a.person_id = $2))`, func(rows *sql.Rows) error {
		var k key
		var i calendars.Instance
		err := rows.Scan(&k.uid, &k.organizer, &i)
		v.alone[k.of(i)] = true
		return err
	}, lineage, v.person)
	if err != nil {
		return err
	}
	return v.loadWeeks(ctx, tx, lineage)
}

// loadWeeks reads what was expected of the weeks of all plans of the lineage, taken
// back or not. Where several tell of a week, the one that was made while most was still
// attended knows best.
func (v *verifying) loadWeeks(ctx context.Context, tx *sql.Tx, lineage int64) error {
	return each(ctx, tx, `SELECT w.from_s, w.to_s, MAX(w.expected) FROM (
			SELECT DISTINCT p.suggestion_id, p.epoch FROM meeting m CROSS JOIN plan p ON p.uid = m.uid AND p.organizer = m.organizer
			WHERE m.lineage_id = $2 AND p.person_id = $1 AND p.epoch > 0) a
		CROSS JOIN plan_week w ON w.suggestion_id = a.suggestion_id AND w.epoch = a.epoch
		WHERE w.person_id = $1 AND w.to_s > $3 GROUP BY w.from_s, w.to_s ORDER BY w.from_s`, func(rows *sql.Rows) error {
		var w week
		err := rows.Scan(&w.from, &w.to, &w.expected)
		v.weeks = append(v.weeks, w)
		return err
	}, v.person, lineage, v.rows[0].start)
}

// shows says what calendars show of a planned occurrence: why it is not attended, ""
// if it is. Known is false where they show nothing.
func (v *verifying) shows(r *planRow) (why string, known bool) {
	if s := v.at[r.key.of(r.instance)]; s != nil {
		r.known = true
		switch {
		case s.state == calendars.Cancelled:
			return whyCancelled, true
		case !s.invited || s.response == calendars.HandedOn:
			return "", false
		case s.response != calendars.Declined:
			return "", true
		}
		return whyDeclined, s.source == sourceOwn || s.source == sourceOrganizer
	}
	if !r.known {
		// Of what only followed from a rule, calendars may never have known. It shows
		// something that nothing follows; whatever does takes that back.
		switch {
		case v.standIn(r):
			return whyDeclined, true
		case v.last[r.key] > r.start:
			return "", true
		}
	}
	if !r.known && slices.Contains(v.ruled[r.key], r.start) {
		return "", false // it still follows from the rule: it was taken out before anybody saw it
	}
	read := wholly(v.own, r.start, r.end) || len(v.own) == 0 && wholly(v.organizers[r.key.organizer], r.start, r.end)
	return whyAbsent, read && v.now < r.end
}

// standIn reports whether the person declined another occurrence of the lineage in the
// week of one that only followed from a rule: its series was rewritten before it came
// in sight. Each stands in for one.
func (v *verifying) standIn(r *planRow) bool {
	week := v.weeks.at(slotOf(r.instance, r.start))
	for i := range v.seen {
		s := &v.seen[i]
		name := s.key.of(s.instance)
		if week >= 0 && v.weeks.at(slotOf(s.instance, s.start)) == week && s.invited && s.response == calendars.Declined && s.source != sourceOther && !v.taken[name] {
			v.taken[name] = true
			return true
		}
	}
	return false
}

// believed reports whether what calendars show of an occurrence now is what they
// showed when it took place.
func (v *verifying) believed(r *planRow) bool { return v.now < r.end || v.alone[r.key.of(r.instance)] }

// save brings the plan in line with what calendars show.
func (v *verifying) save(ctx context.Context, tx *sql.Tx, sum *Verified) error {
	before := make([]planRow, len(v.rows))
	for i, r := range v.rows {
		before[i] = *r
		if r.start <= v.now-metAgainWithin {
			continue
		}
		if why, known := v.shows(r); known && why != r.why && v.believed(r) {
			if r.why == "" {
				r.seenAt = v.now
			}
			r.why = why
		}
	}
	v.replace()
	for i, r := range v.rows {
		if r.start <= v.now-metAgainWithin || v.rewritten(r) {
			continue
		}
		switch was := before[i].state; {
		case r.why != "" && r.replaced == 0:
			r.state = planFreed
		case r.why == "" && !r.known:
			r.state = planPlanned
		case r.why != "" || was != planPlanned:
			r.state = planMet
		}
		if r.state != before[i].state {
			switch r.state {
			case planFreed:
				sum.Freed++
			case planMet:
				sum.Met++
			}
		}
		if *r == before[i] {
			continue
		}
		_, err := tx.ExecContext(ctx, `UPDATE plan SET state = $2, why = $3, seen_at = $4, known = $5, replaced_s = $6 WHERE id = $1`,
			r.id, r.state, r.why, r.seenAt, number(r.known), r.replaced)
		if err != nil {
			return err
		}
	}
	return nil
}

// rewritten reports whether an occurrence that calendars showed is over, and they know
// it no more.
func (v *verifying) rewritten(r *planRow) bool {
	return r.known && r.end <= v.now && r.why != whyAbsent && v.at[r.key.of(r.instance)] == nil
}

// replace finds for which of the occurrences that are not attended others come in
// their stead. Of a week that is over it stays as it was found before. Of one that is
// ahead it may be found and lost again: calendars are read one after the other, and for
// a while show what was before beside what is now.
func (v *verifying) replace() {
	attends, freed := make([]int, len(v.weeks)), make([]int, len(v.weeks))
	free := map[string]bool{}
	by := map[int64][]*planRow{} // what comes in whose stead, by week
	for _, r := range v.rows {
		if r.why == "" {
			r.replaced = 0
		}
		if r.why == "" || v.rewritten(r) {
			continue
		}
		free[r.key.of(r.instance)] = true
		by[r.replaced] = append(by[r.replaced], r)
		if at := v.weeks.at(slotOf(r.instance, r.start)); at >= 0 {
			freed[at]++
		}
	}
	for i := range v.seen {
		s := &v.seen[i]
		if s.counts == countsNot || !s.invited || !s.attends() || free[s.key.of(s.instance)] {
			continue
		}
		if at := v.weeks.at(slotOf(s.instance, s.start)); at >= 0 {
			attends[at]++
		}
	}
	for at, w := range v.weeks {
		if w.to <= v.now {
			continue
		}
		more := attends[at] - (w.expected - freed[at]) - len(by[w.from])
		for ; more > 0; more-- {
			v.replaceOne(w)
		}
		for _, r := range by[w.from] {
			if more < 0 && (r.end > v.now || w.from > v.now) {
				r.replaced = 0
				more++
			}
		}
	}
}

// replaceOne has an occurrence of a week come in the stead of the last one that began
// before the week is over, and no more than eight weeks before it.
func (v *verifying) replaceOne(w week) {
	for _, r := range slices.Backward(v.rows) {
		if slot := slotOf(r.instance, r.start); r.why != "" && r.replaced == 0 && !v.rewritten(r) && slot < w.to && w.from-slot <= metAgainWithin {
			r.replaced = w.from
			return
		}
	}
}
