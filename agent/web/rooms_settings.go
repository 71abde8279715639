package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"unmeet/agent/language"
)

const (
	settingsPath = homePath + "/settings"
	dataPath     = homePath + "/data"
	exportPath   = homePath + "/export.json"
	leavingPath  = homePath + "/leave"
	erasePath    = homePath + "/erase"
)

// routeSettings adds the pages where a person chooses, and where they take what is
// theirs, or have it erased.
func (s *Site) routeSettings(mux *http.ServeMux) {
	mux.HandleFunc("GET "+settingsPath, s.theirs(s.known(s.settings)))
	mux.HandleFunc("POST "+settingsPath, s.theirs(s.known(s.choose)))
	mux.HandleFunc("GET "+dataPath, s.theirs(s.known(s.plainRoom("data.title", dataPage))))
	mux.HandleFunc("GET "+exportPath, s.theirs(s.known(s.export)))
	mux.HandleFunc("GET "+leavingPath, s.theirs(s.known(s.plainRoom("leave.title", leavePage))))
	mux.HandleFunc("POST "+leavingPath, s.theirs(s.known(s.leaveWholly)))
	mux.HandleFunc("GET "+erasePath, s.theirs(s.known(s.plainRoom("erase.title", erasePage))))
	mux.HandleFunc("POST "+erasePath, s.theirs(s.known(s.erase)))
}

// plainRoom serves a page of words and buttons alone.
func (s *Site) plainRoom(title string, page roomTemplate) func(http.ResponseWriter, *http.Request, Visitor) {
	return func(w http.ResponseWriter, r *http.Request, who Visitor) {
		v := s.roomFor(r, who, title)
		v.notice(r.URL.Query().Get("done"), "data.")
		s.showRoom(w, http.StatusOK, page, v)
	}
}

// choice is one of several to choose from.
type choice struct {
	Value, Label string
	Chosen       bool
}

// settings is the page where a person chooses.
func (s *Site) settings(w http.ResponseWriter, r *http.Request, who Visitor) {
	set, err := s.options.Home.Settings(r.Context(), who.Person)
	var hushed []Hushed
	if err == nil {
		hushed, err = s.options.Home.Hushed(r.Context(), who.Person)
	}
	if err != nil {
		s.failed(w, r, who, err)
		return
	}
	v := s.roomFor(r, who, "settings.title")
	v.notice(r.URL.Query().Get("done"), "settings.")
	type row struct{ ID, Title, Says string }
	p := struct {
		Rhythms, Languages []choice
		Zone               string
		Mails              bool
		Assistant          string
		Alone              bool
		Hushed, Browsers   []row
	}{Zone: set.Zone, Mails: set.Mails, Alone: set.Alone, Assistant: set.Assistant}
	for _, rhythm := range []string{"weekly", "fortnightly", "stopped"} {
		p.Rhythms = append(p.Rhythms, choice{rhythm, v.T("rhythm." + rhythm), rhythm == cmp.Or(set.Rhythm, "weekly")})
	}
	p.Languages = []choice{{"", v.T("language.group"), set.Language == ""}}
	for _, tag := range set.Languages {
		p.Languages = append(p.Languages, choice{tag, catalogues.Pick(tag).Say("me.language"), tag == set.Language})
	}
	day := func(t time.Time) string { return v.Day(language.In(t, v.Visitor.Zone.String())) }
	for _, h := range hushed {
		one := row{ID: strconv.FormatInt(h.ID, 10), Title: named(h.Title, v.T("hushed.gone"))}
		if h.All {
			one.Title = v.T("hushed.all")
		}
		one.Says = v.T("hushed." + h.Why)
		if !h.Until.IsZero() {
			one.Says = v.T("hushed."+h.Why+".until", "day", day(h.Until))
		}
		p.Hushed = append(p.Hushed, one)
	}
	for _, b := range set.Browsers {
		key := "browser.connected"
		if b.Answer {
			key = "browser.answered"
		}
		p.Browsers = append(p.Browsers, row{ID: b.ID, Title: v.T(key, "day", day(b.Since)), Says: v.T("browser.until", "day", day(b.Until))})
	}
	v.Page = p
	s.showRoom(w, http.StatusOK, settingsPage, v)
}

