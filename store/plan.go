package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"slices"
	"time"

	"unmeet/calendars"
	"unmeet/store/hours"
)

// Plans: which occurrences a suggestion is about, and what each of the people who
// attend them would get back. All of that is counted when the suggestion is made,
// and again, for good, when it is accepted: later on, calendars do not show any more
// what there was to recover. What became of it is told by verify.go.

// The kinds of suggestions that have a plan.
const (
	planDecline = "decline"
	planTrial   = "trial"
)

// The states of a row of a plan. Those of stands are accepted.
const (
	planSuggested = "suggested" // nobody accepted it, so far
	planPlanned   = "planned"   // accepted; nothing shows that it is not attended
	planFreed     = "freed"     // accepted, and calendars show that it is not attended
	planMet       = "met again" // it was, after all, or another one in its stead
	planThawed    = "thawed"    // accepted, and taken back, or nothing came of it
)

const planStands = `state IN ('planned', 'freed', 'met again')`

// planWeeks is how many weeks of a series are planned at most where it is left from
// now on, or kept async.
const planWeeks = 26

// metAgainWithin is how long after an occurrence another one can come in its stead.
const metAgainWithin = 8 * 7 * 24 * 60 * 60

// planned is an occurrence of a plan, with the parts of those who attend it.
type planned struct {
	instance   calendars.Instance
	start, end int64
	known      bool // calendars show it; else it follows from its rule
	people     []int64
	shares     []int64 // of their time, in the order of people
	parts      []int64 // of what doing it in writing gives back
}

func (o *planned) net() (sum int64) {
	for _, n := range o.parts {
		sum += n
	}
	return sum
}

// planning makes the plan of a suggestion.
type planning struct {
	tx        *sql.Tx
	now       time.Time
	s         Suggestion
	person    int64 // to whom it was suggested
	meeting   int64
	cost      hours.Cost
	converted bool
}

func (s Suggestion) planning(ctx context.Context, tx *sql.Tx, now time.Time) (*planning, error) {
	p := &planning{tx: tx, now: now, s: s}
	return p, each(ctx, tx, `SELECT s.person_id, COALESCE(m.id, 0), s.write_s, s.read_s FROM suggestion s
		LEFT JOIN meeting m ON m.uid = s.uid AND m.organizer = s.organizer WHERE s.id = $1 AND s.person_id IS NOT NULL`, func(rows *sql.Rows) error {
		return rows.Scan(&p.person, &p.meeting, &p.cost.Write, &p.cost.Read)
	}, s.ID)
}

// hasPlan reports whether suggestions of a kind have plans.
func hasPlan(kind string) bool { return kind == planDecline || kind == planTrial }

// planOffer keeps what a suggestion that is being made is about.
func planOffer(ctx context.Context, tx *sql.Tx, now time.Time, s Suggestion, instances []calendars.Instance) error {
	if !hasPlan(s.Kind) {
		return nil
	}
	p, err := s.planning(ctx, tx, now)
	if err != nil || p.meeting == 0 {
		return err
	}
	if len(instances) == 0 {
		instances = []calendars.Instance{s.Instance}
	}
	occurrences, err := p.known(ctx, func(o *planned) bool { return slices.Contains(instances, o.instance) })
	if err != nil {
		return err
	}
	return p.write(ctx, 0, planSuggested, occurrences)
}

// freezePlan keeps, for good, what the accepted answer to s is about: its occurrence,
// or that and all after it, or those of its trial. Whoever left an occurrence of it
// by another plan keeps that one. Done again, it only brings back what was thawed and
// lies ahead.
func freezePlan(ctx context.Context, tx *sql.Tx, now time.Time, s Suggestion) error {
	if !hasPlan(s.Kind) {
		return nil
	}
	if done, err := refreeze(ctx, tx, s.ID, s.Epoch, now, ""); done || err != nil {
		return err
	}
	p, err := s.planning(ctx, tx, now)
	if err != nil || p.meeting == 0 {
		return err
	}
	if s.Kind == planDecline && s.Scope == "onward" {
		return p.freezeOnward(ctx, s.Epoch, later(now, s.Starts))
	}
	offered, err := p.offered(ctx)
	if err != nil {
		return err
	}
	instances := []calendars.Instance{s.Instance}
	if s.Kind == planTrial {
		instances = nil
		for _, o := range offered {
			instances = append(instances, o.instance)
		}
	}
	occurrences, err := p.known(ctx, func(o *planned) bool {
		return slices.Contains(instances, o.instance) && o.start >= now.Unix()
	})
	if err != nil {
		return err
	}
	return p.freeze(ctx, s.Epoch, occurrences)
}

