package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"unmeet/internal/failpoint"
	"unmeet/store"
)

// Outbox sees off the mails of the store, one after the other.
type Outbox struct {
	DB *store.DB
	By string // who takes leases: no other process may have that name
	// Server says where mails go; it is asked at each connection.
	Server func() Server
	// Check is asked before each attempt: a mail for which it gives a reason is
	// dropped, and the reason kept; on a [store.ErrPaused] all wait. It may be nil.
	Check func(ctx context.Context, m store.Mail, now time.Time) (why string, err error)
	// Parked is told of each mail that the server refused for good. It may be nil.
	Parked func(ctx context.Context, m store.Mail) error
	// Saw is told what became of each mail that was taken up. It may be nil.
	Saw func(Tally)
	// PerMinute bounds how many mails go out; zero is 60.
	PerMinute int
	// Wait is how long to wait after the n-th failure in a row, 1 being the first; nil
	// is anything up to a minute, doubling to at most four hours.
	Wait func(failures int) time.Duration
	Now  func() time.Time // nil is time.Now
	Log  *slog.Logger     // nil for none

	once    sync.Once
	wake    chan struct{}
	limiter *rate.Limiter

	session *session  // nil while there is none
	broken  int       // how often in a row the server was not there
	until   time.Time // when it is asked again
}

// Tally says what became of mails.
type Tally struct {
	Sent, Dropped, Parked int
	Later                 int    // put off, or not known to have arrived, and to be sent again
	Away                  string // why the server took none any more, "" if it did
}

// add adds what became of one more mail.
func (t *Tally) add(one Tally) {
	t.Sent += one.Sent
	t.Dropped += one.Dropped
	t.Parked += one.Parked
	t.Later += one.Later
	t.Away = one.Away
}

const (
	// lease outlasts an attempt with all its steps.
	lease = 20 * time.Minute
	// look is how often the outbox looks for mails that nobody told it of.
	look = 10 * time.Second
	// perSession is how many mails go over one connection.
	perSession = 50
	// tolerated is how many connections in a row may end amid a mail before the
	// server counts as away.
	tolerated = 3
)

func (o *Outbox) begin() {
	o.once.Do(func() {
		o.wake = make(chan struct{}, 1)
		if o.PerMinute <= 0 {
			o.PerMinute = 60
		}
		o.limiter = rate.NewLimiter(rate.Limit(float64(o.PerMinute)/60), 1)
		if o.Wait == nil {
			o.Wait = wait
		}
		if o.Now == nil {
			o.Now = time.Now
		}
		if o.Log == nil {
			o.Log = slog.New(slog.DiscardHandler)
		}
	})
}

// wait is "full jitter", and never at once.
func wait(failures int) time.Duration {
	const longest = 4 * time.Hour
	limit := min(longest, time.Minute<<min(failures-1, 12))
	return limit/4 + rand.N(limit*3/4)
}

