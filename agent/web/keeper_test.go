package web

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"unmeet/agent/secret"
	"unmeet/store"
)

// TestNeeds tells who has to be asked for a new secret.
func TestNeeds(t *testing.T) {
	b := newBench(t, public)
	needs := func(what string, want bool) {
		t.Helper()
		got, err := b.keep.Needs(t.Context(), "acme", ann.Address)
		if err != nil || got != want {
			t.Errorf("%s: %t, %v", what, got, err)
		}
	}
	lease := func() store.Lease {
		t.Helper()
		taken, err := b.db.TakeDue(t.Context(), b.clock.Add(time.Hour), "me", time.Minute, 1)
		if err != nil || len(taken) != 1 {
			t.Fatalf("%d due, %v", len(taken), err)
		}
		return taken[0].Lease
	}
	save := func(g Grant) {
		t.Helper()
		if err := b.keep.Save(t.Context(), "acme", g); err != nil {
			t.Fatal(err)
		}
	}
	needs("nobody", true)
	save(ann)
	needs("connected", false)
	save(Grant{Address: ann.Address}) // the service thinks that we have one, and is right
	if got := b.refresh(ann.Address); got != ann.Secret {
		t.Errorf("kept %q", got)
	}
	if err := b.db.Failed(t.Context(), lease(), store.Trouble{Why: "down"}, b.clock, b.clock); err != nil {
		t.Fatal(err)
	}
	needs("failing", false)
	if err := b.db.Failed(t.Context(), lease(), store.Trouble{Why: "revoked", Pause: true}, b.clock, b.clock); err != nil {
		t.Fatal(err)
	}
	needs("paused", true)
	save(ann)
	needs("connected again", false)

	kept := b.keep.Keys
	other := filepath.Join(t.TempDir(), "other.key")
	if _, err := secret.New(other); err != nil {
		t.Fatal(err)
	}
	var err error
	if b.keep.Keys, err = secret.Load(other); err != nil {
		t.Fatal(err)
	}
	needs("another key file", true)
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	if _, err := b.keep.Needs(t.Context(), "acme", ann.Address); err == nil {
		t.Error("no key file at all, and no error")
	}
	b.keep.Keys = kept

	if err := b.db.Disconnect(t.Context(), b.clock, "acme", ann.Address); err != nil {
		t.Fatal(err)
	}
	needs("disconnected", true)
	_, err = b.db.Connect(t.Context(), b.clock, store.NewConnection{Kind: "acme", Owner: ann.Address, Via: store.ByDelegation, Remotes: []string{"primary"}})
	if err != nil {
		t.Fatal(err)
	}
	needs("delegated", true)
}

// TestSavedIsTold: of whoever was connected, and of nobody else.
func TestSavedIsTold(t *testing.T) {
	b := newBench(t, public)
	var told []string
	b.keep.Saved = func(_ context.Context, kind, address string) { told = append(told, kind+" "+address) }
	if err := b.keep.Save(t.Context(), "acme", Grant{Address: ann.Address}); !errors.Is(err, ErrNoSecret) || told != nil {
		t.Errorf("without a secret: %v, told of %q", err, told)
	}
	for _, g := range []Grant{ann, {Address: ann.Address}} {
		if err := b.keep.Save(t.Context(), "acme", g); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"acme " + ann.Address, "acme " + ann.Address}; !slices.Equal(told, want) {
		t.Errorf("told of %q, want %q", told, want)
	}
}
