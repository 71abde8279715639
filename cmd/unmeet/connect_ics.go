package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"unmeet/agent/text"
	"unmeet/agent/web"
	"unmeet/calendars/ics"
	"unmeet/store"
)

// connectICSCmd connects calendars that lie in files of this machine, or that are
// published at an address.
type connectICSCmd struct {
	Path    string   `arg:"" optional:"" name:"file|folder|url|-" help:"An .ics file, a folder of them, or the address where a calendar is published; a - asks for that address, or reads it from stdin."`
	Person  []string `placeholder:"EMAIL" help:"Whose calendar it is, where it does not say; else, only theirs of several."`
	URLFile string   `name:"url-file" placeholder:"FILE" help:"File with the address and nothing else, which only you may read."`
	Yes     bool     `short:"y" help:"Do not ask before what was read of other files or another address is erased."`
}

// Help says whose a calendar is.
func (connectICSCmd) Help() string {
	return `Reads calendars in files of this machine from now on, as often as those of a service, and writes to them what people decide: only the lines that change, and never over what somebody else wrote at that moment. A folder may hold the calendars of many people, a file for each, or one person's in many files. Whoever is connected takes part: connect only people who agreed.

    unmeet connect ics ann.ics --person ann@acme.example
    unmeet connect ics exports/
    unmeet connect ics exports/ --person ann@acme.example --person bob@acme.example

Whose a file is, its name for itself tells (X-WR-CALNAME, if it is an address), else who is in nearly all of its events. With one --person, a folder whose files do not tell is all theirs. Archives are read, and not written to.

    unmeet connect ics - --person ann@acme.example

An address (https:// or webcal://) is read as often, and cannot be written to. Whoever knows it can read the calendar: it is kept encrypted, and asked for without showing it (or read from stdin, or --url-file). On the command line it would stay in the shell's history, and whoever uses the machine would see it in a list of processes. One in a private network is read only with private_feeds = true under [sync].`
}

// Validate refuses what is no address.
func (cmd *connectICSCmd) Validate() error {
	for _, address := range cmd.Person {
		if err := checkAddress(address); err != nil {
			return err
		}
	}
	switch {
	case cmd.Path == "" && cmd.URLFile == "":
		return errors.New("a file, a folder or an address is needed; a - asks for an address")
	case cmd.Path != "" && cmd.Path != "-" && cmd.URLFile != "":
		return errors.New("--url-file takes the place of the address: leave out one of them")
	}
	return nil
}

// Run connects.
func (cmd *connectICSCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	if cmd.published() {
		return cmd.connectFeed(a, c)
	}
	if !lasting([]string{cmd.Path}) {
		return usage("it takes an .ics file or a folder of them, which is read again and again", "%s cannot be read again", cmd.Path)
	}
	path, err := filepath.Abs(cmd.Path)
	if err != nil {
		return err
	}
	zone, err := zoneOf("", c)
	if err != nil {
		return err
	}
	library, err := a.readCalendars([]string{path}, ics.Options{Zone: zone})
	if err != nil {
		return err
	}
	if err := library.check([]string{path}); err != nil {
		return err
	}
	a.showLost(library)
	found, err := cmd.owners(a, library, path)
	if err != nil {
		return err
	}
	return cmd.connect(a, c, found)
}

