package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"unmeet/agent"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/watch"
	"unmeet/agent/web"
	"unmeet/rules"
)

// defaultConfig is read from the current folder where --config names nothing.
const defaultConfig = "unmeet.toml"

// config is everything an organization can set. Each key has a default that is
// safe; config.example.toml shows them all. A key that would do nothing is an
// error, so that no setting is silently without effect.
type config struct {
	Organization organizationConfig `toml:"organization"`
	Hours        hoursConfig        `toml:"hours"`
	Report       reportConfig       `toml:"report"`
	Rules        rulesConfig        `toml:"rules"`
	Never        neverConfig        `toml:"never"`
	Database     databaseConfig     `toml:"database"`
	Secrets      secretsConfig      `toml:"secrets"`
	Web          webConfig          `toml:"web"`
	Log          logConfig          `toml:"log"`
	Google       googleConfig       `toml:"google"`
	SignIn       signinConfig       `toml:"signin"`
	Sync         syncConfig         `toml:"sync"`
	Mail         mailConfig         `toml:"mail"`
	Suggest      suggestConfig      `toml:"suggest"`
	Actions      actionsConfig      `toml:"actions"`
	Quiet        quietConfig        `toml:"quiet"`
	Groups       []groupConfig      `toml:"group,omitempty"`
	Assistants   []assistantConfig  `toml:"assistant,omitempty"`
}

// organizationConfig says who the organization is.
type organizationConfig struct {
	Name    string   `toml:"name"`    // as reports print it
	Domains []string `toml:"domains"` // addresses there are the organization's people
	Zone    string   `toml:"zone"`    // IANA name; days and weeks are counted in it; "" is UTC
	Contact string   `toml:"contact"` // address of whoever runs unmeet, as pages show it

	MinGroup          int  `toml:"min_group"`          // people whose hours are shown as a sum only
	KeepDays          int  `toml:"keep_days"`          // whatever is older goes
	StoreDescriptions bool `toml:"store_descriptions"` // keep them after judging
}

// hoursConfig is what an async update costs instead of a meeting, and an hour of either.
type hoursConfig struct {
	WriteMinutes int `toml:"write_minutes"` // for whoever writes it
	ReadMinutes  int `toml:"read_minutes"`  // for each of our people who read it

	Cost     int    `toml:"cost"`     // of an hour of anybody, in whole currency; 0 tells no money
	Currency string `toml:"currency"` // as people write it
}

// rulesConfig says where an organization's own rules are.
type rulesConfig struct {
	File string `toml:"file"` // relative to the configuration; "" for the embedded rules alone
}

// neverConfig lists what is never to be suggested, whatever the rules say.
type neverConfig struct {
	Titles     []string `toml:"titles"`     // phrases, whole words
	Organizers []string `toml:"organizers"` // addresses, or @domain for all of one
	Groups     []string `toml:"groups"`     // names of [[group]], whose meetings they are
}

// databaseConfig says where what was read is kept.
type databaseConfig struct {
	URL string `toml:"url"` // path of a file, relative to the configuration
}

// secretsConfig says where the key is that refresh tokens are sealed with.
type secretsConfig struct {
	KeyFile string `toml:"key_file"` // relative to the configuration
}

// webConfig says where the pages are.
type webConfig struct {
	Listen    string `toml:"listen"`     // address and port that `unmeet run` serves them at
	PublicURL string `toml:"public_url"` // where people reach them; "" for Listen itself, on this machine

	TrustedProxies []string `toml:"trusted_proxies"` // whose X-Forwarded-For is believed
	Metrics        string   `toml:"metrics"`         // address and port of the figures for Prometheus; "" serves none
}

// googleConfig names the organization's project at Google.
type googleConfig struct {
	ClientID         string           `toml:"client_id"`          // of its OAuth client
	ClientSecretFile string           `toml:"client_secret_file"` // relative to the configuration
	Endpoint         string           `toml:"endpoint"`           // of a compatible server; "" for Google
	Delegation       delegationConfig `toml:"delegation"`
}

// delegationConfig names the service account that may read for people, and whom
// it reads for.
type delegationConfig struct {
	Impersonate string   `toml:"impersonate"` // address of the account, whose key stays with Google
	KeyFile     string   `toml:"key_file"`    // or its key, relative to the configuration
	Admin       string   `toml:"admin"`       // address of the administrator as whom groups are looked up
	People      []string `toml:"people"`      // addresses
	Groups      []string `toml:"groups"`      // addresses of groups
}

