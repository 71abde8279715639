package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
)

// TestYear plays a year of a company on a real database, with the real rules, mails
// that are really written, and simulated answers, and holds each mail against what
// was promised. With -v it prints how many mails people get, and why meetings are
// not suggested. There are fewer people under -short and the race detector.
func TestYear(t *testing.T) {
	people := yearPeople
	if testing.Short() {
		people = 40
	}
	y := simulateYear(t, people)
	t.Log("\n" + y.String())
	if y.mails == 0 || y.kinds[suggest.Decline] == 0 || y.kinds[suggest.Trial] == 0 || y.kinds[suggest.Split] == 0 {
		t.Errorf("%d mails with %v: too little happens for a test", y.mails, y.kinds)
	}
	if raceDetector {
		return // too few people for all that can happen
	}
	if y.left == 0 || len(y.dropped) == 0 {
		t.Errorf("%d unsubscribed, mails dropped: %v: too little happens for a test", y.left, y.dropped)
	}
	for _, why := range []suggest.Reason{
		suggest.Quarantined, suggest.KeptByOthers, suggest.AlreadyDecided, suggest.OrganizerNotEnrolled, suggest.Guarded, suggest.NeedsMeeting, suggest.Presenting, suggest.FirstOfSeries, suggest.ShortNotice,
		suggest.QuietThen, suggest.AwayThen, suggest.OffThen, suggest.OrganizerFirst, suggest.EnoughDeclines, suggest.KeptBefore, suggest.AskedLately,
		suggest.OverBudget, suggest.SameSeries, suggest.Silent, suggest.TooSoon, suggest.AwayNow,
	} {
		if y.tally.Refusals[why]+y.closed[why] == 0 {
			t.Errorf("in all the year, nothing is refused because of %s", why)
		}
	}
}

// BenchmarkYear plays the year of 200 people.
func BenchmarkYear(b *testing.B) {
	for b.Loop() {
		y := simulateYear(b, 200)
		b.ReportMetric(float64(y.mails)/float64(y.people)/12, "mails/person/month")
	}
}

// year is the simulation and what came of it.
type year struct {
	testing.TB
	*hand
	db        *store.DB
	digester  *Digester
	desk      *Desk
	committer *Committer
	random    *rand.Rand
	workers   map[string]*worker
	policy    suggest.Policy
	letters   map[string]mail.Letter // by Message-ID
	clicks    []press                // to come, in order of time
	returns   map[string]time.Time   // who left for a while, and until when

	people, mails, answers int
	left                   int // who unsubscribed, for a while or for good
	kinds, accepted        map[suggest.Kind]int
	monthly                [12]int
	tally                  Tally
	closed                 map[suggest.Reason]int // turns
	dropped                map[string]int
	sent                   map[string][]time.Time // to whom, when
	answered               map[string][]time.Time
	quiet                  map[string]map[int64]time.Time // by person and lineage: when they kept it
	declines               map[occurrenceKey]int
}

// press is an answer that somebody is going to give.
type press struct {
	at   time.Time
	who  string
	link string
	verb click.Verb
}

// Write writes a letter as it really is written, and looks over its shoulder.
func (y *year) Write(l mail.Letter, id, person string, now, next, deadline time.Time) (store.NewMail, error) {
	w := mail.Writer{Sender: mail.Sender{From: mail.Address{Address: "unmeet@kite.example"}, Organization: "Kite", Contact: "it@kite.example", PublicURL: yearURL}}
	m, err := w.Write(l, id, person, now, next, deadline)
	y.letters[m.MessageID] = l
	return m, err
}

const yearURL = "https://unmeet.kite.example"

// outsider is who does not take part: one in twenty.
const outsider = 19

