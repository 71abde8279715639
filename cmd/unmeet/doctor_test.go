package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"unmeet/agent/mail/mailtest"
	"unmeet/agent/secret"
	"unmeet/calendars/calendartest"
)

// clinic is a company whose daemon works, with all that the doctor looks at: pages,
// Google, a mail server and a DNS server.
type clinic struct {
	*company
	off time.Duration // by which the visitor's clock is off

	mu    sync.Mutex
	front http.Handler // of the pages
	txt   string       // what the DNS holds
}

// set changes what serves the pages, or what the DNS holds, and returns what was there.
func set[T any](k *clinic, field *T, to T) (was T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	was, *field = *field, to
	return was
}

// get reads what set has set.
func get[T any](k *clinic, field *T) T {
	k.mu.Lock()
	defer k.mu.Unlock()
	return *field
}

func newClinic(t *testing.T) *clinic {
	o := newCompany(t, true)
	k := &clinic{company: o}
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { get(k, &k.front).ServeHTTP(w, r) }))
	t.Cleanup(pages.Close)
	smtp := mailtest.Start(t, mailtest.Options{Clear: true, Users: map[string]string{"unmeet": "a mail password"}})
	t.Cleanup(func() {
		if smtp.Count("MAIL") > 0 {
			t.Error("a mail was begun")
		}
	})
	o.google.AddClient(calendartest.OAuthClient{ID: companyClient, Secret: "a client's secret", Redirects: []string{pages.URL + "/connect/google/callback"}})
	o.swap("listen = \"127.0.0.1:0\"", fmt.Sprintf("listen = \"127.0.0.1:0\"\npublic_url = %q", pages.URL))
	o.write("unmeet.toml", o.read("unmeet.toml")+fmt.Sprintf(`
[mail]
host = %q
port = %d
tls = "none"
from = "unmeet@acme.example"
user = "unmeet"
password_file = "mail-password"
dkim_selector = "s1"
dkim_key_file = "dkim.pem"
`, smtp.Host, smtp.Port))
	o.write("mail-password", "a mail password\n")
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	o.write("dkim.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	o.connect(o.hire(1)...)

	a := k.visitor()
	c, err := a.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := a.signer(c)
	if err != nil {
		t.Fatal(err)
	}
	record, err := signer.Record()
	if err != nil {
		t.Fatal(err)
	}
	set(k, &k.txt, record)
	d := o.daemon()
	d.agent.Clock, d.sources.transport.Clock = nil, nil
	ended := make(chan error, 1)
	running, stop := context.WithCancel(t.Context())
	go func() { ended <- d.agent.Run(running) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for polled := false; !polled; _, polled = d.agent.Polled() {
		time.Sleep(time.Millisecond)
	}
	set(k, &k.front, d.handler())
	done, err := a.alone(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	return k
}

// visitor is the program on a machine whose clock is off.
func (k *clinic) visitor() *app {
	a := k.app(&bytes.Buffer{}, &bytes.Buffer{})
	a.now = func() time.Time { return time.Now().Add(k.off) }
	return a
}

// resolver asks a DNS server of its own, which holds one record.
func (k *clinic) resolver() *net.Resolver {
	k.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() { server.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Additionals = true, nil
			txt := get(k, &k.txt)
			if m.RCode = dnsmessage.RCodeNameError; q.Type == dnsmessage.TypeTXT && q.Name.String() == "s1._domainkey.acme.example." && txt != "" {
				m.RCode = dnsmessage.RCodeSuccess
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 1},
					Body:   &dnsmessage.TXTResource{TXT: []string{txt[:9], txt[9:]}}, // long ones come in parts
				}}
			}
			if answer, err := m.Pack(); err == nil {
				_, _ = server.WriteTo(answer, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// TestDoctor has one thing ail after the other, and sees that each is told, and nothing
// else.
func TestDoctor(t *testing.T) {
	k := newClinic(t)
	resolver := k.resolver()
	well := get(k, &k.front)
	answer := func(status int, to string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if to != "" {
				w.Header().Set("Location", to)
			}
			w.WriteHeader(status)
		})
	}
	swapped := func(old, next string) func() func() {
		return func() func() {
			before := k.read("unmeet.toml")
			k.swap(old, next)
			return func() { k.write("unmeet.toml", before) }
		}
	}
	mode := func(name string, mode os.FileMode) func() func() {
		return func() func() {
			path := filepath.Join(k.folder, name)
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			return func() { _ = os.Chmod(path, 0o600) }
		}
	}
	front := func(h http.Handler) func() func() {
		return func() func() {
			set(k, &k.front, h)
			return func() { set(k, &k.front, well) }
		}
	}
	clock := func(off time.Duration) func() func() {
		return func() func() {
			k.off = off
			return func() { k.off = 0 }
		}
	}
	dns := func(txt string) func() func() {
		return func() func() {
			before := set(k, &k.txt, txt)
			return func() { set(k, &k.txt, before) }
		}
	}
	for _, c := range []struct {
		name string
		ail  func() func() // returns what mends it
		want string        // check, state, and some of what is said, hint included; lines
	}{
		{"nothing", func() func() { return func() {} }, ""},
		{"config", swapped("[mail]", "[post]"), "configuration fail unknown key post"},
		{"config, and key open", func() func() {
			whole, shut := swapped("[mail]", "[post]")(), mode("unmeet.key", 0o644)()
			return func() { shut(); whole() }
		}, "configuration fail unknown key post|key fail chmod 600"},
		{"key open", mode("unmeet.key", 0o644), "key fail chmod 600|pages warn cannot be told without the key"},
		{"password open", mode("mail-password", 0o640), "secrets fail chmod 600|mail fail the password"},
		{"database open", mode("unmeet.db", 0o644), "database fail chmod 600"},
		{"no folder", swapped("[mail]", "[database]\nurl = \"nowhere/unmeet.db\"\n[mail]"), "daemon warn none has run|database fail nowhere of database.url is not there"},
		{"database damaged", func() func() {
			before := k.read("unmeet.db")
			k.write("unmeet.db", strings.Repeat("no database ", 100))
			return func() { k.write("unmeet.db", before) }
		}, "database fail unmeet restore --replace"},
		{"database empty", func() func() {
			before := k.read("unmeet.db")
			k.write("unmeet.db", "")
			return func() { k.write("unmeet.db", before) }
		}, "database fail it is empty"},
		{"an assistant who is unknown", swapped("[mail]", "[[assistant]]\naddress = \"kim@acme.example\"\nfor = [\"ann@acme.example\"]\n[mail]"), "assistants warn unmeet enroll kim@acme.example"},
		{"another site", front(http.NotFoundHandler()), "pages fail somebody else answers"},
		{"no daemon behind the proxy", front(answer(http.StatusBadGateway, "")), "pages fail 502"},
		{"leads elsewhere", front(answer(http.StatusFound, "https://login.acme.example/")), "pages fail leads elsewhere"},
		{"another unmeet", front(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path := filepath.Join(t.TempDir(), "key")
			if _, err := secret.New(path); err != nil {
				t.Error(err)
			}
			keys, err := secret.Load(path)
			if err != nil {
				t.Error(err)
			}
			prove(keys, w, r)
		})), "pages fail another key"},
		{"old answer", front(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.URL.RawQuery = challengeKey + "=" + strings.Repeat("A", challengeSize)
			well.ServeHTTP(w, r)
		})), "pages fail another key"},
		{"client's secret", swapped(`client_secret_file = "client-secret"`, `client_secret_file = "mail-password"`), "google fail google.client_secret_file"},
		{"redirect", func() func() {
			k.google.AddClient(calendartest.OAuthClient{ID: "elsewhere.apps.example", Secret: "a client's secret", Redirects: []string{"https://old.acme.example/connect/google/callback"}})
			return swapped(companyClient, "elsewhere.apps.example")()
		}, "google fail add http://127.0.0.1:"},
		{"password", swapped(`password_file = "mail-password"`, `password_file = "client-secret"`), "mail fail does not accept our user and password"},
		{"no mail server", swapped("user = \"unmeet\"\npassword_file = \"mail-password\"\n", ""), ""}, // it asks for no login before a mail
		{"no record", dns(""), "dkim fail the DNS has to hold, as TXT at s1._domainkey.acme.example: v=DKIM1; k=ed25519; p="},
		{"another record", dns("v=DKIM1; k=ed25519; p=AAAA"), "dkim fail another key"},
		{"clock a bit off", clock(time.Minute), "clock warn 1m0s ahead"},
		{"clock off", clock(-time.Hour), "clock fail 1h0m0s behind"},
	} {
		mend := c.ail()
		var ails []string
		for _, f := range k.visitor().checkup(false, resolver) {
			if f.State != "ok" && f.Found != "" {
				ails = append(ails, fmt.Sprintf("%s %s %s; %s", f.Check, f.State, f.Found, f.Hint))
				if f.Hint == "" {
					t.Errorf("%s: no hint: %+v", c.name, f)
				}
			}
		}
		mend()
		var want []string
		if c.want != "" {
			want = strings.Split(c.want, "|")
		}
		if len(ails) != len(want) {
			t.Errorf("%s: %q, want %q", c.name, ails, want)
			continue
		}
		for i, w := range want {
			head, more, _ := strings.Cut(w, " ")
			state, more, _ := strings.Cut(more, " ")
			if !strings.HasPrefix(ails[i], head+" "+state+" ") || !strings.Contains(ails[i], more) {
				t.Errorf("%s: %q, want %q", c.name, ails[i], w)
			}
		}
	}
}

// TestDoctorTellsScripts: the exit code and JSON say what the table does; with --local
// nobody is spoken to.
func TestDoctorTellsScripts(t *testing.T) {
	k := newClinic(t)
	set[http.Handler](k, &k.front, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("somebody was spoken to") }))
	out, _ := k.command(exitDone, "doctor", "--local", "--format", "json")
	var all findings
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all.Checks) < 5 || all.Counts["fail"] != 0 || all.Counts["ok"] != len(all.Checks)-all.Counts["warn"] {
		t.Errorf("%v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(k.folder, "unmeet.key"), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _ := k.command(exitFailed, "doctor", "--local"); !strings.Contains(out, "\nfail  key ") || !strings.Contains(out, "hint: bring it back from a backup") {
		t.Errorf("without a key:\n%s", out)
	}
}
