package report

import (
	"context"

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
	in, err := inputOf(ctx, db, rulesHash)
	if err != nil {
		return nil, err
	}
	all := FunnelInput{
		Input:  in,
		Plans:  func(p Period) ([]store.Freed, error) { return db.Plans(ctx, p.From, p.To) },
		Shares: func(p Period) (map[int64][]store.Share, error) { return db.Shares(ctx, p.From, p.To) },
	}
	for by, into := range map[By]**Funnel{ByCategory: &own.ByCategory, ByWeek: &own.ByWeek} {
		o.By = by
		if *into, err = CountFunnel(all, o); err != nil {
			return nil, err
		}
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
