package ics

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSeries reads what a file says of one UID, and lists what takes place. The
// series is at 10:00 in Berlin on four Mondays from 2 March 2026 on, across the
// change of clocks on the 29th.
func TestSeries(t *testing.T) {
	const weekly = "DTSTART;TZID=Europe/Berlin:20260302T100000\nDTEND;TZID=Europe/Berlin:20260302T110000\nRRULE:FREQ=WEEKLY;COUNT=4\nSUMMARY:Status\n"
	const daily = "DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:Fair\n"
	event := func(lines string) string {
		return eventOf(strings.Split(strings.TrimSpace(lines), "\n")...)
	}
	const first, second, third, fourth = "2026-03-02 10:00 CET to 2026-03-02 11:00 CET as 20260302T090000Z: Status\n",
		"2026-03-09 10:00 CET to 2026-03-09 11:00 CET as 20260309T090000Z: Status\n",
		"2026-03-16 10:00 CET to 2026-03-16 11:00 CET as 20260316T090000Z: Status\n",
		"2026-03-23 10:00 CET to 2026-03-23 11:00 CET as 20260323T090000Z: Status\n"
	const day1, day2, day3 = "2026-03-02 to 2026-03-03 as 20260302: Fair\n", "2026-03-03 to 2026-03-04 as 20260303: Fair\n", "2026-03-04 to 2026-03-05 as 20260304: Fair\n"

	for _, test := range []struct{ name, text, want string }{
		{"rule", calendar(event(weekly)), first + second + third + fourth},
		{"rule, all-day", calendar(event(daily)), day1 + day2 + day3},
		{"across the change of clocks", calendar(event(strings.Replace(weekly, "20260302T1", "20260323T1", 2) + "EXDATE;TZID=Europe/Berlin:20260406T100000,20260413T100000")),
			fourth + "2026-03-30 10:00 CEST to 2026-03-30 11:00 CEST as 20260330T080000Z: Status\n"},
		{"begins where clocks skip the time", calendar(event("DTSTART;TZID=Europe/Berlin:20260329T023000\nDURATION:PT15M\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=Europe/Berlin:20260331T023000\nSUMMARY:Backup")),
			"2026-03-29 03:30 CEST to 2026-03-29 03:45 CEST as 20260329T013000Z: Backup\n2026-03-30 02:30 CEST to 2026-03-30 02:45 CEST as 20260330T003000Z: Backup\n" +
				"2026-04-01 02:30 CEST to 2026-04-01 02:45 CEST as 20260401T003000Z: Backup\n"},
		{"an empty rule", calendar(event("DTSTART;TZID=Europe/Berlin:20260302T100000\nDURATION:PT1H\nRRULE:\nSUMMARY:Status")), strings.Replace(first, " as 20260302T090000Z", "", 1)},

		{"one UID for several events", calendar(event("DTSTART:20260302T090000Z\nSUMMARY:A"), event("DTSTART:20260303T090000Z\nSUMMARY:B"), event("DTSTART:20260302T090000Z\nSUMMARY:C")),
			"2026-03-02 09:00 UTC to 2026-03-02 09:00 UTC as 20260302T090000Z: C\n2026-03-03 09:00 UTC to 2026-03-03 09:00 UTC as 20260303T090000Z: B\n"},
		{"one UID, but one is newer", calendar(event("DTSTART:20260302T090000Z\nSUMMARY:A"), event("DTSTART:20260303T090000Z\nSUMMARY:B"), event("SEQUENCE:1\nDTSTART:20260304T090000Z\nSUMMARY:C"), event("DTSTART:20260305T090000Z\nSUMMARY:D")),
			"2026-03-04 09:00 UTC to 2026-03-04 09:00 UTC: C\n"},
		{"one UID in two messages", calendar("METHOD:REQUEST", event("DTSTAMP:20260102T000000Z\nDTSTART:20260302T090000Z\nSUMMARY:A"), event("DTSTAMP:20260101T000000Z\nDTSTART:20260303T090000Z\nSUMMARY:B")),
			"2026-03-02 09:00 UTC to 2026-03-02 09:00 UTC: A\n"},
		{"one UID for series", calendar(event("DTSTART:20260302T110000Z\nSUMMARY:One"), event(weekly), event("DTSTART:20260301T090000Z\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:Other")),
			first + second + third + fourth + "2026-03-01 09:00 UTC to 2026-03-01 09:00 UTC as 20260301T090000Z: Other\n" +
				"2026-03-02 11:00 UTC to 2026-03-02 11:00 UTC as 20260302T110000Z: One\n2026-03-03 09:00 UTC to 2026-03-03 09:00 UTC as 20260303T090000Z: Other\n"},
		{"lower-case rule with a semicolon at the end", calendar(event(strings.Replace(weekly, "FREQ=WEEKLY;COUNT=4", "freq=weekly;count=4;", 1))), first + second + third + fourth},
		{"UNTIL on a date", calendar(event(strings.Replace(weekly, "COUNT=4", "UNTIL=20260309", 1))), first + second},
		{"UNTIL in UTC", calendar(event(strings.Replace(weekly, "COUNT=4", "UNTIL=20260309T090000Z", 1))), first + second},
		{"UNTIL without a zone", calendar(event(strings.Replace(weekly, "COUNT=4", "UNTIL=20260309T100000", 1))), first + second},
		{"UNTIL with a time, all-day", calendar(event(strings.Replace(daily, "COUNT=3", "UNTIL=20260303T000000Z", 1))), day1 + day2},

		{"EXDATE", calendar(event(weekly + "EXDATE;TZID=Europe/Berlin:20260309T100000")), first + third + fourth},
		{"EXDATE of what happens once", calendar(event("DTSTART:20260302T090000Z\nEXDATE:20260302T090000Z\nSUMMARY:A")), ""},
		{"EXDATE of another day of what happens once", calendar(event("DTSTART:20260302T090000Z\nEXDATE:20260309T090000Z\nSUMMARY:A")), "2026-03-02 09:00 UTC to 2026-03-02 09:00 UTC: A\n"},
		{"EXDATE, comma-listed", calendar(event(weekly + "EXDATE;TZID=Europe/Berlin:20260302T100000,20260309T100000, 20260316T100000,")), fourth},
		{"EXDATE, several", calendar(event(weekly + "EXDATE;TZID=Europe/Berlin:20260302T100000\nEXDATE;TZID=Europe/Berlin:20260309T100000")), third + fourth},
		{"EXDATE in UTC", calendar(event(weekly + "EXDATE:20260309T090000Z")), first + third + fourth},
		{"EXDATE in another zone", calendar(event(weekly + "EXDATE;TZID=America/New_York:20260309T050000")), first + third + fourth},
		{"EXDATE, floating", calendar("X-WR-TIMEZONE:America/New_York", event(weekly+"EXDATE:20260309T100000")), first + third + fourth},
		{"EXDATE, a date for a timed series", calendar(event(weekly + "EXDATE;VALUE=DATE:20260309")), first + third + fourth},
		{"EXDATE, a time for an all-day series", calendar(event(daily + "EXDATE:20260303T000000")), day1 + day3},
		{"EXDATE, midnight in UTC for an all-day series", calendar(event(daily + "EXDATE:20260303T000000Z")), day1 + day3},
		{"EXDATE, midnight here for an all-day series", calendar(event(daily + "EXDATE:20260302T230000Z")), day1 + day3},
		{"EXDATE that is broken", calendar(event(weekly + "EXDATE:never,20260309T090000Z")), first + third + fourth},
		{"EXRULE", calendar(event(weekly + "EXRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2")), second + fourth},

		{"RDATE without RRULE", calendar(event(strings.Replace(weekly, "RRULE:FREQ=WEEKLY;COUNT=4", "RDATE;TZID=Europe/Berlin:20260309T100000", 1))), first + second},
		{"RDATE, a period with an end", calendar(event(strings.Replace(weekly, "RRULE:FREQ=WEEKLY;COUNT=4", "RDATE;VALUE=PERIOD:20260309T090000Z/20260309T120000Z", 1))),
			first + "2026-03-09 10:00 CET to 2026-03-09 13:00 CET as 20260309T090000Z: Status\n"},
		{"RDATE, a period with a duration", calendar(event(strings.Replace(weekly, "RRULE:FREQ=WEEKLY;COUNT=4", "RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260309T100000/PT30M", 1))),
			first + "2026-03-09 10:00 CET to 2026-03-09 10:30 CET as 20260309T090000Z: Status\n"},
		{"RDATE, a date for a timed series", calendar(event(strings.Replace(weekly, "RRULE:FREQ=WEEKLY;COUNT=4", "RDATE;VALUE=DATE:20260309", 1))), first + second},

		{"moved", calendar(event(weekly), event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260310T150000\nDURATION:PT1H\nSUMMARY:Status")),
			first + third + fourth + "2026-03-10 15:00 CET to 2026-03-10 16:00 CET as 20260309T090000Z: Status\n"},
		{"retitled", calendar(event(weekly), event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260309T100000\nDURATION:PT1H\nSUMMARY:Review")),
			first + third + fourth + strings.Replace(second, "Status", "Review", 1)},
		{"moved, named by the midnight of its day", calendar(event(weekly), event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T000000\nDTSTART;TZID=Europe/Berlin:20260310T150000\nDURATION:PT1H\nSUMMARY:Status")),
			first + third + fourth + "2026-03-10 15:00 CET to 2026-03-10 16:00 CET as 20260309T090000Z: Status\n"},
		{"moved, then taken out of the series", calendar(event("SEQUENCE:2\nEXDATE:20260309T090000Z\n"+weekly), event("SEQUENCE:1\nRECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260310T150000")),
			first + third + fourth},
		{"moved, then the series ended", calendar(event("SEQUENCE:2\n"+strings.Replace(weekly, "COUNT=4", "COUNT=1", 1)), event("SEQUENCE:1\nRECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260310T150000")),
			first},
		{"moved, with an EXDATE beside", calendar(event("SEQUENCE:2\nEXDATE:20260309T090000Z\n"+weekly), event("SEQUENCE:2\nRECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260310T150000\nDURATION:PT1H")),
			first + third + fourth + "2026-03-10 15:00 CET to 2026-03-10 16:00 CET as 20260309T090000Z: Status\n"},
		{"cancelled", calendar(event(weekly), event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260309T100000\nDURATION:PT1H\nSTATUS:CANCELLED")),
			first + third + fourth + strings.Replace(second, "Status", "Status (cancelled)", 1)},
		{"override before its series", calendar(event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260309T120000\nDURATION:PT1H\nSUMMARY:Later"), event(weekly)),
			first + third + fourth + "2026-03-09 12:00 CET to 2026-03-09 13:00 CET as 20260309T090000Z: Later\n"},
		{"override without its series", calendar(event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260309T120000\nDURATION:PT1H\nSUMMARY:Later")),
			"2026-03-09 12:00 CET to 2026-03-09 13:00 CET as 20260309T090000Z: Later\n"},
		{"override without its series, all-day", calendar(event("RECURRENCE-ID;VALUE=DATE:20260309\nDTSTART;VALUE=DATE:20260310\nSUMMARY:Later")),
			"2026-03-10 to 2026-03-11 as 20260309: Later\n"},
		{"override in UTC", calendar(event(weekly), event("RECURRENCE-ID:20260309T090000Z\nDTSTART:20260309T110000Z\nDTEND:20260309T120000Z\nSUMMARY:Later")),
			first + third + fourth + "2026-03-09 11:00 UTC to 2026-03-09 12:00 UTC as 20260309T090000Z: Later\n"},
		{"override in another zone", calendar(event(weekly), event("RECURRENCE-ID;TZID=America/New_York:20260309T050000\nDTSTART;TZID=Europe/Berlin:20260309T120000\nDURATION:PT1H\nSUMMARY:Later")),
			first + third + fourth + "2026-03-09 12:00 CET to 2026-03-09 13:00 CET as 20260309T090000Z: Later\n"},
		{"override, floating", calendar("X-WR-TIMEZONE:America/New_York", event(weekly), event("RECURRENCE-ID:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260309T120000\nDURATION:PT1H\nSUMMARY:Later")),
			first + third + fourth + "2026-03-09 12:00 CET to 2026-03-09 13:00 CET as 20260309T090000Z: Later\n"},
		{"override, a date for a timed series", calendar(event(weekly), event("RECURRENCE-ID;VALUE=DATE:20260309\nDTSTART;TZID=Europe/Berlin:20260309T120000\nDURATION:PT1H\nSUMMARY:Later")),
			first + third + fourth + "2026-03-09 12:00 CET to 2026-03-09 13:00 CET as 20260309T090000Z: Later\n"},
		{"override, a time for an all-day series", calendar(event(daily), event("RECURRENCE-ID:20260303T000000Z\nDTSTART;VALUE=DATE:20260310\nSUMMARY:Later")),
			day1 + day3 + "2026-03-10 to 2026-03-11 as 20260303: Later\n"},
		{"override of what the rule does not make", calendar(event(weekly), event("RECURRENCE-ID;TZID=Europe/Berlin:20260310T100000\nDTSTART;TZID=Europe/Berlin:20260310T100000\nDURATION:PT1H\nSUMMARY:Extra")),
			first + second + third + fourth + "2026-03-10 10:00 CET to 2026-03-10 11:00 CET as 20260310T090000Z: Extra\n"},
		{"override of what EXDATE takes out", calendar(event(weekly+"EXDATE;TZID=Europe/Berlin:20260309T100000"), event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260309T120000\nDURATION:PT1H\nSUMMARY:Later")),
			first + third + fourth + "2026-03-09 12:00 CET to 2026-03-09 13:00 CET as 20260309T090000Z: Later\n"},
		{"override with a rule of its own", calendar(event(weekly), event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260309T120000\nDURATION:PT1H\nSUMMARY:Later\nRRULE:FREQ=DAILY")),
			first + third + fourth + "2026-03-09 12:00 CET to 2026-03-09 13:00 CET as 20260309T090000Z: Later\n"},
		{"override of an event that is no series", calendar(event(strings.Replace(weekly, "RRULE:FREQ=WEEKLY;COUNT=4\n", "", 1)), event("RECURRENCE-ID;TZID=Europe/Berlin:20260302T100000\nDTSTART;TZID=Europe/Berlin:20260302T120000\nDURATION:PT1H\nSUMMARY:Later")),
			"2026-03-02 12:00 CET to 2026-03-02 13:00 CET as 20260302T090000Z: Later\n"},
		{"moved out of the year", calendar(event(weekly), event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20270310T150000\nDURATION:PT1H")), first + third + fourth},

		{"this and future, later", calendar(event(weekly), event("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260310T150000\nDURATION:PT2H\nSUMMARY:New")),
			first + "2026-03-10 15:00 CET to 2026-03-10 17:00 CET as 20260309T090000Z: New\n" +
				"2026-03-17 15:00 CET to 2026-03-17 17:00 CET as 20260316T090000Z: New\n" + "2026-03-24 15:00 CET to 2026-03-24 17:00 CET as 20260323T090000Z: New\n"},
		{"this and future, but for one", calendar(event(weekly), event("RECURRENCE-ID;RANGE=thisandfuture;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260309T150000\nDURATION:PT1H\nSUMMARY:New"),
			event("RECURRENCE-ID;TZID=Europe/Berlin:20260316T100000\nDTSTART;TZID=Europe/Berlin:20260316T080000\nDURATION:PT1H\nSUMMARY:Early")),
			first + "2026-03-09 15:00 CET to 2026-03-09 16:00 CET as 20260309T090000Z: New\n" +
				"2026-03-16 08:00 CET to 2026-03-16 09:00 CET as 20260316T090000Z: Early\n" + "2026-03-23 15:00 CET to 2026-03-23 16:00 CET as 20260323T090000Z: New\n"},
		{"this and future, twice", calendar(event(weekly), event("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260316T100000\nDTSTART;TZID=Europe/Berlin:20260316T160000\nDURATION:PT1H\nSUMMARY:Newer"),
			event("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260309T100000\nDTSTART;TZID=Europe/Berlin:20260309T150000\nDURATION:PT1H\nSUMMARY:New")),
			first + "2026-03-09 15:00 CET to 2026-03-09 16:00 CET as 20260309T090000Z: New\n" +
				"2026-03-16 16:00 CET to 2026-03-16 17:00 CET as 20260316T090000Z: Newer\n" + "2026-03-23 16:00 CET to 2026-03-23 17:00 CET as 20260323T090000Z: Newer\n"},
		{"this and future, cancelled", calendar(event(weekly), event("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260316T100000\nDTSTART;TZID=Europe/Berlin:20260316T100000\nDURATION:PT1H\nSTATUS:CANCELLED")),
			first + second + strings.Replace(third, "Status", "Status (cancelled)", 1) + strings.Replace(fourth, "Status", "Status (cancelled)", 1)},
		{"this and future, across the change of clocks", calendar(event(strings.Replace(weekly, "COUNT=4", "COUNT=5", 1)), event("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260323T100000\nDTSTART;TZID=Europe/Berlin:20260323T110000\nDURATION:PT1H\nSUMMARY:New")),
			first + second + third + "2026-03-23 11:00 CET to 2026-03-23 12:00 CET as 20260323T090000Z: New\n" + "2026-03-30 11:00 CEST to 2026-03-30 12:00 CEST as 20260330T080000Z: New\n"},
		{"this and future, all-day", calendar(event(daily), event("RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20260303\nDTSTART;VALUE=DATE:20260305\nDURATION:P2D\nSUMMARY:New")),
			day1 + "2026-03-05 to 2026-03-07 as 20260303: New\n2026-03-06 to 2026-03-08 as 20260304: New\n"},

		{"twice in the file: the later", calendar(event("SUMMARY:Old"), event("SUMMARY:New")), "2026-03-02 09:00 UTC to 2026-03-02 10:00 UTC: New\n"},
		{"twice: the later stamp", calendar(event("SUMMARY:New\nDTSTAMP:20260102T000000Z"), event("SUMMARY:Old\nDTSTAMP:20260101T000000Z")), "2026-03-02 09:00 UTC to 2026-03-02 10:00 UTC: New\n"},
		{"twice: the higher sequence", calendar(event("SUMMARY:New\nSEQUENCE:2\nDTSTAMP:20260101T000000Z"), event("SUMMARY:Old\nSEQUENCE:1\nDTSTAMP:20260102T000000Z")), "2026-03-02 09:00 UTC to 2026-03-02 10:00 UTC: New\n"},
		{"an instance twice: the higher sequence", calendar(event(weekly), event("RECURRENCE-ID:20260309T090000Z\nDTSTART:20260309T110000Z\nDURATION:PT1H\nSUMMARY:New\nSEQUENCE:2"),
			event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\nDTSTART:20260309T120000Z\nDURATION:PT1H\nSUMMARY:Old\nSEQUENCE:1")),
			first + third + fourth + "2026-03-09 11:00 UTC to 2026-03-09 12:00 UTC as 20260309T090000Z: New\n"},

		{"METHOD:REQUEST", calendar("METHOD:REQUEST", event(weekly)), first + second + third + fourth},
		{"METHOD:PUBLISH", calendar("METHOD:PUBLISH", event(weekly)), first + second + third + fourth},
		{"METHOD:CANCEL", calendar("METHOD:CANCEL", event(weekly)), strings.ReplaceAll(first+second+third+fourth, "Status", "Status (cancelled)")},
		{"METHOD:CANCEL of one instance", calendar("METHOD:REQUEST", event(weekly)) + calendar("METHOD:CANCEL", "BEGIN:VEVENT\r\nUID:1\r\nSEQUENCE:1\r\nRECURRENCE-ID:20260309T090000Z\r\nEND:VEVENT"),
			first + third + fourth + strings.Replace(second, "Status", "Status (cancelled)", 1)},
		{"METHOD:CANCEL of all, without times", calendar("METHOD:REQUEST", event(weekly)) + calendar("METHOD:CANCEL", "BEGIN:VEVENT\r\nUID:1\r\nSEQUENCE:1\r\nEND:VEVENT"),
			strings.ReplaceAll(first+second+third+fourth, "Status", "Status (cancelled)")},
		{"METHOD:CANCEL above the request", calendar("METHOD:CANCEL", "BEGIN:VEVENT\r\nUID:1\r\nSEQUENCE:1\r\nEND:VEVENT") + calendar("METHOD:REQUEST", event(weekly)),
			strings.ReplaceAll(first+second+third+fourth, "Status", "Status (cancelled)")},
		{"METHOD:CANCEL that is out of date", calendar("METHOD:REQUEST", event(weekly+"SEQUENCE:2")) + calendar("METHOD:CANCEL", "BEGIN:VEVENT\r\nUID:1\r\nSEQUENCE:1\r\nEND:VEVENT"),
			first + second + third + fourth},
		{"METHOD:ADD", calendar("METHOD:REQUEST", event(weekly)) + calendar("METHOD:ADD", event("DTSTART;TZID=Europe/Berlin:20260401T100000\nDURATION:PT1H\nSUMMARY:Extra\nSEQUENCE:1")),
			first + second + third + fourth + "2026-04-01 10:00 CEST to 2026-04-01 11:00 CEST as 20260401T080000Z: Extra\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(strings.TrimSuffix(test.want, "\n"), show(copiesOf(t, test.text))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPrivateSeries: who takes the words of a private series is private.
func TestPrivateSeries(t *testing.T) {
	const class = "CLASS:"
	for _, test := range []struct {
		name, series, override string
		want                   bool
	}{
		{"says nothing", "PRIVATE", "", true},
		{"says nothing, with words of its own", "CONFIDENTIAL", "SUMMARY:Layoffs", true},
		{"is public, with words of its own", "PRIVATE", "SUMMARY:Lunch\r\nCLASS:PUBLIC", false},
		{"is public, with the words of the series", "PRIVATE", "CLASS:PUBLIC", true},
		{"says nothing, of a public series", "PUBLIC", "", false},
		{"is private", "PUBLIC", "CLASS:PRIVATE", true},
	} {
		text := calendar(eventOf("SUMMARY:Layoffs", "RRULE:FREQ=WEEKLY;COUNT=3", class+test.series),
			eventOf("RECURRENCE-ID:20260309T090000Z", "DTSTART:20260309T110000Z", "DURATION:PT1H", test.override))
		for _, k := range copiesOf(t, text) {
			if k.Instance != "" && k.Private != test.want {
				t.Errorf("%s: private %t, want %t", test.name, k.Private, test.want)
			}
		}
	}
}

// TestRefused reads events that are passed over, with the reason.
func TestRefused(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"broken rule", calendar(eventOf("RRULE:FREQ=SOMETIMES")), `7: RRULE "FREQ=SOMETIMES"`},
		{"rule of another calendar", calendar(eventOf("RRULE:RSCALE=CHINESE;FREQ=YEARLY")), `RSCALE`},
		{"broken EXRULE", calendar(eventOf("RRULE:FREQ=DAILY", "EXRULE:FREQ=")), `8: EXRULE "FREQ="`},
		{"broken RECURRENCE-ID", calendar(eventOf("RECURRENCE-ID:then")), `7: RECURRENCE-ID: "then" is no date or time`},
		{"METHOD:REPLY", calendar("METHOD:REPLY", eventOf("ATTENDEE;PARTSTAT=DECLINED:mailto:ana@acme.example")), "4: METHOD:REPLY carries a message about an event, not the event"},
		{"METHOD:COUNTER", calendar("METHOD:COUNTER", eventOf()), "4: METHOD:COUNTER carries a message about an event, not the event"},
		{"METHOD:CANCEL of nothing known", calendar("METHOD:CANCEL", "BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT"), "4: a cancellation of an event that is not in this file"},
		{"longer than a life", calendar(eventOf("DTSTART:20260101T000000Z", "DTEND:20990101T000000Z")), "3: it is longer than 20 years"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := read(t, test.text)
			if copies, _ := c.Copies(yearFrom, yearTo); len(copies) > 0 || c.Events() != 0 {
				t.Errorf("%d events: %v", c.Events(), copies)
			}
			if got := reasons(c.Skipped); !strings.Contains(got, test.want) || c.SkippedEvents != 1 {
				t.Errorf("skipped %q, want %q", got, test.want)
			}
			if len(c.Skipped) == 1 && c.Skipped[0].UID != "1" {
				t.Errorf("skipped UID %q", c.Skipped[0].UID)
			}
		})
	}
}

// TestWithoutUID reads events that have no name of their own.
func TestWithoutUID(t *testing.T) {
	text := calendar("BEGIN:VEVENT\r\nSUMMARY:One\r\nDTSTART:20260302T090000Z\r\nDTSTAMP:20260101T000000Z\r\nEND:VEVENT",
		"BEGIN:VEVENT\r\nUID:\r\nSUMMARY:Two\r\nDTSTART:20260302T090000Z\r\nEND:VEVENT")
	first := copiesOf(t, text)
	again := copiesOf(t, strings.Replace(text, "DTSTAMP:2026", "DTSTAMP:2027", 1))
	if len(first) != 2 || first[0].UID == "" || first[0].UID == first[1].UID {
		t.Fatalf("copies %v", first)
	}
	for i := range first {
		if first[i].UID != again[i].UID {
			t.Errorf("UID %q became %q in the next export", first[i].UID, again[i].UID)
		}
		if string(first[i].Remote) != first[i].UID {
			t.Errorf("remote %q of UID %q", first[i].Remote, first[i].UID)
		}
	}
}
