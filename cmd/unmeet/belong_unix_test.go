//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package main

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"unmeet/agent/secret"
)

// TestWhatRootMakesBelongsToTheDaemon restores and locks as root in the folder of
// somebody else, who has to be able to open both.
func TestWhatRootMakesBelongsToTheDaemon(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const daemon = 61234
	folder := t.TempDir()
	if err := os.Chown(folder, daemon, daemon); err != nil {
		t.Skip("this root cannot give files away: ", err)
	}
	a := &app{ctx: t.Context(), now: time.Now}
	var c config
	c.Database.URL = filepath.Join(folder, "unmeet.db")
	done, err := a.alone(c)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	unpacked := filepath.Join(t.TempDir(), "unpacked")
	if err := os.WriteFile(unpacked, []byte("a backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.takePlace(unpacked, c.Database.URL); err != nil {
		t.Fatal(err)
	}
	a.getenv, a.stderr = func(string) string { return "" }, io.Discard
	c.Secrets.KeyFile = filepath.Join(t.TempDir(), "unmeet.key") // in a folder that is root's
	copied := filepath.Join(t.TempDir(), "copied")
	if _, err := secret.New(copied); err != nil {
		t.Fatal(err)
	}
	if err := (&restoreCmd{KeyFrom: copied}).putKeyBack(a, c, opener{app: a}, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{c.Database.URL, c.Database.URL + ".lock", c.Secrets.KeyFile} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != daemon || owner.Gid != daemon {
			t.Errorf("%s belongs to %d:%d", path, owner.Uid, owner.Gid)
		}
	}
}
