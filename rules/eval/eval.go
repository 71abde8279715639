package eval

import (
	"math"
	"math/rand/v2"
	"slices"

	"unmeet/rules"
)

// Result is what an engine made of labelled meetings.
type Result struct {
	All  Figures  `json:"all"`
	Bare *Figures `json:"bare,omitempty"` // the meetings with a bare title alone; nil if there are none

	Confusion [rules.Categories][rules.Categories]int `json:"confusion"` // [labelled][judged]
	Reliable  []Bin                                   `json:"reliability"`
	Errors    []Error                                 `json:"errors"` // the surest first
}

// Figures sum up how well a set of meetings was judged.
type Figures struct {
	Meetings   int         `json:"meetings"`
	Accuracy   float64     `json:"accuracy"`
	MacroF1    float64     `json:"macro_f1"`    // mean F1 of the categories that occur
	MacroF1Low float64     `json:"macro_f1_lo"` // 95 % bootstrap interval over meetings
	MacroF1Hi  float64     `json:"macro_f1_hi"`
	ECE        float64     `json:"ece"` // expected calibration error, ten bins
	Categories []Score     `json:"categories"`
	Suggested  Suggestions `json:"suggestions"`
}

// Score is how well one category was recognized.
type Score struct {
	Category  rules.Category `json:"category"`
	Labelled  int            `json:"labelled"`
	Judged    int            `json:"judged"`
	Right     int            `json:"right"`
	Precision float64        `json:"precision"`
	Recall    float64        `json:"recall"`
	F1        float64        `json:"f1"`
}

// Suggestions are what would have been suggested.
type Suggestions struct {
	Suggested      int     `json:"suggested"`
	Suggestable    int     `json:"suggestable"` // labelled informing or collaborating, without guard
	Right          int     `json:"right"`
	Precision      float64 `json:"precision"`
	Recall         float64 `json:"recall"`
	Guarded        int     `json:"guarded"`         // suggested though a guard is labelled
	AsyncNo        float64 `json:"async_no"`        // share of suggestions labelled async = no
	AsyncPrecision float64 `json:"async_precision"` // share of suggestions labelled async = yes
}

// Bin is a row of the reliability table: verdicts of similar confidence.
type Bin struct {
	From       float64 `json:"from"`
	To         float64 `json:"to"`
	Meetings   int     `json:"meetings"`
	Confidence float64 `json:"confidence"` // what the verdicts claimed, on average
	Accuracy   float64 `json:"accuracy"`   // what was right
}

// Error is a meeting that was judged otherwise than labelled, or suggested
// wrongly.
type Error struct {
	ID       string           `json:"id"`
	Title    string           `json:"title"`
	Labelled rules.Category   `json:"labelled"`
	Guard    string           `json:"guard,omitempty"` // as labelled
	Judged   rules.Category   `json:"judged"`
	P        float64          `json:"p"` // what the verdict gave its own category
	Suggest  bool             `json:"suggest"`
	Guards   []string         `json:"guards"`
	Evidence []rules.Evidence `json:"evidence"`
}

// Judge judges one subject: an engine's Judge, or whatever is to be compared
// with it.
type Judge func(rules.Subject) rules.Verdict

const (
	bins      = 10
	resamples = 1000
	shownWhy  = 6 // evidence kept with an error
	seed      = 20261122
)

// Evaluate judges the meetings and compares with their labels. It is
// deterministic.
func Evaluate(judge Judge, meetings []Meeting) Result {
	verdicts := make([]rules.Verdict, len(meetings))
	for i, m := range meetings {
		verdicts[i] = judge(m.Subject)
	}
	return Compare(meetings, verdicts)
}

// Compare sums up verdicts, one for each meeting.
func Compare(meetings []Meeting, verdicts []rules.Verdict) Result {
	var r Result
	var bareMeetings []Meeting
	var bareVerdicts []rules.Verdict
	for i, m := range meetings {
		v := verdicts[i]
		r.Confusion[m.Category][v.Category]++
		if m.Bare() {
			bareMeetings, bareVerdicts = append(bareMeetings, m), append(bareVerdicts, v)
		}
		if v.Category != m.Category || v.Suggest() && !m.Suggestable() {
			r.Errors = append(r.Errors, Error{
				ID: m.ID, Title: m.Subject.Title, Labelled: m.Category, Guard: m.Guard, Judged: v.Category,
				P: v.Probabilities[v.Category], Suggest: v.Suggest(), Guards: v.Guards,
				Evidence: v.Evidence[:min(shownWhy, len(v.Evidence))],
			})
		}
	}
	slices.SortStableFunc(r.Errors, func(a, b Error) int {
		switch {
		case a.P > b.P:
			return -1
		case a.P < b.P:
			return 1
		}
		return 0
	})
	r.Reliable = reliability(meetings, verdicts)
	r.All = figures(meetings, verdicts)
	if len(bareMeetings) > 0 {
		f := figures(bareMeetings, bareVerdicts)
		r.Bare = &f
	}
	return r
}

