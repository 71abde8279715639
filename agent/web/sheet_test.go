package web

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"unmeet/agent/click"
	"unmeet/agent/suggest"
	"unmeet/calendars"
	"unmeet/rules"
)

var (
	soon  = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	noted = soon.Add(-24 * time.Hour)
)

// reached takes a suggestion through all that can happen to it, and returns every
// one it was on the way.
func reached(kind click.Kind) (all []click.Suggestion) {
	begin := click.Suggestion{Kind: kind, Recurring: true, State: click.Offered, Starts: soon, ExpiresAt: soon, ClosesAt: soon.Add(time.Hour)}
	seen := map[click.Suggestion]bool{begin: true}
	all = append(all, begin)
	for i := 0; i < len(all) && len(all) < 40; i++ {
		for _, verb := range []click.Verb{kind.Accept(), click.Keep, click.Wrong, click.Never, click.Undo, click.Commit, click.Expire, click.Withdraw} {
			for _, e := range []click.Event{{Verb: verb}, {Verb: verb, Known: true}, {Verb: verb, Scope: click.Onward, Known: true}, {Verb: verb, Known: true, Category: "connecting"}} {
				for _, at := range []time.Time{noted, noted.Add(time.Hour), soon.Add(time.Minute)} {
					next, _, err := click.DefaultHolds.Step(all[i], e, at)
					next.Epoch = min(next.Epoch, 1)
					if err == nil && !seen[next] {
						seen[next] = true
						all = append(all, next)
					}
				}
			}
		}
	}
	return all
}

// effects are those that a suggestion of a kind can have in a state.
func effects(kind click.Kind, state click.State) (all []Effect) {
	ways := []Way{ByHand, ByCalendar, ByConsent}
	if kind == click.KindDecline {
		ways = append(ways, ByReply, ByFile)
	}
	for _, w := range ways {
		e := Effect{Way: w, Service: "google", Owner: "ann@acme.example"}
		all = append(all, e)
		if state == click.Pending {
			continue // nothing is begun
		}
		e.Back = state != click.Accepted
		for _, e.Stage = range []Stage{Underway, Waiting, Failed} {
			all = append(all, e)
		}
		for _, e.Tells = range []Way{ByCalendar, ByReply, ByFile, ByHand} {
			e.Stage = Done
			all = append(all, e)
		}
		for _, e.Why = range []calendars.Overtaken{"", calendars.Gone, calendars.CalledOff, calendars.Moved, calendars.Uninvited, calendars.Answered, calendars.Changed} {
			e.Stage = Superseded
			all = append(all, e)
		}
	}
	return all
}

// TestEverySheet draws the page of every link in every state that a suggestion can
// reach, in every language, and reads it as a browser would.
func TestEverySheet(t *testing.T) {
	left := regexp.MustCompile(`\{\w+\}|ZgotmplZ|&lt;no value`)
	drawn := 0
	for _, kind := range []click.Kind{click.KindDecline, click.KindTrial, click.KindSplit, click.KindShorten} {
		for _, s := range reached(kind) {
			for _, now := range []time.Time{noted.Add(time.Minute), soon.Add(30 * time.Minute)} {
				for _, verb := range []click.Verb{kind.Accept(), click.Keep, click.Wrong, click.Never, click.Undo, click.Other} {
					drawn++
					slip := Slip{
						Link: click.Choice{Verb: verb, Scope: click.This}, Person: "ann@acme.example", Language: []string{"en", "de"}[drawn%2],
						Suggestion: s, Allowed: s.Allowed(now), Ended: now.After(soon) && len(s.Allowed(now)) == 0, Voided: !s.VoidedAt.IsZero(), Paused: drawn%7 == 0,
						Silence: 33 * 24 * time.Hour, Effect: effects(kind, s.State)[drawn/2%len(effects(kind, s.State))],
						Snapshot: suggest.Snapshot{
							Kind: suggest.Kind(kind), Title: "Ops", Organizer: suggest.Party{Name: "Ana"}, Start: soon, End: soon.Add(time.Hour),
							Occurrences: []suggest.Time{{Start: soon, End: soon.Add(time.Hour)}}, Note: "Hello", Link: "https://calendar.example/", Category: rules.Informing,
						},
					}
					if slip.Paused {
						slip.Allowed = nil
					}
					l := looking{Path: "/a/x", Known: drawn%3 == 0, Ahead: drawn%5 == 0, Now: now, Did: []string{"", "", string(verb), "undo", "refused", "allow.done"}[drawn%6], Service: "Google"}
					v := draw(slip, l, About{Organization: "Acme", Contact: "it@acme.example"})
					what := fmt.Sprintf("%s, %s by %s, link %s, at %s, looking %+v", kind, s.State, s.Choice, verb, now, l)
					check(t, what, slip, l, v)
					w := httptest.NewRecorder()
					write(w, 200, sheetPage, v, "")
					if found := left.FindString(w.Body.String()); found != "" {
						t.Errorf("%s: %s is left:\n%s", what, found, w.Body)
					}
					checkHTML(t, what, w.Body.String())
				}
			}
		}
	}
	if drawn < 1500 {
		t.Errorf("only %d pages were drawn", drawn)
	}
}

