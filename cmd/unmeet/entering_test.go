package main

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/suggest"
	"unmeet/agent/token"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/calendars/calendartest"
	"unmeet/calendars/google"
	"unmeet/rules"
	"unmeet/store"
)

// The people of a calendar that answers are entered in.
const (
	enterAna = "ana@acme.example" // organizes
	enterAnn = "ann@acme.example" // is asked
)

// entering is a company whose answers are entered in Google's calendars: the mailroom
// and the pages as the daemon has them, and a browser without script.
type entering struct {
	*company
	sync    *syncing
	room    *mailroom
	pages   string // address
	browser *http.Client
	series  string    // of Ops weekly, at the fake
	tuesday time.Time // when it is next
	links   map[click.Verb]string
	id      int64 // of the suggestion
}

// emptyDatabase is a database as it is made, so that not every test makes its own.
var emptyDatabase = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "unmeet.db")
	db, err := store.Open(context.Background(), path)
	if err != nil {
		return "", err
	}
	if err := db.Close(); err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	return string(text), err
})

// newEntering has Ann connected with scopes, and asked to decline the Ops weekly of
// Tuesday.
func newEntering(t *testing.T, scopes ...string) *entering {
	t.Helper()
	e := &entering{company: newCompany(t, false), links: map[click.Verb]string{}}
	empty, err := emptyDatabase()
	if err != nil {
		t.Fatal(err)
	}
	e.write("unmeet.db", empty)
	server := httptest.NewUnstartedServer(nil)
	e.pages = "http://" + server.Listener.Addr().String()
	e.google.AddClient(calendartest.OAuthClient{ID: companyClient, Secret: "a client's secret", Redirects: []string{e.pages + "/connect/google/callback"}})
	e.write("unmeet.toml", strings.Replace(e.read("unmeet.toml"), "listen = \"127.0.0.1:0\"", fmt.Sprintf("public_url = %q", e.pages), 1)+
		"[mail]\nhost = \"127.0.0.1\"\ntls = \"none\"\nfrom = \"unmeet@acme.example\"\n")
	for _, who := range []string{enterAna, enterAnn, "cy@acme.example"} {
		e.AddPerson(calendartest.Person{Address: who, Zone: "Europe/Berlin"})
	}
	e.tuesday = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	e.series = e.Create(calendartest.Event{
		Organizer: enterAna, Title: "Ops weekly", Start: e.tuesday.AddDate(0, 0, -14), End: e.tuesday.AddDate(0, 0, -14).Add(25 * time.Minute), Zone: "UTC",
		Recurrence: []string{"RRULE:FREQ=WEEKLY"},
		Guests: []calendartest.Guest{
			{Address: enterAna, Answer: calendars.Accepted}, {Address: enterAnn, Answer: calendars.Maybe}, {Address: "cy@acme.example", Answer: calendars.Accepted},
		},
	})
	e.connectWith(enterAnn, "", scopes...)
	e.sync = e.syncing()
	e.settle(e.sync)
	e.open()
	log := slog.New(slog.NewTextHandler(e.log, nil))
	oauth, err := e.app(&bytes.Buffer{}, &bytes.Buffer{}).oauth(e.loaded(), google.Transport{Clock: hurried{e.clock}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	site, err := web.New(web.Options{
		Public: e.pages, Services: []web.Service{googleService{oauth}}, Desk: e.room.desk, Log: log,
		Keep: web.Keeper{DB: e.sync.db, Keys: e.sync.sources.keys, Now: e.clock.Now},
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = site
	server.Start()
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	e.browser = &http.Client{Jar: jar}
	e.ask()
	return e
}

func (e *entering) loaded() config {
	e.Helper()
	c, err := e.app(&bytes.Buffer{}, &bytes.Buffer{}).loadConfig()
	if err != nil {
		e.Fatal(err)
	}
	return c
}

// open opens the mailroom, as another process would.
func (e *entering) open() {
	e.Helper()
	var err error
	e.room, err = e.app(&bytes.Buffer{}, &bytes.Buffer{}).newMailroom(e.loaded(), mailroomOptions{
		db: e.sync.db, engine: e.sync.engine, clock: standing{e.clock}, log: slog.New(slog.NewTextHandler(e.log, nil)), responders: e.sync.sources.responder,
	})
	if err != nil {
		e.Fatal(err)
	}
}

// ask puts the suggestion to Ann.
func (e *entering) ask() {
	e.Helper()
	uid := ""
	for _, o := range e.Window(enterAnn, e.tuesday, e.tuesday.Add(time.Hour)) {
		uid = o.UID
	}
	shot := suggest.Snapshot{
		Kind: suggest.Decline, Title: "Ops weekly", UID: uid, Organizer: suggest.Party{Address: enterAna, Name: "Ana"}, Instance: calendars.InstanceAt(e.tuesday),
		Start: e.tuesday, End: e.tuesday.Add(25 * time.Minute), Zone: "Europe/Berlin", Minutes: 25, People: 3, Category: rules.Informing,
		Cadence: suggest.Cadence{Unit: suggest.Week, Every: 1, Times: 1}, Facts: []suggest.Fact{{Kind: suggest.FactCadence}}, Note: "I read it instead.",
	}
	text, err := shot.Encode()
	if err != nil {
		e.Fatal(err)
	}
	d := store.Digest{Person: enterAnn, Suggestions: []store.NewSuggestion{{
		UID: uid, Organizer: enterAna, Instance: shot.Instance, Kind: string(shot.Kind), Recurring: true, Minutes: 25, Category: "informing",
		Starts: e.tuesday, Expires: e.tuesday, Closes: e.tuesday, Snapshot: text,
	}}, Mail: store.NewMail{
		MessageID: "1@acme.example", Person: enterAnn, Kind: "digest", From: "unmeet@acme.example", To: enterAnn, MIME: []byte("Subject: x\r\n\r\n"), Deadline: e.tuesday,
	}}
	for _, verb := range []click.Verb{click.Decline, click.Undo, click.Keep, click.Other} {
		e.links[verb] = token.New()
		d.Tokens = append(d.Tokens, store.NewToken{Hash: token.Hash(e.links[verb]), Verb: string(verb), Expires: e.tuesday})
	}
	if err := e.sync.db.Offer(e.Context(), e.clock.Now(), d); err != nil {
		e.Fatal(err)
	}
	all, err := e.sync.db.SuggestionsTo(e.Context(), enterAnn)
	if err != nil {
		e.Fatal(err)
	}
	e.id = all[len(all)-1].ID
}

// page reads an answer as a person does.
func (e *entering) page(resp *http.Response, err error) string {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		e.Fatal(err)
	}
	return strings.NewReplacer("\u2068", "", "\u2069", "", "\u2060", "").Replace(html.UnescapeString(string(body)))
}

// look opens the page of a link.
func (e *entering) look(verb click.Verb) string {
	e.Helper()
	return e.page(e.browser.Get(e.pages + "/a/" + e.links[verb]))
}

// press presses a button of a link's page.
func (e *entering) press(verb click.Verb, do string) string {
	e.Helper()
	return e.page(e.browser.PostForm(e.pages+"/a/"+e.links[verb], url.Values{"do": {do}}))
}

// says checks that a page says all of some words.
func (e *entering) says(page string, words ...string) {
	e.Helper()
	for _, w := range words {
		if !strings.Contains(page, w) {
			e.Errorf("the page does not say %q:\n%s", w, page)
		}
	}
}

// wait lets time go by, and does what is due then.
func (e *entering) wait(d time.Duration) {
	e.Helper()
	e.clock.Advance(d)
	if _, err := e.room.committer.Pass(e.Context()); err != nil {
		e.Fatal(err)
	}
	if _, err := e.room.actor.Pass(e.Context()); err != nil {
		e.Fatal(err)
	}
}

// answer is what Ann's calendar shows that she answered for the Ops weekly of some
// week from Tuesday on.
func (e *entering) answer(week int) calendars.Response {
	e.Helper()
	at := e.tuesday.AddDate(0, 0, 7*week)
	for _, o := range e.Window(enterAnn, at.Add(-6*time.Hour), at.Add(6*time.Hour)) {
		return o.Answer
	}
	return "not there"
}

// told is how often the calendar mailed an answer of Ann's to anybody.
func (e *entering) told() (n int) {
	for _, notice := range e.Notices() {
		if notice.What == "answer" {
			n++
		}
	}
	return n
}

// mailed returns the mails of a kind that are queued.
func (e *entering) mailed(kind string) (all []string) {
	e.Helper()
	queued, err := e.sync.db.Mails(e.Context(), store.MailQueued, 100)
	if err != nil {
		e.Fatal(err)
	}
	for _, m := range queued {
		if m.Kind == kind {
			all = append(all, string(m.MIME))
		}
	}
	return all
}

// is checks what the calendar shows of Tuesday, and how often it told.
func (e *entering) is(want calendars.Response, told int) {
	e.Helper()
	if got := e.answer(0); got != want || e.told() != told {
		e.Errorf("the calendar shows %q and told %d times, want %q and %d", got, e.told(), want, told)
	}
}

// known makes the browser known as Ann's, so that no answer of hers is held for others.
func (e *entering) known() *entering {
	e.Helper()
	cookie, err := e.room.desk.Recognize(e.Context(), enterAnn)
	if err != nil {
		e.Fatal(err)
	}
	u, err := url.Parse(e.pages)
	if err != nil {
		e.Fatal(err)
	}
	e.browser.Jar.SetCookies(u, []*http.Cookie{{Name: "unmeet-known", Value: cookie, Path: "/"}})
	return e
}

// TestEntering holds the cases of what happens between an answer and a calendar.
func TestEntering(t *testing.T) {
	cases := func(name string, run func(e *entering)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(newEntering(t, google.WriteEvents).known())
		})
	}
	cases("declined, and taken back", func(e *entering) {
		e.says(e.look(click.Keep), "Keep Ops weekly?")
		e.says(e.press(click.Decline, "decline"), "It is held until", "Then unmeet declines it in your calendar.")
		e.is(calendars.Maybe, 0)
		e.wait(3 * time.Minute)
		e.is(calendars.Declined, 1)
		if said := e.Notices()[len(e.Notices())-1].Comment; said != "I read it instead." {
			e.Errorf("the organizer is told %q", said)
		}
		e.says(e.look(click.Decline), "You’re out of Ops weekly on Tue 24 Nov", "Your calendar shows it.", "Ana hears of it by the calendar.", "I read it instead.")
		e.says(e.press(click.Undo, "undo"), "Undone: no answer is recorded. It is being taken back in your calendar.")
		e.wait(time.Minute)
		e.is(calendars.Maybe, 2)
		if all := append(e.mailed("receipt"), e.mailed("result")...); len(all) > 0 {
			e.Errorf("%d mails though all went well", len(all))
		}
	})
	cases("without a note", func(e *entering) {
		page := e.page(e.browser.PostForm(e.pages+"/a/"+e.links[click.Decline], url.Values{"do": {"decline"}, "note": {" \r\n"}}))
		if strings.Contains(page, "I read it instead.") || strings.Contains(page, "Note for") {
			e.Errorf("the page shows a note:\n%s", page)
		}
		e.wait(3 * time.Minute)
		e.is(calendars.Declined, 1)
		if said := e.Notices()[len(e.Notices())-1].Comment; said != "" {
			e.Errorf("the organizer is told %q", said)
		}
	})
	cases("declined, then kept", func(e *entering) {
		e.press(click.Decline, "decline")
		e.wait(3 * time.Minute)
		e.says(e.press(click.Keep, "keep"), "Noted: you keep Ops weekly", "It is being taken back in your calendar.")
		e.wait(time.Minute)
		e.is(calendars.Maybe, 2)
		e.says(e.look(click.Keep), "Noted: you keep Ops weekly", "Your calendar is as it was before.")
	})
	cases("from now on, and taken back", func(e *entering) {
		e.says(e.press(click.Decline, "decline-onward"), "Noted: you decline Ops weekly from now on", "Then unmeet declines it in your calendar.")
		e.wait(3 * time.Minute)
		for week := range 4 {
			if got := e.answer(week); got != calendars.Declined {
				e.Errorf("in week %d it shows %q", week, got)
			}
		}
		e.says(e.look(click.Other), "You’re out of Ops weekly from now on", "Your calendar shows it.")
		e.press(click.Undo, "undo")
		e.wait(time.Minute)
		for week := range 4 {
			if got := e.answer(week); got != calendars.Maybe {
				e.Errorf("taken back, in week %d it shows %q", week, got)
			}
		}
	})
	cases("14 undo after the person answered by hand", func(e *entering) {
		e.press(click.Decline, "decline")
		e.wait(3 * time.Minute)
		e.is(calendars.Declined, 1)
		e.Answer(enterAnn, e.series, e.tuesday, calendars.Accepted, "")
		before := e.told()
		e.press(click.Undo, "undo")
		e.wait(time.Minute)
		e.is(calendars.Accepted, before)
		e.says(e.look(click.Undo), "You changed it in your calendar since. That stands.")
	})
	cases("14 answered by hand, and seen by a sync", func(e *entering) {
		e.press(click.Decline, "decline")
		e.wait(3 * time.Minute)
		e.Answer(enterAnn, e.series, e.tuesday, calendars.Accepted, "")
		e.clock.Advance(time.Hour)
		e.settle(e.sync)
		if page := e.look(click.Decline); strings.Contains(page, "Your calendar shows it.") || strings.Contains(page, "You’re out of") {
			e.Errorf("the page says what is not so:\n%s", page)
		} else {
			e.says(page, "You answered it in your calendar yourself meanwhile. That stands.")
		}
	})
	cases("14 answered by hand while the answer is held", func(e *entering) {
		e.press(click.Decline, "decline")
		e.wait(0) // it looks at once
		e.Answer(enterAnn, e.series, e.tuesday, calendars.Accepted, "")
		e.wait(3 * time.Minute)
		e.is(calendars.Accepted, 0)
		e.says(e.look(click.Decline), "You answered it in your calendar yourself meanwhile. That stands.")
	})
	cases("15 moved before the commit", func(e *entering) {
		e.press(click.Decline, "decline")
		e.ChangeInstance(e.series, e.tuesday, func(ev *calendartest.Event) {
			ev.Start, ev.End = ev.Start.Add(2*time.Hour), ev.End.Add(2*time.Hour)
		})
		e.wait(3 * time.Minute)
		if e.answer(0) == calendars.Declined || e.told() > 0 {
			e.Errorf("it is %s, told %d times", e.answer(0), e.told())
		}
		e.says(e.look(click.Decline), "It takes place at another time by now, so unmeet wrote nothing.")
		if all := e.mailed("result"); len(all) != 1 || !strings.Contains(all[0], "Ops weekly was moved") {
			e.Errorf("%d mails say that it was moved", len(all))
		}
	})
	cases("15 cancelled before the click", func(e *entering) {
		e.CancelInstance(e.series, e.tuesday)
		e.press(click.Decline, "decline")
		e.wait(3 * time.Minute)
		e.says(e.look(click.Decline), "so unmeet wrote nothing.")
		if e.told() > 0 || len(e.mailed("result")) > 0 {
			e.Errorf("somebody is told of nothing")
		}
	})
	cases("15 retitled before the commit", func(e *entering) {
		e.press(click.Decline, "decline")
		e.Change(e.series, func(ev *calendartest.Event) { ev.Title = "Ops, renamed" })
		e.wait(3 * time.Minute)
		e.is(calendars.Declined, 1)
	})
	cases("16 one exception of a series", func(e *entering) {
		e.ChangeInstance(e.series, e.tuesday.AddDate(0, 0, 7), func(ev *calendartest.Event) { ev.Title = "Ops, with guests" })
		e.press(click.Decline, "decline")
		e.wait(3 * time.Minute)
		e.is(calendars.Declined, 1)
		for _, week := range []int{-1, 1, 2} {
			if got := e.answer(week); got != calendars.Maybe {
				e.Errorf("in week %d it shows %q", week, got)
			}
		}
	})
	cases("17 the connection is cut between the write and its mark", func(e *entering) {
		e.google.Inject(calendartest.Fault{Method: http.MethodPatch, Times: 1, Do: calendartest.ResetAfter()})
		e.press(click.Decline, "decline")
		e.wait(3 * time.Minute)
		e.open() // as another process
		for range 5 {
			e.wait(time.Hour)
		}
		e.is(calendars.Declined, 1)
		e.says(e.look(click.Decline), "You’re out of Ops weekly on Tue 24 Nov", "Your calendar shows it.")
	})
	for _, c := range []struct {
		name   string
		status int
	}{{"rateLimitExceeded", 429}, {"rateLimitExceeded", 403}, {"conditionNotMet", 412}, {"backendError", 503}} {
		cases(fmt.Sprintf("18 %s (%d) at the commit", c.name, c.status), func(e *entering) {
			e.google.Inject(calendartest.Fault{Method: http.MethodPatch, Times: 12, Do: calendartest.Refuse(c.name, c.status)})
			e.press(click.Decline, "decline")
			e.wait(3 * time.Minute)
			if page := e.look(click.Decline); strings.Contains(page, "Your calendar shows it.") || !strings.Contains(page, "It is not written to your calendar yet.") {
				e.Errorf("the page says what is not so:\n%s", page)
			}
			e.is(calendars.Maybe, 0)
			e.google.Heal()
			e.wait(3 * time.Hour)
			e.is(calendars.Declined, 1)
			e.says(e.look(click.Decline), "Your calendar shows it.")
		})
	}
	cases("18 refused for good at the commit", func(e *entering) {
		e.google.Inject(calendartest.Fault{Method: http.MethodPatch, Do: calendartest.Refuse("forbiddenForNonOrganizer", 403)})
		e.press(click.Decline, "decline")
		for range 3 {
			e.wait(time.Hour)
		}
		e.is(calendars.Maybe, 0)
		e.says(e.look(click.Decline), "It could not be written to your calendar, and is not tried any more.", "Decline it there yourself", "Copy the note")
		if all := e.mailed("result"); len(all) != 1 || !strings.Contains(all[0], "please change it in your calendar yourself") {
			e.Errorf("%d mails say that it failed", len(all))
		}
	})
	cases("18 no consent any more at the commit", func(e *entering) {
		e.google.Inject(calendartest.Fault{Method: http.MethodPatch, Do: calendartest.Refuse("insufficientPermissions", 403)})
		e.press(click.Decline, "decline")
		e.wait(3 * time.Minute)
		e.is(calendars.Maybe, 0)
		e.says(e.look(click.Decline), "Nothing is written to your calendar yet: unmeet may only read it.", "Let unmeet write to it")
		if all := e.mailed("result"); len(all) != 1 || !strings.Contains(all[0], "one more step") {
			e.Errorf("%d mails ask for consent", len(all))
		}
	})
}

// onward finds where a page leads to by itself.
var (
	onward  = regexp.MustCompile(`id="onward" href="([^"]+)"`)
	request = regexp.MustCompile(`name="request" value="([^"]+)"`)
)

// consent goes to Google by the button of the page, and decides there.
func (e *entering) consent(account, decision string) (page, path string) {
	e.Helper()
	leaving := e.page(e.browser.PostForm(e.pages+"/a/"+e.links[click.Decline]+"/allow", nil))
	to := onward.FindStringSubmatch(leaving)
	if to == nil {
		e.Fatalf("it leads nowhere:\n%s", leaving)
	}
	asked := e.page(e.browser.Get(to[1]))
	if !strings.Contains(asked, google.WriteEvents) || strings.Contains(asked, google.ReadOwned) || !strings.Contains(asked, `value="`+enterAnn+`"`) {
		e.Errorf("Google asks for something else, or somebody else:\n%s", asked)
	}
	found := request.FindStringSubmatch(asked)
	if found == nil {
		e.Fatalf("Google asks nothing:\n%s", asked)
	}
	resp, err := e.browser.PostForm(e.google.URL+"/o/oauth2/v2/consent", url.Values{
		"request": {found[1]}, "account": {account}, "decision": {decision}, "scope": {"openid", "email", google.WriteEvents},
	})
	if err != nil {
		e.Fatal(err)
	}
	return e.page(resp, nil), resp.Request.URL.RequestURI()
}

// TestAllowing leads a person whose calendar may only be read through Google's consent,
// and enters what they answered.
func TestAllowing(t *testing.T) {
	t.Parallel()
	e := newEntering(t, readScope)
	e.says(e.look(click.Decline), "The next page asks for your permission to decline it there")
	e.says(e.press(click.Decline, "decline"), "Nothing is written to your calendar yet: unmeet may only read it.", "Let unmeet write to it", "Google asks you for that.", "Copy the note")
	if all := e.mailed("receipt"); len(all) != 1 || !strings.Contains(all[0], "Let unmeet write") {
		t.Errorf("%d receipts lead to the consent", len(all))
	}
	e.wait(3 * time.Minute)
	e.is(calendars.Maybe, 0)
	if all := e.mailed("result"); len(all) > 0 {
		t.Errorf("a second mail asks for what the receipt asks")
	}
	home := "/a/" + e.links[click.Decline]
	for _, c := range []struct{ account, decision, says string }{
		{enterAnn, "deny", "You said no at Google, so nothing is written."},
		{"cy@acme.example", "allow", "That was another account than the one of your calendar, so nothing is written."},
		{enterAnn, "allow", "Thank you: unmeet may write to your calendar now."},
	} {
		e.is(calendars.Maybe, 0)
		page, path := e.consent(c.account, c.decision)
		e.says(page, c.says, "Noted: you decline Ops weekly on Tue 24 Nov")
		if !strings.HasPrefix(path, home+"?done=allow.") {
			t.Errorf("%s by %s ends at %s", c.decision, c.account, path)
		}
		e.wait(time.Second)
	}
	e.is(calendars.Declined, 1)
	e.says(e.look(click.Decline), "You’re out of Ops weekly on Tue 24 Nov", "This browser is known")
	c, err := e.sync.db.Connection(t.Context(), googleKind, enterAnn)
	if err != nil || !strings.Contains(strings.Join(c.Scopes, " "), google.WriteEvents) {
		t.Errorf("the connection has %q, %v", c.Scopes, err)
	}
	// What was allowed once needs no second time, and nobody is asked who may be.
	e.says(e.page(e.browser.PostForm(e.pages+home+"/allow", nil)), "That is not possible any more.")
	if strings.Contains(e.log.String(), e.links[click.Decline]) {
		t.Error("the log has the token of a link")
	}
}
