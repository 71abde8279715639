package web

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"unmeet/agent/click"
)

const (
	answerPath = "/a/"
	leavePath  = "/u/"
	// largestAnswer bounds what is posted behind a link: a note of [longestNote]
	// characters, each in at most twelve bytes.
	largestAnswer = 16 << 10
	// longestToken bounds what the Desk is shown: a real one has 26 characters, and
	// mail programs put some into it.
	longestToken = 128
	// oneClick is all that a mail program sends (RFC 8058 §3.1).
	oneClickField, oneClickValue = "List-Unsubscribe", "One-Click"
)

// routeLinks adds the pages behind the links of mails.
func (s *Site) routeLinks(mux *http.ServeMux) {
	mux.HandleFunc("GET /a/{token}", s.limited(s.look))
	mux.HandleFunc("POST /a/{token}", s.limited(s.answer))
	mux.HandleFunc("POST /a/{token}/allow", s.limited(s.allow))
	mux.HandleFunc("GET /u/{token}", s.limited(s.lookLeaving))
	mux.HandleFunc("POST /u/{token}", s.limited(s.leaveOrReturn))
}

// behindLink reports whether a request is for a page behind a link of a mail.
func behindLink(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, answerPath) || strings.HasPrefix(r.URL.Path, leavePath)
}

// token is the last part of a request's path. The Desk reads it.
func token(r *http.Request) string { return r.PathValue("token") }

// limited keeps off those who ask for one link too often.
func (s *Site) limited(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t := token(r)
		if begins := strings.ToLower(t[:min(beginning, len(t))]); !s.links.allow(begins, s.now()) {
			s.turnAway(w, r, "busy", http.StatusTooManyRequests, nil)
			return
		}
		if t == "" || len(t) > longestToken {
			s.fail(w, r, ErrUnknownLink)
			return
		}
		serve(w, r)
	}
}

// turnAway shows a page that tells nothing of any link, in the browser's language.
func (s *Site) turnAway(w http.ResponseWriter, r *http.Request, key string, status int, err error) {
	if status >= http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "web: a link failed", "route", r.Pattern, "error", err)
	}
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "60")
	}
	prefers, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	prefers, _, _ = strings.Cut(prefers, ";")
	s.showSheet(w, status, newSpeaker(strings.TrimSpace(prefers), s.about).plain(key))
}

// fail shows what became of an error of the Desk. Links that are none count against
// whoever asks for them, and only those.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrUnknownLink) {
		if !s.misses.allow(client(r, s.trusted), s.now()) {
			s.turnAway(w, r, "busy", http.StatusTooManyRequests, nil)
			return
		}
		s.turnAway(w, r, "unknown", http.StatusNotFound, nil)
		return
	}
	s.turnAway(w, r, "broken", http.StatusInternalServerError, err)
}

