package chaos

import (
	"maps"
	"math"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Odds are how probable each trouble is for one connection. The zero value lets all
// pass. Several troubles may meet one connection.
type Odds struct {
	Refuse float64 // it is closed before anything passes
	Slow   float64 // what passes waits for up to [Slowest], for the first few pieces
	Hang   float64 // at some byte nothing passes any more, though nobody hangs up
	Cut    float64 // at some byte it is reset
	Garble float64 // one byte arrives as another
}

// Slowest is how long a piece of a slow connection waits at most.
const Slowest = 200 * time.Millisecond

// furthest is how many bytes pass at most before a trouble comes. Early ones are as
// probable as late ones on a scale that doubles, as most connections are short.
const furthest = 256 << 10

// Proxy passes connections on to a server.
type Proxy struct {
	listener net.Listener
	target   string

	mu     sync.Mutex
	dice   *rand.Rand
	odds   Odds
	open   map[net.Conn]bool
	counts map[string]int
	closed bool
	done   sync.WaitGroup
}

// Listen returns a proxy on a free port of this machine, in front of a server at
// target ("127.0.0.1:25"). It makes no trouble yet.
func Listen(target string, seed uint64) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: listener, target: target, dice: rand.New(rand.NewPCG(seed, 1)), open: map[net.Conn]bool{}, counts: map[string]int{}}
	p.done.Go(p.accept)
	return p, nil
}

// Address is where the proxy listens.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Port is the port of that.
func (p *Proxy) Port() int { return p.listener.Addr().(*net.TCPAddr).Port }

// Set changes the odds, for connections from now on; those that are open are cut.
func (p *Proxy) Set(odds Odds) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.odds = odds
	p.cutAll()
}

// Counts are how many connections came ("connections"), and how many of them met
// with each trouble.
func (p *Proxy) Counts() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.counts)
}

// Close ends the proxy and all its connections.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.listener.Close()
	p.cutAll()
	p.mu.Unlock()
	p.done.Wait()
}

func (p *Proxy) cutAll() {
	for c := range p.open {
		c.Close()
	}
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.done.Go(func() { p.carry(conn) })
	}
}

// fate is what becomes of a connection.
type fate struct {
	refuse, slow     bool
	hang, cut, spoil int // at which byte, counted in both directions together; 0: never
}

// draw draws what becomes of the next connection.
func (p *Proxy) draw() (f fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts["connections"]++
	drawn := func(name string, odds float64) bool {
		if p.dice.Float64() >= odds {
			return false
		}
		p.counts[name]++
		return true
	}
	place := func(name string, odds float64) int {
		if !drawn(name, odds) {
			return 0
		}
		return 1 + int(math.Exp(p.dice.Float64()*math.Log(furthest)))
	}
	f.refuse, f.slow = drawn("refused", p.odds.Refuse), drawn("slow", p.odds.Slow)
	f.hang, f.cut, f.spoil = place("hung", p.odds.Hang), place("cut", p.odds.Cut), place("garbled", p.odds.Garble)
	return f
}

// carry passes one connection on, as far as its fate lets it.
func (p *Proxy) carry(conn net.Conn) {
	f := p.draw()
	if f.refuse || !p.keep(conn) {
		reset(conn)
		return
	}
	defer p.drop(conn)
	server, err := net.Dial("tcp", p.target)
	if err != nil || !p.keep(server) {
		reset(conn)
		return
	}
	defer p.drop(server)
	l := &line{fate: f}
	var both sync.WaitGroup
	both.Go(func() { l.pass(server, conn) })
	both.Go(func() { l.pass(conn, server) })
	both.Wait()
}

func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.open[c] = true
	}
	return !p.closed
}

func (p *Proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
	c.Close()
}

// line is a connection with what has passed.
type line struct {
	fate
	mu     sync.Mutex
	passed int
	pieces int
}

// slowPieces is how many pieces of a slow connection wait.
const slowPieces = 8

// pass passes on what comes from one end to the other, until either is closed.
func (l *line) pass(to, from net.Conn) {
	defer to.Close()
	piece := make([]byte, 8<<10)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			send, cut, hang, wait := l.take(piece[:n])
			time.Sleep(wait)
			if _, err := to.Write(send); err != nil {
				from.Close()
				return
			}
			switch {
			case cut:
				reset(from)
				reset(to)
				return
			case hang:
				for err == nil { // until somebody hangs up
					_, err = from.Read(piece)
				}
			}
		}
		if err != nil {
			return
		}
	}
}

// take says what to do with the next piece, and spoils it where that is due.
func (l *line) take(piece []byte) (send []byte, cut, hang bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	begins, ends := l.passed, l.passed+len(piece)
	if at := l.spoil; at > begins && at <= ends {
		piece[at-1-begins] ^= 0x15
	}
	if l.pieces++; l.slow && l.pieces <= slowPieces {
		wait = Slowest / slowPieces * time.Duration(l.pieces)
	}
	send = piece
	if at := l.cut; at > 0 && at <= ends {
		send, cut = piece[:max(0, at-1-begins)], true
	} else if at := l.hang; at > 0 && at <= ends {
		send, hang = piece[:max(0, at-1-begins)], true
	}
	l.passed = ends
	return send, cut, hang, wait
}

// reset ends a connection as a server does that crashes.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // else it is an ordinary end
	}
	c.Close()
}
