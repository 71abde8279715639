// Package signin learns who somebody is from the organization's own sign-in (OpenID
// Connect), so that people whose calendars unmeet cannot ask for by a page of their
// service can take part by themselves. It learns an address and nothing else, and keeps
// nothing. What may not live here: pages (agent/web), and what comes of it (store).
package signin
