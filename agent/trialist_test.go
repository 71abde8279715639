package agent

import (
	"context"
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/trial"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/store"
)

const aWeek = 7 * 24 * time.Hour

// TestTrialFromPressToEnd goes with Ann through a trial of four weeks: one update that
// is sent, one that is not, so that they meet next time, one more that is sent; what
// her guests say; and that she keeps it in writing, takes that back, and shortens it.
func TestTrialFromPressToEnd(t *testing.T) {
	f := newFair(t)
	f.answer(f.link, web.Answer{Choice: click.Choice{Verb: click.Trial}, Cookie: f.recognized(annAcme)})
	if d := f.look(f.link).Draft; d == nil || !strings.Contains(d.Body, "Tue 15 Dec") || !strings.Contains(d.Link, "gus@acme.example") || strings.Contains(d.Plain, "@") {
		t.Errorf("the page of the press has the draft %+v", d)
	}
	if r := f.receipts(); len(r) != 1 || !strings.Contains(string(r[0].MIME), "mailto:bob@acme.example") {
		t.Errorf("receipts: %d", len(r))
	}
	f.until(-25*time.Hour + 14*time.Minute)
	f.want("", "")
	f.until(-25*time.Hour + 16*time.Minute)
	f.want("", "cancel 1 Dec, cancel 15 Dec, cancel 24 Nov, cancel 8 Dec")
	f.sync()

	f.until(0)
	draft := f.want("draft ann", "")[mail.TrialDraft]
	if body := draft.Trial.Draft.Body; !strings.Contains(body, "Numbers\n- \n") || !strings.Contains(body, "answer by Thu 26 Nov, 17:00") || !slices.Equal(draft.Trial.Draft.To, sixGuests) {
		t.Errorf("the draft: %s to %v", body, draft.Trial.Draft.To)
	}
	f.until(10 * time.Minute)
	slip := f.says(draft.Trial.Links.Sent, annAcme, trial.SaySent)
	if !slices.Contains(slip.Trial.Sayable, trial.Undo) {
		t.Errorf("one can say %q", slip.Trial.Sayable)
	}
	f.until(aWeek - time.Hour)
	f.want("", "")
	if got := f.said(annAcme); got != "suggested pressed accepted sent" {
		t.Errorf("of Ann: %s", got)
	}

	f.until(aWeek + 3*time.Hour)
	question := f.want("draft ann, question ann", "")[mail.TrialQuestion]
	if !question.Trial.Brings || !question.Trial.Next.Equal(meetsAt.AddDate(0, 0, 14)) {
		t.Errorf("the question names %+v", question.Trial)
	}
	f.says(question.Trial.Links.Meet, annAcme, trial.SayMeet)
	f.until(2*aWeek - time.Hour)
	f.want("", "cancel back 8 Dec")
	f.sync()
	f.until(3*aWeek - time.Hour)
	f.want("", "")

	f.until(3*aWeek + 3*time.Hour)
	question = f.want("draft ann, question ann", "")[mail.TrialQuestion]
	if question.Trial.Brings || !question.Trial.Next.Equal(meetsAt.AddDate(0, 0, 28)) {
		t.Errorf("the last question names %+v", question.Trial)
	}
	f.says(question.Trial.Links.Sent, annAcme, trial.SaySent)

	f.until(3*aWeek + 25*time.Hour)
	letters := f.letters
	f.want("guests bob, guests cid, guests dan, guests eve, guests fay", "") // Gus's group observes
	for i, l := range letters {
		if l.Trial.Times != 3 {
			t.Errorf("%d times", l.Trial.Times)
		}
		v := []trial.Verb{trial.MissNo, trial.MissBit, trial.MissBack}[i/2]
		if shown := f.look(path.Base(l.Trial.Links.No)).Snapshot.Start; !shown.Equal(meetsAt.Add(3 * aWeek)) {
			t.Errorf("a guest is asked about %v", shown)
		}
		f.says(l.Trial.Links.No, l.To.Address, trial.MissBit)
		if slip := f.says(l.Trial.Links.No, l.To.Address, v); slip.Trial.Said.Verb != v || slip.Trial.Trial.Occurrences != nil {
			t.Errorf("the page of a guest: %+v", slip.Trial)
		}
	}
	f.until(3*aWeek + 5*24*time.Hour) // Saturday
	f.want("", "")
	f.until(3*aWeek + 6*24*time.Hour)
	ended := f.want("ended ann", "")[mail.TrialEnded]
	if got := ended.Trial; got.Sums == nil || *got.Sums != (mail.Sums{No: 2, Bit: 2, Back: 1}) || got.Times != 3 || got.Sent != 2 || got.Shorter != 15 {
		t.Errorf("at the end: %+v", got)
	}
	if slip := f.look(path.Base(letters[0].Trial.Links.Bit)); !slip.Ended || slip.Trial.Sayable != nil {
		t.Errorf("a guest can still say something: %+v", slip.Trial)
	}

	f.says(ended.Trial.Links.Convert, annAcme, trial.Convert)
	if d := f.look(path.Base(ended.Trial.Links.Convert)).Draft; d == nil || !strings.Contains(d.Body, "as of Tue 22 Dec we do Ops weekly in writing") || !strings.Contains(d.Link, "gus@acme.example") {
		t.Errorf("to her guests goes %+v", d)
	}
	f.until(3*aWeek + 6*24*time.Hour + 20*time.Minute)
	f.want("", "end 22 Dec")
	f.ends(meetsAt.AddDate(0, 0, 28))
	slip = f.says(ended.Trial.Links.Convert, annAcme, trial.Undo)
	if !slip.Trial.Next.Equal(meetsAt.AddDate(0, 0, 28)) {
		t.Errorf("once it goes on again, and before that was read, it takes place next %v", slip.Trial.Next)
	}
	f.until(3*aWeek + 6*24*time.Hour + time.Hour)
	f.want("", "end back 22 Dec")
	if d := f.look(path.Base(ended.Trial.Links.Convert)).Draft; d != nil {
		t.Errorf("to her guests goes, of what was taken back, %+v", d)
	}
	if d := f.says(ended.Trial.Links.Shorten, annAcme, trial.Shorten).Draft; d == nil || !strings.Contains(d.Body, "from Tue 22 Dec on, Ops weekly takes 15 min instead of 25 min") {
		t.Errorf("to her guests goes %+v", d)
	}
	f.until(9 * aWeek)
	f.want("", "shorten 22 Dec")
	if got := f.said(annAcme); got != "suggested pressed accepted sent missed sent converted unsaid shortened" {
		t.Errorf("of Ann: %s", got)
	}
}

