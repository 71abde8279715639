package calendartest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	gcal "google.golang.org/api/calendar/v3"
)

func TestPush(t *testing.T) {
	g, clock := newGoogle(t)
	heard := make(chan http.Header, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard <- r.Header }))
	defer hook.Close()
	s := service(t, g, bob)
	watch := &gcal.Channel{Id: "c1", Type: "web_hook", Address: hook.URL, Token: "secret", Params: map[string]string{"ttl": "3600"}}
	if _, err := s.Events.Watch("primary", watch).Do(); reason(t, err) != "badRequest" {
		t.Error("a channel without TLS is let through")
	}
	g.Configure(func(s *Settings) { s.PlainHTTPPush = true })
	ch, err := s.Events.Watch("primary", watch).Do()
	if err != nil {
		t.Fatal(err)
	}
	if want := clock.Now().Add(time.Hour).UnixMilli(); ch.Expiration != want || ch.ResourceId == "" {
		t.Errorf("channel: %+v, want expiration %d", ch, want)
	}
	if h := <-heard; h.Get("X-Goog-Resource-State") != "sync" || h.Get("X-Goog-Channel-Token") != "secret" {
		t.Errorf("first notification: %v", h)
	}
	weekly(g)
	if h := <-heard; h.Get("X-Goog-Resource-State") != "exists" || h.Get("X-Goog-Channel-ID") != "c1" || h.Get("X-Goog-Message-Number") != "2" {
		t.Errorf("second notification: %v", h)
	}
	if _, err := s.Events.Watch("primary", watch).Do(); reason(t, err) != "channelIdNotUnique" {
		t.Error("a channel id works twice")
	}
	if err := s.Channels.Stop(&gcal.Channel{Id: "c1", ResourceId: "other"}).Do(); reason(t, err) != "notFound" {
		t.Error("a channel can be stopped without its resource id")
	}
	if err := s.Channels.Stop(&gcal.Channel{Id: "c1", ResourceId: ch.ResourceId}).Do(); err != nil {
		t.Fatal(err)
	}
	watch.Id = "c2"
	if _, err := s.Events.Watch("primary", watch).Do(); err != nil {
		t.Fatal(err)
	}
	if h := <-heard; h.Get("X-Goog-Channel-ID") != "c2" {
		t.Errorf("a stopped channel heard: %v", h)
	}
	clock.Advance(time.Hour)
	weekly(g)
	g.World.mu.Lock()
	defer g.World.mu.Unlock()
	if len(g.push.channels) != 0 {
		t.Errorf("%d channels outlive their time", len(g.push.channels))
	}
}
