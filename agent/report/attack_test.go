package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"unmeet/rules"
	"unmeet/store"
	"unmeet/store/hours"
)

// someone is a piece of one person's time: at a meeting, or of what was suggested to
// them. Its seconds are a power of two that is its own.
type someone struct {
	person string
	bit    int
}

// world is an organization of which reports and funnels are made.
type world struct {
	occurrences []store.Occurrence
	people      map[int64][]int64
	shares      map[int64][]store.Share
	plans       []store.Freed
	verdicts    map[string]rules.Verdict
	pieces      []someone
}

// pieces bounds a world: more powers of two than these are no time.Duration.
const pieces = 32

// piece takes the next power of two for a person.
func (w *world) piece(person string) time.Duration {
	bit := len(w.pieces)
	w.pieces = append(w.pieces, someone{person, bit})
	return time.Second << bit
}

// drawWorld draws three weeks of meetings of nine people, and what was suggested to
// them: about the same weeks, and by other rules of folding.
func drawWorld(t *rapid.T, weeks []Period) *world {
	w := &world{people: map[int64][]int64{}, shares: map[int64][]store.Share{}, verdicts: map[string]rules.Verdict{}}
	for n := range 4 {
		v := judgedAs(rules.Category(n%3), "word")
		v.Sure = n < 3
		v.Guards = rapid.SliceOfN(rapid.SampledFrom([]string{"one-to-one", "external"}), 0, 1).Draw(t, "guards")
		w.verdicts[fmt.Sprint(n)] = v
	}
	at := func() time.Time { return weeks[rapid.IntRange(0, 2).Draw(t, "week")].From.Add(9 * time.Hour) }
	for id := range int64(rapid.IntRange(1, 9).Draw(t, "occurrences")) {
		start := at()
		o := store.Occurrence{ID: id, SubjectHash: fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "subject")), HeadsKnown: true, Counted: true, Start: start, End: start.Add(time.Hour)}
		for _, who := range rapid.SliceOfNDistinct(rapid.Int64Range(1, 9), 1, 6, rapid.ID[int64]).Draw(t, "people") {
			if len(w.pieces) >= pieces-10 {
				break
			}
			length := w.piece(fmt.Sprint(who))
			o.People, o.Gross = o.People+1, o.Gross+length
			w.people[id] = append(w.people[id], who)
			w.shares[id] = append(w.shares[id], store.Share{Person: who, Address: fmt.Sprintf("p%d@acme.example", who), Seconds: int64(length / time.Second)})
		}
		if o.People == 0 {
			break
		}
		o.Inside, o.WholeGross, o.Heads = o.Gross, o.Gross, o.People
		w.occurrences = append(w.occurrences, o)
	}
	for same := range int64(rapid.IntRange(0, 10).Draw(t, "suggested")) {
		person, start, step := rapid.IntRange(1, 9).Draw(t, "person"), at(), rapid.IntRange(0, 3).Draw(t, "step")
		w.plans = append(w.plans, store.Freed{
			Same: same, Person: fmt.Sprint(person), Address: fmt.Sprintf("p%d@acme.example", person),
			Kind:     rapid.SampledFrom([]string{"decline", "trial"}).Draw(t, "kind"),
			Category: rapid.SampledFrom([]string{"informing", "collaborating"}).Draw(t, "category"),
			Start:    start, End: start.Add(time.Hour), Net: w.piece(fmt.Sprint(person)), Accepted: step > 0, Gone: step > 1, Recovered: step > 2,
		})
	}
	return w
}

func (w *world) input() FunnelInput {
	g := given{verdicts: w.verdicts}
	in := FunnelInput{Input: g.input()}
	in.Occurrences = func(p Period) iter.Seq2[store.Occurrence, error] {
		return func(yield func(store.Occurrence, error) bool) {
			for _, o := range w.occurrences {
				if o.Start.Before(p.To) && o.End.After(p.From) && !yield(o, nil) {
					return
				}
			}
		}
	}
	in.attendedBy(w.people)
	in.Shares = func(Period) (map[int64][]store.Share, error) { return w.shares, nil }
	in.Plans = func(p Period) ([]store.Freed, error) {
		return slices.DeleteFunc(slices.Clone(w.plans), func(f store.Freed) bool { return !f.Start.Before(p.To) || !f.End.After(p.From) }), nil
	}
	return in
}

