package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"unmeet/agent"
	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/watch"
	"unmeet/calendars/ics"
	"unmeet/rules"
	"unmeet/store"
)

// mailroom is all that asks people and takes their answers, as one configuration has
// it: another configuration takes another mailroom. What there is to do stands in the
// database alone, so that each goes on where the last one stopped.
type mailroom struct {
	desk      *agent.Desk
	home      *agent.Home
	committer *agent.Committer
	actor     *agent.Actor
	trialist  *agent.Trialist
	digester  *agent.Digester // nil, as the next two: there is no way to write to people
	outbox    *mail.Outbox
	alarm     *agent.Alarm
	proxies   []netip.Prefix
	options   mailroomOptions
}

// mailroomOptions are what a mailroom takes beside the configuration.
type mailroomOptions struct {
	db     *store.DB
	engine *rules.Engine
	clock  agent.Clock // nil: the real one
	log    *slog.Logger
	holds  click.Holds // zero: as usual
	// responders write to calendars; nil: none can be written to.
	responders agent.Responders
	pulses     *watch.Pulses // of its parts; nil: nobody watches them
	meters     *watch.Meters // nil: nobody counts
}

// newMailroom opens the mailroom. Nothing runs yet.
func (a *app) newMailroom(c config, o mailroomOptions) (*mailroom, error) {
	asking, err := c.asking()
	if err != nil {
		return nil, err
	}
	if o.holds == (click.Holds{}) {
		o.holds = click.DefaultHolds
		o.holds.Silence = asking.Policy.KeepSilence
	}
	if o.clock == nil {
		o.clock = agent.RealClock{}
	}
	if o.responders == nil {
		o.responders = noResponders
	}
	f := &mailroom{committer: agent.NewCommitter(o.db, o.pulses.Clock("holds", o.clock), o.log), options: o}
	if f.proxies, err = c.Web.proxies(); err != nil {
		return nil, err
	}
	f.actor = agent.NewActor(&agent.Actor{
		DB: o.db, Responders: o.responders, By: processName(), PerHour: c.Actions.PerHour, Clock: o.pulses.Clock("calendars", o.clock), Log: o.log,
	})
	f.actor.Saw = func(s store.ActionState) {
		o.meters.Acted(s == store.ActionWaiting, s == store.ActionFailed)
	}
	trials := agent.Trialist{
		DB: o.db, Responders: o.responders, PublicURL: c.publicURL(), Holds: o.holds, Group: asking.Group, Quiet: asking.Policy.Quiet,
		Zone: asking.Zone, Clock: o.pulses.Clock("trials", o.clock), Log: o.log, Ended: f.actor.Wake,
	}
	f.trialist = agent.NewTrialist(trials)
	f.committer.Done = func() {
		f.trialist.Wake()
		f.actor.Wake()
	}
	f.desk = &agent.Desk{
		DB: o.db, Holds: o.holds, Responders: o.responders, PublicURL: c.publicURL(), Group: asking.Group, Clock: o.clock, Log: o.log,
		Wake: func() {
			f.committer.Wake()
			f.trialist.Wake()
			f.actor.Wake()
		},
	}
	f.home = &agent.Home{
		Desk: f.desk, Engine: o.engine, Thinks: &agent.Digester{DB: o.db, PublicURL: c.publicURL(), Clock: o.clock}, Zone: asking.Zone, Cost: c.Hours.cost(), Links: c.SignIn.Link, Shown: c.SignIn.Organization,
	}
	f.home.Revoke = func(ctx context.Context, person string) error { return a.revokeAll(ctx, c, o.db, person) }
	f.home.Thinks.Set(asking, o.engine)
	if !c.mails() {
		return f, nil
	}
	writer := mail.Writer{Sender: c.sender()}
	if writer.Signer, err = a.signer(c); err != nil {
		return nil, err
	}
	password := func() (string, error) { return a.password(c) }
	if c.Mail.PasswordFile != "" {
		if _, err := password(); err != nil {
			return nil, err
		}
	}
	server := c.Mail.server(password)
	f.outbox = &mail.Outbox{
		DB: o.db, By: processName(), Server: func() mail.Server { return server }, Check: agent.Gate{DB: o.db, Group: asking.Group, Engine: o.engine, Quiet: asking.Policy.Quiet, Zone: asking.Zone}.Check,
		PerMinute: c.Mail.PerMinute, Now: o.pulses.Clock("mails", o.clock).Now, Log: o.log,
	}
	f.outbox.Saw = func(t mail.Tally) { o.meters.Mailed(t.Sent, t.Later, t.Dropped, t.Parked) }
	f.digester = &agent.Digester{
		DB: o.db, Writer: writer, PublicURL: c.publicURL(), Clock: o.pulses.Clock("suggestions", o.clock), Log: o.log, Wake: f.outbox.Wake,
	}
	f.digester.Set(asking, o.engine)
	f.alarm = &agent.Alarm{
		DB: o.db, Writer: &writer, Again: strings.TrimSuffix(c.publicURL(), "/") + "/connect", Service: serviceName,
		Group: asking.Group, Zone: asking.Zone, Clock: o.pulses.Clock("alarms", o.clock), Log: o.log, Wake: f.outbox.Wake,
	}
	trials.Writer, trials.Ended = writer, func() {
		f.actor.Wake()
		f.outbox.Wake()
	}
	f.trialist = agent.NewTrialist(trials)
	f.desk.Mail = &writer
	f.desk.Herald = &agent.Herald{
		DB: o.db, Writer: writer, PublicURL: c.publicURL(), AsAttendees: c.Mail.SendAsAttendees, Reply: ics.Reply,
		Group: asking.Group, Clock: o.clock, Log: o.log,
	}
	f.actor.Mails, f.outbox.Parked = f.desk.Herald.Mails, f.desk.Herald.Parked
	f.desk.Wake = func() {
		f.committer.Wake()
		f.trialist.Wake()
		f.actor.Wake()
		f.outbox.Wake() // of a receipt
	}
	f.actor.Ended = f.outbox.Wake
	return f, nil
}

