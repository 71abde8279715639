package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"time"
)

// careful are the settings of a connection that changes nothing of its own accord.
const careful = "mode=rw&_pragma=busy_timeout(5000)&_pragma=secure_delete(1)"

// backupAt is the name in meta of when a copy was made. Only copies have it.
const backupAt = "backup_at"

// Backup writes a copy of the database at from to a new file at to, as it was at one
// moment: others may go on writing meanwhile. The copy holds nothing that was erased,
// knows that it was made at now, and only its owner may read it. The database is not
// brought up to date. Errors are [fs.ErrExist] if there is a file at to, and as of
// [Examine].
func Backup(ctx context.Context, from, to string, now time.Time) error {
	fail := func(err error) error { return fmt.Errorf("back up %s: %w", from, damage(err)) }
	if _, err := os.Stat(from); err != nil {
		return fail(err)
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // SQLite fills an empty file, and would let others read its own
	if err != nil {
		return fail(err)
	}
	if err := file.Close(); err != nil {
		return fail(err)
	}
	if err := copyInto(ctx, from, to, now); err != nil {
		return fail(errors.Join(err, os.Remove(to)))
	}
	return nil
}

func copyInto(ctx context.Context, from, to string, now time.Time) error {
	db, err := connect(from, careful, 1)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := headOf(ctx, db); err != nil {
		return err
	}
	// A name that begins so is read as one, whatever it holds.
	target := url.URL{Scheme: "file", Opaque: (&url.URL{Path: to}).EscapedPath()}
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, target.String()); err != nil {
		return err
	}
	made, err := connect(to, careful, 1)
	if err != nil {
		return err
	}
	_, err = made.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2`,
		backupAt, strconv.FormatInt(now.Unix(), 10))
	if err := errors.Join(err, made.Close()); err != nil {
		return err
	}
	return syncFile(to)
}

// syncFile has a file outlast a loss of power.
func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// headOf returns the version of a database's schema. Errors are as of [Examine].
func headOf(ctx context.Context, db *sql.DB) (version int, err error) {
	var app, pages int
	err = db.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&app)
	if err == nil {
		err = db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version)
	}
	if err == nil {
		err = db.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages)
	}
	switch {
	case err != nil:
		return 0, damage(err)
	case pages == 0:
		return 0, fmt.Errorf("%w: it is empty", ErrDamaged)
	case app != applicationID:
		return 0, ErrForeign
	case version > len(migrations):
		return 0, fmt.Errorf("%w: its schema is version %d, this one knows %d", ErrNewer, version, len(migrations))
	}
	return version, nil
}

// Condition is the state of a database file.
type Condition struct {
	Version int       // of its schema
	Head    int       // version that this unmeet brings it to
	Bytes   int64     // its size, with the write-ahead log
	Free    int64     // bytes of it that hold nothing
	Made    time.Time // when the copy was made, if [Backup] made it; else zero
}

// Examine reads a database file through, and says what state it is in: whether pages
// are whole, indexes agree with tables, and no row points at one that is not there. It
// changes nothing; others may go on writing. Errors are an [fs.ErrNotExist],
// [ErrForeign], [ErrNewer], and [ErrDamaged].
func Examine(ctx context.Context, path string) (c Condition, err error) {
	fail := func(err error) (Condition, error) {
		return Condition{}, fmt.Errorf("database %s: %w", path, damage(err))
	}
	for _, part := range []string{path, path + "-wal"} {
		info, err := os.Stat(part)
		if err != nil && (part == path || !errors.Is(err, fs.ErrNotExist)) {
			return fail(err)
		}
		if err == nil {
			c.Bytes += info.Size()
		}
	}
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		return fail(fmt.Errorf("%w: it is empty", ErrDamaged)) // opening it would remove the log
	}
	db, err := connect(path, careful, 1)
	if err != nil {
		return fail(err)
	}
	defer db.Close()
	c.Head = len(migrations)
	if c.Version, err = headOf(ctx, db); err != nil {
		return fail(err)
	}
	var faults []string
	for _, check := range []string{`PRAGMA integrity_check(5)`, `SELECT 'a row of ' || "table" || ' points at none of ' || parent FROM pragma_foreign_key_check LIMIT 5`} {
		err := each(ctx, db, check, func(rows *sql.Rows) error {
			var fault string
			err := rows.Scan(&fault)
			if fault != "ok" {
				faults = append(faults, fault)
			}
			return err
		})
		if err != nil {
			return fail(err)
		}
	}
	if len(faults) > 0 {
		return fail(fmt.Errorf("%w: %s", ErrDamaged, faults[0]))
	}
	var pages, size, made int64
	err = errors.Join(
		db.QueryRowContext(ctx, `PRAGMA freelist_count`).Scan(&pages),
		db.QueryRowContext(ctx, `PRAGMA page_size`).Scan(&size),
		db.QueryRowContext(ctx, `SELECT COALESCE(MAX(CAST(value AS INTEGER)), 0) FROM meta WHERE name = $1`, backupAt).Scan(&made),
	)
	if err != nil {
		return fail(err)
	}
	c.Free, c.Made = pages*size, timeOf(made)
	return c, nil
}

// databaseHead is how files of SQLite begin.
const databaseHead = "SQLite format 3\x00"

// EmptyLog writes what the write-ahead log of the database at path holds into the
// database, which is whole without it then. Nobody else is to have it open.
func EmptyLog(ctx context.Context, path string) (err error) {
	raw, err := os.Open(path)
	if err != nil {
		return err
	}
	head := make([]byte, len(databaseHead))
	_, err = io.ReadFull(raw, head)
	if err = errors.Join(err, raw.Close()); err != nil || string(head) != databaseHead {
		return fmt.Errorf("%s: %w", path, errors.Join(err, ErrDamaged)) // opening it would remove the log
	}
	db, err := connect(path, careful, 1)
	if err == nil {
		defer func() { err = errors.Join(err, db.Close()) }()
		if _, err = headOf(ctx, db); err == nil {
			var busy, all, written int
			err = db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &all, &written)
		}
	}
	if err != nil {
		return fmt.Errorf("database %s: %w", path, damage(err))
	}
	return nil
}
