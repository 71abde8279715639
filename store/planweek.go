package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"sort"
	"time"

	"unmeet/calendars"
)

// expect keeps how many occurrences of the lineage each person of a plan would
// attend, week by week until nothing can come in the stead of its last one any more:
// as calendars show it, and beyond that as the rule of the meeting says.
func (p *planning) expect(ctx context.Context, epoch int, occurrences []planned) error {
	type stretch struct{ first, last int64 }
	people := map[int64]stretch{}
	plannedAt := map[personAt]int64{}
	for _, o := range occurrences {
		slot := slotOf(o.instance, o.start)
		for _, person := range o.people {
			plannedAt[personAt{person, o.instance}] = slot
			s, ok := people[person]
			if !ok {
				s = stretch{slot, slot}
			}
			people[person] = stretch{min(s.first, slot), max(s.last, slot)}
		}
	}
	if len(people) == 0 {
		return nil
	}
	series, err := seriesOf(ctx, p.tx, p.now, p.s.UID, p.s.Organizer)
	if err != nil {
		return err
	}
	rows := insertInto(p.tx, "plan_week", "suggestion_id", "epoch", "person_id", "from_s", "to_s", "expected")
	rows.tail = " ON CONFLICT DO NOTHING"
	for _, person := range sortedKeys(people) {
		s := people[person]
		weeks := weeksOf(series.zone, s.first, s.last+metAgainWithin)
		attended, err := attendedOf(ctx, p.tx, person, p.meeting)
		if err != nil {
			return err
		}
		counted := map[calendars.Instance]bool{}
		count := func(i calendars.Instance, slot int64) {
			if at := weeks.at(slot); at >= 0 && !counted[i] {
				weeks[at].expected++
				counted[i] = true
			}
		}
		for _, o := range attended {
			if !o.here {
				if at := weeks.at(o.slot); at >= 0 {
					weeks[at].expected++
				}
				continue
			}
			count(o.instance, o.slot)
		}
		for at, slot := range plannedAt {
			if at.person == person {
				count(at.instance, slot)
			}
		}
		for _, start := range series.beyond(weeks[len(weeks)-1].to) {
			count(instanceAt(start), start)
		}
		for _, w := range weeks {
			if err := rows.add(ctx, p.s.ID, epoch, person, w.from, w.to, w.expected); err != nil {
				return err
			}
		}
	}
	return rows.flush(ctx)
}

// slotOf is the time that an occurrence was first planned for, which tells the week
// that it is of, whenever it takes place. What is a year away from that, says nothing.
func slotOf(i calendars.Instance, start int64) int64 {
	const aYear = 366 * 24 * 60 * 60
	if t, ok := i.Time(time.UTC); ok && t.Unix() > start-aYear && t.Unix() < start+aYear {
		return t.Unix()
	}
	return start
}

// attended is an occurrence that somebody attends.
type attended struct {
	instance calendars.Instance
	slot     int64
	here     bool // of the meeting that was asked about, else of its lineage
}

// attendedOf returns what a person attends of the lineage of a meeting.
func attendedOf(ctx context.Context, q queryer, person, meeting int64) (all []attended, err error) {
	err = each(ctx, q, `SELECT o.instance, o.start_s, o.meeting_id = $2 FROM meeting b JOIN meeting m ON m.lineage_id = b.lineage_id
		JOIN occurrence o ON o.meeting_id = m.id JOIN attendance t ON t.occurrence_id = o.id
		WHERE b.id = $2 AND t.person_id = $1 AND o.counts <> 0 AND `+attendsSQL, func(rows *sql.Rows) error {
		var a attended
		var start int64
		err := rows.Scan(&a.instance, &start, &a.here)
		a.slot = slotOf(a.instance, start)
		all = append(all, a)
		return err
	}, person, meeting)
	return all, err
}

// week is a week of a plan, Monday to Sunday in the zone of its series.
type week struct {
	from, to int64
	expected int
}

type planWeekList []week

// weeksOf returns the weeks from the one that first is in to that of last.
func weeksOf(zone *time.Location, first, last int64) planWeekList {
	t := time.Unix(first, 0).In(zone)
	year, month, day := t.Date()
	day -= (int(t.Weekday()) + 6) % 7
	var all planWeekList
	for {
		from, to := time.Date(year, month, day, 0, 0, 0, 0, zone).Unix(), time.Date(year, month, day+7, 0, 0, 0, 0, zone).Unix()
		if from > last {
			return all
		}
		all = append(all, week{from: from, to: to})
		day += 7
	}
}

// at returns the index of the week that t is in, -1 if it is in none.
func (ws planWeekList) at(t int64) int {
	i := sort.Search(len(ws), func(i int) bool { return ws[i].to > t })
	if i < len(ws) && ws[i].from <= t {
		return i
	}
	return -1
}

func sortedKeys[V any](m map[int64]V) []int64 { return slices.Sorted(maps.Keys(m)) }
