package mail

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"unmeet/agent/mail/mailtest"
	"unmeet/store"
)

// TestWaysIn holds which servers mails go to, how, and what is done about the others:
// a mail loses nothing by a server that is away or does not want us.
func TestWaysIn(t *testing.T) {
	users := map[string]string{"unmeet": "secret"}
	password := func() (string, error) { return "secret", nil }
	wrong := func() (string, error) { return "guess", nil }
	for _, c := range []struct {
		name    string
		options mailtest.Options
		change  func(*Server)
		tally   Tally
		paused  string // why sending is paused
		hint    string // what can be done where the server is away
	}{
		{name: "starttls", tally: Tally{Sent: 1}},
		{name: "implicit TLS", options: mailtest.Options{TLS: true}, tally: Tally{Sent: 1}},
		{name: "plain", options: mailtest.Options{Users: users, Ways: []string{"PLAIN"}}, change: func(s *Server) { s.User, s.Password = "unmeet", password }, tally: Tally{Sent: 1}},
		{name: "login", options: mailtest.Options{Users: users, Ways: []string{"LOGIN"}}, change: func(s *Server) { s.User, s.Password = "unmeet", password }, tally: Tally{Sent: 1}},
		{name: "login asked for", options: mailtest.Options{Users: users}, change: func(s *Server) { s.User, s.Password, s.Auth = "unmeet", password, "login" }, tally: Tally{Sent: 1}},
		{name: "xoauth2", options: mailtest.Options{Users: users, TLS: true}, change: func(s *Server) { s.User, s.Password, s.Auth = "unmeet", password, "xoauth2" }, tally: Tally{Sent: 1}},
		{name: "no encryption on this machine", options: mailtest.Options{Clear: true}, change: func(s *Server) { s.Security = Plain }, tally: Tally{Sent: 1}},

		{name: "wrong password", options: mailtest.Options{Users: users}, change: func(s *Server) { s.User, s.Password = "unmeet", wrong }, tally: Tally{Away: "535"}, paused: "does not accept our user"},
		{name: "wrong token", options: mailtest.Options{Users: users}, change: func(s *Server) { s.User, s.Password, s.Auth = "unmeet", wrong, "xoauth2" }, tally: Tally{Away: "535"}, paused: "does not accept our user"},
		{name: "no password", options: mailtest.Options{Users: users}, change: func(s *Server) {
			s.User, s.Password = "unmeet", func() (string, error) { return "", errors.New("no such file") }
		}, tally: Tally{Away: "no such file"}, paused: "cannot be read"},
		{name: "a way that is not offered", options: mailtest.Options{Users: users, Ways: []string{"PLAIN"}}, change: func(s *Server) { s.User, s.Password, s.Auth = "unmeet", password, "xoauth2" }, tally: Tally{Away: "xoauth2"}, paused: "does not offer"},
		{name: "nobody, where a user is wanted", options: mailtest.Options{Users: users}, tally: Tally{Away: "530"}, paused: "530"},
		{name: "authentication is down", options: mailtest.Options{Users: users, Script: at("AUTH", 0, mailtest.Act{Reply: "454 4.7.0 try later"})}, change: func(s *Server) { s.User, s.Password = "unmeet", password }, tally: Tally{Away: "454"}},
		{name: "no STARTTLS", options: mailtest.Options{Clear: true}, tally: Tally{Away: "offers no STARTTLS"}, hint: `tls = "tls"`},
		{name: "another's certificate", change: func(s *Server) { s.Roots = otherAuthority() }, tally: Tally{Away: "is not trusted"}, hint: "name in the certificate"},
		{name: "another's certificate, implicit TLS", options: mailtest.Options{TLS: true}, change: func(s *Server) { s.Roots = otherAuthority() }, tally: Tally{Away: "is not trusted"}, hint: "name in the certificate"},
		{name: "STARTTLS where TLS is meant", change: func(s *Server) { s.Security = TLS }, tally: Tally{Away: "does not begin with TLS"}, hint: `tls = "starttls"`},
		{name: "no greeting", options: mailtest.Options{Script: at("CONNECT", 0, mailtest.Act{Drop: true})}, tally: Tally{Away: "connecting"}},
		{name: "busy", options: mailtest.Options{Script: at("CONNECT", 0, mailtest.Act{Reply: "421 4.3.2 too busy", Drop: true, After: true})}, tally: Tally{Away: "421"}},
		{name: "silent", options: mailtest.Options{Script: at("CONNECT", 0, mailtest.Act{Hang: true})}, change: func(s *Server) { s.Timeout = 50 * time.Millisecond }, tally: Tally{Away: "timeout"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, c.options)
			if c.change != nil {
				c.change(&o.at)
			}
			o.queue("bo@acme.example")
			o.send(c.tally)
			if c.tally.Sent > 0 {
				o.arrived(map[string]int{"bo@acme.example": 1})
				o.state(store.MailSent, 1)
				taken := o.server.Messages()[0]
				if taken.TLS != (o.at.Security != Plain) || taken.User != o.at.User {
					t.Errorf("the mail came encrypted: %v, from user %q", taken.TLS, taken.User)
				}
			} else {
				o.arrived(map[string]int{})
				if m := o.state(store.MailQueued, 1); m.Tries != 0 || m.Unsure != 0 || m.Lease.By != "" {
					t.Errorf("the mail was tried %d times, is unsure %d times, leased by %q", m.Tries, m.Unsure, m.Lease.By)
				}
			}
			trouble, err := o.db.ServerTrouble(t.Context())
			away := c.tally.Away != "" && c.paused == ""
			if err != nil || (trouble.Why != "") != away || away && !strings.Contains(trouble.Why, c.tally.Away) || !strings.Contains(trouble.Hint, c.hint) {
				t.Errorf("of the server it is known that %q, hint %q (%v)", trouble.Why, trouble.Hint, err)
			}
			if c.hint != "" && !strings.Contains(trouble.Why, fmt.Sprintf("%s:%d", o.at.Host, o.at.Port)) {
				t.Errorf("%q does not say which server", trouble.Why)
			}
			pause, err := o.db.SendingPaused(t.Context())
			if err != nil || (pause.Why == "") != (c.paused == "") || !strings.Contains(pause.Why, c.paused) {
				t.Errorf("sending is paused because %q (%v), want %q", pause.Why, err, c.paused)
			}
			if strings.Contains(pause.Why, "guess") || strings.Contains(pause.Why, "secret") {
				t.Errorf("the reason has the password: %q", pause.Why)
			}
		})
	}
}

