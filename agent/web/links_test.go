package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"unmeet/agent/click"
	"unmeet/agent/suggest"
	"unmeet/agent/web"
	"unmeet/internal/chromium"
	"unmeet/store"
)

func TestDecline(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	b := o.browser()
	b.open(a.path(click.Decline)).sees(200, "Decline Ops weekly on Tue 24 Nov?",
		"Tue 24 Nov, 10:00–10:25 (Europe/Berlin)", "by Ana Silva", "you are optional", "weekly", "Note for Ana Silva",
		"unmeet cannot write to your calendar", "This page answers for ann…@acme.example")
	b.post(a.path(click.Decline), "do", "decline", "note", "I read\r\nyour notes.\x00")
	b.sees(200, "Noted: you decline Ops weekly on Tue 24 Nov",
		"It is held until 10:02. You can still undo it after that, until Tue 24 Nov, 10:00.",
		"unmeet cannot write to your calendar, and has told nobody.", `href="https://calendar.acme.example/event/1"`, ">I read\nyour notes.</textarea>")
	if b.path != a.path(click.Decline)+"?done=decline" || a.via() != "mail-button" {
		t.Errorf("at %s, via %s", b.path, a.via())
	}
	if said := o.receipt(); !strings.Contains(said, "your notes.") || strings.Contains(said, "Skipping") {
		t.Errorf("the receipt does not show the note as it was left:\n%s", said)
	}
	o.pass(time.Minute + 30*time.Second)
	b.open(a.path(click.Decline)).sees(200, "Noted: you decline Ops weekly on Tue 24 Nov", "It is held until 10:02:00. You can still undo it after that, until Tue 24 Nov, 10:00.")
	o.pass(time.Minute + 30*time.Second)
	b.open(a.path(click.Decline)).sees(200, "Noted: you decline Ops weekly on Tue 24 Nov", "It is recorded. You can undo it until Tue 24 Nov, 10:00.")
	if !o.browser().known(ann).open(a.path(click.Undo)).auto() {
		t.Error("a known browser does not undo by itself")
	}
	b.press(a.path(click.Undo), "undo").sees(200, "Your answer for Ops weekly", "Undone: no answer is recorded.", "take that back there, too")
	b.open(a.path(click.Undo)).sees(200, "Your answer for Ops weekly", "There is nothing to undo")
	a.came(click.WasPressed, click.WasAccepted, click.WasUndone)
}

// TestPreviews holds that what concerns others, or more than one occurrence, is
// shown first, and wants a button of known browsers, too.
func TestPreviews(t *testing.T) {
	o := newOffice(t, public)
	series := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	trial := o.ask(ann, weekly(click.KindTrial, "Jour fixe"))
	split, shorten := o.ask(ann, weekly(click.KindSplit, "Sprint review")), o.ask(ann, weekly(click.KindShorten, "All hands"))
	b := o.browser().known(ann)
	for _, c := range []struct {
		a                  *asked
		path, do, question string
		says               []string
		answer             string
	}{
		{series, series.path(click.Other) + "?choose=decline-onward", "decline-onward", "Decline Ops weekly from now on?",
			[]string{"every later one of the series", "You can undo it here until Tue 24 Nov, 10:00."}, "Noted: you decline Ops weekly from now on"},
		{trial, trial.path(click.Trial), "trial", "Try Jour fixe in writing?",
			[]string{"a shared document", "Tue 24 Nov, 10:00–10:25</li>", "Tue 1 Dec, 10:00–10:25</li>", "Tue 8 Dec, 10:00–10:25</li>"}, "Noted: you try Jour fixe in writing"},
		{split, split.path(click.Split), "split", "Send the updates of Sprint review ahead, and meet shorter?",
			[]string{"15 min instead of 25", "it mixes informing and decision-making"}, "Noted: updates of Sprint review go ahead in writing"},
		{shorten, shorten.path(click.Shorten), "shorten", "Shorten All hands?", []string{"15 min instead of 25"}, "Noted: All hands gets shorter"},
	} {
		b.open(c.path).sees(200, c.question, c.says...)
		if b.auto() {
			t.Errorf("%s: answers by itself", c.question)
		}
		b.press(c.path, c.do).sees(200, c.answer, "It is held until")
		c.a.came(click.WasPressed)
	}
	b.open(trial.path(click.Trial)).sees(200, "Noted: you try Jour fixe in writing", "It is held until 10:15", "until Tue 8 Dec, 10:00")
	if o.receipts() != 1 {
		t.Errorf("%d receipts, want that of the trial", o.receipts())
	}
}