// freezeConverted keeps what keeping a series async is about, from an occurrence on,
// once its trial has come to an end.
func freezeConverted(ctx context.Context, tx *sql.Tx, now time.Time, s Suggestion, epoch int, from time.Time) error {
	if _, err := refreeze(ctx, tx, s.ID, epoch, later(now, from), ""); err != nil {
		return err
	}
	p, err := s.planning(ctx, tx, now)
	if err != nil || p.meeting == 0 {
		return err
	}
	p.converted = true
	return p.freezeOnward(ctx, epoch, later(now, from))
}

// refreeze brings back what an answer had planned from a time on, unless it stands by
// another one meanwhile; with an instance, only that. Done is false if the answer has
// planned nothing so far.
func refreeze(ctx context.Context, tx *sql.Tx, suggestion int64, epoch int, from time.Time, instance string) (done bool, err error) {
	_, err = tx.ExecContext(ctx, `UPDATE plan SET state = 'planned' WHERE suggestion_id = $1 AND epoch = $2 AND epoch > 0 AND state = 'thawed' AND start_s >= $3
		AND ($4 = '' OR instance = $4) AND NOT EXISTS (SELECT 1 FROM plan o WHERE o.same = plan.same AND o.`+planStands+`)`, suggestion, epoch, from.Unix(), instance)
	if err != nil {
		return false, err
	}
	return done, each(ctx, tx, `SELECT 1 FROM plan WHERE suggestion_id = $1 AND epoch = $2 AND epoch > 0 LIMIT 1`, func(*sql.Rows) error {
		done = true
		return nil
	}, suggestion, epoch)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// thawPlan ends what is planned by an answer and begins at from or later: it was
// taken back, or nothing came of it. What lies before stays as it is.
func thawPlan(ctx context.Context, tx *sql.Tx, suggestion int64, epoch int, from time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE plan SET state = 'thawed', why = '', seen_at = 0, replaced_s = 0
		WHERE suggestion_id = $1 AND epoch = $2 AND epoch > 0 AND start_s >= $3 AND `+planStands, suggestion, epoch, from.Unix())
	return err
}

// thawOccurrence is thawPlan of one occurrence.
func thawOccurrence(ctx context.Context, tx *sql.Tx, suggestion int64, epoch int, instance calendars.Instance) error {
	_, err := tx.ExecContext(ctx, `UPDATE plan SET state = 'thawed', why = '', seen_at = 0, replaced_s = 0
		WHERE suggestion_id = $1 AND epoch = $2 AND epoch > 0 AND instance = $3 AND `+planStands, suggestion, epoch, string(instance))
	return err
}

// sentPlan says that the update instead of an occurrence of a trial was sent, or was
// not after all. Without it, nothing of that occurrence counts as recovered.
func sentPlan(ctx context.Context, tx *sql.Tx, suggestion int64, epoch int, instance calendars.Instance, sent bool) error {
	_, err := tx.ExecContext(ctx, `UPDATE plan SET unsent = $4 WHERE suggestion_id = $1 AND epoch = $2 AND instance = $3`,
		suggestion, epoch, string(instance), number(!sent))
	return err
}

// offered returns the occurrences that the suggestion was about when it was made.
func (p *planning) offered(ctx context.Context) (all []planned, err error) {
	err = each(ctx, p.tx, `SELECT instance, start_s, end_s, person_id, net_s FROM plan
		WHERE suggestion_id = $1 AND epoch = 0 AND person_id IS NOT NULL ORDER BY start_s, instance, person_id`, func(rows *sql.Rows) error {
		var o planned
		var person, part int64
		if err := rows.Scan(&o.instance, &o.start, &o.end, &person, &part); err != nil {
			return err
		}
		if n := len(all); n == 0 || all[n-1].instance != o.instance {
			all = append(all, o)
		}
		last := &all[len(all)-1]
		last.people, last.parts = append(last.people, person), append(last.parts, part)
		return nil
	}, p.s.ID)
	return all, err
}

// known returns the occurrences of the meeting that calendars show and that are
// chosen, in order of time, with what each of those gets back who attend. For a
// decline that is one person.
func (p *planning) known(ctx context.Context, chosen func(*planned) bool) ([]planned, error) {
	var all []planned
	where, args := ``, []any{p.meeting}
	if p.s.Kind == planDecline {
		where, args = ` AND t.person_id = $2`, append(args, p.person)
	}
	err := each(ctx, p.tx, `SELECT o.instance, o.start_s, o.end_s, t.person_id, t.share_s FROM occurrence o JOIN attendance t ON t.occurrence_id = o.id
		WHERE o.meeting_id = $1 AND o.counts = 1 AND `+attendsSQL+where+` ORDER BY o.start_s, o.instance, t.person_id`, func(rows *sql.Rows) error {
		o := planned{known: true}
		var person, share int64
		if err := rows.Scan(&o.instance, &o.start, &o.end, &person, &share); err != nil {
			return err
		}
		if n := len(all); n == 0 || all[n-1].instance != o.instance {
			all = append(all, o)
		}
		last := &all[len(all)-1]
		last.people, last.shares = append(last.people, person), append(last.shares, share)
		return nil
	}, args...)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(o planned) bool { return !chosen(&o) })
	if err := p.share(ctx, all); err != nil {
		return nil, err
	}
	for i := range all {
		p.price(&all[i])
	}
	return all, nil
}

// price says what doing o in writing gives back to each: to whoever declines, their
// own time but for reading the update; in a trial, each their share of the whole.
func (p *planning) price(o *planned) {
	if p.s.Kind == planDecline {
		o.parts = make([]int64, len(o.shares))
		for i, share := range o.shares {
			o.parts[i] = max(0, share-p.cost.Read)
		}
		return
	}
	var gross int64
	for _, share := range o.shares {
		gross += share
	}
	o.parts = hours.Allot(p.cost.Net(gross, len(o.people)), o.shares)
}

// freezeOnward freezes all occurrences of the meeting from one on: those that
// calendars show, and beyond those what follows from its rule, until the series'
// own end and for half a year at most. Those cost what a typical known one costs.
func (p *planning) freezeOnward(ctx context.Context, epoch int, from time.Time) error {
	series, err := seriesOf(ctx, p.tx, p.now, p.s.UID, p.s.Organizer)
	if err != nil {
		return err
	}
	until := from.In(series.zone).AddDate(0, 0, 7*planWeeks).Unix()
	occurrences, err := p.known(ctx, func(o *planned) bool { return o.start >= from.Unix() && o.start < until })
	if err != nil {
		return err
	}
	if typical := typical(occurrences); typical != nil {
		for _, start := range series.beyond(until) {
			if start < from.Unix() {
				continue
			}
			o := *typical
			o.instance, o.known = instanceAt(start), false
			o.start, o.end = start, start+typical.end-typical.start
			occurrences = append(occurrences, o)
		}
	}
	return p.freeze(ctx, epoch, occurrences)
}

// typical is the median of occurrences by what they give back, the lower one of two;
// nil if there is none.
func typical(all []planned) *planned {
	if len(all) == 0 {
		return nil
	}
	sorted := slices.SortedStableFunc(slices.Values(all), func(a, b planned) int { return cmp.Compare(a.net(), b.net()) })
	return &sorted[(len(sorted)-1)/2]
}

// freeze writes an accepted plan. What others' plans have already taken out for
// somebody is not taken out again: then it costs what it costs without them. Where
// the person declined before we looked, what was suggested stands.
func (p *planning) freeze(ctx context.Context, epoch int, occurrences []planned) error {
	taken, err := p.standing(ctx)
	if err != nil {
		return err
	}
	if p.s.Kind == planDecline && len(occurrences) == 0 {
		if occurrences, err = p.declinedBefore(ctx); err != nil {
			return err
		}
	}
	for i := range occurrences {
		o := &occurrences[i]
		left := planned{instance: o.instance, start: o.start, end: o.end, known: o.known}
		for j, person := range o.people {
			if !taken[personAt{person, o.instance}] {
				left.people = append(left.people, person)
				left.parts = append(left.parts, o.parts[j])
				if o.shares != nil {
					left.shares = append(left.shares, o.shares[j])
				}
			}
		}
		if len(left.people) < len(o.people) && o.shares != nil {
			p.price(&left)
		}
		*o = left
	}
	if err := p.write(ctx, epoch, planPlanned, occurrences); err != nil {
		return err
	}
	return p.expect(ctx, epoch, occurrences)
}

type personAt struct {
	person   int64
	instance calendars.Instance
}

// standing returns whose attending of the meeting plans have already taken out.
func (p *planning) standing(ctx context.Context) (map[personAt]bool, error) {
	taken := map[personAt]bool{}
	return taken, each(ctx, p.tx, `SELECT person_id, instance FROM plan WHERE uid = $1 AND organizer = $2 AND person_id IS NOT NULL AND `+planStands, func(rows *sql.Rows) error {
		var at personAt
		err := rows.Scan(&at.person, &at.instance)
		taken[at] = true
		return err
	}, p.s.UID, p.s.Organizer)
}

// declinedBefore returns what was suggested, if the person has come to decline it in
// their own calendar and it takes place.
func (p *planning) declinedBefore(ctx context.Context) ([]planned, error) {
	var declined int
	err := each(ctx, p.tx, `SELECT 1 FROM occurrence o JOIN attendance t ON t.occurrence_id = o.id
		WHERE o.meeting_id = $1 AND o.instance = $2 AND o.counts = 1 AND t.person_id = $3 AND t.response = 'declined'`, func(rows *sql.Rows) error {
		return rows.Scan(&declined)
	}, p.meeting, string(p.s.Instance), p.person)
	if err != nil || declined == 0 {
		return nil, err
	}
	all, err := p.offered(ctx)
	for i := range all {
		all[i].known = true
	}
	return all, err
}

// write adds the rows of a plan, one for each person at each occurrence.
func (p *planning) write(ctx context.Context, epoch int, state string, occurrences []planned) error {
	var last int64
	if err := p.tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM plan`).Scan(&last); err != nil {
		return err
	}
	unsent := p.s.Kind == planTrial && !p.converted && state == planPlanned
	same := map[personAt]int64{}
	err := each(ctx, p.tx, `SELECT person_id, instance, MIN(same) FROM plan WHERE uid = $1 AND organizer = $2 AND person_id IS NOT NULL
		GROUP BY person_id, instance`, func(rows *sql.Rows) error {
		var at personAt
		var n int64
		err := rows.Scan(&at.person, &at.instance, &n)
		same[at] = n
		return err
	}, p.s.UID, p.s.Organizer)
	if err != nil {
		return err
	}
	rows := insertInto(p.tx, "plan", "id", "suggestion_id", "epoch", "person_id", "same", "kind", "category", "uid", "organizer", "instance",
		"start_s", "end_s", "net_s", "known", "unsent", "state")
	rows.tail = " ON CONFLICT DO NOTHING"
	for _, o := range occurrences {
		for i, person := range o.people {
			last++
			err := rows.add(ctx, last, p.s.ID, epoch, person, cmp.Or(same[personAt{person, o.instance}], last), p.s.Kind, p.s.Category,
				p.s.UID, p.s.Organizer, string(o.instance), o.start, o.end, o.parts[i], number(o.known), number(unsent), state)
			if err != nil {
				return err
			}
		}
	}
	return rows.flush(ctx)
}

