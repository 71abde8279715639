package web

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/language"
)

const (
	askedPath = homePath + "/suggestions/"
	hoursPath = homePath + "/hours"
	// shortestToken is less than any token has.
	shortestToken = 26
)

// room is a page of somebody's own, or the way to one, in their language.
type room struct {
	speaker
	Title   string
	Notices []string
	Tabs    []tab
	Visitor Visitor
	Page    any
}

type tab struct {
	Path, Label string
	Here        bool
}

// T returns a text of these pages, as templates ask for it.
func (v room) T(key string, more ...string) string { return v.own.Say("me."+key, more...) }

// Lang is the language of the page.
func (v room) Lang() string { return v.own.Tag }

// Run says who runs unmeet.
func (v room) Run() string {
	return v.own.Say("foot.run", "organization", cmp.Or(v.about.Organization, v.own.Say("organization")))
}

// Contact is the address of whoever runs unmeet, "" if that is not known.
func (v room) Contact() string { return v.about.Contact }

// Who is the person, as far as their own page names them.
func (v room) Who() string { return v.Visitor.Address }

// roomTemplate draws one kind of these pages.
type roomTemplate = *template.Template

// roomPage returns the template of one kind of these pages.
func roomPage(name string) *template.Template {
	t := template.New("frame.html").Funcs(template.FuncMap{
		"style":  func() template.CSS { return template.CSS(style) },
		"script": func() template.JS { return "" },
		"lower":  strings.ToLower,
	})
	return template.Must(t.ParseFS(files, "pages/frame.html", "pages/room.html", "pages/"+name))
}

var (
	doorPage    = roomPage("door.html")
	enterPage   = roomPage("enter.html")
	overPage    = roomPage("over.html")
	emptyPage   = roomPage("empty.html")
	nothingPage = roomPage("nothing.html")
	askedList   = roomPage("asked.html")
	hoursTable  = roomPage("hours.html")

	meetingsList = roomPage("meetings.html")
	meetingPage  = roomPage("meeting.html")
	settingsPage = roomPage("settings.html")
	dataPage     = roomPage("data.html")
	leavePage    = roomPage("leave.html")
	erasePage    = roomPage("erase.html")
)

// preferred is the language that a browser wants pages in before all others.
func preferred(r *http.Request) string {
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	first, _, _ = strings.Cut(first, ";")
	return strings.TrimSpace(first)
}

// roomFor begins a page for a visitor; zero for whoever is not signed in.
func (s *Site) roomFor(r *http.Request, who Visitor, title string) room {
	v := room{speaker: newSpeaker(cmp.Or(who.Language, preferred(r)), s.about), Visitor: who}
	v.Title = v.T(title)
	if who.Zone == nil {
		v.Visitor.Zone = time.UTC
	}
	if who.Address == "" {
		return v
	}
	for _, t := range s.tabs(who) {
		t.Label, t.Here = v.T("tab."+t.Label), r.URL.Path == t.Path
		v.Tabs = append(v.Tabs, t)
	}
	return v
}

// tabs are the pages that a visitor has.
func (s *Site) tabs(who Visitor) (all []tab) {
	if who.Person != "" {
		all = append(all, tab{Path: homePath, Label: "asked"}, tab{Path: meetingsPath, Label: "meetings"}, tab{Path: hoursPath, Label: "hours"},
			tab{Path: settingsPath, Label: "settings"}, tab{Path: dataPath, Label: "data"})
	}
	if who.Organization && s.options.Organization != nil {
		all = append(all, tab{Path: organizationPath, Label: "organization"})
	}
	return all
}

// notice says what was just done, if there are words for it.
func (v *room) notice(done, prefix string) {
	if key := "me." + prefix + "done." + done; done != "" && v.own.Has(key) {
		v.Notices = append(v.Notices, v.own.Say(key))
	}
}

func (s *Site) showRoom(w http.ResponseWriter, status int, t *template.Template, v room) {
	write(w, status, t, v, "")
}

// routeHome adds the pages of those who signed in.
func (s *Site) routeHome(mux *http.ServeMux) {
	mux.HandleFunc("GET "+homePath, s.theirs(s.known(s.asked)))
	mux.HandleFunc("GET "+askedPath+"{id}", s.theirs(s.known(s.askedOne)))
	mux.HandleFunc("POST "+askedPath+"{id}", s.theirs(s.known(s.answerOwn)))
	mux.HandleFunc("POST "+askedPath+"{id}"+allowEnd, s.theirs(s.known(s.allowOwn)))
	mux.HandleFunc("GET "+meetingsPath, s.theirs(s.known(s.meetings)))
	mux.HandleFunc("GET "+meetingsPath+"/{id}", s.theirs(s.known(s.meeting)))
	mux.HandleFunc("POST "+meetingsPath+"/{id}", s.theirs(s.known(s.sayOf)))
	mux.HandleFunc("GET "+hoursPath, s.theirs(s.known(s.hours)))
	s.routeSettings(mux)
	mux.HandleFunc("GET "+organizationPath, s.theirs(s.organization))
}

