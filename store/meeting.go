package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"
)

// meetsSQL is whether anything takes the time of person p that counts between $1 and
// $2; $3 is as long before $1 as anything lasts.
const meetsSQL = `EXISTS (SELECT 1 FROM attendance t CROSS JOIN occurrence o
	WHERE t.person_id = p.id AND t.start_s > $3 AND t.start_s < $2 AND ` + attendsSQL + `
	AND o.id = t.occurrence_id AND o.counts = 1 AND o.end_s > $1)`

// Span is the time from From until To, in whole seconds.
type Span struct{ From, To time.Time }

// Meeting counts for each of several spans whose time anything takes then that counts,
// be they erased since. It looks person by person, for what somebody attends in one week
// is stored beside what they attend in the next.
func (db *DB) Meeting(ctx context.Context, spans []Span) ([]int, error) {
	fail := func(err error) ([]int, error) { return nil, fmt.Errorf("count who meets: %w", err) }
	var last int64
	if err := db.read.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM person`).Scan(&last); err != nil {
		return fail(err)
	}
	longest, err := longest(ctx, db.read)
	if err != nil || len(spans) == 0 {
		return make([]int, len(spans)), err
	}
	var of []string
	args := []any{int64(0), int64(0)}
	for i, s := range spans {
		n := len(args)
		of = append(of, fmt.Sprintf(`SELECT %d AS span, CAST($%d AS BIGINT) AS from_s, CAST($%d AS BIGINT) AS to_s, CAST($%d AS BIGINT) AS before_s`, i, n+1, n+2, n+3))
		args = append(args, s.From.Unix(), s.To.Unix(), s.From.Unix()-longest)
	}
	// Who has a share of something that starts within a span meets then. Only where that
	// shows nothing it takes a look at occurrences.
	meets := strings.NewReplacer("$1", "w.from_s", "$2", "w.to_s", "$3", "w.before_s").Replace(meetsSQL)
	query := `SELECT w.span, COUNT(*) FROM person p CROSS JOIN (` + strings.Join(of, ` UNION ALL `) + `) w
		WHERE p.id > $1 AND p.id <= $2 AND (EXISTS (SELECT 1 FROM attendance t
			WHERE t.person_id = p.id AND t.start_s >= w.from_s AND t.start_s < w.to_s AND t.share_s > 0) OR ` + meets + `) GROUP BY w.span`
	var counting sync.WaitGroup
	var adding sync.Mutex
	counts, errs := make([]int, len(spans)), make([]error, readers)
	for i := range int64(readers) {
		counting.Go(func() {
			part := append([]any{last * i / readers, last * (i + 1) / readers}, args[2:]...)
			errs[i] = each(ctx, db.read, query, func(rows *sql.Rows) error {
				var span, n int
				err := rows.Scan(&span, &n)
				adding.Lock()
				defer adding.Unlock()
				counts[span] += n
				return err
			}, part...)
		})
	}
	counting.Wait()
	if err := cmp.Or(errs...); err != nil {
		return fail(err)
	}
	return counts, nil
}
