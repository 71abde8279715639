package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"

	"unmeet/agent/watch"
)

// logConfig says how `unmeet run` tells what it does.
type logConfig struct {
	Format string `toml:"format"` // "text" or "json"
	Level  string `toml:"level"`  // "debug", "info", "warn", "error": what is at least as grave is told
}

// check reports the first key whose value cannot be meant, and why.
func (l logConfig) check() (key string, err error) {
	if f := watch.Format(l.Format); f != watch.Text && f != watch.JSON {
		return "format", fmt.Errorf(`%q is neither "text" nor "json"`, l.Format)
	}
	if _, ok := logLevels[l.Level]; !ok {
		return "level", fmt.Errorf(`%q is not "debug", "info", "warn" or "error"`, l.Level)
	}
	return "", nil
}

var logLevels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

// level is what is told at least; with debug, all.
func (l logConfig) level(debug bool) slog.Level {
	if debug {
		return slog.LevelDebug
	}
	return logLevels[l.Level]
}

// newLog returns a log for w, of what is at least as grave as level says.
func (l logConfig) newLog(w io.Writer, level slog.Leveler) *slog.Logger {
	return watch.NewLog(w, watch.Format(l.Format), level)
}

// checkMetrics refuses what cannot be listened at, and where the pages are: there
// everybody could read the figures.
func (w webConfig) checkMetrics() error {
	if w.Metrics == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(w.Metrics)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil {
		return fmt.Errorf("%q is no address to listen at: it takes one such as 127.0.0.1:9420", w.Metrics)
	}
	if _, pages, err := net.SplitHostPort(w.Listen); err == nil && pages == port && port != "0" {
		return errors.New("it takes another port than web.listen, where everybody could read the figures")
	}
	return nil
}
