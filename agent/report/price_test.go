package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestCostsAreOfTotals: with a price, totals are told in money in every form but CSV,
// which has rows alone; rows and a person's own figures have none; without a price,
// nothing does.
func TestCostsAreOfTotals(t *testing.T) {
	in, o := example(t)
	for _, by := range []By{ByCategory, ByMeeting, ByWeek} {
		o.By, o.Price = by, Price{60, "EUR"}
		r := count(t, in, o)
		if got, want := r.Cost.Meetings, Money((r.MeetingHours+30)/60); got != want || got == 0 {
			t.Errorf("by %s: %d for %v h at 60, want %d", by, got, r.MeetingHours, want)
		}
		var table, md, csv, all bytes.Buffer
		for _, err := range []error{r.Table(&table, TableOptions{Width: 400}), r.Markdown(&md), r.CSV(&csv), r.JSON(&all)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, said := range []string{strings.Join(strings.Fields(table.String()), " "), md.String()} {
			if want := r.Cost.note(); strings.Count(said, "EUR") != strings.Count(want, "EUR") || !strings.Contains(said, want) {
				t.Errorf("by %s: %q is not all that is said of money in\n%s", by, want, said)
			}
		}
		if strings.Contains(csv.String(), "EUR") || strings.Count(all.String(), "EUR") != 1 {
			t.Errorf("by %s: money beside rows:\n%s\n%s", by, &csv, &all)
		}
		o.Price = Price{}
		if none, _ := json.Marshal(count(t, in, o)); bytes.Contains(none, []byte(`"cost"`)) {
			t.Errorf("by %s: money without a price:\n%s", by, none)
		}
	}
}

func TestCostsOfAFunnel(t *testing.T) {
	f := Funnel{FunnelSums: FunnelSums{
		RecoverableHours: 36000, TrialHours: 7200,
		Declines: Stages{SuggestedHours: 90 * 3600, AcceptedHours: 1830, RecoveredHours: 0},
		Trials:   Stages{SuggestedHours: 3600, AcceptedHours: 3600, RecoveredHours: 1800},
	}}
	p := Price{65, "€"}
	const want = "at 65 € an hour, the same for everybody, by declines / by trials: 5,850 / 65 € suggested, 33 / 65 € accepted, 0 / 33 € recovered"
	if f.Cost = f.costs(p); f.Cost.note() != want {
		t.Errorf("got  %s\nwant %s", f.Cost.note(), want)
	}
	if f.Person = "ann@acme.example"; f.costs(p) != nil {
		t.Error("a person's time has a price")
	}
}

// TestCostsOfWhatIsNotTold: hours that are held back have no price either.
func TestCostsOfWhatIsNotTold(t *testing.T) {
	r := Report{MeetingHours: 7200, Others: &Others{}}
	r.Cost = r.costs(Price{60, "EUR"})
	const want = "at 60 EUR an hour, the same for everybody: 120 EUR in meetings, not shown recoverable, not shown worth a trial"
	if got := r.told().Cost; got.note() != want {
		t.Errorf("a report\ngot  %s\nwant %s", got.note(), want)
	}
	if text, err := json.Marshal(r.told().Cost); err != nil || !strings.Contains(string(text), `"recoverable":null`) {
		t.Errorf("as JSON: %s, %v", text, err)
	}
	f := Funnel{plansHidden: true}
	f.Trials.SuggestedHours = 3600
	f.Cost = f.costs(Price{60, "EUR"})
	const both = "at 60 EUR an hour, the same for everybody, by declines / by trials: not shown / 60 EUR suggested, " +
		"not shown / not shown accepted, not shown / not shown recovered"
	if got := f.told().Cost.note(); got != both {
		t.Errorf("a funnel\ngot  %s\nwant %s", got, both)
	}
}