// TestWrong says what a meeting is instead.
func TestWrong(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	b := o.browser().open(a.path(click.Wrong))
	b.sees(200, "What kind of meeting is Ops weekly?", "unmeet took it for informing: sharing information and updates.")
	if n := strings.Count(b.page, `type="radio"`); n != 8 {
		t.Errorf("%d to choose from, want seven and none", n)
	}
	b.post(a.path(click.Wrong), "do", "wrong", "category", "connecting").sees(200, "Thank you: Ops weekly is classified wrongly", "You said that it is mostly connecting.")
	if s := a.now(); s.Said != "connecting" || s.State != string(click.Kept) {
		t.Errorf("said %q, %s", s.Said, s.State)
	}
	b.post(a.path(click.Wrong), "do", "wrong", "category", "a made-up one")
	if s := a.now(); s.Said != "connecting" {
		t.Errorf("said %q", s.Said)
	}
	b.press(a.path(click.Undo), "undo")
	a.is(click.Offered, "")
	b.press(a.path(click.Decline), "decline")
}

// TestNever silences a meeting for an attendee, and all meetings of an organizer.
func TestNever(t *testing.T) {
	o := newOffice(t, public)
	attendee, organizer := o.ask(ann, weekly(click.KindDecline, "Ops weekly")), o.ask(ann, weekly(click.KindTrial, "Jour fixe"))
	b := o.browser()
	b.open(attendee.path(click.Never)).sees(200, "Never suggest Ops weekly again?")
	b.press(attendee.path(click.Never), "never").sees(200, "Noted: Ops weekly is left alone")
	b.open(organizer.path(click.Never)).sees(200, "Leave all meetings that you organize alone?", "neither to you nor to your guests")
	b.press(organizer.path(click.Never), "never").sees(200, "Noted: your meetings are left alone")
	for _, a := range []*asked{attendee, organizer} {
		a.came(click.WasNever)
	}
	b.press(organizer.path(click.Undo), "undo")
	organizer.came(click.WasNever, click.WasUndone)
}

// TestUnsubscribe leaves by the link in the body, and comes back.
func TestUnsubscribe(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	b := o.browser()
	subscribed := func() bool {
		set, err := o.db.Settings(t.Context(), ann)
		if err != nil {
			t.Fatal(err)
		}
		return set.Unsubscribed.IsZero()
	}
	b.open(a.path(click.Unsubscribe)).sees(200, "Get no more mail from unmeet?", "ann…@acme.example")
	for range 2 {
		b.post(a.path(click.Unsubscribe), "do", "leave").sees(200, "You get no more mail from unmeet")
		if subscribed() {
			t.Error("still gets mail")
		}
	}
	o.pass(30 * 24 * time.Hour) // such a link never ends
	b.press(a.path(click.Unsubscribe), "return").sees(200, "You get mail from unmeet", "at most one a week")
	if !subscribed() {
		t.Error("did not come back")
	}
	b.post(a.path(click.Unsubscribe), "do", "else").sees(400, "That could not be read")
	b.post("/u/"+a.links[click.Decline], "do", "leave").sees(404, "This link does not work")
	if !subscribed() {
		t.Error("another link unsubscribes")
	}
}

// TestOver opens links whose time is over.
func TestOver(t *testing.T) {
	o := newOffice(t, public)
	ignored, kept, moved := o.ask(ann, weekly(click.KindDecline, "Ops weekly")), o.ask(ann, weekly(click.KindDecline, "All hands")), o.ask(ann, weekly(click.KindDecline, "Jour fixe"))
	b := o.browser()
	b.press(kept.path(click.Keep), "keep")
	o.withdraw(moved)
	b.open(moved.path(click.Decline)).sees(200, "This suggestion was taken back", "Jour fixe on Tue 24 Nov", "so everything stays as it is.</p>")
	if strings.Contains(b.page, "takes no part") {
		t.Errorf("it says that the organizer left:\n%s", b.page)
	}
	left := o.ask(ann, byBob("Sprint review"))
	if err := o.db.Leave(t.Context(), o.Now(), bob, "cli"); err != nil {
		t.Fatal(err)
	}
	b.open(left.path(click.Decline)).sees(200, "This suggestion was taken back", "Whoever organizes it takes no part in unmeet any more.")
	b.post(moved.path(click.Decline), "do", "decline").sees(200, "This suggestion was taken back")
	o.pass(48 * time.Hour)
	b.open(ignored.path(click.Decline)).sees(410, "This link has ended", "No answer is recorded")
	b.post(ignored.path(click.Decline), "do", "decline").sees(410, "This link has ended")
	b.open(kept.path(click.Undo)).sees(410, "This link has ended", "Your answer stays recorded.")
	if strings.Contains(b.page, "<button name=\"do\" value=\"undo\"") {
		t.Errorf("a button that does nothing:\n%s", b.page)
	}
	ignored.is(click.Expired, "")
	moved.is(click.Withdrawn, "")
	kept.is(click.Kept, click.Keep)
}

