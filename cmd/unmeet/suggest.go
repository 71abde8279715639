package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"unmeet/agent"
	"unmeet/agent/suggest"
	"unmeet/agent/text"
	"unmeet/rules"
	"unmeet/store"
)

// suggestCmd shows what people would be asked.
type suggestCmd struct {
	People []string `arg:"" optional:"" name:"email" help:"Whether these people are asked, and if not, why: nothing of their meetings."`
	DryRun bool     `help:"Do not ask anybody. It takes this flag: only unmeet run asks."`
	Format string   `enum:"table,json" default:"table" placeholder:"FORMAT" help:"table or json."`
	looking
}

// Help says what is shown of whom.
func (suggestCmd) Help() string {
	return `Thinks of everybody who takes part as if their turn had come, and counts what they would be asked and what held the rest back: each meeting of each person once. Nothing is queued or sent. Calendars are as they were last read.

    unmeet suggest --dry-run
    unmeet suggest --dry-run ann@acme.example
    unmeet suggest --dry-run --as ann@acme.example --reason "she wonders why nothing comes"

Rows that tell of fewer than organization.min_group people are added up.`
}

// Run shows it.
func (cmd *suggestCmd) Run(a *app) error {
	switch {
	case !cmd.DryRun:
		return usage("unmeet suggest --dry-run", "only unmeet run asks people")
	case cmd.As != "" && len(cmd.People) > 0:
		return usage("name people, or one with --as", "--as shows one person")
	}
	if err := cmd.check(); err != nil {
		return err
	}
	c, db, err := a.configured(a.openBegun)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := a.showUnread(db); err != nil {
		return err
	}
	if len(cmd.People) > 0 {
		return cmd.showStanding(a, c, db)
	}
	if cmd.As != "" {
		if err := cmd.record(a, db); err != nil {
			return err
		}
	}
	thoughts, err := a.think(c, db)
	if err != nil {
		return err
	}
	idle, err := c.idleAssistants(a.ctx, db)
	if err != nil {
		return err
	}
	for _, who := range idle {
		said, hint := ofIdle(who)
		a.note("%s", said)
		a.hint("%s", hint)
	}
	if cmd.As != "" {
		return cmd.showOwn(a, thoughts)
	}
	if len(thoughts) < c.Organization.MinGroup {
		return errTooFew(c, "%s take part", text.Count(len(thoughts), "person"))
	}
	p := prospectOf(thoughts, c.Organization.MinGroup)
	if cmd.Format == "json" {
		return printJSON(a.stdout, p)
	}
	if err := a.showProspect(p, c); err != nil {
		return err
	}
	return a.showDelivery(db)
}

// showUnread says on stderr how many calendars are connected and were never read: of
// those, nothing is known.
func (a *app) showUnread(db *store.DB) error {
	all, err := db.Connections(a.ctx)
	unread := 0
	for _, c := range all {
		if (c.State == store.Connected || c.State == store.Failing) && c.LastOK.IsZero() {
			unread++
		}
	}
	if unread > 0 {
		a.note("not read yet: %s of %d", text.Count(unread, "calendar"), len(all))
		a.hint("unmeet sync reads them")
	}
	return err
}

// think says what everybody who takes part would be asked at their next turn.
func (a *app) think(c config, db *store.DB) ([]agent.Thought, error) {
	engine, err := c.engine()
	if err != nil {
		return nil, err
	}
	asking, err := c.asking()
	if err != nil {
		return nil, err
	}
	if _, err := agent.Judge(a.ctx, db, engine, nil); err != nil {
		return nil, err
	}
	d := &agent.Digester{DB: db, PublicURL: c.publicURL(), Clock: fixed{a.now()}}
	d.Set(asking, engine)
	thoughts, _, err := d.Prospect(a.ctx)
	return thoughts, err
}

// fixed is a clock that stands.
type fixed struct{ time.Time }

func (f fixed) Now() time.Time { return f.Time }

func (f fixed) After(time.Duration) <-chan time.Time { return nil }

// prospect is what everybody together would be asked, as JSON has it.
type prospect struct {
	People   int           `json:"people"`           // who take part
	Mails    int           `json:"mails"`            // to so many of them; 0 also if that is too few to tell
	Meetings int           `json:"meetings"`         // looked at, each once for each of their people
	Asked    []prospectRow `json:"suggested"`        // by kind
	Refused  []prospectRow `json:"not_suggested"`    // by reason, in the order in which they are looked for
	Others   *prospectRow  `json:"others,omitempty"` // the rows that would tell of too few people
}

// prospectRow counts meetings, and the people whose they are.
type prospectRow struct {
	Name     string `json:"name,omitempty"`
	Says     string `json:"says"`
	People   int    `json:"people"`
	Meetings int    `json:"meetings"`

	whose map[string]bool
}

var kindSays = map[suggest.Kind]string{
	suggest.Decline: "to read it instead",
	suggest.Trial:   "to do it in writing a few times",
	suggest.Split:   "to send the updates ahead, and meet shorter for the rest",
	suggest.Shorten: "to make it shorter",
}

