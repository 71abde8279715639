package caldav

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"unmeet/calendars/caldav/caldavtest"
	"unmeet/calendars/calendartest"
)

// TestConformance runs the suite of all sources on calendars of real servers, each
// brought up to date before each pull.
func TestConformance(t *testing.T) {
	t.Run("radicale", func(t *testing.T) {
		t.Parallel()
		conform(t, caldavtest.Radicale(t), "sync-collection")
	})
	t.Run("xandikos", func(t *testing.T) {
		t.Parallel()
		server := caldavtest.Xandikos(t)
		for _, mode := range modes {
			t.Run(mode, func(t *testing.T) { conform(t, server, mode) })
		}
	})
}

// conform runs the suite on one server. In mode "etags" it says nothing of
// sync-collection.
func conform(t *testing.T, server *caldavtest.Server, mode string) {
	n := 0
	open := func(t *testing.T, w *calendartest.World, _ *calendartest.Clock, owner string) calendartest.Backend {
		n++
		calendar := server.Calendar(t, fmt.Sprintf("%s-%d", mode, n))
		way := &unkind{T: t, base: http.DefaultTransport, noSync: mode == "etags"}
		client := New(Options{User: caldavtest.User, Password: caldavtest.Password, Base: way})
		up := &caldavtest.Publisher{Server: server, Calendar: calendar}
		b := calendartest.Backend{
			Source:  &Source{Client: client, Addresses: []string{owner}},
			Remote:  calendar,
			Publish: func() { up.Publish(t, caldavtest.Objects(w.ICalendar(owner))) },
			Hostile: func() { way.hostile = true },
			Break:   func() { way.breaks = 1 },
			Whole:   server.Name == "radicale",
		}
		if mode != "etags" {
			b.Expire = func() { way.expired = true }
		}
		return b
	}
	calendartest.TestSource(t, calendartest.Fixture{Kind: "caldav", Open: open})
}

// unkind stands between client and server, and makes what real servers answer
// worse.
type unkind struct {
	*testing.T
	base    http.RoundTripper
	noSync  bool // hides sync-collection
	expired bool // spoils the next sync token
	hostile bool // cuts, repeats and rewrites answers
	breaks  int  // answers that break off

	mu    sync.Mutex
	pages map[string][]byte // what is left of answers that were cut, by token
}

var (
	tokens    = regexp.MustCompile(`(<(?:\w+:)?sync-token>)([^<]*)(</(?:\w+:)?sync-token>)`)
	responses = regexp.MustCompile(`(?s)<(?:\w+:)?response>.*?</(?:\w+:)?response>`)
	hrefText  = regexp.MustCompile(`(<(?:\w+:)?href>)([^<]*)(</(?:\w+:)?href>)`)
)

// RoundTrip implements http.RoundTripper.
func (u *unkind) RoundTrip(r *http.Request) (*http.Response, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	sync := bytes.Contains(body, []byte("<D:sync-collection"))
	if u.expired && sync {
		u.expired = false
		body = tokens.ReplaceAll(body, []byte("${1}http://nothing.example/of/the/kind$3"))
	}
	if m := tokens.FindSubmatch(body); sync && m != nil && u.pages[string(m[2])] != nil {
		return u.page(r, u.pages[string(m[2])], true), nil
	}
	r = r.Clone(r.Context())
	r.Body, r.ContentLength, r.GetBody = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	resp, err := u.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Header.Del("Content-Length")
	resp.ContentLength = -1
	if u.noSync && r.Method == "PROPFIND" {
		text = tokens.ReplaceAll(text, nil)
	}
	if u.breaks > 0 && r.Method == "REPORT" && len(text) > 0 {
		u.breaks--
		text = text[:len(text)/2]
	}
	if u.hostile && resp.StatusCode == http.StatusMultiStatus && r.Method == "REPORT" && !bytes.Contains(body, []byte("multiget")) {
		resp.Body.Close()
		return u.page(r, text, sync), nil
	}
	resp.Body = io.NopCloser(bytes.NewReader(text))
	return resp, nil
}

// page answers with the first two responses of text, the first of them twice, in
// odd writing, and says that there is more (RFC 6578 §3.6).
func (u *unkind) page(r *http.Request, text []byte, sync bool) *http.Response {
	text = hrefText.ReplaceAllFunc(text, func(m []byte) []byte {
		parts := hrefText.FindSubmatch(m)
		href := string(parts[2])
		if strings.HasPrefix(href, "/") {
			href = "http://" + r.URL.Host + strings.ReplaceAll(href, "e", "%65")
		}
		return []byte(string(parts[1]) + href + string(parts[3]))
	})
	all := responses.FindAllIndex(text, -1)
	if len(all) > 2 {
		token := fmt.Sprintf("http://page.example/%d", len(u.pages)+1)
		if u.pages == nil {
			u.pages = map[string][]byte{}
		}
		rest := append(bytes.Clone(text[:all[0][0]]), text[all[2][0]:]...)
		cut := bytes.Clone(text[:all[1][1]])
		cut = append(cut, text[all[0][0]:all[0][1]]...)
		cut = append(cut, []byte(`<X:response xmlns:X="DAV:"><X:href>`+r.URL.Path+`</X:href><X:status>HTTP/1.1 507 Insufficient Storage</X:status></X:response>`)...)
		text = append(cut, text[all[len(all)-1][1]:]...)
		if sync {
			u.pages[token] = rest
			text = tokens.ReplaceAll(text, []byte("${1}"+token+"$3"))
		}
	}
	rec := httptest.NewRecorder()
	rec.Header().Set("Content-Type", "text/xml")
	rec.WriteHeader(http.StatusMultiStatus)
	rec.Write(text) //nolint:errcheck // into memory
	return rec.Result()
}