// forgetPlans leaves only numbers of the plans of a person, which nobody can find
// them by, and of the trials that were theirs.
func forgetPlans(ctx context.Context, tx *sql.Tx, person int64) error {
	for _, forget := range []string{
		`DELETE FROM plan_week WHERE person_id = $1 OR suggestion_id IN (SELECT id FROM suggestion WHERE person_id = $1)`,
		`UPDATE plan SET uid = '', organizer = '', instance = '' WHERE person_id = $1 OR suggestion_id IN (SELECT id FROM suggestion WHERE person_id = $1)`,
	} {
		if _, err := tx.ExecContext(ctx, forget, person); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE plan SET person_id = NULL, counts_as = $2 WHERE person_id = $1`, person, rand.Text())
	return err
}

// mergePlans gives the plans of somebody who turned out to be another person to that
// one. Where both stood for one occurrence, it is recovered once.
func mergePlans(ctx context.Context, tx *sql.Tx, from, to int64) error {
	for _, q := range []string{
		`UPDATE plan SET state = 'thawed' WHERE person_id = $1 AND ` + planStands + ` AND EXISTS (SELECT 1 FROM plan o WHERE o.person_id = $2
			AND o.uid = plan.uid AND o.organizer = plan.organizer AND o.instance = plan.instance AND o.` + planStands + `)`,
		`UPDATE plan SET person_id = $2 WHERE person_id = $1`,
		`DELETE FROM plan_week WHERE person_id = $1 AND EXISTS (SELECT 1 FROM plan_week o WHERE o.person_id = $2
			AND o.suggestion_id = plan_week.suggestion_id AND o.epoch = plan_week.epoch AND o.from_s = plan_week.from_s)`,
		`UPDATE plan_week SET person_id = $2 WHERE person_id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, q, from, to); err != nil {
			return err
		}
	}
	return nil
}
