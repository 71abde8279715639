package agent

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/token"
	"unmeet/agent/web"
	"unmeet/store"
)

func TestSlip(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	c.Group = func(address string) Group { return Group{Language: "de"} }
	slip := c.look(l[click.Other])
	if slip.Link.Verb != click.Other || slip.Person != bobAcme || slip.Language != "de" || slip.Snapshot.Title != "Ops weekly" || slip.Ended || slip.Paused || len(slip.Allowed) != 5 {
		t.Errorf("offered: %+v", slip)
	}
	if err := c.DB.Set(t.Context(), bobAcme, store.Settings{Language: "en"}); err != nil {
		t.Fatal(err)
	}
	c.pass(meetsAt.Sub(asked))
	if slip = c.look(l[click.Other]); slip.Language != "en" || !slip.Ended || slip.Allowed != nil {
		t.Errorf("when the meeting begins: %+v", slip)
	}
	if _, err := c.Look(t.Context(), l[click.Unsubscribe]); !errors.Is(err, web.ErrUnknownLink) {
		t.Errorf("a link to unsubscribe is about no suggestion: %v", err)
	}
}

func TestAnswerRefuses(t *testing.T) {
	tests := []struct {
		name   string
		before func(t *testing.T, c *counter, l links)
		answer web.Answer
		want   error
	}{
		{"by itself in an unknown browser", nil, web.Answer{Choice: click.Choice{Verb: click.Decline}, Auto: true}, web.ErrNotKnown},
		{"by itself with a made-up cookie", nil, web.Answer{Choice: click.Choice{Verb: click.Decline}, Auto: true, Cookie: token.New()}, web.ErrNotKnown},
		{"another kind", nil, web.Answer{Choice: click.Choice{Verb: click.Trial}}, web.ErrNotOffered},
		{"what only time says", nil, web.Answer{Choice: click.Choice{Verb: click.Commit}}, web.ErrNotOffered},
		{"what only the agent says", nil, web.Answer{Choice: click.Choice{Verb: click.Withdraw}}, web.ErrNotOffered},
		{"a category that there is not", nil, web.Answer{Choice: click.Choice{Verb: click.Wrong}, Category: "boring"}, web.ErrNotOffered},
		{"a category with a keep", nil, web.Answer{Choice: click.Choice{Verb: click.Keep}, Category: "creating"}, web.ErrNotOffered},
		{"while paused", func(t *testing.T, c *counter, _ links) {
			if err := c.DB.Pause(t.Context(), store.Pause{By: "ops"}); err != nil {
				t.Fatal(err)
			}
		}, web.Answer{Choice: click.Choice{Verb: click.Decline}}, web.ErrPaused},
		{"when the meeting begins", func(t *testing.T, c *counter, _ links) { c.pass(meetsAt.Sub(asked)) },
			web.Answer{Choice: click.Choice{Verb: click.Decline}}, web.ErrNotOffered},
		{"undo, when it has begun", func(t *testing.T, c *counter, l links) {
			c.press(l[click.Decline], click.Decline)
			c.pass(time.Hour)
			c.commit()
			c.pass(meetsAt.Sub(asked))
		}, web.Answer{Choice: click.Choice{Verb: click.Undo}}, web.ErrNotOffered},
		{"once it was withdrawn", func(t *testing.T, c *counter, _ links) {
			if _, err := c.DB.Withdraw(t.Context(), asked, []int64{1}, "sync", "gone"); err != nil {
				t.Fatal(err)
			}
		}, web.Answer{Choice: click.Choice{Verb: click.Decline}}, web.ErrNotOffered},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCounter(t)
			l := c.ask(bobAcme, click.KindDecline, meetsAt)
			if tt.before != nil {
				tt.before(t, c, l)
			}
			before, said := c.look(l[click.Decline]), c.said(bobAcme)
			slip, err := c.Answer(t.Context(), l[click.Decline], tt.answer)
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if d := gocmp.Diff(before, slip); d != "" || c.said(bobAcme) != said {
				t.Errorf("recorded %s after %s; the slip differs from Look's:\n%s", c.said(bobAcme), said, d)
			}
		})
	}
}

