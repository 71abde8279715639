package store

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
)

// key names a meeting across all calendars.
type key struct {
	uid string
	// organizer is an address, '' where none is named. An event that names neither
	// an organizer nor guests is its owner's alone, though others have one with the
	// same UID: it bears aloneMark and the owner's address.
	organizer string
}

// aloneMark cannot begin an address.
const aloneMark = "alone: "

// named returns the organizer whom a key or a column names: never an owner.
func named(organizer string) string {
	if strings.HasPrefix(organizer, aloneMark) {
		return ""
	}
	return organizer
}

// of names one instance of the meeting. These names settle whose the seconds are
// of occurrences that start together (see hours.Busy).
func (k key) of(i calendars.Instance) string {
	return k.uid + "\x00" + k.organizer + "\x00" + string(i)
}

// place is where in a collection a copy stands.
type place struct {
	remote   calendars.RemoteID
	key      key
	instance calendars.Instance
}

// compare orders places as the key of the table copy does.
func (p place) compare(q place) int {
	return cmp.Or(
		cmp.Compare(p.key.uid, q.key.uid),
		cmp.Compare(p.key.organizer, q.key.organizer),
		cmp.Compare(p.instance, q.instance),
		cmp.Compare(p.remote, q.remote),
	)
}

// kept is a copy as the database keeps it. Times are Unix seconds.
type kept struct {
	collection int64
	place
	etag       string
	splitFrom  string // UID of the series that it was split off from
	sequence   int64
	modified   int64
	since      unixMilli // when it was first seen to claim the times it claims; not in hash
	title      string
	body       string
	bodyHash   int64 // of the description, whether or not body still has its words
	whole      bool  // body has all of them; see Forget
	location   string
	private    bool
	busy       bool
	status     calendars.Status
	kind       calendars.EventType
	start, end int64
	allDay     bool
	zone       string
	rule       string
	spans      []span
	headsKnown bool
	people     people
	ended      bool // no longer in the calendar: only what lies outside the listed span is left
	hash       int64
}

// people is what people_json holds.
type people struct {
	Organizer string     `json:"organizer,omitempty"` // name
	Guests    []attendee `json:"guests,omitempty"`
}

type attendee struct {
	Address  string             `json:"a,omitempty"`
	Name     string             `json:"n,omitempty"`
	Kind     calendars.Kind     `json:"k,omitempty"` // "" for an individual
	Response calendars.Response `json:"r,omitempty"`
	Optional bool               `json:"o,omitempty"`
	Guests   int                `json:"g,omitempty"`
}

// person reports whether a is a human being of whom we know an address.
func (a *attendee) person() bool { return a.as().Person() }

func (a *attendee) as() calendars.Attendee {
	return calendars.Attendee{Party: calendars.Party{Address: a.Address}, Kind: cmp.Or(a.Kind, calendars.Individual)}
}

type span struct {
	instance   calendars.Instance
	start, end int64
}

// series reports whether k stands for a whole series.
func (k *kept) series() bool { return k.instance == "" && (k.rule != "" || len(k.spans) > 0) }

// master reports whether k is the series itself or a one-off, not one changed
// instance.
func (k *kept) master() bool { return k.instance == "" }

// keep turns a source's copy into the one the database keeps: in seconds, and
// without words if it is private.
func keep(collection int64, c *calendars.Copy) *kept {
	k := &kept{
		collection: collection,
		place: place{
			remote:   c.Remote,
			key:      key{c.UID, strings.ToLower(c.Organizer.Address)},
			instance: c.Instance,
		},
		etag:       c.ETag,
		splitFrom:  c.SplitFrom,
		sequence:   int64(c.Sequence),
		title:      c.Title,
		body:       c.Body,
		location:   c.Location,
		private:    c.Private,
		busy:       c.Busy,
		status:     cmp.Or(c.Status, calendars.Confirmed),
		kind:       c.Type,
		start:      c.Start.Unix(),
		end:        max(c.Start.Unix(), c.End.Unix()),
		allDay:     c.AllDay,
		zone:       c.Zone,
		rule:       c.Rule,
		headsKnown: c.HeadsKnown,
		people:     people{Organizer: c.Organizer.Name},
	}
	if !c.Modified.IsZero() {
		k.modified = c.Modified.Unix()
	}
	if c.Private {
		k.title, k.body, k.location = "", "", ""
	}
	k.bodyHash, k.whole = hashOf(k.body), true
	if len(c.Spans) > 0 {
		k.spans = make([]span, len(c.Spans))
		for i, s := range c.Spans {
			k.spans[i] = span{s.Instance, s.Start.Unix(), max(s.Start.Unix(), s.End.Unix())}
		}
	}
	if len(c.People) > 0 {
		k.people.Guests = make([]attendee, len(c.People))
		for i, a := range c.People {
			k.people.Guests[i] = attendee{strings.ToLower(a.Address), a.Name, a.Kind, a.Response, a.Optional, max(0, a.Guests)}
			if a.Kind == calendars.Individual {
				k.people.Guests[i].Kind = ""
			}
		}
	}
	return k
}

