package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// largestForm bounds what is posted to us: a field or two.
	largestForm = 4 << 10
	// Attempts that may begin, all people together: as many as a large organization
	// makes on its first morning, and few enough for the database.
	attemptsPerSecond = 20
	attemptsAtOnce    = 200
	// finishWithin bounds the calls to a service when somebody comes back.
	finishWithin = time.Minute
)

// Options are what the pages need.
type Options struct {
	Public   string // address at which people reach us: "https://unmeet.acme.example"
	About    About
	Services []Service
	SignIn   Service // by which people take part without connecting a calendar; nil: none
	Keep     Keeper
	Desk     Desk // nil: there are no pages behind links
	Door     Door // nil: nobody signs in
	Home     Home // pages of those who signed in; with Door
	// Organization makes the organization's page; nil: there is none.
	Organization Organization
	Standing     func(address string) Standing // what taking part means to a person; nil: that nobody is in a group
	Trusted      []netip.Prefix                // proxies whose X-Forwarded-For is believed; behind https this machine is one
	Log          *slog.Logger                  // nil: nobody is told
}

// Site is the handler of the pages.
type Site struct {
	public   *url.URL
	about    About
	names    []string           // of the services, in order
	signIn   string             // name of what people take part by; "" nothing
	services map[string]Service // by name in lower case
	keep     Keeper
	now      func() time.Time
	log      *slog.Logger
	limit    *rate.Limiter
	desk     Desk // nil: no pages behind links
	standing func(address string) Standing
	trusted  []netip.Prefix
	links    *limiter // of requests for links, by how their tokens begin
	options  Options
	rings    *limiter                    // of links to sign in by, by where one asks for them
	sending  sync.WaitGroup              // of those
	misses   *limiter                    // of those for links that are none, by where they come from
	crossed  *http.CrossOriginProtection // for what lets others post, and checks for itself
	handler  http.Handler
}

// New returns the pages. An address that is not fit for them is an error; see
// [CheckPublic].
func New(o Options) (*Site, error) {
	public, err := CheckPublic(o.Public)
	if err != nil {
		return nil, err
	}
	s := &Site{
		public: public, about: o.About, services: map[string]Service{}, keep: o.Keep, now: o.Keep.Now,
		log: o.Log, limit: rate.NewLimiter(attemptsPerSecond, attemptsAtOnce),
		desk: o.Desk, standing: o.Standing, trusted: o.Trusted, crossed: http.NewCrossOriginProtection(),
		links:  newLimiter(linksPerSecond, linksAtOnce, remembered),
		misses: newLimiter(missesPerSecond, missesAtOnce, remembered),
		rings:  newLimiter(ringsPerSecond, ringsAtOnce, remembered), options: o,
	}
	if public.Scheme == "https" {
		// We speak no TLS: there is a proxy, and it is we who are asked from here.
		s.trusted = slices.Concat(o.Trusted, thisMachine)
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	for _, service := range o.Services {
		s.names = append(s.names, service.Name())
		s.services[strings.ToLower(service.Name())] = service
	}
	if o.SignIn != nil {
		s.signIn = o.SignIn.Name()
		s.services[strings.ToLower(s.signIn)] = o.SignIn
	}
	return s, s.route()
}

// CheckPublic reads the address at which people reach the pages: https, or http on
// this machine alone, and a host of its own, since cookies belong to a host.
func CheckPublic(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%q is no address: it takes one such as https://unmeet.acme.example", address)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fmt.Errorf("%q must begin with https://: sign-ins pass through it", address)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return nil, fmt.Errorf("%q must be a host alone, such as https://unmeet.acme.example", address)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Callback returns the address that a service sends browsers back to.
func (s *Site) Callback(service string) string {
	return s.public.String() + callbackPath(service)
}

func callbackPath(service string) string {
	return "/connect/" + strings.ToLower(service) + "/callback"
}

func (s *Site) route() error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.toStart)
	mux.HandleFunc("GET /connect", s.start)
	mux.HandleFunc("GET /connect/{service}", s.toStart)
	mux.HandleFunc("POST /connect/{service}", s.leave)
	mux.HandleFunc("GET /connect/{service}/callback", s.callback)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, "", &Refusal{Reason: Unknown}) })

	if s.desk != nil {
		s.routeLinks(mux)
	}
	if s.options.Door != nil {
		s.routeDoor(mux)
		s.routeHome(mux)
	}

	crossed := http.NewCrossOriginProtection()
	for _, c := range []*http.CrossOriginProtection{crossed, s.crossed} {
		// A proxy in front may have rewritten the host.
		if err := c.AddTrustedOrigin(s.public.String()); err != nil {
			return fmt.Errorf("trust %s: %w", s.public, err)
		}
	}
	// Mail programs post there by themselves; what else does is checked there.
	crossed.AddInsecureBypassPattern("POST /u/{token}")
	crossed.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if behindLink(r) {
			s.turnAway(w, r, "crossed", http.StatusForbidden, nil)
			return
		}
		s.refuse(w, r, "", &Refusal{Reason: Crossed})
	}))
	s.handler = crossed.Handler(mux)
	return nil
}

// ServeHTTP implements [http.Handler].
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.now()
	largest := int64(largestForm)
	if behindLink(r) || strings.HasPrefix(r.URL.Path, homePath+"/") {
		largest = largestAnswer
	}
	r.Body = http.MaxBytesReader(w, r.Body, largest)
	protect(w.Header())
	noted := &noting{ResponseWriter: w, status: http.StatusOK}
	s.handler.ServeHTTP(noted, r)
	// The route, never the path: addresses and queries hold secrets.
	s.log.InfoContext(r.Context(), "web", "route", r.Pattern, "status", noted.status, "took", s.now().Sub(began))
}

