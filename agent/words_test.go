package agent

import (
	"context"
	"slices"
	"testing"
	"time"

	"unmeet/agent/verdict"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
)

// told returns the only subject there is and its verdict.
func (b *bench) told(e *rules.Engine) (store.Subject, rules.Verdict) {
	b.Helper()
	var all []store.Subject
	for s, err := range b.DB.Subjects(b.Context(), nil, "") {
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, s)
	}
	if len(all) != 1 {
		b.Fatalf("%d subjects", len(all))
	}
	verdicts, err := b.DB.Verdicts(b.Context(), e.Hash())
	if err != nil {
		b.Fatal(err)
	}
	v, err := verdict.Decode(verdicts[all[0].Hash].Verdict)
	if err != nil {
		b.Fatal(err)
	}
	return all[0], v
}

func (b *bench) once() {
	b.Helper()
	all, err := b.DB.Connections(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	sum, err := b.Pass(b.Context(), all, nil)
	if err != nil || len(sum.Failed) > 0 {
		b.Fatal(sum, err)
	}
}

// guarded judges by phrases, and guards what many decline.
func guarded(t *testing.T, weight string) *rules.Engine {
	t.Helper()
	e, err := rules.Load(rules.File{Name: "test.toml", Data: []byte(`
[[rule]]
name     = "status"
category = "informing"
weight   = ` + weight + `
phrases  = ["status"]
why      = "a status can be read"

[[rule]]
name     = "news"
category = "informing"
weight   = ` + weight + `
phrases  = ["news of the week"]
why      = "news can be read"

[[rule]]
name     = "declined"
guard    = "unwanted"
weight   = 1
why      = "many decline it as it is"
when     = { acceptance_max = 0.6 }
`)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// What words said stays once they were let go, while guards follow the structure.
func TestVerdictsKeepWhatWordsSaid(t *testing.T) {
	b := newBench(t, 2)
	defer b.DB.Close()
	e := guarded(t, "2")
	plan := Plan{Past: 90, Future: 60, Every: time.Hour, Workers: 1}
	b.Set(plan, e)
	organizers := status("s", "For everybody in the team, who need not prepare anything at all but bring their coffee: "+
		"the news of the week, then the status, the status, and once more the status. Dial-in 1234, code 5678.")
	guests := organizers
	guests.Private = true
	b.pull = func(_ context.Context, owner, _ string) (calendars.Delta, error) {
		if owner == "p0@kite.example" {
			return calendars.Delta{Copies: []calendars.Copy{organizers}}, nil
		}
		return calendars.Delta{Copies: []calendars.Copy{guests}}, nil
	}
	b.once()
	first, heard := b.told(e)
	if first.Whole || first.Body != "news of the week\nstatus" {
		t.Errorf("left of the words: %q", first.Body)
	}
	if heard.Category != rules.Informing || len(heard.Guards) != 0 || len(heard.Evidence) != 2 {
		t.Fatalf("heard %+v", heard)
	}
	if alone := e.Judge(Subject(e, first)); alone.Probabilities == heard.Probabilities {
		t.Fatal("the phrases alone say as much as all words did: the test proves nothing")
	}

	// A guest declines, in a calendar that has no words.
	guests.People = slices.Clone(guests.People)
	guests.People[1].Response = calendars.Declined
	b.once()
	second, after := b.told(e)
	if second.Hash == first.Hash || second.Whole || second.Declined != 1 {
		t.Errorf("declined: %+v", second)
	}
	if after.Category != heard.Category || after.Probabilities != heard.Probabilities || after.Sure != heard.Sure {
		t.Errorf("what the words said has become %+v, was %+v", after, heard)
	}
	if !slices.Equal(after.Guards, []string{"unwanted"}) || len(after.Evidence) != 3 || after.Evidence[0].Rule != "declined" {
		t.Errorf("guards %q by %+v", after.Guards, after.Evidence)
	}

	// Other rules have nothing but the phrases to go by.
	other := guarded(t, "3")
	b.Set(plan, other)
	if err := b.Resume(b.Context()); err != nil {
		t.Fatal(err)
	}
	last, again := b.told(other)
	if want := other.Judge(Subject(other, last)); again.Probabilities != want.Probabilities || again.Category != rules.Informing {
		t.Errorf("by other rules %+v, want %+v", again, want)
	}

	// Whoever wants to keep descriptions does.
	plan.KeepWords = true
	b.Set(plan, other)
	organizers.Body = "All new words: a status"
	b.once()
	if s, _ := b.told(other); !s.Whole || s.Body != organizers.Body {
		t.Errorf("kept %q", s.Body)
	}
}

// A meeting that another sync changed while this one judged it keeps its words
// until the other has heard them: nothing is made of what was let go unheard.
func TestWordsStayUntilHeard(t *testing.T) {
	b := newBench(t, 1)
	defer b.DB.Close()
	e := guarded(t, "2")
	c, err := b.DB.Take(b.Context(), b.of("p0@kite.example").ID, time.Now(), "me", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	apply := func(copy calendars.Copy) []int64 {
		t.Helper()
		touched, err := b.DB.Apply(b.Context(), c.Collections[0].ID, calendars.Delta{Copies: []calendars.Copy{copy}})
		if err != nil {
			t.Fatal(err)
		}
		return touched.Meetings
	}
	meeting := status("s", "the status of the week")
	meetings := apply(meeting)
	if _, err := Judge(b.Context(), b.DB, e, meetings); err != nil {
		t.Fatal(err)
	}
	meeting.End = meeting.End.Add(time.Hour) // the other sync
	apply(meeting)
	if err := forget(b.Context(), b.DB, e, meetings); err != nil {
		t.Fatal(err)
	}
	if s, _ := b.left(); !s.Whole || s.Body != meeting.Body {
		t.Errorf("let go unheard: %q", s.Body)
	}
	if _, err := Judge(b.Context(), b.DB, e, meetings); err != nil {
		t.Fatal(err)
	}
	if err := forget(b.Context(), b.DB, e, meetings); err != nil {
		t.Fatal(err)
	}
	if s, worded := b.left(); s.Whole || s.Body != "status" || len(worded) != 0 {
		t.Errorf("kept: %q", s.Body)
	}
}

// left returns the only subject, and the meetings that have words.
func (b *bench) left() (s store.Subject, worded []int64) {
	b.Helper()
	for s, err := range b.DB.Subjects(b.Context(), nil, "") {
		if err != nil {
			b.Fatal(err)
		}
		worded, err := b.DB.Worded(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		return s, worded
	}
	b.Fatal("no subject")
	return s, nil
}

// What an earlier sync committed and did not judge, as it was cut off or the disk
// was full, the next one of the calendar judges, though nothing changed in it.
func TestWhatWasLeftIsJudgedBySync(t *testing.T) {
	for _, keep := range []bool{false, true} {
		b := newBench(t, 1)
		e := guarded(t, "2")
		b.Set(Plan{Past: 90, Future: 60, Every: time.Hour, Workers: 1, KeepWords: keep}, e)
		c, err := b.DB.Take(b.Context(), b.of("p0@kite.example").ID, time.Now(), "me", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.DB.Apply(b.Context(), c.Collections[0].ID, calendars.Delta{Copies: []calendars.Copy{status("s", "the status")}}); err != nil {
			t.Fatal(err)
		}
		if err := b.DB.Release(b.Context(), c.Lease); err != nil {
			t.Fatal(err)
		}
		b.once()
		s, v := b.told(e)
		if v.Category != rules.Informing || s.Whole != keep {
			t.Errorf("judged %+v; words %q, kept whole: %t, want %t", v, s.Body, s.Whole, keep)
		}
		all, err := b.DB.Connections(b.Context())
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := b.Pass(b.Context(), all, nil); err != nil || sum.Judged != 0 {
			t.Errorf("judged again: %+v, %v", sum, err)
		}
		if err := b.DB.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A process that died between judging and forgetting leaves words; the next one
// lets them go before anything else.
func TestResume(t *testing.T) {
	b := newBench(t, 1)
	defer b.DB.Close()
	e := guarded(t, "2")
	b.Set(Plan{Past: 90, Future: 60, Every: time.Hour, Workers: 1}, e)
	c, err := b.DB.Take(b.Context(), b.of("p0@kite.example").ID, time.Now(), "dead", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.DB.Apply(b.Context(), c.Collections[0].ID, calendars.Delta{Copies: []calendars.Copy{status("s", "the status")}}); err != nil {
		t.Fatal(err)
	}
	if err := b.Resume(b.Context()); err != nil {
		t.Fatal(err)
	}
	if s, v := b.told(e); s.Whole || s.Body != "status" || v.Category != rules.Informing {
		t.Errorf("left %q, judged %+v", s.Body, v)
	}
}
