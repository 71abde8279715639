package caldav

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"unmeet/calendars"
	"unmeet/calendars/caldav/caldavtest"
	"unmeet/calendars/reach"
	"unmeet/store"
)

// BenchmarkBesideVdirsyncer times the first sync of a calendar, one where nothing
// changed and one where one event did, beside vdirsyncer on the same server. What is
// read here is kept in a database, with every occurrence in five months derived from
// it, which is timed apart, too; there it is written to files. It takes
// minutes, and runs only where UNMEET_BENCH_CALDAV says how many events there are to be
// (make bench-caldav).
//
// What the server takes itself, which nobody can be faster than, is told apart.
func BenchmarkBesideVdirsyncer(b *testing.B) {
	n := 0
	if _, err := fmt.Sscan(os.Getenv("UNMEET_BENCH_CALDAV"), &n); err != nil {
		b.Skip("UNMEET_BENCH_CALDAV not set")
	}
	cyrus := func(b testing.TB) *caldavtest.Server { return caldavtest.Cyrus(b, "ann") }
	for _, run := range []struct {
		name   string
		start  func(testing.TB) *caldavtest.Server
		events int
	}{
		{"radicale", caldavtest.Radicale, n},
		{"xandikos", caldavtest.Xandikos, n / 5}, // vdirsyncer gives up on more
		{"cyrus", cyrus, n},
	} {
		b.Run(run.name, func(b *testing.B) {
			r := newRace(b, run.start(b), run.events)
			for b.Loop() {
				r.run()
			}
		})
	}
}

// race is a calendar that two programs sync.
type race struct {
	*testing.B
	server   *caldavtest.Server
	calendar string
	n        int
	reading  time.Duration // what reading took of our last sync
	waiting  time.Duration // what that waited for the server
}

func newRace(b *testing.B, server *caldavtest.Server, n int) *race {
	r := &race{B: b, server: server, calendar: server.Calendar(b, "race"), n: n}
	server.Seed(b, r.calendar, r.weekly(n))
	// The server reads its own files once, whoever asks first.
	patient := reach.Limits{Patience: 10 * time.Minute, Timeout: 10 * time.Minute}
	client := New(Options{User: server.User, Password: caldavtest.Password, Limits: patient})
	found, err := client.Count(b.Context(), r.calendar)
	if err != nil || found != n {
		b.Fatalf("the server shows %d events, want %d: %v", found, n, err)
	}
	return r
}

// inBerlin finds the times of objects.
var inBerlin = regexp.MustCompile(`;TZID=Europe/Berlin(:\d{8}T\d{6})`)

// weekly is what the calendar holds: on Cyrus in UTC, as Debian's falls over zones that
// it has to look up.
func (r *race) weekly(n int) map[string]string {
	objects := caldavtest.Weekly(n)
	for name, text := range objects {
		if r.server.Name == "cyrus" {
			objects[name] = inBerlin.ReplaceAllString(text, "${1}Z")
		}
	}
	return objects
}

// lap times one step, and says how long it took.
func (r *race) lap(name string, step func()) time.Duration {
	begin := time.Now()
	step()
	took := time.Since(begin)
	r.ReportMetric(took.Seconds(), name+"-s")
	return took
}

func (r *race) run() {
	change := func(title string) {
		text := r.weekly(1)["00000.ics"]
		r.server.Put(r, r.calendar, "00000.ics", strings.ReplaceAll(text, "Status of team 0", title))
	}
	theirs := r.vdirsyncer()
	var laps [2][3]time.Duration
	laps[1][0] = r.lap("vdirsyncer-first", theirs)
	laps[1][1] = r.lap("vdirsyncer-idle", theirs)
	change("changed once")
	laps[1][2] = r.lap("vdirsyncer-change", theirs)

	ours, requests := r.unmeet()
	var asked [3]int
	var reading, waiting [3]time.Duration
	for i, name := range []string{"first", "idle", "change"} {
		if name == "change" {
			change("changed twice")
		}
		before := requests.n
		laps[0][i] = r.lap(name, ours)
		asked[i], reading[i], waiting[i] = requests.n-before, r.reading, r.waiting
		r.ReportMetric(r.reading.Seconds(), name+"-reading-s")
		r.ReportMetric(r.waiting.Seconds(), name+"-waiting-s")
	}
	for i, name := range []string{"first", "idle", "change"} {
		r.Logf("%s, %d events, %s: %.2f s in %d requests, %.2f s of it for reading, %.2f s of that waiting for the server; vdirsyncer %.2f s: %.1f times as long",
			r.server.Name, r.n, name, laps[0][i].Seconds(), asked[i], reading[i].Seconds(), waiting[i].Seconds(), laps[1][i].Seconds(),
			laps[1][i].Seconds()/laps[0][i].Seconds())
	}
}

