package mailbox

import (
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"time"
)

const (
	// largest bounds a mail, in bytes.
	largest = 1 << 20
	// patience is how long a client may be silent.
	patience = time.Minute
)

// Server speaks SMTP (RFC 5321), as much of it as it takes to be sent mail, and
// puts it into a box.
type Server struct {
	box      *Box
	listener net.Listener
	done     sync.WaitGroup

	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

// Listen starts a server for a box on 127.0.0.1, at a port that is free. Close
// ends it.
func Listen(box *Box) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for mail: %w", err)
	}
	s := &Server{box: box, listener: listener, open: map[net.Conn]bool{}}
	s.done.Go(s.accept)
	return s, nil
}

// Port is where it listens.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Close ends all connections, and waits until they have.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	err := s.listener.Close()
	for conn := range s.open {
		conn.Close()
	}
	s.mu.Unlock()
	s.done.Wait()
	return err
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			conn.Close()
			return
		}
		s.open[conn] = true
		s.mu.Unlock()
		s.done.Go(func() {
			s.talk(conn)
			conn.Close()
			s.mu.Lock()
			delete(s.open, conn)
			s.mu.Unlock()
		})
	}
}

// talk answers one client until it leaves.
func (s *Server) talk(conn net.Conn) {
	c := textproto.NewConn(conn)
	answer := "220 mailbox ESMTP"
	to := ""
	for c.PrintfLine("%s", answer) == nil {
		_ = conn.SetDeadline(time.Now().Add(patience)) // a closed one says so at the next read
		line, err := c.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO", "HELO":
			answer = "250 mailbox"
		case "MAIL":
			to, answer = "", "250 2.1.0 go on"
		case "RCPT":
			switch address := between(rest); {
			case to != "":
				answer = "452 4.5.3 one at a time"
			case address == "":
				answer = "501 5.1.3 to whom?"
			default:
				to, answer = address, "250 2.1.5 go on"
			}
		case "DATA":
			answer = s.take(c, to)
			to = ""
		case "RSET":
			to, answer = "", "250 2.0.0 begin again"
		case "NOOP":
			answer = "250 2.0.0 still here"
		case "QUIT":
			_ = c.PrintfLine("221 2.0.0 bye") // it leaves anyway
			return
		default:
			answer = "502 5.5.1 not here"
		}
	}
}

// take reads a mail and returns what to answer.
func (s *Server) take(c *textproto.Conn, to string) string {
	if to == "" {
		return "503 5.5.1 to whom?"
	}
	if c.PrintfLine("354 end with a dot") != nil {
		return "451 4.3.0 try again"
	}
	in := c.DotReader()
	message, err := io.ReadAll(io.LimitReader(in, largest+1))
	rest, drained := io.Copy(io.Discard, in)
	switch {
	case err != nil || drained != nil:
		return "451 4.3.0 try again"
	case len(message) > largest || rest > 0:
		return "552 5.3.4 too large"
	}
	if err := s.box.Put(to, message); err != nil {
		return "554 5.6.0 it cannot be read"
	}
	return "250 2.0.0 it is in the box"
}

// between returns the address in "TO:<ana@acme.example>".
func between(text string) string {
	_, text, _ = strings.Cut(text, "<")
	address, _, found := strings.Cut(text, ">")
	if !found {
		return ""
	}
	return address
}
