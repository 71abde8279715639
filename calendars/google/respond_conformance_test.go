package google

import (
	"net/http"
	"strings"
	"testing"

	"unmeet/calendars/calendartest"
)

func TestResponderConformance(t *testing.T) {
	calendartest.TestResponder(t, calendartest.Bench{
		Split: true,
		Open: func(t *testing.T, w *calendartest.World, clock *calendartest.Clock, owner string) calendartest.Office {
			b := serve(t, w, &patience{Clock: clock})
			s := b.writer(owner)
			faults := map[string]func(){}
			for name, trouble := range map[string]struct {
				do    calendartest.Trouble
				times int
			}{
				"403 rate limit":          {calendartest.Refuse("rateLimitExceeded", 0), 2},
				"409":                     {calendartest.Refuse("conflict", 0), 1},
				"412":                     {calendartest.Refuse("conditionNotMet", 0), 2},
				"429":                     {calendartest.Refuse("userRateLimitExceeded", 429), attempts + 1},
				"500":                     {calendartest.Refuse("internalError", 0), 1},
				"503 for long":            {calendartest.Refuse("backendError", 0), attempts + 2},
				"502 in HTML":             {calendartest.HTML(), 1},
				"401":                     {calendartest.Refuse("authError", 0), 1},
				"reset before the commit": {calendartest.ResetBefore(), 1},
				"reset after the commit":  {calendartest.ResetAfter(), 1},
				"resets for long":         {calendartest.ResetAfter(), attempts + 2},
				"half an answer":          {calendartest.TruncateGzip(), 1},
			} {
				faults[name] = func() {
					b.Heal()
					for _, method := range []string{http.MethodPatch, http.MethodPost} {
						b.Inject(calendartest.Fault{Method: method, Path: "/calendar/", Times: trouble.times, Do: trouble.do})
					}
				}
			}
			return calendartest.Office{
				Responder: s, Source: s, Remote: owner, Told: true, Faults: faults,
				Effects: func() int {
					writes := b.Requests(func(r calendartest.Request) bool {
						return r.Method != http.MethodGet && strings.HasPrefix(r.Path, "/calendar/") && r.Status == http.StatusOK
					})
					return len(writes) + len(b.Notices())
				},
				Between: func(do func()) {
					b.Inject(calendartest.Fault{Method: http.MethodGet, Path: "/calendar/", Times: 1, Do: calendartest.Meanwhile(do)})
				},
			}
		},
	})
}