// otherAuthority did not certify the server.
func otherAuthority() *x509.CertPool {
	a, err := mailtest.NewAuthority("127.0.0.1")
	if err != nil {
		panic(err)
	}
	return a.Roots()
}

// TestServerCheck holds what is refused before anything is said to anybody.
func TestServerCheck(t *testing.T) {
	good := Server{Host: "mail.acme.example", Port: 587, Security: StartTLS}
	for _, c := range []struct {
		change func(*Server)
		want   string
	}{
		{func(*Server) {}, ""},
		{func(s *Server) { s.Security = TLS }, ""},
		{func(s *Server) { s.Security, s.Host = Plain, "127.0.0.1" }, ""},
		{func(s *Server) { s.Security, s.Host = Plain, "::1" }, ""},
		{func(s *Server) { s.Security, s.Host = Plain, "127.8.9.10" }, ""},
		{func(s *Server) { s.Security = Plain }, "unencrypted"},
		{func(s *Server) { s.Security, s.Host = Plain, "localhost" }, "unencrypted"},
		{func(s *Server) { s.Security, s.Host = Plain, "192.168.1.5" }, "unencrypted"},
		{func(s *Server) { s.Security, s.Host = Plain, "127.0.0.1.evil.example" }, "unencrypted"},
		{func(s *Server) { s.Security = "opportunistic" }, "unknown encryption"},
		{func(s *Server) { s.Security = "" }, "unknown encryption"},
		{func(s *Server) { s.Host = "" }, "no host"},
		{func(s *Server) { s.Port = 0 }, "no host"},
		{func(s *Server) { s.Auth = "cram" }, "unknown way"},
		{func(s *Server) { s.User = "unmeet" }, "no password"},
	} {
		s := good
		c.change(&s)
		err := s.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", s, err, c.want)
		}
	}
}

// A server that goes on answering for ever is given up, not remembered.
func TestEndlessAnswer(t *testing.T) {
	smtp := mailtest.Start(t, mailtest.Options{Clear: true, Script: func(s mailtest.Step) mailtest.Act {
		if s.Command == "MAIL" {
			return mailtest.Act{Reply: strings.Repeat("250-go on\r\n", largestReply/10) + "250 ok"}
		}
		return mailtest.Act{}
	}})
	now, err := Server{Host: smtp.Host, Port: smtp.Port, Security: Plain}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer now.Close()
	err = now.send(t.Context(), "unmeet@acme.example", "ann@acme.example", []byte("Subject: x\r\n\r\nx\r\n"), func() error { return nil })
	if f, ok := errors.AsType[*fault](err); !ok || f.result != away || !strings.Contains(f.why, errLongReply.Error()) {
		t.Errorf("it ends in %v", err)
	}
}
