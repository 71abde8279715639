package calendartest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// push is what the server knows of notification channels. It is under
// World.mu, as changes of the world are what it tells.
type push struct {
	channels map[string]*channel // by id
	made     int
}

// channel is a web hook that wants to hear of a calendar's changes.
type channel struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Address    string `json:"address"`
	Token      string `json:"token"`
	ResourceID string `json:"resourceId"`
	Params     struct {
		TTL string `json:"ttl"`
	} `json:"params"`

	calendar string
	expires  time.Time
	sent     int
}

type wireChannel struct {
	Kind       string `json:"kind"`
	ID         string `json:"id"`
	ResourceID string `json:"resourceId"`
	Token      string `json:"token"`
	Expiration string `json:"expiration"` // Unix milliseconds
}

// watchEvents answers events.watch: the channel is told at once that it stands,
// and then of every change.
func (g *Google) watchEvents(c *call) (any, *refusal) {
	cal, _, no := g.readable(c, c.r.PathValue("calendar"))
	if no != nil {
		return nil, no
	}
	ch := &channel{calendar: cal.id}
	if json.Unmarshal(c.body, ch) != nil {
		return nil, refuse("parseError", "", "")
	}
	ttl, err := strconv.Atoi(cmp.Or(ch.Params.TTL, "604800"))
	switch {
	case ch.ID == "":
		return nil, refuse("required", "", "id")
	case g.push.channels[ch.ID] != nil:
		return nil, refuse("channelIdNotUnique", "", "")
	case ch.Type != "web_hook":
		return nil, refuse("invalid", "", "type")
	case !strings.HasPrefix(ch.Address, "https://") && !g.set.PlainHTTPPush:
		return nil, refuse("badRequest", "WebHook callback must be HTTPS: "+ch.Address, "address")
	case err != nil || ttl <= 0:
		return nil, refuse("invalid", "", "params.ttl")
	}
	g.push.made++
	ch.ResourceID = "resource-" + strconv.Itoa(g.push.made)
	ch.expires = g.World.now().Add(time.Duration(ttl) * time.Second)
	g.push.channels[ch.ID] = ch
	g.tell(ch, "sync")
	return &wireChannel{
		Kind: "api#channel", ID: ch.ID, ResourceID: ch.ResourceID, Token: ch.Token,
		Expiration: strconv.FormatInt(ch.expires.UnixMilli(), 10),
	}, nil
}

// stopChannel answers channels.stop.
func (g *Google) stopChannel(c *call) (any, *refusal) {
	var named channel
	if json.Unmarshal(c.body, &named) != nil {
		return nil, refuse("parseError", "", "")
	}
	ch := g.push.channels[named.ID]
	if ch == nil || ch.ResourceID != named.ResourceID {
		return nil, refuse("notFound", "", "")
	}
	delete(g.push.channels, named.ID)
	return nil, nil
}

// notify tells the channels of a calendar that it changed.
func (g *Google) notify(calendar string) {
	for id, ch := range g.push.channels {
		switch {
		case !g.World.now().Before(ch.expires):
			delete(g.push.channels, id)
		case ch.calendar == calendar:
			g.tell(ch, "exists")
		}
	}
}

// hooks is the client that calls channels; one that does not answer is given up.
var hooks = &http.Client{Timeout: 10 * time.Second}

// tell posts a notification without waiting for what becomes of it, as the API
// promises no delivery.
func (g *Google) tell(ch *channel, state string) {
	ch.sent++
	r, err := http.NewRequest(http.MethodPost, ch.Address, bytes.NewReader(nil))
	if err != nil {
		return
	}
	for name, value := range map[string]string{
		"X-Goog-Channel-ID": ch.ID, "X-Goog-Channel-Token": ch.Token, "X-Goog-Resource-ID": ch.ResourceID,
		"X-Goog-Resource-State": state, "X-Goog-Message-Number": strconv.Itoa(ch.sent),
		"X-Goog-Channel-Expiration": ch.expires.UTC().Format(http.TimeFormat),
		"X-Goog-Resource-URI":       g.URL + "/calendar/v3/calendars/" + ch.calendar + "/events?alt=json",
	} {
		r.Header.Set(name, value)
	}
	go func() {
		if resp, err := hooks.Do(r); err == nil {
			resp.Body.Close()
		}
	}()
}
