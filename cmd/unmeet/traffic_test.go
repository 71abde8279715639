package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The packages that may open connections and serve, each by its one function with
// limits; the rest of ours goes through them. Support for tests is free to.
const (
	waysOut  = "internal/wire/"
	serverOf = "agent/web/"
	// Names are looked up, beside connecting to them, by commands alone: of servers that
	// a domain tells of, and to see whether they are what they should be.
	mayLookUp = "cmd/unmeet/connect_caldav.go cmd/unmeet/doctor"
)

var forTests = []string{"calendars/calendartest", "calendars/caldav/caldavtest", "calendars/ics/bench", "agent/mail/mailtest", "internal/chromium", "internal/chaos", "internal/load"}

// unbounded says, for names of the standard library that dial or serve, where
// alone they may be named: files that begin so.
var unbounded = map[string]map[string]string{
	"net": {
		"Dialer": waysOut, "Dial": "", "DialTimeout": "", "DialTCP": "", "DialUDP": "", "DialIP": "", "DialUnix": "",
		"Listen": serverOf + " cmd/unmeet/demo cmd/unmeet/mailbox/", "ListenConfig": serverOf,
		"Resolver": mayLookUp, "DefaultResolver": mayLookUp, "LookupHost": "", "LookupIP": "", "LookupAddr": "", "LookupMX": mayLookUp, "LookupTXT": mayLookUp,
	},
	"net/http": {
		"Transport": waysOut, "DefaultTransport": "", "DefaultClient": "", "Get": "", "Head": "", "Post": "", "PostForm": "",
		"Server": serverOf, "ListenAndServe": "", "ListenAndServeTLS": "", "Serve": "", "ServeTLS": "",
	},
	"net/smtp":   {"Dial": "", "SendMail": ""},
	"crypto/tls": {"Dial": "", "DialWithDialer": "", "Dialer": "", "Listen": ""},
}

// faultOf says what is wrong with naming name of an imported package in file, "" if
// nothing is.
func faultOf(file, imported, name string) string {
	place, known := unbounded[imported][name]
	begins := func(place string) bool { return strings.HasPrefix(file, place) }
	if !known || slices.ContainsFunc(strings.Fields(place), begins) {
		return ""
	}
	if slices.ContainsFunc(forTests, func(folder string) bool { return strings.HasPrefix(file, folder+"/") }) {
		return ""
	}
	if place == "" {
		return "nothing bounds " + path.Base(imported) + "." + name
	}
	return path.Base(imported) + "." + name + " belongs in " + place
}

// TestOneWayOut holds that all connections are opened and served where there are
// limits, and where the figures and TestADayOfAnOrganization see them. A client without a transport
// would take the default one.
func TestOneWayOut(t *testing.T) {
	const root = "../.."
	allowed := map[string]int{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		parsed, err := parser.ParseFile(files, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		imported := map[string]string{}
		for _, spec := range parsed.Imports {
			full, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imported[path.Base(full)] = full
			if spec.Name != nil {
				imported[spec.Name.Name] = full
			}
		}
		named := func(e ast.Expr) (from, name string) {
			selector, ok := e.(*ast.SelectorExpr)
			if !ok {
				return "", ""
			}
			if of, ok := selector.X.(*ast.Ident); ok {
				return imported[of.Name], selector.Sel.Name
			}
			return "", ""
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				from, name := named(n)
				if fault := faultOf(relative, from, name); fault != "" {
					t.Errorf("%s: %s", files.Position(n.Pos()), fault)
				} else if _, known := unbounded[from][name]; known {
					allowed[name]++
				}
			case *ast.CompositeLit:
				if from, name := named(n.Type); from == "net/http" && name == "Client" && !slices.ContainsFunc(n.Elts, func(e ast.Expr) bool {
					pair, ok := e.(*ast.KeyValueExpr)
					return ok && pair.Key.(*ast.Ident).Name == "Transport"
				}) && !strings.HasPrefix(relative, "calendars/calendartest/") {
					t.Errorf("%s: a client without a transport of its own", files.Position(n.Pos()))
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if allowed["Dialer"] == 0 || allowed["Transport"] == 0 || allowed["Server"] == 0 {
		t.Errorf("found %v: the test looks in the wrong place", allowed)
	}
}
