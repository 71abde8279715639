package google

import (
	"context"
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
// honour; 19 to 23 are about writing.

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

func TestPeopleSemantics(t *testing.T) {
	t.Run("13 copies of one meeting share UID and instance", func(t *testing.T) {
		b := newBench(t)
		id := b.Create(weekly("w", bob, cat))
		b.Answer(bob, id, week(1), calendars.Declined, "")
		refs := map[calendars.Ref]int{}
		for _, who := range []string{ann, bob, cat} {
			for _, c := range b.pull(b.source(who), "").Copies {
				refs[c.Ref()]++
			}
		}
		for ref, n := range refs {
			if n != 3 {
				t.Errorf("%v is in %d calendars", ref, n)
			}
		}
		if len(refs) != 2 {
			t.Errorf("%d references, want the series and the declined instance", len(refs))
		}
	})

	t.Run("14 unknown headcount, rooms, further guests", func(t *testing.T) {
		b := newBench(t)
		hidden := meeting("hidden", now, bob, cat)
		hidden.HideGuests = true
		b.Create(hidden)
		full := meeting("full", now.Add(2*time.Hour), bob)
		full.Guests[0].More = 2
		full.Guests = append(full.Guests, calendartest.Guest{Address: "c_room@resource.calendar.google.com", Resource: true})
		b.Create(full)
		guests := named(b.follow(bob).sync())
		if c := guests["hidden/"]; c.HeadsKnown || len(c.People) != 1 {
			t.Errorf("hidden guests: known %t, %d people", c.HeadsKnown, len(c.People))
		}
		c := guests["full/"]
		if !c.HeadsKnown || len(c.People) != 2 || c.People[0].Guests != 2 || !c.People[0].Person() || c.People[1].Kind != calendars.Resource || c.People[1].Person() {
			t.Errorf("full list: %+v", c)
		}
		if c := named(b.follow(ann).sync())["hidden/"]; !c.HeadsKnown || len(c.People) != 2 {
			t.Errorf("the organizer sees all: known %t, %d people", c.HeadsKnown, len(c.People))
		}

		b.meddle(func(_ *http.Request, answer map[string]any) {
			for _, ev := range items(answer) {
				ev["attendeesOmitted"] = true
			}
		})
		for _, c := range b.pull(b.source(ann), "").Copies {
			if c.HeadsKnown {
				t.Errorf("%s: guests were left out, yet their number is known", c.Title)
			}
		}
	})

	t.Run("15 self is who the calendar says", func(t *testing.T) {
		b := newBench(t)
		b.Create(calendartest.Event{Organizer: bob, Title: "m", Start: now, End: now.Add(time.Hour), Guests: []calendartest.Guest{{Address: ann}, {Address: cat}}})
		b.meddle(func(_ *http.Request, answer map[string]any) {
			for _, ev := range items(answer) {
				for _, a := range ev["attendees"].([]any) {
					if a := a.(map[string]any); a["email"] == ann {
						a["email"] = "ann.k@acme.example" // invited under an alias
					}
				}
			}
		})
		if c := b.one(b.pull(b.source(ann), "")); c.Self != "ann.k@acme.example" || c.Organizer.Address != bob {
			t.Errorf("self %q, organizer %q", c.Self, c.Organizer.Address)
		}
		if c := b.one(b.pull(b.source(bob), "")); c.Self != bob {
			t.Errorf("the organizer's self is %q", c.Self)
		}
	})
}

func TestEventSemantics(t *testing.T) {
	ctx := context.Background()

	t.Run("16 types of events", func(t *testing.T) {
		b := newBench(t)
		for i, kind := range []string{"", calendartest.OutOfOffice, calendartest.FocusTime, calendartest.WorkingLocation, calendartest.Birthday, calendartest.FromGmail} {
			ev := meeting("type "+kind, now.Add(time.Duration(i)*time.Hour))
			ev.Type = kind
			b.Create(ev)
		}
		got := map[string]calendars.EventType{}
		for _, c := range b.pull(b.source(ann), "").Copies {
			got[c.Title] = c.Type
		}
		want := map[string]calendars.EventType{
			"type": calendars.Ordinary, "type outOfOffice": calendars.OutOfOffice,
			"type focusTime": calendars.FocusTime, "type workingLocation": calendars.WorkingLocation,
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		for _, r := range b.calls() {
			if !slices.Equal(r.Query["eventTypes"], []string{"default", "outOfOffice", "focusTime", "workingLocation"}) {
				t.Errorf("asked for %v", r.Query["eventTypes"])
			}
		}
		for kind, want := range map[any]int{"birthday": 0, "fromGmail": 0, "ofTheFuture": 4, nil: 4} {
			b.meddle(func(_ *http.Request, answer map[string]any) {
				for _, ev := range items(answer) {
					if ev["eventType"] = kind; kind == nil {
						delete(ev, "eventType")
					}
				}
			})
			d := b.pull(b.source(ann), "")
			if len(d.Copies) != want {
				t.Errorf("type %v: %d copies, want %d", kind, len(d.Copies), want)
			}
			for _, c := range d.Copies {
				if c.Type != calendars.Ordinary {
					t.Errorf("type %v became %q", kind, c.Type)
				}
			}
		}
	})

	t.Run("17 details that a role hides", func(t *testing.T) {
		b := newBench(t)
		open := meeting("open", now, bob)
		b.Create(open)
		secret := meeting("secret", now.Add(2*time.Hour), bob)
		secret.Visibility, secret.Body = "private", "of whom"
		b.Create(secret)
		at := span()
		at.Remote = ann
		for role, want := range map[string]int{"freeBusyReader": 2, "reader": 1, "owner": 1} {
			who := bob
			if role == "owner" {
				who = ann
			} else {
				b.Share(ann, bob, role)
			}
			d, err := b.source(who).Pull(ctx, at, "")
			if err != nil {
				t.Fatal(err)
			}
			private := 0
			for _, c := range d.Copies {
				if !c.Private {
					continue
				}
				private++
				if c.Title+c.Body+c.Location != "" || !c.Busy || c.Start.IsZero() {
					t.Errorf("%s: a private copy says %+v", role, c)
				}
				if role != "owner" && (c.HeadsKnown || len(c.People) > 0) {
					t.Errorf("%s: guests of a private copy are told", role)
				}
			}
			if private != want || len(d.Copies) != 2 {
				t.Errorf("%s: %d of %d copies are private, want %d of 2", role, private, len(d.Copies), want)
			}
		}
	})

	t.Run("18 days begin in the calendar's zone", func(t *testing.T) {
		b := newBench(t)
		b.Create(calendartest.Event{
			Organizer: bob, Title: "offsite", AllDay: true, Recurrence: []string{"RRULE:FREQ=WEEKLY;COUNT=3"},
			Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC),
		})
		c := b.one(b.follow(bob).sync())
		zone, err := time.LoadLocation("America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		if !c.AllDay || c.Zone != "America/New_York" || !c.Start.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, zone)) {
			t.Errorf("all-day series %+v", c)
		}
		var got []string
		for _, s := range c.Spans {
			got = append(got, string(s.Instance)+" "+s.End.Sub(s.Start).String())
		}
		// The clock goes forward on the 8th: that day has 23 hours.
		if diff := gocmp.Diff([]string{"20260301 24h0m0s", "20260308 23h0m0s", "20260315 24h0m0s"}, got); diff != "" {
			t.Error(diff)
		}
	})
}
