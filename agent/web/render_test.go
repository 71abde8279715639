package web

import (
	"fmt"
	"math"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// everyPage renders each kind of page with all that can be on it.
func everyPage() map[string]string {
	about := About{Organization: "A & Sons <b>", Contact: "it@acme.example", PastDays: 90, FutureDays: 60}
	nameless := About{PastDays: 90, FutureDays: 60}
	pages := map[string]string{}
	for _, a := range []About{about, nameless} {
		which := " of " + a.Org()
		for name, p := range map[string]func(w *httptest.ResponseRecorder){
			"start": func(w *httptest.ResponseRecorder) {
				show(w, 200, startPage, view{About: a, Title: "T", Services: []string{"Google", "Acme"}})
			},
			"start in German": func(w *httptest.ResponseRecorder) {
				show(w, 200, startDE, view{About: a, Tag: "de", Title: "T", Services: []string{"Google", "Acme"}})
			},
			"connected in German": func(w *httptest.ResponseRecorder) {
				show(w, 200, connectedDE, view{About: a, Tag: "de", Title: "T", Address: `"ann<"@acme.example`, Standing: Standing{Group: "<b>", Assistant: "kim@acme.example"}})
			},
			"onward": func(w *httptest.ResponseRecorder) {
				show(w, 200, onwardPage, view{About: a, Title: "T", Service: "Google", Next: `https://x.example/?a=1&b="2"`})
			},
			"again": func(w *httptest.ResponseRecorder) {
				show(w, 200, againPage, view{About: a, Title: "T", Service: "Google", Form: "/connect/google"})
			},
			"again here": func(w *httptest.ResponseRecorder) {
				show(w, 200, againPage, view{About: a, Title: "T", Service: "Google", Next: "https://x.example/"})
			},
			"connected": func(w *httptest.ResponseRecorder) {
				show(w, 200, connectedPage, view{About: a, Title: "T", Address: `"ann<"@acme.example`})
			},
		} {
			w := httptest.NewRecorder()
			p(w)
			pages[name+which] = w.Body.String()
		}
		for reason := range telling {
			for _, home := range []string{"/connect", ""} {
				w := httptest.NewRecorder()
				showRefusal(w, a, "Google", home, home, &Refusal{Reason: reason, Hint: "choose <you>"})
				pages[string(reason)+home+which] = w.Body.String()
			}
		}
	}
	return pages
}

// TestPages reads every page as a browser would.
func TestPages(t *testing.T) {
	for name, text := range everyPage() {
		root, err := html.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		count := map[string]int{}
		var walk func(*html.Node)
		walk = func(n *html.Node) {
			if n.Type == html.ElementNode {
				count[n.Data]++
				for _, a := range n.Attr {
					switch {
					case strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src":
						t.Errorf("%s: <%s> has %s", name, n.Data, a.Key)
					case n.Data == "html" && a.Key == "lang" && (a.Val == "de") == strings.Contains(name, "German"):
						count["lang"]++
					}
				}
				if (n.Data == "button" || n.Data == "a" || n.Data == "h1" || n.Data == "title") && strings.TrimSpace(textOf(n)) == "" {
					t.Errorf("%s: a <%s> without words", name, n.Data)
				}
			}
			for c := range n.ChildNodes() {
				walk(c)
			}
		}
		walk(root)
		for what, want := range map[string]int{"h1": 1, "title": 1, "main": 1, "lang": 1, "script": 0, "b": 0, "you": 0} {
			if count[what] != want {
				t.Errorf("%s: %d of %s, want %d:\n%s", name, count[what], what, want, text)
			}
		}
		if left := regexp.MustCompile(`\{\w+\}|ZgotmplZ|&lt;no value`).FindString(text); left != "" {
			t.Errorf("%s: %s is left in it:\n%s", name, left, text)
		}
	}
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(textOf(c))
	}
	return b.String()
}

// TestContrast holds the colours to 4.5:1 (WCAG 2.2, 1.4.3), by day and by night.
func TestContrast(t *testing.T) {
	palettes := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(style, -1)
	if len(palettes) != 2 {
		t.Fatalf("%d palettes, want one by day and one by night", len(palettes))
	}
	for _, p := range palettes {
		colours := map[string]string{}
		for _, c := range regexp.MustCompile(`--(\w+): #([0-9a-f]{6})`).FindAllStringSubmatch(p[1], -1) {
			colours[c[1]] = c[2]
		}
		for _, pair := range [][2]string{{"ink", "paper"}, {"ink", "card"}, {"quiet", "paper"}, {"link", "paper"}, {"on", "link"}} {
			x, y := luminance(t, colours[pair[0]]), luminance(t, colours[pair[1]])
			if ratio := (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05); ratio < 4.5 {
				t.Errorf("%s on %s (%s on %s): %.1f", pair[0], pair[1], colours[pair[0]], colours[pair[1]], ratio)
			}
		}
	}
}

// luminance is the relative luminance of a colour such as 1c1c1c (WCAG 2.2).
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(fmt.Sprintf("%.2s", colour[2*i:]), 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		part := float64(n) / 255
		if part <= 0.04045 {
			part /= 12.92
		} else {
			part = math.Pow((part+0.055)/1.055, 2.4)
		}
		sum += weight * part
	}
	return sum
}
