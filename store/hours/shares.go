package hours

import (
	"cmp"
	"math"
	"slices"
)

// Busy is one person's time at one occurrence that counts for them.
type Busy struct {
	Person     int64
	Occurrence int64
	Key        string // of the occurrence: settles the order of those that start together
	Start, End int64  // Unix seconds, End exclusive; nothing is busy where End <= Start
}

// Share is the part of a person's time that belongs to one occurrence.
type Share struct {
	Person     int64
	Occurrence int64
	Seconds    int64
}

// Shares splits each person's double-booked time evenly between the occurrences
// that overlap: the second t at which a person is in n of them belongs to the
// (t mod n)-th, in order of start and then of Key. A person's shares add up to
// the time they are busy, exactly, whatever the order of the input. There is
// one Share for each Busy, sorted by person and then by that order. It takes
// n log n steps and one more for each pair that overlaps.
//
// A person's occurrences need different Keys where they start together.
func Shares(busy []Busy) []Share { return Within(busy, math.MinInt64, math.MaxInt64) }

// Within is [Shares] of the seconds in [from, to) only. Shares of adjoining
// periods add up to the shares of the whole. An occurrence without a second in
// the period has a Share of none.
func Within(busy []Busy, from, to int64) []Share {
	busy = slices.Clone(busy)
	slices.SortFunc(busy, func(a, b Busy) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Start, b.Start), cmp.Compare(a.Key, b.Key))
	})
	shares := make([]Share, len(busy))
	for i, b := range busy {
		shares[i] = Share{Person: b.Person, Occurrence: b.Occurrence}
	}
	for first := 0; first < len(busy); {
		last := first
		for last < len(busy) && busy[last].Person == busy[first].Person {
			last++
		}
		sweep(busy[first:last], shares[first:last], from, to)
		first = last
	}
	return shares
}

// sweep shares out one person's time. The busy come in order, so that those
// running at any time are in order too: a newcomer goes to the end.
func sweep(busy []Busy, shares []Share, from, to int64) {
	var running []int // indexes into busy
	for next, now := 0, int64(math.MinInt64); next < len(busy) || len(running) > 0; {
		if len(running) == 0 {
			now = busy[next].Start
		}
		for next < len(busy) && busy[next].Start <= now {
			if busy[next].End > now {
				running = append(running, next)
			}
			next++
		}
		if len(running) == 0 {
			continue
		}
		until := busy[running[0]].End
		for _, i := range running {
			until = min(until, busy[i].End)
		}
		if next < len(busy) {
			until = min(until, busy[next].Start)
		}
		if a, b := max(now, from), min(until, to); a < b {
			n := int64(len(running))
			for turn, i := range running {
				shares[i].Seconds += turns(b, int64(turn), n) - turns(a, int64(turn), n)
			}
		}
		now = until
		running = slices.DeleteFunc(running, func(i int) bool { return busy[i].End <= now })
	}
}

// turns counts, up to a constant, the seconds before t that fall to the given
// turn when n take turns.
func turns(t, turn, n int64) int64 {
	q, r := t/n, t%n
	if r < 0 {
		q, r = q-1, r+n
	}
	if r > turn {
		q++
	}
	return q
}
