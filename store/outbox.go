package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"unmeet/internal/failpoint"
)

// NewMail is a mail to send: its final bytes, for one recipient.
type NewMail struct {
	MessageID string    // without angle brackets; no two mails share one
	Person    string    // address of the person it is for
	Kind      string    // digest, receipt, result, reply, trouble
	From, To  string    // the envelope: bare addresses
	MIME      []byte    // the whole message as it is sent, lines ending in CRLF; nil once it is ended
	Next      time.Time // not before; zero: at once
	Deadline  time.Time // from then on it is not sent any more
}

// MailState says how far a mail has come. All but the first end its way.
type MailState string

// States of a mail.
const (
	MailQueued  MailState = "queued"  // on its way
	MailSent    MailState = "sent"    // the server took it
	MailDropped MailState = "dropped" // there was no reason left to send it, or no time
	MailParked  MailState = "parked"  // it could not be sent, or may not have arrived: somebody has to look
)

// Mail is a mail in the outbox.
type Mail struct {
	ID int64
	NewMail
	State  MailState
	Why    string    // it is in that state, or was not sent yet
	Tries  int       // how often the server said "later"
	Unsure int       // how often it was handed over without an answer
	Queued time.Time // when it came here
	Ended  time.Time // when it was sent, dropped or parked; zero before
	Hash   string    // SHA-256 of MIME in hex, which outlives it
	Lease  MailLease

	begun bool // it is being handed over, which counts in Unsure
}

// MailLease is the right to send a mail, for a while.
type MailLease struct {
	By    string // who
	Until time.Time
}

// MaxUnsure is how often a mail is handed over without an answer before it is
// parked. Each may have arrived, so that a person sees one duplicate at most.
const MaxUnsure = 2

// Reasons for which the outbox refuses.
var (
	// ErrMailTaken says that a lease was lost, or the mail is not on its way any more.
	ErrMailTaken = errors.New("the mail is sent by somebody else by now, or is not on its way any more")
	// ErrMailKnown says that there is a mail with that Message-ID already.
	ErrMailKnown = errors.New("this mail was queued before")
	// ErrSuppressed says that the recipient's address does not exist, or that they were
	// forgotten.
	ErrSuppressed = errors.New("mail to this address is suppressed, because the mail server said that there is no such address")
)

// QueueMail puts a mail into the outbox that no suggestion hangs on. It is an
// ErrMailKnown if that was done before, and an ErrSuppressed if nothing is sent to
// its recipient.
func (db *DB) QueueMail(ctx context.Context, now time.Time, m NewMail) (id int64, err error) {
	err = db.changeDurably(ctx, func(tx *sql.Tx) error {
		id, err = insertMail(ctx, tx, now, m)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("queue a mail: %w", err)
	}
	return id, nil
}

// insertMail puts a mail into the outbox, in the transaction that gives the reason
// for it. Errors as of [DB.QueueMail].
func insertMail(ctx context.Context, tx *sql.Tx, now time.Time, m NewMail) (id int64, err error) {
	if len(m.MIME) == 0 || m.MessageID == "" || m.From == "" || m.To == "" || !m.Deadline.After(now) {
		return 0, fmt.Errorf("mail %q is not complete, or its deadline is past", m.MessageID)
	}
	var known int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM suppressed WHERE address = $1`, strings.ToLower(m.To)).Scan(&known); err != nil {
		return 0, err
	}
	e, err := loadEraser(ctx, tx)
	if err != nil {
		return 0, err
	}
	if known > 0 || e.knows(m.Person) || e.knows(m.To) {
		return 0, ErrSuppressed
	}
	next := m.Next
	if next.Before(now) {
		next = now
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO mail (message_id, person, kind, sender, recipient, mime, hash, state, queued_at, next_at, deadline_s)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $9, $10) ON CONFLICT (message_id) DO NOTHING RETURNING id`,
		m.MessageID, strings.ToLower(m.Person), m.Kind, m.From, m.To, m.MIME, mimeHash(m.MIME), now.Unix(), next.Unix(), m.Deadline.Unix()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, ErrMailKnown
	}
	return id, err
}

func mimeHash(mime []byte) string {
	sum := sha256.Sum256(mime)
	return hex.EncodeToString(sum[:])
}

