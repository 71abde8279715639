package ics

import (
	"bytes"
	"context"
	"runtime"
	"testing"
	"time"

	"unmeet/calendars/ics/icstest"
)

// generated is a calendar of n objects as exports look.
func generated(b *testing.B, n int) []byte {
	var buf bytes.Buffer
	if err := icstest.Generate(&buf, n, 1); err != nil {
		b.Fatal(err)
	}
	return buf.Bytes()
}

// BenchmarkRead decodes 20,000 objects and reports MB/s, and how much memory the
// calendar takes afterwards.
func BenchmarkRead(b *testing.B) {
	text := generated(b, 20_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var kept []*Calendar
	for b.Loop() {
		var err error
		if kept, err = Read(context.Background(), bytes.NewReader(text), "bench.ics", Options{}); err != nil {
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
	text := generated(b, 2_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		l := newLexer(bytes.NewReader(text))
		for {
			if _, err := l.next(); err != nil {
				break
			}
		}
	}
}

// BenchmarkCopies expands one year of 20,000 objects.
func BenchmarkCopies(b *testing.B) {
	list, err := Read(context.Background(), bytes.NewReader(generated(b, 20_000)), "bench.ics", Options{})
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
