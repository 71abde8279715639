package agent

import (
	"errors"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/token"
	"unmeet/agent/web"
	"unmeet/store"
)

// TestSlowScannerIsNotKnown: a scanner that keeps cookies, runs scripts and takes its
// time between links does not come to be known by its first press.
func TestSlowScannerIsNotKnown(t *testing.T) {
	for _, kind := range []click.Kind{click.KindDecline, click.KindTrial} {
		c := newCounter(t)
		l := c.ask(bobAcme, kind, meetsAt.AddDate(0, 0, 1))
		c.press(l[kind.Accept()], kind.Accept())
		cookie, err := c.Introduce(t.Context(), l[kind.Accept()])
		if err != nil || cookie == "" {
			t.Fatalf("%q, %v", cookie, err)
		}
		c.pass(61 * time.Second)
		slip, err := c.Answer(t.Context(), l[click.Keep], web.Answer{Choice: click.Choice{Verb: click.Keep}, Auto: true, Cookie: cookie})
		if !errors.Is(err, web.ErrNotKnown) {
			t.Errorf("what a scanner's script posted counts: %s %s, %v", slip.Suggestion.State, slip.Suggestion.Choice, err)
		}
	}
}

// TestSecondThoughtInOneBrowser: whoever answers, and then something else in the same
// browser, is heard; in another browser, or with the cookie of another press, not.
func TestSecondThoughtInOneBrowser(t *testing.T) {
	type step struct {
		after time.Duration
		verb  click.Verb
	}
	for name, tt := range map[string]struct {
		steps []step
		state click.State
		other bool // the last in another browser
	}{
		"kept after declining":            {[]step{{0, click.Decline}, {12 * time.Second, click.Keep}}, click.Kept, false},
		"undone, then kept":               {[]step{{0, click.Decline}, {5 * time.Second, click.Undo}, {5 * time.Second, click.Keep}}, click.Kept, false},
		"wrong, undone, then declined":    {[]step{{0, click.Wrong}, {5 * time.Second, click.Undo}, {5 * time.Second, click.Decline}}, click.Pending, false},
		"declined, called wrong, undone":  {[]step{{0, click.Decline}, {5 * time.Second, click.Wrong}, {5 * time.Second, click.Undo}}, click.Offered, false},
		"every button":                    {[]step{{0, click.Decline}, {5 * time.Second, click.Keep}, {5 * time.Second, click.Wrong}}, click.Offered, false},
		"kept in another after declining": {[]step{{0, click.Decline}, {12 * time.Second, click.Keep}}, click.Offered, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCounter(t)
			l := c.ask(bobAcme, click.KindDecline, meetsAt)
			elsewhere := c.ask(bobAcme, click.KindDecline, meetsAt.AddDate(0, 0, 1))
			cookie := ""
			for i, s := range tt.steps {
				c.pass(s.after)
				if tt.other && i == len(tt.steps)-1 { // which has answered, too, but something else
					var err error
					c.press(elsewhere[click.Decline], click.Decline)
					cookie, err = c.Introduce(t.Context(), elsewhere[click.Decline])
					fatal(t, err)
				}
				c.answer(l[click.Other], web.Answer{Choice: click.Choice{Verb: s.verb}, Cookie: cookie, Gesture: true})
				var err error
				c.hand.pass(700 * time.Millisecond) // the next second may have begun meanwhile
				cookie, err = c.Introduce(t.Context(), l[click.Other])
				fatal(t, err)
			}
			if s := c.look(l[click.Other]).Suggestion; s.State != tt.state {
				t.Errorf("%s %q, want %s: %s", s.State, s.Choice, tt.state, c.said(bobAcme))
			}
		})
	}
}

// TestContradictedBrowserIsForgotten: whoever pressed what somebody took back is not
// known, then or later.
func TestContradictedBrowserIsForgotten(t *testing.T) {
	for _, after := range []time.Duration{time.Second, 70 * time.Second, time.Hour} {
		c := newCounter(t)
		l := c.ask(bobAcme, click.KindDecline, meetsAt)
		c.press(l[click.Decline], click.Decline)
		cookie, err := c.Introduce(t.Context(), l[click.Decline])
		fatal(t, err)
		c.pass(after)
		c.press(l[click.Other], click.Undo)
		c.pass(time.Hour)
		if known, err := c.Known(t.Context(), l[click.Decline], cookie); known || err != nil {
			t.Errorf("undone after %v, it is known all the same (%v)", after, err)
		}
	}
}

// TestPressThatCameToNothingMakesNothingKnown: a gateway detonates the link as it is
// clicked in a known browser.
func TestPressThatCameToNothingMakesNothingKnown(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	c.answer(l[click.Decline], web.Answer{Choice: click.Choice{Verb: click.Decline}, Auto: true, Cookie: c.recognized(bobAcme)})
	c.pass(time.Second)
	c.press(l[click.Decline], click.Decline)
	if cookie, err := c.Introduce(t.Context(), l[click.Decline]); cookie != "" || err != nil {
		t.Errorf("it is given %q, %v", cookie, err)
	}
}

// TestStandingAnswerOutlivesAScan: what a scan cancels in the database is what the
// scan did, with its silences.
func TestStandingAnswerOutlivesAScan(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	c.press(l[click.Decline], click.Decline)
	c.pass(time.Hour)
	c.commit()
	for _, verb := range []click.Verb{click.Keep, click.Undo, click.Decline, click.Never} {
		c.pass(time.Second)
		c.press(l[click.Other], verb)
	}
	silences, err := c.DB.Silences(t.Context(), c.Now().Add(time.Hour))
	if s := c.look(l[click.Other]).Suggestion; s.State != click.Accepted || s.Choice != click.Decline || len(silences) != 0 || err != nil {
		t.Errorf("%s %q, silences %v, %v", s.State, s.Choice, silences, err)
	}
}

