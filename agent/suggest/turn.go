package suggest

import "time"

// period is how long after one mail the next may come, in days of the calendar:
// a week, or two after mails that nobody answered; 0 means never.
func (p Person) period(h History) int {
	rhythm := p.Rhythm
	switch ignored := h.ignored(); {
	case ignored >= IgnoredStop:
		rhythm = Stopped
	case ignored >= IgnoredSlow && rhythm != Stopped:
		rhythm = Fortnightly
	}
	switch rhythm {
	case Stopped:
		return 0
	case Fortnightly:
		return 14
	}
	return 7
}

// ignored is how many of the last mails in a row have no answer.
func (h History) ignored() int {
	n := 0
	for i := len(h.Mails) - 1; i >= 0 && !h.Mails[i].Answered && h.Mails[i].At.After(h.Since); i-- {
		if !h.Mails[i].Void {
			n++
		}
	}
	return n
}

// soonest is the first day, as it begins in the person's zone, on which their next
// mail may come; zero if any may. Ok is false where none will.
func (p Person) soonest(h History) (day time.Time, ok bool) {
	period := p.period(h)
	if period == 0 {
		return time.Time{}, false
	}
	if len(h.Mails) == 0 {
		return time.Time{}, true
	}
	return dayOf(h.Mails[len(h.Mails)-1].At.In(p.Zone)).AddDate(0, 0, period), true
}

// away reports whether the person is out of office at any time of [start, end).
func (p Person) away(start, end time.Time) bool {
	for _, s := range p.Away {
		if s.Start.Before(end) && start.Before(s.End) {
			return true
		}
	}
	return false
}

// works returns when the person may be written to on the day that begins at day:
// their working hours, if they are not out of office as these begin and it is no
// quiet date.
func (y Policy) works(p Person, day time.Time) (Span, bool) {
	open := p.Hours.on(day)
	ok := open.Start.Before(open.End) && !y.Quiet.Has(day) && !p.away(open.Start, open.Start.Add(time.Minute))
	return open, ok
}

// horizon is how many days ahead a turn is looked for: longer than anybody is away
// but for good.
const horizon = 370

// Next returns when p should be thought of next, having been thought of at now:
// when the working hours begin of the first day in a later week on which they
// work and may get a mail. That is zero where nothing will be sent to them as
// things stand.
func (y Policy) Next(now time.Time, p Person, h History) time.Time {
	return y.firstMorning(p, h, nextMonday(now.In(p.Zone)))
}

// First returns when p should be thought of for the first time: as working hours
// begin next. Zero as in [Policy.Next].
func (y Policy) First(now time.Time, p Person, h History) time.Time {
	today := dayOf(now.In(p.Zone))
	if p.Hours.on(today).Start.Before(now) {
		today = today.AddDate(0, 0, 1)
	}
	return y.firstMorning(p, h, today)
}

func (y Policy) firstMorning(p Person, h History, day time.Time) time.Time {
	soonest, ok := p.soonest(h)
	if !ok {
		return time.Time{}
	}
	for range horizon {
		if open, works := y.works(p, day); works && !day.Before(soonest) {
			return open.Start
		}
		day = day.AddDate(0, 0, 1)
	}
	return time.Time{}
}

// nextMonday is when the week after that of t begins.
func nextMonday(t time.Time) time.Time {
	day := dayOf(t)
	return day.AddDate(0, 0, 7-(int(day.Weekday())+6)%7)
}

// Ahead is how far ahead of now meetings are looked at: as far as the mail after
// this one comes too late for.
func (p Person) Ahead(now time.Time, h History) time.Time {
	return now.AddDate(0, 0, max(7, p.period(h))).Add(Notice + Leeway)
}
