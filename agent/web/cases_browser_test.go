package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"unmeet/agent/click"
	"unmeet/agent/suggest"
)

// TestCase02: a headless browser with script opens all links; nothing is written,
// nothing posted. TestCase03: the person who clicks afterwards succeeds.
func TestCase02(t *testing.T) {
	st := newStreet(t)
	a := st.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	scanner := st.visitor(t)
	for _, path := range append(a.answerLinks(), a.path(click.Unsubscribe)) {
		scanner.another(t).open(path)
	}
	time.Sleep(longEnough)
	if st.posts() != 0 {
		t.Errorf("%d posts:\n%s", st.posts(), st.logged())
	}
	a.came()
	a.is(click.Offered, "")

	t.Run("TestCase03", func(t *testing.T) {
		person := st.visitor(t)
		person.open(a.path(click.Decline))
		person.sees("Decline Ops weekly on Tue 24 Nov?")
		person.press("decline")
		person.sees("Noted: you decline Ops weekly on Tue 24 Nov")
		a.is(click.Pending, click.Decline)
		a.came(click.WasPressed)
	})
}

// TestCase05: a scanner with script and cookies presses every button of every page:
// void, and it ends unchanged. The person who clicks afterwards succeeds.
func TestCase05(t *testing.T) {
	for _, pace := range []time.Duration{0, 5 * time.Second} {
		t.Run(pace.String(), func(t *testing.T) { pressesEverything(t, pace) })
	}
}

func pressesEverything(t *testing.T, pace time.Duration) {
	st := newStreet(t)
	a := st.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	scanner := st.visitor(t)
	const buttons = `[...document.querySelectorAll("button[name=do]")].map(b => b.id)`
	const others = `[...document.querySelectorAll("nav a")].map(a => a.pathname + a.search)`
	pages := a.answerLinks()
	pressed := 0
	for i := 0; i < len(pages); i++ {
		scanner.open(pages[i])
		for _, button := range read(scanner, chromedp.Evaluate[[]string](buttons)) {
			scanner.open(pages[i])
			if slices.Contains(read(scanner, chromedp.Evaluate[[]string](buttons)), button) {
				scanner.press(button)
				st.pass(pace)
				pressed++
			}
		}
		scanner.open(pages[i])
		for _, other := range read(scanner, chromedp.Evaluate[[]string](others)) {
			if !slices.Contains(pages, other) && len(pages) < 30 {
				pages = append(pages, other)
			}
		}
	}
	if pressed < 10 {
		t.Errorf("only %d buttons were pressed", pressed)
	}
	a.is(click.Offered, "")
	if got := a.outcomes(); !slices.Contains(got, string(click.WasVoid)) || slices.Contains(got, string(click.WasAccepted)) {
		t.Errorf("outcomes %q, want void and never accepted", got)
	}
	st.pass(5 * time.Minute)
	a.is(click.Offered, "")

	person := st.visitor(t)
	person.open(a.path(click.Decline))
	if got := read(person, chromedp.TextContent(chromedp.CSS(".notice"))); !strings.Contains(got, "Neither counts") {
		t.Errorf("the person is told %q", got)
	}
	person.press("decline")
	a.is(click.Pending, click.Decline)
}

// TestCase06: a known browser needs one click for one decline, while a scanner opens
// the same link.
func TestCase06(t *testing.T) {
	st := newStreet(t)
	a := st.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	person, scanner := st.visitor(t).known(ann), st.visitor(t)
	scanner.open(a.path(click.Decline))
	person.open(a.path(click.Decline))
	scanner.open(a.path(click.Decline))
	person.told("decline")
	person.sees("Noted: you decline Ops weekly on Tue 24 Nov")
	scanner.open(a.path(click.Decline))
	time.Sleep(longEnough)
	a.is(click.Pending, click.Decline)
	a.came(click.WasPressed)
	if st.posts() != 1 || a.via() != "mail-known-browser" || st.receipts() != 0 {
		t.Errorf("%d posts, via %q, %d receipts; want 1, by the known browser, none", st.posts(), a.via(), st.receipts())
	}
	st.pass(3 * time.Minute)
	a.came(click.WasPressed, click.WasAccepted)
	person.open(a.path(click.Keep)) // one click, too
	person.told("keep")
	a.is(click.Kept, click.Keep)
}

