package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"

	"unmeet/calendars"
)

// Of whom nothing is to be known.
//
// Other people's calendars go on naming somebody who is forgotten, with every sync. So
// a keyed hash of each of their addresses is kept, and whatever comes in with such an
// address is kept under a name that is made of the hash instead: the meeting still has
// so many people, and the same ones as before.

// eraser knows who is forgotten. Its zero value knows of nobody.
type eraser struct {
	key    []byte
	hashes map[string]bool
}

const (
	forgottenKey    = "forgotten" // of the hashes; its name in meta
	forgottenDomain = "@forgotten.invalid"
)

// loadEraser reads who is forgotten.
func loadEraser(ctx context.Context, tx *sql.Tx) (*eraser, error) {
	e := &eraser{hashes: map[string]bool{}}
	var text string
	err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, forgottenKey).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return e, nil
	}
	if err != nil {
		return nil, err
	}
	if e.key, err = hex.DecodeString(text); err != nil {
		return nil, err
	}
	return e, each(ctx, tx, `SELECT hash FROM forgotten`, func(rows *sql.Rows) error {
		var hash []byte
		err := rows.Scan(&hash)
		e.hashes[string(hash)] = true
		return err
	})
}

// add has e know an address from now on, and writes that down.
func (e *eraser) add(ctx context.Context, tx *sql.Tx, at int64, address string) error {
	if e.key == nil {
		key := make([]byte, sha256.Size)
		rand.Read(key) // never fails
		if err := e.begin(ctx, tx, key); err != nil {
			return err
		}
	}
	return e.addHash(ctx, tx, at, e.hash(address))
}

// begin has e hash with a key, and writes that down.
func (e *eraser) begin(ctx context.Context, tx *sql.Tx, key []byte) error {
	e.key = key
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2)`, forgottenKey, hex.EncodeToString(key))
	return err
}

// adopt has e know whom another eraser knows. What was hashed with another key than
// that of e tells e nothing.
func (e *eraser) adopt(ctx context.Context, tx *sql.Tx, at int64, other *eraser) error {
	if e.key == nil {
		if err := e.begin(ctx, tx, other.key); err != nil {
			return err
		}
	}
	for hash := range other.hashes {
		if len(hash) != sha256.Size || !bytes.Equal(e.key, other.key) { // or its owner came back
			continue
		}
		if err := e.addHash(ctx, tx, at, []byte(hash)); err != nil {
			return err
		}
	}
	return nil
}

func (e *eraser) addHash(ctx context.Context, tx *sql.Tx, at int64, hash []byte) error {
	e.hashes[string(hash)] = true
	if _, err := tx.ExecContext(ctx, `DELETE FROM forgotten WHERE hash = $1`, returned(hash)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO forgotten (hash, at) VALUES ($1, $2) ON CONFLICT (hash) DO UPDATE SET at = excluded.at`, hash, at)
	return err
}

func (e *eraser) hash(address string) []byte {
	mac := hmac.New(sha256.New, e.key)
	mac.Write([]byte(strings.ToLower(address)))
	return mac.Sum(nil)
}

// returned is what is kept of a hash once its owner came back: what it stood for until
// then is still known by its pseudonym.
func returned(hash []byte) []byte { return hash[:8] }

// pseudonym is the address that stands for one whose hash it is.
func pseudonym(hash []byte) string { return hex.EncodeToString(hash[:8]) + forgottenDomain }

// none reports whether nobody is forgotten.
func (e *eraser) none() bool { return len(e.hashes) == 0 }

// knows reports whether the owner of an address is forgotten.
func (e *eraser) knows(address string) bool {
	return !e.none() && strings.Contains(address, "@") && e.hashes[string(e.hash(address))]
}

// anAddress finds what may be an address within a text, by the characters of RFC 5322
// §3.2.3.
var anAddress = regexp.MustCompile(`[\p{L}\p{N}._%+'~!#$&*/=?^{|}-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*`)

const (
	around  = "._%+'~-"      // of those, what rather stands around an address
	between = "!#$&*/=?^{|}" // and what rather stands before one
)