// byBob is a weekly meeting that Bob organizes.
func byBob(title string) suggest.Snapshot {
	s := weekly(click.KindDecline, title)
	s.Organizer = suggest.Party{Address: bob, Name: "Bob"}
	return s
}

// TestSilence says for how long a refusal counts, as it is configured.
func TestSilence(t *testing.T) {
	o := newOffice(t, public)
	o.desk.Holds.Silence = 14 * 24 * time.Hour
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	b := o.browser()
	b.open(a.path(click.Keep)).sees(200, "Keep Ops weekly?", "unmeet will not ask you about this meeting again for 14 days.")
	b.press(a.path(click.Keep), "keep").sees(200, "Noted: you keep Ops weekly", "unmeet will not ask you about it again for 14 days.")
	silences, err := o.db.Silences(t.Context(), o.Now().Add(13*24*time.Hour))
	if err != nil || len(silences) != 1 {
		t.Errorf("%d silences after 13 days (%v)", len(silences), err)
	}
	if silences, err = o.db.Silences(t.Context(), o.Now().Add(15*24*time.Hour)); err != nil || len(silences) != 0 {
		t.Errorf("%d silences after 15 days (%v)", len(silences), err)
	}
	other := o.ask(ann, weekly(click.KindDecline, "All hands"))
	b.press(other.path(click.Wrong), "wrong").sees(200, "Thank you: All hands is classified wrongly", "for 14 days, and counts what you said against the rules")
}

func TestPaused(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	b := o.browser().known(ann)
	if err := o.db.Pause(t.Context(), store.Pause{By: "it@acme.example", Since: o.Now(), Why: "a test"}); err != nil {
		t.Fatal(err)
	}
	b.open(a.path(click.Decline))
	if b.sees(503, "Your answer for Ops weekly", "unmeet is paused at the moment"); b.auto() || strings.Contains(b.page, `id="decline"`) {
		t.Errorf("it has a button:\n%s", b.page)
	}
	b.post(a.path(click.Decline), "do", "decline").sees(503, "Your answer for Ops weekly", "unmeet is paused at the moment")
	a.came()
	if err := o.db.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.press(a.path(click.Decline), "decline")
	a.came(click.WasPressed)
}

// TestVoid is told to whoever pressed, and to whoever comes later.
func TestVoid(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	o.browser().press(a.path(click.Decline), "decline")
	b := o.browser().post(a.path(click.Keep), "do", "keep")
	b.sees(200, "Keep Ops weekly?", "Neither counts. Please wait a minute, then answer again.")
	if len(b.jar.Cookies(httptest.NewRequest("GET", public, nil).URL)) > 0 {
		t.Error("whoever presses every button becomes known")
	}
	a.came(click.WasPressed, click.WasVoid)
	o.pass(2 * time.Minute)
	b.open(a.path(click.Keep)).sees(200, "Keep Ops weekly?", "Neither counts, so please answer again.")
	o.pass(25 * time.Hour / 2)
	b.press(a.path(click.Keep), "keep").sees(200, "Noted: you keep Ops weekly")
}

// TestGuarded has an unknown browser answer otherwise, right after a known one.
func TestGuarded(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	o.browser().known(ann).post(a.path(click.Decline), "do", "decline", "auto", "1")
	o.browser().press(a.path(click.Keep), "keep").sees(200, "Noted: you decline Ops weekly on Tue 24 Nov", "That stands.")
	a.is(click.Pending, click.Decline)
	a.came(click.WasPressed)
}

