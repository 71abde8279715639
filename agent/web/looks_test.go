package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"unmeet/agent/click"
	"unmeet/agent/suggest"
	"unmeet/internal/chromium"
	"unmeet/store"
)

// scene is a page in one of its states.
type scene struct{ name, path string }

// scenes has every page behind a link, in every state.
func (o *office) scenes() (all []scene) {
	o.t.Helper()
	add := func(name, path string) { all = append(all, scene{name, path}) }
	n := 0
	one := func(kind click.Kind) *asked {
		n++
		s := weekly(kind, "Ops weekly")
		s.UID = fmt.Sprint(n)
		return o.ask(ann, s)
	}
	b := o.browser().known(ann)
	var never []*asked
	for _, kind := range []click.Kind{click.KindDecline, click.KindTrial, click.KindSplit, click.KindShorten} {
		a := one(kind)
		add(string(kind), a.path(kind.Accept())+"?done=asked")
		add(string(kind)+"-never", a.path(click.Never))
		p := one(kind)
		b.post(p.path(click.Keep), "do", string(kind.Accept()), "note", p.meeting.Note)
		add(string(kind)+"-pending", p.path(kind.Accept()))
		add(string(kind)+"-undo", p.path(click.Undo)+"?done=asked")
		never = append(never, one(kind))
	}
	a := one(click.KindDecline)
	add("decline-known", a.path(click.Decline))
	add("other", a.path(click.Other))
	add("wrong", a.path(click.Wrong))
	add("onward", a.path(click.Other)+"?choose=decline-onward")
	add("nothing-to-undo", a.path(click.Undo))
	add("undone", a.path(click.Decline)+"?done=undo")
	add("leave", a.path(click.Unsubscribe))
	add("returned", a.path(click.Unsubscribe)+"?done=return")
	add("unknown", "/a/x")

	for name, do := range map[string]string{"onward-pending": "decline-onward", "kept": "keep", "wrong-done": "wrong"} {
		a := one(click.KindDecline)
		b.post(a.path(click.Decline), "do", do, "category", "connecting") // which counts with "wrong" alone
		add(name, a.path(click.Decline)+"?done="+do)
		add(name+"-asked-again", a.path(click.Decline)+"?choose=decline")
	}
	void := one(click.KindDecline)
	o.browser().post(void.path(click.Decline), "do", "decline").post(void.path(click.Keep), "do", "keep")
	add("void", void.path(click.Keep))
	left := o.ask(bob, weekly(click.KindDecline, "Ops weekly"))
	o.browser().post(left.path(click.Unsubscribe), "do", "leave")
	add("left", left.path(click.Unsubscribe))
	gone := one(click.KindDecline)
	o.withdraw(gone)
	add("withdrawn", gone.path(click.Decline))
	for _, a := range never { // now, for then nobody is asked about Ann's meetings any more
		b.post(a.path(click.Never), "do", "never")
		add(string(a.meeting.Kind)+"-never-done", a.path(click.Never))
	}
	return all
}

// complaints returns what axe-core finds wrong with the page.
func complaints(v *visitor, script string) []string {
	v.t.Helper()
	read(v, chromedp.Evaluate[chromedp.Void](script))
	return read(v, chromedp.Evaluate[[]string](`axe.run().then(r => r.violations.map(v =>
		v.id + ": " + v.help + ": " + v.nodes.map(n => n.html.slice(0, 200)).join(" and ")))`, chromedp.EvalAwaitPromise))
}

// TestLooks has axe-core look at every page, in both languages: half of them narrow
// by day, half wide by night. UNMEET_PICTURES names a folder to keep pictures in,
// of all of them both ways.
func TestLooks(t *testing.T) {
	script := chromium.Axe(t)
	if script == "" {
		t.Skip("axe-core not present")
	}
	st := newStreet(t)
	person := st.visitor(t).known(ann)
	pictures := os.Getenv("UNMEET_PICTURES")
	look := func(s scene) {
		t.Helper()
		for _, width := range []int64{375, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				examined := (width == 375) == (scheme == "light") && (width == 375) == (len(s.name)%2 == 0)
				if !examined && pictures == "" {
					continue
				}
				media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
				if _, err := chromedp.Call(person.tab, emulation.SetEmulatedMedia, media); err != nil {
					t.Fatal(err)
				}
				person.do(chromedp.EmulateViewport(width, 800))
				person.open(s.path)
				read(person, chromedp.Evaluate[chromedp.Void](`document.dispatchEvent(new Event("keydown"))`)) // so that it waits for us
				if wide := read(person, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
					t.Errorf("%s is %d wide at %d", s.name, wide, width)
				}
				if examined {
					found := complaints(person, script)
					if len(found) > 0 {
						t.Errorf("%s, %d wide, %s: %s", s.name, width, scheme, strings.Join(found, "\n"))
					}
				}
				if pictures != "" {
					picture := read(person, chromedp.FullScreenshot(100))
					name := fmt.Sprintf("%s-%d-%s.png", s.name, width, scheme)
					if err := os.WriteFile(filepath.Join(pictures, name), picture, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	for _, s := range st.scenes() {
		look(s)
	}
	for _, s := range st.inCalendar() {
		look(s)
	}
	// It does find what is wrong.
	person.open("/a/x")
	read(person, chromedp.Evaluate[chromedp.Void](`document.documentElement.removeAttribute("lang")`))
	if found := complaints(person, script); len(found) != 1 || !strings.HasPrefix(found[0], "html-has-lang") {
		t.Errorf("of a page without a language it says %q", found)
	}
	paused := st.ask(ann, weekly(click.KindDecline, "Jour fixe"))
	if err := st.db.Pause(t.Context(), store.Pause{By: "it@acme.example", Since: st.Now()}); err != nil {
		t.Fatal(err)
	}
	look(scene{"paused", paused.path(click.Decline)})
	if err := st.db.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := st.db.Set(t.Context(), ann, store.Settings{Language: "de"}); err != nil {
		t.Fatal(err)
	}
	german := weekly(click.KindDecline, "Wochenrunde")
	german.Note = "Dienstag lese ich nach; Ihre Notizen reichen mir."
	d := st.ask(ann, german)
	look(scene{"german", d.path(click.Decline) + "?done=asked"})
	look(scene{"german-wrong", d.path(click.Wrong)})
	st.browser().known(ann).post(d.path(click.Decline), "do", "decline")
	look(scene{"german-pending", d.path(click.Decline)})
	trial := weekly(click.KindTrial, "Wochenrunde mit einem Titel, der sehr viel länger ist, als irgendjemand ihn haben möchte")
	trial.UID, trial.Organizer.Address, trial.Form = "long", "ana@acme.example", suggest.Form{Name: "recorded video"}
	look(scene{"german-trial", st.ask(ann, trial).path(click.Trial)})
	look(scene{"german-leave", d.path(click.Unsubscribe)})

	st.pass(3 * time.Minute)
	look(scene{"german-accepted", d.path(click.Decline)})
	st.pass(48 * time.Hour)
	look(scene{"ended", d.path(click.Decline)})
	st.trialScenes(look)
}
