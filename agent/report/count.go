package report

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
	"unmeet/store/hours"
)

// Input is what there is to add up. Where Options has a MinGroup, several goroutines ask
// at once.
type Input struct {
	// People are those of the organization who attend at least one occurrence
	// that counts in the period.
	People int
	// Occurrences yields what reaches into a period, in any order.
	Occurrences func(Period) iter.Seq2[store.Occurrence, error]
	// Verdict returns what the rules said of a subject, by its hash.
	Verdict func(hash string) (rules.Verdict, error)
	// Attending returns which of our people attend the given occurrences, by
	// occurrence, and Meeting how many attend any that counts in each of some periods.
	// They are asked only where Options has a MinGroup. Then nothing is told of single meetings,
	// so Occurrences need not name them, nor Verdict give any evidence.
	Attending func(occurrences []int64) (map[int64][]int64, error)
	Meeting   func([]Period) ([]int, error)
}

// guestsUnknown is what holds back an occurrence whose headcount is unknown,
// next to the guards of the rules.
const guestsUnknown = "guests unknown"

// privateTitle stands for the title of a private meeting.
const privateTitle = "private"

// Count adds up what happened in the period of o. It is as pure as in is, and
// does not depend on its order. Its errors are those of in, and a period that is
// no run of whole days.
func Count(in Input, o Options) (*Report, error) {
	if err := o.Period.check(); err != nil {
		return nil, err
	}
	by, err := ParseBy(string(o.By))
	if err != nil {
		return nil, err
	}
	if o.MinGroup > 0 {
		r, _, err := countGroups(in, o, by)
		return r, err
	}
	whole, err := tally(in, o.Period, o.Cost)
	if err != nil {
		return nil, err
	}
	r := newReport(whole, o, by)
	r.People, r.Meetings = Number(in.People), meetings(whole)
	if by == ByWeek {
		if r.Weeks, err = countWeeks(in, o); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// newReport is the report that shows the figures of whole: without people,
// weeks and meetings.
func newReport(whole sums, o Options, by By) *Report {
	r := &Report{
		From: o.Period.date(o.Period.From), To: o.Period.date(o.Period.To), Zone: o.Period.Zone.String(),
		Occurrences:           whole.total.Occurrences,
		MeetingHours:          whole.total.MeetingHours,
		RecoverableHours:      whole.total.RecoverableHours,
		TrialHours:            whole.total.TrialHours,
		AsyncCostHours:        whole.asyncCost,
		UnsureHours:           whole.unsure,
		UnknownHeadcountHours: whole.unknown,
		Categories:            make([]Category, rules.Categories),
		Meetings:              []Meeting{},
		Skipped:               skips(o.Skipped),
		Title:                 o.Title, Period: o.Period, By: by, Coverage: o.Coverage,
	}
	r.Cost = r.costs(o.Price)
	for c := range r.Categories {
		r.Categories[c] = Category{Category: rules.Category(c), Sums: whole.categories[c]}
	}
	for guard, h := range whole.leftAlone {
		r.LeftAlone = append(r.LeftAlone, Left{Guard: guard, Hours: h})
		r.LeftAloneHours += h
	}
	slices.SortFunc(r.LeftAlone, func(a, b Left) int {
		return cmp.Or(cmp.Compare(b.Hours, a.Hours), cmp.Compare(a.Guard, b.Guard))
	})
	return r
}

func countWeeks(in Input, o Options) ([]Week, error) {
	var weeks []Week
	for _, p := range o.Period.weeks() {
		t, err := tally(in, p, o.Cost)
		if err != nil {
			return nil, err
		}
		week := Week{From: p.date(p.From), To: p.date(p.To), Sums: t.total, period: p}
		for c, row := range t.categories {
			week.categories[c] = row.MeetingHours
		}
		weeks = append(weeks, week)
	}
	return weeks, nil
}

// sums are all figures of one period while they are added up.
type sums struct {
	total      Sums
	categories [rules.Categories]Sums
	faces      map[int64]map[string]face // by meeting and subject hash
	leftAlone  map[string]Hours          // by guard
	asyncCost  Hours
	unsure     Hours
	unknown    Hours // with unknown headcount, whether they count or not
}

// face is how a meeting shows itself: the words and the structure that some of
// its occurrences share.
type face struct {
	Sums
	title, organizer string
	rule             string // RRULE of the series, "" for a one-off
	heads            int    // people invited, at most
	held             string // what holds it back, as heldBack says
	verdict          rules.Verdict
}

func tally(in Input, p Period, cost hours.Cost) (sums, error) {
	s := sums{faces: map[int64]map[string]face{}, leftAlone: map[string]Hours{}}
	for o, err := range in.Occurrences(p) {
		if err != nil {
			return sums{}, err
		}
		if !o.Counted {
			s.unknown += hoursOf(o.Inside) // nothing shows that anybody met
			continue
		}
		gross := hoursOf(o.Gross)
		if !o.HeadsKnown {
			s.unknown += gross
		}
		at, err := placeOf(in, &o, p, cost)
		if err != nil {
			return sums{}, err
		}
		if at.left {
			s.leftAlone[at.held] += gross
		}
		if at.unsure {
			s.unsure += gross
		}
		s.asyncCost += at.cost
		s.total.add(at.row)
		s.categories[at.verdict.Category].add(at.row)
		if s.faces[o.Meeting] == nil {
			s.faces[o.Meeting] = map[string]face{}
		}
		f, ok := s.faces[o.Meeting][o.SubjectHash]
		if !ok {
			f = face{title: o.Title, organizer: o.Organizer, rule: o.Rule, held: at.held, verdict: at.verdict}
			if o.Private {
				f.title = privateTitle
			}
		}
		f.heads = max(f.heads, o.Heads)
		f.add(at.row)
		s.faces[o.Meeting][o.SubjectHash] = f
	}
	return s, nil
}

// place is where an occurrence that counts belongs in the sums of a period.
type place struct {
	row     Sums
	verdict rules.Verdict
	held    string // as heldBack says
	left    bool   // informing or collaborating, but held back
	unsure  bool   // informing or collaborating, not held back, but not sure enough
	cost    Hours  // of doing it in writing, where it is none of these
}

// placeOf says where o, which counts, belongs in the sums of p.
func placeOf(in Input, o *store.Occurrence, p Period, cost hours.Cost) (place, error) {
	v, err := in.Verdict(o.SubjectHash)
	if err != nil {
		return place{}, fmt.Errorf("%s at %s: %w", nameOf(o), o.Start.Format(time.RFC3339), err)
	}
	gross := hoursOf(o.Gross)
	at := place{row: Sums{Occurrences: 1, MeetingHours: gross}, verdict: v, held: heldBack(o, v)}
	switch {
	case v.Category > rules.Collaborating:
	case at.held != "":
		at.left = true
	case !v.Sure:
		at.unsure = true
	default:
		saved := net(o, p, cost)
		at.cost = gross - saved
		if v.Category == rules.Informing {
			at.row.RecoverableHours = saved
		} else {
			at.row.TrialHours = saved
		}
	}
	return at, nil
}

// nameOf is what o is called, as far as it is known.
func nameOf(o *store.Occurrence) string {
	if o.Title == "" {
		return "a meeting"
	}
	return strconv.Quote(o.Title)
}

// heldBack names what holds an occurrence back from being suggested, "" if
// nothing does. A guard comes first, since it says more than a missing count.
func heldBack(o *store.Occurrence, v rules.Verdict) string {
	if len(v.Guards) > 0 {
		return v.Guards[0]
	}
	if !o.HeadsKnown {
		return guestsUnknown
	}
	return ""
}

// net is what doing o in writing gives back inside p.
func net(o *store.Occurrence, p Period, cost hours.Cost) Hours {
	whole := cost.Net(int64(hoursOf(o.WholeGross)), o.People)
	return Hours(hours.Inside(whole, o.Start.Unix(), o.End.Unix(), p.From.Unix(), p.To.Unix()))
}

func (s *Sums) add(other Sums) {
	s.Occurrences += other.Occurrences
	s.MeetingHours += other.MeetingHours
	s.RecoverableHours += other.RecoverableHours
	s.TrialHours += other.TrialHours
}

// meetings lists every meeting, largest first, under the face that most of its
// hours had.
func meetings(s sums) []Meeting {
	type listed struct {
		Meeting
		id int64
	}
	list := make([]listed, 0, len(s.faces))
	for id, faces := range s.faces {
		m := listed{id: id}
		hashes := slices.SortedFunc(maps.Keys(faces), func(a, b string) int {
			return cmp.Or(cmp.Compare(faces[b].MeetingHours, faces[a].MeetingHours), cmp.Compare(a, b))
		})
		for _, f := range faces {
			m.Sums.add(f.Sums)
		}
		main := faces[hashes[0]]
		m.Title, m.Organizer, m.Category, m.Why = main.title, main.organizer, main.verdict.Category, why(main)
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b listed) int {
		return cmp.Or(cmp.Compare(b.MeetingHours, a.MeetingHours), cmp.Compare(a.Title, b.Title),
			cmp.Compare(a.Organizer, b.Organizer), cmp.Compare(a.id, b.id))
	})
	plain := make([]Meeting, len(list))
	for i := range list {
		plain[i] = list[i].Meeting
	}
	return plain
}

func skips(skipped []calendars.Skip) []Skip {
	list := make([]Skip, len(skipped))
	for i, s := range skipped {
		list[i] = Skip{File: s.File, Line: s.Line, Reason: s.Reason}
	}
	return list
}