// syncConfig says how much of people's calendars is read, and how often.
type syncConfig struct {
	PastDays   int      `toml:"past_days"`
	FutureDays int      `toml:"future_days"`
	Every      duration `toml:"every"`   // from one look at a calendar to the next, about
	Workers    int      `toml:"workers"` // calendars read at a time
	// PrivateFeeds allows feeds at addresses in private networks.
	PrivateFeeds bool `toml:"private_feeds"`
}

// actionsConfig bounds what is done in people's calendars.
type actionsConfig struct {
	PerHour int `toml:"per_hour"` // how often calendars are written to, all together
}

// duration is a length of time as it is written in the configuration: "90m", "6h",
// "90d".
type duration time.Duration

// UnmarshalText reads what [time.ParseDuration] does, and whole days.
func (d *duration) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			*d = duration(time.Duration(n) * 24 * time.Hour)
			return nil
		}
	}
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no length of time: it takes one such as 90m, 6h or 30d", text)
	}
	*d = duration(parsed)
	return nil
}

// defaults returns the configuration of someone who has none.
func defaults() config {
	return config{
		Organization: organizationConfig{Domains: []string{}, MinGroup: 5, KeepDays: 400},
		Hours:        hoursConfig{WriteMinutes: 20, ReadMinutes: 5},
		Report:       reportConfig{MailTo: []string{}},
		Never:        neverConfig{Titles: []string{}, Organizers: []string{}, Groups: []string{}},
		Database:     databaseConfig{URL: "unmeet.db"},
		Secrets:      secretsConfig{KeyFile: "unmeet.key"},
		Web:          webConfig{Listen: "127.0.0.1:8420", TrustedProxies: []string{}},
		Log:          logConfig{Format: string(watch.Text), Level: "info"},
		Google:       googleConfig{Delegation: delegationConfig{People: []string{}, Groups: []string{}}},
		SignIn:       signinConfig{Link: true, Organization: []string{}},
		Sync:         syncConfig{PastDays: 90, FutureDays: 60, Every: duration(6 * time.Hour), Workers: 16},
		Mail:         mailConfig{TLS: string(mail.StartTLS), PerMinute: 60},
		Suggest:      defaultSuggest(),
		Actions:      actionsConfig{PerHour: agent.DefaultPerHour},
		Quiet:        quietConfig{Dates: []string{}},
	}
}

// loadConfig returns the configuration that --config names, else that of
// unmeet.toml in the current folder, else the defaults.
func (a *app) loadConfig() (config, error) {
	path := a.config
	if path == "" {
		path = defaultConfig
	}
	text, err := os.ReadFile(path)
	if a.config == "" && errors.Is(err, fs.ErrNotExist) {
		return defaults(), nil
	}
	if err != nil {
		return config{}, hinted(fmt.Errorf("reading the configuration: %w", err),
			"config.example.toml shows every key; all of them may be left out")
	}
	return parseConfig(path, text)
}

// parseConfig reads a configuration strictly. Errors name path, line and
// column.
func parseConfig(path string, text []byte) (config, error) {
	c := defaults()
	decoder := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return config{}, badConfig(path, text, err)
	}
	if key, err := c.check(); err != nil {
		return config{}, misplaced(path, text, key, key, err)
	}
	if group, key, err := c.checkGroups(); err != nil {
		return config{}, misplaced(path, text, fmt.Sprintf("group[%d].%s", group, key), "group."+key, err)
	}
	if assistant, key, err := c.checkAssistants(); err != nil {
		return config{}, misplaced(path, text, fmt.Sprintf("assistant[%d].%s", assistant, key), "assistant."+key, err)
	}
	c.resolve(path)
	return c, nil
}

// guessConfig reads what can be read of a configuration that has faults; ok is false if
// that is nothing.
func (a *app) guessConfig() (c config, ok bool) {
	path := cmp.Or(a.config, defaultConfig)
	text, err := os.ReadFile(path)
	if err != nil {
		return c, false
	}
	c = defaults()
	if err := toml.Unmarshal(text, &c); err != nil || c.Database.URL == "" || c.Secrets.KeyFile == "" {
		return c, false
	}
	c.resolve(path)
	return c, true
}

// resolve has the files that c names be relative to the folder of the one at path.
func (c *config) resolve(path string) {
	for _, file := range []*string{
		&c.Rules.File, &c.Database.URL, &c.Secrets.KeyFile, &c.Google.ClientSecretFile, &c.Google.Delegation.KeyFile,
		&c.Mail.PasswordFile, &c.Mail.DKIMKeyFile, &c.SignIn.ClientSecretFile,
	} {
		if *file != "" && !filepath.IsAbs(*file) {
			*file = filepath.Join(filepath.Dir(path), *file)
		}
	}
}

