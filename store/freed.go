package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"unmeet/store/hours"
)

// Freed is what a plan takes from the time of one person, as calendars show it.
type Freed struct {
	Same      int64  // the same for one person's time at one occurrence, however often it was suggested
	Person    string // names the person among others, and is no address
	Address   string // of the person, "" once they left
	Kind      string // of the suggestion: decline, trial
	Category  string // that the meeting was classified as
	Start     time.Time
	End       time.Time
	Net       time.Duration // that it gives back
	Cost      time.Duration // of their time, what reading it instead takes, and their part of writing it; 0 where Net is
	Accepted  bool          // and not taken back
	Gone      bool          // accepted, and calendars show it
	Recovered bool          // gone, and nothing else is needed: of a trial, the update was sent
}

// Plans returns what was suggested of occurrences that reach into [from, to), in
// order of start.
func (db *DB) Plans(ctx context.Context, from, to time.Time) ([]Freed, error) {
	return db.plans(ctx, "", from.Unix(), to.Unix())
}

// PlansWith returns what Plans does, of the suggestions that are about time of the person
// with an address: also what these are to others.
func (db *DB) PlansWith(ctx context.Context, address string, from, to time.Time) ([]Freed, error) {
	return db.plans(ctx, ` AND p.suggestion_id IN (SELECT q.suggestion_id FROM person w JOIN plan q ON q.person_id = w.id
		WHERE w.email = $3 AND q.start_s < $2 AND q.end_s > $1)`, from.Unix(), to.Unix(), address)
}

// plans returns the plans between the first two of args for which and holds.
func (db *DB) plans(ctx context.Context, and string, args ...any) (all []Freed, err error) {
	type update struct{ suggestion, epoch, start int64 } // read in place of one occurrence
	type costing struct {
		hours.Cost
		rows []int // of all
	}
	costs := map[update]costing{}
	err = each(ctx, db.read, `SELECT p.same, COALESCE(CAST(p.person_id AS TEXT), p.counts_as), COALESCE(e.email, ''), p.kind, p.category,
			p.start_s, p.end_s, p.net_s, CASE WHEN p.`+planStands+` THEN 1 ELSE 0 END,
			CASE WHEN p.state = 'freed' THEN 1 ELSE 0 END, CASE WHEN p.state = 'freed' AND p.unsent = 0 THEN 1 ELSE 0 END,
			p.suggestion_id, p.epoch, s.write_s, s.read_s
		FROM plan p JOIN suggestion s ON s.id = p.suggestion_id LEFT JOIN person e ON e.id = p.person_id
		WHERE p.start_s < $2 AND p.end_s > $1`+and+` ORDER BY p.start_s, p.id`, func(rows *sql.Rows) error {
		var f Freed
		var start, end, net int64
		var u update
		var cost hours.Cost
		err := rows.Scan(&f.Same, &f.Person, &f.Address, &f.Kind, &f.Category, &start, &end, &net, &f.Accepted, &f.Gone, &f.Recovered,
			&u.suggestion, &u.epoch, &cost.Write, &cost.Read)
		f.Start, f.End, f.Net = time.Unix(start, 0).UTC(), time.Unix(end, 0).UTC(), seconds(net)
		if u.start = start; f.Kind == planTrial {
			costs[u] = costing{cost, append(costs[u].rows, len(all))}
		} else if net > 0 {
			f.Cost = seconds(cost.Read)
		}
		all = append(all, f)
		return err
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	for _, c := range costs {
		nets := make([]int64, len(c.rows)) // which were allotted by share, as the cost is
		for i, row := range c.rows {
			nets[i] = int64(all[row].Net / time.Second)
		}
		for i, part := range hours.Allot(c.Write+c.Read*int64(len(nets)), nets) {
			all[c.rows[i]].Cost = seconds(part)
		}
	}
	return all, nil
}
