package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unmeet/rules"
)

const readme = "../../README.md"

// fenced finds the blocks of code in the README, with their language.
var fenced = regexp.MustCompile("(?ms)^ *```(\\w*)\n(.*?)^ *```$")

// TestReadmeShowsTheDemo keeps the picture in the README real. Run it with
// -update after the rules or the table have changed.
func TestReadmeShowsTheDemo(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	var out, complaints bytes.Buffer
	if code := run(context.Background(), []string{"--color", "always", "demo", "--now", "2026-11-22"}, strings.NewReader(""), &out, &complaints); code != exitDone {
		t.Fatalf("exit code %d: %s", code, complaints.String())
	}
	plain := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(out.String(), "")
	head, list, found := strings.Cut(plain, "\n largest")
	if !found {
		t.Fatalf("no largest meetings in the demo:\n%s", plain)
	}
	const rows = 6
	picture := head + "\n largest" + strings.Join(strings.SplitAfterN(list, "\n", rows+2)[:rows+1], "") + "   …\n"

	place := fenced.FindSubmatchIndex(text)
	if place == nil {
		t.Fatal("no picture in the README")
	}
	if *update {
		changed := string(text[:place[4]]) + picture + string(text[place[5]:])
		if err := os.WriteFile(readme, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(picture, string(text[place[4]:place[5]])); diff != "" {
		t.Errorf("the README shows another demo (-demo +README):\n%s", diff)
	}
}

// TestReadmeExamplesHold loads the rules and the configuration that the README
// shows.
func TestReadmeExamplesHold(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for _, block := range fenced.FindAllSubmatch(text, -1) {
		if string(block[1]) != "toml" {
			continue
		}
		examples++
		if bytes.Contains(block[2], []byte("[[rule]]")) {
			if _, err := rules.Load(append(rules.DefaultFiles(), rules.File{Name: "README.md", Data: block[2]})...); err != nil {
				t.Error(err)
			}
			continue
		}
		if _, err := parseConfig("README.md", block[2]); err != nil {
			t.Error(err)
		}
	}
	if examples != 4 {
		t.Errorf("%d examples, want the rules, what names them, Google, and mail", examples)
	}
}

// TestReadmePicturesAreSmall holds that the pictures are there, that nobody waits for
// them, and that they are described to who does not see them.
func TestReadmePicturesAreSmall(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	pictures := regexp.MustCompile(`<img src="([^"]+)" width="\d+" alt="([^"]{40,})">`).FindAllSubmatch(text, -1)
	if n := bytes.Count(text, []byte("<img")); len(pictures) != 4 || n != 4 {
		t.Errorf("%d of %d pictures are as they should be, want the report, the mail, the page of an answer and one's own", len(pictures), n)
	}
	for _, p := range pictures {
		info, err := os.Stat("../../" + string(p[1]))
		if err != nil {
			t.Error(err)
		} else if info.Size() > 80_000 {
			t.Errorf("%s has %d bytes", p[1], info.Size())
		}
	}
}

// TestLinksLead follows the links of the README and of docs/ to files, and to the
// headings in them.
func TestLinksLead(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#\s]*)(?:#([^)\s]*))?\)`)
	followed := 0
	for _, page := range append(pages, readme) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
			if strings.Contains(found[1], ":") {
				continue // of others
			}
			followed++
			to := page
			if found[1] != "" {
				to = filepath.Join(filepath.Dir(page), found[1])
			}
			aim, err := os.ReadFile(to)
			if err != nil {
				t.Errorf("%s: %v", page, err)
			} else if found[2] != "" && !slices.Contains(headings(string(aim)), found[2]) {
				t.Errorf("%s: %s has no heading %q", page, to, found[2])
			}
		}
	}
	if followed < 20 {
		t.Errorf("%d links, want those of all pages", followed)
	}
}

// headings returns what links call the headings of a page.
func headings(page string) (all []string) {
	for line := range strings.Lines(fenced.ReplaceAllString(page, "")) {
		if marks, heading, ok := strings.Cut(line, " "); ok && marks != "" && strings.Trim(marks, "#") == "" {
			heading = regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
			all = append(all, strings.ReplaceAll(heading, " ", "-"))
		}
	}
	return all
}
