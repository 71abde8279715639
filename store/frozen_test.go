package store

import (
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

var update = flag.Bool("update", false, "freeze a database of the schema as it is now in testdata/frozen")

// Databases frozen at the schemas that were released, each written by the code of its
// time that had lived through what lived tells: testdata/frozen/NNNN.sql. (What is not
// there came with others, and no release had it as its last.) Those never change. Of a
// new migration, once it is released, "-run Frozen -update" writes the next.
const frozenFiles = "testdata/frozen/*.sql"

// TestFrozenDatabasesReachHead: a database of any schema that ever was becomes one
// of today's when it is opened, with all it held, and from then on says the same as one
// that was never anything else.
func TestFrozenDatabasesReachHead(t *testing.T) {
	frozen := frozenDatabases(t)
	if *update {
		if _, ok := frozen[len(migrations)]; ok {
			t.Fatalf("schema %d was frozen before, and stays as it is", len(migrations))
		}
		db := openFile(t)
		db.lived(t)
		db.livedOn(t)
		name := strings.Replace(frozenFiles, "*", fmt.Sprintf("%04d", len(migrations)), 1)
		must(t, os.WriteFile(name, []byte(dumpSQL(t, db.read)), 0o644))
		frozen = frozenDatabases(t)
	}
	fresh := openFile(t)
	wantSchema := schema(t, fresh.read)
	fresh.lived(t)
	fresh.livesOn(t)
	wantLines := fresh.derivedLines(t)
	steps := empty(t) // grows through the schemas as today's migrations make them
	for _, version := range slices.Sorted(maps.Keys(frozen)) {
		must(t, migrate(t.Context(), steps, migrations[:version]))
		released := schema(t, steps)
		t.Run(fmt.Sprintf("%04d", version), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "unmeet.db")
			before := thaw(t, path, frozen[version], released)
			db, err := Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if d := gocmp.Diff(wantSchema, schema(t, db.read)); d != "" {
				t.Errorf("schema (-fresh +migrated):\n%s", d)
			}
			db.sound(t)
			for _, row := range before {
				row.has(t, db, version)
			}
			must(t, db.SetOrganization(t.Context(), Organization{Name: "Acme", Domains: []string{"acme.example"}}))
			db.livesOn(t)
			if d := gocmp.Diff(wantLines, db.derivedLines(t)); d != "" {
				t.Errorf("what is derived (-fresh +migrated):\n%s", d)
			}
			db.sound(t)
		})
	}
}

// frozenDatabases returns the SQL of frozen databases, by the version of their schema.
func frozenDatabases(t *testing.T) map[int]string {
	t.Helper()
	files, err := filepath.Glob(frozenFiles)
	if err != nil || len(files) < 6 {
		t.Fatalf("frozen databases: %q, %v", files, err)
	}
	all := map[int]string{}
	for _, file := range files {
		version, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(file), ".sql"))
		must(t, err)
		text, err := os.ReadFile(file)
		must(t, err)
		all[version] = string(text)
	}
	return all
}

// thaw writes a frozen database to path, and returns its rows. Its schema must be the
// one that the migrations up to it make today: they never change.
func thaw(t *testing.T, path, text string, released []string) []frozenRow {
	t.Helper()
	db, err := connect(path, lasting, 1)
	must(t, err)
	defer db.Close()
	_, err = db.Exec(text)
	must(t, err)
	if d := gocmp.Diff(released, schema(t, db)); d != "" {
		t.Errorf("a migration is not what it was when it was released (-now +then):\n%s", d)
	}
	return rowsOf(t, db)
}

// sound reports whatever is wrong with the file.
func (db *DB) sound(t *testing.T) {
	t.Helper()
	var result string
	must(t, db.read.QueryRow(`PRAGMA integrity_check`).Scan(&result))
	if n := db.count(t, "pragma_foreign_key_check"); result != "ok" || n != 0 {
		t.Errorf("integrity: %s; %d foreign keys point at nothing", result, n)
	}
}

