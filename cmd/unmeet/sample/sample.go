package sample

import (
	"bytes"
	_ "embed"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Zone is the time zone that the company's meetings are planned in.
const Zone = "Europe/Berlin"

// first is the week in which series began, counted as Meeting.Week counts. It is
// a multiple of four, so that series of every rhythm can begin near it.
const first = -24

//go:embed kite.toml
var kite []byte

// Company is an organization and its meetings. The fields are those of
// kite.toml, which explains them.
type Company struct {
	Name    string    `toml:"name"`
	Domain  string    `toml:"domain"`
	People  []Person  `toml:"person"`
	Meeting []Meeting `toml:"meeting"`
}

// Person works at the company.
type Person struct {
	ID      string `toml:"id"`
	Name    string `toml:"name"`
	Address string `toml:"-"` // derived from name and domain
}

// Meeting is a series or a one-off.
type Meeting struct {
	Title      string   `toml:"title"`
	Body       string   `toml:"body"`
	By         string   `toml:"by"`
	People     []string `toml:"people"`
	Guests     []string `toml:"guests"`
	Room       string   `toml:"room"`
	Every      string   `toml:"every"`
	Week       int      `toml:"week"`
	On         string   `toml:"on"`
	At         string   `toml:"at"`
	Minutes    int      `toml:"minutes"`
	AllDay     bool     `toml:"all_day"`
	Private    bool     `toml:"private"`
	Optional   []string `toml:"optional"`
	Declined   []string `toml:"declined"`
	Maybe      []string `toml:"maybe"`
	Unanswered []string `toml:"unanswered"`
	Change     []Change `toml:"change"`
	As         string   `toml:"as"`    // the category it is meant to be
	Guard      string   `toml:"guard"` // why it is meant to be left alone, or ""

	uid string // from the series' title, so that a file written again is the same
}

// Change is one week of a series that differs from it.
type Change struct {
	Week      int    `toml:"week"`
	Title     string `toml:"title"`
	On        string `toml:"on"`
	At        string `toml:"at"`
	Minutes   int    `toml:"minutes"`
	Cancelled bool   `toml:"cancelled"`
}

// Kite returns the embedded company.
func Kite() (*Company, error) {
	var c Company
	if err := toml.NewDecoder(bytes.NewReader(kite)).DisallowUnknownFields().Decode(&c); err != nil {
		return nil, fmt.Errorf("reading kite.toml: %w", err)
	}
	for i := range c.People {
		p := &c.People[i]
		p.Address = plain(p.Name, ".") + "@" + c.Domain
	}
	for i := range c.Meeting {
		m := &c.Meeting[i]
		m.uid = plain(m.Title, "-")
		if len(m.People) == 1 && m.People[0] == "everyone" {
			m.People = nil
			for _, p := range c.People {
				if p.ID != m.By {
					m.People = append(m.People, p.ID)
				}
			}
		}
		if err := c.check(*m); err != nil {
			return nil, fmt.Errorf("kite.toml: %q: %w", m.Title, err)
		}
	}
	return &c, nil
}

// check reports what a meeting names and the company does not know.
func (c *Company) check(m Meeting) error {
	for _, ids := range [][]string{{m.By}, m.People, m.Optional, m.Declined, m.Maybe, m.Unanswered} {
		for _, id := range ids {
			if c.person(id) == nil {
				return fmt.Errorf("nobody is %q", id)
			}
		}
	}
	for _, guest := range m.Guests {
		if _, err := mail.ParseAddress(guest); err != nil {
			return fmt.Errorf("guest %q: %w", guest, err)
		}
	}
	if _, ok := rhythms[m.Every]; !ok {
		return fmt.Errorf("every %q is no rhythm", m.Every)
	}
	_, err := m.start(m.Week, time.Time{}.AddDate(2000, 0, 0))
	return err
}

// UID returns what m is called in the calendars of company c.
func (m Meeting) UID(c *Company) string { return m.uid + "@" + c.Domain }

// person returns who id is, or nil.
func (c *Company) person(id string) *Person {
	i := slices.IndexFunc(c.People, func(p Person) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return &c.People[i]
}

// At returns who has an address, nil if nobody does.
func (c *Company) At(address string) *Person {
	i := slices.IndexFunc(c.People, func(p Person) bool { return p.Address == address })
	if i < 0 {
		return nil
	}
	return &c.People[i]
}

// Write writes a calendar file for each person into the folder dir. end is the
// midnight that begins week 0: the Monday after the four weeks to report on.
func (c *Company) Write(dir string, end time.Time) error {
	for _, p := range c.People {
		text, err := c.calendar(p, end)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, p.Address+".ics"), text, 0o600); err != nil {
			return fmt.Errorf("writing the sample: %w", err)
		}
	}
	return nil
}

// rhythms are the weeks between the occurrences of a series, by its "every"; 0
// for one-offs and for what happens on all working days.
var rhythms = map[string]int{"": 0, "day": 0, "week": 1, "2 weeks": 2, "4 weeks": 4}

// firstWeek returns the week in which m first takes place.
func (m Meeting) firstWeek() int {
	switch m.Every {
	case "":
		return m.Week
	case "day", "week":
		return first
	}
	every := rhythms[m.Every]
	return first + ((m.Week-first)%every+every)%every
}

// start returns when m takes place in the given week, as planned in the series.
func (m Meeting) start(week int, end time.Time) (time.Time, error) {
	return moment(week, m.On, m.At, m.AllDay, end)
}

// weekdays are the days of a week as kite.toml writes them.
var weekdays = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

// moment returns the day and time of a week, counted from the Monday end.
func moment(week int, on, at string, allDay bool, end time.Time) (time.Time, error) {
	day := slices.Index(weekdays, on)
	if on == "" {
		day = 0
	}
	if day < 0 {
		return time.Time{}, fmt.Errorf("on %q is no day of the week", on)
	}
	clock := time.Time{}
	if !allDay {
		var err error
		if clock, err = time.Parse("15:04", at); err != nil {
			return time.Time{}, fmt.Errorf("at %q is no time of day", at)
		}
	}
	return time.Date(end.Year(), end.Month(), end.Day()+7*week+day, clock.Hour(), clock.Minute(), 0, 0, end.Location()), nil
}

// plain folds text to lower-case ASCII letters and digits joined by sep, for
// addresses and UIDs.
func plain(text, sep string) string {
	folded := strings.NewReplacer("ø", "o", "é", "e", "á", "a", "ü", "ue", "ö", "oe", "č", "c").Replace(strings.ToLower(text))
	words := strings.FieldsFunc(folded, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, sep)
}
