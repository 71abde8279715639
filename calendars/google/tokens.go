package google

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// TokenSource hands out access tokens for one connection. It is safe for
// concurrent use, and there is to be one of them for each connection: two would
// refresh side by side, and with a server that rotates refresh tokens the slower
// one would lose the grant. Errors are an [*Error], or that of a ctx that ended.
type TokenSource interface {
	// Token returns a token that should be good for a while.
	Token(ctx context.Context) (string, error)
	// Renew returns another token than stale, which a server has refused.
	Renew(ctx context.Context, stale string) (string, error)
}

const (
	// early is how long before its end a token is replaced, so that it does not
	// end under way.
	early = time.Minute
	// shortLife is assumed of tokens whose end the server does not tell.
	shortLife = 10 * time.Minute
	// mintWithin bounds the getting of a token whose caller may be long gone.
	mintWithin = 2 * time.Minute
)

// minted is a fresh access token.
type minted struct {
	token string
	life  time.Duration // 0 if the server does not say
}

// cached keeps an access token until it ends. Getting a new one runs apart from
// the context of whoever asked first: were it cut off half-way, a rotated refresh
// token would be lost, and with it the grant.
type cached struct {
	clock Clock
	mint  func(context.Context) (minted, error)
	turn  chan struct{} // holds one while a token is being got or looked at

	token string
	until time.Time
}

func newCached(clock Clock, mint func(context.Context) (minted, error)) *cached {
	return &cached{clock: orReal(clock), mint: mint, turn: make(chan struct{}, 1)}
}

func (c *cached) Token(ctx context.Context) (string, error) { return c.get(ctx, "") }

func (c *cached) Renew(ctx context.Context, stale string) (string, error) { return c.get(ctx, stale) }

func (c *cached) get(ctx context.Context, stale string) (string, error) {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if c.token != "" && c.token != stale && c.clock.Now().Before(c.until) {
		token := c.token
		<-c.turn
		return token, nil
	}
	type answer struct {
		token string
		err   error
	}
	done := make(chan answer, 1)
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), mintWithin)
	go func() {
		defer func() { <-c.turn }()
		defer cancel()
		fresh, err := c.mint(detached)
		if err != nil {
			done <- answer{err: err}
			return
		}
		if fresh.life <= 0 {
			fresh.life = shortLife
		}
		c.token, c.until = fresh.token, c.clock.Now().Add(fresh.life-early)
		done <- answer{token: fresh.token}
	}()
	select {
	case a := <-done:
		return a.token, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Vault is where the refresh token of one connection is kept, encrypted.
type Vault interface {
	// Refresh returns the refresh token as it is stored now.
	Refresh(ctx context.Context) (string, error)
	// Rotate stores next in place of old. It has to be durable once it returns.
	Rotate(ctx context.Context, old, next string) error
}

// settle waits until no token is being got, or until ctx is done, whose error it
// then returns.
func (c *cached) settle(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		<-c.turn
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Grant is the token source of a person who connected themselves.
type Grant struct {
	*cached
	oauth atomic.Pointer[OAuth]
	vault Vault

	unsaved string // a rotated refresh token that the vault failed to take
	over    string // what unsaved takes the place of
}

// Grant returns the token source of the connection whose refresh token is kept
// in vault.
func (o *OAuth) Grant(vault Vault) *Grant {
	g := &Grant{vault: vault}
	g.oauth.Store(o)
	g.cached = newCached(o.transport.Clock, g.refresh)
	return g
}

// Use makes o the client that refreshes from now on, as the configuration has
// another. What g holds stays: there is never a second source for its connection.
func (g *Grant) Use(o *OAuth) { g.oauth.Store(o) }

// Settle waits until no refresh is under way, so that a refresh token that a
// server has just rotated is stored. Whoever closes what is behind the vault calls
// it before. The error is that of ctx.
func (g *Grant) Settle(ctx context.Context) error { return g.settle(ctx) }

// mostRefreshes bounds how often a refresh begins again as another refresh token
// is stored each time.
const mostRefreshes = 3

// refresh gets an access token. A refresh token that comes with it is stored
// before the access token is used: from here on only the new one may be good.
func (g *Grant) refresh(ctx context.Context) (minted, error) {
	if g.unsaved != "" {
		if err := g.save(ctx, g.over, g.unsaved); err != nil && !errors.Is(err, errReplaced) {
			return minted{}, err
		}
	}
	stored, err := g.stored(ctx)
	if err != nil {
		return minted{}, err
	}
	for n := 1; ; n++ {
		fresh, err := g.spend(ctx, stored)
		if err == nil {
			return fresh, nil
		}
		if KindOf(err) != Auth && !errors.Is(err, errReplaced) || n == mostRefreshes {
			return minted{}, err
		}
		// The person may have connected again meanwhile.
		again, readErr := g.stored(ctx)
		if readErr != nil || again == stored {
			return minted{}, err
		}
		stored = again
	}
}

// spend gets an access token for a refresh token that was stored a moment ago.
func (g *Grant) spend(ctx context.Context, stored string) (minted, error) {
	fresh, next, err := g.oauth.Load().refresh(ctx, stored)
	if err == nil && next != "" && next != stored {
		err = g.save(ctx, stored, next)
	}
	if err != nil {
		return minted{}, err
	}
	return fresh, nil
}

func (g *Grant) stored(ctx context.Context) (string, error) {
	token, err := g.vault.Refresh(ctx)
	if err != nil {
		return "", vaultError("read the refresh token", err)
	}
	if token == "" {
		return "", newError("refresh access", 0, "invalid_grant")
	}
	return token, nil
}

// errReplaced says that the vault holds another refresh token by now than the one
// that was rotated.
var errReplaced = errors.New("the person has connected again")

// save stores next in place of old, or keeps it for the next refresh if that fails.
// Where another than old is stored by now, next is of a grant that was replaced:
// it is dropped, with errReplaced.
func (g *Grant) save(ctx context.Context, old, next string) error {
	const op = "store the rotated refresh token"
	err := g.vault.Rotate(ctx, old, next)
	if err != nil {
		if now, readErr := g.vault.Refresh(ctx); readErr != nil || now == old {
			g.over, g.unsaved = old, next
			return vaultError(op, err)
		}
		err = vaultError(op, errReplaced)
	}
	g.over, g.unsaved = "", ""
	return err
}

// vaultError tells of a failure of our own side, which another attempt within the
// same call would only repeat.
func vaultError(op string, err error) error {
	return &Error{Op: op, Kind: Transient, cause: err, settled: true}
}
