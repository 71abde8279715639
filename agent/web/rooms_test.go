package web_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"unmeet/agent"
	"unmeet/agent/click"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
)

// invite has people's calendars show meetings of the week of morning and the one after;
// each is its title and who is invited, its organizer first.
func (o *office) invite(meetings map[string][]string) {
	o.t.Helper()
	of := map[string][]calendars.Copy{}
	for title, people := range meetings {
		start := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
		c := calendars.Copy{
			Remote: calendars.RemoteID(title), UID: title, Title: title, Busy: true, Status: calendars.Confirmed, Zone: "UTC", HeadsKnown: true,
			Start: start, End: start.Add(time.Hour), Rule: "FREQ=WEEKLY", Organizer: calendars.Party{Address: people[0]},
		}
		for week := range 3 {
			at := start.AddDate(0, 0, 7*(week-1))
			c.Spans = append(c.Spans, calendars.Span{Instance: calendars.InstanceAt(at), Start: at, End: at.Add(time.Hour)})
		}
		for _, who := range people {
			c.People = append(c.People, calendars.Attendee{Party: calendars.Party{Address: who}, Kind: calendars.Individual, Response: calendars.Accepted})
		}
		for _, who := range people {
			of[who] = append(of[who], c)
		}
	}
	for who, copies := range of {
		id, err := o.db.AddCollection(o.t.Context(), store.Collection{Kind: "ics", Remote: who, Owner: who})
		if err == nil {
			_, err = o.db.Apply(o.t.Context(), id, calendars.Delta{Full: true, From: morning.AddDate(0, 0, -30), To: morning.AddDate(0, 0, 30), Copies: copies}, store.At(o.Now()))
		}
		if err != nil {
			o.t.Fatal(err)
		}
	}
	if _, err := agent.Judge(o.t.Context(), o.db, rules.Default(), nil); err != nil {
		o.t.Fatal(err)
	}
}

var meetingLink = regexp.MustCompile(`href="(/me/meetings/[0-9a-f]{24})">[^<]*`)

// meetingOf is the path of the first meeting on a page whose title has some words.
func meetingOf(t *testing.T, page, title string) string {
	t.Helper()
	for _, found := range meetingLink.FindAllStringSubmatch(page, -1) {
		if strings.Contains(found[0], title) {
			return found[1]
		}
	}
	t.Fatalf("no %q on %s", title, page)
	return ""
}

