package agent

import (
	"context"
	"fmt"
	"strings"

	"unmeet/agent/verdict"
	"unmeet/rules"
	"unmeet/store"
)

// batch is how many verdicts are saved in one transaction.
const batch = 500

// Judge lets engine judge the given meetings, or all if meetings is nil, and
// saves its verdicts. What has a verdict under the same rules is left out. It
// returns how many subjects it judged; after an error, those saved so far.
func Judge(ctx context.Context, db *store.DB, engine *rules.Engine, meetings []int64) (judged int, err error) {
	var pending []store.Verdict
	save := func() error {
		if err := db.SaveVerdicts(ctx, pending); err != nil {
			return err
		}
		judged += len(pending)
		pending = pending[:0]
		return nil
	}
	for s, err := range db.Subjects(ctx, meetings, engine.Hash()) {
		if err != nil {
			return judged, err
		}
		v := engine.Judge(Subject(engine, s))
		if !s.Whole {
			if v, err = heardBefore(ctx, db, engine, s, v); err != nil {
				return judged, err
			}
		}
		text, err := verdict.Encode(v)
		if err != nil {
			return judged, fmt.Errorf("meeting %d: %w", s.Meeting, err)
		}
		pending = append(pending, store.Verdict{
			SubjectHash: s.Hash, RulesHash: engine.Hash(), Category: v.Category.String(), Verdict: text, Words: s.Words(),
		})
		if len(pending) == batch {
			if err := save(); err != nil {
				return judged, err
			}
		}
	}
	return judged, save()
}

// Subject says to the rules what the store knows, and whose meeting it is by the groups
// that engine knows. A private meeting has no words to say.
func Subject(engine *rules.Engine, s store.Subject) rules.Subject {
	r := rules.Subject{
		Title: s.Title, Body: s.Body, Minutes: s.Minutes, Recurrence: s.Rule, People: s.Heads,
		External: -1, Acceptance: -1, Private: s.Private, PeopleHidden: !s.HeadsKnown,
	}
	if s.Heads > 0 {
		r.External = float64(s.External) / float64(s.Heads)
		r.Optional = float64(s.Optional) / float64(s.Heads)
	}
	if answered := s.Accepted + s.Declined; answered > 0 {
		r.Acceptance = float64(s.Accepted) / float64(answered)
	}
	people := make([]string, 0, len(s.People))
	for _, guest := range s.People {
		people = append(people, guest.Address)
		if guest.Organizer {
			r.Organizer = guest.Address
		}
		r.Names = append(r.Names, name(guest))
	}
	r.Groups = engine.GroupsOf(r.Organizer, people)
	return r
}

// name is what people call a guest: their name, else what their address says of
// it, "anna berg" for anna.berg@acme.example.
func name(g store.Guest) string {
	if g.Name != "" {
		return g.Name
	}
	local, _, _ := strings.Cut(g.Address, "@")
	return strings.Join(strings.FieldsFunc(local, func(r rune) bool { return strings.ContainsRune("._-+", r) }), " ")
}
