package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"unmeet/agent/click"
	"unmeet/cmd/unmeet/sample"
	"unmeet/internal/chromium"
)

// shared is an output that a command writes to while a test reads it.
type shared struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits until found finds something in what was written.
func (s *shared) await(t *testing.T, found *regexp.Regexp) []string {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); {
		if match := found.FindStringSubmatch(s.String()); match != nil {
			return match
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("never came to %s:\n%s", found, s)
	return nil
}

// startDemo runs `unmeet demo` as on a terminal, until the test ends, and returns
// the address that it says the mailboxes are at.
func startDemo(t *testing.T) (address string, out *shared) {
	t.Helper()
	ctx, interrupt := context.WithCancel(context.Background())
	out = &shared{}
	complaints := &shared{}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--now", "2026-11-22", "--listen", "127.0.0.1:0"}, strings.NewReader(""), out, complaints)
	}()
	t.Cleanup(func() {
		interrupt() // Ctrl-C
		if code := <-ended; code != exitDone || complaints.String() != "" {
			t.Errorf("exit code %d: %s", code, complaints)
		}
	})
	return out.await(t, regexp.MustCompile(`\n {2}(http://127\.0\.0\.1:\d+)/\n(?s:.*)Ctrl-C`))[1], out
}

// openDemo opens the demo in a browser of somebody's own.
func openDemo(t *testing.T, browser context.Context, address string) *visitor {
	t.Helper()
	v := (&office{t: t, address: address, browser: browser}).visitor(t)
	v.open(address + "/")
	v.sees("Everybody’s mail")
	return v
}

// mailTo opens the last mail that somebody got.
func (v *visitor) mailTo(person string) {
	v.t.Helper()
	v.open(v.address + "/")
	v.open(read(v, chromedp.Evaluate[string](`document.getElementById("`+person+`@kite.example").querySelector("a").href`)))
}

// tabOf makes a click on a link of the mail that is shown, and returns a visitor in
// the tab that it opens.
func (v *visitor) tabOf(label string) *visitor {
	v.t.Helper()
	v.comes(`document.getElementById("mail").contentDocument.readyState === "complete"`)
	at := read(v, chromedp.Evaluate[[]float64](`(() => {
		const mail = document.getElementById("mail");
		const link = [...mail.contentDocument.querySelectorAll("a")].find(a => a.textContent.trim() === "`+label+`");
		mail.scrollIntoView();
		const outer = mail.getBoundingClientRect();
		window.scrollBy(0, outer.top + link.getBoundingClientRect().top - 200);
		const frame = mail.getBoundingClientRect(), box = link.getBoundingClientRect();
		return [frame.left + box.left + box.width / 2, frame.top + box.top + box.height / 2];
	})()`))
	opened := chromedp.WaitNewTarget(v.tab, func(*target.Info) bool { return true })
	v.do(chromedp.MouseClickXY(at[0], at[1]))
	var id target.ID
	select {
	case id = <-opened:
	case <-v.tab.Done():
		v.t.Fatalf("a click on %q opened nothing", label)
	}
	tab, leave := chromedp.NewContext(v.tab, chromedp.WithTargetID(id))
	v.t.Cleanup(leave)
	next := &visitor{office: v.office, t: v.t, tab: tab}
	next.comes(`location.pathname.startsWith("/a/")`)
	return next
}

