package report

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
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
	people, err := known(ctx, db, o)
	if err != nil {
		return nil, err
	}
	late, err := db.NotRead(ctx, o.Fresh)
	if err != nil {
		return nil, err
	}
	o.Coverage = Coverage{Connected: people.Connected, People: people.Known, NotRead: late.People, LastRead: late.Last}
	if o.MinGroup > 0 {
		return Count(groupInputOf(ctx, db, rulesHash), o)
	}
	in, err := inputOf(ctx, db, rulesHash)
	if err != nil {
		return nil, err
	}
	in.People = people.Meeting
	return Count(in, o)
}

// known counts people. With a MinGroup, those who meet are counted by week.
func known(ctx context.Context, db *store.DB, o Options) (store.PeopleCount, error) {
	if o.MinGroup > 0 {
		return db.Known(ctx)
	}
	return db.People(ctx, o.Period.From, o.Period.To)
}

// BuildFunnel reports on what became of suggestions, as [Build] does on meetings, and
// under the same conditions.
func BuildFunnel(ctx context.Context, db *store.DB, rulesHash string, o FunnelOptions) (*Funnel, error) {
	if err := o.Period.check(); err != nil {
		return nil, err
	}
	people, err := db.Known(ctx)
	if err != nil {
		return nil, err
	}
	f, err := CountFunnel(FunnelInput{
		Input:  groupInputOf(ctx, db, rulesHash),
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

// inputOf is what db holds, by the verdicts under rulesHash, with the words of meetings
// and all that was said of them.
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
		Verdict: func(hash string) (rules.Verdict, error) {
			if v, ok := decoded[hash]; ok {
				return v, nil
			}
			row, left := verdicts[hash]
			if !left {
				return rules.Verdict{}, fmt.Errorf("%w under the rules %s", ErrUnjudged, rulesHash)
			}
			v, err := verdict.Decode(row.Verdict)
			decoded[hash] = v
			delete(verdicts, hash) // once is enough to hold it
			return v, err
		},
	}, nil
}

// places returns all verdicts under rulesHash by the hash of their subject, with nothing
// in them but the category, the first guard, and whether they are sure: there are very
// many, of few kinds.
func places(ctx context.Context, db *store.DB, rulesHash string) (map[string]*rules.Verdict, error) {
	all := map[string]*rules.Verdict{}
	kinds := map[verdict.Place]*rules.Verdict{}
	var places verdict.Places
	err := db.EachVerdict(ctx, rulesHash, func(subjectHash string, text []byte) error {
		p, err := places.Decode(text)
		if err != nil {
			return err
		}
		if kinds[p] == nil {
			kinds[p] = &rules.Verdict{Category: p.Category, Sure: p.Sure}
			if p.Guard != "" {
				kinds[p].Guards = []string{p.Guard}
			}
		}
		all[subjectHash] = kinds[p]
		return nil
	})
	return all, err
}

// groupInputOf is what db holds, by the verdicts under rulesHash, as far as a report
// with a MinGroup asks for it.
func groupInputOf(ctx context.Context, db *store.DB, rulesHash string) Input {
	// Read while others look for who met.
	verdicts := sync.OnceValues(func() (map[string]*rules.Verdict, error) { return places(ctx, db, rulesHash) })
	return Input{
		Occurrences: func(p Period) iter.Seq2[store.Occurrence, error] {
			return func(yield func(store.Occurrence, error) bool) {
				all, err := db.Bare(ctx, p.From, p.To)
				if err != nil {
					yield(store.Occurrence{}, err)
					return
				}
				for _, o := range all {
					if !yield(o, nil) {
						return
					}
				}
			}
		},
		Verdict: func(hash string) (rules.Verdict, error) {
			all, err := verdicts()
			if err != nil {
				return rules.Verdict{}, err
			}
			v := all[hash]
			if v == nil {
				return rules.Verdict{}, fmt.Errorf("%w under the rules %s", ErrUnjudged, rulesHash)
			}
			return *v, nil
		},
		Attending: func(occurrences []int64) (map[int64][]int64, error) { return db.Attending(ctx, occurrences) },
		Meeting: func(weeks []Period) ([]int, error) {
			spans := make([]store.Span, len(weeks))
			for i, w := range weeks {
				spans[i] = store.Span{From: w.From, To: w.To}
			}
			return db.Meeting(ctx, spans)
		},
	}
}
