package secret

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	keySize = 32
	idSize  = 8 // hex digits
)

// File is a key file: text with one key a line, an id and 32 bytes in base64, the
// newest first; lines that begin with # are for people. It is read anew at each
// use, so that a rotated key is in use at once.
type File struct {
	path string
	// guarded says that the folder keeps others out, whatever the mode says:
	// systemd shows the right it gives to a service's user as one of the group.
	guarded bool
}

type key struct {
	id     string
	secret []byte
}

// A ModeError says that others may read a file with a secret.
type ModeError struct {
	Path string
	Mode fs.FileMode
}

func (e *ModeError) Error() string {
	return fmt.Sprintf("%s can be read by others than its owner (mode %04o)", e.Path, e.Mode.Perm())
}

// Hint says what to do about it.
func (e *ModeError) Hint() string { return "chmod 600 " + e.Path }

// Load checks the key file at path. It refuses one that others may read with a
// [*ModeError]; one that is not there is an [fs.ErrNotExist].
func Load(path string) (*File, error) {
	f := &File{path: path}
	if _, err := f.read(); err != nil {
		return nil, err
	}
	return f, nil
}

// LoadCredential checks the key file at path, which systemd handed to this service
// (LoadCredential=) in a folder of its own.
func LoadCredential(path string) (*File, error) {
	f := &File{path: path, guarded: true}
	if _, err := f.read(); err != nil {
		return nil, err
	}
	return f, nil
}

// New makes a key file at path with one key, for its owner alone, and returns the
// key's id. A file that is there already is left alone: an [fs.ErrExist].
func New(path string) (id string, err error) {
	k := newKey()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("new key: %w", err)
	}
	_, err = f.Write(format([]key{k}))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("new key: %w", errors.Join(err, os.Remove(path)))
	}
	return k.id, nil
}

// Rotate adds a new key, which seals from now on, and returns its id. Of the
// older ones it keeps those that are needed, and the last: another process may be
// sealing with it this moment.
func (f *File) Rotate(needed []string) (id string, err error) {
	keys, err := f.read()
	if err != nil {
		return "", fmt.Errorf("rotate key: %w", err)
	}
	next := []key{newKey(), keys[0]}
	for _, k := range keys[1:] {
		if slices.Contains(needed, k.id) {
			next = append(next, k)
		}
	}
	if err := replace(f.path, format(next)); err != nil {
		return "", fmt.Errorf("rotate key: %w", err)
	}
	return next[0].id, nil
}

// replace writes a file anew in one step: at any moment it holds the old text or
// the new.
func replace(path string, text []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".unmeet-key-*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

func newKey() key {
	random := make([]byte, idSize/2+keySize)
	rand.Read(random) // never fails
	return key{hex.EncodeToString(random[:idSize/2]), random[idSize/2:]}
}

func format(keys []key) []byte {
	var b bytes.Buffer
	b.WriteString("# Keys of unmeet, the newest first. Whoever has this file and the database can\n" +
		"# read people's calendars: keep it apart from backups of the database.\n")
	for _, k := range keys {
		fmt.Fprintf(&b, "%s %s\n", k.id, base64.StdEncoding.EncodeToString(k.secret))
	}
	return b.Bytes()
}

// read reads the keys; there is at least one. Errors show nothing of them.
func (f *File) read() ([]key, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if !f.guarded && othersMayRead(info) {
		return nil, &ModeError{f.path, info.Mode()}
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	var keys []key
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, encoded, _ := strings.Cut(line, " ")
		secret, err := base64.StdEncoding.DecodeString(encoded)
		if _, hexErr := hex.DecodeString(id); err != nil || hexErr != nil || len(id) != idSize || len(secret) != keySize {
			return nil, fmt.Errorf("key file %s:%d: this is no key", f.path, n)
		}
		keys = append(keys, key{id, secret})
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("key file %s holds no key", f.path)
	}
	return keys, nil
}

// Read returns what a file with a secret holds, such as a password. It refuses one
// that others may read with a [*ModeError], unless its folder keeps others out
// (guarded), as those do that systemd hands credentials over in.
func Read(path string, guarded bool) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !guarded && othersMayRead(info) {
		return nil, &ModeError{path, info.Mode()}
	}
	return os.ReadFile(path)
}

// Lacks returns those of the given keys' ids that the file does not hold, in order.
func (f *File) Lacks(ids []string) (lacking []string, err error) {
	keys, err := f.read()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(keys, func(k key) bool { return k.id == id }) {
			lacking = append(lacking, id)
		}
	}
	return lacking, nil
}
