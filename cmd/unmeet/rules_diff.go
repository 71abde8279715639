package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"unmeet/agent"
	"unmeet/agent/text"
	"unmeet/calendars"
	"unmeet/calendars/ics"
	"unmeet/rules"
	"unmeet/store"
)

// rulesDiffCmd shows what other rules would change before they take effect.
type rulesDiffCmd struct {
	Rules  string   `arg:"" help:"The rules to try: laid over the built-in ones in place of the configuration's."`
	Files  []string `arg:"" help:"Meetings to try them on: .ics files, folders, .zip, - for a calendar on standard input, or .jsonl as for unmeet classify."`
	Format string   `enum:"table,json" default:"table" placeholder:"FORMAT" help:"table or json."`

	ownership
}

// Help says what counts as a change.
func (rulesDiffCmd) Help() string {
	return `Judges meetings by the rules in force and by those in the file, and lists those on which the two differ in what people would notice: the kind of meeting, what guards it, or whether it would be suggested.

    unmeet rules diff rules.toml calendar.ics
    unmeet rules diff rules.toml meetings.jsonl --format json

Keys of the JSON: meetings (how many were judged), and changes, each with title and, before and after, category, guards and suggest.`
}

// Run judges twice and prints what differs.
func (cmd *rulesDiffCmd) Run(a *app) error {
	if err := cmd.ownership.check(); err != nil {
		return err
	}
	config, err := a.loadConfig()
	if err != nil {
		return err
	}
	before, err := config.engine()
	if err != nil {
		return err
	}
	tried := config
	tried.Rules.File = cmd.Rules
	after, err := tried.engine()
	if err != nil {
		return err
	}
	subjects, err := cmd.subjects(a, config, after)
	if err != nil {
		return err
	}
	changes := rules.Diff(before, after, subjects)
	if cmd.Format == "json" {
		return printJSON(a.stdout, diffOf(changes, len(subjects)))
	}
	return cmd.table(a, changes, len(subjects))
}

// subjects reads all meetings. What cannot be read is told on stderr.
func (cmd *rulesDiffCmd) subjects(a *app, c config, engine *rules.Engine) ([]rules.Subject, error) {
	var subjects []rules.Subject
	var calendarFiles []string
	for _, path := range cmd.Files {
		if !strings.EqualFold(filepath.Ext(path), ".jsonl") {
			calendarFiles = append(calendarFiles, path)
			continue
		}
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("reading meetings: %w", err)
		}
		found, skipped, err := readSubjects(path, file)
		file.Close()
		if err != nil {
			return nil, err
		}
		a.showSkipped(skipped)
		subjects = append(subjects, found...)
	}
	if len(calendarFiles) > 0 {
		found, err := cmd.fromCalendars(a, c, engine, calendarFiles)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, found...)
	}
	if len(subjects) == 0 {
		return nil, nothing("unmeet events shows what a calendar holds", "no meetings in %s", strings.Join(cmd.Files, ", "))
	}
	return subjects, nil
}

// readSubjects reads meetings as unmeet classify takes them, and the lines that
// are none.
func readSubjects(name string, from io.Reader) (subjects []rules.Subject, skipped []calendars.Skip, err error) {
	in := bufio.NewReaderSize(from, 1<<16)
	for number := 1; ; number++ {
		line, err := readLine(in)
		if err == io.EOF {
			return subjects, skipped, nil
		}
		if err != nil && !errors.Is(err, errLongLine) {
			return nil, nil, fmt.Errorf("reading %s: %w", name, err)
		}
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if err == nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var s rules.Subject
		if err == nil {
			_, s, err = rules.ReadSubject(line)
		}
		if err != nil {
			skipped = append(skipped, calendars.Skip{File: name, Line: number, Reason: err.Error()})
			continue
		}
		subjects = append(subjects, s)
	}
}

// fromCalendars returns what there is to judge of calendars. It goes through a
// database, as everything that is judged does.
func (cmd *rulesDiffCmd) fromCalendars(a *app, c config, engine *rules.Engine, paths []string) ([]rules.Subject, error) {
	library, err := a.readCalendars(paths, ics.Options{})
	if err != nil {
		return nil, err
	}
	a.showSkipped(library.skipped)
	if err := library.check(paths); err != nil {
		return nil, err
	}
	first, last := library.extent(a.now().AddDate(1, 0, 0))
	from, to := first.AddDate(0, 0, -1), last.AddDate(0, 0, 1)
	db, err := store.OpenTemporary(a.ctx)
	if err != nil {
		return nil, fmt.Errorf("opening a temporary database: %w", err)
	}
	defer db.Close()
	if err := db.SetOrganization(a.ctx, a.organization(library, cmd.ownership, c)); err != nil {
		return nil, err
	}
	if err := a.apply(db, library, cmd.ownership, from, to, func(*calendars.Delta) {}); err != nil {
		return nil, err
	}
	var subjects []rules.Subject
	for s, err := range db.Subjects(a.ctx, nil, "") {
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, agent.Subject(engine, s))
	}
	return subjects, nil
}

// diffJSON is what differs, as JSON has it.
type diffJSON struct {
	Meetings int          `json:"meetings"`
	Changes  []changeJSON `json:"changes"`
}

type changeJSON struct {
	Title  string      `json:"title"`
	Before verdictJSON `json:"before"`
	After  verdictJSON `json:"after"`
}

type verdictJSON struct {
	Category rules.Category `json:"category"`
	Guards   []string       `json:"guards"`
	Suggest  bool           `json:"suggest"`
}

func diffOf(changes []rules.Change, meetings int) diffJSON {
	diff := diffJSON{Meetings: meetings, Changes: []changeJSON{}}
	verdict := func(v rules.Verdict) verdictJSON {
		return verdictJSON{v.Category, append([]string{}, v.Guards...), v.Suggest()}
	}
	for _, c := range changes {
		diff.Changes = append(diff.Changes, changeJSON{c.Subject.Title, verdict(c.Before), verdict(c.Now)})
	}
	return diff
}

const longestTitle = 34 // columns of a title in the table; the rest of 80 is for the verdicts

// table prints a change a block: the title, and what was and would be said of it.
func (cmd *rulesDiffCmd) table(a *app, changes []rules.Change, meetings int) error {
	if len(changes) == 0 {
		_, err := fmt.Fprintf(a.stdout, "%s would change none of %s.\n", cmd.Rules, text.Count(meetings, "verdict"))
		return err
	}
	out := bufio.NewWriter(a.stdout)
	for _, c := range changes {
		title := text.Clean(c.Subject.Title)
		if strings.TrimSpace(title) == "" {
			title = "(no title)"
		}
		fmt.Fprintf(out, "%s  %s\n%*s  → %s\n", text.PadRight(text.Fit(title, longestTitle), longestTitle),
			verdictWords(c.Before), longestTitle, "", verdictWords(c.Now))
	}
	fmt.Fprintf(out, "\n%s would change %d of %s.\n", cmd.Rules, len(changes), text.Count(meetings, "verdict"))
	return out.Flush()
}

// verdictWords is a verdict in few words: "informing, suggested", "connecting
// (one-to-one)".
func verdictWords(v rules.Verdict) string {
	words := v.Category.String()
	switch {
	case v.Suggest():
		return words + ", suggested"
	case len(v.Guards) > 0:
		return words + " (" + strings.Join(v.Guards, ", ") + ")"
	case v.Category <= rules.Collaborating:
		return words + ", not sure"
	}
	return words
}