// check holds what must be true of every page.
func check(t *testing.T, what string, slip Slip, l looking, v sheet) {
	t.Helper()
	if v.Title == "" || len(v.Lead)+len(v.Notices) == 0 {
		t.Errorf("%s: a page without words", what)
	}
	for _, b := range v.Buttons {
		if !slices.Contains(slip.Allowed, readDoing(b.Do)) {
			t.Errorf("%s: a button %q for what is not taken", what, b.Do)
		}
	}
	if v.Auto && (!l.Known || l.Ahead || l.Did != "" || slip.Paused || slip.Ended || !byItself(readDoing(v.Buttons[0].Do)) || readDoing(v.Buttons[0].Do) != slip.Link) {
		t.Errorf("%s: answers by itself", what)
	}
	// Every answer that would be taken can be given from the page, with one button
	// or from the page of its own.
	offered := len(v.Buttons)
	if v.Others != nil {
		offered += len(v.Others.All)
	}
	if !slip.Paused && !slip.Ended && slip.Suggestion.State != click.Expired && slip.Suggestion.State != click.Withdrawn {
		want := len(slip.Allowed)
		if slices.Contains(slip.Allowed, click.Choice{Verb: click.Undo, Scope: click.This}) && !slices.ContainsFunc(v.Buttons, func(b button) bool { return b.Do == "undo" }) {
			want-- // undoing stands on the page that tells what was answered
		}
		if offered != want {
			t.Errorf("%s: %d ways to answer, want %d", what, offered, want)
		}
	}
	answered := slip.Suggestion.State == click.Pending || slip.Suggestion.State == click.Accepted
	if (v.Todo != nil) && !answered {
		t.Errorf("%s: it says what to do now, and nothing was decided", what)
	}
	if v.Todo != nil {
		checkEffect(t, what, slip, v)
		held := strings.Contains(v.Lead[0], "held until "+slip.Suggestion.CommitAt.Format("15:04")) || strings.Contains(v.Lead[0], "wird bis "+slip.Suggestion.CommitAt.Format("15:04"))
		if held != (slip.Suggestion.State == click.Pending && !slip.Paused) { // while paused nobody knows until when
			t.Errorf("%s: it says %q", what, v.Lead[0])
		}
	}
}

// checkEffect holds that a page says of the calendar what is so, and nothing else.
func checkEffect(t *testing.T, what string, slip Slip, v sheet) {
	t.Helper()
	e := slip.Effect
	p := speaker{own: catalogues.Pick(slip.Language)}
	text := strings.Join(v.Todo.Text, " ")
	for key, want := range map[string]bool{
		"effect.done":     e.Stage == Done && e.Way == ByCalendar,
		"effect.underway": e.Stage == Underway && !slip.Paused,
		"effect.failed":   e.Stage == Failed,
		"effect.consent":  e.Way == ByConsent && (e.Stage == Unbegun && slip.Suggestion.State == click.Pending || e.Stage == Waiting),
		"effect.waiting":  e.Way == ByCalendar && e.Stage == Waiting,
	} {
		if says := strings.Contains(text, p.own.Say(key)); says != want {
			t.Errorf("%s, %+v: it says %q", what, e, text)
		}
	}
	if (v.Todo.Allow != nil) != (e.Way == ByConsent && (e.Stage == Unbegun && slip.Suggestion.State == click.Pending || e.Stage == Waiting)) {
		t.Errorf("%s, %+v: asks for consent %v", what, e, v.Todo.Allow)
	}
	for _, way := range []Way{ByCalendar, ByReply, ByFile, ByHand} {
		told := text == p.own.Say("effect.done")+" "+strings.ReplaceAll(p.own.Say("tells."+way.key()), "{organizer}", "\u2068Ana\u2069")
		if told != (e.Stage == Done && e.Way == ByCalendar && e.Tells == way && slip.Suggestion.Choice == click.Decline) {
			t.Errorf("%s, %+v: it says %q", what, e, text)
		}
	}
	if v.Note != nil && v.Note.Fixed != (v.Note.Copy == "") {
		t.Errorf("%s, %+v: the note can be changed or copied where it goes by itself, or the other way round", what, e)
	}
}

