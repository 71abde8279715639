package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"unmeet/internal/failpoint"
	"unmeet/internal/wire"
)

// Security is how the way to a mail server is encrypted.
type Security string

// The ways to encrypt. There is no "if possible": whoever sits between would say
// that it is not.
const (
	StartTLS Security = "starttls" // begins in the clear, and goes on only encrypted (RFC 3207)
	TLS      Security = "tls"      // from the first byte (RFC 8314)
	Plain    Security = "none"     // not at all; on this very machine only
)

// Server is the mail server that mails are handed to.
type Server struct {
	Host     string // name, which its certificate has to bear
	Port     int
	Security Security
	User     string                 // "" for no authentication
	Password func() (string, error) // asked at each connection; of xoauth2 an access token
	Auth     string                 // plain, login, xoauth2; "" plain or login, as it is offered
	Hello    string                 // name of this machine; "" as the system has it
	Roots    *x509.CertPool         // who certifies; nil as the system has it
	// Timeout bounds each step, and Patience the answer after the end of a mail; zero
	// is a minute, and ten (RFC 5321 §4.5.3.2.6).
	Timeout, Patience time.Duration
	// Grace is how long a mail that is being handed over may take once the daemon is
	// to stop; zero is five seconds.
	Grace time.Duration
}

// Check says what is wrong with how a server was configured.
func (s Server) Check() error {
	switch {
	case s.Host == "" || s.Port < 1 || s.Port > 65535:
		return fmt.Errorf("%q and %d are no host and port of a mail server", s.Host, s.Port)
	case s.Security != StartTLS && s.Security != TLS && s.Security != Plain:
		return fmt.Errorf("unknown encryption %q: starttls, tls, or none", s.Security)
	case s.Security == Plain && !loopback(s.Host):
		return fmt.Errorf("mail to %s would go unencrypted: none is for 127.0.0.1 and ::1 only", s.Host)
	case s.Auth != "" && s.Auth != "plain" && s.Auth != "login" && s.Auth != "xoauth2":
		return fmt.Errorf("unknown way to authenticate %q: plain, login or xoauth2", s.Auth)
	case s.User != "" && s.Password == nil:
		return fmt.Errorf("user %s has no password", s.User)
	}
	return nil
}

// loopback reports whether a host is an address of this machine. A name is not: it
// may come to mean another.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// session is a connection to a mail server that is ready to take mails.
type session struct {
	client *smtp.Client
	server Server
	mails  int // how many it was asked to take

	lock    sync.Mutex
	conn    *bounded  // the wire, encrypted or not
	stopped time.Time // when what is under way has to end at last, zero: not yet
}

// open connects and authenticates. It is a *fault.
func (s Server) open(ctx context.Context) (*session, error) {
	if err := s.Check(); err != nil {
		return nil, &fault{result: unwanted, why: err.Error()}
	}
	s.Timeout = cmp.Or(s.Timeout, time.Minute)
	s.Patience = cmp.Or(s.Patience, 10*time.Minute)
	s.Grace = cmp.Or(s.Grace, 5*time.Second)
	now := &session{server: s}
	options := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(s.Timeout), gomail.WithoutSMTPUTF8(), gomail.WithDialContextFunc(now.dial),
		gomail.WithTLSConfig(s.tlsConfig()), gomail.WithTLSPolicy(gomail.NoTLS),
	}
	if s.Security == StartTLS {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.Hello != "" {
		options = append(options, gomail.WithHELO(s.Hello))
	}
	dialer, err := gomail.NewClient(s.Host, options...)
	if err != nil {
		return nil, &fault{result: unwanted, why: "the mail server is not configured rightly: " + err.Error()}
	}
	stop := context.AfterFunc(ctx, now.Close)
	defer stop()
	now.client, err = dialer.DialToSMTPClientWithContext(ctx)
	if err != nil {
		now.Close()
		return nil, unconnected(net.JoinHostPort(s.Host, strconv.Itoa(s.Port)), err)
	}
	if err := now.authenticate(); err != nil {
		now.Close()
		return nil, err
	}
	return now, nil
}

func (s Server) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12, RootCAs: s.Roots}
}

func (s *session) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := wire.Dial(ctx, wire.Mail, network, address, s.server.Timeout, nil)
	if err != nil {
		return nil, err
	}
	limited := &bounded{Conn: conn}
	limited.left.Store(largestReply)
	s.lock.Lock()
	s.conn = limited
	s.lock.Unlock()
	if s.server.Security != TLS {
		return limited, nil
	}
	encrypted := tls.Client(limited, s.server.tlsConfig())
	if err := encrypted.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return encrypted, nil
}

