package language_test

import (
	"os"
	"regexp"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/language"
	"unmeet/agent/suggest"
	"unmeet/agent/web"
	"unmeet/store"
)

// fixed are the texts that name a time or a number, and may: no configuration changes
// what they say.
var fixed = map[string]string{
	"cadence.times": "how often a series takes place", "cadence.times.one": "how often a series takes place",
	"announce.mail": "nobody gets more than one digest in seven days", "foot.why": "nobody gets more than one digest in seven days",
	"leave.stays.text": "nobody gets more than one digest in seven days",
	"voided":           "click.VoidWithin", "voided.now": "click.VoidWithin", "voided.stands": "click.VoidWithin", "guarded": "click.VoidWithin",
	"busy.text":    "the limits of links",
	"me.door.hint": "web.LinkLife", "me.over.what": "web.LinkLife", "signin.what": "web.LinkLife",
	"me.enter.what": "web.SignedInFor and store.SessionIdle", "me.door.done.sent": "how fast mails are",
	"me.meetings.what": "what the page shows", "me.why.asked-lately": "suggest.AskAgain",
	"me.rhythm.weekly": "what the rhythm means", "me.rhythm.fortnightly": "what the rhythm means",
}

// TestPromises holds that what mails and pages say of times and numbers that somebody
// can configure is filled in, in every language, and never written out.
func TestPromises(t *testing.T) {
	if click.VoidWithin != time.Minute {
		t.Errorf("answers cancel each other within %v, and pages say: within a minute", click.VoidWithin)
	}
	if web.LinkLife != 15*time.Minute || web.SignedInFor != 7*24*time.Hour || store.SessionIdle != 12*time.Hour || suggest.AskAgain != 28*24*time.Hour {
		t.Errorf("links to sign in last %v, sessions %v or %v idle, and nobody is asked again for %v: not what pages say",
			web.LinkLife, web.SignedInFor, store.SessionIdle, suggest.AskAgain)
	}
	number := regexp.MustCompile(`\d|(?i)\b(an?|one|two|three|four|five|ten|fifteen|ninety|once a|eine?[mnrs]?|der|zwei|drei|vier|fünf|zehn|fünfzehn|neunzig|pro) ` +
		`(second|minute|hour|day|week|month|year|sekunde|stunde|tag|woche|monat|jahr)(s|n|e|en)?\b|` +
		`(?i)\b(two|three|up to \w+|zwei|drei|bis zu \w+) (suggestion|vorschl)|(?i)\b(any time|jederzeit)\b`)
	met := map[string]bool{}
	for _, room := range []string{".", "../mail", "../web"} {
		all, err := language.Read(os.DirFS(room), "catalogue")
		if err != nil {
			t.Fatal(err)
		}
		for tag, c := range all {
			for _, key := range c.Keys() {
				found := number.FindString(c.Say(key))
				if met[key] = met[key] || found != ""; found != "" && fixed[key] == "" {
					t.Errorf("%s, %s: %q is written out in %q", room, tag, found, c.Say(key))
				}
			}
		}
	}
	for key := range fixed {
		if !met[key] {
			t.Errorf("%q names no time or number", key)
		}
	}
}