// look draws the page of a link. It changes nothing; the visit is noted.
func (s *Site) look(w http.ResponseWriter, r *http.Request) {
	t := token(r)
	slip, err := s.desk.Look(r.Context(), t)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	known, err := s.desk.Known(r.Context(), t, s.knownCookie(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.visited(r, t, known)
	s.showSlip(w, r, slip, known)
}

// visited notes a visit. One that cannot be noted keeps nobody from the page.
func (s *Site) visited(r *http.Request, t string, known bool) {
	how := VisitGet
	switch {
	case r.Method == http.MethodHead:
		how = VisitHead
	case fetchedAhead(r) || prerendered(r):
		how = VisitPreview
	case known:
		how = VisitByKnown
	}
	if err := s.desk.Visit(r.Context(), t, how); err != nil && !errors.Is(err, ErrUnknownLink) {
		s.log.WarnContext(r.Context(), "web: a visit was not noted", "route", r.Pattern, "error", err)
	}
}

// fetchedAhead reports whether the browser says that it fetches a page that nobody
// may ever see, and that it will not run. What it prerenders runs, and waits until
// it is shown.
func fetchedAhead(r *http.Request) bool {
	for _, header := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if value := strings.ToLower(r.Header.Get(header)); strings.Contains(value, "prefetch") || strings.Contains(value, "preview") {
			return !prerendered(r)
		}
	}
	return false
}

func prerendered(r *http.Request) bool {
	return strings.Contains(strings.ToLower(r.Header.Get("Sec-Purpose")), "prerender")
}

func (s *Site) showSlip(w http.ResponseWriter, r *http.Request, slip Slip, known bool) {
	q := r.URL.Query()
	l := looking{Path: r.URL.EscapedPath(), Known: known, Ahead: fetchedAhead(r), Did: q.Get("done"), Refused: q.Get("was") == string(click.Kept), Now: s.now()}
	if service := s.asks(slip); service != nil {
		l.Service = service.Name()
	} else if slip.Effect.Way == ByConsent {
		slip.Effect.Way = ByHand // nobody can be asked
	}
	if q.Has("choose") {
		if c := readDoing(q.Get("choose")); slices.Contains(slip.Allowed, c) {
			l.Choose = &c
		}
	}
	status := http.StatusOK
	switch {
	case slip.Paused:
		status = http.StatusServiceUnavailable
	case slip.Ended:
		status = http.StatusGone
	}
	if slip.Trial != nil {
		l.Chosen = q.Get("choose")
		s.showSheet(w, status, drawTrial(slip, l, s.about))
		return
	}
	s.showSheet(w, status, draw(slip, l, s.about))
}

// answer takes what was pressed, and leads to the page that tells of it: so
// refreshing it, and going back to it, answer nothing.
func (s *Site) answer(w http.ResponseWriter, r *http.Request) {
	t := token(r)
	if !s.readForm(w, r) {
		return
	}
	do := r.PostForm.Get("do")
	if do == "forget" {
		s.forget(w, r)
		return
	}
	a := Answer{
		Choice: readDoing(do), Note: cutNote(r.PostForm.Get("note")),
		Auto: r.PostForm.Get("auto") == "1", Gesture: byGesture(r), Cookie: s.knownCookie(r),
	}
	if a.Note == "" && r.PostForm.Has("note") { // they took it out
		a.Note = click.NoNote
	}
	if a.Verb == click.Wrong {
		a.Category = r.PostForm.Get("category")
	}
	if a.Auto && !byItself(a.Choice) {
		a.Auto = false // a page of ours never does that: it counts as any other press
	}
	before, err := s.desk.Look(r.Context(), t)
	if err == nil {
		_, err = s.desk.Answer(r.Context(), t, a)
	}
	switch {
	case errors.Is(err, ErrNotKnown):
		seeOther(w, r, "asked")
		return
	case errors.Is(err, ErrUntold):
		seeOther(w, r, "untold")
		return
	case errors.Is(err, ErrNotOffered), errors.Is(err, ErrPaused):
		seeOther(w, r, "refused")
		return
	case err != nil:
		s.fail(w, r, err)
		return
	}
	if err := s.meet(w, r, t); err != nil {
		s.log.WarnContext(r.Context(), "web: a browser was not made known", "route", r.Pattern, "error", err)
	}
	if a.Verb == click.Undo && before.Suggestion.State == click.Kept {
		seeOther(w, r, doing(a.Choice), "was", string(click.Kept))
		return
	}
	seeOther(w, r, doing(a.Choice))
}

// byGesture reports whether a form may have been sent by a person: not by a script
// that fetches, nor, as far as the browser would tell, by one that presses a button
// (Fetch Metadata §2.2 and §2.4). Of the browsers that send client hints all tell.
func byGesture(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return false
	}
	return r.Header.Get("Sec-Ch-Ua") == "" || r.Header.Get("Sec-Fetch-User") == "?1"
}

// meet makes the browser that pressed a button known.
func (s *Site) meet(w http.ResponseWriter, r *http.Request, t string) error {
	known, err := s.desk.Known(r.Context(), t, s.knownCookie(r))
	if err != nil || known {
		return err
	}
	cookie, err := s.desk.Introduce(r.Context(), t)
	if err == nil && cookie != "" {
		s.setKnown(w, cookie)
	}
	return err
}

func (s *Site) forget(w http.ResponseWriter, r *http.Request) {
	if err := s.desk.Forget(r.Context(), s.knownCookie(r)); err != nil {
		s.fail(w, r, err)
		return
	}
	s.setKnown(w, "")
	seeOther(w, r, "forget")
}

// seeOther leads to the page that shows what became of what was done, with further
// names and values for its query.
func seeOther(w http.ResponseWriter, r *http.Request, done string, more ...string) {
	query := "?done=" + url.QueryEscape(done)
	for i := 0; i+1 < len(more); i += 2 {
		query += "&" + more[i] + "=" + url.QueryEscape(more[i+1])
	}
	http.Redirect(w, r, r.URL.EscapedPath()+query, http.StatusSeeOther)
}

