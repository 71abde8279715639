package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/mail"
	"strings"
	"time"
)

// Door lets people in to pages of their own, once they have proved who they are.
type Door interface {
	// Send mails a link to sign in by to whoever has an address, if that is somebody who
	// may have one. Whether it is, nobody is told. The language is that of the browser.
	Send(ctx context.Context, address, language string) error
	// Opens returns the address that a link signs in. It changes nothing. It is an
	// [ErrUnknownLink] for one that is none, was used, or is over.
	Opens(ctx context.Context, link string) (address string, err error)
	// Enter uses up a link, and returns the cookie of whom it signed in. Errors as of
	// Opens.
	Enter(ctx context.Context, link string) (cookie string, err error)
	// Admit returns a cookie of whoever has proved to have an address.
	Admit(ctx context.Context, address string) (cookie string, err error)
	// Visitor returns who is signed in by a cookie, [ErrSignedOut] if nobody is.
	Visitor(ctx context.Context, cookie string) (Visitor, error)
	// Out signs out the browser with a cookie, and OutEverywhere all of a person's.
	Out(ctx context.Context, cookie string) error
	OutEverywhere(ctx context.Context, address string) error
	// ByLink reports whether links are sent at all.
	ByLink() bool
}

// ErrSignedOut says that a browser is not signed in, or not any more.
var ErrSignedOut = errors.New("the browser is not signed in")

// SignedInFor is how long a browser stays signed in at most.
const SignedInFor = 7 * 24 * time.Hour

// LinkLife is how long a link to sign in by is good.
const LinkLife = 15 * time.Minute

// Visitor is who is signed in.
type Visitor struct {
	Address  string // as they proved it
	Person   string // the one that unmeet knows them by; "" if it knows nothing of them
	Takes    bool   // they take part
	Left     bool   // they did, and left
	Language string // "" as their browser has it
	Zone     *time.Location
	// Organization says that they may see the page of the organization.
	Organization bool
}

const (
	signInPath = "/sign-in"
	homePath   = "/me"
	// signInMark is what the cookie of an attempt has in place of a token where somebody
	// only wants to sign in. Tokens are longer.
	signInMark = "me"
	// Links to sign in by, of one line: the same as of links that are none.
	longestAddress = 254
)

// routeDoor adds the pages where people sign in.
func (s *Site) routeDoor(mux *http.ServeMux) {
	mux.HandleFunc("GET "+signInPath, s.door)
	mux.HandleFunc("POST "+signInPath, s.ring)
	mux.HandleFunc("POST "+signInPath+"/by/{service}", s.leaveToSignIn)
	mux.HandleFunc("GET "+signInPath+"/{token}", s.limited(s.lookAtLink))
	mux.HandleFunc("POST "+signInPath+"/{token}", s.limited(s.enter))
	mux.HandleFunc("POST /sign-out", s.signOut)
}

// door is the page where people sign in.
func (s *Site) door(w http.ResponseWriter, r *http.Request) {
	v := s.roomFor(r, Visitor{}, "door.title")
	v.Page = struct {
		ByLink  bool
		Service string // "" none
		Expired string
	}{s.options.Door.ByLink(), s.signIn, ""}
	v.notice(r.URL.Query().Get("done"), "door.")
	s.showRoom(w, http.StatusOK, doorPage, v)
}

// ring has a link sent to whoever asks for one. What is answered is the same for all:
// the rest is done once it has been.
func (s *Site) ring(w http.ResponseWriter, r *http.Request) {
	if !s.readForm(w, r) {
		return
	}
	address := strings.ToLower(strings.TrimSpace(r.PostForm.Get("address")))
	if a, err := mail.ParseAddress(address); err != nil || a.Address != address || len(address) > longestAddress {
		http.Redirect(w, r, signInPath+"?done=typo", http.StatusSeeOther)
		return
	}
	if !s.rings.allow(client(r, s.trusted), s.now()) {
		http.Redirect(w, r, signInPath+"?done=busy", http.StatusSeeOther)
		return
	}
	language := preferred(r)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), finishWithin)
	s.sending.Go(func() {
		defer cancel()
		if err := s.options.Door.Send(ctx, address, language); err != nil {
			s.log.ErrorContext(ctx, "web: a link to sign in was not sent", "error", err)
		}
	})
	http.Redirect(w, r, signInPath+"?done=sent", http.StatusSeeOther)
}

// lookAtLink draws the page of a link to sign in by, which a button uses up: what opens
// links without being asked signs nobody in.
func (s *Site) lookAtLink(w http.ResponseWriter, r *http.Request) {
	address, err := s.options.Door.Opens(r.Context(), token(r))
	if err != nil {
		s.failToEnter(w, r, err)
		return
	}
	v := s.roomFor(r, Visitor{}, "enter.title")
	v.Page = struct{ Path, Address string }{r.URL.EscapedPath(), masked(address)}
	s.showRoom(w, http.StatusOK, enterPage, v)
}

