package web

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestServerIsBounded holds that nobody keeps the server's connections, or fills its
// memory, by being slow or long.
func TestServerIsBounded(t *testing.T) {
	read := make(chan error, 1)
	server := NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		read <- err
	}), slog.New(slog.DiscardHandler))
	for what, limit := range map[string]time.Duration{
		"header": server.ReadHeaderTimeout, "body": server.ReadTimeout, "answer": server.WriteTimeout, "next request": server.IdleTimeout,
	} {
		if limit <= 0 || limit > 2*time.Minute {
			t.Errorf("a %s may take %v", what, limit)
		}
	}
	server.ReadHeaderTimeout, server.ReadTimeout = 50*time.Millisecond, 100*time.Millisecond
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(l)
	defer server.Close()
	for _, c := range []struct{ name, sent, answer string }{
		{"a header that does not go on", "GET / HTTP/1.1\r\nHost: x\r\n", ""},
		{"a long header", "GET / HTTP/1.1\r\nHost: x\r\nX-Much: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "431"},
		{"a body that does not go on", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx", ""},
	} {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		go fmt.Fprint(conn, c.sent)
		if status, _ := bufio.NewReader(conn).ReadString('\n'); c.answer != "" && !strings.Contains(status, c.answer) {
			t.Errorf("%s: %q", c.name, status)
		}
		conn.Close()
	}
	if err := <-read; err == nil {
		t.Error("a body was read that never came")
	}
}
