package agent

import (
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/token"
	"unmeet/agent/trial"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
)

// diary is Ann's calendar: her weekly meeting, occurrence by occurrence.
type diary struct {
	slots map[calendars.Instance]*calendars.Copy
	body  string
	log   []string // what was done, by us
}

func (d *diary) Look(_ context.Context, i calendars.Intent) (calendars.Copy, error) {
	c, ok := d.slots[i.Ref.Instance]
	if !ok {
		return calendars.Copy{}, &calendars.OvertakenError{Why: calendars.Gone}
	}
	found := *c
	found.Body = d.body
	return found, nil
}

func (d *diary) Do(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	c, err := d.Look(ctx, i)
	if err == nil {
		err = i.Check(c)
	}
	if errors.Is(err, calendars.ErrAlready) {
		return calendars.Receipt{Already: true}, nil
	}
	if err != nil {
		return calendars.Receipt{}, err
	}
	r := calendars.Receipt{Told: true, Before: "before"}
	if err := begin(r); err != nil {
		return r, err
	}
	word := string(i.Verb)
	if i.Back != nil {
		word += " back"
	}
	d.log = append(d.log, word+" "+i.Start.Format("2 Jan"))
	if i.Verb == calendars.Cancel {
		d.slots[i.Ref.Instance].Status = calendars.Cancelled
		if i.Back != nil {
			d.slots[i.Ref.Instance].Status = calendars.Confirmed
		}
	}
	return r, nil
}

// did returns what was done since it was asked last.
func (d *diary) did() string {
	done := slices.Clone(d.log)
	slices.Sort(done)
	d.log = nil
	return strings.Join(done, ", ")
}

// fair is where Ann tries her weekly in writing, with six guests.
type fair struct {
	*counter
	book     *diary
	actor    *Actor
	trialist *Trialist
	letters  []mail.Letter
	link     string // of Ann's suggestion
}

var sixGuests = []string{"bob@acme.example", "cid@acme.example", "dan@acme.example", "eve@acme.example", "fay@acme.example", "gus@acme.example"}

// Write notes a letter, and writes it.
func (f *fair) Write(l mail.Letter, id, person string, now, next, deadline time.Time) (store.NewMail, error) {
	f.letters = append(f.letters, l)
	return f.Desk.Mail.Write(l, id, person, now, next, deadline)
}

// newFair asks Ann whether she does four of seven weeks in writing.
func newFair(t testing.TB) *fair {
	t.Helper()
	f := fairAt(newCounter(t))
	fatal(t, f.DB.SetOrganization(t.Context(), store.Organization{Domains: []string{"acme.example"}}))
	_, err := f.DB.Connect(t.Context(), asked, store.NewConnection{Kind: "google", Owner: annAcme, Via: store.ByGrant, Remotes: []string{"primary"}})
	fatal(t, err)
	for _, guest := range sixGuests {
		fatal(t, f.DB.Enrol(t.Context(), guest))
	}
	f.sync()
	f.link = f.offer()
	return f
}

// fairAt is a fair on the database of c, as it is.
func fairAt(c *counter) *fair {
	f := &fair{counter: c, book: &diary{slots: map[calendars.Instance]*calendars.Copy{}, body: "Agenda:\n- Numbers\n- Hiring"}}
	responders := func(context.Context, store.Connection) (Responder, error) { return f.book, nil }
	f.Desk.Responders = responders
	f.Desk.Group = func(address string) Group {
		return Group{Language: "en", Hours: suggest.OfficeHours(), ReplyWithin: 48 * time.Hour, Observing: address == "gus@acme.example"}
	}
	f.actor = NewActor(&Actor{DB: f.DB, By: "test", Clock: f.hand, Log: f.Desk.Log, Responders: responders})
	f.trialist = NewTrialist(Trialist{
		DB: f.DB, Writer: f, Responders: responders, PublicURL: f.PublicURL, Holds: f.Holds, Group: f.Group, Clock: f.hand, Log: f.Desk.Log,
	})
	return f
}

// sync has the store know what the diary says.
func (f *fair) sync() {
	f.Helper()
	series := opsSeries(sixGuests[0])
	series.Spans = nil
	for _, guest := range sixGuests[1:] {
		series.People = append(series.People, calendars.Attendee{Party: calendars.Party{Address: guest}, Kind: calendars.Individual, Response: calendars.Accepted})
	}
	for week := range 7 {
		start := meetsAt.AddDate(0, 0, 7*week)
		at := calendars.InstanceAt(start)
		if f.book.slots[at] == nil {
			f.book.slots[at] = &calendars.Copy{UID: "ops", Instance: at, Start: start, End: start.Add(25 * time.Minute), Status: calendars.Confirmed}
		}
		if f.book.slots[at].Status == calendars.Confirmed {
			series.Spans = append(series.Spans, calendars.Span{Instance: at, Start: start, End: start.Add(25 * time.Minute)})
		}
	}
	all, err := f.DB.Connections(f.Context())
	if err != nil || len(all) != 1 {
		f.Fatal(all, err)
	}
	taken, err := f.DB.Take(f.Context(), all[0].ID, f.Now(), "test", time.Minute)
	fatal(f.TB, err)
	_, err = f.DB.Apply(f.Context(), taken.Collections[0].ID, calendars.Delta{
		Full: true, From: asked.AddDate(0, 0, -1), To: asked.AddDate(0, 0, 70), Copies: []calendars.Copy{series},
	}, store.At(f.Now()))
	fatal(f.TB, err)
	fatal(f.TB, f.DB.Done(f.Context(), taken.Lease, f.Now(), f.Now().Add(time.Hour)))
}

