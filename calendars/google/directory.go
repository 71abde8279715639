package google

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// Directory lists the people of a Workspace organization. It speaks to the
// Directory API directly: two calls are not worth another generated client.
type Directory struct {
	client *client
	base   string
}

// DirectoryOptions say as whom the directory is read. Tokens are those of an
// administrator, with the scopes ReadUsers and ReadMembers.
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

// Account is somebody who has an account with the organization, and may use it.
type Account struct {
	Address string // lower case
	Aliases []string
	Name    string
}

// wireUser is a user of the Directory API.
type wireUser struct {
	PrimaryEmail string
	Aliases      []string
	// NonEditableAliases are the addresses in further domains of the organization.
	NonEditableAliases []string
	Suspended          bool
	Archived           bool
	Name               struct{ FullName string }
}

// Users lists the accounts of a domain, or of all the organization's domains when
// domain is "". Those that are suspended or archived are left out.
func (d *Directory) Users(ctx context.Context, domain string) ([]Account, error) {
	q := url.Values{
		"maxResults": {"500"},
		"projection": {"basic"},
		"fields":     {"nextPageToken,users(primaryEmail,aliases,nonEditableAliases,suspended,archived,name/fullName)"},
	}
	if domain == "" {
		q.Set("customer", "my_customer")
	} else {
		q.Set("domain", domain)
	}
	var accounts []Account
	err := pagesOf(ctx, d, "list users", "users", q, func(page *struct {
		NextPageToken string
		Users         []wireUser
	}) string {
		for _, u := range page.Users {
			if u.Suspended || u.Archived || u.PrimaryEmail == "" {
				continue
			}
			a := Account{Address: address(u.PrimaryEmail), Name: u.Name.FullName}
			for _, alias := range append(u.Aliases, u.NonEditableAliases...) {
				a.Aliases = append(a.Aliases, address(alias))
			}
			accounts = append(accounts, a)
		}
		return page.NextPageToken
	})
	if err != nil {
		return nil, err
	}
	return accounts, nil
}

// Members lists the addresses of the people in a group, those in groups within it
// included, each once.
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