// lived has a database live through a few days with the calendars of two people. It
// asks for no more than the first schema could do.
func (db *DB) lived(t *testing.T) {
	ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
	sync := event("sync", weekly, "ann=accepted", "bob", "cid=declined", "guest@elsewhere.example")
	moved := changed(sync, 2, func(c *calendars.Copy) { c.Title, c.Start, c.End = "Sync, later", at(14, 11), at(14, 12) })
	without(2, &sync)
	quoted := event("quoted", func(c *calendars.Copy) {
		c.Title, c.Body, c.Start, c.End = "It's \"so\"\n— Привет", "a;b'c", at(0, 9.5), at(0, 11)
	}, "ann", "bob=accepted", "dan")
	all := full(sync, moved, quoted,
		event("secret", func(c *calendars.Copy) { c.Private, c.Start, c.End = true, at(1, 9), at(1, 10) }, "ann", "dan"),
		event("off", func(c *calendars.Copy) { c.Status, c.Start, c.End = calendars.Cancelled, at(2, 9), at(2, 10) }, "ann", "bob"),
		event("many", func(c *calendars.Copy) { c.HeadsKnown, c.Start, c.End = false, at(3, 9), at(3, 10) }),
	)
	all.Cursor = "as of Monday"
	db.apply(t, ann, all)
	answered := event("sync", weekly, "ann=accepted", "bob=accepted", "cid=declined", "guest@elsewhere.example")
	db.apply(t, bob, full(answered, event("sync", func(c *calendars.Copy) { c.Organizer.Address, c.Remote = address("eve"), "other" }, "bob", "eve")))
	rest := full(sync, moved, quoted)
	rest.Cursor = "as of Tuesday"
	db.apply(t, ann, rest, At(at(1, 12)))
	must(t, db.SaveVerdicts(t.Context(), []Verdict{{SubjectHash: db.allSubjects(t)[0].Hash, RulesHash: "rules", Category: "informing", Verdict: []byte(`{"category":"informing"}`)}}))
}

// livesOn is what both calendars say a day later: of all they list.
func (db *DB) livesOn(t *testing.T) {
	sync := event("sync", weekly, "ann=accepted", "bob=declined", "cid", "fay")
	moved := changed(sync, 2, func(c *calendars.Copy) { c.Title, c.Start, c.End = "Sync, later still", at(14, 14), at(14, 15) })
	without(2, &sync)
	for _, owner := range []string{"ann", "bob"} {
		db.apply(t, db.calendar(t, owner), full(sync, moved, event("new", func(c *calendars.Copy) { c.Start, c.End = at(9, 9), at(9, 10) }, "ann", "bob", "fay")), At(at(2, 12)))
	}
}

// frozenRow is a row of a frozen database: its values by column, as SQL has them.
type frozenRow struct {
	table  string
	values map[string]string
}

// changedByMigrations are the columns that migrations after a version change, and to
// what: they have calendars read, and meetings derived, anew.
var changedByMigrations = []struct {
	before        int
	table, column string
	change        func(string) string
}{
	{8, "collection", "cursor", func(string) string { return "''" }},
	{8, "meta", "value", func(v string) string {
		if strings.HasPrefix(v, `'{"Name":"Acme"`) {
			return strings.TrimSuffix(v, "'") + " '"
		}
		return v
	}},
}

// has reports whether a row that was frozen is still there as it was.
func (r frozenRow) has(t *testing.T, db *DB, version int) {
	t.Helper()
	var where []string
	for _, column := range slices.Sorted(maps.Keys(r.values)) {
		value := r.values[column]
		for _, c := range changedByMigrations {
			if version < c.before && c.table == r.table && c.column == column {
				value = c.change(value)
			}
		}
		where = append(where, fmt.Sprintf(`"%s" IS %s`, column, value))
	}
	if db.count(t, r.table+" WHERE "+strings.Join(where, " AND ")) == 0 {
		t.Errorf("%s lost a row: %v", r.table, r.values)
	}
}

// rowsOf returns all rows of all tables.
func rowsOf(t *testing.T, db *sql.DB) (all []frozenRow) {
	t.Helper()
	for _, table := range tablesOf(t, db) {
		columns := columnsOf(t, db, table)
		must(t, each(t.Context(), db, `SELECT `+quoted(columns)+` FROM `+table+` ORDER BY rowid`, func(rows *sql.Rows) error {
			row := frozenRow{table, map[string]string{}}
			values, into := make([]string, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			err := rows.Scan(into...)
			for i, c := range columns {
				row.values[c] = values[i]
			}
			all = append(all, row)
			return err
		}))
	}
	return all
}

func quoted(columns []string) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = `quote("` + c + `")`
	}
	return strings.Join(all, ", ")
}