func figures(meetings []Meeting, verdicts []rules.Verdict) Figures {
	f := Figures{Meetings: len(meetings)}
	if len(meetings) == 0 {
		return f
	}
	all := make([]int, len(meetings))
	for i := range all {
		all[i] = i
	}
	f.Categories, f.Accuracy = scores(meetings, verdicts, all)
	f.MacroF1 = macroF1(f.Categories)
	f.MacroF1Low, f.MacroF1Hi = interval(meetings, verdicts)
	for _, b := range reliability(meetings, verdicts) {
		f.ECE += float64(b.Meetings) / float64(len(meetings)) * math.Abs(b.Accuracy-b.Confidence)
	}
	f.Suggested = suggestions(meetings, verdicts)
	return f
}

// scores counts over the meetings that which names.
func scores(meetings []Meeting, verdicts []rules.Verdict, which []int) ([]Score, float64) {
	list := make([]Score, rules.Categories)
	right := 0
	for c := range list {
		list[c].Category = rules.Category(c)
	}
	for _, i := range which {
		labelled, judged := meetings[i].Category, verdicts[i].Category
		list[labelled].Labelled++
		list[judged].Judged++
		if labelled == judged {
			list[judged].Right++
			right++
		}
	}
	for c := range list {
		s := &list[c]
		s.Precision, s.Recall = ratio(s.Right, s.Judged), ratio(s.Right, s.Labelled)
		s.F1 = ratio(2*s.Right, s.Labelled+s.Judged)
	}
	return list, ratio(right, len(which))
}

// macroF1 is the mean F1 of the categories that occur among the labels.
func macroF1(list []Score) float64 {
	sum, n := 0.0, 0
	for _, s := range list {
		if s.Labelled > 0 {
			sum += s.F1
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// interval is the 95 % bootstrap interval of macro-F1.
func interval(meetings []Meeting, verdicts []rules.Verdict) (low, high float64) {
	random := rand.New(rand.NewPCG(seed, 1))
	samples := make([]float64, resamples)
	which := make([]int, len(meetings))
	for k := range samples {
		for i := range which {
			which[i] = random.IntN(len(meetings))
		}
		list, _ := scores(meetings, verdicts, which)
		samples[k] = macroF1(list)
	}
	slices.Sort(samples)
	return samples[resamples*25/1000], samples[resamples*975/1000-1]
}

func suggestions(meetings []Meeting, verdicts []rules.Verdict) Suggestions {
	var s Suggestions
	no, yes := 0, 0
	for i, m := range meetings {
		if m.Suggestable() {
			s.Suggestable++
		}
		if !verdicts[i].Suggest() {
			continue
		}
		s.Suggested++
		if m.Suggestable() {
			s.Right++
		}
		if m.Guard != "" {
			s.Guarded++
		}
		switch m.Async {
		case "no":
			no++
		case "yes":
			yes++
		}
	}
	s.Precision, s.Recall = ratio(s.Right, s.Suggested), ratio(s.Right, s.Suggestable)
	s.AsyncNo, s.AsyncPrecision = ratio(no, s.Suggested), ratio(yes, s.Suggested)
	return s
}

func reliability(meetings []Meeting, verdicts []rules.Verdict) []Bin {
	table := make([]Bin, bins)
	right := make([]int, bins)
	for i, m := range meetings {
		p := verdicts[i].Probabilities[verdicts[i].Category]
		b := min(int(p*bins), bins-1)
		table[b].Meetings++
		table[b].Confidence += p
		if verdicts[i].Category == m.Category {
			right[b]++
		}
	}
	for b := range table {
		table[b].From, table[b].To = float64(b)/bins, float64(b+1)/bins
		if n := table[b].Meetings; n > 0 {
			table[b].Confidence /= float64(n)
			table[b].Accuracy = ratio(right[b], n)
		}
	}
	return table
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