func checkHTML(t *testing.T, what, page string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	ids := map[string]bool{}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src":
				t.Errorf("%s: <%s> has %s", what, n.Data, a.Key)
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("%s: two elements are %q", what, a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			}
		}
		if slices.Contains([]string{"button", "a", "h1", "h2", "label", "legend", "title"}, n.Data) && n.Type == html.ElementNode && strings.TrimSpace(textOf(n)) == "" {
			t.Errorf("%s: a <%s> without words", what, n.Data)
		}
	}
}

// TestCatalogues holds that all languages have the same keys and places, and that
// no text is there for nothing.
func TestCatalogues(t *testing.T) {
	sources := ""
	for _, name := range []string{"sheet.go", "draw.go", "speaker.go", "links.go", "effect.go", "allow.go", "trial.go"} {
		sources += readSource(t, name)
	}
	rooms := ""
	for _, name := range roomSources(t) {
		rooms += readSource(t, name)
	}
	for _, key := range catalogues.Pick("en").Keys() {
		if key, own := strings.CutPrefix(key, "me."); own {
			if !saidInRooms(rooms, key) {
				t.Errorf("nobody says %q on pages of one's own", key)
			}
			continue
		}
		used := strings.Contains(sources, `"`+key+`"`)
		// Keys that are put together: a family, and an answer.
		if family, rest, ok := strings.Cut(key, "."); ok && !used {
			used = strings.Contains(sources, `"`+family+`."+`) || strings.Contains(sources, `"`+family+`." + `) || rest == "text" && strings.Contains(sources, `"`+family+`"`)
		}
		if !used {
			t.Errorf("nobody says %q", key)
		}
	}
}