// TestPressingMakesKnown presses a button once; when the answer has outlasted its hold,
// the browser needs one click.
func TestPressingMakesKnown(t *testing.T) {
	st := newStreet(t)
	first, second := st.ask(ann, weekly(click.KindDecline, "Ops weekly")), st.ask(ann, weekly(click.KindDecline, "All hands"))
	person := st.visitor(t)
	person.open(first.path(click.Decline))
	person.press("decline")
	st.pass(3 * time.Minute)
	person.open(second.path(click.Keep))
	person.told("keep")
	second.is(click.Kept, click.Keep)

	person.press("forget")
	third := st.ask(ann, weekly(click.KindDecline, "Jour fixe"))
	person.open(third.path(click.Decline))
	time.Sleep(longEnough)
	third.is(click.Offered, "")
}

// TestCase07: what is prerendered, or lies in a hidden tab, posts nothing until it
// is shown.
func TestCase07(t *testing.T) {
	st := newStreet(t)
	a := st.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	st.mailed = a
	person := st.visitor(t).known(ann)
	person.open(mailbox)
	time.Sleep(longEnough)
	if v := a.visits(click.Decline); v["preview"] != 1 {
		t.Errorf("visits %v: nothing was prerendered, so this test tells nothing", v)
	}
	if st.posts() != 0 {
		t.Errorf("a prerendered page posted:\n%s", st.logged())
	}
	person.do(chromedp.Click(chromedp.CSS("#decline")))
	person.told("decline")
	a.came(click.WasPressed)

	t.Run("hidden", func(t *testing.T) {
		hidden := st.ask(ann, weekly(click.KindDecline, "All hands"))
		tab := st.visitor(t).known(ann)
		tab.hide(true)
		tab.open(hidden.path(click.Decline))
		time.Sleep(longEnough)
		hidden.is(click.Offered, "")
		tab.hide(false)
		tab.told("decline")
		hidden.came(click.WasPressed)
	})
}

// TestCase08: previews of a link, as by a long press, answer nothing, even where the
// browser is known and runs scripts.
func TestCase08(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	b := o.browser().known(ann)
	if b.open(a.path(click.Decline)); !b.auto() {
		t.Fatalf("a known browser does not answer by itself:\n%s", b.page)
	}
	for _, header := range [][2]string{{"Purpose", "preview"}, {"X-Purpose", "preview"}, {"Sec-Purpose", "prefetch"}, {"X-Moz", "prefetch"}, {"Purpose", "prefetch"}} {
		r := httptest.NewRequest(http.MethodGet, public+a.path(click.Decline), nil)
		r.Header.Set(header[0], header[1])
		if b.send(r); b.auto() || !strings.Contains(b.page, `id="decline"`) {
			t.Errorf("%s: %s: it has no button, or answers by itself:\n%s", header[0], header[1], b.page)
		}
	}
	a.came()

	st := newStreet(t)
	seen := st.ask(ann, weekly(click.KindDecline, "All hands"))
	preview := st.visitor(t).known(ann)
	if _, err := chromedp.Call(preview.tab, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Purpose": "preview"}}); err != nil {
		t.Fatal(err)
	}
	preview.open(seen.path(click.Decline))
	time.Sleep(longEnough)
	seen.came()

	// Whoever puts a finger on the page, or presses a key, chooses for themselves; the
	// page waits out of sight until they have.
	for _, begun := range []string{`new PointerEvent("pointerdown")`, `new KeyboardEvent("keydown", {key: "Tab"})`} {
		t.Run(begun, func(t *testing.T) {
			touched := st.ask(ann, weekly(click.KindDecline, "Jour fixe "+begun))
			person := st.visitor(t).known(ann)
			person.hide(true)
			person.open(touched.path(click.Decline))
			read(person, chromedp.Evaluate[chromedp.Void](`document.dispatchEvent(`+begun+`), undefined`))
			person.hide(false)
			time.Sleep(longEnough)
			touched.came()
		})
	}
}

