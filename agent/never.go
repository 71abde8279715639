package agent

import (
	"context"
	"slices"
	"time"

	"unmeet/rules"
	"unmeet/store"
)

// WithdrawNever takes back what was asked, and answers still held, about meetings that
// the [never] list of the rules in force holds: it may have grown since. It returns how
// many that were.
func WithdrawNever(ctx context.Context, db *store.DB, engine *rules.Engine, now time.Time) (int, error) {
	open, err := db.OpenSuggestions(ctx)
	if err != nil {
		return 0, err
	}
	var listed []int64
	for _, s := range open {
		is, err := never(ctx, db, engine, s)
		if err != nil {
			return 0, err
		}
		if is {
			listed = append(listed, s.ID)
		}
	}
	if len(listed) == 0 {
		return 0, nil
	}
	return db.Withdraw(ctx, now, listed, "agent", "the organization lists the meeting under [never]")
}

// never reports whether the [never] list holds what a suggestion is about. Where that
// has changed since, any occurrence of its meeting speaks for it.
func never(ctx context.Context, db *store.DB, engine *rules.Engine, s store.Suggestion) (bool, error) {
	all, err := db.SubjectsOf(ctx, s.UID, s.Organizer)
	if err != nil {
		return false, err
	}
	if i := slices.IndexFunc(all, func(one store.Subject) bool { return one.Hash == s.SubjectHash }); i >= 0 {
		all = all[i : i+1]
	}
	for _, one := range all {
		if slices.Contains(engine.Judge(Subject(engine, one)).Guards, rules.GuardNever) {
			return true, nil
		}
	}
	return false, nil
}