// TestTrialUndone takes the answer back in the midst of a trial: what lies ahead takes
// place, and nobody is written to any more.
func TestTrialUndone(t *testing.T) {
	f := newFair(t)
	f.start()
	f.until(time.Hour)
	draft := f.want("draft ann", "")[mail.TrialDraft]
	f.answer(f.link, web.Answer{Choice: click.Choice{Verb: click.Undo}, Cookie: f.recognized(annAcme)})
	f.until(9 * aWeek)
	f.want("", "cancel back 1 Dec, cancel back 15 Dec, cancel back 8 Dec")
	slip := f.look(path.Base(draft.Trial.Links.Sent))
	if !slip.Ended || slip.Trial.Trial.State != trial.Undone {
		t.Errorf("behind the link of the draft: %+v", slip.Trial)
	}
	if _, err := f.Answer(t.Context(), path.Base(draft.Trial.Links.Sent), web.Answer{Choice: click.Choice{Verb: "sent"}}); !errors.Is(err, web.ErrNotOffered) {
		t.Errorf("it can still be said that it was sent: %v", err)
	}
}

// TestTrialBroughtBack brings the rest back after two updates that were not sent.
func TestTrialBroughtBack(t *testing.T) {
	f := newFair(t)
	f.start()
	f.until(2*aWeek + time.Hour)
	misses := f.want("draft ann, question ann, draft ann, question ann, draft ann, misses ann", "")[mail.TrialMisses]
	if len(misses.Trial.Ahead) != 1 {
		t.Errorf("it offers to bring back %v", misses.Trial.Ahead)
	}
	f.says(misses.Trial.Links.Restore, annAcme, trial.Restore)
	f.until(9 * aWeek)
	f.want("", "cancel back 15 Dec")
}

