package main

import (
	"errors"
	"fmt"

	"unmeet/agent/text"
	"unmeet/store"
)

// The exit codes, as `unmeet --help` documents them.
const (
	exitDone    = 0 // did what was asked, be it that events had to be skipped
	exitFailed  = 1 // could not do it, or not all of it
	exitUsage   = 2 // the command line was not understood
	exitNothing = 3 // no calendar that can be read, or none with the UID asked for
)

// failure is an error at the edge: what went wrong, what to do about it, and
// how to exit. The rest of the program returns plain wrapped errors.
type failure struct {
	err  error
	hint string // what to do next; "" where there is nothing to say
	code int    // 0 stands for exitFailed
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// hinted adds to err what its reader can do about it.
func hinted(err error, hint string) error { return &failure{err: err, hint: hint} }

// usage reports a command line that cannot be meant.
func usage(hint, format string, args ...any) error {
	return &failure{err: fmt.Errorf(format, args...), hint: hint, code: exitUsage}
}

// nothing reports input that holds nothing to work on.
func nothing(hint, format string, args ...any) error {
	return &failure{err: fmt.Errorf(format, args...), hint: hint, code: exitNothing}
}

// errReported ends a command that has already told on stderr, piece by piece,
// what went wrong.
var errReported = errors.New("see above")

// report prints err and its hint and returns the exit code it stands for.
func (a *app) report(err error) int {
	if err == nil {
		return exitDone
	}
	if errors.Is(err, errReported) {
		return exitFailed
	}
	fmt.Fprintln(a.stderr, "unmeet: "+text.CleanLines(err.Error())) // names of files, too, are foreign text
	var f *failure
	if !errors.As(err, &f) {
		switch {
		case store.IsDamaged(err):
			a.hint("%s", damagedHint)
		case store.IsFull(err):
			a.hint("%s", noRoomHint)
		}
		return exitFailed
	}
	if f.hint != "" {
		a.hint("%s", f.hint)
	}
	if f.code == 0 {
		return exitFailed
	}
	return f.code
}
