package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // every zone, wherever the program runs

	"github.com/alecthomas/kong"

	"unmeet/calendars/caldav"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// commands is the command line. Each command has a file of its own.
type commands struct {
	Report   reportCmd   `cmd:"" help:"Count the hours in meetings, and those that could be given back."`
	Events   eventsCmd   `cmd:"" help:"Show what unmeet sees in calendar files, as a table or JSON."`
	Classify classifyCmd `cmd:"" help:"Sort meetings read as JSON lines from standard input."`
	Explain  explainCmd  `cmd:"" help:"Say in words why a meeting is sorted as it is, and what would change it."`
	Rules    rulesCmd    `cmd:"" help:"Check, test, show or measure the rules, and see what people say to them."`
	Demo     demoCmd     `cmd:"" help:"Show all this on a made-up company."`
	Init     initCmd     `cmd:"" help:"Write a configuration and a key, and say what comes next."`
	Doctor   doctorCmd   `cmd:"" help:"Check all that unmeet needs, and say what to do where something is missing."`
	Connect  connectCmd  `cmd:"" help:"Let unmeet read calendars, and write to them what their people decide."`
	Sync     syncCmd     `cmd:"" help:"Read what changed in connected calendars, once."`
	Run      runCmd      `cmd:"" help:"Keep connected calendars in step, ask people, and serve the pages where they connect and answer."`
	People   peopleCmd   `cmd:"" help:"Show whose calendars are connected, how reading them goes, and what to do where it fails."`

	Suggest  suggestCmd  `cmd:"" help:"Show what people would be asked, and why not more."`
	Preview  previewCmd  `cmd:"" help:"Write sample mails into a folder, to see what people get."`
	Announce announceCmd `cmd:"" help:"Draft the mail that tells people what is coming."`
	Enroll   enrollCmd   `cmd:"" help:"Have people take part who agreed to it."`
	Unenroll unenrollCmd `cmd:"" help:"Have a person take part no more, and forget what they answered."`
	Pause    pauseCmd    `cmd:"" help:"Stop all mails, and all writing to calendars, at once."`
	Resume   resumeCmd   `cmd:"" help:"Let mails leave, and calendars be written to, again."`
	Outcomes outcomesCmd `cmd:"" help:"Count what came of suggestions."`
	Actions  actionsCmd  `cmd:"" help:"Show what is to be done in people's calendars, and what could not be."`

	Datasheet  datasheetCmd  `cmd:"" help:"Write what is kept of people, for how long, and who sees it."`
	Audit      auditCmd      `cmd:"" help:"Show who ran which command, on whom and why."`
	Export     exportCmd     `cmd:"" help:"Write down for a person all that is kept of them."`
	Forget     forgetCmd     `cmd:"" help:"Erase all that is known of a person, for good."`
	Disconnect disconnectCmd `cmd:"" help:"End reading somebody's calendar, and erase what was read."`
	Backup     backupCmd     `cmd:"" help:"Copy the database while it is in use, encrypted if you like."`
	Restore    restoreCmd    `cmd:"" help:"Put a backup in the database's place, so that nothing is done twice."`
	Key        keyCmd        `cmd:"" help:"Make or change the key that seals refresh tokens."`
	Quota      quotaCmd      `cmd:"" help:"Work out how many calls a day so many people take."`

	Man        manCmd        `cmd:"" help:"Print the manual, as a page for man."`
	Completion completionCmd `cmd:"" help:"Print what bash, zsh or fish need to complete unmeet's commands."`
	Complete   completeCmd   `cmd:"" hidden:"" help:"Say what a command line could go on with."`

	Config  string           `placeholder:"FILE" env:"UNMEET_CONFIG" help:"Configuration; unmeet.toml in this folder if there is one."`
	Color   string           `enum:"auto,always,never" default:"auto" placeholder:"WHEN" help:"Colour and bars: auto (on a terminal, unless NO_COLOR is set), always or never."`
	Version kong.VersionFlag `help:"Print the version and exit."`
}

const about = `unmeet gives meetings back: it reads calendars, sorts every meeting by how easily it could be done asynchronously, and counts the hours that would give back.`

const overview = `Begin with:

    unmeet demo                     a made-up company, to see what comes out
    unmeet report calendar.ics      your own exported calendar, folder or .zip
    unmeet explain "Weekly status"  why a meeting is sorted as it is

Files that these commands read stay on this machine, and nothing is changed in them. In connected calendars, unmeet run enters what their people decide, and nothing else.

Events that cannot be read are skipped: they are counted on stderr, and named there or in the report.

Exit codes: 0 done, even if events of a calendar were skipped; 1 failed, all or in part; 2 the command line was not understood; 3 nothing to work on: no calendar that can be read, or none with the UID that was asked for.`

// Help is what `unmeet --help` teaches beside the list of commands.
func (commands) Help() string { return overview }

// app is what commands share: the outside world, handed in so that tests can
// stand in for it.
type app struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
	now    func() time.Time
	server caldav.Options // how CalDAV servers are reached; zero but in tests

	command string // as it was called: "report"
	config  string // --config, or ""
	color   string // --color: auto, always, never
}

// run is the whole program: it parses args, runs the command they name and
// returns the exit code. Results go to stdout; errors, hints, what was skipped
// and progress to stderr.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, getenv: os.Getenv, now: time.Now}
	return a.run(args)
}

// run is the program in the outside world of a.
func (a *app) run(args []string) int {
	var cli commands
	exited := -1 // set by --help and --version, which have had their say
	parser, err := kong.New(&cli,
		kong.Name("unmeet"),
		kong.Description(about),
		kong.Vars{"version": "unmeet " + version()},
		kong.Writers(a.stdout, a.stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, NoExpandSubcommands: true, WrapUpperBound: plainWidth}),
	)
	if err != nil {
		return a.report(fmt.Errorf("building the command line: %w", err))
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		return a.report(misunderstood(err))
	}
	a.command, a.config, a.color = parsed.Selected().Name, cli.Config, cli.Color
	return a.audited(parsed, func() error { return parsed.Run(a, parser.Model) })
}

// misunderstood turns what kong says of a command line into ours.
func misunderstood(err error) error {
	hint := "unmeet --help shows the commands"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		if node := parse.Context.Selected(); node != nil {
			hint = node.FullPath() + " --help shows what it takes"
		}
	}
	if found := valueless.FindStringSubmatch(err.Error()); found != nil {
		err = errors.New(found[1] + " needs a value")
		if next := found[2]; next != "" {
			err = fmt.Errorf("%w, and %s is a flag", err, next)
		}
	}
	if found := numberless.FindStringSubmatch(err.Error()); found != nil {
		err = fmt.Errorf("%s takes a whole number, not %s", found[1], found[2])
	}
	return &failure{err: err, hint: hint, code: exitUsage}
}

// valueless finds a flag that no value follows, and the flag that does, if any.
var valueless = regexp.MustCompile(`^(--\S+): expected .* but got "(?:EOL|(-[^"]*))" \(`)

// numberless finds a flag whose value should be a number, and that value.
var numberless = regexp.MustCompile(`^(--[^:= ]+).*: expected a valid \d+ bit int but got (".*")`)

// release is the version that make release builds.
var release string

// version returns the version this binary was built as.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}
