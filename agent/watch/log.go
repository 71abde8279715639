package watch

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
)

// Format is how a line of the log is written.
type Format string

// The formats.
const (
	Text Format = "text" // time=… level=… msg=… name=value
	JSON Format = "json" // an object a line
)

// NewLog returns a log that writes to w what is at least as grave as level says. It
// strikes out mail addresses, and of links and addresses of the web all that may be a
// secret: whatever went wrong, and whatever a server said about it, can be kept and
// shown. A record that belongs to a request bears its id.
func NewLog(w io.Writer, format Format, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if format == JSON {
		return slog.New(discreet{slog.NewJSONHandler(w, options)})
	}
	return slog.New(discreet{slog.NewTextHandler(w, options)})
}

// discreet strikes out of records what a log must not hold.
type discreet struct{ slog.Handler }

// Handle implements [slog.Handler].
func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, strike(r.Message), r.PC)
	if id, ok := ctx.Value(requestKey{}).(string); ok {
		clean.AddAttrs(slog.String("request", id))
	}
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(cleaned(a))
		return true
	})
	return d.Handler.Handle(ctx, clean)
}

// WithAttrs implements [slog.Handler].
func (d discreet) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = cleaned(a)
	}
	return discreet{d.Handler.WithAttrs(clean)}
}

// WithGroup implements [slog.Handler].
func (d discreet) WithGroup(name string) slog.Handler { return discreet{d.Handler.WithGroup(name)} }

func cleaned(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, strike(a.Value.String()))
	case slog.KindGroup:
		var members []any
		for _, m := range a.Value.Group() {
			members = append(members, cleaned(m))
		}
		return slog.Group(a.Key, members...)
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok { // what it quotes is not ours
			return slog.String(a.Key, strike(paths.ReplaceAllString(err.Error(), "$1/…")))
		}
		return slog.String(a.Key, strike(fmt.Sprint(a.Value.Any())))
	}
	return a
}

var (
	// mailAddresses finds what is one, and what may be.
	mailAddresses = regexp.MustCompile(`[^\s<>"(),;:=\[\]{}|/\\]+(@|%40)[^\s<>"'(),;:=\[\]{}|/\\]+`)
	// linkTokens finds the secrets in links of mails, and leaves routes alone.
	linkTokens = regexp.MustCompile(`(/(?:[au]|sign-in)/)[^\s"'<>?{][^\s"'<>?]*`)
	queries    = regexp.MustCompile(`(://[^\s"'<>?]*\?)[^\s"'<>]+`)
	// calendarFiles finds names that people may be known by.
	calendarFiles = regexp.MustCompile(`[^\s/\\"'=]+\.ics\b`)
	// paths finds addresses of the web, of which some are secrets as a whole.
	paths = regexp.MustCompile(`(?i)\b((?:https?|webcals?)://[^\s"'<>/?]+)[/?][^\s"'<>]*`)
)

// strike takes out of text what must not be told.
func strike(text string) string {
	text = mailAddresses.ReplaceAllString(text, "[address]")
	text = linkTokens.ReplaceAllString(text, "$1…")
	text = queries.ReplaceAllString(text, "$1…")
	return calendarFiles.ReplaceAllString(text, "….ics")
}

type requestKey struct{}

// RequestHeader is where an answer bears the id of its request.
const RequestHeader = "X-Request-Id"

// Requests gives each request an id that the answer and all of the log about it bear.
// What a client sends by that name is not believed.
func Requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		random := make([]byte, 8)
		_, _ = rand.Read(random) // it never fails
		id := hex.EncodeToString(random)
		w.Header().Set(RequestHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, id)))
	})
}
