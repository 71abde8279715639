package mail

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"unmeet/internal/chromium"
)

var shots = flag.String("shots", "", "folder to put pictures of mails into")

// sight is what a browser sees of a mail.
type sight struct {
	Wide    bool // it is wider than the window
	Texts   []textLook
	Buttons []buttonLook
}

type textLook struct {
	Words    string
	Contrast float64 // WCAG 2.2, 1.4.3
	Size     float64 // pixels
}

type buttonLook struct {
	Label                    string
	Left, Top, Width, Height float64 // of the cell, in pixels
	Paint                    string
}

const looking = `(() => {
	const rgb = c => c.match(/[\d.]+/g).map(Number);
	const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const under = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
	const seen = {Wide: document.documentElement.scrollWidth > innerWidth, Texts: [], Buttons: []};
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const e = walk.currentNode.parentElement;
		if (!walk.currentNode.data.trim()) continue;
		const a = light(rgb(getComputedStyle(e).color)), b = light(under(e));
		seen.Texts.push({Words: walk.currentNode.data.trim(), Contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), Size: parseFloat(getComputedStyle(e).fontSize)});
	}
	for (const e of document.querySelectorAll("td.button")) {
		const box = e.getBoundingClientRect(), link = e.querySelector("a");
		seen.Buttons.push({Label: e.innerText, Left: box.left, Top: box.top, Width: box.width, Height: box.height,
			Paint: [getComputedStyle(e).backgroundColor, getComputedStyle(link).color, getComputedStyle(link).fontSize, getComputedStyle(link).fontWeight].join(" ")});
	}
	return seen;
})()`

// TestMailsInBrowser holds that mails can be read, wide and narrow, light and dark, and
// that answers are as easy to hit, one as the other.
func TestMailsInBrowser(t *testing.T) {
	browser := chromium.Start(t)
	hostile := digest("en", tuesday())
	hostile.Items[0].Title = strings.Repeat("x", 200)
	hostile.Items[0].Organizer.Name = "ישיבה שבועית"
	letters := samples()
	letters["hostile"] = hostile
	pages := map[string]string{}
	for name, l := range letters {
		r, err := Render(l)
		if err != nil {
			t.Fatal(err)
		}
		pages["/"+name] = r.HTML
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if _, err := w.Write([]byte(pages[r.URL.Path])); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	for page := range pages {
		for _, width := range []int64{375, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				if *shots == "" && (width == 375) != (scheme == "light") {
					continue // narrow by day and wide by night shows all there is
				}
				t.Run(fmt.Sprintf("%s %d %s", page[1:], width, scheme), func(t *testing.T) {
					err := chromedp.Do(browser, paint(scheme), chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL+page))
					if err != nil {
						t.Fatal(err)
					}
					seen, err := chromedp.Run(browser, chromedp.Evaluate[sight](looking))
					if err != nil {
						t.Fatal(err)
					}
					if *shots != "" {
						shoot(t, browser, fmt.Sprintf("%s-%d-%s.png", page[1:], width, scheme))
					}
					seen.check(t)
				})
			}
		}
	}
}

// paint has the browser prefer a colour scheme.
func paint(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	})
}

func shoot(t *testing.T, browser context.Context, name string) {
	t.Helper()
	picture, err := chromedp.Run(browser, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(*shots, name), picture, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (l sight) check(t *testing.T) {
	t.Helper()
	if l.Wide {
		t.Error("it is wider than the window")
	}
	if len(l.Texts) < 5 {
		t.Errorf("it has %d texts", len(l.Texts))
	}
	for _, x := range l.Texts {
		if x.Contrast < 4.5 || x.Size < 14 && strings.Trim(x.Words, "\u00a0") != "" {
			t.Errorf("%q has contrast %.1f and size %.0f", x.Words, x.Contrast, x.Size)
		}
	}
	for i, b := range l.Buttons {
		if below := len(l.Buttons) == 3; below && i > 0 {
			a := l.Buttons[i-1]
			if gap := b.Top - a.Top - a.Height; a.Paint != b.Paint || a.Left != b.Left || a.Width != b.Width || a.Height != b.Height || gap < 8 {
				t.Errorf("%+v is not as prominent as %+v, or not 8 apart", b, a)
			}
		}
		if b.Height < 44 || b.Width < 120 {
			t.Errorf("%q is %.0f by %.0f", b.Label, b.Width, b.Height)
		}
		if i%2 == 0 || len(l.Buttons)%2 == 1 {
			continue
		}
		a := l.Buttons[i-1]
		if gap := b.Left - a.Left - a.Width; a.Top != b.Top || gap < 8 {
			t.Errorf("%q and %q are %.0f apart", a.Label, b.Label, gap)
		}
		if a.Paint != b.Paint || a.Height != b.Height || a.Width-b.Width > 1 || b.Width-a.Width > 1 {
			t.Errorf("%+v is not as prominent as %+v", b, a)
		}
	}
}
