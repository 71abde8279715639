package agent

import (
	"unmeet/agent/click"
	"unmeet/agent/suggest"
	"unmeet/calendars"
	"unmeet/store"
)

// actions are what is to be done in calendars about an answer that stands from now on.
func actions(c store.Case, accepted click.Suggestion) []store.NewAction {
	intents := organizing(c, accepted)
	if accepted.Choice == click.Decline {
		intents = []calendars.Intent{declining(c, accepted)}
	}
	all := make([]store.NewAction, len(intents))
	for i := range intents {
		all[i].Intent = intents[i]
	}
	return all
}

// declining is what an accepted decline comes to.
func declining(c store.Case, accepted click.Suggestion) calendars.Intent {
	i := about(c.Suggestion)
	i.Verb, i.Response = calendars.Respond, calendars.Declined
	i.Onward = accepted.Scope == click.Onward
	i.Was = c.Seen.Response
	suggested := ""
	if shot, err := suggest.DecodeSnapshot(c.Snapshot); err == nil && !i.Onward { // what is suggested is about one occurrence
		suggested = shot.Note
	}
	i.Note = noteOf(accepted.Note, suggested)
	return i
}

// about is the part of an intent that says which occurrence a suggestion is about.
func about(s store.Suggestion) calendars.Intent {
	return calendars.Intent{
		Owner: s.Person, Start: s.Starts,
		Ref: calendars.Ref{UID: s.UID, Organizer: s.Organizer, Instance: s.Instance},
	}
}
