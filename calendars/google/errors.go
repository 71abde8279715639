package google

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"
)

// Kind says what a failure means to whoever has to act on it.
type Kind string

// The kinds of failures. Only Rate and Transient are worth another try without
// anybody doing anything; the calls here have already made several.
const (
	Auth      Kind = "auth"      // the grant is no more: the person connects again; keep the data
	Refused   Kind = "refused"   // an access token fresh from Google was not taken: that passes, or shows as Auth in time
	Session   Kind = "session"   // the administrator's session policy ended it: the person signs in again
	Consent   Kind = "consent"   // a scope was not granted: ask the person for it
	Admin     Kind = "admin"     // only an administrator can mend it
	Rate      Kind = "rate"      // too many calls at the moment
	Quota     Kind = "quota"     // used up for longer: pause this person's writes
	NotFound  Kind = "not-found" // no such calendar or event, or not for us; proves no deletion
	Gone      Kind = "gone"      // an expired token when reading; a deleted event when writing
	Denied    Kind = "denied"    // not allowed, and never will be
	Conflict  Kind = "conflict"  // somebody else changed it meanwhile: look again
	Permanent Kind = "permanent" // the request or the answer makes no sense
	Transient Kind = "transient" // the network or the server failed
)

// Error is a failure of Google, or of the way there.
type Error struct {
	Op         string // what was tried: "list events"
	Kind       Kind
	Status     int           // of HTTP; 0 where there was no answer
	Reason     string        // in Google's words: "rateLimitExceeded"
	RetryAfter time.Duration // when the server says so; otherwise 0
	Hint       string        // what to do, as one sentence; "" if there is nothing to do

	settled bool  // has had its attempts
	cause   error // kept only where it holds no text of a server's
}

// Error says what failed and why, in words that hold no secret.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op + ": ")
	switch {
	case e.Reason != "":
		b.WriteString(e.Reason)
	case e.cause != nil:
		b.WriteString(e.cause.Error())
	default:
		b.WriteString(strings.ToLower(http.StatusText(e.Status)))
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, " (%d)", e.Status)
	}
	return b.String()
}

// Unwrap returns the cause, such as [context.Canceled], or nil.
func (e *Error) Unwrap() error { return e.cause }

// again reports whether the same call may succeed in a moment.
func (e *Error) again() bool { return e.Kind == Rate || e.Kind == Transient }

// refusal reports whether a request that ended so was surely not carried out, and
// never will be as it stands.
func (e *Error) refusal() bool {
	switch e.Kind {
	case Consent, Admin, NotFound, Gone, Denied, Conflict:
		return true
	case Permanent:
		return e.Status >= 400 && e.Status < 500
	}
	return false
}

// open reports whether a request that ended so may have been carried out: no answer
// came, or that of a server in trouble.
func (e *Error) open() bool {
	return e.Status < 400 || e.Status == http.StatusRequestTimeout || e.Status >= 500
}

// KindOf returns the Kind of an error of this package, "" for any other.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// reasons maps what Google says to what it means, whatever the status.
var reasons = map[string]Kind{
	"rateLimitExceeded":     Rate,
	"userRateLimitExceeded": Rate,
	"RATE_LIMIT_EXCEEDED":   Rate,
	"RESOURCE_EXHAUSTED":    Rate,
	"rate_limit_exceeded":   Rate,
	"slow_down":             Rate,

	"quotaExceeded":      Quota,
	"dailyLimitExceeded": Quota,

	"insufficientPermissions":         Consent,
	"ACCESS_TOKEN_SCOPE_INSUFFICIENT": Consent,
	"access_denied":                   Consent,

	"accessNotConfigured":     Admin,
	"SERVICE_DISABLED":        Admin,
	"domainPolicy":            Admin,
	"IAM_PERMISSION_DENIED":   Admin,
	"unauthorized_client":     Admin,
	"invalid_client":          Admin,
	"deleted_client":          Admin,
	"disabled_client":         Admin,
	"invalid_scope":           Admin,
	"redirect_uri_mismatch":   Admin,
	"admin_policy_enforced":   Admin,
	"org_internal":            Admin,
	"notACalendarUser":        Admin,
	"authError":               Refused,
	"invalid_grant":           Auth,
	"invalid_token":           Refused,
	"invalid_rapt":            Session,
	"conditionNotMet":         Conflict,
	"duplicate":               Conflict,
	"conflict":                Conflict,
	"fullSyncRequired":        Gone,
	"updatedMinTooLongAgo":    Gone,
	"deleted":                 Gone,
	"notFound":                NotFound,
	"forbidden":               Denied,
	"requiredAccessLevel":     Denied,
	"temporarily_unavailable": Transient,
	"server_error":            Transient,
	"backendError":            Transient,
	"internalError":           Transient,

	"forbiddenForNonOrganizer":                 Denied,
	"eventTypeRestriction":                     Denied,
	"cannotChangeOrganizer":                    Denied,
	"calendarIsReadOnly":                       Denied,
	"participantIsNeitherOrganizerNorAttendee": Denied,
}

