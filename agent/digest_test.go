package agent

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/token"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
)

// round is a digester on a real database: it is Monday morning, and Ann's status of
// Wednesday goes to a team that her calendar names.
type round struct {
	testing.TB
	*Digester
	*hand
	engine  *rules.Engine
	asking  Asking
	letters []mail.Letter
	fail    error
	log     strings.Builder
}

var (
	roundMonday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	wednesday   = roundMonday.AddDate(0, 0, 2).Add(time.Hour)
	team        = []string{"ann@acme.example", "bob@acme.example", "cyd@acme.example", "dan@acme.example", "eva@acme.example"}
)

// Write notes a letter, and writes it.
func (r *round) Write(l mail.Letter, id, person string, now, next, deadline time.Time) (store.NewMail, error) {
	if r.fail != nil {
		return store.NewMail{}, r.fail
	}
	r.letters = append(r.letters, l)
	w := mail.Writer{Sender: mail.Sender{From: mail.Address{Address: "unmeet@acme.example"}, Contact: "it@acme.example", PublicURL: "https://unmeet.acme.example"}}
	return w.Write(l, id, person, now, next, deadline)
}

func newRound(t *testing.T, words string) *round {
	t.Helper()
	path := filepath.Join(t.TempDir(), "unmeet.db")
	empty, err := emptyDatabase()
	if err != nil {
		t.Fatal(err)
	}
	fatal(t, os.WriteFile(path, empty, 0o600))
	db, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	r := &round{TB: t, hand: &hand{now: roundMonday}, engine: engine(t, "4")}
	r.Digester = &Digester{DB: db, Writer: r, PublicURL: "https://unmeet.acme.example", Clock: r.hand, Log: slog.New(slog.NewTextHandler(&r.log, nil))}
	r.asking = Asking{Policy: suggest.Standard(), Zone: time.UTC, Group: func(string) Group { return Group{Language: "de", Hours: suggest.OfficeHours()} }}
	r.Set(r.asking, r.engine)
	r.check(db.SetOrganization(t.Context(), store.Organization{Domains: []string{"acme.example"}}))
	calendar, err := db.AddCollection(t.Context(), store.Collection{Kind: "google", Remote: "primary", Owner: team[0]})
	r.check(err)
	c := calendars.Copy{
		Remote: "status", UID: "status", Title: "Weekly status", Body: words, Busy: true, Zone: "UTC", HeadsKnown: true, Rule: "FREQ=WEEKLY",
		Organizer: calendars.Party{Address: team[0], Name: "Ann of ann"}, Start: wednesday.AddDate(-1, 0, 0), End: wednesday.AddDate(-1, 0, 0).Add(time.Hour),
	}
	for _, who := range team {
		name, _, _ := strings.Cut(who, "@")
		c.People = append(c.People, calendars.Attendee{Party: calendars.Party{Address: who, Name: strings.ToUpper(name[:1]) + name[1:] + " of " + name}, Kind: calendars.Individual})
		r.check(db.Enrol(t.Context(), who))
	}
	for week := range 8 {
		start := wednesday.AddDate(0, 0, 7*week)
		c.Spans = append(c.Spans, calendars.Span{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(time.Hour)})
	}
	touched, err := db.Apply(t.Context(), calendar, calendars.Delta{Full: true, From: roundMonday.AddDate(0, 0, -7), To: wednesday.AddDate(0, 3, 0), Copies: []calendars.Copy{c}}, store.At(roundMonday))
	r.check(err)
	_, err = Judge(t.Context(), db, r.engine, touched.Meetings)
	r.check(err)
	r.check(forget(t.Context(), db, r.engine, touched.Meetings))
	return r
}

