package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/alecthomas/kong"
)

// commandLine is the command line as run builds it.
func commandLine(t *testing.T) *kong.Kong {
	t.Helper()
	parser, err := kong.New(&commands{}, kong.Name("unmeet"), kong.Vars{"version": ""})
	if err != nil {
		t.Fatal(err)
	}
	return parser
}

func TestEachCommandIsClassed(t *testing.T) {
	left := maps.Clone(classes)
	for _, node := range commandLine(t).Model.Leaves(false) {
		words := wordsOf(node)
		delete(left, words)
		class, known := classes[words]
		if !known {
			t.Errorf("unmeet %s: say in classes (auditing.go) whether the audit log tells of it", words)
		}
		as := slices.ContainsFunc(slices.Concat(node.AllFlags(false)...), func(f *kong.Flag) bool { return f.Name == "as" })
		if as && class == unlogged {
			t.Errorf("unmeet %s shows what is a person's own with --as, and is not logged", words)
		}
	}
	for words := range left {
		t.Errorf("there is no command %q", words)
	}
}

func TestWhatTheAuditLogSaysOfACommand(t *testing.T) {
	for _, test := range []struct {
		args      []string
		want, why string // want "": not logged
	}{
		{[]string{"enroll", "Ann@acme.example", "Design", "bo@acme.example"}, "enroll ann@acme.example Design bo@acme.example", ""},
		{[]string{"unenroll", "ann@acme.example", "-y"}, "unenroll ann@acme.example --yes", ""},
		{[]string{"outcomes"}, "", ""},
		{[]string{"outcomes", "--as", "ann@acme.example", "--reason", " she asked "}, "outcomes --as ann@acme.example", "she asked"},
		{[]string{"pause", "--why", "the mails name the wrong room"}, "pause", "the mails name the wrong room"},
		{[]string{"--config", "x.toml", "connect", "ics", "https://calendar.example/private-6f3a/basic.ics", "--person", "ann@acme.example"},
			"connect ics https://calendar.example/... --person ann@acme.example", ""},
		{[]string{"connect", "caldav", "https://ann:secret@dav.example/", "--bearer", "--password-file", "pass.txt"},
			"connect caldav https://dav.example/... --bearer --password-file pass.txt", ""},
		{[]string{"connect", "ics", "https://calendar.example/private-6f3a%zz/basic.ics"}, "connect ics https:...", ""}, // no URL, but no less secret
		{[]string{"connect", "ics", "webcal:calendar.example/private-6f3a/basic.ics"}, "connect ics webcal:...", ""},
		{[]string{"audit", "--since", "2026-10-05"}, "audit --since 2026-10-05", ""},
		{[]string{"forget", "ann@acme.example"}, "forget (forgotten)", ""},
		{[]string{"rules", "show"}, "", ""},
	} {
		parsed, err := commandLine(t).Parse(test.args)
		if err != nil {
			t.Errorf("%q: %v", test.args, err)
			continue
		}
		entry, is := entryOf(parsed)
		if got := entry.Line(); is != (test.want != "") || is && got != test.want || entry.Why != test.why && is {
			t.Errorf("%q: %v, %q because %q", test.args, is, got, entry.Why)
		}
	}
}
