package suggest

import (
	"testing"
	"time"
)

func TestTurns(t *testing.T) {
	tests := []struct {
		name   string
		now    time.Time
		change func(*Policy, *Person, *History)
		next   string // in Berlin, "" for never
		first  string
	}{
		{"the Monday after", monday, nil, "2026-11-30T09:00", "2026-11-23T09:00"},
		{"seen later that day", monday.Add(time.Hour), nil, "2026-11-30T09:00", "2026-11-24T09:00"},
		{"seen in the night before", monday.Add(-5 * time.Hour), nil, "2026-11-30T09:00", "2026-11-23T09:00"},
		{"seen on Friday evening", monday.Add(-day - 14*time.Hour), nil, "2026-11-23T09:00", "2026-11-23T09:00"},
		{"a mail on a Thursday", monday.Add(3 * day), func(_ *Policy, _ *Person, h *History) {
			h.Mails = append(h.Mails, Mail{At: monday.Add(3 * day), Answered: true})
		}, "2026-12-03T09:00", "2026-12-03T09:00"},
		{"a mail just now", monday, func(_ *Policy, _ *Person, h *History) {
			h.Mails = append(h.Mails, Mail{At: monday, Answered: true})
		}, "2026-11-30T09:00", "2026-11-30T09:00"},
		{"every other week", monday, func(_ *Policy, p *Person, h *History) {
			p.Rhythm = Fortnightly
			h.Mails = append(h.Mails, Mail{At: monday, Answered: true})
		}, "2026-12-07T09:00", "2026-12-07T09:00"},
		{"two ignored", monday, func(_ *Policy, _ *Person, h *History) { h.Mails = append(ignored(1), Mail{At: monday}) }, "2026-12-07T09:00", "2026-12-07T09:00"},
		{"four ignored", monday, func(_ *Policy, _ *Person, h *History) { h.Mails = ignored(4) }, "", ""},
		{"a quiet Monday", monday, func(y *Policy, _ *Person, _ *History) { y.Quiet = Dates{"2026-11-30": true} }, "2026-12-01T09:00", "2026-11-23T09:00"},
		{"away until Wednesday noon", monday, func(_ *Policy, p *Person, _ *History) {
			p.Away = []Span{{monday.Add(6 * day), monday.Add(9*day + 3*time.Hour)}}
		}, "2026-12-03T09:00", "2026-11-23T09:00"},
		{"away for good", monday, func(_ *Policy, p *Person, _ *History) { p.Away = []Span{{monday, monday.AddDate(2, 0, 0)}} }, "", ""},
		{"Sundays alone", monday, func(_ *Policy, p *Person, _ *History) { p.Hours = Hours{time.Sunday: {600, 720}} }, "2026-12-06T10:00", "2026-11-29T10:00"},
		{"over the change of clocks", time.Date(2027, 3, 22, 9, 0, 0, 0, berlin), nil, "2027-03-29T09:00", "2027-03-22T09:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			y, p, h := Standard(), ben(), veteran()
			if tt.change != nil {
				tt.change(&y, &p, &h)
			}
			show := func(at time.Time) string {
				if at.IsZero() {
					return ""
				}
				return at.In(berlin).Format("2006-01-02T15:04")
			}
			if got := show(y.Next(tt.now, p, h)); got != tt.next {
				t.Errorf("next turn %q, want %q", got, tt.next)
			}
			if got := show(y.First(tt.now, p, h)); got != tt.first {
				t.Errorf("first turn %q, want %q", got, tt.first)
			}
		})
	}
}

func TestAheadReachesTheMailAfterNext(t *testing.T) {
	p, h := ben(), veteran()
	if got, want := p.Ahead(monday, h), monday.AddDate(0, 0, 7).Add(Notice+Leeway); !got.Equal(want) {
		t.Errorf("weekly: %v, want %v", got, want)
	}
	p.Rhythm = Fortnightly
	if got, want := p.Ahead(monday, h), monday.AddDate(0, 0, 14).Add(Notice+Leeway); !got.Equal(want) {
		t.Errorf("fortnightly: %v, want %v", got, want)
	}
}
