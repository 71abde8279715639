package main

import (
	"cmp"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/netip"
	"slices"
	"strings"
	"time"

	"unmeet/agent"
	"unmeet/agent/language"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/rules"
	"unmeet/store"
)

// mailConfig says how mails leave.
type mailConfig struct {
	Host         string `toml:"host"` // of the mail server; "" if nobody is to be written to
	Port         int    `toml:"port"` // 0 for the usual one of TLS
	TLS          string `toml:"tls"`  // starttls, tls, none
	User         string `toml:"user"`
	PasswordFile string `toml:"password_file"` // relative to the configuration
	From         string `toml:"from"`          // address, or a name and an address in <>
	ReplyTo      string `toml:"reply_to"`      // address; "" for the organization's contact
	PerMinute    int    `toml:"per_minute"`    // mails, at most
	// SendAsAttendees says that the server lets us send in the names of our people.
	SendAsAttendees bool   `toml:"send_as_attendees"`
	DKIMSelector    string `toml:"dkim_selector"`
	DKIMKeyFile     string `toml:"dkim_key_file"` // relative to the configuration
}

// suggestConfig says who is asked what, and how often.
type suggestConfig struct {
	Mode              string   `toml:"mode"`               // observe or suggest, of people in no group
	DeclineCategories []string `toml:"decline_categories"` // whose meetings attendees may read instead
	MaxPerWeek        int      `toml:"max_per_week"`       // suggestions to a person
	KeepSilence       duration `toml:"keep_silence"`       // nobody is asked again about what they kept
	TrialLength       int      `toml:"trial_length"`       // occurrences that a trial does in writing
	WorkingHours      string   `toml:"working_hours"`      // where no group says otherwise; so the next two
	Language          string   `toml:"language"`           // tag of mails and pages
	ReplyWithin       duration `toml:"reply_within"`       // how long people take to answer in writing
}

// quietConfig lists days on which nobody is written to.
type quietConfig struct {
	Dates []string `toml:"dates"` // and stretches of them
}

// groupConfig is a part of the organization that is asked in its own way.
type groupConfig struct {
	Name         string   `toml:"name"`
	Members      []string `toml:"members"`       // addresses, or @domain for all of one
	Mode         string   `toml:"mode"`          // observe or suggest; "" is observe
	WorkingHours string   `toml:"working_hours"` // "" as under [suggest]
	Language     string   `toml:"language"`      // "" as under [suggest]
	ReplyWithin  duration `toml:"reply_within"`  // 0 as under [suggest]
}

const (
	modeObserve = "observe" // report only
	modeSuggest = "suggest" // ask its people, too
)

// maxPerMail is how many suggestions a mail can hold.
const maxPerMail = 3

// defaultSuggest is what [suggest] is where it says nothing: nobody is asked.
func defaultSuggest() suggestConfig {
	return suggestConfig{
		Mode: modeObserve, DeclineCategories: []string{rules.Informing.String()}, MaxPerWeek: maxPerMail,
		KeepSilence: duration(90 * 24 * time.Hour), TrialLength: suggest.Standard().TrialLength,
		WorkingHours: "Mo-Fr 09:00-17:00", Language: language.Fallback, ReplyWithin: duration(suggest.ReplyWithin),
	}
}

// mails reports whether there is a way to write to people.
func (c config) mails() bool { return c.Mail.Host != "" }

// asks reports whether anybody may be asked.
func (c config) asks() bool {
	return c.Suggest.Mode == modeSuggest ||
		slices.ContainsFunc(c.Groups, func(g groupConfig) bool { return g.mode() == modeSuggest })
}

// sender returns who mails come from.
func (c config) sender() mail.Sender {
	from, _ := c.Mail.from() // it was checked
	reply := mail.Address{Address: cmp.Or(c.Mail.ReplyTo, c.Organization.Contact)}
	return mail.Sender{
		From: from, ReplyTo: reply, Organization: c.Organization.Name, Contact: c.Organization.Contact, PublicURL: c.publicURL(),
	}
}

// from reads the sender's address.
func (m mailConfig) from() (mail.Address, error) {
	parsed, err := netmail.ParseAddress(m.From)
	if err != nil {
		return mail.Address{}, fmt.Errorf("%q is no sender: it takes one such as unmeet@acme.example, or unmeet <unmeet@acme.example>", m.From)
	}
	return *parsed, nil
}

// server returns where mails are handed over. The password is read when it is
// needed, so that a new one is in use at once.
func (m mailConfig) server(password func() (string, error)) mail.Server {
	s := mail.Server{Host: m.Host, Port: m.Port, Security: mail.Security(m.TLS), User: m.User}
	if s.Port == 0 {
		s.Port = map[mail.Security]int{mail.StartTLS: 587, mail.TLS: 465, mail.Plain: 25}[s.Security]
	}
	if m.PasswordFile != "" {
		s.Password = password
	}
	return s
}

