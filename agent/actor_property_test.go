package agent

import (
	"context"
	"flag"
	"testing"
	"time"

	"pgregory.net/rapid"

	"unmeet/agent/click"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/store"
)

// TestAnyWayOfAnAction answers, takes back, and lets time pass and calendars fail in any
// turns. In the end the calendar says what the person said last; in between, nothing was
// written that was so already. Where they answered by hand, that stands.
func TestAnyWayOfAnAction(t *testing.T) {
	o := newOffice(t)
	cookie := o.recognized(bobAcme)
	if raceDetector {
		few(t)
	}
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		start := asked.Add(time.Duration(n) * 30 * 24 * time.Hour)
		o.counter.pass(start.AddDate(0, 0, -20).Sub(o.Now()))
		o.paper.write(entry{Start: start, Status: calendars.Confirmed, Response: calendars.Accepted, Invited: true})
		first := len(o.lines())
		link := o.ask(bobAcme, click.KindDecline, start)[click.Decline]
		faults := rapid.SliceOfN(rapid.SampledFrom([]string{"", "reset before", "reset after", "reset after", "refused"}), 0, 8).Draw(r, "faults")
		defer func() { // a refusal would silence what the next one asks
			faults = nil
			o.presses(link, click.Undo, cookie)
			o.run()
		}()
		next := "" // fault of the write under way
		o.before = func() error {
			if next = ""; len(faults) > 0 {
				next, faults = faults[0], faults[1:]
			}
			switch next {
			case "reset before":
				return errReset
			case "refused":
				return &Trouble{Why: "429", Err: calendars.ErrRefused}
			}
			return nil
		}
		o.after = func() error {
			if next == "reset after" {
				return errReset
			}
			return nil
		}
		byHand, meddles := false, rapid.SampledFrom([]string{"wait", "wait", "by hand"}).Draw(r, "the last")
		o.presses(link, click.Decline, cookie)
		for range rapid.IntRange(1, 12).Draw(r, "turns") {
			switch rapid.SampledFrom([]string{"decline", "undo", "undo", "stray", "wait", "wait", "wait", "wait", meddles}).Draw(r, "turn") {
			case "decline":
				o.presses(link, click.Decline, cookie)
			case "undo":
				o.presses(link, click.Undo, cookie)
			case "stray":
				o.presses(link, rapid.SampledFrom([]click.Verb{click.Undo, click.Keep, click.Decline}).Draw(r, "button"), "")
			case "wait":
				o.counter.pass(rapid.SampledFrom([]time.Duration{time.Second, 2 * time.Minute, time.Hour}).Draw(r, "for"))
			case "by hand":
				byHand = true
				o.change(func(e *entry) { e.Response = calendars.Maybe })
			}
			o.run()
		}
		faults = nil
		for range 6 {
			o.counter.pass(time.Hour)
			o.run()
		}
		var last calendars.Response
		for i, e := range o.lines()[first-1:] {
			if i > 0 && e.Ours && e.Response == last {
				r.Fatalf("%s was written though it was so", e.Response)
			}
			last = e.Response
		}
		s := o.look(link).Suggestion
		want := calendars.Accepted
		if s.State == click.Accepted {
			want = calendars.Declined
		}
		if now, _ := o.now(); !byHand && now.Response != want {
			r.Fatalf("it is %s, and the calendar says %s", s.State, now.Response)
		}
		all, err := o.DB.ActionsIn(t.Context(), 10, store.ActionDue, store.ActionBegun, store.ActionWaiting)
		if err != nil || len(all) > 0 {
			r.Fatalf("left to be done: %v, %v", all, err)
		}
	})
}

// few has a property held in fewer cases.
func few(t *testing.T) {
	checks := flag.Lookup("rapid.checks").Value
	usual := checks.String()
	fatal(t, checks.Set("10"))
	t.Cleanup(func() { fatal(t, checks.Set(usual)) })
}

// presses presses a button of the page, if it is there.
func (o *office) presses(link string, verb click.Verb, cookie string) {
	o.Helper()
	_, _ = o.Answer(context.Background(), link, web.Answer{Choice: click.Choice{Verb: verb}, Cookie: cookie}) // it may not be offered
}