func newYear(t testing.TB, n int) *year {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	engine, err := rules.Load(rules.DefaultFiles()...)
	if err != nil {
		t.Fatal(err)
	}
	y := &year{
		TB: t, hand: &hand{now: yearBegins}, db: db, random: rand.New(rand.NewPCG(1, 2)), workers: map[string]*worker{}, policy: suggest.Standard(),
		letters: map[string]mail.Letter{}, returns: map[string]time.Time{}, people: n, kinds: map[suggest.Kind]int{}, accepted: map[suggest.Kind]int{},
		tally: Tally{Offers: map[suggest.Kind]int{}, Refusals: map[suggest.Reason]int{}}, dropped: map[string]int{}, closed: map[suggest.Reason]int{},
		sent: map[string][]time.Time{}, answered: map[string][]time.Time{}, quiet: map[string]map[int64]time.Time{}, declines: map[occurrenceKey]int{},
	}
	if y.policy.Quiet, err = suggest.ParseDates([]string{"2026-04-03", "2026-04-06", "2026-05-01", "2026-12-24..2027-01-01"}); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&failing{y}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	y.digester = &Digester{DB: db, Writer: y, PublicURL: yearURL, Clock: y.hand, Log: log}
	y.digester.Set(Asking{Policy: y.policy, Zone: time.UTC, Group: func(string) Group { return Group{Language: "en", Hours: suggest.OfficeHours()} }}, engine)
	y.desk = &Desk{DB: db, Holds: click.DefaultHolds, PublicURL: yearURL, Clock: y.hand, Log: log}
	y.committer = NewCommitter(db, y.hand, log)

	if err := db.SetOrganization(t.Context(), store.Organization{Name: "Kite", Domains: []string{"kite.example"}}); err != nil {
		t.Fatal(err)
	}
	var pulls []store.Pull
	for i, w := range newCompany(n) {
		y.workers[w.address] = w
		id, err := db.AddCollection(t.Context(), store.Collection{Kind: "google", Remote: "primary", Owner: w.address})
		if err != nil {
			t.Fatal(err)
		}
		pulls = append(pulls, store.Pull{Collection: id, Delta: calendars.Delta{Full: true, From: yearBegins.AddDate(0, 0, -30), To: yearBegins.AddDate(2, 0, 0), Copies: w.copies}})
		if i%20 != outsider {
			if err := db.Enrol(t.Context(), w.address); err != nil {
				t.Fatal(err)
			}
		}
	}
	all := func(yield func(store.Pull, error) bool) {
		for _, p := range pulls {
			if !yield(p, nil) {
				return
			}
		}
	}
	if _, err := db.ApplyAll(t.Context(), all, store.At(yearBegins)); err != nil {
		t.Fatal(err)
	}
	if _, err := Judge(t.Context(), db, engine, nil); err != nil {
		t.Fatal(err)
	}
	if err := forget(t.Context(), db, engine, nil); err != nil {
		t.Fatal(err)
	}
	return y
}

// failing fails the test for whatever is logged.
type failing struct{ *year }

func (f *failing) Write(line []byte) (int, error) {
	f.Errorf("at %v: %s", f.Now(), bytes.TrimSpace(line))
	return len(line), nil
}

var _ io.Writer = (*failing)(nil)

// The daemon is paused for these weeks. It begins on a Monday morning on which the
// mail server was slow, so that mails are on their way.
var (
	pauseFrom = yearBegins.AddDate(0, 0, 7*22).Add(8 * time.Hour)
	pauseTo   = yearBegins.AddDate(0, 0, 7*24)
)

// simulateYear plays 52 weeks, step by step.
func simulateYear(t testing.TB, n int) *year {
	y := newYear(t, n)
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("at %v: %v", y.Now(), err)
		}
	}
	paused := false
	for end := yearBegins.AddDate(0, 0, 7*weeksOfYear); y.Now().Before(end); y.pass(yearStep) {
		now := y.Now()
		if due := !now.Before(pauseFrom) && now.Before(pauseTo); due != paused {
			if paused = due; due {
				check(y.db.Pause(ctx, store.Pause{By: "test", Since: now, Why: "holidays"}))
			} else {
				check(y.db.Resume(ctx))
			}
		}
		for len(y.clicks) > 0 && !y.clicks[0].at.After(now) {
			p := y.clicks[0]
			y.clicks = y.clicks[1:]
			y.press(ctx, p)
		}
		_, err := y.committer.Pass(ctx)
		check(err)
		for who, at := range y.returns {
			if !now.Before(at) {
				check(y.db.Resubscribe(ctx, now, who, "test"))
				delete(y.returns, who)
			}
		}
		sum, err := y.digester.Pass(ctx)
		check(err)
		y.tally.People += sum.People
		y.tally.Candidates += sum.Candidates
		for k, n := range sum.Offers {
			y.tally.Offers[k] += n
		}
		for why, n := range sum.Closed {
			y.closed[why] += n
		}
		for why, n := range sum.Refusals {
			y.tally.Refusals[why] += n
		}
		if slow := pauseFrom.Sub(now); slow <= 0 || slow > time.Hour {
			y.deliver(ctx, paused)
		}
	}
	late, err := y.db.Mails(ctx, store.MailDropped, 1000)
	check(err)
	for _, m := range late {
		y.dropped[m.Why]++
	}
	return y
}