// oneClick is what a mail program sends from an address at which links were tried out.
func oneClick(a *asked) *http.Request {
	r := httptest.NewRequest(http.MethodPost, public+a.path(click.Unsubscribe), strings.NewReader("List-Unsubscribe=One-Click"))
	r.RemoteAddr = "192.0.2.1:3000"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// TestLimits keeps off who tries links out, by their address, and who asks for one
// link too often; it believes trusted proxies alone. What others try out keeps
// nobody from a link that is one, though they come from the same address.
func TestLimits(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	get := func(path, from, forwarded string) int {
		r := httptest.NewRequest(http.MethodGet, public+path, nil)
		r.RemoteAddr = from
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		resp := o.browser().send(r)
		if (resp.StatusCode == http.StatusTooManyRequests) != (resp.Header.Get("Retry-After") != "") {
			t.Errorf("%s with Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
		}
		return resp.StatusCode
	}
	tried := 0
	try := func(from, forwarded string) int {
		tried++
		return get(fmt.Sprintf("/a/%06d%s", tried, strings.Repeat("z", 20)), from, forwarded)
	}
	for try("192.0.2.1:1000", "198.51.100.7") == http.StatusNotFound {
		if tried > 100 {
			t.Fatal("somebody may try tokens for ever")
		}
	}
	if got := try("192.0.2.1:2000", "203.0.113.5"); got != http.StatusTooManyRequests {
		t.Errorf("the same address by another proxy that it made up: %d", got)
	}
	if got := try("10.0.0.1:1000", "192.0.2.1, 10.0.0.2"); got != http.StatusTooManyRequests {
		t.Errorf("the same address behind our proxies: %d", got)
	}
	if got := try("127.0.0.1:1000", "192.0.2.1:4711"); got != http.StatusTooManyRequests {
		t.Errorf("the same address behind a proxy on this machine: %d", got)
	}
	for _, other := range [][2]string{{"10.0.0.1:1000", "192.0.2.9"}, {"192.0.2.10:1000", ""}, {"[2001:db8::1]:1000", ""}, {"10.0.0.1:1000", "nonsense"}, {"127.0.0.1:1000", "192.0.2.11"}} {
		if got := try(other[0], other[1]); got != http.StatusNotFound {
			t.Errorf("%v is kept off for what another tried: %d", other, got)
		}
	}
	if got := get(a.path(click.Decline), "192.0.2.1:1000", ""); got != http.StatusOK {
		t.Errorf("whoever has a link is kept off for what somebody at the same address tried: %d", got)
	}
	if got := o.browser().send(oneClick(a)).StatusCode; got != http.StatusOK {
		t.Errorf("and cannot unsubscribe by header: %d", got)
	}
	limited := 0
	for range 200 {
		if get(a.path(click.Keep), "192.0.2.50:1", "") == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited == 0 {
		t.Error("one link can be asked for for ever")
	}
	o.pass(2 * time.Minute)
	if got := try("192.0.2.1:3000", ""); got != http.StatusNotFound {
		t.Errorf("two minutes later: %d", got)
	}
	if got := get(a.path(click.Keep), "192.0.2.1:3000", ""); got != http.StatusOK {
		t.Errorf("the link that was asked for too often, two minutes later: %d", got)
	}
}

// TestLanguage draws pages in the person's language; where there is no person, in
// the browser's.
func TestLanguage(t *testing.T) {
	o := newOffice(t, public)
	if err := o.db.Set(t.Context(), ann, store.Settings{Language: "de"}); err != nil {
		t.Fatal(err)
	}
	a := o.ask(ann, weekly(click.KindDecline, "Wochenrunde"))
	b := o.browser()
	b.open(a.path(click.Decline)).sees(200, "Wochenrunde am Di. 24. Nov. absagen?", `<html lang="de" dir="ltr">`, "wöchentlich")
	r := httptest.NewRequest(http.MethodGet, public+"/a/x", nil)
	r.Header.Set("Accept-Language", "de-AT;q=0.9, en")
	b.send(r)
	b.sees(404, "Dieser Link funktioniert nicht", `<html lang="de" dir="ltr">`)
}

// TestGarbled posts what no page of ours does.
func TestGarbled(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	for _, fields := range [][]string{{}, {"do", ""}, {"do", "commit"}, {"do", "withdraw"}, {"do", "trial"}, {"do", "keep-onward"}, {"do", "other"}, {"do", "unsubscribe"}, {"do", "decline-onward-onward"}} {
		b := o.browser().post(a.path(click.Decline), fields...)
		b.sees(200, "Decline Ops weekly on Tue 24 Nov?", "That is not possible any more.")
	}
	b := o.browser()
	b.post(a.path(click.Decline), "do", "decline", "note", strings.Repeat("x", 20_000)).sees(400, "That could not be read")
	a.came()
	b.post(a.path(click.Decline), "do", "decline", "note", strings.Repeat("ü", 1200)).sees(200, "Noted: you decline Ops weekly on Tue 24 Nov")
}

// TestKnownOnlyOnce keeps the cookie of a browser that is known, and takes it away
// from one that wants to be forgotten.
func TestKnownOnlyOnce(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	b := o.browser().known(ann)
	at := httptest.NewRequest("GET", public, nil).URL
	before := b.jar.Cookies(at)[0].Value
	b.press(a.path(click.Decline), "decline")
	if after := b.jar.Cookies(at); len(after) != 1 || after[0].Value != before {
		t.Errorf("the cookie changed to %v", after)
	}
	b.press(a.path(click.Decline), "forget").sees(200, "Noted: you decline Ops weekly on Tue 24 Nov", "This browser is forgotten")
	if after := b.jar.Cookies(at); len(after) != 0 {
		t.Errorf("it still has %v", after)
	}
	a.came(click.WasPressed)
}

// TestLoopback is unmeet on one machine, without TLS: browsers take no __Host- or
// Secure cookie from http://127.0.0.1, and ours is neither there.
func TestLoopback(t *testing.T) {
	browser := chromium.Start(t)
	server := httptest.NewUnstartedServer(nil)
	o := newOffice(t, "http://"+server.Listener.Addr().String())
	server.Config = web.NewServer(o.site, o.logger())
	server.Start()
	defer server.Close()
	person := (&street{office: o, chromium: browser}).visitor(t)
	first, second := o.ask(ann, weekly(click.KindDecline, "Ops weekly")), o.ask(ann, weekly(click.KindDecline, "All hands"))
	person.open(first.path(click.Decline))
	person.press("decline")
	o.pass(2 * time.Minute)
	person.open(second.path(click.Decline))
	person.told("decline")
	second.is(click.Pending, click.Decline)
}

// TestConnectingMakesKnown connects a calendar; from then on the browser answers
// with one click, at once.
func TestConnectingMakesKnown(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	b := o.browser()
	if b.open(a.path(click.Decline)); b.auto() {
		t.Fatal("known before it connected")
	}
	b.post("/connect/acme")
	b.open("/connect/acme/callback?state=the-state&code=x").sees(200, "You are connected")
	if b.open(a.path(click.Decline)); !b.auto() {
		t.Errorf("not known:\n%s", b.page)
	}
	b.post(a.path(click.Decline), "do", "decline", "auto", "1")
	a.came(click.WasPressed)
}

// TestNoteIsCopied copies the note as the person changed it.
func TestNoteIsCopied(t *testing.T) {
	st := newStreet(t)
	a := st.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	person := st.visitor(t)
	person.open(a.path(click.Decline))
	person.do(chromedp.SetValue(chromedp.CSS("#note"), "I read your notes."))
	person.press("decline")
	person.do(chromedp.SendKeys(chromedp.CSS("#note"), " Thanks!"), chromedp.Click(chromedp.CSS("#copy")))
	person.comes(`document.getElementById("copied").textContent === "Copied." || document.activeElement.id === "note"`)
	if got := read(person, chromedp.Value(chromedp.CSS("#note"))); got != " Thanks!I read your notes." { // keys are typed where the caret is: at the beginning
		t.Errorf("the note is %q", got)
	}
}

// TestKeyboard answers with the keyboard alone, and sees where it is.
func TestKeyboard(t *testing.T) {
	st := newStreet(t)
	a := st.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	person := st.visitor(t)
	person.open(a.path(click.Decline))
	person.do(chromedp.KeyEvent("\t"))
	if at := read(person, chromedp.Evaluate[string](`document.activeElement.id + getComputedStyle(document.activeElement).outlineStyle`)); at != "declinesolid" {
		t.Errorf("the first stop is %q, want the button, with an outline", at)
	}
	person.do(chromedp.KeyEvent("\r"))
	person.told("decline")
	a.came(click.WasPressed)
}

// TestPlaces says the same as the mail where there is little to say.
func TestPlaces(t *testing.T) {
	o := newOffice(t, public)
	s := weekly(click.KindDecline, "")
	s.Organizer, s.Note, s.Link, s.Facts, s.Zone, s.Cadence = suggest.Party{}, "", "javascript:alert(1)", nil, "Nowhere/Land", suggest.Cadence{}
	a := o.ask(ann, s)
	b := o.browser()
	b.open(a.path(click.Decline)).sees(200, "Decline the meeting on Tue 24 Nov?", "the next page helps you to tell the organizer.")
	if strings.Contains(b.page, "decline-onward") || strings.Contains(b.page, "<textarea") {
		t.Errorf("it has a note, or a series:\n%s", b.page)
	}
	b.press(a.path(click.Decline), "decline").sees(200, "Noted: you decline the meeting on Tue 24 Nov")
	if strings.Contains(b.page, "javascript:") {
		t.Errorf("it links to a script:\n%s", b.page)
	}
}
