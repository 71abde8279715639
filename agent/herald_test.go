package agent

import (
	"context"
	"errors"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/calendars/ics"
	"unmeet/store"
)

// untold is a calendar that tells nobody.
type untold struct{ *paper }

// Do implements [Responder].
func (u untold) Do(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	r, err := u.paper.Do(ctx, i, begin)
	r.Told = false
	return r, err
}

// heralded is an office with a herald, whose calendars are written to by r, or not at
// all with an error.
func heralded(t *testing.T, asAttendees bool, r Responder, err error) *office {
	t.Helper()
	o := newOffice(t)
	if p, ok := r.(untold); ok {
		p.paper = o.paper
		r = p
	} else if r == nil {
		r = o.paper
	}
	o.Desk.Responders = func(context.Context, store.Connection) (Responder, error) { return r, err }
	o.Desk.Herald = &Herald{DB: o.DB, Writer: *o.Mail, PublicURL: o.PublicURL, AsAttendees: asAttendees, Reply: ics.Reply, Clock: o.hand, Log: o.Desk.Log}
	o.actor.Responders, o.actor.Mails = o.Desk.Responders, o.Desk.Herald.Mails
	return o
}

// queued returns the mails of a kind on their way, the oldest first.
func (o *office) queued(kind string) (all []store.Mail) {
	o.Helper()
	mails, err := o.DB.Mails(o.Context(), store.MailQueued, 100)
	fatal(o.TB, err)
	for _, m := range mails {
		if m.Kind == kind {
			all = append([]store.Mail{m}, all...)
		}
	}
	return all
}

