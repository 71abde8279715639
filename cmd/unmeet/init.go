package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/term"

	"unmeet/agent/mail"
	"unmeet/agent/secret"
	"unmeet/agent/web"
)

// initCmd writes a configuration and a key.
type initCmd struct {
	Name             string   `placeholder:"TEXT" help:"Name of the organization, as reports and mails show it."`
	Domain           []string `placeholder:"DOMAIN" help:"Mail domain of your people; may be repeated."`
	Zone             string   `placeholder:"ZONE" help:"IANA time zone that days and weeks are counted in, such as Europe/Berlin."`
	Contact          string   `placeholder:"EMAIL" help:"Address of whoever runs unmeet, as pages and mails show it."`
	PublicURL        string   `placeholder:"URL" help:"Where people reach the pages, such as https://unmeet.acme.example; without it, on this machine alone."`
	Database         string   `placeholder:"FILE" help:"The database; unmeet.db beside the configuration if not given."`
	GoogleClientID   string   `placeholder:"ID" help:"OAuth client of your project at Google."`
	GoogleSecretFile string   `placeholder:"FILE" help:"File with the client's secret, which only its owner may read."`
	MailHost         string   `placeholder:"HOST" help:"Mail server; without it, nobody is written to."`
	MailTLS          string   `name:"mail-tls" placeholder:"HOW" help:"starttls (port 587), tls (port 465), or none, for a server on this machine (port 25); starttls if not given."`
	MailFrom         string   `placeholder:"EMAIL" help:"Sender of mails."`
	MailUser         string   `placeholder:"USER" help:"Login at the mail server, if it asks for one."`
	MailPasswordFile string   `placeholder:"FILE" help:"File with its password, which only its owner may read."`
	Yes              bool     `help:"Ask nothing: what no flag says is left out."`
}

// Help says what is written.
func (initCmd) Help() string {
	return `Writes unmeet.toml, or what --config names, and the key that seals refresh tokens (mode 0600). At a terminal it asks for what no flag says; secrets that you enter there go into files of their own (mode 0600) beside the configuration, which holds none itself. Nothing that is there is overwritten.

    unmeet init
    unmeet --config /etc/unmeet/unmeet.toml init --yes --name Acme --domain acme.example \
        --zone Europe/Berlin --contact it@acme.example --public-url https://unmeet.acme.example

Nobody is asked anything by this: groups observe until the configuration says otherwise. unmeet doctor checks what was written.`
}

// Run asks, checks, and writes all or nothing.
func (cmd *initCmd) Run(a *app) error {
	path := cmp.Or(a.config, defaultConfig)
	if !missing(path) {
		return hinted(fmt.Errorf("%s is there already", path), "unmeet doctor checks it; --config names another file to write")
	}
	w := wizard{app: a, folder: filepath.Dir(path), in: bufio.NewReader(a.stdin), secrets: map[string]string{}}
	if file, ok := a.stdin.(*os.File); ok && isTerminal(file) && !cmd.Yes {
		w.asks = true
		w.hidden = func() (string, error) {
			raw, err := term.ReadPassword(int(file.Fd()))
			fmt.Fprintln(a.stderr)
			return string(raw), err
		}
		fmt.Fprintf(a.stderr, "This writes %s. Enter takes what stands in brackets, Ctrl-C ends without a trace.\n\n", path)
	}
	if err := cmd.ask(&w); err != nil {
		return err
	}
	text := cmd.render(&w)
	c, err := parseConfig(path, []byte(text))
	if err != nil {
		return err
	}
	return cmd.write(a, c, path, text, w.secrets)
}

