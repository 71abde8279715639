package google

import (
	"context"
	"errors"
	"net/url"

	"google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"
)

// listing is a list of events, read to its end.
type listing struct {
	reader reader
	items  []*calendar.Event // each id once, as it was told last
	sync   string            // sync token; only of a feed
}

// Guards against a server that never comes to an end.
const (
	mostPages    = 400
	mostRestarts = 2
)

var (
	errNoSyncToken = errors.New("the last page holds no sync token")
	errEndless     = errors.New("the list does not end")
	errNothing     = errors.New("the answer is null")
)

// list reads all pages of a list. Page tokens do not live long: if one is refused
// the list is read from its beginning again.
func (s *Source) list(ctx context.Context, op, calendarID string, q url.Values) (listing, error) {
	for restart := 0; ; restart++ {
		list, page, err := s.pages(ctx, op, calendarID, q)
		if err == nil || page == 0 || !refused(op, err) || restart == mostRestarts {
			return list, err
		}
	}
}

// pages reads the pages of a list, and tells which one an error is of.
func (s *Source) pages(ctx context.Context, op, calendarID string, q url.Values) (list listing, page int, err error) {
	seen := map[string]int{} // id to place in items
	used := map[string]bool{}
	token := ""
	for page = range mostPages {
		got, err := s.page(ctx, op, calendarID, q, token)
		if err != nil {
			return listing{}, page, err
		}
		if page == 0 {
			list.reader = newReader(got.TimeZone, got.AccessRole)
		}
		for _, ev := range got.Items {
			if ev == nil || ev.Id == "" {
				continue
			}
			if i, twice := seen[ev.Id]; twice {
				list.items[i] = ev
				continue
			}
			seen[ev.Id] = len(list.items)
			list.items = append(list.items, ev)
		}
		if got.NextPageToken == "" {
			list.sync = got.NextSyncToken
			if q.Has("syncToken") && list.sync == "" {
				return listing{}, page, &Error{Op: op, Kind: Permanent, cause: errNoSyncToken}
			}
			return list, page, nil
		}
		if token = got.NextPageToken; used[token] {
			break
		}
		used[token] = true
	}
	return listing{}, page, &Error{Op: op, Kind: Permanent, cause: errEndless}
}

// page makes the call for one page.
func (s *Source) page(ctx context.Context, op, calendarID string, q url.Values, token string) (got *calendar.Events, err error) {
	opts := make([]googleapi.CallOption, 0, len(q)+1)
	for name, values := range q {
		opts = append(opts, googleapi.QueryParameter(name, values...))
	}
	if token != "" {
		opts = append(opts, googleapi.QueryParameter("pageToken", token))
	}
	err = s.client.call(ctx, op, func(ctx context.Context) error {
		got, err = s.service.Events.List(calendarID).Context(ctx).Do(opts...)
		if err == nil && got == nil {
			err = errNothing
		}
		return err
	})
	return got, err
}

// get fetches fields of one event.
func (s *Source) get(ctx context.Context, calendarID, id string, fields googleapi.Field) (ev *calendar.Event, err error) {
	err = s.client.call(ctx, "get event", func(ctx context.Context) error {
		ev, err = s.service.Events.Get(calendarID, id).Fields(fields).Context(ctx).Do()
		if err == nil && ev == nil {
			err = errNothing
		}
		return err
	})
	return ev, err
}

// wanted returns the items that can concern anybody: not the birthdays and the
// findings of Gmail that a server lists although they were not asked for.
func (l listing) wanted() []*calendar.Event {
	wanted := make([]*calendar.Event, 0, len(l.items))
	for _, ev := range l.items {
		if ev.EventType != "birthday" && ev.EventType != "fromGmail" {
			wanted = append(wanted, ev)
		}
	}
	return wanted
}