// attacker has every figure that was ever written, by where it stood.
type attacker map[string]Hours

// reads takes the figures out of what was written as JSON. What is null is not known.
func (a attacker) reads(where string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			a.reads(where+" "+key, inner)
		}
	case []any:
		for _, row := range value {
			label := ""
			if fields, is := row.(map[string]any); is {
				label = fmt.Sprint(fields["category"], fields["group"], fields["from"])
			}
			a.reads(where+" "+label, row)
		}
	case json.Number:
		if strings.HasSuffix(where, "_hours") {
			a.notes(where, value.String())
		}
	}
}

// notes takes a figure in hours. One that is no number is not known.
func (a attacker) notes(where, text string) {
	if h, err := strconv.ParseFloat(text, 64); err == nil {
		a[where] = Hours(math.Round(h * 3600))
	}
}

// written is what both reports and funnels can be written as.
type written interface {
	JSON(io.Writer) error
	CSV(io.Writer) error
}

// takes takes the figures out of all that is written with exact figures. Tables and
// pages show the same ones, rounded.
func (a attacker) takes(where string, r written) error {
	var b bytes.Buffer
	if err := r.JSON(&b); err != nil {
		return err
	}
	decoder := json.NewDecoder(&b)
	decoder.UseNumber()
	var all any
	if err := decoder.Decode(&all); err != nil {
		return err
	}
	a.reads(where+" json", all)
	b.Reset()
	if err := r.CSV(&b); err != nil {
		return err
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		return err
	}
	for _, row := range rows[1:] {
		for i, name := range rows[0] {
			if strings.HasSuffix(name, "_hours") {
				a.notes(where+" csv "+row[0]+" "+name, row[i])
			}
		}
	}
	return nil
}

// TestNothingThatIsWrittenTellsOfFew: somebody has every report and every funnel, of
// every period and by all that they can be listed by, and adds and subtracts figures of
// one and the other as they like. Figures are sums of pieces of people's time. Pieces
// that stand in the same figures are told apart by no sum and no difference: so it
// suffices that all such together are of MinGroup people.
func TestNothingThatIsWrittenTellsOfFew(t *testing.T) {
	whole := fourWeeks(t)
	weeks := whole.weeks()[:3]
	shown := 0
	rapid.Check(t, func(rt *rapid.T) {
		least := rapid.IntRange(2, 4).Draw(rt, "least")
		w := drawWorld(rt, weeks)
		known := attacker{}
		for from := range weeks {
			for to := from; to < len(weeks); to++ {
				p := Period{weeks[from].From, weeks[to].To, whole.Zone}
				where := fmt.Sprint(from, "-", to)
				for _, by := range []By{ByCategory, ByWeek} {
					r, err := Count(w.input().Input, Options{Period: p, By: by, MinGroup: least, Cost: hours.Cost{}})
					if err != nil {
						rt.Fatal(err)
					}
					if err := known.takes(fmt.Sprint(where, " report ", by), r); err != nil {
						rt.Fatal(err)
					}
					for _, l := range r.LeftAlone { // which JSON has none of
						known[fmt.Sprint(where, " held by ", l.Guard)] = l.Hours
					}
				}
				for _, by := range []By{ByCategory, ByGroup, ByWeek} {
					f, err := CountFunnel(w.input(), FunnelOptions{Period: p, By: by, MinGroup: least, Group: teams})
					if err != nil {
						rt.Fatal(err)
					}
					if err := known.takes(fmt.Sprint(where, " funnel ", by), f); err != nil {
						rt.Fatal(err)
					}
				}
			}
		}
		figures := slices.Sorted(maps.Keys(known))
		alike := map[string]map[string]bool{}
		for _, one := range w.pieces {
			var in strings.Builder
			for _, name := range figures {
				if known[name]>>one.bit&1 == 1 {
					in.WriteString(name + "\n")
				}
			}
			if alike[in.String()] == nil {
				alike[in.String()] = map[string]bool{}
			}
			alike[in.String()][one.person] = true
		}
		for in, people := range alike {
			if in == "" {
				continue
			}
			if shown++; len(people) < least {
				rt.Fatalf("hours of %d people, fewer than %d, can be told by\n%s", len(people), least, in)
			}
		}
	})
	if shown == 0 {
		t.Error("nothing was ever shown: the test proves nothing")
	}
}
