package calendartest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Google is a fake of the parts of Google that unmeet talks to, all at one
// address:
//
//	/calendar/v3/…              the Calendar API
//	/admin/directory/v1/…       the Directory API
//	/o/oauth2/v2/auth           the page where people consent
//	/token, /revoke, /certs     OAuth
//	/v1/userinfo                OpenID
//	/v1/projects/-/serviceAccounts/…:signJwt   IAM credentials
//
// It is an [http.Handler], so that it can also be run at a fixed address.
type Google struct {
	*World
	URL string // where it listens, without a slash at the end

	mux     *http.ServeMux
	sealKey []byte
	set     Settings // under World.mu
	closing chan struct{}

	mu       sync.Mutex
	requests []Request
	faults   []*Fault
	dice     *rand.Rand
	limits   limits
	oauth    oauth
	push     push
}

// Settings bend the server. The zero value behaves as Google usually does.
type Settings struct {
	PageMax       int  // most items on a page, whatever is asked for; 0: as asked
	EmptyPages    bool // every other page of events is empty, with a token for the next
	RepeatItems   bool // a page of events begins with the last item of the one before
	PageTokenLife time.Duration
	SyncTokenLife time.Duration // 0: for ever, until ExpireTokens

	AccessTokenLife time.Duration // an hour when 0
	RotateRefresh   bool          // each refresh yields a new refresh token and spoils the old
	DropComments    bool          // an answer given with attendeesOmitted loses its comment
	IgnoreWrites    bool          // a PATCH is answered as if it had been carried out, and is not

	UserPerMinute    int  // requests a quota user may make a minute; 0: no limit
	ProjectPerMinute int  // requests all may make a minute; 0: no limit
	TooMany          bool // limits answer 429 instead of 403

	PlainHTTPPush bool // notification channels may have an http address
	Seed          uint64
}

// NewGoogle returns a server for the people of w. Set URL before the first
// request, or use [StartGoogle].
func NewGoogle(w *World) *Google {
	g := &Google{World: w, sealKey: []byte("a fake needs no secrets"), closing: make(chan struct{}), dice: rand.New(rand.NewPCG(0, 0))}
	g.oauth = newOAuth()
	g.push.channels = map[string]*channel{}
	w.mu.Lock()
	w.changed = g.notify
	w.mu.Unlock()
	g.route()
	return g
}

// StartGoogle runs a server for the people of w on a free port of this machine
// until the test ends.
func StartGoogle(t testing.TB, w *World) *Google {
	t.Helper()
	g := NewGoogle(w)
	s := httptest.NewServer(g)
	g.URL = s.URL
	t.Cleanup(func() {
		g.Close()
		s.Close()
	})
	return g
}

// ListenAndServe runs the server at an address such as "127.0.0.1:9000" until
// ctx ends. It is for showing unmeet off without Google.
func (g *Google) ListenAndServe(ctx context.Context, address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	g.URL = "http://" + l.Addr().String()
	s := &http.Server{Handler: g, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() {
		g.Close()
		s.Close()
	})
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close ends requests that hang. The listener is its owner's to close.
func (g *Google) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.closing:
	default:
		close(g.closing)
	}
}

// Configure changes the settings.
func (g *Google) Configure(change func(*Settings)) {
	g.World.mu.Lock()
	defer g.World.mu.Unlock()
	seed := g.set.Seed
	change(&g.set)
	if g.set.Seed != seed {
		g.mu.Lock()
		g.dice = rand.New(rand.NewPCG(g.set.Seed, 0))
		g.mu.Unlock()
	}
}

// Client returns an HTTP client that is let in as address with the given scopes
// (all of them when none are named), for an hour of the server's time.
func (g *Google) Client(address string, scopes ...string) *http.Client {
	token := g.Token(address, scopes...)
	return &http.Client{Transport: bearer{token, http.DefaultTransport}}
}

type bearer struct {
	token string
	next  http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.next.RoundTrip(r)
}

// ServeHTTP implements [http.Handler].
func (g *Google) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

func (g *Google) route() {
	g.mux = http.NewServeMux()
	api := func(pattern string, scopes []string, do func(*call) (any, *refusal)) {
		g.mux.Handle(pattern, g.endpoint(func(x *exchange) answer { return g.api(x, scopes, do) }))
	}
	api("GET /calendar/v3/users/me/calendarList", listScopes, g.listCalendars)
	api("GET /calendar/v3/users/me/calendarList/{calendar}", listScopes, g.getCalendar)
	g.routeEvents(api)
	g.routeDirectory(api)
	g.routeOAuth()
	g.mux.Handle("/", g.endpoint(func(*exchange) answer { return g.refused(refuse("notFound", "", "")) }))
}

