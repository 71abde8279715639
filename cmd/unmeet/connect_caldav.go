package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"unmeet/agent/text"
	"unmeet/agent/web"
	"unmeet/calendars/caldav"
	"unmeet/calendars/reach"
	"unmeet/store"
)

// connectCalDAVCmd connects the calendars of one person on a CalDAV server.
type connectCalDAVCmd struct {
	Server string `arg:"" name:"address" help:"Address of the server or of one calendar, or your mail address where your domain says which server it has."`

	Person       string   `placeholder:"EMAIL" help:"Whose calendars, where the server does not say."`
	User         string   `placeholder:"NAME" help:"User name at the server; without it, you are asked."`
	PasswordFile string   `placeholder:"FILE" help:"File with the password and nothing else, which only you may read; without it, you are asked, or it is read from stdin."`
	Bearer       bool     `help:"It is a bearer token instead of a password."`
	Calendar     []string `placeholder:"NAME" help:"Only this calendar, by its name, its address or the end of that; else all of your own."`
	Yes          bool     `short:"y" help:"Do not ask before calendars take the place of others."`
	Returning    bool     `help:"They were forgotten, by their own wish, and want to come back."`
	DryRun       bool     `help:"Only show the calendars that are found."`
}

// Help shows what people have to know.
func (connectCalDAVCmd) Help() string {
	return `Finds your calendars on Nextcloud, Radicale, Xandikos, Cyrus, SOGo, Zimbra, Fastmail, iCloud and other CalDAV servers, and reads them from now on. What you decide is written to them: your own answers, and what you change of your own meetings. Where the server tells organizers, it does so; elsewhere unmeet mails them.

    unmeet connect caldav ann@acme.example
    unmeet connect caldav cloud.acme.example --user ann --person ann@acme.example
    unmeet connect caldav https://cloud.acme.example/remote.php/dav --calendar Work

Use an app password where the server has such. It is tried, and kept encrypted. A login never travels without encryption, but to this machine itself.

Whoever was forgotten (unmeet forget) is connected only if they themselves want to come back: it asks, or takes --returning, which the audit log keeps.`
}

// Validate refuses what does not go together.
func (cmd *connectCalDAVCmd) Validate() error {
	if cmd.Person != "" {
		if err := checkAddress(cmd.Person); err != nil {
			return err
		}
	}
	if cmd.Bearer && cmd.User != "" {
		return errors.New("a bearer token needs no --user")
	}
	return nil
}

// mostPasswords is how often somebody at a terminal is asked for a password.
const mostPasswords = 3

// Run connects.
func (cmd *connectCalDAVCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	start, trying, err := cmd.start(a)
	if err != nil {
		return usage("it takes an address such as https://cloud.acme.example, or ann@acme.example", "%w", err)
	}
	in := bufio.NewReader(a.stdin)
	l := login{}
	if !cmd.Bearer {
		if l.User, err = cmd.user(a, in); err != nil {
			return err
		}
		trying.user = l.User
	}
	if err := cmd.whose(a, in, l.User); err != nil {
		return err
	}
	if cmd.Person != "" && outside(c, cmd.Person) {
		return fmt.Errorf("%s is in none of organization.domains", cmd.Person)
	}
	account, err := cmd.discover(a, in, start, trying, &l)
	if err != nil {
		return err
	}
	l.Addresses, l.Schedules = account.Addresses, account.Schedules
	owner, err := cmd.owner(account, l.User)
	if err != nil {
		return err
	}
	if outside(c, owner) {
		return hinted(fmt.Errorf("%s is in none of organization.domains", owner), "--person says who it is")
	}
	chosen, err := cmd.choose(account.Calendars)
	if err != nil {
		return err
	}
	if err := cmd.show(a, l, trying, account.Calendars, chosen); err != nil || cmd.DryRun {
		return err
	}
	return cmd.keep(a, in, c, owner, account.Principal, l, chosen)
}

