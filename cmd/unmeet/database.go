package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"unmeet/agent/secret"
	"unmeet/agent/web"
	"unmeet/store"
)

// damagedHint is what to do about a file that is no whole database any more.
const damagedHint = "stop unmeet, and put the last backup in its place: unmeet restore --replace FILE, which moves the damaged file aside and removes nothing; without a backup, move it away, with those beside it that end in -wal and -shm, and everybody connects again"

const databaseHint = "database.url names the file, in a folder that is there and that you may write to"

const noRoomHint = "make room on the disk that database.url is on, then run this again; until then, nothing can be paused, and stopping unmeet run (systemctl stop unmeet) stops mails and writing"

// nextToNothing is how many free bytes are too few to open a database.
const nextToNothing = 1 << 20

// configured returns the configuration, and the database that it names as open
// opens it.
func (a *app) configured(open func(config) (*store.DB, error)) (config, *store.DB, error) {
	c, err := a.loadConfig()
	if err != nil {
		return c, nil, err
	}
	db, err := open(c)
	if err != nil {
		return c, nil, err
	}
	if c, err = c.knowing(a.ctx, db); err != nil {
		return c, nil, errors.Join(err, db.Close())
	}
	return c, db, nil
}

// openDatabase opens the daemon's database, or makes it.
func (a *app) openDatabase(c config) (*store.DB, error) {
	db, err := store.Open(a.ctx, c.Database.URL)
	switch {
	case diskFull(err, filepath.Dir(c.Database.URL)):
		return nil, hinted(fmt.Errorf("there is no room on the disk: %w", err), noRoomHint)
	case errors.Is(err, store.ErrNewer):
		return nil, hinted(err, "install that version of unmeet, or a newer one; database.url names the file")
	case errors.Is(err, store.ErrForeign):
		return nil, hinted(err, "database.url names the file")
	case store.IsDamaged(err):
		return nil, hinted(err, damagedHint)
	case err != nil:
		return nil, hinted(err, databaseHint)
	}
	return db, nil
}

// diskFull reports whether err comes of a full disk, that of folder.
func diskFull(err error, folder string) bool {
	if store.IsFull(err) {
		return true
	}
	free, known := freeSpace(folder)
	return store.IsIO(err) && known && free < nextToNothing
}

// openKnown opens the daemon's database, and makes none: it is an
// [fs.ErrNotExist] where nothing was ever connected.
func (a *app) openKnown(c config) (*store.DB, error) {
	if missing(c.Database.URL) {
		return nil, fmt.Errorf("database %s: %w", c.Database.URL, fs.ErrNotExist)
	}
	return a.openDatabase(c)
}

// openBegun opens a database that has to be there.
func (a *app) openBegun(c config) (*store.DB, error) {
	db, err := a.openKnown(c)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nothing("connecting a calendar begins one ("+howToConnect+"); database.url names it", "there is no database %s", c.Database.URL)
	}
	return db, err
}

// keyFile returns where the key is: where UNMEET_KEY_FILE says, else a systemd
// credential, else where the configuration says.
func (a *app) keyFile(c config) (path string, handed bool) {
	if named := a.getenv("UNMEET_KEY_FILE"); named != "" {
		return named, false
	}
	if path := a.credential(keyCredential); path != "" {
		return path, true
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
	hint := ""
	if _, unread := errors.AsType[*fs.PathError](err); !unread { // it was read, and is no key file
		hint = "bring it back from a backup, or name another with UNMEET_KEY_FILE; if the key is lost for good, move this file away: unmeet key new --lost makes another, and everybody connects again"
	}
	return keys, hintedByMode(err, hint)
}

// newKeys makes the key file at path.
func newKeys(path string) (id string, err error) {
	id, err = secret.New(path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return "", hinted(err, "secrets.key_file (or UNMEET_KEY_FILE) names the file, in a folder that is there and that you may write to")
	}
	return id, err
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
				"bring it back from a backup, or name it with UNMEET_KEY_FILE; without it, everybody has to connect again, after unmeet key new --lost")
		}
		if _, err := newKeys(path); err != nil {
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
