package ics

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A zone that no table knows, by the rules of Germany with an hour on top.
var ownZone = strings.Join([]string{
	"BEGIN:VTIMEZONE", "TZID:Office",
	"BEGIN:STANDARD", "DTSTART:16011028T030000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "TZOFFSETFROM:+0300", "TZOFFSETTO:+0200", "END:STANDARD",
	"BEGIN:DAYLIGHT", "DTSTART:16010325T020000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0300", "END:DAYLIGHT",
	"END:VTIMEZONE",
}, "\r\n")

// TestTimes reads when an event is; floating times are in Berlin. What is
// expected is written in UTC, with the zone it recurs in.
func TestTimes(t *testing.T) {
	const layout = "2006-01-02 15:04:05"
	for _, test := range []struct{ name, lines, want string }{
		{"UTC", "DTSTART:20260302T090000Z\nDTEND:20260302T100000Z", "2026-03-02 09:00:00 to 2026-03-02 10:00:00 UTC"},
		{"zone", "DTSTART;TZID=America/New_York:20260302T090000\nDTEND;TZID=America/New_York:20260302T100000", "2026-03-02 14:00:00 to 2026-03-02 15:00:00 America/New_York"},
		{"end in another zone", "DTSTART;TZID=America/New_York:20260302T090000\nDTEND;TZID=Europe/Berlin:20260302T160000", "2026-03-02 14:00:00 to 2026-03-02 15:00:00 America/New_York"},
		{"quoted zone", `DTSTART;TZID="America/New_York":20260302T090000` + "\nDURATION:PT1H", "2026-03-02 14:00:00 to 2026-03-02 15:00:00 America/New_York"},
		{"lower-case zone and parameter", "DTSTART;tzid=america/new_york:20260302t090000\nDURATION:pt1h", "2026-03-02 14:00:00 to 2026-03-02 15:00:00 America/New_York"},
		{"Windows zone", "DTSTART;TZID=Eastern Standard Time:20260302T090000\nDURATION:PT1H", "2026-03-02 14:00:00 to 2026-03-02 15:00:00 America/New_York"},
		{"vendor's prefix", "DTSTART;TZID=/mozilla.org/20050126_1/Europe/Berlin:20260302T090000\nDURATION:PT1H", "2026-03-02 08:00:00 to 2026-03-02 09:00:00 Europe/Berlin"},
		{"half an hour", "DTSTART;TZID=Asia/Kolkata:20260302T090000\nDURATION:PT1H", "2026-03-02 03:30:00 to 2026-03-02 04:30:00 Asia/Kolkata"},
		{"zone and Z", "DTSTART;TZID=Europe/Berlin:20260302T090000Z\nDURATION:PT1H", "2026-03-02 08:00:00 to 2026-03-02 09:00:00 Europe/Berlin"},
		{"unknown zone and Z", "DTSTART;TZID=Nowhere:20260302T090000Z\nDURATION:PT1H", "2026-03-02 09:00:00 to 2026-03-02 10:00:00 UTC"},
		{"end without the zone of the start", "DTSTART;TZID=America/New_York:20260302T090000\nDTEND:20260302T100000", "2026-03-02 14:00:00 to 2026-03-02 15:00:00 America/New_York"},
		{"end without the Z of the start", "DTSTART:20260302T090000Z\nDTEND:20260302T100000", "2026-03-02 09:00:00 to 2026-03-02 10:00:00 UTC"},
		{"time said to be a date, but it is none", "DTSTART;VALUE=DATE:20260302T090000Z\nDTEND;VALUE=DATE:20260302T100000Z", "2026-03-02 09:00:00 to 2026-03-02 10:00:00 UTC"},
		{"floating", "DTSTART:20260302T090000\nDTEND:20260302T100000", "2026-03-02 08:00:00 to 2026-03-02 09:00:00 Europe/Berlin"},
		{"no seconds", "DTSTART:20260302T0900Z\nDTEND:20260302T1000Z", "2026-03-02 09:00:00 to 2026-03-02 10:00:00 UTC"},
		{"ISO 8601", "DTSTART:2026-03-02T09:00:00Z\nDTEND:2026-03-02T11:00:00.000+01:00", "2026-03-02 09:00:00 to 2026-03-02 10:00:00 UTC"},
		{"leap second", "DTSTART:20260302T085960Z\nDTEND:20260302T100000Z", "2026-03-02 09:00:00 to 2026-03-02 10:00:00 UTC"},
		{"24:00", "DTSTART:20260302T230000Z\nDTEND:20260302T240000Z", "2026-03-02 23:00:00 to 2026-03-03 00:00:00 UTC"},
		{"blanks around", "DTSTART: 20260302T090000Z \nDTEND:20260302T100000Z", "2026-03-02 09:00:00 to 2026-03-02 10:00:00 UTC"},

		{"skipped hour: the offset before the gap", "DTSTART:20260329T023000\nDTEND:20260329T040000", "2026-03-29 01:30:00 to 2026-03-29 02:00:00 Europe/Berlin"},
		{"hour shown twice: the first", "DTSTART:20261025T023000\nDTEND:20261025T033000", "2026-10-25 00:30:00 to 2026-10-25 02:30:00 Europe/Berlin"},

		{"date", "DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260304", "20260302 to 20260304 Europe/Berlin"},
		{"date, in lower case", "dtstart;value=date:20260302\ndtend;value=date:20260304", "20260302 to 20260304 Europe/Berlin"},
		{"date without VALUE", "DTSTART:20260302\nDTEND:20260304", "20260302 to 20260304 Europe/Berlin"},
		{"date said to be a time", "DTSTART;VALUE=DATE-TIME:20260302\nDTEND:20260304", "20260302 to 20260304 Europe/Berlin"},
		{"time said to be a date", "DTSTART;VALUE=DATE:20260302T000000Z\nDTEND;VALUE=DATE:20260304T000000Z", "20260302 to 20260304 Europe/Berlin"},
		{"date with a zone", "DTSTART;VALUE=DATE;TZID=America/New_York:20260302", "20260302 to 20260303 Europe/Berlin"},
		{"date alone", "DTSTART;VALUE=DATE:20260302", "20260302 to 20260303 Europe/Berlin"},
		{"date that ends as it begins", "DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260302", "20260302 to 20260303 Europe/Berlin"},
		{"date across the change of clocks", "DTSTART;VALUE=DATE:20260328\nDURATION:P2D", "20260328 to 20260330 Europe/Berlin"},
		{"date and a time", "DTSTART;VALUE=DATE:20260302\nDTEND:20260303T230000Z", "20260302 to 20260304 Europe/Berlin"},
		{"date and a duration in hours", "DTSTART;VALUE=DATE:20260302\nDURATION:PT36H", "20260302 to 20260304 Europe/Berlin"},
		{"a time, ending on a date", "DTSTART:20260302T090000\nDTEND;VALUE=DATE:20260303", "2026-03-02 08:00:00 to 2026-03-02 23:00:00 Europe/Berlin"},

		{"duration in weeks", "DTSTART:20260302T090000Z\nDURATION:P1W", "2026-03-02 09:00:00 to 2026-03-09 09:00:00 UTC"},
		{"duration in all parts", "DTSTART:20260302T090000Z\nDURATION:+P1DT2H3M4S", "2026-03-02 09:00:00 to 2026-03-03 11:03:04 UTC"},
		{"days go by the clock", "DTSTART:20260328T120000\nDURATION:P1D", "2026-03-28 11:00:00 to 2026-03-29 10:00:00 Europe/Berlin"},
		{"hours go by the stopwatch", "DTSTART:20260328T120000\nDURATION:PT24H", "2026-03-28 11:00:00 to 2026-03-29 11:00:00 Europe/Berlin"},
		{"DTEND before DURATION", "DTSTART:20260302T090000Z\nDURATION:PT2H\nDTEND:20260302T100000Z", "2026-03-02 09:00:00 to 2026-03-02 10:00:00 UTC"},
		{"no end", "DTSTART:20260302T090000Z", "2026-03-02 09:00:00 to 2026-03-02 09:00:00 UTC"},
		{"empty end", "DTSTART:20260302T090000Z\nDTEND:", "2026-03-02 09:00:00 to 2026-03-02 09:00:00 UTC"},
		{"broken end", "DTSTART:20260302T090000Z\nDTEND:later\nDURATION:PT1H", "2026-03-02 09:00:00 to 2026-03-02 10:00:00 UTC; 6: DTEND: \"later\" is no date or time: read as if it were missing"},
		{"end before the beginning", "DTSTART:20260302T090000Z\nDTEND:20260302T080000Z", "2026-03-02 09:00:00 to 2026-03-02 09:00:00 UTC; 6: DTEND is before DTSTART: read as no time at all"},
		{"end before the beginning, in days", "DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260301", "20260302 to 20260303 Europe/Berlin; 6: DTEND is before DTSTART: read as no time at all"},
		{"negative duration", "DTSTART:20260302T090000Z\nDURATION:-PT15M", "2026-03-02 09:00:00 to 2026-03-02 09:00:00 UTC; 6: DURATION is negative: read as no time at all"},
		{"broken duration", "DTSTART:20260302T090000Z\nDURATION:1 hour", "2026-03-02 09:00:00 to 2026-03-02 09:00:00 UTC; 6: DURATION: \"1 hour\" is no duration: read as if it were missing"},

		{"Outlook's all-day event in UTC", "DTSTART:20260302T000000Z\nDTEND:20260303T000000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "20260302 to 20260303 Europe/Berlin"},
		{"Outlook's all-day event in its zone", "DTSTART;TZID=Eastern Standard Time:20260302T000000\nDTEND;TZID=Eastern Standard Time:20260304T000000\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "20260302 to 20260304 Europe/Berlin"},
		{"Outlook's all-day event, midnight here", "DTSTART:20260301T230000Z\nDTEND:20260302T230000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "20260302 to 20260303 Europe/Berlin"},
		{"Outlook's all-day event, midnight in New York", "DTSTART:20260302T050000Z\nDTEND:20260303T050000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "20260302 to 20260303 Europe/Berlin"},
		{"Outlook's mark on what is no day", "DTSTART:20260302T090000Z\nDTEND:20260302T100000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "2026-03-02 09:00:00 to 2026-03-02 10:00:00 UTC"},
		{"Outlook's mark, not set", "DTSTART:20260302T000000Z\nDTEND:20260303T000000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:FALSE", "2026-03-02 00:00:00 to 2026-03-03 00:00:00 UTC"},

		{"unknown zone with an offset in its name", "DTSTART;TZID=\"(GMT-05.00) Our Office\":20260302T090000\nDURATION:PT1H",
			"2026-03-02 14:00:00 to 2026-03-02 15:00:00 Etc/GMT+5; 5: time zone \"(GMT-05.00) Our Office\" is unknown and not defined: read as Etc/GMT+5 (once)"},
		{"unknown zone", "DTSTART;TZID=Middle-earth/Shire:20260302T090000\nDTEND;TZID=Middle-earth/Shire:20260302T100000",
			`2026-03-02 08:00:00 to 2026-03-02 09:00:00 Europe/Berlin; 5: time zone "Middle-earth/Shire" is unknown and not defined: read as Europe/Berlin (2 times)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := read(t, calendar(eventOf(strings.Split(test.lines, "\n")...)))
			copies, _ := c.Copies(yearFrom, yearTo)
			if len(copies) != 1 {
				t.Fatalf("%d copies, skipped %v", len(copies), c.Skipped)
			}
			k := copies[0]
			got := k.Start.UTC().Format(layout) + " to " + k.End.UTC().Format(layout) + " " + k.Zone
			if k.AllDay {
				got = k.Start.Format("20060102") + " to " + k.End.Format("20060102") + " " + k.Zone
				for _, at := range []time.Time{k.Start, k.End} {
					if h, m, s := at.Clock(); at.Location().String() != k.Zone || h+m+s != 0 {
						t.Errorf("%v is not midnight in %s", at, k.Zone)
					}
				}
			}
			if notices := reasons(c.Notices); notices != "" {
				got += "; " + notices
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestZones reads 9 to 10 o'clock where the calendar says which zone that is in.
func TestZones(t *testing.T) {
	office := eventOf("DTSTART;TZID=Office:20260702T090000", "DTEND;TZID=Office:20260702T100000")
	floating := eventOf("DTSTART:20260702T090000", "DTEND:20260702T100000")
	day := eventOf("DTSTART;VALUE=DATE:20260702")
	for _, test := range []struct{ name, text, want, zone, notice string }{
		{"X-WR-TIMEZONE", calendar("X-WR-TIMEZONE:America/New_York", floating), "2026-07-02T09:00:00-04:00", "America/New_York", ""},
		{"X-WR-TIMEZONE of an all-day event", calendar("X-WR-TIMEZONE:America/New_York", day), "2026-07-02T00:00:00-04:00", "America/New_York", ""},
		{"X-WR-TIMEZONE of Windows", calendar("X-WR-TIMEZONE:Eastern Standard Time", floating), "2026-07-02T09:00:00-04:00", "America/New_York", ""},
		{"X-WR-TIMEZONE that is unknown", calendar("X-WR-TIMEZONE:Nowhere", floating), "2026-07-02T09:00:00+02:00", "Europe/Berlin",
			`1: X-WR-TIMEZONE "Nowhere" is unknown: floating times are read in Europe/Berlin`},
		{"X-WR-TIMEZONE that is defined", calendar("X-WR-TIMEZONE:Office", ownZone, floating), "2026-07-02T09:00:00+03:00", "UTC", ""},
		{"defined", calendar(ownZone, office), "2026-07-02T09:00:00+03:00", "UTC", ""},
		{"defined in another case", calendar(strings.Replace(ownZone, "Office", "OFFICE", 1), office), "2026-07-02T09:00:00+03:00", "UTC", ""},
		{"defined below", calendar(office, ownZone), "2026-07-02T09:00:00+03:00", "UTC", ""},
		{"defined as what Lotus calls it", calendar(strings.Replace(ownZone, "TZID:Office", "TZID:Office\r\nX-LIC-LOCATION:Asia/Kolkata", 1), office), "2026-07-02T09:00:00+05:30", "Asia/Kolkata", ""},
		{"defined twice: the first", calendar(ownZone, strings.ReplaceAll(ownZone, "+0", "-0"), office), "2026-07-02T09:00:00+03:00", "UTC", ""},
		{"defined without offsets", calendar(strings.ReplaceAll(ownZone, "TZOFFSETTO", "X-OFFSET"), office), "2026-07-02T09:00:00+02:00", "Europe/Berlin",
			`3: time zone "Office": TZOFFSETTO: "" is no offset from UTC` + "\n" + `20: time zone "Office" is unknown and not defined: read as Europe/Berlin (2 times)`},
		{"defined in another calendar", calendar(ownZone) + calendar(office), "2026-07-02T09:00:00+02:00", "Europe/Berlin",
			`23: time zone "Office" is unknown and not defined: read as Europe/Berlin (2 times)`},
		{"an IANA name needs no definition", calendar(strings.ReplaceAll(ownZone, "Office", "Asia/Kolkata"), strings.ReplaceAll(office, "Office", "Asia/Kolkata")), "2026-07-02T09:00:00+05:30", "Asia/Kolkata", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := read(t, test.text)
			copies, _ := c.Copies(yearFrom, yearTo)
			if len(copies) != 1 {
				t.Fatalf("%d copies, skipped %v", len(copies), c.Skipped)
			}
			if got := copies[0].Start.Format(time.RFC3339); got != test.want || copies[0].Zone != test.zone {
				t.Errorf("starts at %s %s, want %s %s", got, copies[0].Zone, test.want, test.zone)
			}
			if diff := cmp.Diff(test.notice, reasons(c.Notices)); diff != "" {
				t.Errorf("notices (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFloatingZone reads a floating time for callers in two zones.
func TestFloatingZone(t *testing.T) {
	text := calendar(eventOf("DTSTART:20260702T090000", "DTEND:20260702T100000"))
	for want, opt := range map[string]Options{
		"2026-07-02T09:00:00Z":      {},
		"2026-07-02T09:00:00+02:00": {Zone: berlin},
	} {
		copies, _ := readAll(t, text, opt)[0].Copies(yearFrom, yearTo)
		if got := copies[0].Start.Format(time.RFC3339); got != want {
			t.Errorf("starts at %s, want %s", got, want)
		}
	}
}