// TestCase09: without script the button works, in known browsers, too.
func TestCase09(t *testing.T) {
	st := newStreet(t)
	a := st.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	person := st.visitor(t).known(ann)
	if _, err := chromedp.Call(person.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	person.open(a.path(click.Decline))
	time.Sleep(longEnough)
	a.is(click.Offered, "")
	person.do(chromedp.Click(chromedp.CSS("#decline")), chromedp.WaitVisible(chromedp.CSS("#undo"))) // no script, so told cannot look
	person.sees("Noted: you decline Ops weekly on Tue 24 Nov")
	a.is(click.Pending, click.Decline)
}

// TestCase10: a double click, a refresh and going back have one effect.
func TestCase10(t *testing.T) {
	st := newStreet(t)
	a := st.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	for _, person := range []*visitor{st.visitor(t), st.visitor(t).known(ann)} {
		person.open(a.path(click.Decline))
		if a.now().State == string(click.Offered) {
			person.do(chromedp.DoubleClick(chromedp.CSS("#decline")))
			person.told("decline")
		}
		person.do(chromedp.Reload())
		person.sees("Noted: you decline Ops weekly on Tue 24 Nov")
		person.back()
		a.is(click.Pending, click.Decline)
		a.came(click.WasPressed)
	}
	// Going back after Undo, or refreshing, does not decline again by itself.
	person := st.visitor(t).known(ann)
	b := st.ask(ann, weekly(click.KindDecline, "All hands"))
	person.open(b.path(click.Decline))
	person.told("decline")
	person.press("undo")
	person.do(chromedp.Reload())
	time.Sleep(longEnough)
	b.is(click.Offered, "")
	person.back()
	b.is(click.Offered, "")
	b.came(click.WasPressed, click.WasUndone)
}

// TestCase10Refreshed: a page of a known browser that has not answered does so by itself
// when it was come to, not when it is refreshed.
func TestCase10Refreshed(t *testing.T) {
	st := newStreet(t)
	a := st.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	person := st.visitor(t).known(ann)
	person.hide(true)
	person.open(a.path(click.Decline))
	person.do(chromedp.Reload())
	person.hide(false)
	time.Sleep(longEnough)
	if a.came(); t.Failed() {
		return
	}
	person.open(a.path(click.Decline))
	person.told("decline")
	a.came(click.WasPressed)
}

// TestCase12: declining two meetings in two tabs within seconds: both hold.
func TestCase12(t *testing.T) {
	st := newStreet(t)
	first, second := st.ask(ann, weekly(click.KindDecline, "Ops weekly")), st.ask(ann, weekly(click.KindDecline, "All hands"))
	person := st.visitor(t)
	other := person.another(t)
	person.open(first.path(click.Decline))
	other.open(second.path(click.Decline))
	person.press("decline")
	st.pass(5 * time.Second)
	other.press("decline")
	for _, a := range []*asked{first, second} {
		a.is(click.Pending, click.Decline)
	}
	st.pass(3 * time.Minute)
	for _, a := range []*asked{first, second} {
		a.came(click.WasPressed, click.WasAccepted)
	}
}

// TestCase22: forms and frames of other sites do nothing.
func TestCase22(t *testing.T) {
	st := newStreet(t)
	a := st.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	evil := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/frame" {
			_, _ = w.Write([]byte(`<iframe id="frame" src="` + st.public + a.path(click.Decline) + `"></iframe>`))
			return
		}
		_, _ = w.Write([]byte(`<form method="post" action="` + st.public + a.path(click.Decline) + `"><button name="do" value="decline" id="go">x</button></form>`))
	}))
	defer evil.Close()
	elsewhere := strings.Replace(evil.URL, "127.0.0.1", "localhost", 1)
	person := st.visitor(t).known(ann)
	person.do(chromedp.Navigate(elsewhere+"/form"), chromedp.Click(chromedp.CSS("#go")))
	person.comes(`document.querySelector("h1") !== null`)
	person.sees("This came from another site")
	person.do(chromedp.Navigate(elsewhere + "/frame"))
	time.Sleep(longEnough)
	a.came()
	a.is(click.Offered, "")

	for name, change := range map[string]func(*http.Request){
		"cross-site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"same-site":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"an old browser": func(r *http.Request) {
			r.Header.Set("Origin", "https://evil.example")
		},
		"no origin told": func(r *http.Request) { r.Header.Set("Origin", "null") },
	} {
		r := httptest.NewRequest(http.MethodPost, st.public+a.path(click.Decline), strings.NewReader("do=decline"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		change(r)
		b := st.browser()
		b.send(r)
		if b.sees(403, "This came from another site"); a.now().State != string(click.Offered) {
			t.Errorf("%s: answered", name)
		}
	}
	// Behind a proxy that renames the host, our own pages are known by the origin.
	r := httptest.NewRequest(http.MethodPost, "http://10.1.1.1:8420"+a.path(click.Decline), strings.NewReader("do=decline"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", st.public)
	if resp := st.browser().send(r); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("our own origin behind a proxy: %s", resp.Status)
	}
}

// TestCase23: hostile titles stay words.
func TestCase23(t *testing.T) {
	st := newStreet(t)
	for i, title := range []string{
		"Ops\r\nSet-Cookie: a=b\r\n\r\nweekly", `<script>alert(1)</script><img src=x onerror=alert(1)>`, `"><form action=https://evil.example>`,
		"\u202egnorw si txet\u202c \u2066weekly", strings.Repeat("Very long title ", 700), strings.Repeat("x", 10_000), "{title} {{.Title}} ${x}", "\x00\x1b[31m\xff", "שיחה שבועית", " ",
	} {
		s := weekly(click.KindDecline, title)
		s.UID, s.Link = fmt.Sprint("hostile", i), "javascript:alert(1)"
		s.Organizer.Name, s.Note = title, title
		s.Facts = append(s.Facts, suggest.Fact{Kind: suggest.FactWords, Quote: title})
		a := st.ask(ann, s)
		person := st.visitor(t)
		person.do(chromedp.EmulateViewport(375, 800))
		person.open(a.path(click.Decline))
		person.sees(person.heading())
		for range 2 {
			if wide := read(person, chromedp.Evaluate[float64](`document.documentElement.scrollWidth`)); wide > 375 {
				t.Errorf("%.40q: the page is %.0f wide", title, wide)
			}
			if n := read(person, chromedp.Evaluate[int](`document.querySelectorAll("script:not([nonce]), img, a[href^=javascript], form:not([method=post])").length`)); n != 0 {
				t.Errorf("%.40q: it became %d elements", title, n)
			}
			if long := read(person, chromedp.Evaluate[int](`document.querySelector("h1").textContent.length`)); long > 200 {
				t.Errorf("%.40q: a heading of %d characters", title, long)
			}
			if a.now().State == string(click.Offered) {
				person.press("decline")
			}
		}
	}
}

// TestCase24: no token is in logs, Referer, caches or the database.
func TestCase24(t *testing.T) {
	st := newStreet(t)
	s := weekly(click.KindDecline, "Ops weekly")
	referrers := make(chan string, 8)
	calendar := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { referrers <- r.Referer() }))
	defer calendar.Close()
	s.Link = calendar.URL + "/event"
	a := st.ask(ann, s)
	person := st.visitor(t)
	for _, path := range append(a.answerLinks(), a.path(click.Unsubscribe), "/a/"+strings.Repeat("0", 26)) {
		person.open(path)
	}
	person.open(a.path(click.Decline))
	person.press("decline")
	person.do(chromedp.Click(chromedp.CSS("#calendar")))
	if got := <-referrers; got != "" {
		t.Errorf("the calendar learns %q", got)
	}
	cookies, err := chromedp.Call(person.tab, network.GetCookies, network.GetCookiesParams{URLs: []string{st.public}})
	if err != nil || len(cookies.Cookies) != 1 {
		t.Fatalf("cookies %v, %v", cookies, err)
	}
	c := cookies.Cookies[0]
	if c.Name != "__Host-unmeet-known" || !c.Secure || !c.HTTPOnly || c.SameSite != network.CookieSameSiteLax || c.Path != "/" {
		t.Errorf("the cookie is %+v", c)
	}
	secrets := []string{c.Value}
	for _, secret := range a.links {
		secrets = append(secrets, secret)
	}
	var kept []byte
	for _, name := range []string{"unmeet.db", "unmeet.db-wal"} {
		text, err := os.ReadFile(filepath.Join(st.folder, name))
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, text...)
	}
	log := st.logged()
	for _, secret := range secrets {
		if strings.Contains(log, secret) || strings.Contains(string(kept), secret) {
			t.Errorf("%q is in the log (%v) or in the database", secret, strings.Contains(log, secret))
		}
	}
	for _, want := range []string{`route="GET /a/{token}" status=200`, `route="POST /a/{token}" status=303`, `route="GET /u/{token}" status=200`, `route="GET /a/{token}" status=404`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}

	b := st.browser()
	for _, path := range []string{a.path(click.Decline), a.path(click.Decline) + "?done=decline", a.path(click.Unsubscribe), "/a/x"} {
		b.open(path)
		for header, want := range map[string]string{
			"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff",
		} {
			if got := b.header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", path, header, got, want)
			}
		}
		policy := b.header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy lacks %s: %s", path, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(b.page, "<script") != strings.Contains(policy, "script-src 'nonce-") {
			t.Errorf("%s: policy %s", path, policy)
		}
	}
}
