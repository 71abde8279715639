package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestBackupBesideAWriter copies a database while somebody writes: each copy holds
// whole changes alone, and nothing that was erased.
func TestBackupBesideAWriter(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a name with % and ? and #.db")
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const erased = "a word that was erased"
	change := func(text string, args ...any) error {
		_, err := db.write.ExecContext(t.Context(), text, args...)
		return err
	}
	if err := errors.Join(
		change(`INSERT INTO meta (name, value) VALUES ('gone', $1)`, erased), change(`DELETE FROM meta WHERE name = 'gone'`),
		change(`INSERT INTO meta (name, value) VALUES ('left', 0), ('right', 0)`),
	); err != nil {
		t.Fatal(err)
	}
	writing, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() {
		for writing.Err() == nil {
			err := db.change(t.Context(), func(tx *sql.Tx) error {
				for _, name := range []string{"left", "right"} {
					if _, err := tx.ExecContext(t.Context(), `UPDATE meta SET value = value + 1 WHERE name = $1`, name); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				stopped <- err
				return
			}
		}
		stopped <- nil
	}()
	made := time.Unix(1_800_000_000, 0).UTC()
	for _, name := range []string{"first copy #1?.db", "second.db", "third.db"} {
		to := filepath.Join(folder, name)
		if err := Backup(t.Context(), path, to, made); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		if text, err := os.ReadFile(to); err != nil || bytes.Contains(text, []byte(erased)) {
			t.Errorf("%s holds what was erased, or cannot be read: %v", name, err)
		}
		found, err := Examine(t.Context(), to)
		if err != nil || found.Version != len(migrations) || !found.Made.Equal(made) || found.Bytes == 0 {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
		copied, err := Open(t.Context(), to)
		if err != nil {
			t.Fatal(err)
		}
		var left, right int
		err = copied.read.QueryRowContext(t.Context(), `SELECT a.value, b.value FROM meta a, meta b WHERE a.name = 'left' AND b.name = 'right'`).Scan(&left, &right)
		if err := errors.Join(err, copied.Close()); err != nil || left != right {
			t.Errorf("%s holds half a change: %d and %d, %v", name, left, right, err)
		}
	}
	if err := Backup(t.Context(), path, filepath.Join(folder, "second.db"), made); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file that is there: %v", err)
	}
	stop()
	if err := <-stopped; err != nil {
		t.Error("the writer was kept from writing:", err)
	}
	if found, err := Examine(t.Context(), path); err != nil || !found.Made.IsZero() {
		t.Errorf("the database itself: %+v, %v", found, err)
	}
}

// TestExamineRefuses: what is no whole database of ours is told apart, and left as it
// is; so it is by Open and by Backup.
func TestExamineRefuses(t *testing.T) {
	folder := t.TempDir()
	good := filepath.Join(folder, "good.db")
	db, err := Open(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	db.fill(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, text []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	changed := func(name, change string) string {
		path := write(name, whole)
		db, err := connect(path, careful+"&_pragma=foreign_keys(0)", 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	garbled := bytes.Clone(whole)
	copy(garbled[4096*3:], bytes.Repeat([]byte{0xa5}, 4096*8))
	for _, c := range []struct {
		path   string
		want   error
		opened bool // Open does not read all of it
	}{
		{filepath.Join(folder, "none.db"), fs.ErrNotExist, true},
		{write("empty.db", nil), ErrDamaged, false},
		{write("prose.db", bytes.Repeat([]byte("no database. "), 1000)), ErrDamaged, false},
		{write("half.db", whole[:len(whole)/2]), ErrDamaged, true},
		{write("garbled.db", garbled), ErrDamaged, true},
		{changed("dangling.db", `INSERT INTO address (addr, person_id) VALUES ('x@acme.example', 4711)`), ErrDamaged, true},
		{changed("newer.db", `PRAGMA user_version = 9999`), ErrNewer, false},
		{changed("foreign.db", `PRAGMA application_id = 7`), ErrForeign, false},
	} {
		before, _ := os.ReadFile(c.path)
		if _, err := Examine(t.Context(), c.path); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.path, err, c.want)
		}
		if !c.opened {
			if db, err := Open(t.Context(), c.path); !errors.Is(err, c.want) {
				t.Errorf("opened %s: %v, %v; want %v", c.path, db, err, c.want)
			}
			to := filepath.Join(folder, "copy.db")
			if err := Backup(t.Context(), c.path, to, time.Now()); !errors.Is(err, c.want) {
				t.Errorf("backed up %s: %v, want %v", c.path, err, c.want)
			}
			if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a copy of %s is left: %v", c.path, err)
			}
		}
		if after, _ := os.ReadFile(c.path); !bytes.Equal(before, after) {
			t.Errorf("%s was changed", c.path)
		}
	}
}

// fill puts more than a few pages into a database.
func (db *DB) fill(t testing.TB) {
	t.Helper()
	calendar := db.calendar(t, "ann")
	for i := range 40 {
		db.apply(t, calendar, full(event("plan"+string(rune('a'+i)), nil, "ann", "bob")))
	}
}

// TestRestoredStartsPaused holds what is not known to be still to be done.
func TestRestoredStartsPaused(t *testing.T) {
	db := openFile(t)
	calendar := db.calendar(t, "ann")
	db.apply(t, calendar, full(event("plan", nil, "ann", "bob")))
	if err := db.Enrol(t.Context(), "ann@acme.example"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.QueueMail(t.Context(), monday, NewMail{
		MessageID: "1@acme.example", Person: "ann@acme.example", Kind: "trouble", From: "u@acme.example", To: "ann@acme.example", MIME: []byte("words"), Deadline: lastDay,
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.ServerAway(t.Context(), monday, "connecting failed", "look at it"); err != nil {
		t.Fatal(err)
	}
	now, next := at(1, 9), at(7, 0)
	p := Pause{By: "root", Since: now, Why: "restored"}
	got, err := db.Restore(t.Context(), now, next, p)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(Restored{Mails: 1}, got, gocmp.FilterPath(func(p gocmp.Path) bool { return p.Last().String() == ".Connections" }, gocmp.Ignore())); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if held, ok, err := db.Paused(t.Context()); err != nil || !ok || held != p {
		t.Errorf("paused: %+v, %v, %v", held, ok, err)
	}
	if trouble, err := db.ServerTrouble(t.Context()); err != nil || trouble != (ServerTrouble{}) {
		t.Errorf("the mail server was away when the backup was made, and is still: %+v, %v", trouble, err)
	}
	parked, err := db.Mails(t.Context(), MailParked, 9)
	if err != nil || len(parked) != 1 || parked[0].Unsure == 0 || parked[0].MIME != nil {
		t.Errorf("the mail: %+v, %v", parked, err)
	}
	if failed, err := db.Undelivered(t.Context(), 9); err != nil || len(failed) != 0 {
		t.Errorf("could not be delivered: %+v, %v", failed, err)
	}
	for since, want := range map[time.Time]int{now: 1, now.Add(time.Second): 0} { // a later pause says nothing of it
		if n, err := db.PerhapsSent(t.Context(), since); err != nil || n != want {
			t.Errorf("may have arrived since %v: %d, %v", since, n, err)
		}
	}
	if turn, err := db.Turn(t.Context(), "ann@acme.example"); err != nil || !turn.Equal(next) {
		t.Errorf("the next turn is at %v, %v", turn, err)
	}
	var cursors int
	if err := db.read.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM collection WHERE cursor <> ''`).Scan(&cursors); err != nil || cursors > 0 {
		t.Errorf("%d cursors are left, %v", cursors, err)
	}
}
