package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"slices"
	"strings"
	"time"
)

// ErrForgotten says that nothing is to be known of somebody: only they themselves can
// come back, by connecting.
var ErrForgotten = errors.New("this person was forgotten, by their own wish")

// Erase forgets a person: their connections with what is known from them alone, what
// they were asked and answered, their mails, links and browsers, and their name and
// addresses wherever others' calendars, suggestions and the audit log have them. It
// works for people outside of the organization, too. What comes in later with one of
// their addresses is kept without it.
//
// Numbers stay, which nobody can find them by: outcomes and plans, and their share of
// meetings of the past that others' calendars show. It returns ErrNoPerson if nothing
// at all was known of the address.
func (db *DB) Erase(ctx context.Context, now time.Time, address string) error {
	address = strings.ToLower(address)
	err := db.changeDurably(ctx, func(tx *sql.Tx) error { return db.eraseAll(ctx, tx, now, address) })
	if err != nil {
		return fmt.Errorf("forget %s: %w", address, err)
	}
	return db.scrubWholly(ctx)
}

func (db *DB) eraseAll(ctx context.Context, tx *sql.Tx, now time.Time, address string) error {
	person, err := personOf(ctx, tx, address)
	if err != nil && !errors.Is(err, ErrNoPerson) {
		return err
	}
	addresses := []string{address}
	if person != 0 {
		if addresses, err = addressesOf(ctx, tx, person); err != nil {
			return err
		}
	}
	names, err := calledBy(ctx, tx, addresses)
	if err != nil {
		return err
	}
	if person != 0 {
		if err := db.eraseOwn(ctx, tx, now, person, addresses); err != nil {
			return err
		}
	}
	e, err := loadEraser(ctx, tx)
	if err != nil {
		return err
	}
	again := e.knows(address)
	for _, a := range addresses {
		if err := e.add(ctx, tx, now.Unix(), a); err != nil {
			return err
		}
	}
	if err := dropSessions(ctx, tx, addresses); err != nil {
		return err
	}
	if person != 0 {
		if err := unname(ctx, tx, e, person, addresses); err != nil {
			return err
		}
	}
	for _, drop := range []func(context.Context, *sql.Tx, time.Time, *eraser, []string) error{dropActions, dropMails, blankAudit} {
		if err := drop(ctx, tx, now, e, addresses); err != nil {
			return err
		}
	}
	if err := blankReasons(ctx, tx, newNamer(e, names)); err != nil {
		return err
	}
	touched, err := eraseCopies(ctx, tx, e, addresses)
	if err != nil {
		return err
	}
	n, err := eraseTexts(ctx, tx, e, addresses)
	if err != nil {
		return err
	}
	if !again && person == 0 && n == 0 && len(touched) == 0 {
		return ErrNoPerson
	}
	if err := eraseNames(ctx, tx); err != nil {
		return err
	}
	if err := peopleChanged(ctx, tx); err != nil {
		return err
	}
	if err := attendedBy(ctx, tx, person, now, touched); err != nil {
		return err
	}
	before, err := subjectsAt(ctx, tx, touched)
	if err != nil {
		return err
	}
	a, err := begin(ctx, db, tx)
	if err != nil {
		return err
	}
	a.copies, a.touched = nil, touched
	if err := a.finish(ctx); err != nil {
		return err
	}
	if err := a.dropEmpty(ctx); err != nil {
		return err
	}
	if err := carryVerdicts(ctx, tx, before, touched); err != nil {
		return err
	}
	return prune(ctx, tx)
}

// addressesOf returns all addresses of a person.
func addressesOf(ctx context.Context, tx *sql.Tx, person int64) (addresses []string, err error) {
	return addresses, each(ctx, tx, `SELECT addr FROM address WHERE person_id = $1 ORDER BY addr`, func(rows *sql.Rows) error {
		var a string
		err := rows.Scan(&a)
		addresses = append(addresses, a)
		return err
	}, person)
}

