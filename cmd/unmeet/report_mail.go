package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"unmeet/agent/mail"
	"unmeet/agent/report"
	"unmeet/agent/text"
	"unmeet/store"
)

// reportConfig says who gets reports by mail.
type reportConfig struct {
	MailTo []string `toml:"mail_to"` // addresses
}

// check reports the first key whose value cannot be meant, and why.
func (r reportConfig) check(c config) (key string, err error) {
	for _, address := range r.MailTo {
		if err := checkAddress(address); err != nil {
			return "mail_to", err
		}
	}
	if len(r.MailTo) > 0 && !c.mails() {
		return "mail_to", errors.New("it needs a mail server: [mail] has no host")
	}
	return "", nil
}

// mailedWithin is how long it makes sense to send a report.
const mailedWithin = 7 * 24 * time.Hour

// mail queues the page of the daemon's database for those whom the configuration
// names, once for each period. While unmeet is paused it does not.
func (cmd *reportCmd) mail(a *app, c config) error {
	if len(c.Report.MailTo) == 0 {
		return usage("[report] mail_to = [\"you@acme.example\"], and a mail server under [mail]", "the configuration does not say who gets reports by mail")
	}
	job, err := cmd.job(a, c)
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Database.URL); err != nil {
		return usage(howToConnect+" begins a database", "no calendar to report on")
	}
	period := job.period(time.Time{}, time.Time{})
	if err := cmd.mayTell(c, period); err != nil {
		return err
	}
	db, err := a.openDatabase(c)
	if err != nil {
		return err
	}
	defer db.Close()
	if c, err = c.knowing(a.ctx, db); err != nil {
		return err
	}
	if job.rules, err = c.engine(); err != nil {
		return err
	}
	switch _, paused, err := db.Paused(a.ctx); {
	case err != nil:
		return err
	case paused:
		return hinted(errors.New("unmeet is paused: no mail leaves"), "unmeet resume ends that; unmeet report --format html -o report.html needs no mail")
	}
	p, err := a.pageOf(db, c, job.rules, period, job.now)
	if err != nil {
		return err
	}
	if p.Report.Occurrences == 0 {
		return nothing("unmeet people shows who is connected", "nothing of %s can be shown: no mail was sent", period.Days())
	}
	writer := mail.Writer{Sender: c.sender()}
	if writer.Signer, err = a.signer(c); err != nil {
		return err
	}
	return cmd.queue(a, db, writer, c, *p)
}

// queue puts a mail with p for each recipient into the outbox, and says so.
func (cmd *reportCmd) queue(a *app, db *store.DB, writer mail.Writer, c config, p report.Page) error {
	r, err := c.reporting(p)
	if err != nil {
		return err
	}
	now := a.now()
	var queued, known []string
	for _, address := range c.Report.MailTo {
		r.To = mail.Address{Address: address}
		m, err := writer.Report(r, cmd.messageID(writer, p.Report, address, now), now, now.Add(mailedWithin))
		if err != nil {
			return fmt.Errorf("writing the report to %s: %w", address, err)
		}
		switch _, err := db.QueueMail(a.ctx, now, m); {
		case errors.Is(err, store.ErrMailKnown):
			known = append(known, address)
		case errors.Is(err, store.ErrSuppressed):
			a.note("not to %s: %v", address, err)
		case err != nil:
			return err
		default:
			queued = append(queued, address)
		}
	}
	if len(known) > 0 {
		a.note("the report of %s went to %s before", p.Report.Period.Days(), strings.Join(known, ", "))
		a.hint("--again sends it once more")
	}
	if len(queued) > 0 {
		fmt.Fprintf(a.stdout, "the report of %s goes to %s: unmeet run sends it\n", p.Report.Period.Days(), text.Count(len(queued), "address"))
	}
	return nil
}

// reporting is the mail with p, to nobody yet.
func (c config) reporting(p report.Page) (mail.Reporting, error) {
	stop := "You get this because the configuration of unmeet names you (report.mail_to)."
	if c.Organization.Contact != "" {
		stop += " To end that, write to " + c.Organization.Contact + "."
	}
	letter, err := p.Letter(stop)
	if err != nil {
		return mail.Reporting{}, err
	}
	var page bytes.Buffer
	if err := p.HTML(&page); err != nil {
		return mail.Reporting{}, err
	}
	return mail.Reporting{Subject: letter.Subject, Text: letter.Text, HTML: letter.HTML, File: letter.File, Page: page.Bytes()}, nil
}

// messageID names the mail of a period to an address: the same each time, so that there
// is one, unless it is to be sent again.
func (cmd *reportCmd) messageID(writer mail.Writer, r *report.Report, address string, now time.Time) string {
	what := r.From + " " + r.To + " " + strings.ToLower(address)
	if cmd.Again {
		what += " " + now.Format(time.RFC3339)
	}
	sum := sha256.Sum256([]byte(what))
	_, domain, _ := strings.Cut(writer.Sender.From.Address, "@")
	return fmt.Sprintf("report-%x@%s", sum[:16], domain)
}
