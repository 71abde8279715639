package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// defaultConfig is read from the current folder where --config names nothing.
const defaultConfig = "unmeet.toml"

// config is everything an organization can set. Each key has a default that is
// safe; config.example.toml shows them all. A key that would do nothing is an
// error, so that no setting is silently without effect.
type config struct {
	Organization organizationConfig `toml:"organization"`
	Hours        hoursConfig        `toml:"hours"`
	Rules        rulesConfig        `toml:"rules"`
	Never        neverConfig        `toml:"never"`
}

// organizationConfig says who the organization is.
type organizationConfig struct {
	Name    string   `toml:"name"`    // as reports print it
	Domains []string `toml:"domains"` // addresses there are the organization's people
	Zone    string   `toml:"zone"`    // IANA name; days and weeks are counted in it
}

// hoursConfig is what an async update costs instead of a meeting.
type hoursConfig struct {
	WriteMinutes int `toml:"write_minutes"` // for whoever writes it
	ReadMinutes  int `toml:"read_minutes"`  // for each of our people who read it
}

// rulesConfig says where an organization's own rules are.
type rulesConfig struct {
	File string `toml:"file"` // relative to the configuration; "" for the embedded rules alone
}

// neverConfig lists what is never to be suggested, whatever the rules say.
type neverConfig struct {
	Titles     []string `toml:"titles"`     // phrases, whole words
	Organizers []string `toml:"organizers"` // addresses, or @domain for all of one
}

// defaults returns the configuration of someone who has none.
func defaults() config {
	return config{
		Organization: organizationConfig{Zone: "UTC", Domains: []string{}},
		Hours:        hoursConfig{WriteMinutes: 20, ReadMinutes: 5},
		Never:        neverConfig{Titles: []string{}, Organizers: []string{}},
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
		return config{}, badConfig(path, err)
	}
	if err := c.check(); err != nil {
		return config{}, hinted(fmt.Errorf("%s: %w", path, err), "config.example.toml shows every key with its unit")
	}
	if c.Rules.File != "" && !filepath.IsAbs(c.Rules.File) {
		c.Rules.File = filepath.Join(filepath.Dir(path), c.Rules.File)
	}
	return c, nil
}

// badConfig says where in the file at path the decoder stopped.
func badConfig(path string, err error) error {
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
		return hinted(fmt.Errorf("%s:%d:%d: %s", path, row, column, strings.TrimPrefix(decode.Error(), "toml: ")),
			"config.example.toml shows every key with its unit")
	}
	return fmt.Errorf("%s: %w", path, err)
}

// check reports the first value that cannot be meant.
func (c config) check() error {
	if _, err := parseZone(c.Organization.Zone); err != nil {
		return fmt.Errorf("organization.zone: %w", err)
	}
	for _, domain := range c.Organization.Domains {
		if err := checkDomain(domain); err != nil {
			return fmt.Errorf("organization.domains: %w", err)
		}
	}
	if c.Hours.WriteMinutes < 0 || c.Hours.ReadMinutes < 0 {
		return errors.New("hours: minutes cannot be negative")
	}
	for _, who := range c.Never.Organizers {
		domain, all := strings.CutPrefix(who, "@")
		err := checkAddress(who)
		if all {
			err = checkDomain(domain)
		}
		if err != nil {
			return fmt.Errorf("never.organizers: %w", err)
		}
	}
	return nil
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
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address {
		return fmt.Errorf("%q is no address: it takes one such as you@acme.example", address)
	}
	return nil
}
