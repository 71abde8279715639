package store

import (
	"cmp"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unmeet/calendars"
)

// Monday of the weeks that tests play in, and what deltas list by default.
var (
	monday  = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	lastDay = monday.AddDate(0, 0, 28)
)

// at is an hour of a day after monday.
func at(day int, hour float64) time.Time {
	return monday.AddDate(0, 0, day).Add(time.Duration(hour * float64(time.Hour)))
}

// openFile opens a database file for acme.example.
func openFile(t testing.TB) *DB {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.SetOrganization(t.Context(), Organization{Name: "Acme", Domains: []string{"acme.example"}}); err != nil {
		t.Fatal(err)
	}
	return db
}

// calendar registers the calendar of somebody at acme.example, or, with an @,
// elsewhere; "" is a calendar of nobody known.
func (db *DB) calendar(t testing.TB, owner string) int64 {
	t.Helper()
	id, err := db.AddCollection(t.Context(), Collection{Kind: "ics", Remote: cmp.Or(owner, "export") + ".ics", Owner: address(owner)})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func address(name string) string {
	if name == "" || strings.Contains(name, "@") {
		return name
	}
	return name + "@acme.example"
}

// full lists everything that a calendar holds in the four weeks.
func full(copies ...calendars.Copy) calendars.Delta {
	return calendars.Delta{Full: true, From: monday, To: lastDay, Copies: copies}
}

// apply applies a delta that must be accepted.
func (db *DB) apply(t testing.TB, collection int64, d calendars.Delta, opts ...ApplyOption) Touched {
	t.Helper()
	touched, err := db.Apply(t.Context(), collection, d, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return touched
}

// event is an hour's one-off by ann with the given guests, on the first Monday at
// nine. A guest is "name" or "name=answer".
func event(uid string, change func(*calendars.Copy), guests ...string) calendars.Copy {
	c := calendars.Copy{
		Remote: calendars.RemoteID(uid), UID: uid, Title: "Title of " + uid, Body: "Body of " + uid,
		Busy: true, Status: calendars.Confirmed, Zone: "UTC", HeadsKnown: true,
		Start: at(0, 9), End: at(0, 10), Organizer: calendars.Party{Address: address("ann")},
	}
	for _, g := range guests {
		c.People = append(c.People, attending(g))
	}
	if change != nil {
		change(&c)
	}
	return c
}

func attending(guest string) calendars.Attendee {
	name, answer, _ := strings.Cut(guest, "=")
	return calendars.Attendee{
		Party: calendars.Party{Address: address(name)}, Kind: calendars.Individual,
		Response: calendars.Response(cmp.Or(answer, string(calendars.NoAnswer))),
	}
}

// weekly makes an event a series of the four weeks.
func weekly(c *calendars.Copy) {
	c.Rule = "FREQ=WEEKLY"
	c.Spans = nil
	for week := range 4 {
		start := c.Start.AddDate(0, 0, 7*week)
		c.Spans = append(c.Spans, calendars.Span{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(c.End.Sub(c.Start))})
	}
}

// without takes the instance of a week out of a series.
func without(week int, c *calendars.Copy) {
	gone := calendars.InstanceAt(c.Start.AddDate(0, 0, 7*week))
	var rest []calendars.Span
	for _, s := range c.Spans {
		if s.Instance != gone {
			rest = append(rest, s)
		}
	}
	c.Spans = rest
}

// changed is a series' instance of a week as a copy of its own.
func changed(series calendars.Copy, week int, change func(*calendars.Copy)) calendars.Copy {
	start := series.Start.AddDate(0, 0, 7*week)
	c := series
	c.Instance, c.Rule, c.Spans = calendars.InstanceAt(start), "", nil
	c.Start, c.End = start, start.Add(series.End.Sub(series.Start))
	change(&c)
	return c
}

// derivedLines renders all that is derived, one line for each occurrence, without
// ids, in an order that hangs on nothing but its contents:
//
//	status by ann 20261102T090000Z: Mon 2 09:00-10:00, 3 heads, counts 1, 90m; "Title"; ann organizer:accepted 30m, …
func (db *DB) derivedLines(t testing.TB) []string {
	t.Helper()
	var lines []string
	err := each(t.Context(), db.read, `SELECT o.id, m.uid, m.organizer, o.instance, o.start_s, o.end_s, o.all_day, o.state,
			o.heads, o.heads_known, o.counts, o.people, o.gross_s, s.title, s.private
		FROM occurrence o JOIN meeting m ON m.id = o.meeting_id
		LEFT JOIN subject s ON s.meeting_id = m.id AND s.hash = o.subject_hash
		ORDER BY m.uid, m.organizer, o.start_s, o.instance`, func(rows *sql.Rows) error {
		var id, start, end, gross int64
		var uid, organizer, instance, state string
		var allDay, known, private bool
		var heads, counts, people int
		var title sql.NullString
		if err := rows.Scan(&id, &uid, &organizer, &instance, &start, &end, &allDay, &state, &heads, &known, &counts, &people, &gross, &title, &private); err != nil {
			return err
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%s by %s", uid, cmp.Or(short(organizer), "nobody"))
		if instance != "" {
			fmt.Fprintf(&b, " %s", instance)
		}
		fmt.Fprintf(&b, ": %s-%s", time.Unix(start, 0).UTC().Format("Mon 2 15:04"), time.Unix(end, 0).UTC().Format("15:04"))
		if allDay {
			b.WriteString(", all day")
		}
		if state != string(calendars.Confirmed) {
			b.WriteString(", " + state)
		}
		fmt.Fprintf(&b, ", %d heads", heads)
		if !known {
			b.WriteString(" or more")
		}
		switch counts {
		case countsNot:
			b.WriteString(", not counted")
		case countsUnknown:
			b.WriteString(", unknown")
		default:
			fmt.Fprintf(&b, ", %d people %s", people, minutes(gross))
		}
		if private {
			b.WriteString("; private")
		}
		if !title.Valid {
			t.Errorf("%s %s has no subject", uid, instance)
		}
		fmt.Fprintf(&b, "; %q", title.String)
		sep := "; "
		err := each(t.Context(), db.read, `SELECT p.email, t.response, t.source, t.busy, t.share_s FROM attendance t JOIN person p ON p.id = t.person_id
			WHERE t.occurrence_id = $1 ORDER BY p.email`, func(rows *sql.Rows) error {
			var email, response, source string
			var busy bool
			var share int64
			err := rows.Scan(&email, &response, &source, &busy, &share)
			fmt.Fprintf(&b, "%s%s %s:%s", sep, short(email), source, response)
			if !busy {
				b.WriteString(" free")
			}
			if share != 0 {
				b.WriteString(" " + minutes(share))
			}
			sep = ", "
			return err
		}, id)
		lines = append(lines, b.String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func short(address string) string { return strings.TrimSuffix(address, "@acme.example") }

func minutes(seconds int64) string {
	if seconds%60 == 0 {
		return fmt.Sprintf("%dm", seconds/60)
	}
	return fmt.Sprintf("%ds", seconds)
}

// allSubjects reads the subjects of all meetings.
func (db *DB) allSubjects(t testing.TB) []Subject {
	t.Helper()
	var all []Subject
	for s, err := range db.Subjects(t.Context(), nil, "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}