func TestAnswersAreKept(t *testing.T) {
	c := newCounter(t)
	woken := 0
	c.Desk.Wake = func() { woken++ }
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	slip := c.answer(l[click.Decline], web.Answer{Choice: click.Choice{Verb: click.Decline, Scope: click.Onward}, Note: " ping me\x00 \xff" + strings.Repeat("ü", 2000)})
	if s := slip.Suggestion; s.Scope != click.Onward || !strings.HasPrefix(s.Note, "ping me") || len(s.Note) > maxNote || strings.Contains(s.Note, "\x00") || !utf8.ValidString(s.Note) || woken != 1 {
		t.Errorf("%s, note %q, woken %d times", s.Scope, s.Note, woken)
	}
	if c.look(l[click.Keep]).Suggestion.Note != slip.Suggestion.Note {
		t.Error("the note is not kept")
	}

	wrong := c.ask("cid@acme.example", click.KindDecline, meetsAt)
	slip = c.answer(wrong[click.Wrong], web.Answer{Choice: click.Choice{Verb: click.Wrong}, Category: "decision-making"})
	all, err := c.DB.OutcomesOf(t.Context(), "cid@acme.example")
	if err != nil || len(all) != 2 || all[1].Outcome != "wrong" || all[1].Detail.Said != "decision-making" || all[1].Detail.Category != "informing" {
		t.Errorf("outcomes %+v, %v", all, err)
	}
	if s := slip.Suggestion; s.State != click.Kept || s.Category != "decision-making" {
		t.Errorf("%s, said to be %s", s.State, s.Category)
	}

	never := c.ask(annAcme, click.KindTrial, weekOn)
	c.press(never[click.Other], click.Never)
	silences, err := c.DB.Silences(t.Context(), weekOn.AddDate(5, 0, 0))
	if d := gocmp.Diff([]store.Silence{{Organizer: annAcme, Why: "never"}}, silences); d != "" || err != nil {
		t.Errorf("silences: %v\n%s", err, d)
	}
	c.pass(2 * time.Minute)
	c.press(never[click.Other], click.Undo)
	if silences, err := c.DB.Silences(t.Context(), weekOn.AddDate(5, 0, 0)); err != nil || len(silences) != 0 {
		t.Errorf("after undoing: %v, %v", silences, err)
	}
}

func TestTrial(t *testing.T) {
	c := newCounter(t)
	l := c.ask(annAcme, click.KindTrial, meetsAt)
	c.answer(l[click.Trial], web.Answer{Choice: click.Choice{Verb: click.Trial}, Cookie: c.recognized(annAcme)})
	if len(c.receipts()) != 1 {
		t.Error("a trial brings a receipt, whoever presses")
	}
	undo := undoOf(t, c.receipts()[0])
	c.pass(14 * time.Minute)
	c.commit()
	if s := c.look(undo).Suggestion; s.State != click.Pending {
		t.Errorf("after 14 minutes: %s", s.State)
	}
	c.pass(time.Minute)
	c.commit()
	c.pass(10 * 24 * time.Hour) // it has begun, and is not closed
	slip := c.look(undo)
	if slip.Suggestion.State != click.Accepted || slip.Ended || len(slip.Allowed) != 1 {
		t.Errorf("while it runs: %s, ended %v, %v", slip.Suggestion.State, slip.Ended, slip.Allowed)
	}
	c.press(undo, click.Undo)
	c.commit()
	if got, want := c.said(annAcme), "suggested pressed accepted undone expired"; got != want {
		t.Errorf("outcomes %s, want %s", got, want)
	}
}

