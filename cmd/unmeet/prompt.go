package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"unmeet/agent/secret"
)

// errStopped ends a command that somebody stopped before it changed anything.
var errStopped = errors.New("stopped: nothing was connected")

// await runs read, which may wait for somebody, until the command is stopped. An answer
// that comes after that is lost.
func (a *app) await(read func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	given := make(chan answer, 1)
	go func() {
		text, err := read()
		given <- answer{text, err}
	}()
	select {
	case got := <-given:
		return got.text, got.err
	case <-a.ctx.Done():
		return "", errStopped
	}
}

// ask asks somebody at a terminal for a line, "" being one.
func (a *app) ask(in *bufio.Reader, question string) (string, error) {
	fmt.Fprint(a.stderr, question)
	line, err := a.await(func() (string, error) { return in.ReadString('\n') })
	if err == io.EOF {
		err = nil
	}
	return strings.TrimSpace(line), err
}

// confirm asks somebody at a terminal, and is an error unless they say yes.
func (a *app) confirm(in *bufio.Reader, question string) error {
	answer, err := a.ask(in, question+" [y/N] ")
	if err != nil {
		return err
	}
	if answer = strings.ToLower(answer); answer != "y" && answer != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

// secretly reads a secret, what being its name for people: from its file, which nobody
// else may read, if there is one; from a terminal without showing it; or as the first
// line of stdin.
func (a *app) secretly(in *bufio.Reader, path, flag, what, question string) (string, error) {
	var given string
	switch file, terminal := a.stdin.(*os.File); {
	case path != "":
		raw, err := secret.Read(path, false)
		if err != nil {
			return "", hintedByMode(err, flag+" takes a file that only its owner may read")
		}
		given = string(raw)
	case terminal && isTerminal(file):
		fd := int(file.Fd())
		before, err := term.GetState(fd)
		if err != nil {
			return "", err
		}
		fmt.Fprint(a.stderr, question)
		given, err = a.await(func() (string, error) {
			raw, err := term.ReadPassword(fd)
			return string(raw), err
		})
		fmt.Fprintln(a.stderr)
		if err != nil {
			return "", errors.Join(err, term.Restore(fd, before))
		}
	default:
		line, err := a.await(func() (string, error) { return in.ReadString('\n') })
		if err != nil && err != io.EOF {
			return "", err
		}
		given = line
	}
	if given = strings.TrimRight(given, "\r\n"); given == "" {
		return "", usage("give it at the terminal, on stdin, or with "+flag, "%s is needed", what)
	}
	return given, nil
}
