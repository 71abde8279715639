package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"

	"unmeet/calendars"
)

// stored is an occurrence with its place in the database.
type stored struct {
	occurrence
	id      int64
	meeting int64
	key     string  // canonical: settles whose second it is
	shares  []int64 // of the attendances, in their order
	people  int
	gross   int64
	write   bool // differs from what the database has
	shared  bool // takes the same people the same time as in the database
	known   bool // the database has it
}

// finish derives the touched meetings anew and brings the database in line.
func (a *applying) finish(ctx context.Context) error {
	if err := a.insert.flush(ctx); err != nil {
		return err
	}
	if len(a.touched) == 0 {
		return a.forgetMerged(ctx)
	}
	keys := slices.SortedFunc(maps.Keys(a.touched), func(x, y key) int {
		return cmp.Or(cmp.Compare(x.uid, y.uid), cmp.Compare(x.organizer, y.organizer))
	})
	copies, err := a.copiesOf(ctx, keys)
	if err != nil {
		return err
	}
	withdrawn, err := a.withdrawals(ctx, keys, copies)
	if err != nil {
		return err
	}
	dated, err := a.dated(ctx, keys)
	if err != nil {
		return err
	}
	meetings, err := a.meetings(ctx, keys, copies, withdrawn)
	if err != nil {
		return err
	}
	if err := a.link(ctx, keys); err != nil {
		return err
	}
	r, err := a.compare(ctx, keys, copies, withdrawn, dated, meetings)
	if err != nil {
		return err
	}
	if err := a.dir.save(ctx, a.tx); err != nil {
		return err
	}
	if err := r.share(ctx); err != nil {
		return err
	}
	if err := r.save(ctx); err != nil {
		return err
	}
	if err := a.forgetMerged(ctx); err != nil {
		return err
	}
	a.result.Meetings = slices.Sorted(maps.Keys(r.changed))
	a.result.Ended = r.ended
	return nil
}

// deriveAnew derives all meetings again.
func deriveAnew(ctx context.Context, db *DB, tx *sql.Tx) error {
	a, err := begin(ctx, db, tx)
	if err != nil {
		return err
	}
	a.copies = nil
	err = each(ctx, tx, `SELECT DISTINCT uid, organizer FROM copy`, func(rows *sql.Rows) error {
		var k key
		err := rows.Scan(&k.uid, &k.organizer)
		a.touched[k] = true
		return err
	})
	if err != nil {
		return err
	}
	return a.finish(ctx)
}

