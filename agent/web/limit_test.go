package web

import (
	"fmt"
	"net/http/httptest"
	"net/netip"
	"os"
	"testing"
	"time"
)

func readSource(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLimiter(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	l := newLimiter(1, 3, 100)
	for i := range 5 {
		if got := l.allow("a", now); got != (i < 3) {
			t.Errorf("request %d: %v", i, got)
		}
	}
	if !l.allow("b", now) || l.allow("a", now) || !l.allow("a", now.Add(time.Second)) {
		t.Error("keys are not counted apart, or time gives nothing back")
	}
	for i := range 10_000 { // memory is bounded, whatever comes
		l.allow(fmt.Sprint(i), now)
	}
	if len(l.keys) != 100 || l.used.Len() != 100 {
		t.Errorf("%d keys, %d in order; want 100", len(l.keys), l.used.Len())
	}
}

func TestClient(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, c := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"192.0.2.1:1", nil, "192.0.2.1"},
		{"192.0.2.1:1", []string{"198.51.100.1"}, "192.0.2.1"}, // nobody we trust
		{"10.0.0.1:1", nil, "10.0.0.1"},
		{"10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"203.0.113.1, 198.51.100.1"}, "198.51.100.1"}, // the first is what the client made up
		{"10.0.0.1:1", []string{"203.0.113.1", "198.51.100.1,10.0.0.2"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"203.0.113.1, x, 10.0.0.2"}, "10.0.0.2"},
		{"10.0.0.1:1", []string{"10.0.0.3"}, "10.0.0.3"},
		{"10.0.0.1:1", []string{"203.0.113.1:9, 198.51.100.1:567"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"198.51.100.1:567, 10.0.0.2:5"}, "198.51.100.1"},
		{"[::1]:1", []string{"[2001:db8:1:2::3]:5"}, "2001:db8:1:2::/64"},
		{"[::1]:1", []string{"[2001:db8:1:2::3]"}, "2001:db8:1:2::/64"},
		{"10.0.0.1:1", []string{"198.51.100.1, [::1]:5"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"[203.0.113.1"}, "203.0.113.1"},
		{"10.0.0.1:1", []string{"[]:5"}, "10.0.0.1"},
		{"[::1]:1", []string{"2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"},
		{"[2001:db8:1:2::9]:1", nil, "2001:db8:1:2::/64"},
		{"[::ffff:10.0.0.1]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"[fe80::1%eth0]:1", nil, "fe80::/64"},
		{"pipe", nil, "pipe"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if got := client(r, trusted); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.remote, c.forwarded, got, c.want)
		}
	}
}
