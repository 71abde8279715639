package main

import (
	"fmt"
	"slices"
	"strings"

	"unmeet/calendars/google"
	"unmeet/store"
)

// doubt is something that a configuration says, or leaves out, and that will not
// work as it stands.
type doubt struct{ what, hint string }

// doubts looks at what only shows once the daemon runs. Where somebody's calendar is
// connected already, on this machine, nobody needs a page to connect on.
func (a *app) doubts(c config, connected bool) (all []doubt) {
	add := func(what, hint string) { all = append(all, doubt{what, hint}) }
	g, d := c.Google, c.Google.Delegation
	delegated := d.Impersonate != "" || d.KeyFile != ""
	switch {
	case g.ClientID == "" && g.ClientSecretFile != "":
		add("nobody can connect: google.client_secret_file is set, and google.client_id is not", "set both: README.md shows how")
	case g.ClientID == "" && !delegated && !connected:
		add("nobody is connected yet", "unmeet connect caldav or ics connects people here; for Google, and a page where people connect, make an OAuth client in your Google Cloud project, and name it under [google]: README.md shows how, in five minutes")
	case g.ClientID != "" && g.ClientSecretFile == "":
		add("connecting will fail: google.client_id is set, and google.client_secret_file is not", "save the client's secret in a file, and name it there")
	}
	if g.ClientID != "" && len(c.Organization.Domains) == 0 {
		add("anybody with a Google account may connect", "organization.domains says whose accounts are yours")
	}
	switch {
	case delegated && d.KeyFile != "": // what stands behind impersonate shows with the first call
		if _, err := a.delegation(c, google.Transport{}, readScope); err != nil {
			add("delegation will fail: "+err.Error(), hintOf(err))
		}
	case !delegated && len(d.People)+len(d.Groups) > 0:
		add("nobody is read for by delegation: people or groups are set, and neither impersonate nor key_file", "set one of them under [google.delegation]")
	}
	for _, g := range c.Groups {
		switch {
		case g.mode() != modeSuggest || slices.ContainsFunc(g.Members, c.mayBeOurs):
		case len(g.Members) == 0:
			add(fmt.Sprintf("nobody is asked in the group %q: it has no members", g.Name), `members under [[group]] takes addresses, or "@acme.example" for all of a domain`)
		default:
			add(fmt.Sprintf("nobody is asked in the group %q: none of its members is of organization.domains", g.Name), "only your own people are asked: mend members under [[group]], or organization.domains")
		}
	}
	return all
}

// mayBeOurs reports whether a member of a group, an address or @domain, can be of the
// organization: all can where it names no domains.
func (c config) mayBeOurs(member string) bool {
	_, domain, _ := strings.Cut(member, "@")
	return len(c.Organization.Domains) == 0 || slices.ContainsFunc(c.Organization.Domains, func(ours string) bool { return strings.EqualFold(ours, domain) })
}

// showDoubts logs them.
func (d *daemon) showDoubts(c config) {
	all, err := d.db.Connections(d.ctx)
	if d.ctx.Err() != nil {
		return // it is told to end before it has begun
	}
	if err != nil {
		d.log.Error("who is connected cannot be read", "error", err)
	}
	connected := slices.ContainsFunc(all, func(one store.Connection) bool { return one.State != store.Disconnected })
	for _, one := range d.doubts(c, connected) {
		d.log.Warn(one.what, "hint", one.hint)
	}
}

// restarts returns the keys that c sets otherwise than the configuration that the
// daemon began with, and that it takes up only with a restart.
func restarts(began, c config) (keys []string) {
	for _, k := range []struct {
		key     string
		changed bool
	}{
		{"database.url", began.Database.URL != c.Database.URL},
		{"secrets.key_file", began.Secrets.KeyFile != c.Secrets.KeyFile},
		{"web.listen", began.Web.Listen != c.Web.Listen},
		{"web.metrics", began.Web.Metrics != c.Web.Metrics},
		{"log.format", began.Log.Format != c.Log.Format},
		{"sync.workers", began.Sync.Workers != c.Sync.Workers},
	} {
		if k.changed {
			keys = append(keys, k.key)
		}
	}
	return keys
}