// check reports the first key whose value cannot be meant, and why.
func (m mailConfig) check(c config) (key string, err error) {
	if m.Host == "" {
		for _, other := range []struct{ key, value string }{
			{"user", m.User}, {"password_file", m.PasswordFile}, {"dkim_selector", m.DKIMSelector}, {"dkim_key_file", m.DKIMKeyFile},
		} {
			if other.value != "" {
				return other.key, errors.New("it does nothing without host, the name of the mail server")
			}
		}
		if m.SendAsAttendees {
			return "send_as_attendees", errors.New("it does nothing without host, the name of the mail server")
		}
	}
	if m.From != "" {
		if _, err := m.from(); err != nil {
			return "from", err
		}
	}
	if m.ReplyTo != "" {
		if err := checkAddress(m.ReplyTo); err != nil {
			return "reply_to", err
		}
	}
	switch {
	case !slices.Contains([]mail.Security{mail.StartTLS, mail.TLS, mail.Plain}, mail.Security(m.TLS)):
		return "tls", fmt.Errorf("%q is no way to encrypt: it is starttls, tls or none", m.TLS)
	case m.PerMinute < 1 || m.PerMinute > 6000:
		return "per_minute", fmt.Errorf("%d is not within 1 and 6000", m.PerMinute)
	case m.Port < 0 || m.Port > 65535:
		return "port", fmt.Errorf("%d is no port", m.Port)
	case m.Host == "":
		return "", nil
	case m.From == "":
		return "host", errors.New("mails need from, their sender's address")
	case c.Web.PublicURL == "":
		return "host", errors.New("mails have links to the pages: set public_url under [web]")
	case m.User != "" && m.PasswordFile == "":
		return "user", errors.New("it needs password_file")
	case m.User == "" && m.PasswordFile != "":
		return "password_file", errors.New("it needs user")
	case (m.DKIMSelector == "") != (m.DKIMKeyFile == ""):
		return cmp.Or(named(m.DKIMSelector, "dkim_selector"), "dkim_key_file"), errors.New("signing takes both dkim_selector and dkim_key_file")
	}
	noPassword := func() (string, error) { return "", nil }
	if err := m.server(noPassword).Check(); err != nil {
		return "host", err
	}
	return "", nil
}

// named returns key if value is not empty.
func named(value, key string) string {
	if value == "" {
		return ""
	}
	return key
}

// check reports the first key whose value cannot be meant, and why.
func (s suggestConfig) check() (key string, err error) {
	if err := checkMode(s.Mode); err != nil {
		return "mode", err
	}
	if _, err := s.declines(); err != nil {
		return "decline_categories", err
	}
	if s.MaxPerWeek < 1 || s.MaxPerWeek > maxPerMail {
		return "max_per_week", fmt.Errorf("%d is not within 1 and %d", s.MaxPerWeek, maxPerMail)
	}
	const day = 24 * time.Hour
	if silence := time.Duration(s.KeepSilence); silence < day || silence > 730*day {
		return "keep_silence", fmt.Errorf("%v is not within 1d and 730d", silence)
	}
	if s.TrialLength < 2 || s.TrialLength > store.MaxAhead {
		return "trial_length", fmt.Errorf("%d is not within 2 and %d", s.TrialLength, store.MaxAhead)
	}
	if _, err := suggest.ParseHours(s.WorkingHours); err != nil {
		return "working_hours", err
	}
	if err := checkLanguage(s.Language); err != nil {
		return "language", err
	}
	if err := checkReply(s.ReplyWithin); err != nil {
		return "reply_within", err
	}
	return "", nil
}

// checkReply refuses a time to answer in writing that is no time to read, or no end.
func checkReply(within duration) error {
	if d := time.Duration(within); d < time.Hour || d > 14*24*time.Hour {
		return fmt.Errorf("%v is not within 1h and 14d", d)
	}
	return nil
}

// declines reads the categories whose meetings attendees may read instead.
func (s suggestConfig) declines() (all []rules.Category, err error) {
	for _, name := range s.DeclineCategories {
		category, err := rules.ParseCategory(name)
		if err != nil {
			return nil, err
		}
		all = append(all, category)
	}
	return all, nil
}

// checkGroups reports the first group that cannot be meant, its key, and why.
func (c config) checkGroups() (group int, key string, err error) {
	names, members := map[string]bool{}, map[string]string{}
	for i, g := range c.Groups {
		if key, err := g.check(); err != nil {
			return i, key, err
		}
		if names[g.Name] {
			return i, "name", fmt.Errorf("there are two groups %q", g.Name)
		}
		names[g.Name] = true
		for _, member := range g.Members {
			member = strings.ToLower(member)
			if other, known := members[member]; known {
				return i, "members", fmt.Errorf("%s is in %q already", member, other)
			}
			members[member] = g.Name
		}
	}
	return 0, "", nil
}

