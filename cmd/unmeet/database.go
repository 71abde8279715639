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
func (a *app) keyFile(c config) string {
	if named := a.getenv("UNMEET_KEY_FILE"); named != "" {
		return named
	}
	if folder := a.getenv("CREDENTIALS_DIRECTORY"); folder != "" {
		handed := filepath.Join(folder, credential)
		if _, err := os.Stat(handed); err == nil {
			return handed
		}
	}
	return c.Secrets.KeyFile
}

// keys opens the key file. One that is not there is made, unless something in db
// was sealed already: then it is lost, and must not be replaced in silence.
func (a *app) keys(c config, db *store.DB) (*secret.File, error) {
	path := a.keyFile(c)
	keys, err := secret.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
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
	var mode *secret.ModeError
	if errors.As(err, &mode) {
		return nil, hinted(err, mode.Hint())
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
