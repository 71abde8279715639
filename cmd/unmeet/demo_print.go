package main

import (
	"fmt"
	"regexp"
	"strings"

	"unmeet/agent/text"
	"unmeet/cmd/unmeet/mailbox"
)

// print asks the company's people, and prints what lies in their mailboxes then: the
// subjects, and one mail in full. It is the same every time; links end in "…".
func (s show) print() error {
	d, err := s.startAgent(&sampleClock{shown: s.monday.Add(begins)}, "http://127.0.0.1:8421")
	if err != nil {
		return err
	}
	defer d.Close()
	who, _, err := d.example()
	if err != nil {
		return err
	}
	columns := width(d.stdout)
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n\n", d.asked())
	longest := 0
	for _, p := range d.company.People {
		longest = max(longest, text.Width(p.Name))
	}
	var full mailbox.Mail
	for _, p := range d.company.People {
		subject := "–"
		for _, m := range d.box.Mails() {
			if m.To == p.Address {
				subject = m.Subject
				if who != nil && who.Address == p.Address {
					full = m
				}
			}
		}
		b.WriteString(text.Hang("  "+text.PadRight(p.Name, longest)+"  ", subject, columns) + "\n")
	}
	if full.ID > 0 {
		fmt.Fprintf(&b, "\n%s’s mail (it has an HTML part, too):\n\n", who.Name)
		for line := range strings.Lines(links.ReplaceAllString(full.Text, "$1…")) {
			b.WriteString(strings.TrimRight("  "+line, " \n") + "\n")
		}
	}
	told, err := d.tell()
	if err != nil {
		return err
	}
	b.WriteString(told)
	b.WriteString("\n" + text.Wrap("On a terminal, unmeet demo goes on from here and serves these mails to be answered; with --listen 127.0.0.1:8421 it does so anywhere.", columns) + "\n")
	_, err = d.stdout.Write([]byte(b.String()))
	return err
}

// links finds the links of mails; what follows the address of the pages is secret, and
// never the same.
var links = regexp.MustCompile(`(http://127\.0\.0\.1:8421/[au]/)\w+`)