// choose takes what was chosen.
func (s *Site) choose(w http.ResponseWriter, r *http.Request, who Visitor) {
	if !s.readForm(w, r) {
		return
	}
	home, f, ctx := s.options.Home, r.PostForm, r.Context()
	done, err := "saved", error(nil)
	switch do := f.Get("do"); do {
	case "save":
		err = home.Choose(ctx, who.Person, Chosen{Language: f.Get("language"), Rhythm: f.Get("rhythm"), Zone: f.Get("zone")})
	case "mails", "no-mails":
		err = home.TakeMails(ctx, who.Person, do == "mails")
	case "alone", "not-alone":
		err = home.AnswerAlone(ctx, who.Person, do == "alone")
	case "unhush":
		n, bad := strconv.ParseInt(f.Get("id"), 10, 64)
		if err = home.Unhush(ctx, who.Person, n); bad != nil {
			err = ErrNotTheirs
		}
		done = "unhushed"
	case "forget-browser", "forget-browsers":
		id := f.Get("id")
		if (do == "forget-browser") == (id == "") {
			err = ErrNotTheirs
			break
		}
		err, done = home.ForgetBrowser(ctx, who.Person, id), "browser"
	default:
		err = ErrNotOffered
	}
	switch {
	case errors.Is(err, ErrNoZone):
		done = "zone"
	case errors.Is(err, ErrNotOffered):
		s.turnAway(w, r, "garbled", http.StatusBadRequest, nil)
		return
	case err != nil:
		s.failed(w, r, who, err)
		return
	}
	http.Redirect(w, r, settingsPath+"?done="+done, http.StatusSeeOther)
}

// Zones are proposed where one chooses a time zone.
func (v room) Zones() []string {
	all := []string{"Europe/Berlin", "Europe/Vienna", "Europe/Zurich", "Europe/London", "Europe/Paris", "America/New_York", "America/Los_Angeles", "Asia/Tokyo", "UTC"}
	if own := v.Visitor.Zone.String(); !slices.Contains(all, own) {
		all = append([]string{own}, all...)
	}
	return all
}

// export hands a person all that is kept of them.
func (s *Site) export(w http.ResponseWriter, r *http.Request, who Visitor) {
	text, err := s.options.Home.Export(r.Context(), who.Person)
	if err != nil {
		s.failed(w, r, who, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="unmeet.json"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) // whoever does not wait for it, misses it
}

// leaveWholly ends a person's taking part.
func (s *Site) leaveWholly(w http.ResponseWriter, r *http.Request, who Visitor) {
	if !s.readForm(w, r) {
		return
	}
	do := r.PostForm.Get("do")
	if do != "leave" && do != "disconnect" {
		s.turnAway(w, r, "garbled", http.StatusBadRequest, nil)
		return
	}
	if err := s.options.Home.Leave(r.Context(), who.Person, do == "disconnect"); err != nil {
		s.failed(w, r, who, err)
		return
	}
	http.Redirect(w, r, dataPath+"?done="+do, http.StatusSeeOther)
}

// erase forgets a person, who ticked that they mean it.
func (s *Site) erase(w http.ResponseWriter, r *http.Request, who Visitor) {
	if !s.readForm(w, r) {
		return
	}
	if r.PostForm.Get("do") != "erase" || r.PostForm.Get("sure") != "yes" {
		http.Redirect(w, r, erasePath, http.StatusSeeOther)
		return
	}
	if err := s.options.Home.Erase(r.Context(), who.Person); err != nil {
		s.failed(w, r, who, err)
		return
	}
	s.setSession(w, "")
	s.setKnown(w, "")
	http.Redirect(w, r, signInPath+"?done=erased", http.StatusSeeOther)
}