// readForm reads what was posted, and tells the person if it cannot be read.
func (s *Site) readForm(w http.ResponseWriter, r *http.Request) bool {
	err := r.ParseForm() // on its own: ParseMultipartForm hides what it says
	if err == nil {
		if err = r.ParseMultipartForm(largestAnswer); errors.Is(err, http.ErrNotMultipart) {
			err = nil
		}
	}
	if err != nil {
		s.turnAway(w, r, "garbled", http.StatusBadRequest, err)
	}
	return err == nil
}

// lookLeaving draws the page of a link to unsubscribe.
func (s *Site) lookLeaving(w http.ResponseWriter, r *http.Request) {
	reader, ok := s.reader(w, r)
	if !ok {
		return
	}
	s.visited(r, token(r), false)
	s.showSheet(w, http.StatusOK, leaving(reader, looking{Path: r.URL.EscapedPath(), Did: r.URL.Query().Get("done")}, s.about))
}

func (s *Site) reader(w http.ResponseWriter, r *http.Request) (Reader, bool) {
	reader, err := s.desk.Reader(r.Context(), token(r))
	if err != nil {
		s.fail(w, r, err)
		return Reader{}, false
	}
	return reader, true
}

// leaveOrReturn takes the button of a mail program (RFC 8058), which comes from
// elsewhere and without cookies, and those of our own page, which do not.
func (s *Site) leaveOrReturn(w http.ResponseWriter, r *http.Request) {
	t := token(r)
	if !s.readForm(w, r) {
		return
	}
	if isOneClick(r) {
		if err := s.desk.Unsubscribe(r.Context(), t, ViaHeader); err != nil {
			s.fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("unsubscribed\n"))
		return
	}
	if err := s.crossed.Check(r); err != nil {
		s.turnAway(w, r, "crossed", http.StatusForbidden, nil)
		return
	}
	var err error
	do := r.PostForm.Get("do")
	switch do {
	case "leave":
		err = s.desk.Unsubscribe(r.Context(), t, ViaButton)
	case "return":
		err = s.desk.Resubscribe(r.Context(), t, ViaButton)
	default:
		s.turnAway(w, r, "garbled", http.StatusBadRequest, nil)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	seeOther(w, r, do)
}

// isOneClick reports whether a request is exactly what RFC 8058 §3.1 has a mail
// program send: the one field, in a form of either type, and no cookie.
func isOneClick(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data" {
		return false
	}
	values := r.PostForm[oneClickField]
	return len(r.PostForm) == 1 && len(values) == 1 && values[0] == oneClickValue &&
		(r.MultipartForm == nil || len(r.MultipartForm.File) == 0) && r.URL.RawQuery == "" && len(r.Header.Values("Cookie")) == 0
}

// knownName names the cookie of a known browser. Behind https the prefix keeps
// other hosts of the domain from setting it. Without https, which only this very
// machine may do, browsers refuse both the prefix and Secure: there it has neither.
func (s *Site) knownName() string {
	if s.public.Scheme == "https" {
		return "__Host-unmeet-known"
	}
	return "unmeet-known"
}

// knownCookie is the cookie of a known browser, "" if r has none.
func (s *Site) knownCookie(r *http.Request) string {
	c, err := r.Cookie(s.knownName())
	if err != nil || len(c.Value) > longestState {
		return ""
	}
	return c.Value
}

// setKnown gives the browser the cookie of a known one; "" takes it away.
func (s *Site) setKnown(w http.ResponseWriter, value string) {
	age := int(KnownFor.Seconds())
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: s.knownName(), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: s.public.Scheme == "https",
		SameSite: http.SameSiteLaxMode, // a link in a mail is a navigation from elsewhere
	})
}

// recognize makes the browser of somebody who has just connected known. They are
// connected all the same if it cannot be.
func (s *Site) recognize(w http.ResponseWriter, r *http.Request, address string) {
	if s.desk == nil {
		return
	}
	cookie, err := s.desk.Recognize(r.Context(), address)
	if err != nil {
		s.log.LogAttrs(r.Context(), slog.LevelWarn, "web: a browser was not made known", slog.String("route", r.Pattern), slog.Any("error", err))
		return
	}
	s.setKnown(w, cookie)
}

// showSheet writes a page behind a link. Its script runs by a nonce.
func (s *Site) showSheet(w http.ResponseWriter, status int, v sheet) {
	if v.Auto || v.Note != nil && v.Note.Copy != "" {
		v.Nonce = randomNonce()
	}
	write(w, status, sheetPage, v, v.Nonce)
}

func randomNonce() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return base64.StdEncoding.EncodeToString(b)
}
