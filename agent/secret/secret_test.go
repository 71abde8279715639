package secret

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// file makes a key file with one key.
func file(t *testing.T) (*File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "unmeet.key")
	id, err := New(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return f, id
}

func seal(t *testing.T, f *File, plain string) []byte {
	t.Helper()
	sealed, _, err := f.Seal([]byte(plain), 7, RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSealAndOpen(t *testing.T) {
	f, id := file(t)
	for _, plain := range []string{"", "a token", strings.Repeat("long ", 1000)} {
		sealed, by, err := f.Seal([]byte(plain), 7, RefreshToken)
		if err != nil || by != id || KeyID(sealed) != id {
			t.Fatalf("sealed by %q, marked with %q, %v; want %q", by, KeyID(sealed), err, id)
		}
		if plain != "" && bytes.Contains(sealed, []byte(plain)) {
			t.Error("the secret can be read")
		}
		if bytes.Equal(sealed, seal(t, f, plain)) {
			t.Error("the same secret is sealed the same twice")
		}
		if got, err := f.Open(sealed, 7, RefreshToken); err != nil || string(got) != plain {
			t.Errorf("opened %q, %v", got, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	f, _ := file(t)
	other, _ := file(t)
	sealed := seal(t, f, "a token")
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)-1] ^= 1
	for _, c := range []struct {
		name       string
		f          *File
		sealed     []byte
		connection int64
		purpose    Purpose
		want       error
	}{
		{"another connection", f, sealed, 8, RefreshToken, ErrDamaged},
		{"another purpose", f, sealed, 7, Attempt, ErrDamaged},
		{"another key file", other, sealed, 7, RefreshToken, ErrNoKey},
		{"a bit flipped", f, flipped, 7, RefreshToken, ErrDamaged},
		{"cut short", f, sealed[:len(sealed)-1], 7, RefreshToken, ErrDamaged},
		{"the key's id alone", f, sealed[:idSize], 7, RefreshToken, ErrDamaged},
		{"less than that", f, sealed[:3], 7, RefreshToken, ErrDamaged},
		{"nothing", f, nil, 7, RefreshToken, ErrDamaged},
	} {
		if plain, err := c.f.Open(c.sealed, c.connection, c.purpose); !errors.Is(err, c.want) || plain != nil {
			t.Errorf("%s: opened %q, %v; want %v", c.name, plain, err, c.want)
		}
	}
}

func TestRotate(t *testing.T) {
	f, first := file(t)
	old := seal(t, f, "old")
	second, err := f.Rotate([]string{first})
	if err != nil || second == first {
		t.Fatalf("the new key is %q, %v", second, err)
	}
	if got, err := f.Open(old, 7, RefreshToken); err != nil || string(got) != "old" {
		t.Errorf("what the old key sealed: %q, %v", got, err)
	}
	if id := KeyID(seal(t, f, "new")); id != second {
		t.Errorf("sealed by %s, not by the new key %s", id, second)
	}
	if _, err := f.Rotate([]string{second}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Open(old, 7, RefreshToken); !errors.Is(err, ErrNoKey) {
		t.Errorf("a key that nothing needs is kept: %v", err)
	}
	if info, err := os.Stat(f.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(f.path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	write := func(text string, mode fs.FileMode) string {
		path := filepath.Join(t.TempDir(), "unmeet.key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := string(format([]key{newKey()}))
	for name, path := range map[string]string{
		"no key":     write("# only a comment\n", 0o600),
		"short key":  write("0123abcd c2hvcnQ=\n", 0o600),
		"bad id":     write(strings.Replace(good, "\n", "\nxxxxxxxx ", 2), 0o600),
		"some prose": write("these are no keys at all\n", 0o600),
	} {
		if _, err := Load(path); err == nil || strings.Contains(err.Error(), "c2hvcnQ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620} {
		path := write(good, mode)
		_, err := Load(path)
		if refused, ok := errors.AsType[*ModeError](err); !ok || refused.Hint() != "chmod 600 "+path {
			t.Errorf("mode %o: %v", mode, err)
		}
		if _, err := LoadCredential(path); err != nil {
			t.Errorf("mode %o, as a credential: %v", mode, err)
		}
	}
}

func TestNewLeavesAFileAlone(t *testing.T) {
	f, _ := file(t)
	before := seal(t, f, "kept")
	if _, err := New(f.path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v", err)
	}
	if _, err := f.Open(before, 7, RefreshToken); err != nil {
		t.Error(err)
	}
}

func TestProve(t *testing.T) {
	f, _ := file(t)
	other, _ := file(t)
	prove := func(f *File, challenge string) string {
		code, err := f.Prove(challenge)
		if err != nil || len(code) != 64 {
			t.Fatal(code, err)
		}
		return code
	}
	if one := prove(f, "a"); one != prove(f, "a") || one == prove(f, "b") || one == prove(other, "a") {
		t.Error("a proof is not of its key and challenge alone")
	}
}
