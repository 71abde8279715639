package web

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// sitting is somebody at a terminal while Connect waits.
type sitting struct {
	*bench
	links   chan string
	typed   *io.PipeWriter
	address chan string
	failed  chan error
}

func (b *bench) sit(ctx context.Context, change func(*Terminal)) *sitting {
	b.Helper()
	read, write := io.Pipe()
	b.Cleanup(func() { write.Close() })
	s := &sitting{bench: b, links: make(chan string, 2), typed: write, address: make(chan string, 1), failed: make(chan error, 1)}
	t := Terminal{Service: b.service, Keep: b.keep, Show: func(link, _ string, _ bool) { s.links <- link }, Paste: read}
	if change != nil {
		change(&t)
	}
	go func() {
		address, err := t.Connect(ctx)
		s.address <- address
		s.failed <- err
	}()
	return s
}

// link waits for the link that is shown next, and returns the callback in it.
func (s *sitting) link() (callback string) {
	s.Helper()
	select {
	case link := <-s.links:
		u, err := url.Parse(link)
		if err != nil {
			s.Fatal(err)
		}
		return u.Query().Get("redirect")
	case err := <-s.failed:
		s.Fatalf("ended before it showed a link: %v", err)
	case <-time.After(time.Minute):
		s.Fatal("no link is shown")
	}
	return ""
}

func (s *sitting) get(address string) (status int, page string) {
	s.Helper()
	resp, err := http.Get(address)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, body(s.T, resp)
}

func query(pairs ...string) string { _, q, _ := strings.Cut(back(pairs...), "?"); return "?" + q }

func TestTerminal(t *testing.T) {
	b := newBench(t, public)
	s := b.sit(t.Context(), func(t *Terminal) { t.Expect = ann.Address })
	callback := s.link()
	u, err := url.Parse(callback)
	if err != nil || u.Scheme != "http" || u.Hostname() != "127.0.0.1" || u.Path != "/connect/acme/callback" {
		t.Fatalf("comes back to %s", callback)
	}
	if !strings.Contains(b.service.left[0].URL, url.QueryEscape(ann.Address)) {
		t.Error("the service is not told who is expected")
	}
	state, code := b.service.agree(ann)
	for _, c := range []struct {
		address string
		status  int
	}{
		{callback + query("state", rand.Text(), "code", code), http.StatusGone},
		{callback + query("code", code), http.StatusGone},
		{strings.TrimSuffix(callback, "/callback"), http.StatusNotFound},
		{callback + query("state", state, "code", code), http.StatusOK},
	} {
		if status, page := s.get(c.address); status != c.status {
			t.Errorf("%s: %d:\n%s", c.address, status, page)
		}
	}
	if address, err := <-s.address, <-s.failed; address != ann.Address || err != nil {
		t.Errorf("connected %q, %v", address, err)
	}
	if b.refresh(ann.Address) != ann.Secret {
		t.Error("nothing is kept")
	}
}

// TestTerminalStateIsGoodOnce comes back twice at the same time.
func TestTerminalStateIsGoodOnce(t *testing.T) {
	b := newBench(t, public)
	b.service.slow = make(chan struct{})
	s := b.sit(t.Context(), nil)
	callback := s.link()
	state, code := b.service.agree(ann)
	first := make(chan int)
	go func() {
		resp, err := http.Get(callback + query("state", state, "code", code))
		if err != nil {
			t.Error(err)
			close(first)
			return
		}
		resp.Body.Close()
		first <- resp.StatusCode
	}()
	<-b.service.slow
	if status, page := s.get(callback + query("state", state, "code", code)); status != http.StatusGone {
		t.Errorf("the second time: %d:\n%s", status, page)
	}
	b.service.slow <- struct{}{}
	if status := <-first; status != http.StatusOK {
		t.Errorf("the first time: %d", status)
	}
	if address, err := <-s.address, <-s.failed; address != ann.Address || err != nil {
		t.Errorf("connected %q, %v", address, err)
	}
}

// TestTerminalPaste is a browser on another machine.
func TestTerminalPaste(t *testing.T) {
	b := newBench(t, public)
	s := b.sit(t.Context(), nil)
	callback := s.link()
	state, code := b.service.agree(ann)
	for _, line := range []string{"", "what?", callback, callback + query("state", "x", "code", code), "  " + callback + query("state", state, "code", code)} {
		if _, err := io.WriteString(s.typed, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	if address, err := <-s.address, <-s.failed; address != ann.Address || err != nil {
		t.Errorf("connected %q, %v", address, err)
	}
}

// TestTerminalAsksAgain is somebody whose secret was lost: they are asked twice,
// and not a third time.
func TestTerminalAsksAgain(t *testing.T) {
	for _, secret := range []string{ann.Secret, ""} {
		b := newBench(t, public)
		s := b.sit(t.Context(), nil)
		callback := s.link()
		state, code := b.service.agree(Grant{Address: ann.Address})
		if status, page := s.get(callback + query("state", state, "code", code)); status != http.StatusOK || !strings.Contains(page, "login.acme.example") {
			t.Errorf("%d:\n%s", status, page)
		}
		s.link()
		if f := b.service.force; len(f) != 2 || f[0] || !f[1] {
			t.Errorf("force: %v, want no, then yes", f)
		}
		state, code = b.service.agree(Grant{Address: ann.Address, Secret: secret, Remotes: []string{"primary"}})
		s.get(callback + query("state", state, "code", code))
		<-s.address
		err := <-s.failed
		if secret != "" && (err != nil || b.refresh(ann.Address) != secret) || secret == "" && !errors.Is(err, ErrNoSecret) {
			t.Errorf("secret %q: %v", secret, err)
		}
	}
}

func TestTerminalEnds(t *testing.T) {
	b := newBench(t, public)
	ctx, cancel := context.WithCancel(t.Context())
	s := b.sit(ctx, nil)
	s.link()
	cancel()
	<-s.address
	if err := <-s.failed; !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}

	s = b.sit(t.Context(), nil)
	callback := s.link()
	state, _ := b.service.agree(ann)
	s.get(callback + query("state", state, "error", "access_denied"))
	<-s.address
	if r, ok := errors.AsType[*Refusal](<-s.failed); !ok || r.Reason != Declined {
		t.Errorf("said no: %v", r)
	}
	if b.refresh(ann.Address) != "" {
		t.Error("connected all the same")
	}
}
