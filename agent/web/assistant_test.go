package web

import (
	"slices"
	"testing"

	"unmeet/agent/click"
)

// TestPagesOfAssistants: a page says when it answers for somebody else, and to the
// person when somebody did; only the person can have it begin again.
func TestPagesOfAssistants(t *testing.T) {
	for _, language := range []string{"en", "de"} {
		p := newSpeaker(language, About{})
		for name, c := range map[string]struct {
			r    Reader
			key  string
			does string
		}{
			"the person, before":    {Reader{Person: "bob@acme.example", Assistant: "kim@acme.example"}, "alone.ask", "leave"},
			"the person, after":     {Reader{Person: "bob@acme.example", Assistant: "kim@acme.example", Alone: true}, "alone.done", "return"},
			"the assistant, before": {Reader{Person: "bob@acme.example", Assistant: "kim@acme.example", Acting: true}, "alone.ask", "leave"},
			"the assistant, after":  {Reader{Person: "bob@acme.example", Assistant: "kim@acme.example", Alone: true, Acting: true}, "alone.done", ""},
		} {
			c.r.Language = language
			v := leaving(c.r, looking{Path: "/u/x"}, About{})
			does := ""
			if len(v.Buttons) > 0 {
				does = v.Buttons[0].Do
			}
			if v.Title != p.own.Say(c.key) || does != c.does {
				t.Errorf("%s: %q with %q", name, v.Title, does)
			}
		}
		slip := Slip{Person: "bob@acme.example", Language: language, Suggestion: click.Suggestion{Kind: click.KindDecline, State: click.Pending, Choice: click.Decline, Scope: click.This},
			Effect: Effect{Way: ByConsent}, Link: click.Choice{Verb: click.Decline, Scope: click.This}}
		for _, who := range []string{"", "kim@acme.example"} {
			slip.Acting, slip.Answerer = who, ""
			v := draw(slip, looking{Path: "/a/x", Service: "Google"}, About{})
			if asked := v.Todo != nil && v.Todo.Allow != nil; asked != (who == "") {
				t.Errorf("%s: consent asked of %q: %t", language, who, asked)
			}
			if acting := v.Foot.Person != p.own.Say("foot.person", "person", masked(slip.Person)); acting != (who != "") {
				t.Errorf("%s: %q reads %q", language, who, v.Foot.Person)
			}
			slip.Acting, slip.Answerer = "", who
			v = draw(slip, looking{Path: "/a/x", Service: "Google"}, About{})
			if said := slices.Contains(v.Notices, p.own.Say("answered", "assistant", masked(who))); said != (who != "") {
				t.Errorf("%s: answered by %q: %q", language, who, v.Notices)
			}
		}
	}
}
