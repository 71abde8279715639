package main

import (
	"io"

	"unmeet/agent/datasheet"
)

// datasheetCmd writes the data sheet.
type datasheetCmd struct {
	Format string `enum:"md,html" default:"md" placeholder:"FORMAT" help:"md (Markdown) or html, a page that stands alone."`
}

// Help says what is in it.
func (datasheetCmd) Help() string {
	return `Writes for a data protection officer, and a works council, what unmeet keeps: every table and column of the database with its meaning, from whom it comes, for how long it is kept and who sees it; every permission that people are asked for, and why; every mail; everybody it speaks to.

    unmeet datasheet > datasheet.md
    unmeet datasheet --format html > datasheet.html

It goes by the configuration (how long things are kept, how many people a sum takes), and looks at no database.`
}

// Run writes it.
func (cmd *datasheetCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	sheet := c.datasheet()
	write := map[string]func(io.Writer) error{"md": sheet.Markdown, "html": sheet.HTML}[cmd.Format]
	return write(a.stdout)
}

// datasheet is the data sheet of an organization.
func (c config) datasheet() *datasheet.Sheet {
	return datasheet.New(datasheet.Options{
		Organization: c.Organization.Name, Contact: c.Organization.Contact,
		KeepDays: c.Organization.KeepDays, MinGroup: c.Organization.MinGroup, Descriptions: c.Organization.StoreDescriptions,
		PastDays: c.Sync.PastDays, FutureDays: c.Sync.FutureDays,
		SignIn: c.SignIn.Issuer != "", Delegation: c.Google.Delegation.Impersonate != "" || c.Google.Delegation.KeyFile != "",
	})
}