// text is s with the addresses of all who are forgotten replaced. What stands around an
// address may look as if it belonged to it.
func (e *eraser) text(s string) string {
	if e.none() || !strings.Contains(s, "@") {
		return s
	}
	if e.knows(s) {
		return pseudonym(e.hash(s))
	}
	if plain := unescaped(s); plain != s && e.text(plain) != plain {
		return e.text(plain)
	}
	return anAddress.ReplaceAllStringFunc(s, func(found string) string {
		at := strings.Index(found, "@")
		begins := []int{0}
		for i := range at {
			if i == 0 || strings.IndexByte(between, found[i-1]) >= 0 {
				begins = append(begins, i, at-len(strings.TrimLeft(found[i:at], around)))
			}
		}
		for _, begin := range begins {
			for end := len(strings.TrimSuffix(found, ".ics")); end > at; end = strings.LastIndex(found[:end], "-") {
				if e.knows(found[begin:end]) {
					return found[:begin] + pseudonym(e.hash(found[begin:end])) + found[end:]
				}
			}
		}
		return found
	})
}

// forgottenWhy stands for a reason that named somebody who is forgotten.
const forgottenWhy = "(forgotten)"

// reason is what an operator gave as a reason, unless it names somebody who is forgotten:
// then the rest of it may tell who that is.
func (e *eraser) reason(why string) string {
	if e.text(why) != why {
		return forgottenWhy
	}
	return why
}

// unescaped is JSON with the one character of addresses as it is that is escaped there.
func unescaped(text string) string { return strings.ReplaceAll(text, `\u0026`, "&") }

// delta is d without who is forgotten.
func (e *eraser) delta(d calendars.Delta) calendars.Delta {
	if e.none() {
		return d
	}
	d.Copies, d.Gone, d.Skipped = slices.Clone(d.Copies), slices.Clone(d.Gone), slices.Clone(d.Skipped)
	for i := range d.Gone {
		d.Gone[i] = calendars.RemoteID(e.text(string(d.Gone[i])))
	}
	for i := range d.Skipped {
		d.Skipped[i].UID = e.text(d.Skipped[i].UID)
	}
	for i := range d.Copies {
		c := &d.Copies[i]
		c.Remote = calendars.RemoteID(e.text(string(c.Remote)))
		e.party(&c.Organizer)
		c.People = slices.Clone(c.People)
		for j := range c.People {
			e.party(&c.People[j].Party)
		}
		for _, s := range []*string{&c.UID, &c.Title, &c.Body, &c.Location, &c.SplitFrom} {
			*s = e.text(*s)
		}
		if e.knows(c.Self) {
			c.Self = ""
		}
	}
	return d
}

func (e *eraser) party(p *calendars.Party) {
	if e.knows(p.Address) {
		*p = calendars.Party{Address: pseudonym(e.hash(p.Address))}
	}
}

// kept takes who is forgotten out of a copy that the database has.
func (e *eraser) kept(k *kept) {
	if e.knows(k.key.organizer) {
		k.people.Organizer = ""
	}
	for i := range k.people.Guests {
		if g := &k.people.Guests[i]; e.knows(g.Address) {
			g.Name = ""
		}
	}
	k.remote = calendars.RemoteID(e.text(string(k.remote)))
	for _, s := range []*string{&k.key.uid, &k.key.organizer, &k.title, &k.body, &k.location, &k.splitFrom, &k.people.Organizer} {
		*s = e.text(*s)
	}
	for i := range k.people.Guests {
		g := &k.people.Guests[i]
		g.Address, g.Name = e.text(g.Address), e.text(g.Name)
	}
}

// attending are those of an occurrence who are there as far as anybody may know: of who
// is forgotten, only what began before that counts on, as a number.
func (d *directory) attending(all []attendance, start int64) []attendance {
	if len(d.erased) == 0 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(a attendance) bool {
		at, erased := d.erased[a.person]
		return erased && start >= at
	})
}
