package store

import (
	"database/sql"
	"fmt"
	"math/bits"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestNoOutcomesTellOfFew: somebody has the outcomes of every week, and adds, subtracts
// and multiplies them as they like. The minutes of each suggestion are a power of two of
// its own, so that each figure tells which ones it is of. Nothing that can be made of
// figures may be of fewer people than enough, some of whom have left.
func TestNoOutcomesTellOfFew(t *testing.T) {
	db := openFile(t)
	shown, begin, suggestion := 0, 0, int64(0)
	rapid.Check(t, func(rt *rapid.T) {
		least := rapid.IntRange(2, 4).Draw(rt, "least")
		begin += 70 // days: each check has weeks of its own
		gone := rapid.IntRange(0, 3).Draw(rt, "people who left")
		var who []int
		first := suggestion + 1
		must(t, db.change(t.Context(), func(tx *sql.Tx) error {
			add := func(day int, person int, left bool, outcome, kind string, minutes int) error {
				var id any = person
				if left && outcome != outcomeSuggested {
					id = nil
				}
				_, err := tx.Exec(insertOutcome+`$1, $2, $3, $4, $5, $6, 'test', '', '{}' FROM outcome`, at(day, 9).Unix(), suggestion, id, outcome, kind, minutes)
				if err == nil && left && id != nil {
					_, err = tx.Exec(`UPDATE outcome SET person_id = NULL, counts_as = $1 WHERE id = (SELECT MAX(id) FROM outcome)`, fmt.Sprint("who was ", person))
				}
				return err
			}
			for i := range rapid.IntRange(1, 24).Draw(rt, "suggestions") {
				suggestion++
				person := rapid.IntRange(1, 8).Draw(rt, "person")
				left := person <= gone
				who = append(who, person)
				kind := rapid.SampledFrom([]string{"decline", "decline", "trial"}).Draw(rt, "kind")
				day := begin + 7*rapid.IntRange(0, 2).Draw(rt, "week")
				came := rapid.SampledFrom([][]string{nil, {"kept"}, {"pressed", "accepted"}, {"pressed", "undone"}, {"expired"}}).Draw(rt, "came")
				for n, outcome := range append([]string{outcomeSuggested}, came...) {
					if n == 1 {
						day += 7 * rapid.IntRange(0, 1).Draw(rt, "later")
					}
					if err := add(day, person, left, outcome, kind, 1<<i); err != nil {
						return err
					}
				}
			}
			return nil
		}))
		var figures [][]int64 // each 1 where it has a suggestion in it
		for week := range 4 {
			sums, _, err := db.Told(t.Context(), at(begin+7*week, 0), at(begin+7*week+7, 0), least)
			if err != nil {
				rt.Fatal(err)
			}
			for _, s := range sums {
				var figure []int64
				for i := range who {
					figure = append(figure, int64(s.Minutes>>i&1))
				}
				figures = append(figures, figure)
			}
		}
		if len(figures) > 0 {
			shown++
		}
		all := rankOf(figures)
		for people := range 1 << 8 {
			if bits.OnesCount(uint(people)) >= least {
				continue
			}
			others := make([][]int64, len(figures))
			for f, figure := range figures {
				for i, in := range figure {
					if people>>(who[i]-1)&1 == 0 {
						others[f] = append(others[f], in)
					}
				}
			}
			if rankOf(others) < all { // some sum and difference has nothing of anybody else
				rt.Fatalf("suggestions from %d on: what came of those to %d people (%b), fewer than %d, can be told", first, bits.OnesCount(uint(people)), people, least)
			}
		}
	})
	if shown == 0 {
		t.Error("nothing was ever shown: the test proves nothing")
	}
}

// rankOf is how many of the rows are no sum of multiples of others. It counts modulo a
// prime, which large numbers are no matter to.
func rankOf(rows [][]int64) int {
	const prime = 1_000_000_007
	left := make([][]int64, len(rows))
	for i, row := range rows {
		left[i] = slices.Clone(row)
	}
	inverse := func(n int64) int64 {
		result := int64(1)
		for power := int64(prime - 2); power > 0; power /= 2 {
			if power%2 == 1 {
				result = result * n % prime
			}
			n = n * n % prime
		}
		return result
	}
	found := 0
	for column := 0; len(rows) > 0 && column < len(rows[0]); column++ {
		pivot := slices.IndexFunc(left[found:], func(row []int64) bool { return row[column] != 0 })
		if pivot < 0 {
			continue
		}
		left[found], left[found+pivot] = left[found+pivot], left[found]
		scale := inverse(left[found][column])
		for _, row := range left[found+1:] {
			times := row[column] * scale % prime
			for i := range row {
				row[i] = ((row[i]-times*left[found][i])%prime + prime) % prime
			}
		}
		if found++; found == len(left) {
			break
		}
	}
	return found
}

// TestRulesThatDifferByFew: of rules that spoke for nearly the same, one is told.
func TestRulesThatDifferByFew(t *testing.T) {
	db := openFile(t)
	for n := range 9 {
		who := fmt.Sprint("p", n)
		d := newDigest(who, "mail of "+who)
		d.Suggestions[0].Rules = []string{"all"}
		if n < 8 {
			d.Suggestions[0].Rules = append(d.Suggestions[0].Rules, "nearly all", "like nearly all")
		}
		if n < 5 {
			d.Suggestions[0].Rules = append(d.Suggestions[0].Rules, "five")
		}
		if n < 2 {
			d.Suggestions[0].Rules = append(d.Suggestions[0].Rules, "two")
		}
		db.offer(t, monday, d)
	}
	tell, err := db.RulesToTell(t.Context(), monday, 4)
	want := map[string]bool{"all": true, "nearly all": false, "like nearly all": false, "five": true, "two": false}
	if diff := gocmp.Diff(want, tell); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
