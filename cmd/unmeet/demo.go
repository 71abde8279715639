package main

import (
	"bytes"
	"cmp"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"unmeet/agent/report"
	"unmeet/agent/text"
	"unmeet/cmd/unmeet/sample"
	"unmeet/rules"
)

// demoCmd shows all this on a made-up company.
type demoCmd struct {
	Once   bool   `help:"Print what would lie in the mailboxes, and what comes of two answers, and end."`
	Listen string `placeholder:"ADDRESS" help:"Serve the mailboxes here, wherever the output goes; otherwise, on a terminal, at a port of 127.0.0.1 that is free."`
	Keep   string `placeholder:"FOLDER" help:"Leave the company's calendars in this new folder, with what was answered, to try other commands on."`
	Now    string `placeholder:"TIME" help:"Take this as the present, as 2026-11-22 or RFC 3339."`
}

// Help says what happens.
func (demoCmd) Help() string {
	return `Writes the calendars of a made-up company of twelve, reads them as it would yours, prints the report, and explains one meeting. Then it asks the company's people about the week after the report, by mail. Their mailboxes are on this machine alone: on a terminal they are served as pages, where you can read the mails, answer them and see what comes of it, until Ctrl-C. Otherwise they are printed, and two of the people answer. An answer is held for ten seconds here; at work it is two minutes, and fifteen for a trial.

What they answer is written to their calendars, which are files on this machine. Those are read again soon after, and what they show is recovered. The clock begins on the Monday morning after the report; once a trial has begun, a button lets it go on to when the meeting would begin.

    unmeet demo
    unmeet demo --keep kite && unmeet events kite | less`
}

// explained is the meeting that the demo explains.
const explained = "project-kite-status"

// Run writes the sample, reports on it, asks its people, and says what to try next.
func (cmd *demoCmd) Run(a *app) error {
	listener, err := cmd.listener(a)
	if err != nil {
		return err
	}
	if listener != nil {
		defer listener.Close()
	}
	company, err := sample.Kite()
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(sample.Zone)
	if err != nil {
		return fmt.Errorf("the sample's zone: %w", err)
	}
	now, err := a.clock(cmd.Now, zone)
	if err != nil {
		return err
	}
	folder, err := cmd.folder()
	if err != nil {
		return err
	}
	if cmd.Keep == "" {
		defer os.RemoveAll(folder)
	}
	period := report.DefaultPeriod(now, time.Time{}, time.Time{}, zone)
	if err := company.Write(folder, period.To); err != nil {
		return err
	}
	counted, err := cmd.show(a, company, folder, now)
	if err != nil {
		return err
	}
	s := show{app: a, company: company, folder: folder, monday: period.To, report: counted}
	if listener == nil {
		if err := s.print(); err != nil {
			return err
		}
		return cmd.next(a, folder)
	}
	if err := cmd.next(a, folder); err != nil {
		return err
	}
	return s.serve(listener)
}

// listener returns where to serve the mailboxes, nil if they are to be printed.
func (cmd *demoCmd) listener(a *app) (net.Listener, error) {
	if cmd.Once && cmd.Listen != "" {
		return nil, usage("leave one of them out", "--once serves nothing, and --listen says where to serve")
	}
	if cmd.Once || cmd.Listen == "" && !isTerminal(a.stdout) {
		return nil, nil
	}
	const hint = "it takes one of this machine, such as 127.0.0.1:8421"
	address := cmp.Or(cmd.Listen, "127.0.0.1:0")
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, usage(hint, "--listen: %q is no address that nobody else can reach", address)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, hinted(fmt.Errorf("serving the mailboxes: %w", err), "--listen takes a port of this machine that nothing else listens at")
	}
	return listener, nil
}

// show prints the report on the company's calendars, and one of its meetings
// explained. It returns the report as it stands on a page.
func (cmd *demoCmd) show(a *app, company *sample.Company, folder string, now time.Time) (page string, err error) {
	c := defaults()
	c.Organization.Name = company.Name
	engine := rules.Default()
	counted, err := a.count(job{files: []string{folder}, zone: now.Location(), now: now, config: c, rules: engine, by: report.ByCategory})
	if err != nil {
		return "", err
	}
	if err := a.render(a.stdout, counted.report, "table"); err != nil {
		return "", fmt.Errorf("writing the report: %w", err)
	}
	meetings, err := a.find(counted.library, explained+"@"+company.Domain, ownership{}, c, engine)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(a.stdout, "\nOne of them, explained:\n\n")
	if err := a.explainAll(engine, meetings); err != nil {
		return "", err
	}
	var plain bytes.Buffer
	err = counted.report.Table(&plain, report.TableOptions{Width: plainWidth, Bars: true})
	return plain.String(), err
}

// folder makes where the calendars go: what --keep names, or a temporary one.
func (cmd *demoCmd) folder() (string, error) {
	if cmd.Keep == "" {
		folder, err := os.MkdirTemp("", "unmeet-demo-")
		if err != nil {
			return "", fmt.Errorf("making a folder for the sample: %w", err)
		}
		return folder, nil
	}
	if err := os.MkdirAll(filepath.Dir(cmd.Keep), 0o755); err != nil {
		return "", fmt.Errorf("making a folder for the sample: %w", err)
	}
	if err := os.Mkdir(cmd.Keep, 0o755); err != nil {
		return "", hinted(fmt.Errorf("making a folder for the sample: %w", err), "--keep takes a folder that is not there yet")
	}
	return cmd.Keep, nil
}

// next says what to try now.
func (cmd *demoCmd) next(a *app, folder string) error {
	next := `
Try next:
  unmeet report calendar.ics      your own: an .ics file, a folder or a .zip
  unmeet explain "Weekly status"  any title; --description and --people help
  unmeet rules show               the rules behind it, each with its reason
`
	if cmd.Keep == "" {
		next += "  unmeet demo --keep kite         these calendars, to look into\n"
	} else {
		next += fmt.Sprintf("  unmeet report %s --by week  these calendars, with what was answered\n", folder)
	}
	_, err := fmt.Fprint(a.stdout, text.Wrap(next, width(a.stdout)))
	return err
}
