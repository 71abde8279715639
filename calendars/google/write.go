package google

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"

	"unmeet/calendars"
)

// lookFields are the fields of an event that is about to be changed: those of a
// sync, and the comments that go with answers.
const lookFields = eventFields + ",attendees(" + guestFields + ",comment)"

// look fetches one event that is about to be changed.
func (s *Source) look(ctx context.Context, calendarID, id string) (*calendar.Event, error) {
	return s.get(ctx, calendarID, id, lookFields)
}

// raw fetches one event as Google tells it, fields that we know nothing of included.
func (s *Source) raw(ctx context.Context, calendarID, id string) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	err := s.client.getJSON(ctx, "get event", s.address(calendarID, id), &fields)
	if err == nil && fields == nil {
		err = &Error{Op: "get event", Kind: Permanent, cause: errNothing}
	}
	return fields, err
}

// zone tells how the events of a calendar are to be read.
func (s *Source) zone(ctx context.Context, calendarID string) (reader, error) {
	q := url.Values{"maxResults": {"1"}, "fields": {"timeZone,accessRole"}}
	got, err := s.page(ctx, "look at calendar", calendarID, q, "")
	if err != nil {
		return reader{}, err
	}
	return newReader(got.TimeZone, got.AccessRole), nil
}

// planned lists what there is of the instance of a series that was planned for
// which: one event, cancelled or not, or none.
func (s *Source) planned(ctx context.Context, calendarID, series string, which calendars.Instance) (reader, []*calendar.Event, error) {
	var start string
	if t, ok := which.Time(time.UTC); ok && len(which) == len("20060102") {
		start = t.Format(time.DateOnly)
	} else if ok {
		start = t.Format(time.RFC3339)
	}
	var got *calendar.Events
	err := s.client.call(ctx, "find occurrence", func(ctx context.Context) (err error) {
		got, err = s.service.Events.Instances(calendarID, series).OriginalStart(start).ShowDeleted(true).
			Fields("timeZone", "accessRole", "items("+lookFields+")").Context(ctx).Do()
		if err == nil && got == nil {
			err = errNothing
		}
		return err
	})
	if err != nil {
		return reader{}, nil, err
	}
	return newReader(got.TimeZone, got.AccessRole), got.Items, nil
}

// family lists a series, if the calendar holds it, and its changed and cancelled
// instances.
func (s *Source) family(ctx context.Context, calendarID, uid string) (reader, []*calendar.Event, error) {
	list, err := s.list(ctx, "list series", calendarID, url.Values{
		"iCalUID": {uid}, "showDeleted": {"true"}, "maxResults": {strconv.Itoa(pageSize)},
		"fields": {"nextPageToken,timeZone,accessRole,items(" + lookFields + ")"},
	})
	return list.reader, list.items, err
}

// occurrences lists the instances of a series that its calendar has from a time on and
// before another (zero: all), cancelled ones included.
func (s *Source) occurrences(ctx context.Context, calendarID, series string, from, to time.Time) (reader, []*calendar.Event, error) {
	var r reader
	var all []*calendar.Event
	token := ""
	for range mostPages {
		var got *calendar.Events
		err := s.client.call(ctx, "list occurrences", func(ctx context.Context) (err error) {
			call := s.service.Events.Instances(calendarID, series).ShowDeleted(true).MaxResults(pageSize).PageToken(token).
				TimeMin(from.UTC().Format(time.RFC3339)).
				Fields("nextPageToken", "timeZone", "accessRole", "items(id,status,start,end,originalStartTime)")
			if !to.IsZero() {
				call = call.TimeMax(to.UTC().Format(time.RFC3339))
			}
			got, err = call.Context(ctx).Do()
			if err == nil && got == nil {
				err = errNothing
			}
			return err
		})
		if err != nil {
			return r, nil, err
		}
		r = newReader(got.TimeZone, got.AccessRole)
		all = append(all, got.Items...)
		if token = got.NextPageToken; token == "" {
			return r, all, nil
		}
	}
	return r, nil, &Error{Op: "list occurrences", Kind: Permanent, cause: errEndless}
}

// write is a request that changes a calendar.
type write struct {
	op     string
	method string
	id     string // "" of an event that is to be made
	match  string // ETag that the event must still have; "" for any
	tell   bool   // have Google tell the guests and the organizer
	body   any
	query  url.Values
}

// write makes a request. unsure says that one of its tries ended without a clear
// answer, so that it may have been carried out whatever the error. What was written
// meanwhile by others, or is there no more, is an error of Kind Conflict: look again.
func (s *Source) write(ctx context.Context, calendarID string, w write) (ev *calendar.Event, unsure bool, err error) {
	body, err := json.Marshal(w.body)
	if err != nil {
		return nil, false, &Error{Op: w.op, Kind: Permanent, cause: errors.New("the change cannot be written as JSON")}
	}
	q := url.Values{"fields": {lookFields}, "sendUpdates": {"none"}}
	if w.tell {
		// Google tells those outside the organization only when asked to.
		q.Set("sendUpdates", "all")
	}
	for name, values := range w.query {
		q[name] = values
	}
	address := s.address(calendarID, w.id) + "?" + q.Encode()
	try := func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, w.method, address, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		if w.match != "" {
			req.Header.Set("If-Match", w.match)
		}
		ev = nil
		err = exchange(s.client.http, req, &ev, googleapi.CheckResponse)
		if err == nil && ev == nil {
			err = errNothing
		}
		unsure = unsure || err != nil && wrapError(w.op, err, s.client.Clock.Now()).open()
		return err
	}
	err = s.client.call(ctx, w.op, try)
	if KindOf(err) == Consent && s.client.renew(ctx) == nil {
		// The person may have allowed more since the token was made.
		err = s.client.call(ctx, w.op, try)
	}
	if absent(err) {
		err = &Error{Op: w.op, Kind: Conflict, Status: http.StatusGone, Reason: "deleted"}
	}
	if err != nil {
		return nil, unsure, err
	}
	return ev, unsure, nil
}

// address is where an event is, or, with no id, where events are made.
func (s *Source) address(calendarID, id string) string {
	address := s.base + "calendars/" + url.PathEscape(calendarID) + "/events"
	if id != "" {
		address += "/" + url.PathEscape(id)
	}
	return address
}
