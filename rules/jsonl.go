package rules

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ReadSubject reads a line as `unmeet classify` takes it: a JSON object with
// id, title, description, minutes, recurrence and attendees (a number or a
// list of names, addresses or {"name", "email"}), all but title optional, null
// or "" where unknown; other keys are passed over. The id comes back as the line
// has it (a JSON value), nil if it has none.
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
		return nil, Subject{}, fmt.Errorf("not a meeting as JSON: %w", err)
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

// count reads a number of minutes or people, in quotes or not; what is below 0
// counts as unknown.
func count(raw json.RawMessage) (int, error) {
	number, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil || math.IsNaN(number) {
		return 0, fmt.Errorf("a number: %.40s", raw)
	}
	return int(math.Round(min(max(number, 0), 1e6))), nil
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