// discover asks for the password or token, and finds the calendars with it. Who is at a
// terminal may try again.
func (cmd *connectCalDAVCmd) discover(a *app, in *bufio.Reader, start *url.URL, trying attempt, l *login) (caldav.Account, error) {
	for try := 1; ; try++ {
		given, err := cmd.password(a, in, start.Hostname())
		if err != nil {
			return caldav.Account{}, err
		}
		if l.Password = given; cmd.Bearer {
			l.Password, l.Token = "", given
		}
		account, err := a.client(*l, nil).Discover(a.ctx, start, !cmd.byMail())
		if err == nil {
			return account, nil
		}
		if reach.KindOf(err) != reach.Auth || try == mostPasswords || cmd.PasswordFile != "" || !isTerminal(a.stdin) {
			return account, trying.told(err)
		}
		fmt.Fprintln(a.stderr, "The server does not take it.")
	}
}

// byMail reports whether a mail address stands for the server.
func (cmd *connectCalDAVCmd) byMail() bool {
	return strings.Contains(cmd.Server, "@") && !strings.Contains(cmd.Server, "/")
}

// start is the address to look for calendars from.
func (cmd *connectCalDAVCmd) start(a *app) (*url.URL, attempt, error) {
	trying := attempt{kind: caldavKind}
	if !cmd.byMail() {
		u, err := caldav.ParseAddress(cmd.Server)
		return u, trying, err
	}
	if err := checkAddress(cmd.Server); err != nil {
		return nil, trying, err
	}
	if cmd.Person == "" {
		cmd.Person = cmd.Server
	}
	_, domain, _ := strings.Cut(cmd.Server, "@")
	u, err := caldav.ParseAddress(caldav.Locate(a.ctx, net.DefaultResolver, domain))
	if err == nil && u.Hostname() == domain {
		trying.domain = domain
	}
	return u, trying, err
}

// user is the user name, which is asked for where nobody said it.
func (cmd *connectCalDAVCmd) user(a *app, in *bufio.Reader) (string, error) {
	switch {
	case cmd.User != "":
		return cmd.User, nil
	case !isTerminal(a.stdin):
	case cmd.Person == "":
		name, err := a.ask(in, "User name: ")
		if name != "" || err != nil {
			return name, err
		}
	default:
		name, err := a.ask(in, fmt.Sprintf("User name [%s]: ", cmd.Person))
		if name != "" || err != nil {
			return name, err
		}
	}
	if cmd.Person == "" {
		return "", usage("--user says it", "a user name is needed")
	}
	return cmd.Person, nil
}

// whose asks somebody at a terminal whose calendars they are, before a password is given
// in vain, where nothing but the server could tell.
func (cmd *connectCalDAVCmd) whose(a *app, in *bufio.Reader, user string) error {
	if cmd.Person != "" || checkAddress(user) == nil || !isTerminal(a.stdin) {
		return nil
	}
	address, err := a.ask(in, "Whose calendars, as a mail address (empty: the server says it): ")
	if err != nil || address == "" {
		return err
	}
	if err := checkAddress(address); err != nil {
		return usage("--person EMAIL says it", "%w", err)
	}
	cmd.Person = address
	return nil
}

// password reads the password, or the token: from its file, from a terminal without
// showing it, or the first line of stdin.
func (cmd *connectCalDAVCmd) password(a *app, in *bufio.Reader, host string) (string, error) {
	what, article := "Password", "a password"
	if cmd.Bearer {
		what, article = "Token", "a token"
	}
	return a.secretly(in, cmd.PasswordFile, "--password-file", article, fmt.Sprintf("%s for %s: ", what, host))
}

// owner is whose calendars they are.
func (cmd *connectCalDAVCmd) owner(account caldav.Account, user string) (string, error) {
	switch {
	case cmd.Person != "":
		return strings.ToLower(cmd.Person), nil
	case len(account.Addresses) > 0:
		return account.Addresses[0], nil
	case checkAddress(user) == nil:
		return strings.ToLower(user), nil
	}
	return "", hinted(errors.New("the server does not say whose calendars they are"), "--person EMAIL says it")
}

