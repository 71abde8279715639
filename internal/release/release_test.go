package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestArchivesAreTheSameBytes(t *testing.T) {
	r := release{version: "1.2.0", date: time.Unix(1_790_000_000, 0).UTC()}
	shared := []file{{name: "LICENSE", data: []byte("free")}, {name: "completions/_unmeet", data: []byte("words")}}
	want := map[string]string{"LICENSE": "free", "completions/_unmeet": "words"}
	for target, name := range map[string]string{
		"linux/arm64":   "unmeet_1.2.0_linux_arm64.tar.gz",
		"windows/amd64": "unmeet_1.2.0_windows_amd64.zip",
	} {
		got, first, err := r.pack(target, []byte("program"), shared)
		if err != nil {
			t.Fatal(err)
		}
		if got != name {
			t.Errorf("%s, want %s", got, name)
		}
		// Files come from a map, in any order.
		turned := slices.Clone(shared)
		slices.Reverse(turned)
		if _, second, err := r.pack(target, []byte("program"), turned); err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s is of other bytes the second time (%v)", name, err)
		}
		found := map[string]string{}
		if folder, is := strings.CutSuffix(name, ".zip"); is {
			z, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range z.File {
				in, err := f.Open()
				if err != nil {
					t.Fatal(err)
				}
				text, _ := io.ReadAll(in)
				found[strings.TrimPrefix(f.Name, folder+"/")] = string(text)
			}
			if found["unmeet.exe"] != "program" {
				t.Errorf("%s has no program: %v", name, found)
			}
			delete(found, "unmeet.exe")
		} else {
			folder := strings.TrimSuffix(name, ".tar.gz")
			z, err := gzip.NewReader(bytes.NewReader(first))
			if err != nil {
				t.Fatal(err)
			}
			in := tar.NewReader(z)
			for {
				head, err := in.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				text, _ := io.ReadAll(in)
				found[strings.TrimPrefix(head.Name, folder+"/")] = string(text)
				if runs := head.Mode&0o100 != 0; runs != strings.HasSuffix(head.Name, "/unmeet") || !head.ModTime.Equal(r.date) || head.Uid != 0 || head.Uname != "" {
					t.Errorf("%s: %+v", head.Name, head)
				}
			}
			if found["unmeet"] != "program" {
				t.Errorf("%s has no program: %v", name, found)
			}
			delete(found, "unmeet")
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestLicencesAreListed fails when a module is linked whose licence nobody agreed to,
// or that the page does not name.
func TestLicencesAreListed(t *testing.T) {
	all, err := linked(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/licences.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(table(all), string(page)); diff != "" {
		t.Errorf("make licences brings docs/licences.md in step (-should be +is):\n%s", diff)
	}
	full := texts(all)
	for _, must := range []string{"filippo.io/age", "modernc.org/sqlite", "The Go Authors", "sqlite-vec"} {
		if !strings.Contains(full, must) {
			t.Errorf("the texts do not tell of %s", must)
		}
	}
}

func TestLicenceOf(t *testing.T) {
	for text, want := range map[string]string{
		"Apache License\n   Version 2.0, January 2004":                                                                             "Apache-2.0",
		"Permission is hereby granted, free of charge, to any person obtaining a copy":                                             "MIT",
		"Redistribution and use in source and binary forms, ... are met":                                                           "BSD-2-Clause",
		"Redistribution and use in source and binary forms ... Neither the name of X ... be used to endorse or promote products":   "BSD-3-Clause",
		"Permission to use, copy, modify, and/or distribute this software for any\npurpose with or without fee is hereby granted":  "ISC",
		"GNU GENERAL PUBLIC LICENSE Version 3":                                                                                     "",
		"Mozilla Public License Version 2.0":                                                                                       "",
		"This Source Code is provided under the Business Source License; redistribution of source in any form takes our agreement": "",
	} {
		if got := licenceOf(text); got != want {
			t.Errorf("%.60q: %q, want %q", text, got, want)
		}
	}
}

// TestUnitIsHardened has systemd say how far the unit lets the daemon go: 0 is
// nowhere, 100 anywhere.
func TestUnitIsHardened(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("systemd-analyze is not here")
	}
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", "../../packaging/unmeet.service").CombinedOutput()
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}