func TestReceipt(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	c.press(l[click.Decline], click.Decline)
	m := c.receipts()[0]
	text := strings.ReplaceAll(string(m.MIME), "=\r\n", "")
	digest, err := c.DB.Mails(t.Context(), store.MailQueued, 10)
	if err != nil || len(digest) != 2 {
		t.Fatal(err)
	}
	for _, want := range []string{"In-Reply-To: <" + digest[1].MessageID + ">", "List-Unsubscribe: <https://unmeet.acme.example/u/", "To: <" + bobAcme + ">"} {
		if !strings.Contains(text, want) {
			t.Errorf("the receipt lacks %q:\n%s", want, text)
		}
	}
	_, leave, _ := strings.Cut(text, "https://unmeet.acme.example/u/")
	if r, err := c.Reader(t.Context(), leave[:token.Length]); err != nil || r.Person != bobAcme {
		t.Errorf("its link to unsubscribe: %+v, %v", r, err)
	}

	other := c.ask(bobAcme, click.KindDecline, weekOn)
	if err := c.Unsubscribe(t.Context(), l[click.Unsubscribe], web.ViaHeader); err != nil {
		t.Fatal(err)
	}
	if slip, err := c.Answer(t.Context(), other[click.Decline], web.Answer{Choice: click.Choice{Verb: click.Decline}}); !errors.Is(err, web.ErrUntold) || slip.Suggestion.State != click.Offered {
		t.Errorf("a browser that is not known accepts for who cannot be told of it: %s, %v", slip.Suggestion.State, err)
	}
	if s := c.answer(other[click.Decline], web.Answer{Choice: click.Choice{Verb: click.Decline}, Cookie: c.recognized(bobAcme)}).Suggestion; s.State != click.Pending || len(c.receipts()) != 1 {
		t.Errorf("who unsubscribed can still answer, and gets no mail: %s, %d receipts", s.State, len(c.receipts()))
	}
}

// TestAnswerWithoutAReceipt sees that a mail that cannot be written is no reason to
// refuse an answer.
func TestAnswerWithoutAReceipt(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	c.Desk.Mail = &mail.Writer{} // without a sender nothing can be written
	if s := c.press(l[click.Decline], click.Decline).Suggestion; s.State != click.Pending || len(c.receipts()) != 0 {
		t.Errorf("%s, %d receipts", s.State, len(c.receipts()))
	}
	if !strings.Contains(c.log.String(), "no receipt could be written") {
		t.Errorf("the log says nothing of it: %s", &c.log)
	}
}

func TestBrowsers(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	known := func(cookie string, want bool) {
		t.Helper()
		if got, err := c.Known(t.Context(), l[click.Unsubscribe], cookie); err != nil || got != want {
			t.Errorf("known: %v, %v, want %v", got, err, want)
		}
	}
	if cookie, err := c.Introduce(t.Context(), l[click.Decline]); cookie != "" || err != nil {
		t.Errorf("who pressed nothing is given %q, %v", cookie, err)
	}
	c.press(l[click.Decline], click.Decline)
	pressed, err := c.Introduce(t.Context(), l[click.Decline])
	if err != nil {
		t.Fatal(err)
	}
	connected := c.recognized(bobAcme)
	known("", false)
	known(token.New(), false)
	known(pressed, false)
	known(connected, true)
	c.pass(2*time.Minute - time.Second)
	known(pressed, false)
	c.pass(time.Second)
	known(pressed, true)
	c.commit()
	for range 2 {
		if err := c.Forget(t.Context(), connected); err != nil {
			t.Error(err)
		}
	}
	if err := c.Forget(t.Context(), "nonsense"); err != nil {
		t.Error(err)
	}
	known(connected, false)
	c.pass(web.KnownFor)
	known(pressed, false)
	if _, err := c.Recognize(t.Context(), "stranger@acme.example"); !errors.Is(err, store.ErrNoPerson) {
		t.Errorf("a stranger's: %v", err)
	}
}

