package store

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"unmeet/calendars"
)

// generated is a year of an organization with 400 people: 30 % of the events are
// weekly, with five guests on average. Occurrences lie within [from, to).
func generated(events int, from, to time.Time) calendars.Delta {
	r := rand.New(rand.NewPCG(1, 2))
	year := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	d := calendars.Delta{Full: true, From: from, To: to}
	person := func() calendars.Party {
		n := r.IntN(400)
		return calendars.Party{Address: fmt.Sprintf("person%03d@acme.example", n), Name: fmt.Sprintf("Person %d", n)}
	}
	for i := range events {
		start := year.AddDate(0, 0, r.IntN(364)).Add(time.Duration(8*4+r.IntN(36)) * 15 * time.Minute)
		c := calendars.Copy{
			Remote: calendars.RemoteID(fmt.Sprint(i)), UID: fmt.Sprintf("%08d-%08d@acme.example", i*7919%events, i),
			Title: fmt.Sprintf("Meeting %d of the week", i), Body: fmt.Sprintf("Agenda %d: updates, questions, next steps. Notes are in the shared document.", i),
			Busy: true, Status: calendars.Confirmed, Zone: "UTC", HeadsKnown: true,
			Start: start, End: start.Add(time.Duration(1+r.IntN(4)) * 15 * time.Minute),
			Organizer: person(), Modified: year,
		}
		for range 2 + r.IntN(6) {
			c.People = append(c.People, calendars.Attendee{Party: person(), Kind: calendars.Individual, Response: calendars.Accepted})
		}
		if r.IntN(10) < 3 {
			c.Rule = "FREQ=WEEKLY"
			c.Start, c.End = start.AddDate(0, 0, -364), c.End.AddDate(0, 0, -364)
			for at := c.Start; at.Before(to); at = at.AddDate(0, 0, 7) {
				if !at.Before(from) {
					c.Spans = append(c.Spans, calendars.Span{Instance: calendars.InstanceAt(at), Start: at, End: at.Add(c.End.Sub(c.Start))})
				}
			}
		}
		d.Copies = append(d.Copies, c)
	}
	return d
}

// BenchmarkApply applies 20,000 events to an empty database: four weeks of them,
// and the whole year.
func BenchmarkApply(b *testing.B) {
	for _, bm := range []struct {
		name  string
		from  time.Time
		weeks int
	}{
		{"4weeks", time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), 4},
		{"year", time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), 52},
	} {
		b.Run(bm.name, func(b *testing.B) {
			from, to := bm.from, bm.from.AddDate(0, 0, 7*bm.weeks)
			d := generated(20000, from, to)
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				db, err := OpenTemporary(ctx)
				if err != nil {
					b.Fatal(err)
				}
				if err := db.SetOrganization(ctx, Organization{Domains: []string{"acme.example"}}); err != nil {
					b.Fatal(err)
				}
				id, err := db.AddCollection(ctx, Collection{Kind: "ics", Remote: "all.ics"})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := db.Apply(ctx, id, d); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				n := 0
				for _, err := range db.Occurrences(ctx, from, to) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				b.ReportMetric(float64(n), "occurrences")
				db.Close()
				b.StartTimer()
			}
		})
	}
}

// BenchmarkApplyChange moves one weekly meeting in a database that holds a year.
func BenchmarkApplyChange(b *testing.B) {
	from := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	d := generated(20000, from, from.AddDate(0, 0, 7*52))
	db := openFile(b)
	id := db.calendar(b, "")
	db.apply(b, id, d)
	i := 0
	for d.Copies[i].Rule == "" {
		i++
	}
	change := calendars.Delta{From: d.From, To: d.To, Copies: d.Copies[i : i+1]}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		for s := range change.Copies[0].Spans {
			change.Copies[0].Spans[s].End = change.Copies[0].Spans[s].Start.Add(time.Duration(20+n%2) * time.Minute)
		}
		if touched := db.apply(b, id, change); len(touched.Meetings) != 1 {
			b.Fatalf("touched %+v", touched)
		}
	}
}
