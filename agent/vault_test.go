package agent

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"unmeet/agent/secret"
	"unmeet/store"
)

func TestVault(t *testing.T) {
	b := newBench(t, 1) // p0 has no secret
	defer b.DB.Close()
	path := filepath.Join(t.TempDir(), "unmeet.key")
	if _, err := secret.New(path); err != nil {
		t.Fatal(err)
	}
	keys, err := secret.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	none := Vault{b.DB, keys, b.of("p0@kite.example").ID}
	if token, err := none.Refresh(t.Context()); token != "" || err != nil {
		t.Errorf("without a secret: %q, %v", token, err)
	}
	id, err := b.DB.Connect(t.Context(), time.Now(), store.NewConnection{
		Kind: "google", Owner: "p9@kite.example", Via: store.ByGrant,
		Seal: func(id int64) ([]byte, string, error) { return keys.Seal([]byte("first"), id, secret.RefreshToken) },
	})
	if err != nil {
		t.Fatal(err)
	}
	v := Vault{b.DB, keys, id}
	holds := func(want string) {
		t.Helper()
		if got, err := v.Refresh(t.Context()); got != want || err != nil {
			t.Errorf("the vault holds %q, %v; want %q", got, err, want)
		}
	}
	holds("first")
	if err := v.Rotate(t.Context(), "first", "second"); err != nil {
		t.Fatal(err)
	}
	holds("second")
	if err := v.Rotate(t.Context(), "first", "stale"); !errors.Is(err, store.ErrSecretChanged) {
		t.Errorf("a rotation that comes late: %v", err)
	}

	used, err := b.DB.KeysInUse(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	newest, err := keys.Rotate(used)
	if err != nil {
		t.Fatal(err)
	}
	holds("second")
	for range 2 {
		if err := v.Reseal(t.Context(), newest); err != nil {
			t.Fatal(err)
		}
	}
	holds("second")
	if sealed, err := b.DB.Secret(t.Context(), id); err != nil || secret.KeyID(sealed) != newest {
		t.Errorf("sealed by %s, %v; want %s", secret.KeyID(sealed), err, newest)
	}
	if err := none.Reseal(t.Context(), newest); err != nil {
		t.Errorf("nothing to seal: %v", err)
	}
	// A secret that was moved to another's row opens for nobody.
	stolen, err := b.DB.Secret(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	other, err := b.DB.Connect(t.Context(), time.Now(), store.NewConnection{
		Kind: "google", Owner: "p8@kite.example", Via: store.ByGrant,
		Seal: func(int64) ([]byte, string, error) { return stolen, newest, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if token, err := (Vault{b.DB, keys, other}).Refresh(t.Context()); token != "" || !errors.Is(err, secret.ErrDamaged) {
		t.Errorf("stolen: %q, %v", token, err)
	}
}
