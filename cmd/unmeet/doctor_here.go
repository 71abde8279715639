package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"unmeet/agent/text"
	"unmeet/store"
)

// checkConfig reads the configuration, and what else it takes to start with it.
func (k *checkup) checkConfig() (err error) {
	if k.config, err = k.loadConfig(); err != nil {
		return err
	}
	path := cmp.Or(k.app.config, defaultConfig)
	info, err := os.Stat(path)
	if err != nil { // the defaults
		k.say("configuration", dubious, "unmeet init writes one; --config names it", "there is none: all is as config.example.toml shows it")
		return nil
	}
	if _, err := k.engine(); err != nil {
		k.sayError("rules", err, "unmeet rules check FILE shows more")
	}
	if modesMatter && info.Mode().Perm()&0o022 != 0 {
		k.say("configuration", dubious, "chmod go-w "+path, "%s can be changed by others than its owner (mode %04o)", path, info.Mode().Perm())
		return nil
	}
	k.say("configuration", well, "", "%s", path)
	return nil
}

// checkSecrets reads the key and the files with secrets that the configuration names.
func (k *checkup) checkSecrets() {
	path := keyPath(k.app, k.config)
	switch _, err := k.loadKeys(k.config); {
	case errors.Is(err, fs.ErrNotExist):
		k.say("key", dubious, "it is made with the first connection, or by unmeet key new", "there is no %s yet", path)
	case err != nil:
		k.sayError("key", err, "")
	default:
		k.say("key", well, "", "%s", path)
	}
	bad := false
	secrets := 0
	for _, s := range []struct{ credential, path, key string }{
		{clientCredential, k.Google.ClientSecretFile, "google.client_secret_file"},
		{delegationCredential, k.Google.Delegation.KeyFile, "google.delegation.key_file"},
		{passwordCredential, k.Mail.PasswordFile, "mail.password_file"},
		{dkimCredential, k.Mail.DKIMKeyFile, "mail.dkim_key_file"},
	} {
		if s.path == "" {
			continue
		}
		secrets++
		if _, text, err := k.secretFile(s.credential, s.path); err != nil {
			bad = true
			k.sayError("secrets", err, s.key+" names the file")
		} else if len(strings.TrimSpace(string(text))) == 0 {
			bad = true
			k.say("secrets", ill, s.key+" names a file with the secret and nothing else", "%s is empty", s.path)
		}
	}
	if !bad && secrets > 0 {
		k.say("secrets", well, "", "%s, which nobody but the owner can read", text.Count(secrets, "file"))
	}
}

// checkDaemon sees whether a daemon runs: it holds a lock.
func (k *checkup) checkDaemon() {
	lockFile := k.Database.URL + ".lock"
	if missing(lockFile) {
		k.say("daemon", dubious, "unmeet run starts it", "none has run on this database yet")
		return
	}
	file, err := os.OpenFile(lockFile, os.O_RDWR, 0)
	if err != nil {
		k.sayError("daemon", err, databaseHint)
		return
	}
	defer file.Close()
	if err := lock(file); errors.Is(err, errHeld) {
		k.running = true
		by, _ := os.ReadFile(lockFile)
		k.say("daemon", well, "", "runs: %s (host/process)", strings.TrimSpace(string(by)))
		return
	}
	k.say("daemon", dubious, "unmeet run starts it; its log says why it ended", "none runs")
}

// openToOthers reports whether others than its owner can read a file, or change it.
func openToOthers(info fs.FileInfo) bool { return modesMatter && info.Mode().Perm()&0o077 != 0 }

