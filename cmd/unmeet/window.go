package main

import (
	"time"

	"unmeet/agent/report"
	"unmeet/calendars"
	"unmeet/calendars/ics"
)

// A report needs more than its period. An occurrence that goes on across an edge
// is taken as a whole: what it costs and who shares time with it is found over
// all of its length, and a part of that is the period's. So the window that is
// read reaches to where the last such occurrence ends.

// withBefore is p with the period before, which it is compared with.
func withBefore(p report.Period) report.Period {
	p.From = p.Before().From
	return p
}

// margin is the window that does unless something longer than a day goes on
// across an edge.
func margin(p report.Period) (from, to time.Time) {
	return p.From.AddDate(0, 0, -1), p.To.AddDate(0, 0, 1)
}

// farthest is the widest window there is. It keeps an event that ends in the
// wrong century from having centuries counted.
func farthest(p report.Period) (from, to time.Time) {
	return p.From.AddDate(-1, 0, 0), p.To.AddDate(1, 0, 0)
}

// around returns the window to read for p, as far as l, which was read for p at
// least, can tell.
func (l *library) around(p report.Period) (from, to time.Time) {
	from, to = margin(p)
	for _, edge := range []time.Time{p.From, p.To} {
		for c := range l.copies(edge.Add(-time.Second), edge.Add(time.Second)) {
			if c.AllDay { // takes no hours, and shares none
				continue
			}
			for _, span := range spansOf(c) {
				if span.Start.Before(edge) && span.End.After(edge) {
					from, to = earlier(from, span.Start), later(to, span.End)
				}
			}
		}
	}
	first, last := farthest(p)
	return later(from, first), earlier(to, last)
}

// spansOf returns when c takes place.
func spansOf(c *calendars.Copy) []calendars.Span {
	if c.Series() {
		return c.Spans
	}
	return []calendars.Span{{Instance: c.Instance, Start: c.Start, End: c.End}}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// readPeriod reads the calendars of j and says which time to report on. Events
// outside of the window for that are let go while reading, so that memory does
// not grow with a file's past.
func (a *app) readPeriod(j job) (*library, report.Period, error) {
	guess := j.period(time.Time{}, time.Time{})
	options := ics.Options{Zone: j.zone}
	again := lasting(j.files)
	switch {
	case again:
		options.From, options.To = margin(withBefore(guess))
	case !j.from.IsZero() && !j.to.IsZero():
		options.From, options.To = farthest(guess)
	}
	library, err := a.readCalendars(j.files, options)
	if err != nil {
		return nil, guess, err
	}
	period := j.period(library.extent(j.now))
	if !again {
		return library, period, nil
	}
	for range 2 { // once for another period than was guessed, once for what crosses its edges
		from, to := library.around(withBefore(period))
		if !from.Before(options.From) && !to.After(options.To) {
			break
		}
		options.From, options.To = from, to
		if library, err = a.readCalendars(j.files, options); err != nil {
			return nil, period, err
		}
	}
	return library, period, nil
}
