package web_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"unmeet/agent/click"
)

// The adversarial cases of the mails' specification that are about pages, by their
// numbers. Those that need a real browser (2, 3, 5 to 10, 12, 22 to 24) are in
// cases_browser_test.go. 13 is package click's, 25 package mail's; 14 to 18 need
// writing to calendars, which is not there yet.

// answerLinks are the links of a mail that answer.
func (a *asked) answerLinks() (paths []string) {
	for verb := range a.links {
		if verb != click.Unsubscribe {
			paths = append(paths, a.path(verb))
		}
	}
	slices.Sort(paths)
	return paths
}

// TestCase01: HEAD and GET on every link change nothing.
func TestCase01(t *testing.T) {
	for _, kind := range []click.Kind{click.KindDecline, click.KindTrial} {
		o := newOffice(t, public)
		a := o.ask(ann, weekly(kind, "Ops weekly"))
		for _, b := range []*browser{o.browser(), o.browser().known(ann)} {
			before := o.dump()
			paths := append(a.answerLinks(), a.path(click.Unsubscribe))
			for _, path := range slices.Clone(paths) {
				for _, choice := range []string{string(kind.Accept()), "decline-onward", "keep", "wrong", "never", "commit"} {
					paths = append(paths, path+"?choose="+choice, path+"?do="+choice+"&auto=1")
				}
			}
			for _, path := range paths {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					o.pass(time.Second) // nobody is that quick
					resp := b.send(httptest.NewRequest(method, public+path, nil))
					if resp.StatusCode != http.StatusOK || len(resp.Cookies()) > 0 {
						t.Errorf("%s %s: %s, cookies %v", method, path, resp.Status, resp.Cookies())
					}
				}
			}
			if o.dump() != before {
				t.Errorf("%s: changed from\n%s\nto\n%s", kind, before, o.dump())
			}
		}
		a.came()
		a.is(click.Offered, "")
		if v := a.visits(click.Keep); v["get"] == 0 || v["head"] == 0 || v["known"] == 0 {
			t.Errorf("visits %v, want some of each", v)
		}
	}
}

// TestCase04: a scanner presses the decline button only: it is held, the person
// gets a receipt, and undo restores.
func TestCase04(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	o.browser().press(a.path(click.Decline), "decline").sees(200, "Noted: you decline Ops weekly on Tue 24 Nov", "It is held until 10:02.")
	a.is(click.Pending, click.Decline)
	if o.receipts() != 1 {
		t.Errorf("%d receipts, want 1", o.receipts())
	}
	o.pass(time.Minute)
	o.browser().press(a.path(click.Undo), "undo").sees(200, "Your answer for Ops weekly", "Undone: no answer is recorded.")
	a.is(click.Offered, "")
	o.pass(time.Hour)
	a.came(click.WasPressed, click.WasUndone)
}

// TestCase11: decline, then keep after 90 s: keep wins.
func TestCase11(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	o.browser().press(a.path(click.Decline), "decline")
	o.pass(90 * time.Second)
	b := o.browser().open(a.path(click.Keep))
	b.sees(200, "Keep Ops weekly?", "So far: you decline it.")
	b.press(a.path(click.Keep), "keep").sees(200, "Noted: you keep Ops weekly", "for 90 days", "You can undo this until Tue 24 Nov, 10:00.")
	o.pass(time.Hour)
	a.is(click.Kept, click.Keep)
}