// misplaced says where in text, the file at path, the key at fault stands; one that
// is missing, where its table begins.
func misplaced(path string, text []byte, at, key string, err error) error {
	for {
		if row, column, ok := rules.PlaceOf(text, at); ok {
			path = fmt.Sprintf("%s:%d:%d", path, row, column)
			break
		}
		cut := strings.LastIndex(at, ".")
		if cut < 0 {
			break
		}
		at = at[:cut]
	}
	return hinted(fmt.Errorf("%s: %s: %w", path, key, err), "config.example.toml shows every key with its unit")
}

// badConfig says where in text, the file at path, the decoder stopped.
func badConfig(path string, text []byte, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		first := &strict.Errors[0]
		row, column := first.Position()
		return hinted(fmt.Errorf("%s:%d:%d: unknown key %s", path, row, column, strings.Join(first.Key(), ".")),
			"config.example.toml shows every key there is")
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		row, column := decode.Position()
		message, hint := rules.TOMLFault(text, decode)
		return hinted(fmt.Errorf("%s:%d:%d: %s", path, row, column, message),
			hint+"; config.example.toml shows every key with its unit")
	}
	return fmt.Errorf("%s: %w", path, err)
}

// check reports the first value that cannot be meant, and the key it stands at.
func (c config) check() (key string, err error) {
	if c.Organization.Zone != "" {
		if _, err := parseZone(c.Organization.Zone); err != nil {
			return "organization.zone", err
		}
	}
	for _, domain := range c.Organization.Domains {
		if err := checkDomain(domain); err != nil {
			return "organization.domains", err
		}
	}
	if c.Organization.Contact != "" {
		if err := checkAddress(c.Organization.Contact); err != nil {
			return "organization.contact", err
		}
	}
	if c.Organization.MinGroup < 2 {
		return "organization.min_group", errors.New("a sum of fewer than 2 people is somebody's own")
	}
	switch n, silence := c.Organization.KeepDays, time.Duration(c.Suggest.KeepSilence); {
	case n < 90 || n > 3650:
		return "organization.keep_days", fmt.Errorf("%d is not within 90 and 3650", n)
	case n < c.Sync.PastDays:
		return "organization.keep_days", fmt.Errorf("%d days are fewer than sync.past_days (%d) has read", n, c.Sync.PastDays)
	case time.Duration(n)*24*time.Hour < silence:
		return "organization.keep_days", fmt.Errorf("%d days are fewer than suggest.keep_silence (%d) wants known", n, silence/(24*time.Hour))
	}
	if err := checkMinutes(c.Hours.WriteMinutes); err != nil {
		return "hours.write_minutes", err
	}
	if err := checkMinutes(c.Hours.ReadMinutes); err != nil {
		return "hours.read_minutes", err
	}
	if key, err := c.Hours.checkPrice(); err != nil {
		return "hours." + key, err
	}
	for _, who := range c.Never.Organizers {
		if err := checkWho(who); err != nil {
			return "never.organizers", err
		}
	}
	for _, name := range c.Never.Groups {
		if err := c.checkNeverGroup(name); err != nil {
			return "never.groups", err
		}
	}
	if c.Database.URL == "" {
		return "database.url", errors.New("it cannot be empty")
	}
	if c.Secrets.KeyFile == "" {
		return "secrets.key_file", errors.New("it cannot be empty")
	}
	if err := c.Web.checkListen(); err != nil {
		return "web.listen", err
	}
	if c.Web.PublicURL != "" {
		if _, err := web.CheckPublic(c.Web.PublicURL); err != nil {
			return "web.public_url", err
		}
	}
	if _, err := c.Web.proxies(); err != nil {
		return "web.trusted_proxies", err
	}
	if err := c.Web.checkMetrics(); err != nil {
		return "web.metrics", err
	}
	if key, err := c.Log.check(); err != nil {
		return "log." + key, err
	}
	if key, err := c.Sync.check(); err != nil {
		return "sync." + key, err
	}
	if key, err := c.checkGoogle(); err != nil {
		return "google." + key, err
	}
	if key, err := c.SignIn.check(c); err != nil {
		return "signin." + key, err
	}
	if key, err := c.Mail.check(c); err != nil {
		return "mail." + key, err
	}
	if key, err := c.Report.check(c); err != nil {
		return "report." + key, err
	}
	if key, err := c.Suggest.check(); err != nil {
		return "suggest." + key, err
	}
	if n := c.Actions.PerHour; n < 1 || n > 10_000 {
		return "actions.per_hour", fmt.Errorf("%d is not within 1 and 10000", n)
	}
	if _, err := suggest.ParseDates(c.Quiet.Dates); err != nil {
		return "quiet.dates", err
	}
	return "", nil
}