// unmeet returns one sync with a new database, and what counts its requests.
func (r *race) unmeet() (sync func(), requests *counting) {
	db, err := store.Open(r.Context(), filepath.Join(r.TempDir(), "unmeet.db"))
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { db.Close() })
	if err := db.SetOrganization(r.Context(), store.Organization{Domains: []string{"acme.example"}}); err != nil {
		r.Fatal(err)
	}
	id, err := db.AddCollection(r.Context(), store.Collection{Kind: "caldav", Remote: r.calendar, Owner: caldavtest.User})
	if err != nil {
		r.Fatal(err)
	}
	count := &counting{base: http.DefaultTransport}
	source := &Source{Client: New(Options{User: r.server.User, Password: caldavtest.Password, Base: count}), Addresses: []string{caldavtest.User}}
	at := calendars.Collection{Remote: r.calendar, From: from.AddDate(0, -1, 0), To: to.AddDate(0, 3, 0)}
	cursor := ""
	return func() {
		begin, waited := time.Now(), count.waited
		delta, err := source.Pull(r.Context(), at, cursor)
		if err != nil {
			r.Fatal(err)
		}
		r.reading, r.waiting = time.Since(begin), count.waited-waited
		cursor = delta.Cursor
		if _, err := db.Apply(r.Context(), id, delta, store.At(from)); err != nil {
			r.Fatal(err)
		}
	}, count
}

// counting counts requests, and for how long nothing came.
type counting struct {
	base   http.RoundTripper
	n      int
	waited time.Duration
}

// RoundTrip implements http.RoundTripper.
func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n++
	begin := time.Now()
	resp, err := c.base.RoundTrip(r)
	c.waited += time.Since(begin)
	if err == nil {
		resp.Body = &waiting{resp.Body, c}
	}
	return resp, err
}

// waiting is an answer that is waited for.
type waiting struct {
	io.ReadCloser
	by *counting
}

// Read implements io.Reader.
func (w *waiting) Read(p []byte) (int, error) {
	begin := time.Now()
	n, err := w.ReadCloser.Read(p)
	w.by.waited += time.Since(begin)
	return n, err
}

// vdirsyncer returns one sync of vdirsyncer into a new folder.
func (r *race) vdirsyncer() func() {
	program, err := exec.LookPath("vdirsyncer")
	if err != nil {
		r.Skip("vdirsyncer not present")
	}
	folder := r.TempDir()
	config := filepath.Join(folder, "config")
	text := fmt.Sprintf(`[general]
status_path = "%[1]s/status/"
[pair race]
a = "here"
b = "there"
collections = ["race"]
conflict_resolution = "b wins"
[storage here]
type = "filesystem"
path = "%[1]s/calendars/"
fileext = ".ics"
[storage there]
type = "caldav"
url = "%[2]s"
username = "%[3]s"
password = "%[4]s"
`, folder, strings.TrimSuffix(r.server.URL, "/")+r.server.Home, r.server.User, caldavtest.Password)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		r.Fatal(err)
	}
	call := func(args ...string) {
		c := exec.Command(program, append([]string{"-c", config}, args...)...)
		c.Stdin = strings.NewReader("y\ny\n")
		c.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
		if out, err := c.CombinedOutput(); err != nil {
			r.Fatalf("vdirsyncer %v: %v\n%s", args, err, out)
		}
	}
	call("discover", "race")
	return func() { call("sync", "race") }
}

// BenchmarkListing reads 5,000 events of a server that takes no time itself.
func BenchmarkListing(b *testing.B) {
	var body strings.Builder
	body.WriteString(multistatusHead)
	for name, text := range caldavtest.Weekly(5000) {
		body.WriteString(listed("/cal/"+name, name, text))
	}
	body.WriteString("</multistatus>")
	p := func() *pull {
		p := &pull{url: &url.URL{Scheme: "https", Host: "x.example", Path: "/cal/"}, gone: map[string]bool{}, lack: map[string]lacking{}}
		p.reader = objectReader{at: calendars.Collection{From: from.AddDate(0, -1, 0), To: to.AddDate(0, 3, 0)}}
		p.reader.reset()
		return p
	}
	b.ReportAllocs()
	b.SetBytes(int64(body.Len()))
	for b.Loop() {
		p := p()
		if _, err := readMultistatus(reach.Rehearse(strings.NewReader(body.String()), 1<<30), p.url, p.take); err != nil || len(p.reader.copies) < 5000 {
			b.Fatal(len(p.reader.copies), err)
		}
	}
}
