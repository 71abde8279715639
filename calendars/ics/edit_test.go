package ics

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"unmeet/calendars"
)

// foreign is an object with all that must survive an edit: odd folds, an odd
// order, unknown properties and components, Latin-1, a trailing blank.
const foreign = "\xef\xbb\xbfBEGIN:VCALENDAR\r\nPRODID:-//Someone//Else//EN\r\nVERSION:2.0\r\n" +
	"BEGIN:VEVENT\r\nuid:1 \r\nSUMMARY:Caf\xe9 wi\r\n th an o\r\n\tdd fold\r\nDTSTART;TZID=Europe/Berlin:20260302T100000\r\nDTEND;TZID=Europe/Berlin:20260302T110000\r\n" +
	"ATTENDEE;X-B=2;CN=\"Ito, Ana\";PARTSTAT=NEEDS-ACTION;X-A=1:mailto:ana@acme.example\r\n" +
	"Attendee;partstat=NEEDS-ACTION;RSVP=TRUE;CN=\"Bo\" K:mailto:bo@acme.example\r\nX-OWN;X=\"a;b\":c\r\nnot a property\r\n" +
	"BEGIN:VALARM\r\nACTION:DISPLAY\r\nSUMMARY:Alarm\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\nafter\r\n"

func load(t *testing.T, raw string) *Object {
	t.Helper()
	o, err := Load([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func is(address string) func(ical.Prop) bool {
	return func(prop ical.Prop) bool {
		p := propOf(prop)
		return party(&p).Address == address
	}
}

func TestEdits(t *testing.T) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name     string
		edit     func(o *Object)
		old, new string // what is replaced in foreign
	}{
		{"nothing", func(*Object) {}, "", ""},
		{"an answer", func(o *Object) {
			if n, err := o.Events()[0].SetParam("ATTENDEE", is("ana@acme.example"), "PARTSTAT", "DECLINED"); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}, "ATTENDEE;X-B=2;CN=\"Ito, Ana\";PARTSTAT=NEEDS-ACTION;X-A=1:mailto:ana@acme.example\r\n", "ATTENDEE;X-B=2;CN=\"Ito, Ana\";PARTSTAT=DECLINED;X-A=1:mailto:ana@acme.exampl\r\n e\r\n"},
		{"an answer, after odd quotes", func(o *Object) {
			if n, err := o.Events()[0].SetParam("ATTENDEE", is("bo@acme.example"), "PARTSTAT", "ACCEPTED"); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}, "Attendee;partstat=NEEDS-ACTION;RSVP=TRUE;CN=\"Bo\" K:mailto:bo@acme.example\r\n", "Attendee;PARTSTAT=ACCEPTED;RSVP=TRUE;CN=\"Bo\" K:mailto:bo@acme.example\r\n"},
		{"an answer that needs quotes, after one that never closes", func(o *Object) {
			e := o.Events()[0]
			e.items[5].raw = []byte("ATTENDEE;CN=\"x;PARTSTAT=:mailto:bo@acme.example\r\n")
			if n, err := e.SetParam("ATTENDEE", is("bo@acme.example"), "PARTSTAT", "a;b"); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}, "Attendee;partstat=NEEDS-ACTION;RSVP=TRUE;CN=\"Bo\" K:mailto:bo@acme.example\r\n", "ATTENDEE;CN=^'x;PARTSTAT=\"a;b\":mailto:bo@acme.example\r\n"},
		{"a parameter more, with RFC 6868", func(o *Object) {
			if n, err := o.Events()[0].SetParam("X-OWN", nil, "X-Q", "say \"hi\" ^\nnow, or"); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}, "X-OWN;X=\"a;b\":c", "X-OWN;X=\"a;b\";X-Q=\"say ^'hi^' ^^^nnow, or\":c"},
		{"a parameter less", func(o *Object) {
			if n, err := o.Events()[0].SetParam("X-OWN", nil, "X", ""); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}, "X-OWN;X=\"a;b\":c", "X-OWN:c"},
		{"nobody's parameter", func(o *Object) {
			if n, err := o.Events()[0].SetParam("ATTENDEE", is("cy@acme.example"), "PARTSTAT", "DECLINED"); n != 0 || err != nil {
				t.Fatal(n, err)
			}
		}, "", ""},
		{"a property replaced", func(o *Object) { must(o.Events()[0].Set(ical.Prop{Name: "UID", Value: "2"})) }, "uid:1 ", "UID:2"},
		{"a property added before the alarms", func(o *Object) { must(o.Events()[0].Set(Text("COMMENT", "a, b; c\\\nd"))) },
			"BEGIN:VALARM", "COMMENT:a\\, b\\; c\\\\\\nd\r\nBEGIN:VALARM"},
		{"a long property is folded between characters", func(o *Object) { must(o.Events()[0].Add(Text("COMMENT", strings.Repeat("é", 60)))) },
			"BEGIN:VALARM", "COMMENT:" + strings.Repeat("é", 33) + "\r\n " + strings.Repeat("é", 27) + "\r\nBEGIN:VALARM"},
		{"several become one", func(o *Object) { must(o.Events()[0].Set(ical.Prop{Name: "attendee", Value: "mailto:cy@acme.example"})) },
			foreign[strings.Index(foreign, "ATTENDEE"):strings.Index(foreign, "X-OWN")], "attendee:mailto:cy@acme.example\r\n"},
		{"a property removed", func(o *Object) {
			if n := o.Events()[0].Remove("SUMMARY", nil); n != 1 {
				t.Fatal(n)
			}
		}, "SUMMARY:Caf\xe9 wi\r\n th an o\r\n\tdd fold\r\n", ""},
		{"one of several removed", func(o *Object) {
			if n := o.Events()[0].Remove("ATTENDEE", is("bo@acme.example")); n != 1 {
				t.Fatal(n)
			}
		}, "Attendee;partstat=NEEDS-ACTION;RSVP=TRUE;CN=\"Bo\" K:mailto:bo@acme.example\r\n", ""},
		{"alarms removed", func(o *Object) { o.Events()[0].RemoveParts("VALARM") }, "BEGIN:VALARM\r\nACTION:DISPLAY\r\nSUMMARY:Alarm\r\nEND:VALARM\r\n", ""},
		{"the calendar's own", func(o *Object) { must(o.Calendar().Set(ical.Prop{Name: "METHOD", Value: "REPLY"})) }, "BEGIN:VEVENT", "METHOD:REPLY\r\nBEGIN:VEVENT"},
		{"a component added", func(o *Object) { must(o.Calendar().NewPart("vevent").Set(ical.Prop{Name: "UID", Value: "9"})) },
			"END:VCALENDAR", "BEGIN:VEVENT\r\nUID:9\r\nEND:VEVENT\r\nEND:VCALENDAR"},
		{"line breaks can't escape a value", func(o *Object) {
			must(o.Events()[0].Set(ical.Prop{Name: "UID", Value: "2\r\nEND:VEVENT\x00", Params: ical.Params{"X-A": {"b\r\nEND:VEVENT", `c"d`, "", " e "}}}))
		}, "uid:1 ", "UID;X-A=\"b^nEND:VEVENT\",c^'d,\"\",\" e \":2\\nEND:VEVENT"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := load(t, foreign)
			test.edit(o)
			if diff := cmp.Diff(strings.Replace(foreign, test.old, test.new, 1), string(o.Bytes())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDeclineOne adds an override to a series, in another style of line ends, as
// a decline of one instance does.
func TestDeclineOne(t *testing.T) {
	raw := strings.ReplaceAll(foreign, "\r\n", "\n")
	raw = strings.Replace(raw, "X-OWN", "RRULE:FREQ=WEEKLY\nX-OWN", 1)
	o := load(t, raw)
	series := o.Events()[0]
	instance := time.Date(2026, 4, 6, 8, 0, 0, 0, time.UTC)
	override := o.Calendar().Append(series)
	override.Remove("RRULE", nil)
	override.RemoveParts("VALARM")
	for _, name := range []string{"RECURRENCE-ID", "DTSTART"} {
		p, err := o.Like(name, series.Props("DTSTART")[0], instance, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := override.Set(p); err != nil {
			t.Fatal(err)
		}
	}
	override.Remove("DTEND", nil)
	if err := override.Add(ical.Prop{Name: "DURATION", Value: "PT1H"}); err != nil {
		t.Fatal(err)
	}
	if _, err := override.SetParam("ATTENDEE", is("ana@acme.example"), "PARTSTAT", "DECLINED"); err != nil {
		t.Fatal(err)
	}
	got := string(o.Bytes())
	if !strings.HasPrefix(got, raw[:strings.Index(raw, "END:VCALENDAR")]) || strings.Contains(got, "\r") {
		t.Errorf("the series changed:\n%q", got)
	}
	copies, _ := read(t, got).Copies(instance.Add(-time.Hour), instance.Add(time.Hour))
	if len(copies) != 2 || copies[1].Instance != "20260406T080000Z" || copies[1].People[0].Response != calendars.Declined || copies[0].People[0].Response != calendars.NoAnswer {
		t.Errorf("copies %+v", copies)
	}
	if got := copies[1].Start.Format("15:04"); got != "10:00" || copies[1].Zone != "Europe/Berlin" {
		t.Errorf("at %s in %s", got, copies[1].Zone)
	}
}

// TestLike writes an instant in the form of other times.
func TestLike(t *testing.T) {
	at := time.Date(2026, 7, 2, 22, 30, 0, 0, time.UTC)
	o := load(t, calendar(ownZone, eventOf()))
	for _, test := range []struct {
		like ical.Prop
		want string
	}{
		{ical.Prop{Name: "DTSTART", Value: "20260102T090000Z"}, "RECURRENCE-ID:20260702T223000Z"},
		{ical.Prop{Name: "DTSTART", Value: "20260102T090000"}, "RECURRENCE-ID:20260703T003000"},
		{ical.Prop{Name: "DTSTART", Value: "20260102"}, "RECURRENCE-ID;VALUE=DATE:20260703"},
		{ical.Prop{Name: "DTSTART", Value: "20260102T090000", Params: ical.Params{"TZID": {"America/New_York"}}}, "RECURRENCE-ID;TZID=America/New_York:20260702T183000"},
		{ical.Prop{Name: "DTSTART", Value: "20260102T090000", Params: ical.Params{"TZID": {"Office"}}}, "RECURRENCE-ID;TZID=Office:20260703T013000"},
	} {
		p, err := o.Like("RECURRENCE-ID", test.like, at, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := propText(p); got != test.want || err != nil {
			t.Errorf("%q (%v), want %q", got, err, test.want)
		}
	}
	if _, err := o.Like("RECURRENCE-ID", ical.Prop{Name: "DTSTART", Value: "20260102T090000", Params: ical.Params{"TZID": {"Nowhere"}}}, at, berlin); err == nil {
		t.Error("a zone that nobody knows is written")
	}
}

func TestLoadRefuses(t *testing.T) {
	for raw, want := range map[string]string{
		"":                       "BEGIN:VCALENDAR is missing",
		"hello":                  "BEGIN:VCALENDAR is missing",
		"BEGIN:VCALENDAR\r\nA:b": "line 3: VCALENDAR has no END",
		"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:\n x\nEND:VCALENDAR\n": "line 5: END:VCALENDAR where VEVENT is open",
		strings.Repeat("BEGIN:VCALENDAR\r\n", 1000):                    "line 17: components inside each other more than 16 deep",
	} {
		if _, err := Load([]byte(raw)); err == nil || err.Error() != want {
			t.Errorf("%.40q: %v, want %q", raw, err, want)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	e := load(t, foreign).Events()[0]
	for _, p := range []ical.Prop{{}, {Name: "A:B"}, {Name: "BEGIN"}, {Name: "end", Value: "VEVENT"}, {Name: "A", Params: ical.Params{"B=": {"c"}}}} {
		if e.Set(p) == nil || e.Add(p) == nil {
			t.Errorf("%+v is written", p)
		}
	}
	if _, err := e.SetParam("UID", nil, "a:b", "c"); err == nil {
		t.Error("a broken parameter name is written")
	}
	if got := string(e.object.Bytes()); got != foreign {
		t.Error("a refused edit changed the text")
	}
}

// anyText generates what people type, and worse.
var anyText = rapid.StringOf(rapid.OneOf(
	rapid.RuneFrom([]rune("abc ,;:\\\"'^n=<>&äé漢🎉\n\t")), rapid.RuneFrom(nil, unicode.Letter, unicode.Number, unicode.Punct, unicode.Symbol)))

// TestRoundTrip makes calendars, writes them and reads them back.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.Custom(func(t *rapid.T) string { return strings.TrimSpace(rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "word")) })
		want := calendars.Copy{
			UID:      word.Draw(t, "uid"),
			Title:    oneLine(anyText.Draw(t, "title")),
			Location: oneLine(anyText.Draw(t, "location")),
			Body:     strings.TrimSpace(strings.NewReplacer("<", "(", "\r", "").Replace(anyText.Draw(t, "body"))),
			Sequence: rapid.IntRange(0, 9).Draw(t, "sequence"),
			Busy:     rapid.Bool().Draw(t, "busy"),
			Private:  rapid.Bool().Draw(t, "private"),
			Status:   rapid.SampledFrom([]calendars.Status{calendars.Confirmed, calendars.Tentative, calendars.Cancelled}).Draw(t, "status"),
			Zone:     rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"}).Draw(t, "zone"),
			AllDay:   rapid.Bool().Draw(t, "all-day"),
		}
		want.Remote = calendars.RemoteID(want.UID)
		want.HeadsKnown = true
		loc := location(want.Zone)
		day := rapid.IntRange(1, 300).Draw(t, "day")
		o := NewObject("")
		e := o.Calendar().NewPart("VEVENT")
		set := func(p ical.Prop) {
			if err := e.Add(p); err != nil {
				t.Fatal(err)
			}
		}
		zoned := ical.Params{"TZID": {want.Zone}}
		if want.AllDay {
			want.Zone, loc = "UTC", time.UTC
			want.Start = time.Date(2026, 1, day, 0, 0, 0, 0, loc)
			want.End = want.Start.AddDate(0, 0, rapid.IntRange(1, 5).Draw(t, "days"))
			set(ical.Prop{Name: "DTSTART", Params: ical.Params{"VALUE": {"DATE"}}, Value: want.Start.Format("20060102")})
			set(ical.Prop{Name: "DTEND", Params: ical.Params{"VALUE": {"DATE"}}, Value: want.End.Format("20060102")})
		} else {
			want.Start = time.Date(2026, 1, day, rapid.IntRange(4, 20).Draw(t, "hour"), 30, 0, 0, loc)
			minutes := rapid.IntRange(0, 300).Draw(t, "minutes")
			want.End = want.Start.Add(time.Duration(minutes) * time.Minute)
			set(ical.Prop{Name: "DTSTART", Params: zoned, Value: want.Start.Format("20060102T150405")})
			set(ical.Prop{Name: "DURATION", Value: fmt.Sprintf("PT%dM", minutes)})
		}
		set(Text("UID", want.UID))
		set(Text("SUMMARY", want.Title))
		set(Text("LOCATION", want.Location))
		set(Text("DESCRIPTION", want.Body))
		set(ical.Prop{Name: "SEQUENCE", Value: fmt.Sprint(want.Sequence)})
		set(ical.Prop{Name: "TRANSP", Value: map[bool]string{true: "OPAQUE", false: "TRANSPARENT"}[want.Busy]})
		set(ical.Prop{Name: "CLASS", Value: map[bool]string{true: "PRIVATE", false: "PUBLIC"}[want.Private]})
		set(ical.Prop{Name: "STATUS", Value: strings.ToUpper(string(want.Status))})
		person := func(label string) calendars.Party {
			name := oneLine(strings.Trim(oneLine(rapid.StringOf(rapid.RuneFrom([]rune("abc ,;:\"^é漢🎉'"))).Draw(t, label)), `"' `))
			if strings.Contains(name, "@") {
				name = ""
			}
			return calendars.Party{Address: word.Draw(t, label) + "@acme.example", Name: name}
		}
		named := func(who calendars.Party) ical.Params {
			if who.Name == "" {
				return ical.Params{}
			}
			return ical.Params{"CN": {who.Name}}
		}
		want.Organizer = person("organizer")
		set(ical.Prop{Name: "ORGANIZER", Params: named(want.Organizer), Value: "mailto:" + want.Organizer.Address})
		seen := map[string]bool{}
		for range rapid.IntRange(1, 15).Draw(t, "people") {
			a := calendars.Attendee{Party: person("attendee"), Kind: rapid.SampledFrom([]calendars.Kind{calendars.Individual, calendars.Room, calendars.Resource}).Draw(t, "kind"),
				Response: rapid.SampledFrom([]calendars.Response{calendars.NoAnswer, calendars.Accepted, calendars.Declined, calendars.HandedOn}).Draw(t, "answer"),
				Optional: rapid.Bool().Draw(t, "optional"), Guests: rapid.IntRange(0, 3).Draw(t, "guests")}
			if seen[a.Address] {
				continue
			}
			seen[a.Address] = true
			want.People = append(want.People, a)
			p := ical.Prop{Name: "ATTENDEE", Params: named(a.Party), Value: "mailto:" + a.Address}
			p.Params.Set("CUTYPE", strings.ToUpper(string(a.Kind)))
			p.Params.Set("PARTSTAT", strings.ToUpper(string(a.Response)))
			p.Params.Set("X-NUM-GUESTS", fmt.Sprint(a.Guests))
			if a.Optional {
				p.Params.Set("ROLE", "OPT-PARTICIPANT")
			}
			set(p)
		}
		raw := o.Bytes()
		for line := range bytes.Lines(raw) {
			if n := len(bytes.TrimRight(line, "\r\n")); n > maxOctets || !utf8.Valid(line) {
				t.Fatalf("a line of %d octets, or not of UTF-8: %q", n, line)
			}
		}
		list, err := Read(t.Context(), bytes.NewReader(raw), "test.ics", Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, _ := list[0].Copies(yearFrom.AddDate(0, 0, -1), yearTo)
		if diff := cmp.Diff([]calendars.Copy{want}, got, cmpopts.EquateEmpty()); diff != "" || len(list[0].Notices) > 0 {
			t.Fatalf("%v (-want +got):\n%s\n%s", list[0].Notices, diff, raw)
		}
		again, err := Load(raw)
		if err != nil || !bytes.Equal(again.Bytes(), raw) {
			t.Fatalf("loading again: %v", err)
		}
	})
}

// TestFold looks at every length around the limit.
func TestFold(t *testing.T) {
	for n := range 400 {
		for _, letter := range []string{"a", "é", "漢", "🎉", "\xa9"} {
			text := strings.Repeat(letter, n)
			folded := fold(text, "\r\n")
			lines := strings.Split(strings.TrimSuffix(folded, "\r\n"), "\r\n")
			if slices.ContainsFunc(lines, func(l string) bool { return len(l) > maxOctets }) {
				t.Fatalf("%d times %q: a line is too long", n, letter)
			}
			if strings.ReplaceAll(strings.TrimSuffix(folded, "\r\n"), "\r\n ", "") != text {
				t.Fatalf("%d times %q does not read back", n, letter)
			}
		}
	}
}
