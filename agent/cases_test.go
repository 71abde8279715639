package agent

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/token"
	"unmeet/agent/web"
	"unmeet/store"
)

// The adversarial cases as they come to the desk, on a real database. Those of pure
// decisions are in agent/click, those of pages and browsers in agent/web (1, 2,
// 7-9, 21, 22), those of delivery and hostile titles in agent/mail (23, 25). Cases
// 14, 15, 17 and 18 need calendars that are written to, which nobody does yet.

func TestCase03ScannerLooksThenThePersonClicks(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	for _, link := range l {
		for _, how := range []web.Visit{web.VisitHead, web.VisitGet, web.VisitPreview} {
			if err := c.Visit(t.Context(), link, how); err != nil {
				t.Fatal(err)
			}
		}
	}
	for verb, link := range l {
		if verb != click.Unsubscribe && c.look(link).Suggestion.State != click.Offered {
			t.Errorf("after the scanner: %s", c.look(link).Suggestion.State)
		}
		if n, err := c.DB.Visits(t.Context(), token.Hash(link)); err != nil || n["head"] != 1 || n["get"] != 1 {
			t.Errorf("visits of %s: %v, %v", verb, n, err)
		}
	}
	slip := c.press(l[click.Decline], click.Decline)
	if slip.Suggestion.State != click.Pending || c.said(bobAcme) != "suggested pressed" {
		t.Errorf("the person clicks: %s, %s", slip.Suggestion.State, c.said(bobAcme))
	}
}

func TestCase04ScannerPressesDecline(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	slip := c.press(l[click.Decline], click.Decline)
	if s := slip.Suggestion; s.State != click.Pending || !s.CommitAt.Equal(asked.Add(2*time.Minute)) {
		t.Errorf("%s until %v: it is to be held", s.State, s.CommitAt)
	}
	mails := c.receipts()
	if len(mails) != 1 || mails[0].To != bobAcme {
		t.Fatalf("receipts: %v", mails)
	}
	undo := undoOf(t, mails[0])
	c.pass(2 * time.Minute)
	c.commit()
	if s := c.look(undo).Suggestion; s.State != click.Accepted {
		t.Errorf("after the hold: %s", s.State)
	}
	c.pass(10 * time.Hour)
	if s := c.press(undo, click.Undo).Suggestion; s.State != click.Offered {
		t.Errorf("after the receipt's undo: %s", s.State)
	}
	if got, want := c.said(bobAcme), "suggested pressed accepted undone"; got != want {
		t.Errorf("outcomes %s, want %s", got, want)
	}
}

// undoOf returns the secret of the first link to a page of a mail.
func undoOf(t *testing.T, m store.Mail) string {
	t.Helper()
	text := strings.ReplaceAll(string(m.MIME), "=\r\n", "") // soft line breaks of quoted-printable
	_, after, ok := strings.Cut(text, "https://unmeet.acme.example/a/")
	if !ok || len(after) < token.Length {
		t.Fatalf("no link in:\n%s", text)
	}
	return after[:token.Length]
}

func TestCase05ScannerPressesEveryButton(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	cookie := "" // it keeps what it is given
	for i, verb := range []click.Verb{click.Decline, click.Keep, click.Wrong, click.Never, click.Undo, click.Decline, click.Keep} {
		slip := c.answer(l[click.Other], web.Answer{Choice: click.Choice{Verb: verb}, Cookie: cookie})
		if i > 0 && (slip.Suggestion.State != click.Offered || !slip.Voided) {
			t.Errorf("after %s: %s, voided %v", verb, slip.Suggestion.State, slip.Voided)
		}
		given, err := c.Introduce(t.Context(), l[click.Other])
		if err != nil {
			t.Fatal(err)
		}
		if (given == "") != (i > 0) {
			t.Errorf("after %s it is given the cookie %q", verb, given)
		}
		if given != "" {
			cookie = given
		}
		c.pass(2 * time.Second)
	}
	c.pass(2 * time.Minute)
	c.commit()
	if s := c.look(l[click.Decline]).Suggestion; s.State != click.Offered {
		t.Errorf("it ends %s", s.State)
	}
	if got := c.said(bobAcme); got != "suggested pressed void" {
		t.Errorf("outcomes: %s", got)
	}
	if silences, err := c.DB.Silences(t.Context(), c.Now()); err != nil || len(silences) != 0 {
		t.Errorf("silences: %v, %v", silences, err)
	}
	if known, err := c.Known(t.Context(), l[click.Decline], cookie); err != nil || known {
		t.Errorf("the scanner is known by now: %v, %v", known, err)
	}
	if s := c.press(l[click.Decline], click.Decline).Suggestion; s.State != click.Pending {
		t.Errorf("the person who clicks afterwards: %s", s.State)
	}
}

