package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestOpenTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a name with % and ? and #.db")
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.SetOrganization(t.Context(), Organization{Domains: []string{"acme.example"}}); err != nil {
		t.Fatal(err)
	}
	db.apply(t, db.calendar(t, "ann"), full(event("plan", nil, "ann", "bob")))
	want := db.dump(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil {
		t.Errorf("the database is not where it was asked to be: %v", err)
	} else if info.Mode().Perm() != 0o600 {
		t.Errorf("the database can be read by others: %s", info.Mode())
	}
	if db, err = Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if d := gocmp.Diff(want, db.dump(t)); d != "" {
		t.Errorf("opened again (-before +after):\n%s", d)
	}
}

// TestChangesWaitForOtherProcesses: who finds the database taken for longer than
// SQLite itself waits goes on waiting, until they are not wanted any longer.
func TestChangesWaitForOtherProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "unmeet.db")
	other, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	write, err := connect(path, strings.Replace(lasting, "busy_timeout(5000)", "busy_timeout(1)", 1), 1)
	if err != nil {
		t.Fatal(err)
	}
	impatient := &DB{write: write, read: write}
	defer impatient.Close()
	taken, err := other.write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := impatient.Tidy(gone); err == nil {
		t.Error("it changed what another process holds")
	}
	tidied := make(chan error, 1)
	go func() { tidied <- impatient.Tidy(t.Context()) }()
	select {
	case err := <-tidied:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	if err := taken.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-tidied; err != nil {
		t.Errorf("once the database is free: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := []struct {
		name  string
		setup string
		want  error
	}{
		{"a database of another program", "CREATE TABLE bookmark (id INTEGER)", ErrForeign},
		{"one that another program has marked", "PRAGMA application_id = 1", ErrForeign},
		{"one that another program has numbered", "PRAGMA user_version = 1", ErrForeign},
		{"one of a newer unmeet", "PRAGMA application_id = 0x756e6d65; PRAGMA user_version = 1000", ErrNewer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "other.db")
			other, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := other.Exec(tt.setup); err != nil {
				t.Fatal(err)
			}
			if err := other.Close(); err != nil {
				t.Fatal(err)
			}
			db, err := Open(t.Context(), path)
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if err == nil {
				db.Close()
			}
		})
	}
	t.Run("a folder that is missing", func(t *testing.T) {
		if db, err := Open(t.Context(), filepath.Join(t.TempDir(), "missing", "unmeet.db")); err == nil {
			db.Close()
			t.Error("no error")
		}
	})
}

// TestDamagedFiles: of a file that is no database any more, or no whole one, it is said
// that it is damaged, when it is opened or when what is lost is asked for; and the file
// stays as it is.
func TestDamagedFiles(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole.db")
	db, err := Open(t.Context(), whole)
	must(t, err)
	must(t, db.SetOrganization(t.Context(), Organization{Domains: []string{"acme.example"}}))
	db.apply(t, db.calendar(t, "ann"), full(event("plan", nil, "ann", "bob")))
	must(t, db.Close())
	content, err := os.ReadFile(whole)
	must(t, err)
	garbage := slices.Repeat([]byte("garbage "), 512)
	for name, damaged := range map[string][]byte{
		"not a database":                    slices.Repeat([]byte("no database "), 1000),
		"its second half is off":            content[:len(content)/2],
		"its head is overwritten":           slices.Concat(garbage[:200], content[200:]),
		"its schema is overwritten":         slices.Concat(content[:100], garbage[:len(garbage)-100], content[len(garbage):]),
		"all but its schema is overwritten": slices.Concat(content[:len(garbage)], slices.Repeat(garbage, len(content)/len(garbage)-1)),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "unmeet.db")
			must(t, os.WriteFile(path, damaged, 0o600))
			db, err := Open(t.Context(), path)
			switch {
			case err == nil:
				_, err = db.Everyone(t.Context())
				db.Close()
			case !errors.Is(err, ErrDamaged):
				t.Errorf("it is not said that it is damaged: %v", err)
			}
			if !IsDamaged(err) {
				t.Errorf("error %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || !slices.Equal(after, damaged) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestSettingsHoldOnEveryConnection(t *testing.T) {
	db := openFile(t)
	pools := map[string]*sql.DB{"writer": db.write, "readers": db.read}
	for name, pool := range pools {
		var held []*sql.Conn
		for range pool.Stats().MaxOpenConnections {
			conn, err := pool.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, conn)
			for pragma, want := range map[string]string{"journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000", "synchronous": "1"} {
				var got string
				if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
					t.Errorf("%s: %s is %q (%v), want %q", name, pragma, got, err, want)
				}
			}
		}
		for _, conn := range held {
			conn.Close()
		}
	}
}

func TestTemporaryLeavesNothingBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	db, err := OpenTemporary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db.apply(t, db.calendar(t, "ann"), full(event("plan", nil, "ann", "bob")))
	if files, err := os.ReadDir(os.TempDir()); err != nil || len(files) != 1 {
		t.Errorf("while open: %v, %v", files, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(os.TempDir()); err != nil || len(files) != 0 {
		t.Errorf("after: %v, %v", files, err)
	}
}

// schema reads the tables and indexes with their text, and the version.
func schema(t *testing.T, db *sql.DB) []string {
	t.Helper()
	var all []string
	err := each(t.Context(), db, `SELECT type, name, COALESCE(sql, '') FROM sqlite_schema ORDER BY type, name`, func(rows *sql.Rows) error {
		var kind, name, text string
		err := rows.Scan(&kind, &name, &text)
		all = append(all, kind+" "+name+": "+text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, pragma := range []string{"application_id", "user_version"} {
		var n string
		if err := db.QueryRow("PRAGMA " + pragma).Scan(&n); err != nil {
			t.Fatal(err)
		}
		all = append(all, pragma+" "+n)
	}
	return all
}

func empty(t *testing.T) *sql.DB {
	t.Helper()
	db, err := connect(filepath.Join(t.TempDir(), "unmeet.db"), lasting, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestMigratedSchemaIsTheFreshOne(t *testing.T) {
	// One more than there are, so that there is always something to migrate.
	steps := append(slices.Clone(migrations), `CREATE TABLE later (id INTEGER PRIMARY KEY); ALTER TABLE person ADD COLUMN later BIGINT`)
	fresh := empty(t)
	if err := migrate(t.Context(), fresh, steps); err != nil {
		t.Fatal(err)
	}
	want := schema(t, fresh)
	for first := range steps {
		db := empty(t)
		for _, known := range [][]string{steps[:first], steps[:first], steps} {
			if err := migrate(t.Context(), db, known); err != nil {
				t.Fatal(err)
			}
		}
		if d := gocmp.Diff(want, schema(t, db)); d != "" {
			t.Errorf("from version %d (-fresh +migrated):\n%s", first, d)
		}
	}
}

func TestBrokenMigrationLeavesTheSchemaAsItWas(t *testing.T) {
	db := empty(t)
	if err := migrate(t.Context(), db, migrations); err != nil {
		t.Fatal(err)
	}
	want := schema(t, db)
	steps := append(slices.Clone(migrations), `CREATE TABLE later (id INTEGER PRIMARY KEY)`, `CREATE TABLE later (id INTEGER PRIMARY KEY)`)
	if err := migrate(t.Context(), db, steps); err == nil {
		t.Error("no error")
	}
	if d := gocmp.Diff(want, schema(t, db)); d != "" {
		t.Errorf("schema (-before +after):\n%s", d)
	}
}

// TestFull: SQLite's word for a disk without room is told from its others.
func TestFull(t *testing.T) {
	db := openFile(t)
	_, err := db.write.ExecContext(t.Context(), `PRAGMA max_page_count = 1`) // as many as there are
	must(t, err)
	_, err = db.write.ExecContext(t.Context(), `CREATE TABLE large AS SELECT randomblob(1000000)`)
	if !IsFull(fmt.Errorf("write: %w", err)) || IsIO(err) || IsDamaged(err) {
		t.Errorf("no room: %v", err)
	}
	if err := fmt.Errorf("open: %w", syscall.ENOSPC); !IsFull(err) || IsIO(err) {
		t.Errorf("no room: %v", err)
	}
	_, err = db.write.ExecContext(t.Context(), `SELECT nothing`)
	if err == nil || IsFull(err) || IsIO(err) {
		t.Errorf("another error: %v", err)
	}
}
