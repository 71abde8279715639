package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"unmeet/calendars"
	"unmeet/calendars/ics"
	"unmeet/calendars/reach"
	"unmeet/internal/wire"
)

// mostHops is how many redirects are followed.
const mostHops = 5

// Options say how feeds are reached.
type Options struct {
	Zone *time.Location // of floating times where the calendar does not say; nil is UTC
	// Private allows addresses in private networks, also where a redirect or a name
	// leads to one.
	Private bool

	Base   http.RoundTripper // nil: one that all feeds share
	Limits reach.Limits      // Patience 0: half a minute
	Log    *slog.Logger      // told of requests at debug level, without addresses; nil: nobody is
}

var (
	everywhere  = sync.OnceValue(func() http.RoundTripper { return wire.Watched(wire.Feed, wire.Transport(wire.Feed, nil)) })
	outsideOnly = sync.OnceValue(func() http.RoundTripper { return reach.Outside(wire.Feed) })
)

// Source pulls the calendar at one address.
type Source struct {
	url *url.URL
	opt Options
}

// New returns the source of a feed, whose address [ParseAddress] read.
func New(address *url.URL, opt Options) *Source {
	if opt.Base == nil {
		opt.Base = outsideOnly()
		if opt.Private {
			opt.Base = everywhere()
		}
	}
	if opt.Limits.Patience == 0 {
		opt.Limits.Patience = 30 * time.Second
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	return &Source{address, opt}
}

// ParseAddress reads the address of a feed. Errors do not repeat it.
func ParseAddress(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	for _, scheme := range []string{"webcals://", "webcal://"} {
		if len(text) > len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) {
			text = "https://" + text[len(scheme):]
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("that is no address of a calendar: it has to begin with https:// or webcal://")
	}
	u.Fragment = ""
	return u, nil
}

// Name is what a feed may be called where everybody can read it: its host, and a
// hash of the rest.
func Name(address *url.URL) string {
	sum := sha256.Sum256([]byte(address.String()))
	return address.Hostname() + "#" + hex.EncodeToString(sum[:6])
}

// cursor is what is remembered between two pulls.
type cursor struct {
	Key      string `json:"k"` // of the feed
	From     int64  `json:"f"` // window that was listed, Unix seconds
	To       int64  `json:"u"`
	ETag     string `json:"e,omitempty"`
	Modified string `json:"m,omitempty"`
	Sum      string `json:"s"` // of the text
}

// Pull lists the calendar as it is now, unless the server, or its text, says that it
// is as it was and the window is the same: then the delta is empty. The delta is full
// unless the text is cut short, or an event was passed over of which nobody knows the
// UID. The address is the one given to New; Collection.Remote only names copies.
//
// Errors are an [*reach.Error] that does not tell the address; then nothing must be
// applied, and the old cursor stays good.
func (s *Source) Pull(ctx context.Context, at calendars.Collection, text string) (calendars.Delta, error) {
	known := cursor{}
	if json.Unmarshal([]byte(text), &known) != nil || known.Key != Name(s.url) || known.From != at.From.Unix() || known.To != at.To.Unix() {
		known = cursor{Key: Name(s.url), From: at.From.Unix(), To: at.To.Unix()}
	}
	delta := calendars.Delta{From: at.From, To: at.To, Cursor: text}
	a, err := s.get(ctx, known)
	if err != nil {
		return calendars.Delta{}, err
	}
	defer a.Close()
	if a.StatusCode == http.StatusNotModified && known.Sum != "" {
		return delta, nil
	}
	next := known
	next.ETag, next.Modified = a.Header.Get("ETag"), a.Header.Get("Last-Modified")
	sum := sha256.New()
	list, err := ics.Read(ctx, io.TeeReader(a.Body, sum), at.Remote, ics.Options{Zone: s.opt.Zone, From: at.From, To: at.To})
	if not, ok := errors.AsType[*ics.NotCalendarError](err); ok {
		return calendars.Delta{}, reach.New(op, reach.Foreign, a.StatusCode, not.Reason)
	}
	if err != nil {
		return calendars.Delta{}, a.Broken(err)
	}
	next.Sum = hex.EncodeToString(sum.Sum(nil))
	packed, err := json.Marshal(next)
	if err != nil {
		return calendars.Delta{}, err
	}
	delta.Cursor = string(packed)
	if next.Sum == known.Sum {
		return delta, nil
	}
	delta.Full = true
	for n, one := range list {
		copies, skipped := one.Copies(at.From, at.To)
		delta.Skipped = append(append(delta.Skipped, one.Skipped...), skipped...)
		delta.Full = delta.Full && one.Complete
		for _, k := range copies {
			if n > 0 { // what several calendars of one text call by the same UID
				k.Remote = calendars.RemoteID(one.Name+"#") + k.Remote
			}
			delta.Copies = append(delta.Copies, k)
		}
	}
	delta.Full = delta.Full && !slices.ContainsFunc(delta.Skipped, func(s calendars.Skip) bool { return s.UID == "" })
	return delta, nil
}

const op = "read the calendar"

// get asks for the text, if it has changed since, following redirects.
func (s *Source) get(ctx context.Context, known cursor) (*reach.Answer, error) {
	at := s.url
	for range mostHops + 1 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
		if err != nil {
			return nil, reach.New(op, reach.Permanent, 0, "no such address")
		}
		req.Header.Set("User-Agent", "unmeet")
		req.Header.Set("Accept", "text/calendar, */*;q=0.1")
		if known.ETag != "" {
			req.Header.Set("If-None-Match", known.ETag)
		}
		if known.Modified != "" {
			req.Header.Set("If-Modified-Since", known.Modified)
		}
		a, err := reach.Exchange(s.opt.Base, req, op, s.opt.Limits, s.opt.Log)
		if err != nil {
			return nil, err
		}
		next, err := a.Redirect()
		if err == nil && next == nil {
			if a.StatusCode == http.StatusOK || a.StatusCode == http.StatusNotModified && known.Sum != "" {
				return a, nil
			}
			err = a.Failed()
		}
		a.Close()
		if err != nil {
			return nil, err
		}
		switch {
		case next.Scheme == "http" && at.Scheme == "https":
			return nil, reach.New(op, reach.Moved, a.StatusCode, "the server sends us to an address without encryption")
		case next.Scheme != "https" && next.Scheme != "http":
			return nil, reach.New(op, reach.Moved, a.StatusCode, "the server sends us to something that is no web address")
		}
		at = next
	}
	return nil, reach.New(op, reach.Moved, 0, "the server sends us in circles")
}
