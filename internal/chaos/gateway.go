package chaos

import (
	"io"
	"log"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
)

// Gateway is an HTTP proxy before a server, and one of the kind that people swear at:
// it answers with pages of its own, and loses answers to what was carried out.
type Gateway struct {
	behind *httputil.ReverseProxy

	mu     sync.Mutex
	dice   *rand.Rand
	odds   float64
	counts map[string]int
	wrote  map[string]int
}

// NewGateway returns a gateway before the server at an address
// ("http://127.0.0.1:5232"). It makes no trouble yet.
func NewGateway(address string, seed uint64) (*Gateway, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	behind := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) },
		// A connection that is used again may have ended, and a small server may take but
		// a few: both would be trouble of our own.
		Transport: &http.Transport{DisableKeepAlives: true, MaxConnsPerHost: 4},
		ErrorLog:  log.New(io.Discard, "", 0),
	}
	g := &Gateway{behind: behind, dice: rand.New(rand.NewPCG(seed, 2)), counts: map[string]int{}, wrote: map[string]int{}}
	behind.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) {
		g.mu.Lock()
		g.counts["not answered by the server"]++
		g.mu.Unlock()
		w.WriteHeader(http.StatusBadGateway)
	}
	return g, nil
}

// Set changes how probable it is that a request meets with trouble.
func (g *Gateway) Set(odds float64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.odds = odds
}

// Counts are how many requests came ("requests"), and how many met with each trouble.
func (g *Gateway) Counts() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.counts)
}

// Writes are how often each path was written to (PUT), as the server behind says,
// whatever came of its answer.
func (g *Gateway) Writes() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.wrote)
}

// The kinds of trouble that a gateway makes.
var mischief = []string{"pages", "lost requests", "lost answers", "halved answers"}

func (g *Gateway) draw() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts["requests"]++
	if g.dice.Float64() >= g.odds {
		return ""
	}
	what := mischief[g.dice.IntN(len(mischief))]
	g.counts[what]++
	return what
}

// ServeHTTP implements [http.Handler].
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	trouble := g.draw()
	switch trouble {
	case "pages":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>502</title><h1>Bad Gateway</h1>")
		return
	case "lost requests":
		panic(http.ErrAbortHandler)
	}
	answer := httptest.NewRecorder()
	g.behind.ServeHTTP(answer, r)
	if r.Method == http.MethodPut && answer.Code/100 == 2 {
		g.mu.Lock()
		g.wrote[r.URL.Path]++
		g.mu.Unlock()
	}
	if trouble == "lost answers" {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), answer.Header())
	w.Header().Del("Content-Length")
	w.WriteHeader(answer.Code)
	body := answer.Body.Bytes()
	if trouble == "halved answers" {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body)
}
