package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"unmeet/agent/mail/mailtest"
	"unmeet/calendars/caldav/caldavtest"
	"unmeet/calendars/calendartest"
	"unmeet/internal/chaos"
)

// serve starts the servers, each behind a proxy, and writes the configuration.
func (o *havoc) serve(seed uint64) {
	o.smtp = mailtest.Start(o.TB, mailtest.Options{Users: map[string]string{"unmeet": chaosMailPassword}, Script: o.mailTrouble(seed)})
	encrypted := func(h http.Handler) string {
		server := httptest.NewUnstartedServer(h)
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // of connections that are garbled
		server.TLS = &tls.Config{Certificates: []tls.Certificate{o.smtp.CA.Leaf}}
		server.EnableHTTP2 = true
		server.StartTLS()
		o.Cleanup(func() {
			server.CloseClientConnections()
			server.Close()
		})
		return server.Listener.Addr().String()
	}
	front := func(name, target string) *chaos.Proxy {
		p, err := chaos.Listen(target, seed)
		if err != nil {
			o.Fatal(err)
		}
		o.Cleanup(p.Close)
		o.proxies[name] = p
		return p
	}
	o.google = calendartest.NewGoogle(o.World)
	o.google.Configure(func(s *calendartest.Settings) { s.Seed = seed })
	o.google.URL = "https://" + front("google", encrypted(o.google)).Address()
	o.Cleanup(o.google.Close)
	o.google.AddClient(calendartest.OAuthClient{ID: companyClient, Secret: "a client's secret", Desktop: true})

	for i := range o.davers {
		o.davs = append(o.davs, fmt.Sprintf("c%d@acme.example", i))
	}
	o.radicale = caldavtest.RadicaleFor(o.TB, o.davs...)
	var err error
	if o.gateway, err = chaos.NewGateway(o.radicale.URL, seed); err != nil {
		o.Fatal(err)
	}
	front("caldav", encrypted(o.gateway))

	o.public = "http://" + quietPort(o.TB)
	o.write("client-secret", "a client's secret\n")
	o.write("mail-password", chaosMailPassword+"\n")
	o.write("ca.pem", string(o.smtp.CA.PEM))
	o.write("unmeet.toml", fmt.Sprintf(`
[organization]
domains = ["acme.example"]
zone = %q
[web]
listen = %q
public_url = %q
[google]
client_id = %q
client_secret_file = "client-secret"
endpoint = %q
[suggest]
mode = "suggest"
working_hours = "Mo-Fr 09:00-18:00"
[never]
titles = ["errand"] # which are moved and called off at any moment
[actions]
per_hour = 2000
[mail]
host = %q
port = %d
user = "unmeet"
password_file = "mail-password"
from = "unmeet <unmeet@acme.example>"
per_minute = 6000
`, chaosZone, strings.TrimPrefix(o.public, "http://"), o.public, companyClient, o.google.URL, o.smtp.Host, front("smtp", net.JoinHostPort(o.smtp.Host, strconv.Itoa(o.smtp.Port))).Port()))
}

// quietPort is an address that nobody listens at, of a port that no system gives away
// by itself: daemons have to find it free again and again.
func quietPort(t testing.TB) string {
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+rand.IntN(10000)))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// mailTrouble is how the mail server misbehaves.
func (o *havoc) mailTrouble(seed uint64) func(mailtest.Step) mailtest.Act {
	var lock sync.Mutex
	dice := rand.New(rand.NewPCG(seed, 3))
	return func(s mailtest.Step) mailtest.Act {
		lock.Lock()
		defer lock.Unlock()
		if !o.trouble.Load() {
			return mailtest.Act{}
		}
		roll := dice.IntN(100)
		switch {
		case s.Command == "END" && roll < 4:
			return mailtest.Act{Keep: true, Drop: true} // it has it, and cannot say so
		case s.Command == "END" && roll < 6:
			return mailtest.Act{Lose: true, Drop: true}
		case roll < 1:
			return mailtest.Act{Drop: true}
		case roll < 2:
			return mailtest.Act{Reply: "421 4.3.2 going down", Drop: true, After: true}
		case roll < 10 && (s.Command == "RCPT" || s.Command == "END"):
			return mailtest.Act{Reply: "451 4.7.1 come again"}
		case roll < 12:
			return mailtest.Act{Before: 100 * time.Millisecond}
		}
		return mailtest.Act{}
	}
}

// googleTroubles is how Google misbehaves.
func googleTroubles() []calendartest.Fault {
	return []calendartest.Fault{
		{Path: "/calendar/", Rate: 0.02, Do: calendartest.Refuse("backendError", 0)},
		{Path: "/calendar/", Rate: 0.01, Do: calendartest.Refuse("rateLimitExceeded", 0).After("1")},
		{Rate: 0.02, Do: calendartest.HTML()},
		{Rate: 0.02, Do: calendartest.ResetBefore()},
		{Rate: 0.03, Do: calendartest.ResetAfter()},
		{Rate: 0.01, Do: calendartest.TruncateGzip()},
		{Rate: 0.03, Do: calendartest.Slow(5 * time.Millisecond)},
	}
}

// disturb has everything that the daemon talks to make trouble, and at times one of
// the servers be away altogether.
func (o *havoc) disturb() {
	o.google.Heal()
	for _, f := range googleTroubles() {
		o.google.Inject(f)
	}
	o.gateway.Set(0.08)
	o.trouble.Store(true)
	away := []string{"google", "caldav", "smtp", ""}[min(3, o.dice.IntN(24))]
	for name, p := range o.proxies {
		odds := chaos.Odds{Slow: 0.2, Hang: 0.03, Cut: 0.15, Garble: 0.1}
		if name == "smtp" { // all mails go over one connection
			odds = chaos.Odds{Slow: 0.1, Hang: 0.02, Cut: 0.1, Garble: 0.05}
		}
		if name == away {
			odds = chaos.Odds{Refuse: 1}
			o.figures["lives with a server away"]++
		}
		p.Set(odds)
	}
}

// heal ends all trouble.
func (o *havoc) heal() {
	o.google.Heal()
	o.gateway.Set(0)
	o.trouble.Store(false)
	for _, p := range o.proxies {
		p.Set(chaos.Odds{})
	}
}
