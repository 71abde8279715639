package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	browsing "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"unmeet/agent/click"
	"unmeet/agent/web"
	"unmeet/internal/chromium"
)

// longEnough is longer than a page of a known browser waits before it answers.
const longEnough = 2500 * time.Millisecond

// mailbox is a page of the office's own host that has all links of a mail, and
// asks the browser to load them ahead.
const mailbox = "/mailbox"

// street is an office with a server that real browsers come to, over TLS.
type street struct {
	*office
	chromium context.Context

	mailed *asked // what lies in the mailbox
}

func newStreet(t *testing.T) *street {
	t.Helper()
	browser := chromium.Start(t, "ignore-certificate-errors", "hide-scrollbars")
	server := httptest.NewUnstartedServer(nil)
	o := newOffice(t, "https://"+server.Listener.Addr().String())
	st := &street{office: o, chromium: browser}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+mailbox, st.showMailbox)
	mux.Handle("/", o.site)
	server.Config = web.NewServer(mux, o.logger())
	server.StartTLS()
	t.Cleanup(server.Close)
	return st
}

func (st *street) showMailbox(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, `<!DOCTYPE html><title>mail</title><script type="speculationrules">{"prerender": [{"source": "list", "eagerness": "immediate", "urls": ["`+
		st.mailed.path(click.Decline)+`"]}]}</script>`)
	for verb := range st.mailed.links {
		fmt.Fprintf(w, `<p><a id="%s" href="%s">%s</a></p>`, verb, st.mailed.path(verb), verb)
	}
}

// visitor is somebody, or something, with a browser of their own: no cookies of
// others.
type visitor struct {
	*street
	tab context.Context

	mu         sync.Mutex
	complaints []string // of the browser
}

func (st *street) visitor(t *testing.T) *visitor {
	t.Helper()
	tab, leave := chromedp.NewContext(st.chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(leave)
	return st.sit(tab)
}

// sit makes a visitor of a tab.
func (st *street) sit(tab context.Context) *visitor {
	st.t.Helper()
	if err := chromedp.Do(tab); err != nil { // with a timeout it would end the browser
		st.t.Fatal(err)
	}
	console := chromedp.Console(tab)
	tab, stop := context.WithTimeout(tab, 5*time.Minute)
	st.t.Cleanup(stop)
	v := &visitor{street: st, tab: tab}
	go func() {
		for message, err := range console {
			if err != nil {
				return
			}
			if message.Source != "network" { // refusals have a status that the browser tells of
				v.mu.Lock()
				v.complaints = append(v.complaints, message.String())
				v.mu.Unlock()
			}
		}
	}()
	return v
}

// tab opens another tab of the same browser.
func (v *visitor) another(t *testing.T) *visitor {
	t.Helper()
	tab, leave := chromedp.NewContext(v.tab)
	t.Cleanup(leave)
	return v.sit(tab)
}

func (v *visitor) do(actions ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	read(v, chromedp.Steps(actions...))
}

// read returns what an action finds in the browser.
func read[T any](v *visitor, action chromedp.Action[T]) T {
	v.t.Helper()
	return chromium.Read(v.t, v.tab, action)
}

// open goes to a page.
func (v *visitor) open(path string) {
	v.t.Helper()
	v.do(chromedp.Navigate(v.public + path))
}

// press presses a button, and waits for the page that tells of it.
func (v *visitor) press(button string) {
	v.t.Helper()
	v.do(chromedp.Click(chromedp.CSS("#" + button)))
	v.told(button)
}

// told waits for the page that tells what was done.
func (v *visitor) told(done string) {
	v.t.Helper()
	v.comes(`(location.search + "&").startsWith("?done=` + done + `&")`)
}

// comes waits until something is true of a whole page, through any number of pages.
func (v *visitor) comes(fact string) {
	v.t.Helper()
	for v.tab.Err() == nil {
		// While a page makes way for the next, the browser has none to ask.
		is, err := chromedp.Run(v.tab, chromedp.Evaluate[bool](`document.readyState === "complete" && `+fact))
		if err == nil && is {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	v.t.Fatalf("it never came to %s", fact)
}

// heading returns the heading of the page, without marks of direction.
func (v *visitor) heading() string {
	v.t.Helper()
	text := read(v, chromedp.TextContent(chromedp.CSS("h1")))
	return strings.NewReplacer("\u2068", "", "\u2069", "", "\u2060", "").Replace(text)
}

// sees checks the heading of the page, and that the browser complains of nothing.
func (v *visitor) sees(heading string) {
	v.t.Helper()
	if got := v.heading(); got != heading {
		v.t.Errorf("sees %q, want %q:\n%s", got, heading, read(v, chromedp.OuterHTML(chromedp.CSS("main"))))
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.complaints) > 0 {
		v.t.Errorf("%s: the browser complains: %q", heading, v.complaints)
	}
}

// known makes the browser known as a person's, as connecting does.
func (v *visitor) known(person string) *visitor {
	v.t.Helper()
	cookie, err := v.desk.Recognize(v.t.Context(), person)
	if err != nil {
		v.t.Fatal(err)
	}
	_, err = chromedp.Call(v.tab, network.SetCookie, network.SetCookieParams{
		Name: "__Host-unmeet-known", Value: cookie, URL: v.public, Path: "/", Secure: new(true), HTTPOnly: new(true),
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return v
}

// back goes back to each page before, and looks at it for a while. A page that the
// browser kept is not loaded anew, so nobody can wait for that.
func (v *visitor) back() {
	v.t.Helper()
	for at := read(v, chromedp.NavigationEntries()).CurrentIndex; at > 1; at-- { // 0 is the empty page of a new tab
		read(v, chromedp.Evaluate[chromedp.Void](`setTimeout(() => history.back(), 0)`))
		time.Sleep(longEnough)
	}
}

// hide puts the visitor's window out of sight, or back.
func (v *visitor) hide(hidden bool) {
	v.t.Helper()
	state := browsing.WindowStateNormal
	if hidden {
		state = browsing.WindowStateMinimized
	}
	window, err := chromedp.Call(v.tab, browsing.GetWindowForTarget, browsing.GetWindowForTargetParams{})
	if err == nil {
		_, err = chromedp.Call(v.tab, browsing.SetWindowBounds, browsing.SetWindowBoundsParams{WindowID: window.WindowID, Bounds: &browsing.Bounds{WindowState: state}})
	}
	if err != nil {
		v.t.Fatal(err)
	}
	want := "visible"
	if hidden {
		want = "hidden"
	}
	if got := read(v, chromedp.Evaluate[string](`document.visibilityState`)); got != want {
		v.t.Fatalf("the page is %s, want %s", got, want)
	}
}

// posts returns how often something was posted behind links.
func (o *office) posts() int { return strings.Count(o.logged(), `route="POST /a/{token}"`) }
