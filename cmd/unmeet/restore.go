package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"

	"unmeet/agent"
	"unmeet/agent/secret"
	"unmeet/agent/text"
	"unmeet/internal/failpoint"
	"unmeet/store"
)

// restoreCmd puts a backup where the database is to be.
type restoreCmd struct {
	File           string `arg:"" help:"The backup, or - for standard input."`
	Replace        bool   `help:"There is a database: move it aside."`
	Moved          bool   `help:"No unmeet has run since the backup was made, as on a move to another machine: go on where it stopped, unpaused."`
	Identity       string `short:"i" placeholder:"FILE" help:"File with the private key of age that opens the backup."`
	PassphraseFile string `placeholder:"FILE" help:"File with the passphrase that opens it, which only you may read; without it, you are asked."`
	KeyFrom        string `placeholder:"FILE" help:"Put the key back, too, from what unmeet backup --key-to wrote, if none is there."`
}

// Help says what is done about the time since the backup.
func (restoreCmd) Help() string {
	return `Stop the daemon first. The backup is decrypted, read through, and brought up to date before it becomes the database. A database that is there is only moved aside, and only with --replace: remove it once you need it no more, as it holds what is known of people.

    systemctl stop unmeet
    unmeet restore --replace --identity backup-key.txt unmeet-2026-11-22.age
    unmeet doctor
    unmeet resume

What unmeet did since the backup was made is not known to the restored database, so nothing is done twice: it starts paused. Mails that were on their way are not sent; what was to be done in calendars waits for unmeet actions --retry; answers that were held are open again; trials go on without the mails of the time between; nobody is asked before the next week; and calendars are read whole again. Whoever unsubscribed, left or was forgotten since is left alone, too, if the database that is replaced can still be read; if not, they are back: see to them before unmeet resume. From that database, the audit log of the time since is taken over, too.

With --moved, all goes on as if nothing had been.`
}

// Run restores into a file beside the database, which then takes its place.
func (cmd *restoreCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	done, err := a.alone(c)
	if err != nil {
		return err
	}
	defer done()
	if !cmd.Replace && occupied(c.Database.URL) {
		return hinted(fmt.Errorf("there is a database %s already", c.Database.URL), "--replace moves it aside, and removes nothing; database.url names the file")
	}
	folder, err := copyFolder(c.Database.URL, "restore")
	if err != nil {
		return hinted(fmt.Errorf("beside the database: %w", err), databaseHint)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "restored.db")
	opener := opener{app: a, identity: cmd.Identity, passphraseFile: cmd.PassphraseFile}
	if err := opener.unpack(cmd.File, path); err != nil {
		return err
	}
	found, err := store.Examine(a.ctx, path)
	if err != nil {
		return cmd.unfit(err)
	}
	if cmd.KeyFrom != "" {
		if err := cmd.putKeyBack(a, c, opener, folder); err != nil {
			return err
		}
	}
	said, err := cmd.settle(a, c, path, found)
	if err != nil {
		return err
	}
	aside, err := a.takePlace(path, c.Database.URL)
	if err != nil {
		return err
	}
	if aside != "" {
		a.note("what was there is %s now; remove it, and what begins with its name, once you need it no more", aside)
	}
	_, err = fmt.Fprint(a.stdout, said)
	return err
}

// occupied reports whether there is something where a database is to be.
func occupied(path string) bool { return !missing(path) || !missing(path+"-wal") }

// unfit says what to do about a backup that cannot be restored.
func (cmd *restoreCmd) unfit(err error) error {
	hint := "nothing was changed; take another backup"
	switch {
	case errors.Is(err, store.ErrNewer):
		hint = "nothing was changed; install the version of unmeet that made it, or a newer one"
	case errors.Is(err, store.ErrDamaged):
		hint = "nothing was changed; take another backup, or what sqlite3 FILE .recover can read of this one"
	}
	if inner := errors.Unwrap(err); inner != nil {
		err = inner // without the name of our copy, which is gone by now
	}
	return hinted(fmt.Errorf("%s cannot be restored: %w", cmd.File, err), hint)
}