// eraseOwn erases a person's connections and what they were asked and answered.
func (db *DB) eraseOwn(ctx context.Context, tx *sql.Tx, now time.Time, person int64, addresses []string) error {
	var connections []int64
	err := each(ctx, tx, `SELECT c.id FROM connection c JOIN address a ON a.addr = c.owner WHERE a.person_id = $1 ORDER BY c.id`, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		connections = append(connections, id)
		return err
	}, person)
	if err != nil {
		return err
	}
	// An enrolled person is not taken for somebody whom nobody's calendar shows any more.
	if err := enrol(ctx, tx, addresses[0], "out"); err != nil {
		return err
	}
	for _, id := range connections {
		if err := erase(ctx, db, tx, id); err != nil {
			return err
		}
	}
	if err := leave(ctx, tx, now, person, "forget"); err != nil {
		return err
	}
	for _, id := range connections {
		if _, err := tx.ExecContext(ctx, `DELETE FROM connection WHERE id = $1`, id); err != nil {
			return err
		}
	}
	return nil
}

// unname leaves a person without anything that they could be found by.
func unname(ctx context.Context, tx *sql.Tx, e *eraser, person int64, addresses []string) error {
	_, err := tx.ExecContext(ctx, `UPDATE person SET email = NULL, state = 'erased', zone = '', language = '', rhythm = '', unsubscribed = 0, subscribed = 0, turn_at = 0, alone_at = 0 WHERE id = $1`, person)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM address WHERE person_id = $1`, person); err != nil {
		return err
	}
	for _, a := range addresses {
		if _, err := tx.ExecContext(ctx, `INSERT INTO address (addr, person_id) VALUES ($1, $2) ON CONFLICT (addr) DO UPDATE SET person_id = excluded.person_id`, pseudonym(e.hash(a)), person); err != nil {
			return err
		}
	}
	return nil
}

// dropActions ends what was still to be done in others' calendars about meetings of
// whoever is forgotten: nobody could find those any more.
func dropActions(ctx context.Context, tx *sql.Tx, now time.Time, _ *eraser, addresses []string) error {
	for _, address := range addresses {
		for _, drop := range []string{
			`UPDATE plan SET state = 'thawed', why = '', seen_at = 0, replaced_s = 0 WHERE start_s > $2 AND ` + planStands + ` AND suggestion_id IN (
				SELECT s.id FROM suggestion s JOIN action a ON a.suggestion_id = s.id WHERE s.organizer = $1 AND a.state IN ('waiting', 'due', 'begun'))`,
			`UPDATE action SET state = 'dropped', why = 'its organizer was forgotten', ended_at = $2, lease_by = '', lease_until = 0
				WHERE state IN ('waiting', 'due', 'begun') AND suggestion_id IN (SELECT id FROM suggestion WHERE organizer = $1)`,
		} {
			if _, err := tx.ExecContext(ctx, drop, address, now.Unix()); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropMails ends mails to others that have not left yet and name whoever is forgotten,
// or are about a meeting or a trial with them. What they ask is asked again.
func dropMails(ctx context.Context, tx *sql.Tx, now time.Time, e *eraser, addresses []string) error {
	drop := map[int64]bool{}
	err := each(ctx, tx, `SELECT id, mime FROM mail WHERE mime IS NOT NULL`, func(rows *sql.Rows) error {
		var id int64
		var mime []byte
		err := rows.Scan(&id, &mime)
		plain, _ := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(mime))) // as far as it goes
		for _, text := range []string{string(mime), string(plain)} {
			drop[id] = drop[id] || e.text(text) != text
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, address := range addresses {
		err := each(ctx, tx, `SELECT m.id FROM mail m WHERE m.mime IS NOT NULL AND (
				m.id IN (SELECT mail_id FROM suggestion WHERE organizer = $1)
				OR m.id IN (SELECT t.mail_id FROM token t JOIN suggestion s ON s.id = t.suggestion_id WHERE s.organizer = $1))`, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			drop[id] = true
			return err
		}, address)
		if err != nil {
			return err
		}
	}
	const why = "somebody whom it names was forgotten"
	for id, named := range drop {
		if !named {
			continue
		}
		if err := mailDropped(ctx, tx, now, id, why); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE mail SET mime = NULL, lease_by = '', lease_until = 0, ended_at = CASE state WHEN 'queued' THEN $2 ELSE ended_at END,
			why = CASE state WHEN 'queued' THEN $3 ELSE why END, state = CASE state WHEN 'queued' THEN 'dropped' ELSE state END WHERE id = $1`, id, now.Unix(), why)
		if err != nil {
			return err
		}
	}
	return nil
}

