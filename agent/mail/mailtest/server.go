package mailtest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options say how a server is.
type Options struct {
	TLS    bool              // from the first byte
	Clear  bool              // it does not offer STARTTLS
	Users  map[string]string // passwords; with any, nothing is taken from others
	Ways   []string          // to authenticate; empty is PLAIN, LOGIN and XOAUTH2
	Script func(Step) Act    // how it misbehaves; nil, or the zero Act, for not at all
}

// Step is what a client has just said.
type Step struct {
	// Command is "CONNECT", "END" for the end of a mail, or the first word of what was
	// said, in upper case.
	Command    string
	Line       string // as it was said
	Count      int    // how often that was said to this server, 1 being the first time
	Connection int    // 1 being the first
}

// Act is what the server does instead of what it should.
type Act struct {
	Reply  string        // it answers this; "" the right thing
	Drop   bool          // it ends the connection, before any answer
	Hang   bool          // it does not answer, and keeps the connection
	Lose   bool          // at END: it does not keep the mail, whatever it answers
	Keep   bool          // at END: it keeps the mail, whatever it answers
	After  bool          // with Drop: it ends the connection after the answer
	Before time.Duration // it waits before it answers
}

// Message is a mail that the server took.
type Message struct {
	From, To string
	User     string // who authenticated, "" nobody
	TLS      bool
	Data     []byte // as it was sent, dots unstuffed
}

// Server is a mail server.
type Server struct {
	Host string // 127.0.0.1
	Port int
	CA   *Authority

	options  Options
	listener net.Listener

	lock        sync.Mutex
	messages    []Message
	counts      map[string]int
	connections int
	open        map[net.Conn]bool
	closed      bool
	done        sync.WaitGroup
}

// Start starts a server that ends with the test.
func Start(t testing.TB, options Options) *Server {
	t.Helper()
	authority, err := NewAuthority("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if len(options.Ways) == 0 {
		options.Ways = []string{"PLAIN", "LOGIN", "XOAUTH2"}
	}
	s := &Server{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, CA: authority,
		options: options, listener: listener, counts: map[string]int{}, open: map[net.Conn]bool{},
	}
	s.done.Go(s.accept)
	t.Cleanup(s.Close)
	return s
}

// Close ends the server and all its connections.
func (s *Server) Close() {
	s.lock.Lock()
	s.closed = true
	s.listener.Close()
	for conn := range s.open {
		conn.Close()
	}
	s.lock.Unlock()
	s.done.Wait()
}

// Messages returns what was taken so far.
func (s *Server) Messages() []Message {
	s.lock.Lock()
	defer s.lock.Unlock()
	return append([]Message(nil), s.messages...)
}

// Count returns how often a command was said so far.
func (s *Server) Count(command string) int {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.counts[command]
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		s.lock.Lock()
		if s.closed {
			s.lock.Unlock()
			conn.Close()
			return
		}
		s.connections++
		s.open[conn] = true
		c := &conversation{server: s, number: s.connections, conn: conn, wire: conn}
		s.lock.Unlock()
		s.done.Go(func() {
			c.run()
			s.lock.Lock()
			delete(s.open, conn)
			s.lock.Unlock()
			conn.Close()
		})
	}
}

// conversation is one connection.
type conversation struct {
	server *Server
	number int
	wire   net.Conn // as it was accepted
	conn   net.Conn // encrypted, if it is
	in     *bufio.Reader
	secure bool
	user   string
	mail   Message
}

func (c *conversation) encrypt() bool {
	encrypted := tls.Server(c.wire, &tls.Config{Certificates: []tls.Certificate{c.server.CA.Leaf}})
	if encrypted.Handshake() != nil {
		return false
	}
	c.conn, c.in, c.secure = encrypted, bufio.NewReader(encrypted), true
	return true
}

func (c *conversation) run() {
	c.in = bufio.NewReader(c.conn)
	if c.server.options.TLS && !c.encrypt() {
		return
	}
	if !c.act("CONNECT", "", "220 mailtest ESMTP", nil) {
		return
	}
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		word, _, _ := strings.Cut(line, " ")
		if !c.answer(strings.ToUpper(word), line) {
			return
		}
	}
}

// answer answers one command; it is false when the connection is over.
func (c *conversation) answer(command, line string) bool {
	o := c.server.options
	switch command {
	case "EHLO":
		return c.act(command, line, c.abilities(), nil)
	case "STARTTLS":
		if c.secure || o.Clear {
			return c.act(command, line, "502 5.5.1 no", nil)
		}
		return c.act(command, line, "220 2.0.0 go ahead", nil) && c.encrypt()
	case "AUTH":
		return c.act(command, line, "", c.authenticate(line))
	case "MAIL":
		c.mail = Message{From: between(line), User: c.user, TLS: c.secure}
		reply := "250 2.1.0 ok"
		if len(o.Users) > 0 && c.user == "" {
			reply = "530 5.7.0 authenticate first"
		}
		return c.act(command, line, reply, nil)
	case "RCPT":
		c.mail.To = between(line)
		return c.act(command, line, "250 2.1.5 ok", nil)
	case "DATA":
		return c.act(command, line, "354 go on", c.take)
	case "RSET", "NOOP":
		return c.act(command, line, "250 2.0.0 ok", nil)
	case "QUIT":
		c.act(command, line, "221 2.0.0 bye", nil)
		return false
	}
	return c.act(command, line, "502 5.5.1 what?", nil)
}

