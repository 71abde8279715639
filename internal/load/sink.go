package main

import (
	"bufio"
	"errors"
	"net"
	"strings"
)

// startSink starts a mail server that takes everything and keeps nothing.
func startSink() (port int, done func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, nil, err
	}
	go func() {
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				go swallow(c)
			}
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, l.Close, nil
}

// swallow speaks as much SMTP (RFC 5321) as it takes to be sent mails.
func swallow(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(line string) bool {
		_, err := c.Write([]byte(line + "\r\n"))
		return err == nil
	}
	inMail := false
	for ok := say("220 sink"); ok; {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		switch {
		case inMail:
			if line == ".\r\n" {
				inMail = false
				ok = say("250 swallowed")
			}
		case verb == "DATA":
			inMail = true
			ok = say("354 go on")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			ok = say("250 fine")
		}
	}
}
