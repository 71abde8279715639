package mail

import (
	"time"

	"unmeet/agent/suggest"
	"unmeet/rules"
)

// now is when letters of the tests are written: a Sunday.
var now = time.Date(2026, time.November, 22, 9, 30, 0, 0, time.UTC)

const id = "0123456789abcdefghjkmnpqrs@acme.example"

func sender() Sender {
	return Sender{
		From:         Address{Name: "unmeet at Acme", Address: "unmeet@acme.example"},
		Organization: "Acme", Contact: "it@acme.example", PublicURL: "https://unmeet.acme.example",
	}
}

// page is the address of a page behind a link: as long as real ones, and another
// for each n.
func page(n byte) string {
	return "https://unmeet.acme.example/a/0q7m2x9k4t8v1w3y5z6b0c1d" + string([]byte{'0' + n/10, '0' + n%10})
}

func links(n byte) Links {
	return Links{Accept: page(10 * n), Keep: page(10*n + 1), Wrong: page(10*n + 2), Other: page(10*n + 3)}
}

// tuesday is a weekly that one could read instead.
func tuesday() suggest.Snapshot {
	start := time.Date(2026, time.November, 24, 9, 0, 0, 0, time.UTC)
	return suggest.Snapshot{
		Kind: suggest.Decline, Title: "Ops weekly", UID: "ops-weekly", Organizer: suggest.Party{Address: "ana@acme.example", Name: "Ana Ruiz"},
		Start: start, End: start.Add(25 * time.Minute), Zone: "Europe/Berlin", Minutes: 25, People: 14,
		Cadence:     suggest.Cadence{Unit: suggest.Week, Every: 1, Times: 1},
		Occurrences: []suggest.Time{{Start: start, End: start.Add(25 * time.Minute)}},
		Facts:       []suggest.Fact{{Kind: suggest.FactCadence}, {Kind: suggest.FactPeople, Count: 14}, {Kind: suggest.FactOptional}},
		Category:    rules.Informing, Tasks: []rules.Category{rules.Informing},
		Link: "https://calendar.example/event?eid=b3BzLXdlZWtseQ&ctz=Europe/Berlin",
	}
}

// own is a meeting of the reader's, with a suggestion of another kind.
func own(kind suggest.Kind) suggest.Snapshot {
	s := tuesday()
	s.Kind, s.Title, s.Organizer = kind, "Roadmap check-in", suggest.Party{Address: "bo@acme.example", Name: "Bo Lind"}
	s.Start = time.Date(2026, time.November, 26, 13, 0, 0, 0, time.UTC)
	s.End, s.Minutes = s.Start.Add(45*time.Minute), 45
	s.Facts = []suggest.Fact{{Kind: suggest.FactUnanswered, Count: 6}, {Kind: suggest.FactWords, Quote: "status of all teams"}}
	s.Form, s.Link = suggest.Form{Name: "shared document", Why: "everybody adds their part"}, ""
	s.Occurrences = nil
	for i := range 3 {
		start := s.Start.AddDate(0, 0, 7*i)
		s.Occurrences = append(s.Occurrences, suggest.Time{Start: start, End: start.Add(45 * time.Minute)})
	}
	switch kind {
	case suggest.Split:
		s.Shorter, s.Tasks = 20, []rules.Category{rules.Informing, rules.DecisionMaking}
		s.Facts = append(s.Facts, suggest.Fact{Kind: suggest.FactMix})
	case suggest.Shorten:
		s.Shorter = 30
	}
	return s
}

// digest is a letter with the suggestions of snapshots.
func digest(language string, snapshots ...suggest.Snapshot) Letter {
	l := Letter{
		Kind: Digest, To: Address{Name: "Bo Lind", Address: "bo@acme.example"}, Language: language, Sender: sender(),
		Unsubscribe: page(99),
	}
	for n, s := range snapshots {
		s.Note = Note(language, s)
		l.Items = append(l.Items, Item{s, links(byte(n + 1))})
	}
	return l
}

// receipt is a letter that tells of an answer.
func receipt(language string, s suggest.Snapshot, always bool) Letter {
	l := digest(language, s)
	l.Kind, l.InReplyTo = Receipt, "digest-1@acme.example"
	l.Items[0].Links = Links{Undo: page(50), Other: page(51)}
	l.Answer = Answer{At: now.Add(42 * time.Minute), Always: always, Way: "calendar"}
	return l
}

