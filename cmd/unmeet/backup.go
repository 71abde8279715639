package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/term"

	"unmeet/agent/secret"
	"unmeet/store"
)

// backupCmd copies the database.
type backupCmd struct {
	File           string   `arg:"" help:"File to make, or - for standard output."`
	Encrypt        bool     `help:"Encrypt it with a passphrase that you are asked for, unless --passphrase-file holds one or --recipient names who can read it."`
	Recipient      []string `short:"r" sep:"none" placeholder:"AGE1…" help:"Encrypt it for whoever has the private half of this key (age-keygen makes such); may be repeated."`
	PassphraseFile string   `placeholder:"FILE" help:"Encrypt it with the passphrase in this file, which only you may read."`
	KeyTo          string   `placeholder:"FILE" help:"Copy the key to this file, too, encrypted likewise. Keep the two apart."`
}

// Help says what is in a backup, and what is not.
func (backupCmd) Help() string {
	return `Copies the database as it is at one moment; a running daemon goes on writing meanwhile. The copy is read through before it counts as made, and a file that is there is never overwritten.

    unmeet backup unmeet-$(date +%F).db
    unmeet backup --recipient age1… /mnt/backups/unmeet-$(date +%F).age
    unmeet backup --recipient age1… - | ssh vault 'cat > unmeet.age'

It holds what is known of people's calendars, so encrypt it, unless where it goes is as safe as where it comes from. It does not hold the key that opens refresh tokens: back that up once, and apart (--key-to), and again after unmeet key rotate. Whoever has both can read people's calendars.

Encrypted backups are files of age (https://age-encryption.org): unmeet restore reads them, and so does age itself. What is not encrypted is a database of SQLite.`
}

// Run makes a copy beside the database, and from that the backup: where the backup
// goes, nothing lies unencrypted that should not.
func (cmd *backupCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	if missing(c.Database.URL) {
		return nothing("database.url names it", "there is no database %s", c.Database.URL)
	}
	seal, err := cmd.sealer(a)
	if err != nil {
		return err
	}
	key, err := cmd.key(a, c)
	if err != nil {
		return err
	}
	for _, to := range []string{cmd.File, cmd.KeyTo} { // before there is work to lose
		if to != "" && to != "-" && !missing(to) {
			return thereAlready(to)
		}
	}
	folder, err := copyFolder(c.Database.URL, "backup")
	if err != nil {
		return hinted(fmt.Errorf("beside the database: %w", err), "a copy is made there first; it takes as much room as the database")
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "copy.db")
	if err := store.Backup(a.ctx, c.Database.URL, path, a.now()); err != nil {
		return aboutDatabase(err, roomHint)
	}
	found, err := store.Examine(a.ctx, path)
	if err != nil {
		return aboutDatabase(err, roomHint)
	}
	made, err := os.Open(path)
	if err != nil {
		return err
	}
	defer made.Close()
	if err := a.keep(cmd.File, made, seal); err != nil {
		return err
	}
	if cmd.KeyTo != "" {
		if err := a.keep(cmd.KeyTo, bytes.NewReader(key), seal); err != nil {
			return err
		}
	}
	how := "not encrypted: whoever reads it sees what is known of people's calendars"
	if seal != nil {
		how = "encrypted"
	}
	a.note("backed up %s (%s, schema %d; %s)", c.Database.URL, size(found.Bytes), found.Version, how)
	switch {
	case cmd.KeyTo != "" && seal == nil:
		a.note("the key is in %s, not encrypted either; keep it apart from the backup: whoever has both can read people's calendars", cmd.KeyTo)
	case cmd.KeyTo != "":
		a.note("the key is in %s; keep it apart from the backup", cmd.KeyTo)
	default:
		a.note("the key is not in it: %s is backed up by itself, once, and after unmeet key rotate", keyPath(a, c))
	}
	return nil
}

// staleAfter is when nobody makes a copy in a folder any more.
const staleAfter = 24 * time.Hour

// copyFolder makes a folder for a copy beside a database, and removes those of long ago
// whose process was killed: nobody else would, and they hold all that the database does.
func copyFolder(database, verb string) (string, error) {
	for _, left := range besides(database) {
		info, err := os.Stat(left)
		if err == nil && info.IsDir() && time.Since(info.ModTime()) > staleAfter {
			if err := os.RemoveAll(left); err != nil {
				return "", err
			}
		}
	}
	return os.MkdirTemp(filepath.Dir(database), ".unmeet-"+verb+"-")
}

// besides returns what may be copies of a database beside it: what restoring moved
// aside, and folders of backups and restores that are not over, or were killed.
func besides(database string) (found []string) {
	folder := filepath.Dir(database)
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		for _, prefix := range []string{filepath.Base(database) + ".replaced-", ".unmeet-backup-", ".unmeet-restore-"} {
			if strings.HasPrefix(e.Name(), prefix) {
				found = append(found, filepath.Join(folder, e.Name()))
			}
		}
	}
	return found
}

const roomHint = "a copy is made beside the database first, which takes as much room as the database"

// keyPath is where the key is.
func keyPath(a *app, c config) string {
	path, _ := a.keyFile(c)
	return path
}

// thereAlready refuses to overwrite.
func thereAlready(path string) error {
	return hinted(fmt.Errorf("%s is there already", path), "a backup never overwrites: name another file, for example with the date")
}

// aboutDatabase adds to what the store says of a database what is to be done.
func aboutDatabase(err error, otherwise string) error {
	switch {
	case errors.Is(err, store.ErrDamaged):
		return hinted(err, damagedHint)
	case errors.Is(err, store.ErrNewer):
		return hinted(err, "install that version of unmeet, or a newer one")
	case errors.Is(err, store.ErrForeign):
		return hinted(err, "name the database of unmeet, which database.url says")
	case otherwise == "":
		return err
	}
	return hinted(err, otherwise)
}