// blankAudit has the audit log name whoever is forgotten no more.
func blankAudit(ctx context.Context, tx *sql.Tx, _ time.Time, _ *eraser, addresses []string) error {
	for _, address := range addresses {
		const named = `SELECT audit_id FROM audit_about WHERE address = $1 OR address LIKE $2`
		for _, blank := range []string{
			`UPDATE audit SET why = '' WHERE why <> '' AND id IN (` + named + `)`,
			`UPDATE audit SET words = '' WHERE words <> '' AND id IN (` + named + `) AND NOT EXISTS (
				SELECT 1 FROM audit_about o WHERE o.audit_id = audit.id AND o.address NOT IN ('', $1) AND o.address NOT LIKE $2)`,
			`UPDATE audit_about SET address = '' WHERE address = $1 OR address LIKE $2`,
		} {
			if _, err := tx.ExecContext(ctx, blank, address, strings.NewReplacer("%", "", "_", "").Replace(address)+".%"); err != nil {
				return err
			}
		}
	}
	return nil
}

// eraseCopies takes whoever is forgotten out of others' copies, and returns which
// meetings that touches, as they are named then.
func eraseCopies(ctx context.Context, tx *sql.Tx, e *eraser, addresses []string) (map[key]bool, error) {
	touched := map[key]bool{}
	var found []*kept
	for _, address := range addresses {
		err := each(ctx, tx, selectCopies+` WHERE instr(lower(remote || ' ' || uid || ' ' || organizer || ' ' || title || ' ' || body || ' ' || location || ' ' || split_from || ' ' || people_json), $1) > 0`, func(rows *sql.Rows) error {
			k, err := scanCopy(rows)
			found = append(found, k)
			return err
		}, address)
		if err != nil {
			return nil, err
		}
	}
	drop := &applying{tx: tx}
	insert := insertInto(tx, "copy", copyColumns...)
	insert.tail = " ON CONFLICT DO NOTHING" // found by two addresses
	for _, k := range found {
		if err := drop.drop(ctx, k); err != nil {
			return nil, err
		}
		touched[k.key] = true // the meeting may be there under both names
		e.kept(k)
		spans, people, err := k.seal()
		if err != nil {
			return nil, err
		}
		if err := insert.add(ctx, k.columns(spans, people)...); err != nil {
			return nil, err
		}
		touched[k.key] = true
	}
	return touched, insert.flush(ctx)
}

// attendedBy adds to touched what a person was to attend from now on.
func attendedBy(ctx context.Context, tx *sql.Tx, person int64, now time.Time, touched map[key]bool) error {
	return each(ctx, tx, `SELECT DISTINCT m.uid, m.organizer FROM attendance t JOIN occurrence o ON o.id = t.occurrence_id
		JOIN meeting m ON m.id = o.meeting_id WHERE t.person_id = $1 AND o.start_s >= $2`, func(rows *sql.Rows) error {
		var k key
		err := rows.Scan(&k.uid, &k.organizer)
		touched[k] = true
		return err
	}, person, now.Unix())
}

// subjectAt is where a subject stands.
type subjectAt struct {
	meeting  int64
	instance string
}

// subjectsAt returns what the occurrences of meetings are judged by.
func subjectsAt(ctx context.Context, tx *sql.Tx, meetings map[key]bool) (map[subjectAt]string, error) {
	all := map[subjectAt]string{}
	uids := func(yield func(string) bool) {
		for k := range meetings {
			if !yield(k.uid) {
				return
			}
		}
	}
	return all, selectIn(ctx, tx, `SELECT o.meeting_id, o.instance, o.subject_hash FROM meeting m JOIN occurrence o ON o.meeting_id = m.id WHERE m.uid IN (…)`, slices.Collect(uids), func(rows *sql.Rows) error {
		var at subjectAt
		var hash string
		err := rows.Scan(&at.meeting, &at.instance, &hash)
		all[at] = hash
		return err
	})
}