// TestCase19: a forwarded mail is a bearer token: the page names whom it acts for,
// no browser of others answers by itself, and the receipt goes to the real person.
func TestCase19(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	b := o.browser().known(bob)
	b.open(a.path(click.Decline)).sees(200, "Decline Ops weekly on Tue 24 Nov?", "This page answers for ann…@acme.example.")
	if b.auto() || strings.Contains(b.page, ann) || strings.Contains(b.page, bob) {
		t.Errorf("bob's browser answers for ann, or tells an address:\n%s", b.page)
	}
	if b.post(a.path(click.Decline), "do", "decline", "auto", "1"); a.now().State != string(click.Offered) {
		t.Error("bob's browser answered for ann by itself")
	}
	b.press(a.path(click.Decline), "decline")
	queued, err := o.db.Mails(t.Context(), "queued", 10)
	if err != nil {
		t.Fatal(err)
	}
	receipts := 0
	for _, m := range queued {
		if m.Kind == "receipt" {
			receipts++
			if m.Person != ann {
				t.Errorf("the receipt goes to %s", m.Person)
			}
		}
	}
	if receipts != 1 {
		t.Errorf("%d receipts, want 1", receipts)
	}
}

// TestCase20: tokens in upper case and wrapped are read; what is cut or made up is
// unknown, and nothing tells whether it ever was a token.
func TestCase20(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	secret := a.links[click.Decline]
	b := o.browser()
	for _, link := range []string{strings.ToUpper(secret), secret[:13] + "=%0D%0A" + secret[13:], secret + ".", secret + "%20", secret[:9] + "%0A%20" + secret[9:], secret + ")"} {
		b.post("/a/"+link, "do", "decline").sees(200, "Noted: you decline Ops weekly on Tue 24 Nov")
	}
	a.came(click.WasPressed)

	page, header := "", http.Header(nil)
	for _, link := range []string{
		secret[:25], secret[:13], "x", strings.Repeat("7", 26), "zzzzzzzzzzzzzzzzzzzzzzzzzz", secret + secret, strings.Repeat("a", 3000), "%00%ff",
		a.links[click.Unsubscribe],
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			w := o.browser()
			r := httptest.NewRequest(method, public+"/a/"+link, strings.NewReader("do=decline"))
			if r.Header.Set("Sec-Fetch-Site", "same-origin"); method == http.MethodPost {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			r.RemoteAddr = "192.0.2." + method[:1] + ":1"
			w.send(r)
			w.sees(404, "This link does not work")
			if page == "" {
				page, header = w.page, w.header
			}
			if w.page != page || len(w.header) != len(header) {
				t.Errorf("%s %s: the page tells it from others", method, link)
			}
		}
	}
}

// TestCase21: the button of a mail program (RFC 8058): only a POST of the exact
// body without cookies acts, from wherever it comes, at once and without a redirect.
func TestCase21(t *testing.T) {
	const urlencoded, exact = "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"
	const multipart = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"
	for _, c := range []struct {
		what, method, kind, body string
		change                   func(*http.Request)
		status                   int
		left                     bool
	}{
		{"as it should be", "POST", urlencoded, exact, nil, 200, true},
		{"as a multipart form", "POST", "multipart/form-data; boundary=b", multipart, nil, 200, true},
		{"from another site", "POST", urlencoded, exact, func(r *http.Request) {
			r.Header.Set("Origin", "https://mail.example")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}, 200, true},
		{"with a cookie", "POST", urlencoded, exact, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "a", Value: "b"}) }, 400, false},
		{"with a cookie, from another site", "POST", urlencoded, exact, func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: "a", Value: "b"})
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}, 403, false},
		{"our own button, pressed from another site", "POST", urlencoded, "do=leave", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, false},
		{"another value", "POST", urlencoded, "List-Unsubscribe=one-click", nil, 400, false},
		{"more than that", "POST", urlencoded, exact + "&a=b", nil, 400, false},
		{"twice", "POST", urlencoded, exact + "&" + exact, nil, 400, false},
		{"no body", "POST", urlencoded, "", nil, 400, false},
		{"no type", "POST", "", exact, nil, 400, false},
		{"another type", "POST", "text/plain", exact, nil, 400, false},
		{"too large", "POST", urlencoded, exact + strings.Repeat(" ", 1<<20), nil, 400, false},
		{"with something in the address", "POST", urlencoded, exact, func(r *http.Request) { r.URL.RawQuery = "a=b" }, 400, false},
		{"in the address", "POST", urlencoded, "", func(r *http.Request) { r.URL.RawQuery = exact }, 400, false},
		{"GET", "GET", "", "", func(r *http.Request) { r.URL.RawQuery = exact }, 200, false},
		{"HEAD", "HEAD", "", "", nil, 200, false},
		{"PUT", "PUT", urlencoded, exact, nil, 404, false},
	} {
		o := newOffice(t, public)
		a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
		r := httptest.NewRequest(c.method, public+a.path(click.Unsubscribe), strings.NewReader(c.body))
		if c.kind != "" {
			r.Header.Set("Content-Type", c.kind)
		}
		if c.change != nil {
			c.change(r)
		}
		resp := o.browser().send(r)
		set, err := o.db.Settings(t.Context(), ann)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != c.status || !set.Unsubscribed.IsZero() != c.left || resp.Header.Get("Location") != "" || len(resp.Cookies()) > 0 {
			t.Errorf("%s: %s, unsubscribed %v, location %q; want %d, %v", c.what, resp.Status, set.Unsubscribed, resp.Header.Get("Location"), c.status, c.left)
		}
	}
}

