package chaos

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// echo is a server that says what it is told.
func echo(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return listener.Addr().String()
}

// said says text through p, and returns what comes back within a moment.
func said(p *Proxy, text []byte) ([]byte, error) {
	c, err := net.Dial("tcp", p.Address())
	if err != nil {
		return nil, err // a connection may be refused before Dial knows that it had one
	}
	defer c.Close()
	go func() { _, _ = c.Write(text) }()
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	back := make([]byte, len(text))
	n, err := io.ReadFull(c, back)
	return back[:n], err
}

func TestProxy(t *testing.T) {
	p, err := Listen(echo(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	text := bytes.Repeat([]byte("all is well. "), furthest/13+1)
	if back, err := said(p, text); err != nil || !bytes.Equal(back, text) {
		t.Errorf("without trouble: %d bytes of %d, %v", len(back), len(text), err)
	}
	for name, c := range map[string]struct {
		odds Odds
		ok   func([]byte, error) bool
	}{
		"refused": {Odds{Refuse: 1}, func(back []byte, err error) bool { return len(back) == 0 && err != nil }},
		"cut":     {Odds{Cut: 1}, func(back []byte, err error) bool { return err != nil && !errors.Is(err, os.ErrDeadlineExceeded) }},
		"hung":    {Odds{Hang: 1}, func(back []byte, err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }},
		"garbled": {Odds{Garble: 1}, func(back []byte, err error) bool { return err == nil && differing(back, text) == 1 }},
		"slow":    {Odds{Slow: 1}, func(back []byte, err error) bool { return err == nil && bytes.Equal(back, text) }},
	} {
		p.Set(c.odds)
		if back, err := said(p, text); !c.ok(back, err) {
			t.Errorf("%s: %d bytes of %d, %d of them differ, %v", name, len(back), len(text), differing(back, text[:len(back)]), err)
		}
		if n := p.Counts()[name]; n != 1 {
			t.Errorf("%s: counted %d times", name, n)
		}
	}
}

func differing(a, b []byte) (n int) {
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// A gateway passes requests on, counts what was written though the answer was lost,
// and meets every request with trouble if it is to.
func TestGateway(t *testing.T) {
	held := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		held = string(text)
		_, _ = io.WriteString(w, "kept")
	}))
	defer server.Close()
	g, err := NewGateway(server.URL, 1)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(g)
	defer front.Close()
	put := func(text string) (string, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, front.URL+"/a", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return string(body), err
	}
	if answer, err := put("one"); err != nil || answer != "kept" || held != "one" || g.Writes()["/a"] != 1 {
		t.Errorf("without trouble: %q, %v, it holds %q", answer, err, held)
	}
	g.Set(1)
	for range 40 {
		if answer, err := put("two"); err == nil && answer == "kept" {
			t.Error("a request met with no trouble")
		}
	}
	counts := g.Counts()
	for _, what := range mischief {
		if counts[what] == 0 {
			t.Errorf("of 40 requests none was met with %s", what)
		}
	}
	if want := 1 + counts["lost answers"] + counts["halved answers"]; g.Writes()["/a"] != want {
		t.Errorf("%d writes are counted, want %d", g.Writes()["/a"], want)
	}
}