// upshot is a letter that tells what came of an answer.
func upshot(language string, came Came) Letter {
	l := receipt(language, tuesday(), false)
	l.Kind, l.Result, l.Items[0].Links = Result, came, Links{Other: page(52)}
	switch came {
	case CameStuck, CameUnfile:
		l.Answer = Answer{}
	case CameConsent:
		l.Items[0].Links.Allow = page(53)
	}
	if came.file() {
		l.File = []byte("BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n")
	}
	return l
}

// trialLetter is a letter about a trial, in the midst of it.
func trialLetter(language string, kind Kind) Letter {
	l := digest(language, own(suggest.Trial))
	s := &l.Items[0].Snapshot
	s.ReplyWithin = 48 * time.Hour
	l.Kind, l.Items[0].Links = kind, Links{}
	second := s.Occurrences[1]
	l.Trial = Trial{
		Start: second.Start, End: second.End, Times: 3, Sent: 2, Next: s.Occurrences[2].Start, Brings: true,
		Ahead: []time.Time{s.Occurrences[2].Start}, Until: s.Occurrences[2].Start.AddDate(0, 0, 5), Shorter: 25, Asked: true,
		Draft: ProposeUpdate(language, *s, Update{
			Start: second.Start, Headings: []string{"Numbers", "Hiring & moves"}, ReplyBy: second.Start.AddDate(0, 0, 2),
			To: []string{"ana@acme.example", "cy@acme.example"},
		}),
		Links: TrialLinks{Sent: page(60), Restore: page(62)},
	}
	switch kind {
	case TrialQuestion:
		l.Trial.Links.Meet = page(61)
	case TrialGuests:
		l.To = Address{Address: "cy@acme.example"}
		l.Trial.Links = TrialLinks{No: page(63), Bit: page(64), Back: page(65)}
	case TrialEnded:
		l.Trial.Links = TrialLinks{Convert: page(66), Restore: page(67), Shorten: page(68)}
		l.Trial.Sums = &Sums{4, 1, 1}
	case TrialNoted:
		l.Trial.Said, l.Trial.At, l.Trial.Held = "convert", now, now.Add(15*time.Minute)
		l.Trial.Links = TrialLinks{Undo: page(69)}
	}
	return l
}

func trouble(language string) Letter {
	return Letter{
		Kind: Trouble, To: Address{Address: "bo@acme.example"}, Language: language, Sender: sender(),
		Connection: Connection{Service: "Google Calendar", Since: now.AddDate(0, 0, -1), Again: "https://unmeet.acme.example/", Zone: "Europe/Berlin"},
	}
}

func signIn(language string) Letter {
	return Letter{
		Kind: SignIn, To: Address{Address: "bo@acme.example"}, Language: language, Sender: sender(), Enter: "https://unmeet.acme.example/sign-in/0123456789abcdefghjkmnpqrs",
	}
}

func announcement(language string) Letter {
	return Letter{Kind: Announcement, To: Address{Address: "it@acme.example"}, Language: language, Sender: sender()}
}

// letters of every kind, by the name of their golden file.
func samples() map[string]Letter {
	all := map[string]Letter{}
	for _, language := range []string{"en", "de"} {
		first := digest(language, tuesday())
		first.First = true
		all["first-"+language] = first
		second := own(suggest.Split)
		second.Title = "Platform decisions"
		all["digest-"+language] = digest(language, tuesday(), own(suggest.Trial), second)
		all["shorten-"+language] = digest(language, own(suggest.Shorten))
		all["receipt-"+language] = receipt(language, tuesday(), false)
		all["receipt-always-"+language] = receipt(language, tuesday(), true)
		all["receipt-trial-"+language] = receipt(language, own(suggest.Trial), false)
		never := receipt(language, own(suggest.Trial), false)
		never.Answer.Never = true
		all["receipt-never-"+language] = never
		consent := receipt(language, tuesday(), false)
		consent.Answer.Way, consent.Items[0].Links.Allow = "consent", page(53)
		all["receipt-consent-"+language] = consent
		for _, came := range []Came{CameFailed, CameConsent, CameFile} {
			all["result-"+string(came)+"-"+language] = upshot(language, came)
		}
		trial := all["receipt-trial-"+language]
		trial.Draft = Propose(language, own(suggest.Trial), []string{"ana@acme.example", "cy@acme.example"})
		all["receipt-trial-"+language] = trial
		for _, kind := range []Kind{TrialDraft, TrialQuestion, TrialMisses, TrialGuests, TrialEnded, TrialNoted} {
			all[string(kind)+"-"+language] = trialLetter(language, kind)
		}
		all["trouble-"+language] = trouble(language)
		all["signin-"+language] = signIn(language)
		all["announcement-"+language] = announcement(language)
	}
	return all
}
