package ics

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

func TestAttendees(t *testing.T) {
	person := func(address, name string, r calendars.Response) calendars.Attendee {
		return calendars.Attendee{Party: calendars.Party{Address: address, Name: name}, Kind: calendars.Individual, Response: r}
	}
	with := func(a calendars.Attendee, change func(*calendars.Attendee)) calendars.Attendee {
		change(&a)
		return a
	}
	ana := person("ana@acme.example", "", "")
	for _, test := range []struct {
		name, lines string
		want        []calendars.Attendee
	}{
		{"none", "", nil},
		{"address", "ATTENDEE:mailto:ana@acme.example", []calendars.Attendee{ana}},
		{"upper case", "ATTENDEE:MAILTO:Ana@ACME.Example", []calendars.Attendee{ana}},
		{"without mailto", "ATTENDEE:ana@acme.example", []calendars.Attendee{ana}},
		{"blanks", "ATTENDEE: mailto: ana@acme.example ", []calendars.Attendee{ana}},
		{"in angle brackets", "ATTENDEE:mailto:<ana@acme.example>", []calendars.Attendee{ana}},
		{"percent", "ATTENDEE:mailto:o%27ana@acme.example?subject=x", []calendars.Attendee{person("o'ana@acme.example", "", "")}},
		{"name", "ATTENDEE;CN=Ana:mailto:ana@acme.example", []calendars.Attendee{person("ana@acme.example", "Ana", "")}},
		{"comma in a quoted name", `ATTENDEE;CN="Ito, Ana; Dr:":mailto:ana@acme.example`, []calendars.Attendee{person("ana@acme.example", "Ito, Ana; Dr:", "")}},
		{"quotes in a name, RFC 6868", "ATTENDEE;CN=Ana ^'Bo^' ^^ Ito^nDr:mailto:ana@acme.example", []calendars.Attendee{person("ana@acme.example", `Ana "Bo" ^ Ito Dr`, "")}},
		{"commas in a name without quotes", `ATTENDEE;CN=Ito\, Ana,Dr:mailto:ana@acme.example`, []calendars.Attendee{person("ana@acme.example", "Ito, Ana,Dr", "")}},
		{"name that repeats the address", "ATTENDEE;CN=Ana@acme.example:mailto:ana@acme.example", []calendars.Attendee{ana}},

		{"answers", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.example\nATTENDEE;partstat=declined:mailto:b@x.example\nATTENDEE;PARTSTAT=TENTATIVE:mailto:c@x.example\n" +
			"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:d@x.example\nATTENDEE;PARTSTAT=X-MAYBE-LATER:mailto:e@x.example",
			[]calendars.Attendee{person("a@x.example", "", calendars.Accepted), person("b@x.example", "", calendars.Declined), person("c@x.example", "", calendars.Maybe),
				person("d@x.example", "", calendars.NoAnswer), person("e@x.example", "", calendars.NoAnswer)}},
		{"kinds", "ATTENDEE;CUTYPE=GROUP:mailto:a@x.example\nATTENDEE;CUTYPE=resource:mailto:b@x.example\nATTENDEE;CUTYPE=ROOM:mailto:c@x.example\nATTENDEE;CUTYPE=UNKNOWN:mailto:d@x.example",
			[]calendars.Attendee{
				with(person("a@x.example", "", ""), func(a *calendars.Attendee) { a.Kind = calendars.Group }),
				with(person("b@x.example", "", ""), func(a *calendars.Attendee) { a.Kind = calendars.Resource }),
				with(person("c@x.example", "", ""), func(a *calendars.Attendee) { a.Kind = calendars.Room }),
				person("d@x.example", "", "")}},
		{"roles", "ATTENDEE;ROLE=OPT-PARTICIPANT:mailto:a@x.example\nATTENDEE;ROLE=NON-PARTICIPANT:mailto:b@x.example\nATTENDEE;ROLE=CHAIR:mailto:c@x.example",
			[]calendars.Attendee{
				with(person("a@x.example", "", ""), func(a *calendars.Attendee) { a.Optional = true }),
				with(person("b@x.example", "", ""), func(a *calendars.Attendee) { a.Optional = true }),
				person("c@x.example", "", "")}},
		{"guests of guests", "ATTENDEE;X-NUM-GUESTS=2:mailto:a@x.example\nATTENDEE;X-NUM-GUESTS=-1:mailto:b@x.example\nATTENDEE;X-NUM-GUESTS=many:mailto:c@x.example",
			[]calendars.Attendee{with(person("a@x.example", "", ""), func(a *calendars.Attendee) { a.Guests = 2 }), person("b@x.example", "", ""), person("c@x.example", "", "")}},

		{"delegated to somebody listed", `ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:b@x.example":mailto:a@x.example` + "\n" + `ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-FROM="mailto:a@x.example":mailto:b@x.example`,
			[]calendars.Attendee{person("a@x.example", "", calendars.HandedOn), person("b@x.example", "", calendars.Accepted)}},
		{"delegated to somebody who is not", `ATTENDEE;DELEGATED-TO="mailto:B@x.example":mailto:a@x.example`,
			[]calendars.Attendee{person("a@x.example", "", calendars.HandedOn), person("b@x.example", "", calendars.NoAnswer)}},
		{"on behalf", `ATTENDEE;SENT-BY="mailto:b@x.example";PARTSTAT=ACCEPTED:mailto:a@x.example`, []calendars.Attendee{person("a@x.example", "", calendars.Accepted)}},

		{"Exchange directory name and EMAIL", "ATTENDEE;CN=Ana;EMAIL=Ana@acme.example:/O=ACME/OU=EXCHANGE/CN=RECIPIENTS/CN=ANA", []calendars.Attendee{person("ana@acme.example", "Ana", "")}},
		{"Exchange directory name and X-CN", "ATTENDEE;X-CN=ana@acme.example:MAILTO:/O=ACME/OU=EXCHANGE/CN=RECIPIENTS/CN=ANA", []calendars.Attendee{ana}},
		{"Exchange directory name and an address as name", "ATTENDEE;CN=ana@acme.example:invalid:nomail", []calendars.Attendee{ana}},
		{"Exchange directory name alone", "ATTENDEE:/O=ACME/OU=EXCHANGE/CN=RECIPIENTS/CN=ANA", []calendars.Attendee{person("", "ANA", "")}},
		{"Exchange directory name wrapped as an address", "ATTENDEE;CN=Ana:mailto:IMCEAEX-_O=ACME_OU=EXCHANGE_CN=ANA@acme.example", []calendars.Attendee{person("", "Ana", "")}},
		{"principal of Apple's server", "ATTENDEE;CN=Ana;EMAIL=ana@acme.example:urn:uuid:1234", []calendars.Attendee{person("ana@acme.example", "Ana", "")}},
		{"name without any address", "ATTENDEE;CN=Ana:invalid:nomail", []calendars.Attendee{person("", "Ana", "")}},
		{"no name and no address", "ATTENDEE:invalid:nomail\nATTENDEE:", []calendars.Attendee{}},

		{"the same person twice", "ATTENDEE;PARTSTAT=ACCEPTED;ROLE=OPT-PARTICIPANT:mailto:Ana@acme.example\nATTENDEE;CN=Ana;PARTSTAT=NEEDS-ACTION:mailto:ana@acme.example",
			[]calendars.Attendee{person("ana@acme.example", "Ana", calendars.Accepted)}},
		{"the same name twice, without an address", "ATTENDEE;CN=Ana:invalid:nomail\nATTENDEE;CN=ANA:invalid:nomail", []calendars.Attendee{person("", "Ana", "")}},
		{"broken quotes", `ATTENDEE;CN="Ana;PARTSTAT=ACCEPTED:mailto:ana@acme.example`, []calendars.Attendee{person("ana@acme.example", "Ana", calendars.Accepted)}},
		{"text after quotes", `ATTENDEE;CN="Ana" Ito;PARTSTAT=ACCEPTED:mailto:ana@acme.example`, []calendars.Attendee{person("ana@acme.example", "Ana Ito", calendars.Accepted)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := copyOf(t, strings.Split(test.lines, "\n")...).People
			if len(got)+len(test.want) == 0 {
				return
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestManyAttendees lists more people than are compared one by one, each twice.
func TestManyAttendees(t *testing.T) {
	var lines []string
	for range 2 {
		for i := range 200 {
			lines = append(lines, "ATTENDEE:mailto:p"+strings.Repeat("x", i)+"@acme.example")
		}
	}
	if got := len(copyOf(t, lines...).People); got != 200 {
		t.Errorf("%d people, want 200", got)
	}
}

func TestOrganizer(t *testing.T) {
	for _, test := range []struct {
		line string
		want calendars.Party
	}{
		{"ORGANIZER;CN=Ana:MAILTO:ANA@acme.example", calendars.Party{Address: "ana@acme.example", Name: "Ana"}},
		{`ORGANIZER;SENT-BY="mailto:bo@acme.example":mailto:ana@acme.example`, calendars.Party{Address: "ana@acme.example"}},
		{"ORGANIZER;EMAIL=ana@acme.example:https://calendars.example/principals/ana", calendars.Party{Address: "ana@acme.example"}},
		{"ORGANIZER:/O=ACME/CN=ANA", calendars.Party{Name: "ANA"}},
		{"ORGANIZER;CN=Ana:", calendars.Party{Name: "Ana"}},
		{"ORGANIZER:", calendars.Party{}},
	} {
		if diff := cmp.Diff(test.want, copyOf(t, test.line).Organizer); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.line, diff)
		}
	}
}

func TestStates(t *testing.T) {
	type state struct {
		Status  calendars.Status
		Busy    bool
		Private bool
	}
	usual := state{calendars.Confirmed, true, false}
	free := state{calendars.Confirmed, false, false}
	private := state{calendars.Confirmed, true, true}
	for _, test := range []struct {
		lines string
		want  state
	}{
		{"", usual},
		{"STATUS:CONFIRMED", usual},
		{"STATUS:tentative", state{calendars.Tentative, true, false}},
		{"STATUS:CANCELLED", state{calendars.Cancelled, true, false}},
		{"STATUS:CANCELED", state{calendars.Cancelled, true, false}},
		{"STATUS:NEEDS-ACTION", usual},
		{"TRANSP:OPAQUE", usual},
		{"TRANSP:transparent", free},
		{"X-MICROSOFT-CDO-BUSYSTATUS:FREE", free},
		{"X-MICROSOFT-CDO-BUSYSTATUS:BUSY\nX-MICROSOFT-CDO-INTENDEDSTATUS:FREE", usual},
		{"X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", usual},
		{"X-MICROSOFT-CDO-BUSYSTATUS:OOF", usual},
		{"X-MICROSOFT-CDO-INTENDEDSTATUS:FREE", free},
		{"X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY", usual},
		{"CLASS:PUBLIC", usual},
		{"CLASS:PRIVATE", private},
		{"class:confidential", private},
		{"CLASS:X-TOP-SECRET", private},
	} {
		k := copyOf(t, strings.Split(test.lines, "\n")...)
		if diff := cmp.Diff(test.want, state{k.Status, k.Busy, k.Private}); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.lines, diff)
		}
	}
	if k := copiesOf(t, calendar("METHOD:REQUEST", eventOf("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", "X-MICROSOFT-CDO-INTENDEDSTATUS:FREE")))[0]; k.Busy {
		t.Error("an invitation that is to show as free counts as busy")
	}
}

func TestVersions(t *testing.T) {
	k := copyOf(t, "SEQUENCE: 3", "DTSTAMP:20260101T000000Z", "LAST-MODIFIED:20260102T000000Z", "X-A:b")
	if got := k.Modified.Format("2006-01-02"); k.Sequence != 3 || got != "2026-01-02" {
		t.Errorf("sequence %d, modified %s", k.Sequence, got)
	}
	k = copyOf(t, "SEQUENCE:x", "DTSTAMP:yesterday")
	if k.Sequence != 0 || !k.Modified.IsZero() {
		t.Errorf("sequence %d, modified %v", k.Sequence, k.Modified)
	}
}
