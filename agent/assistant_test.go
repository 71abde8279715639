package agent

import (
	"errors"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/web"
	"unmeet/store"
)

const kim = "kim@acme.example"

// newAssisted is a round in which Kim answers for Bob, whose turn it is, and the desk
// where she does.
func newAssisted(t *testing.T) (*round, *Desk) {
	r := newRound(t, "")
	r.check(r.DB.Enrol(t.Context(), kim))
	group := r.asking.Group
	r.asking.Group = func(address string) Group {
		g := group(address)
		g.Language = "en"
		if address == team[1] {
			g.Assistant = kim
		}
		return g
	}
	r.Set(r.asking, r.engine)
	d := &Desk{DB: r.DB, Holds: click.DefaultHolds, PublicURL: r.PublicURL, Group: r.asking.Group, Clock: r.hand,
		Mail: &mail.Writer{Sender: mail.Sender{From: mail.Address{Address: "unmeet@acme.example"}, PublicURL: r.PublicURL}}}
	return r, d
}

// asks has Bob asked, or Kim for him, and returns the letter.
func (r *round) asks() mail.Letter {
	r.Helper()
	for _, who := range append(team, kim) {
		r.check(r.DB.SetTurn(r.Context(), who, roundMonday.AddDate(0, 6, 0)))
	}
	r.turn(team[1])
	r.letters = nil
	if r.passes(); len(r.letters) != 1 {
		r.Fatalf("%d letters", len(r.letters))
	}
	return r.letters[0]
}

// secretOf is the token in a link.
func secretOf(link string) string { return path.Base(link) }

// queued returns the mails on their way.
func (r *round) queued() []store.Mail {
	r.Helper()
	all, err := r.DB.Mails(r.Context(), store.MailQueued, 100)
	r.check(err)
	return all
}

// TestAssistantAnswers: the mail goes to who answers for somebody, says for whom, and
// what is accepted there is told to the person, who can undo it.
func TestAssistantAnswers(t *testing.T) {
	ctx := t.Context()
	r, desk := newAssisted(t)
	l := r.asks()
	if l.To.Address != kim || l.For.Address != team[1] || l.First {
		t.Fatalf("to %v for %v", l.To, l.For)
	}
	sent := r.queued()[0]
	if sent.To != kim || sent.Person != team[1] || !strings.Contains(string(sent.MIME), "Subject: For Bob") {
		t.Errorf("to %s about %s:\n%.400s", sent.To, sent.Person, sent.MIME)
	}
	if why, err := (Gate{DB: r.DB, Group: r.asking.Group}).Check(ctx, sent, r.Now()); why != "" || err != nil {
		t.Errorf("not sent: %s, %v", why, err)
	}

	accept := secretOf(l.Items[0].Links.Accept)
	slip, err := desk.Look(ctx, accept)
	r.check(err)
	for _, c := range slip.Allowed {
		if c.Verb == click.Never || c.Verb == click.Wrong {
			t.Errorf("an assistant may answer %v", c)
		}
	}
	if slip.Acting != kim || slip.Person != team[1] {
		t.Errorf("%q acts for %q", slip.Acting, slip.Person)
	}
	if _, err := desk.Answer(ctx, accept, web.Answer{Choice: click.Choice{Verb: click.Never}}); !errors.Is(err, web.ErrNotOffered) {
		t.Errorf("never by an assistant: %v", err)
	}
	own, err := desk.Recognize(ctx, team[1]) // not even in the person's own browser
	r.check(err)
	if _, err := desk.Answer(ctx, accept, web.Answer{Choice: click.Choice{Verb: click.Decline}, Auto: true, Cookie: own}); !errors.Is(err, web.ErrNotKnown) {
		t.Errorf("by itself: %v", err)
	}
	_, err = desk.Answer(ctx, accept, web.Answer{Choice: click.Choice{Verb: click.Decline}, Gesture: true, Cookie: own})
	r.check(err)
	if cookie, err := desk.Introduce(ctx, accept); cookie != "" || err != nil {
		t.Errorf("the assistant's browser became the person's: %q, %v", cookie, err)
	}
	outcomes, err := r.DB.OutcomesOf(ctx, team[1])
	r.check(err)
	if last := outcomes[len(outcomes)-1]; last.Outcome != "pressed" || last.Via != string(web.ViaAssistant) {
		t.Errorf("recorded: %+v", last)
	}

	on := r.queued()
	receipt := on[slices.IndexFunc(on, func(m store.Mail) bool { return m.Kind == string(mail.Receipt) })]
	text := string(receipt.MIME)
	if receipt.To != team[1] || receipt.Kind != string(mail.Receipt) || !strings.Contains(text, kim) || !strings.Contains(text, "Answer for myself") {
		t.Errorf("receipt to %s:\n%.2500s", receipt.To, text)
	}
	s, err := r.DB.SuggestionsTo(ctx, team[1])
	r.check(err)
	if s[0].Acting != kim || s[0].State != string(click.Pending) {
		t.Errorf("%s by %q", s[0].State, s[0].Acting)
	}
	r.pass(time.Hour)
	undone, err := desk.steps(ctx, r.Now(), "").step(ctx, r.Now(), s[0].ID, "mail-button", func(store.Case) (click.Event, error) {
		return click.Event{Verb: click.Undo, Gesture: true}, nil
	})
	r.check(err)
	if undone.State != string(click.Offered) || undone.Acting != team[1] {
		t.Errorf("undone: %s by %q", undone.State, undone.Acting)
	}
}