// plain is what a mail says, decoded.
func plain(t testing.TB, m store.Mail) string {
	t.Helper()
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(string(m.MIME))))
	fatal(t, err)
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// TestHerald holds who is told what of an answer, and what the page says of it then.
func TestHerald(t *testing.T) {
	readOnly, noConsent := calendars.ErrReadOnly, calendars.ErrNoConsent
	for name, c := range map[string]struct {
		attendees    bool
		responder    Responder
		err          error
		unsubscribed bool
		before       web.Effect // of the press
		after        web.Effect // once the hold is over
		reply        bool       // a mail in Bob's name
		result       string     // words of a mail to him, "" for none
	}{
		"the calendar tells": {
			before: web.Effect{Way: web.ByCalendar}, after: web.Effect{Way: web.ByCalendar, Stage: web.Done, Tells: web.ByCalendar},
		},
		"the calendar tells nobody, we do": {
			attendees: true, responder: untold{},
			before: web.Effect{Way: web.ByCalendar}, after: web.Effect{Way: web.ByCalendar, Stage: web.Done, Tells: web.ByReply}, reply: true,
		},
		"the calendar tells nobody, he may": {
			responder: untold{}, before: web.Effect{Way: web.ByCalendar}, after: web.Effect{Way: web.ByCalendar, Stage: web.Done, Tells: web.ByFile},
			result: "Your calendar shows it",
		},
		"it cannot be written, we tell": {
			attendees: true, err: readOnly, before: web.Effect{Way: web.ByReply}, after: web.Effect{Way: web.ByReply, Stage: web.Done}, reply: true,
		},
		"it cannot be written, we tell, and he wants no mail": {
			attendees: true, err: readOnly, unsubscribed: true, before: web.Effect{Way: web.ByReply}, after: web.Effect{Way: web.ByReply, Stage: web.Done}, reply: true,
		},
		"it cannot be written, he gets a file": {
			err: readOnly, before: web.Effect{Way: web.ByFile}, after: web.Effect{Way: web.ByFile, Stage: web.Done}, result: "has told nobody",
		},
		"it cannot be written, and he wants no mail": {
			err: readOnly, unsubscribed: true, before: web.Effect{Way: web.ByHand}, after: web.Effect{Way: web.ByHand, Stage: web.Done},
		},
		"he has not allowed it": {
			err: noConsent, before: web.Effect{Way: web.ByConsent}, after: web.Effect{Way: web.ByConsent, Stage: web.Waiting}, result: "Let it write",
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := heralded(t, c.attendees, c.responder, c.err)
			same := func(when string, got, want web.Effect) {
				t.Helper()
				got.Service, got.Owner = "", ""
				if got != want {
					t.Errorf("%s it is %+v, want %+v", when, got, want)
				}
			}
			link := o.ask(bobAcme, click.KindDecline, meetsAt)[click.Decline]
			if c.unsubscribed {
				fatal(t, o.DB.Unsubscribe(t.Context(), o.Now(), bobAcme, "test"))
			}
			same("before", o.look(link).Effect, c.before)
			o.known(link, click.Decline)
			same("while it is held", o.look(link).Effect, c.before)
			o.run()
			if n := len(o.queued("reply")) + len(o.queued("result")); n > 0 {
				t.Errorf("%d mails before the hold is over", n)
			}
			o.pass(3 * time.Minute)
			o.run()
			same("after", o.look(link).Effect, c.after)
			o.run() // which changes nothing
			replies, results := o.queued("reply"), o.queued("result")
			if len(replies) != 0 && !c.reply || len(replies) != 1 && c.reply {
				t.Fatalf("%d replies", len(replies))
			}
			if len(results) > 1 || len(results) == 1 && !strings.Contains(plain(t, results[0]), c.result) || (len(results) == 1) != (c.result != "") {
				t.Fatalf("%d results, want %q", len(results), c.result)
			}
			if len(results) == 1 && (results[0].To != bobAcme || strings.Contains(plain(t, results[0]), "PARTSTAT=DECLINED") != (c.after.Way == web.ByFile || c.after.Tells == web.ByFile)) {
				t.Errorf("the result to %s has a file where there is none, or none:\n%s", results[0].To, plain(t, results[0]))
			}
			if c.reply {
				said := plain(t, replies[0])
				if replies[0].To != annAcme || replies[0].From != bobAcme || replies[0].Person != bobAcme || !strings.Contains(said, "METHOD:REPLY") || !strings.Contains(said, "PARTSTAT=DECLINED") {
					t.Errorf("the reply from %s to %s says\n%s", replies[0].From, replies[0].To, said)
				}
				if why, err := (Gate{DB: o.DB}).Check(t.Context(), replies[0], o.Now()); why != "" || err != nil {
					t.Errorf("it is not sent: %q, %v", why, err)
				}
			}
			o.known(link, click.Undo)
			o.run()
			effect := o.look(link).Effect
			if done := c.after.Stage == web.Done && c.after.Way != web.ByHand; effect.Back != done && c.after.Way != web.ByHand || done && effect.Stage != web.Done {
				t.Errorf("undone it is %+v", effect)
			}
			if replies = o.queued("reply"); c.reply {
				if len(replies) != 2 || strings.Contains(plain(t, replies[1]), "PARTSTAT=DECLINED") {
					t.Errorf("that it is taken back is told by %d replies in all", len(replies))
				}
			}
		})
	}
}

// TestWayWithoutAPlace: the page says what can be said where nothing is known of the
// calendar.
func TestWayWithoutAPlace(t *testing.T) {
	o := heralded(t, true, nil, nil)
	link := o.ask(bobAcme, click.KindDecline, meetsAt)[click.Decline]
	is := func(when string, want web.Way) {
		t.Helper()
		if got := o.look(link).Effect; got.Way != want {
			t.Errorf("%s it is %+v, want %q", when, got, want)
		}
	}
	is("where it was read", web.ByCalendar)
	_, err := o.DB.Connect(t.Context(), o.Now(), store.NewConnection{Kind: "google", Owner: bobAcme, Account: "1", Via: store.ByGrant, Remotes: []string{"primary"}})
	fatal(t, err)
	_, err = o.DB.Connect(t.Context(), o.Now(), store.NewConnection{Kind: "google", Owner: bobAcme, Account: "2", Via: store.ByGrant, Remotes: []string{"primary"}})
	fatal(t, err)
	is("where another account is still to be read", web.ByCalendar)
	fatal(t, o.DB.Enrol(t.Context(), "cy@acme.example"))
	link = o.ask("cy@acme.example", click.KindDecline, meetsAt)[click.Decline]
	is("without a calendar", web.ByReply)
}

