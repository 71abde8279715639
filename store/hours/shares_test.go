package hours

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestShares(t *testing.T) {
	const h = 3600
	tests := []struct {
		name string
		busy []Busy
		want []Share
	}{
		{"nothing", nil, []Share{}},
		{"one", []Busy{{1, 1, "a", 9 * h, 10 * h}}, []Share{{1, 1, h}}},
		{"same hour twice", []Busy{{1, 1, "a", 0, h}, {1, 2, "b", 0, h}}, []Share{{1, 1, h / 2}, {1, 2, h / 2}}},
		{"the odd second goes by the clock", []Busy{{1, 1, "a", 0, 3}, {1, 2, "b", 0, 3}}, []Share{{1, 1, 2}, {1, 2, 1}}},
		{"the odd second one later", []Busy{{1, 1, "a", 1, 4}, {1, 2, "b", 1, 4}}, []Share{{1, 1, 1}, {1, 2, 2}}},
		{"before 1970", []Busy{{1, 1, "a", -3, 0}, {1, 2, "b", -3, 0}}, []Share{{1, 1, 1}, {1, 2, 2}}},
		{"half an hour overlaps", []Busy{{1, 1, "a", 0, h}, {1, 2, "b", h / 2, 2 * h}}, []Share{{1, 1, 3 * h / 4}, {1, 2, 5 * h / 4}}},
		{"end to end", []Busy{{1, 1, "a", 0, h}, {1, 2, "b", h, 2 * h}}, []Share{{1, 1, h}, {1, 2, h}}},
		{"two people", []Busy{{2, 1, "a", 0, h}, {1, 1, "a", 0, h}}, []Share{{1, 1, h}, {2, 1, h}}},
		{"no length", []Busy{{1, 1, "a", h, h}, {1, 2, "b", h, 0}}, []Share{{1, 1, 0}, {1, 2, 0}}},
		{"nothing in between", []Busy{{1, 1, "a", 0, h}, {1, 2, "b", 5 * h, 6 * h}}, []Share{{1, 1, h}, {1, 2, h}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := gocmp.Diff(tt.want, Shares(tt.busy)); d != "" {
				t.Errorf("shares (-want +got):\n%s", d)
			}
		})
	}
}

// anyBusy draws a few people's time at a few occurrences, with much overlap.
// Occurrences have one time for all, and each person is in each at most once.
func anyBusy(t *rapid.T) []Busy {
	var busy []Busy
	for o := range rapid.Int64Range(0, 12).Draw(t, "occurrences") {
		start := rapid.Int64Range(-60, 60).Draw(t, "start")
		end := start + rapid.Int64Range(0, 40).Draw(t, "length")
		for person := range int64(3) {
			if rapid.Bool().Draw(t, "attends") {
				// Ids run against the keys, so that a mix-up of both shows.
				busy = append(busy, Busy{person, 100 - o, fmt.Sprintf("%02d", o), start, end})
			}
		}
	}
	return busy
}

// counted shares out second by second, straight from the definition.
func counted(busy []Busy, from, to int64) map[Share]bool {
	sums := map[[2]int64]int64{}
	for _, b := range busy {
		sums[[2]int64{b.Person, b.Occurrence}] = 0
	}
	for person := range int64(3) {
		for second := from; second < to; second++ {
			var in []Busy
			for _, b := range busy {
				if b.Person == person && b.Start <= second && second < b.End {
					in = append(in, b)
				}
			}
			if n := int64(len(in)); n > 0 {
				slices.SortFunc(in, func(a, b Busy) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Key, b.Key)) })
				sums[[2]int64{person, in[((second%n)+n)%n].Occurrence}]++
			}
		}
	}
	shares := map[Share]bool{}
	for id, n := range sums {
		shares[Share{id[0], id[1], n}] = true
	}
	return shares
}

func setOf(shares []Share) map[Share]bool {
	set := map[Share]bool{}
	for _, s := range shares {
		set[s] = true
	}
	return set
}

func TestSharesAreWhatCountingSecondsGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		busy := anyBusy(t)
		if d := gocmp.Diff(counted(busy, -100, 200), setOf(Shares(busy))); d != "" {
			t.Fatalf("of all (-want +got):\n%s", d)
		}
		from := rapid.Int64Range(-70, 110).Draw(t, "from")
		to := rapid.Int64Range(from, 120).Draw(t, "to")
		if d := gocmp.Diff(counted(busy, from, to), setOf(Within(busy, from, to))); d != "" {
			t.Fatalf("within [%d, %d) (-want +got):\n%s", from, to, d)
		}
	})
}

func TestSharesDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		busy := anyBusy(t)
		want := Shares(busy)
		mixed := slices.Clone(busy)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if d := gocmp.Diff(want, Shares(mixed)); d != "" {
			t.Fatalf("shuffled (-want +got):\n%s", d)
		}
	})
}

func TestSharesAddUpToBusyTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		busy := anyBusy(t)
		got, want := map[int64]int64{}, map[int64]int64{}
		for _, s := range Shares(busy) {
			got[s.Person] += s.Seconds
		}
		for person := range int64(3) {
			seconds := map[int64]bool{}
			present := false
			for _, b := range busy {
				if b.Person == person {
					present = true
					for s := b.Start; s < b.End; s++ {
						seconds[s] = true
					}
				}
			}
			if present {
				want[person] = int64(len(seconds))
			}
		}
		if d := gocmp.Diff(want, got); d != "" {
			t.Fatalf("busy seconds (-want +got):\n%s", d)
		}
	})
}

func TestSharesAddUpOverAPeriodCutInTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		busy := anyBusy(t)
		cut := rapid.Int64Range(-70, 110).Draw(t, "cut")
		before, after, whole := Within(busy, -100, cut), Within(busy, cut, 200), Shares(busy)
		for i := range whole {
			sum := Share{whole[i].Person, whole[i].Occurrence, before[i].Seconds + after[i].Seconds}
			if sum != whole[i] {
				t.Fatalf("cut at %d: %v and %v, of %v", cut, before[i], after[i], whole[i])
			}
		}
	})
}

func TestSharesOfPeopleAreApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		busy := anyBusy(t)
		apart := map[Share]bool{}
		for person := range int64(3) {
			own := slices.DeleteFunc(slices.Clone(busy), func(b Busy) bool { return b.Person != person })
			maps.Copy(apart, setOf(Shares(own)))
		}
		if d := gocmp.Diff(apart, setOf(Shares(busy))); d != "" {
			t.Fatalf("each person alone, and all (-alone +all):\n%s", d)
		}
	})
}

func BenchmarkShares(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var busy []Busy
	for i := range int64(100_000) {
		start := r.Int64N(365 * 24 * 3600)
		busy = append(busy, Busy{i % 400, i, fmt.Sprint(i), start, start + 900*(1+r.Int64N(4))})
	}
	b.ReportAllocs()
	for b.Loop() {
		Shares(busy)
	}
}
