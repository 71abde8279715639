package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"unmeet/calendars"
	"unmeet/internal/failpoint"
)

// ApplyOption changes how Apply treats a delta.
type ApplyOption func(*applying)

// AcceptLoss lets a full listing through that lacks more than half of what is
// known.
func AcceptLoss() ApplyOption { return func(a *applying) { a.acceptLoss = true } }

// At says when the deltas were pulled; without it, that was now. What was over by
// then never ends: a calendar that forgets its past does not undo it.
func At(now time.Time) ApplyOption { return func(a *applying) { a.read = unixMilli(now.UnixMilli()) } }

// Apply keeps what a pull of one collection brought home and derives meetings,
// occurrences, attendances and shares from it, all in one transaction; an error
// leaves everything as it was. The same delta twice changes nothing. What it
// touched has no verdict until it is judged.
//
// A delta speaks of [From, To) and of nothing else: what is known outside stays,
// and events that lie outside are not kept. A zero From or To is no bound.
// Neither does anything end that was over when it was pulled (see [At]), nor an
// event among the delta's Skipped; where one of those has no UID, nothing at all
// ends for not being listed.
//
// A full listing that lacks more than half of ten or more known events that are
// not over is refused with a [*SuspectError]. A series is one event.
func (db *DB) Apply(ctx context.Context, collection int64, delta calendars.Delta, opts ...ApplyOption) (Touched, error) {
	one := func(yield func(Pull, error) bool) { yield(Pull{collection, delta}, nil) }
	return db.ApplyAll(ctx, one, opts...)
}

// ApplyAll is Apply for the pulls of several collections in one transaction,
// which saves deriving a meeting anew for each guest's copy of it. An error from
// pulls ends it, and leaves everything as it was. A suspect listing is left out,
// and the others are applied: then what they touched is returned beside an error
// that is a [*SuspectError] for each left out, joined. The transaction is open
// while pulls is asked for more: pulls must not write to db (AddCollection,
// SaveVerdicts and the like), which would wait for itself for ever.
func (db *DB) ApplyAll(ctx context.Context, pulls iter.Seq2[Pull, error], opts ...ApplyOption) (Touched, error) {
	var touched Touched
	var suspects []error
	err := db.change(ctx, func(tx *sql.Tx) error {
		a, err := begin(ctx, db, tx)
		if err != nil {
			return err
		}
		for _, o := range opts {
			o(a)
		}
		if err := held(ctx, tx, a.lease); err != nil {
			return err
		}
		for p, err := range pulls {
			if err != nil {
				return err
			}
			err := a.take(ctx, p)
			if suspect, ok := errors.AsType[*SuspectError](err); ok {
				suspects = append(suspects, suspect)
			} else if err != nil {
				return err
			}
		}
		if err := a.finish(ctx); err != nil {
			return err
		}
		touched = a.result
		failpoint.Hit("in-apply")
		return nil
	})
	if err != nil {
		return Touched{}, fmt.Errorf("apply: %w", err)
	}
	if len(suspects) > 0 {
		return touched, fmt.Errorf("apply: %w", errors.Join(suspects...))
	}
	return touched, nil
}