// Run does the mailroom's work until ctx ends, and returns once all have let go: a
// mail that is being handed over may take five seconds more.
func (f *mailroom) Run(ctx context.Context) {
	f.withdraw(ctx) // before any answer takes effect
	work := []func(context.Context){f.committer.Run, f.trialist.Run, f.actor.Run}
	if f.outbox != nil {
		work = append(work, f.alarm.Run,
			func(ctx context.Context) { _ = f.outbox.Run(ctx) }, // it tells the log
			func(ctx context.Context) {
				f.catchUp(ctx)
				f.digester.Run(ctx)
			})
	}
	var all sync.WaitGroup
	for _, run := range work {
		all.Go(func() { run(ctx) })
	}
	all.Wait()
}

// withdraw takes back what the [never] list, as it is now, would not have let ask.
func (f *mailroom) withdraw(ctx context.Context) {
	n, err := agent.WithdrawNever(ctx, f.options.db, f.options.engine, f.options.clock.Now())
	switch {
	case ctx.Err() != nil || f.options.log == nil:
	case err != nil:
		f.options.log.Error("what is listed under [never] by now could not be withdrawn; a restart or SIGHUP tries it again, and no mail about it leaves", "error", err)
	case n > 0:
		f.options.log.Info("withdrawn, since they are listed under [never] by now", "suggestions", n)
	}
}

// catchUpWithin is how long asking waits for calendars at most: one that cannot be
// read does not hold it up for ever.
const catchUpWithin = 10 * time.Minute

// catchUp waits until the calendars that are due were read: after a time without a
// daemon, what is known of them is old.
func (f *mailroom) catchUp(ctx context.Context) {
	clock := f.options.pulses.Clock("suggestions", f.options.clock)
	for end := clock.Now().Add(catchUpWithin); clock.Now().Before(end); {
		all, err := f.options.db.Connections(ctx)
		now := clock.Now()
		due := func(c store.Connection) bool {
			return (c.State == store.Connected || c.State == store.Failing) && !c.Next.After(now)
		}
		if err != nil || !slices.ContainsFunc(all, due) {
			return // what fails here fails in asking, too, which tells the log
		}
		select {
		case <-ctx.Done():
			return
		case <-clock.After(time.Second):
		}
	}
}

// serviceName is what people call the service behind a kind of connection.
func serviceName(kind string) string {
	switch kind {
	case googleKind:
		return "Google Calendar"
	case caldavKind:
		return "CalDAV"
	}
	return kind
}

// password reads the password for the mail server.
func (a *app) password(c config) (string, error) {
	path, text, err := a.secretFile(passwordCredential, c.Mail.PasswordFile)
	if err != nil {
		return "", hintedByMode(fmt.Errorf("reading mail.password_file: %w", err), "mail.password_file names a file that only its owner may read")
	}
	password := strings.TrimRight(string(text), "\r\n")
	if password == "" || strings.ContainsAny(password, "\r\n") {
		return "", hinted(fmt.Errorf("%s holds no password", path), "mail.password_file names a file with the password and nothing else")
	}
	return password, nil
}

// signer returns what signs mails, nil if they are not signed here.
func (a *app) signer(c config) (*mail.Signer, error) {
	if c.Mail.DKIMKeyFile == "" {
		return nil, nil
	}
	path, key, err := a.secretFile(dkimCredential, c.Mail.DKIMKeyFile)
	if err != nil {
		return nil, hintedByMode(fmt.Errorf("reading mail.dkim_key_file: %w", err), "mail.dkim_key_file names a file that only its owner may read")
	}
	_, domain, _ := strings.Cut(c.sender().From.Address, "@")
	signer, err := mail.NewSigner(domain, c.Mail.DKIMSelector, key)
	if err != nil {
		return nil, hinted(fmt.Errorf("%s: %w", path, err), "mail.dkim_key_file names an RSA or Ed25519 key as PEM; its public half stands in the DNS at "+
			c.Mail.DKIMSelector+"._domainkey."+domain)
	}
	return signer, nil
}
