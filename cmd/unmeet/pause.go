package main

import (
	"cmp"
	"fmt"
	"slices"

	"unmeet/agent/text"
	"unmeet/store"
)

// pauseCmd stops all that leaves unmeet.
type pauseCmd struct {
	Why string `placeholder:"TEXT" help:"Why, for whoever finds it paused."`
}

// Help says what goes on.
func (pauseCmd) Help() string {
	return `Stops mails, and writing to people's calendars, at once, in a running daemon, too: it is asked about before each. Links in mails that were sent show that unmeet is paused, and take no answers; answers whose hold is not over wait. Unsubscribing works, and calendars are still read.

    unmeet pause --why "the mails name the wrong room"
    unmeet resume`
}

// Run pauses.
func (cmd *pauseCmd) Run(a *app) error {
	_, db, err := a.configured(a.openDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	if p, paused, err := db.Paused(a.ctx); err != nil {
		return err
	} else if paused {
		said := fmt.Sprintf("It was paused already, %s.\n", saidOf(p))
		if cmd.Why != "" {
			why := cmd.Why
			if who := a.operator(); who != p.By {
				why += fmt.Sprintf(" (%s)", who)
			}
			if err := db.AddToPause(a.ctx, why); err != nil {
				return err
			}
			said += "Your reason was added.\n"
		}
		_, err := fmt.Fprint(a.stdout, said)
		return err
	}
	if err := db.Pause(a.ctx, store.Pause{By: a.operator(), Since: a.now(), Why: cmd.Why}); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, "Paused: no mail leaves, nothing is written to calendars, and no answer is taken until unmeet resume.")
	return err
}

// saidOf says who paused unmeet, when and why.
func saidOf(p store.Pause) string {
	said := fmt.Sprintf("by %s on %s", text.Clean(p.By), p.Since.UTC().Format("2 January 2006 at 15:04 MST"))
	if p.Why != "" {
		said += ": " + text.Clean(p.Why)
	}
	return said
}

// resumeCmd ends a pause.
type resumeCmd struct{}

// Help says what else it does.
func (resumeCmd) Help() string {
	return `Ends a pause; a running daemon notices within a minute. It also has mails sent again that stopped because the mail server refused us as a whole: mend that first, or they stop again.

Mails that waited are looked at once more: those whose meeting is near by now, or whose time to be read is over, are not sent.`
}

// Run resumes.
func (resumeCmd) Run(a *app) error {
	_, db, err := a.configured(a.openDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	p, paused, err := db.Paused(a.ctx)
	if err != nil {
		return err
	}
	refused, err := db.SendingPaused(a.ctx)
	if err != nil {
		return err
	}
	if err := db.Resume(a.ctx); err != nil {
		return err
	}
	if err := db.ResumeSending(a.ctx); err != nil {
		return err
	}
	said := ""
	if paused {
		said += fmt.Sprintf("Resumed. It was paused %s.\n", saidOf(p))
	}
	if refused.Why != "" {
		said += fmt.Sprintf("The mail server is tried again. It was left alone since %s: %s\n", refused.Since.UTC().Format("2 January 2006 at 15:04 MST"), text.Clean(refused.Why))
	}
	if said == "" {
		said = "It was not paused.\n"
	}
	_, err = fmt.Fprint(a.stdout, said)
	return err
}

// mostParked is how many mails are named that could not be sent.
const mostParked = 10

// showDelivery says on stderr what keeps mails from people, and what they decided from
// their calendars.
func (a *app) showDelivery(db *store.DB) error {
	if p, paused, err := db.Paused(a.ctx); err != nil {
		return err
	} else if paused {
		a.note("unmeet was paused %s", saidOf(p))
		perhaps, err := db.PerhapsSent(a.ctx, p.Since)
		if err != nil {
			return err
		}
		if perhaps > 0 {
			a.note("%s on the way when the backup was made: not sent again, since they may have arrived", text.Count(perhaps, "mail"))
		}
		a.hint("unmeet resume")
	}
	refused, err := db.SendingPaused(a.ctx)
	if err != nil {
		return err
	}
	if refused.Why != "" {
		a.note("no mail leaves since %s: %s", refused.Since.UTC().Format("2 January 2006 at 15:04 MST"), refused.Why)
		a.hint("mend that, then unmeet resume")
	}
	if err := a.showWaiting(db); err != nil {
		return err
	}
	parked, err := db.Undelivered(a.ctx, mostParked)
	if err != nil {
		return err
	}
	for _, m := range parked {
		a.note("a mail to %s of %s could not be delivered: %s", m.Person, m.Queued.UTC().Format("2 January"), m.Why)
		if why, err := db.Suppressed(a.ctx, m.To); err != nil {
			return err
		} else if why != "" {
			a.hint("nothing more is sent there; if the address is right, unmeet enroll %s has it tried again", m.Person)
		}
	}
	failed, err := db.ActionsIn(a.ctx, mostActions, store.ActionFailed)
	if err != nil {
		return err
	}
	failed = slices.DeleteFunc(failed, func(one store.Action) bool { return !a.now().Before(one.Until) })
	if len(failed) > 0 {
		a.note("%s could not be done in people's calendars, and can still be", text.Count(len(failed), "thing"))
		a.hint("unmeet actions says why")
	}
	return nil
}

// showWaiting says on stderr which mails wait for the mail server, and why.
func (a *app) showWaiting(db *store.DB) error {
	waiting, err := db.Waiting(a.ctx)
	if err != nil {
		return err
	}
	trouble, err := db.ServerTrouble(a.ctx)
	if err != nil {
		return err
	}
	switch {
	case trouble.Why != "":
		a.note("the mail server could not be used since %s (%s waiting): %s",
			trouble.Since.UTC().Format("2 January 2006 at 15:04 MST"), text.Count(waiting.Mails, "mail"), trouble.Why)
		a.hint("%s", cmp.Or(trouble.Hint, "unmeet run tries it again by itself"))
	case waiting.PutOff > 0:
		a.note("%s waiting, because the mail server did not take them yet: %s", text.Count(waiting.PutOff, "mail"), waiting.Why)
		a.hint("unmeet run tries again by itself, until the day's working hours end")
	}
	return nil
}
