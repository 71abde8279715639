package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"unmeet/agent"
	"unmeet/agent/mail"
	"unmeet/agent/report"
	"unmeet/agent/suggest"
	"unmeet/agent/text"
	"unmeet/agent/token"
	"unmeet/agent/web"
	"unmeet/cmd/unmeet/sample"
	"unmeet/rules"
	"unmeet/store"
)

// previewCmd writes sample mails.
type previewCmd struct {
	Out      string `required:"" placeholder:"FOLDER" help:"New folder for them."`
	Language string `placeholder:"TAG" help:"Language, such as en or de; as under [suggest]."`
	Now      string `placeholder:"TIME" help:"Take this as the present, as 2026-11-22 or RFC 3339."`
}

// Help says what is in the folder.
func (previewCmd) Help() string {
	return `Writes the mails that people of a made-up company would get, each as .eml, which mail programs open, and as .html for a browser: suggestions of each kind, what confirms an answer given by somebody whose calendar can be written, what comes of it otherwise (a meeting that was moved, a file for the organizer), all of a trial, a calendar that has to be connected again, the link to sign in by, the report, and the announcement.

    unmeet preview --out mails --language de

They come from whom your configuration says, if it has a mail server. Their links lead nowhere. Nothing is sent.`
}

// Run writes the mails.
func (cmd *previewCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	if cmd.Language != "" {
		if err := checkLanguage(cmd.Language); err != nil {
			return usage("--language en", "%w", err)
		}
	}
	zone, err := time.LoadLocation(sample.Zone)
	if err != nil {
		return fmt.Errorf("the sample's zone: %w", err)
	}
	now, err := a.clock(cmd.Now, zone)
	if err != nil {
		return err
	}
	monday := report.DefaultPeriod(now, time.Time{}, time.Time{}, zone).To
	letters, sums, err := a.sampleLetters(c, cmp.Or(cmd.Language, c.Suggest.Language), monday)
	if err != nil {
		return err
	}
	if err := os.Mkdir(cmd.Out, 0o755); err != nil {
		hint := "--out takes a folder that is not there yet, in one that is"
		if errors.Is(err, fs.ErrPermission) {
			hint = "--out takes a place where you may write"
		}
		return hinted(fmt.Errorf("making a folder for the mails: %w", err), hint)
	}
	for _, l := range letters {
		if err := cmd.write(l); err != nil {
			return fmt.Errorf("writing the mails: %w", err)
		}
	}
	if err := cmd.writeReport(sums); err != nil {
		return fmt.Errorf("writing the mails: %w", err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s in %s, each as .eml and .html\n", text.Count(len(letters)+1, "mail"), cmd.Out)
	return err
}

// write writes one mail as it is sent, and as it looks.
func (cmd *previewCmd) write(l sampleLetter) error {
	words, err := mail.Render(l.Letter)
	if err != nil {
		return err
	}
	message, err := mail.Compose(l.Letter, l.id, l.at)
	if err != nil {
		return err
	}
	return cmd.keep(l.name, message, words.HTML)
}

// keep writes a mail into the folder.
func (cmd *previewCmd) keep(name string, message []byte, html string) error {
	path := filepath.Join(cmd.Out, name)
	return errors.Join(os.WriteFile(path+".eml", message, 0o644), os.WriteFile(path+".html", []byte(html), 0o644))
}

// writeReport writes the mail with the report.
func (cmd *previewCmd) writeReport(r sampleReport) error {
	m, err := r.writer.Report(r.Reporting, r.writer.NewMessageID(), r.at, r.at.Add(mailedWithin))
	if err != nil {
		return err
	}
	return cmd.keep("report", m.MIME, r.HTML)
}

// sampleLetter is a letter to show.
type sampleLetter struct {
	name string // of its files
	id   string // Message-ID
	at   time.Time
	mail.Letter
	guests []string // of the first suggestion's meeting, beside its organizer
}

// sampleReport is a mail with a report to show.
type sampleReport struct {
	mail.Reporting
	writer mail.Writer
	at     time.Time
}

// sampleLetters are letters to people of the sample, about the two weeks from a
// Monday on, in a language, and the report of the weeks before it.
func (a *app) sampleLetters(c config, language string, monday time.Time) ([]sampleLetter, sampleReport, error) {
	fail := func(err error) ([]sampleLetter, sampleReport, error) { return nil, sampleReport{}, err }
	digests, sums, err := a.sampleDigests(c, language, monday, suggest.Standard().TrialLength)
	if err != nil {
		return fail(err)
	}
	sender := sums.writer.Sender
	var all []sampleLetter
	add := func(name string, at time.Time, l mail.Letter) {
		l.Sender = sender
		all = append(all, sampleLetter{name: name, id: mail.Writer{Sender: sender}.NewMessageID(), at: at, Letter: l})
	}
	first := func(among []sampleLetter, is func(d sampleLetter) bool) (sampleLetter, bool) {
		i := slices.IndexFunc(among, is)
		if i < 0 {
			return sampleLetter{}, false
		}
		return among[i], true
	}
	for _, kind := range kindsInOrder {
		d, ok := first(digests, func(d sampleLetter) bool { return len(d.Items) == 1 && d.Items[0].Kind == kind })
		if !ok {
			continue
		}
		add(string(kind), d.at, d.Letter)
		if kind != suggest.Decline && kind != suggest.Trial {
			continue
		}
		item := mail.Item{Snapshot: d.Items[0].Snapshot, Links: mail.Links{Undo: d.Items[0].Links.Keep, Other: d.Items[0].Links.Other}}
		answered := d.at.Add(10 * time.Minute)
		receipt := mail.Letter{
			Kind: mail.Receipt, To: d.To, Language: language, Sender: sender, Items: []mail.Item{item}, Unsubscribe: d.Unsubscribe,
			InReplyTo: d.id, Answer: mail.Answer{At: answered, Way: string(web.ByCalendar)}, Draft: mail.Propose(language, item.Snapshot, d.guests),
		}
		add(string(kind)+"-receipt", answered, receipt)
		if kind == suggest.Trial {
			if err := sampleTrial(receipt, d.guests, add); err != nil {
				return fail(err)
			}
		} else if err := sampleResults(receipt, add); err != nil {
			return fail(err)
		}
	}
	// As long as its organizer may do it in writing, nobody is asked about a meeting: so
	// that somebody gets several suggestions, trials are short here.
	many, _, err := a.sampleDigests(c, language, monday, 2)
	if err != nil {
		return fail(err)
	}
	for n := maxPerMail; n > 1; n-- {
		if d, ok := first(many, func(d sampleLetter) bool { return len(d.Items) == n }); ok {
			add("several", d.at, d.Letter)
			break
		}
	}
	if len(digests) == 0 {
		return fail(errors.New("the sample has nothing to suggest"))
	}
	to := digests[0].To
	add("connect-again", monday.Add(begins), mail.Letter{
		Kind: mail.Trouble, To: to, Language: language,
		Connection: mail.Connection{Service: serviceName(googleKind), Since: monday.AddDate(0, 0, -1), Again: sender.PublicURL + "/connect", Zone: sample.Zone},
	})
	add("sign-in", monday.Add(begins), mail.Letter{
		Kind: mail.SignIn, To: to, Language: language, Enter: sender.PublicURL + web.EnterPath(token.New()),
	})
	add("announcement", monday.Add(begins), mail.Letter{Kind: mail.Announcement, To: mail.Address{Address: sender.Contact}, Language: language})
	return all, sums, nil
}

// sampleDigests asks the people of the sample on eight Mondays, with trials of so many
// occurrences, and returns the letters, and the report of what was before.
func (a *app) sampleDigests(c config, language string, monday time.Time, trialLength int) (digests []sampleLetter, sums sampleReport, err error) {
	fail := func(err error) ([]sampleLetter, sampleReport, error) { return nil, sampleReport{}, err }
	company, err := sample.Kite()
	if err != nil {
		return fail(err)
	}
	folder, err := os.MkdirTemp("", "unmeet-preview-")
	if err != nil {
		return fail(fmt.Errorf("making a folder for the sample: %w", err))
	}
	defer os.RemoveAll(folder)
	if err := company.Write(folder, monday); err != nil {
		return fail(err)
	}
	db, err := store.OpenTemporary(a.ctx)
	if err != nil {
		return fail(fmt.Errorf("opening a temporary database: %w", err))
	}
	defer db.Close()
	d := demoAgent{show: show{app: a, company: company, folder: folder, monday: monday}, clock: &sampleClock{shown: monday.Add(begins)}, engine: rules.Default(), db: db}
	d.config = d.demoConfig("https://unmeet."+company.Domain, 25)
	d.config.Suggest.Language = language
	if err := d.learn(); err != nil {
		return fail(err)
	}
	asking, err := d.config.asking()
	if err != nil {
		return fail(err)
	}
	sender := d.config.sender()
	if c.mails() {
		sender = c.sender()
	}
	sender.Contact = cmp.Or(sender.Contact, sender.From.Address)
	sums = sampleReport{writer: mail.Writer{Sender: sender}, at: monday.Add(begins)}
	p, err := a.pageOf(db, d.config, d.engine, report.DefaultPeriod(sums.at, time.Time{}, time.Time{}, monday.Location()), sums.at)
	if err == nil {
		sums.Reporting, err = d.config.reporting(*p)
	}
	if err != nil {
		return fail(err)
	}
	sums.To = mail.Address{Address: sender.Contact}
	asking.Policy.TrialLength = trialLength
	kept := &keptLetters{Writer: mail.Writer{Sender: sender}}
	for week := range 8 {
		d.clock.to(monday.AddDate(0, 0, 7*week).Add(begins))
		if err := d.read(a.ctx); err != nil { // of what was read long ago, nobody is asked
			return fail(err)
		}
		asker := agent.Digester{DB: db, Writer: kept, PublicURL: sender.PublicURL, Clock: d.clock}
		asker.Set(asking, d.engine)
		if _, err := asker.Pass(a.ctx); err != nil {
			return fail(err)
		}
	}
	for i := range kept.letters {
		of := kept.letters[i].Items[0]
		invited, err := db.Invited(a.ctx, of.UID, of.Organizer.Address, of.Instance)
		if err != nil {
			return fail(err)
		}
		for _, guest := range invited {
			if guest.Address != "" && !guest.Organizer && guest.Address != of.Organizer.Address {
				kept.letters[i].guests = append(kept.letters[i].guests, guest.Address)
			}
		}
	}
	return kept.letters, sums, nil
}

// keptLetters keeps the letters that it writes.
type keptLetters struct {
	mail.Writer
	letters []sampleLetter
}

// Write implements [agent.Writer].
func (k *keptLetters) Write(l mail.Letter, id, person string, now, next, deadline time.Time) (store.NewMail, error) {
	m, err := k.Writer.Write(l, id, person, now, next, deadline)
	if err == nil {
		k.letters = append(k.letters, sampleLetter{id: m.MessageID, at: now, Letter: l})
	}
	return m, err
}