// kindsInOrder are the kinds of suggestions as they are listed.
var kindsInOrder = []suggest.Kind{suggest.Decline, suggest.Trial, suggest.Split, suggest.Shorten}

// prospectOf adds thoughts up, so that no row tells of fewer than few people.
func prospectOf(thoughts []agent.Thought, few int) prospect {
	p := prospect{People: len(thoughts), Asked: []prospectRow{}, Refused: []prospectRow{}}
	asked, refused := map[suggest.Kind]*prospectRow{}, map[suggest.Reason]*prospectRow{}
	for _, t := range thoughts {
		if len(t.Offers) > 0 {
			p.Mails++
		}
		p.Meetings += len(t.Offers) + len(t.Refusals)
		for i := range t.Offers {
			rowOf(asked, t.Offers[i].Snapshot.Kind).add(t.Person.Address)
		}
		for i := range t.Refusals {
			rowOf(refused, t.Refusals[i].Why).add(t.Person.Address)
		}
	}
	var all []*prospectRow
	for _, kind := range kindsInOrder {
		if r := asked[kind]; r != nil {
			r.Name, r.Says = string(kind), kindSays[kind]
			all = append(all, r)
		}
	}
	kinds := len(all)
	for _, why := range suggest.Reasons {
		if r := refused[why]; r != nil {
			r.Name, r.Says = string(why), why.Sentence()
			all = append(all, r)
		}
	}
	folded := fold(all, few)
	for i, r := range all {
		switch {
		case folded.rows[r]:
		case i < kinds:
			p.Asked = append(p.Asked, *r)
		default:
			p.Refused = append(p.Refused, *r)
		}
	}
	p.Others = folded.sum
	if p.Mails < few {
		p.Mails = 0
	}
	return p
}

func rowOf[K comparable](rows map[K]*prospectRow, key K) *prospectRow {
	if rows[key] == nil {
		rows[key] = &prospectRow{whose: map[string]bool{}}
	}
	return rows[key]
}

// add counts a meeting of somebody.
func (r *prospectRow) add(whose string) {
	r.Meetings++
	r.whose[whose] = true
	r.People = len(r.whose)
}

// folding is which rows are added up, and what comes of that.
type folding struct {
	rows map[*prospectRow]bool
	sum  *prospectRow // nil if none are
}

// fold adds up the rows of fewer than few people, and further ones, the smallest
// first, until the sum is of that many: what is left out of a table tells as well as
// what is in it.
func fold(rows []*prospectRow, few int) folding {
	f := folding{rows: map[*prospectRow]bool{}}
	ascending := slices.Clone(rows)
	slices.SortStableFunc(ascending, func(x, y *prospectRow) int { return x.People - y.People })
	sum := &prospectRow{whose: map[string]bool{}}
	for _, r := range ascending {
		if r.People >= few && (f.sum == nil || sum.People >= few) {
			break
		}
		f.rows[r], f.sum = true, sum
		sum.Meetings += r.Meetings
		for who := range r.whose {
			sum.whose[who] = true
		}
		sum.People = len(sum.whose)
	}
	if f.sum != nil {
		sum.Says = fmt.Sprintf("%s of few people each", text.Count(len(f.rows), "row"))
	}
	return f
}

// showProspect prints it as a table.
func (a *app) showProspect(p prospect, c config) error {
	var b strings.Builder
	paint := a.ink()
	mails := fmt.Sprintf("%d", p.Mails)
	if p.Mails == 0 {
		mails = fmt.Sprintf("fewer than %d", c.Organization.MinGroup)
	}
	fmt.Fprintf(&b, "%d people take part; at their next turn, %s would get a mail.\n", p.People, mails)
	part := func(title string, rows []prospectRow) {
		if len(rows) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n%s\n", paint.Bold(fmt.Sprintf("%8s  %8s  %s", "MEETINGS", "PEOPLE", title)))
		for _, r := range rows {
			fmt.Fprintf(&b, "%8d  %8d  %s\n", r.Meetings, r.People, r.Says)
		}
	}
	part("WOULD BE ASKED", p.Asked)
	part("NOT ASKED, SINCE", p.Refused)
	if p.Others != nil {
		part("EITHER", []prospectRow{*p.Others})
	}
	fmt.Fprintf(&b, "\n%d looked at, each once for each of its people who take part.\n", p.Meetings)
	_, err := fmt.Fprint(a.stdout, text.Wrap(b.String(), width(a.stdout)))
	return err
}

// standingRow says whether a person is asked, as JSON has it.
type standingRow struct {
	Address string     `json:"address"`
	Asked   bool       `json:"asked"`
	Why     string     `json:"why,omitempty"` // they are not
	Group   string     `json:"group,omitempty"`
	Turn    *time.Time `json:"turn,omitempty"` // when they are thought of next

	zone  *time.Location // theirs
	quiet bool           // that day
}

