package calendartest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// grant is what an access token stands for.
type grant struct {
	holder  holder // the client is a service account's address under delegation
	scopes  []string
	expires time.Time
	service bool // by domain-wide delegation
}

// onlyOwned reports whether the grant lets its holder see nothing but calendars
// that the user owns.
func (gr *grant) onlyOwned() bool {
	owned := func(s string) bool { return strings.Contains(s, "events.owned") }
	return slices.ContainsFunc(gr.scopes, owned) &&
		!slices.ContainsFunc(gr.scopes, func(s string) bool { return slices.Contains(readScopes, s) && !owned(s) })
}

// limits count requests of the running minute.
type limits struct {
	minute  time.Time
	project int
	users   map[string]int
}

// admit checks a request's token, scopes and quota, and says whose it is.
func (g *Google) admit(c *call, scopes []string) *refusal {
	g.mu.Lock()
	defer g.mu.Unlock()
	token, found := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	gr := g.oauth.access[token]
	if !found || gr == nil || !g.World.now().Before(gr.expires) {
		return refuse("authError", "", "")
	}
	p := g.World.people[gr.holder.user]
	if p == nil || p.Suspended {
		return refuse("authError", "", "")
	}
	if no := g.spend(c, gr); no != nil {
		return no
	}
	if !slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(gr.scopes, s) }) {
		return refuse("insufficientPermissions", "", "")
	}
	c.user, c.grant = p, gr
	return nil
}

// spend charges a request to the quota of its user and of the project.
func (g *Google) spend(c *call, gr *grant) *refusal {
	minute := g.World.now().Truncate(time.Minute)
	if !minute.Equal(g.limits.minute) {
		g.limits = limits{minute: minute, users: map[string]int{}}
	}
	user := gr.holder.user
	if gr.service {
		user = gr.holder.client
	}
	user = cmp.Or(c.r.Header.Get("X-Goog-Quota-User"), c.query.Get("quotaUser"), user)
	g.limits.project++
	g.limits.users[user]++
	var no *refusal
	switch {
	case g.set.UserPerMinute > 0 && g.limits.users[user] > g.set.UserPerMinute:
		no = refuse("userRateLimitExceeded", "", "")
	case g.set.ProjectPerMinute > 0 && g.limits.project > g.set.ProjectPerMinute:
		no = refuse("rateLimitExceeded", "", "")
	default:
		return nil
	}
	if g.set.TooMany {
		no.status = http.StatusTooManyRequests
	}
	return no
}
