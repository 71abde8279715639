package store

import (
	"context"
	"fmt"
	"time"
)

// Listed returns the time [from, to) that calendars were read for, all together;
// zero if none was read. Of one that was connected later it may be less.
func (db *DB) Listed(ctx context.Context) (from, to time.Time, err error) {
	var first, last int64
	err = db.read.QueryRowContext(ctx, `SELECT COALESCE(MIN(span_from), 0), COALESCE(MAX(span_to), 0) FROM collection
		WHERE span_from < span_to`).Scan(&first, &last)
	if err != nil {
		return from, to, fmt.Errorf("read what was listed: %w", err)
	}
	return timeOf(first), timeOf(last), nil
}
