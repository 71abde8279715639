package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"unmeet/rules"
)

// rulesCmd helps with rules of one's own.
type rulesCmd struct {
	Check rulesCheckCmd `cmd:"" help:"Say whether a rules file is right, and where it is not."`
	Test  rulesTestCmd  `cmd:"" help:"Run the tests that rules files carry."`
	Show  rulesShowCmd  `cmd:"" help:"Print the rules."`
	Diff  rulesDiffCmd  `cmd:"" help:"Show what other rules would change, before they take effect."`
	Eval  rulesEvalCmd  `cmd:"" help:"Measure the rules on labelled meetings."`
	Stats rulesStatsCmd `cmd:"" help:"Show what people say to what the rules suggest."`
	Fit   rulesFitCmd   `cmd:"" help:"Fit the rules' weights to labelled meetings."`
}

// Help teaches how rules lie over each other.
func (rulesCmd) Help() string {
	return `A rules file of your own is laid over the built-in rules: a rule with a known name changes what it gives, others are added, and off = true takes one out. Name it in unmeet.toml:

    [rules]
    file = "rules.toml"

and look at the built-in ones, with the reason for each, by

    unmeet rules show | less`
}

// rulesFile is the file that a rules command works on.
type rulesFile struct {
	File string `arg:"" optional:"" help:"Your rules; without it, those of the configuration, else the built-in ones alone."`
}

// files returns the built-in rules and those laid over them.
func (f rulesFile) files(a *app) ([]rules.File, error) {
	config, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	if f.File != "" {
		config.Rules.File = f.File
	}
	return config.ruleFiles()
}

type rulesCheckCmd struct{ rulesFile }

// Help says what is looked at.
func (rulesCheckCmd) Help() string {
	return `Reads the file strictly, as every command does, runs its tests, and names all that is wrong with file:line:column and what to do about it. Exit code 1 if there is something.

    unmeet rules check rules.toml`
}

// Run reads the rules and says whether they hold.
func (cmd *rulesCheckCmd) Run(a *app) error {
	files, err := cmd.files(a)
	if err != nil {
		return err
	}
	engine, err := loadRules(files)
	if err != nil {
		return err
	}
	name := files[len(files)-1].Name
	if len(files) == len(rules.DefaultFiles()) {
		name = "the built-in rules"
	}
	_, err = fmt.Fprintf(a.stdout, "%s: right, %d tests hold\n", name, engine.Tests())
	return err
}

type rulesTestCmd struct{ rulesFile }

// Help shows what a test looks like.
func (rulesTestCmd) Help() string {
	return `Rules files carry tests, which are run whenever the rules are read:

    [[test]]
    title    = "Weekly status"
    people   = 8
    category = "informing"

This runs them and says how many there are. Exit code 1 if one fails.`
}

// Run runs the tests of all rules files.
func (cmd *rulesTestCmd) Run(a *app) error {
	files, err := cmd.files(a)
	if err != nil {
		return err
	}
	engine, err := loadRules(files)
	if err != nil {
		return err
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = file.Name
	}
	_, err = fmt.Fprintf(a.stdout, "%d tests hold (%s)\n", engine.Tests(), strings.Join(names, ", "))
	return err
}

type rulesShowCmd struct{ rulesFile }

// Help says in which order they come.
func (rulesShowCmd) Help() string {
	return `Prints the rules files in the order in which they are laid: the built-in ones, then yours.`
}

// Run prints the rules files.
func (cmd *rulesShowCmd) Run(a *app) error {
	files, err := cmd.files(a)
	if err != nil {
		return err
	}
	for i, file := range files {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		if _, err := fmt.Fprintf(a.stdout, "# ---- %s\n\n%s", file.Name, file.Data); err != nil {
			return fmt.Errorf("writing the rules: %w", err)
		}
	}
	return nil
}

// ruleFiles returns the built-in rules, the organization's own, and what it
// lists under [never].
func (c config) ruleFiles() ([]rules.File, error) {
	files := rules.DefaultFiles()
	if len(c.Never.Titles)+len(c.Never.Organizers)+len(c.Never.Groups) > 0 {
		never, err := toml.Marshal(map[string]neverConfig{"never": c.Never})
		if err != nil {
			return nil, fmt.Errorf("the configuration's [never]: %w", err)
		}
		files = append(files, rules.File{Name: "[never] of the configuration", Data: never})
	}
	if c.Rules.File != "" {
		text, err := os.ReadFile(c.Rules.File)
		if err != nil {
			return nil, hinted(fmt.Errorf("reading the rules: %w", err), "unmeet rules show prints the built-in rules, to begin with")
		}
		files = append(files, rules.File{Name: c.Rules.File, Data: text})
	}
	return files, nil
}

// engine returns what judges by the rules of the configuration.
func (c config) engine() (*rules.Engine, error) {
	files, err := c.ruleFiles()
	if err != nil {
		return nil, err
	}
	engine, err := loadRules(files)
	if err != nil {
		return nil, err
	}
	known := make([]rules.Group, len(c.Groups))
	for i, g := range c.Groups {
		known[i] = rules.Group{Name: g.Name, Members: g.Members}
	}
	for _, name := range engine.NeverGroups() {
		if err := c.checkNeverGroup(name); err != nil {
			return nil, hinted(fmt.Errorf("[never] of the rules: %w", err), "name it in the configuration, with its members")
		}
	}
	engine.Groups(known...)
	return engine, nil
}

// loadRules builds the engine, and turns what is wrong with the files into an
// error with a hint.
func loadRules(files []rules.File) (*rules.Engine, error) {
	engine, err := rules.Load(files...)
	var faults rules.FileErrors
	if errors.As(err, &faults) {
		return nil, hinted(err, faults.Hint())
	}
	if err != nil {
		return nil, fmt.Errorf("reading the rules: %w", err)
	}
	return engine, nil
}
