package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"unmeet/agent/secret"
	"unmeet/agent/web"
	"unmeet/store"
)

// openDatabase opens the daemon's database, or makes it.
func (a *app) openDatabase(c config) (*store.DB, error) {
	db, err := store.Open(a.ctx, c.Database.URL)
	if errors.Is(err, store.ErrForeign) || errors.Is(err, store.ErrNewer) {
		return nil, hinted(err, "database.url names the file")
	}
	return db, err
}

// credential is the name under which systemd hands a key over.
const credential = "unmeet.key"

// keyFile returns where the key is: where UNMEET_KEY_FILE says, else a systemd
// credential, else where the configuration says.
func (a *app) keyFile(c config) (path string, handed bool) {
	if named := a.getenv("UNMEET_KEY_FILE"); named != "" {
		return named, false
	}
	if folder := a.getenv("CREDENTIALS_DIRECTORY"); folder != "" {
		path := filepath.Join(folder, credential)
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
	}
	return c.Secrets.KeyFile, false
}

// loadKeys opens the key file that there is.
func (a *app) loadKeys(c config) (*secret.File, error) {
	path, handed := a.keyFile(c)
	load := secret.Load
	if handed {
		load = secret.LoadCredential
	}
	keys, err := load(path)
	if refused, ok := errors.AsType[*secret.ModeError](err); ok {
		return nil, hinted(err, refused.Hint())
	}
	return keys, err
}

// keys opens the key file. One that is not there is made, unless something in db
// was sealed already: then it is lost, and must not be replaced in silence.
func (a *app) keys(c config, db *store.DB) (*secret.File, error) {
	keys, err := a.loadKeys(c)
	if errors.Is(err, fs.ErrNotExist) {
		path, _ := a.keyFile(c)
		used, err := db.KeysInUse(a.ctx)
		if err != nil {
			return nil, err
		}
		if len(used) > 0 {
			return nil, hinted(fmt.Errorf("the key file %s is not there, but there are secrets that it sealed", path),
				"bring it back from a backup, or name it with UNMEET_KEY_FILE; without it, everybody has to connect again")
		}
		if _, err := secret.New(path); err != nil {
			return nil, err
		}
		fmt.Fprintf(a.stderr, "made %s: back it up, apart from the database\n", path)
		return secret.Load(path)
	}
	return keys, err
}

// keeper opens what granted access is kept in. done closes it.
func (a *app) keeper(c config) (keep web.Keeper, done func(), err error) {
	db, err := a.openDatabase(c)
	if err != nil {
		return keep, nil, err
	}
	keys, err := a.keys(c, db)
	if err != nil {
		return keep, nil, errors.Join(err, db.Close())
	}
	return web.Keeper{DB: db, Keys: keys, Now: a.now}, func() { db.Close() }, nil
}
