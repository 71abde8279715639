package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/suggest"
	"unmeet/agent/text"
	"unmeet/agent/trial"
	"unmeet/agent/web"
	"unmeet/cmd/unmeet/mailbox"
	"unmeet/cmd/unmeet/sample"
	"unmeet/store"
)

// story is what the demo tells by itself, in lines that begin with the time.
type story struct {
	*demoAgent
	text    strings.Builder
	columns int
}

// tell lets one attendee decline, and one organizer try a meeting in writing until
// the first update is sent, and then take it back. It returns what came of that.
func (d *demoAgent) tell() (string, error) {
	s := &story{demoAgent: d, columns: width(d.stdout)}
	s.text.WriteString("\n" + text.Wrap("And what comes of it, if two of them answer:", s.columns) + "\n\n")
	for _, chapter := range []func() error{s.decline, s.tryInWriting} {
		if err := chapter(); err != nil {
			return "", err
		}
	}
	return s.text.String(), nil
}

// say adds what happens now.
func (s *story) say(format string, args ...any) {
	now := s.clock.Now().In(s.monday.Location()).Format("Mon 2 Jan 15:04")
	s.text.WriteString(text.Hang("  "+now+"  ", fmt.Sprintf(format, args...), s.columns) + "\n")
}

// suggested returns the first suggestion of a kind in order of time, with who was
// asked; nil if there is none.
func (s *story) suggested(kind suggest.Kind) (*store.Suggestion, *sample.Person, error) {
	all, err := s.db.SuggestionsSince(s.ctx, time.Time{})
	if err != nil {
		return nil, nil, err
	}
	all = slices.DeleteFunc(all, func(x store.Suggestion) bool { return x.Kind != string(kind) })
	if len(all) == 0 {
		return nil, nil, nil
	}
	first := slices.MinFunc(all, func(a, b store.Suggestion) int { return a.Starts.Compare(b.Starts) })
	return &first, s.company.At(first.Person), nil
}

// decline has an attendee read a meeting instead.
func (s *story) decline() error {
	asked, who, err := s.suggested(suggest.Decline)
	if asked == nil || err != nil {
		return err
	}
	if err := s.press(who, click.Decline); err != nil {
		return err
	}
	s.say("%s clicks “Decline”. That is held for ten seconds here, at work for two minutes.", who.Name)
	if err := s.pass(demoHolds.Short); err != nil {
		return err
	}
	s.say("%s says so now, and %s gets a mail with the answer.", filepath.Base(s.fileOf(who.Address)), s.company.At(asked.Organizer).Name)
	return s.synced()
}

// tryInWriting has an organizer start a trial, send its first update, and end it.
func (s *story) tryInWriting() error {
	asked, who, err := s.suggested(suggest.Trial)
	if asked == nil || err != nil {
		return err
	}
	if err := s.press(who, click.Trial); err != nil {
		return err
	}
	s.say("%s clicks “Try it in writing”. At work that is held for fifteen minutes.", who.Name)
	if err := s.pass(demoHolds.Trial); err != nil {
		return err
	}
	shot, err := suggest.DecodeSnapshot(asked.Snapshot)
	if err != nil {
		return err
	}
	s.say("%d occurrences of %s are called off in %s; the series stays.", len(shot.Occurrences), shot.Title, filepath.Base(s.fileOf(who.Address)))
	if err := s.synced(); err != nil {
		return err
	}
	for range 2 { // the draft, and two hours later the question
		if err := s.goOnTrial(); err != nil {
			return err
		}
		s.say("%s gets a mail: %s", who.Name, s.last(who).Subject)
	}
	if err := s.press(who, click.Verb(trial.SaySent)); err != nil {
		return err
	}
	s.say("%s presses “Sent”.", who.Name)
	if err := s.goOnTrial(); err != nil {
		return err
	}
	if err := s.synced(); err != nil {
		return err
	}
	if err := s.figures(); err != nil {
		return err
	}
	if err := s.press(who, click.Undo); err != nil {
		return err
	}
	s.say("%s clicks “Undo”, in the mail that came when the trial began.", who.Name)
	if err := s.pass(click.VoidWithin); err != nil {
		return err
	}
	s.say("What lies ahead is back in the calendar; what was sent stays recovered.")
	return s.synced()
}

// figures adds the funnel as it is now.
func (s *story) figures() error {
	f, err := s.funnel()
	if err != nil {
		return err
	}
	var table strings.Builder
	options := s.tableOptions(s.stdout)
	options.Width = s.columns
	if err := f.Table(&table, options); err != nil {
		return err
	}
	s.text.WriteString("\n" + text.Wrap("unmeet report --funnel, of the four weeks that the mails are about:", s.columns) + "\n\n")
	s.text.WriteString(table.String() + "\n")
	return nil
}

// synced lets the calendars be read again, and tells what they show.
func (s *story) synced() error {
	if err := s.pass(readsAfter); err != nil {
		return err
	}
	f, err := s.funnel()
	if err == nil {
		s.say("Calendars were read again. Recovered: %s.", recovered(f))
	}
	return err
}

// pass lets time pass.
func (s *story) pass(t time.Duration) error { return s.goOn(s.ctx, s.clock.Now().Add(t)) }

// goOnTrial lets time pass until a trial goes on.
func (s *story) goOnTrial() error {
	next, err := s.db.NextTrial(s.ctx)
	if err != nil {
		return err
	}
	return s.goOn(s.ctx, next)
}

// answering finds the links of a mail that answer.
var answering = regexp.MustCompile(`http://[^/\s]+/a/(\w+)`)

// press presses the button behind the newest link for a verb that somebody was sent.
func (s *story) press(who *sample.Person, verb click.Verb) error {
	link, err := s.link(who, verb)
	if err != nil {
		return err
	}
	return s.answer(link, verb)
}

// answer answers behind a link.
func (s *story) answer(link string, verb click.Verb) error {
	_, err := s.room.desk.Answer(s.ctx, link, web.Answer{Choice: click.Choice{Verb: verb, Scope: click.This}, Gesture: true})
	if err != nil {
		return fmt.Errorf("answering %s: %w", verb, err)
	}
	_, err = s.work(s.ctx)
	return err
}

// link returns the newest link for a verb that somebody was sent.
func (s *story) link(who *sample.Person, verb click.Verb) (string, error) {
	for _, m := range slices.Backward(s.box.Mails()) {
		if m.To != who.Address {
			continue
		}
		for _, link := range answering.FindAllStringSubmatch(m.Text, -1) {
			slip, err := s.room.desk.Look(s.ctx, link[1])
			if err != nil {
				return "", err
			}
			if slip.Link.Verb == verb || slip.Trial != nil && click.Verb(slip.Trial.Link) == verb {
				return link[1], nil
			}
		}
	}
	return "", fmt.Errorf("no mail to %s has a link to %s", who.Name, verb)
}

// last is the last mail that somebody got.
func (s *story) last(who *sample.Person) (last mailbox.Mail) {
	for _, m := range s.box.Mails() {
		if m.To == who.Address {
			last = m
		}
	}
	return last
}