// choose returns the calendars that are to be read.
func (cmd *connectCalDAVCmd) choose(all []caldav.Calendar) ([]caldav.Calendar, error) {
	var chosen []caldav.Calendar
	for _, name := range cmd.Calendar {
		meant := slices.DeleteFunc(slices.Clone(all), func(k caldav.Calendar) bool { return !called(k, name) })
		switch len(meant) {
		case 0:
			return nil, hinted(fmt.Errorf("there is no calendar %q", name), "there are: "+namesOf(all))
		case 1:
		default:
			return nil, hinted(fmt.Errorf("several calendars are called %q", name), "give the address of one of them: "+namesOf(meant))
		}
		if !slices.Contains(chosen, meant[0]) {
			chosen = append(chosen, meant[0])
		}
	}
	for _, k := range all {
		if len(cmd.Calendar) == 0 && (k.Own || len(all) == 1) {
			chosen = append(chosen, k)
		}
	}
	if len(chosen) == 0 {
		return nil, hinted(errors.New("the account has no calendar of its own that can hold events"), "--calendar NAME takes one that is shared")
	}
	return chosen, nil
}

// called reports whether a calendar has this name, this address, or one that ends in it
// after a slash.
func called(k caldav.Calendar, name string) bool {
	if k.Name == name {
		return true
	}
	end := strings.Trim(name, "/")
	for _, address := range []string{k.URL, unescaped(k.URL)} {
		if end != "" && strings.HasSuffix("/"+strings.TrimRight(address, "/"), "/"+end) {
			return true
		}
	}
	return false
}

// unescaped is an address as people write it.
func unescaped(address string) string {
	plain, err := url.PathUnescape(address)
	if err != nil {
		return address
	}
	return plain
}

// namesOf lists calendars with their addresses.
func namesOf(calendars []caldav.Calendar) string {
	var names []string
	for _, k := range calendars {
		names = append(names, fmt.Sprintf("%s (%s)", text.Clean(k.Name), k.URL))
	}
	return strings.Join(names, ", ")
}

// show lists what was found, with how many events each calendar holds.
func (cmd *connectCalDAVCmd) show(a *app, l login, trying attempt, all, chosen []caldav.Calendar) error {
	client := a.client(l, nil)
	for _, k := range all {
		n, err := client.Count(a.ctx, k.URL)
		if err != nil {
			return trying.told(err)
		}
		line := fmt.Sprintf("%s: %s", text.Clean(k.Name), text.Count(n, "event"))
		if !slices.Contains(chosen, k) {
			line += ", left out"
		} else if !k.Writable {
			line += ", can only be read"
		}
		if _, err := fmt.Fprintln(a.stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// mayReturn ends connecting somebody who was forgotten, unless they want to come back:
// that somebody has their login does not say so.
func (cmd *connectCalDAVCmd) mayReturn(a *app, in *bufio.Reader, db *store.DB, owner string) error {
	forgotten, err := db.Forgotten(a.ctx, owner)
	if err != nil || !forgotten || cmd.Returning {
		return err
	}
	if !isTerminal(a.stdin) {
		return hinted(fmt.Errorf("%s: %w", owner, store.ErrForgotten), "only they can say that they want to come back; --returning tells that they do")
	}
	return a.confirm(in, fmt.Sprintf("%s was forgotten, by their own wish. Do they themselves want to come back?", owner))
}

// keep makes the connection.
func (cmd *connectCalDAVCmd) keep(a *app, in *bufio.Reader, c config, owner, principal string, l login, chosen []caldav.Calendar) error {
	sealed, err := json.Marshal(l)
	if err != nil {
		return err
	}
	keep, done, err := a.keeper(c)
	if err != nil {
		return err
	}
	defer done()
	grant := web.Grant{Address: owner, Secret: string(sealed)}
	for _, k := range chosen {
		grant.Remotes = append(grant.Remotes, k.URL)
	}
	// Without one of its calendars it is another account: what was read of that goes.
	grant.Account = strings.Join(append([]string{principal}, grant.Remotes...), "\n")
	if err := cmd.mayReturn(a, in, keep.DB, owner); err != nil {
		return err
	}
	if err := a.mayReplace(in, keep.DB, caldavKind, grant, cmd.Yes); err != nil {
		return err
	}
	if err := keep.Save(a.ctx, caldavKind, grant); err != nil {
		return err
	}
	if err := setOrganization(a.ctx, keep.DB, c); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "Connected %s of %s, for reading and answering. Next: unmeet sync %[2]s\n", text.Count(len(chosen), "calendar"), owner)
	return err
}
