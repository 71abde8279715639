package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"unmeet/calendars"
	"unmeet/internal/failpoint"
)

// ApplyOption changes how Apply treats a delta.
type ApplyOption func(*applying)

// AcceptLoss lets a full listing through that lacks more than half of what is
// known.
func AcceptLoss() ApplyOption { return func(a *applying) { a.acceptLoss = true } }

// Apply keeps what a pull of one collection brought home and derives meetings,
// occurrences, attendances and shares from it, all in one transaction; an error
// leaves everything as it was. The same delta twice changes nothing.
//
// A delta speaks of [From, To) and of nothing else: what is known outside stays,
// and events that lie outside are not kept. A zero From or To is no bound. A
// full listing that lacks more than half of ten or more known copies is refused
// with a [*SuspectError].
func (db *DB) Apply(ctx context.Context, collection int64, delta calendars.Delta, opts ...ApplyOption) (Touched, error) {
	one := func(yield func(Pull, error) bool) { yield(Pull{collection, delta}, nil) }
	return db.ApplyAll(ctx, one, opts...)
}

// ApplyAll is Apply for the pulls of several collections in one transaction,
// which saves deriving a meeting anew for each guest's copy of it. An error from
// pulls ends it. The transaction is open while pulls is asked for more: pulls must
// not write to db (AddCollection, SaveVerdicts and the like), which would wait for
// itself for ever.
func (db *DB) ApplyAll(ctx context.Context, pulls iter.Seq2[Pull, error], opts ...ApplyOption) (Touched, error) {
	var touched Touched
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
			if err := a.take(ctx, p); err != nil {
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
	lease      Lease // that must hold; zero asks for none

	insert  *inserter       // of copies
	touched map[key]bool    // meetings to derive
	copies  map[key][]*kept // in a database that was empty: all of them, else nil
	taken   map[int64]bool  // collections seen in this transaction
	result  Touched
}

func begin(ctx context.Context, db *DB, tx *sql.Tx) (*applying, error) {
	a := &applying{
		tx: tx, holdings: map[int64]*holding{},
		insert:  insertInto(tx, "copy", copyColumns...),
		touched: map[key]bool{}, taken: map[int64]bool{},
	}
	var err error
	if a.dir, err = db.directory(ctx, tx); err != nil {
		return nil, err
	}
	var any int
	switch err := tx.QueryRowContext(ctx, `SELECT 1 FROM copy LIMIT 1`).Scan(&any); {
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
	return selectIn(ctx, a.tx, `SELECT c.id, n.kind, c.remote, n.owner, c.span_from, c.span_to
		FROM collection c JOIN connection n ON n.id = c.connection_id WHERE c.id IN (…)`, collections, func(rows *sql.Rows) error {
		var id int64
		h := &holding{}
		err := rows.Scan(&id, &h.kind, &h.remote, &h.owner, &h.listed.from, &h.listed.to)
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
	d := &p.Delta
	w := windowOf(d.From, d.To)
	fresh := h.listed.from == h.listed.to
	if a.taken[p.Collection] {
		a.copies = nil // what is kept in memory may be out of date
		if err := a.insert.flush(ctx); err != nil {
			return err
		}
	}
	a.taken[p.Collection] = true

	listed := a.listed(p.Collection, d)
	known := map[place]*kept{}
	if !fresh {
		var err error
		if known, err = a.known(ctx, p.Collection, d, listed); err != nil {
			return err
		}
	}
	next := merge(known, listed, d, w)
	if !a.acceptLoss {
		if err := suspect(h, known, listed, d, w); err != nil {
			return err
		}
	}
	if err := a.write(ctx, known, next); err != nil {
		return err
	}
	if fresh {
		h.listed = w
	} else {
		h.listed = window{min(h.listed.from, w.from), max(h.listed.to, w.to)}
	}
	_, err := a.tx.ExecContext(ctx, `UPDATE collection SET cursor = $1, span_from = $2, span_to = $3 WHERE id = $4`,
		d.Cursor, h.listed.from, h.listed.to, p.Collection)
	return err
}

// listed returns the delta's copies by place, the newest of those that claim the
// same. A changed instance that names no organizer has that of its series.
func (a *applying) listed(collection int64, d *calendars.Delta) map[place]*kept {
	type series struct {
		remote calendars.RemoteID
		uid    string
	}
	organizers := map[series]string{}
	for i := range d.Copies {
		if c := &d.Copies[i]; c.Instance == "" && c.Organizer.Address != "" {
			organizers[series{c.Remote, c.UID}] = c.Organizer.Address
		}
	}
	listed := make(map[place]*kept, len(d.Copies))
	for i := range d.Copies {
		c := d.Copies[i]
		if c.Instance != "" && c.Organizer.Address == "" {
			c.Organizer.Address = organizers[series{c.Remote, c.UID}]
		}
		k := keep(collection, &c)
		if other := listed[k.place]; other == nil || better(k, other) <= 0 {
			listed[k.place] = k
		}
	}
	return listed
}

// known loads what the database has of the objects that a delta speaks of.
func (a *applying) known(ctx context.Context, collection int64, d *calendars.Delta, listed map[place]*kept) (map[place]*kept, error) {
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
	remotes := map[calendars.RemoteID]bool{}
	for _, r := range d.Gone {
		remotes[r] = true
	}
	for p := range listed {
		remotes[p.remote] = true
	}
	names := make([]string, 0, len(remotes))
	for r := range remotes {
		names = append(names, string(r))
	}
	return known, selectIn(ctx, a.tx, selectCopies+` WHERE collection_id = `+fmt.Sprint(collection)+` AND remote IN (…)`, names, scan)
}

// merge returns what is to be kept of the objects that a delta speaks of: what it
// lists within w, and what was known outside.
func merge(known, listed map[place]*kept, d *calendars.Delta, w window) map[place]*kept {
	next := make(map[place]*kept, len(listed))
	speaks := map[calendars.RemoteID]bool{}
	for p, k := range listed {
		speaks[p.remote] = true
		old := known[p]
		switch {
		case k.series():
			var out []span
			if old != nil {
				_, out = old.within(w)
			}
			if k.spans, _ = k.within(w); len(out) > 0 {
				k.spans = slices.Concat(k.spans, out)
				sortSpans(k.spans)
			}
			if k.series() {
				next[p] = k
			}
		case w.touches(k.start, k.end):
			next[p] = k
		case old != nil:
			if rest := old.remainder(w); rest != nil {
				next[p] = rest
			}
		}
	}
	gone := window{w.from, always.to}
	for p, k := range known {
		if listed[p] != nil {
			continue
		}
		rest := k
		switch {
		case slices.Contains(d.Gone, p.remote):
			rest = k.remainder(gone)
		case speaks[p.remote] || d.Full:
			rest = k.remainder(w)
		}
		if rest != nil {
			next[p] = rest
		}
	}

	// A series is kept for its instances: alone it has nothing to say.
	type object struct {
		remote calendars.RemoteID
		key    key
	}
	lives := map[object]bool{}
	for p, k := range next {
		if !k.master() || len(k.spans) > 0 {
			lives[object{p.remote, p.key}] = true
		}
	}
	maps.DeleteFunc(next, func(p place, k *kept) bool {
		return k.series() && !lives[object{p.remote, p.key}]
	})
	return next
}

// suspect refuses a full listing that lacks more than half of what is known.
func suspect(h *holding, known, listed map[place]*kept, d *calendars.Delta, w window) error {
	if !d.Full {
		return nil
	}
	lives, missing := 0, 0
	for p, k := range known {
		if in, _ := k.within(w); k.ended || len(in) == 0 && !w.touches(k.start, k.end) {
			continue
		}
		lives++
		if listed[p] == nil {
			missing++
		}
	}
	if lives >= 10 && 2*missing > lives {
		return &SuspectError{Collection: Collection{h.kind, h.remote, h.owner}, Known: lives, Missing: missing}
	}
	return nil
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
