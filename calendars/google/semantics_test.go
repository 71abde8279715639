package google

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
)

// The numbers are those of the list of semantics that a sync with Google has to
// honour; 19 to 25, of writing, are in semantics_write_test.go.

func TestCursorSemantics(t *testing.T) {
	ctx := context.Background()

	t.Run("1 pages repeat the query and the last one must bring a token", func(t *testing.T) {
		b := newBench(t)
		for i := range 7 {
			b.Create(meeting("m", now.Add(time.Duration(i)*time.Hour)))
		}
		b.Configure(func(s *calendartest.Settings) { s.PageMax = 3 })
		f := b.follow(ann)
		f.sync()
		calls := b.calls()
		if len(calls) != 6 {
			t.Fatalf("%d calls, want 3 pages of the feed and 3 of the window", len(calls))
		}
		for i, r := range calls[1:3] {
			if r.Query.Get("pageToken") == "" {
				t.Errorf("page %d was asked for without its token", i+2)
			}
			r.Query.Del("pageToken")
			if diff := gocmp.Diff(calls[0].Query, r.Query); diff != "" {
				t.Errorf("page %d has another query:\n%s", i+2, diff)
			}
		}
		b.meddle(func(r *http.Request, answer map[string]any) { delete(answer, "nextSyncToken") })
		for _, cursor := range []string{"", f.cursor} {
			if d, err := b.source(ann).Pull(ctx, span(), cursor); KindOf(err) != Permanent || d.Cursor != "" {
				t.Errorf("without a sync token: %v, cursor %q", err, d.Cursor)
			}
		}
	})

	t.Run("2 a failure in mid-page yields nothing and replays", func(t *testing.T) {
		b := newBench(t)
		f := b.follow(ann)
		f.sync()
		for i := range 5 {
			b.Create(meeting("m", now.Add(time.Duration(i)*time.Hour)))
		}
		b.Configure(func(s *calendartest.Settings) { s.PageMax = 2 })
		b.Inject(calendartest.Fault{Query: "pageToken", Skip: 1, Times: 1, Do: calendartest.Refuse("insufficientPermissions", 0)})
		d, err := f.source.Pull(ctx, span(), f.cursor)
		if KindOf(err) != Consent || d.Cursor != "" || len(d.Copies) != 0 {
			t.Fatalf("error %v, cursor %q, %d copies", err, d.Cursor, len(d.Copies))
		}
		if d := f.sync(); len(d.Copies) != 5 {
			t.Errorf("%d copies after the failure, want 5", len(d.Copies))
		}
	})

	t.Run("3 with a sync token nothing else changes", func(t *testing.T) {
		b := newBench(t)
		f := b.follow(ann)
		f.sync()
		first := b.calls()[0].Query
		b.Create(meeting("m", now))
		f.sync()
		next := b.calls()[0].Query
		if next.Get("syncToken") == "" {
			t.Fatal("no sync token was sent")
		}
		for _, barred := range []string{"iCalUID", "orderBy", "q", "timeMin", "timeMax", "updatedMin", "privateExtendedProperty", "sharedExtendedProperty"} {
			if next.Has(barred) {
				t.Errorf("%s was sent with a sync token", barred)
			}
		}
		first.Del("timeMin")
		next.Del("syncToken")
		if diff := gocmp.Diff(first, next); diff != "" {
			t.Errorf("the query changed:\n%s", diff)
		}
	})

	t.Run("4 a cursor is good for one person, calendar and mask", func(t *testing.T) {
		b := newBench(t)
		b.AddCalendar(ann, "team@group.calendar.google.com", "UTC")
		own := b.pull(b.source(ann), "").Cursor
		b.calls()
		other := span()
		other.Remote = "team@group.calendar.google.com"
		if d, err := b.source(ann).Pull(ctx, other, own); err != nil || !d.Full {
			t.Errorf("another calendar: full %t, error %v", d.Full, err)
		}
		if d := b.pull(b.source(bob), own); !d.Full {
			t.Error("another person: not a full delta")
		}
		older := readCursor(own, cursorKey(ann, primary))
		older.Key = "made of another mask"
		text, err := older.String()
		if err != nil {
			t.Fatal(err)
		}
		if d := b.pull(b.source(ann), text); !d.Full {
			t.Error("another mask: not a full delta")
		}
		for _, r := range b.calls() {
			if r.Query.Has("syncToken") {
				t.Error("a sync token was sent where it is no good")
			}
		}
	})

	t.Run("5 an expired or unknown token means everything anew", func(t *testing.T) {
		b := newBench(t)
		b.Create(meeting("m", now))
		f := b.follow(ann)
		f.sync()
		for what, spoil := range map[string]func(){
			"410":         func() { b.ExpireTokens(ann) },
			"ACL changed": func() { b.Share(ann, bob, "reader") },
			"400": func() {
				c := readCursor(f.cursor, cursorKey(ann, primary))
				c.Sync = "bm90IG9mIHRoaXMgc2VydmVy"
				f.cursor, _ = c.String()
			},
			"unreadable": func() { f.cursor = "%%%" },
		} {
			spoil()
			if d := f.sync(); !d.Full || len(d.Copies) != 1 {
				t.Errorf("%s: full %t, %d copies", what, d.Full, len(d.Copies))
			}
			if d := f.sync(); d.Full {
				t.Errorf("%s: the new cursor is not good", what)
			}
		}
	})

	t.Run("5 trouble on the way to a list is no refused token", func(t *testing.T) {
		b := newBench(t)
		f := b.follow(ann)
		f.sync()
		tokenCalls := func() int {
			return len(b.Requests(func(r calendartest.Request) bool { return r.Path == "/token" }))
		}
		for _, code := range []string{"invalid_request", "invalid_grant"} {
			b.clock.Advance(2 * time.Hour)
			b.Inject(calendartest.Fault{Path: "/token", Times: 1, Do: calendartest.RefuseToken(code, "")}) // with status 400
			b.Forget()
			d, err := f.source.Pull(ctx, span(), f.cursor)
			if e, ok := errors.AsType[*Error](err); !ok || e.Reason != code || d.Cursor != "" || tokenCalls() != 1 {
				t.Errorf("%s: %v after %d calls for tokens; full %t", code, err, tokenCalls(), d.Full)
			}
			if d := f.sync(); d.Full {
				t.Errorf("%s: everything is listed anew", code)
			}
		}
	})

	t.Run("6 only a complete list is full, and a failure tells of nothing", func(t *testing.T) {
		b := newBench(t)
		b.Create(weekly("w"))
		f := b.follow(ann)
		f.sync()
		b.Change(b.Create(weekly("x")), func(e *calendartest.Event) { e.Title = "y" })
		b.Inject(calendartest.Fault{Query: "timeMax", Times: 1, Do: calendartest.Refuse("notFound", 0)})
		d, err := f.source.Pull(ctx, span(), f.cursor)
		if KindOf(err) != NotFound || d.Full || len(d.Gone) != 0 || d.Cursor != "" {
			t.Fatalf("error %v, delta %+v", err, d)
		}
		if d := f.sync(); !d.Full || len(d.Copies) != 2 {
			t.Errorf("after the failure: full %t, %d copies", d.Full, len(d.Copies))
		}
		b.Create(meeting("one-off", now))
		if d := f.sync(); d.Full || len(d.Copies) != 1 {
			t.Errorf("a changed one-off: full %t, %d copies", d.Full, len(d.Copies))
		}
	})

	t.Run("7 references survive a wipe", func(t *testing.T) {
		b := newBench(t)
		id := b.Create(weekly("w", bob))
		b.ChangeInstance(id, week(1), func(e *calendartest.Event) { e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(time.Hour) })
		b.Create(meeting("m", now, bob))
		f := b.follow(bob)
		refs := func() []calendars.Ref {
			var refs []calendars.Ref
			for _, c := range f.last.Copies {
				refs = append(refs, c.Ref())
			}
			slices.SortFunc(refs, func(a, b calendars.Ref) int {
				return strings.Compare(a.UID+string(a.Instance), b.UID+string(b.Instance))
			})
			return refs
		}
		f.sync()
		before := refs()
		f.cursor = ""
		f.sync()
		if diff := gocmp.Diff(before, refs()); diff != "" || len(before) != 3 {
			t.Errorf("%d references; changed:\n%s", len(before), diff)
		}
	})

	t.Run("8 empty pages and repeated ids", func(t *testing.T) {
		b := newBench(t)
		for i := range 5 {
			b.Create(meeting("m", now.Add(time.Duration(i)*time.Hour)))
		}
		b.Configure(func(s *calendartest.Settings) { s.PageMax, s.EmptyPages, s.RepeatItems = 2, true, true })
		b.follow(ann).sync()

		b = newBench(t)
		b.Create(meeting("m", now))
		b.meddle(func(r *http.Request, answer map[string]any) {
			if list := items(answer); len(list) == 1 {
				older := map[string]any{}
				for k, v := range list[0] {
					older[k] = v
				}
				older["summary"] = "before"
				answer["items"] = []any{older, list[0]}
			}
		})
		if c := b.one(b.pull(b.source(ann), "")); c.Title != "m" {
			t.Errorf("title %q, want what was told last", c.Title)
		}
	})
}