// key reads the key file, if a copy of it is wanted.
func (cmd *backupCmd) key(a *app, c config) ([]byte, error) {
	if cmd.KeyTo == "" {
		return nil, nil
	}
	if cmd.KeyTo == "-" || cmd.KeyTo == cmd.File {
		return nil, usage("name a file of its own", "the key never goes with the backup")
	}
	if _, err := a.loadKeys(c); err != nil {
		return nil, err
	}
	path, handed := a.keyFile(c)
	return secret.Read(path, handed)
}

// sealer returns what encrypts; nil if nothing is to be.
func (cmd *backupCmd) sealer(a *app) (func(io.Writer) (io.WriteCloser, error), error) {
	var to []age.Recipient
	for _, text := range cmd.Recipient {
		r, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, usage("age-keygen makes keys: the public half, which begins with age1, goes here", "--recipient: %q is no public key of age", text)
		}
		to = append(to, r)
	}
	if len(to) > 0 && cmd.PassphraseFile != "" {
		return nil, usage("a backup takes one or the other", "--recipient and --passphrase-file do not go together")
	}
	if len(to) == 0 && (cmd.Encrypt || cmd.PassphraseFile != "") {
		phrase, err := a.passphrase(cmd.PassphraseFile, true)
		if err != nil {
			return nil, err
		}
		r, err := age.NewScryptRecipient(phrase)
		if err != nil {
			return nil, err
		}
		to = append(to, r)
	}
	if len(to) == 0 {
		return nil, nil
	}
	return func(w io.Writer) (io.WriteCloser, error) { return age.Encrypt(w, to...) }, nil
}

// passphrase reads one from a file, or from a terminal without showing it: twice, where
// it is a new one.
func (a *app) passphrase(file string, fresh bool) (string, error) {
	if file != "" {
		raw, err := secret.Read(file, false)
		if err != nil {
			return "", hintedByMode(err, "--passphrase-file takes a file that only its owner may read")
		}
		return checkPassphrase(string(raw), fresh)
	}
	terminal, ok := a.stdin.(*os.File)
	if !ok || !isTerminal(terminal) {
		return "", usage("--passphrase-file FILE, or --recipient with a key, do without a terminal", "there is nobody to ask for a passphrase")
	}
	ask := func(question string) (string, error) {
		fmt.Fprint(a.stderr, question)
		raw, err := term.ReadPassword(int(terminal.Fd()))
		fmt.Fprintln(a.stderr)
		return string(raw), err
	}
	phrase, err := ask("Passphrase: ")
	if err != nil || !fresh {
		return phrase, err
	}
	again, err := ask("Once more: ")
	if err != nil {
		return "", err
	}
	if phrase != again {
		return "", errors.New("these were two different passphrases")
	}
	return checkPassphrase(phrase, fresh)
}

// shortest is how many characters a passphrase has at least.
const shortest = 12

func checkPassphrase(phrase string, fresh bool) (string, error) {
	phrase = strings.TrimRight(phrase, "\r\n")
	if fresh && len(phrase) < shortest {
		return "", hinted(fmt.Errorf("the passphrase has fewer than %d characters", shortest), "a few words that nobody would guess make a good one")
	}
	return phrase, nil
}

// keep writes what from holds to a new file that only its owner may read, or to
// standard output. The file has its name once it is whole.
func (a *app) keep(to string, from io.Reader, seal func(io.Writer) (io.WriteCloser, error)) (err error) {
	if to == "-" {
		if isTerminal(a.stdout) {
			return usage("name a file, or send it on: unmeet backup - | …", "a backup is nothing to read")
		}
		return sealed(a.stdout, from, seal)
	}
	const named = "it takes a file in a folder that is there, that you may write to, and that has room"
	file, err := os.CreateTemp(filepath.Dir(to), ".unmeet-*") // with mode 0600
	if err != nil {
		return hinted(fmt.Errorf("write %s: %w", to, cause(err)), named)
	}
	defer os.Remove(file.Name())
	err = sealed(file, from, seal)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return hinted(fmt.Errorf("write %s: %w", to, cause(err)), named)
	}
	err = os.Link(file.Name(), to) // unlike a renaming, it overwrites nothing
	if errors.Is(err, fs.ErrExist) {
		return thereAlready(to)
	}
	if err != nil && missing(to) { // a file system without links
		err = os.Rename(file.Name(), to)
	}
	if err != nil {
		return hinted(fmt.Errorf("write %s: %w", to, cause(err)), named)
	}
	return nil
}

// cause is why something failed that was done to a file of ours which has no lasting
// name: nobody could find it by that.
func cause(err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed.Err
	}
	if failed, ok := errors.AsType[*os.LinkError](err); ok {
		return failed.Err
	}
	return err
}

// sealed copies from to w, encrypted if there is something to do it.
func sealed(w io.Writer, from io.Reader, seal func(io.Writer) (io.WriteCloser, error)) error {
	if seal == nil {
		_, err := io.Copy(w, from)
		return err
	}
	into, err := seal(w)
	if err != nil {
		return err
	}
	_, err = io.Copy(into, from)
	return cmp.Or(err, into.Close())
}

// size says how much room something takes.
func size(bytes int64) string {
	const kilo, mega, giga = 1 << 10, 1 << 20, 1 << 30
	switch {
	case bytes >= giga:
		return fmt.Sprintf("%.1f GB", float64(bytes)/giga)
	case bytes >= mega:
		return fmt.Sprintf("%.1f MB", float64(bytes)/mega)
	}
	return fmt.Sprintf("%d kB", (bytes+kilo-1)/kilo)
}
