package datasheet

import (
	"database/sql"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"unmeet/internal/wire"
	"unmeet/store"
)

// TestTheSheetIsTheSchema holds Tables equal to the tables and columns of a new
// database.
func TestTheSheetIsTheSchema(t *testing.T) {
	file := filepath.Join(t.TempDir(), "unmeet.db")
	made, err := store.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT s.name, c.name FROM sqlite_schema s, pragma_table_info(s.name) c WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	schema := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		schema[table] = append(schema[table], column)
	}
	if err := rows.Err(); err != nil || len(schema) == 0 {
		t.Fatal("no tables", err)
	}
	told := map[string]bool{}
	for _, table := range Tables {
		if told[table.Name] {
			t.Errorf("%s stands twice in Tables (tables.go)", table.Name)
		}
		told[table.Name] = true
		columns := schema[table.Name]
		if columns == nil {
			t.Errorf("there is no table %s any more: take it out of Tables (tables.go)", table.Name)
			continue
		}
		if table.What == "" || table.From == "" || table.Kept == "" || table.Seen == "" {
			t.Errorf("%s: say in Tables (tables.go) what it holds, from where, for how long, and who sees it", table.Name)
		}
		var named []string
		for _, f := range table.Fields {
			if named = append(named, f.Name); f.Meaning == "" {
				t.Errorf("%s.%s has no meaning in Tables (tables.go)", table.Name, f.Name)
			}
			if !slices.Contains(columns, f.Name) {
				t.Errorf("there is no column %s.%s: take it out of Tables (tables.go)", table.Name, f.Name)
			}
		}
		if slices.Sort(named); len(slices.Compact(slices.Clone(named))) != len(named) {
			t.Errorf("%s has a column twice: %v", table.Name, named)
		}
		for _, column := range columns {
			if !slices.Contains(named, column) {
				t.Errorf("%s.%s: add a Field{%q, what it means} to Tables (tables.go)", table.Name, column, column)
			}
		}
	}
	for _, table := range slices.Sorted(maps.Keys(schema)) {
		if !told[table] {
			t.Errorf("%s: add a Table{Name: %q} to Tables (tables.go): what it holds, from where, for how long, who sees it, and its columns %v", table, table, schema[table])
		}
	}
}

// TestTheSheetHasEveryMail holds Mails equal to the kinds of letters in agent/mail.
func TestTheSheetHasEveryMail(t *testing.T) {
	kinds := map[string]bool{}
	sourceOfMail := os.DirFS("../mail")
	files, err := fs.Glob(sourceOfMail, "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(sourceOfMail, file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, is := n.(*ast.ValueSpec)
			if !is || len(spec.Values) != 1 {
				return true
			}
			if name, is := spec.Type.(*ast.Ident); !is || name.Name != "Kind" {
				return true
			}
			if lit, is := spec.Values[0].(*ast.BasicLit); is {
				kind, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Error(err)
				}
				kinds[kind] = true
			}
			return true
		})
	}
	told := map[string]bool{}
	for _, m := range Mails {
		if told[m.Kind] = true; !kinds[m.Kind] {
			t.Errorf("there are no mails of kind %q: take it out of Mails (lists.go)", m.Kind)
		}
	}
	for kind := range kinds {
		if !told[kind] {
			t.Errorf("mails of kind %q: add a Mail{%q, to whom, what it says} to Mails (lists.go)", kind, kind)
		}
	}
}

// TestTheSheetHasEveryService holds Hosts equal to the services that are dialed.
func TestTheSheetHasEveryService(t *testing.T) {
	var told, dialed []string
	for _, h := range Hosts {
		told = append(told, h.Service)
	}
	for _, s := range wire.Services {
		dialed = append(dialed, string(s))
	}
	slices.Sort(told)
	slices.Sort(dialed)
	if !slices.Equal(told, dialed) {
		t.Errorf("Hosts (lists.go) has %v, and wire.Services has %v", told, dialed)
	}
}

func TestASheetSaysWhatTheConfigurationSays(t *testing.T) {
	s := New(Options{Organization: "A|b <i>[x](y)", Contact: "it@acme.example", KeepDays: 123, MinGroup: 7, PastDays: 11, FutureDays: 22, SignIn: true, Delegation: true})
	var md, page strings.Builder
	if err := s.Markdown(&md); err != nil {
		t.Fatal(err)
	}
	if err := s.HTML(&page); err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{"Markdown": md.String(), "HTML": html.UnescapeString(page.String())} {
		for _, want := range []string{"123 days", "at least 7 people", "11 days back and 22 days ahead", "it@acme.example", "domain-wide delegation", "signing in", "but the phrases that mattered"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", form, want)
			}
		}
		for _, table := range Tables {
			if !strings.Contains(text, table.Name) {
				t.Errorf("%s lacks %s", form, table.Name)
			}
		}
		for _, not := range []string{"{keep}", "{group}", "{past}", "{organization}", "{descriptions}"} {
			if strings.Contains(text, not) {
				t.Errorf("%s has %s", form, not)
			}
		}
	}
	if !strings.Contains(md.String(), `A\|b &lt;i>\[x](y)`) || strings.Contains(page.String(), "<i>") {
		t.Error("the name of the organization is not kept a name")
	}
	if text := New(Options{Descriptions: true}); !strings.Contains(text.Tables[slices.IndexFunc(text.Tables, func(t Table) bool { return t.Name == "copy" })].Fields[9].Meaning, "store_descriptions is on") {
		t.Error("that descriptions are kept is not told")
	}
}

// TestTheSheetKnowsWhatIsLetGo holds that the tables whose rows go after
// organization.keep_days are those that the database lets go of.
func TestTheSheetKnowsWhatIsLetGo(t *testing.T) {
	text, err := os.ReadFile("../../store/retain.go")
	if err != nil {
		t.Fatal(err)
	}
	swept := map[string]bool{}
	for _, found := range regexp.MustCompile(`DELETE FROM ([a-z_]+)`).FindAllSubmatch(text, -1) {
		swept[string(found[1])] = true
	}
	for _, copied := range []string{"copy", "withdrawn", "meeting", "subject", "occurrence", "attendance"} { // by the calendars' own way
		swept[copied] = true
	}
	otherwise := []string{"pending", "browser", "silence", "dated"} // they end by themselves, and are cleared then
	for _, table := range Tables {
		if goes := strings.Contains(table.Kept, "{keep}"); goes != swept[table.Name] && !slices.Contains(otherwise, table.Name) {
			t.Errorf("%s: Kept (tables.go) says %q, and store/retain.go lets go of it: %t", table.Name, table.Kept, swept[table.Name])
		}
	}
}
