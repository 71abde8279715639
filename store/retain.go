package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What is kept for how long.
//
// Whatever lies before a time goes: occurrences with the copies that tell of them,
// suggestions with all that came of them, mails, verdicts, visits, looks and the audit
// log. A suggestion goes as a whole, once nothing of it reaches beyond that time: so no
// sum of what is kept changes. For the same reason occurrences go a week later, for
// they may share somebody's time with one that is kept, and outcomes only together
// with all weeks that they are told with.
//
// What stays is what holds on: that somebody wants no suggestions about something, that
// an address does not exist, that a link ends all mail, who takes part and who left.

// retainSlack is how much longer occurrences are kept: the longest meeting that shares
// of time are still exact for.
const retainSlack = 7 * 24 * time.Hour

// Kept says from when on things are kept.
type Kept struct {
	From     time.Time // all but outcomes
	Outcomes time.Time // not after From
}

// Swept counts what was let go.
type Swept struct {
	Copies      int // changed, or gone
	Suggestions int
	Outcomes    int
	Mails       int
	Looks       int
	Commands    int // of the audit log
}

// Any reports whether anything was let go.
func (s Swept) Any() bool { return s != Swept{} }

// Retain lets go of what lies before k.
func (db *DB) Retain(ctx context.Context, now time.Time, k Kept) (s Swept, err error) {
	if k.Outcomes.After(k.From) {
		k.Outcomes = k.From
	}
	if err := db.retain(ctx, now, k, &s); err != nil {
		return s, fmt.Errorf("let go of what is older than %s: %w", k.From.Format(time.DateOnly), err)
	}
	if !s.Any() {
		return s, nil
	}
	return s, db.Scrub(ctx)
}

func (db *DB) retain(ctx context.Context, now time.Time, k Kept, s *Swept) error {
	if err := db.change(ctx, func(tx *sql.Tx) error { return retainLogs(ctx, tx, now, k, s) }); err != nil {
		return err
	}
	old, err := db.overSuggestions(ctx, k.From)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(old, page) {
		err := db.change(ctx, func(tx *sql.Tx) error { return dropSuggestions(ctx, tx, part) })
		if err != nil {
			return err
		}
		s.Suggestions += len(part)
	}
	if err := db.change(ctx, func(tx *sql.Tx) error { return retainMails(ctx, tx, k.From, s) }); err != nil {
		return err
	}
	return db.retainCopies(ctx, k.From, s)
}

// retainLogs lets go of the rows that are only ever added, and of visits.
func retainLogs(ctx context.Context, tx *sql.Tx, now time.Time, k Kept, s *Swept) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('kept from', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, strconv.FormatInt(k.From.Unix(), 10))
	if err != nil {
		return err
	}
	for _, drop := range []struct {
		query string
		at    time.Time
		count *int
	}{
		{`DELETE FROM outcome WHERE at < $1`, k.Outcomes, &s.Outcomes},
		{`DELETE FROM look WHERE at < $1`, k.From, &s.Looks},
		{`DELETE FROM audit_about WHERE audit_id IN (SELECT id FROM audit WHERE at < $1)`, k.From, nil},
		{`DELETE FROM audit WHERE at < $1`, k.From, &s.Commands},
		{`DELETE FROM visit WHERE at < $1`, k.From, nil},
		{`DELETE FROM silence WHERE until_s > 0 AND until_s < $1`, k.From, nil},
		{`DELETE FROM browser WHERE until_s <= $1`, now, nil},
		{`DELETE FROM pending WHERE expires_s <= $1`, now, nil},
		{`DELETE FROM session WHERE until_s <= $1`, now, nil},
		{`DELETE FROM session WHERE used_s <= $1`, now.Add(-SessionIdle), nil},
		{`DELETE FROM login WHERE since_s <= $1`, now.Add(-time.Hour), nil},
	} {
		done, err := tx.ExecContext(ctx, drop.query, drop.at.Unix())
		if err != nil {
			return err
		}
		if drop.count != nil {
			n, err := done.RowsAffected()
			if err != nil {
				return err
			}
			*drop.count += int(n)
		}
	}
	return nil
}

