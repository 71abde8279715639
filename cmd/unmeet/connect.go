package main

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"strings"

	"unmeet/agent/web"
	"unmeet/calendars/google"
)

// connectCmd lets unmeet in to calendars: a command for each kind of service.
type connectCmd struct {
	Google connectGoogleCmd `cmd:"" help:"Connect Google calendars: your own, or those of people an administrator allowed."`
	ICS    connectICSCmd    `cmd:"" name:"ics" help:"Connect calendars that lie in .ics files of this machine, or that are published at an address."`
	CalDAV connectCalDAVCmd `cmd:"" name:"caldav" help:"Connect your calendars on a CalDAV server: Nextcloud, Radicale, Fastmail, iCloud and others."`
}

// howToConnect names the commands that connect calendars, for hints.
const howToConnect = "unmeet connect google, caldav or ics"

// connectGoogleCmd connects one person who is here, or several who agreed before.
type connectGoogleCmd struct {
	People []string `arg:"" optional:"" name:"email" help:"Whose calendar; without it, whoever signs in."`

	NoBrowser bool `help:"Only print the link."`
	Port      int  `placeholder:"N" help:"Have the browser come back to this port; any that is free. An OAuth client of type Web application needs one."`

	Delegated bool     `help:"Read by domain-wide delegation: people that are named, in --group, or in the configuration."`
	Group     []string `placeholder:"EMAIL" help:"With --delegated: everybody in this group."`
	DryRun    bool     `help:"With --delegated: only show who would be connected."`
}

// Help shows the ways to connect.
func (connectGoogleCmd) Help() string {
	return `Opens Google's page in a browser, where you agree to reading your calendar; nothing can be changed by it. The browser has to run on this machine. If it runs on another, it ends at an address that does not load: paste that address here.

    unmeet connect google
    unmeet connect google ann@acme.example --no-browser

If Google answers redirect_uri_mismatch, the OAuth client is of type Web application: add http://127.0.0.1:8421/connect/google/callback to its redirect addresses, and use --port 8421.

With --delegated nobody is asked by Google: an administrator has allowed it for everyone. Name only people who agreed. Those who left again stay out of groups and lists; to take one back, name that person here.

    unmeet connect google --delegated ann@acme.example bob@acme.example
    unmeet connect google --delegated --group unmeet-pilot@acme.example`
}

// Validate refuses what does not go together.
func (cmd *connectGoogleCmd) Validate() error {
	for _, address := range append(cmd.People, cmd.Group...) {
		if err := checkAddress(address); err != nil {
			return err
		}
	}
	switch {
	case cmd.Delegated && (cmd.NoBrowser || cmd.Port != 0):
		return errors.New("--delegated needs no browser: leave out --no-browser and --port")
	case !cmd.Delegated && (len(cmd.Group) > 0 || cmd.DryRun):
		return errors.New("--group and --dry-run go with --delegated")
	case !cmd.Delegated && len(cmd.People) > 1:
		return errors.New("one person can connect here at a time; --delegated takes several")
	}
	return nil
}

// Run connects.
func (cmd *connectGoogleCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	if cmd.Delegated {
		return cmd.delegated(a, c)
	}
	return cmd.here(a, c)
}

// here connects whoever sits at the terminal.
func (cmd *connectGoogleCmd) here(a *app, c config) error {
	oauth, err := a.oauth(c, google.Transport{})
	if err != nil {
		return err
	}
	keep, done, err := a.keeper(c)
	if err != nil {
		return err
	}
	defer done()
	t := web.Terminal{
		Service: googleService{oauth}, Keep: keep, About: c.about(), Standing: c.standing(), Port: cmd.Port,
		Show: func(link, redirect string, again bool) { cmd.show(a, link, redirect, again) },
	}
	if len(cmd.People) == 1 {
		t.Expect = cmd.People[0]
		// Google gives a refresh token to those who agree for the first time, and
		// to those who are asked again.
		if t.Force, err = keep.Needs(a.ctx, googleKind, t.Expect); err != nil {
			return err
		}
	}
	if isTerminal(a.stdin) {
		t.Paste = a.stdin
	}
	address, err := t.Connect(a.ctx)
	if err != nil {
		return toldAtTerminal(err)
	}
	if err := setOrganization(a.ctx, keep.DB, c); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "Connected %s, for reading. Next: unmeet sync %s\n", address, address)
	return err
}

// show sends the person to a link, or lets them go there themselves.
func (cmd *connectGoogleCmd) show(a *app, link, redirect string, again bool) {
	if again {
		fmt.Fprint(a.stderr, "Google gave no key to the calendar, because you agreed before, and none is kept\nfrom then: it has to ask you once more.\n\n")
	}
	if !cmd.NoBrowser && openBrowser(a, link) == nil {
		fmt.Fprintf(a.stderr, "Your browser shows a page of Google's. If it does not, open this link:\n\n    %s\n\n", link)
	} else {
		fmt.Fprintf(a.stderr, "Open this link in a browser on this machine:\n\n    %s\n\n", link)
	}
	if again {
		return
	}
	fmt.Fprintf(a.stderr, "It comes back to %s.\n", redirect)
	if cmd.Port == 0 {
		a.hint("if Google says redirect_uri_mismatch, the OAuth client is of type Web application: "+
			"add http://127.0.0.1:%d/connect/google/callback to its redirect addresses, and run this with --port %[1]d", suggestedPort)
	} else {
		a.hint("if Google says redirect_uri_mismatch, add this address, as it stands here, to the redirect addresses of the OAuth client")
	}
	if isTerminal(a.stdin) {
		fmt.Fprintln(a.stderr, "Is the browser on another machine? Then paste the address here that it ends at.")
	}
}

// suggestedPort is what README.md has people register at a client of type Web
// application; the daemon has the one before it.
const suggestedPort = 8421

var errNoBrowser = errors.New("no browser can be opened here")

// openBrowser shows a link in the person's browser.
func openBrowser(a *app, link string) error {
	var command []string
	switch own := a.getenv("BROWSER"); {
	case own != "":
		command = strings.Fields(own)
	case runtime.GOOS == "darwin":
		command = []string{"open"}
	case runtime.GOOS == "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler"}
	case a.getenv("DISPLAY") != "" || a.getenv("WAYLAND_DISPLAY") != "":
		command = []string{"xdg-open"}
	default:
		return errNoBrowser
	}
	// It may go on after us, and what it prints is no business of ours.
	browser := exec.Command(command[0], append(command[1:], link)...)
	if err := browser.Start(); err != nil {
		return err
	}
	go browser.Wait() //nolint:errcheck // only so that nothing is left of it
	return nil
}

// toldAtTerminal gives the failure of connecting a hint.
func toldAtTerminal(err error) error {
	if errors.Is(err, web.ErrTooLong) {
		return hinted(err, "run it again, and see what Google's page says")
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "listen" {
		return hinted(err, "--port takes a port of this machine that nothing else listens at")
	}
	r, ok := errors.AsType[*web.Refusal](err)
	if !ok {
		return err
	}
	hint := r.Hint
	switch {
	case hint != "":
	case r.Reason == web.Declined:
		hint = "run it again if you change your mind"
	case r.Reason == web.Unticked:
		hint = "run it again, and tick the box for your calendar"
	default:
		hint = "run it again"
	}
	return hinted(err, hint)
}
