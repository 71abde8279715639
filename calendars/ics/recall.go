package ics

// recall remembers, for a while, series that were let go for lying outside of
// the window: one of their instances may turn out to be moved into it, and takes
// its words and guests from them. It forgets the oldest when it has grown large,
// so that memory does not grow with a file.
type recall struct {
	series map[uint64]*event // by the hash of their object's key
	order  []uint64          // oldest first; some may be gone from series
	size   int               // bytes they take, about
}

// maxRecalled is how many bytes of series are remembered: thousands of them.
const maxRecalled = 8 << 20

// put remembers e instead of what was let go under key before.
func (r *recall) put(key uint64, e *event) {
	r.take(key)
	if r.series == nil {
		r.series = make(map[uint64]*event)
	}
	r.series[key] = e
	r.order = append(r.order, key)
	for r.size += e.weight(); r.size > maxRecalled; r.order = r.order[1:] {
		r.take(r.order[0])
	}
}

// take returns what was let go under key, and forgets it; nil where nothing is
// remembered.
func (r *recall) take(key uint64) *event {
	e := r.series[key]
	if e != nil {
		r.size -= e.weight()
		delete(r.series, key)
	}
	return e
}

// weight is how many bytes the series e takes, about.
func (e *event) weight() int {
	const itself, person, except = 1 << 10, 80, 32
	return itself + len(e.copy.Body) + person*len(e.copy.People) + except*len(e.repeats.Except)
}
