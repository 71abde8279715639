package wire

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestWatch(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	var mu sync.Mutex
	var seen []string
	note := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprintf(format, args...))
	}
	stop := Watch(Watcher{
		Dialed: func(s Service, at string) { note("%s dials %s", s, at) },
		Called: func(s Service, status int, took time.Duration) { note("%s %d %v", s, status, took > 0) },
	})
	defer Watch(Watcher{})()
	get := func(control Control) error {
		resp, err := (&http.Client{Transport: Watched(Feed, Transport(Feed, control))}).Get(server.URL)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	if err := get(nil); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("not there")
	if err := get(func(string, string, syscall.RawConn) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("refused by control: %v", err)
	}
	conn, err := Dial(t.Context(), Mail, "tcp", address, time.Minute, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	stop()
	if err := get(nil); err != nil {
		t.Fatal(err)
	}
	want := []string{"feed dials " + address, "feed 404 true", "feed dials " + address, "feed 0 true", "mail dials " + address}
	if !slices.Equal(seen, want) {
		t.Errorf("saw %q, want %q", seen, want)
	}
}

// A server cannot fill our memory with its header.
func TestLargeHeaderIsRefused(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Much", strings.Repeat("x", largestHeader))
	}))
	defer server.Close()
	if resp, err := (&http.Client{Transport: Transport(CalDAV, nil)}).Get(server.URL); err == nil {
		resp.Body.Close()
		t.Error("it was read")
	}
}