// TestOnesOwnMeetings: a person sees their own as unmeet does, and what they say of one
// counts as behind a mail. Of what is another's they find nothing.
func TestOnesOwnMeetings(t *testing.T) {
	o := newOffice(t, public)
	team := []string{"ana@acme.example", ann, bob, "cy@acme.example", "di@acme.example", "ed@acme.example"}
	others := slices.DeleteFunc(slices.Clone(team), func(who string) bool { return who == bob })
	o.invite(map[string][]string{"Weekly status update": team, "Secret of Ann": others, "Ann / Ana 1:1": {"ana@acme.example", ann}})
	a, b := o.signedIn(ann), o.signedIn(bob)
	a.open("/me/meetings")
	for _, words := range []string{"Weekly status update", "6 people", "informing", "one-to-one"} {
		if !strings.Contains(a.page, words) {
			t.Errorf("her week does not tell %q: %s", words, a.page)
		}
	}
	if last := a.open("/me/meetings?week=-1").page; !strings.Contains(last, "Weekly status update") {
		t.Errorf("the week before: %s", last)
	}
	secret := meetingOf(t, a.open("/me/meetings").page, "Secret")
	status := meetingOf(t, a.page, "Weekly status")
	if a.open(secret).status != http.StatusOK {
		t.Fatalf("her own: %d", a.status)
	}
	if b.open("/me/meetings"); strings.Contains(b.page, "Secret") || !strings.Contains(b.page, "Weekly status update") {
		t.Errorf("Bob sees %s", b.page)
	}
	for _, do := range []func() *browser{func() *browser { return b.open(secret) }, func() *browser { return b.post(secret, "do", "wrong") }} {
		if do(); b.status != http.StatusNotFound || strings.Contains(b.page, "Secret") {
			t.Errorf("Bob finds %d %s", b.status, b.page)
		}
	}
	if a.open(status); !strings.Contains(a.page, "status") || !strings.Contains(a.page, "What speaks for that") {
		t.Errorf("no evidence: %s", a.page)
	}
	if a.post(status, "do", "wrong", "category", "nonsense"); a.status == http.StatusOK {
		t.Error("nonsense is taken for a category")
	}
	if a.post(status, "do", "wrong", "category", "connecting"); !strings.Contains(a.page, "Thank you") || !strings.Contains(a.page, "You said that this is wrong") {
		t.Errorf("after saying so: %s", a.page)
	}
	found := must(o.db.OutcomesOf(t.Context(), ann))
	if last := found[len(found)-1]; last.Outcome != "wrong" || last.Detail.Said != "connecting" || last.Detail.Category != "informing" || last.Via != "own-page" || len(last.Detail.Rules) == 0 {
		t.Errorf("recorded is %+v", last)
	}
	// It stands under settings, where she alone takes it back.
	a.open("/me/settings")
	id := regexp.MustCompile(`name="id" value="(\d+)"`).FindStringSubmatch(a.page)
	if id == nil || !strings.Contains(a.page, "classified wrongly") {
		t.Fatalf("settings: %s", a.page)
	}
	if b.post("/me/settings", "do", "unhush", "id", id[1]); b.status != http.StatusNotFound {
		t.Errorf("Bob takes hers back: %d", b.status)
	}
	if a.post("/me/settings", "do", "unhush", "id", id[1]); strings.Contains(a.page, "classified wrongly") {
		t.Errorf("taken back: %s", a.page)
	}
}

// TestSayingWhilePaused: what cannot be said just now, or at all, is told so, and is no
// failure of ours.
func TestSayingWhilePaused(t *testing.T) {
	o := newOffice(t, public)
	o.invite(map[string][]string{"Ops weekly": {"ana@acme.example", ann, bob}})
	b := o.signedIn(ann)
	path := meetingOf(t, b.open("/me/meetings").page, "Ops weekly")
	snapshot := weekly(click.KindDecline, "Ops weekly")
	snapshot.UID, snapshot.Instance = "Ops weekly", "20261126T090000Z"
	o.ask(ann, snapshot)
	if b.post(path, "do", "burn"); b.status != http.StatusBadRequest {
		t.Errorf("nonsense: %d %s", b.status, b.page)
	}
	if err := o.db.Pause(t.Context(), store.Pause{By: "it", Since: o.Now(), Why: "test"}); err != nil {
		t.Fatal(err)
	}
	if b.post(path, "do", "never"); b.status != http.StatusOK || !strings.Contains(b.page, "paused at the moment") {
		t.Errorf("while paused: %d %s", b.status, b.page)
	}
}

