package store

import (
	"context"
	"database/sql"
	"strings"
)

// parameters is how many one statement of ours binds at most. (SQLite allows
// 32,766, PostgreSQL 65,535; larger statements are not faster.)
const parameters = 1500

// inserter writes rows of one table, many to a statement.
type inserter struct {
	tx      *sql.Tx
	head    string // INSERT … VALUES
	tail    string // what follows the rows
	columns int
	rows    int       // of a full statement
	full    *sql.Stmt // closed with the transaction
	args    []any
}

func insertInto(tx *sql.Tx, table string, columns ...string) *inserter {
	return &inserter{
		tx:      tx,
		head:    "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ",
		columns: len(columns),
		rows:    parameters / len(columns),
	}
}

// add takes one row: a value for each column.
func (w *inserter) add(ctx context.Context, values ...any) error {
	w.args = append(w.args, values...)
	if len(w.args) < w.rows*w.columns {
		return nil
	}
	if w.full == nil {
		var err error
		if w.full, err = w.tx.PrepareContext(ctx, w.head+placeholders(w.rows, w.columns)+w.tail); err != nil {
			return err
		}
	}
	_, err := w.full.ExecContext(ctx, w.args...)
	w.args = w.args[:0]
	return err
}

// flush writes what is left.
func (w *inserter) flush(ctx context.Context) error {
	if len(w.args) == 0 {
		return nil
	}
	_, err := w.tx.ExecContext(ctx, w.head+placeholders(len(w.args)/w.columns, w.columns)+w.tail, w.args...)
	w.args = w.args[:0]
	return err
}

// placeholders returns "(?, ?), (?, ?)" for two rows of two columns.
//
// It is the one place where dialects differ: PostgreSQL wants ($1, $2), ($3, $4),
// and takes them from here. SQLite looks names of that kind up one by one when it
// reads the statement, and so does its driver when it binds them, which makes
// long statements quadratic and short ones too many: at the best length, applying
// files took twice the time.
func placeholders(rows, columns int) string {
	row := "(" + strings.Repeat(", ?", columns)[2:] + ")"
	return strings.Repeat(", "+row, rows)[2:]
}

// selectIn runs query for all values, a part of them at a time: its "(…)" stands
// for the list, extra arguments come after. Scan is called for each row.
func selectIn[T any](ctx context.Context, q queryer, query string, values []T, scan func(*sql.Rows) error) error {
	for len(values) > 0 {
		n := min(len(values), parameters/2)
		args := make([]any, n)
		for i, v := range values[:n] {
			args[i] = v
		}
		values = values[n:]
		if err := each(ctx, q, strings.Replace(query, "(…)", placeholders(1, n), 1), scan, args...); err != nil {
			return err
		}
	}
	return nil
}

// queryer is a transaction or a database.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each calls scan for each row of query.
func each(ctx context.Context, q queryer, query string, scan func(*sql.Rows) error, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	return scanEach(rows, err, scan)
}

// eachOf is each of a prepared query.
func eachOf(ctx context.Context, query *sql.Stmt, scan func(*sql.Rows) error, args ...any) error {
	rows, err := query.QueryContext(ctx, args...)
	return scanEach(rows, err, scan)
}

func scanEach(rows *sql.Rows, err error, scan func(*sql.Rows) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
