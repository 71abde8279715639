package calendartest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

var memberScopes = []string{
	scopeRoot + "admin.directory.group.member.readonly", scopeRoot + "admin.directory.group.member",
	scopeRoot + "admin.directory.group.readonly", scopeRoot + "admin.directory.group",
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
	api(http.MethodGet+" /admin/directory/v1/groups/{group}/members", memberScopes, g.listMembers)
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
	page, next, no := g.membersPage(c, members)
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

// membersPage cuts the page of a sorted list that a request asks for.
func (g *Google) membersPage(c *call, all []string) (page []string, next string, no *refusal) {
	const most = 200
	size := most
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
