package report

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unmeet/agent/text"
)

// before adds to a the same of the four weeks before, but of the first share of its
// plans only.
func before(a asked, share int) asked {
	for _, one := range a.occurrences {
		one.ID += 1000
		one.Start, one.End = one.Start.AddDate(0, 0, -28), one.End.AddDate(0, 0, -28)
		a.occurrences = append(a.occurrences, one)
		a.shares[one.ID] = a.shares[one.ID-1000]
	}
	for _, one := range a.plans[:len(a.plans)/share] {
		one.Same += 1000
		one.Start, one.End = one.Start.AddDate(0, 0, -28), one.End.AddDate(0, 0, -28)
		a.plans = append(a.plans, one)
	}
	return a
}

// TestFunnelComparedOnPaper draws what a terminal shows, in widths and in ASCII.
func TestFunnelComparedOnPaper(t *testing.T) {
	a, o := answered(t)
	a = before(a, 2)
	f := funnelOf(t, a, FunnelOptions{Title: "Acme", Period: o.Period, MinGroup: 2, Cost: cost, Group: teams})
	golden(t, "funnel-compared.txt", func(w io.Writer) error { return f.Table(w, TableOptions{Bars: true}) })
	golden(t, "funnel-compared.ascii.txt", func(w io.Writer) error { return f.Table(w, TableOptions{Width: 60, Bars: true, ASCII: true}) })
	golden(t, "funnel-compared.json", f.JSON)
	for columns := leastWidth; columns <= mostWidth; columns++ {
		var b bytes.Buffer
		if err := f.Table(&b, TableOptions{Width: columns, Bars: columns%2 == 0}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if line = strings.TrimSuffix(line, "\n"); text.Width(line) > columns {
				t.Errorf("at %d columns: %q is %d wide", columns, line, text.Width(line))
			}
		}
	}
}

// TestFunnelBeforeIsAFunnel: what a funnel says of the four weeks before is what a
// funnel of these says, suppression and all. There is no change to see from weeks that
// are left out, of another length, or that begin with nothing.
func TestFunnelBeforeIsAFunnel(t *testing.T) {
	a, o := answered(t)
	a = before(a, 4)
	for _, least := range []int{1, 2, 3, 4, 6, 12} {
		options := FunnelOptions{Period: o.Period, MinGroup: least, Cost: cost}
		f := funnelOf(t, a, options)
		options.Period = o.Period.Before()
		var whole, alone bytes.Buffer
		if err := f.JSON(&whole); err != nil {
			t.Fatal(err)
		}
		if err := funnelOf(t, a, options).JSON(&alone); err != nil {
			t.Fatal(err)
		}
		type of struct {
			From, To string
			FunnelSums
		}
		var now struct{ Before of }
		var then of
		if err := json.Unmarshal(whole.Bytes(), &now); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(alone.Bytes(), &then); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(then, now.Before); diff != "" {
			t.Errorf("of %d people, alone and compared:\n%s", least, diff)
		}
		if !f.Before.compared {
			t.Errorf("of %d people: not compared", least)
		}
		options.Period.From, options.Period.To = addDays(o.Period.From, 7, o.Period.Zone), o.Period.To
		if b := funnelOf(t, a, options).Before; b.compared {
			t.Error("three weeks are compared with four")
		}
	}
	few := funnelOf(t, a, FunnelOptions{Period: o.Period, MinGroup: 13, Cost: cost})
	if few.Before != nil && few.Before.compared {
		t.Error("weeks that are left out are compared")
	}
}
