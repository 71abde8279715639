package ics

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// generated writes a calendar of n objects as an export looks: about 2 KB each,
// three in ten of them series, one of those in three with a changed instance.
func generated(w io.Writer, n int) {
	rnd := rand.New(rand.NewPCG(1, 2))
	line := func(format string, args ...any) {
		io.WriteString(w, fold(fmt.Sprintf(format, args...), "\r\n"))
	}
	line("BEGIN:VCALENDAR")
	line("PRODID:-//Generated//Export 1.0//EN")
	line("VERSION:2.0")
	line("X-WR-CALNAME:person1@acme.example")
	line("X-WR-TIMEZONE:Europe/Berlin")
	event := func(i int, start time.Time, recurring bool, instance time.Time) {
		line("BEGIN:VEVENT")
		if recurring || !instance.IsZero() {
			line("DTSTART;TZID=Europe/Berlin:%s", start.Format("20060102T150405"))
			line("DTEND;TZID=Europe/Berlin:%s", start.Add(time.Hour).Format("20060102T150405"))
		} else {
			line("DTSTART:%sZ", start.Format("20060102T150405"))
			line("DTEND:%sZ", start.Add(30*time.Minute).Format("20060102T150405"))
		}
		switch {
		case !instance.IsZero():
			line("RECURRENCE-ID;TZID=Europe/Berlin:%s", instance.Format("20060102T150405"))
		case recurring && i%20 == 0:
			line("RRULE:FREQ=DAILY;COUNT=200")
		case recurring:
			line("RRULE:FREQ=WEEKLY;BYDAY=%s", []string{"MO", "TU,TH", "WE", "FR"}[i%4])
			line("EXDATE;TZID=Europe/Berlin:%s", start.AddDate(0, 0, 14).Format("20060102T150405"))
		}
		line("DTSTAMP:20261120T080000Z")
		line("ORGANIZER;CN=Person %d:mailto:person%d@acme.example", i%50, i%50)
		line("UID:event-%d-0123456789abcdef@calendar.example", i)
		for range 2 + rnd.IntN(7) {
			p := rnd.IntN(300)
			line("ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=%s;CN=Person %d;X-NUM-GUESTS=0:mailto:person%d@acme.example",
				[]string{"ACCEPTED", "NEEDS-ACTION", "DECLINED"}[p%3], p, p)
		}
		line("CREATED:20260120T080000Z")
		line("DESCRIPTION:Agenda for number %d\\n\\n- status of each project\\, in turn\\n- open questions\\n- decisions\\n\\n"+
			"Join the call: https://meet.example/abc-defg-hij\\nOr dial +49 30 0000000 and enter the code 123 456 789#. "+
			"Please read the notes of last week before you come\\; they are in the usual folder.", i)
		line("LAST-MODIFIED:20261020T080000Z")
		line("LOCATION:Room %d\\, second floor", i%17)
		line("SEQUENCE:%d", i%3)
		line("STATUS:CONFIRMED")
		line("SUMMARY:Weekly sync of team %d", i%200)
		line("TRANSP:OPAQUE")
		line("BEGIN:VALARM")
		line("ACTION:DISPLAY")
		line("DESCRIPTION:This is an event reminder")
		line("TRIGGER:-P0DT0H10M0S")
		line("END:VALARM")
		line("END:VEVENT")
	}
	first := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for i := range n {
		start := first.AddDate(0, 0, rnd.IntN(360)).Add(time.Duration(rnd.IntN(20)) * 30 * time.Minute)
		recurring := i%10 < 3
		event(i, start, recurring, time.Time{})
		if recurring && i%3 == 0 {
			event(i, start.AddDate(0, 0, 7).Add(time.Hour), false, start.AddDate(0, 0, 7))
		}
	}
	line("END:VCALENDAR")
}

// BenchmarkRead decodes 20,000 objects and reports MB/s, and how much memory the
// calendar takes afterwards.
func BenchmarkRead(b *testing.B) {
	var buf bytes.Buffer
	generated(&buf, 20_000)
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	var kept []*Calendar
	for b.Loop() {
		var err error
		if kept, err = Read(context.Background(), bytes.NewReader(buf.Bytes()), "bench.ics", Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	var with, without runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&with)
	if got := kept[0].Events(); got < 20_000 {
		b.Fatalf("%d events", got)
	}
	kept = nil
	runtime.GC()
	runtime.ReadMemStats(&without)
	b.ReportMetric(float64(with.HeapAlloc-without.HeapAlloc)/(1<<20), "MB-kept")
}

// BenchmarkLex cuts the same text into lines and does nothing with them.
func BenchmarkLex(b *testing.B) {
	var buf bytes.Buffer
	generated(&buf, 2_000)
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	for b.Loop() {
		l := newLexer(bytes.NewReader(buf.Bytes()))
		for {
			if _, err := l.next(); err != nil {
				break
			}
		}
	}
}

// BenchmarkCopies expands one year of 20,000 objects.
func BenchmarkCopies(b *testing.B) {
	var buf bytes.Buffer
	generated(&buf, 20_000)
	list, err := Read(context.Background(), &buf, "bench.ics", Options{})
	if err != nil {
		b.Fatal(err)
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		copies, skipped := list[0].Copies(from, from.AddDate(1, 0, 0))
		n := len(copies)
		for i := range copies {
			n += len(copies[i].Spans)
		}
		if len(skipped) > 0 || n < 20_000 {
			b.Fatalf("%d occurrences, %v", n, skipped)
		}
	}
}