// TestSecondThought: in one browser, without any account, an answer can be changed
// within the minute in which those of different ones cancel each other; not by a
// script that presses.
func TestSecondThought(t *testing.T) {
	for name, tt := range map[string]struct {
		headers map[string]string
		state   click.State
	}{
		"a person":              {map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-User": "?1", "Sec-Ch-Ua": `"Chromium"`}, click.Kept},
		"an old browser":        {nil, click.Kept},
		"one that tells less":   {map[string]string{"Sec-Fetch-Mode": "navigate"}, click.Kept},
		"a script that presses": {map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Ch-Ua": `"Chromium"`}, click.Offered},
		"a script that posts":   {map[string]string{"Sec-Fetch-Mode": "cors"}, click.Offered},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, public)
			a, b := o.ask(ann, weekly(click.KindDecline, "Ops weekly")), o.browser()
			for i, do := range []string{"decline", "undo", "keep"} {
				if i > 0 {
					o.pass(12 * time.Second)
				}
				r := httptest.NewRequest(http.MethodPost, public+a.path(click.Other), strings.NewReader("do="+do))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				for header, value := range tt.headers {
					r.Header.Set(header, value)
				}
				b.send(r)
			}
			if s := a.now(); s.State != string(tt.state) {
				t.Errorf("it is %s by %q, want %s: %q", s.State, s.Choice, tt.state, a.outcomes())
			}
		})
	}
}

// TestUndoneRefusal: who takes back a refusal has nothing to take back elsewhere; who
// takes back an acceptance may have.
func TestUndoneRefusal(t *testing.T) {
	for verb, elsewhere := range map[string]bool{"decline": true, "keep": false, "wrong": false} {
		o := newOffice(t, public)
		a, b := o.ask(ann, weekly(click.KindDecline, "Ops weekly")), o.browser().known(ann)
		b.post(a.path(click.Other), "do", verb)
		b.post(a.path(click.Other), "do", "undo")
		if !strings.Contains(b.page, "Undone: no answer") || strings.Contains(b.page, "told people already") != elsewhere {
			t.Errorf("%s undone:\n%s", verb, b.page)
		}
	}
}

// TestNoteFromNowOn: leaving a series is told in other words than one occurrence.
func TestNoteFromNowOn(t *testing.T) {
	o := newOffice(t, public)
	a, b := o.ask(ann, weekly(click.KindDecline, "Ops weekly")), o.browser()
	if b.open(a.path(click.Other) + "?choose=decline-onward"); !strings.Contains(b.page, "From now on I read it") || strings.Contains(b.page, "Skipping Tuesday") {
		t.Errorf("the note is another:\n%s", b.page)
	}
}
