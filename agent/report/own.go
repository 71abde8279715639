package report

import (
	"context"
	"fmt"
	"iter"

	"unmeet/agent/verdict"
	"unmeet/rules"
	"unmeet/store"
)

// Own is what one person's meetings take and gave back, for them alone.
type Own struct {
	ByCategory, ByWeek *Funnel
	// Meetings is how much of their time meetings take, by category and by the first day
	// of each week, in the words of the funnel's rows.
	Meetings map[string]Hours
}

// BuildOwn reports on o.Person's own hours by category and by week, as [BuildFunnel]
// does and under the same conditions.
func BuildOwn(ctx context.Context, db *store.DB, rulesHash string, o FunnelOptions) (*Own, error) {
	if err := o.Period.check(); err != nil {
		return nil, err
	}
	own := &Own{Meetings: map[string]Hours{}}
	all := ownInputOf(ctx, db, rulesHash, o.Person)
	for by, into := range map[By]**Funnel{ByCategory: &own.ByCategory, ByWeek: &own.ByWeek} {
		o.By = by
		f, err := CountFunnel(all, o)
		if err != nil {
			return nil, err
		}
		*into = f
	}
	for _, p := range o.Period.weeks() {
		err := eachShare(all, o, p, func(k cell, share store.Share, inside Hours, _ FunnelSums) {
			if share.Address == o.Person {
				own.Meetings[k.category.String()] += inside
				own.Meetings[p.date(p.From)] += inside
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return own, nil
}

// ownWeek is what meetings of a week take of somebody's time, and of the others' in them.
type ownWeek struct {
	occurrences []store.Occurrence
	shares      map[int64][]store.Share
}

// ownInputOf is what db holds of one person, by the verdicts under rulesHash. Each week
// is read once, and nothing that they have no part in: so it takes no longer where there
// are many others.
func ownInputOf(ctx context.Context, db *store.DB, rulesHash, person string) FunnelInput {
	weeks, verdicts := map[Period]*ownWeek{}, map[string]rules.Verdict{}
	week := func(p Period) (*ownWeek, error) {
		if w := weeks[p]; w != nil {
			return w, nil
		}
		var w ownWeek
		var err error
		if w.occurrences, err = db.OccurrencesOf(ctx, person, p.From, p.To); err != nil {
			return nil, err
		}
		var ids []int64
		var subjects []string
		for i := range w.occurrences {
			ids, subjects = append(ids, w.occurrences[i].ID), append(subjects, w.occurrences[i].SubjectHash)
		}
		if w.shares, err = db.SharesOn(ctx, ids); err != nil {
			return nil, err
		}
		found, err := db.VerdictsOn(ctx, subjects, rulesHash)
		if err != nil {
			return nil, err
		}
		for hash, row := range found {
			if verdicts[hash], err = verdict.Decode(row.Verdict); err != nil {
				return nil, err
			}
		}
		weeks[p] = &w
		return &w, nil
	}
	return FunnelInput{
		Input: Input{
			Occurrences: func(p Period) iter.Seq2[store.Occurrence, error] {
				return func(yield func(store.Occurrence, error) bool) {
					w, err := week(p)
					if err != nil {
						yield(store.Occurrence{}, err)
						return
					}
					for _, occ := range w.occurrences {
						if !yield(occ, nil) {
							return
						}
					}
				}
			},
			Verdict: func(hash string) (rules.Verdict, error) {
				v, judged := verdicts[hash]
				if !judged {
					return v, fmt.Errorf("%w under the rules %s", ErrUnjudged, rulesHash)
				}
				return v, nil
			},
		},
		Plans: func(p Period) ([]store.Freed, error) { return db.PlansWith(ctx, person, p.From, p.To) },
		Shares: func(p Period) (map[int64][]store.Share, error) {
			w, err := week(p)
			if err != nil {
				return nil, err
			}
			return w.shares, nil
		},
	}
}
