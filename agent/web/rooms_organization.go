package web

import (
	"context"
	"net/http"
	"strconv"
)

const organizationPath = "/organization"

// Document is a whole page that others have made, with the policy that it needs.
type Document struct {
	HTML   []byte
	Policy string // its Content-Security-Policy
}

// Organization makes the page of the organization, for those who may see it.
type Organization func(context.Context) (Document, error)

// organization shows the organization's page to those who may see it; to everybody else
// there is none.
func (s *Site) organization(w http.ResponseWriter, r *http.Request, who Visitor) {
	if !who.Organization || s.options.Organization == nil {
		s.notTheirs(w, r, who)
		return
	}
	d, err := s.options.Organization(r.Context())
	if err != nil {
		s.broken(w, r, err)
		return
	}
	w.Header().Set("Content-Security-Policy", d.Policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(d.HTML)))
	_, _ = w.Write(d.HTML) // whoever does not wait for it, misses it
}