// comes waits until something is true of a whole page.
func (v *visitor) comes(fact string) {
	v.t.Helper()
	for v.tab.Err() == nil {
		// While a page makes way for the next, the browser has none to ask.
		is, err := chromedp.Run(v.tab, chromedp.Evaluate[bool](`document.readyState === "complete" && Boolean(`+fact+`)`))
		if err == nil && is {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	v.t.Fatalf("it never came to %s", fact)
}

// reads checks the heading of the page, without marks of direction.
func (v *visitor) reads(heading string) {
	v.t.Helper()
	text := strings.NewReplacer("\u2068", "", "\u2069", "", "\u2060", "").Replace(read(v, chromedp.TextContent(chromedp.CSS("h1"))))
	if text != heading {
		v.t.Fatalf("reads %q, want %q", text, heading)
	}
}

// answers presses a button, and waits for the page that tells of it.
func (v *visitor) answers(button string) {
	v.t.Helper()
	v.do(chromedp.Click(chromedp.CSS("#" + button)))
	v.comes(`location.search === "?done=` + button + `"`)
}

// funnel returns the figures of the report's page by step, declines before trials, and
// what people answered so far.
func (v *visitor) funnel() map[string]string {
	v.t.Helper()
	v.open(v.address + "/report")
	return read(v, chromedp.Evaluate[map[string]string](`Object.fromEntries([...document.querySelectorAll("#funnel tbody tr")].map(r =>
		[r.id, [...r.querySelectorAll("td")].slice(0, 2).map(c => c.textContent).join(", ")]).concat([["answers", document.getElementById("answers").textContent]]))`))
}

// comesTo waits until the report has the given figures, among others.
func (v *visitor) comesTo(want map[string]string) {
	v.t.Helper()
	for {
		got := v.funnel()
		maps.DeleteFunc(got, func(step, _ string) bool { return want[step] == "" })
		if cmp.Equal(want, got) {
			return
		}
		if v.tab.Err() != nil {
			v.t.Fatal(cmp.Diff(want, got))
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// jump presses the button that lets the clock go on to a time, as a pattern: the clock
// goes on by itself, too.
func (v *visitor) jump(to string) {
	v.t.Helper()
	for v.open(v.address + "/"); !read(v, chromedp.Evaluate[bool](`document.getElementById("jump") !== null`)); v.open(v.address + "/") {
		time.Sleep(100 * time.Millisecond)
	}
	if got := read(v, chromedp.TextContent(chromedp.CSS("#jump"))); !regexp.MustCompile("^Go on to " + to + "$").MatchString(got) {
		v.t.Fatalf("the button reads %q, want to %s", got, to)
	}
	at := read(v, chromedp.Evaluate[string](`document.querySelector("[name=to]").value.slice(0, 16)`))
	v.press("#jump", "#funnel")
	v.comes(`document.querySelector("header time").dateTime >= "` + at + `"`)
}

// gets checks the subject of the last mail that somebody got, and opens it.
func (v *visitor) gets(person, subject string) {
	v.t.Helper()
	v.mailTo(person)
	v.sees(subject)
}

const none = "0 min, 0 min"

// TestDemoInBrowser walks through the demo as whoever tries it does.
func TestDemoInBrowser(t *testing.T) {
	t.Parallel() // it waits, most of the time
	address, out := startDemo(t)
	browser := chromium.Start(t)
	v := openDemo(t, browser, address)
	start := v.funnel()
	if start["Accepted"] != none || start["Recovered"] != none || start["Suggested"] == none || start["answers"] != "Of the suggestions so far: 8 suggested." {
		t.Fatalf("it begins with %v", start)
	}
	stands := func(accepted, recovered string) map[string]string {
		return map[string]string{"Suggested": start["Suggested"], "Accepted": accepted, "Recovered": recovered}
	}

	// From the mailbox to the mail, to the page, and, after the hold, to the calendar.
	v.mailTo("noah.abera")
	v.sees("Weekly sales update on Tuesday: read it instead? (45 min)")
	noah := v.tabOf("Decline Tue 24 Nov")
	noah.reads("Decline Weekly sales update on Tue 24 Nov?")
	noah.answers("decline")
	noah.reads("Noted: you decline Weekly sales update on Tue 24 Nov")
	v.comesTo(stands("40 min, 0 min", "40 min, 0 min"))
	out.await(t, regexp.MustCompile(`\nMon 23 Nov \d\d:\d\d:\d\d {2}8 suggested, 1 held; recovered: nothing\n`))
	out.await(t, regexp.MustCompile(`\nMon 23 Nov \d\d:\d\d:\d\d {2}8 suggested, 1 accepted; recovered: 40 min of 40 min read instead\n`))

	// Its organizer has the answer, as any mail program sends one.
	v.gets("chloe.laurent", "Declined: Weekly sales update")
	v.comes(`document.getElementById("calendar").textContent.replaceAll("\n ", "").includes("PARTSTAT=DECLINED")`)

	// The receipt has come, and its Undo undoes.
	v.mailTo("noah.abera")
	undo := v.tabOf("Undo")
	undo.reads("Undo your answer for Weekly sales update?")
	undo.answers("undo")
	v.comesTo(stands(none, none))

	// Without a script, from the text of the mail; and undone while it is held.
	plain := openDemo(t, browser, address)
	if _, err := chromedp.Call(plain.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	plain.mailTo("diego.fernandez")
	plain.press("main .parts a", "#text")
	link := regexp.MustCompile(`Decline Wed 25 Nov:\s+(http\S+)`).FindStringSubmatch(read(plain, chromedp.Text(chromedp.CSS("#text"))))
	if link == nil {
		t.Fatal("the text has no link to decline")
	}
	plain.open(link[1])
	plain.reads("Decline Operations weekly update on Wed 25 Nov?")
	plain.do(chromedp.Click(chromedp.CSS("#decline")), chromedp.WaitVisible(chromedp.CSS("#undo")))
	plain.reads("Noted: you decline Operations weekly update on Wed 25 Nov")
	plain.do(chromedp.Click(chromedp.CSS("#undo")), chromedp.WaitVisible(chromedp.CSS("#decline")))

	// Keeping needs no hold.
	v.mailTo("mei.lin")
	mei := v.tabOf("Keep it")
	mei.answers("keep")
	v.comesTo(map[string]string{"answers": "Of the suggestions so far: 8 suggested, 1 kept.", "Accepted": none})
	v.sees("The report")
}

// TestDemoTrialInBrowser goes through a trial as its organizer does, with the clock
// put forward.
func TestDemoTrialInBrowser(t *testing.T) {
	t.Parallel() // it waits, most of the time
	address, out := startDemo(t)
	v := openDemo(t, chromium.Start(t), address)
	suggested := v.funnel()["Suggested"]
	stands := func(accepted, recovered string) map[string]string {
		return map[string]string{"Suggested": suggested, "Accepted": accepted, "Recovered": recovered}
	}
	v.mailTo("tomasz.kowalski")
	tomasz := v.tabOf("Try it in writing")
	tomasz.answers("trial")
	v.comesTo(stands("0 min, 9 h 40 min", none))
	v.jump("Tue 24 Nov, 11:00")

	v.gets("tomasz.kowalski", "Test plan working session, Tue 24 Nov: the update, ready to send")
	v.comes(`document.getElementById("mail").contentDocument.querySelector("a[href^='mailto:']").textContent.trim() === "Open in my mail"`)
	v.jump(`Tue 24 Nov, 13:0\d`)

	v.gets("tomasz.kowalski", "Test plan working session, Tue 24 Nov: did the update go out?")
	sent := v.tabOf("Sent")
	sent.answers("sent")
	v.jump(`Tue 24 Nov, 13:0\d`)
	v.comesTo(stands("0 min, 9 h 40 min", "0 min, 2 h 25 min"))
	out.await(t, regexp.MustCompile(`recovered: 2 h 25 min of 9 h 40 min in writing\n`))

	// The page on which it was started is the way back, too.
	tomasz.open(strings.TrimSuffix(tomasz.where(), "?done=trial"))
	tomasz.answers("undo")
	v.comesTo(stands("0 min, 2 h 25 min", "0 min, 2 h 25 min"))
}

// startShow asks the sample's people, and serves their mailboxes to the test.
func startShow(t *testing.T) (d *demoAgent, address string) {
	t.Helper()
	company, err := sample.Kite()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation(sample.Zone)
	if err != nil {
		t.Fatal(err)
	}
	s := show{
		app:     &app{ctx: t.Context(), stdout: io.Discard, stderr: t.Output(), now: time.Now, getenv: func(string) string { return "" }},
		company: company, folder: t.TempDir(), monday: time.Date(2026, 11, 23, 0, 0, 0, 0, zone), report: "510 h in meetings\n",
	}
	if err := company.Write(s.folder, s.monday); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	address = "http://" + server.Listener.Addr().String()
	if d, err = s.startAgent(&sampleClock{shown: s.monday.Add(begins), begun: time.Now()}, address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	if server.Config.Handler, err = d.handler(); err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(server.Close)
	return d, address
}

// outcomes returns all that came of suggestions, by kind of outcome.
func (d *demoAgent) outcomes(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, p := range d.company.People {
		all, err := d.db.OutcomesOf(t.Context(), p.Address)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range all {
			counts[o.Outcome]++
		}
	}
	return counts
}

// TestDemoScanned: what opens every link of every mail, with a script and without,
// by GET and by HEAD, writes nothing.
func TestDemoScanned(t *testing.T) {
	d, address := startShow(t)
	before := d.outcomes(t)
	if before[string(click.WasSuggested)] < 6 || len(before) != 1 {
		t.Fatalf("it begins with %v", before)
	}
	var found []string
	for _, m := range d.box.Mails() {
		for _, link := range regexp.MustCompile(`http://[^\s"<>]+`).FindAllString(m.Text+m.HTML, -1) {
			if !strings.HasPrefix(link, address) {
				t.Errorf("a link leads elsewhere: %s", link)
			} else if strings.TrimPrefix(link, address) != "" && !slices.Contains(found, link) {
				found = append(found, link)
			}
		}
	}
	if want := 5 * len(d.box.Mails()); len(found) != want { // four answers, and unsubscribing
		t.Errorf("%d links in %d mails, want %d", len(found), len(d.box.Mails()), want)
	}
	for _, link := range found {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			r, err := http.NewRequestWithContext(t.Context(), method, link, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("%s: status %d", method, resp.StatusCode)
			}
		}
	}
	v := openDemo(t, chromium.Start(t), address)
	for _, m := range d.box.Mails()[:2] {
		v.open(fmt.Sprintf("%s/mail/%d", address, m.ID))
		for _, link := range found {
			if strings.Contains(m.Text, link) {
				v.open(link)
			}
		}
	}
	time.Sleep(2 * time.Second) // longer than a page waits before it answers by itself
	if diff := cmp.Diff(before, d.outcomes(t)); diff != "" {
		t.Errorf("opening links wrote something:\n%s", diff)
	}
}

// TestDemoLooks holds that every page of the demo fits a telephone and a desk, by
// day and by night, and has axe-core look at it. UNMEET_PICTURES names a folder to
// keep pictures in.
func TestDemoLooks(t *testing.T) {
	address, _ := startDemo(t)
	script := chromium.Axe(t)
	v := openDemo(t, chromium.Start(t, "hide-scrollbars"), address)
	v.mailTo("noah.abera")
	mail := v.where()
	v.comes(`document.getElementById("mail").contentDocument.querySelector("a[href*='/a/']")`)
	page := read(v, chromedp.Evaluate[string](`[...document.getElementById("mail").contentDocument.querySelectorAll("a")].find(a => a.textContent.trim() === "Decline Tue 24 Nov").href`))
	for name, path := range map[string]string{"mailboxes": address + "/", "mail": mail, "text": mail + "/text", "html": mail + "/html", "report": address + "/report", "page": page} {
		for _, width := range []int64{375, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				v.dress(width, scheme)
				v.open(path)
				if wide := read(v, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
					t.Errorf("%s is %d wide at %d", name, wide, width)
				}
				if name == "mail" {
					v.comes(`document.getElementById("mail").clientHeight > 300`) // as high as the mail in it
				}
				if script != "" && name != "html" { // no script runs there
					read(v, chromedp.Evaluate[chromedp.Void](script))
					found := read(v, chromedp.Evaluate[[]string](`axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" and ")))`, chromedp.EvalAwaitPromise))
					if len(found) > 0 {
						t.Errorf("%s, %d wide, %s: %s", name, width, scheme, strings.Join(found, "\n"))
					}
				}
				v.picture(fmt.Sprintf("demo-%s-%d-%s.png", name, width, scheme))
			}
		}
	}
	// What the README shows.
	v.dress(440, "light")
	v.open(mail + "/html")
	v.picture("mail.png")
	v.open(page)
	v.answers("decline")
	v.picture("page.png")
}

// dress sets how wide the browser is, and the scheme of colours that it prefers.
func (v *visitor) dress(width int64, scheme string) {
	v.t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(v.tab, emulation.SetEmulatedMedia, media); err != nil {
		v.t.Fatal(err)
	}
	v.do(chromedp.EmulateViewport(width, 800))
}

// picture keeps a picture of the page in the folder that UNMEET_PICTURES names.
func (v *visitor) picture(name string) {
	v.t.Helper()
	folder := os.Getenv("UNMEET_PICTURES")
	if folder == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, name), read(v, chromedp.FullScreenshot(100)), 0o600); err != nil {
		v.t.Fatal(err)
	}
}