// roomSources are the files that say what pages of one's own say.
func roomSources(t *testing.T) []string {
	t.Helper()
	names := []string{"sheet.go", "draw.go", "door.go"}
	for _, pattern := range []string{"room*.go", "pages/*.html"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	return names
}

// saidInRooms reports whether a key is said, whole or put together: "tab."+t.Label.
func saidInRooms(sources, key string) bool {
	for _, quoted := range []string{`"` + key + `"`, `"me.` + key + `"`} {
		if strings.Contains(sources, quoted) {
			return true
		}
	}
	family, rest, _ := strings.Cut(key, ".")
	for _, joined := range []string{`"` + family + `."+`, `"` + family + `." + `, `"me.` + family + `."+`, `"me.` + family + `." + `} {
		if strings.Contains(sources, joined) {
			return true
		}
	}
	if strings.HasPrefix(rest, "done.") {
		return strings.Contains(sources, `"`+family+`."`)
	}
	if whole, one := strings.CutSuffix(key, ".one"); one {
		return saidInRooms(sources, whole)
	}
	return strings.HasSuffix(rest, ".corner") && strings.Contains(sources, `"`+strings.TrimSuffix(key, ".corner")+`"`)
}

func TestMasked(t *testing.T) {
	for address, want := range map[string]string{
		"ann.berg@acme.example": "ann…\u2060@acme.example", "ann@acme.example": "an…\u2060@acme.example", "a@acme.example": "a…\u2060@acme.example",
		"christopher@acme.example": "chri…\u2060@acme.example", "öä@acme.example": "ö…\u2060@acme.example", "": "…\u2060@",
	} {
		if got := masked(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestDoing(t *testing.T) {
	for _, c := range []click.Choice{{Verb: click.Decline, Scope: click.This}, {Verb: click.Decline, Scope: click.Onward}, {Verb: click.Keep, Scope: click.This}} {
		if got := readDoing(doing(c)); got != c {
			t.Errorf("%v became %v", c, got)
		}
	}
}

// TestAsksConsent asks only for what consent would bring about: not for an answer of
// which nothing is left to be done, nor before there is one.
func TestAsksConsent(t *testing.T) {
	for state, want := range map[click.State]bool{click.Offered: false, click.Pending: true, click.Kept: false, click.Accepted: false} {
		p := newSpeaker("en", About{})
		p.slip = Slip{Effect: Effect{Way: ByConsent}, Suggestion: click.Suggestion{State: state}}
		if got := p.asksConsent(); got != want {
			t.Errorf("%s: %v, want %v", state, got, want)
		}
		if p.slip.Effect.Stage = Waiting; !p.asksConsent() {
			t.Errorf("%s: what waits for it is not asked for", state)
		}
	}
}

// sheetOf draws the page of a link to decline a series once.
func sheetOf(l looking, change func(*Slip)) sheet {
	s := click.Suggestion{Kind: click.KindDecline, Recurring: true, State: click.Offered, Starts: soon, ExpiresAt: soon, ClosesAt: soon}
	slip := Slip{
		Link: click.Choice{Verb: click.Decline, Scope: click.This}, Person: "ann@acme.example", Language: "en", Suggestion: s, Effect: Effect{Way: ByCalendar},
		Snapshot: suggest.Snapshot{Kind: suggest.Decline, Title: "Ops", Start: soon, End: soon.Add(time.Hour), Zone: "UTC"},
	}
	change(&slip)
	slip.Allowed = slip.Suggestion.Allowed(l.Now)
	l.Path = "/a/x"
	return draw(slip, l, About{})
}

// buttonsOf are what the buttons of a page do.
func buttonsOf(v sheet) string {
	var all []string
	for _, b := range v.Buttons {
		all = append(all, b.Do)
	}
	return strings.Join(all, " ")
}

// TestOneOtherAnswerAtOnce holds that the page of an answer has no button for another
// one as long as both would cancel each other.
func TestOneOtherAnswerAtOnce(t *testing.T) {
	for _, c := range []struct {
		known bool
		after time.Duration
		want  string
	}{{false, 0, "undo"}, {false, click.VoidWithin, "undo keep"}, {true, 0, "undo keep"}} {
		v := sheetOf(looking{Known: c.known, Did: "decline", Now: noted.Add(c.after)}, func(s *Slip) {
			s.Suggestion.State, s.Suggestion.Choice, s.Suggestion.Scope = click.Pending, click.Decline, click.This
			s.Suggestion.PressedAt, s.Suggestion.CommitAt = noted, noted.Add(2*time.Minute)
		})
		if got := buttonsOf(v); got != c.want {
			t.Errorf("%+v: buttons %s", c, got)
		}
	}
}

// TestLinkAfterFromNowOn holds that the link to decline once shows what stands, to who
// declined from now on.
func TestLinkAfterFromNowOn(t *testing.T) {
	for _, known := range []bool{true, false} {
		v := sheetOf(looking{Known: known, Now: noted}, func(s *Slip) {
			s.Suggestion.State, s.Suggestion.Choice, s.Suggestion.Scope, s.Suggestion.Known = click.Accepted, click.Decline, click.Onward, true
			s.Effect.Stage, s.Effect.Tells = Done, ByCalendar
		})
		if !strings.Contains(v.Title, "from now on") || buttonsOf(v) != "undo" || v.Auto || v.Todo == nil {
			t.Errorf("%q, buttons %s, answers by itself %v", v.Title, buttonsOf(v), v.Auto)
		}
	}
}

// TestUnsubscribedSheet holds that a browser that is not known cannot accept for who
// gets no mail, and says so.
func TestUnsubscribedSheet(t *testing.T) {
	for _, known := range []bool{true, false} {
		v := sheetOf(looking{Known: known, Ahead: true, Now: noted}, func(s *Slip) { s.Unsubscribed = true })
		says := strings.Contains(strings.Join(v.Notices, " "), "You get no mail")
		if offers := strings.Contains(buttonsOf(v), "decline"); offers != known || says == known {
			t.Errorf("known %v: buttons %s, it says %q", known, buttonsOf(v), v.Notices)
		}
	}
}

// TestEffectsInWords holds what pages say where an answer is on its way, or was undone
// by others.
func TestEffectsInWords(t *testing.T) {
	accepted := func(e Effect) func(*Slip) {
		return func(s *Slip) {
			s.Suggestion.State, s.Suggestion.Choice, s.Suggestion.Scope, s.Effect = click.Accepted, click.Decline, click.This, e
		}
	}
	for want, e := range map[string]Effect{
		"shows no answer any more": {Way: ByCalendar, Stage: Superseded, Why: calendars.Answered, Reset: true},
		"You answered it":          {Way: ByCalendar, Stage: Superseded, Why: calendars.Answered},
		"Please connect it again":  {Way: ByCalendar, Stage: Waiting, Away: true},
		"as soon as it can":        {Way: ByCalendar, Stage: Waiting},
	} {
		v := sheetOf(looking{Now: noted}, accepted(e))
		if said := strings.Join(v.Todo.Text, " "); !strings.Contains(said, want) || (v.Todo.Link == "/connect") != e.Away {
			t.Errorf("%+v: it says %q and leads to %q", e, said, v.Todo.Link)
		}
	}
	at := time.Date(2026, 11, 23, 9, 31, 0, 0, time.UTC)
	for want, e := range map[string]Effect{
		"It is taken back in your calendar at 09:31.": {Way: ByCalendar, Stage: Underway, Back: true, At: at},
		"It is being taken back in your calendar.":    {Way: ByCalendar, Stage: Underway, Back: true},
		"not taken back in your calendar yet":         {Way: ByCalendar, Stage: Waiting, Back: true, Away: true},
	} {
		v := sheetOf(looking{Did: "undo", Now: noted}, func(s *Slip) { s.Effect = e })
		if said := strings.Join(v.Notices, " "); !strings.Contains(said, want) {
			t.Errorf("%+v: it says %q", e, said)
		}
	}
}
