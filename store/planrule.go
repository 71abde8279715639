package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

// series is a meeting as its rule makes it.
type series struct {
	zone  *time.Location
	rule  string
	start int64  // of its first occurrence
	spans []span // what calendars show of it
	edge  int64  // up to when calendars were read that hold it
}

// seriesOf returns the series that the best copy of a meeting tells of: without a
// rule, if there is none.
// Spans are those after now: what is past may be of an earlier version.
func seriesOf(ctx context.Context, tx *sql.Tx, now time.Time, uid, organizer string) (series, error) {
	s := series{zone: time.UTC}
	first := true
	err := each(ctx, tx, `SELECT c.zone, c.rrule, c.start_s, c.spans, k.span_to FROM copy c JOIN collection k ON k.id = c.collection_id
		WHERE c.uid = $1 AND c.organizer = $2 AND c.instance = '' AND c.ended = 0
		ORDER BY c.sequence DESC, c.modified_s DESC, c.collection_id, c.remote`, func(rows *sql.Rows) error {
		var c series
		var zone string
		var packed []byte
		err := rows.Scan(&zone, &c.rule, &c.start, &packed, &c.edge)
		if err == nil {
			c.spans, err = unpackSpans(packed)
		}
		if first {
			edge := s.edge
			s, s.edge, first = c, max(edge, c.edge), false
			if s.zone, _ = time.LoadLocation(zone); s.zone == nil {
				s.zone = time.UTC
			}
		}
		s.edge = max(s.edge, c.edge)
		return err
	}, uid, organizer)
	s.spans = slices.DeleteFunc(s.spans, func(p span) bool { return p.start < now.Unix() })
	return s, err
}

// ruleSteps is how many occurrences of a series are counted through at most.
const ruleSteps = 20_000

// beyond returns when the occurrences begin that follow from the rule of a series
// and that no calendar was read far enough to show, before until. Of a rule that
// does not say what calendars show, or that cannot be followed, it says nothing.
func (s series) beyond(until int64) []int64 {
	if s.rule == "" || len(s.spans) == 0 || s.edge >= until {
		return nil
	}
	shown := map[int64]bool{}
	for _, p := range s.spans {
		shown[p.start] = true
	}
	var ahead []int64
	for _, t := range s.starts(until) {
		delete(shown, t)
		if t >= s.edge {
			ahead = append(ahead, t)
		}
	}
	if len(shown) > 0 {
		return nil
	}
	return ahead
}

// starts returns when the occurrences begin that follow from the rule of a series, before
// until; none of a rule that cannot be followed.
func (s series) starts(until int64) (all []int64) {
	option, err := rrule.StrToROptionInLocation(s.rule, s.zone)
	if s.rule == "" || err != nil || option.Freq > rrule.DAILY {
		return nil
	}
	option.Dtstart = time.Unix(s.start, 0).In(s.zone)
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return nil
	}
	next := rule.Iterator()
	for range ruleSteps {
		t, ok := next()
		if !ok || t.Unix() >= until {
			break
		}
		all = append(all, t.Unix())
	}
	return all
}
