package trial

import "time"

// Answer is what somebody said and does not stand yet, or that what they said came
// to nothing. The zero Answer is none.
type Answer struct {
	Verb     Verb      `json:"verb,omitempty"` // "" while answers cancel each other
	Known    bool      `json:"known,omitempty"`
	At       time.Time `json:"at,omitzero"`     // when the last was given
	CommitAt time.Time `json:"commit,omitzero"` // from then on it stands; zero without Verb
}

// Within is how close different answers of unknown browsers cancel each other.
const Within = time.Minute

// Press is what becomes of an answer by another one at now that is to be held. Two
// different ones of unknown browsers within [Within] cancel each other, and so does
// every further one until it was quiet for so long; and none changes what a known
// browser has said just before.
func Press(a Answer, v Verb, known bool, now time.Time, hold time.Duration) Answer {
	lately := !a.At.IsZero() && now.Sub(a.At) < Within
	switch {
	case known && a.Verb == v && a.Known, !known && a.Verb == v && v != "":
		return a
	case !known && a.Known && lately:
		return a
	case !known && lately:
		return Answer{At: now}
	}
	return Answer{Verb: v, Known: known, At: now, CommitAt: now.Add(hold)}
}

// Void reports whether answers have cancelled each other so lately that further
// ones of unknown browsers would, too.
func (a Answer) Void(now time.Time) bool {
	return a.Verb == "" && !a.At.IsZero() && now.Sub(a.At) < Within
}

// pending reports whether a is held.
func (a Answer) pending() bool { return a.Verb != "" }

// due reports whether the hold of a is over.
func (a Answer) due(now time.Time) bool { return a.pending() && !now.Before(a.CommitAt) }