// TakeMail leases up to n mails that are due at now and that nobody sends, to by
// for as long as lease, and returns them, the longest overdue first. Before that
// it sweeps: mails whose deadline is past or whose address is suppressed are
// dropped, those handed over too often without an answer are parked. While
// sending, or unmeet as a whole, is paused, it returns none.
func (db *DB) TakeMail(ctx context.Context, now time.Time, by string, lease time.Duration, n int) (taken []Mail, err error) {
	until := now.Add(lease).Truncate(time.Second)
	err = db.change(ctx, func(tx *sql.Tx) error {
		taken = nil
		if err := sweepMail(ctx, tx, now); err != nil {
			return err
		}
		var stopped int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM meta WHERE name IN ($1, $2)`, sendingPaused, paused).Scan(&stopped)
		if err != nil || stopped > 0 {
			return err
		}
		taken, err = mails(ctx, tx, ` WHERE state = 'queued' AND next_at <= $1 AND lease_until <= $1 AND`+unpreceded+`ORDER BY next_at, id LIMIT $2`, now.Unix(), n)
		if err != nil {
			return err
		}
		for i := range taken {
			m := &taken[i]
			m.Lease = MailLease{by, until}
			if _, err := tx.ExecContext(ctx, `UPDATE mail SET lease_by = $1, lease_until = $2 WHERE id = $3`, by, until.Unix(), m.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lease mails: %w", err)
	}
	return taken, nil
}

// unpreceded has what goes in a person's name go in the order in which they said it: an
// answer that was put off is not to arrive after the one that takes it back.
const unpreceded = ` (kind <> '` + replyKind + `' OR NOT EXISTS (SELECT 1 FROM mail b WHERE b.kind = mail.kind AND b.person = mail.person
	AND b.recipient = mail.recipient AND b.id < mail.id AND b.state = 'queued')) `

// sweepMail ends the mails that are not to be sent any more.
func sweepMail(ctx context.Context, tx *sql.Tx, now time.Time) error {
	const free = ` WHERE state = 'queued' AND lease_until <= $1`
	for _, s := range []struct {
		state MailState
		why   string
		where string
	}{
		{MailParked, whyUnsure, free + fmt.Sprintf(` AND unsure >= %d`, MaxUnsure)},
		{MailDropped, whyLate, free + ` AND deadline_s <= $1`},
		{MailDropped, "the address is suppressed", free + ` AND id IN (SELECT m.id FROM suppressed x CROSS JOIN mail m
			WHERE m.state = 'queued' AND lower(m.recipient) = lower(x.address))`},
	} {
		found, err := mails(ctx, tx, s.where, now.Unix())
		if err != nil {
			return err
		}
		for _, m := range found {
			why := s.why
			if m.Why != "" {
				why += "; before that: " + m.Why
			}
			if err := m.end(ctx, tx, now, s.state, why); err != nil {
				return err
			}
		}
	}
	return nil
}

// Why the outbox itself ends a mail.
const (
	whyUnsure = "handed over twice, and both times the connection ended before an answer: it may have arrived"
	whyLate   = "its deadline is past"
)

// NextMail returns when the next mail is due of those that nobody sends at now;
// zero if there is none.
func (db *DB) NextMail(ctx context.Context, now time.Time) (time.Time, error) {
	var next int64
	err := db.read.QueryRowContext(ctx, `SELECT next_at FROM mail WHERE state = 'queued' AND lease_until <= $1 ORDER BY next_at LIMIT 1`, now.Unix()).Scan(&next)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("next mail due: %w", err)
	}
	return timeOf(next), nil
}

// MootError says why a mail is not to be sent any more.
type MootError struct{ Why string }

func (e *MootError) Error() string { return "the mail is not to be sent any more: " + e.Why }

// BeginMail notes that a mail is about to be handed over at now. Whoever dies after
// that leaves a mail that may have arrived. It is an ErrPaused while unmeet is paused,
// and a *MootError for a mail that there is no reason or no time left to send: since
// its lease was taken its person may have left, or somebody answered what it asks.
func (db *DB) BeginMail(ctx context.Context, m *Mail, now time.Time) error {
	err := db.settle(ctx, *m, func(tx *sql.Tx) error {
		if err := refusePaused(ctx, tx); err != nil {
			return err
		}
		if err := m.refuseMoot(ctx, tx, now); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE mail SET unsure = unsure + 1 WHERE id = $1`, m.ID)
		return err
	})
	if err == nil {
		m.Unsure, m.begun = m.Unsure+1, true
	}
	return err
}

// replyKind is the kind of mails that go in a person's name, and not to them: whether
// they want mail is no matter there.
const replyKind = "reply"

