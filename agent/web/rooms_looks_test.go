package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"unmeet/agent/click"
	"unmeet/internal/chromium"
	"unmeet/store"
)

// largestPage bounds a page of one's own, in bytes.
const largestPage = 100_000

// enter signs a visitor in by a link, as a person does.
func (v *visitor) enter(address string) {
	v.t.Helper()
	v.office.browser().post("/sign-in", "address", address)
	v.open(v.links(address)[0])
	v.do(chromedp.Click(chromedp.CSS("#enter")))
	v.do(chromedp.WaitVisible(chromedp.CSS("#sign-out")))
}

// TestRoomsLook has a person, somebody who may see the organization's page, and a stranger
// walk through every page of one's own in a browser: axe-core finds nothing, each is one
// answer of less than 100 kB, and fits a phone. UNMEET_PICTURES names a folder to keep
// pictures in, of three widths by day and by night.
func TestRoomsLook(t *testing.T) {
	script := chromium.Axe(t)
	st := newStreet(t)
	team := []string{"ana@acme.example", ann, bob, "cy@acme.example", "di@acme.example", "ed@acme.example"}
	st.invite(map[string][]string{
		"Weekly status update": team, "Ops weekly": team, "Ann / Ana 1:1": {"ana@acme.example", ann},
		"Prototype lab: what shall we build, and who will want it once it is there?": {ann, bob, "cy@acme.example"}, "Pricing decision": team[:4],
	})
	st.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	done := st.ask(ann, weekly(click.KindDecline, "Weekly status update"))
	kept := weekly(click.KindTrial, "Jour fixe")
	trial := st.ask(ann, kept)
	b := st.signedIn(ann)
	b.post(ownPath(done), "do", "decline")
	b.post(ownPath(trial), "do", "keep")
	st.office.browser().known(ann)
	if err := st.db.Set(t.Context(), ann, store.Settings{Zone: "Europe/Berlin"}); err != nil {
		t.Fatal(err)
	}

	person := st.visitor(t)
	pictures := os.Getenv("UNMEET_PICTURES")
	n := 0
	look := func(v *visitor, name, path string, heading string) {
		t.Helper()
		for _, width := range []int64{375, 1280, 1920} {
			for _, scheme := range []string{"light", "dark"} {
				examined := width != 1920 && (width == 375) == (scheme == "light") && (width == 375) == (n%2 == 0)
				if !examined && pictures == "" {
					continue
				}
				media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
				if _, err := chromedp.Call(v.tab, emulation.SetEmulatedMedia, media); err != nil {
					t.Fatal(err)
				}
				v.do(chromedp.EmulateViewport(width, 800))
				v.open(path)
				if wide := read(v, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
					t.Errorf("%s is %d wide at %d", name, wide, width)
				}
				if got := v.heading(); !strings.Contains(got, heading) {
					t.Errorf("%s is headed %q", name, got)
				}
				if size := read(v, chromedp.Evaluate[int64](`performance.getEntriesByType("navigation")[0].decodedBodySize`)); size == 0 || size > largestPage {
					t.Errorf("%s has %d bytes", name, size)
				} else if pictures != "" {
					t.Logf("%s: %.1f kB", name, float64(size)/1000)
				}
				if more := read(v, chromedp.Evaluate[int64](`performance.getEntriesByType("resource").length`)); more != 0 {
					t.Errorf("%s loads %d more", name, more)
				}
				if examined && script != "" {
					if found := complaints(v, script); len(found) > 0 {
						t.Errorf("%s, %d wide, %s: %s", name, width, scheme, strings.Join(found, "\n"))
					}
				}
				if pictures != "" {
					picture := read(v, chromedp.FullScreenshot(100))
					if err := os.WriteFile(filepath.Join(pictures, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), picture, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		n++
	}
	stranger := st.visitor(t)
	look(stranger, "door", "/sign-in", "Your page")
	look(stranger, "door-sent", "/sign-in?done=sent", "Your page")
	look(stranger, "stranger", "/me", "Your page")
	look(stranger, "stranger-organization", "/organization", "Your page")
	look(stranger, "over", "/sign-in/00000000000000000000000000", "over")
	st.office.browser().post("/sign-in", "address", ann)
	look(stranger, "enter", st.links(ann)[0], "Sign in?")

	person.enter(ann)
	week := b.open("/me/meetings").page
	walk := func(suffix string, headings ...string) {
		if suffix != "" && pictures == "" { // the pages are the same: these have the longest words
			look(person, "hours"+suffix, "/me/hours", headings[3])
			look(person, "settings"+suffix, "/me/settings", headings[4])
			return
		}
		look(person, "asked"+suffix, "/me", headings[0])
		look(person, "one"+suffix, ownPath(done), headings[1])
		look(person, "meetings"+suffix, "/me/meetings", headings[2])
		look(person, "meeting"+suffix, meetingOf(t, week, "Weekly status"), "Weekly status update")
		look(person, "hours"+suffix, "/me/hours", headings[3])
		look(person, "settings"+suffix, "/me/settings", headings[4])
		look(person, "data"+suffix, "/me/data", headings[5])
		look(person, "leave"+suffix, "/me/leave", headings[6])
		look(person, "erase"+suffix, "/me/erase", headings[7])
	}
	walk("", "Suggestions to you", "Noted", "Your meetings", "Your hours", "Settings", "Your data", "Leave unmeet?", "Erase all about you?")
	look(person, "nothing", "/me/suggestions/99999", "no such page")
	look(person, "not-theirs", "/organization", "no such page")
	// A click takes an answer back, without a script of ours.
	person.open("/me")
	person.do(chromedp.Click(chromedp.CSS(".rows form button")))
	person.do(chromedp.WaitVisible(chromedp.CSS(".notice")))
	trial.is(click.Offered, "")
	if err := st.db.Set(t.Context(), ann, store.Settings{Language: "de", Zone: "Europe/Berlin"}); err != nil {
		t.Fatal(err)
	}
	walk("-de", "Vorschläge an Sie", "Notiert", "Ihre Besprechungen", "Ihre Stunden", "Einstellungen", "Ihre Daten", "aufhören?", "löschen?")

	admin := st.visitor(t)
	admin.enter(boss)
	look(admin, "admin", "/me", "Nothing about you")
	for _, v := range []*visitor{person, admin, stranger} {
		v.mu.Lock()
		if len(v.complaints) > 0 {
			t.Errorf("the browser complains: %q", v.complaints)
		}
		v.mu.Unlock()
	}
}
