package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The schema grows by files that are appended and never changed.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

var migrations = readMigrations()

// applicationID marks a database as ours in its header: "unme".
const applicationID = 0x756e6d65

// Reasons to refuse a database file.
var (
	ErrForeign = errors.New("this database belongs to another program")
	ErrNewer   = errors.New("this database was written by a newer unmeet")
	ErrDamaged = errors.New("this database is damaged, or is none")
)

// damage marks what SQLite says of a file that it cannot read as an [ErrDamaged].
func damage(err error) error {
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok || errors.Is(err, ErrDamaged) {
		return err
	}
	if code := failure.Code() & 0xff; code != sqlite3.SQLITE_CORRUPT && code != sqlite3.SQLITE_NOTADB {
		return err
	}
	return fmt.Errorf("%w: %w", ErrDamaged, uncoded{err, strings.ReplaceAll(err.Error(), failure.Error(), codeAtEnd.ReplaceAllString(failure.Error(), ""))})
}

// uncoded is an error of SQLite in words alone: its numbers tell nobody anything.
type uncoded struct {
	error
	words string
}

func (e uncoded) Error() string { return e.words }

func (e uncoded) Unwrap() error { return e.error }

var codeAtEnd = regexp.MustCompile(` \([0-9]+\)$`)

// IsDamaged reports whether err comes of a database file that does not hold what it
// should. [Open] sees that where it reads; the rest shows when it is asked for.
func IsDamaged(err error) bool { return errors.Is(damage(err), ErrDamaged) }

// IsFull reports whether err says that a disk has no room left.
func IsFull(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return errors.Is(err, syscall.ENOSPC) || ok && failure.Code()&0xff == sqlite3.SQLITE_FULL
}

// IsIO reports whether err says that SQLite could not read or write a file. Of a full
// disk, too, it often says no more than that.
func IsIO(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && failure.Code()&0xff == sqlite3.SQLITE_IOERR
}

// readMigrations returns the embedded migrations in order of their names.
func readMigrations() []string {
	entries, err := fs.ReadDir(migrationFiles, "migrations")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var all []string
	for _, e := range entries {
		text, err := fs.ReadFile(migrationFiles, "migrations/"+e.Name())
		if err != nil {
			panic(err)
		}
		all = append(all, string(text))
	}
	return all
}

// migrate brings a database up to the last of steps, all of them or none. The
// file's header keeps how many it has seen.
func migrate(ctx context.Context, db *sql.DB, steps []string) error {
	tx, err := beginPatiently(ctx, db)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after a commit
	var app, version, tables int
	for pragma, into := range map[string]*int{
		"PRAGMA application_id":              &app,
		"PRAGMA user_version":                &version,
		"SELECT COUNT(*) FROM sqlite_schema": &tables,
	} {
		if err := tx.QueryRowContext(ctx, pragma).Scan(into); err != nil {
			return err
		}
	}
	fresh := app == 0 && version == 0 && tables == 0
	switch {
	case !fresh && app != applicationID:
		return ErrForeign
	case version > len(steps):
		return fmt.Errorf("%w: its schema is version %d, this one knows %d", ErrNewer, version, len(steps))
	case version == len(steps):
		return nil
	}
	for i, step := range steps[version:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("migration %d: %w", version+i+1, err)
		}
	}
	head := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(steps))
	if _, err := tx.ExecContext(ctx, head); err != nil {
		return err
	}
	return tx.Commit()
}