// authenticate proves who we are, if there is a user. What the server has against
// it will not pass by itself.
func (s *session) authenticate() error {
	if s.server.User == "" {
		return nil
	}
	password, err := s.server.Password()
	if err != nil {
		return &fault{result: unwanted, why: "the password for the mail server cannot be read: " + err.Error()}
	}
	_, offered := s.client.Extension("AUTH")
	offers := strings.Fields(strings.ToLower(offered))
	way := s.server.Auth
	switch {
	case way == "" && slices.Contains(offers, "plain"):
		way = "plain"
	case way == "":
		way = "login"
	}
	if !slices.Contains(offers, way) {
		return &fault{result: unwanted, why: fmt.Sprintf("%s does not offer to authenticate by %s", s.server.Host, way)}
	}
	user, host := s.server.User, s.server.Host
	auth := map[string]smtp.Auth{
		"plain":   smtp.PlainAuth("", user, password, host, false),
		"login":   smtp.LoginAuth(user, password, host, false),
		"xoauth2": smtp.XOAuth2Auth(user, password),
	}[way]
	s.within(s.server.Timeout)
	if err := s.client.Auth(auth); err != nil {
		return refusedUser(host, err)
	}
	return nil
}

// largestReply bounds what a server says to one step, in bytes; a certificate is the
// longest of it.
const largestReply = 1 << 20

var errLongReply = errors.New("the server's answer does not end")

// bounded is a connection of which no more than what is left is read.
type bounded struct {
	net.Conn
	left atomic.Int64
}

// Read implements [net.Conn].
func (b *bounded) Read(p []byte) (int, error) {
	if b.left.Load() <= 0 {
		return 0, errLongReply
	}
	n, err := b.Conn.Read(p)
	b.left.Add(-int64(n))
	return n, err
}

// within bounds what is done next, and what is under way when the daemon is to stop.
func (s *session) within(d time.Duration) {
	s.lock.Lock()
	defer s.lock.Unlock()
	end := time.Now().Add(d)
	if !s.stopped.IsZero() && s.stopped.Before(end) {
		end = s.stopped
	}
	_ = s.conn.SetDeadline(end) // a closed one says so at the next read
	s.conn.left.Store(largestReply)
}

// hurry makes what is under way end soon.
func (s *session) hurry() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.stopped = time.Now().Add(s.server.Grace)
	_ = s.conn.SetDeadline(s.stopped)
}

// Close ends the connection without a word.
func (s *session) Close() {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.conn != nil {
		s.conn.Close()
	}
}

// quit ends the connection politely. Mails that were taken stay so, whatever comes
// of it.
func (s *session) quit() {
	s.within(s.server.Timeout)
	_ = s.client.Quit()
	s.Close()
}

// send hands a message over, as it is. Between the recipient and the message it
// calls begin; if that fails, the error is returned as it is, and nothing was sent.
// Other errors are a *fault. After a fault that is not about the mail the session
// is over.
func (s *session) send(ctx context.Context, from, to string, message []byte, begin func() error) error {
	stop := context.AfterFunc(ctx, s.hurry)
	defer stop()
	s.mails++
	s.within(s.server.Timeout)
	if err := s.client.Mail("<" + from + ">"); err != nil {
		return s.refused(atSender, err)
	}
	s.within(s.server.Timeout)
	if err := s.client.Rcpt("<" + to + ">"); err != nil {
		return s.refused(atRecipient, err)
	}
	if err := begin(); err != nil {
		s.reset()
		return err
	}
	failpoint.Hit("mail-before-data")
	s.within(s.server.Timeout)
	out, err := s.client.Data()
	if err != nil {
		return s.refused(atData, err)
	}
	body, ok := out.(*smtp.DataCloser)
	if !ok {
		return broken("handing over a mail", errors.New("go-mail has another writer"))
	}
	s.within(s.server.Patience)
	if _, err := body.WriteCloser.Write(message); err != nil {
		return broken("handing over a mail", err) // without its end no server takes it
	}
	// The writer of the connection ends the mail; that of go-mail would wait for the
	// answer, too, and who dies in between has to be tested.
	return s.end(body.WriteCloser)
}

// end writes the end of a mail and reads the answer. From here on the mail may have
// arrived, unless the server says that it has not.
func (s *session) end(body io.Closer) error {
	if err := body.Close(); err != nil {
		return &fault{result: unknown, why: "the connection ended while the mail did: " + clean(err)}
	}
	failpoint.Hit("mail-after-dot")
	if _, _, err := s.client.Text.ReadResponse(250); err != nil {
		f := s.refused(atEnd, err)
		if f.code == 0 {
			f.result, f.why = unknown, "the connection ended before the answer: "+clean(err)
		}
		return f
	}
	failpoint.Hit("mail-after-250")
	return nil
}

// reset takes back what was begun, so that the next mail can be sent.
func (s *session) reset() {
	s.within(s.server.Timeout)
	_ = s.client.Reset() // a broken connection says so at the next command
}

// refused says what a failed command means, and makes way for the next mail.
func (s *session) refused(at stage, err error) *fault {
	f := replied(at, err)
	if f.code != 0 && f.code != 421 {
		s.reset()
	}
	return f
}
