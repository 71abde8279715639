package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/suggest"
	"unmeet/agent/text"
	"unmeet/calendars"
	"unmeet/rules"
)

const meetingsPath = homePath + "/meetings"

// The weeks that one can look at, beside this one.
const weeksBack, weeksAhead = 4, 2

// meetingRow is one occurrence in words.
type meetingRow struct {
	Path, Title, When, Who, What, Says string
	Offered                            bool // it would be suggested
}

// weekLink leads to another week.
type weekLink struct {
	Path, Label string
	Here        bool
}

// meetings is the list of a week's meetings.
func (s *Site) meetings(w http.ResponseWriter, r *http.Request, who Visitor) {
	week, err := strconv.Atoi(r.URL.Query().Get("week"))
	if err != nil || week < -weeksBack || week > weeksAhead {
		week = 0
	}
	v := s.roomFor(r, who, "meetings.title")
	today := s.now().In(v.Visitor.Zone)
	monday := func(week int) time.Time {
		return time.Date(today.Year(), today.Month(), today.Day()-(int(today.Weekday())+6)%7+7*week, 0, 0, 0, 0, v.Visitor.Zone)
	}
	all, err := s.options.Home.Meetings(r.Context(), who.Person, monday(week), monday(week+1))
	if err != nil {
		s.failed(w, r, who, err)
		return
	}
	p := struct {
		Weeks []weekLink
		Rows  []meetingRow
	}{}
	for n := -weeksBack; n <= weeksAhead; n++ {
		label := v.T("meetings.week", "day", v.Day(monday(n)))
		if n == 0 {
			label = v.T("meetings.this")
		}
		p.Weeks = append(p.Weeks, weekLink{meetingsPath + "?week=" + strconv.Itoa(n), label, n == week})
	}
	for i := range all {
		p.Rows = append(p.Rows, v.meetingRow(&all[i]))
	}
	v.Page = p
	s.showRoom(w, http.StatusOK, meetingsList, v)
}

// named is a title or name from elsewhere, fit to be shown; else is said where there is
// none.
func named(foreign, otherwise string) string {
	if words := text.Fit(text.Clean(foreign), longestTitle); words != "" {
		return isolated(words)
	}
	return otherwise
}

func (v room) meetingRow(m *Meeting) meetingRow {
	row := meetingRow{Path: meetingsPath + "/" + m.ID, Title: named(m.Title, v.own.Say("untitled")), Offered: m.Offer != ""}
	if m.Private {
		row.Title = v.T("meeting.private")
	}
	row.When = v.When(m.Start.In(v.Visitor.Zone), m.End.In(v.Visitor.Zone))
	row.Who = v.T("meeting.heads.unknown")
	if m.Known {
		row.Who = v.own.Count("me.meeting.heads", m.People)
	}
	if m.Response == calendars.Declined {
		row.Who += " · " + v.T("meeting.declined")
	}
	row.What, row.Says = v.classified(m), v.outlook(m)
	return row
}

// classified says what the rules took a meeting for.
func (v room) classified(m *Meeting) string {
	switch {
	case !m.Judged:
		return v.T("meeting.unjudged")
	case len(m.Verdict.Guards) > 0:
		return v.T("meeting.guarded", "category", v.Category(m.Verdict.Category), "guard", v.guard(m.Verdict.Guards[0]))
	case !m.Verdict.Sure:
		return v.T("meeting.unsure", "category", v.Category(m.Verdict.Category))
	}
	return v.T("meeting.is", "category", v.Category(m.Verdict.Category))
}

// guard is why a meeting is left alone, in a word or two; as the rules call it where
// there are no words for it.
func (v room) guard(name string) string {
	if v.own.Has("me.guard." + name) {
		return v.T("guard." + name)
	}
	return text.Clean(name)
}

