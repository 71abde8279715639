package trial

import (
	"html"
	"regexp"
	"slices"
	"strings"

	"unmeet/agent/text"
)

const (
	// longestHeading bounds a heading, in columns, and mostHeadings how many there are.
	longestHeading = 60
	mostHeadings   = 8
)

var (
	breaks = regexp.MustCompile(`(?i)<(br|/p|/div|/ul|/ol|/h[1-6]|ul|ol)\b[^>]*>`)
	points = regexp.MustCompile(`(?i)<li\b[^>]*>`)
	gaps   = regexp.MustCompile(`\n\s*\n- `)
	tags   = regexp.MustCompile(`<[^>]*>`)
	// point is an item of a list; what it says is in the group.
	point = regexp.MustCompile(`^(?:[-*•·–—▪◦]|\d{1,2}[.)]|\[[ xX]?\])\s+(.+)$`)
	// length is how long an item of an agenda is to take.
	length = regexp.MustCompile(`(?i)\s*[(\[]?\b\d{1,3}\s*(?:min(?:ute[ns]?|\.)?|m|')(?:[)\]]|$)\s*`)
	agenda = regexp.MustCompile(`(?i)^(?:the\s+)?(?:agenda|topics|themen|tagesordnung|punkte)\s*:?$`)
	// access is of what leads into a call.
	access = regexp.MustCompile(`(?i)://|www\.|\S@\S|\+?\d[\d\s().-]{6,}\d|\b(?:join|dial|zoom|teams|meet\.google|webex|passcode|meeting id|kenncode|einwahl|teilnehmen)\b`)
)

// Headings returns what the update that takes a meeting's place can be headed by: the
// items of the agenda in its description, which may be HTML; none where it has none.
func Headings(body string) []string {
	if points.MatchString(body) {
		body = gaps.ReplaceAllString(points.ReplaceAllString(body, "\n- "), "\n- ")
	}
	body = breaks.ReplaceAllString(body, "\n")
	body = html.UnescapeString(tags.ReplaceAllString(body, ""))
	var items, listed []string
	within, marked := false, false // an agenda begins above; its items are marked
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		found := point.FindStringSubmatch(line)
		switch {
		case agenda.MatchString(line):
			within, marked = true, false
		case found != nil && within:
			listed, marked = append(listed, found[1]), true
		case found != nil:
			items = append(items, found[1])
		case within && marked && line != "", within && strings.HasSuffix(line, ":"), len(listed) > 0 && line == "":
			within = false
		case within && line != "":
			listed = append(listed, line)
		}
	}
	if len(listed) == 0 {
		listed = items
	}
	var all []string
	for _, item := range listed {
		item = text.Fit(strings.TrimRight(length.ReplaceAllString(text.Clean(item), ""), " :;.,–-"), longestHeading)
		if item != "" && !access.MatchString(item) && !slices.Contains(all, item) && len(all) < mostHeadings {
			all = append(all, item)
		}
	}
	return all
}