// ask completes and checks what the flags say.
func (cmd *initCmd) ask(w *wizard) error {
	domains := strings.Join(cmd.Domain, ", ")
	for _, q := range []question{
		{flag: "name", into: &cmd.Name, text: "Name of the organization", check: checkLine},
		{flag: "domain", into: &domains, text: "Mail domains of your people, with commas between", needed: true, check: func(s string) error {
			for _, domain := range listOf(s) {
				if err := checkDomain(domain); err != nil {
					return err
				}
			}
			return nil
		}},
		{flag: "zone", into: &cmd.Zone, text: "Time zone that days and weeks are counted in", suggest: localZone, check: func(s string) error {
			_, err := parseZone(s)
			return err
		}},
		{flag: "contact", into: &cmd.Contact, text: "Address of whoever runs unmeet, which people are shown", check: checkAddress},
		{flag: "public-url", into: &cmd.PublicURL, text: "Where people will reach the pages, such as https://unmeet.acme.example (nothing: on this machine alone)", check: func(s string) error {
			_, err := web.CheckPublic(s)
			return err
		}},
		{flag: "google-client-id", into: &cmd.GoogleClientID, text: "Client id at Google, as the README shows (nothing: no Google)", check: checkLine},
		{flag: "google-secret-file", into: &cmd.GoogleSecretFile, text: "Its secret", file: "google-secret", with: "google-client-id", only: &cmd.GoogleClientID},
		{flag: "mail-host", into: &cmd.MailHost, text: "Mail server (nothing: nobody is written to)", check: checkLine, with: "public-url", only: &cmd.PublicURL},
		{flag: "mail-tls", into: &cmd.MailTLS, text: "How it encrypts, starttls (port 587), tls (port 465), or none, for one on this machine (port 25)", with: "mail-host", only: &cmd.MailHost, suggest: func() string { return string(mail.StartTLS) }, check: func(s string) error {
			if !slices.Contains([]mail.Security{mail.StartTLS, mail.TLS, mail.Plain}, mail.Security(s)) {
				return fmt.Errorf("%q is neither starttls, tls nor none", s)
			}
			return nil
		}},
		{flag: "mail-from", into: &cmd.MailFrom, text: "Sender of mails", needed: true, check: checkAddress, with: "mail-host", only: &cmd.MailHost, suggest: func() string { return "unmeet@" + listOf(domains)[0] }},
		{flag: "mail-user", into: &cmd.MailUser, text: "Login at the mail server (nothing: it needs none)", check: checkLine, with: "mail-host", only: &cmd.MailHost},
		{flag: "mail-password-file", into: &cmd.MailPasswordFile, text: "Its password", file: "mail-password", needed: true, with: "mail-user", only: &cmd.MailUser},
	} {
		if err := w.settle(q); err != nil {
			return err
		}
	}
	cmd.Domain = listOf(domains)
	return nil
}

// question is one thing to know.
type question struct {
	flag    string
	into    *string
	text    string
	needed  bool               // there is no configuration without it
	with    string             // flag without which it does not matter; "" for what always does
	only    *string            // the answer to that
	suggest func() string      // an answer to take by Enter; nil: none
	check   func(string) error // of an answer that is not empty; nil of files
	file    string             // it is a secret, which goes into this file unless a flag names one
}

// wizard asks, where there is somebody to ask.
type wizard struct {
	*app
	folder  string // of the configuration
	asks    bool
	in      *bufio.Reader
	hidden  func() (string, error) // reads without showing
	secrets map[string]string      // files to write, by name
}