// outlook says what would be suggested, or why nothing would be; "" of what is over.
func (v room) outlook(m *Meeting) string {
	switch {
	case m.Silence != "" && !m.SilentUntil.IsZero():
		return v.T("silence."+m.Silence+".until", "day", v.Day(m.SilentUntil.In(v.Visitor.Zone)))
	case m.Silence != "":
		return v.T("silence." + m.Silence)
	case !m.Ahead:
		return ""
	case m.Offer != "":
		return v.T("offer." + string(m.Offer))
	case m.Why != "":
		return v.T("why." + string(m.Why))
	}
	if m.Start.Before(m.Turn.Add(suggest.Notice + suggest.Leeway)) {
		return v.T("meeting.before", "day", v.Day(m.Turn.In(v.Visitor.Zone)))
	}
	return v.T("meeting.later")
}

// find returns one of a person's meetings.
func (s *Site) find(r *http.Request, who Visitor) (Meeting, error) {
	now := s.now()
	all, err := s.options.Home.Meetings(r.Context(), who.Person, now.AddDate(0, 0, -7*(weeksBack+1)), now.AddDate(0, 0, 7*(weeksAhead+1)))
	if err != nil {
		return Meeting{}, err
	}
	for i := range all {
		if all[i].ID == r.PathValue("id") {
			return all[i], nil
		}
	}
	return Meeting{}, ErrNotTheirs
}

// evidence is one thing that spoke for what a meeting was classified as.
type evidence struct{ Says, Rule string } // Rule is in the language of the rules

// meeting is the page of one meeting.
func (s *Site) meeting(w http.ResponseWriter, r *http.Request, who Visitor) {
	m, err := s.find(r, who)
	if err != nil {
		s.failed(w, r, who, err)
		return
	}
	v := s.roomFor(r, who, "meetings.title")
	row := v.meetingRow(&m)
	v.Title = row.Title
	v.notice(r.URL.Query().Get("done"), "meeting.")
	p := struct {
		meetingRow
		Organizer string
		Meaning   string
		Evidence  []evidence
		Levels    *levels
		Hushed    bool
	}{meetingRow: row, Hushed: m.Silence == string(click.Never)}
	switch {
	case m.Own:
		p.Organizer = v.T("meeting.own")
	default:
		p.Organizer = v.T("meeting.organizer", "organizer", named(m.Organizer.Name, named(m.Organizer.Address, v.own.Say("organizer.none"))))
	}
	if m.Judged {
		p.Meaning = v.Meaning(m.Verdict.Category)
		for _, e := range m.Verdict.Evidence {
			p.Evidence = append(p.Evidence, v.evidence(e))
		}
		p.Levels = v.levels()
		p.Levels.All[len(p.Levels.All)-1].Chosen = true
	}
	v.Page = p
	s.showRoom(w, http.StatusOK, meetingPage, v)
}

// evidence says one piece of evidence: the words that were found, else the rule's own
// sentence.
func (v room) evidence(e rules.Evidence) evidence {
	said := evidence{Rule: text.Clean(e.Why)}
	if e.Phrase != "" {
		said.Says = v.Say("fact.words", "quote", isolated(text.Fit(text.Clean(e.Phrase), longestTitle)))
	}
	return said
}

// sayOf takes what a person says of a meeting.
func (s *Site) sayOf(w http.ResponseWriter, r *http.Request, who Visitor) {
	if !s.readForm(w, r) {
		return
	}
	verb := click.Verb(r.PostForm.Get("do"))
	err := s.options.Home.SayOf(r.Context(), who.Person, r.PathValue("id"), verb, r.PostForm.Get("category"))
	switch {
	case errors.Is(err, ErrPaused): // it is about what they are asked just now
		http.Redirect(w, r, r.URL.EscapedPath()+"?done=paused", http.StatusSeeOther)
		return
	case errors.Is(err, ErrNotOffered):
		s.turnAway(w, r, "garbled", http.StatusBadRequest, nil)
		return
	case err != nil:
		s.failed(w, r, who, err)
		return
	}
	http.Redirect(w, r, r.URL.EscapedPath()+"?done="+url.QueryEscape(string(verb)), http.StatusSeeOther)
}