// carryVerdicts gives what occurrences are judged by now the verdicts on what they
// were judged by before: they differ in the name of one person alone, and the words of
// many were let go.
func carryVerdicts(ctx context.Context, tx *sql.Tx, before map[subjectAt]string, meetings map[key]bool) error {
	after, err := subjectsAt(ctx, tx, meetings)
	if err != nil {
		return err
	}
	carried := map[[2]string]bool{}
	for at, hash := range after {
		old, known := before[at]
		if !known || old == hash || carried[[2]string{old, hash}] {
			continue
		}
		carried[[2]string{old, hash}] = true
		var words string
		err := each(ctx, tx, selectSubjects+` WHERE s.hash = $1 LIMIT 1`, func(rows *sql.Rows) error {
			s, err := scanSubject(rows)
			words = s.Words()
			return err
		}, hash)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO verdict (subject_hash, rules_hash, category, verdict, words)
			SELECT $2, rules_hash, category, verdict, $3 FROM verdict WHERE subject_hash = $1 ON CONFLICT (subject_hash, rules_hash) DO NOTHING`, old, hash, words)
		if err != nil {
			return err
		}
	}
	return nil
}

// Forgotten reports whether the owner of an address was forgotten, and did not come
// back.
func (db *DB) Forgotten(ctx context.Context, address string) (forgotten bool, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		e, err := loadEraser(ctx, tx)
		if err == nil {
			forgotten = e.knows(address)
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("whether %s was forgotten: %w", address, err)
	}
	return forgotten, nil
}

// welcome takes back that somebody was forgotten: they connected, themselves. All
// calendars are read whole once more, since what they say of them was not kept.
func welcome(ctx context.Context, tx *sql.Tx, address, via string) error {
	e, err := loadEraser(ctx, tx)
	if err != nil || !e.knows(address) {
		return err
	}
	if via != ByGrant {
		return ErrForgotten
	}
	if _, err := tx.ExecContext(ctx, `UPDATE forgotten SET hash = $2 WHERE hash = $1`, e.hash(address), returned(e.hash(address))); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE collection SET cursor = ''`)
	return errors.Join(err, peopleChanged(ctx, tx))
}

// Forgettings tells of people who were forgotten, by hashes alone.
type Forgettings struct{ of *eraser }

// Forgettings returns who was forgotten.
func (db *DB) Forgettings(ctx context.Context) (f Forgettings, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		f.of, err = loadEraser(ctx, tx)
		return err
	})
	if err != nil {
		return f, fmt.Errorf("read who was forgotten: %w", err)
	}
	return f, nil
}

// EraseAgain erases everybody whom another database of the organization has forgotten
// and this one knows, in a guest list, say: it is older. It returns how many those are.
// The rest it will not get to know.
func (db *DB) EraseAgain(ctx context.Context, now time.Time, f Forgettings) (n int, err error) {
	if f.of == nil || f.of.none() {
		return 0, nil
	}
	err = db.change(ctx, func(tx *sql.Tx) error {
		e, err := loadEraser(ctx, tx)
		if err != nil {
			return err
		}
		return e.adopt(ctx, tx, now.Unix(), f.of)
	})
	if err != nil {
		return 0, fmt.Errorf("take over who was forgotten: %w", err)
	}
	known := map[string]bool{}
	note := func(address string) { known[strings.ToLower(address)] = f.of.knows(address) }
	err = each(ctx, db.read, `SELECT addr FROM address`, func(rows *sql.Rows) error {
		var address string
		err := rows.Scan(&address)
		note(address)
		return err
	})
	if err == nil {
		err = each(ctx, db.read, selectCopies, func(rows *sql.Rows) error {
			k, err := scanCopy(rows)
			if err != nil {
				return err
			}
			note(k.key.organizer)
			for _, g := range k.people.Guests {
				note(g.Address)
			}
			return nil
		})
	}
	if err != nil {
		return 0, fmt.Errorf("look for who was forgotten: %w", err)
	}
	for address, forgotten := range known {
		if !forgotten {
			continue
		}
		if err := db.Erase(ctx, now, address); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