// noting notes the status of an answer.
type noting struct {
	http.ResponseWriter
	status int
}

func (n *noting) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

func (s *Site) toStart(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/connect", http.StatusSeeOther)
}

// start explains what is read and why.
func (s *Site) start(w http.ResponseWriter, r *http.Request) {
	if prefers(r, "de") {
		show(w, http.StatusOK, startDE, view{About: s.about, Tag: "de", Title: "Kalender verbinden", Services: s.names, SignIn: s.signIn})
		return
	}
	show(w, http.StatusOK, startPage, view{About: s.about, Title: "Connect your calendar", Services: s.names, SignIn: s.signIn})
}

// showConnected says what comes of having connected.
func showConnected(w http.ResponseWriter, r *http.Request, about About, standing func(address string) Standing, address string, enrolled bool) {
	v := view{About: about, Title: "You are connected", Address: address, Enrolled: enrolled}
	if enrolled {
		v.Title = "You take part"
	}
	if standing != nil {
		v.Standing = standing(address)
	}
	if prefers(r, "de") {
		v.Tag, v.Title = "de", "Ihr Kalender ist verbunden"
		if enrolled {
			v.Title = "Sie nehmen teil"
		}
		show(w, http.StatusOK, connectedDE, v)
		return
	}
	show(w, http.StatusOK, connectedPage, v)
}

// prefers reports whether a browser wants pages in a language before all others.
func prefers(r *http.Request, language string) bool {
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	first, _, _ = strings.Cut(first, ";")
	base, _, _ := strings.Cut(strings.TrimSpace(first), "-")
	return strings.EqualFold(base, language)
}

// leave begins an attempt, and goes on to the service. It does so by a page and
// not by a redirect, which the policy on forms would stop at the next site, and
// at any that an organization signs in with.
func (s *Site) leave(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("service")
	service, ok := s.services[name]
	if !ok {
		s.refuse(w, r, "", &Refusal{Reason: Unknown})
		return
	}
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form is too large or broken", http.StatusBadRequest)
		return
	}
	s.leaveFor(w, r, service, Wish{Redirect: s.Callback(name), Force: r.PostForm.Get("force") == "1"}, "")
}

// leaveFor is leave for a service, with what to come back to in the cookie.
func (s *Site) leaveFor(w http.ResponseWriter, r *http.Request, service Service, wish Wish, back string) {
	name := strings.ToLower(service.Name())
	if !s.limit.AllowN(s.now(), 1) {
		s.refuse(w, r, service.Name(), &Refusal{Reason: Busy})
		return
	}
	l, err := service.Leave(wish)
	if err == nil {
		err = s.begin(r.Context(), name, l, s.bind(w, l.State, back))
	}
	if err != nil {
		s.refuse(w, r, service.Name(), refusalOf(err))
		return
	}
	show(w, http.StatusOK, onwardPage, view{About: s.about, Title: "Going on to " + service.Name(), Service: service.Name(), Next: l.URL})
}

// callback is where a service sends a browser back to. It is the one address that
// does something when it is got; what it does is what leave was asked for.
func (s *Site) callback(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("service")
	service, ok := s.services[name]
	if !ok {
		s.refuse(w, r, "", &Refusal{Reason: Unknown})
		return
	}
	if r.Method != http.MethodGet { // the mux lets HEAD in with GET
		w.Header().Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	res := readResult(r.URL.Query())
	cookie, err := r.Cookie(s.cookieName(res.state))
	if res.state == "" || err != nil {
		// Without looking the state up: what somebody else's browser got hold of
		// must not spoil the attempt of the right one.
		s.refuse(w, r, service.Name(), &Refusal{Reason: Elsewhere})
		return
	}
	// Whoever closes the page now has agreed all the same; half of it done would be
	// worse than all of it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), finishWithin)
	defer cancel()
	keep, err := s.comeBack(ctx, name, res.state, cookie.Value)
	back := backTo(cookie.Value)
	if back == signInMark && s.options.Door != nil && err == nil {
		s.admit(ctx, w, r, service, keep, res)
		return
	}
	if back != "" && back != signInMark && s.desk != nil {
		if err == nil {
			err = s.allowed(ctx, w, r, service, keep, res)
		}
		s.backToLink(w, r, back, err)
		return
	}
	if err != nil {
		s.refuse(w, r, service.Name(), refusalOf(err))
		return
	}
	g, err := redeem(ctx, service, keep, res)
	if err == nil {
		err = s.keep.Save(ctx, name, g)
	}
	switch {
	case errors.Is(err, ErrNoSecret):
		show(w, http.StatusOK, againPage, view{About: s.about, Title: "One more step", Service: service.Name(), Form: "/connect/" + name})
	case err != nil:
		s.refuse(w, r, service.Name(), refusalOf(err))
	default:
		s.recognize(w, r, g.Address)
		showConnected(w, r, s.about, s.standing, g.Address, g.Enrols)
	}
}

// refuse tells the person and, where something can be learned, the log.
func (s *Site) refuse(w http.ResponseWriter, r *http.Request, service string, why *Refusal) {
	level := slog.LevelInfo
	if why.Reason == Broken || why.Reason == Administrator || why.Reason == Unavailable {
		level = slog.LevelError
	}
	told := []any{"route", r.Pattern, "reason", string(why.Reason)}
	if why.Err != nil {
		told = append(told, "error", why.Err)
	}
	s.log.Log(r.Context(), level, "web: refused", told...)
	showRefusal(w, s.about, service, "/connect", "/connect/"+strings.ToLower(service), why)
}
