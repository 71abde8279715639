package datasheet

import (
	"strconv"
	"strings"
)

// Options are what of a sheet depends on the configuration.
type Options struct {
	Organization string // "" is "the organization"
	Contact      string // address of whoever runs unmeet, "" if none is named
	KeepDays     int    // organization.keep_days
	MinGroup     int    // organization.min_group
	PastDays     int    // sync.past_days
	FutureDays   int    // sync.future_days
	Descriptions bool   // organization.store_descriptions
	SignIn       bool   // the organization's own sign-in is set up
	Delegation   bool   // calendars are read by domain-wide delegation
}

// Field is a column of a table.
type Field struct{ Name, Meaning string }

// Table is a table of the database.
type Table struct {
	Name   string
	What   string // it holds
	From   string // where that comes from
	Kept   string // for how long
	Seen   string // who sees it, beside whoever may read the file
	Fields []Field
}

// Scope is a permission that somebody is asked for.
type Scope struct{ Name, Asked, Why string }

// Mail is a kind of mail.
type Mail struct{ Kind, To, What string }

// Host is somebody whom unmeet speaks to.
type Host struct{ Service, Who, What string }

// File is something kept beside the database, or not at all.
type File struct{ What, Kept string }

// Sheet is a data sheet.
type Sheet struct {
	Options
	Intro  []string
	Rules  []string // how it reads, and what people can ask for
	Tables []Table
	Scopes []Scope
	Mails  []Mail
	Hosts  []Host
	Files  []File
}

// New is the data sheet of an organization.
func New(o Options) *Sheet {
	if o.Organization == "" {
		o.Organization = "the organization"
	}
	descriptions := "only as long as sorting takes: then all but the phrases that mattered is erased"
	if o.Descriptions {
		descriptions = "as long as the event, because store_descriptions is on"
	}
	fill := strings.NewReplacer(
		"{keep}", strconv.Itoa(o.KeepDays)+" days",
		"{group}", strconv.Itoa(o.MinGroup),
		"{past}", strconv.Itoa(o.PastDays), "{future}", strconv.Itoa(o.FutureDays),
		"{descriptions}", descriptions,
		"{organization}", o.Organization,
	).Replace
	s := &Sheet{Options: o}
	for _, text := range intro {
		s.Intro = append(s.Intro, fill(text))
	}
	if o.Contact != "" {
		s.Intro = append(s.Intro, "Questions: "+o.Contact+".")
	}
	for _, text := range rules {
		s.Rules = append(s.Rules, fill(text))
	}
	for _, t := range Tables {
		t.What, t.From, t.Kept, t.Seen = fill(t.What), fill(t.From), fill(t.Kept), fill(t.Seen)
		fields := t.Fields
		t.Fields = nil
		for _, f := range fields {
			t.Fields = append(t.Fields, Field{f.Name, fill(f.Meaning)})
		}
		s.Tables = append(s.Tables, t)
	}
	for _, p := range Scopes {
		s.Scopes = append(s.Scopes, Scope{p.Name, fill(p.Asked), fill(p.Why)})
	}
	for _, m := range Mails {
		s.Mails = append(s.Mails, Mail{m.Kind, fill(m.To), fill(m.What)})
	}
	for _, h := range Hosts {
		s.Hosts = append(s.Hosts, Host{h.Service, fill(h.Who), fill(h.What)})
	}
	for _, f := range Files {
		s.Files = append(s.Files, File{fill(f.What), fill(f.Kept)})
	}
	return s
}

// intro begins the sheet.
var intro = []string{
	"unmeet reads calendars that people of {organization} connected, counts the hours in meetings, and asks people who agreed about meetings that could be read instead of held. This sheet says what it keeps for that. It is written by the program itself, from the same words that its tests hold against the database it makes.",
	"Everything is kept in one file, the database, on the machine that runs unmeet. Calendars are read {past} days back and {future} days ahead. There is no telemetry, and nothing goes to anybody but those named below.",
	"Only sums of at least {group} people are ever shown, over whole weeks, so that neither a figure nor the difference of two tells of fewer. Nobody is ranked. What is one person's own is shown to others only for a reason that is written down, and that stands in that person's own export.",
}

// rules say what people can ask for.
var rules = []string{
	"“Stop the mails”: the link at the end of each mail.",
	"“I take no part”: unmeet unenroll. Numbers stay that nobody can be told by.",
	"“Do not read my calendar”: unmeet disconnect. What was known from that calendar alone is erased.",
	"“What do you have of me?”: unmeet export writes down all that is kept of a person, with who looked at it.",
	"“Forget me”: unmeet forget erases for good all by which a person could be found; erased words are overwritten in the file.",
	"Whatever lies in the past goes after {keep} (organization.keep_days), by whole weeks, looked after daily. Copies in backups go when the backups do.",
}
