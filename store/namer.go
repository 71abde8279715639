package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A namer finds people in what operators wrote: reasons, and what commands were given,
// such as the name of a file.
type namer struct {
	e     *eraser
	words *regexp.Regexp // nil: nobody
}

// shortestName is how many letters a name has that is looked for: one alone is no name.
const shortestName = 2

// forgottenWhy stands for a reason that named somebody who was forgotten.
const forgottenWhy = "(forgotten)"

// newNamer finds who is known to e by their address, and others by their names: as they
// are called, and what stands before the @ of their addresses.
func newNamer(e *eraser, names []string) namer {
	var forms []string
	for _, name := range names {
		name, _, _ = strings.Cut(name, "@")
		name, _, _ = strings.Cut(name, "(") // what they do
		parts := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if utf8.RuneCountInString(strings.Join(parts, "")) < shortestName {
			continue
		}
		for range 2 { // "Berg, Ada" is Ada Berg
			forms = append(forms, strings.Join(parts, `[^\p{L}\p{N}]+`))
			slices.Reverse(parts)
		}
	}
	if len(forms) == 0 {
		return namer{e: e}
	}
	return namer{e, regexp.MustCompile(`(?i)(?:^|[^\p{L}\p{N}])(?:` + strings.Join(forms, "|") + `)(?:$|[^\p{L}\p{N}])`)}
}

// in reports whether a text names one of them.
func (n namer) in(text string) bool {
	return n.words != nil && n.words.MatchString(text) || n.e.text(text) != text
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
	for _, c := range []struct{ table, column, blank string }{{"audit", "why", ""}, {"audit", "words", ""}, {"look", "why", forgottenWhy}} {
		var found []int64
		err := each(ctx, tx, `SELECT id, `+c.column+` FROM `+c.table+` WHERE `+c.column+` <> ''`, func(rows *sql.Rows) error {
			var id int64
			var text string
			err := rows.Scan(&id, &text)
			if n.in(text) {
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
	var text []byte
	err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, paused).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	var p Pause
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil || !n.in(p.Why) {
		return err
	}
	p.Why = forgottenWhy
	if text, err = json.Marshal(p); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE meta SET value = $2 WHERE name = $1`, paused, string(text))
	return err
}
