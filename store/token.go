package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// NewToken is a link in a mail to be given a meaning.
type NewToken struct {
	Hash       []byte // SHA-256 of the secret in the link
	Suggestion int    // index into the Digest's suggestions; -1: the mail as a whole
	Verb       string
	Epoch      int       // of a receipt: the answer that it tells of
	Expires    time.Time // zero: never
	Trial      int64     // that it is about, 0 if about none
	Ordinal    int       // of a trial: the occurrence, from 0; -1: the whole
	Acting     string    // address of the assistant whom the mail goes to, "" if to the person
}

// Token is what a link stands for.
type Token struct {
	Hash       []byte
	Mail       int64
	Suggestion int64  // 0: the mail as a whole
	Person     string // address of whose mail it stands in
	Verb       string
	Expires    time.Time // zero: never
	Trial      int64     // that it is about, 0 if about none
	Ordinal    int       // of a trial: the occurrence, from 0; -1: the whole
	Acting     string    // address of the assistant in whose mail it stands, "" if in the person's
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
		trial := sql.NullInt64{Int64: t.Trial, Valid: t.Trial != 0}
		_, err := tx.ExecContext(ctx, `INSERT INTO token (hash, mail_id, suggestion_id, person_id, verb, epoch, expires_s, trial_id, ordinal, acting) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			t.Hash, mail, of, person, t.Verb, t.Epoch, expires, trial, t.Ordinal, strings.ToLower(t.Acting))
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
	err := db.read.QueryRowContext(ctx, `SELECT t.mail_id, COALESCE(t.suggestion_id, 0), COALESCE(p.email, ''), t.verb, t.expires_s, COALESCE(t.trial_id, 0), t.ordinal, t.acting
		FROM token t JOIN person p ON p.id = t.person_id WHERE t.hash = $1`, hash).Scan(&t.Mail, &t.Suggestion, &t.Person, &t.Verb, &expires, &t.Trial, &t.Ordinal, &t.Acting)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoToken
	}
	if err != nil {
		return Token{}, fmt.Errorf("look up a link: %w", err)
	}
	t.Expires = timeOf(expires)
	return t, nil
}

// ReceiptOf returns what a mail is a receipt of: a suggestion, and the epoch of the
// answer. It is an ErrNoSuggestion if it is none.
func (db *DB) ReceiptOf(ctx context.Context, mail int64) (s Suggestion, epoch int, err error) {
	var id int64
	err = db.read.QueryRowContext(ctx, `SELECT suggestion_id, epoch FROM token WHERE mail_id = $1 AND epoch > 0 AND suggestion_id IS NOT NULL LIMIT 1`, mail).Scan(&id, &epoch)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoSuggestion
	}
	if err == nil {
		s, err = suggestion(ctx, db.read, id)
	}
	if err != nil {
		return Suggestion{}, 0, fmt.Errorf("what mail %d tells of: %w", mail, err)
	}
	return s, epoch, nil
}

// TrialOfMail returns which trial, and which of its occurrences, a mail is about; 0 if
// it is about none.
func (db *DB) TrialOfMail(ctx context.Context, mail int64) (trial int64, ordinal int, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT trial_id, ordinal FROM token WHERE mail_id = $1 AND trial_id IS NOT NULL ORDER BY ordinal DESC LIMIT 1`, mail).Scan(&trial, &ordinal)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("which trial mail %d is about: %w", mail, err)
	}
	return trial, ordinal, nil
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
	Person     string // address
	Suggestion int64  // it became known by answering that; 0: by connecting
	Since      time.Time
	From       time.Time // before that, it is not known yet; zero: Since
	Until      time.Time
}

// ErrNoBrowser says that a browser is not known.
var ErrNoBrowser = errors.New("the browser is not known")

// KnowBrowser makes a browser known, by the hash of its cookie.
func (db *DB) KnowBrowser(ctx context.Context, hash []byte, b Browser) error {
	err := db.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM browser WHERE until_s <= $1`, b.Since.Unix()); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO browser (hash, person_id, suggestion_id, since_s, from_s, until_s)
			SELECT $1, person_id, $3, $4, $5, $6 FROM address WHERE addr = lower($2)`, hash, b.Person,
			sql.NullInt64{Int64: b.Suggestion, Valid: b.Suggestion != 0}, b.Since.Unix(), max(b.Since.Unix(), unixOf(b.From)), b.Until.Unix())
		return one(done, err, ErrNoPerson)
	})
	if err != nil {
		return fmt.Errorf("make a browser of %s known: %w", b.Person, err)
	}
	return nil
}

// Browser returns the browser whose cookie has a hash; ErrNoBrowser if it is not
// known at now: not yet, or not any more.
func (db *DB) Browser(ctx context.Context, now time.Time, hash []byte) (Browser, error) {
	var b Browser
	var since, from, until int64
	err := db.read.QueryRowContext(ctx, `SELECT COALESCE(p.email, ''), COALESCE(b.suggestion_id, 0), b.since_s, b.from_s, b.until_s FROM browser b JOIN person p ON p.id = b.person_id
		WHERE b.hash = $1 AND b.from_s <= $2 AND b.until_s > $2`, hash, now.Unix()).Scan(&b.Person, &b.Suggestion, &since, &from, &until)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoBrowser
	}
	if err != nil {
		return Browser{}, fmt.Errorf("look up a browser: %w", err)
	}
	b.Since, b.From, b.Until = timeOf(since), timeOf(from), timeOf(until)
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
