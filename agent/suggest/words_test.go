package suggest

import (
	"math"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestPresents(t *testing.T) {
	ana, ben := Party{"ana.lopez@acme.example", "Ana Lopez"}, Party{"ben@acme.example", ""}
	li := Party{"li@acme.example", "Li Wu"}
	tests := []struct {
		name, title, body string
		who               Party
		want              bool
	}{
		{"nobody is named", "Project update", "Status and next steps.", ana, false},
		{"named in the title", "Demo (Ana Lopez)", "", ana, true},
		{"family name first", "Lopez, Ana: quarterly numbers", "", ana, true},
		{"a first name in the title", "Ana's monthly update", "", ana, true},
		{"an address in the title", "Numbers by ana.lopez@acme.example", "", ana, true},
		{"a longer word is no name", "Banana tasting, analysis", "", ana, false},
		{"a short name within words", "List of wuthering things", "", li, false},
		{"a whole short name", "Li Wu on tooling", "", li, true},
		{"too short a part", "Li and others", "", li, false},
		{"only an address is known", "Ben on tooling", "", ben, true},
		{"presenter", "Update", "Agenda below.\nPresenter: Ana Lopez", ana, true},
		{"one of the presenters", "Update", "Presenters: Cyd, Ana and Bo", ana, true},
		{"presenter by address", "Update", "presenter: Ana.Lopez@acme.example", Party{"Ana.Lopez@acme.example", "Ana Lopez"}, true},
		{"another presents", "Update", "Presenter: Cyd Charisse\nContact Ana Lopez with questions", ana, false},
		{"host", "Update", "Host - Ana", ana, true},
		{"led by", "Update", "This session is led by Ana from Finance.", ana, true},
		{"will present", "Update", "Ana Lopez will present the numbers.", ana, true},
		{"presents", "Update", "Cyd hosts, Ana presents.", ana, true},
		{"an item of the agenda", "Update", "Agenda:\n1. Welcome\n2. Ana: roadmap", ana, true},
		{"an item with a name behind", "Update", "- Roadmap (Ana Lopez)\n- Questions", ana, true},
		{"a list under a heading", "Update", "Speakers:\n- Cyd\n- Ana Lopez\n\nSee you", ana, true},
		{"after the list", "Update", "Speakers:\n- Cyd\nQuestions go to Ana Lopez", ana, false},
		{"invited", "Update", "Invited: everybody, Ana Lopez too", ana, false},
		{"a sentence about her", "Update", "Ask Ana Lopez for the slides (she has them).", ana, false},
		{"in German", "Stand", "Moderation: Ana Lopez", ana, true},
		{"geleitet von", "Stand", "Die Runde wird geleitet von Ana.", ana, true},
		{"stellt vor", "Stand", "Ana stellt die Zahlen vor.", ana, true},
		{"Vortrag", "Stand", "Vortrag von Frau Lopez", ana, true},
		{"nobody in particular", "Update", "Presenter: ", Party{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Presents(tt.title, tt.body, tt.who); got != tt.want {
				t.Errorf("presents: %v, want %v", got, tt.want)
			}
			left := strings.Join(Presenters(tt.body, []Party{tt.who, {"cyd@acme.example", "Cyd Charisse"}}), "\n")
			if got := Presents(tt.title, left, tt.who); got != tt.want {
				t.Errorf("by what is left of the description, %q: %v, want %v", left, got, tt.want)
			}
		})
	}
}

func TestCadenceOf(t *testing.T) {
	for rule, want := range map[string]Cadence{
		"":                                {},
		"FREQ=HOURLY":                     {},
		"FREQ=DAILY":                      {Day, 1, 1},
		"FREQ=DAILY;INTERVAL=2":           {Day, 2, 1},
		"FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR": {Workday, 1, 1},
		"FREQ=WEEKLY;BYDAY=FR,MO,TU,WE,TH;WKST=MO":    {Workday, 1, 1},
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR": {Week, 2, 5},
		"FREQ=WEEKLY":                     {Week, 1, 1},
		"freq=weekly;byday=tu":            {Week, 1, 1},
		"FREQ=WEEKLY;BYDAY=TU,TH":         {Week, 1, 2},
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU": {Week, 2, 1},
		"FREQ=MONTHLY;BYDAY=1TU":          {Month, 1, 1},
		"FREQ=MONTHLY;INTERVAL=3":         {Month, 3, 1},
		"FREQ=YEARLY;INTERVAL=0":          {Year, 1, 1},
	} {
		if d := gocmp.Diff(want, CadenceOf(rule)); d != "" {
			t.Errorf("%q (-want +got):\n%s", rule, d)
		}
	}
}

func TestWilson(t *testing.T) {
	for _, tt := range []struct {
		accepted, answered int
		low, high          float64
	}{ // computed by hand from the formula, to three digits
		{0, 0, 0, 1}, {0, 20, 0, 0.161}, {1, 20, 0.009, 0.236}, {5, 20, 0.112, 0.469}, {20, 20, 0.839, 1}, {50, 100, 0.404, 0.596},
	} {
		low, high := Wilson(tt.accepted, tt.answered)
		if math.Abs(low-tt.low) > 0.0005 || math.Abs(high-tt.high) > 0.0005 {
			t.Errorf("%d of %d: %.4f to %.4f, want %v to %v", tt.accepted, tt.answered, low, high, tt.low, tt.high)
		}
	}
}

func TestQuarantine(t *testing.T) {
	for _, tt := range []struct {
		accepted, answered int
		want               bool
	}{
		{0, 19, false}, {0, 20, true}, {1, 20, false}, {1, 30, true}, {5, 50, false}, {4, 50, true}, {20, 100, false}, {12, 100, true},
	} {
		if got := (Answers{Answered: tt.answered, Accepted: tt.accepted}).Quarantined(); got != tt.want {
			t.Errorf("%d of %d accepted: quarantined %v, want %v", tt.accepted, tt.answered, got, tt.want)
		}
	}
}

func TestCertainty(t *testing.T) {
	for keeps, want := range []float64{0, 0, 0.9, 0.95, 0.975} {
		if got := Certainty(keeps); math.Abs(got-want) > 1e-9 {
			t.Errorf("%d keeps ask for %v, want %v", keeps, got, want)
		}
	}
}
