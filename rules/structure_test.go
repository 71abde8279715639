package rules_test

import (
	"slices"
	"strings"
	"testing"

	"unmeet/rules"
)

// want says what must come out: a category, "suggest", "leave" (not suggested),
// "guard X", "no guard X". Several are parted by commas.
type structural struct {
	why  string
	s    rules.Subject
	want string
}

const (
	weekly   = "FREQ=WEEKLY;BYDAY=MO"
	daily    = "FREQ=DAILY"
	monthly  = "FREQ=MONTHLY;BYDAY=1TU"
	biweekly = "FREQ=WEEKLY;INTERVAL=2"
)

var structurals = []structural{
	// People.
	{"a status among seven is what unmeet is for", rules.Subject{Title: "Weekly status", People: 7, Recurrence: weekly, Minutes: 30}, "informing, suggest"},
	{"two people are a one-to-one, whatever it is called", rules.Subject{Title: "Weekly status", People: 2, Recurrence: weekly}, "guard one-to-one, leave"},
	{"two people and a standup: still two people", rules.Subject{Title: "Standup", People: 2, Recurrence: daily, Minutes: 15}, "guard one-to-one, leave"},
	{"three people are no one-to-one", rules.Subject{Title: "Weekly status", People: 3, Recurrence: weekly}, "no guard one-to-one, suggest"},
	{"one person alone is no one-to-one", rules.Subject{Title: "Weekly status", People: 1}, "no guard one-to-one"},
	{"unknown headcount is never one-to-one", rules.Subject{Title: "Weekly status"}, "no guard one-to-one, suggest"},
	{"hidden guests: two listed may be twenty", rules.Subject{Title: "Weekly status", People: 2, PeopleHidden: true}, "no guard one-to-one, guard guests unknown, leave"},
	{"hidden guests are never suggested", rules.Subject{Title: "All hands", PeopleHidden: true}, "informing, guard guests unknown, leave"},
	{"two names listed count as two people", rules.Subject{Title: "Planning", Names: []string{"Anna Berg", "Tom Falk"}}, "guard one-to-one, leave"},
	{"three names listed are a team", rules.Subject{Title: "Sprint planning", Names: []string{"Anna Berg", "Tom Falk", "Li Wei"}}, "no guard one-to-one, suggest"},
	{"many people listen", rules.Subject{Title: "Quarterly update", People: 60}, "informing, suggest"},
	{"a working session of six", rules.Subject{Title: "Working session: data model", People: 6}, "collaborating, suggest"},
	{"a large round with no other sign leans to informing", rules.Subject{Title: "Sales meeting", People: 80, Recurrence: monthly}, "informing"},
	{"a small round with no other sign stays work", rules.Subject{Title: "Team meeting", People: 5, Recurrence: weekly}, "collaborating"},
	{"a steering committee of three decides as one of thirty", rules.Subject{Title: "Steering committee", People: 3}, "decision-making, guard decision, leave"},
	{"many people do not make a party a briefing", rules.Subject{Title: "Summer party", People: 120}, "connecting, guard social, leave"},

	// Names in titles.
	{"two first names with a slash", rules.Subject{Title: "Anna / Tom"}, "connecting, guard one-to-one, leave"},
	{"two first names with an ampersand", rules.Subject{Title: "Anna & Tom"}, "connecting, guard one-to-one"},
	{"two first names with arrows", rules.Subject{Title: "Anna <> Tom"}, "connecting, guard one-to-one"},
	{"two first names with a dash", rules.Subject{Title: "Anna - Tom"}, "connecting, guard one-to-one"},
	{"two first names with an x", rules.Subject{Title: "Anna x Tom"}, "connecting, guard one-to-one"},
	{"two first names with a plus", rules.Subject{Title: "Anna + Tom"}, "connecting, guard one-to-one"},
	{"two full names", rules.Subject{Title: "Anna Berg / Tom Falk"}, "connecting, guard one-to-one"},
	{"a name with an initial", rules.Subject{Title: "Anna B. / Tom"}, "connecting, guard one-to-one"},
	{"names and a filler", rules.Subject{Title: "Anna / Tom weekly sync"}, "connecting, guard one-to-one"},
	{"names and a length", rules.Subject{Title: "Anna <> Tom (30 min)"}, "connecting, guard one-to-one"},
	{"names after a prefix", rules.Subject{Title: "Fwd: Anna / Tom"}, "connecting, guard one-to-one"},
	{"names with accents", rules.Subject{Title: "José & Zoë"}, "connecting, guard one-to-one"},
	{"one name and a catch-up", rules.Subject{Title: "Catch up with Priya"}, "connecting, guard one-to-one"},
	{"one name alone", rules.Subject{Title: "Markus"}, "connecting, guard one-to-one"},
	{"a rare name is known from the guests", rules.Subject{Title: "Xochitl / Bram", Names: []string{"Xochitl Paz", "Bram Visser"}}, "connecting, guard one-to-one"},
	{"departments are no people", rules.Subject{Title: "Design / Engineering sync", People: 9}, "no guard one-to-one"},
	{"products are no people", rules.Subject{Title: "Kite & Falcon planning", People: 6}, "no guard one-to-one, collaborating"},
	{"a name among other words is no one-to-one", rules.Subject{Title: "Status of the Victoria line", People: 8}, "no guard one-to-one"},
	{"names of small words need a capital", rules.Subject{Title: "mark / grant", People: 5}, "no guard one-to-one"},
	{"two parties with arrows are left alone, whoever they are", rules.Subject{Title: "Acme <> Globex", People: 6}, "leave"},
	{"abbreviations of one-to-one", rules.Subject{Title: "1:1"}, "connecting, guard one-to-one"},
	{"with names beside", rules.Subject{Title: "1:1 Anna"}, "connecting, guard one-to-one"},
	{"with a dash", rules.Subject{Title: "1-1 with my manager"}, "connecting, guard one-to-one"},
	{"as 121", rules.Subject{Title: "121 meeting"}, "connecting, guard one-to-one"},
	{"as 1on1", rules.Subject{Title: "Weekly 1on1"}, "connecting, guard one-to-one"},
	{"as words", rules.Subject{Title: "One-on-one"}, "connecting, guard one-to-one"},
	{"skip level", rules.Subject{Title: "Skip-level"}, "connecting, guard one-to-one"},
	{"a date is no one-to-one", rules.Subject{Title: "Status 1/1/2027", People: 6}, "no guard one-to-one"},
	{"a version is no one-to-one", rules.Subject{Title: "Release 1.1 planning", People: 6}, "no guard one-to-one, collaborating"},

	// Cadence and length.
	{"short and daily is a stand-up", rules.Subject{Title: "Team check", Minutes: 15, Recurrence: daily, People: 6}, "informing"},
	{"every weekday by BYDAY is daily too", rules.Subject{Title: "Team check", Minutes: 15, Recurrence: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", People: 6}, "informing"},
	{"the same in words", rules.Subject{Title: "Team check", Minutes: 10, Recurrence: "every weekday", People: 6}, "informing"},
	{"long and daily is work", rules.Subject{Title: "Team check", Minutes: 120, Recurrence: daily, People: 6}, "collaborating"},
	{"a whole day of sprint is no update", rules.Subject{Title: "Team day", Minutes: 480, People: 8}, "leave"},
	{"a one-off status is still a status", rules.Subject{Title: "Project status", Minutes: 30, People: 8}, "informing, suggest"},
	{"half an hour a month of news", rules.Subject{Title: "News from legal tech", Minutes: 30, Recurrence: monthly, People: 25}, "informing"},
	{"a bare recurring review looks back", rules.Subject{Title: "Review", Recurrence: biweekly, People: 12}, "informing"},
	{"a bare single review goes through something", rules.Subject{Title: "Review", People: 4}, "collaborating"},
	{"numbers inside do not hide a sprint review", rules.Subject{Title: "Sprint 14 review", People: 12}, "informing"},

	// Outside guests.
	{"one guest from outside is enough", rules.Subject{Title: "Weekly status", People: 8, External: 0.125}, "guard external, leave"},
	{"nobody from outside", rules.Subject{Title: "Weekly status", People: 8, External: 0}, "no guard external, suggest"},
	{"unknown share from outside", rules.Subject{Title: "Weekly status", People: 8, External: -1}, "no guard external, suggest"},
	{"a demo for a customer", rules.Subject{Title: "Customer demo", People: 9}, "guard external, leave"},
	{"the customer support team is not a customer", rules.Subject{Title: "Customer support weekly", People: 9}, "no guard external"},
	{"a vendor status", rules.Subject{Title: "Status with vendor", People: 5}, "guard external, leave"},
	{"all from outside", rules.Subject{Title: "Sprint planning", People: 6, External: 1}, "guard external, leave"},

	// Optional guests and answers.
	{"optional for most: a sign of telling", rules.Subject{Title: "Design meeting", Body: "Updates from design.", People: 20, Optional: 0.8, Recurrence: weekly}, "informing, suggest"},
	{"many decline, so it is hardly needed live", rules.Subject{Title: "Weekly update", People: 14, Acceptance: 0.3, Recurrence: weekly}, "informing, suggest"},
	{"many decline a board meeting: it stays one", rules.Subject{Title: "Board meeting", People: 9, Acceptance: 0.3}, "guard board, leave"},
	{"acceptance unknown changes nothing", rules.Subject{Title: "Weekly update", People: 14, Acceptance: -1, Recurrence: weekly}, "informing, suggest"},
	{"optional in the title", rules.Subject{Title: "[Optional] Tech talk: indexes", People: 30}, "informing"},

	// Private, hidden, empty.
	{"private events are left alone", rules.Subject{Private: true, People: 5}, "guard private, leave"},
	{"private with words is left alone too", rules.Subject{Title: "Weekly status", Private: true, People: 5}, "guard private, leave"},
	{"no words at all", rules.Subject{People: 8, Recurrence: weekly}, "guard private, leave"},
	{"only signs in the title", rules.Subject{Title: "--- ???", People: 8}, "guard private, leave"},
	{"a confidential title", rules.Subject{Title: "Confidential: status", People: 5}, "guard private, leave"},
	{"an opaque title is too little to go by", rules.Subject{Title: "Kestrel", People: 8, Recurrence: weekly}, "leave"},

	// Negation and conflict.
	{"not a status meeting", rules.Subject{Title: "Team meeting", Body: "This is not a status meeting. We decide on the budget and vote on open proposals.", People: 8}, "guard decision, leave"},
	{"no updates", rules.Subject{Title: "Retro", Body: "No updates, no demos.", People: 8}, "problem-solving, leave"},
	{"not a one-to-one", rules.Subject{Title: "Office hours", Body: "This is not a 1:1; several people are in the room.", People: 8}, "no guard one-to-one"},
	{"not only updates are still updates", rules.Subject{Title: "Friday update", Body: "Not only updates from the teams but also demos.", People: 12}, "informing, suggest"},
	{"what not to do is not what is done", rules.Subject{Title: "Standup", Body: "Purpose:\n- each person says what they plan to do today\n\nWhat not to do:\n- vote\n- interview candidates\n", People: 7}, "informing, no guard people, no guard decision, suggest"},
	{"out of scope is not what is done", rules.Subject{Title: "Weekly update", Body: "News from all teams.\n\nOut of scope:\n- approve the budget\n", People: 12}, "informing, no guard decision, suggest"},
	{"a sync whose agenda votes is left alone", rules.Subject{Title: "Weekly sync", Body: "Agenda: put to the vote: new bylaws. Quorum is needed.", People: 9}, "guard decision, leave"},
	{"a sync whose agenda tells", rules.Subject{Title: "Weekly sync", Body: "Round of updates from each team, announcements.", People: 12}, "informing, suggest"},
	{"a sync whose agenda is a backlog", rules.Subject{Title: "Weekly sync", Body: "Go through open pull requests and the backlog.", People: 6}, "collaborating, suggest"},
	{"planning of a party is no party", rules.Subject{Title: "Summer party planning", People: 5}, "collaborating, no guard social"},
	{"a rehearsal of a demo is work", rules.Subject{Title: "Demo dry run", People: 5}, "collaborating"},
	{"the planning of a retro is a planning", rules.Subject{Title: "Retro planning", People: 5}, "collaborating"},

	// Guards by words.
	{"an interview", rules.Subject{Title: "Interview: Data Engineer", People: 3}, "connecting, guard people, leave"},
	{"an incident", rules.Subject{Title: "Incident review: checkout", People: 9}, "problem-solving, guard incident, leave"},
	{"a status of an incident", rules.Subject{Title: "Outage status update", People: 9}, "guard incident, leave"},
	{"the works council", rules.Subject{Title: "Works council update", People: 7}, "guard union, leave"},
	{"the state of the union is no union", rules.Subject{Title: "State of the Union: platform", People: 40}, "no guard union"},
	{"a lawyer", rules.Subject{Title: "Update from our lawyers", People: 4}, "guard legal, leave"},
	{"user acquisition is not legal", rules.Subject{Title: "User acquisition update", People: 9}, "no guard legal, suggest"},
	{"a doctor", rules.Subject{Title: "Doctor"}, "guard medical, leave"},
	{"a kick-off", rules.Subject{Title: "Project Atlas kick-off", People: 12}, "guard kick-off, leave"},
	{"the week's kick-off is a stand-up", rules.Subject{Title: "Monday kick-off", People: 12, Recurrence: weekly, Minutes: 15}, "informing, no guard kick-off, suggest"},
	{"a training", rules.Subject{Title: "Security training", People: 40}, "informing, guard training, leave"},
	{"lessons learned are no lesson", rules.Subject{Title: "Lessons learned: migration", People: 8}, "problem-solving, no guard training"},
	{"a farewell", rules.Subject{Title: "Farewell Maria", People: 30}, "connecting, guard people, leave"},
	{"a board of directors", rules.Subject{Title: "Board of directors: update", People: 9}, "guard board, leave"},
	{"a kanban board is no board", rules.Subject{Title: "Kanban board walk", People: 6}, "no guard board"},
	{"layoffs", rules.Subject{Title: "Update on layoffs", People: 90}, "guard people, leave"},
	{"coffee", rules.Subject{Title: "☕ break", People: 6}, "connecting, guard social, leave"},
	{"a birthday cake says it all", rules.Subject{Title: "🎂 Ali", People: 12}, "guard social, leave"},

	// Prefixes.
	{"forwarded", rules.Subject{Title: "Fwd: Weekly status", People: 7}, "informing, suggest"},
	{"cancelled in the title", rules.Subject{Title: "Canceled: Weekly status", People: 7}, "informing"},
	{"an emoji beside", rules.Subject{Title: "🚀 Weekly status", People: 7}, "informing, suggest"},
	{"shouting", rules.Subject{Title: "WEEKLY STATUS UPDATE!!!", People: 7}, "informing, suggest"},
	{"dates and parts", rules.Subject{Title: "2026-11-22 Status update (part 2)", People: 7}, "informing, suggest"},
	{"markup in the description", rules.Subject{Title: "Team meeting", Body: "<b>Purpose</b><br><ul><li>vote on the bylaws</li></ul>", People: 9}, "guard decision, leave"},
	{"addresses say nothing", rules.Subject{Title: "Team meeting", Body: "https://acme.example/interview/board/vote boss.interview@acme.example", People: 9}, "no guard people, no guard decision"},
}

func TestStructure(t *testing.T) {
	if len(structurals) < 100 {
		t.Fatalf("%d cases; a hundred are promised", len(structurals))
	}
	e := rules.Default()
	for _, c := range structurals {
		v := e.Judge(c.s)
		for _, want := range strings.Split(c.want, ", ") {
			if !meets(v, want) {
				t.Errorf("%q (%s): want %s, got %s %.2f (confidence %.2f), guards %v, suggest %t\n%s",
					c.s.Title, c.why, want, v.Category, v.Probabilities[v.Category], v.Confidence(), v.Guards, v.Suggest(), e.Explain(c.s, v))
			}
		}
	}
}

func meets(v rules.Verdict, want string) bool {
	if guard, ok := strings.CutPrefix(want, "no guard "); ok {
		return !slices.Contains(v.Guards, guard)
	}
	if guard, ok := strings.CutPrefix(want, "guard "); ok {
		return slices.Contains(v.Guards, guard)
	}
	switch want {
	case "suggest":
		return v.Suggest()
	case "leave":
		return !v.Suggest()
	}
	return v.Category.String() == want
}
