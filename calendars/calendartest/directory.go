package calendartest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

var (
	userScopes = []string{
		scopeRoot + "admin.directory.user.readonly", scopeRoot + "admin.directory.user",
	}
	memberScopes = []string{
		scopeRoot + "admin.directory.group.member.readonly", scopeRoot + "admin.directory.group.member",
		scopeRoot + "admin.directory.group.readonly", scopeRoot + "admin.directory.group",
	}
)

type wireUser struct {
	Kind         string   `json:"kind"`
	ID           string   `json:"id"`
	ETag         string   `json:"etag"`
	PrimaryEmail string   `json:"primaryEmail"`
	Name         wireName `json:"name"`
	Suspended    bool     `json:"suspended" always:"true"`
	Archived     bool     `json:"archived" always:"true"`
	Aliases      []string `json:"aliases"`
	// NonEditableAliases are always empty: the world has one domain a person.
	NonEditableAliases []string `json:"nonEditableAliases"`
}

type wireName struct {
	FullName string `json:"fullName"`
}

type wireUsers struct {
	Kind          string     `json:"kind"`
	ETag          string     `json:"etag"`
	Users         []wireUser `json:"users"`
	NextPageToken string     `json:"nextPageToken"`
}

type wireMember struct {
	Kind   string `json:"kind"`
	ETag   string `json:"etag"`
	ID     string `json:"id"`
	Email  string `json:"email"`
	Role   string `json:"role"`
	Type   string `json:"type"` // USER, GROUP or EXTERNAL
	Status string `json:"status"`
}

type wireMembers struct {
	Kind          string       `json:"kind"`
	ETag          string       `json:"etag"`
	Members       []wireMember `json:"members"`
	NextPageToken string       `json:"nextPageToken"`
}

func (g *Google) routeDirectory(api func(string, []string, func(*call) (any, *refusal))) {
	api(http.MethodGet+" /admin/directory/v1/users", userScopes, g.listUsers)
	api(http.MethodGet+" /admin/directory/v1/groups/{group}/members", memberScopes, g.listMembers)
}

// listUsers answers users.list for a domain or for the whole customer, in order
// of address: at most 500 a page, 100 unless asked.
func (g *Google) listUsers(c *call) (any, *refusal) {
	domain := c.query.Get("domain")
	if domain == "" && c.query.Get("customer") == "" {
		return nil, refuse("badRequest", "Bad Request: domain or customer is required", "")
	}
	var addresses []string
	for address, p := range g.World.people {
		if address == p.Address && (domain == "" || strings.HasSuffix(address, "@"+domain)) {
			addresses = append(addresses, address)
		}
	}
	slices.Sort(addresses)
	page, next, no := g.directoryPage(c, addresses, 100, 500)
	if no != nil {
		return nil, no
	}
	out := &wireUsers{Kind: "admin#directory#users", ETag: etag(g.World.log), NextPageToken: next}
	for _, address := range page {
		p := g.World.people[address]
		out.Users = append(out.Users, wireUser{
			Kind: "admin#directory#user", ID: p.id, ETag: etag(g.World.log), PrimaryEmail: p.Address,
			Name: wireName{p.Name}, Suspended: p.Suspended, Aliases: p.Aliases,
		})
	}
	return out, nil
}

// listMembers answers members.list: at most 200 a page. With
// includeDerivedMembership, the members of member groups come too.
func (g *Google) listMembers(c *call) (any, *refusal) {
	group := strings.ToLower(c.r.PathValue("group"))
	if g.World.groups[group] == nil {
		return nil, refuse("notFound", "Resource Not Found: groupKey", "groupKey")
	}
	members := slices.Clone(g.World.groups[group])
	if c.query.Get("includeDerivedMembership") == "true" {
		for i := 0; i < len(members); i++ {
			for _, m := range g.World.groups[members[i]] {
				if !slices.Contains(members, m) {
					members = append(members, m)
				}
			}
		}
	}
	slices.Sort(members)
	page, next, no := g.directoryPage(c, members, 200, 200)
	if no != nil {
		return nil, no
	}
	out := &wireMembers{Kind: "admin#directory#members", ETag: etag(g.World.log), NextPageToken: next}
	for _, address := range page {
		out.Members = append(out.Members, g.wireMember(address))
	}
	return out, nil
}

func (g *Google) wireMember(address string) wireMember {
	m := wireMember{Kind: "admin#directory#member", ETag: etag(g.World.log), Email: address, Role: "MEMBER", Type: "EXTERNAL"}
	if p := g.World.people[address]; p != nil {
		m.ID, m.Type, m.Status = p.id, "USER", "ACTIVE"
		if p.Suspended {
			m.Status = "SUSPENDED"
		}
	} else if g.World.groups[address] != nil {
		m.Type, m.Status = "GROUP", "ACTIVE"
	}
	return m
}

// directoryPage cuts the page of a sorted list that a request asks for.
func (g *Google) directoryPage(c *call, all []string, standard, most int) (page []string, next string, no *refusal) {
	size := standard
	if s := c.query.Get("maxResults"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return nil, "", refuse("invalid", "", "maxResults")
		}
		size = min(n, most)
	}
	if g.set.PageMax > 0 {
		size = min(size, g.set.PageMax)
	}
	p := pageToken{Query: hashQuery(c.query, "pageToken")}
	if token := c.query.Get("pageToken"); token != "" {
		query := p.Query
		if !g.unseal(c.r.URL.Path, token, &p) || p.Query != query {
			return nil, "", refuse("invalid", "", "pageToken")
		}
	}
	at, found := slices.BinarySearch(all, p.After)
	if found {
		at++
	}
	page = all[at:]
	if len(page) <= size {
		return page, "", nil
	}
	p.After = page[size-1]
	return page[:size], g.seal(c.r.URL.Path, p), nil
}