func TestCase06KnownBrowserClicksOnce(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	cookie := c.recognized(bobAcme)
	if known, err := c.Known(t.Context(), l[click.Decline], cookie); err != nil || !known {
		t.Fatalf("known: %v, %v", known, err)
	}
	slip := c.answer(l[click.Decline], web.Answer{Choice: click.Choice{Verb: click.Decline}, Auto: true, Cookie: cookie})
	for _, verb := range []click.Verb{click.Decline, click.Keep, click.Undo, click.Never} { // of the gateway that looks at what is clicked
		c.press(l[click.Decline], verb)
	}
	if slip.Suggestion.State != click.Pending || len(c.receipts()) != 0 {
		t.Errorf("%s, %d receipts", slip.Suggestion.State, len(c.receipts()))
	}
	c.pass(2 * time.Minute)
	c.commit()
	if s := c.look(l[click.Decline]).Suggestion; s.State != click.Accepted || s.Choice != click.Decline {
		t.Errorf("%s %s", s.State, s.Choice)
	}
	if got := c.said(bobAcme); strings.Count(got, "accepted") != 1 {
		t.Errorf("outcomes: %s", got)
	}
	all, err := c.DB.OutcomesOf(t.Context(), bobAcme)
	if err != nil || all[1].Via != string(web.ViaKnownBrowser) || all[1].RulesHash != "rules" || !slices.Equal(all[1].Detail.Rules, []string{"many"}) {
		t.Errorf("outcome %+v, %v", all[1], err)
	}
}

func TestCase10SameAnswerAgain(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	first := c.press(l[click.Decline], click.Decline)
	c.pass(5 * time.Second)
	again := c.press(l[click.Decline], click.Decline)
	if !again.Suggestion.CommitAt.Equal(first.Suggestion.CommitAt) || c.said(bobAcme) != "suggested pressed" || len(c.receipts()) != 1 {
		t.Errorf("held until %v, %s, %d receipts", again.Suggestion.CommitAt, c.said(bobAcme), len(c.receipts()))
	}
	c.pass(2 * time.Minute)
	c.commit()
	c.press(l[click.Decline], click.Decline) // Back, and the page again
	c.commit()
	if c.said(bobAcme) != "suggested pressed accepted" {
		t.Errorf("outcomes: %s", c.said(bobAcme))
	}
}

func TestCase11KeepAfter90Seconds(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	c.press(l[click.Decline], click.Decline)
	c.pass(90 * time.Second)
	c.press(l[click.Keep], click.Keep)
	c.pass(time.Hour)
	c.commit()
	if s := c.look(l[click.Decline]).Suggestion; s.State != click.Kept || c.said(bobAcme) != "suggested pressed kept" {
		t.Errorf("%s, %s", s.State, c.said(bobAcme))
	}
	silences, err := c.DB.Silences(t.Context(), c.Now())
	if err != nil || len(silences) != 1 || silences[0].Person != bobAcme || !silences[0].Until.Equal(asked.Add(90*time.Second+click.DefaultHolds.Silence)) {
		t.Errorf("silences: %+v, %v", silences, err)
	}
}

