package report

import (
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestDayBeginsWhereClocksJump(t *testing.T) {
	for _, test := range []struct {
		zone       string
		y, m, d    int
		want, prev string
	}{
		{"UTC", 2026, 3, 1, "2026-03-01T00:00:00Z", "2026-02-28"},
		{"Europe/Berlin", 2026, 3, 29, "2026-03-29T00:00:00+01:00", "2026-03-28"},
		{"Asia/Beirut", 2026, 3, 29, "2026-03-29T01:00:00+03:00", "2026-03-28"},       // midnight is skipped
		{"America/Sao_Paulo", 2018, 11, 4, "2018-11-04T01:00:00-02:00", "2018-11-03"}, // west of Greenwich too
		{"America/Havana", 2026, 11, 1, "2026-11-01T00:00:00-04:00", "2026-10-31"},    // midnight comes twice
	} {
		got := Day(test.y, time.Month(test.m), test.d, zone(t, test.zone))
		if got.Format(time.RFC3339) != test.want {
			t.Errorf("%s: day begins %s, want %s", test.zone, got.Format(time.RFC3339), test.want)
		}
		if prev := got.Add(-time.Second).Format(dateLayout); prev != test.prev {
			t.Errorf("%s: a second before it is %s, want %s", test.zone, prev, test.prev)
		}
	}
}

func TestDefaultPeriod(t *testing.T) {
	const days = "2006-01-02 15:04"
	at := func(text string) time.Time {
		if text == "" {
			return time.Time{}
		}
		parsed, err := time.ParseInLocation(days, text, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for _, test := range []struct{ name, now, first, last, from, to string }{
		{"in the week", "2026-11-18 10:00", "2026-01-01 09:00", "2026-12-31 10:00", "2026-10-19 00:00", "2026-11-16 00:00"},
		{"on Sunday the running week counts", "2026-11-22 10:00", "2026-01-01 09:00", "2026-12-31 10:00", "2026-10-26 00:00", "2026-11-23 00:00"},
		{"on Monday the new one does not", "2026-11-23 00:00", "2026-01-01 09:00", "2026-12-31 10:00", "2026-10-26 00:00", "2026-11-23 00:00"},
		{"no data", "2026-11-22 10:00", "", "", "2026-10-26 00:00", "2026-11-23 00:00"},
		{"data ended in the last week", "2026-11-22 10:00", "2026-01-01 09:00", "2026-11-16 00:00", "2026-10-26 00:00", "2026-11-23 00:00"},
		{"data ended before it", "2026-11-22 10:00", "2026-01-01 09:00", "2026-11-15 23:59", "2026-10-19 00:00", "2026-11-16 00:00"},
		{"data ended long ago, in midweek", "2026-11-22 10:00", "2019-01-01 09:00", "2020-02-12 10:00", "2020-01-20 00:00", "2020-02-17 00:00"},
		{"data ended at the end of a week", "2026-11-22 10:00", "2019-01-01 09:00", "2020-02-17 00:00", "2020-01-20 00:00", "2020-02-17 00:00"},
		{"data lies ahead", "2026-11-22 10:00", "2027-03-03 09:00", "2027-09-01 10:00", "2027-03-01 00:00", "2027-03-29 00:00"},
	} {
		p := DefaultPeriod(at(test.now), at(test.first), at(test.last), time.UTC)
		if got := p.From.Format(days) + " – " + p.To.Format(days); got != test.from+" – "+test.to {
			t.Errorf("%s: %s, want %s – %s", test.name, got, test.from, test.to)
		}
	}
}

func TestWritePeriod(t *testing.T) {
	for _, test := range []struct {
		y, m, d, days int
		want, length  string
		weeks         int
	}{
		{2026, 10, 26, 28, "26 Oct – 22 Nov 2026", "4 weeks", 4},
		{2026, 11, 2, 7, "2 – 8 Nov 2026", "1 week", 1},
		{2026, 12, 28, 7, "28 Dec 2026 – 3 Jan 2027", "1 week", 1},
		{2026, 11, 4, 1, "4 Nov 2026", "1 day", 1},
		{2026, 11, 4, 10, "4 – 13 Nov 2026", "10 days", 2},
		{2026, 11, 4, 14, "4 – 17 Nov 2026", "2 weeks", 3}, // not cut where weeks are
	} {
		from := Day(test.y, time.Month(test.m), test.d, zone(t, "Europe/Berlin"))
		p := Period{From: from, To: addDays(from, test.days, from.Location()), Zone: from.Location()}
		weeks := p.weeks()
		if p.Days() != test.want || p.Length() != test.length || len(weeks) != test.weeks {
			t.Errorf("%+v: got %q, %q, %d weeks", test, p.Days(), p.Length(), len(weeks))
		}
		if !weeks[0].From.Equal(p.From) || !weeks[len(weeks)-1].To.Equal(p.To) {
			t.Errorf("%+v: weeks do not cover the period", test)
		}
		for i := range weeks[1:] {
			if !weeks[i].To.Equal(weeks[i+1].From) || weeks[i].To.Weekday() != time.Monday {
				t.Errorf("%+v: week %d ends %s", test, i, weeks[i].To)
			}
		}
	}
}

func TestOnlyWholeDays(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	good := fourWeeks(t)
	for name, p := range map[string]Period{
		"no zone":          {From: good.From, To: good.To},
		"backwards":        {From: good.To, To: good.From, Zone: berlin},
		"empty":            {From: good.From, To: good.From, Zone: berlin},
		"not at midnight":  {From: good.From, To: good.To.Add(time.Second), Zone: berlin},
		"midnight in none": {From: good.From, To: good.To, Zone: time.UTC},
	} {
		if _, err := Count(given{}.input(), Options{Period: p}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
