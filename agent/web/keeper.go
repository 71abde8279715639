package web

import (
	"context"
	"errors"
	"time"

	"unmeet/agent/secret"
	"unmeet/store"
)

// Keeper keeps what people granted: in the database, their refresh tokens sealed.
type Keeper struct {
	DB   *store.DB
	Keys *secret.File
	Now  func() time.Time
	// Saved is told of each person who was connected; nil: nobody is told.
	Saved func(ctx context.Context, kind, address string)
}

// ErrNoSecret says that a service gave no refresh token, and that none which works
// is kept: it has to be asked once more, with force.
var ErrNoSecret = errors.New("the service gave no refresh token, and none is kept")

// Save makes g the way in to the calendars of the person with its address, who
// takes part from then on. It returns [ErrNoSecret] if g has no secret and is
// needed.
func (k Keeper) Save(ctx context.Context, kind string, g Grant) error {
	if g.Enrols {
		return k.DB.Enrol(ctx, g.Address)
	}
	if g.Secret == "" {
		needed, err := k.Needs(ctx, kind, g.Address)
		if err != nil {
			return err
		}
		if needed {
			return ErrNoSecret
		}
		err = k.DB.Enrol(ctx, g.Address) // the connection is well as it is
		return k.told(ctx, kind, g.Address, err)
	}
	_, err := k.DB.Connect(ctx, k.Now(), store.NewConnection{
		Kind: kind, Owner: g.Address, Account: g.Account, Via: store.ByGrant, Scopes: g.Scopes, Remotes: g.Remotes,
		Seal: func(connection int64) ([]byte, string, error) {
			return k.Keys.Seal([]byte(g.Secret), connection, secret.RefreshToken)
		},
	})
	return k.told(ctx, kind, g.Address, err)
}

// told tells Saved, unless keeping failed with err, which it returns.
func (k Keeper) told(ctx context.Context, kind, address string, err error) error {
	if err == nil && k.Saved != nil {
		k.Saved(ctx, kind, address)
	}
	return err
}

// Needs reports whether a person has to be asked for a new secret: they never gave
// one, it does not work any longer, or it cannot be opened.
func (k Keeper) Needs(ctx context.Context, kind, address string) (bool, error) {
	c, err := k.DB.Connection(ctx, kind, address)
	if errors.Is(err, store.ErrNoConnection) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if c.State != store.Connected && c.State != store.Failing || c.Sealed == nil {
		return true, nil
	}
	_, err = k.Keys.Open(c.Sealed, c.ID, secret.RefreshToken)
	if errors.Is(err, secret.ErrNoKey) || errors.Is(err, secret.ErrDamaged) {
		return true, nil
	}
	return false, err
}