// Wake makes Run look for mails at once: one was queued, or sending was resumed.
func (o *Outbox) Wake() {
	o.begin()
	select {
	case o.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

// Run sends what is due until ctx ends. A mail that is being handed over then may
// take until [Server.Grace]; what came of it is noted. It always returns nil:
// errors go to the log, and the work is tried again.
func (o *Outbox) Run(ctx context.Context) error {
	o.begin()
	for ctx.Err() == nil {
		sent, err := o.Send(ctx)
		if sent.Sent > 0 {
			o.Log.InfoContext(ctx, "mails sent", "mails", sent.Sent)
		}
		if err != nil && ctx.Err() == nil {
			o.Log.ErrorContext(ctx, "sending mails failed", "error", err)
		}
		timer := time.NewTimer(o.idle(ctx))
		select {
		case <-o.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

// idle is how long there is nothing to do, as far as that is known. What is due and
// was not sent (sending is paused, or the server is away) can wait for a look.
func (o *Outbox) idle(ctx context.Context) time.Duration {
	now := o.Now()
	next, err := o.DB.NextMail(ctx, now)
	if err != nil || !next.After(now) {
		return look
	}
	return min(look, max(time.Second, next.Sub(now)))
}

// Send sends all that is due, and returns what became of it. It stops early when
// ctx ends, or the server is not there or does not want us. Errors are of the
// store. It is not to be called while it, or Run, is under way.
func (o *Outbox) Send(ctx context.Context) (t Tally, err error) {
	o.begin()
	defer o.hangUp()
	for ctx.Err() == nil && t.Away == "" {
		if now := o.Now(); now.Before(o.until) {
			t.Away = "the mail server is asked again later"
			return t, nil
		}
		taken, err := o.DB.TakeMail(ctx, o.Now(), o.By, lease, 1)
		if err != nil {
			return t, err
		}
		if len(taken) == 0 {
			return t, o.DB.ServerUnneeded(ctx)
		}
		one := Tally{}
		err = o.deliver(ctx, taken[0], &one)
		t.add(one)
		if o.Saw != nil {
			o.Saw(one)
		}
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// deliver sees one mail off. What came of it is noted though ctx ends meanwhile.
func (o *Outbox) deliver(ctx context.Context, m store.Mail, t *Tally) error {
	noting := context.WithoutCancel(ctx)
	if o.Check != nil {
		why, err := o.Check(ctx, m, o.Now())
		switch {
		case errors.Is(err, store.ErrPaused):
			t.Away = store.ErrPaused.Error()
			return o.DB.ReleaseMail(noting, m)
		case err != nil:
			return errors.Join(fmt.Errorf("check mail %d: %w", m.ID, err), o.DB.ReleaseMail(noting, m))
		case why != "":
			return o.dropMail(noting, m, why, t)
		}
	}
	if err := o.limiter.Wait(ctx); err != nil {
		return o.DB.ReleaseMail(noting, m) // ctx has ended
	}
	err := o.attempt(ctx, &m)
	if err == nil {
		o.broken, t.Sent = 0, t.Sent+1
		o.Log.DebugContext(ctx, "mail sent", "mail", m.ID, "kind", m.Kind)
		err := o.DB.MailSent(noting, m, o.Now())
		failpoint.Hit("mail-after-mark")
		return err
	}
	if moot, ok := errors.AsType[*store.MootError](err); ok {
		return o.dropMail(noting, m, moot.Why, t)
	}
	f, ok := errors.AsType[*fault](err)
	switch {
	case errors.Is(err, store.ErrPaused):
		t.Away = store.ErrPaused.Error()
		return o.DB.ReleaseMail(noting, m)
	case ok && f.result == away && ctx.Err() != nil:
		o.drop() // it was we who ended it
		return o.DB.ReleaseMail(noting, m)
	case !ok: // of the store: the lease may be lost
		return errors.Join(err, ignoreTaken(o.DB.ReleaseMail(noting, m)))
	}
	return o.note(noting, m, f, t)
}

// dropMail ends the way of a mail that there is no reason left to send.
func (o *Outbox) dropMail(ctx context.Context, m store.Mail, why string, t *Tally) error {
	t.Dropped++
	o.Log.InfoContext(ctx, "mail dropped", "mail", m.ID, "kind", m.Kind, "why", why)
	return o.DB.MailDropped(ctx, m, o.Now(), why)
}

// ignoreTaken is err, unless it says that there is no lease to give back.
func ignoreTaken(err error) error {
	if errors.Is(err, store.ErrMailTaken) {
		return nil
	}
	return err
}

// attempt hands a mail over.
func (o *Outbox) attempt(ctx context.Context, m *store.Mail) error {
	if o.session != nil && o.session.mails >= perSession {
		o.hangUp()
	}
	if o.session == nil {
		s, err := o.Server().open(ctx)
		if err != nil {
			o.broken = max(o.broken, tolerated) // it is no mail's fault
			return err
		}
		o.session = s
		if err := o.DB.ServerBack(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
	return o.session.send(ctx, m.From, m.To, m.MIME, func() error { return o.DB.BeginMail(context.WithoutCancel(ctx), m, o.Now()) })
}

// note writes down why a mail was not sent, and when to go on.
func (o *Outbox) note(ctx context.Context, m store.Mail, f *fault, t *Tally) error {
	now := o.Now()
	log := o.Log.With("mail", m.ID, "kind", m.Kind, "why", f.told())
	if f.result == unwanted && m.Kind == string(Reply) && o.session != nil {
		// It is the person in whose name it goes that the server does not want.
		f = &fault{result: refusal, code: f.code, why: f.why, quoted: f.quoted}
		log = log.With("hint", "send_as_attendees = false under [mail], unless the server is to take mails from the addresses of your people")
	}
	if f.result == away || f.result == unknown || f.result == unwanted {
		o.drop()
	}
	switch f.result {
	case away:
		if o.broken++; o.broken <= tolerated {
			t.Later++ // it may be this mail that the server cannot take; others may pass
			log.InfoContext(ctx, "the connection to the mail server ended")
			return o.DB.MailRetry(ctx, m, now, now.Add(o.Wait(m.Tries+1)), f.why)
		}
		t.Away, o.until = f.why, now.Add(o.Wait(o.broken-tolerated))
		log.WarnContext(ctx, "mails wait, since the mail server cannot be used", "hint", f.hint, "again", o.until)
		return errors.Join(o.DB.ServerAway(ctx, now, f.why, f.hint), o.DB.ReleaseMail(ctx, m))
	case later:
		t.Later++
		log.InfoContext(ctx, "mail put off by the server")
		return o.DB.MailRetry(ctx, m, now, now.Add(o.Wait(m.Tries+1)), f.why)
	case unknown:
		if m.Unsure < store.MaxUnsure {
			t.Later++
			log.WarnContext(ctx, "mail may have arrived; it is sent once more, as it is")
		} else {
			t.Parked++
			log.ErrorContext(ctx, "mail parked: it may have arrived")
		}
		return o.DB.MailUnknown(ctx, m, now, now.Add(o.Wait(m.Unsure)), f.why)
	case nobody:
		t.Parked++
		log.WarnContext(ctx, "there is no such address; nothing is sent there any more")
		return errors.Join(o.DB.Suppress(ctx, m, now, f.why), o.parked(ctx, m))
	case unwanted:
		t.Away = f.why
		log.ErrorContext(ctx, "the mail server does not want mail from unmeet: sending is paused until `unmeet resume`")
		return errors.Join(o.DB.PauseSending(ctx, now, f.why), o.DB.ReleaseMail(ctx, m))
	}
	t.Parked++
	log.ErrorContext(ctx, "mail parked: the server refused it")
	return errors.Join(o.DB.MailParked(ctx, m, now, f.why), o.parked(ctx, m))
}

// parked tells of a mail that surely did not arrive, and never will.
func (o *Outbox) parked(ctx context.Context, m store.Mail) error {
	if o.Parked == nil {
		return nil
	}
	return o.Parked(ctx, m)
}

// drop ends the connection, of which no more is to be expected.
func (o *Outbox) drop() {
	if o.session != nil {
		o.session.Close()
		o.session = nil
	}
}

// hangUp ends the connection politely.
func (o *Outbox) hangUp() {
	if o.session != nil {
		o.session.quit()
		o.session = nil
	}
}