// enter signs in whoever presses the button behind a link.
func (s *Site) enter(w http.ResponseWriter, r *http.Request) {
	cookie, err := s.options.Door.Enter(r.Context(), token(r))
	if err != nil {
		s.failToEnter(w, r, err)
		return
	}
	s.setSession(w, cookie)
	http.Redirect(w, r, homePath, http.StatusSeeOther)
}

func (s *Site) failToEnter(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, ErrUnknownLink) {
		s.turnAway(w, r, "broken", http.StatusInternalServerError, err)
		return
	}
	if !s.misses.allow(client(r, s.trusted), s.now()) {
		s.turnAway(w, r, "busy", http.StatusTooManyRequests, nil)
		return
	}
	v := s.roomFor(r, Visitor{}, "over.title")
	s.showRoom(w, http.StatusNotFound, overPage, v)
}

// leaveToSignIn goes on to the organization's own sign-in.
func (s *Site) leaveToSignIn(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("service")
	service, ok := s.services[name]
	if !ok || service.Name() != s.signIn {
		s.refuse(w, r, "", &Refusal{Reason: Unknown})
		return
	}
	s.leaveFor(w, r, service, Wish{Redirect: s.Callback(name)}, signInMark)
}

// admit ends what leaveToSignIn began: the person came back.
func (s *Site) admit(ctx context.Context, w http.ResponseWriter, r *http.Request, service Service, keep []byte, res result) {
	g, err := redeem(ctx, service, keep, res)
	if err != nil {
		s.refuse(w, r, service.Name(), refusalOf(err))
		return
	}
	cookie, err := s.options.Door.Admit(ctx, g.Address)
	if err != nil {
		s.refuse(w, r, service.Name(), refusalOf(err))
		return
	}
	s.setSession(w, cookie)
	http.Redirect(w, r, homePath, http.StatusSeeOther)
}

// signOut ends the session of this browser, or all of its person's.
func (s *Site) signOut(w http.ResponseWriter, r *http.Request) {
	if !s.readForm(w, r) {
		return
	}
	visitor, err := s.visitor(r)
	if err == nil && r.PostForm.Get("do") == "everywhere" {
		err = s.options.Door.OutEverywhere(r.Context(), visitor.Address)
	}
	if err == nil {
		err = s.options.Door.Out(r.Context(), s.session(r))
	}
	if err != nil && !errors.Is(err, ErrSignedOut) {
		s.turnAway(w, r, "broken", http.StatusInternalServerError, err)
		return
	}
	s.setSession(w, "")
	http.Redirect(w, r, signInPath+"?done=out", http.StatusSeeOther)
}

// visitor returns who is signed in in the browser of a request.
func (s *Site) visitor(r *http.Request) (Visitor, error) {
	cookie := s.session(r)
	if cookie == "" {
		return Visitor{}, ErrSignedOut
	}
	return s.options.Door.Visitor(r.Context(), cookie)
}

// sessionName names the cookie of a session, as knownName does that of a known browser.
func (s *Site) sessionName() string {
	if s.public.Scheme == "https" {
		return "__Host-unmeet-session"
	}
	return "unmeet-session"
}

func (s *Site) session(r *http.Request) string {
	c, err := r.Cookie(s.sessionName())
	if err != nil || len(c.Value) > longestState {
		return ""
	}
	return c.Value
}

// setSession gives the browser the cookie of a session; "" takes it away.
func (s *Site) setSession(w http.ResponseWriter, value string) {
	age := int(SignedInFor.Seconds())
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: s.sessionName(), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.public.Scheme == "https",
		SameSite: http.SameSiteLaxMode, // coming from a mail is a navigation from elsewhere
	})
}

// theirs serves a page to whoever is signed in, and leads everybody else to where they
// sign in.
func (s *Site) theirs(serve func(http.ResponseWriter, *http.Request, Visitor)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		visitor, err := s.visitor(r)
		switch {
		case errors.Is(err, ErrSignedOut):
			http.Redirect(w, r, signInPath, http.StatusSeeOther)
		case err != nil:
			s.broken(w, r, err)
		default:
			serve(w, r, visitor)
		}
	}
}

func (s *Site) broken(w http.ResponseWriter, r *http.Request, err error) {
	s.log.LogAttrs(r.Context(), slog.LevelError, "web: a page failed", slog.String("route", r.Pattern), slog.Any("error", err))
	s.turnAway(w, r, "broken", http.StatusInternalServerError, err)
}

// Wait returns once all links that were asked for are on their way.
func (s *Site) Wait() { s.sending.Wait() }