// showStanding prints whether the people named are asked. It tells states of delivery
// and nothing of meetings or answers.
func (cmd *suggestCmd) showStanding(a *app, c config, db *store.DB) error {
	members, err := db.Members(a.ctx)
	if err != nil {
		return err
	}
	_, paused, err := db.Paused(a.ctx)
	if err != nil {
		return err
	}
	quiet, err := suggest.ParseDates(c.Quiet.Dates)
	if err != nil {
		return err
	}
	all := []standingRow{}
	ways := c.ways()
	for _, who := range cmd.People {
		who = strings.ToLower(who)
		s := standingRow{Address: who}
		if g, ok := c.groupOf(who); ok {
			s.Group = g.Name
		}
		settings, err := db.Settings(a.ctx, who)
		if errors.Is(err, store.ErrNoPerson) {
			return unknownPerson(who)
		} else if err != nil {
			return err
		}
		if s.zone, err = zoneOf(settings.Zone, c); err != nil {
			return err
		}
		i := slices.IndexFunc(members, func(m store.Member) bool { return m.Address == who })
		suppressed, err := db.Suppressed(a.ctx, who)
		if err != nil {
			return err
		}
		switch {
		case i < 0:
			s.Why = suggest.NotEnrolled.Sentence()
		case !members[i].Unsubscribed.IsZero():
			s.Why = suggest.Unsubscribed.Sentence()
		case suppressed != "":
			s.Why = suggest.Unreachable.Sentence() + ": " + suppressed
		case ways(who).Observing:
			s.Why = suggest.Observing.Sentence()
		case paused:
			s.Why = suggest.Paused.Sentence()
		case !c.mails():
			s.Why = "there is no mail server under [mail]"
		default:
			s.Asked = true
		}
		if i >= 0 {
			turn, err := db.Turn(a.ctx, who)
			if err != nil {
				return err
			}
			s.Turn, s.quiet = some(turn), quiet.Has(turn.In(s.zone))
		}
		all = append(all, s)
	}
	if cmd.Format == "json" {
		return printJSON(a.stdout, all)
	}
	for _, s := range all {
		line := s.Address + ": "
		switch {
		case !s.Asked:
			line += "not asked, since " + text.Clean(s.Why)
		case s.Turn == nil:
			line += "asked, on the first morning they work"
		default:
			line += "thought of next on " + s.Turn.In(s.zone).Format("Mon 2 Jan 15:04 MST")
			if s.quiet {
				line += ", one of the quiet dates: asked after them"
			}
		}
		if _, err := fmt.Fprintln(a.stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// ownThought is what one person would be asked, as JSON has it.
type ownThought struct {
	Address      string       `json:"address"`
	At           time.Time    `json:"at"` // for when it was thought
	Suggested    []ownMeeting `json:"suggested"`
	NotSuggested []ownMeeting `json:"not_suggested"`
}

// ownMeeting is a meeting of theirs.
type ownMeeting struct {
	Title    string         `json:"title"`
	Start    time.Time      `json:"start"`
	Kind     string         `json:"kind,omitempty"`
	Category rules.Category `json:"category,omitzero"`
	Reason   string         `json:"reason,omitempty"`
	Says     string         `json:"says"`
}

// showOwn prints what one person would be asked.
func (cmd *suggestCmd) showOwn(a *app, thoughts []agent.Thought) error {
	i := slices.IndexFunc(thoughts, func(t agent.Thought) bool { return t.Person.Address == cmd.As })
	if i < 0 {
		return hinted(fmt.Errorf("%s does not take part", cmd.As), "unmeet suggest --dry-run "+cmd.As+" says why")
	}
	t := thoughts[i]
	own := ownThought{Address: cmd.As, At: t.At.UTC(), Suggested: []ownMeeting{}, NotSuggested: []ownMeeting{}}
	for _, o := range t.Offers {
		s := o.Snapshot
		own.Suggested = append(own.Suggested, ownMeeting{Title: s.Title, Start: s.Start.UTC(), Kind: string(s.Kind), Category: s.Category, Says: kindSays[s.Kind]})
	}
	for _, r := range t.Refusals {
		own.NotSuggested = append(own.NotSuggested, ownMeeting{Title: r.Candidate.Title, Start: r.Candidate.Start.UTC(), Reason: string(r.Why), Says: r.Why.Sentence()})
	}
	if cmd.Format == "json" {
		return printJSON(a.stdout, own)
	}
	var b strings.Builder
	zone := t.Person.Zone
	fmt.Fprintf(&b, "%s, as of %s\n", cmd.As, t.At.In(zone).Format("Mon 2 Jan 15:04 MST"))
	for _, part := range []struct {
		title string
		list  []ownMeeting
	}{{"WOULD BE ASKED", own.Suggested}, {"NOT ASKED, SINCE", own.NotSuggested}} {
		if len(part.list) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", a.ink().Bold(fmt.Sprintf("%-16s  %-30s  %s", "WHEN", "MEETING", part.title)))
		for _, m := range part.list {
			fmt.Fprintf(&b, "%-16s  %s  %s\n", m.Start.In(zone).Format("Mon 2 Jan 15:04"), text.Cell(m.Title, 30), m.Says)
		}
	}
	_, err := fmt.Fprint(a.stdout, text.Wrap(b.String(), width(a.stdout)))
	return err
}