func TestLeavingAndComingBack(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	for _, err := range []error{c.Unsubscribe(t.Context(), l[click.Decline], web.ViaButton), c.Resubscribe(t.Context(), l[click.Decline], web.ViaButton)} {
		if !errors.Is(err, web.ErrUnknownLink) {
			t.Errorf("by a link for something else: %v", err)
		}
	}
	c.pass(400 * 24 * time.Hour) // such a link never ends
	reader := func() web.Reader {
		t.Helper()
		r, err := c.Reader(t.Context(), l[click.Unsubscribe])
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := reader(); r != (web.Reader{Person: bobAcme}) {
		t.Errorf("%+v", r)
	}
	for range 2 {
		if err := c.Unsubscribe(t.Context(), l[click.Unsubscribe], web.ViaHeader); err != nil {
			t.Fatal(err)
		}
	}
	if !reader().Unsubscribed {
		t.Error("not unsubscribed")
	}
	for range 2 {
		if err := c.Resubscribe(t.Context(), l[click.Unsubscribe], web.ViaButton); err != nil {
			t.Fatal(err)
		}
	}
	if reader().Unsubscribed || c.said(bobAcme) != "suggested left returned" {
		t.Errorf("%+v, %s", reader(), c.said(bobAcme))
	}
	if err := c.DB.Leave(t.Context(), c.Now(), bobAcme, "cli"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Reader(t.Context(), l[click.Unsubscribe]); !errors.Is(err, web.ErrUnknownLink) {
		t.Errorf("after they have left: %v", err)
	}
}

// TestWithdrawnAsStepSays holds what the database withdraws by itself against what
// package click says of it.
func TestWithdrawnAsStepSays(t *testing.T) {
	for _, answered := range []click.Verb{"", click.Decline, click.Keep} {
		c := newCounter(t)
		l := c.ask(bobAcme, click.KindDecline, meetsAt)
		if answered != "" {
			c.press(l[click.Decline], answered)
		}
		before, err := c.DB.Suggestion(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		want, effects, err := click.DefaultHolds.Step(clickOf(before), click.Event{Verb: click.Withdraw, Note: "gone"}, c.Now())
		if err != nil {
			t.Fatal(err)
		}
		said := c.said(bobAcme)
		if _, err := c.DB.Withdraw(t.Context(), c.Now(), []int64{1}, "sync", "gone"); err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff(want, c.look(l[click.Decline]).Suggestion); d != "" {
			t.Errorf("after %q (-click +store):\n%s", answered, d)
		}
		if got := strings.Count(c.said(bobAcme), "withdrawn"); got != len(effects) {
			t.Errorf("after %q: recorded %s after %s", answered, c.said(bobAcme), said)
		}
	}
}

func TestGate(t *testing.T) {
	tests := []struct {
		name   string
		before func(t *testing.T, c *counter, l links)
		why    string // part of it
		err    error
	}{
		{"nothing has changed", nil, "", nil},
		{"paused", func(t *testing.T, c *counter, _ links) { fatal(t, c.DB.Pause(t.Context(), store.Pause{By: "ops"})) }, "", store.ErrPaused},
		{"unsubscribed", func(t *testing.T, c *counter, l links) {
			fatal(t, c.Unsubscribe(t.Context(), l[click.Unsubscribe], web.ViaHeader))
		}, "takes no mail", nil},
		{"withdrawn", func(t *testing.T, c *counter, _ links) {
			_, err := c.DB.Withdraw(t.Context(), asked, []int64{1}, "sync", "gone")
			fatal(t, err)
		}, "out of date", nil},
		{"answered", func(t *testing.T, c *counter, l links) { c.press(l[click.Keep], click.Keep) }, moot, nil},
		{"observing", nil, "their group observes", nil},
		{"near", func(t *testing.T, c *counter, _ links) { c.pass(time.Hour + time.Second) }, "near", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCounter(t)
			l := c.ask(bobAcme, click.KindDecline, meetsAt)
			if tt.before != nil {
				tt.before(t, c, l)
			}
			mails, err := c.DB.Mails(t.Context(), store.MailQueued, 1)
			if err != nil || len(mails) != 1 {
				t.Fatalf("%d mails, %v", len(mails), err)
			}
			observing := func(address string) Group { return Group{Observing: address == bobAcme && tt.name == "observing"} }
			why, err := Gate{DB: c.DB, Group: observing}.Check(t.Context(), mails[0], c.Now())
			if !errors.Is(err, tt.err) || !strings.Contains(why, tt.why) || (why == "") != (tt.why == "") {
				t.Errorf("%q, %v; want %q, %v", why, err, tt.why, tt.err)
			}
		})
	}
	t.Run("a receipt, however near", func(t *testing.T) {
		c := newCounter(t)
		l := c.ask(bobAcme, click.KindDecline, meetsAt)
		c.pass(24 * time.Hour)
		c.press(l[click.Decline], click.Decline)
		if why, err := (Gate{DB: c.DB}).Check(t.Context(), c.receipts()[0], c.Now()); why != "" || err != nil {
			t.Errorf("%q, %v", why, err)
		}
	})
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