// settle completes one answer by asking, and checks it.
func (w *wizard) settle(q question) error {
	matters := q.only == nil || *q.only != ""
	if *q.into != "" {
		if !matters {
			return usage("unmeet init --help shows what goes with it", "--%s does nothing without --%s", q.flag, q.with)
		}
		if q.file != "" {
			_, err := secret.Read(*q.into, false)
			return hintedByMode(err, "--"+q.flag+" names a file with the secret and nothing else")
		}
		if err := q.check(*q.into); err != nil {
			return usage("unmeet init --help shows what it takes", "--%s: %w", q.flag, err)
		}
		return nil
	}
	if !matters {
		return nil
	}
	for w.asks {
		answer, err := w.prompt(q)
		if err != nil {
			return err
		}
		switch {
		case answer == "" && q.needed:
			err = errors.New("this is needed")
		case answer != "" && q.check != nil:
			err = q.check(answer)
		}
		if err != nil {
			fmt.Fprintf(w.stderr, "  %v\n", err)
			continue
		}
		if q.file != "" && answer != "" {
			w.secrets[q.file] = answer
			answer = filepath.Join(w.folder, q.file)
		}
		*q.into = answer
		return nil
	}
	if q.suggest != nil && q.needed {
		*q.into = q.suggest()
	}
	if *q.into == "" && q.needed {
		return usage("or run unmeet init at a terminal, where it asks", "--%s is needed", q.flag)
	}
	return nil
}

// prompt asks once.
func (w *wizard) prompt(q question) (string, error) {
	suggested := ""
	if q.suggest != nil {
		suggested = q.suggest()
	}
	fmt.Fprint(w.stderr, q.text)
	if suggested != "" {
		fmt.Fprintf(w.stderr, " [%s]", suggested)
	}
	fmt.Fprint(w.stderr, ": ")
	if q.file != "" {
		answer, err := w.hidden()
		return strings.TrimSpace(answer), err
	}
	line, err := w.in.ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return "", errors.New("nothing was written: the answers ended")
	}
	return cmp.Or(strings.TrimSpace(line), suggested), nil
}

// listOf reads what stands between commas.
func listOf(text string) (all []string) {
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, strings.ToLower(one))
		}
	}
	return all
}

// checkLine refuses what is no line of text.
func checkLine(text string) error {
	if strings.ContainsFunc(text, unicode.IsControl) || len(text) > 200 {
		return errors.New("it takes a line of text")
	}
	return nil
}

// localZone is the time zone of this machine, "UTC" if it has no name.
func localZone() string {
	name := time.Local.String()
	if name == "Local" {
		target, _ := os.Readlink("/etc/localtime")
		_, name, _ = strings.Cut(target, "zoneinfo/")
	}
	if _, err := parseZone(name); err != nil {
		return "UTC"
	}
	return name
}

// render writes the configuration: what was said, and nothing else.
func (cmd *initCmd) render(w *wizard) string {
	var b strings.Builder
	b.WriteString("# Written by unmeet init. config.example.toml shows every key there is, and what\n# holds without it. This file holds no secret.\n")
	table := func(name string, rows ...[2]string) {
		fmt.Fprintf(&b, "\n[%s]\n", name)
		wide := 0
		for _, row := range rows {
			if row[1] != "" {
				wide = max(wide, len(row[0]))
			}
		}
		for _, row := range rows {
			if row[1] != "" {
				fmt.Fprintf(&b, "%-*s = %s\n", wide, row[0], row[1])
			}
		}
	}
	quoted := func(text string) string {
		if text == "" {
			return ""
		}
		return strconv.Quote(text)
	}
	domains := make([]string, len(cmd.Domain))
	for i, domain := range cmd.Domain {
		domains[i] = strconv.Quote(domain)
	}
	table("organization", [2]string{"name", quoted(cmd.Name)}, [2]string{"domains", "[" + strings.Join(domains, ", ") + "]"},
		[2]string{"zone", quoted(cmd.Zone)}, [2]string{"contact", quoted(cmd.Contact)})
	if cmd.Database != "" {
		table("database", [2]string{"url", quoted(w.beside(cmd.Database))})
	}
	if cmd.PublicURL != "" {
		table("web", [2]string{"public_url", quoted(cmd.PublicURL)})
	}
	if cmd.GoogleClientID != "" {
		table("google", [2]string{"client_id", quoted(cmd.GoogleClientID)}, [2]string{"client_secret_file", quoted(w.beside(cmd.GoogleSecretFile))})
	}
	if cmd.MailHost != "" {
		table("mail", [2]string{"host", quoted(cmd.MailHost)}, [2]string{"tls", quoted(cmd.MailTLS)}, [2]string{"from", quoted(cmd.MailFrom)},
			[2]string{"user", quoted(cmd.MailUser)}, [2]string{"password_file", quoted(w.beside(cmd.MailPasswordFile))})
	}
	b.WriteString("\n[suggest]\nmode = \"observe\"   # nobody is asked anything. \"suggest\" asks; a [[group]] may go first\n")
	return b.String()
}

