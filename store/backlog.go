package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Backlog is what waits to be done, and how connections are doing, as sums.
type Backlog struct {
	Connections map[State]int // that are read, or would be
	// What waits whose time has come: calendars to be read, mails to be sent, actions to
	// be done, suggestions on which time has something to do, and trials.
	Calendars, Mails, Actions, Suggestions, Trials Queue
}

// Queue is work whose time has come.
type Queue struct {
	Due    int
	Oldest time.Time // when the first of it was due; zero: nothing is
}

// Backlog looks what waits at a time.
func (db *DB) Backlog(ctx context.Context, now time.Time) (b Backlog, err error) {
	b.Connections = map[State]int{Connected: 0, Failing: 0, Paused: 0}
	err = each(ctx, db.read, `SELECT state, COUNT(*) FROM connection WHERE state IN ('connected', 'failing', 'paused') GROUP BY state`, func(rows *sql.Rows) error {
		var state State
		var n int
		err := rows.Scan(&state, &n)
		b.Connections[state] = n
		return err
	})
	for _, q := range []struct {
		queue *Queue
		from  string
	}{
		{&b.Calendars, `connection WHERE state IN ('connected', 'failing') AND next_at <= $1`},
		{&b.Mails, `mail WHERE state = 'queued' AND next_at <= $1`},
		{&b.Actions, `action WHERE state IN ('waiting', 'due', 'begun') AND next_at <= $1`},
		{&b.Suggestions, `suggestion WHERE next_at > 0 AND next_at <= $1`},
		{&b.Trials, `trial WHERE next_at > 0 AND next_at <= $1`},
	} {
		var oldest int64
		if err == nil {
			err = db.read.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(MIN(next_at), 0) FROM `+q.from, now.Unix()).Scan(&q.queue.Due, &oldest)
		}
		q.queue.Oldest = timeOf(oldest)
	}
	if err != nil {
		return Backlog{}, fmt.Errorf("look what waits: %w", err)
	}
	return b, nil
}
