package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"unmeet/agent/text"
	"unmeet/calendars"
	"unmeet/calendars/ics"
)

// eventsCmd shows what unmeet sees in calendar files.
type eventsCmd struct {
	Files  []string `arg:"" optional:"" name:"file" help:"An .ics file, a folder of them, a .zip, or - for standard input."`
	From   day      `placeholder:"DATE" help:"First day, such as 2026-10-26; without it, the first that something happens on."`
	To     day      `placeholder:"DATE" help:"The day after the last; without it, the day after all has happened."`
	Zone   string   `placeholder:"ZONE" help:"IANA time zone that days and times are shown in; UTC, or the configuration's."`
	Now    string   `placeholder:"TIME" help:"Take this as the present, as 2026-11-22 or RFC 3339."`
	Format string   `enum:"table,json" default:"table" placeholder:"FORMAT" help:"table or json."`
}

// Help teaches what comes out.
func (eventsCmd) Help() string {
	return `Shows every occurrence in [from, to), cancelled ones too, as unmeet understands it. What could not be read is named on stderr, with file, line and reason.

    unmeet events calendar.ics --from 2026-11-01 --zone Europe/Berlin
    unmeet events export.zip --format json | jq '.[].title'

JSON is an array, by start and uid, of

    {"uid", "instance", "start", "end", "all_day", "title", "status",
     "organizer", "attendees": [{"email", "response"}]}

start and end are RFC 3339 with the zone's offset, dates for whole days (end is the day after). instance is the RECURRENCE-ID of one of a series, "" for a one-off. Without --to, series without end are shown until a year from now.`
}

// eventRow is one occurrence as a file has it.
type eventRow struct {
	UID       string             `json:"uid"`
	Instance  calendars.Instance `json:"instance"`
	Start     string             `json:"start"`
	End       string             `json:"end"`
	AllDay    bool               `json:"all_day"`
	Title     string             `json:"title"`
	Status    calendars.Status   `json:"status"`
	Organizer string             `json:"organizer"`
	Attendees []attendeeRow      `json:"attendees"`
	start     time.Time          // as shown: in the zone, or midnight of the day in it
	end       time.Time
}

// attendeeRow is one line of a guest list.
type attendeeRow struct {
	Email    string             `json:"email"`
	Response calendars.Response `json:"response"`
}

// eventRows returns the occurrences of copies that lie in [from, to), in order
// of start and UID. Whole days are those of the calendar, whatever the zone.
func eventRows(copies []calendars.Copy, from, to time.Time, zone *time.Location) []eventRow {
	rows := []eventRow{}
	for i := range copies {
		c := &copies[i]
		attendees := attendeeRows(c)
		for _, span := range spansOf(c) {
			row := eventRow{
				UID: c.UID, Instance: span.Instance, AllDay: c.AllDay, Title: c.Title, Status: c.Status,
				Organizer: c.Organizer.Address, Attendees: attendees,
				start: span.Start.In(zone), end: span.End.In(zone),
			}
			if row.Status == "" {
				row.Status = calendars.Confirmed
			}
			layout := time.RFC3339
			if c.AllDay {
				layout = time.DateOnly
				row.start, row.end = dayIn(span.Start, c.Zone, zone), dayIn(span.End, c.Zone, zone)
			}
			row.Start, row.End = row.start.Format(layout), row.end.Format(layout)
			if row.start.Before(to) && (row.end.After(from) || row.start.Equal(row.end) && !row.start.Before(from)) {
				rows = append(rows, row)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b eventRow) int {
		return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.UID, b.UID), cmp.Compare(a.Instance, b.Instance))
	})
	return rows
}

// dayIn returns the midnight in zone of the day that midnight begins in the
// calendar's own zone.
func dayIn(midnight time.Time, own string, zone *time.Location) time.Time {
	if location, err := time.LoadLocation(own); err == nil {
		midnight = midnight.In(location)
	}
	return time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 0, 0, 0, 0, zone)
}

// attendeeRows lists all whom c invites, rooms too, in the file's order.
func attendeeRows(c *calendars.Copy) []attendeeRow {
	rows := make([]attendeeRow, 0, len(c.People))
	for _, attendee := range c.People {
		response := attendee.Response
		if response == calendars.Unspecified {
			response = calendars.NoAnswer
		}
		rows = append(rows, attendeeRow{Email: attendee.Address, Response: response})
	}
	return rows
}

