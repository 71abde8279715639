package trial

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"unmeet/agent/suggest"
	"unmeet/agent/text"
)

func TestHeadings(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"none":                    {"", nil},
		"prose":                   {"We go through what is new.\nBring your questions.", nil},
		"a list":                  {"Hello all\n- Numbers\n- Hiring (5 min)\n* Risks\n", []string{"Numbers", "Hiring", "Risks"}},
		"numbers":                 {"1. Numbers\n2) Hiring 10min\n10. Risks", []string{"Numbers", "Hiring", "Risks"}},
		"boxes":                   {"[ ] Numbers\n[x] Hiring", []string{"Numbers", "Hiring"}},
		"an agenda":               {"- not this\n\nAgenda:\nNumbers\nHiring:\n\n- nor this", []string{"Numbers"}},
		"an agenda as a list":     {"Agenda\n- Numbers\n- Hiring\n\nPlease prepare:\n- slides", []string{"Numbers", "Hiring"}},
		"in German":               {"Tagesordnung:\n• Zahlen\n• Personal (10 Minuten)", []string{"Zahlen", "Personal"}},
		"HTML":                    {"<p>Hello</p><b>Agenda</b><ul><li>Numbers &amp; <i>facts</i></li><li>Hiring</li></ul><p>Bye</p>", []string{"Numbers & facts", "Hiring"}},
		"HTML with breaks":        {"Agenda:<br>- Numbers<br>- Hiring", []string{"Numbers", "Hiring"}},
		"how to join is left out": {"- Numbers\n- Join Zoom: https://zoom.example/j/1\n- Dial +49 30 1234567\n- ann@acme.example\n- Meeting ID: 12", []string{"Numbers"}},
		"twice":                   {"- Numbers\n- Numbers", []string{"Numbers"}},
		"long":                    {"- " + strings.Repeat("word ", 40), []string{strings.Repeat("word ", 11) + "word…"}},
		"hostile":                 {"- Numbers\x1b[31m\u202ered", []string{"Numbersred"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Headings(c.body); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := Headings(strings.Repeat("- one\n", 3) + "- 2nd\n- c\n- d\n- e\n- f\n- g\n- h\n- i\n- j"); len(got) != mostHeadings {
		t.Errorf("%d headings: %q", len(got), got)
	}
}

// FuzzHeadings holds that whatever a description says, headings are few, short and
// clean.
func FuzzHeadings(f *testing.F) {
	for _, seed := range []string{"- a\n- b", "Agenda:\nx\n\ny", "<li>1 min<li>(9 min)", "&lt;b&gt;\x00\n1. \u202e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		all := Headings(body)
		if len(all) > mostHeadings {
			t.Errorf("%d headings", len(all))
		}
		for _, h := range all {
			if h == "" || h != text.Clean(h) || text.Width(h) > longestHeading {
				t.Errorf("%q is no heading", h)
			}
		}
	})
}

func office() Week {
	quiet, err := suggest.ParseDates([]string{"2026-12-24..2026-12-25"})
	if err != nil {
		panic(err)
	}
	return Week{suggest.OfficeHours(), quiet}
}

func TestReplyBy(t *testing.T) {
	at := func(day, clock string) time.Time {
		at, err := time.Parse("2006-01-02 15:04", day+" "+clock)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for name, c := range map[string]struct {
		sent   time.Time
		within time.Duration
		want   time.Time
	}{
		"two days":                     {at("2026-11-24", "10:00"), 48 * time.Hour, at("2026-11-26", "17:00")},
		"over a weekend":               {at("2026-11-27", "10:00"), 48 * time.Hour, at("2026-12-01", "17:00")},
		"over quiet days":              {at("2026-12-23", "10:00"), 24 * time.Hour, at("2026-12-28", "17:00")},
		"a day and a half are two":     {at("2026-11-24", "10:00"), 36 * time.Hour, at("2026-11-26", "17:00")},
		"hours":                        {at("2026-11-24", "10:00"), 4 * time.Hour, at("2026-11-24", "14:00")},
		"hours that end in the night":  {at("2026-11-27", "15:00"), 4 * time.Hour, at("2026-11-30", "09:00")},
		"sent on a day without office": {at("2026-11-28", "10:00"), 24 * time.Hour, at("2026-11-30", "17:00")},
	} {
		t.Run(name, func(t *testing.T) {
			if got := office().ReplyBy(c.sent, c.within); !got.Equal(c.want) {
				t.Errorf("sent %v: by %v, want %v", c.sent, got, c.want)
			}
		})
	}
	if got := (Week{}).ReplyBy(first, 48*time.Hour); !got.Equal(first.Add(48 * time.Hour)) {
		t.Errorf("of people who never work: by %v", got)
	}
}

// TestNext holds that the next time to write is never before, always within working
// hours, and the same when asked again.
func TestNext(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w := office()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(first.Unix(), first.AddDate(1, 0, 0).Unix()).Draw(t, "at"), 0).In(zone)
		next := w.Next(at)
		if next.Before(at) || !w.Hours.Open(next) || w.Quiet.Has(next) || !w.Next(next).Equal(next) {
			t.Fatalf("after %v it is %v", at, next)
		}
	})
	if got := (Week{}).Next(first); !got.Equal(first) {
		t.Errorf("of people who never work: %v", got)
	}
}