// TestSettings: what a person chooses is kept, and nonsense is not.
func TestSettings(t *testing.T) {
	o := newOffice(t, public)
	b := o.signedIn(ann)
	b.post("/me/settings", "do", "save", "rhythm", "fortnightly", "language", "de", "zone", " Europe/Berlin ")
	own := must(o.db.Settings(t.Context(), ann))
	if own.Rhythm != "fortnightly" || own.Language != "de" || own.Zone != "Europe/Berlin" || !strings.Contains(b.page, "Gespeichert.") {
		t.Errorf("%+v: %s", own, b.page)
	}
	for _, bad := range [][]string{{"rhythm", "hourly"}, {"language", "xx"}, {"zone", "Nowhere/At"}, {"zone", "Local"}, {"zone", "../../etc/passwd"}} {
		b.post("/me/settings", append([]string{"do", "save"}, bad...)...)
		if again := must(o.db.Settings(t.Context(), ann)); again != own {
			t.Fatalf("%q is kept: %+v", bad, again)
		}
	}
	b.post("/me/settings", "do", "no-mails")
	if takes := must(o.db.TakesMail(t.Context(), ann)); takes {
		t.Error("she gets mails")
	}
	b.post("/me/settings", "do", "mails")
	if takes := must(o.db.TakesMail(t.Context(), ann)); !takes {
		t.Error("she gets none")
	}
	known := o.browser().known(ann)
	asked := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	if known.open(asked.path(click.Decline)); !strings.Contains(known.page, "data-auto") {
		t.Fatal("the browser is not known")
	}
	b.open("/me/settings")
	id := regexp.MustCompile(`name="id" value="([0-9a-f]{16})"`).FindStringSubmatch(b.page)
	if id == nil {
		t.Fatalf("no browser: %s", b.page)
	}
	if other := o.signedIn(bob).post("/me/settings", "do", "forget-browser", "id", id[1]); other.status != http.StatusNotFound {
		t.Errorf("Bob forgets hers: %d", other.status)
	}
	b.post("/me/settings", "do", "forget-browser", "id", id[1])
	if known.open(asked.path(click.Decline)); strings.Contains(known.page, "data-auto") {
		t.Error("the browser is known still")
	}
}

// TestTakingLeavingErasing: what is theirs they take, end, and have forgotten, and that of
// nobody else.
func TestTakingLeavingErasing(t *testing.T) {
	o := newOffice(t, public)
	o.invite(map[string][]string{"Weekly status update": {"ana@acme.example", ann, bob}, "Bob's own": {bob, "ana@acme.example"}})
	o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	b, other := o.signedIn(ann), o.signedIn(bob)

	b.open("/me/export.json")
	var e struct {
		Address string `json:"address"`
		Kept    map[string][]map[string]any
	}
	if err := json.Unmarshal([]byte(b.page), &e); err != nil || e.Address != ann || len(e.Kept["suggestions"]) != 1 || len(e.Kept["signed_in"]) != 1 || strings.Contains(b.page, "Bob's own") {
		t.Errorf("%v: %.600s", err, b.page)
	}
	if !strings.HasPrefix(b.header.Get("Content-Disposition"), "attachment") || b.header.Get("Cache-Control") != "no-store" {
		t.Errorf("it comes with %v", b.header)
	}
	for _, path := range []string{"/me/leave?do=leave", "/me/erase?do=erase&sure=yes"} { // looking does nothing
		b.open(path)
	}
	b.post("/me/erase", "do", "erase") // without ticking
	if who := must(o.db.Whose(t.Context(), ann)); who.State != "enrolled" {
		t.Fatalf("she is %s", who.State)
	}
	b.post("/me/leave", "do", "leave")
	if who := must(o.db.Whose(t.Context(), ann)); who.State != "out" || !strings.Contains(b.page, "You take part no more.") {
		t.Errorf("she is %s: %s", who.State, b.page)
	}
	if b.open("/me"); b.status != http.StatusOK || strings.Contains(b.page, "Ops weekly") {
		t.Errorf("having left, she sees %d %s", b.status, b.page)
	}
	b.post("/me/erase", "do", "erase", "sure", "yes")
	if _, err := o.db.Whose(t.Context(), ann); err == nil || !strings.Contains(b.page, "It is erased.") {
		t.Errorf("she is known: %s", b.page)
	}
	if b.open("/me"); b.status != http.StatusSeeOther {
		t.Errorf("she is signed in: %d", b.status)
	}
	if other.open("/me/meetings"); other.status != http.StatusOK || strings.Contains(other.page, ann) {
		t.Errorf("Bob sees %d %s", other.status, other.page)
	}
	b.post("/sign-in", "address", ann)
	if len(o.links(ann)) != 0 {
		t.Error("whoever is forgotten is written to")
	}
}
