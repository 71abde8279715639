//go:build unix

package caldav

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"unmeet/calendars"
	"unmeet/calendars/caldav/caldavtest"
)

// TestScheduling declines invitations on a server that schedules: all of a meeting,
// which its organizer's copy shows, and one occurrence, of which their inbox has a
// reply.
func TestScheduling(t *testing.T) {
	server := caldavtest.Cyrus(t, "ann", "bob")
	home := func(name string) string { return server.URL + "calendars/user/" + name + "/" }
	source := func(name string) *Source {
		client := New(Options{User: name, Password: caldavtest.Password})
		start, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		account, err := client.Discover(t.Context(), start, true)
		if err != nil {
			t.Fatal(err)
		}
		if !account.Schedules || !slices.Contains(account.Addresses, name+"@acme.example") ||
			!slices.ContainsFunc(account.Calendars, func(k Calendar) bool { return k.URL == home(name)+"Default/" && k.Own && k.Writable }) {
			t.Fatalf("the account of %s: %+v", name, account)
		}
		return &Source{Client: client, Addresses: account.Addresses, Schedules: account.Schedules}
	}
	ann, bob := source("ann"), source("bob")
	// The times are in UTC, as this Cyrus falls over zones that it has to look up, and
	// far ahead, since of what is past it tells nobody.
	invite := func(uid, rule string) string {
		return caldavtest.Object("BEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260201T080000Z\r\nDTSTART:20360303T080000Z\r\n" +
			"DTEND:20360303T090000Z\r\n" + rule + "SUMMARY:Status " + uid + "\r\nX-OF-ITS-OWN:kept\r\nORGANIZER:mailto:ann@acme.example\r\n" +
			"ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@acme.example\r\nATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@acme.example\r\nEND:VEVENT\r\n")
	}
	server.As(t, "ann", "PUT", home("ann")+"Default/once.ics", invite("once", ""))
	server.As(t, "ann", "PUT", home("ann")+"Default/weekly.ics", invite("weekly", "RRULE:FREQ=WEEKLY;COUNT=4\r\n"))

	// see returns what a calendar holds of a meeting.
	see := func(s *Source, name, uid string) (list []calendars.Copy) {
		t.Helper()
		delta, err := s.Pull(t.Context(), calendars.Collection{Remote: home(name) + "Default/", From: from, To: to.AddDate(10, 0, 0)}, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range delta.Copies {
			if k.UID == uid {
				list = append(list, k)
			}
		}
		return list
	}
	decline := func(uid string, instance calendars.Instance, start time.Time) calendars.Intent {
		t.Helper()
		copies := see(bob, "bob", uid)
		if len(copies) != 1 {
			t.Fatalf("bob has %d copies of %s, want the one that the server brought", len(copies), uid)
		}
		return calendars.Intent{
			Verb: calendars.Respond, Response: calendars.Declined, Was: calendars.NoAnswer, Owner: "bob@acme.example", Note: "I read the notes",
			Collection: home("bob") + "Default/", Remote: copies[0].Remote, Start: start,
			Ref: calendars.Ref{UID: uid, Organizer: "ann@acme.example", Instance: instance},
		}
	}
	start := time.Date(2036, 3, 3, 8, 0, 0, 0, time.UTC)
	once := decline("once", "", start)
	receipt, err := bob.Do(t.Context(), once, nil)
	if err != nil || !receipt.Told || receipt.Already {
		t.Fatalf("decline: %+v, %v", receipt, err)
	}
	answers := func(k calendars.Copy) string {
		for _, a := range k.People {
			if a.Address == "bob@acme.example" {
				return string(a.Response)
			}
		}
		return "not invited"
	}
	if got := answers(see(ann, "ann", "once")[0]); got != "declined" {
		t.Errorf("the organizer sees %s", got)
	}
	if again, err := bob.Do(t.Context(), once, nil); err != nil || !again.Already {
		t.Errorf("declined again: %+v, %v", again, err)
	}
	once.Back = &receipt
	if back, err := bob.Do(t.Context(), once, nil); err != nil || !back.Told {
		t.Errorf("taken back: %+v, %v", back, err)
	}
	if got := answers(see(ann, "ann", "once")[0]); got != "needs-action" {
		t.Errorf("taken back, the organizer sees %s", got)
	}

	second := start.AddDate(0, 0, 7)
	weekly := decline("weekly", calendars.InstanceAt(second), second)
	if receipt, err := bob.Do(t.Context(), weekly, nil); err != nil || !receipt.Told {
		t.Fatalf("decline one: %+v, %v", receipt, err)
	}
	if seen, err := bob.Look(t.Context(), weekly); err != nil || answers(seen) != "declined" {
		t.Errorf("bob sees %s, %v", answers(seen), err)
	}
	if text := server.As(t, "bob", "GET", home("bob")+"Default/"+string(weekly.Remote), ""); strings.Count(text, "X-OF-ITS-OWN:kept") != 2 {
		t.Errorf("what the organizer wrote did not survive:\n%s", text)
	}
	inbox := ""
	box, err := url.Parse(home("ann") + "Inbox/")
	if err != nil {
		t.Fatal(err)
	}
	_, err = ann.Client.multistatus(t.Context(), request{op: "look into the inbox", method: "REPORT", url: box, header: depth("1"), body: queryBody}, func(f found) error {
		if f.Data != nil {
			inbox += *f.Data
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	inbox = strings.ReplaceAll(inbox, "\n ", "")
	if !strings.Contains(inbox, "METHOD:REPLY") || !strings.Contains(inbox, "I read the notes") || !strings.Contains(inbox, "RECURRENCE-ID:20360310T080000Z") {
		t.Errorf("the organizer's inbox has no reply about one occurrence:\n%s", inbox)
	}
}
