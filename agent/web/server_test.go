package web

import (
	"bufio"
	"bytes"
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

// What package http complains of is told, without where people sit.
func TestServersComplaints(t *testing.T) {
	var out bytes.Buffer
	server := NewServer(nil, slog.New(slog.NewTextHandler(&out, nil)))
	server.ErrorLog.Print("http: panic serving 203.0.113.7:4711: oh\ngoroutine 1 [running]:")
	server.ErrorLog.Print("http: TLS handshake error from [2001:db8::7]:4711: EOF")
	if said := out.String(); strings.Count(said, "level=WARN") != 2 || !strings.Contains(said, "panic serving a client: oh") || strings.Contains(said, "4711") {
		t.Errorf("the log has %s", said)
	}
}
