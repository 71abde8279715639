package ics

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"unmeet/calendars"
	"unmeet/calendars/ics/icstest"
)

// BenchmarkDo answers for one occurrence in the export of a large organization, and
// takes it back: the file is read, changed, read again and replaced.
func BenchmarkDo(b *testing.B) {
	var text bytes.Buffer
	if err := icstest.Generate(&text, 20_000, 1); err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(b.TempDir(), "a.ics")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	delta, err := desk.Pull(b.Context(), calendars.Collection{Remote: file, From: yearFrom, To: yearTo}, "")
	if err != nil {
		b.Fatal(err)
	}
	var i calendars.Intent
	for _, k := range delta.Copies {
		if len(k.Spans) > 0 && len(k.People) > 1 {
			i = calendars.Intent{
				Verb: calendars.Respond, Owner: k.People[1].Address, Collection: file, Remote: k.Remote, Ref: k.Ref(), Start: k.Spans[0].Start,
				Was: k.People[1].Response, Response: calendars.Declined,
			}
			i.Ref.Instance = k.Spans[0].Instance
			break
		}
	}
	if i.Was == calendars.Declined {
		i.Response = calendars.Accepted
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		r, err := desk.Do(b.Context(), i, nil)
		if err != nil || r.Already {
			b.Fatal(r, err)
		}
		again := i
		again.Back = &r
		if _, err := desk.Do(b.Context(), again, nil); err != nil {
			b.Fatal(err)
		}
	}
}
