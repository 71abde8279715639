package main

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"

	"unmeet/agent/web"
	"unmeet/calendars/google"
)

// pages returns the pages where people connect themselves, to each service that has
// an OAuth client, and those behind the links in mails, where room takes the answers.
func (a *app) pages(c config, keep web.Keeper, room *mailroom, log *slog.Logger) (*web.Site, error) {
	o := web.Options{Public: c.publicURL(), About: c.about(), Keep: keep, Desk: room.desk, Standing: c.standing(), Trusted: room.proxies, Log: log}
	if c.Google.ClientID != "" {
		oauth, err := a.oauth(c, google.Transport{Log: log})
		if err != nil {
			return nil, err
		}
		o.Services = append(o.Services, googleService{oauth})
	}
	signIn, err := a.signIn(c)
	if err != nil {
		return nil, err
	}
	o.SignIn = signIn
	if o.SignIn != nil || room.home.ByLink() {
		o.Door, o.Home, o.Organization = room.home, room.home, a.organizationPage(c, room)
	}
	return web.New(o)
}

// checkListen refuses what cannot be listened at, and an address for others who
// would not be told where to go: they sign in over https alone.
func (w webConfig) checkListen() error {
	host, port, err := net.SplitHostPort(w.Listen)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil {
		return fmt.Errorf("%q is no address to listen at: it takes one such as 127.0.0.1:8420", w.Listen)
	}
	if ip := net.ParseIP(host); w.PublicURL == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("other machines reach %q, so that public_url has to be set: the https:// address where people find the pages", w.Listen)
	}
	return nil
}

// publicURL is where people reach the pages.
func (c config) publicURL() string {
	if c.Web.PublicURL != "" {
		return c.Web.PublicURL
	}
	return "http://" + c.Web.Listen
}

// about is what pages say of the organization.
func (c config) about() web.About {
	about := web.About{
		Organization: c.Organization.Name, Contact: c.Organization.Contact,
		PastDays: c.Sync.PastDays, FutureDays: c.Sync.FutureDays, KeepsBodies: c.Organization.StoreDescriptions,
		MinGroup: c.Organization.MinGroup, Asks: c.asks(),
	}
	if c.mails() {
		about.Sender = c.sender().From.Address
	}
	return about
}
