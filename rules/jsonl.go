package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ReadSubject reads a line as `unmeet classify` takes it: a JSON object with
// id, title, description, minutes, recurrence and attendees (a number or a
// list of names, addresses or {"name", "email"}), all but title optional, null
// or "" where unknown; other keys are passed over. A title may be empty, but not
// left out: a line without one is probably no meeting. The id comes back as the
// line has it (a JSON value), nil if it has none.
func ReadSubject(line []byte) (id json.RawMessage, s Subject, err error) {
	var in struct {
		ID          json.RawMessage `json:"id"`
		Title       *string         `json:"title"`
		Description *string         `json:"description"`
		Minutes     json.RawMessage `json:"minutes"`
		Recurrence  *string         `json:"recurrence"`
		Attendees   json.RawMessage `json:"attendees"`
	}
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, Subject{}, notMeeting(err)
	}
	if in.Title == nil {
		return in.ID, Subject{}, errors.New("title is missing")
	}
	s = Subject{External: -1, Acceptance: -1}
	for _, text := range []struct {
		to   *string
		from *string
	}{{&s.Title, in.Title}, {&s.Body, in.Description}, {&s.Recurrence, in.Recurrence}} {
		if text.from != nil {
			*text.to = *text.from
		}
	}
	if !blank(in.Minutes) {
		if s.Minutes, err = count(in.Minutes); err != nil {
			return in.ID, s, fmt.Errorf("minutes: not %w", err)
		}
	}
	if err := s.readAttendees(in.Attendees); err != nil {
		return in.ID, s, err
	}
	return in.ID, s, nil
}

// notMeeting says in words of the line what JSON says in those of Go.
func notMeeting(err error) error {
	var mistyped *json.UnmarshalTypeError
	switch {
	case !errors.As(err, &mistyped):
		return fmt.Errorf("not JSON: %w", err)
	case mistyped.Field == "":
		return errors.New("not a JSON object")
	}
	return fmt.Errorf("%s: not text in quotes", mistyped.Field) // the only type that is asked for
}

// readAttendees takes a number, a list, or nothing.
func (s *Subject) readAttendees(raw json.RawMessage) error {
	if blank(raw) {
		return nil
	}
	var people []any
	if json.Unmarshal(raw, &people) != nil {
		var err error
		if s.People, err = count(raw); err != nil {
			return fmt.Errorf("attendees: neither a list nor %w", err)
		}
		return nil
	}
	for _, person := range people {
		name := ""
		switch p := person.(type) {
		case string:
			name = p
		case map[string]any:
			name, _ = p["name"].(string)
			if name == "" {
				name, _ = p["email"].(string)
			}
		}
		if name = strings.TrimSpace(name); name != "" {
			s.Names = append(s.Names, nameOf(name))
		}
	}
	s.People = len(people)
	return nil
}

// blank reports whether a line leaves a value out.
func blank(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null" || string(raw) == `""`
}

// count reads a number of minutes or people, in quotes or not.
func count(raw json.RawMessage) (int, error) {
	number, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil || math.IsNaN(number) || number < 0 {
		return 0, fmt.Errorf("a number from 0 on: %.40s", raw)
	}
	return int(math.Round(min(number, 1e6))), nil
}

// nameOf makes a name of an address: "anna.berg@acme.example" is "anna berg".
func nameOf(who string) string {
	local, _, found := strings.Cut(who, "@")
	if !found {
		return who
	}
	return strings.Join(strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '_' || r == '-' }), " ")
}

// MarshalJSON writes a verdict as `unmeet classify` prints it, without an id.
func (v Verdict) MarshalJSON() ([]byte, error) { return AppendVerdict(nil, nil, v) }

// AppendVerdict appends a verdict as a JSON object on one line, with the id of
// the subject first unless it is nil:
//
//	{"id","category","probabilities":{…seven…},"tasks":[…],"guards":[…],"suggest",
//	 "evidence":[{"rule","weight","why","phrase"}]}
func AppendVerdict(to []byte, id json.RawMessage, v Verdict) ([]byte, error) {
	probabilities := make(orderedNumbers, Categories)
	for c := range probabilities {
		probabilities[c] = v.Probabilities[c]
	}
	out := struct {
		ID            json.RawMessage `json:"id,omitempty"`
		Category      Category        `json:"category"`
		Probabilities orderedNumbers  `json:"probabilities"`
		Tasks         []Category      `json:"tasks"`
		Guards        []string        `json:"guards"`
		Suggest       bool            `json:"suggest"`
		Evidence      []Evidence      `json:"evidence"`
	}{id, v.Category, probabilities, v.Tasks, v.Guards, v.Suggest(), v.Evidence}
	if out.Tasks == nil {
		out.Tasks = []Category{}
	}
	if out.Guards == nil {
		out.Guards = []string{}
	}
	if out.Evidence == nil {
		out.Evidence = []Evidence{}
	}
	data, err := json.Marshal(out)
	if err != nil {
		return to, fmt.Errorf("encode verdict: %w", err)
	}
	return append(to, data...), nil
}

// orderedNumbers are probabilities by category, easiest first.
type orderedNumbers []float64

// MarshalJSON writes {"informing":0.91,…}.
func (o orderedNumbers) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for c, p := range o {
		if c > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, "%q:%.6f", Category(c), p)
	}
	return append(b, '}'), nil
}