// known serves a page to whom unmeet knows anything of, and tells everybody else that
// it knows nothing.
func (s *Site) known(serve func(http.ResponseWriter, *http.Request, Visitor)) func(http.ResponseWriter, *http.Request, Visitor) {
	return func(w http.ResponseWriter, r *http.Request, who Visitor) {
		if who.Person != "" {
			serve(w, r, who)
			return
		}
		if r.URL.Path != homePath {
			s.notTheirs(w, r, who)
			return
		}
		s.showRoom(w, http.StatusOK, emptyPage, s.roomFor(r, who, "empty.title"))
	}
}

// notTheirs is the page of what is not there, or is somebody else's: nobody can tell
// which.
func (s *Site) notTheirs(w http.ResponseWriter, r *http.Request, who Visitor) {
	v := s.roomFor(r, who, "nothing.title")
	v.Page = struct{}{}
	s.showRoom(w, http.StatusNotFound, nothingPage, v)
}

// failed shows what became of an error of the Home.
func (s *Site) failed(w http.ResponseWriter, r *http.Request, who Visitor, err error) {
	if errors.Is(err, ErrNotTheirs) {
		s.notTheirs(w, r, who)
		return
	}
	s.broken(w, r, err)
}

// askedRow is a suggestion in the list of all.
type askedRow struct {
	Path, Title, When, What, State string
	Undo                           bool
}

// asked is the list of what was suggested.
func (s *Site) asked(w http.ResponseWriter, r *http.Request, who Visitor) {
	all, err := s.options.Home.Asked(r.Context(), who.Person)
	if err != nil {
		s.failed(w, r, who, err)
		return
	}
	v := s.roomFor(r, who, "asked.title")
	var open, rest []askedRow
	for _, slip := range all {
		p := v.speaker
		p.slip = slip
		row := p.askedRow(s.now())
		if slip.Suggestion.State == click.Offered && !slip.Ended {
			open = append(open, row)
		} else {
			rest = append(rest, row)
		}
	}
	v.Page = struct{ Open, Rest []askedRow }{open, rest}
	v.notice(r.URL.Query().Get("done"), "asked.")
	s.showRoom(w, http.StatusOK, askedList, v)
}

// askedRow tells of one suggestion in a few words.
func (p speaker) askedRow(now time.Time) askedRow {
	s, snap := p.slip.Suggestion, p.slip.Snapshot
	row := askedRow{
		Path: askedPath + strconv.FormatInt(p.slip.ID, 10), Title: p.title(), When: p.When(language.In(snap.Start, snap.Zone), language.In(snap.End, snap.Zone)),
		What: p.say("me.kind." + string(snap.Kind)), Undo: p.slip.undoable(),
	}
	state := string(s.State)
	switch {
	case s.State == click.Offered && p.slip.Ended:
		state = string(click.Expired)
	case s.State == click.Kept && s.Choice == click.Wrong, s.State == click.Kept && s.Choice == click.Never:
		state = string(s.Choice)
	case s.State == click.Accepted || s.State == click.Pending:
		switch p.slip.Effect.Stage {
		case Done, Waiting, Failed, Superseded:
			state = string(s.State) + "." + string(p.slip.Effect.Stage)
		}
		if s.State == click.Pending {
			state = string(s.State)
		}
	}
	row.State = p.own.Say("me.state."+state, "clock", p.until(now, s.CommitAt, snap.Zone))
	return row
}

// id is the number at the end of the path of a request.
func id(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || n <= 0 {
		return 0, ErrNotTheirs
	}
	return n, nil
}

// askedOne is the page of one suggestion: the same as behind the link of its mail.
func (s *Site) askedOne(w http.ResponseWriter, r *http.Request, who Visitor) {
	n, err := id(r)
	var slip Slip
	if err == nil {
		slip, err = s.options.Home.LookAt(r.Context(), who.Person, n)
	}
	if err != nil {
		s.failed(w, r, who, err)
		return
	}
	s.showSlip(w, r, slip, true)
}

