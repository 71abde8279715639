package caldav

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"unmeet/calendars/caldav/caldavtest"
	"unmeet/calendars/calendartest"
)

// TestResponder runs the suite of all responders on calendars of real servers.
func TestResponder(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *caldavtest.Server{"radicale": caldavtest.Radicale, "xandikos": caldavtest.Xandikos} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t)
			n := 0
			calendartest.TestResponder(t, calendartest.Bench{Open: func(t *testing.T, w *calendartest.World, clock *calendartest.Clock, owner string) calendartest.Office {
				n++
				calendar := server.Calendar(t, fmt.Sprint("responder-", n))
				way := &faulty{base: http.DefaultTransport}
				source := &Source{
					Client: New(Options{User: caldavtest.User, Password: caldavtest.Password, Base: way}), Addresses: []string{owner}, Now: clock.Now,
				}
				up := &caldavtest.Publisher{Server: server, Calendar: calendar}
				return calendartest.Office{
					Responder: source, Source: source, Remote: calendar,
					Publish: func() { up.Overwrite(t, caldavtest.Objects(w.ICalendar(owner))) },
					Effects: way.written,
					Between: func(do func()) { way.set(func() { way.between = do }) },
					Faults: map[string]func(){
						"412":                 func() { way.set(func() { way.answer = http.StatusPreconditionFailed }) },
						"503":                 func() { way.set(func() { way.answer = http.StatusServiceUnavailable }) },
						"429":                 func() { way.set(func() { way.answer = http.StatusTooManyRequests }) },
						"reset before commit": func() { way.set(func() { way.reset = before }) },
						"reset after commit":  func() { way.set(func() { way.reset = after }) },
					},
				}
			}})
		})
	}
}

// faulty stands between client and server, counts what is written, and makes
// trouble of the next PUT.
type faulty struct {
	base http.RoundTripper

	mu      sync.Mutex
	puts    int
	between func()
	answer  int    // instead of the server's
	reset   string // before or after the server has it
}

const before, after = "before", "after"

var errReset = errors.New("connection reset")

func (f *faulty) set(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

func (f *faulty) written() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.puts
}

// RoundTrip implements http.RoundTripper.
func (f *faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPut {
		return f.base.RoundTrip(r)
	}
	f.mu.Lock()
	do, answer, reset := f.between, f.answer, f.reset
	f.between, f.answer, f.reset = nil, 0, ""
	f.mu.Unlock()
	if do != nil {
		do()
	}
	if answer != 0 {
		rec := httptest.NewRecorder()
		rec.WriteHeader(answer)
		return rec.Result(), nil
	}
	if reset == before {
		return nil, errReset
	}
	resp, err := f.base.RoundTrip(r)
	if err == nil && resp.StatusCode/100 == 2 {
		f.set(func() { f.puts++ })
	}
	if err == nil && reset == after {
		resp.Body.Close()
		return nil, errReset
	}
	return resp, err
}