// checkDatabase reads the database through, and says what keeps unmeet from work.
func (k *checkup) checkDatabase() {
	path := k.Database.URL
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if folder := filepath.Dir(path); missing(folder) {
			k.say("database", ill, databaseHint, "the folder %s of database.url is not there", folder)
			return
		}
		k.say("database", dubious, "connecting a calendar begins one: "+howToConnect, "there is no %s yet", path)
		return
	}
	if err == nil && openToOthers(info) {
		k.say("database", ill, "chmod 600 "+path, "%s can be read by others than its owner (mode %04o)", path, info.Mode().Perm())
	}
	k.unread = true
	found, err := store.Examine(k.ctx, path)
	if err != nil {
		k.sayError("database", aboutDatabase(err, databaseHint), "")
		return
	}
	if found.Version < found.Head {
		k.say("database", dubious, "back it up; the next start brings it up to date, and older versions of unmeet then refuse it", "%s is whole, of schema %d, and this version knows %d", path, found.Version, found.Head)
		return
	}
	k.say("database", well, "", "%s is whole: %s, schema %d", path, size(found.Bytes), found.Version)
	db, err := store.Open(k.ctx, path)
	if err != nil {
		k.sayError("database", err, databaseHint)
		return
	}
	defer db.Close()
	if lacking, err := k.lackingKeys(k.config, db); err == nil && len(lacking) > 0 {
		k.say("key", ill, k.lostHint(k.config), "what lets unmeet in to calendars was sealed with a key that is not there (%s)", strings.Join(lacking, ", "))
	}
	if p, paused, err := db.Paused(k.ctx); err == nil && paused {
		k.say("paused", dubious, "unmeet resume", "%s", saidOf(p))
	}
	if refused, err := db.SendingPaused(k.ctx); err == nil && refused.Why != "" {
		k.say("mail", dubious, "mend that, then unmeet resume", "no mail leaves since %s: %s", refused.Since.UTC().Format("2 January 2006 at 15:04 MST"), refused.Why)
	}
	if k.conns, err = db.Connections(k.ctx); err != nil {
		k.sayError("calendars", err, "")
		return
	}
	k.unread = false
	k.checkAssistants(db)
	k.conns = slices.DeleteFunc(k.conns, func(c store.Connection) bool { return c.State == "" || c.State == store.Disconnected })
	failing := 0
	for _, c := range k.conns {
		if c.State != store.Connected {
			failing++
		}
	}
	switch {
	case failing > 0:
		k.say("calendars", dubious, "unmeet people --failing tells whose, why, and what to do", "%d of %s cannot be read", failing, text.Count(len(k.conns), "calendar"))
	case len(k.conns) > 0:
		k.say("calendars", well, "", "%s, all of them read", text.Count(len(k.conns), "calendar"))
	}
}

// checkAssistants tells of those who are named and answer for nobody.
func (k *checkup) checkAssistants(db *store.DB) {
	idle, err := k.idleAssistants(k.ctx, db)
	if err != nil {
		k.sayError("assistants", err, "")
	}
	for _, who := range idle {
		said, hint := ofIdle(who)
		k.say("assistants", dubious, hint, "%s", said)
	}
}

// Room on the disk, beside what the database takes: less than the first is no room to
// work, less than the second none for long.
const (
	noRoom     = 64 << 20
	littleRoom = 1 << 30
)

// checkDisk looks for room, for the database and for its next backup.
func (k *checkup) checkDisk() {
	folder := filepath.Dir(k.Database.URL)
	free, ok := freeSpace(folder)
	if !ok {
		return
	}
	var taken int64
	if info, err := os.Stat(k.Database.URL); err == nil {
		taken = info.Size()
	}
	state, hint := well, ""
	switch {
	case free < noRoom:
		state, hint = ill, "make room: without it nothing can be written down, and so nothing is done"
	case free < littleRoom || free < 2*taken:
		state, hint = dubious, "a backup takes as much room as the database ("+size(taken)+") beside it while it is made"
	}
	k.say("disk", state, hint, "%s free for %s", size(free), folder)
}

// checkDoubts says what of the configuration will not work.
func (k *checkup) checkDoubts() {
	for _, d := range k.doubts(k.config, k.unread || len(k.conns) > 0) {
		k.say("configuration", dubious, d.hint, "%s", d.what)
	}
}
