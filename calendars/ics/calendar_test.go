package ics

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/calendars/ics/recur"
)

func TestHeadsKnown(t *testing.T) {
	solo := eventOf("SUMMARY:Focus")
	organized := strings.Replace(eventOf("ORGANIZER:mailto:ana@acme.example"), "UID:1", "UID:2", 1)
	meeting := strings.Replace(eventOf("ORGANIZER:mailto:ana@acme.example", "ATTENDEE:mailto:bo@acme.example"), "UID:1", "UID:3", 1)
	group := strings.Replace(eventOf("ORGANIZER:mailto:ana@acme.example", "ATTENDEE;CUTYPE=GROUP:mailto:all@acme.example"), "UID:1", "UID:4", 1)
	opened := strings.Replace(group, "UID:4", "UID:5\r\n"+`ATTENDEE;MEMBER="mailto:all@acme.example":mailto:bo@acme.example`, 1)
	for _, test := range []struct {
		name, text string
		want       map[string]bool
	}{
		{"an export without any attendees", calendar(solo, organized), map[string]bool{"1": false, "2": false}},
		{"some have attendees", calendar(solo, organized, meeting), map[string]bool{"1": true, "2": false, "3": true}},
		{"groups", calendar(group, opened), map[string]bool{"4": false, "5": true}},
	} {
		got := make(map[string]bool)
		for _, k := range copiesOf(t, test.text) {
			got[k.UID] = k.HeadsKnown
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestOwner(t *testing.T) {
	// with makes n events with these people, at acme.example unless they say where.
	uid := 0
	with := func(n int, people ...string) string {
		var events []string
		for range n {
			uid++
			lines := []string{"SUMMARY:x"}
			for i, p := range people {
				kind := "ATTENDEE:mailto:"
				if i == 0 {
					kind = "ORGANIZER:mailto:"
				}
				if !strings.Contains(p, "@") {
					p += "@acme.example"
				}
				lines = append(lines, kind+p)
			}
			events = append(events, strings.Replace(eventOf(lines...), "UID:1", fmt.Sprint("UID:", uid), 1))
		}
		return strings.Join(events, "\r\n")
	}
	for _, test := range []struct{ name, text, want string }{
		{"name of the calendar", calendar("X-WR-CALNAME:Ana@acme.example", with(1, "bo", "cy")), "ana@acme.example"},
		{"name with an address", calendar("X-WR-CALNAME:Ana Ito (Ana@acme.example)", with(1, "bo", "cy")), "ana@acme.example"},
		{"words with an address", calendar("X-WR-CALNAME:Calendar of ana@acme.example.", with(1, "bo", "cy")), "ana@acme.example"},
		{"an address with an s", calendar("X-WR-CALNAME:ana@acme.example's calendar", with(1, "bo", "cy")), "ana@acme.example"},
		{"an address in angle brackets", calendar("X-WR-CALNAME:Ana <ana@acme.example>", with(1, "bo", "cy")), "ana@acme.example"},
		{"the same address twice", calendar("X-WR-CALNAME:ana@acme.example (mailto:ana@acme.example)", with(1, "bo", "cy")), "ana@acme.example"},
		{"two addresses", calendar("X-WR-CALNAME:ana@acme.example and bo@acme.example", with(1, "cy", "di"), with(1, "cy", "ed")), "cy@acme.example"},
		{"a place is no address", calendar("X-WR-CALNAME:Team @ home\\, lunch@12", with(1, "cy", "di"), with(1, "cy", "ed")), "cy@acme.example"},
		{"words with a shared calendar", calendar("X-WR-CALNAME:Team abc@group.calendar.google.com", with(1, "cy", "di"), with(1, "cy", "ed")), "cy@acme.example"},
		{"name that is no address", calendar("X-WR-CALNAME:Ana's calendar", with(4, "ana", "bo"), with(1, "cy", "di"), with(1, "ana", "di")), "ana@acme.example"},
		{"name of a shared calendar", calendar("X-WR-CALNAME:abc@group.calendar.google.com", with(2, "ana", "bo"), with(2, "ana", "cy")), "ana@acme.example"},
		{"in 80 % of the events", calendar(with(4, "ana", "bo"), with(4, "cy", "ana"), with(2, "di", "bo")), "ana@acme.example"},
		{"in fewer", calendar(with(4, "ana", "bo"), with(3, "cy", "ana"), with(3, "di", "bo")), ""},
		{"two of them", calendar(with(5, "ana", "bo")), ""},
		{"organizer who is listed counts once", calendar(with(3, "ana", "ana", "bo"), with(2, "bo", "cy")), "bo@acme.example"},
		{"events that name nobody do not count", calendar(with(20), with(3, "ana", "bo"), with(2, "cy", "ana")), "ana@acme.example"},
		{"nor do those that name a calendar", calendar(with(20, "x@group.calendar.google.com"), with(1, "ana", "bo"), with(1, "cy", "ana")), "ana@acme.example"},
		{"nobody", calendar(with(3)), ""},
		{"no events", calendar(), ""},
	} {
		if got := read(t, test.text).Owner(); got != test.want {
			t.Errorf("%s: owner is %q, want %q", test.name, got, test.want)
		}
	}
}

func TestExtent(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct{ name, text, want string }{
		{"one", calendar(eventOf()), "2026-03-02 09:00 to 2026-03-02 10:00"},
		{"none", calendar(), "none"},
		{"endless", calendar(eventOf("RRULE:FREQ=DAILY")), "2026-03-02 09:00 to 2026-06-01 12:00"},
		{"ended", calendar(eventOf("RRULE:FREQ=DAILY;COUNT=3")), "2026-03-02 09:00 to 2026-03-04 10:00"},
		{"in the future", calendar(eventOf("DTSTART:20270101T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")), "2027-01-01 09:00 to 2027-01-01 10:00"},
		{"moved far", calendar(eventOf("RRULE:FREQ=DAILY;COUNT=3"), eventOf("DTSTART:20260501T090000Z", "DURATION:PT1H", "RECURRENCE-ID:20260303T090000Z")), "2026-03-02 09:00 to 2026-05-01 10:00"},
	} {
		got := "none"
		if from, to, ok := read(t, test.text).Extent(now); ok {
			got = from.UTC().Format("2006-01-02 15:04") + " to " + to.UTC().Format("2006-01-02 15:04")
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestWindow reads with a window and without: what is asked for in the window
// must be the same, and so must all that is told of the whole.
func TestWindow(t *testing.T) {
	var lines []string
	add := func(uid string, props ...string) {
		lines = append(lines, strings.Replace(eventOf(props...), "UID:1", "UID:"+uid, 1))
	}
	add("inside", "DTSTART:20260305T090000Z", "DURATION:PT1H", "ATTENDEE:mailto:ana@acme.example", "SUMMARY:Inside")
	add("before", "DTSTART:20260101T090000Z", "DURATION:PT1H", "ATTENDEE:mailto:ana@acme.example")
	add("after", "DTSTART:20270101T090000Z", "DURATION:PT1H", "ATTENDEE:mailto:bo@acme.example")
	add("reaching in", "DTSTART:20260201T090000Z", "DURATION:P40D")
	add("moved out", "DTSTART:20260306T090000Z", "SEQUENCE:1", "SUMMARY:Old")
	add("moved out", "DTSTART:20260501T090000Z", "SEQUENCE:2")
	add("moved in", "DTSTART:20260501T090000Z", "SEQUENCE:1")
	add("moved in", "DTSTART:20260307T090000Z", "SEQUENCE:2", "SUMMARY:New")
	add("out of order", "DTSTART:20260501T090000Z", "SEQUENCE:2")
	add("out of order", "DTSTART:20260308T090000Z", "SEQUENCE:1", "SUMMARY:Old")
	add("series", "DTSTART:20260105T090000Z", "RRULE:FREQ=WEEKLY", "SUMMARY:Weekly")
	add("series", "RECURRENCE-ID:20260316T090000Z", "DTSTART:20260601T090000Z", "SUMMARY:Gone")
	add("series", "RECURRENCE-ID:20260601T090000Z", "DTSTART:20260310T150000Z", "SUMMARY:Came")
	add("series", "RECURRENCE-ID:20260706T090000Z", "DTSTART:20260706T150000Z", "SUMMARY:Far")
	add("ended", "DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=10")
	add("to come", "DTSTART:20260505T090000Z", "RRULE:FREQ=DAILY;COUNT=10")
	add("cut short", "DTSTART:20260105T090000Z", "SEQUENCE:1", "RRULE:FREQ=DAILY;COUNT=10")
	add("cut short", "RECURRENCE-ID:20260309T090000Z", "DTSTART:20260309T150000Z", "SUMMARY:Stale")
	for _, day := range []string{"0401", "0301", "0302", "0228"} {
		add("shared", "DTSTART:2026"+day+"T090000Z", "SUMMARY:Shared")
		add("shared, but newer within", "DTSTART:2026"+day+"T090000Z", "SUMMARY:Shared")
		add("shared, but newer outside", "DTSTART:2026"+day+"T090000Z", "SUMMARY:Shared")
	}
	add("shared, but newer within", "DTSTART:20260303T090000Z", "SEQUENCE:1", "SUMMARY:Newest")
	add("shared, but newer outside", "DTSTART:20260501T090000Z", "SEQUENCE:1")
	text := calendar(lines...)

	from, to := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	whole, part := readAll(t, text, Options{})[0], readAll(t, text, Options{From: from, To: to})[0]
	wholeCopies, _ := whole.Copies(from, to)
	partCopies, _ := part.Copies(from, to)
	if diff := cmp.Diff(wholeCopies, partCopies); diff != "" {
		t.Errorf("copies (-whole +part):\n%s", diff)
	}
	var titles []string
	for _, k := range partCopies {
		titles = append(titles, k.Title)
	}
	if got, want := strings.Join(titles, " "), "Inside  New Weekly Came Shared Shared Newest"; got != want {
		t.Errorf("copies %q, want %q", got, want)
	}
	if whole.Events() != part.Events() {
		t.Errorf("%d events of the whole, %d of the part", whole.Events(), part.Events())
	}
	now := to
	wholeFrom, wholeTo, _ := whole.Extent(now)
	partFrom, partTo, _ := part.Extent(now)
	if !wholeFrom.Equal(partFrom) || !wholeTo.Equal(partTo) {
		t.Errorf("the whole spans %v to %v, the part %v to %v", wholeFrom, wholeTo, partFrom, partTo)
	}
	if got := len(part.order); got >= len(whole.order) {
		t.Errorf("%d objects were kept of %d", got, len(whole.order))
	}
}

// TestMovedIntoWindow: an instance that is moved into the window has the words
// and guests of its series, though the series lies outside.
func TestMovedIntoWindow(t *testing.T) {
	ended := eventOf("SUMMARY:Status", "DTSTART:20250106T100000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=10", "ATTENDEE:mailto:ana@acme.example", "CLASS:PRIVATE", "DESCRIPTION:All about it")
	toCome := strings.NewReplacer("20250106T10", "20270104T10").Replace(ended)
	moved := eventOf("RECURRENCE-ID:20250113T100000Z", "DTSTART:20260303T110000Z", "DURATION:PT1H")
	sooner := strings.NewReplacer("20250113T10", "20270111T10").Replace(moved)
	elsewhere := eventOf("RECURRENCE-ID:20250120T100000Z", "DTSTART:20250121T110000Z", "DURATION:PT1H")
	retitled := strings.Replace(ended, "SUMMARY:Status", "SUMMARY:Review\r\nSEQUENCE:1", 1)
	cancelled := calendar("METHOD:CANCEL", "BEGIN:VEVENT\r\nUID:1\r\nSEQUENCE:1\r\nEND:VEVENT")
	other := strings.Replace(eventOf("SUMMARY:Lunch"), "UID:1", "UID:2", 1)
	for _, test := range []struct{ name, text, title string }{
		{"series, then instance", calendar(ended, other, elsewhere, moved), "Status"},
		{"instance, then series", calendar(other, moved, elsewhere, ended), "Status"},
		{"series to come", calendar(toCome, other, sooner), "Status"},
		{"instance of a series to come, first", calendar(other, sooner, toCome), "Status"},
		{"newer series after", calendar(ended, strings.Replace(moved, "UID:1", "UID:1\r\nSEQUENCE:1", 1), retitled, other), "Review"},
		{"newer series before", calendar(retitled, ended, moved, other), "Review"},
		{"cancelled before", cancelled + calendar(ended, other, moved), "Status"},
		{"cancelled after", calendar(ended, moved, other) + cancelled, "Status"},
		{"cancelled between", calendar(ended, other) + cancelled + calendar(moved), "Status"},
		{"a single event in between", calendar(ended, eventOf("SEQUENCE:2", "SUMMARY:Once", "DTSTART:20250106T100000Z"), other, strings.Replace(moved, "UID:1", "UID:1\r\nSEQUENCE:2\r\nSUMMARY:Own", 1)), "Own"},
	} {
		t.Run(test.name, func(t *testing.T) {
			from, to := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
			sorted := func(c *Calendar) []calendars.Copy {
				copies, _ := c.Copies(from, to)
				slices.SortFunc(copies, func(a, b calendars.Copy) int {
					return strings.Compare(a.UID+string(a.Instance), b.UID+string(b.Instance))
				})
				return copies
			}
			whole, part := readAll(t, test.text, Options{})[0], readAll(t, test.text, Options{From: from, To: to})[0]
			got := sorted(part)
			if diff := cmp.Diff(sorted(whole), got); diff != "" {
				t.Errorf("copies (-whole +part):\n%s", diff)
			}
			if diff := cmp.Diff(whole.Skipped, part.Skipped); diff != "" || whole.Events() != part.Events() {
				t.Errorf("%d events of the whole, %d of the part; skipped (-whole +part):\n%s", whole.Events(), part.Events(), diff)
			}
			for _, k := range got {
				if k.Instance != "" && k.Title != test.title {
					t.Errorf("%s is %q, want %q", k.Instance, k.Title, test.title)
				}
			}
			if len(got) < 2 {
				t.Errorf("%d copies", len(got))
			}
		})
	}
}

// TestForgottenSeries: memory is bounded, so that the series of a moved instance
// may be forgotten. It is said so, and what was private stays private.
func TestForgottenSeries(t *testing.T) {
	lines := []string{eventOf("SUMMARY:Status", "DTSTART:20250106T100000Z", "RRULE:FREQ=WEEKLY;COUNT=10", "CLASS:PRIVATE")}
	body := "DESCRIPTION:" + strings.Repeat("x", maxBody)
	for i := range maxRecalled/maxBody + 1 {
		lines = append(lines, strings.Replace(eventOf("DTSTART:20250106T100000Z", "RRULE:FREQ=WEEKLY;COUNT=10", body), "UID:1", fmt.Sprint("UID:x", i), 1))
	}
	lines = append(lines, eventOf("RECURRENCE-ID:20250113T100000Z", "DTSTART:20260303T110000Z", "DURATION:PT1H", "SUMMARY:Layoffs"))
	c := readAll(t, calendar(lines...), Options{From: yearFrom, To: yearTo})[0]
	copies, _ := c.Copies(yearFrom, yearTo)
	if len(copies) != 1 || !copies[0].Private || len(c.Notices) != 1 || c.Notices[0].UID != "1" || !strings.Contains(c.Notices[0].Reason, "its series is long over") {
		t.Errorf("copies %v, notices %v", copies, c.Notices)
	}
}

// TestRecall puts series in and takes them out.
func TestRecall(t *testing.T) {
	series := func(body int) *event {
		return &event{copy: calendars.Copy{Body: strings.Repeat("x", body)}, repeats: &recur.Set{}}
	}
	var r recall
	r.put(1, series(0))
	r.put(2, series(0))
	newer := series(1)
	r.put(1, newer)
	if got := r.take(1); got != newer || r.take(1) != nil {
		t.Errorf("took %p, want %p, once", got, newer)
	}
	r.put(3, series(maxRecalled-2<<10))
	if r.take(2) == nil || r.take(3) == nil || r.size != 0 {
		t.Errorf("%d bytes are left", r.size)
	}
	r.put(4, series(0))
	r.put(5, series(maxRecalled))
	if r.take(4) != nil || r.take(5) != nil || r.size != 0 {
		t.Error("more is remembered than there is room for")
	}
}

// TestExtentOfEndedSeries: a series that is let go because it ended before the
// window still tells how far the calendar reaches.
func TestExtentOfEndedSeries(t *testing.T) {
	text := calendar(eventOf("DTSTART:20240304T100000Z", "DTEND:20240304T110000Z", "RRULE:FREQ=WEEKLY;UNTIL=20251001T000000Z"))
	c := readAll(t, text, Options{From: yearFrom, To: yearTo})[0]
	_, end, ok := c.Extent(yearTo)
	if want := time.Date(2025, 9, 29, 11, 0, 0, 0, time.UTC); !ok || !end.Equal(want) {
		t.Errorf("it reaches to %v, want %v", end, want)
	}
	if len(c.order) != 0 {
		t.Error("the series was not let go")
	}
}

func TestSeveralCalendars(t *testing.T) {
	named := func(name, uid string) string {
		return calendar("X-WR-CALNAME:"+name, strings.Replace(eventOf("SUMMARY:"+uid), "UID:1", "UID:"+uid, 1))
	}
	list := readAll(t, named("Team", "a")+named("Private", "b")+named("Team", "c"), Options{})
	var got []string
	for _, c := range list {
		copies, _ := c.Copies(yearFrom, yearTo)
		titles := ""
		for _, k := range copies {
			titles += " " + k.Title
		}
		got = append(got, c.Name+":"+titles)
	}
	if diff := cmp.Diff([]string{"Team: a c", "Private: b"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestManySkips reads a file with more broken events than are listed.
func TestManySkips(t *testing.T) {
	c := read(t, calendar(strings.Repeat("BEGIN:VEVENT\r\nUID:x\r\nno property\r\nEND:VEVENT\r\n", maxSkips+10)))
	if c.SkippedEvents != maxSkips+10 || len(c.Skipped) != maxSkips+1 || len(c.Notices) != maxSkips+1 {
		t.Fatalf("%d skipped, %d listed, %d notices", c.SkippedEvents, len(c.Skipped), len(c.Notices))
	}
	want := calendars.Skip{File: "test.ics", Reason: "and 10 more events were passed over"}
	if diff := cmp.Diff(want, c.Skipped[maxSkips]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBusySeries expands a rule that would go on for ever.
func TestBusySeries(t *testing.T) {
	c := read(t, calendar(eventOf("RRULE:FREQ=SECONDLY")))
	copies, skipped := c.Copies(yearFrom, yearTo)
	if len(copies) != 1 || len(copies[0].Spans) == 0 || len(skipped) != 1 || !strings.Contains(skipped[0].Reason, "too many") {
		t.Fatalf("%d copies, skipped %v", len(copies), skipped)
	}
}