func (r *round) check(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// turn makes it the turn of people.
func (r *round) turn(people ...string) {
	r.Helper()
	for _, who := range people {
		r.check(r.DB.SetTurn(r.Context(), who, r.Now()))
	}
}

func (r *round) passes() Tally {
	r.Helper()
	sum, err := r.Pass(r.Context())
	r.check(err)
	return sum
}

// to is whom letters went to, by what they suggest.
func (r *round) to() map[string]suggest.Kind {
	all := map[string]suggest.Kind{}
	for _, l := range r.letters {
		all[l.To.Address] = l.Items[0].Kind
	}
	return all
}

func TestNobodyIsAskedTheMomentTheyEnrol(t *testing.T) {
	r := newRound(t, "")
	r.pass(2 * time.Hour)
	if sum := r.passes(); sum.People != 0 || len(r.letters) != 0 {
		t.Fatalf("thought of %d people, %d letters", sum.People, len(r.letters))
	}
	for _, who := range team {
		if at, err := r.DB.Turn(t.Context(), who); err != nil || !at.Equal(roundMonday.AddDate(0, 0, 1)) {
			t.Errorf("turn of %s: %v, %v", who, at, err)
		}
	}
	r.pass(22 * time.Hour) // on Tuesday, the status is one day away
	if r.passes(); len(r.letters) != 1 {
		t.Errorf("%d letters on the next morning", len(r.letters))
	}
}

func TestAskingOnceAWeek(t *testing.T) {
	r := newRound(t, "")
	r.turn(team...)
	sum := r.passes()
	// Ann is thought of first, and her guests are not asked while she may answer.
	if d := gocmp.Diff(map[string]suggest.Kind{team[0]: suggest.Trial}, r.to()); d != "" || sum.Mails != 1 || sum.Refusals[suggest.OrganizerFirst] == 0 {
		t.Fatalf("%+v; asked (-want +got):\n%s", sum, d)
	}
	l := r.letters[0]
	if !l.First || l.Language != "de" || l.To.Name != "Ann of ann" || !strings.Contains(l.Unsubscribe, "/u/") {
		t.Errorf("letter: %+v", l)
	}
	links := []string{l.Items[0].Links.Accept, l.Items[0].Links.Keep, l.Items[0].Links.Wrong, l.Items[0].Links.Other}
	for i, verb := range []string{"trial", "keep", "wrong", "other"} {
		found, err := r.DB.Token(t.Context(), token.Hash(links[i][strings.LastIndexByte(links[i], '/')+1:]))
		if err != nil || found.Verb != verb || found.Person != team[0] || !found.Expires.Equal(wednesday.AddDate(0, 0, 21).Add(time.Hour)) {
			t.Errorf("link to %s: %+v, %v", verb, found, err)
		}
	}
	mails, err := r.DB.Mails(t.Context(), store.MailQueued, 9)
	if err != nil || len(mails) != 1 || !mails[0].Deadline.Equal(roundMonday.Add(8*time.Hour)) {
		t.Fatalf("mails: %+v, %v", mails, err)
	}
	r.turn(team...)
	if sum := r.passes(); sum.Mails != 0 || sum.Closed[suggest.TooSoon] != 1 {
		t.Errorf("asked again at once: %+v", sum)
	}
	for _, who := range team {
		if at, err := r.DB.Turn(t.Context(), who); err != nil || !at.Equal(roundMonday.AddDate(0, 0, 7)) {
			t.Errorf("next turn of %s: %v, %v", who, at, err)
		}
	}
}

func TestTwoAreAskedToDecline(t *testing.T) {
	r := newRound(t, "")
	r.turn(team...)
	r.check(r.DB.SetTurn(t.Context(), team[0], roundMonday.AddDate(0, 0, 1))) // Ann later
	r.passes()
	want := map[string]suggest.Kind{team[1]: suggest.Decline, team[2]: suggest.Decline}
	if d := gocmp.Diff(want, r.to()); d != "" { // then only three others would be left
		t.Fatalf("asked (-want +got):\n%s", d)
	}
	l := r.letters[0]
	if l.Items[0].Kind != suggest.Decline || l.Items[0].Note == "" {
		t.Errorf("letter: %+v", l)
	}
}

func TestPresentersAreKeptInMind(t *testing.T) {
	r := newRound(t, "Everybody tells.\nPresenter: Bob\nThe rest is small talk.")
	r.turn(team...)
	r.check(r.DB.SetTurn(t.Context(), team[0], roundMonday.AddDate(0, 0, 1)))
	sum := r.passes()
	if _, asked := r.to()[team[1]]; asked || sum.Refusals[suggest.Presenting] != 1 {
		t.Errorf("%+v; asked: %v", sum, r.to())
	}
	for s, err := range r.DB.Subjects(t.Context(), nil, "") {
		if r.check(err); s.Body != "Presenter: Bob of bob" {
			t.Errorf("of the description is left %q", s.Body)
		}
	}
}

func TestProspectWritesNothing(t *testing.T) {
	r := newRound(t, "")
	r.turn(team...)
	before, err := r.DB.DueTurns(t.Context(), r.Now())
	r.check(err)
	thoughts, sum, err := r.Prospect(t.Context())
	r.check(err)
	var asked []string
	for _, th := range thoughts {
		for _, o := range th.Offers {
			asked = append(asked, th.Person.Address+" "+string(o.Snapshot.Kind))
		}
		if len(th.Offers)+len(th.Refusals) == 0 {
			t.Errorf("nothing was looked at for %s", th.Person.Address)
		}
	}
	if d := gocmp.Diff([]string{team[0] + " trial"}, asked); d != "" {
		t.Errorf("asked (-want +got):\n%s", d)
	}
	if sum.People != len(team) || sum.Mails != 1 || sum.Offers[suggest.Trial] != 1 {
		t.Errorf("tally: %+v", sum)
	}
	after, err := r.DB.DueTurns(t.Context(), r.Now())
	r.check(err)
	all, err := r.DB.SuggestionsSince(t.Context(), time.Time{}.Add(time.Hour))
	r.check(err)
	if !slices.Equal(before, after) || len(all) != 0 || len(r.letters) != 0 {
		t.Errorf("it wrote something: %v, %d suggestions, %d letters", after, len(all), len(r.letters))
	}

	r.check(r.DB.Pause(t.Context(), store.Pause{By: "test", Since: r.Now()}))
	if _, sum, err := r.Prospect(t.Context()); err != nil || sum.Mails != 0 || sum.Closed[suggest.Paused] != len(team) {
		t.Errorf("while paused: %+v, %v", sum, err)
	}
	if sum := r.passes(); sum.People != 0 {
		t.Errorf("while paused, %d were thought of", sum.People)
	}
}

// TestProspectKnowsWhoCannotBeReached: whoever would not get the mail is not counted
// among those who would.
func TestProspectKnowsWhoCannotBeReached(t *testing.T) {
	r := newRound(t, "")
	_, err := r.DB.QueueMail(t.Context(), r.Now(), store.NewMail{
		MessageID: "one@acme.example", Person: team[0], Kind: "trouble", From: "unmeet@acme.example", To: team[0], MIME: []byte("words"), Deadline: r.Now().Add(time.Hour),
	})
	r.check(err)
	taken, err := r.DB.TakeMail(t.Context(), r.Now(), "test", time.Minute, 1)
	if err != nil || len(taken) != 1 {
		t.Fatal(len(taken), err)
	}
	r.check(r.DB.Suppress(t.Context(), taken[0], r.Now(), "550 5.1.1"))
	thoughts, sum, err := r.Prospect(t.Context())
	r.check(err)
	if sum.Closed[suggest.Unreachable] != 1 || len(thoughts[0].Offers) != 0 {
		t.Errorf("%s would be asked: %+v", team[0], sum)
	}
	r.check(r.DB.Unsuppress(t.Context(), team[0]))
	if thoughts, _, err = r.Prospect(t.Context()); err != nil || len(thoughts[0].Offers) != 1 {
		t.Errorf("%s would not be asked once mail arrives again: %v", team[0], err)
	}
}

func TestOneFailureDoesNotHoldUpOthers(t *testing.T) {
	r := newRound(t, "")
	r.turn(team...)
	r.fail = errors.New("no ink")
	sum, err := r.Pass(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no ink") || sum.Mails != 0 {
		t.Fatalf("%+v, %v", sum, err)
	}
	all, err := r.DB.SuggestionsSince(t.Context(), time.Time{}.Add(time.Hour))
	if err != nil || len(all) != 0 {
		t.Fatalf("suggestions without a mail: %v, %v", all, err)
	}
	r.fail = nil
	r.passes()
	if d := gocmp.Diff(map[string]suggest.Kind{team[0]: suggest.Trial}, r.to()); d != "" {
		t.Errorf("once it works again (-want +got):\n%s", d)
	}

	r = newRound(t, "")
	r.turn(team...)
	r.fail = mail.ErrLetter // which will not pass by itself
	if r.passes(); !strings.Contains(r.log.String(), "nothing was suggested") {
		t.Errorf("the log says %q", &r.log)
	}
	if due, err := r.DB.DueTurns(t.Context(), r.Now()); err != nil || len(due) != 0 {
		t.Errorf("still due: %v, %v", due, err)
	}
}

// TestDyingBeforeTheTurnIsSet plays what a crash between the mail and the next turn
// leaves behind.
func TestDyingBeforeTheTurnIsSet(t *testing.T) {
	r := newRound(t, "")
	r.turn(team[0])
	r.passes()
	r.turn(team[0])
	r.pass(time.Minute)
	r.passes()
	if len(r.letters) != 1 {
		t.Errorf("%d letters", len(r.letters))
	}
	if at, err := r.DB.Turn(t.Context(), team[0]); err != nil || !at.Equal(roundMonday.AddDate(0, 0, 7)) {
		t.Errorf("next turn: %v, %v", at, err)
	}
}

func TestZoneAndLanguageOfAPerson(t *testing.T) {
	r := newRound(t, "")
	r.check(r.DB.Set(t.Context(), team[0], store.Settings{Language: "en", Rhythm: "fortnightly", Zone: "Asia/Kolkata"}))
	thoughts, _, err := r.Prospect(t.Context())
	r.check(err)
	if p := thoughts[0].Person; p.Language != "en" || p.Rhythm != suggest.Fortnightly || p.Zone.String() != "Asia/Kolkata" {
		t.Errorf("as they chose: %+v", p)
	}
	if p := thoughts[1].Person; p.Language != "de" || p.Zone != time.UTC {
		t.Errorf("as their group has it: %+v", p)
	}
	if at := thoughts[0].At.In(thoughts[0].Person.Zone); at.Hour() < 9 || at.Hour() >= 17 {
		t.Errorf("thought of for %v", at)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	r := newRound(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.Run(ctx) // returns
	if len(r.letters) != 0 {
		t.Error("a letter was written after the end")
	}
}

// TestOrganizerFirstWhateverTheirName: all have their turn on the same Monday morning.
func TestOrganizerFirstWhateverTheirName(t *testing.T) {
	before := slices.Clone(team)
	defer func() { copy(team, before) }()
	for _, name := range []string{"ann", "zed"} {
		team[0] = name + "@acme.example"
		r := newRound(t, "")
		r.turn(team...)
		r.passes()
		if asked := r.to(); asked[team[0]] != suggest.Trial || len(asked) != 1 {
			t.Errorf("in one pass %v are asked, want %s alone", asked, team[0])
		}
	}
}

// TestProspectIsWhatARoundComesTo where those whose turn comes first organize meetings,
// too: Ann and Bob are guests of Zed.
func TestProspectIsWhatARoundComesTo(t *testing.T) {
	before := slices.Clone(team)
	defer func() { copy(team, before) }()
	team[0] = "zed@acme.example"
	r := newRound(t, "")
	calendar, err := r.DB.AddCollection(t.Context(), store.Collection{Kind: "google", Remote: "primary", Owner: team[1]})
	r.check(err)
	past := roundMonday.AddDate(0, 0, -3)
	_, err = r.DB.Apply(t.Context(), calendar, calendars.Delta{Full: true, From: roundMonday.AddDate(0, 0, -7), To: wednesday, Copies: []calendars.Copy{{
		Remote: "chat", UID: "chat", Title: "Chat", Busy: true, Zone: "UTC", HeadsKnown: true, Start: past, End: past.Add(time.Hour),
		Organizer: calendars.Party{Address: team[1]}, People: []calendars.Attendee{{Party: calendars.Party{Address: team[1]}}, {Party: calendars.Party{Address: team[2]}}},
		Spans: []calendars.Span{{Instance: calendars.InstanceAt(past), Start: past, End: past.Add(time.Hour)}},
	}}}, store.At(roundMonday))
	r.check(err)
	r.turn(team...)
	thoughts, _, err := r.Prospect(t.Context())
	r.check(err)
	would := map[string]suggest.Kind{}
	for _, th := range thoughts {
		for _, o := range th.Offers {
			would[th.Person.Address] = o.Snapshot.Kind
		}
	}
	r.passes()
	if d := gocmp.Diff(r.to(), would); d != "" || len(would) != 1 {
		t.Errorf("would be asked (-as they are, +as was said):\n%s", d)
	}

	r = newRound(t, "") // Zed's turn is a day later: until then, the guests are asked
	r.turn(team...)
	r.check(r.DB.SetTurn(t.Context(), team[0], roundMonday.AddDate(0, 0, 1)))
	_, sum, err := r.Prospect(t.Context())
	r.check(err)
	if real := r.passes(); sum.Offers[suggest.Decline] != real.Offers[suggest.Decline] || real.Offers[suggest.Decline] == 0 {
		t.Errorf("%+v would be asked, %+v are", sum.Offers, real.Offers)
	}
}

// TestOrganizerWhoWaitsComesFirst: guests are not asked to stay away while the
// organizer's turn is yet to come in the same round.
func TestOrganizerWhoWaitsComesFirst(t *testing.T) {
	for _, waits := range []bool{true, false} {
		r := newRound(t, "")
		g, err := gather(t.Context(), r.DB, r.Digester.settings.Load(), r.Now())
		r.check(err)
		members, err := r.members(t.Context())
		r.check(err)
		if waits {
			g.waiting[team[0]] = members[team[0]]
		}
		p, h, err := g.person(t.Context(), members[team[1]], r.Now())
		r.check(err)
		thought, err := g.think(t.Context(), p, h, r.Now())
		r.check(err)
		if (len(thought.Offers) == 0) != waits {
			t.Errorf("while the organizer waits (%v), bob is asked %v", waits, thought.Offers)
		}
		if waits && !slices.ContainsFunc(thought.Refusals, func(f suggest.Refusal) bool { return f.Why == suggest.OrganizerFirst }) {
			t.Errorf("it is refused for other reasons: %+v", thought.Refusals)
		}
	}
}

// TestMailThatMayHaveArrivedCounts: a mail that was parked because nobody knows
// whether it arrived counts for when the next may come, one that did not does not.
func TestMailThatMayHaveArrivedCounts(t *testing.T) {
	for _, arrived := range []bool{true, false} {
		r := newRound(t, "")
		r.pass(4 * 24 * time.Hour) // Friday
		r.turn(team[0])
		r.passes()
		if len(r.letters) != 1 {
			t.Fatal(len(r.letters), "letters")
		}
		for range 2 {
			taken, err := r.DB.TakeMail(t.Context(), r.Now(), "here", time.Hour, 1)
			r.check(err)
			if !arrived {
				r.check(r.DB.MailParked(t.Context(), taken[0], r.Now(), "refused"))
				break
			}
			r.check(r.DB.BeginMail(t.Context(), &taken[0], r.Now()))
			r.check(r.DB.MailUnknown(t.Context(), taken[0], r.Now(), r.Now(), "cut off"))
		}
		r.pass(3 * 24 * time.Hour) // Monday, the turn that was set
		sum := r.passes()
		if (sum.Closed[suggest.TooSoon] == 1) != arrived {
			t.Errorf("arrived %v, three days later: %+v", arrived, sum)
		}
	}
}

// TestNothingIsSuggestedWhileAConnectionWaits holds the mail about trouble to its word.
func TestNothingIsSuggestedWhileAConnectionWaits(t *testing.T) {
	r := newRound(t, "")
	_, err := r.DB.Connect(t.Context(), r.Now(), store.NewConnection{Kind: "google", Owner: team[1], Account: "bob", Via: store.ByGrant,
		Seal: func(int64) ([]byte, string, error) { return []byte("sealed"), "k", nil }})
	r.check(err)
	due, err := r.DB.TakeDue(t.Context(), r.Now(), "test", time.Hour, 10)
	r.check(err)
	for _, c := range due {
		r.check(r.DB.Failed(t.Context(), c.Lease, store.Trouble{Why: "the grant was revoked", Pause: true}, r.Now(), r.Now()))
	}
	for _, who := range team {
		r.check(r.DB.SetTurn(t.Context(), who, r.Now().Add(time.Hour)))
	}
	r.turn(team[1])
	sum := r.passes()
	if kind, asked := r.to()[team[1]]; asked || sum.Closed[suggest.Disconnected] != 1 {
		t.Errorf("bob's connection is paused, and bob is asked to %s: %+v", kind, sum)
	}
	if next, err := r.DB.Turn(t.Context(), team[1]); err != nil || !next.Equal(roundMonday.AddDate(0, 0, 1)) {
		t.Errorf("bob's turn comes again at %v, %v", next, err)
	}
}

// TestDigestComesWithNotice: a mail is not sent any more once a meeting in it is near,
// though the working day goes on.
func TestDigestComesWithNotice(t *testing.T) {
	r := newRound(t, "")
	r.pass(24 * time.Hour) // 25 hours before
	r.turn(team[0])
	r.passes()
	mails, err := r.DB.Mails(t.Context(), store.MailQueued, 9)
	r.check(err)
	if len(mails) != 1 || !mails[0].Deadline.Equal(wednesday.Add(-24*time.Hour)) {
		t.Errorf("%d mails; want one that is sent until %v: %+v", len(mails), wednesday.Add(-24*time.Hour), mails)
	}
}

// TestOvertakenSuggestionsAreWithdrawn: what was asked about a meeting that moves is
// taken back, and only that.
func TestOvertakenSuggestionsAreWithdrawn(t *testing.T) {
	for _, moves := range []time.Duration{0, time.Hour} {
		r := newRound(t, "")
		r.turn(team[0])
		r.passes()
		all, err := r.DB.SuggestionsTo(t.Context(), team[0])
		r.check(err)
		if len(all) != 1 {
			t.Fatal(len(all), "suggestions")
		}
		calendar, err := r.DB.AddCollection(t.Context(), store.Collection{Kind: "google", Remote: "primary", Owner: team[0]})
		r.check(err)
		c := calendars.Copy{
			Remote: "status", UID: "status", Title: "Weekly status", Busy: true, Zone: "UTC", HeadsKnown: true, Rule: "FREQ=WEEKLY", Sequence: 1,
			Organizer: calendars.Party{Address: team[0]}, Start: wednesday.AddDate(-1, 0, 0), End: wednesday.AddDate(-1, 0, 0).Add(time.Hour),
		}
		for _, who := range team {
			c.People = append(c.People, calendars.Attendee{Party: calendars.Party{Address: who}, Kind: calendars.Individual})
		}
		for week := range 8 {
			start := wednesday.AddDate(0, 0, 7*week).Add(moves)
			c.Spans = append(c.Spans, calendars.Span{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(time.Hour)})
		}
		_, err = r.DB.Apply(t.Context(), calendar, calendars.Delta{Full: true, From: roundMonday.AddDate(0, 0, -7), To: wednesday.AddDate(0, 3, 0), Copies: []calendars.Copy{c}}, store.At(r.Now()))
		r.check(err)
		r.passes()
		s, err := r.DB.Suggestion(t.Context(), all[0].ID)
		r.check(err)
		if (s.State == "withdrawn") != (moves > 0) {
			t.Errorf("moved by %v, it is %s", moves, s.State)
		}
	}
}
