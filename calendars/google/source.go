package google

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"google.golang.org/api/calendar/v3"
	"google.golang.org/api/option"

	"unmeet/calendars"
)

// Options say whose calendars a source reads, and how.
type Options struct {
	Person    string      // address; limits and cursors are kept apart by it
	Tokens    TokenSource // of that person's connection
	Limits    *Limits     // shared by all sources of a Cloud project; nil: its own
	Charge    bool        // count calls against Person: set it under delegation
	Endpoints Endpoints
	Transport Transport
}

// Source reads the calendars of one person, and answers and organizes in their
// name. It is safe for concurrent use.
type Source struct {
	client  *client
	service *calendar.Service
	base    string // of the Calendar API, ending in "/"
}

// New returns a source. It makes no call.
func New(o Options) (*Source, error) {
	e, err := o.Endpoints.filled()
	if err != nil {
		return nil, err
	}
	if o.Tokens == nil {
		return nil, fmt.Errorf("google: no token source for %s", o.Person)
	}
	c := newClient(o.Transport, o.Tokens, o.Limits, o.Person, o.Charge)
	service, err := calendar.NewService(context.Background(),
		option.WithHTTPClient(c.http), option.WithEndpoint(e.Calendar),
		// The library would log whole answers, were the environment to ask for it.
		option.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, fmt.Errorf("google: %w", err)
	}
	return &Source{client: c, service: service, base: e.Calendar}, nil
}

// primary is the calendar of a person that bears their address.
const primary = "primary"

// Pull tells what changed in a calendar since cursor, which is a Cursor that an
// earlier Pull of the same calendar returned, or "". Collection.Remote is the id
// of a calendar; "" is the person's primary one.
//
// Where nothing changed, one call was made and the delta is empty, with a new
// cursor. Where only one-offs within the span were added or edited, the delta
// holds them. For anything else the window is listed, and the delta is full.
// Occurrences that overlap [From, To) count as within it.
//
// Errors are an [*Error]; then nothing must be applied, and the old cursor stays
// good.
func (s *Source) Pull(ctx context.Context, at calendars.Collection, text string) (calendars.Delta, error) {
	if at.Remote == "" {
		at.Remote = primary
	}
	known := readCursor(text, cursorKey(s.client.person, at.Remote))
	if at.From.Unix() < known.From {
		// Of what ended before the old window, the feed never told.
		known = readCursor("", known.Key)
	}
	p := &pull{
		source: s, at: at,
		cursor:  known,
		masters: map[string]*calendar.Event{},
		delta:   calendars.Delta{From: at.From, To: at.To},
	}
	if err := p.run(ctx); err != nil {
		return calendars.Delta{}, err
	}
	return p.delta, nil
}

// pull is the state of one Pull.
type pull struct {
	source  *Source
	at      calendars.Collection
	cursor  cursor
	masters map[string]*calendar.Event // those that the feed brought, or that were fetched
	delta   calendars.Delta
}

func (p *pull) run(ctx context.Context) error {
	// The feed comes first: what changes between the two calls is then in the
	// window already, and told once more by the next feed, which does no harm.
	feed, full, err := p.feed(ctx)
	if err != nil {
		return err
	}
	plain := !full && p.plain(feed)
	p.learn(feed, full)
	p.cursor.Sync = feed.sync
	if plain && !p.cursor.due(p.at) {
		for _, ev := range feed.wanted() {
			p.add(feed.reader, ev)
		}
	} else if err := p.window(ctx); err != nil {
		return err
	}
	p.delta.Cursor, err = p.cursor.String()
	return err
}

// feed lists what changed since the cursor, or everything, where there is no
// cursor or Google no longer takes it; full says which.
func (p *pull) feed(ctx context.Context) (feed listing, full bool, err error) {
	const op = "list changes"
	q := feedQuery()
	if p.cursor.Sync != "" {
		q.Set("syncToken", p.cursor.Sync)
		feed, err = p.source.list(ctx, op, p.at.Remote, q)
		if !refused(op, err) {
			return feed, false, err
		}
		q.Del("syncToken")
	}
	// What ended before the window never comes back into it.
	q.Set("timeMin", p.at.From.UTC().Format(time.RFC3339))
	feed, err = p.source.list(ctx, op, p.at.Remote, q)
	if err == nil && feed.sync == "" {
		err = &Error{Op: op, Kind: Permanent, cause: errNoSyncToken}
	}
	return feed, true, err
}