// overSuggestions returns the suggestions of which nothing reaches to cut or beyond.
func (db *DB) overSuggestions(ctx context.Context, cut time.Time) (ids []int64, err error) {
	err = each(ctx, db.read, `SELECT s.id FROM suggestion s
		WHERE s.offered_at < $1 AND s.starts_s < $1 AND s.expires_s < $1 AND s.closes_s < $1 AND s.pressed_at < $1 AND s.commit_at < $1 AND s.next_at < $1 AND s.state <> 'pending'
		AND NOT EXISTS (SELECT 1 FROM plan p WHERE p.suggestion_id = s.id AND p.end_s > $1)
		AND NOT EXISTS (SELECT 1 FROM action a WHERE a.suggestion_id = s.id AND (a.state IN ('waiting', 'due', 'begun') OR a.ended_at >= $1))
		AND NOT EXISTS (SELECT 1 FROM trial t WHERE t.suggestion_id = s.id AND t.next_at > 0)
		AND s.id NOT IN (SELECT suggestion_id FROM outcome WHERE suggestion_id IS NOT NULL) ORDER BY s.id`, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, cut.Unix())
	return ids, err
}

// dropSuggestions removes suggestions with all that hangs on them.
func dropSuggestions(ctx context.Context, tx *sql.Tx, ids []int64) error {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = strconv.FormatInt(id, 10)
	}
	these := ` IN (` + strings.Join(list, ", ") + `)`
	trials := ` IN (SELECT id FROM trial WHERE suggestion_id` + these + `)`
	for _, drop := range []string{
		`DELETE FROM visit WHERE token_hash IN (SELECT hash FROM token WHERE suggestion_id` + these + ` OR trial_id` + trials + `)`,
		`DELETE FROM token WHERE suggestion_id` + these + ` OR trial_id` + trials,
		`DELETE FROM trial_guest WHERE trial_id` + trials,
		`DELETE FROM trial WHERE suggestion_id` + these,
		`DELETE FROM attempt WHERE action_id IN (SELECT id FROM action WHERE suggestion_id` + these + `)`,
		`DELETE FROM action WHERE undoes IS NOT NULL AND suggestion_id` + these,
		`DELETE FROM action WHERE suggestion_id` + these,
		`DELETE FROM glance WHERE suggestion_id` + these,
		`DELETE FROM plan_week WHERE suggestion_id` + these,
		`DELETE FROM plan WHERE suggestion_id` + these,
		`DELETE FROM suggestion_rule WHERE suggestion_id` + these,
		`UPDATE browser SET suggestion_id = NULL WHERE suggestion_id` + these,
		`UPDATE silence SET suggestion_id = NULL WHERE suggestion_id` + these,
		`DELETE FROM suggestion WHERE id` + these,
	} {
		if _, err := tx.ExecContext(ctx, drop); err != nil {
			return err
		}
	}
	return nil
}

// retainMails lets go of mails that ended before cut, and of their links but those
// that end all mail, which hold for good.
func retainMails(ctx context.Context, tx *sql.Tx, cut time.Time, s *Swept) error {
	const old = ` WHERE state <> 'queued' AND ended_at < $1 AND id NOT IN (SELECT mail_id FROM suggestion)`
	for _, drop := range []string{
		`DELETE FROM visit WHERE token_hash IN (SELECT hash FROM token WHERE expires_s > 0 AND expires_s < $1 AND mail_id IN (SELECT id FROM mail` + old + `))`,
		`DELETE FROM token WHERE expires_s > 0 AND expires_s < $1 AND mail_id IN (SELECT id FROM mail` + old + `)`,
		`DELETE FROM mail` + old,
	} {
		done, err := tx.ExecContext(ctx, drop, cut.Unix())
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return err
		}
		if strings.HasPrefix(drop, `DELETE FROM mail`) {
			s.Mails += int(n)
		}
	}
	return nil
}

