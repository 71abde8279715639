package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A namer finds people in what operators wrote: reasons, and what commands were given,
// such as the name of a file. Its names may be anything, as invitations are anybody's.
type namer struct {
	e     *eraser
	names [][]string // as words
}

// shortestName is how many letters a name of one word has that is looked for: a shorter
// one is too often another word.
const shortestName = 3

// newNamer finds who is known to e by their address, and others by their names: as they
// are called, and what stands before the @ of their addresses.
func newNamer(e *eraser, names []string) namer {
	n := namer{e: e}
	for _, name := range names {
		name, _, _ = strings.Cut(name, "@")
		name, _, _ = strings.Cut(name, "(") // what they do
		words := nameWords(name)
		if len(words) == 0 || len(words) == 1 && utf8.RuneCountInString(words[0]) < shortestName {
			continue
		}
		n.names = append(n.names, words)
		if len(words) > 1 { // "Berg, Ada" is Ada Berg
			words = slices.Clone(words)
			slices.Reverse(words)
			n.names = append(n.names, words)
		}
	}
	return n
}

// nameWords returns the words of a text, so that those that look the same are.
func nameWords(text string) []string {
	return strings.FieldsFunc(norm.NFC.String(strings.ToLower(text)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

// in reports whether a text names one of them.
func (n namer) in(text string) bool {
	if n.e.text(text) != text {
		return true
	}
	words := nameWords(text)
	return slices.ContainsFunc(n.names, func(name []string) bool {
		for at := 0; at+len(name) <= len(words); at++ {
			if slices.Equal(words[at:at+len(name)], name) {
				return true
			}
		}
		return false
	})
}

// inCommand reports whether a command of the audit log was given something that names one
// of them; what flags are called is nobody's name.
func (n namer) inCommand(words string) bool {
	return n.in(strings.Join(slices.DeleteFunc(strings.Fields(words), func(word string) bool { return strings.HasPrefix(word, "--") }), " "))
}

// calledBy returns the names of the owners of addresses, as calendars have them, and the
// addresses.
func calledBy(ctx context.Context, tx *sql.Tx, addresses []string) ([]string, error) {
	names := slices.Clone(addresses)
	add := func(address, name string) {
		if name != "" && slices.Contains(addresses, strings.ToLower(address)) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, address := range addresses {
		err := each(ctx, tx, selectCopies+` WHERE instr(lower(organizer || ' ' || people_json), $1) > 0`, func(rows *sql.Rows) error {
			k, err := scanCopy(rows)
			if err != nil {
				return err
			}
			add(k.key.organizer, k.people.Organizer)
			for _, g := range k.people.Guests {
				add(g.Address, g.Name)
			}
			return nil
		}, address)
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

// blankReasons takes the reasons of the audit log, of looks and of the pause away that
// name whoever is forgotten, and what such commands were given.
func blankReasons(ctx context.Context, tx *sql.Tx, n namer) error {
	for _, c := range []struct {
		table, column, blank string
		names                func(string) bool
	}{
		{"audit", "why", "", n.in}, {"audit", "words", "", n.inCommand}, {"look", "why", forgottenWhy, n.in},
	} {
		var found []int64
		err := each(ctx, tx, `SELECT id, `+c.column+` FROM `+c.table+` WHERE `+c.column+` <> ''`, func(rows *sql.Rows) error {
			var id int64
			var text string
			err := rows.Scan(&id, &text)
			if c.names(text) {
				found = append(found, id)
			}
			return err
		})
		if err != nil {
			return err
		}
		for _, id := range found {
			if _, err := tx.ExecContext(ctx, `UPDATE `+c.table+` SET `+c.column+` = $2 WHERE id = $1`, id, c.blank); err != nil {
				return err
			}
		}
	}
	return changePause(ctx, tx, func(p *Pause) {
		if n.in(p.Why) {
			p.Why = forgottenWhy
		}
	})
}