// TestTrialTakesPlaceAfterAll holds that there is no draft for a meeting that the
// calendar says takes place, whoever saw to that; and that there is one where nobody
// can look.
func TestTrialTakesPlaceAfterAll(t *testing.T) {
	f := newFair(t)
	f.start()
	f.book.slots[calendars.InstanceAt(meetsAt)].Status = calendars.Confirmed
	f.book.slots[calendars.InstanceAt(weekOn)].Status, f.book.slots[calendars.InstanceAt(weekOn)].Start = calendars.Confirmed, weekOn.Add(time.Hour)
	delete(f.book.slots, calendars.InstanceAt(meetsAt.AddDate(0, 0, 14)))
	f.until(2*aWeek - time.Hour)
	f.want("", "")
	f.until(2*aWeek + time.Hour)
	f.want("draft ann", "")
	f.trialist.Responders = nil
	f.until(3*aWeek + time.Hour)
	f.want("question ann, draft ann", "")
}

// TestTrialThatCannotBeWritten holds that nobody is brought a draft instead of a meeting
// that could not be called off; where that was left to the organizer, once she did.
func TestTrialThatCannotBeWritten(t *testing.T) {
	for name, no := range map[string]error{"no consent": calendars.ErrNoConsent, "read only": calendars.ErrReadOnly, "away": errReset} {
		t.Run(name, func(t *testing.T) {
			f := newFair(t)
			responders := func(context.Context, store.Connection) (Responder, error) { return nil, no }
			f.actor.Responders, f.trialist.Responders, f.Desk.Responders = responders, responders, responders
			f.answer(f.link, web.Answer{Choice: click.Choice{Verb: click.Trial}, Cookie: f.recognized(annAcme)})
			f.until(aWeek - time.Hour)
			f.want("", "")
			f.book.slots[calendars.InstanceAt(weekOn)].Status = calendars.Cancelled // by Ann
			f.sync()
			f.until(aWeek + time.Hour)
			want := ""
			if no == calendars.ErrReadOnly {
				want = "draft ann"
			}
			f.want(want, "")
		})
	}
}

// TestTrialsWhilePaused holds that nothing is written while unmeet is paused, and
// nothing taken.
func TestTrialsWhilePaused(t *testing.T) {
	f := newFair(t)
	f.start()
	f.until(time.Hour)
	draft := f.want("draft ann", "")[mail.TrialDraft]
	fatal(t, f.DB.Pause(t.Context(), store.Pause{By: "ops", Since: f.Now()}))
	f.until(5 * time.Hour)
	f.want("", "")
	link := path.Base(draft.Trial.Links.Sent)
	if _, err := f.Answer(t.Context(), link, web.Answer{Choice: click.Choice{Verb: "sent"}}); !errors.Is(err, web.ErrPaused) {
		t.Errorf("while paused: %v", err)
	}
	fatal(t, f.DB.Resume(t.Context()))
	f.until(6 * time.Hour)
	f.want("question ann", "")
}

// TestScannerInATrial has a scanner press every button of a question, in browsers that
// are not known: nothing comes of it, and the person's own answer counts.
func TestScannerInATrial(t *testing.T) {
	f := newFair(t)
	f.start()
	f.until(3 * time.Hour)
	question := f.want("draft ann, question ann", "")[mail.TrialQuestion]
	for v, link := range trialLinks(question) {
		for _, how := range []trial.Verb{v, trial.SaySent, trial.SayMeet} {
			if _, err := f.Answer(t.Context(), path.Base(link), web.Answer{Choice: click.Choice{Verb: click.Verb(how)}}); err != nil && !errors.Is(err, web.ErrNotOffered) {
				t.Fatal(err)
			}
		}
	}
	// The one button of the trial as a whole only waits, and Ann hears of it.
	noted := map[string]string{}
	for _, m := range f.mails() {
		if m.Kind == string(mail.TrialNoted) {
			noted[m.Person] = linkIn(t, m.MIME)
		}
	}
	if len(noted) != 1 || noted[annAcme] == "" {
		t.Fatalf("told of it: %v", noted)
	}
	f.until(3*time.Hour + 14*time.Minute)
	f.says(noted[annAcme], annAcme, trial.Undo)
	f.until(4 * time.Hour)
	f.want("", "")
	f.says(question.Trial.Links.Sent, annAcme, trial.SaySent)
	f.until(5 * time.Hour)
	f.want("", "")
	if got := f.said(annAcme); got != "suggested pressed accepted sent" {
		t.Errorf("of Ann: %s", got)
	}
}