// check reports the first key whose value cannot be meant, and why.
func (s syncConfig) check() (key string, err error) {
	switch every := time.Duration(s.Every); {
	case s.PastDays < 0 || s.PastDays > 730:
		return "past_days", fmt.Errorf("%d is not within 0 and 730", s.PastDays)
	case s.FutureDays < 1 || s.FutureDays > 365:
		return "future_days", fmt.Errorf("%d is not within 1 and 365", s.FutureDays)
	case every > 0 && every < time.Second: // a bare number is taken for nanoseconds
		return "every", fmt.Errorf("%d has no unit: it takes a length of time such as \"6h\"", every)
	case every < 5*time.Minute || every > 24*time.Hour:
		return "every", fmt.Errorf("%v is not within 5m and 24h", every)
	case s.Workers < 1 || s.Workers > 64:
		return "workers", fmt.Errorf("%d is not within 1 and 64", s.Workers)
	}
	return "", nil
}

// check reports the first key whose value cannot be meant, and why.
func (d delegationConfig) check() (key string, err error) {
	for _, list := range []struct {
		key       string
		addresses []string
	}{{"people", d.People}, {"groups", d.Groups}, {"admin", nonEmpty(d.Admin)}, {"impersonate", nonEmpty(d.Impersonate)}} {
		for _, address := range list.addresses {
			if err := checkAddress(address); err != nil {
				return list.key, err
			}
		}
	}
	switch {
	case d.Impersonate != "" && d.KeyFile != "":
		return "key_file", errors.New("set impersonate or key_file, not both; impersonate is safer")
	case len(d.Groups) > 0 && d.Admin == "":
		return "groups", errors.New("groups need admin, the administrator as whom they are looked up")
	}
	return "", nil
}

// nonEmpty returns a list of text, or an empty one.
func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// checkMinutes refuses what no update can cost.
func checkMinutes(minutes int) error {
	const day = 24 * 60
	if minutes < 0 {
		return errors.New("minutes cannot be negative")
	}
	if minutes > day {
		return fmt.Errorf("%d minutes are more than a day (%d)", minutes, day)
	}
	return nil
}

// checkNeverGroup refuses a group that there is not: nothing would be left alone.
func (c config) checkNeverGroup(name string) error {
	if !slices.ContainsFunc(c.Groups, func(g groupConfig) bool { return strings.EqualFold(g.Name, name) }) {
		return fmt.Errorf("there is no [[group]] %q", name)
	}
	return nil
}

// checkPrice refuses a price of an hour that cannot be meant.
func (h hoursConfig) checkPrice() (key string, err error) {
	const most, letters = 1_000_000, 8
	switch {
	case h.Cost < 0 || h.Cost > most:
		return "cost", fmt.Errorf("%d is not within 0 and %d", h.Cost, most)
	case h.Cost > 0 && h.Currency == "":
		return "cost", errors.New("it needs currency, such as \"EUR\"")
	case h.Cost == 0 && h.Currency != "":
		return "currency", errors.New("it does nothing without cost")
	case utf8.RuneCountInString(h.Currency) > letters || strings.ContainsFunc(h.Currency, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.Sc) }):
		return "currency", fmt.Errorf("%q is no currency: it takes one such as EUR or €", h.Currency)
	}
	return "", nil
}

// parseZone reads an IANA time zone name.
func parseZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is no time zone: it takes an IANA name such as Europe/Berlin", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no time zone: it takes an IANA name such as Europe/Berlin", name)
	}
	return zone, nil
}

// checkDomain refuses what cannot be the part of an address after its @.
func checkDomain(domain string) error {
	if !strings.Contains(domain, ".") || strings.ContainsAny(domain, "@ /:") {
		return fmt.Errorf("%q is no domain: it takes one such as acme.example", domain)
	}
	return nil
}

// checkAddress refuses what is no mail address.
func checkAddress(address string) error {
	parsed, err := netmail.ParseAddress(address)
	if err != nil || parsed.Address != address {
		return fmt.Errorf("%q is no address: it takes one such as you@acme.example", address)
	}
	return nil
}