// retainCopies lets go of occurrences, and of copies that tell of no other.
func (db *DB) retainCopies(ctx context.Context, from time.Time, s *Swept) error {
	cut := from.Add(-retainSlack).Unix()
	old := map[key]bool{}
	err := each(ctx, db.read, `SELECT uid, organizer, instance, end_s, rrule, spans FROM copy WHERE start_s < $1`, func(rows *sql.Rows) error {
		k := &kept{}
		var spans []byte
		err := rows.Scan(&k.key.uid, &k.key.organizer, &k.instance, &k.end, &k.rule, &spans)
		if err != nil || old[k.key] {
			return err
		}
		if k.spans, err = unpackSpans(spans); err != nil {
			return fmt.Errorf("%w: %s", err, k.key.uid)
		}
		if k.series() && slices.ContainsFunc(k.spans, func(s span) bool { return s.end <= cut }) || !k.series() && k.end <= cut {
			old[k.key] = true
		}
		return nil
	}, cut)
	if err != nil {
		return err
	}
	keys := slices.SortedFunc(maps.Keys(old), func(x, y key) int { return strings.Compare(x.uid+"\x00"+x.organizer, y.uid+"\x00"+y.organizer) })
	for part := range slices.Chunk(keys, page) {
		err := db.change(ctx, func(tx *sql.Tx) error {
			a, err := begin(ctx, db, tx)
			if err != nil {
				return err
			}
			a.copies = nil
			for _, k := range part {
				a.touched[k] = true
			}
			if err := a.trim(ctx, part, cut); err != nil {
				return err
			}
			s.Copies += a.result.Copies
			if err := a.finish(ctx); err != nil {
				return err
			}
			return a.dropEmpty(ctx)
		})
		if err != nil {
			return err
		}
	}
	return db.change(ctx, func(tx *sql.Tx) error {
		// What is asked for before that is not known any more.
		_, err := tx.ExecContext(ctx, `UPDATE collection SET span_from = CASE WHEN span_to < $1 THEN span_to ELSE $1 END WHERE span_from < $1 AND span_from < span_to`, from.Unix())
		if err != nil || len(keys) == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM dated WHERE NOT EXISTS (SELECT 1 FROM meeting m WHERE m.uid = dated.uid AND m.organizer = dated.organizer)`)
		if err != nil {
			return err
		}
		return prune(ctx, tx)
	})
}

// trim takes out of the copies of the given meetings what ended at cut or before. A
// changed instance stays as long as its series still plans it.
func (a *applying) trim(ctx context.Context, keys []key, cut int64) error {
	copies, err := a.copiesOf(ctx, keys)
	if err != nil {
		return err
	}
	type series struct {
		collection int64
		object     object
	}
	for _, k := range keys {
		planned := map[series]*kept{}
		for _, c := range copies[k] {
			if !c.series() {
				continue
			}
			rest := *c
			rest.spans = slices.DeleteFunc(slices.Clone(c.spans), func(s span) bool { return s.end <= cut })
			planned[series{c.collection, c.object()}] = &rest
			if len(rest.spans) == len(c.spans) {
				continue
			}
			if err := a.drop(ctx, c); err != nil {
				return err
			}
			a.result.Copies++
			if len(rest.spans) == 0 {
				continue
			}
			spans, people, err := rest.seal()
			if err != nil {
				return err
			}
			if err := a.insert.add(ctx, rest.columns(spans, people)...); err != nil {
				return err
			}
		}
		for _, c := range copies[k] {
			whole := planned[series{c.collection, c.object()}]
			if c.series() || c.end > cut || c.instance != "" && whole != nil && whole.has(c.instance) {
				continue
			}
			if err := a.drop(ctx, c); err != nil {
				return err
			}
			a.result.Copies++
		}
	}
	return nil
}
