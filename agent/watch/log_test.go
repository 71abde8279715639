package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestLogStrikesOut(t *testing.T) {
	secret := &url.Error{Op: "Get", URL: "https://calendar.example/private-abc123/basic.ics?key=k1", Err: errors.New("refused")}
	for _, c := range []struct {
		value any
		want  string
	}{
		{"550 5.1.1 <Ann.O'Neil+x@acme.example>: no such user", "5.1.1 <[address]>: no such user"},
		{`mailbox "ann@acme.example" is full`, `mailbox \"[address]\" is full`},
		{"calendars/ann%40acme.example/events", "calendars/[address]/events"},
		{"mailto:ann@localhost", "mailto:[address]"},
		{"https://unmeet.acme.example/a/7q2k9d5hb0m3wz1t8cx4v6ynge", "https://unmeet.acme.example/a/…"},
		{"POST /u/7q2k9d5hb0m3wz1t8cx4v6ynge was lost", "POST /u/… was lost"},
		{"https://unmeet.acme.example/connect/google/callback?code=abc&state=def", "callback?…"},
		{"https://unmeet.acme.example/connect", "https://unmeet.acme.example/connect"},
		{fmt.Errorf("read: %w", secret), `https://calendar.example/…`},
		{[]string{"web.listen", "ann@acme.example"}, "[web.listen [address]]"},
		{slog.GroupValue(slog.String("who", "ann@acme.example")), "=[address]"},
		{"open /srv/calendars/ann.ics: permission denied", "open /srv/calendars/….ics: permission denied"},
		{"GET /a/{token}", "GET /a/{token}"},
		{42, "=42"},
	} {
		var out bytes.Buffer
		NewLog(&out, Text, slog.LevelInfo).With("before", c.value).WithGroup("g").Warn("tried "+fmt.Sprint(c.value), "after", c.value)
		if _, message := c.value.(error); !message && strings.Count(out.String(), c.want) < 1 {
			t.Errorf("%v: %s", c.value, out.String())
		}
		for _, after := range strings.SplitAfter(out.String(), "msg=")[1:] {
			if at := strings.LastIndex(after, "after"); !strings.Contains(after[at:], c.want) {
				t.Errorf("%v: %s, want %q", c.value, after[at:], c.want)
			}
		}
		for _, telling := range []string{"acme.example>", "ann@", "ann%40", "7q2k9d", "code=abc", "g.after=ann"} {
			if strings.Contains(out.String(), telling) {
				t.Errorf("%v: the log holds %q: %s", c.value, telling, out.String())
			}
		}
	}
	var out bytes.Buffer
	NewLog(&out, Text, slog.LevelWarn).Info("less grave")
	if out.Len() > 0 {
		t.Errorf("below its level: %s", &out)
	}
}

func TestRequestsBearIDs(t *testing.T) {
	var out bytes.Buffer
	log := NewLog(&out, JSON, slog.LevelInfo)
	h := Requests(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		log.InfoContext(context.WithoutCancel(r.Context()), "looked", "mail", 3)
	}))
	seen := map[string]bool{}
	for range 2 {
		out.Reset()
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		r.Header.Set(RequestHeader, "made up\nlevel=ERROR")
		h.ServeHTTP(w, r)
		var line struct {
			Msg, Request string
			Mail         int
		}
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		id := w.Header().Get(RequestHeader)
		if len(id) != 16 || line.Request != id || line.Msg != "looked" || line.Mail != 3 {
			t.Errorf("the answer bears %q, the log %+v", id, line)
		}
		seen[id] = true
	}
	if len(seen) != 2 {
		t.Error("two requests have one id")
	}
}
