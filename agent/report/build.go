package report

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"unmeet/agent/verdict"
	"unmeet/rules"
	"unmeet/store"
)

// ErrUnjudged says that a meeting has no verdict under the rules of a report:
// somebody may just have changed it.
var ErrUnjudged = errors.New("not judged yet")

// Build reports on what db holds, by the verdicts under rulesHash, and fills in
// the coverage. Every meeting of the period must have been judged under these
// rules: hours that nobody judged must not pass for hours that nobody could
// save, so one without a verdict is an [ErrUnjudged].
func Build(ctx context.Context, db *store.DB, rulesHash string, o Options) (*Report, error) {
	if err := o.Period.check(); err != nil {
		return nil, err
	}
	people, err := db.People(ctx, o.Period.From, o.Period.To)
	if err != nil {
		return nil, err
	}
	late, err := db.NotRead(ctx, o.Fresh)
	if err != nil {
		return nil, err
	}
	o.Coverage = Coverage{Connected: people.Connected, People: people.Known, NotRead: late.People, LastRead: late.Last}
	in, err := inputOf(ctx, db, rulesHash)
	if err != nil {
		return nil, err
	}
	in.People = people.Meeting
	return Count(in, o)
}

// BuildFunnel reports on what became of suggestions, as [Build] does on meetings, and
// under the same conditions.
func BuildFunnel(ctx context.Context, db *store.DB, rulesHash string, o FunnelOptions) (*Funnel, error) {
	if err := o.Period.check(); err != nil {
		return nil, err
	}
	people, err := db.People(ctx, o.Period.From, o.Period.To)
	if err != nil {
		return nil, err
	}
	in, err := inputOf(ctx, db, rulesHash)
	if err != nil {
		return nil, err
	}
	f, err := CountFunnel(FunnelInput{
		Input:  in,
		Plans:  func(p Period) ([]store.Freed, error) { return db.Plans(ctx, p.From, p.To) },
		Shares: func(p Period) (map[int64][]store.Share, error) { return db.Shares(ctx, p.From, p.To) },
	}, o)
	if err != nil {
		return nil, err
	}
	late, err := db.NotRead(ctx, o.Fresh)
	if err != nil {
		return nil, err
	}
	f.Connected, f.Known, f.NotRead, f.lastRead = people.Connected, people.Known, late.People, late.Last
	return f, nil
}

// BuildPage makes a page of db: the report that o asks for, by week, and the funnel of
// the same weeks with its balance. It is as private as these are: o.MinGroup decides.
// Conditions are as of [Build].
func BuildPage(ctx context.Context, db *store.DB, rulesHash string, o Options, now time.Time) (*Page, error) {
	o.By = ByWeek
	r, err := BuildCompared(ctx, db, rulesHash, o)
	if err != nil {
		return nil, err
	}
	f, err := BuildFunnel(ctx, db, rulesHash, FunnelOptions{
		Period: o.Period, MinGroup: o.MinGroup, Cost: o.Cost, Price: o.Price, Fresh: o.Fresh, Balance: true,
	})
	if err != nil {
		return nil, err
	}
	return &Page{Report: r, Funnel: f, Cost: o.Cost, Made: now}, nil
}

// inputOf is what db holds, by the verdicts under rulesHash.
func inputOf(ctx context.Context, db *store.DB, rulesHash string) (Input, error) {
	verdicts, err := db.Verdicts(ctx, rulesHash)
	if err != nil {
		return Input{}, err
	}
	decoded := map[string]rules.Verdict{}
	return Input{
		Occurrences: func(p Period) iter.Seq2[store.Occurrence, error] {
			return db.Occurrences(ctx, p.From, p.To)
		},
		Attending: func(p Period) (map[int64][]int64, error) {
			return db.Attending(ctx, p.From, p.To)
		},
		Verdict: func(hash string) (rules.Verdict, error) {
			if v, ok := decoded[hash]; ok {
				return v, nil
			}
			row, ok := verdicts[hash]
			if !ok {
				return rules.Verdict{}, fmt.Errorf("%w under the rules %s", ErrUnjudged, rulesHash)
			}
			v, err := verdict.Decode(row.Verdict)
			decoded[hash] = v
			return v, err
		},
	}, nil
}
