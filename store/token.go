package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// NewToken is a link in a mail to be given a meaning.
type NewToken struct {
	Hash       []byte // SHA-256 of the secret in the link
	Suggestion int    // index into the Digest's suggestions; -1: the mail as a whole
	Verb       string
	Expires    time.Time // zero: never
}

// Token is what a link stands for.
type Token struct {
	Hash       []byte
	Mail       int64
	Suggestion int64  // 0: the mail as a whole
	Person     string // address of whose mail it stands in
	Verb       string
	Expires    time.Time // zero: never
}

// ErrNoToken says that a link was never given out, or is forgotten.
var ErrNoToken = errors.New("there is no such link")

func addTokens(ctx context.Context, tx *sql.Tx, person, mail int64, suggestions []int64, tokens []NewToken) error {
	for _, t := range tokens {
		of := sql.NullInt64{}
		if t.Suggestion >= 0 {
			of = sql.NullInt64{Int64: suggestions[t.Suggestion], Valid: true}
		}
		expires := int64(0)
		if !t.Expires.IsZero() {
			expires = t.Expires.Unix()
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO token (hash, mail_id, suggestion_id, person_id, verb, expires_s) VALUES ($1, $2, $3, $4, $5, $6)`,
			t.Hash, mail, of, person, t.Verb, expires)
		if err != nil {
			return err
		}
	}
	return nil
}

// Token returns what the link stands for whose secret has a hash; ErrNoToken if
// there is none. One that has expired is returned, too.
func (db *DB) Token(ctx context.Context, hash []byte) (Token, error) {
	t := Token{Hash: hash}
	var expires int64
	err := db.read.QueryRowContext(ctx, `SELECT t.mail_id, COALESCE(t.suggestion_id, 0), COALESCE(p.email, ''), t.verb, t.expires_s
		FROM token t JOIN person p ON p.id = t.person_id WHERE t.hash = $1`, hash).Scan(&t.Mail, &t.Suggestion, &t.Person, &t.Verb, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoToken
	}
	if err != nil {
		return Token{}, fmt.Errorf("look up a link: %w", err)
	}
	t.Expires = timeOf(expires)
	return t, nil
}

// maxVisits is how many visits of one link are kept: a scanner may come by every
// minute.
const maxVisits = 100

// Visit notes that a link was got. Links that are not there, and more visits than
// anybody wants to look at, are passed over.
func (db *DB) Visit(ctx context.Context, now time.Time, hash []byte, how string) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO visit (token_hash, at, how) SELECT $1, $2, $3
			WHERE EXISTS (SELECT 1 FROM token WHERE hash = $1) AND (SELECT COUNT(*) FROM visit WHERE token_hash = $1) < $4`,
			hash, now.Unix(), how, maxVisits)
		return err
	})
	if err != nil {
		return fmt.Errorf("note a visit: %w", err)
	}
	return nil
}

// Visits returns how often a link was got, by how it was.
func (db *DB) Visits(ctx context.Context, hash []byte) (map[string]int, error) {
	counts := map[string]int{}
	err := each(ctx, db.read, `SELECT how, COUNT(*) FROM visit WHERE token_hash = $1 GROUP BY how`, func(rows *sql.Rows) error {
		var how string
		var n int
		err := rows.Scan(&how, &n)
		counts[how] = n
		return err
	}, hash)
	if err != nil {
		return nil, fmt.Errorf("read visits: %w", err)
	}
	return counts, nil
}

// Browser is one that is known as a person's.
type Browser struct {
	Person  string // address
	Pressed bool   // it became known by pressing a button of a mail's page
	Since   time.Time
	Until   time.Time
}

// ErrNoBrowser says that a browser is not known.
var ErrNoBrowser = errors.New("the browser is not known")

// KnowBrowser makes a browser known, by the hash of its cookie.
func (db *DB) KnowBrowser(ctx context.Context, hash []byte, b Browser) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM browser WHERE until_s <= $1`, b.Since.Unix()); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO browser (hash, person_id, pressed, since_s, until_s)
			SELECT $1, person_id, $3, $4, $5 FROM address WHERE addr = lower($2)`, hash, b.Person, b.Pressed, b.Since.Unix(), b.Until.Unix())
		return one(done, err, ErrNoPerson)
	})
	if err != nil {
		return fmt.Errorf("make a browser of %s known: %w", b.Person, err)
	}
	return nil
}

// Browser returns the browser whose cookie has a hash; ErrNoBrowser if it is not
// known, or not any more at now.
func (db *DB) Browser(ctx context.Context, now time.Time, hash []byte) (Browser, error) {
	var b Browser
	var since, until int64
	err := db.read.QueryRowContext(ctx, `SELECT COALESCE(p.email, ''), b.pressed, b.since_s, b.until_s FROM browser b JOIN person p ON p.id = b.person_id
		WHERE b.hash = $1 AND b.until_s > $2`, hash, now.Unix()).Scan(&b.Person, &b.Pressed, &since, &until)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoBrowser
	}
	if err != nil {
		return Browser{}, fmt.Errorf("look up a browser: %w", err)
	}
	b.Since, b.Until = timeOf(since), timeOf(until)
	return b, nil
}

// ForgetBrowser revokes the browser whose cookie has a hash, if it is known.
func (db *DB) ForgetBrowser(ctx context.Context, hash []byte) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM browser WHERE hash = $1`, hash)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget a browser: %w", err)
	}
	return nil
}

// ForgetBrowsers revokes all browsers known as a person's, and returns how many
// there were.
func (db *DB) ForgetBrowsers(ctx context.Context, address string) (n int64, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM browser WHERE person_id = (SELECT person_id FROM address WHERE addr = lower($1))`, address)
		if err != nil {
			return err
		}
		n, err = done.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget the browsers of %s: %w", address, err)
	}
	return n, nil
}