func TestSeriesSemantics(t *testing.T) {
	t.Run("9 sparse tombstones", func(t *testing.T) {
		for _, sparse := range []bool{false, true} {
			b := newBench(t)
			b.SparseTombstones(sparse)
			id := b.Create(weekly("w", bob))
			one := b.Create(meeting("m", now, bob))
			f := b.follow(bob)
			f.sync()
			b.CancelInstance(id, week(1))
			f.sync()
			b.Cancel(one)
			f.sync()
			if n := len(f.mirror.sights(span())); n != 5 {
				t.Errorf("sparse %t: %d occurrences, want the 6 weeks but one", sparse, n)
			}
			b.Cancel(id)
			f.sync()
		}

		// Some servers tell of a cancelled event all that it was.
		b := newBench(t)
		id := b.Create(meeting("m", now))
		b.meddle(func(_ *http.Request, answer map[string]any) {
			for _, ev := range items(answer) {
				if ev["status"] == "cancelled" {
					ev["start"] = map[string]any{"dateTime": now.Format(time.RFC3339)}
					ev["end"] = map[string]any{"dateTime": now.Add(time.Hour).Format(time.RFC3339)}
				}
			}
		})
		f := b.follow(ann)
		f.sync()
		b.Cancel(id)
		f.sync()
	})

	t.Run("10 cancelled exceptions, deleted masters, orphans", func(t *testing.T) {
		b := newBench(t)
		id := b.Create(weekly("w", bob))
		b.CancelInstance(id, week(1))
		f := b.follow(bob)
		f.sync()
		b.Change(id, func(e *calendartest.Event) { e.Title = "renamed" })
		f.sync() // the truth leaves the cancelled instance out
		b.ChangeInstance(id, week(2), func(e *calendartest.Event) {
			e.Title = "with Cat"
			e.Guests = append(e.Guests, calendartest.Guest{Address: cat})
		})
		f.sync()

		orphans := b.follow(cat)
		b.calls()
		c := b.one(orphans.sync())
		b.wantCalls(3) // the feed, the window, and one look for the series
		if c.Instance != calendars.InstanceAt(week(2)) || c.Series() || c.Title != "with Cat" {
			t.Errorf("orphan %+v", c)
		}
		orphans.sync()
		b.wantCalls(1)
		b.Create(weekly("another", cat))
		orphans.sync()
		b.wantCalls(2) // it is remembered that there is no such series

		b.Cancel(id)
		f.sync()
		orphans.sync()
	})

	t.Run("10 a master that is no more leaves its instances", func(t *testing.T) {
		for what, spoil := range map[string]func(b *bench, id string){
			"cancelled": func(b *bench, id string) {
				b.meddle(func(r *http.Request, answer map[string]any) {
					if strings.HasSuffix(r.URL.Path, "/events/"+id) {
						clear(answer)
						answer["id"], answer["status"] = id, "cancelled"
					}
				})
			},
			"404": func(b *bench, id string) {
				b.Inject(calendartest.Fault{Path: "/events/" + id, Do: calendartest.Refuse("notFound", 404)})
			},
			"410": func(b *bench, id string) {
				b.Inject(calendartest.Fault{Path: "/events/" + id, Do: calendartest.Refuse("deleted", 410)})
			},
		} {
			b := newBench(t)
			id := b.Create(weekly("w", bob))
			b.ChangeInstance(id, week(1), func(e *calendartest.Event) { e.Title = "changed" })
			spoil(b, id)
			known := readCursor(b.pull(b.source(bob), "").Cursor, cursorKey(bob, primary))
			delete(known.Series, id) // as of a series that the feed never brought
			text, err := known.String()
			if err != nil {
				t.Fatal(err)
			}
			at := span()
			at.To = at.To.AddDate(0, 0, 1) // the window rolls
			d, err := b.source(bob).Pull(t.Context(), at, text)
			if err != nil || !d.Full || len(d.Copies) != len(b.truth(bob, at)) || len(d.Skipped) != 0 {
				t.Fatalf("%s: %d copies, full %t, skipped %v, error %v", what, len(d.Copies), d.Full, d.Skipped, err)
			}
			for _, c := range d.Copies {
				if c.Instance == "" || c.Series() {
					t.Errorf("%s: %q at %v is told as a series", what, c.Title, c.Start)
				}
			}
			if s := readCursor(d.Cursor, cursorKey(bob, primary)).Series[id]; !s.Orphan {
				t.Errorf("%s: remembered as %+v", what, s)
			}
		}
	})

	t.Run("10 a series that becomes a one-off is more than an edit", func(t *testing.T) {
		b := newBench(t)
		id := b.Create(weekly("w", bob))
		f := b.follow(bob)
		f.sync()
		b.Change(id, func(e *calendartest.Event) {
			e.Recurrence = nil
			e.Start, e.End = now.Add(time.Hour), now.Add(2*time.Hour)
		})
		if d := f.sync(); !d.Full {
			t.Error("the window was not listed: instances that were changed may outlive their series")
		}
		if c := b.one(f.last); c.Series() || c.Instance != "" {
			t.Errorf("%+v", c)
		}
		b.Change(id, func(e *calendartest.Event) { e.Title = "once" })
		if d := f.sync(); d.Full {
			t.Error("it is still taken for a series")
		}
	})

	t.Run("11 originalStartTime names an instance", func(t *testing.T) {
		b := newBench(t)
		id := b.Create(weekly("w", bob))
		f := b.follow(bob)
		f.sync()
		move := func(planned time.Time, days int) {
			b.ChangeInstance(id, planned, func(e *calendartest.Event) {
				e.Start, e.End = e.Start.AddDate(0, 0, days), e.End.AddDate(0, 0, days)
			})
			f.sync()
		}
		move(week(1), 1)
		c := named(f.last)["w/"+string(calendars.InstanceAt(week(1)))]
		if series := named(f.last)["w/"]; c.Remote != series.Remote || c.UID != series.UID {
			t.Errorf("the moved instance is of %s, its series of %s", c.Remote, series.Remote)
		}
		if !c.Start.Equal(week(1).AddDate(0, 0, 1)) {
			t.Errorf("the moved instance begins at %v", c.Start)
		}
		move(week(2), 90)  // out of the window: no phantom, as the truth says
		move(week(5), -14) // into it, onto another
		if n := len(f.mirror.sights(span())); n != 6 {
			t.Errorf("%d occurrences", n)
		}
	})

	t.Run("12 splits are told by recurringEventId, and linked by UID", func(t *testing.T) {
		b := newBench(t)
		id := b.Create(weekly("w", bob))
		f := b.follow(bob)
		f.sync()
		first := f.last.Copies[0].UID
		b.Split(id, week(1), func(e *calendartest.Event) { e.Title = "w2" })
		d := f.sync()
		if len(d.Copies) != 2 {
			t.Fatalf("%d copies, want two series", len(d.Copies))
		}
		old, fresh := named(d)["w/"], named(d)["w2/"]
		if old.UID != first || old.SplitFrom != "" || len(old.Spans) != 3 || !strings.Contains(old.Rule, "UNTIL") {
			t.Errorf("first half: %+v", old)
		}
		if fresh.UID == first || fresh.SplitFrom != first || len(fresh.Spans) != 3 || !fresh.Start.Equal(week(1)) {
			t.Errorf("second half: %+v", fresh)
		}
		// The second half is split again, as Google links it: to the first.
		b.Split(string(fresh.Remote), week(3), func(e *calendartest.Event) { e.Title = "w3" })
		if c := named(f.sync())["w3/"]; c.SplitFrom != first {
			t.Errorf("third part split from %q, want %q", c.SplitFrom, first)
		}
	})
}
