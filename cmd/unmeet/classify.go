package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"unmeet/agent/text"
	"unmeet/rules"
)

// classifyCmd sorts meetings that come as JSON lines.
type classifyCmd struct {
	Format string `enum:"jsonl" default:"jsonl" placeholder:"jsonl" help:"The only format there is: a JSON object a line, in and out."`
}

// Help teaches the two formats.
func (classifyCmd) Help() string {
	return `Reads one meeting a line from standard input and writes one verdict a line, in the same order:

    {"id": "42", "title": "Weekly status", "description": "…",
     "minutes": 30, "recurrence": "weekly", "attendees": 8}

All on one line. Everything but the title may be left out or null, and the title may be "". recurrence is an RRULE or words ("weekly", "every other Tuesday"; words that mean nothing to unmeet count as unknown), minutes a number from 0 on, attendees such a number or a list. Out comes, on one line,

    {"id", "category", "probabilities", "tasks", "guards", "suggest",
     "evidence": [{"rule", "weight", "why", "phrase"}]}

A line that is not such an object is named on stderr with its number and gets no verdict; the others go on, and the exit code is 1 at the end.

    unmeet events cal.ics --format json |
        jq -c '.[] | {title}' | unmeet classify`
}

// longestLine caps a line of input, in bytes: more is no meeting.
const longestLine = 16 << 20

// Run reads until the input ends. What was judged is written even if something
// else could not be read.
func (cmd *classifyCmd) Run(a *app) error {
	config, err := a.loadConfig()
	if err != nil {
		return err
	}
	engine, err := config.engine()
	if err != nil {
		return err
	}
	if isTerminal(a.stdin) {
		fmt.Fprintln(a.stderr, "reading meetings from the keyboard, one JSON object a line; Ctrl-D ends")
	}
	in := bufio.NewReaderSize(a.stdin, 1<<16)
	out := bufio.NewWriterSize(a.stdout, 1<<16)
	defer out.Flush()

	var verdict []byte
	failed := false
	for number := 1; ; number++ {
		if a.ctx.Err() != nil {
			return a.ctx.Err()
		}
		line, err := readLine(in)
		if err == io.EOF {
			break
		}
		if err == nil && number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if err == nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err == nil {
			verdict, err = classify(engine, line, verdict[:0])
		} else if !errors.Is(err, errLongLine) {
			return fmt.Errorf("reading meetings: %w", err)
		}
		if err != nil {
			fmt.Fprintf(a.stderr, "unmeet: line %d: %s\n", number, text.Clean(err.Error()))
			failed = true
			continue
		}
		if _, err := out.Write(verdict); err != nil {
			return fmt.Errorf("writing verdicts: %w", err)
		}
		if in.Buffered() == 0 { // whoever writes line by line gets answers line by line
			if err := out.Flush(); err != nil {
				return fmt.Errorf("writing verdicts: %w", err)
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing verdicts: %w", err)
	}
	if failed {
		a.hint("%s", `a line looks like {"id": "1", "title": "Weekly status"}; unmeet classify --help shows all of it`)
		return errReported
	}
	return nil
}

// classify appends to out the verdict on the meeting on one line.
func classify(engine *rules.Engine, line, out []byte) ([]byte, error) {
	id, subject, err := rules.ReadSubject(line)
	if err != nil {
		return out, err
	}
	if id == nil {
		id = json.RawMessage("null")
	}
	out, err = rules.AppendVerdict(out, id, engine.Judge(subject))
	return append(out, '\n'), err
}

var errLongLine = fmt.Errorf("longer than %d MB", longestLine>>20)

// readLine returns the next line without its end. A line past longestLine is
// passed over and reported as errLongLine; io.EOF means that there are no more.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := in.ReadSlice('\n')
		if len(line) <= longestLine {
			line = append(line, piece...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF && len(line) == 0 {
			return nil, io.EOF
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		if len(line) > longestLine {
			return nil, errLongLine
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}