// settle brings a restored database up to date, makes it safe, and says what that
// came to.
func (cmd *restoreCmd) settle(a *app, c config, path string, found store.Condition) (said string, err error) {
	db, err := store.Open(a.ctx, path)
	if err != nil {
		return "", cmd.unfit(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }() // which empties the write-ahead log
	if err := a.checkKeys(c, db); err != nil {
		return "", err
	}
	as := "as of a time that it does not say"
	if !found.Made.IsZero() {
		as = "as it was on " + found.Made.Format("2 January 2006 at 15:04 MST")
	}
	said = fmt.Sprintf("Restored %s, %s.\n", c.Database.URL, as)
	replaced := a.replaced(c)
	if replaced != nil {
		defer func() { err = errors.Join(err, replaced.Close()) }()
	} else if occupied(c.Database.URL) {
		a.note("the database before cannot be read by this version: what was run and looked at since the backup is in its audit log alone, so keep it")
	}
	if cmd.Moved {
		if replaced != nil {
			if err := a.carryLogs(db, replaced); err != nil {
				return "", err
			}
		}
		return said + "It goes on where it stopped.\nNext: unmeet doctor, then start the daemon.\n", db.Moved(a.ctx)
	}
	asking, err := c.asking()
	if err != nil {
		return "", err
	}
	now := a.now()
	var alone agent.LeftAlone
	if replaced != nil {
		if alone, err = a.leaveAlone(db, replaced); err != nil {
			return "", err
		}
	}
	next := weekAfter(now.In(asking.Zone))
	r, err := agent.Restore(a.ctx, db, agent.Trialist{
		PublicURL: c.publicURL(), Group: asking.Group, Quiet: asking.Policy.Quiet, Zone: asking.Zone,
	}, now, next, store.Pause{By: a.operator(), Since: now.UTC().Truncate(time.Second), Why: "restored from a backup, " + as})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(said + "It is paused: what was done since is not known here.\n")
	for _, line := range []struct {
		n    int
		noun string
		more string
	}{
		{r.Mails, "mail", "on the way then: not sent again, since they may have arrived"},
		{r.Actions, "thing", "to be done in calendars then: unmeet actions lists them, and --retry has one done"},
		{r.Answers, "answer", "held then: open again, since it may have been undone"},
		{r.Trials, "trial", "under way: they go on, without the mails of the time between"},
		{r.Connections, "calendar", "to be read whole again"},
	} {
		if line.n > 0 {
			fmt.Fprintf(&b, "  %s %s\n", text.Count(line.n, line.noun), line.more)
		}
	}
	fmt.Fprintf(&b, "Nobody is asked before %s.\n", next.Format("2 January"))
	if replaced != nil {
		fmt.Fprintf(&b, "As the database before knew, since then %d left and %d unsubscribed. So it is here.\n", alone.Out, alone.Unsubscribed)
	} else {
		b.WriteString("Whoever unsubscribed, left or was forgotten since takes part again: see to them first (unmeet unenroll, disconnect, forget).\n")
	}
	b.WriteString("Next: unmeet doctor, start the daemon, look at unmeet actions, then unmeet resume.\n")
	return b.String(), nil
}

// replaced opens the database that a restored one takes the place of; nil if it does not
// tell anything: there is none, it cannot be read, or another version wrote it.
func (a *app) replaced(c config) *store.DB {
	found, err := store.Examine(a.ctx, c.Database.URL)
	if err != nil || found.Version != found.Head {
		return nil
	}
	db, err := store.Open(a.ctx, c.Database.URL)
	if err != nil {
		return nil
	}
	return db
}

// leaveAlone tells a restored database who wanted to be left alone since, and what
// commands were run, by the database that it takes the place of.
func (a *app) leaveAlone(restored, replaced *store.DB) (n agent.LeftAlone, err error) {
	if err := a.forgetAgain(restored, replaced); err != nil {
		return n, err
	}
	if n, err = agent.LeaveAlone(a.ctx, restored, replaced, a.now()); err != nil {
		return n, err
	}
	return n, a.carryLogs(restored, replaced)
}

// carryLogs keeps the audit log of the time since the backup was made.
func (a *app) carryLogs(restored, replaced *store.DB) error {
	n, err := restored.CarryLogs(a.ctx, replaced)
	if n > 0 {
		a.note("kept in the audit log: %s that the backup did not have", text.Count(n, "command"))
	}
	return err
}

// weekAfter is when the week after that of now begins.
func weekAfter(now time.Time) time.Time {
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	return day.AddDate(0, 0, 7-(int(day.Weekday())+6)%7)
}

// checkKeys says on stderr whether there is a key to what is sealed in db.
func (a *app) checkKeys(c config, db *store.DB) error {
	lacking, err := a.lackingKeys(c, db)
	if err != nil || len(lacking) == 0 {
		return err
	}
	a.note("what lets unmeet in to calendars was sealed with a key that %s does not hold (%s)", keyPath(a, c), strings.Join(lacking, ", "))
	a.hint("%s (restore --key-from makes it of what unmeet backup --key-to wrote)", a.lostHint(c))
	return nil
}

// lackingKeys returns the ids of the keys that sealed something in db and are not in
// the key file. It is an error if the key file cannot be read, though it is there.
func (a *app) lackingKeys(c config, db *store.DB) (lacking []string, err error) {
	used, err := db.KeysInUse(a.ctx)
	if err != nil || len(used) == 0 {
		return nil, err
	}
	keys, err := a.loadKeys(c)
	if errors.Is(err, fs.ErrNotExist) {
		return used, nil
	}
	if err != nil {
		return nil, err
	}
	return keys.Lacks(used)
}

// putKeyBack makes the key file anew from its copy.
func (cmd *restoreCmd) putKeyBack(a *app, c config, o opener, folder string) error {
	path, handed := a.keyFile(c)
	if handed {
		return hinted(errors.New("the key is a systemd credential"), "put it back where that comes from, and leave out --key-from")
	}
	if !missing(path) {
		return hinted(fmt.Errorf("%s is there already", path), "leave out --key-from, or move the file away first")
	}
	copied := filepath.Join(folder, "key")
	if err := o.unpack(cmd.KeyFrom, copied); err != nil {
		return err
	}
	if _, err := secret.Load(copied); err != nil {
		return hinted(fmt.Errorf("%s holds no key: %w", cmd.KeyFrom, err), "--key-from takes what unmeet backup --key-to wrote")
	}
	raw, err := os.ReadFile(copied)
	if err != nil {
		return err
	}
	if err := a.keep(path, bytes.NewReader(raw), nil); err != nil {
		return err
	}
	if err := belong(path, filepath.Dir(c.Database.URL)); err != nil { // whoever opens the database reads the key
		return hinted(fmt.Errorf("the key could not be given to whom the database belongs: %w", errors.Join(err, os.Remove(path))), "nothing was changed; run it as root, or as the daemon's user")
	}
	a.note("put the key back: %s", path)
	return nil
}

// takePlace makes the database at from the one at to. What was there is put aside, with
// its log if that could not be written into it: it returns where to, "" if there was
// nothing. What fails leaves all where it was; and whenever it is cut off, there is one
// of the two at to, whole, as far as what was there is not damaged.
func (a *app) takePlace(from, to string) (aside string, err error) {
	fail := func(err error) (string, error) {
		return "", hinted(fmt.Errorf("the backup could not take its place: %w", err), databaseHint)
	}
	if err := belong(from, filepath.Dir(to)); err != nil {
		return fail(err)
	}
	was := occupied(to)
	first := to + ".replaced-" + a.now().UTC().Format("20060102T150405Z")
	aside = first
	for n := 2; was && occupied(aside); n++ { // restored twice within a second
		aside = fmt.Sprintf("%s-%d", first, n)
	}
	if !missing(to) {
		_ = store.EmptyLog(a.ctx, to) // of a damaged one that fails: then the log goes aside
		if err := a.setAside(to, aside); err != nil {
			return fail(err)
		}
		failpoint.Hit("restore-aside")
	}
	var moved []string
	for _, part := range []string{"-wal", "-shm"} { // before the new one comes: a log must not meet another database
		if err == nil && !missing(to+part) {
			err = os.Rename(to+part, aside+part)
			moved = append(moved, part)
		}
	}
	if err == nil {
		failpoint.Hit("restore-log-aside")
		err = os.Rename(from, to)
		failpoint.Hit("restore-in-place")
	}
	if err != nil {
		for _, part := range slices.Backward(moved) {
			if !missing(aside + part) {
				err = errors.Join(err, os.Rename(aside+part, to+part))
			}
		}
		if !missing(aside) {
			err = errors.Join(err, os.Remove(aside))
		}
		return fail(err)
	}
	if !was {
		return "", nil
	}
	return aside, nil
}

// setAside gives the database at to a second name, or a copy by that name where a file
// system has no links, so that it never lacks its own.
func (a *app) setAside(to, aside string) error {
	if os.Link(to, aside) == nil {
		return nil
	}
	in, err := os.Open(to)
	if err != nil {
		return err
	}
	defer in.Close()
	return a.keep(aside, in, nil)
}

// opener opens backups.
type opener struct {
	*app
	identity, passphraseFile string
}

// unpack writes what a backup holds to a new file at to. It may be encrypted, or not.
func (o opener) unpack(from, to string) error {
	in := o.stdin
	if from != "-" {
		const takes = "it takes a file that unmeet backup made"
		file, err := os.Open(from)
		if err != nil {
			return hinted(err, takes)
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return hinted(fmt.Errorf("%s is a folder", from), takes)
		}
		in = file
	}
	plain, err := o.open(from, bufio.NewReader(in))
	if err != nil {
		return err
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, plain)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return hinted(fmt.Errorf("read %s: %w", from, cause(err)), "nothing was changed; the backup is damaged or cut short, or there is no room beside the database")
	}
	return nil
}