// owners returns the files of each person.
func (cmd *connectICSCmd) owners(a *app, l *library, path string) (map[string][]string, error) {
	var named []string
	for _, address := range cmd.Person {
		named = append(named, strings.ToLower(address))
	}
	told := slices.ContainsFunc(l.calendars, func(c *ics.Calendar) bool { return c.NamedOwner() != "" })
	if len(named) == 1 && (!told || len(l.calendars) == 1) {
		return map[string][]string{named[0]: {path}}, nil
	}
	files, whose := map[string][]string{}, map[string]string{}
	for _, c := range l.calendars {
		owner, file := c.Owner(), fileOf(c.File)
		switch {
		case c.Unreadable:
			continue
		case owner == "":
			if len(named) == 0 {
				fmt.Fprintf(a.stderr, "%s: does not tell whose calendar it is, left out\n", text.Clean(c.File))
			}
			continue
		case cmp.Or(whose[file], owner) != owner:
			return nil, hinted(fmt.Errorf("%s holds calendars of several people: %s and %s", file, whose[file], owner), "give each person's calendar a file of its own")
		case len(named) > 0 && !slices.Contains(named, owner):
			continue
		}
		if whose[file] = owner; !slices.Contains(files[owner], file) {
			files[owner] = append(files[owner], file)
		}
	}
	for _, owner := range named {
		if files[owner] == nil {
			return nil, hinted(fmt.Errorf("no calendar in %s is that of %s", path, owner), "name their file: unmeet connect ics FILE --person "+owner)
		}
	}
	if len(files) == 0 {
		return nil, hinted(fmt.Errorf("%s does not tell whose calendar it is", path), "--person EMAIL says it")
	}
	return files, nil
}

// fileOf is the file that a calendar was found in: of one in an archive, that.
func fileOf(name string) string {
	for path := name; ; path = filepath.Dir(path) {
		if info, err := os.Stat(path); err == nil && !info.IsDir() || path == filepath.Dir(path) {
			return path
		}
	}
}

// accountOf is what a connection to files is told from others by: these files.
func accountOf(files []string) string { return strings.Join(files, "\n") }

// forgottenHint says how somebody who was forgotten comes back.
const forgottenHint = "a file or a feed brings nobody back who was forgotten: only they do, by connecting with their own login, on the page (/connect), at Google or by CalDAV"

// connect keeps a connection for each owner of files.
func (cmd *connectICSCmd) connect(a *app, c config, files map[string][]string) error {
	db, err := a.openDatabase(c)
	if err != nil {
		return err
	}
	defer db.Close()
	in := bufio.NewReader(a.stdin)
	for _, owner := range slices.Sorted(maps.Keys(files)) {
		if err := a.mayReplace(in, db, icsKind, web.Grant{Address: owner, Account: accountOf(files[owner])}, cmd.Yes); err != nil {
			return err
		}
	}
	connected, already := 0, 0
	var left, gone []string
	for _, owner := range slices.Sorted(maps.Keys(files)) {
		known, err := db.Connection(a.ctx, icsKind, owner)
		switch {
		case err != nil && !errors.Is(err, store.ErrNoConnection):
			return err
		case outside(c, owner):
			fmt.Fprintf(a.stderr, "%s: in none of organization.domains, left out\n", owner)
			continue
		case known.State == store.Disconnected && len(cmd.Person) == 0:
			fmt.Fprintf(a.stderr, "%s: has left, and stays so\n", owner)
			left = append(left, owner)
			continue
		}
		account := accountOf(files[owner])
		same := err == nil && known.Account == account && (known.State == store.Connected || known.State == store.Failing)
		_, err = db.Connect(a.ctx, a.now(), store.NewConnection{Kind: icsKind, Owner: owner, Via: store.ByFile, Remotes: files[owner], Account: account})
		if errors.Is(err, store.ErrForgotten) {
			fmt.Fprintf(a.stderr, "%s: was forgotten, and stays so\n", owner)
			gone = append(gone, owner)
			continue
		}
		if err != nil {
			return err
		}
		if same {
			already++
		} else {
			connected++
		}
	}
	if err := setOrganization(a.ctx, db, c); err != nil {
		return err
	}
	if connected+already == 0 {
		hint := "unmeet people shows who is"
		switch {
		case len(gone) > 0:
			hint = forgottenHint
		case len(left) > 0:
			hint = "to take one back who agreed, name them: --person " + left[0]
		}
		return hinted(errors.New("nobody was connected"), hint)
	}
	if already > 0 {
		fmt.Fprintf(a.stdout, "Connected already: %s.\n", text.Count(already, "calendar"))
	}
	if connected > 0 {
		fmt.Fprintf(a.stdout, "Connected %s, for reading and answering. Next: unmeet sync\n", text.Count(connected, "calendar"))
	}
	return nil
}
