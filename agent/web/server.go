package web

import (
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"time"

	"golang.org/x/net/netutil"
)

// mostConnections bounds those that are open at a time: fewer than the files that a
// process may have open on any system. The next wait until one ends.
const mostConnections = 800

// Listen listens at an address for no more connections than the daemon can bear.
func Listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	return netutil.LimitListener(l, mostConnections), nil
}

// clients finds where a connection comes from in what package http says of it.
var clients = regexp.MustCompile(`\b(serving|from) \S+:\d+:`)

// quietLog takes what package http complains of, without where people sit.
func quietLog(log *slog.Logger) *stdlog.Logger {
	to := slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	return stdlog.New(writer(func(line []byte) (int, error) {
		to.Print(string(clients.ReplaceAll(line, []byte("$1 a client:"))))
		return len(line), nil
	}), "", 0)
}

// writer is a function that is written to.
type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// NewServer returns a server for a handler of this package: nobody can hold its
// connections open for long, or fill its memory.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       20 * time.Second,
		WriteTimeout:      finishWithin + 20*time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          quietLog(log),
	}
}
