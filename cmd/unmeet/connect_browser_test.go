package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"unmeet/agent/secret"
	"unmeet/agent/web"
	"unmeet/calendars/calendartest"
	"unmeet/internal/chromium"
	"unmeet/rules"
	"unmeet/store"
)

// office is an organization with a Google of its own, and the pages where its
// people connect.
type office struct {
	t       *testing.T
	google  *calendartest.Google
	address string // of the pages
	folder  string
	db      *store.DB
	keys    *secret.File
	browser context.Context

	mu    sync.Mutex
	ahead time.Duration // of our clock before the true time
	log   bytes.Buffer
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return time.Now().Add(o.ahead)
}

// Write implements [io.Writer] for the log.
func (o *office) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.Write(p)
}

const (
	officeClient = "client.apps.example"
	officeSecret = "GOCSPX-not-for-logs"
)

func newOffice(t *testing.T) *office {
	t.Helper()
	world := calendartest.NewWorld(time.Now)
	for _, address := range []string{"ann@acme.example", "bob@acme.example", "cat@acme.example", "eve@other.example", "ann@gmail.com"} {
		world.AddPerson(calendartest.Person{Address: address})
	}
	o := &office{t: t, google: calendartest.StartGoogle(t, world), folder: t.TempDir(), browser: chromium.Start(t)}
	server := httptest.NewUnstartedServer(nil)
	o.address = "http://" + server.Listener.Addr().String()
	o.google.AddClient(calendartest.OAuthClient{ID: officeClient, Secret: officeSecret, Redirects: []string{o.address + "/connect/google/callback"}})

	c := defaults()
	c.Organization.Name, c.Organization.Domains = "Acme", []string{"acme.example"}
	c.Web.PublicURL = o.address
	c.Google.ClientID, c.Google.Endpoint = officeClient, o.google.URL
	c.Google.ClientSecretFile = o.file("secret", officeSecret+"\n")
	c.Database.URL, c.Secrets.KeyFile = filepath.Join(o.folder, "unmeet.db"), filepath.Join(o.folder, "unmeet.key")

	a := &app{ctx: t.Context(), stderr: o, getenv: func(string) string { return "" }, now: o.now}
	keep, done, err := a.keeper(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	o.db, o.keys = keep.DB, keep.Keys
	log := slog.New(slog.NewTextHandler(o, &slog.HandlerOptions{Level: slog.LevelDebug}))
	room, err := a.newMailroom(c, mailroomOptions{db: keep.DB, engine: rules.Default(), log: log})
	if err != nil {
		t.Fatal(err)
	}
	site, err := a.pages(c, keep, room, log)
	if err != nil {
		t.Fatal(err)
	}
	server.Config = web.NewServer(site, log)
	server.Start()
	t.Cleanup(server.Close)
	return o
}

func (o *office) file(name, text string) string {
	o.t.Helper()
	path := filepath.Join(o.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
	return path
}

// refresh returns the refresh token that is kept of somebody; "" for nobody.
func (o *office) refresh(address string) string {
	o.t.Helper()
	c, err := o.db.Connection(o.t.Context(), googleKind, address)
	if err != nil {
		return ""
	}
	plain, err := o.keys.Open(c.Sealed, c.ID, secret.RefreshToken)
	if err != nil {
		o.t.Fatal(err)
	}
	return string(plain)
}

// visitor is somebody with a browser of their own: no cookies of others.
type visitor struct {
	*office
	t   *testing.T
	tab context.Context

	mu         sync.Mutex
	complaints []string // of the browser
}

func (o *office) visitor(t *testing.T) *visitor {
	t.Helper()
	tab, leave := chromedp.NewContext(o.browser, chromedp.WithNewBrowserContext())
	t.Cleanup(leave)
	if err := chromedp.Do(tab); err != nil { // with a timeout it would end the browser
		t.Fatal(err)
	}
	console := chromedp.Console(tab)
	tab, stop := context.WithTimeout(tab, 5*time.Minute)
	t.Cleanup(stop)
	v := &visitor{office: o, t: t, tab: tab}
	go func() {
		for message, err := range console {
			if err != nil {
				return
			}
			// Refusals have a status that the browser tells of, and no page an icon.
			if message.Source != "network" {
				v.mu.Lock()
				v.complaints = append(v.complaints, message.String())
				v.mu.Unlock()
			}
		}
	}()
	return v
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

// press clicks something, and waits for what is to be seen then.
func (v *visitor) press(button, seen chromedp.CSS) {
	v.t.Helper()
	v.do(chromedp.Click(button), chromedp.WaitVisible(seen))
}

// open goes to an address.
func (v *visitor) open(address string) {
	v.t.Helper()
	v.do(chromedp.Navigate(address))
}

// box is the one box that Google's page has to tick.
const box = chromedp.CSS("input[name=scope][type=checkbox]")

// where returns the address that the browser is at.
func (v *visitor) where() string {
	v.t.Helper()
	return read(v, chromedp.Location())
}

// leave presses the button, and waits for Google's page. It returns the state.
func (v *visitor) leave() (state string) {
	v.t.Helper()
	v.open(v.address + "/connect")
	v.press("#connect-google", "#allow")
	u, err := url.Parse(v.where())
	if err != nil || !strings.HasPrefix(u.String(), v.google.URL) {
		v.t.Fatalf("went to %s, want Google", u)
	}
	return u.Query().Get("state")
}

// agree does on Google's page what a person would, and returns where the browser
// ends.
func (v *visitor) agree(account string, tick bool) (address string) {
	v.t.Helper()
	v.do(chromedp.SetValue(chromedp.CSS("#account"), account))
	if tick {
		v.do(chromedp.Click(box))
	}
	v.press("#allow", "footer")
	return v.where()
}

// sees checks the heading of the page that the browser shows, and that the page
// is whole: styled, and without complaints of the browser.
func (v *visitor) sees(heading string) {
	v.t.Helper()
	if got := read(v, chromedp.Text(chromedp.CSS("h1"))); got != heading {
		v.t.Fatalf("sees %q, want %q:\n%s", got, heading, read(v, chromedp.OuterHTML(chromedp.CSS("html"))))
	}
	language := read(v, chromedp.Evaluate[string](`document.documentElement.lang`))
	width := read(v, chromedp.Evaluate[string](`getComputedStyle(document.body).maxWidth`))
	if language != "en" || width == "none" {
		v.t.Errorf("%s: language %q, width %q: the page is not as it was made", heading, language, width)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.complaints) > 0 {
		v.t.Errorf("%s: the browser complains: %q", heading, v.complaints)
	}
}

// TestConnectInBrowser goes through connecting as people do, and as those do who
// mean harm.
func TestConnectInBrowser(t *testing.T) {
	o := newOffice(t)
	ann := o.visitor(t)
	ann.open(o.address + "/connect")
	ann.sees("Connect your calendar")
	firstState := ann.leave()
	first := ann.agree("ann@acme.example", true)
	ann.sees("You are connected")
	token := o.refresh("ann@acme.example")
	if token == "" {
		t.Fatal("nothing is kept")
	}

	t.Run("state replayed", func(t *testing.T) {
		ann.t = t
		ann.open(first)
		ann.sees("This link is used up")
	})
	t.Run("code used twice", func(t *testing.T) {
		ann.t = t
		state := ann.leave()
		ann.open(strings.Replace(first, firstState, state, 1))
		ann.sees("Google did not accept this link")
	})
	t.Run("wrong domain", func(t *testing.T) {
		for _, account := range []string{"eve@other.example", "ann@gmail.com"} {
			v := o.visitor(t)
			v.leave()
			v.agree(account, true)
			v.sees("This is another account")
			if o.refresh(account) != "" {
				t.Errorf("%s is connected", account)
			}
		}
	})
	t.Run("scopes unticked", func(t *testing.T) {
		v := o.visitor(t)
		v.leave()
		v.agree("cat@acme.example", false)
		v.sees("One box was left unticked")
		if o.refresh("cat@acme.example") != "" {
			t.Error("connected all the same")
		}
		v.press("#again", "#allow")
		v.agree("cat@acme.example", true)
		v.sees("You are connected")
	})
	t.Run("denied", func(t *testing.T) {
		v := o.visitor(t)
		v.leave()
		v.press("#deny", "footer")
		v.sees("Not connected")
		v.press("#home", "#connect-google")
	})
	t.Run("too late", func(t *testing.T) {
		v := o.visitor(t)
		v.leave()
		o.wait(11 * time.Minute)
		v.agree("bob@acme.example", true)
		v.sees("This link is used up")
	})
	if o.refresh("bob@acme.example") != "" {
		t.Error("bob is connected, and never was")
	}
	t.Run("another browser", func(t *testing.T) {
		mallory, bob := o.visitor(t), o.visitor(t)
		mallory.leave()
		address := mallory.agreeUnseen("bob@acme.example")
		bob.open(address)
		bob.sees("Please go on in the browser you began in")
		if o.refresh("bob@acme.example") != "" {
			t.Error("connected all the same")
		}
		mallory.open(address)
		mallory.sees("You are connected")
	})
	t.Run("lost here", func(t *testing.T) {
		ann.t = t
		if err := o.db.Disconnect(t.Context(), o.now(), googleKind, "ann@acme.example"); err != nil {
			t.Fatal(err)
		}
		ann.leave()
		ann.agree("ann@acme.example", true)
		ann.sees("One more step")
		ann.press("#again", "#allow")
		ann.agree("ann@acme.example", true)
		ann.sees("You are connected")
		if fresh := o.refresh("ann@acme.example"); fresh == "" || fresh == token {
			t.Error("no new token is kept")
		}
	})
	o.hidesSecrets(firstState, token)
}

// wait puts our clock forward.
func (o *office) wait(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ahead += d
}

// agreeUnseen agrees on Google's page without following where it leads, and
// returns that address.
func (v *visitor) agreeUnseen(account string) string {
	v.t.Helper()
	request, scope := read(v, chromedp.Value(chromedp.CSS("input[name=request]"))), read(v, chromedp.Value(box))
	stay := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := stay.PostForm(v.google.URL+"/o/oauth2/v2/consent", url.Values{
		"request": {request}, "account": {account}, "decision": {"allow"}, "scope": {"openid", "email", scope},
	})
	if err != nil {
		v.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.Header.Get("Location")
}

// hidesSecrets looks for secrets where none may be: in the log, and in the
// database.
func (o *office) hidesSecrets(more ...string) {
	o.t.Helper()
	o.mu.Lock()
	log := o.log.String()
	o.mu.Unlock()
	if !strings.Contains(log, "GET /connect/{service}/callback") || !strings.Contains(log, "op=connect") {
		o.t.Errorf("the log has nothing of it:\n%s", log)
	}
	secrets := append(more, officeSecret)
	for _, r := range o.google.Requests(func(calendartest.Request) bool { return true }) {
		form, _ := url.ParseQuery(string(r.Body))
		for _, q := range []url.Values{r.Query, form} {
			for _, name := range []string{"state", "nonce", "code", "code_verifier", "refresh_token", "client_secret"} {
				if q.Get(name) != "" {
					secrets = append(secrets, q.Get(name))
				}
			}
		}
	}
	var kept []byte
	for _, name := range []string{"unmeet.db", "unmeet.db-wal"} {
		f, err := os.Open(filepath.Join(o.folder, name))
		if err != nil {
			o.t.Fatal(err)
		}
		text, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			o.t.Fatal(err)
		}
		kept = append(kept, text...)
	}
	for _, s := range secrets {
		if strings.Contains(log, s) {
			o.t.Errorf("the log holds %q", s)
		}
		if bytes.Contains(kept, []byte(s)) {
			o.t.Errorf("the database holds %q", s)
		}
	}
	if len(secrets) < 10 {
		o.t.Errorf("only %d secrets were looked for", len(secrets))
	}
}
