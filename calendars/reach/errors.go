package reach

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Kind says what a failure means to whoever has to act on it.
type Kind string

// The kinds of failures. None of them says that anything was deleted.
const (
	Auth        Kind = "auth"        // the password or token is not taken: the person connects again
	Denied      Kind = "denied"      // not allowed to this person
	NotFound    Kind = "not-found"   // no such calendar or event, or not for us
	Moved       Kind = "moved"       // the server sends us to another one
	Foreign     Kind = "foreign"     // what answers is not what it should be: often a page to log in
	Certificate Kind = "certificate" // the server's certificate is not to be trusted
	TooLarge    Kind = "too-large"   // the answer does not end
	Inside      Kind = "inside"      // it lies in a private network, where we must not look
	Changed     Kind = "changed"     // somebody else changed the event since it was read
	Rate        Kind = "rate"        // too many requests at the moment
	Slow        Kind = "slow"        // no answer, or the rest of it, in time
	Unreachable Kind = "unreachable" // nothing answers
	Server      Kind = "server"      // the server says that it failed
	Stopped     Kind = "stopped"     // whoever asked wants no answer any more
	Permanent   Kind = "permanent"   // the request or the answer makes no sense
)

// Error is a failure of a server, or of the way there. Its words hold no secret
// and nothing of what is in a calendar.
type Error struct {
	Op         string // what was tried: "list events"
	Kind       Kind
	Status     int           // of HTTP; 0 where there was no answer
	Reason     string        // in plain words
	RetryAfter time.Duration // when the server says so; otherwise 0
	Hint       string        // what to do, as one sentence; "" if there is nothing to do

	cause error
}

// Error says what failed and why.
func (e *Error) Error() string {
	text := e.Op + ": " + e.Reason
	if e.Status != 0 {
		text += fmt.Sprintf(" (%d)", e.Status)
	}
	return text
}

// Unwrap returns the cause, such as [context.Canceled], or nil.
func (e *Error) Unwrap() error { return e.cause }

// KindOf returns the Kind of an error of this package, "" for any other.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// hints says what to do about a kind of failure.
var hints = map[Kind]string{
	Auth:        "connect the calendar again, with a password that the server takes (many want an app password); what was read is kept",
	Denied:      "ask whoever runs the server to let this account read the calendar",
	NotFound:    "look whether the calendar was deleted or renamed, then connect it again; what was read is kept",
	Moved:       "connect the calendar again at its new address",
	Foreign:     "check the address: it has to be that of the calendar, not that of a web page",
	Certificate: "ask whoever runs the server to renew its certificate, or make the machine trust the authority that signed it",
	TooLarge:    "look whether the address is that of a calendar, and archive old events",
	Inside:      "where it is meant to be read: private_feeds = true under [sync] in the configuration",
	Unreachable: "it is tried again by itself; look whether the server runs and this machine can reach it",
	Slow:        "it is tried again by itself",
	Rate:        "it is tried again by itself, later",
}

// The errors that reading ends in where a limit is reached.
var (
	errTooLarge = errors.New("the answer is larger than allowed")
	errSlow     = errors.New("the server does not answer in time")
)

// New makes an Error of one kind, with the hint that goes with it.
func New(op string, kind Kind, status int, reason string) *Error {
	return &Error{Op: op, Kind: kind, Status: status, Reason: reason, Hint: hints[kind]}
}

// NewCaused is New with a cause, which errors.Is finds.
func NewCaused(op string, kind Kind, reason string, cause error) *Error {
	e := New(op, kind, 0, reason)
	e.cause = cause
	return e
}

// ofStatus is what an answer of another status than hoped for means.
func ofStatus(op string, resp *http.Response, now time.Time) *Error {
	e := New(op, kindOfStatus(resp.StatusCode), resp.StatusCode, strings.ToLower(http.StatusText(resp.StatusCode)))
	switch e.Kind {
	case Auth:
		e.Reason = "the server does not take the password or token"
	case Foreign:
		e.Reason = "what answers does not know what we ask for"
	case Changed:
		e.Reason = "what is there is not the version that was read"
	}
	if e.Reason == "" {
		e.Reason = "an answer that means nothing"
	}
	e.RetryAfter = retryAfter(resp.Header, now)
	return e
}

func kindOfStatus(status int) Kind {
	switch {
	case status == http.StatusUnauthorized:
		return Auth
	case status == http.StatusForbidden:
		return Denied
	case status == http.StatusNotFound, status == http.StatusGone:
		return NotFound
	case status == http.StatusPreconditionFailed:
		return Changed
	case status == http.StatusMethodNotAllowed, status == http.StatusNotImplemented:
		return Foreign
	case status == http.StatusTooManyRequests:
		return Rate
	case status == http.StatusRequestTimeout, status >= 500:
		return Server
	}
	return Permanent
}

// Wrap turns whatever a request ended in into an *Error.
func Wrap(ctx context.Context, op string, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	with := func(kind Kind, cause error) *Error { return NewCaused(op, kind, cause.Error(), cause) }
	if cause := context.Cause(ctx); errors.Is(cause, errSlow) {
		return with(Slow, errSlow)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return NewCaused(op, Stopped, "it was stopped", context.Canceled)
	case errors.Is(err, context.DeadlineExceeded):
		return NewCaused(op, Slow, "there was no time left for it", context.DeadlineExceeded)
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return with(Certificate, e)
	}
	if plain := errors.Is(err, http.ErrSchemeMismatch); plain || errors.As(err, new(tls.RecordHeaderError)) {
		e := New(op, Foreign, 0, "what answers does not speak https")
		if plain {
			e.Reason = "it speaks http, not https"
		}
		e.Hint = "ask whoever runs the server for its https address, and look whether the port is the right one"
		return e
	}
	if errors.Is(err, errTooLarge) {
		return with(TooLarge, errTooLarge)
	}
	if errors.Is(err, errInside) {
		return with(Inside, errInside)
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		reason := "the name " + e.Name + " cannot be looked up at the moment"
		if e.IsNotFound {
			reason = "there is no server of the name " + e.Name
		}
		return NewCaused(op, Unreachable, reason, e)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		if e.Op == "dial" && errors.Is(e, syscall.ECONNREFUSED) {
			return NewCaused(op, Unreachable, fmt.Sprintf("nothing answers at %v: the connection is refused", e.Addr), e)
		}
		return with(Unreachable, e)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return with(Unreachable, errors.New("the answer broke off"))
	}
	if _, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return with(Foreign, errors.New("the answer is no XML"))
	}
	return with(Unreachable, errors.New("the answer could not be read"))
}

// longestAsked is the most patience that a server is believed to ask for.
const longestAsked = 24 * time.Hour

// retryAfter reads the header of that name, in seconds or as a date (RFC 9110
// §10.2.3): 0 where it is absent, past or unreadable.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(v, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(longestAsked/time.Second))) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return min(max(0, t.Sub(now)), longestAsked)
	}
	return 0
}
