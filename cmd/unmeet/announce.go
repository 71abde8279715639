package main

import (
	"cmp"
	"errors"
	"fmt"

	"unmeet/agent/mail"
)

// announceCmd drafts a mail to everybody.
type announceCmd struct {
	Language string `placeholder:"TAG" help:"Language, such as en or de; as under [suggest]."`
	Format   string `enum:"text,eml" default:"text" placeholder:"FORMAT" help:"text, or eml: a draft that mail programs open."`
}

// Help says what to do with it.
func (announceCmd) Help() string {
	return `Prints a mail for you to send before unmeet writes to anybody: mails of an unknown sender with links in them look like fraud. It says who will write, where links lead, and that nobody is ranked. Nothing is sent.

    unmeet announce --language de
    unmeet announce --format eml > announce.eml

It takes who writes from the configuration: [mail] from, [web] public_url, [organization] name and contact.`
}

// Run prints the draft.
func (cmd *announceCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	for _, need := range []struct{ value, key string }{
		{c.Mail.From, "from under [mail], the sender of mails"},
		{c.Web.PublicURL, "public_url under [web], where their links lead"},
		{c.Organization.Contact, "contact under [organization], who answers questions"},
	} {
		if need.value == "" {
			return hinted(errors.New("what to announce is not set up yet"), "set "+need.key)
		}
	}
	if cmd.Language != "" {
		if err := checkLanguage(cmd.Language); err != nil {
			return usage("--language en", "%w", err)
		}
	}
	l := mail.Letter{
		Kind: mail.Announcement, To: mail.Address{Address: c.Organization.Contact},
		Language: cmp.Or(cmd.Language, c.Suggest.Language), Sender: c.sender(), Closed: c.Google.ClientID == "",
	}
	if cmd.Format == "eml" {
		message, err := mail.Compose(l, mail.Writer{Sender: l.Sender}.NewMessageID(), a.now())
		if err == nil {
			_, err = a.stdout.Write(message)
		}
		return err
	}
	words, err := mail.Render(l)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n\n%s", words.Subject, words.Text)
	return err
}