// TestNoReceiptForWhatDoesNotStand: a receipt is not sent for an answer that was
// cancelled, taken back or replaced meanwhile; for the one that stands it is.
func TestNoReceiptForWhatDoesNotStand(t *testing.T) {
	for name, tt := range map[string]struct {
		then []click.Verb
		sent int
	}{
		"stands":               {nil, 1},
		"void":                 {[]click.Verb{click.Keep}, 0},
		"taken back":           {[]click.Verb{click.Undo}, 0},
		"taken back, and anew": {[]click.Verb{"", click.Undo, "", click.Decline}, 1},
		"replaced":             {[]click.Verb{"", click.Keep}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCounter(t)
			l := c.ask(bobAcme, click.KindDecline, meetsAt)
			c.press(l[click.Decline], click.Decline)
			for _, verb := range tt.then {
				if verb == "" {
					c.pass(61 * time.Second)
					continue
				}
				c.press(l[click.Other], verb)
			}
			sent := 0
			for _, m := range c.receipts() {
				why, err := Gate{DB: c.DB}.Check(t.Context(), m, c.Now())
				fatal(t, err)
				if why == "" {
					sent++
				}
			}
			if sent != tt.sent {
				t.Errorf("%d receipts go out, want %d", sent, tt.sent)
			}
		})
	}
}

// TestNeverByAnOrganizerIsHeldAndTold: it silences nobody before its hold is over, and
// the receipt's undo lifts it.
func TestNeverByAnOrganizerIsHeldAndTold(t *testing.T) {
	c := newCounter(t)
	l := c.ask(annAcme, click.KindTrial, meetsAt)
	c.press(l[click.Other], click.Never)
	silenced := func() int {
		t.Helper()
		all, err := c.DB.Silences(t.Context(), c.Now())
		fatal(t, err)
		return len(all)
	}
	if n := silenced(); n != 0 || len(c.receipts()) != 1 {
		t.Fatalf("%d silences at once, %d receipts", n, len(c.receipts()))
	}
	if why, err := (Gate{DB: c.DB}).Check(t.Context(), c.receipts()[0], c.Now()); why != "" || err != nil {
		t.Errorf("the receipt is not sent: %q, %v", why, err)
	}
	c.pass(click.DefaultHolds.Trial)
	if silenced() != 1 {
		t.Error("it never begins")
	}
	c.press(undoOf(t, c.receipts()[0]), click.Undo)
	if silenced() != 0 {
		t.Error("undone, it still holds")
	}
}

// TestSentMailIsGoneFromTheFiles: once a mail is sent, its links cannot be read in
// the database's files any more.
func TestSentMailIsGoneFromTheFiles(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	taken, err := c.DB.TakeMail(t.Context(), c.Now(), "test", time.Minute, 10)
	if err != nil || len(taken) != 1 {
		t.Fatal(taken, err)
	}
	fatal(t, c.DB.MailSent(t.Context(), taken[0], c.Now()))
	if c.holds(t, l[click.Decline]) {
		t.Error("a working link is in clear in the database's files")
	}
}

// TestTrialTakesDeclinesBack: once the organizer does it in writing, nobody is asked
// any more to stay away; who answered has answered.
func TestTrialTakesDeclinesBack(t *testing.T) {
	c := newCounter(t)
	offered := c.ask(bobAcme, click.KindDecline, meetsAt)
	kept := c.ask("cyd@acme.example", click.KindDecline, meetsAt)
	c.press(kept[click.Keep], click.Keep)
	trial := c.ask(annAcme, click.KindTrial, meetsAt)
	c.press(trial[click.Trial], click.Trial)
	if s := c.look(offered[click.Other]).Suggestion.State; s != click.Offered {
		t.Errorf("while the trial is held: %s", s)
	}
	c.pass(click.DefaultHolds.Trial)
	c.commit()
	for link, want := range map[string]click.State{offered[click.Other]: click.Withdrawn, kept[click.Other]: click.Kept, trial[click.Other]: click.Accepted} {
		if s := c.look(link).Suggestion.State; s != want {
			t.Errorf("it is %s, want %s", s, want)
		}
	}
}

// TestLinksEndWithTheirTime: a link that has expired answers nothing, though others
// of the same suggestion do.
func TestLinksEndWithTheirTime(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	short, ends := token.New(), asked.Add(time.Hour)
	_, err := c.DB.Decide(t.Context(), asked, 1, "test", func(s store.Case) (store.Decision, error) {
		m := store.NewMail{MessageID: "short@acme.example", Person: bobAcme, Kind: "receipt", From: "unmeet@acme.example", To: bobAcme, MIME: []byte("short"), Deadline: meetsAt}
		return store.Decision{Answer: s.Answer, Next: meetsAt, Mail: &m, Tokens: []store.NewToken{{Hash: token.Hash(short), Verb: "keep", Expires: ends}}}, nil
	})
	fatal(t, err)
	keep := web.Answer{Choice: click.Choice{Verb: click.Keep}}
	c.pass(time.Hour)
	if slip, err := c.Answer(t.Context(), short, keep); !errors.Is(err, web.ErrNotOffered) || slip.Suggestion.State != click.Offered {
		t.Errorf("when it has expired: %s, %v", slip.Suggestion.State, err)
	}
	if slip := c.answer(l[click.Keep], keep); slip.Suggestion.State != click.Kept {
		t.Errorf("by another link: %s", slip.Suggestion.State)
	}
}
