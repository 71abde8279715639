package mail

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"unmeet/agent/suggest"
)

// TestIncompleteTrialLetters holds what is no letter about a trial.
func TestIncompleteTrialLetters(t *testing.T) {
	for name, c := range map[string]struct {
		kind   Kind
		change func(*Letter)
	}{
		"no meeting":              {TrialDraft, func(l *Letter) { l.Items = nil }},
		"no way to stop":          {TrialGuests, func(l *Letter) { l.Unsubscribe = "" }},
		"a draft without a text":  {TrialDraft, func(l *Letter) { l.Trial.Draft = Draft{} }},
		"no way to say sent":      {TrialDraft, func(l *Letter) { l.Trial.Links.Sent = "" }},
		"no way to say meet":      {TrialQuestion, func(l *Letter) { l.Trial.Links.Meet = "" }},
		"nothing to bring back":   {TrialMisses, func(l *Letter) { l.Trial.Ahead = nil }},
		"a guest who cannot say":  {TrialGuests, func(l *Letter) { l.Trial.Links.Bit = "" }},
		"an end without an end":   {TrialEnded, func(l *Letter) { l.Trial.Links.Restore = "" }},
		"an end of nothing":       {TrialEnded, func(l *Letter) { l.Trial.Times = 0 }},
		"no time":                 {TrialQuestion, func(l *Letter) { l.Trial.Start = time.Time{} }},
		"a link that is none":     {TrialQuestion, func(l *Letter) { l.Trial.Links.Restore = "mailto:ann@acme.example" }},
		"a draft as an answering": {TrialEnded, func(l *Letter) { l.Trial.Links.Convert = "javascript:alert(1)" }},
	} {
		l := trialLetter("en", c.kind)
		c.change(&l)
		if _, err := Compose(l, id, now); !errors.Is(err, ErrLetter) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTrialLettersAreTrue holds what mails of a trial say where less is known.
func TestTrialLettersAreTrue(t *testing.T) {
	words := func(kind Kind, change func(*Letter)) string {
		l := trialLetter("en", kind)
		change(&l)
		r, err := Render(l)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(r.Subject+"\n"+r.Text), " ")
	}
	for name, c := range map[string]struct {
		kind   Kind
		change func(*Letter)
		want   string
		not    string
	}{
		"sums":             {TrialEnded, func(l *Letter) {}, "Of your guests 4 do not miss it", "Fewer than five"},
		"too few answers":  {TrialEnded, func(l *Letter) { l.Trial.Sums = nil }, "Fewer than five of your guests answered", "do not miss it"},
		"nobody was asked": {TrialEnded, func(l *Letter) { l.Trial.Sums, l.Trial.Asked = nil, false }, "2 updates went out", "Fewer than five"},
		"one update":       {TrialEnded, func(l *Letter) { l.Trial.Sent = 1 }, "1 update went out", "1 updates"},
		"once":             {TrialGuests, func(l *Letter) { l.Trial.Times = 1 }, "Once without Roadmap check-in", "1 times"},
		"brought back":     {TrialQuestion, func(l *Letter) {}, "the one on Thu 10 Dec goes back into the calendar", "takes place as always"},
		"the last":         {TrialQuestion, func(l *Letter) { l.Trial.Brings = false }, "on Thu 10 Dec it takes place as always", "goes back"},
		"the very last":    {TrialQuestion, func(l *Letter) { l.Trial.Brings, l.Trial.Next = false, time.Time{} }, "Only if it went out does that count", "about it next time"},
		"too short to cut": {TrialEnded, func(l *Letter) { l.Trial.Links.Shorten = "" }, "Keep it in writing", "Meet for"},
		"no agenda": {TrialDraft, func(l *Letter) {
			l.Trial.Draft = ProposeUpdate("en", l.Items[0].Snapshot, Update{Start: now, ReplyBy: now})
		}, "> What comes next", "Hiring"},
		"an agenda": {TrialDraft, func(l *Letter) {}, "> Hiring & moves", "What comes next"},
	} {
		got := words(c.kind, c.change)
		if !strings.Contains(got, c.want) || strings.Contains(got, c.not) {
			t.Errorf("%s: %s\nlacks %q, or has %q", name, got, c.want, c.not)
		}
	}
}

// TestCompose holds that a link opens the very draft, and fits into mail programs.
func TestCompose(t *testing.T) {
	d := Draft{To: []string{"ana@acme.example", "o'b+x@acme.example", "not sendable"}, Subject: "A & B: 100 % “äöü”?", Body: "Hello,\n\nplus + is no blank\n"}
	u, err := url.Parse(d.Link())
	if err != nil || u.Scheme != "mailto" || u.Opaque != "ana@acme.example,o%27b+x@acme.example" {
		t.Fatalf("%s leads to %q, %v", d.Link(), u.Opaque, err)
	}
	if strings.Contains(u.RawQuery, "+") {
		t.Errorf("a blank is a plus in %s", u.RawQuery)
	}
	if q := u.Query(); q.Get("subject") != d.Subject || q.Get("body") != "Hello,\r\n\r\nplus + is no blank\r\n" {
		t.Errorf("it says %q", q)
	}
	for range 100 {
		d.To = append(d.To, "somebody@acme.example")
		d.Body += "Ein Übermaß an Wörtern, das niemand lesen möchte.\n"
	}
	if link := d.Link(); len(link) > longestCompose || strings.Contains(link, "@") || !strings.Contains(link, "Hello") || !composable(link) {
		t.Errorf("a long one is %d bytes: %s", len(link), link)
	}
	if (Draft{}).Link() != "" {
		t.Error("no draft has a link")
	}
}

// TestProposals holds what organizers are proposed to tell.
func TestProposals(t *testing.T) {
	trial := own(suggest.Trial)
	trial.ReplyWithin = 48 * time.Hour
	for name, c := range map[string]struct {
		of   suggest.Snapshot
		want []string
	}{
		"a trial": {trial, []string{"Roadmap check-in in writing. The next 3 do not take place:\n\n- Thu 26 Nov, 14:00\n- Thu 3 Dec, 14:00\n- Thu 10 Dec, 14:00\n", "within 2 working days", "a shared document", "Reply “meet”"}},
		"a split": {own(suggest.Split), []string{"from Thu 26 Nov on, Roadmap check-in takes 20 min instead of 45 min", "what we have to decide"}},
		"shorter": {own(suggest.Shorten), []string{"takes 30 min instead of 45 min", "I send you before it"}},
	} {
		d := Propose("en", c.of, nil)
		for _, want := range c.want {
			if !strings.Contains(d.Body, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, d.Body)
			}
		}
		if strings.Contains(strings.ToLower(d.Subject+d.Body), "unmeet") {
			t.Errorf("%s names a product: %s", name, d.Body)
		}
	}
	if d := Propose("en", tuesday(), nil); d.Subject != "" || d.Body != "" {
		t.Errorf("to a decline is proposed %+v", d)
	}
}