// object is what one calendar object says of one meeting.
type object struct {
	remote calendars.RemoteID
	key    key
}

func (p place) object() object { return object{p.remote, p.key} }

// better orders two versions of the same copy: the newer comes first.
func better(a, b *kept) int {
	return cmp.Or(-cmp.Compare(a.sequence, b.sequence), -cmp.Compare(a.modified, b.modified))
}

// hashOf names a description; 0 is the empty one.
func hashOf(body string) int64 {
	if body == "" {
		return 0
	}
	sum := sha256.Sum256([]byte(body))
	return int64(binary.BigEndian.Uint64(sum[:])) | 1
}

// seal computes the hash of all that is kept, and returns the packed columns. Of
// the description it takes the hash, so that a copy whose words were let go is
// still seen to be what the calendar holds.
func (k *kept) seal() (spans []byte, peopleJSON []byte, err error) {
	spans = packSpans(k.spans)
	if peopleJSON, err = json.Marshal(k.people); err != nil {
		return nil, nil, fmt.Errorf("guest list of %s: %w", k.key.uid, err)
	}
	h := sha256.New()
	var b []byte
	for _, s := range []string{string(k.remote), k.key.uid, k.key.organizer, string(k.instance), k.etag, k.splitFrom, k.title, k.location, string(k.status), k.zone, k.rule} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	for _, n := range []int64{k.bodyHash, k.sequence, k.modified, k.start, k.end, number(k.private), number(k.busy), number(k.allDay), number(k.headsKnown), number(k.ended), int64(len(spans))} {
		b = binary.AppendVarint(b, n)
	}
	h.Write(b)
	h.Write(spans)
	h.Write(peopleJSON)
	h.Write([]byte(k.kind))
	k.hash = int64(binary.BigEndian.Uint64(h.Sum(nil)))
	return spans, peopleJSON, nil
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// packSpans writes spans as varints: the start less the one before, the length,
// and the instance's text, left out where it only repeats the start.
func packSpans(spans []span) []byte {
	b := []byte{}
	var last int64
	for _, s := range spans {
		b = binary.AppendVarint(b, s.start-last)
		b = binary.AppendUvarint(b, uint64(s.end-s.start))
		last = s.start
		if s.instance == instanceAt(s.start) {
			b = append(b, 0)
			continue
		}
		b = binary.AppendUvarint(b, uint64(len(s.instance)))
		b = append(b, s.instance...)
	}
	return b
}

var errSpans = errors.New("damaged list of occurrences")

// unpackSpans reads what packSpans wrote.
func unpackSpans(b []byte) ([]span, error) {
	var spans []span
	r := bytes.NewReader(b)
	var last int64
	for r.Len() > 0 {
		step, err1 := binary.ReadVarint(r)
		length, err2 := binary.ReadUvarint(r)
		name, err3 := binary.ReadUvarint(r)
		if err := errors.Join(err1, err2, err3); err != nil || name > uint64(r.Len()) {
			return nil, errSpans
		}
		last += step
		s := span{start: last, end: last + int64(length)}
		if name == 0 {
			s.instance = instanceAt(last)
		} else {
			at := len(b) - r.Len()
			s.instance = calendars.Instance(b[at : at+int(name)])
			r.Seek(int64(name), 1)
		}
		spans = append(spans, s)
	}
	return spans, nil
}

func instanceAt(t int64) calendars.Instance { return calendars.InstanceAt(time.Unix(t, 0)) }

// within returns the spans of k that touch w (in) and the others (out).
func (k *kept) within(w window) (in, out []span) {
	if w == always {
		return k.spans, nil
	}
	for _, s := range k.spans {
		if w.touches(s.start, s.end) {
			in = append(in, s)
		} else {
			out = append(out, s)
		}
	}
	return in, out
}

// touches reports whether any of k is in w.
func (k *kept) touches(w window) bool {
	if !k.series() {
		return w.touches(k.start, k.end)
	}
	return slices.ContainsFunc(k.spans, func(s span) bool { return w.touches(s.start, s.end) })
}

// begin is when the first occurrence of k starts.
func (k *kept) begin() int64 {
	if len(k.spans) > 0 {
		return k.spans[0].start
	}
	return k.start
}

// day is when the day begins, in its own zone, of the first occurrence of k.
func (k *kept) day() int64 {
	t := k.local(k.begin())
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, t.Location()).Unix()
}