// refuseMoot returns a *MootError if there is no reason or no time left to send m.
func (m Mail) refuseMoot(ctx context.Context, tx *sql.Tx, now time.Time) error {
	if !now.Before(m.Deadline) {
		return &MootError{whyLate}
	}
	replies := ""
	if m.Kind == replyKind {
		replies = ` AND p.state <> 'enrolled'`
	}
	for _, moot := range []struct {
		why, count string
		arg        any
	}{
		{"the person takes no mail any more", `SELECT COUNT(*) FROM person p JOIN address a ON a.person_id = p.id
			WHERE a.addr = lower($1) AND (p.state <> 'enrolled' OR p.unsubscribed <> 0` + replies + `)`, m.Person},
		{"it asks what is no question any more", `SELECT COUNT(*) FROM suggestion WHERE mail_id = $1 AND state <> 'offered'`, m.ID},
	} {
		var n int
		if err := tx.QueryRowContext(ctx, moot.count, moot.arg).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return &MootError{moot.why}
		}
	}
	return nil
}

// MailSent notes that the server took a mail at now, and scrubs its words.
func (db *DB) MailSent(ctx context.Context, m Mail, now time.Time) error {
	err := db.settle(ctx, m, func(tx *sql.Tx) error {
		err := m.end(ctx, tx, now, MailSent, "")
		failpoint.Hit("mail-in-mark")
		return err
	})
	if err == nil {
		db.scrubMail(ctx, now)
	}
	return err
}

// scrubEvery is after how many mails at most their words are gone from the
// write-ahead log, too.
const scrubEvery = 50

// scrubMail empties the write-ahead log of the mails that were sent, once no other
// one is due, or there are many. It is no error where that fails: the mail is sent,
// and the next one tries again.
func (db *DB) scrubMail(ctx context.Context, now time.Time) {
	next, err := db.NextMail(ctx, now)
	if n := db.sent.Add(1); n >= scrubEvery || err == nil && (next.IsZero() || next.After(now)) {
		if db.Scrub(ctx) == nil {
			db.sent.Store(0)
		}
	}
}

// MailRetry notes that the server said "later", and why. From next on the mail is
// tried again; where that is past its deadline, it is parked.
func (db *DB) MailRetry(ctx context.Context, m Mail, now, next time.Time, why string) error {
	return db.settle(ctx, m, func(tx *sql.Tx) error {
		if !next.Before(m.Deadline) {
			return m.end(ctx, tx, now, MailParked, "put off until its deadline: "+why)
		}
		return m.giveBack(ctx, tx, `, tries = tries + 1, why = $3, next_at = $4`, why, next.Unix())
	})
}

// MailUnknown notes that a mail was handed over and no answer came. From next on it
// is sent again as it is, or it is parked, after [MaxUnsure] times.
func (db *DB) MailUnknown(ctx context.Context, m Mail, now, next time.Time, why string) error {
	m.begun = false // that stays so
	return db.settle(ctx, m, func(tx *sql.Tx) error {
		if m.Unsure >= MaxUnsure {
			return m.end(ctx, tx, now, MailParked, whyUnsure+": "+why)
		}
		return m.giveBack(ctx, tx, `, why = $3, next_at = $4`, why, next.Unix())
	})
}

// MailParked notes that a mail cannot be sent, and why.
func (db *DB) MailParked(ctx context.Context, m Mail, now time.Time, why string) error {
	return db.settle(ctx, m, func(tx *sql.Tx) error { return m.end(ctx, tx, now, MailParked, why) })
}

// MailDropped notes that there is no reason any more to send a mail, and why.
func (db *DB) MailDropped(ctx context.Context, m Mail, now time.Time, why string) error {
	return db.settle(ctx, m, func(tx *sql.Tx) error { return m.end(ctx, tx, now, MailDropped, why) })
}

