package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"

	"unmeet/calendars"
	"unmeet/store/hours"
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
	known   bool // the database has it
}

// finish derives the touched meetings anew and brings the database in line.
func (a *applying) finish(ctx context.Context) error {
	if err := a.insert.flush(ctx); err != nil {
		return err
	}
	if len(a.touched) == 0 {
		return nil
	}
	keys := slices.SortedFunc(maps.Keys(a.touched), func(x, y key) int {
		return cmp.Or(cmp.Compare(x.uid, y.uid), cmp.Compare(x.organizer, y.organizer))
	})
	copies, err := a.copiesOf(ctx, keys)
	if err != nil {
		return err
	}
	meetings, err := a.meetings(ctx, keys, copies)
	if err != nil {
		return err
	}
	r, err := a.compare(ctx, keys, copies, meetings)
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
	a.result.Meetings = slices.Sorted(maps.Keys(r.changed))
	a.result.Ended = r.ended
	return nil
}

// deriveAnew derives all meetings again.
func deriveAnew(ctx context.Context, tx *sql.Tx) error {
	a, err := begin(ctx, tx)
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
	return copies, selectIn(ctx, a.tx, selectCopies+` WHERE uid IN (…)`, uids(keys), func(rows *sql.Rows) error {
		k, err := scanCopy(rows)
		if err == nil && a.touched[k.key] {
			copies[k.key] = append(copies[k.key], k)
		}
		return err
	})
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
func (a *applying) meetings(ctx context.Context, keys []key, copies map[key][]*kept) (map[key]int64, error) {
	ids := make(map[key]int64, len(keys))
	var last int64
	if err := a.tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM meeting`).Scan(&last); err != nil {
		return nil, err
	}
	if last > 0 {
		err := selectIn(ctx, a.tx, `SELECT id, uid, organizer FROM meeting WHERE uid IN (…)`, uids(keys), func(rows *sql.Rows) error {
			var id int64
			var k key
			err := rows.Scan(&id, &k.uid, &k.organizer)
			if a.touched[k] { // not its namesake by another organizer
				ids[k] = id
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
	rows := insertInto(a.tx, "meeting", "id", "uid", "organizer", "lineage_id")
	for _, k := range fresh {
		last++
		lineage++
		ids[k] = last
		if err := rows.add(ctx, last, k.uid, k.organizer, lineage); err != nil {
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
	people      map[int64]bool  // whose shares may have changed
	times       windows         // when
	others      map[int64]int64 // seconds gained by occurrences of other meetings
}

// compare derives the meetings and finds what differs from what is stored.
func (a *applying) compare(ctx context.Context, keys []key, copies map[key][]*kept, ids map[key]int64) (*refreshing, error) {
	r := &refreshing{
		a: a, touched: map[int64]bool{}, changed: map[int64]bool{}, people: map[int64]bool{}, others: map[int64]int64{},
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
			d = derive(copies[k], a.holdings, a.dir)
		}
		old := before[meeting]
		for i := range d.occurrences {
			s := &stored{occurrence: d.occurrences[i], meeting: meeting, key: k.of(d.occurrences[i].instance)}
			if was := old[s.instance]; was != nil {
				delete(old, s.instance)
				s.id, s.known, s.people, s.gross, s.shares = was.id, true, was.people, was.gross, was.shares
				s.write = !same(&s.occurrence, &was.occurrence)
				if s.write {
					r.affects(was)
				}
			} else {
				last++
				s.id, s.write = last, true
			}
			if s.write {
				r.changed[meeting] = true
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
		if s.attendances[i].attends() {
			r.people[s.attendances[i].person] = true
		}
	}
	r.times = append(r.times, window{s.start, s.end})
}

func same(a, b *occurrence) bool {
	return a.start == b.start && a.end == b.end && a.allDay == b.allDay && a.state == b.state &&
		a.subjectHash == b.subjectHash && a.heads == b.heads && a.headsKnown == b.headsKnown && a.counts == b.counts &&
		slices.Equal(a.attendances, b.attendances)
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
	if err != nil || len(byID) == 0 {
		return occurrences, subjects, err
	}
	err = selectIn(ctx, a.tx, `SELECT t.occurrence_id, t.person_id, t.response, t.source, t.busy, t.share_s
		FROM attendance t WHERE t.occurrence_id IN (…) ORDER BY t.occurrence_id, t.person_id`, slices.Sorted(maps.Keys(byID)), func(rows *sql.Rows) error {
		var id, share int64
		var t attendance
		err := rows.Scan(&id, &t.person, &t.response, &t.source, &t.busy, &share)
		s := byID[id]
		s.attendances = append(s.attendances, t)
		s.shares = append(s.shares, share)
		return err
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

// share shares out anew the time of the people affected.
func (r *refreshing) share(ctx context.Context) error {
	type turn struct {
		s *stored
		i int // of the attendance
	}
	near := r.times.merged()
	elsewhere, near2, err := r.elsewhere(ctx, near)
	if err != nil {
		return err
	}
	turns := make(map[int64][]turn, len(r.people))
	for _, s := range r.occurrences {
		if s.write {
			s.shares = make([]int64, len(s.attendances))
		}
		if s.counts != countsMeeting || !near2.meet(s.start, s.end) {
			continue
		}
		for i := range s.attendances {
			if t := &s.attendances[i]; t.attends() && r.people[t.person] {
				turns[t.person] = append(turns[t.person], turn{s, i})
			}
		}
	}
	update, err := r.a.tx.PrepareContext(ctx, `UPDATE attendance SET share_s = $1 WHERE occurrence_id = $2 AND person_id = $3`)
	if err != nil {
		return err
	}
	var busy []hours.Busy // Occurrence is a number in here, and in there for those elsewhere
	for person := range r.people {
		here, there := turns[person], elsewhere[person]
		busy = busy[:0]
		for i, t := range here {
			busy = append(busy, hours.Busy{Person: person, Occurrence: int64(i), Key: t.s.key, Start: t.s.start, End: t.s.end})
		}
		for i := range there {
			b := there[i].Busy
			b.Occurrence = int64(len(here) + i)
			busy = append(busy, b)
		}
		for _, h := range hours.Shares(busy) {
			if h.Occurrence < int64(len(here)) {
				t := here[h.Occurrence]
				if t.s.shares[t.i] != h.Seconds && near.meet(t.s.start, t.s.end) {
					t.s.shares[t.i], t.s.write = h.Seconds, true
				}
				continue
			}
			t := &there[h.Occurrence-int64(len(here))]
			if t.share == h.Seconds || !near.meet(t.Start, t.End) {
				continue
			}
			r.others[t.Occurrence] += h.Seconds - t.share
			if _, err := update.ExecContext(ctx, h.Seconds, t.Occurrence, person); err != nil {
				return err
			}
		}
	}
	for _, s := range r.occurrences {
		if s.write {
			s.sum()
		}
	}
	return nil
}

// sum counts who attends and adds up their shares.
func (s *stored) sum() {
	s.people, s.gross = 0, 0
	if s.counts != countsMeeting {
		return
	}
	for i := range s.attendances {
		if s.attendances[i].attends() {
			s.people++
			s.gross += s.shares[i]
		}
	}
}

// shared is somebody's time at a meeting that is not touched.
type shared struct {
	hours.Busy
	share int64 // as stored
}

// elsewhere loads the time that the people affected spend at meetings that are
// not touched, by person. Shares change only where near does; to tell them, it
// takes whatever overlaps an occurrence there, so it looks as far as those reach,
// and returns how far that is.
func (r *refreshing) elsewhere(ctx context.Context, near windows) (map[int64][]shared, windows, error) {
	busy := map[int64][]shared{}
	if r.a.copies != nil || len(r.people) == 0 {
		return busy, near, nil
	}
	longest, err := longest(ctx, r.a.tx)
	if err != nil {
		return nil, nil, err
	}
	const overlap = ` o.counts = 1 AND o.start_s > $1 AND o.start_s < $2 AND o.end_s > $3`
	further := slices.Clone(near)
	for _, w := range near {
		err := each(ctx, r.a.tx, `SELECT o.start_s, o.end_s FROM occurrence o WHERE`+overlap, func(rows *sql.Rows) error {
			var o window
			err := rows.Scan(&o.from, &o.to)
			further = append(further, o)
			return err
		}, w.from-longest, w.to, w.from)
		if err != nil {
			return nil, nil, err
		}
	}
	further = further.merged()
	for _, w := range further {
		err := each(ctx, r.a.tx, `SELECT t.person_id, o.id, o.meeting_id, o.start_s, o.end_s, t.share_s, m.uid, m.organizer, o.instance
			FROM occurrence o JOIN meeting m ON m.id = o.meeting_id JOIN attendance t ON t.occurrence_id = o.id
			WHERE t.busy = 1 AND t.response <> 'declined' AND`+overlap, func(rows *sql.Rows) error {
			var b shared
			var meeting int64
			var k key
			var instance calendars.Instance
			err := rows.Scan(&b.Person, &b.Occurrence, &meeting, &b.Start, &b.End, &b.share, &k.uid, &k.organizer, &instance)
			if err != nil || r.touched[meeting] || !r.people[b.Person] {
				return err
			}
			b.Key = k.of(instance)
			busy[b.Person] = append(busy[b.Person], b)
			return nil
		}, w.from-longest, w.to, w.from)
		if err != nil {
			return nil, nil, err
		}
	}
	return busy, further, nil
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
	attendances := insertInto(tx, "attendance", "occurrence_id", "person_id", "response", "source", "busy", "share_s")
	for _, s := range r.occurrences {
		if !s.write {
			continue
		}
		for i, t := range s.attendances {
			if err := attendances.add(ctx, s.id, t.person, string(t.response), t.source, number(t.busy), s.shares[i]); err != nil {
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

// longest returns the greatest length, in seconds, of all occurrences that have
// ever counted: what overlaps a time began no longer before it.
func longest(ctx context.Context, q queryer) (n int64, err error) {
	err = each(ctx, q, `SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'longest'`, func(rows *sql.Rows) error {
		return rows.Scan(&n)
	})
	return n, err
}

func (r *refreshing) saveLongest(ctx context.Context) error {
	was, err := longest(ctx, r.a.tx)
	if err != nil {
		return err
	}
	n := was
	for _, s := range r.occurrences {
		if s.counts != countsNot {
			n = max(n, s.end-s.start)
		}
	}
	if n == was {
		return nil
	}
	_, err = r.a.tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('longest', $1)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, strconv.FormatInt(n, 10))
	return err
}