// Scopes that the APIs ask for: any one of a list will do.
const scopeRoot = "https://www.googleapis.com/auth/"

var (
	readScopes = []string{
		scopeRoot + "calendar", scopeRoot + "calendar.readonly", scopeRoot + "calendar.events", scopeRoot + "calendar.events.readonly",
		scopeRoot + "calendar.events.owned", scopeRoot + "calendar.events.owned.readonly",
	}
	writeScopes = []string{scopeRoot + "calendar", scopeRoot + "calendar.events", scopeRoot + "calendar.events.owned"}
	listScopes  = []string{
		scopeRoot + "calendar", scopeRoot + "calendar.readonly", scopeRoot + "calendar.calendarlist", scopeRoot + "calendar.calendarlist.readonly",
	}
)

// exchange is one request on its way through the server.
type exchange struct {
	r     *http.Request
	query url.Values
	body  []byte
}

// answer is what goes back, before any trouble is made of it.
type answer struct {
	status int
	header http.Header
	body   []byte
	reason string // of an error
}

// endpoint makes a handler of h, with faults and the record of requests.
func (g *Google) endpoint(h func(*exchange) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			http.Error(w, "body too large", http.StatusRequestEntityTooLarge)
			return
		}
		x := &exchange{r: r, query: r.URL.Query(), body: body}
		req := Request{At: g.World.now(), Method: r.Method, Path: r.URL.Path, Query: x.query, rawQuery: r.URL.RawQuery, User: g.userOf(x), Gzip: wantsGzip(r)}
		if r.Method != http.MethodGet {
			req.Body = body
		}
		trouble := g.trouble(req)
		a, done := trouble.before(g, r)
		if !done {
			a = h(x)
		}
		req.Status, req.Reason = a.status, a.reason
		g.record(req)
		trouble.write(g, w, r, a)
	}
}

// call is a request to an API by somebody who was let in.
type call struct {
	*exchange
	user  *person
	grant *grant
}

// api lets a request in, runs it on the world, and writes what it yields.
func (g *Google) api(x *exchange, scopes []string, do func(*call) (any, *refusal)) answer {
	c := &call{exchange: x}
	out, no := g.carryOut(c, scopes, do)
	if no != nil {
		return g.refused(no)
	}
	a := answer{status: http.StatusOK, header: http.Header{}}
	if out == nil {
		a.status = http.StatusNoContent
		return a
	}
	var m mask
	if f := x.query.Get("fields"); f != "" {
		var err error
		if m, err = parseMask(f); err == nil {
			err = m.check(reflect.TypeOf(out))
		}
		if err != nil {
			return g.refused(refuse("invalid", err.Error(), "fields"))
		}
	}
	a.header.Set("Content-Type", "application/json; charset=UTF-8")
	if tag := reflect.Indirect(reflect.ValueOf(out)).FieldByName("ETag"); tag.IsValid() && x.r.Method == http.MethodGet {
		a.header.Set("ETag", tag.String())
		if slices.Contains(strings.Split(x.r.Header.Get("If-None-Match"), ", "), tag.String()) {
			a.status = http.StatusNotModified
			return a
		}
	}
	var b bytes.Buffer
	encode(&b, reflect.ValueOf(out), m)
	a.body = b.Bytes()
	return a
}

func (g *Google) carryOut(c *call, scopes []string, do func(*call) (any, *refusal)) (any, *refusal) {
	g.World.mu.Lock()
	defer g.World.mu.Unlock()
	if no := g.admit(c, scopes); no != nil {
		return nil, no
	}
	return do(c)
}

// refused is the answer that tells of a refusal.
func (g *Google) refused(no *refusal) answer {
	return jsonAnswer(no.status, no.body(), no.reason)
}

// readable resolves a calendar's id and the caller's role on it.
func (g *Google) readable(c *call, id string) (*calendar, string, *refusal) {
	if id == "primary" {
		id = c.user.Address
	}
	cal := g.World.calendars[id]
	if p := g.World.people[strings.ToLower(id)]; cal == nil && p != nil {
		cal = g.World.calendars[p.Address]
	}
	if cal == nil {
		return nil, "", refuse("notFound", "", "")
	}
	role := cal.roles[c.user.Address]
	if cal.owner == c.user.Address {
		role = cmp.Or(role, "owner")
	}
	if role == "" || role != "owner" && c.grant.onlyOwned() {
		return nil, "", refuse("notFound", "", "")
	}
	return cal, role, nil
}
