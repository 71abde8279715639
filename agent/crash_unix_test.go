//go:build unix

package agent

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/web"
	"unmeet/calendars"
)

// TestKilledAtEveryBoundary kills a real process at every boundary of ending a hold,
// of taking an answer, of writing to a calendar and of a trial, and goes on: each answer
// stands, and has its effect, once; each draft comes once.
func TestKilledAtEveryBoundary(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the package's tests anew")
	}
	program := filepath.Join(t.TempDir(), "agent.test")
	if out, err := exec.Command("go", "test", "-c", "-tags", "failpoints", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	for _, place := range []string{"before-accept", "in-decide", "after-accept"} {
		for _, times := range []string{"1", "2", "3"} {
			t.Run(place+" "+times, func(t *testing.T) {
				const n = 3
				c := newCounter(t)
				for i := range n {
					l := c.ask(bobAcme, click.KindDecline, meetsAt.AddDate(0, 0, i))
					c.answer(l[click.Decline], web.Answer{Choice: click.Choice{Verb: click.Decline}, Cookie: c.recognized(bobAcme)})
				}
				c.pass(2 * time.Minute)
				die(t, program, place+":"+times, "UNMEET_TEST_COMMIT="+c.path)
				// Another process goes on.
				c.commit()
				if got := c.said(bobAcme); strings.Count(got, "accepted") != n || strings.Contains(got, "undone") {
					t.Errorf("outcomes: %s", got)
				}
				all, err := c.DB.SuggestionsTo(t.Context(), bobAcme)
				if err != nil || len(all) != n {
					t.Fatalf("%d suggestions, %v", len(all), err)
				}
				for _, s := range all {
					if s.State != string(click.Accepted) {
						t.Errorf("suggestion %d is %s", s.ID, s.State)
					}
				}
				if next, err := c.DB.NextSuggestion(t.Context()); err != nil || !next.IsZero() {
					t.Errorf("something is due at %v, %v", next, err)
				}
			})
		}
	}
	for _, place := range []string{"action-before-begin", "action-after-begin", "action-in-effect", "action-after-effect", "action-in-mark", "action-after-mark"} {
		t.Run(place, func(t *testing.T) {
			o := newOffice(t)
			link := o.decline()
			o.act()
			die(t, program, place, "UNMEET_TEST_ACT="+o.counter.path)
			o.counter.pass(time.Hour) // another process goes on
			o.run()
			o.want([]string{"applied"}, calendars.Declined)
			o.known(link, click.Undo)
			o.run()
			o.want([]string{"applied", "applied"}, calendars.Declined, calendars.Accepted)
		})
	}
	for _, place := range []string{"before-trial", "in-trial", "after-trial"} {
		t.Run(place, func(t *testing.T) {
			f := newFair(t)
			f.start()
			die(t, program, place, "UNMEET_TEST_TRIAL="+f.path)
			f.until(time.Hour) // another process goes on
			drafts := 0
			for _, m := range f.mails() {
				if m.Kind == string(mail.TrialDraft) {
					drafts++
				}
			}
			if drafts != 1 {
				t.Errorf("%d drafts", drafts)
			}
		})
	}
	t.Run("in an answer", func(t *testing.T) {
		c := newCounter(t)
		l := c.ask(bobAcme, click.KindDecline, meetsAt)
		die(t, program, "in-decide", "UNMEET_TEST_ANSWER="+c.path, "UNMEET_TEST_LINK="+l[click.Decline])
		if got := c.look(l[click.Decline]).Suggestion; got.State != click.Offered || c.said(bobAcme) != "suggested" || len(c.receipts()) != 0 {
			t.Errorf("half an answer: %s, %s, %d receipts", got.State, c.said(bobAcme), len(c.receipts()))
		}
		c.press(l[click.Decline], click.Decline)
		if got := c.said(bobAcme); got != "suggested pressed" || len(c.receipts()) != 1 {
			t.Errorf("pressed again: %s, %d receipts", got, len(c.receipts()))
		}
	})
}

// die runs the test below in a process of its own, which must be killed at a
// failpoint.
func die(t *testing.T, program, failpoint string, environment ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, "-test.run", "^TestInAProcessOfItsOwn$")
	command.Env = append(append(os.Environ(), "UNMEET_FAILPOINT="+failpoint), environment...)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("it did not die at %s: %v\n%s", failpoint, err, &out)
	}
}

// TestInAProcessOfItsOwn is what is killed above.
func TestInAProcessOfItsOwn(t *testing.T) {
	if path := os.Getenv("UNMEET_TEST_COMMIT"); path != "" {
		c := newCounterAt(t, path)
		c.pass(2 * time.Minute)
		c.commit()
		return
	}
	if path := os.Getenv("UNMEET_TEST_ACT"); path != "" {
		o := officeAt(t, newCounterAt(t, path))
		o.counter.pass(holdsOver)
		o.run()
		return
	}
	if path := os.Getenv("UNMEET_TEST_TRIAL"); path != "" {
		f := fairAt(newCounterAt(t, path))
		f.hand.pass(meetsAt.Sub(asked))
		_, err := f.trialist.Pass(t.Context())
		fatal(t, err)
		return
	}
	if path := os.Getenv("UNMEET_TEST_ANSWER"); path != "" {
		newCounterAt(t, path).press(os.Getenv("UNMEET_TEST_LINK"), click.Decline)
		return
	}
	t.Skip("run by TestKilledAtEveryBoundary")
}