// Suppress notes that the recipient's address does not exist, and why one thinks
// so: the mail is parked, and no other is sent there.
func (db *DB) Suppress(ctx context.Context, m Mail, now time.Time, why string) error {
	return db.settle(ctx, m, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO suppressed (address, why, at) VALUES ($1, $2, $3) ON CONFLICT (address) DO NOTHING`,
			strings.ToLower(m.To), why, now.Unix())
		if err != nil {
			return err
		}
		return m.end(ctx, tx, now, MailParked, why)
	})
}

// ReleaseMail gives a mail back that was not handed over: nothing else changes.
func (db *DB) ReleaseMail(ctx context.Context, m Mail) error {
	return db.settle(ctx, m, func(tx *sql.Tx) error { return m.giveBack(ctx, tx, ``) })
}

// settle changes a mail under its lease, so that it outlasts a loss of power.
func (db *DB) settle(ctx context.Context, m Mail, change func(*sql.Tx) error) error {
	err := db.changeDurably(ctx, func(tx *sql.Tx) error {
		held, err := tx.ExecContext(ctx, `UPDATE mail SET lease_by = lease_by WHERE id = $1 AND lease_by = $2 AND lease_until = $3 AND state = 'queued'`,
			m.ID, m.Lease.By, m.Lease.Until.Unix())
		if err := one(held, err, ErrMailTaken); err != nil {
			return err
		}
		return change(tx)
	})
	if err != nil {
		return fmt.Errorf("settle mail %d: %w", m.ID, err)
	}
	return nil
}

// answered is 1 for a mail that was handed over and answered: that is not unsure.
func (m Mail) answered() int {
	if m.begun {
		return 1
	}
	return 0
}

// giveBack frees a mail and sets what else is to be set.
func (m Mail) giveBack(ctx context.Context, tx *sql.Tx, set string, args ...any) error {
	_, err := tx.ExecContext(ctx, `UPDATE mail SET lease_by = '', lease_until = 0, unsure = unsure - $2`+set+` WHERE id = $1`,
		append([]any{m.ID, m.answered()}, args...)...)
	return err
}

// end ends a mail's way and scrubs its words. What it suggested is taken back, unless
// the mail was sent, or may have arrived.
func (m Mail) end(ctx context.Context, tx *sql.Tx, now time.Time, state MailState, why string) error {
	unsure := m.Unsure - m.answered()
	_, err := tx.ExecContext(ctx, `UPDATE mail SET state = $2, why = $3, ended_at = $4, unsure = $5, mime = NULL, lease_by = '', lease_until = 0 WHERE id = $1`,
		m.ID, string(state), why, now.Unix(), unsure)
	if err != nil || state == MailSent || unsure > 0 {
		return err
	}
	return mailDropped(ctx, tx, now, m.ID, why)
}

const selectMails = `SELECT id, message_id, person, kind, sender, recipient, mime, hash, state, why, tries, unsure, queued_at, ended_at,
	next_at, deadline_s, lease_by, lease_until FROM mail`

// mails returns the mails that where finds.
func mails(ctx context.Context, from queryer, where string, args ...any) (all []Mail, err error) {
	err = each(ctx, from, selectMails+where, func(rows *sql.Rows) error {
		var m Mail
		var queued, ended, next, deadline, until int64
		err := rows.Scan(&m.ID, &m.MessageID, &m.Person, &m.Kind, &m.From, &m.To, &m.MIME, &m.Hash, &m.State, &m.Why, &m.Tries, &m.Unsure,
			&queued, &ended, &next, &deadline, &m.Lease.By, &until)
		m.Queued, m.Ended, m.Next, m.Deadline, m.Lease.Until = timeOf(queued), timeOf(ended), timeOf(next), timeOf(deadline), timeOf(until)
		all = append(all, m)
		return err
	}, args...)
	return all, err
}

// HasMail reports whether there is a mail with a Message-ID, whatever became of it.
func (db *DB) HasMail(ctx context.Context, messageID string) (bool, error) {
	var n int
	if err := db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM mail WHERE message_id = $1`, messageID).Scan(&n); err != nil {
		return false, fmt.Errorf("look for a mail: %w", err)
	}
	return n > 0, nil
}

// MailStateOf returns how far the mail with a Message-ID has come; "" if there is none.
func (db *DB) MailStateOf(ctx context.Context, messageID string) (MailState, error) {
	var state MailState
	err := each(ctx, db.read, `SELECT state FROM mail WHERE message_id = $1`, func(rows *sql.Rows) error { return rows.Scan(&state) }, messageID)
	if err != nil {
		return "", fmt.Errorf("look for a mail: %w", err)
	}
	return state, nil
}

// Mails returns the mails in a state, the newest first, at most n.
func (db *DB) Mails(ctx context.Context, state MailState, n int) ([]Mail, error) {
	all, err := mails(ctx, db.read, ` WHERE state = $1 ORDER BY id DESC LIMIT $2`, string(state), n)
	if err != nil {
		return nil, fmt.Errorf("read mails: %w", err)
	}
	return all, nil
}
