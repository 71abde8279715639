package report

import (
	"context"
	"runtime"
	"sync"

	"unmeet/agent/verdict"
	"unmeet/rules"
	"unmeet/store"
)

// batch are verdicts that wait to be decoded: the hash of the subject of each, and the
// head of its text.
type batch struct {
	hashes []string
	ends   []int // of the texts
	texts  []byte
}

// batchSize is how many verdicts are decoded at a time.
const batchSize = 512

// places returns of all verdicts under rulesHash, by the hash of their subject, the
// category, the first guard, and whether they are sure: there are very many, of few
// kinds. Some are decoded while others are read.
func places(ctx context.Context, db *store.DB, rulesHash string) (map[string]*rules.Verdict, error) {
	all := map[string]*rules.Verdict{}
	kinds := map[verdict.Place]*rules.Verdict{}
	var failed error
	var keeping sync.Mutex
	keep := func(h *batch, places []verdict.Place, err error) {
		keeping.Lock()
		defer keeping.Unlock()
		if err != nil {
			failed = err
		}
		for i, p := range places {
			if kinds[p] == nil {
				kinds[p] = verdictOf(p)
			}
			all[h.hashes[i]] = kinds[p]
		}
	}
	read := make(chan *batch, 4)
	var decoding sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		decoding.Go(func() {
			for h := range read {
				places, err := h.decode()
				keep(h, places, err)
			}
		})
	}
	next := &batch{}
	err := db.EachVerdict(ctx, rulesHash, func(hash string, text []byte) error {
		next.hashes = append(next.hashes, hash)
		next.texts = append(next.texts, text[:verdict.Head(text)]...)
		next.ends = append(next.ends, len(next.texts))
		if len(next.hashes) == batchSize {
			read <- next
			next = &batch{}
		}
		return nil
	})
	read <- next
	close(read)
	decoding.Wait()
	if err != nil {
		return nil, err
	}
	return all, failed
}

func (h *batch) decode() ([]verdict.Place, error) {
	places := make([]verdict.Place, 0, len(h.ends))
	begin := 0
	for _, end := range h.ends {
		p, err := verdict.DecodePlace(h.texts[begin:end])
		if err != nil {
			return nil, err
		}
		places = append(places, p)
		begin = end
	}
	return places, nil
}

// verdictOf is a verdict that says nothing but where a meeting belongs.
func verdictOf(p verdict.Place) *rules.Verdict {
	v := &rules.Verdict{Category: p.Category, Sure: p.Sure}
	if p.Guard != "" {
		v.Guards = []string{p.Guard}
	}
	return v
}