func TestCase12TwoTabs(t *testing.T) {
	c := newCounter(t)
	one, other := c.ask(bobAcme, click.KindDecline, meetsAt), c.ask(bobAcme, click.KindDecline, weekOn)
	c.press(one[click.Decline], click.Decline)
	c.pass(5 * time.Second)
	c.press(other[click.Decline], click.Decline)
	c.pass(2 * time.Minute)
	c.commit()
	for _, l := range []links{one, other} {
		if s := c.look(l[click.Decline]).Suggestion; s.State != click.Accepted {
			t.Errorf("%s: both are to stand", s.State)
		}
	}
}

// TestCase13UndoRacesTheCommit lets an undo and two committers race for a hold that
// is just over, many times.
func TestCase13UndoRacesTheCommit(t *testing.T) {
	c := newCounter(t)
	if err := c.DB.Enrol(t.Context(), bobAcme); err != nil {
		t.Fatal(err)
	}
	cookie := c.recognized(bobAcme)
	rounds := 30
	if testing.Short() {
		rounds = 5
	}
	undone := 0
	for i := range rounds {
		person := bobAcme
		l := c.ask(person, click.KindDecline, meetsAt.AddDate(0, 0, i))
		c.answer(l[click.Decline], web.Answer{Choice: click.Choice{Verb: click.Decline}, Cookie: cookie})
		before := strings.Fields(c.said(person))
		c.pass(2 * time.Minute)
		var race sync.WaitGroup
		race.Go(func() {
			if _, err := c.Answer(t.Context(), l[click.Decline], web.Answer{Choice: click.Choice{Verb: click.Undo}, Cookie: cookie}); err != nil {
				t.Error(err)
			}
		})
		for range 2 {
			race.Go(func() {
				if _, err := c.committer.Pass(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		race.Wait()
		c.commit()
		came := strings.Join(strings.Fields(c.said(person))[len(before):], " ")
		if came != "undone" && came != "accepted undone" {
			t.Fatalf("round %d: %s", i, came)
		}
		if came == "undone" {
			undone++
		}
		if s := c.look(l[click.Decline]).Suggestion; s.State != click.Offered {
			t.Fatalf("round %d ends %s", i, s.State)
		}
	}
	t.Logf("the undo came first %d times of %d", undone, rounds)
}

// TestCommittersRace lets many processes end the same holds: each is accepted once.
func TestCommittersRace(t *testing.T) {
	c := newCounter(t)
	const n = 10
	for i := range n {
		l := c.ask(bobAcme, click.KindDecline, meetsAt.AddDate(0, 0, i))
		c.press(l[click.Decline], click.Decline)
	}
	c.pass(2 * time.Minute)
	var race sync.WaitGroup
	for range 4 {
		race.Go(func() {
			other, err := store.Open(t.Context(), c.path)
			if err != nil {
				t.Error(err)
				return
			}
			defer other.Close()
			if _, err := NewCommitter(other, c.hand, nil).Pass(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	race.Wait()
	if got := strings.Count(c.said(bobAcme), "accepted"); got != n {
		t.Errorf("accepted %d times, want %d", got, n)
	}
}

func TestCase16OneOccurrenceOfASeries(t *testing.T) {
	c := newCounter(t)
	one, other := c.ask(bobAcme, click.KindDecline, meetsAt), c.ask(bobAcme, click.KindDecline, weekOn)
	c.press(one[click.Decline], click.Decline)
	c.pass(2 * time.Minute)
	c.commit()
	if s := c.look(one[click.Decline]).Suggestion; s.State != click.Accepted || s.Scope != click.This {
		t.Errorf("%s %s", s.State, s.Scope)
	}
	if s := c.look(other[click.Decline]).Suggestion; s.State != click.Offered {
		t.Errorf("another occurrence is %s", s.State)
	}
}

func TestCase19ForwardedMail(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	c.ask("cid@acme.example", click.KindDecline, meetsAt)
	theirs := c.recognized("cid@acme.example")
	if known, err := c.Known(t.Context(), l[click.Decline], theirs); err != nil || known {
		t.Errorf("another person's browser is known as Bob's: %v, %v", known, err)
	}
	slip, err := c.Answer(t.Context(), l[click.Decline], web.Answer{Choice: click.Choice{Verb: click.Decline}, Auto: true, Cookie: theirs})
	if !errors.Is(err, web.ErrNotKnown) || slip.Suggestion.State != click.Offered || slip.Person != bobAcme {
		t.Errorf("it answers by itself: %s for %s, %v", slip.Suggestion.State, slip.Person, err)
	}
	c.answer(l[click.Decline], web.Answer{Choice: click.Choice{Verb: click.Decline}, Cookie: theirs})
	if mails := c.receipts(); len(mails) != 1 || mails[0].To != bobAcme {
		t.Errorf("the receipt is to go to the real person: %v", mails)
	}
	if got := c.said("cid@acme.example"); got != "suggested" {
		t.Errorf("of Cid is recorded: %s", got)
	}
}

func TestCase20UpperCaseCutWrapped(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	link := l[click.Decline]
	for _, form := range []string{strings.ToUpper(link), link[:10] + "\r\n" + link[10:], link + ".", strings.ReplaceAll(strings.ReplaceAll(link, "0", "O"), "1", "l")} {
		if slip, err := c.Look(t.Context(), form); err != nil || slip.Person != bobAcme {
			t.Errorf("%q: %v", form, err)
		}
	}
	for _, form := range []string{"", link[:25], link + "a", token.New(), strings.Repeat("a", 1<<16)} {
		_, looking := c.Look(t.Context(), form)
		_, answering := c.Answer(t.Context(), form, web.Answer{Choice: click.Choice{Verb: click.Decline}})
		for what, err := range map[string]error{"look": looking, "answer": answering, "visit": c.Visit(t.Context(), form, web.VisitGet), "leave": c.Unsubscribe(t.Context(), form, web.ViaButton)} {
			if !errors.Is(err, web.ErrUnknownLink) {
				t.Errorf("%s at %.30q: %v", what, form, err)
			}
		}
	}
}

// TestCase24NoSecretIsKept looks for tokens and cookies through all that is kept:
// once mails are sent, the database and the log hold none.
func TestCase24NoSecretIsKept(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	var secrets []string
	for _, link := range l {
		secrets = append(secrets, link)
		if err := c.Visit(t.Context(), link, web.VisitGet); err != nil {
			t.Fatal(err)
		}
	}
	c.press(l[click.Decline], click.Decline)
	cookie, err := c.Introduce(t.Context(), l[click.Decline])
	if err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, cookie, undoOf(t, c.receipts()[0]))
	c.pass(2 * time.Minute)
	c.commit()
	if _, err := c.Look(t.Context(), token.New()); !errors.Is(err, web.ErrUnknownLink) {
		t.Errorf("an unknown link: %v", err)
	}
	if !c.holds(t, secrets[0]) {
		t.Fatal("the mail on its way is not found: the test looks in the wrong place")
	}
	mails, err := c.DB.TakeMail(t.Context(), c.Now(), "test", time.Minute, 10)
	if err != nil || len(mails) != 2 {
		t.Fatalf("%d mails, %v", len(mails), err)
	}
	for _, m := range mails {
		if err := c.DB.MailSent(t.Context(), m, c.Now()); err != nil {
			t.Fatal(err)
		}
	}
	for _, secret := range secrets {
		if c.holds(t, secret) {
			t.Errorf("the secret %s can be read in the database", secret)
		}
		if strings.Contains(c.log.String(), secret[:10]) {
			t.Errorf("the secret %s is in the log", secret)
		}
	}
}

// holds reports whether the files of the database have a word, or most of it.
func (c *counter) holds(t *testing.T, word string) bool {
	t.Helper()
	for _, file := range []string{c.path, c.path + "-wal"} {
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(string(text)), word[:12]) {
			return true
		}
	}
	return false
}
