package report

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"unmeet/internal/chromium"
)

// TestPageLooks has axe-core look at pages, served with their policy, and at a mail: narrow by day and
// wide by night, all details open. UNMEET_PICTURES names a folder to keep pictures in,
// of all widths both ways.
func TestPageLooks(t *testing.T) {
	script := chromium.Axe(t)
	if script == "" {
		t.Skip("axe-core not present")
	}
	a, o := answered(t)
	o.By = ByWeek
	files := count(t, a.given, o)
	o.MinGroup = 2
	groups, err := Count(a.input().Input, o)
	if err != nil {
		t.Fatal(err)
	}
	sparse, hidden := team(t, meets{true, 7, 60}, meets{true, 6, 5}, meets{false, 2, 77})
	hidden.By, hidden.Period = ByWeek, o.Period
	few, err := Count(sparse, hidden)
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]Page{
		"files":    {Report: files, Cost: cost},
		"database": {Report: groups, Funnel: funnelOf(t, a, FunnelOptions{Period: o.Period, MinGroup: 2, Cost: cost, Balance: true}), Cost: cost},
		"sparse":   {Report: few, Funnel: funnelOf(t, asked{given: given{}}, FunnelOptions{Period: o.Period, MinGroup: 5, Cost: cost, Balance: true}), Cost: cost},
	}
	letter, err := pages["database"].Letter("You get this because you are named.")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/favicon.ico" { // which a browser looks for where nothing forbids it
			return
		}
		if r.URL.Path == "/letter" { // mails have their style in each element
			fmt.Fprint(w, letter.HTML)
			return
		}
		w.Header().Set("Content-Security-Policy", PagePolicy)
		p, ok := pages[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			t.Errorf("the browser asks for %s", r.URL.Path)
			return
		}
		if err := p.HTML(w); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	tab := chromium.Start(t)
	pictures := os.Getenv("UNMEET_PICTURES")
	for _, name := range []string{"files", "database", "sparse", "letter"} {
		for _, width := range []int64{375, 1280, 1920} {
			for _, scheme := range []string{"light", "dark"} {
				examined := (width == 375) == (scheme == "light") && width < 1920
				if !examined && pictures == "" {
					continue
				}
				media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
				if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, media); err != nil {
					t.Fatal(err)
				}
				if err := chromedp.Do(tab, chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL+"/"+name)); err != nil {
					t.Fatal(err)
				}
				if wide := chromium.Read(t, tab, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
					t.Errorf("%s is %d wide at %d", name, wide, width)
				}
				if name != "letter" {
					if face := chromium.Read(t, tab, chromedp.Evaluate[string](`getComputedStyle(document.querySelector("rect")).fill`)); face == "rgb(0, 0, 0)" {
						t.Errorf("%s: its policy does not let its style in", name)
					}
				}
				if pictures != "" {
					picture := chromium.Read(t, tab, chromedp.FullScreenshot(100))
					if err := os.WriteFile(filepath.Join(pictures, fmt.Sprintf("report-%s-%d-%s.png", name, width, scheme)), picture, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if !examined {
					continue
				}
				chromium.Read(t, tab, chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => d.open = true)`))
				chromium.Read(t, tab, chromedp.Evaluate[chromedp.Void](script))
				found := chromium.Read(t, tab, chromedp.Evaluate[[]string](`axe.run().then(r => r.violations.map(v =>
					v.id + ": " + v.help + ": " + v.nodes.map(n => n.html.slice(0, 200)).join(" and ")))`, chromedp.EvalAwaitPromise))
				if len(found) > 0 {
					t.Errorf("%s, %d wide, %s: %s", name, width, scheme, strings.Join(found, "\n"))
				}
			}
		}
	}
}
