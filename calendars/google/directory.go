package google

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// Directory tells who is in the groups of a Workspace organization. It speaks to
// the Directory API directly: one call is not worth another generated client.
type Directory struct {
	client *client
	base   string
}

// DirectoryOptions say as whom the directory is read. Tokens are those of an
// administrator, with the scope ReadMembers.
type DirectoryOptions struct {
	Person    string // the administrator's address
	Tokens    TokenSource
	Limits    *Limits
	Endpoints Endpoints
	Transport Transport
}

// NewDirectory returns a directory. It makes no call.
func NewDirectory(o DirectoryOptions) (*Directory, error) {
	e, err := o.Endpoints.filled()
	if err != nil {
		return nil, err
	}
	if o.Tokens == nil {
		return nil, errors.New("google: no token source for the directory")
	}
	return &Directory{client: newClient(o.Transport, o.Tokens, o.Limits, o.Person, false), base: e.Directory}, nil
}

// Members lists the addresses of the people in a group, those in groups within it
// included, each once. Those whose accounts are suspended are left out.
func (d *Directory) Members(ctx context.Context, group string) ([]string, error) {
	q := url.Values{
		"maxResults":               {strconv.Itoa(200)},
		"includeDerivedMembership": {"true"},
		"fields":                   {"nextPageToken,members(email,type,status)"},
	}
	var people []string
	seen := map[string]bool{}
	err := pagesOf(ctx, d, "list members", "groups/"+url.PathEscape(group)+"/members", q, func(page *struct {
		NextPageToken string
		Members       []struct{ Email, Type, Status string }
	}) string {
		for _, m := range page.Members {
			who := address(m.Email)
			// People of other organizations have no status.
			if m.Type != "USER" || who == "" || seen[who] || m.Status != "" && !strings.EqualFold(m.Status, "ACTIVE") {
				continue
			}
			seen[who] = true
			people = append(people, who)
		}
		return page.NextPageToken
	})
	if err != nil {
		return nil, err
	}
	return people, nil
}

// pagesOf reads all pages of a list. take returns the token of the next page.
func pagesOf[Page any](ctx context.Context, d *Directory, op, path string, q url.Values, take func(*Page) string) error {
	used := map[string]bool{}
	for range mostPages {
		var page Page
		if err := d.client.getJSON(ctx, op, d.base+path+"?"+q.Encode(), &page); err != nil {
			return err
		}
		token := take(&page)
		if token == "" {
			return nil
		}
		if used[token] {
			break
		}
		used[token] = true
		q.Set("pageToken", token)
	}
	return &Error{Op: op, Kind: Permanent, cause: errEndless}
}
