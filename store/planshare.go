package store

import (
	"context"
	"database/sql"

	"unmeet/calendars"
	"unmeet/store/hours"
)

// share sees to it that time which a plan has taken out of two meetings at once is given
// back once. Where somebody is out of an occurrence by another plan, those that overlap
// it have all of that time since: of these, each still gets the share that it had when
// both were attended.
func (p *planning) share(ctx context.Context, all []planned) error {
	if len(all) == 0 {
		return nil
	}
	from, to := all[0].start, all[0].end
	for _, o := range all {
		from, to = min(from, o.start), max(to, o.end)
	}
	// Asked of each of these people, not of all at that time: those may be thousands.
	query, err := p.tx.PrepareContext(ctx, `SELECT p.person_id, p.uid, p.organizer, p.instance, p.start_s, p.end_s FROM plan p
		WHERE p.person_id = $5 AND p.state IN ('planned', 'freed') AND p.start_s < $2 AND p.end_s > $1 AND NOT (p.uid = $3 AND p.organizer = $4)
		AND NOT EXISTS (SELECT 1 FROM meeting m JOIN occurrence o ON o.meeting_id = m.id JOIN attendance t ON t.occurrence_id = o.id
			WHERE m.uid = p.uid AND m.organizer = p.organizer AND o.instance = p.instance AND t.person_id = p.person_id AND o.counts = 1 AND `+attendsSQL+`)`)
	if err != nil {
		return err
	}
	defer query.Close()
	out := map[int64][]hours.Busy{}
	asked := map[int64]bool{}
	for _, o := range all {
		for _, person := range o.people {
			if asked[person] {
				continue
			}
			asked[person] = true
			err := eachOf(ctx, query, func(rows *sql.Rows) error { return scanBusy(rows, out) }, from, to, p.s.UID, p.s.Organizer, person)
			if err != nil {
				return err
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	shares := map[int64]map[string]int64{} // of who is out of something, by occurrence
	here := key{p.s.UID, p.s.Organizer}
	for i := range all {
		for j, person := range all[i].people {
			if out[person] == nil {
				continue
			}
			if shares[person] == nil {
				err := each(ctx, p.tx, `SELECT t.person_id, m.uid, m.organizer, o.instance, o.start_s, o.end_s FROM attendance t
					JOIN occurrence o ON o.id = t.occurrence_id JOIN meeting m ON m.id = o.meeting_id
					WHERE t.person_id = $1 AND o.counts = 1 AND o.start_s < $3 AND o.end_s > $2 AND `+attendsSQL,
					func(rows *sql.Rows) error { return scanBusy(rows, out) }, person, from, to)
				if err != nil {
					return err
				}
				busy := out[person]
				for n := range busy {
					busy[n].Occurrence = int64(n)
				}
				shares[person] = map[string]int64{}
				for _, s := range hours.Shares(busy) {
					shares[person][busy[s.Occurrence].Key] = s.Seconds
				}
			}
			all[i].shares[j] = shares[person][here.of(all[i].instance)]
		}
	}
	return nil
}

// scanBusy adds one occurrence to what its person is busy with.
func scanBusy(rows *sql.Rows, busy map[int64][]hours.Busy) error {
	var b hours.Busy
	var k key
	var instance string
	err := rows.Scan(&b.Person, &k.uid, &k.organizer, &instance, &b.Start, &b.End)
	b.Key = k.of(calendars.Instance(instance))
	busy[b.Person] = append(busy[b.Person], b)
	return err
}
