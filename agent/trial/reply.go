package trial

import (
	"time"

	"unmeet/agent/suggest"
)

// Week is when people work, in the location of the times asked about.
type Week struct {
	Hours suggest.Hours
	Quiet suggest.Dates
}

// maxQuiet is how many days in a row are looked at for one on which people work.
const maxQuiet = 60

// works reports whether people work on the day of t.
func (w Week) works(t time.Time) bool {
	h := w.Hours[t.Weekday()]
	return h.From < h.To && !w.Quiet.Has(t)
}

// Next returns when people work, at t or later; t where they never do.
func (w Week) Next(t time.Time) time.Time {
	at := t
	for range maxQuiet {
		if w.works(at) {
			if open := w.Hours.Next(at); sameDay(open, at) {
				return open
			}
		}
		y, m, d := at.Date()
		at = time.Date(y, m, d+1, 0, 0, 0, 0, at.Location())
	}
	return t
}

func sameDay(a, b time.Time) bool {
	return a.Format(time.DateOnly) == b.Format(time.DateOnly)
}

// ReplyBy returns by when to answer what was sent at t, where people take so long to
// answer: whole days are those on which people work, up to the end of the last of
// them; less than a day is time in which they work.
func (w Week) ReplyBy(t time.Time, within time.Duration) time.Time {
	const day = 24 * time.Hour
	if within < day {
		return w.Next(t.Add(within))
	}
	at := t
	for days := int((within + day - 1) / day); days > 0; {
		next := at.AddDate(0, 0, 1)
		if next.Sub(t) > maxQuiet*day {
			return t.Add(within)
		}
		if at = next; w.works(at) {
			days--
		}
	}
	return w.Hours.Until(at)
}
