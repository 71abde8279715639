package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/agent/mail/mailtest"
	"unmeet/store"
)

// office is an outbox with a real store and a real mail server.
type office struct {
	*testing.T
	db     *store.DB
	server *mailtest.Server
	outbox *Outbox
	at     Server
	now    time.Time
	folder string            // of the database
	sealed map[string][]byte // the bytes that were queued, by recipient
}

func newOffice(t *testing.T, options mailtest.Options) *office {
	t.Helper()
	folder := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(folder, "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	o := &office{T: t, db: db, server: mailtest.Start(t, options), now: now, folder: folder, sealed: map[string][]byte{}}
	o.at = Server{
		Host: o.server.Host, Port: o.server.Port, Security: StartTLS, Roots: o.server.CA.Roots(), Hello: "unmeet.acme.example",
		Timeout: 10 * time.Second, Patience: 10 * time.Second,
	}
	if options.TLS {
		o.at.Security = TLS
	}
	o.outbox = &Outbox{
		DB: db, By: "test", Server: func() Server { return o.at }, PerMinute: 60_000,
		Wait: func(n int) time.Duration { return time.Duration(n) * time.Minute },
		Now:  func() time.Time { return o.now },
	}
	return o
}

// queue queues a digest for each recipient.
func (o *office) queue(recipients ...string) {
	o.Helper()
	for _, to := range recipients {
		l := digest("en", tuesday())
		l.To = Address{Address: to}
		w := Writer{Sender: sender()}
		m, err := w.Write(l, "", to, o.now, o.now, o.now.Add(24*time.Hour))
		if err != nil {
			o.Fatal(err)
		}
		if _, err := o.db.QueueMail(o.Context(), o.now, m); err != nil {
			o.Fatal(err)
		}
		o.sealed[to] = m.MIME
	}
}

// send sends what is due and compares what became of it.
func (o *office) send(want Tally) {
	o.Helper()
	got, err := o.outbox.Send(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	if (got.Away == "") != (want.Away == "") || !strings.Contains(got.Away, want.Away) {
		o.Errorf("the server is away: %q, want %q", got.Away, want.Away)
	}
	got.Away, want.Away = "", ""
	if diff := cmp.Diff(want, got); diff != "" {
		o.Errorf("what became of mails (-want +got):\n%s", diff)
	}
}

// arrived holds how often each recipient got their mail, always the bytes that were
// queued.
func (o *office) arrived(want map[string]int) {
	o.Helper()
	got := map[string]int{}
	for _, m := range o.server.Messages() {
		got[m.To]++
		if !bytes.Equal(m.Data, o.sealed[m.To]) {
			o.Errorf("the mail to %s is not what was queued:\n%s", m.To, cmp.Diff(string(o.sealed[m.To]), string(m.Data)))
		}
		if m.From != "unmeet@acme.example" {
			o.Errorf("the mail is from %q", m.From)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		o.Errorf("mails that arrived (-want +got):\n%s", diff)
	}
}

// state holds how many mails are in a state, and returns the last one.
func (o *office) state(state store.MailState, want int) store.Mail {
	o.Helper()
	all, err := o.db.Mails(o.Context(), state, 100)
	if err != nil {
		o.Fatal(err)
	}
	if len(all) != want {
		o.Fatalf("%d mails are %s, want %d", len(all), state, want)
	}
	if len(all) == 0 {
		return store.Mail{}
	}
	return all[0]
}

// at scripts one reply to the n-th command of a kind, every one if n is 0.
func at(command string, n int, act mailtest.Act) func(mailtest.Step) mailtest.Act {
	return func(s mailtest.Step) mailtest.Act {
		if s.Command == command && (n == 0 || s.Count == n) {
			return act
		}
		return mailtest.Act{}
	}
}

// TestReplies holds what each reply of a server leads to.
func TestReplies(t *testing.T) {
	reply := func(command, reply string) func(mailtest.Step) mailtest.Act {
		return at(command, 1, mailtest.Act{Reply: reply})
	}
	for _, c := range []struct {
		name       string
		script     func(mailtest.Step) mailtest.Act
		first      Tally
		state      store.MailState // after that
		suppressed bool
		paused     bool
		second     Tally // two hours later
	}{
		{name: "sender later", script: reply("MAIL", "451 4.3.0 later"), first: Tally{Later: 1}, state: store.MailQueued, second: Tally{Sent: 1}},
		{name: "greylisted", script: reply("RCPT", "450 4.2.0 greylisted"), first: Tally{Later: 1}, state: store.MailQueued, second: Tally{Sent: 1}},
		{name: "greylisted for policy", script: reply("RCPT", "450 4.7.1 greylisted"), first: Tally{Later: 1}, state: store.MailQueued, second: Tally{Sent: 1}},
		{name: "data later", script: reply("DATA", "451 4.3.0 later"), first: Tally{Later: 1}, state: store.MailQueued, second: Tally{Sent: 1}},
		{name: "taken later", script: reply("END", "452 4.3.1 disk full"), first: Tally{Later: 1}, state: store.MailQueued, second: Tally{Sent: 1}},
		{name: "closing", script: at("RCPT", 1, mailtest.Act{Reply: "421 4.3.2 shutting down", Drop: true, After: true}), first: Tally{Later: 1}, state: store.MailQueued, second: Tally{Sent: 1}},
		{name: "closing at the end", script: at("END", 1, mailtest.Act{Reply: "421 4.3.2 shutting down", Drop: true, After: true}), first: Tally{Later: 1}, state: store.MailQueued, second: Tally{Sent: 1}},
		{name: "gone before the mail", script: at("DATA", 1, mailtest.Act{Drop: true}), first: Tally{Later: 1}, state: store.MailQueued, second: Tally{Sent: 1}},

		{name: "no such mailbox", script: reply("RCPT", "550 5.1.1 no such user"), first: Tally{Parked: 1}, state: store.MailParked, suppressed: true},
		{name: "no such domain", script: reply("RCPT", "550 5.1.2 no such host"), first: Tally{Parked: 1}, state: store.MailParked, suppressed: true},
		{name: "moved", script: reply("END", "550 5.1.6 moved"), first: Tally{Parked: 1}, state: store.MailParked, suppressed: true},
		{name: "many lines", script: reply("RCPT", "550-5.1.1 no such user\r\n550 5.1.1 sorry"), first: Tally{Parked: 1}, state: store.MailParked, suppressed: true},
		{name: "mailbox full", script: reply("RCPT", "552 5.2.2 full"), first: Tally{Parked: 1}, state: store.MailParked},
		{name: "no code", script: reply("RCPT", "550 no"), first: Tally{Parked: 1}, state: store.MailParked},
		{name: "too large", script: reply("END", "552 5.3.4 too big"), first: Tally{Parked: 1}, state: store.MailParked},

		{name: "no relaying", script: reply("RCPT", "554 5.7.1 relay access denied"), first: Tally{Away: "5.7.1"}, state: store.MailQueued, paused: true},
		{name: "unsigned", script: reply("END", "550 5.7.26 not authenticated"), first: Tally{Away: "5.7.26"}, state: store.MailQueued, paused: true},
		{name: "not our sender", script: reply("MAIL", "553 5.1.8 bad sender"), first: Tally{Away: "5.1.8"}, state: store.MailQueued, paused: true},
		{name: "not our sender, said late", script: reply("RCPT", "550 5.1.7 bad sender"), first: Tally{Away: "5.1.7"}, state: store.MailQueued, paused: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, mailtest.Options{Script: c.script})
			o.queue("bo@acme.example")
			o.send(c.first)
			o.arrived(map[string]int{})
			m := o.state(c.state, 1)
			if m.Unsure != 0 || m.Lease.By != "" {
				t.Errorf("the mail is unsure (%d), or leased by %q", m.Unsure, m.Lease.By)
			}
			if (m.Why != "") == (c.first.Away != "") {
				t.Errorf("why it was not sent: %q", m.Why)
			}
			if (m.Tries > 0) != (c.first.Later > 0) {
				t.Errorf("it was tried %d times", m.Tries)
			}
			if why, err := o.db.Suppressed(t.Context(), "BO@acme.example"); err != nil || (why != "") != c.suppressed {
				t.Errorf("the address is suppressed because %q (%v)", why, err)
			}
			o.now = o.now.Add(2 * time.Hour)
			if c.paused {
				o.send(Tally{}) // nothing, until somebody resumes
				if err := o.db.ResumeSending(t.Context()); err != nil {
					t.Fatal(err)
				}
				c.second = Tally{Sent: 1}
			}
			o.send(c.second)
			if c.second.Sent == 1 {
				o.arrived(map[string]int{"bo@acme.example": 1})
				if m := o.state(store.MailSent, 1); m.MIME != nil || m.Hash == "" {
					t.Error("its words were kept, or its hash was not")
				}
			}
		})
	}
}

// TestSuppressedAddress holds that nothing more is sent where nobody is, and nothing
// more queued.
func TestSuppressedAddress(t *testing.T) {
	o := newOffice(t, mailtest.Options{Script: at("RCPT", 0, mailtest.Act{Reply: "550 5.1.1 no"})})
	o.queue("bo@acme.example", "bo@acme.example")
	o.send(Tally{Parked: 1})
	o.state(store.MailDropped, 1)
	w := Writer{Sender: sender()}
	m, err := w.Write(digest("en", tuesday()), "", "bo@acme.example", o.now, o.now, o.now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.db.QueueMail(t.Context(), o.now, m); !errors.Is(err, store.ErrSuppressed) {
		t.Errorf("queueing another: %v", err)
	}
	if err := o.db.Unsuppress(t.Context(), "Bo@acme.example"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.db.QueueMail(t.Context(), o.now, m); err != nil {
		t.Errorf("queueing another after that: %v", err)
	}
	if _, err := o.db.QueueMail(t.Context(), o.now, m); !errors.Is(err, store.ErrMailKnown) {
		t.Errorf("queueing it again: %v", err)
	}
}

// TestCheck holds that each attempt asks whether there is still a reason.
func TestCheck(t *testing.T) {
	o := newOffice(t, mailtest.Options{Script: at("RCPT", 1, mailtest.Act{Reply: "450 4.2.0 later"})})
	o.queue("bo@acme.example")
	asked, answer := 0, ""
	o.outbox.Check = func(_ context.Context, m store.Mail, now time.Time) (string, error) {
		if asked++; m.Person != "bo@acme.example" || m.Kind != string(Digest) || !now.Equal(o.now) {
			t.Errorf("asked about %s of %s at %v", m.Kind, m.Person, now)
		}
		return answer, nil
	}
	o.send(Tally{Later: 1})
	o.now = o.now.Add(time.Hour)
	answer = "the person unsubscribed"
	o.send(Tally{Dropped: 1})
	o.arrived(map[string]int{})
	if m := o.state(store.MailDropped, 1); asked != 2 || m.Why != answer || m.MIME != nil {
		t.Errorf("asked %d times; dropped because %q", asked, m.Why)
	}

	o.queue("ana@acme.example")
	trouble := errors.New("the store is ill")
	o.outbox.Check = func(context.Context, store.Mail, time.Time) (string, error) { return "", trouble }
	if _, err := o.outbox.Send(t.Context()); !errors.Is(err, trouble) {
		t.Errorf("a check that fails: %v", err)
	}
	if m := o.state(store.MailQueued, 1); m.Lease.By != "" {
		t.Error("the mail is still leased")
	}
}

// TestMeanwhile holds that nothing is handed over that is not to be sent any more,
// though it was when it was asked: connecting takes up to a minute.
func TestMeanwhile(t *testing.T) {
	for _, c := range []struct {
		name      string
		meanwhile func(o *office) error
		why       string
	}{
		{"unsubscribed", func(o *office) error { return o.db.Unsubscribe(o.Context(), o.now, "bo@acme.example", "header") }, "takes no mail"},
		{"too late", func(o *office) error { o.now = o.now.Add(24 * time.Hour); return nil }, "deadline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, mailtest.Options{})
			if err := o.db.Enrol(t.Context(), "bo@acme.example"); err != nil {
				t.Fatal(err)
			}
			o.queue("bo@acme.example")
			o.outbox.Check = func(context.Context, store.Mail, time.Time) (string, error) { return "", nil }
			o.outbox.Server = func() Server {
				if err := c.meanwhile(o); err != nil {
					t.Error(err)
				}
				return o.at
			}
			o.send(Tally{Dropped: 1})
			o.arrived(map[string]int{})
			if m := o.state(store.MailDropped, 1); !strings.Contains(m.Why, c.why) || m.MIME != nil || m.Unsure != 0 {
				t.Errorf("dropped because %q, unsure %d times", m.Why, m.Unsure)
			}
			// The connection is as good for others as before.
			o.outbox.Server = func() Server { return o.at }
			o.queue("ana@acme.example")
			o.send(Tally{Sent: 1})
		})
	}
}

// TestPause holds that nothing goes out while unmeet is paused, though a mail was
// about to.
func TestPause(t *testing.T) {
	o := newOffice(t, mailtest.Options{})
	o.queue("bo@acme.example")
	pause := store.Pause{By: "it@acme.example", Since: o.now, Why: "a test"}
	o.outbox.Check = func(context.Context, store.Mail, time.Time) (string, error) {
		return "", o.db.Pause(t.Context(), pause)
	}
	o.send(Tally{Away: "paused"})
	o.outbox.Check = func(context.Context, store.Mail, time.Time) (string, error) {
		return "", fmt.Errorf("no: %w", store.ErrPaused)
	}
	if err := o.db.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.send(Tally{Away: "paused"})
	o.outbox.Check = nil
	if err := o.db.Pause(t.Context(), pause); err != nil {
		t.Fatal(err)
	}
	o.send(Tally{})
	o.arrived(map[string]int{})
	if n := o.server.Count("DATA"); n != 0 {
		t.Errorf("%d mails were begun", n)
	}
	if err := o.db.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.send(Tally{Sent: 1})
}

// TestDeadline holds that a mail that is put off until it makes no sense any more is
// parked, and one that was never tried in time is dropped.
func TestDeadline(t *testing.T) {
	o := newOffice(t, mailtest.Options{Script: at("RCPT", 0, mailtest.Act{Reply: "450 4.2.0 later"})})
	o.queue("bo@acme.example")
	o.outbox.Wait = func(int) time.Duration { return 13 * time.Hour }
	o.send(Tally{Later: 1})
	o.now = o.now.Add(13 * time.Hour)
	o.send(Tally{Later: 1}) // the next attempt would be too late
	m := o.state(store.MailParked, 1)
	if !strings.Contains(m.Why, "deadline") || !strings.Contains(m.Why, "450") || m.MIME != nil {
		t.Errorf("parked because %q", m.Why)
	}
	o.queue("ana@acme.example")
	o.now = o.now.Add(25 * time.Hour)
	o.send(Tally{})
	o.state(store.MailDropped, 1)
}

// TestServerAway holds that a server that is not there is asked again later, and costs
// no mail an attempt.
func TestServerAway(t *testing.T) {
	o := newOffice(t, mailtest.Options{})
	port := o.server.Port
	o.at.Port = 1
	o.queue("bo@acme.example", "ana@acme.example")
	o.send(Tally{Away: "connecting"})
	since := o.now
	o.now = o.now.Add(time.Minute)
	o.send(Tally{Away: "connecting"})
	if trouble, err := o.db.ServerTrouble(t.Context()); err != nil || !trouble.Since.Equal(since) || trouble.Hint == "" {
		t.Errorf("the server is away since %v, hint %q, want since %v (%v)", trouble.Since, trouble.Hint, since, err)
	}
	if w, err := o.db.Waiting(t.Context()); err != nil || w != (store.Waiting{Mails: 2}) {
		t.Errorf("waiting: %+v (%v)", w, err)
	}
	o.at.Port = port
	o.send(Tally{Away: "later"})
	o.now = o.now.Add(2 * time.Minute)
	o.send(Tally{Sent: 2})
	if trouble, err := o.db.ServerTrouble(t.Context()); err != nil || trouble != (store.ServerTrouble{}) {
		t.Errorf("the server is away still: %+v (%v)", trouble, err)
	}
	if n := o.server.Count("CONNECT"); n != 1 {
		t.Errorf("%d connections for two mails", n)
	}
}

// TestServerUnneeded holds that a server counts as away only as long as mails wait for it.
func TestServerUnneeded(t *testing.T) {
	o := newOffice(t, mailtest.Options{})
	o.at.Port = 1
	o.queue("bo@acme.example")
	o.send(Tally{Away: "connecting"})
	o.now = o.now.Add(25 * time.Hour) // too late for the mail
	o.send(Tally{})
	o.state(store.MailDropped, 1)
	if trouble, err := o.db.ServerTrouble(t.Context()); err != nil || trouble != (store.ServerTrouble{}) {
		t.Errorf("the server is away still: %+v (%v)", trouble, err)
	}
}

// TestOneBadMail holds that a mail that a server always breaks off does not keep the
// others from going out.
func TestOneBadMail(t *testing.T) {
	o := newOffice(t, mailtest.Options{Script: func(s mailtest.Step) mailtest.Act {
		return mailtest.Act{Drop: s.Command == "RCPT" && strings.Contains(s.Line, "bad@")}
	}})
	o.queue("bad@acme.example", "bo@acme.example", "ana@acme.example")
	o.send(Tally{Later: 1, Sent: 2})
	o.arrived(map[string]int{"bo@acme.example": 1, "ana@acme.example": 1})
}

// TestShutdown holds that a mail under way when the daemon is to stop is noted, and
// that no other is begun.
func TestShutdown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := newOffice(t, mailtest.Options{Script: func(s mailtest.Step) mailtest.Act {
		if s.Command == "END" && s.Count == 1 {
			cancel()
		}
		return mailtest.Act{}
	}})
	o.queue("bo@acme.example", "ana@acme.example")
	if err := o.outbox.Run(ctx); err != nil {
		t.Fatal(err)
	}
	o.arrived(map[string]int{"bo@acme.example": 1})
	o.state(store.MailSent, 1)
	if m := o.state(store.MailQueued, 1); m.Lease.By != "" || m.Unsure != 0 {
		t.Errorf("the other mail is unsure (%d), or leased by %q", m.Unsure, m.Lease.By)
	}
}

// TestShutdownHurries holds that a server that does not answer does not keep the daemon
// from stopping, and that the mail counts as one that may have arrived.
func TestShutdownHurries(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := newOffice(t, mailtest.Options{Script: func(s mailtest.Step) mailtest.Act {
		if s.Command != "END" || s.Count > 1 {
			return mailtest.Act{}
		}
		cancel()
		return mailtest.Act{Hang: true}
	}})
	o.at.Grace, o.at.Patience = 50*time.Millisecond, time.Hour
	o.queue("bo@acme.example")
	if err := o.outbox.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if m := o.state(store.MailQueued, 1); m.Unsure != 1 || m.Lease.By != "" {
		t.Errorf("the mail is unsure %d times, and leased by %q", m.Unsure, m.Lease.By)
	}
}

// TestWake holds that Run sends what was queued while it waited.
func TestWake(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := newOffice(t, mailtest.Options{Script: func(s mailtest.Step) mailtest.Act {
		if s.Command == "QUIT" {
			cancel()
		}
		return mailtest.Act{}
	}})
	o.queue("bo@acme.example")
	o.outbox.Wake()
	o.outbox.Wake()
	if err := o.outbox.Run(ctx); err != nil {
		t.Fatal(err)
	}
	o.arrived(map[string]int{"bo@acme.example": 1})
}
