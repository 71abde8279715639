package agent

import (
	"context"
	"slices"
	"strings"

	"unmeet/agent/suggest"
	"unmeet/agent/verdict"
	"unmeet/rules"
	"unmeet/store"
)

// heardBefore is the verdict on a subject whose description was let go: what its
// words were found to say when they were heard under the same rules, with the
// guards told anew, as they follow the structure. v is what the title and the
// phrases kept say by themselves; it stands where the words were never heard, or
// by other rules.
func heardBefore(ctx context.Context, db *store.DB, engine *rules.Engine, s store.Subject, v rules.Verdict) (rules.Verdict, error) {
	row, ok, err := db.Earlier(ctx, s, engine.Hash())
	if err != nil || !ok || row.RulesHash != engine.Hash() {
		return v, err
	}
	earlier, err := verdict.Decode(row.Verdict)
	if err != nil {
		return v, err
	}
	earlier.Guards = v.Guards
	evidence := slices.DeleteFunc(v.Evidence, func(e rules.Evidence) bool { return e.Weight != 0 }) // of guards
	for _, e := range earlier.Evidence {
		if e.Weight != 0 {
			evidence = append(evidence, e)
		}
	}
	earlier.Evidence = evidence
	return earlier, nil
}

// forget lets go of the descriptions of the given meetings, or of all if meetings
// is nil, but for the phrases that mattered. A meeting that somebody else changed
// since it was judged keeps its words until its new subjects have heard them.
func forget(ctx context.Context, db *store.DB, engine *rules.Engine, meetings []int64) error {
	if meetings == nil {
		var err error
		if meetings, err = db.Worded(ctx); err != nil || len(meetings) == 0 {
			return err
		}
	}
	unheard := map[int64]bool{}
	for s, err := range db.Subjects(ctx, meetings, engine.Hash()) {
		if err != nil {
			return err
		}
		unheard[s.Meeting] = true
	}
	meetings = slices.DeleteFunc(slices.Clone(meetings), func(id int64) bool { return unheard[id] })
	phrases := map[int64][]string{}
	for s, err := range db.Subjects(ctx, meetings, "") {
		if err != nil {
			return err
		}
		if s.Whole && s.Body != "" {
			phrases[s.BodyHash] = append(phrases[s.BodyHash], mattered(s, engine.Judge(Subject(engine, s)))...)
			phrases[s.BodyHash] = append(phrases[s.BodyHash], suggest.Presenters(s.Body, parties(s))...)
		}
	}
	var heard []store.Heard
	for hash, found := range phrases {
		slices.Sort(found)
		heard = append(heard, store.Heard{BodyHash: hash, Phrases: strings.Join(slices.Compact(found), "\n")})
	}
	return db.Forget(ctx, meetings, heard)
}

// parties are the people whom s shows, with the names that people call them.
func parties(s store.Subject) []suggest.Party {
	all := make([]suggest.Party, len(s.People))
	for i, g := range s.People {
		all[i] = suggest.Party{Address: g.Address, Name: name(g)}
	}
	return all
}

// mattered returns the phrases of a description that v rests on.
func mattered(s store.Subject, v rules.Verdict) []string {
	var found []string
	for _, e := range v.Evidence {
		if e.Phrase != "" && strings.Contains(s.Body, e.Phrase) && !strings.Contains(s.Title, e.Phrase) {
			found = append(found, e.Phrase)
		}
	}
	return found
}
