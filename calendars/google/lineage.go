package google

import (
	"regexp"
)

// splitMark is what Google puts after the name of a series when "this and
// following" is changed: the second half begins at that time. A half that is
// split again has but one mark, of its own beginning; halves that came by way of
// other calendars may have collected several.
var splitMark = regexp.MustCompile(`^(.+?)((?:_R\d{8}(?:T\d{6}Z?)?)+)(@[^@]*)?$`)

// splitFrom returns the UID of the series that the one named uid was split off
// from, "" if it was not. It must not be used to tell which series an instance
// belongs to: instances of a second half may be named after the first.
func splitFrom(uid string) string {
	m := splitMark.FindStringSubmatch(uid)
	if m == nil {
		return ""
	}
	return m[1] + m[3]
}
