package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityNamesTestsThatAre holds that the tests by which docs/security.md shows
// what it says are there, and that each threat names some, and what is left.
func TestSecurityNamesTestsThatAre(t *testing.T) {
	const root = "../.."
	text, err := os.ReadFile(filepath.Join(root, "docs/security.md"))
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != root && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case !strings.HasSuffix(file, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(file)
		for _, found := range function.FindAllSubmatch(source, -1) {
			there[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, threats, _ := strings.Cut(string(text), "\n## Threats\n")
	threats, _, _ = strings.Cut(threats, "\n## ")
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	sections := strings.Split(threats, "\n### ")[1:]
	if len(sections) != 8 {
		t.Errorf("%d threats", len(sections))
	}
	for _, section := range sections {
		title, _, _ := strings.Cut(section, "\n")
		found := named.FindAllStringSubmatch(section, -1)
		if len(found) == 0 || !strings.Contains(section, "*Left:*") {
			t.Errorf("%s: no test shows what it says, or nothing is said to be left", title)
		}
		for _, name := range found {
			if !there[name[1]] {
				t.Errorf("%s: there is no %s", title, name[1])
			}
		}
	}
}
