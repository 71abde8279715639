package rules_test

import (
	"slices"
	"testing"

	"unmeet/rules"
)

// TestMeetingsOfGroups: whose meeting it is, goes by its organizer, and by most of
// those invited; who is named in a group is in no other by domain.
func TestMeetingsOfGroups(t *testing.T) {
	e := load(t, "[never]\ngroups = [\"Council\"]\n")
	e.Groups(rules.Group{Name: "Council", Members: []string{"Ann@acme.example", "bo@acme.example"}},
		rules.Group{Name: "Office", Members: []string{"@acme.example"}})
	for _, c := range []struct {
		organizer string
		people    []string
		want      []string
		left      bool
	}{
		{"ann@acme.example", []string{"ann@acme.example", "eve@acme.example", "kim@acme.example"}, []string{"Council", "Office"}, true},
		{"eve@acme.example", []string{"eve@acme.example", "ANN@acme.example", "bo@acme.example"}, []string{"Office", "Council"}, true},
		{"eve@acme.example", []string{"eve@acme.example", "ann@acme.example"}, []string{"Office"}, false},
		{"eve@acme.example", []string{"eve@acme.example", "ann@acme.example", "kim@acme.example"}, []string{"Office"}, false},
		{"zoe@other.example", []string{"zoe@other.example", "yan@other.example", "ann@acme.example"}, nil, false},
		{"", nil, nil, false},
	} {
		got := e.GroupsOf(c.organizer, c.people)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s with %v: of %v, want %v", c.organizer, c.people, got, c.want)
		}
		v := e.Judge(rules.Subject{Title: "Weekly status", People: 5, Organizer: c.organizer, Groups: got})
		if slices.Contains(v.Guards, rules.GuardNever) != c.left {
			t.Errorf("%s with %v: guards %v", c.organizer, c.people, v.Guards)
		}
	}
}

// TestHashNamesWhoIsNeverAsked: verdicts are those of who was in the groups that are
// never asked, and do not change with others.
func TestHashNamesWhoIsNeverAsked(t *testing.T) {
	hash := func(text string, groups ...rules.Group) string {
		e := load(t, text)
		e.Groups(groups...)
		return e.Hash()
	}
	const council = "[never]\ngroups = [\"Council\"]\n"
	ann := rules.Group{Name: "Council", Members: []string{"ann@acme.example"}}
	both := rules.Group{Name: "Council", Members: []string{"Bo@acme.example", "ann@acme.example"}}
	whole := rules.Group{Name: "Council", Members: []string{"@acme.example"}}
	office := rules.Group{Name: "Office", Members: []string{"eve@acme.example"}}
	for name, c := range map[string]struct {
		a, b string
		same bool
	}{
		"another member":         {hash(council, ann), hash(council, both), false},
		"in another order":       {hash(council, both, office), hash(council, office, both), true},
		"another group":          {hash(council, ann), hash(council, ann, office), true},
		"less those named":       {hash(council, whole), hash(council, whole, office), false},
		"address or domain":      {hash(council, ann), hash(council, whole), false},
		"nobody is never asked":  {hash("", ann), hash("", both), true},
		"nobody, and no group":   {hash("", ann), hash(""), true},
		"somebody is, and isn't": {hash(council, ann), hash(council), false},
	} {
		if (c.a == c.b) != c.same {
			t.Errorf("%s: hashes %s and %s", name, c.a, c.b)
		}
	}
}