// linkIn is the first link of a mail's text.
func linkIn(t *testing.T, mime []byte) string {
	t.Helper()
	found := regexp.MustCompile(`https://unmeet\.acme\.example/a/\w+`).Find(mime)
	if found == nil {
		t.Fatalf("no link in %s", mime)
	}
	return string(found)
}

// mails are those on their way.
func (f *fair) mails() []store.Mail {
	f.Helper()
	all, err := f.DB.Mails(f.Context(), store.MailQueued, 100)
	fatal(f.TB, err)
	return all
}

// TestWhoLeavesATrial holds what is left of a trial and its answers when people leave.
func TestWhoLeavesATrial(t *testing.T) {
	f := newFair(t)
	f.start()
	f.until(3*aWeek + 26*time.Hour)
	_, last := f.came()
	guest := last[mail.TrialGuests]
	f.says(guest.Trial.Links.Back, guest.To.Address, trial.MissBack)
	fatal(t, f.DB.Leave(t.Context(), f.Now(), guest.To.Address, "test"))
	if _, err := f.Look(t.Context(), path.Base(guest.Trial.Links.Back)); !errors.Is(err, web.ErrUnknownLink) {
		t.Errorf("who left still has a link: %v", err)
	}
	known, err := f.DB.Trial(t.Context(), 1)
	fatal(t, err)
	answers, addresses := 0, 0
	for _, g := range known.Guests {
		if g.Answer != nil {
			answers++
		}
		if g.Address != "" {
			addresses++
		}
	}
	if answers != 1 || addresses != 5 {
		t.Errorf("%d answers and %d addresses are left", answers, addresses)
	}
	fatal(t, f.DB.Leave(t.Context(), f.Now(), annAcme, "test"))
	known, err = f.DB.Trial(t.Context(), 1)
	fatal(t, err)
	if known.Machine != nil || known.Headings != nil || known.State != "left" {
		t.Errorf("of Ann's trial is left: %+v", known)
	}
	f.until(9 * aWeek)
	f.want("", "")
}

// TestUnsubscribedOrganizer holds that who wants no mail gets none, and that the trial
// comes to its end all the same.
func TestUnsubscribedOrganizer(t *testing.T) {
	f := newFair(t)
	f.start()
	f.until(3 * time.Hour)
	question := f.want("draft ann, question ann", "")[mail.TrialQuestion]
	fatal(t, f.DB.Unsubscribe(t.Context(), f.Now(), annAcme, "test"))
	for v, link := range map[trial.Verb]string{trial.SayMeet: question.Trial.Links.Meet, trial.Restore: question.Trial.Links.Restore} {
		if _, err := f.Answer(t.Context(), path.Base(link), web.Answer{Choice: click.Choice{Verb: click.Verb(v)}}); !errors.Is(err, web.ErrUntold) {
			t.Errorf("a browser that is not known says %s for who cannot be told of it: %v", v, err)
		}
	}
	f.until(9 * aWeek)
	if got, _ := f.came(); strings.Contains(got, "ann") {
		t.Errorf("there came %s", got)
	}
	if got := f.said(annAcme); !strings.HasSuffix(got, "lapsed") {
		t.Errorf("of Ann: %s", got)
	}
}

// TestSplitAndShorten have the organizer's own event shortened from the next occurrence
// on, and that taken back.
func TestSplitAndShorten(t *testing.T) {
	for _, kind := range []click.Kind{click.KindSplit, click.KindShorten} {
		t.Run(string(kind), func(t *testing.T) {
			f := newFair(t)
			text, err := f.DB.Suggestion(t.Context(), 1)
			fatal(t, err)
			shot := strings.Replace(string(text.Snapshot), `"kind":"trial"`, `"kind":"`+string(kind)+`","shorter":15`, 1)
			c := store.Case{Suggestion: text}
			c.Snapshot = []byte(shot)
			all := actions(c, click.Suggestion{Choice: kind.Accept()})
			if len(all) != 1 {
				t.Fatalf("%d actions", len(all))
			}
			i := all[0].Intent
			if i.Verb != calendars.Shorten || !i.Onward || i.Length != 15*time.Minute || i.Ref.Instance != calendars.InstanceAt(meetsAt) || !i.Start.Equal(meetsAt) || i.Owner != annAcme {
				t.Errorf("the intent is %+v", i)
			}
			if trialOf(c, click.Suggestion{Choice: kind.Accept()}, f.Now()) != nil {
				t.Error("it begins a trial")
			}
		})
	}
}
