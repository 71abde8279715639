package store

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"unmeet/calendars"
)

func TestCopiesComeBackAsTheyWereKept(t *testing.T) {
	db := openFile(t)
	ann := db.calendar(t, "ann")
	c := calendars.Copy{
		Remote: "r/1", ETag: `W/"1"`, UID: "u\x00\n'\"", Sequence: 3, Modified: at(0, 1), Title: "Tïtle 'quoted'", Body: "Line\nline", Location: "Room 1",
		Busy: true, Status: calendars.Tentative, Start: at(0, 9), End: at(0, 10), Zone: "Europe/Vienna", Rule: "FREQ=DAILY", HeadsKnown: true,
		Organizer: calendars.Party{Address: "Ann@Acme.example", Name: "Ann"},
		People: []calendars.Attendee{
			{Party: calendars.Party{Address: "Bob@acme.example", Name: "Bob"}, Kind: calendars.Individual, Response: calendars.Accepted, Optional: true, Guests: 2},
			{Party: calendars.Party{Name: "Room 1"}, Kind: calendars.Room},
		},
		Spans: []calendars.Span{
			{Instance: calendars.InstanceAt(at(0, 9)), Start: at(0, 9), End: at(0, 10)},
			{Instance: "20261103", Start: at(1, 9), End: at(1, 9)},
		},
	}
	db.apply(t, ann, full(c))
	want := keep(ann, &c)
	want.since = unixMilli(monday.UnixMilli())
	if _, _, err := want.seal(); err != nil {
		t.Fatal(err)
	}
	rows, err := db.read.Query(selectCopies)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		got, err := scanCopy(rows)
		if err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff(want, got, gocmp.AllowUnexported(kept{}, place{}, key{}, span{}, people{}, attendee{}), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("copy (-kept +read):\n%s", d)
		}
		if got.key.organizer != "ann@acme.example" || got.people.Guests[0].Address != "bob@acme.example" {
			t.Errorf("addresses %q, %q are not lower case", got.key.organizer, got.people.Guests[0].Address)
		}
	}
}

func anySpans(t *rapid.T) []span {
	return rapid.SliceOf(rapid.Custom(func(t *rapid.T) span {
		start := rapid.Int64Range(-1e11, 1e11).Draw(t, "start")
		s := span{instance: instanceAt(start), start: start, end: start + rapid.Int64Range(0, 1e9).Draw(t, "length")}
		if rapid.Bool().Draw(t, "moved") {
			s.instance = calendars.Instance(rapid.StringN(1, 20, -1).Draw(t, "instance"))
		}
		return s
	})).Draw(t, "spans")
}

func TestPackedSpansComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := anySpans(t)
		got, err := unpackSpans(packSpans(spans))
		if d := gocmp.Diff(spans, got, gocmp.AllowUnexported(span{}), cmpopts.EquateEmpty()); d != "" || err != nil {
			t.Fatalf("spans (-packed +unpacked): %v\n%s", err, d)
		}
	})
}

func FuzzUnpackSpans(f *testing.F) {
	f.Add(packSpans([]span{{instanceAt(0), 0, 3600}, {"20261102", 86400, 90000}}))
	f.Add([]byte{1, 2, 255, 255, 255, 255, 255, 255, 255, 255, 127})
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		spans, err := unpackSpans(b)
		if err != nil {
			return
		}
		again, err := unpackSpans(packSpans(spans))
		if d := gocmp.Diff(spans, again, gocmp.AllowUnexported(span{})); d != "" || err != nil {
			t.Errorf("packed again: %v\n%s", err, d)
		}
	})
}

func TestWindow(t *testing.T) {
	w := windowOf(time.Unix(100, 0), time.Unix(200, 0))
	for _, tt := range []struct {
		start, end int64
		want       bool
	}{
		{0, 100, false}, {0, 101, true}, {100, 100, true}, {199, 300, true}, {200, 200, false}, {200, 300, false}, {0, 300, true},
	} {
		if got := w.touches(tt.start, tt.end); got != tt.want {
			t.Errorf("touches(%d, %d) = %v", tt.start, tt.end, got)
		}
	}
	if got := windowOf(time.Time{}, time.Time{}); got != always {
		t.Errorf("without bounds: %v", got)
	}
}