// hints says what to do about a reason, or failing that about a kind.
var hints = map[string]string{
	"accessNotConfigured":   "enable the Google Calendar API in the Cloud project of this client",
	"SERVICE_DISABLED":      "enable the API in the Cloud project of this client",
	"domainPolicy":          "a Workspace administrator must allow this app to use Calendar",
	"admin_policy_enforced": "a Workspace administrator must allow this app",
	"org_internal":          "the OAuth client is for another organization; make one of type Internal in yours",
	"unauthorized_client":   "a Workspace administrator must authorize the service account's client id for the scopes asked for",
	"invalid_client":        "check google.client_id and google.client_secret_file",
	"redirect_uri_mismatch": "add this server's callback address to the OAuth client",
	"notACalendarUser":      "Calendar is switched off for this account",
	"access_denied":         "connect again, and allow reading the calendar",

	string(Auth):    "connect the calendar again; what was read is kept",
	string(Refused): "it may pass by itself; if it does not, connect the calendar again",
	string(Session): "the organization asks for a new sign-in from time to time: connect the calendar again, or let an administrator exempt this app",
	string(Consent): "connect the calendar again, and leave all boxes ticked",
	string(Admin):   "ask the Workspace administrator",
	string(Quota):   "wait until tomorrow, or ask Google for a higher quota",
}

// newError makes an Error of what a server said.
func newError(op string, status int, reason string) *Error {
	reason = plainWord(reason)
	e := &Error{Op: op, Status: status, Reason: reason, Kind: reasons[reason]}
	if e.Kind == "" {
		e.Kind = kindOfStatus(status)
	}
	if e.Hint = hints[reason]; e.Hint == "" {
		e.Hint = hints[string(e.Kind)]
	}
	return e
}

// kindOfStatus is what is left to go by where no known reason is given.
func kindOfStatus(status int) Kind {
	switch {
	case status == http.StatusUnauthorized:
		return Refused
	case status == http.StatusForbidden:
		return Denied
	case status == http.StatusNotFound:
		return NotFound
	case status == http.StatusGone:
		return Gone
	case status == http.StatusConflict || status == http.StatusPreconditionFailed:
		return Conflict
	case status == http.StatusTooManyRequests:
		return Rate
	case status == http.StatusRequestTimeout || status >= 500:
		return Transient
	default:
		return Permanent
	}
}

// plainWord lets through what can be a code of Google's; anything else, which a
// hostile or broken server may have filled with what it was sent, is dropped.
func plainWord(s string) string {
	if len(s) > 64 {
		return ""
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' {
			return ""
		}
	}
	return s
}

// errTooLarge is what reading an answer beyond the limit ends in.
var errTooLarge = errors.New("the answer is larger than allowed")

// wrapError turns whatever a call ended in into an *Error.
func wrapError(op string, err error, now time.Time) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*googleapi.Error](err); ok {
		made := newError(op, e.Code, reasonOf(e))
		made.RetryAfter = retryAfter(e.Header, now)
		return made
	}
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return tokenError(op, e, now)
	}
	if errors.Is(err, errTooLarge) {
		return &Error{Op: op, Kind: Permanent, cause: errTooLarge}
	}
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &Error{Op: op, Kind: Permanent, cause: errors.New("the answer is not what the Calendar API describes")}
	}
	return &Error{Op: op, Kind: Transient, cause: networkCause(err)}
}

// networkCause keeps of an error what is sure to be of our own side: addresses
// carry query parameters, and texts of decoders carry what they could not read.
func networkCause(err error) error {
	for _, known := range []error{context.Canceled, context.DeadlineExceeded, io.ErrUnexpectedEOF, io.EOF} {
		if errors.Is(err, known) {
			return known
		}
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*url.Error](err); ok && e.Timeout() {
		return context.DeadlineExceeded
	}
	return errors.New("the answer could not be read")
}

// reasonOf finds the code in either of the two forms that Google's errors have.
func reasonOf(e *googleapi.Error) string {
	for _, item := range e.Errors {
		if item.Reason != "" {
			return item.Reason
		}
	}
	for _, detail := range e.Details {
		if d, ok := detail.(map[string]any); ok {
			if reason, ok := d["reason"].(string); ok {
				return reason
			}
		}
	}
	return ""
}

// tokenError reads an answer of a token endpoint (RFC 6749 §5.2). The library
// leaves ErrorCode empty for signed assertions, so the body is read again.
func tokenError(op string, e *oauth2.RetrieveError, now time.Time) *Error {
	var body struct {
		Error   string `json:"error"`
		Subtype string `json:"error_subtype"`
	}
	if json.Unmarshal(e.Body, &body) != nil {
		body.Error = e.ErrorCode
	}
	reason := body.Error
	if body.Subtype == "invalid_rapt" {
		reason = body.Subtype
	}
	status, header := 0, http.Header(nil)
	if e.Response != nil {
		status, header = e.Response.StatusCode, e.Response.Header
	}
	made := newError(op, status, reason)
	made.RetryAfter = retryAfter(header, now)
	return made
}

// retryAfter reads the header of that name, in seconds or as a date (RFC 9110
// §10.2.3): from 0, also where it is absent, past or unreadable, to a day.
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