// Run reads the files and shows them.
func (cmd *eventsCmd) Run(a *app) error {
	config, err := a.loadConfig()
	if err != nil {
		return err
	}
	zone, err := zoneOf(cmd.Zone, config)
	if err != nil {
		return err
	}
	now, err := a.clock(cmd.Now, zone)
	if err != nil {
		return err
	}
	from, to, err := window(cmd.From, cmd.To, zone)
	if err != nil {
		return err
	}
	options := ics.Options{Zone: zone}
	if cmd.From.given() && cmd.To.given() {
		options.From, options.To = widened(from, to)
	}
	library, err := a.readCalendars(cmd.Files, options)
	if err != nil {
		return err
	}
	first, last := library.extent(now.AddDate(1, 0, 0))
	if !cmd.From.given() {
		from = first
	}
	if !cmd.To.given() {
		to = last.AddDate(0, 0, 1)
	}
	var copies []calendars.Copy
	wideFrom, wideTo := widened(from, to)
	for i := range library.calendars {
		copies = append(copies, library.pull(i, wideFrom, wideTo).Copies...)
	}
	rows := eventRows(copies, from, to, zone)
	if cmd.Format == "json" {
		err = printJSON(a.stdout, rows)
	} else {
		err = a.eventsTable(rows, zone, width(a.stdout))
	}
	if err != nil {
		return fmt.Errorf("writing the events: %w", err)
	}
	a.showNotices(library)
	a.showLost(library)
	a.showCounts(library)
	if !zoneSaid(cmd.Zone, config) {
		a.noteZone(library, "times are shown", now)
	}
	return library.check(cmd.Files)
}

// widened takes in the days that begin in [from, to) anywhere on earth:
// eventRows cuts to the day.
func widened(from, to time.Time) (time.Time, time.Time) {
	return from.AddDate(0, 0, -2), to.AddDate(0, 0, 2)
}

// eventsTable writes rows for people to read in so many columns: a heading for
// each day, and at the end whose times they are.
func (a *app) eventsTable(rows []eventRow, zone *time.Location, columns int) error {
	const when, people, gap = 11, 13, 2
	title := max(min(columns, 120)-gap-when-gap-gap-people, 10)
	ink := a.ink()
	var b strings.Builder
	today := ""
	for _, row := range rows {
		if date := row.start.Format("Mon 2 Jan 2006"); date != today {
			if today != "" {
				b.WriteByte('\n')
			}
			today = date
			b.WriteString(ink.Bold(date) + "\n")
		}
		line := fmt.Sprintf("  %s  %s  %s", text.PadRight(whenText(row), when), text.Cell(row.label(), title), row.guests())
		line = strings.TrimRight(line, " ")
		if row.Status == calendars.Cancelled {
			line = ink.Dim(line)
		}
		b.WriteString(line + "\n")
	}
	if len(rows) == 0 {
		b.WriteString("nothing in this time\n")
	} else {
		b.WriteString("\n" + ink.Dim("times in "+zone.String()) + "\n")
	}
	_, err := io.WriteString(a.stdout, b.String())
	return err
}

// label is the title of a row as tables show it, and its status unless it simply
// takes place.
func (row eventRow) label() string {
	title := cmp.Or(text.Clean(row.Title), "(no title)")
	if row.Status != calendars.Confirmed {
		title = "[" + string(row.Status) + "] " + title
	}
	return title
}

// guests says how many a row invites, "" for none.
func (row eventRow) guests() string {
	if len(row.Attendees) == 0 {
		return ""
	}
	return text.Count(len(row.Attendees), "attendee")
}

// whenText writes the time of a row in 11 columns or fewer.
func whenText(row eventRow) string {
	days := int(row.end.Sub(row.start).Round(24*time.Hour) / (24 * time.Hour))
	switch {
	case row.AllDay && days > 1:
		return fmt.Sprintf("%d days", days)
	case row.AllDay:
		return "all day"
	case row.end.Sub(row.start) >= 24*time.Hour:
		return fmt.Sprintf("%s +%dd", row.start.Format("15:04"), days)
	}
	return row.start.Format("15:04") + "–" + row.end.Format("15:04")
}