// TestTroubleIsTold: what could not be done, and that a meeting was moved, is told
// once, and only while it is so.
func TestTroubleIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		before func(o *office)
		says   string
	}{
		"refused":    {func(o *office) { o.paper.refuse = &Trouble{Why: "no", Err: calendars.ErrRefused, Final: true} }, "could not write that to your calendar"},
		"moved":      {func(o *office) { o.paper.change(func(e *entry) { e.Start = e.Start.Add(time.Hour) }) }, "at another time by now"},
		"called off": {func(o *office) { o.paper.change(func(e *entry) { e.Status = calendars.Cancelled }) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := heralded(t, true, nil, nil)
			link := o.decline()
			o.run()
			c.before(o)
			for range 5 {
				o.pass(time.Hour)
				o.run()
			}
			results := o.queued("result")
			if (len(results) == 1) != (c.says != "") || len(results) > 1 {
				t.Fatalf("%d mails, actions %v", len(results), o.states())
			}
			if c.says == "" {
				return
			}
			if said := strings.ReplaceAll(plain(t, results[0]), "\n", " "); !strings.Contains(said, c.says) {
				t.Errorf("it says %s", said)
			}
			if why, err := (Gate{DB: o.DB}).Check(t.Context(), results[0], o.Now()); why != "" || err != nil {
				t.Errorf("it is not sent: %q, %v", why, err)
			}
			o.known(link, click.Undo)
			if why, err := (Gate{DB: o.DB}).Check(t.Context(), results[0], o.Now()); why == "" || err != nil {
				t.Errorf("it is sent though the answer was taken back: %v", err)
			}
		})
	}
}

// TestTooLateIsTold has a process die over an action, before it is done, until the
// meeting has begun.
func TestTooLateIsTold(t *testing.T) {
	for _, begun := range []bool{false, true} {
		o := heralded(t, true, nil, nil)
		o.decline()
		o.act()
		o.pass(holdsOver)
		o.commit()
		taken, err := o.DB.TakeActions(t.Context(), o.Now(), "who died", actLease, 1)
		fatal(t, err)
		if begun {
			taken[0].Receipt = &calendars.Receipt{Before: string(calendars.Accepted), After: string(calendars.Declined)}
			fatal(t, o.DB.BeginAction(t.Context(), &taken[0], o.Now(), 1))
		}
		o.pass(meetsAt.Sub(o.Now()))
		o.run()
		o.want([]string{"failed"})
		results := o.queued("result")
		if len(results) != 1 || !strings.Contains(strings.ReplaceAll(plain(t, results[0]), "\n", " "), "could not write that to your calendar") {
			t.Fatalf("begun %t: %d mails", begun, len(results))
		}
		if why, err := (Gate{DB: o.DB}).Check(t.Context(), results[0], o.Now()); why != "" || err != nil {
			t.Errorf("begun %t: it is not sent: %q, %v", begun, why, err)
		}
	}
}

// TestInvitation finds how somebody was invited in whatever calendar there is.
func TestInvitation(t *testing.T) {
	o := newOffice(t)
	ref := calendars.Ref{UID: "ops", Organizer: annAcme, Instance: calendars.InstanceAt(weekOn)}
	for _, who := range []string{bobAcme, "cy@acme.example"} {
		got, err := o.DB.Invitation(t.Context(), who, ref)
		if err != nil || got.Instance != ref.Instance || !got.Start.Equal(weekOn) || got.Title != "Ops weekly" || got.Organizer.Address != annAcme || len(got.People) != 2 {
			t.Errorf("%s: %+v, %v", who, got, err)
		}
	}
	ref.Instance = ""
	if got, err := o.DB.Invitation(t.Context(), bobAcme, ref); err != nil || got.Instance != "" || got.Rule == "" {
		t.Errorf("the series: %+v, %v", got, err)
	}
	ref.UID = "another"
	if _, err := o.DB.Invitation(t.Context(), bobAcme, ref); !errors.Is(err, store.ErrNoInvitation) {
		t.Errorf("another: %v", err)
	}
}

