package reach

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// ask makes one request, and reads what comes.
func ask(ctx context.Context, address string, limits Limits) (text string, failed *Error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", Wrap(ctx, "ask", err)
	}
	a, err := Exchange(http.DefaultTransport, req, "ask", limits, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", Wrap(ctx, "ask", err)
	}
	defer a.Close()
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		return "", a.Broken(err)
	}
	return string(raw), nil
}

// TestPlain: a server without encryption is told from one with a bad certificate.
func TestPlain(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	defer server.Close()
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mail.Close()
	go func() {
		if c, err := mail.Accept(); err == nil {
			io.WriteString(c, "220 mail.acme.example\r\n") //nolint:errcheck // the client would notice
			c.Close()
		}
	}()
	for address, want := range map[string]string{
		server.Listener.Addr().String(): "speaks http, not https", mail.Addr().String(): "does not speak https",
	} {
		_, failed := ask(t.Context(), "https://"+address, Limits{})
		if failed == nil || failed.Kind != Foreign || !strings.Contains(failed.Reason, want) || !strings.Contains(failed.Hint, "https address") {
			t.Errorf("%+v, want %q", failed, want)
		}
	}
}

// TestStopped: that nobody wants an answer any more is not the server's fault.
func TestStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done()
	}))
	defer server.Close()
	if _, failed := ask(ctx, server.URL, Limits{}); failed == nil || failed.Kind != Stopped || failed.Error() != "ask: it was stopped" || !errors.Is(failed, context.Canceled) {
		t.Errorf("stopped: %v", failed)
	}
	short, end := context.WithTimeout(t.Context(), time.Millisecond)
	defer end()
	if _, failed := ask(short, server.URL, Limits{}); failed == nil || failed.Kind != Slow {
		t.Errorf("out of time: %v", failed)
	}
}

// TestShared: what several answers share, all of them use up.
func TestShared(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, strings.Repeat("x", 1000)) //nolint:errcheck // the client would notice
	}))
	defer server.Close()
	left := new(atomic.Int64)
	left.Store(2500)
	for n := range 3 {
		text, failed := ask(t.Context(), server.URL, Limits{Left: left})
		if within := n < 2; within && (failed != nil || len(text) != 1000) || !within && (failed == nil || failed.Kind != TooLarge) {
			t.Errorf("answer %d: %d bytes, %v", n+1, len(text), failed)
		}
	}
}
