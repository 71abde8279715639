package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Others stands in a [Sum] for the kinds of suggestions of which it is not told what
// came of them.
const Others = "others"

// cell is what is only told together: suggestions that the same came of. Every figure
// is a sum of whole cells, each of enough people, so that none tells of fewer, and
// neither do differences between them.
type cell struct {
	people map[string]bool
	sums   map[outcomeOf]Sum
}

func (c *cell) add(k outcomeOf, s Sum) {
	if c.sums == nil {
		c.sums = map[outcomeOf]Sum{}
	}
	s.Count, s.Minutes = s.Count+c.sums[k].Count, s.Minutes+c.sums[k].Minutes
	c.sums[k] = s
}

func (c *cell) of(who string) {
	if c.people == nil {
		c.people = map[string]bool{}
	}
	if who != "" {
		c.people[who] = true
	}
}

// fold takes out of cells those of fewer people than least, and as many more as make
// them enough together, the smallest first.
func fold(cells map[string]*cell, least int) {
	others, took := map[string]bool{}, false
	take := func(name string) {
		maps.Copy(others, cells[name].people)
		delete(cells, name)
		took = true
	}
	for _, name := range slices.Sorted(maps.Keys(cells)) {
		if len(cells[name].people) < least {
			take(name)
		}
	}
	for took && len(others) < least && len(cells) > 0 {
		take(slices.MinFunc(slices.Sorted(maps.Keys(cells)), func(a, b string) int { return len(cells[a].people) - len(cells[b].people) }))
	}
}

// outcomeOf names a kind of outcome.
type outcomeOf struct{ outcome, kind string }

// thread is what came of one suggestion.
type thread struct {
	who, kind string
	sums      map[string]Sum // by outcome
}

// cell names what the same came of.
func (t *thread) cell() string {
	var name strings.Builder
	name.WriteString(t.kind)
	for _, outcome := range slices.Sorted(maps.Keys(t.sums)) {
		fmt.Fprintf(&name, " %s %d", outcome, t.sums[outcome].Count)
	}
	return name.String()
}