// local is t in the zone of k.
func (k *kept) local(t int64) time.Time {
	zone, err := time.LoadLocation(k.zone)
	if err != nil {
		zone = time.UTC
	}
	return time.Unix(t, 0).In(zone)
}

// has reports whether i is among the occurrences of a series.
func (k *kept) has(i calendars.Instance) bool {
	return slices.ContainsFunc(k.spans, func(s span) bool { return s.instance == i })
}

// remainder is what is left of a copy once w of it is gone: its occurrences
// outside w. Nil if nothing is; k itself if none of it was in w.
func (k *kept) remainder(w window) *kept {
	if !k.touches(w) {
		return k
	}
	_, out := k.within(w)
	if len(out) == 0 {
		return nil
	}
	rest := *k
	rest.spans = out
	return &rest
}

// single is an occurrence of k as a copy of its own.
func (k *kept) single(s span) *kept {
	one := *k
	one.instance, one.start, one.end = s.instance, s.start, s.end
	one.rule, one.spans = "", nil
	return &one
}

// planned is the one-off k as an occurrence of a series.
func (k *kept) planned() span {
	s := span{instanceAt(k.start), k.start, k.end}
	if k.allDay {
		s.instance = calendars.InstanceOn(k.local(k.start))
	}
	return s
}

// sortSpans orders by time.
func sortSpans(spans []span) {
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.instance, b.instance))
	})
}

var copyColumns = []string{
	"collection_id", "remote", "uid", "organizer", "instance", "etag", "sequence", "modified_s", "since_ms",
	"title", "body", "location", "private", "busy", "status", "start_s", "end_s", "all_day",
	"zone", "rrule", "spans", "heads_known", "people_json", "ended", "hash", "body_hash", "whole",
	"split_from", "type",
}

var selectCopies = `SELECT ` + strings.Join(copyColumns, ", ") + ` FROM copy`

// columns returns k as a row of the table copy, in order of copyColumns.
func (k *kept) columns(spans, people []byte) []any {
	return []any{
		k.collection, string(k.remote), k.key.uid, k.key.organizer, string(k.instance), k.etag, k.sequence, k.modified, k.since,
		k.title, k.body, k.location, number(k.private), number(k.busy), string(k.status), k.start, k.end, number(k.allDay),
		k.zone, k.rule, spans, number(k.headsKnown), string(people), number(k.ended), k.hash, k.bodyHash, number(k.whole),
		k.splitFrom, string(k.kind),
	}
}

// scanCopy reads a row of selectCopies.
func scanCopy(rows *sql.Rows) (*kept, error) {
	k := &kept{}
	var spans, people []byte
	err := rows.Scan(&k.collection, &k.remote, &k.key.uid, &k.key.organizer, &k.instance, &k.etag, &k.sequence, &k.modified, &k.since,
		&k.title, &k.body, &k.location, &k.private, &k.busy, &k.status, &k.start, &k.end, &k.allDay,
		&k.zone, &k.rule, &spans, &k.headsKnown, &people, &k.ended, &k.hash, &k.bodyHash, &k.whole, &k.splitFrom, &k.kind)
	if err != nil {
		return nil, err
	}
	if k.spans, err = unpackSpans(spans); err != nil {
		return nil, fmt.Errorf("%w: %s", err, k.key.uid)
	}
	if err := json.Unmarshal(people, &k.people); err != nil {
		return nil, fmt.Errorf("guest list of %s: %w", k.key.uid, err)
	}
	return k, nil
}
