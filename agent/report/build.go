package report

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

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

// inputOf is what db holds, by the verdicts under rulesHash.
func inputOf(ctx context.Context, db *store.DB, rulesHash string) (Input, error) {
	verdicts, err := db.Verdicts(ctx, rulesHash)
	if err != nil {
		return Input{}, err
	}
	var decoding sync.Mutex
	decoded := map[string]rules.Verdict{}
	return Input{
		Occurrences: func(p Period) iter.Seq2[store.Occurrence, error] {
			return db.Occurrences(ctx, p.From, p.To)
		},
		Attending: func(p Period) (map[int64][]int64, error) {
			return db.Attending(ctx, p.From, p.To)
		},
		Verdict: func(hash string) (rules.Verdict, error) {
			decoding.Lock()
			v, ok := decoded[hash]
			row, left := verdicts[hash]
			decoding.Unlock()
			if ok {
				return v, nil
			}
			if !left {
				return rules.Verdict{}, fmt.Errorf("%w under the rules %s", ErrUnjudged, rulesHash)
			}
			v, err := verdict.Decode(row.Verdict)
			decoding.Lock()
			decoded[hash] = v
			delete(verdicts, hash) // once is enough to hold it
			decoding.Unlock()
			return v, err
		},
	}, nil
}