// TestReplyRestores: an answer that was mailed is taken back to the one from before,
// which was read though nobody may write there; both go from the address that was
// invited, and name no product.
func TestReplyRestores(t *testing.T) {
	const alias = "bo@acme.example"
	for _, invited := range []string{bobAcme, alias} {
		t.Run(invited, func(t *testing.T) {
			o := heralded(t, true, nil, calendars.ErrReadOnly)
			if invited == alias {
				c := opsSeries(alias)
				c.Self = alias
				o.pass(time.Hour)
				fatal(t, o.read(c))
			}
			link := o.ask(bobAcme, click.KindDecline, meetsAt)[click.Decline]
			o.known(link, click.Decline)
			o.run()
			o.pass(3 * time.Minute)
			o.run()
			o.known(link, click.Undo)
			o.run()
			replies := o.queued("reply")
			if len(replies) != 2 {
				t.Fatalf("%d replies, actions %v", len(replies), o.states())
			}
			for i, answer := range []string{"DECLINED", "ACCEPTED"} {
				said := plain(t, replies[i])
				if replies[i].From != invited || !strings.Contains(said, "PARTSTAT="+answer+":mailto:"+invited) || strings.Contains(strings.ToLower(said), "unmeet") {
					t.Errorf("the reply from %s is to say %s, and says\n%s", replies[i].From, answer, said)
				}
			}
		})
	}
}

// TestReplyRefused: who counts on a mail in their name gets a file, and the page says
// so, once the mail server does not take it; but not of an answer that was taken back.
func TestReplyRefused(t *testing.T) {
	for _, undone := range []bool{false, true} {
		o := heralded(t, true, nil, calendars.ErrReadOnly)
		link := o.ask(bobAcme, click.KindDecline, meetsAt)[click.Decline]
		o.known(link, click.Decline)
		o.run()
		o.pass(3 * time.Minute)
		o.run()
		if undone {
			o.known(link, click.Undo)
		}
		taken, err := o.DB.TakeMail(t.Context(), o.Now(), "test", time.Hour, 10)
		fatal(t, err)
		for _, m := range taken {
			if m.Kind == "reply" {
				fatal(t, o.DB.MailParked(t.Context(), m, o.Now(), "refused"))
			}
			fatal(t, o.Desk.Herald.Parked(t.Context(), m))
			fatal(t, o.Desk.Herald.Parked(t.Context(), m))
		}
		results := o.queued("result")
		if undone {
			if len(results) > 0 {
				t.Error("a file with an answer that does not stand")
			}
			continue
		}
		if len(results) != 1 || results[0].To != bobAcme || !strings.Contains(plain(t, results[0]), "PARTSTAT=DECLINED") {
			t.Fatalf("%d mails tell him", len(results))
		}
		if e := o.look(link).Effect; e.Way != web.ByFile || e.Stage != web.Done {
			t.Errorf("the page says %+v", e)
		}
	}
}

// TestPageTellsWhen holds that a page says when an answer is taken back that a browser
// took back which is not known, and what became of one that its calendar lost.
func TestPageTellsWhen(t *testing.T) {
	o := heralded(t, false, nil, nil)
	link := o.ask(bobAcme, click.KindDecline, meetsAt)[click.Decline]
	o.known(link, click.Decline)
	o.run()
	o.pass(3 * time.Minute)
	o.run()
	o.pass(time.Hour)
	c := opsSeries(bobAcme)
	for i := range c.People {
		if c.People[i].Address == bobAcme {
			c.People[i].Response = calendars.NoAnswer
		}
	}
	fatal(t, o.read(c))
	if e := o.look(link).Effect; e.Stage != web.Superseded || !e.Reset {
		t.Errorf("of an answer that is gone the page says %+v", e)
	}
	o.press(link, click.Undo)
	if e, want := o.look(link).Effect, o.Now().Add(click.VoidWithin); !e.Back || e.Stage != web.Underway || !e.At.Equal(want) {
		t.Errorf("the page says %+v, and it is taken back at %v", e, want)
	}
	o.pass(2 * time.Minute)
	o.run()
	if e := o.look(link).Effect; !e.Back || e.Stage == web.Underway || !e.At.IsZero() {
		t.Errorf("once it was taken back, the page says %+v", e)
	}
}