func (c *conversation) abilities() string {
	o := c.server.options
	all := []string{"mailtest", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"}
	if !c.secure && !o.Clear {
		all = append(all, "STARTTLS")
	}
	if len(o.Users) > 0 && (c.secure || o.Clear) {
		all = append(all, "AUTH "+strings.Join(o.Ways, " "))
	}
	for i := range all[:len(all)-1] {
		all[i] = "250-" + all[i]
	}
	all[len(all)-1] = "250 " + all[len(all)-1]
	return strings.Join(all, "\r\n")
}

// act does what the script says, else answers reply and goes on with then, if the
// reply is the right one.
func (c *conversation) act(command, line, reply string, then func() bool) bool {
	a := c.script(command, line)
	time.Sleep(a.Before)
	switch {
	case a.Hang:
		_, _ = io.Copy(io.Discard, c.in) // until the client gives up
		return false
	case a.Drop && !a.After:
		return false
	}
	if a.Reply != "" {
		return c.say(a.Reply) && !a.Drop
	}
	if reply != "" && !c.say(reply) {
		return false
	}
	if then != nil && !then() {
		return false
	}
	return !a.Drop
}

func (c *conversation) script(command, line string) Act {
	s := c.server
	s.lock.Lock()
	s.counts[command]++
	step := Step{Command: command, Line: line, Count: s.counts[command], Connection: c.number}
	s.lock.Unlock()
	if s.options.Script == nil {
		return Act{}
	}
	return s.options.Script(step)
}

func (c *conversation) say(reply string) bool {
	_, err := fmt.Fprintf(c.conn, "%s\r\n", reply)
	return err == nil
}

// take reads a mail up to its end, and answers that.
func (c *conversation) take() bool {
	var data bytes.Buffer
	for {
		line, err := c.in.ReadBytes('\n')
		if err != nil {
			return false
		}
		if string(line) == ".\r\n" {
			break
		}
		data.Write(bytes.TrimPrefix(line, []byte(".")))
	}
	a := c.script("END", "")
	if !a.Lose && (a.Keep || a.Reply == "" || strings.HasPrefix(a.Reply, "2")) {
		c.mail.Data = data.Bytes()
		c.server.lock.Lock()
		c.server.messages = append(c.server.messages, c.mail)
		c.server.lock.Unlock()
	}
	time.Sleep(a.Before)
	switch {
	case a.Hang:
		_, _ = io.Copy(io.Discard, c.in)
		return false
	case a.Drop && !a.After:
		return false
	case a.Reply != "":
		return c.say(a.Reply) && !a.Drop
	}
	return c.say("250 2.0.0 taken") && !a.Drop
}

// authenticate returns how a client proves who it is by the way of line.
func (c *conversation) authenticate(line string) func() bool {
	words := append(strings.Fields(line), "", "")
	way, first := strings.ToUpper(words[1]), words[2]
	return func() bool {
		user, password := "", ""
		switch way {
		case "PLAIN":
			if parts := strings.Split(decoded(first), "\x00"); len(parts) == 3 {
				user, password = parts[1], parts[2]
			}
		case "LOGIN":
			user, password = c.ask("VXNlcm5hbWU6"), c.ask("UGFzc3dvcmQ6")
		case "XOAUTH2":
			fields := strings.Split(decoded(first), "\x01")
			user = strings.TrimPrefix(fields[0], "user=")
			if len(fields) > 1 {
				password = strings.TrimPrefix(fields[1], "auth=Bearer ")
			}
		}
		if want, ok := c.server.options.Users[user]; !ok || want != password {
			if way == "XOAUTH2" {
				c.ask("eyJzdGF0dXMiOiI0MDEifQ==")
			}
			return c.say("535 5.7.8 wrong user or password")
		}
		c.user = user
		return c.say("235 2.7.0 welcome")
	}
}

// ask asks for something, and returns what is answered.
func (c *conversation) ask(question string) string {
	if !c.say("334 " + question) {
		return ""
	}
	line, _ := c.in.ReadString('\n') // "" if the connection is over
	return decoded(strings.TrimSpace(line))
}

func decoded(text string) string {
	plain, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	return string(plain)
}

// between is what stands in angle brackets.
func between(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}