// Told returns what came of the suggestions that were made in [from, to), whenever it
// came, and who left or returned then, added up as it may be shown to others: in order
// of outcome and kind, and how many people were asked in that time; nothing if those are
// fewer than least. What came of suggestions is told of those of which the same came for
// at least so many people; of the others, kind [Others], it is told only that they were
// made. A suggestion stands in the figures of one time alone, so whatever is made of
// figures, over times that do not overlap, is of at least so many people.
func (db *DB) Told(ctx context.Context, from, to time.Time, least int) (sums []Sum, people int, err error) {
	if _, people, err = db.Sums(ctx, from, to); err != nil || people < least {
		return nil, 0, err
	}
	asked := map[int64]string{} // who, also once they left
	err = each(ctx, db.read, `SELECT suggestion_id, COALESCE(CAST(person_id AS TEXT), counts_as) FROM outcome WHERE outcome = 'suggested' AND suggestion_id IS NOT NULL`, func(rows *sql.Rows) error {
		var id int64
		var who string
		err := rows.Scan(&id, &who)
		asked[id] = who
		return err
	})
	threads := map[string]*thread{}
	if err == nil {
		err = each(ctx, db.read, `SELECT id, COALESCE(suggestion_id, 0), COALESCE(CAST(person_id AS TEXT), ''), outcome, kind, minutes FROM outcome
			WHERE suggestion_id IN (SELECT suggestion_id FROM outcome WHERE outcome = 'suggested' AND at >= $1 AND at < $2) OR suggestion_id IS NULL AND at >= $1 AND at < $2`, func(rows *sql.Rows) error {
			var id, suggestion int64
			var who string
			s := Sum{Count: 1}
			if err := rows.Scan(&id, &suggestion, &who, &s.Outcome, &s.Kind, &s.Minutes); err != nil {
				return err
			}
			name := "suggestion " + strconv.FormatInt(suggestion, 10)
			if suggestion == 0 { // somebody left, which names nobody, or returned
				name = "row " + strconv.FormatInt(id, 10)
				if who == "" {
					who = name
				}
			} else if who == "" {
				who = asked[suggestion]
			}
			t := threads[name]
			if t == nil {
				t = &thread{who: who, kind: s.Kind, sums: map[string]Sum{}}
				threads[name] = t
			}
			known := t.sums[s.Outcome]
			s.Count, s.Minutes = s.Count+known.Count, s.Minutes+known.Minutes
			t.sums[s.Outcome] = s
			return nil
		}, from.Unix(), to.Unix())
	}
	if err != nil {
		return nil, 0, fmt.Errorf("tell of outcomes: %w", err)
	}
	cells := map[string]*cell{}
	for _, t := range threads {
		name := t.cell()
		c := cells[name]
		if c == nil {
			c = &cell{}
			cells[name] = c
		}
		c.of(t.who)
		for outcome, s := range t.sums {
			c.add(outcomeOf{outcome, t.kind}, s)
		}
	}
	fold(cells, least)
	all := map[outcomeOf]Sum{}
	tell := func(k outcomeOf, s Sum) {
		known := all[k]
		all[k] = Sum{k.outcome, k.kind, known.Count + s.Count, known.Minutes + s.Minutes}
	}
	for _, c := range cells {
		for k, s := range c.sums {
			tell(k, s)
		}
	}
	rest := &cell{} // what was suggested beside that
	for _, t := range threads {
		if s, asked := t.sums[outcomeSuggested]; asked && cells[t.cell()] == nil {
			rest.of(t.who)
			rest.add(outcomeOf{outcomeSuggested, Others}, s)
		}
	}
	if len(rest.people) >= least {
		for k, s := range rest.sums {
			tell(k, s)
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(all), func(a, b outcomeOf) int {
		return strings.Compare(a.outcome+"\x00"+a.kind, b.outcome+"\x00"+b.kind)
	}) {
		sums = append(sums, all[k])
	}
	return sums, people, nil
}

// RulesToTell returns the rules of which it may be told what people said to the
// suggestions offered at since or later that they spoke for: those that spoke to at
// least so many people. Of two rules that spoke for the same suggestions but for some
// to fewer people than that, only the one is told that spoke to more.
func (db *DB) RulesToTell(ctx context.Context, since time.Time, least int) (tell map[string]bool, err error) {
	asked := map[string]map[int64]string{} // by rule and suggestion, whom
	err = each(ctx, db.read, `SELECT r.rule, s.id, COALESCE(CAST(s.person_id AS TEXT), '') FROM suggestion_rule r JOIN suggestion s ON s.id = r.suggestion_id
		WHERE s.state <> 'withdrawn' AND s.offered_at >= $1`, func(rows *sql.Rows) error {
		var rule, who string
		var id int64
		err := rows.Scan(&rule, &id, &who)
		if asked[rule] == nil {
			asked[rule] = map[int64]string{}
		}
		asked[rule][id] = who
		return err
	}, since.Unix())
	if err != nil {
		return nil, fmt.Errorf("rules to tell of: %w", err)
	}
	// beyond returns how many people only one rule spoke to, and for how many suggestions.
	beyond := func(of, without map[int64]string) (people, suggestions int) {
		who := map[string]bool{}
		for id, person := range of {
			if _, both := without[id]; !both {
				suggestions++
				if person != "" {
					who[person] = true
				}
			}
		}
		return len(who), suggestions
	}
	all := map[string]int{}
	for rule, of := range asked {
		all[rule], _ = beyond(of, nil)
	}
	tell = map[string]bool{}
	for _, rule := range slices.SortedFunc(maps.Keys(asked), func(a, b string) int { return cmp.Or(all[b]-all[a], strings.Compare(a, b)) }) {
		tell[rule] = all[rule] >= least
		for other, told := range tell {
			if !told || other == rule {
				continue
			}
			left, more := beyond(asked[other], asked[rule])
			own, mine := beyond(asked[rule], asked[other])
			if mine == 0 && more > 0 && left < least || more == 0 && mine > 0 && own < least {
				tell[rule] = false
			}
		}
	}
	return tell, nil
}
