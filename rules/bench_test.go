package rules_test

import (
	"fmt"
	"testing"

	"unmeet/rules"
)

// subjects are meetings as calendars have them: titles of all kinds, half of
// them with a description of some 300 bytes.
func subjects() []rules.Subject {
	titles := []string{
		"Weekly status", "Anna / Tom", "Project Kite steering", "Sprint 14 Retro", "Team lunch", "Backlog refinement",
		"Q3 planning (part 2)", "Interview: Senior Designer", "Teambesprechung", "Point hebdo équipe", "[Optional] Tech talk: indexes", "Fwd: budget sign-off",
	}
	body := "Agenda\n- round of updates from each squad (10 min)\n- open pull requests and what blocks them\n- vote on the two proposals in the document\n" +
		"Please add your topics before noon. We will record the session for those who cannot join. Notes: https://docs.acme.example/d/1234567890\n" +
		"Join from your phone or laptop, the room is booked for an hour."
	var all []rules.Subject
	for i := range 240 {
		s := rules.Subject{
			Title: fmt.Sprint(titles[i%len(titles)], " ", i), Minutes: 15 + i%90, People: i % 30,
			Recurrence: []string{"", "FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYDAY=1TU"}[i%3], External: -1, Acceptance: -1,
		}
		if i%2 == 0 {
			s.Body = body
		}
		all = append(all, s)
	}
	return all
}

// BenchmarkJudge judges with the full default rules, all languages included. One
// operation is one meeting.
func BenchmarkJudge(b *testing.B) {
	e, all := rules.Default(), subjects()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		e.Judge(all[i%len(all)])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "meetings/s")
}

// BenchmarkJudgeLong judges only meetings with a description.
func BenchmarkJudgeLong(b *testing.B) {
	e, all := rules.Default(), subjects()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		e.Judge(all[i*2%len(all)])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "meetings/s")
}