// Cursor returns where the next pull of a collection goes on, as its last delta
// said; "" at first.
func (db *DB) Cursor(ctx context.Context, collection int64) (cursor string, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT cursor FROM collection WHERE id = $1`, collection).Scan(&cursor)
	if err != nil {
		return "", fmt.Errorf("cursor of collection %d: %w", collection, err)
	}
	return cursor, nil
}

// applying is one transaction of deltas.
type applying struct {
	tx         *sql.Tx
	dir        *directory
	holdings   map[int64]*holding
	acceptLoss bool
	read       unixMilli // when the deltas were pulled
	lease      Lease     // that must hold; zero asks for none

	insert  *inserter       // of copies
	touched map[key]bool    // meetings to derive
	copies  map[key][]*kept // in a database that was empty: all of them, else nil
	taken   map[int64]bool  // collections seen in this transaction
	merged  []int64         // people who turned out to be others
	eraser  *eraser         // of people who are forgotten
	result  Touched
}

func begin(ctx context.Context, db *DB, tx *sql.Tx) (*applying, error) {
	a := &applying{
		tx: tx, holdings: map[int64]*holding{}, read: unixMilli(time.Now().UnixMilli()),
		insert:  insertInto(tx, "copy", copyColumns...),
		touched: map[key]bool{}, taken: map[int64]bool{},
	}
	var err error
	if a.dir, err = db.directory(ctx, tx); err != nil {
		return nil, err
	}
	if a.eraser, err = loadEraser(ctx, tx); err != nil {
		return nil, err
	}
	var any int
	switch err := tx.QueryRowContext(ctx, `SELECT 1 FROM copy UNION ALL SELECT 1 FROM withdrawn LIMIT 1`).Scan(&any); {
	case errors.Is(err, sql.ErrNoRows):
		a.copies = map[key][]*kept{}
	case err != nil:
		return nil, err
	}
	return a, nil
}

// hold loads what is known of the given collections.
func (a *applying) hold(ctx context.Context, collections ...int64) error {
	collections = slices.DeleteFunc(collections, func(id int64) bool { return a.holdings[id] != nil })
	return selectIn(ctx, a.tx, `SELECT c.id, n.id, n.kind, c.remote, n.owner, c.span_from, c.span_to, c.read_ms
		FROM collection c JOIN connection n ON n.id = c.connection_id WHERE c.id IN (…)`, collections, func(rows *sql.Rows) error {
		var id int64
		h := &holding{}
		err := rows.Scan(&id, &h.connection, &h.kind, &h.remote, &h.owner, &h.listed.from, &h.listed.to, &h.read)
		h.owner = a.dir.canonical(h.owner)
		a.holdings[id] = h
		return err
	})
}

// take merges one delta into the copies.
func (a *applying) take(ctx context.Context, p Pull) error {
	if err := a.hold(ctx, p.Collection); err != nil {
		return err
	}
	h := a.holdings[p.Collection]
	if h == nil {
		return fmt.Errorf("no such collection: %d", p.Collection)
	}
	delta := a.eraser.delta(p.Delta)
	d := &delta
	empty := a.copies != nil && !a.taken[p.Collection]
	if a.taken[p.Collection] {
		a.copies = nil // what is kept in memory may be out of date
		if err := a.insert.flush(ctx); err != nil {
			return err
		}
	}
	a.taken[p.Collection] = true

	in := receive(p.Collection, h, d, a.read)
	known := map[place]*kept{}
	if !empty {
		var err error
		if known, err = a.known(ctx, p.Collection, d, in); err != nil {
			return err
		}
	}
	if lives, missing := in.loss(known); lives >= 10 && 2*missing > lives && !a.acceptLoss {
		return &SuspectError{Collection: Collection{h.kind, h.remote, h.owner}, Known: lives, Missing: missing}
	}
	next := in.merge(known)
	if err := a.write(ctx, known, next); err != nil {
		return err
	}
	if err := a.withdraw(ctx, p.Collection, h, known, next); err != nil {
		return err
	}
	if err := a.learn(ctx, h, d); err != nil {
		return err
	}
	if in.whole {
		if err := a.wasRead(ctx, p.Collection, h); err != nil {
			return err
		}
	}
	if d.Full {
		h.listed = h.listed.widened(in.span)
	}
	_, err := a.tx.ExecContext(ctx, `UPDATE collection SET cursor = $1, span_from = $2, span_to = $3, read_ms = $4 WHERE id = $5`,
		d.Cursor, h.listed.from, h.listed.to, h.read, p.Collection)
	return err
}

// known loads what the database has of the objects that a delta speaks of.
func (a *applying) known(ctx context.Context, collection int64, d *calendars.Delta, in *incoming) (map[place]*kept, error) {
	known := map[place]*kept{}
	scan := func(rows *sql.Rows) error {
		k, err := scanCopy(rows)
		if err == nil && k.collection == collection {
			known[k.place] = k
		}
		return err
	}
	if d.Full {
		return known, each(ctx, a.tx, selectCopies+` WHERE collection_id = $1`, scan, collection)
	}
	var names []string
	for r := range in.gone {
		names = append(names, string(r))
	}
	for r := range in.first {
		if !in.gone[r] {
			names = append(names, string(r))
		}
	}
	return known, selectIn(ctx, a.tx, selectCopies+` WHERE collection_id = `+fmt.Sprint(collection)+` AND remote IN (…)`, names, scan)
}

// write brings the copies in the database from known to next, and notes which
// meetings that touches.
func (a *applying) write(ctx context.Context, known, next map[place]*kept) error {
	for p, k := range known {
		if next[p] != nil {
			continue
		}
		if err := a.drop(ctx, k); err != nil {
			return err
		}
		a.touch(p.key)
	}
	for _, p := range slices.SortedFunc(maps.Keys(next), place.compare) {
		k, old := next[p], known[p]
		if old == k {
			continue
		}
		spans, people, err := k.seal()
		if err != nil {
			return err
		}
		if old != nil {
			if old.hash == k.hash {
				continue
			}
			if err := a.drop(ctx, old); err != nil {
				return err
			}
		}
		if err := a.insert.add(ctx, k.columns(spans, people)...); err != nil {
			return err
		}
		a.touch(p.key)
		if a.copies != nil {
			a.copies[p.key] = append(a.copies[p.key], k)
		}
	}
	return nil
}

func (a *applying) touch(k key) {
	a.touched[k] = true
	a.result.Copies++
}

func (a *applying) drop(ctx context.Context, k *kept) error {
	_, err := a.tx.ExecContext(ctx, `DELETE FROM copy
		WHERE uid = $1 AND organizer = $2 AND instance = $3 AND collection_id = $4 AND remote = $5`,
		k.key.uid, k.key.organizer, string(k.instance), k.collection, string(k.remote))
	return err
}
