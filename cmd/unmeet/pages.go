package main

import (
	"log/slog"
	"net"

	"unmeet/agent/web"
)

// pages returns the pages where people connect themselves, to each service that has
// an OAuth client, and those behind the links in mails, where room takes the answers.
func (a *app) pages(c config, keep web.Keeper, room *mailroom, log *slog.Logger) (*web.Site, error) {
	o := web.Options{Public: c.publicURL(), About: c.about(), Keep: keep, Desk: room.desk, Trusted: room.proxies, Log: log}
	if c.Google.ClientID != "" {
		oauth, err := a.oauth(c)
		if err != nil {
			return nil, err
		}
		o.Services = append(o.Services, googleService{oauth})
	}
	return web.New(o)
}

// publicURL is where people reach the pages.
func (c config) publicURL() string {
	if c.Web.PublicURL != "" {
		return c.Web.PublicURL
	}
	host, port, err := net.SplitHostPort(c.Web.Listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// about is what pages say of the organization.
func (c config) about() web.About {
	about := web.About{
		Organization: c.Organization.Name, Contact: c.Organization.Contact,
		PastDays: c.Sync.PastDays, FutureDays: c.Sync.FutureDays, KeepsBodies: c.Organization.StoreDescriptions,
	}
	if c.mails() {
		about.Sender = c.sender().From.Address
	}
	return about
}
