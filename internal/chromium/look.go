package chromium

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// Read returns what an action finds in a tab. Where it fails, so does the test, and
// shows the page.
func Read[T any](t testing.TB, tab context.Context, action chromedp.Action[T]) T {
	t.Helper()
	found, err := chromedp.Run(tab, action)
	if err != nil {
		at, _ := chromedp.Run(tab, chromedp.Location())
		page, _ := chromedp.Run(tab, chromedp.OuterHTML(chromedp.CSS("main")))
		t.Fatalf("%v, at %s:\n%s", err, at, page)
	}
	return found
}

// Axe returns the script of axe-core, which finds what people with disabilities
// stumble over; "" where it is missing, which fails the test in continuous
// integration.
func Axe(t testing.TB) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root(t), ".cache", "axe-core-*.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	const missing = "axe-core not present: make deps fetches it"
	switch {
	case len(found) == 0 && os.Getenv("CI") == "true":
		t.Fatal(missing)
	case len(found) == 0:
		t.Log(missing)
		return ""
	}
	text, err := os.ReadFile(found[len(found)-1])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// root is the repository's folder: tests run in that of their package.
func root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		up := filepath.Dir(folder)
		if up == folder {
			t.Fatal("no go.mod above")
		}
		folder = up
	}
}