// copiesOf returns all copies of the given meetings.
func (a *applying) copiesOf(ctx context.Context, keys []key) (map[key][]*kept, error) {
	if a.copies != nil {
		return a.copies, nil
	}
	copies := make(map[key][]*kept, len(keys))
	collections := map[int64]bool{}
	err := selectIn(ctx, a.tx, selectCopies+` WHERE uid IN (…)`, uids(keys), func(rows *sql.Rows) error {
		k, err := scanCopy(rows)
		if err == nil && a.touched[k.key] {
			copies[k.key] = append(copies[k.key], k)
			collections[k.collection] = true
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return copies, a.hold(ctx, slices.Collect(maps.Keys(collections))...)
}

func uids(keys []key) []string {
	all := make([]string, 0, len(keys))
	for _, k := range keys {
		if len(all) == 0 || all[len(all)-1] != k.uid {
			all = append(all, k.uid)
		}
	}
	return all
}

// meetings returns the ids of the given meetings, and writes those that are new.
func (a *applying) meetings(ctx context.Context, keys []key, copies map[key][]*kept, withdrawn map[key][]withdrawal) (map[key]int64, error) {
	ids := make(map[key]int64, len(keys))
	dated := map[key]unixMilli{}
	var last int64
	if err := a.tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM meeting`).Scan(&last); err != nil {
		return nil, err
	}
	if last > 0 {
		err := selectIn(ctx, a.tx, `SELECT id, uid, organizer, news_ms FROM meeting WHERE uid IN (…)`, uids(keys), func(rows *sql.Rows) error {
			var id int64
			var k key
			var last unixMilli
			err := rows.Scan(&id, &k.uid, &k.organizer, &last)
			if a.touched[k] { // not its namesake by another organizer
				ids[k], dated[k] = id, last
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	var lineage int64
	if err := a.tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM lineage`).Scan(&lineage); err != nil {
		return nil, err
	}
	var fresh []key
	lineages := insertInto(a.tx, "lineage", "id")
	for _, k := range keys {
		last := news(copies[k], withdrawn[k])
		if id := ids[k]; id != 0 && dated[k] != last {
			if _, err := a.tx.ExecContext(ctx, `UPDATE meeting SET news_ms = $1 WHERE id = $2`, last, id); err != nil {
				return nil, err
			}
		}
		if ids[k] != 0 || len(copies[k]) == 0 {
			continue
		}
		fresh = append(fresh, k)
		if err := lineages.add(ctx, lineage+int64(len(fresh))); err != nil {
			return nil, err
		}
	}
	if err := lineages.flush(ctx); err != nil {
		return nil, err
	}
	rows := insertInto(a.tx, "meeting", "id", "uid", "organizer", "lineage_id", "news_ms")
	for _, k := range fresh {
		last++
		lineage++
		ids[k] = last
		if err := rows.add(ctx, last, k.uid, k.organizer, lineage, news(copies[k], withdrawn[k])); err != nil {
			return nil, err
		}
	}
	return ids, rows.flush(ctx)
}

// refreshing is what has to be written once touched meetings are derived.
type refreshing struct {
	a           *applying
	occurrences []*stored      // of the touched meetings, as they shall be
	touched     map[int64]bool // meetings derived here
	removed     []*stored
	subjects    []Subject // to be written
	forget      []int64   // meetings whose subjects are written anew
	changed     map[int64]bool
	ended       int
	near        map[int64]windows // by person: when their shares may have changed
	others      map[int64]int64   // seconds gained by occurrences of other meetings
}

// compare derives the meetings and finds what differs from what is stored.
func (a *applying) compare(ctx context.Context, keys []key, copies map[key][]*kept, withdrawn map[key][]withdrawal, dated map[key][]datedAnswer, ids map[key]int64) (*refreshing, error) {
	r := &refreshing{
		a: a, touched: map[int64]bool{}, changed: map[int64]bool{}, near: map[int64]windows{}, others: map[int64]int64{},
	}
	for _, id := range ids {
		r.touched[id] = true
	}
	before, subjects, err := a.stored(ctx, r.touched)
	if err != nil {
		return nil, err
	}
	var last int64
	if err := a.tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM occurrence`).Scan(&last); err != nil {
		return nil, err
	}
	for _, k := range keys {
		meeting := ids[k]
		if meeting == 0 {
			continue
		}
		var d derived
		if len(copies[k]) > 0 {
			d = derive(copies[k], withdrawn[k], dated[k], a.holdings, a.dir)
		}
		old := before[meeting]
		for i := range d.occurrences {
			s := &stored{occurrence: d.occurrences[i], meeting: meeting, key: k.of(d.occurrences[i].instance)}
			if was := old[s.instance]; was != nil {
				delete(old, s.instance)
				s.id, s.known, s.people, s.gross, s.shares = was.id, true, was.people, was.gross, was.shares
				s.write = !same(&s.occurrence, &was.occurrence)
				s.shared = sameTime(&s.occurrence, &was.occurrence)
				if !s.shared {
					r.affects(was)
				}
			} else {
				last++
				s.id, s.write = last, true
			}
			if s.write {
				r.changed[meeting] = true
			}
			if !s.shared {
				r.affects(s)
			}
			r.occurrences = append(r.occurrences, s)
		}
		for _, was := range old {
			r.removed = append(r.removed, was)
			r.ended++
			r.changed[meeting] = true
			r.affects(was)
		}
		var hashes []string
		for i := range d.subjects {
			d.subjects[i].Meeting = meeting
			hashes = append(hashes, d.subjects[i].Hash)
		}
		slices.Sort(hashes)
		if !slices.Equal(hashes, subjects[meeting]) {
			r.changed[meeting] = true
			if len(subjects[meeting]) > 0 {
				r.forget = append(r.forget, meeting)
			}
			r.subjects = append(r.subjects, d.subjects...)
		}
	}
	slices.SortFunc(r.removed, func(x, y *stored) int { return cmp.Compare(x.id, y.id) })
	return r, nil
}

// affects notes that the time of those who attend s may be shared otherwise.
func (r *refreshing) affects(s *stored) {
	if s.counts != countsMeeting {
		return
	}
	for i := range s.attendances {
		if t := &s.attendances[i]; t.attends() {
			r.near[t.person] = append(r.near[t.person], window{s.start, s.end})
		}
	}
}

func same(a, b *occurrence) bool {
	return a.start == b.start && a.end == b.end && a.allDay == b.allDay && a.state == b.state &&
		a.subjectHash == b.subjectHash && a.heads == b.heads && a.headsKnown == b.headsKnown && a.counts == b.counts &&
		slices.Equal(a.attendances, b.attendances)
}

// sameTime reports whether two versions of an occurrence take the same people the
// same time, so that shares stay as they are.
func sameTime(a, b *occurrence) bool {
	return a.start == b.start && a.end == b.end && a.counts == b.counts &&
		slices.EqualFunc(a.attendances, b.attendances, func(x, y attendance) bool {
			return x.person == y.person && x.attends() == y.attends()
		})
}

// stored loads occurrences, by meeting and instance, and hashes of subjects, in
// order.
func (a *applying) stored(ctx context.Context, meetings map[int64]bool) (map[int64]map[calendars.Instance]*stored, map[int64][]string, error) {
	occurrences := map[int64]map[calendars.Instance]*stored{}
	subjects := map[int64][]string{}
	ids := slices.Sorted(maps.Keys(meetings))
	byID := map[int64]*stored{}
	err := selectIn(ctx, a.tx, `SELECT id, meeting_id, instance, start_s, end_s, all_day, state, subject_hash, heads, heads_known, counts, people, gross_s
		FROM occurrence WHERE meeting_id IN (…)`, ids, func(rows *sql.Rows) error {
		s := &stored{known: true}
		err := rows.Scan(&s.id, &s.meeting, &s.instance, &s.start, &s.end, &s.allDay, &s.state, &s.subjectHash, &s.heads, &s.headsKnown, &s.counts, &s.people, &s.gross)
		if occurrences[s.meeting] == nil {
			occurrences[s.meeting] = map[calendars.Instance]*stored{}
		}
		occurrences[s.meeting][s.instance] = s
		byID[s.id] = s
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	err = selectIn(ctx, a.tx, `SELECT t.occurrence_id, t.person_id, t.response, t.source, t.busy, t.optional, t.share_s
		FROM attendance t WHERE t.occurrence_id IN (…) ORDER BY t.occurrence_id, t.person_id`, slices.Sorted(maps.Keys(byID)), func(rows *sql.Rows) error {
		var id, share int64
		var t attendance
		if err := rows.Scan(&id, &t.person, &t.response, &t.source, &t.busy, &t.optional, &share); err != nil {
			return err
		}
		s := byID[id]
		s.attendances = append(s.attendances, t)
		s.shares = append(s.shares, share)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return occurrences, subjects, selectIn(ctx, a.tx, `SELECT meeting_id, hash FROM subject WHERE meeting_id IN (…) ORDER BY meeting_id, hash`, ids, func(rows *sql.Rows) error {
		var id int64
		var hash string
		err := rows.Scan(&id, &hash)
		subjects[id] = append(subjects[id], hash)
		return err
	})
}

// save writes what differs.
func (r *refreshing) save(ctx context.Context) error {
	tx := r.a.tx
	run := func(query string, args ...any) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}
	for _, s := range r.removed {
		if err := run(`DELETE FROM attendance WHERE occurrence_id = $1`, s.id); err != nil {
			return err
		}
		if err := run(`DELETE FROM occurrence WHERE id = $1`, s.id); err != nil {
			return err
		}
	}
	for _, s := range r.occurrences {
		if !s.write || !s.known {
			continue
		}
		if err := run(`DELETE FROM attendance WHERE occurrence_id = $1`, s.id); err != nil {
			return err
		}
		if err := run(`UPDATE occurrence SET start_s = $1, end_s = $2, all_day = $3, state = $4, subject_hash = $5,
			heads = $6, heads_known = $7, counts = $8, people = $9, gross_s = $10 WHERE id = $11`,
			s.start, s.end, number(s.allDay), string(s.state), s.subjectHash, s.heads, number(s.headsKnown), s.counts, s.people, s.gross, s.id); err != nil {
			return err
		}
	}
	occurrences := insertInto(tx, "occurrence", "id", "meeting_id", "instance", "start_s", "end_s", "all_day", "state",
		"subject_hash", "heads", "heads_known", "counts", "people", "gross_s")
	for _, s := range r.occurrences {
		if s.known {
			continue
		}
		if err := occurrences.add(ctx, s.id, s.meeting, string(s.instance), s.start, s.end, number(s.allDay), string(s.state),
			s.subjectHash, s.heads, number(s.headsKnown), s.counts, s.people, s.gross); err != nil {
			return err
		}
	}
	if err := occurrences.flush(ctx); err != nil {
		return err
	}
	attendances := insertInto(tx, "attendance", "occurrence_id", "person_id", "response", "source", "busy", "optional", "share_s", "start_s")
	for _, s := range r.occurrences {
		if !s.write {
			continue
		}
		for i, t := range s.attendances {
			if err := attendances.add(ctx, s.id, t.person, string(t.response), t.source, number(t.busy), number(t.optional), s.shares[i], s.start); err != nil {
				return err
			}
		}
	}
	if err := attendances.flush(ctx); err != nil {
		return err
	}
	for id, gained := range r.others {
		if err := run(`UPDATE occurrence SET gross_s = gross_s + $1 WHERE id = $2`, gained, id); err != nil {
			return err
		}
	}
	if err := r.saveLongest(ctx); err != nil {
		return err
	}
	return r.saveSubjects(ctx)
}
