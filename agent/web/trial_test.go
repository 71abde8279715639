package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"unmeet/agent"
	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/trial"
	"unmeet/store"
)

// tried is a trial of Ann's that has begun, and the mails of it.
type tried struct {
	*office
	trialist *agent.Trialist
	letters  map[mail.Kind]mail.Letter // the last of each kind
	page     string                    // behind the link by which it began
	began    time.Time
}

// Write notes a letter, and writes it.
func (tr *tried) Write(l mail.Letter, id, person string, now, next, deadline time.Time) (store.NewMail, error) {
	tr.letters[l.Kind] = l
	return tr.desk.Mail.Write(l, id, person, now, next, deadline)
}

// try has Ann begin a trial of two weeks, tomorrow.
func (o *office) try(title, organizer string) *tried {
	o.t.Helper()
	tr := &tried{office: o, letters: map[mail.Kind]mail.Letter{}, began: o.Now().Truncate(time.Hour).AddDate(0, 0, 1)}
	tr.trialist = agent.NewTrialist(agent.Trialist{DB: o.db, Writer: tr, PublicURL: o.public, Holds: click.DefaultHolds, Clock: o, Log: o.logger()})
	s := weekly(click.KindTrial, title)
	s.UID, s.Organizer.Address, s.Occurrences = title, organizer, nil
	for week := range 2 {
		start := tr.began.AddDate(0, 0, 7*week)
		s.Occurrences = append(s.Occurrences, suggest.Time{Instance: "week", Start: start, End: start.Add(25 * time.Minute)})
	}
	s.Start, s.End = s.Occurrences[0].Start, s.Occurrences[0].End
	tr.page = o.ask(ann, s).path(click.Trial)
	o.browser().known(ann).post(tr.page, "do", "trial")
	tr.until(-time.Hour)
	return tr
}

// until lets time pass up to t after the first meeting, and does what is due.
func (tr *tried) until(after time.Duration) {
	tr.t.Helper()
	for end := tr.began.Add(after); ; {
		tr.enter() // which is not possible: her calendar is not connected
		if _, err := tr.trialist.Pass(tr.t.Context()); err != nil {
			tr.t.Fatal(err)
		}
		next, err := tr.db.NextTrial(tr.t.Context())
		if err != nil {
			tr.t.Fatal(err)
		}
		if next.IsZero() || next.After(end) {
			next = end
		}
		if !tr.Now().Before(next) {
			return
		}
		tr.pass(next.Sub(tr.Now()))
	}
}

// to is where a link of a letter leads, without the host.
func (tr *tried) to(k mail.Kind, link func(mail.TrialLinks) string) string {
	tr.t.Helper()
	u, err := url.Parse(link(tr.letters[k].Trial.Links))
	if err != nil || u.Path == "" {
		tr.t.Fatalf("no such link in %s: %v", k, err)
	}
	return u.Path
}

func sent(l mail.TrialLinks) string    { return l.Sent }
func meet(l mail.TrialLinks) string    { return l.Meet }
func restore(l mail.TrialLinks) string { return l.Restore }
func convert(l mail.TrialLinks) string { return l.Convert }

// TestTrialPages goes through a trial by its pages: each says what it does before, and
// what it did after; getting it changes nothing.
func TestTrialPages(t *testing.T) {
	o := newOffice(t, public)
	tr := o.try("Ops weekly", ann)
	b := o.browser().known(ann)
	b.open(tr.page).sees(http.StatusOK, "Noted: you try Ops weekly in writing", "Mail to your guests", `href="mailto:?subject=Ops%20weekly`, "Open in my mail")
	tr.until(2*time.Hour + time.Minute)
	update := tr.to(mail.TrialQuestion, sent)
	before := tr.state()
	for _, path := range []string{update, tr.to(mail.TrialQuestion, meet), tr.to(mail.TrialQuestion, restore), tr.to(mail.TrialDraft, sent)} {
		for range 2 {
			b.open(path)
			o.browser().open(path)
		}
	}
	if after := tr.state(); after != before {
		t.Fatalf("looking changed it: %s, then %s", before, after)
	}
	b.open(update).sees(http.StatusOK, "Did the update for Tue 24 Nov go out?", "the one on Tue 1 Dec goes back into your calendar")
	b.press(update, "sent").sees(http.StatusOK, "Noted: the update for Tue 24 Nov was sent", "It stands from")
	b.press(update, "undo").sees(http.StatusOK, "Did the update for Tue 24 Nov go out?")
	b.press(update, "meet").sees(http.StatusOK, "Noted: you meet next time")
	b.post(update, "do", "meet").sees(http.StatusOK, "Noted: you meet next time")
	b.press(update, "sent")
	tr.until(3 * time.Hour)
	b.open(update).sees(http.StatusOK, "Noted: the update for Tue 24 Nov was sent", "nobody met")
	b.post(update, "do", "convert").sees(http.StatusOK, "Noted: the update for Tue 24 Nov was sent", "That is not possible any more")
	b.post(update, "do", "nonsense").sees(http.StatusOK, "Noted: the update for Tue 24 Nov was sent", "That is not possible any more")
	back := tr.to(mail.TrialQuestion, restore)
	b.open(update+"?choose=restore").sees(http.StatusOK, "Meet again for Ops weekly?", "Tue 1 Dec")
	b.press(back, "restore").sees(http.StatusOK, "Noted: you meet again for Ops weekly", "held until")
	b.open(update).sees(http.StatusOK, "Noted: you meet again for Ops weekly")
	tr.until(4 * time.Hour)
	b.open(update).sees(http.StatusGone, "This trial is over", "You meet as before.")
	b.open(back+"?choose=convert").sees(http.StatusGone, "This trial is over")
}

// state is how far the trial has come, as the database has it.
func (tr *tried) state() string {
	tr.t.Helper()
	known, err := tr.db.TrialOf(tr.t.Context(), 1)
	if err != nil {
		tr.t.Fatal(err)
	}
	return string(known.Machine)
}

// trialScenes has what the pages of trials look like at one time after the other.
func (o *office) trialScenes(look func(scene)) {
	tr := o.try("Wochenrunde", "ana@acme.example")
	b := o.browser().known(ann)
	look(scene{"trial-begun", tr.page})
	tr.until(3 * time.Hour)
	look(scene{"trial-question", tr.to(mail.TrialQuestion, sent)})
	look(scene{"trial-bring-back", tr.to(mail.TrialQuestion, sent) + "?choose=restore"})
	b.post(tr.to(mail.TrialQuestion, sent), "do", "meet")
	look(scene{"trial-meet", tr.to(mail.TrialQuestion, meet)})
	tr.until(14 * 24 * time.Hour)
	look(scene{"trial-ended", tr.to(mail.TrialEnded, convert)})
	b.post(tr.to(mail.TrialEnded, convert), "do", string(trial.Convert))
	look(scene{"trial-converted", strings.Split(tr.to(mail.TrialEnded, convert), "?")[0]})
}