// beside is a path as the configuration names it: as seen from its folder, if it lies
// there.
func (w *wizard) beside(path string) string {
	if path == "" {
		return ""
	}
	full, err := filepath.Abs(path)
	folder, err2 := filepath.Abs(w.folder)
	if err != nil || err2 != nil {
		return path
	}
	if from, err := filepath.Rel(folder, full); err == nil && filepath.IsLocal(from) {
		return from
	}
	return full
}

// write writes secrets, key and configuration, in this order, so that a configuration
// that is there is whole. If one cannot be written, those before it are removed.
func (cmd *initCmd) write(a *app, c config, path, text string, secrets map[string]string) (err error) {
	var made []string
	defer func() {
		if err != nil {
			for _, file := range made {
				err = errors.Join(err, os.Remove(file))
			}
		}
	}()
	create := func(file, text string, mode os.FileMode) error {
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			return hinted(fmt.Errorf("%s is there already", file), "nothing was written; move it away, or name it by its flag")
		}
		if err != nil {
			return hinted(err, "--config names the file, in a folder that is there and that you may write to")
		}
		made = append(made, file)
		_, err = f.WriteString(text)
		return errors.Join(err, f.Sync(), f.Close())
	}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if err := create(filepath.Join(filepath.Dir(path), name), secrets[name]+"\n", 0o600); err != nil {
			return err
		}
	}
	key, _ := a.keyFile(c)
	fresh := missing(key)
	if fresh {
		if err := a.nothingSealed(c, key); err != nil {
			return err
		}
		if _, err := newKeys(key); err != nil {
			return err
		}
		made = append(made, key)
	} else if _, err := a.loadKeys(c); err != nil {
		return err
	}
	if err := create(path, text, 0o644); err != nil {
		return err
	}
	return cmd.goOn(a, c, path, key, fresh)
}

// goOn says what was written, and what comes next.
func (cmd *initCmd) goOn(a *app, c config, path, key string, fresh bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Wrote %s.\n", path)
	if fresh {
		fmt.Fprintf(&b, "Made the key %s, which only you can read: back it up, apart from the database.\n", key)
	} else {
		fmt.Fprintf(&b, "The key is %s, which was there.\n", key)
	}
	b.WriteString("Nobody is asked anything: all observe, until [suggest] or a [[group]] says suggest.\n")
	if cmd.Zone == "" {
		b.WriteString("Days and weeks are counted in UTC, until [organization] zone says otherwise.\n")
	}
	if cmd.Contact == "" {
		b.WriteString("Pages and mails do not say whom to ask, until [organization] contact does.\n")
	}
	b.WriteString("\nNext:\n")
	call := "unmeet"
	if path != defaultConfig {
		call += " --config " + path
	}
	steps := [][2]string{{"doctor", "checks all of this"}}
	if c.Google.ClientID != "" {
		steps = append(steps, [2]string{"connect google", "connects your own calendar, at this terminal"})
	} else {
		steps = append(steps, [2]string{"connect caldav", "connects a calendar (or ics: files, published calendars)"})
	}
	reads := "keeps calendars in step"
	if c.Web.PublicURL != "" {
		reads += ", and serves " + strings.TrimSuffix(c.publicURL(), "/") + "/connect"
	}
	for _, step := range append(steps, [2]string{"run", reads}) {
		fmt.Fprintf(&b, "  %s %-15s %s\n", call, step[0], step[1])
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}
