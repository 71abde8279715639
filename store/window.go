package store

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"
)

// window is a stretch of time, to exclusive, in Unix seconds.
type window struct{ from, to int64 }

// always is all time.
var always = window{math.MinInt64, math.MaxInt64}

// windowOf returns [from, to); a zero time means no bound.
func windowOf(from, to time.Time) window {
	w := always
	if !from.IsZero() {
		w.from = from.Unix()
	}
	if !to.IsZero() {
		w.to = to.Unix()
	}
	return w
}

// touches reports whether any of [start, end) is in w; what has no length is
// where it starts.
func (w window) touches(start, end int64) bool {
	return start < w.to && (end > w.from || start >= w.from)
}

// widened is w with what was listed since, if that leaves no gap; else it is only
// the latter.
func (w window) widened(listed window) window {
	if w.from == w.to || listed.from > w.to || listed.to < w.from {
		return listed
	}
	return window{min(w.from, listed.from), max(w.to, listed.to)}
}

func (w window) covers(t int64) bool { return w.from <= t && t < w.to }

// windows are several stretches of time.
type windows []window

// merged returns the same time in order, in stretches that do not overlap. It
// reuses the memory of ws.
func (ws windows) merged() windows {
	slices.SortFunc(ws, func(a, b window) int { return cmp.Compare(a.from, b.from) })
	m := ws[:0]
	for _, w := range ws {
		if n := len(m); n > 0 && w.from <= m[n-1].to {
			m[n-1].to = max(m[n-1].to, w.to)
		} else {
			m = append(m, w)
		}
	}
	return m
}

// widened returns ws, which must be merged, with so many seconds more before and after
// each stretch, merged anew.
func (ws windows) widened(before, after int64) windows {
	wide := make(windows, len(ws))
	for i, w := range ws {
		wide[i] = window{w.from - before, w.to + after}
	}
	return wide.merged()
}

// meet reports whether any of [start, end) is in ws, which must be merged.
func (ws windows) meet(start, end int64) bool {
	i := sort.Search(len(ws), func(i int) bool { return ws[i].to > start })
	return i < len(ws) && ws[i].from < end
}