// answerOwn takes an answer on that page.
func (s *Site) answerOwn(w http.ResponseWriter, r *http.Request, who Visitor) {
	if !s.readForm(w, r) {
		return
	}
	n, err := id(r)
	if err != nil {
		s.failed(w, r, who, err)
		return
	}
	a := Answer{Choice: readDoing(r.PostForm.Get("do")), Note: cutNote(r.PostForm.Get("note"))}
	if a.Note == "" && r.PostForm.Has("note") {
		a.Note = click.NoNote
	}
	if a.Verb == click.Wrong {
		a.Category = r.PostForm.Get("category")
	}
	before, err := s.options.Home.LookAt(r.Context(), who.Person, n)
	if err == nil {
		err = s.options.Home.AnswerTo(r.Context(), who.Person, n, a)
	}
	switch {
	case errors.Is(err, ErrNotOffered), errors.Is(err, ErrPaused):
		seeOther(w, r, "refused")
	case err != nil:
		s.failed(w, r, who, err)
	case r.PostForm.Get("from") == "list":
		http.Redirect(w, r, homePath+"?done="+url.QueryEscape(doing(a.Choice)), http.StatusSeeOther)
	case a.Verb == click.Undo && before.Suggestion.State == click.Kept:
		seeOther(w, r, doing(a.Choice), "was", string(click.Kept))
	default:
		seeOther(w, r, doing(a.Choice))
	}
}

// allowOwn leads to the person's calendar service, as behind a link.
func (s *Site) allowOwn(w http.ResponseWriter, r *http.Request, who Visitor) {
	n, err := id(r)
	var slip Slip
	if err == nil {
		slip, err = s.options.Home.LookAt(r.Context(), who.Person, n)
	}
	if err != nil {
		s.failed(w, r, who, err)
		return
	}
	s.allowFor(w, r, slip, ownMark(n))
}

// hourRow is one row of somebody's hours, in words.
type hourRow struct {
	Label, About string
	Cells        []string
	Bar, Part    int // of 100: how much of their time, and how much of that could be given back
}

// hoursView is all rows of them.
type hoursView struct {
	Span              string
	Heads             []string
	Categories, Weeks []hourRow
	Total             hourRow
	None              bool // there is nothing to count
}

// hourTable is one table of hours.
type hourTable struct {
	ID, Heading, Corner string
	Heads               []string
	Rows                []hourRow
	Total               hourRow
}

// Table returns one table of the page of hours.
func (v room) Table(heading string, rows []hourRow) hourTable {
	p, _ := v.Page.(hoursView)
	return hourTable{strings.ReplaceAll(heading, ".", "-"), v.T(heading), v.T(heading + ".corner"), p.Heads, rows, p.Total}
}

// figures are the columns of those tables.
var figures = []string{"meetings", "recoverable", "trial", "suggested", "accepted", "recovered"}

// figureNote says what a figure means.
type figureNote struct{ Head, Text string }

// Notes say what each figure means.
func (v room) Notes() (all []figureNote) {
	for _, f := range figures {
		all = append(all, figureNote{v.T("hours." + f), v.T("hours." + f + ".note")})
	}
	return all
}

// hours is the page of a person's hours.
func (s *Site) hours(w http.ResponseWriter, r *http.Request, who Visitor) {
	h, err := s.options.Home.Hours(r.Context(), who.Person)
	if err != nil {
		s.failed(w, r, who, err)
		return
	}
	v := s.roomFor(r, who, "hours.title")
	cells := func(row HourRow) (all []string) {
		for _, n := range []int64{row.Meetings, row.Recoverable, row.Trial, row.Suggested, row.Accepted, row.Recovered} {
			all = append(all, v.span(n))
		}
		return all
	}
	most := int64(1)
	for _, rows := range [][]HourRow{h.Categories, h.Weeks} {
		for _, row := range rows {
			most = max(most, row.Meetings)
		}
	}
	made := func(label, about string, row HourRow) hourRow {
		return hourRow{label, about, cells(row), int(100 * row.Meetings / most), int(100 * (row.Recoverable + row.Trial) / most)}
	}
	p := hoursView{Span: v.T("hours.span", "from", v.Day(h.From.In(h.Zone)), "to", v.Day(h.To.In(h.Zone).AddDate(0, 0, -1))), None: h.Total.Meetings == 0}
	for _, head := range figures {
		p.Heads = append(p.Heads, v.T("hours."+head))
	}
	for _, c := range h.Categories {
		p.Categories = append(p.Categories, made(v.Category(c.Category), v.Meaning(c.Category), c))
	}
	for _, c := range h.Weeks {
		p.Weeks = append(p.Weeks, made(v.T("hours.week", "day", v.Day(c.From.In(h.Zone))), "", c))
	}
	p.Total = made(v.T("hours.total"), "", h.Total)
	v.Page = p
	s.showRoom(w, http.StatusOK, hoursTable, v)
}

// span is a time in hours and minutes: "2:05 h" is 2 hours and 5 minutes, and "–" nothing.
func (v room) span(seconds int64) string {
	if seconds == 0 {
		return "–"
	}
	minutes := (max(seconds, -seconds) + 30) / 60
	sign := ""
	if seconds < 0 {
		sign = "−"
	}
	return fmt.Sprintf("%s%d:%02d", sign, minutes/60, minutes%60)
}

// EnterPath is the path of a link to sign in by.
func EnterPath(token string) string { return signInPath + "/" + token }