// ends has the store read that the series ends before t, whatever the diary says.
func (f *fair) ends(t time.Time) {
	f.Helper()
	for _, c := range f.book.slots {
		if !c.Start.Before(t) {
			was := c.Status
			c.Status = calendars.Cancelled
			defer func() { c.Status = was }()
		}
	}
	f.sync()
}

// offer suggests the trial, and returns its link.
func (f *fair) offer() string {
	f.Helper()
	shot := suggest.Snapshot{
		Kind: suggest.Trial, Title: "Ops weekly", UID: "ops", Organizer: suggest.Party{Address: annAcme, Name: "Ann"}, Instance: calendars.InstanceAt(meetsAt),
		Start: meetsAt, End: meetsAt.Add(25 * time.Minute), Zone: "UTC", Minutes: 25, People: 7, Category: rules.Informing,
		Facts: []suggest.Fact{{Kind: suggest.FactPeople, Count: 7}}, ReplyWithin: 48 * time.Hour,
	}
	for week := range 4 {
		start := meetsAt.AddDate(0, 0, 7*week)
		shot.Occurrences = append(shot.Occurrences, suggest.Time{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(25 * time.Minute)})
	}
	text, err := shot.Encode()
	fatal(f.TB, err)
	secret, closes := token.New(), shot.Occurrences[3].End
	fatal(f.TB, f.DB.Offer(f.Context(), f.Now(), store.Digest{
		Person: annAcme,
		Suggestions: []store.NewSuggestion{{
			UID: shot.UID, Organizer: annAcme, Instance: shot.Instance, Kind: string(suggest.Trial), Recurring: true, Minutes: 20, Category: "informing",
			Starts: meetsAt, Expires: meetsAt, Closes: closes, SubjectHash: "subject", RulesHash: "rules", Snapshot: text,
		}},
		Tokens: []store.NewToken{{Hash: token.Hash(secret), Verb: string(click.Trial), Expires: closes}},
		Mail:   store.NewMail{MessageID: token.New() + "@acme.example", Person: annAcme, Kind: "digest", From: "unmeet@acme.example", To: annAcme, MIME: []byte("x"), Deadline: meetsAt},
	}))
	return secret
}

// until lets time pass up to t after the first meeting, doing what is due on the way,
// a minute being the shortest.
func (f *fair) until(after time.Duration) {
	f.Helper()
	end := meetsAt.Add(after)
	for {
		_, err := f.committer.Pass(f.Context())
		fatal(f.TB, err)
		_, err = f.trialist.Pass(f.Context())
		fatal(f.TB, err)
		_, err = f.actor.Pass(f.Context())
		fatal(f.TB, err)
		next := end
		trials, err := f.DB.NextTrial(f.Context())
		fatal(f.TB, err)
		holds, err := f.DB.NextSuggestion(f.Context())
		fatal(f.TB, err)
		for _, at := range []time.Time{trials, holds} {
			if at.After(f.Now()) && at.Before(next) {
				next = at
			}
		}
		if !f.Now().Before(end) {
			return
		}
		f.hand.pass(next.Sub(f.Now()))
	}
}

// says answers behind a link in the mail, in a browser that is known.
func (f *fair) says(link string, person string, v trial.Verb) web.Slip {
	f.Helper()
	return f.answer(path.Base(link), web.Answer{Choice: click.Choice{Verb: click.Verb(v)}, Cookie: f.recognized(person)})
}

// came returns the letters that were written since it was asked last, in short, and
// the last of each kind.
func (f *fair) came() (string, map[mail.Kind]mail.Letter) {
	var all []string
	last := map[mail.Kind]mail.Letter{}
	for _, l := range f.letters {
		name, _, _ := strings.Cut(l.To.Address, "@")
		all = append(all, string(l.Kind)+" "+name)
		last[l.Kind] = l
	}
	f.letters = nil
	return strings.Join(all, ", "), last
}

// want fails unless letters and deeds since the last time are as given.
func (f *fair) want(letters, did string) map[mail.Kind]mail.Letter {
	f.Helper()
	got, last := f.came()
	if got != letters {
		f.Errorf("at %v there came %q, want %q", f.Now().Format("2 Jan 15:04"), got, letters)
	}
	if done := f.book.did(); done != did {
		f.Errorf("at %v was done %q, want %q", f.Now().Format("2 Jan 15:04"), done, did)
	}
	return last
}

// start accepts the trial, whose hold is over then.
func (f *fair) start() {
	f.Helper()
	f.answer(f.link, web.Answer{Choice: click.Choice{Verb: click.Trial}, Cookie: f.recognized(annAcme)})
	f.until(-24*time.Hour + 30*time.Minute)
	f.want("", "cancel 1 Dec, cancel 15 Dec, cancel 24 Nov, cancel 8 Dec")
	f.sync()
}

// links are those of a letter, by what they are for.
func trialLinks(l mail.Letter) map[trial.Verb]string {
	t := l.Trial.Links
	all := map[trial.Verb]string{
		trial.SaySent: t.Sent, trial.SayMeet: t.Meet, trial.Convert: t.Convert, trial.Restore: t.Restore, trial.Shorten: t.Shorten,
		trial.MissNo: t.No, trial.MissBit: t.Bit, trial.MissBack: t.Back,
	}
	maps.DeleteFunc(all, func(_ trial.Verb, link string) bool { return link == "" })
	return all
}