func tablesOf(t *testing.T, db *sql.DB) []string {
	t.Helper()
	return texts(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid`)
}

func columnsOf(t *testing.T, db *sql.DB, table string) []string {
	t.Helper()
	return texts(t, db, `SELECT name FROM pragma_table_info('`+table+`') ORDER BY cid`)
}

func texts(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	must(t, each(t.Context(), db, query, func(rows *sql.Rows) error {
		var s string
		err := rows.Scan(&s)
		all = append(all, s)
		return err
	}))
	return all
}

// dumpSQL is a database as SQL that makes it anew.
func dumpSQL(t *testing.T, db *sql.DB) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("PRAGMA foreign_keys = OFF;\n")
	write := func(where string) {
		for _, s := range texts(t, db, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND type `+where+` ORDER BY rowid`) {
			b.WriteString(s + ";\n")
		}
	}
	write("= 'table'")
	for _, r := range rowsOf(t, db) {
		columns := slices.Sorted(maps.Keys(r.values))
		values := make([]string, len(columns))
		for i, c := range columns {
			values[i] = r.values[c]
		}
		row := fmt.Sprintf(`INSERT INTO %s ("%s") VALUES (%s);`, r.table, strings.Join(columns, `", "`), strings.Join(values, ", "))
		b.WriteString(strings.ReplaceAll(row, "\n", "' || char(10) || '") + "\n")
	}
	write("<> 'table'")
	for _, pragma := range []string{"application_id", "user_version"} {
		fmt.Fprintf(&b, "PRAGMA %s = %s;\n", pragma, texts(t, db, "PRAGMA "+pragma)[0])
	}
	b.WriteString("PRAGMA foreign_keys = ON;\n")
	return b.String()
}

// livedOn is what else a database of today's schema can live through: people are
// asked, answer, look, try, and leave.
func (db *DB) livedOn(t *testing.T) {
	ctx := t.Context()
	bob := db.suggested(t, "bob", "decline", 1, 3)
	db.acting(t, bob, true)
	db.verified(t, at(1, 13), "ann", "bob")
	must(t, db.Visit(ctx, at(0, 10), secretHash("accept m0"), "page"))
	db.suggested(t, "cid", "decline", 1)
	must(t, db.Look(ctx, address("bob"), Look{At: at(2, 0), By: "root", What: "suggest", Why: "nothing came"}))
	must(t, db.KnowBrowser(ctx, []byte("browser"), Browser{Person: address("bob"), Suggestion: bob.ID, Since: at(0, 10), Until: at(20, 0)}))
	must(t, db.Remember(ctx, "state", []byte("sealed"), at(0, 0), at(0, 1)))
	_, err := db.Connect(ctx, at(0, 0), NewConnection{
		Kind: "google", Owner: address("fay"), Account: "1", Via: ByGrant, Scopes: []string{"read"}, Remotes: []string{"primary"},
		Seal: func(int64) ([]byte, string, error) { return []byte{0, 1, 0xff}, "key", nil },
	})
	must(t, err)
	must(t, db.Leave(ctx, at(2, 1), address("cid"), "cli"))
	must(t, db.SetAlone(ctx, address("ann"), at(2, 2)))
	must(t, db.Say(ctx, at(2, 2), Said{Person: address("ann"), UID: "sync", Organizer: address("ann"), Verb: "never", Via: "me"}))
	must(t, db.BeginLogin(ctx, at(2, 3), address("ann"), []byte("login"), at(2, 4), newDigest("ann", "login").Mail))
	must(t, db.BeginSession(ctx, at(2, 3), address("ann"), []byte("session"), at(9, 3)))
	id, err := db.BeginAudit(ctx, Audited{At: at(2, 4), By: "root", Command: "forget", Words: Named(1), About: []string{address("gus")}, Why: "asked for it"})
	must(t, err)
	db.calendar(t, "gus")
	must(t, db.Erase(ctx, at(2, 4), address("gus")))
	must(t, db.EndAudit(ctx, at(2, 4), id, "done"))
}
