package report

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
)

// BenchmarkBuild reports on four weeks of a store that holds 20,000 meetings of
// six people each, and prints it.
func BenchmarkBuild(b *testing.B) {
	const meetings, people = 20_000, 400
	p := fourWeeks(b)
	ctx := context.Background()
	db, err := store.OpenTemporary(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	fillMeetings(b, db, p, meetings, people)
	for b.Loop() {
		r := build(b, db, Options{Period: p, Cost: cost})
		if r.Occurrences != meetings {
			b.Fatalf("%d occurrences", r.Occurrences)
		}
		if err := r.Table(io.Discard, TableOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(meetings*b.N)/b.Elapsed().Seconds(), "meetings/s")
}

// fillMeetings puts so many judged meetings of six people each into a store.
func fillMeetings(b *testing.B, db *store.DB, p Period, meetings, people int) {
	b.Helper()
	ctx := context.Background()
	if err := db.SetOrganization(ctx, store.Organization{Domains: []string{"kite.example"}}); err != nil {
		b.Fatal(err)
	}
	collection, err := db.AddCollection(ctx, store.Collection{Kind: "ics", Remote: "all.ics"})
	if err != nil {
		b.Fatal(err)
	}
	var delta calendars.Delta
	for n := range meetings {
		start := p.From.Add(time.Duration(n%28)*24*time.Hour + time.Duration(9*60+15*(n%36))*time.Minute)
		title := fmt.Sprint("meeting ", n)
		c := calendars.Copy{
			Remote: calendars.RemoteID(title), UID: title, Title: title, Busy: true, Status: calendars.Confirmed,
			Start: start, End: start.Add(45 * time.Minute), Zone: "UTC", HeadsKnown: true,
		}
		for guest := range 6 {
			c.People = append(c.People, calendars.Attendee{
				Party: calendars.Party{Address: fmt.Sprintf("p%d@kite.example", (n*7+guest*61)%people)}, Kind: calendars.Individual,
			})
		}
		delta.Copies = append(delta.Copies, c)
	}
	if _, err := db.Apply(ctx, collection, delta); err != nil {
		b.Fatal(err)
	}
	judge(b, db, func(s store.Subject) rules.Verdict {
		return judgedAs(rules.Category(len(s.Title)%rules.Categories), "meeting")
	})
}

// BenchmarkBuildOwn tells one person of their hours among 10,000 others, who have
// 50,000 meetings of six people each.
func BenchmarkBuildOwn(b *testing.B) {
	const meetings, people = 50_000, 10_000
	p := fourWeeks(b)
	ctx := context.Background()
	db, err := store.OpenTemporary(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	fillMeetings(b, db, p, meetings, people)
	for b.Loop() {
		own, err := BuildOwn(ctx, db, rulesHash, FunnelOptions{Period: p, Cost: cost, Person: "p7@kite.example"})
		if err != nil {
			b.Fatal(err)
		}
		if len(own.Meetings) == 0 {
			b.Fatal("nothing is told")
		}
	}
}