// check reports the first key whose value cannot be meant, and why.
func (g groupConfig) check() (key string, err error) {
	if g.Name == "" || strings.Contains(g.Name, "@") {
		return "name", fmt.Errorf("%q is no name of a group: it takes one without @", g.Name)
	}
	for _, who := range g.Members {
		if err := checkWho(who); err != nil {
			return "members", err
		}
	}
	if err := checkMode(g.mode()); err != nil {
		return "mode", err
	}
	if g.WorkingHours != "" {
		if _, err := suggest.ParseHours(g.WorkingHours); err != nil {
			return "working_hours", err
		}
	}
	if g.Language != "" {
		if err := checkLanguage(g.Language); err != nil {
			return "language", err
		}
	}
	if g.ReplyWithin != 0 {
		if err := checkReply(g.ReplyWithin); err != nil {
			return "reply_within", err
		}
	}
	return "", nil
}

// mode is that of the group: it observes until it is switched.
func (g groupConfig) mode() string { return cmp.Or(g.Mode, modeObserve) }

func checkMode(mode string) error {
	if mode != modeObserve && mode != modeSuggest {
		return fmt.Errorf("%q is no mode: it is observe or suggest", mode)
	}
	return nil
}

// checkLanguage refuses one that there are no words in.
func checkLanguage(tag string) error {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	tags := slices.Sorted(slices.Values(language.Tags()))
	if !slices.Contains(tags, base) {
		return fmt.Errorf("there are no words in %q: it is one of %s", tag, strings.Join(tags, ", "))
	}
	return nil
}

// checkWho refuses what is neither an address nor @domain.
func checkWho(who string) error {
	if domain, all := strings.CutPrefix(who, "@"); all {
		return checkDomain(domain)
	}
	return checkAddress(who)
}

// proxies reads the proxies whose word of where a request came from is believed.
func (w webConfig) proxies() (all []netip.Prefix, err error) {
	for _, text := range w.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("%q is no address of a proxy: it takes one such as 10.0.0.2 or 10.0.0.0/8", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		all = append(all, prefix)
	}
	return all, nil
}

// groupNamed returns the group of that name.
func (c config) groupNamed(name string) (groupConfig, bool) {
	for _, g := range c.Groups {
		if g.Name == name {
			return g, true
		}
	}
	return groupConfig{}, false
}

// groupOf returns the group that whoever has an address is in: the one that names
// them, else the one that takes all of their domain.
func (c config) groupOf(address string) (groupConfig, bool) {
	address = strings.ToLower(address)
	_, domain, _ := strings.Cut(address, "@")
	for _, who := range []string{address, "@" + domain} {
		for _, g := range c.Groups {
			if slices.ContainsFunc(g.Members, func(m string) bool { return strings.EqualFold(m, who) }) {
				return g, true
			}
		}
	}
	return groupConfig{}, false
}

// ways says of each address in which way whoever has it is asked. People in no
// group are asked as [suggest] says.
func (c config) ways() func(address string) agent.Group {
	way := func(g groupConfig) agent.Group {
		hours, _ := suggest.ParseHours(cmp.Or(g.WorkingHours, c.Suggest.WorkingHours)) // they were checked
		return agent.Group{
			Language: cmp.Or(g.Language, c.Suggest.Language), Hours: hours, Observing: g.mode() != modeSuggest,
			ReplyWithin: time.Duration(cmp.Or(g.ReplyWithin, c.Suggest.ReplyWithin)),
		}
	}
	others := way(groupConfig{Mode: c.Suggest.Mode})
	return c.assisted(func(address string) agent.Group {
		if g, ok := c.groupOf(address); ok {
			return way(g)
		}
		return others
	})
}

// asking is what the configuration says of how people are asked.
func (c config) asking() (agent.Asking, error) {
	policy := suggest.Standard()
	var err error
	if policy.Declines, err = c.Suggest.declines(); err != nil {
		return agent.Asking{}, err
	}
	if policy.Quiet, err = suggest.ParseDates(c.Quiet.Dates); err != nil {
		return agent.Asking{}, err
	}
	policy.PerMail, policy.KeepSilence, policy.TrialLength = c.Suggest.MaxPerWeek, time.Duration(c.Suggest.KeepSilence), c.Suggest.TrialLength
	policy.Write, policy.Read = time.Duration(c.Hours.WriteMinutes)*time.Minute, time.Duration(c.Hours.ReadMinutes)*time.Minute
	zone := time.UTC
	if c.Organization.Zone != "" {
		if zone, err = parseZone(c.Organization.Zone); err != nil {
			return agent.Asking{}, err
		}
	}
	return agent.Asking{Policy: policy, Zone: zone, Group: c.ways(), Link: c.eventLink}, nil
}