// open returns what a backup holds, decrypted.
func (o opener) open(name string, in *bufio.Reader) (io.Reader, error) {
	const magic = "age-encryption.org/"
	head, err := in.Peek(len(armor.Header))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	var from io.Reader = in
	switch {
	case string(head) == armor.Header:
		from = armor.NewReader(in)
	case !strings.HasPrefix(string(head), magic):
		return in, nil
	}
	identities, err := o.identities()
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(from, identities...)
	if _, wrong := errors.AsType[*age.NoIdentityMatchError](err); wrong {
		return nil, hinted(fmt.Errorf("%s is encrypted, and not for this key or passphrase", name), "--identity names the file with the private key, --passphrase-file that with the passphrase")
	}
	if err != nil {
		return nil, hinted(fmt.Errorf("open %s: %w", name, err), "the file is damaged or cut short")
	}
	return plain, nil
}

// identities are what may open a backup.
func (o opener) identities() ([]age.Identity, error) {
	if o.identity == "" {
		phrase, err := o.passphrase(o.passphraseFile, false)
		if err != nil {
			return nil, err
		}
		one, err := age.NewScryptIdentity(phrase)
		return []age.Identity{one}, err
	}
	raw, err := secret.Read(o.identity, false)
	if err != nil {
		return nil, hintedByMode(err, "--identity takes the file that age-keygen made")
	}
	all, err := age.ParseIdentities(bytes.NewReader(raw))
	if err != nil {
		return nil, hinted(fmt.Errorf("%s holds no private key of age", o.identity), "--identity takes the file that age-keygen made")
	}
	return all, nil
}
