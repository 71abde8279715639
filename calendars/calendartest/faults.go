package calendartest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Request is the record of one request.
type Request struct {
	At     time.Time // of the server's clock
	Method string
	Path   string
	Query  url.Values
	User   string // address of whom it was made for; "" if nobody can tell
	Body   []byte // of a request other than GET
	Gzip   bool   // a compressed answer was welcome
	Status int    // of the answer; 0 if none was given
	Reason string // of a refusal

	rawQuery string // kept in place of Query: a day of a big organization fits in memory
}

// Requests returns the requests so far that pick picks (all when nil).
func (g *Google) Requests(pick func(Request) bool) []Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	var picked []Request
	for _, r := range g.requests {
		r.Query, _ = url.ParseQuery(r.rawQuery)
		if pick == nil || pick(r) {
			picked = append(picked, r)
		}
	}
	return picked
}

// Forget clears the record of requests.
func (g *Google) Forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests = nil
}

func (g *Google) record(r Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r.Query = nil
	g.requests = append(g.requests, r)
}

// Fault makes trouble for some requests. Empty fields pick all.
type Fault struct {
	Method string
	Path   string // a part of the path
	Query  string // a parameter that the request has, as "syncToken"
	User   string
	Skip   int     // so many picked requests pass first
	Times  int     // so often, then never again; 0: for ever
	Rate   float64 // with this probability (see Settings.Seed); 0: always
	Do     Trouble
}

// Trouble is what a fault does to a request. The functions below make them.
type Trouble struct {
	refusal    *refusal
	oauth      *oauthError
	retryAfter string
	html       bool
	hang       bool
	reset      resetWhen
	truncate   bool
	slow       time.Duration
	meanwhile  func()
}

type resetWhen int

const (
	resetBefore resetWhen = iota + 1
	resetAfter
)

// Refuse answers with an error of the API, by its reason as "backendError" or
// "rateLimitExceeded". status replaces the usual one unless 0.
func Refuse(reason string, status int) Trouble {
	no := refuse(reason, "", "")
	no.status = cmp.Or(status, no.status)
	return Trouble{refusal: no}
}

// RefuseToken answers a request to the token endpoint with an OAuth error, as
// "invalid_grant" with the subtype "invalid_rapt".
func RefuseToken(code, subtype string) Trouble {
	return Trouble{oauth: &oauthError{Code: code, Subtype: subtype}}
}

// HTML answers 502 with a page instead of JSON, as a proxy in between does.
func HTML() Trouble { return Trouble{html: true} }

// Hang never answers; the request ends when the client or the server gives up.
func Hang() Trouble { return Trouble{hang: true} }

// ResetBefore cuts the connection before the request is carried out.
func ResetBefore() Trouble { return Trouble{reset: resetBefore} }

// ResetAfter carries the request out and cuts the connection in the middle of
// the answer.
func ResetAfter() Trouble { return Trouble{reset: resetAfter} }

// TruncateGzip sends half of the compressed answer as if it were whole.
func TruncateGzip() Trouble { return Trouble{truncate: true} }

// Slow sends the answer in eight pieces with a pause (of real time) before each.
func Slow(pause time.Duration) Trouble { return Trouble{slow: pause} }

// Meanwhile carries the request out and calls do before the answer is sent: what
// do changes, whoever asked does not know of.
func Meanwhile(do func()) Trouble { return Trouble{meanwhile: do} }

// After returns t with a Retry-After header: seconds, or an HTTP date.
func (t Trouble) After(retryAfter string) Trouble {
	t.retryAfter = retryAfter
	return t
}

// Inject adds a fault. Of several that pick a request the first one acts.
func (g *Google) Inject(f Fault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = append(g.faults, &f)
}

// Heal removes all faults.
func (g *Google) Heal() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = nil
}

// trouble picks the fault that acts on a request, if any.
func (g *Google) trouble(r Request) Trouble {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, f := range g.faults {
		if f.Method != "" && f.Method != r.Method || !strings.Contains(r.Path, f.Path) ||
			f.Query != "" && !r.Query.Has(f.Query) || f.User != "" && !strings.EqualFold(f.User, r.User) {
			continue
		}
		if f.Rate > 0 && g.dice.Float64() >= f.Rate {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Times == 1 {
			g.faults = slices.Delete(g.faults, i, i+1)
		}
		f.Times--
		return f.Do
	}
	return Trouble{}
}

// before answers in place of the server, where the trouble is of that kind.
func (t Trouble) before(g *Google, r *http.Request) (answer, bool) {
	switch {
	case t.hang:
		select {
		case <-r.Context().Done():
		case <-g.closing:
		}
		return answer{}, true
	case t.reset == resetBefore:
		return answer{}, true
	case t.html:
		a := answer{status: http.StatusBadGateway, header: http.Header{}, reason: "html"}
		a.header.Set("Content-Type", "text/html; charset=UTF-8")
		a.body = []byte("<!DOCTYPE html><title>Error 502 (Server Error)!!1</title><p><b>502.</b> That’s an error.\n")
		return a, true
	case t.refusal != nil:
		return g.refused(t.refusal), true
	case t.oauth != nil:
		return t.oauth.answer(), true
	}
	return answer{}, false
}

// write sends an answer, in the way the trouble wants.
func (t Trouble) write(g *Google, w http.ResponseWriter, r *http.Request, a answer) {
	if t.hang || t.reset == resetBefore {
		cut(w)
		return
	}
	if t.meanwhile != nil {
		t.meanwhile()
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if t.retryAfter != "" {
		w.Header().Set("Retry-After", t.retryAfter)
	}
	if wantsGzip(r) && len(a.body) > 0 {
		w.Header().Set("Content-Encoding", "gzip")
		a.body = compress(a.body)
		if t.truncate {
			a.body = a.body[:len(a.body)/2]
		}
	}
	if a.status != http.StatusNotModified && a.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	switch {
	case t.reset == resetAfter:
		w.Write(a.body[:len(a.body)/2])
		http.NewResponseController(w).Flush()
		cut(w)
	case t.slow > 0:
		for piece := range slices.Chunk(a.body, len(a.body)/8+1) {
			select {
			case <-time.After(t.slow):
			case <-r.Context().Done():
				return
			case <-g.closing:
			}
			w.Write(piece)
			http.NewResponseController(w).Flush()
		}
	default:
		w.Write(a.body)
	}
}

// cut breaks the connection so that the client sees it reset.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

func wantsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// zippers are kept, since making one costs more than most answers.
var zippers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
	return z
}}

func compress(body []byte) []byte {
	var b bytes.Buffer
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(&b)
	z.Write(body)
	z.Close()
	return b.Bytes()
}

// jsonAnswer is an answer of JSON.
func jsonAnswer(status int, v any, reason string) answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("calendartest: %v cannot be written: %v", v, err))
	}
	a := answer{status: status, header: http.Header{}, body: body, reason: reason}
	a.header.Set("Content-Type", "application/json; charset=UTF-8")
	return a
}
