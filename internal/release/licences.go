package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// module is one of others that is in the program, with what it asks of whoever hands
// it on.
type module struct {
	path, licence string
	texts         []string // its licence, and notices and further licences beside it
}

// licences are those that a linked module may have, each by words that no other has.
var licences = []struct {
	name  string
	words *regexp.Regexp
}{
	{"Apache-2.0", regexp.MustCompile(`Apache License Version 2\.0`)},
	{"MIT", regexp.MustCompile(`Permission is hereby granted, free of charge, to any person obtaining a copy`)},
	{"ISC", regexp.MustCompile(`Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee`)},
	{"BSD-3-Clause", regexp.MustCompile(`Redistribution and use in source and binary forms.*(Neither the name|names? of).*endorse or promote`)},
	{"BSD-2-Clause", regexp.MustCompile(`Redistribution and use in source and binary forms`)},
}

// licenceOf says which licence a text is, "" for one that nobody has agreed to yet.
func licenceOf(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for _, l := range licences {
		if l.words.MatchString(text) {
			return l.name
		}
	}
	return ""
}

// besides are the names of files that tell what a module asks, its licence first.
var besides = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)\b.*`)

// linked finds the modules that are in the program on any system, and Go itself.
func linked(ctx context.Context) ([]module, error) {
	folders := map[string]string{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}", "unmeet/cmd/unmeet")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system)
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("listing modules: %w: %s", err, &complaints)
		}
		for line := range strings.Lines(string(out)) {
			if path, folder, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				folders[path] = folder
			}
		}
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	folders["Go"] = strings.TrimSpace(string(root))
	var all []module
	for _, path := range slices.Sorted(maps.Keys(folders)) {
		m, err := moduleIn(path, folders[path])
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// moduleIn reads what the module in a folder asks.
func moduleIn(path, folder string) (module, error) {
	m := module{path: path}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return m, err
	}
	for _, entry := range entries {
		if entry.IsDir() || !besides.MatchString(entry.Name()) || strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return m, err
		}
		m.texts = append(m.texts, strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
		if m.licence == "" {
			m.licence = licenceOf(string(text))
		}
	}
	if m.licence == "" {
		return m, fmt.Errorf("%s has no licence that may be linked (Apache, BSD, ISC, MIT): look into %s", path, folder)
	}
	return m, nil
}

// texts are all licences and notices, each once with who has it.
func texts(all []module) string {
	whose := map[string][]string{}
	var order []string
	for _, m := range all {
		for _, text := range m.texts {
			if whose[text] == nil {
				order = append(order, text)
			}
			whose[text] = append(whose[text], m.path)
		}
	}
	var b strings.Builder
	b.WriteString("unmeet has in it the following, under their licences.\n")
	for _, text := range order {
		fmt.Fprintf(&b, "\n%s\n\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(whose[text], "\n"), text)
	}
	return b.String()
}

// table is docs/licences.md.
func table(all []module) string {
	var b strings.Builder
	b.WriteString(`# What is in unmeet, and its licences

unmeet is under the [MIT licence](../LICENSE). Its program has these modules of others in it, on one system or another; all allow that, and ask for no more than to be named. A release has their licences in full, in the file LICENCES; ` + "`go version -m unmeet`" + ` tells their versions. SQLite itself, in modernc.org/sqlite, is in the public domain. This page is made by ` + "`make licences`" + `, and a test holds it true: it fails on any other licence.

| Module | Licence |
|---|---|
`)
	for _, m := range all {
		fmt.Fprintf(&b, "| %s | %s |\n", m.path, m.licence)
	}
	return b.String()
}

// writeLicences writes the page.
func writeLicences(ctx context.Context, to string) error {
	all, err := linked(ctx)
	if err != nil {
		return err
	}
	return os.WriteFile(to, []byte(table(all)), 0o644)
}
