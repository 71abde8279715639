package rules

// Subject is what there is to judge: a meeting's words and structure as an
// invited person sees them. The zero value of each field means unknown, unless
// it says otherwise.
type Subject struct {
	Title        string
	Body         string   // the description
	Minutes      int      // length of one occurrence
	Recurrence   string   // an RRULE value ("FREQ=WEEKLY") or words ("every two weeks"); "" unknown or one-off
	People       int      // invited, organizer included; 0 unknown
	Names        []string // of the people invited, as far as known
	External     float64  // share of People outside the organization, 0 to 1; -1 unknown
	Optional     float64  // share of People invited as optional, 0 to 1
	Acceptance   float64  // accepted / (accepted + declined), 0 to 1; 0 or -1 unknown
	Private      bool     // marked private: kept without words
	PeopleHidden bool     // guests exist but cannot be counted: never one-to-one, never suggested
	Organizer    string   // address of who invites, for an organization's [never] list; "" unknown
	Groups       []string // of the organization whose meeting it is, for the same list; see [Engine.GroupsOf]
}

// Verdict is what the rules say of a subject.
type Verdict struct {
	Category      Category            // the most probable
	Probabilities [Categories]float64 // sum to 1
	Tasks         []Category          // found in the meeting, the main one first
	Guards        []string            // reasons never to suggest: names such as "one-to-one"
	Sure          bool                // Confidence reaches the rules' threshold, and words or structure speak for it
	Guarded       float64             // by its words, how probable a guard is that no rule raised; 0 to 1
	Evidence      []Evidence          // strongest first, the word list's last
}

// Suggest reports whether the meeting may be suggested at all: an informing or
// collaborating one, sure enough, with nothing that guards it.
func (v Verdict) Suggest() bool {
	return v.Category <= Collaborating && v.Sure && len(v.Guards) == 0
}

// Confidence is the probability that the verdict's use depends on: that the
// meeting is informing or collaborating and nothing guards it, where it looks
// like one of them (a suggestion is right either way), else that it is what it
// looks like.
func (v Verdict) Confidence() float64 {
	if v.Category <= Collaborating {
		return (v.Probabilities[Informing] + v.Probabilities[Collaborating]) * (1 - v.Guarded)
	}
	return v.Probabilities[v.Category]
}

// Evidence is one rule that spoke, and why.
type Evidence struct {
	Rule   string  `json:"rule"`   // its name in the file
	Weight float64 `json:"weight"` // what it added to its category's score; 0 for a guard
	Why    string  `json:"why"`    // the rule's sentence
	Phrase string  `json:"phrase"` // the words that matched; "" for structure
}