// deliver sends what is in the outbox, as package mail would.
func (y *year) deliver(ctx context.Context, paused bool) {
	now := y.Now()
	if next, err := y.db.NextMail(ctx, now); err != nil || next.IsZero() || next.After(now) {
		if err != nil {
			y.Fatal(err)
		}
		return
	}
	due, err := y.db.TakeMail(ctx, now, "test", time.Minute, 500)
	if err != nil {
		y.Fatal(err)
	}
	for _, m := range due {
		why, err := Gate{DB: y.db}.Check(ctx, m, now)
		switch {
		case errors.Is(err, store.ErrPaused):
			if !paused {
				y.Fatal("held back, though nothing is paused")
			}
			err = y.db.ReleaseMail(ctx, m)
		case err != nil:
		case why != "":
			err = y.db.MailDropped(ctx, m, now, why)
		case paused:
			y.Errorf("a mail to %s at %v, while paused", m.Person, now)
		default:
			y.inspect(ctx, m, y.letters[m.MessageID])
			y.read(ctx, m, y.letters[m.MessageID])
			err = y.db.MailSent(ctx, m, now)
		}
		if err != nil {
			y.Fatal(err)
		}
		delete(y.letters, m.MessageID)
	}
}

// read is a person with a mail: one in five never answers any, the others answer
// most; half of what they answer they accept, of stand-ups next to nothing; some
// call it wrong; and now and then somebody has enough, for a while or for good.
func (y *year) read(ctx context.Context, m store.Mail, l mail.Letter) {
	now := y.Now()
	if y.random.IntN(100) < 1 {
		y.left++
		if err := y.db.Unsubscribe(ctx, now, m.Person, "test"); err != nil {
			y.Fatal(err)
		}
		if y.random.IntN(2) == 0 {
			y.returns[m.Person] = now.AddDate(0, 0, 10+y.random.IntN(60))
		}
	}
	var number int
	if _, err := fmt.Sscanf(m.Person, "p%d@", &number); err != nil {
		y.Fatal(err)
	}
	if number%5 == 4 {
		return
	}
	for _, i := range l.Items {
		if y.random.IntN(100) >= 65 {
			continue
		}
		p := press{at: now.Add(time.Duration(1+y.random.IntN(40)) * 30 * time.Minute), who: m.Person, link: i.Links.Keep, verb: click.Keep}
		yes := 50
		if strings.Contains(i.Title, "stand-up") {
			yes = 4
		}
		switch n := y.random.IntN(100); {
		case n < yes:
			p.link, p.verb = i.Links.Accept, i.Kind.Accept()
		case n >= 96:
			p.link, p.verb = i.Links.Wrong, click.Wrong
		}
		at, _ := slices.BinarySearchFunc(y.clicks, p, func(a, b press) int { return a.at.Compare(b.at) })
		y.clicks = slices.Insert(y.clicks, at, p)
	}
}

// press presses the button behind a link.
func (y *year) press(ctx context.Context, p press) {
	link := p.link[strings.LastIndexByte(p.link, '/')+1:]
	choice := click.Choice{Verb: p.verb, Scope: click.This}
	if p.verb == click.Decline && y.random.IntN(3) == 0 {
		choice.Scope = click.Onward
	}
	slip, err := y.desk.Answer(ctx, link, web.Answer{Choice: choice})
	if errors.Is(err, web.ErrNotOffered) && choice.Scope == click.Onward { // a one-off
		choice.Scope = click.This
		slip, err = y.desk.Answer(ctx, link, web.Answer{Choice: choice})
	}
	switch {
	case errors.Is(err, web.ErrPaused) || errors.Is(err, web.ErrNotOffered) || errors.Is(err, web.ErrUntold):
		return
	case err != nil:
		y.Fatal(err)
	}
	y.answers++
	y.answered[p.who] = append(y.answered[p.who], y.Now())
	if p.verb == slip.Suggestion.Kind.Accept() {
		y.accepted[slip.Suggestion.Kind]++
	} else if p.verb == click.Keep || p.verb == click.Wrong {
		if y.quiet[p.who] == nil {
			y.quiet[p.who] = map[int64]time.Time{}
		}
		for _, s := range y.asked(ctx, p.who) {
			if s.UID == slip.Snapshot.UID && s.Organizer == slip.Snapshot.Organizer.Address {
				y.quiet[p.who][s.Lineage] = y.Now()
			}
		}
	}
}

func (y *year) asked(ctx context.Context, who string) []store.Suggestion {
	all, err := y.db.SuggestionsTo(ctx, who)
	if err != nil {
		y.Fatal(err)
	}
	return all
}
