package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"unmeet/agent/text"
	"unmeet/rules"
	"unmeet/rules/eval"
	"unmeet/rules/fit"
)

// labelledFile is what eval and fit learn from.
type labelledFile struct {
	Labelled string `arg:"" help:"Labelled meetings, one JSON object a line as for unmeet classify, with category, and org, async, guard where known; - for standard input."`
	Rules    string `placeholder:"FILE" help:"Your rules; without it, those of the configuration, else the built-in ones alone."`
}

// load reads the meetings, and the rules to judge them by.
func (f labelledFile) load(a *app) ([]eval.Meeting, []rules.File, *rules.Engine, error) {
	files, err := rulesFile{File: f.Rules}.files(a)
	if err != nil {
		return nil, nil, nil, err
	}
	engine, err := loadRules(files)
	if err != nil {
		return nil, nil, nil, err
	}
	in := a.stdin
	if f.Labelled != "-" {
		file, err := os.Open(f.Labelled)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("reading labelled meetings: %w", err)
		}
		defer file.Close()
		in = file
	}
	meetings, err := eval.Read(f.Labelled, in)
	if err != nil {
		return nil, nil, nil, hinted(err, `a line looks like {"org": "acme", "title": "Weekly status", "category": "informing", "guard": null}`)
	}
	if len(meetings) == 0 {
		return nil, nil, nil, nothing(`a line looks like {"org": "acme", "title": "Weekly status", "category": "informing"}`, "no meetings in %s", f.Labelled)
	}
	return meetings, files, engine, nil
}

type rulesEvalCmd struct {
	labelledFile
	Format string `enum:"table,json" default:"table" placeholder:"FORMAT" help:"table or json."`
	Worst  int    `default:"10" placeholder:"N" help:"How many errors to show with their evidence."`
}

// Help says what is measured.
func (rulesEvalCmd) Help() string {
	return `Judges meetings that people have labelled and says how often the rules agree: accuracy, macro-F1 with its interval, precision and recall for each category and for suggestions, how well the probabilities are calibrated, and the worst errors with what led to them.

    unmeet rules eval labelled.jsonl
    unmeet rules eval labelled.jsonl --rules rules.toml --format json`
}

// Run measures and prints.
func (cmd *rulesEvalCmd) Run(a *app) error {
	meetings, _, engine, err := cmd.load(a)
	if err != nil {
		return err
	}
	result := eval.Evaluate(engine.Judge, meetings)
	if cmd.Format == "json" {
		return printJSON(a.stdout, result)
	}
	_, err = io.WriteString(a.stdout, text.CleanLines(result.Table(max(cmd.Worst, 0))))
	return err
}

type rulesFitCmd struct {
	labelledFile
	Folds  int    `placeholder:"N" help:"Deal the organizations into so many folds for cross-validation; 10."`
	Out    string `placeholder:"FOLDER" help:"Write the rules files with the fitted numbers into this new folder."`
	Format string `enum:"table,json" default:"table" placeholder:"FORMAT" help:"table or json, of the figures."`
}

// Help says what comes of it.
func (rulesFitCmd) Help() string {
	return `Finds weights that agree with labelled meetings and stay near those in the files, cross-validated by organization, and a temperature and threshold for them. The same meetings give the same numbers. Figures are of organizations that the weights were not fitted to. Your file is not touched: --out writes new ones, with comments and order kept.

    unmeet rules fit labelled.jsonl
    unmeet rules fit labelled.jsonl --rules rules.toml --out fitted`
}

// Run fits, prints the figures, and writes the files if asked to.
func (cmd *rulesFitCmd) Run(a *app) error {
	meetings, files, engine, err := cmd.load(a)
	if err != nil {
		return err
	}
	outcome, err := fit.Fit(engine, meetings, fit.Options{Folds: cmd.Folds})
	if err != nil {
		return hinted(fmt.Errorf("fitting: %w", err), "each line's org says which organization it is of")
	}
	if cmd.Out != "" {
		if err := writeFitted(cmd.Out, files, engine, outcome.Weights); err != nil {
			return err
		}
	}
	if cmd.Format == "json" {
		return printJSON(a.stdout, map[string]any{
			"as_is": outcome.Hand, "fitted": outcome.Fitted, "spread": outcome.Spread,
			"temperature": outcome.Weights.Temperature, "threshold": outcome.Weights.Threshold,
		})
	}
	_, err = fmt.Fprintf(a.stdout, "as the rules stand\n\n%s\nfitted to other organizations (spread %g, temperature %.2f, threshold %.2f)\n\n%s",
		outcome.Hand.Table(0), outcome.Spread, outcome.Weights.Temperature, outcome.Weights.Threshold, outcome.Fitted.Table(0))
	return err
}

// writeFitted writes the rules files with other numbers into a new folder.
func writeFitted(folder string, files []rules.File, engine *rules.Engine, weights rules.Weights) error {
	if err := os.Mkdir(folder, 0o755); err != nil {
		hint := ""
		if errors.Is(err, fs.ErrExist) {
			hint = "--out takes a folder that is not there yet"
		}
		return hinted(fmt.Errorf("writing the fitted rules: %w", err), hint)
	}
	for _, file := range files {
		rewritten, err := engine.Rewrite(file, weights)
		if err != nil {
			return fmt.Errorf("rewriting %s: %w", file.Name, err)
		}
		path := filepath.Join(folder, filepath.Base(file.Name))
		if err := os.WriteFile(path, rewritten.Data, 0o644); err != nil {
			return fmt.Errorf("writing the fitted rules: %w", err)
		}
	}
	return nil
}

// printJSON writes v as one indented object.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