// plain reports whether a feed tells of nothing but one-offs that take place
// within the window. Everything else needs the window to be understood: series
// and their instances, and tombstones, which may be of either.
func (p *pull) plain(feed listing) bool {
	for _, ev := range feed.wanted() {
		_, series := p.cursor.Series[ev.Id]
		if series || cancelled(ev) || ev.RecurringEventId != "" || len(ev.Recurrence) > 0 {
			return false
		}
		c, err := feed.reader.read(ev)
		if err != nil || !c.Start.Before(p.at.To) || !c.End.After(p.at.From) {
			return false
		}
	}
	return true
}

// learn takes in what a feed tells of series.
func (p *pull) learn(feed listing, full bool) {
	if full {
		p.cursor.Series = map[string]series{}
	}
	for _, ev := range feed.items {
		switch {
		case ev.RecurringEventId != "":
		case cancelled(ev) || len(ev.Recurrence) == 0:
			delete(p.cursor.Series, ev.Id)
		default:
			p.masters[ev.Id] = ev
			s, err := feed.reader.series(ev)
			if err != nil {
				p.skip(ev, err)
				s.Orphan = true
			}
			p.cursor.Series[ev.Id] = s
		}
	}
	p.cursor.forget(p.at.From)
}

// add puts a one-off into the delta, or says why not.
func (p *pull) add(r reader, ev *calendar.Event) {
	c, err := r.read(ev)
	if err != nil {
		p.skip(ev, err)
		return
	}
	p.delta.Copies = append(p.delta.Copies, c)
}

func (p *pull) skip(ev *calendar.Event, why error) {
	p.delta.Skipped = append(p.delta.Skipped, calendars.Skip{
		File: p.at.Remote, Reason: fmt.Sprintf("event %s: %v", ev.Id, why), UID: ev.ICalUID,
	})
}

// window lists every occurrence of the span, and makes the delta full.
func (p *pull) window(ctx context.Context) error {
	list, err := p.source.list(ctx, "list events", p.at.Remote, windowQuery(p.at))
	if err != nil {
		return err
	}
	p.delta.Full = true
	instances := map[string][]*calendar.Event{}
	var order []string
	for _, ev := range list.wanted() {
		switch {
		case cancelled(ev):
		case ev.RecurringEventId == "":
			p.add(list.reader, ev)
		default:
			if instances[ev.RecurringEventId] == nil {
				order = append(order, ev.RecurringEventId)
			}
			instances[ev.RecurringEventId] = append(instances[ev.RecurringEventId], ev)
		}
	}
	for _, id := range order {
		copies, err := p.fold(ctx, list.reader, id, instances[id])
		if err != nil {
			return err
		}
		p.delta.Copies = append(p.delta.Copies, copies...)
	}
	p.cursor.forgetOrphans(instances)
	p.cursor.From, p.cursor.To = p.at.From.Unix(), p.at.To.Unix()
	return nil
}

// master fetches a series that the feed did not bring this time. Not to find it
// is no error: then the calendar holds but some instances of it.
func (p *pull) master(ctx context.Context, id string) (*calendar.Event, error) {
	if ev := p.masters[id]; ev != nil {
		return ev, nil
	}
	ev, err := p.source.get(ctx, p.at.Remote, id, itemFields)
	if kind := KindOf(err); kind == NotFound || kind == Gone {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p.masters[id] = ev
	return ev, nil
}

func cancelled(ev *calendar.Event) bool { return ev.Status == "cancelled" }

// refused reports whether a list was refused because of the token that was sent
// with it: Google says so with 410, and of tokens that it does not know with 400. What
// refused us an access token on the way there says nothing of the list.
func refused(op string, err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Op == op && (e.Kind == Gone || e.Kind == Permanent && e.Status == http.StatusBadRequest)
}
