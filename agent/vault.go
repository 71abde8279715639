package agent

import (
	"context"
	"errors"
	"fmt"

	"unmeet/agent/secret"
	"unmeet/store"
)

// Vault keeps the refresh token of one connection: sealed, in the store.
type Vault struct {
	DB         *store.DB
	Keys       *secret.File
	Connection int64
}

// Refresh returns the refresh token as it is stored now, "" if there is none.
func (v Vault) Refresh(ctx context.Context) (string, error) {
	_, token, err := v.open(ctx)
	return token, err
}

// Rotate puts next in place of old, durably. It is a [store.ErrSecretChanged] if
// another token than old is stored by now.
func (v Vault) Rotate(ctx context.Context, old, next string) error {
	for {
		sealed, token, err := v.open(ctx)
		if err != nil {
			return err
		}
		if token != old {
			return fmt.Errorf("rotate the token of connection %d: %w", v.Connection, store.ErrSecretChanged)
		}
		// The same token may just have been sealed with another key.
		if err := v.seal(ctx, sealed, next); !errors.Is(err, store.ErrSecretChanged) {
			return err
		}
	}
}

// Reseal seals the token with the newest key, if it is not.
func (v Vault) Reseal(ctx context.Context, newest string) error {
	for {
		sealed, token, err := v.open(ctx)
		if err != nil || sealed == nil || secret.KeyID(sealed) == newest {
			return err
		}
		if err := v.seal(ctx, sealed, token); !errors.Is(err, store.ErrSecretChanged) {
			return err
		}
	}
}

func (v Vault) open(ctx context.Context) (sealed []byte, token string, err error) {
	sealed, err = v.DB.Secret(ctx, v.Connection)
	if err != nil || sealed == nil {
		return nil, "", err
	}
	plain, err := v.Keys.Open(sealed, v.Connection, secret.RefreshToken)
	if err != nil {
		return nil, "", fmt.Errorf("token of connection %d: %w", v.Connection, err)
	}
	return sealed, string(plain), nil
}

func (v Vault) seal(ctx context.Context, old []byte, token string) error {
	sealed, key, err := v.Keys.Seal([]byte(token), v.Connection, secret.RefreshToken)
	if err != nil {
		return fmt.Errorf("token of connection %d: %w", v.Connection, err)
	}
	return v.DB.ReplaceSecret(ctx, v.Connection, old, sealed, key)
}
