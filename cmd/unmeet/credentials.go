package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"unmeet/agent/secret"
)

// The names under which systemd hands secrets over (LoadCredential=). One that is
// there takes the place of the file that the configuration names.
const (
	keyCredential        = "unmeet.key"
	clientCredential     = "google-secret"
	delegationCredential = "google-delegation-key"
	passwordCredential   = "mail-password"
	dkimCredential       = "dkim-key"
)

// credential returns where systemd put a credential, "" if it handed none over by
// this name.
func (a *app) credential(name string) string {
	folder := a.getenv("CREDENTIALS_DIRECTORY")
	if folder == "" {
		return ""
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// secretFile reads a secret: from a credential of systemd, else from the file that
// the configuration names, which nobody but its owner may read. It returns where
// that was.
func (a *app) secretFile(name, configured string) (path string, text []byte, err error) {
	if path = a.credential(name); path != "" {
		text, err = secret.Read(path, true)
		return path, text, err
	}
	folder := a.getenv("CREDENTIALS_DIRECTORY")
	handed := folder != "" && filepath.Dir(configured) == filepath.Clean(folder)
	text, err = secret.Read(configured, handed)
	return configured, text, hintedByMode(err, "")
}

// hintedByMode adds to err what is to be done about a secret that others may read,
// or otherwise.
func hintedByMode(err error, otherwise string) error {
	if refused, ok := errors.AsType[*secret.ModeError](err); ok {
		return hinted(err, refused.Hint())
	}
	if err == nil || otherwise == "" {
		return err
	}
	return hinted(err, otherwise)
}

// missing reports whether there is no file at path.
func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}
