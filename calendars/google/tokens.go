package google

import (
	"context"
	"time"
)

// TokenSource hands out access tokens for one connection. It is safe for
// concurrent use, and there is to be one of them for each connection: two would
// refresh side by side, and with a server that rotates refresh tokens the slower
// one would lose the grant. Errors are an [*Error].
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

// Grant is the token source of a person who connected themselves.
type Grant struct {
	*cached
	oauth *OAuth
	vault Vault

	unsaved string // a rotated refresh token that the vault failed to take
	over    string // what unsaved takes the place of
}

// Grant returns the token source of the connection whose refresh token is kept
// in vault.
func (o *OAuth) Grant(vault Vault) *Grant {
	g := &Grant{oauth: o, vault: vault}
	g.cached = newCached(o.transport.Clock, g.refresh)
	return g
}

// refresh gets an access token. A refresh token that comes with it is stored
// before the access token is used: from here on only the new one may be good.
func (g *Grant) refresh(ctx context.Context) (minted, error) {
	if g.unsaved != "" {
		if err := g.save(ctx, g.over, g.unsaved); err != nil {
			return minted{}, err
		}
	}
	stored, err := g.stored(ctx)
	if err != nil {
		return minted{}, err
	}
	fresh, next, err := g.oauth.refresh(ctx, stored)
	if KindOf(err) == Auth {
		// The person may have connected again meanwhile.
		again, readErr := g.stored(ctx)
		if readErr != nil || again == stored {
			return minted{}, err
		}
		stored = again
		fresh, next, err = g.oauth.refresh(ctx, stored)
	}
	if err != nil {
		return minted{}, err
	}
	if next != "" && next != stored {
		if err := g.save(ctx, stored, next); err != nil {
			return minted{}, err
		}
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

func (g *Grant) save(ctx context.Context, old, next string) error {
	if err := g.vault.Rotate(ctx, old, next); err != nil {
		g.over, g.unsaved = old, next
		return vaultError("store the rotated refresh token", err)
	}
	g.over, g.unsaved = "", ""
	return nil
}

// vaultError tells of a failure of our own side, which another attempt within the
// same call would only repeat.
func vaultError(op string, err error) error {
	return &Error{Op: op, Kind: Transient, cause: err, settled: true}
}