// TestNobodyIsAnsweredForAgainstTheirWill: once the person or the assistant said no, or
// the configuration names nobody, links are dead, what is queued is not sent, and the
// person is asked themselves.
func TestNobodyIsAnsweredForAgainstTheirWill(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(r *round, desk *Desk, l mail.Letter)
		mail bool // the assistant still gets mail of their own
	}{
		"the assistant's mail program": {func(r *round, desk *Desk, l mail.Letter) {
			secret := secretOf(l.Unsubscribe)
			r.check(desk.Unsubscribe(r.Context(), secret, web.ViaHeader))
			if err := desk.Resubscribe(r.Context(), secret, web.ViaButton); !errors.Is(err, web.ErrUnknownLink) {
				r.Errorf("the assistant came back by themselves: %v", err)
			}
			if reader, err := desk.Reader(r.Context(), secret); err != nil || !reader.Alone || !reader.Acting || reader.Unsubscribed {
				r.Errorf("page: %+v, %v", reader, err)
			}
		}, true},
		"the person": {func(r *round, desk *Desk, l mail.Letter) {
			r.check(r.DB.SetAlone(r.Context(), team[1], r.Now()))
		}, true},
		"the configuration": {func(r *round, desk *Desk, l mail.Letter) {
			group := r.asking.Group
			r.asking.Group = func(address string) Group {
				g := group(address)
				g.Assistant = ""
				return g
			}
			r.Set(r.asking, r.engine)
			desk.Group = r.asking.Group
		}, true},
		"the assistant takes no mail": {func(r *round, desk *Desk, l mail.Letter) {
			r.check(r.DB.Unsubscribe(r.Context(), r.Now(), kim, "test"))
		}, false},
		"the assistant leaves": {func(r *round, desk *Desk, l mail.Letter) {
			r.check(r.DB.Leave(r.Context(), r.Now(), kim, "test"))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r, desk := newAssisted(t)
			l := r.asks()
			c.end(r, desk, l)
			if _, err := desk.Look(t.Context(), secretOf(l.Items[0].Links.Accept)); !errors.Is(err, web.ErrUnknownLink) {
				t.Errorf("the link still works: %v", err)
			}
			for _, m := range r.queued() {
				if why, err := (Gate{DB: r.DB, Group: r.asking.Group}).Check(t.Context(), m, r.Now()); m.To != team[1] && (why == "" || err != nil) {
					t.Errorf("still sent to %s: %v", m.To, err)
				}
			}
			if takes, err := r.DB.TakesMail(t.Context(), team[1]); !takes || err != nil {
				t.Errorf("the person gets no mail any more: %v", err)
			}
			if takes, err := r.DB.TakesMail(t.Context(), kim); takes != c.mail || err != nil {
				t.Errorf("mail to the assistant: %t, %v", takes, err)
			}
			if who, err := assistantOf(t.Context(), r.DB, r.asking.Group, team[1]); who.address != "" || err != nil {
				t.Errorf("%q still answers, %v", who.address, err)
			}
		})
	}
}

// TestAssistantsAgreeToo: one who does not take part gets nothing.
func TestAssistantsAgreeToo(t *testing.T) {
	r, _ := newAssisted(t)
	r.check(r.DB.Leave(t.Context(), r.Now(), kim, "test"))
	if l := r.asks(); l.To.Address != team[1] {
		t.Errorf("to %v", l.To)
	}
}

// TestPersonLetsAnAssistantAnswerAgain by the link in the mail that tells of an answer.
func TestPersonLetsAnAssistantAnswerAgain(t *testing.T) {
	ctx := t.Context()
	r, desk := newAssisted(t)
	l := r.asks()
	var alone string
	c, err := r.DB.SuggestionsTo(ctx, team[1])
	r.check(err)
	_, tokens := desk.receipt(ctx, store.Case{Suggestion: c[0]}, clickOf(c[0]), r.Now(), kim)
	for _, n := range tokens {
		if n.Verb == string(click.Alone) {
			alone = n.Verb
			if n.Acting != "" || n.Suggestion != -1 {
				t.Errorf("the person's link: %+v", n)
			}
		}
	}
	if alone == "" {
		t.Fatal("the receipt has no link to end it")
	}
	own := store.Token{Person: team[1], Verb: string(click.Alone)}
	if !isAlone(own) || isAlone(store.Token{Verb: string(click.Unsubscribe)}) {
		t.Error("which links are about who answers is mistaken")
	}
	r.check(r.DB.SetAlone(ctx, team[1], r.Now()))
	r.check(r.DB.SetAlone(ctx, team[1], time.Time{}))
	if _, err := desk.Look(ctx, secretOf(l.Items[0].Links.Accept)); err != nil {
		t.Errorf("answering again: %v", err)
	}
}
