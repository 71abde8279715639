package web_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/web"
	"unmeet/store"
)

var enterLink = regexp.MustCompile(`/sign-in/[0-9a-z]{26}`)

// links returns the links to sign in by that wait in the outbox for somebody, the newest
// first.
func (o *office) links(address string) (all []string) {
	o.t.Helper()
	o.site.Wait()
	waiting, err := o.db.Mails(o.t.Context(), store.MailQueued, 100)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, m := range waiting {
		if m.Kind != "signin" || m.To != address {
			continue
		}
		text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(string(m.MIME))))
		if err != nil && len(text) == 0 {
			o.t.Fatal(err)
		}
		all = append(all, enterLink.FindString(string(text)))
	}
	return all
}

// signedIn is a browser in which somebody signed in by a link.
func (o *office) signedIn(address string) *browser {
	o.t.Helper()
	b := o.browser()
	b.post("/sign-in", "address", address)
	links := o.links(address)
	if len(links) == 0 || links[0] == "" {
		o.t.Fatalf("no link for %s", address)
	}
	b.open(links[0]).post(links[0])
	if b.path != "/me" || b.status != http.StatusOK {
		o.t.Fatalf("signing in ends at %s: %d\n%s", b.path, b.status, b.page)
	}
	return b
}

// TestSigningInByALink: a link comes to whoever has the address, works once, in the
// browser where a button is pressed, and for a quarter of an hour.
func TestSigningInByALink(t *testing.T) {
	o := newOffice(t, public)
	b := o.browser()
	b.open("/me")
	if b.status != http.StatusSeeOther || b.header.Get("Location") != "/sign-in" {
		t.Errorf("a stranger at /me: %d to %q", b.status, b.header.Get("Location"))
	}
	// Everybody gets the same answer.
	var pages []string
	for _, address := range []string{ann, "nobody@acme.example", "x@elsewhere.example", boss} {
		pages = append(pages, b.post("/sign-in", "address", address).page)
		if len(o.links(address)) != map[bool]int{true: 1}[address == ann || address == boss] {
			t.Errorf("%s was sent %q", address, o.links(address))
		}
	}
	for _, page := range pages[1:] {
		if page != pages[0] {
			t.Error("what is said tells whether an address is known")
		}
	}
	if page := b.post("/sign-in", "address", "Ann <"+ann+">").page; page == pages[0] || len(o.links(ann)) != 1 {
		t.Error("what is no address is taken for one")
	}

	link := o.links(ann)[0]
	o.browser().open(link).open(link) // a scanner
	head := o.browser()
	head.send(httptest.NewRequest(http.MethodHead, public+link, nil))
	b.open(link)
	if !strings.Contains(b.page, "ann…") || strings.Contains(b.page, ann) || b.jar.Cookies(must(url.Parse(public))) != nil {
		t.Errorf("the page of a link: %s", b.page)
	}
	b.post(link)
	if b.path != "/me" || b.status != http.StatusOK || !strings.Contains(b.page, ann) {
		t.Fatalf("%d at %s: %s", b.status, b.path, b.page)
	}
	for _, c := range b.jar.Cookies(must(url.Parse(public))) {
		if !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("a cookie is called %s", c.Name)
		}
	}
	again := o.browser()
	if again.post(link); again.status != http.StatusNotFound {
		t.Errorf("a second time: %d", again.status)
	}
	// Three within the hour, and each ends in time.
	for range 5 {
		b.post("/sign-in", "address", ann)
	}
	links := o.links(ann)
	if len(links) != store.MaxLogins {
		t.Errorf("%d links within the hour", len(links))
	}
	o.pass(15 * time.Minute)
	if again.post(links[0]); again.status != http.StatusNotFound {
		t.Errorf("late: %d", again.status)
	}
	for _, secret := range append(links, ann, strings.TrimPrefix(link, "/sign-in/")) {
		if strings.Contains(o.logged(), secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestSigningOut: here, everywhere, and by not coming back.
func TestSigningOut(t *testing.T) {
	o := newOffice(t, public)
	one, other, third := o.signedIn(ann), o.signedIn(ann), o.signedIn(ann)
	is := func(b *browser) bool { return b.open("/me").status == http.StatusOK }
	one.post("/sign-out", "do", "here")
	if is(one) || !is(other) || !is(third) {
		t.Error("signing out here is not that")
	}
	bob := o.signedIn(bob)
	other.post("/sign-out", "do", "everywhere")
	if is(other) || is(third) || !is(bob) {
		t.Error("signing out everywhere is not that")
	}
	o.pass(store.SessionIdle)
	if is(bob) {
		t.Error("a session outlasts its time")
	}
	// Another site cannot sign anybody out, or in.
	bob = o.browser()
	bob.post("/sign-in", "address", "bob@acme.example")
	link := o.links("bob@acme.example")[0]
	r := httptest.NewRequest(http.MethodPost, public+link, nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if bob.send(r); bob.status != http.StatusForbidden {
		t.Errorf("from another site: %d", bob.status)
	}
	if bob.post(link); bob.status != http.StatusOK {
		t.Errorf("the link was used up by another site: %d", bob.status)
	}
}

// TestAskedOnOnesOwnPage: what was suggested is answered and taken back there as behind
// the link of its mail, and nobody else finds it.
func TestAskedOnOnesOwnPage(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	b, other := o.signedIn(ann), o.signedIn(bob)
	path := ownPath(a)
	if b.open("/me"); !strings.Contains(b.page, "Ops weekly") || !strings.Contains(b.page, path) {
		t.Fatalf("it is not listed: %s", b.page)
	}
	b.press(path, "decline")
	a.is(click.Pending, click.Decline)
	if a.via() != "own-page" {
		t.Errorf("it came via %s", a.via())
	}
	o.pass(3 * time.Minute)
	a.is(click.Accepted, click.Decline)

	// Nobody else sees or answers it, and no GET does anything.
	for _, who := range []*browser{other, o.browser(), o.signedIn(boss)} {
		who.post(path, "do", "undo", "from", "list")
		if who.status == http.StatusOK && strings.Contains(who.page, "Ops weekly") {
			t.Errorf("somebody else sees %s", who.page)
		}
		if who.open(path); who.status == http.StatusOK || strings.Contains(who.page, "Ops weekly") {
			t.Errorf("somebody else: %d %s", who.status, who.page)
		}
	}
	b.open(path + "?do=undo&choose=undo")
	a.is(click.Accepted, click.Decline)

	b.open("/me").post(path, "do", "undo", "from", "list")
	a.is(click.Offered, "")
	if b.path != "/me?done=undo" || !strings.Contains(b.page, "Undone.") {
		t.Errorf("at %s: %s", b.path, b.page)
	}
	b.post(path, "do", "wrong", "category", "connecting")
	a.is(click.Kept, click.Wrong)
	if b.open("/me"); !strings.Contains(b.page, "classified wrongly") {
		t.Errorf("the list says %s", b.page)
	}
}

func ownPath(a *asked) string { return "/me/suggestions/" + fmt.Sprint(a.id) }

// TestTheOrganizationsPage: those whom the configuration names see it, and to nobody else
// it is there.
func TestTheOrganizationsPage(t *testing.T) {
	o := newOffice(t, public)
	named := o.signedIn(boss)
	if !strings.Contains(named.page, `href="/organization"`) || strings.Contains(named.page, "/me/hours") {
		t.Errorf("who is known for nothing else sees %s", named.page)
	}
	if named.open("/organization"); named.status != http.StatusOK || named.header.Get("Content-Security-Policy") != "default-src 'none'" || named.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", named.status, named.header)
	}
	if named.post("/organization"); named.status != http.StatusMethodNotAllowed && named.status != http.StatusNotFound {
		t.Errorf("posting to it: %d", named.status)
	}
	other := o.signedIn(ann)
	if strings.Contains(other.page, "/organization") {
		t.Error("it is offered to everybody")
	}
	if other.open("/organization"); other.status != http.StatusNotFound || strings.Contains(other.page, "sums") {
		t.Errorf("others: %d", other.status)
	}
	if stranger := o.browser().open("/organization"); stranger.status != http.StatusSeeOther {
		t.Errorf("a stranger: %d", stranger.status)
	}
	for _, path := range []string{"/me/hours", "/me/meetings", "/me/settings", "/me/export.json", "/me/erase"} {
		if named.open(path); named.status != http.StatusNotFound {
			t.Errorf("%s of nobody: %d", path, named.status)
		}
	}
}

// login is an organization's own sign-in, at which everybody is somebody.
type login struct{ address, state string }

func (*login) Name() string { return "Sign-in" }

func (l *login) Leave(web.Wish) (web.Leaving, error) {
	l.state = rand.Text()
	return web.Leaving{URL: "https://login.acme.example/", State: l.state, Keep: []byte("verifier")}, nil
}

func (l *login) Return(context.Context, []byte, string) (web.Grant, error) {
	if !strings.HasSuffix(l.address, "@acme.example") {
		return web.Grant{}, &web.Refusal{Reason: web.WrongAccount}
	}
	return web.Grant{Address: l.address, Enrols: true}, nil
}

func (*login) Refused(string) error { return &web.Refusal{Reason: web.Declined} }

// TestSigningInAsAtWork: whoever the organization's sign-in vouches for is signed in, in
// the browser that left for it, and takes part no more than before.
func TestSigningInAsAtWork(t *testing.T) {
	o := newOffice(t, public)
	l := &login{address: ann}
	var err error
	o.site, err = web.New(web.Options{Public: public, Keep: o.keep, SignIn: l, Door: o.home, Home: o.home, Desk: o.desk, Log: o.logger()})
	if err != nil {
		t.Fatal(err)
	}
	leave := func(b *browser) (state string) {
		t.Helper()
		b.post("/sign-in/by/sign-in")
		if b.status != http.StatusOK || !strings.Contains(b.page, "https://login.acme.example/") {
			t.Fatalf("%d: %s", b.status, b.page)
		}
		return l.state
	}
	callback := func(b *browser, state string) *browser {
		b.open("/connect/sign-in/callback?code=x&state=" + state)
		if to := b.header.Get("Location"); to != "" {
			b.open(to)
		}
		return b
	}
	b, thief := o.browser(), o.browser()
	state := leave(b)
	if callback(thief, state); thief.path == "/me" || thief.open("/me").status == http.StatusOK {
		t.Error("another browser is signed in")
	}
	if callback(b, state); b.path != "/me" || b.status != http.StatusOK || !strings.Contains(b.page, ann) {
		t.Fatalf("at %s: %d %s", b.path, b.status, b.page)
	}
	if callback(b, state); b.path == "/me" {
		t.Error("a state is good twice")
	}
	// Who left does not come back by looking, and who was never known is not made known.
	if err := o.db.Leave(t.Context(), o.Now(), ann, "test"); err != nil {
		t.Fatal(err)
	}
	callback(b, leave(b))
	if who := must(o.db.Whose(t.Context(), ann)); who.State != "out" || b.status != http.StatusOK {
		t.Errorf("she is %s, and sees %d", who.State, b.status)
	}
	l.address = "new@acme.example"
	if callback(b, leave(b)); b.status != http.StatusOK || !strings.Contains(b.page, "Nothing about you") {
		t.Errorf("somebody new sees %d %s", b.status, b.page)
	}
	if _, err := o.db.Whose(t.Context(), l.address); err == nil {
		t.Error("somebody new is known by looking")
	}
	l.address = "x@elsewhere.example"
	other := o.browser()
	if callback(other, leave(other)); other.status == http.StatusOK || other.open("/me").status == http.StatusOK {
		t.Error("somebody from elsewhere is signed in")
	}
}
