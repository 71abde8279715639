package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite" // the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// DB is an open database. Its methods may be called by several goroutines; one
// writes at a time.
type DB struct {
	write   *sql.DB // one connection
	read    *sql.DB // a pool, or the writer where one connection is enough
	writing sync.Mutex
	sent    atomic.Int64 // mails since the write-ahead log was emptied
	people  *directory   // as the last change left it; nil if that is not known
	remove  string       // folder to remove on Close; "" for a lasting database
}

// Settings of every connection; they stand in the DSN because a pooled
// connection would not see what was executed on another. A temporary database
// does not enforce its foreign keys, which would cost a tenth of the time; tests
// see to it that they hold.
const (
	lasting   = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_txlock=immediate"
	temporary = "_pragma=journal_mode(MEMORY)&_pragma=synchronous(OFF)&_pragma=locking_mode(EXCLUSIVE)&_pragma=cache_size(-32768)&_txlock=immediate"
	readers   = 4
)

// Open opens the database file at path, creates it where there is none, and
// brings its schema up to date. It refuses, with [ErrForeign] or [ErrNewer], a
// file that is not ours or that a newer unmeet has written, and with [ErrDamaged]
// one that cannot be read.
func Open(ctx context.Context, path string) (*DB, error) {
	made, err := openOrMake(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	write, err := connect(path, lasting, 1)
	if err != nil {
		return nil, err
	}
	db := &DB{write: write}
	if err := migrate(ctx, write, migrations); err != nil {
		err = errors.Join(fmt.Errorf("open database %s: %w", path, damage(err)), db.Close())
		if info, gone := os.Stat(path); made && gone == nil && info.Size() == 0 { // as on a full disk
			err = errors.Join(err, os.Remove(path))
		}
		return nil, err
	}
	if db.read, err = connect(path, lasting, readers); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// emptyFor is how long a file may be empty that another process has just made.
const emptyFor = 2 * time.Second

// openOrMake makes the file of a database where there is none, and reports whether it
// did. It is an [ErrDamaged] where there is an empty one: what that held is lost, and
// SQLite would take it for a new one, and remove the log beside it.
func openOrMake(ctx context.Context, path string) (made bool, err error) {
	// SQLite would let others read it; its side files take the mode of this one.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return true, file.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return false, err
	}
	if file, err = os.OpenFile(path, os.O_RDWR, 0o600); err != nil {
		return false, err
	}
	defer file.Close()
	for deadline := time.Now().Add(emptyFor); ; {
		info, err := file.Stat()
		switch {
		case err != nil:
			return false, err
		case info.Size() > 0:
			return false, nil
		case time.Now().After(deadline):
			return false, fmt.Errorf("%s: %w: it is empty", path, ErrDamaged)
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(emptyFor / 100):
		}
	}
}

// OpenTemporary opens an empty database for one run over files. It lives in a
// temporary file, is fast rather than durable, and is removed by Close.
func OpenTemporary(ctx context.Context) (*DB, error) {
	folder, err := os.MkdirTemp("", "unmeet-")
	if err != nil {
		return nil, fmt.Errorf("temporary database: %w", err)
	}
	db := &DB{remove: folder}
	if db.write, err = connect(filepath.Join(folder, "unmeet.db"), temporary, 1); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	db.read = db.write
	if err := migrate(ctx, db.write, migrations); err != nil {
		return nil, errors.Join(fmt.Errorf("temporary database: %w", err), db.Close())
	}
	return db, nil
}

func connect(path, settings string, connections int) (*sql.DB, error) {
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: settings}
	pool, err := sql.Open("sqlite", file.String())
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool, nil
}

// Close closes the database, and removes a temporary one.
func (db *DB) Close() error {
	var errs []error
	if db.read != nil && db.read != db.write {
		errs = append(errs, db.read.Close())
	}
	if db.write != nil {
		errs = append(errs, db.write.Close())
	}
	if db.remove != "" {
		errs = append(errs, os.RemoveAll(db.remove))
	}
	return errors.Join(errs...)
}

// change runs f in a transaction of its own, one at a time: all of f is kept,
// or nothing.
func (db *DB) change(ctx context.Context, f func(*sql.Tx) error) error {
	db.writing.Lock()
	defer db.writing.Unlock()
	return db.transact(ctx, f)
}

// changeDurably is change, and returns once the result would survive a loss of
// power. (Others survive the end of the process, which is enough for what can be
// read again.)
func (db *DB) changeDurably(ctx context.Context, f func(*sql.Tx) error) error {
	db.writing.Lock()
	defer db.writing.Unlock()
	if _, err := db.write.ExecContext(ctx, `PRAGMA synchronous = FULL`); err != nil {
		return err
	}
	err := db.transact(ctx, f)
	_, reset := db.write.ExecContext(context.WithoutCancel(ctx), `PRAGMA synchronous = NORMAL`)
	return errors.Join(err, reset)
}

func (db *DB) transact(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := beginPatiently(ctx, db.write)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after a commit
	if err = f(tx); err == nil {
		err = tx.Commit()
	}
	if err != nil {
		db.people = nil // may hold people who were not kept
	}
	if ended := ctx.Err(); err != nil && ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("%w: %w", ended, err) // what the driver says of it depends on the moment
	}
	return err
}

// patience is how long a change waits for those of other processes.
const patience = time.Minute

// beginPatiently begins a transaction that writes. SQLite itself looks whether the
// database is free only ten times a second, and not fairly: beside a process that
// writes all the time, one may find it taken whenever it looks, and give up.
func beginPatiently(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	for end := time.Now().Add(patience); ; {
		tx, err := db.BeginTx(ctx, nil)
		if failure, ok := errors.AsType[*sqlite.Error](err); !ok || failure.Code()&0xff != sqlite3.SQLITE_BUSY || ctx.Err() != nil || time.Now().After(end) {
			return tx, err
		}
	}
}

// Scrub empties the write-ahead log, in which erased words could still be read.
// Where somebody reads at the moment, that is left to the next one.
func (db *DB) Scrub(ctx context.Context) error {
	if _, err := db.write.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return fmt.Errorf("empty the write-ahead log: %w", err)
	}
	return nil
}
