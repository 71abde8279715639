//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"unmeet/calendars/calendartest"
	"unmeet/calendars/google"
)

// daemonProcess is a real `unmeet run`.
type daemonProcess struct {
	testing.TB
	*exec.Cmd
	url string
	log *lockedBuffer
}

// run starts the daemon and waits until it listens.
func (o *company) run(args ...string) *daemonProcess {
	o.Helper()
	d := &daemonProcess{TB: o.TB, log: &lockedBuffer{}}
	d.Cmd = exec.Command("unmeet", append([]string{"--config", o.config, "run"}, args...)...)
	errs, err := d.StderrPipe()
	if err != nil {
		o.Fatal(err)
	}
	if err := d.Start(); err != nil {
		o.Fatal(err)
	}
	o.Cleanup(func() {
		d.Process.Kill()
		d.Wait()
	})
	listens := make(chan string, 1)
	go func() {
		defer close(listens)
		lines := bufio.NewScanner(io.TeeReader(errs, d.log))
		at := regexp.MustCompile(`msg=running listen=(\S+)`)
		for lines.Scan() {
			if m := at.FindStringSubmatch(lines.Text()); m != nil {
				listens <- m[1]
			}
		}
	}()
	address, ok := <-listens
	if !ok {
		o.Fatalf("the daemon did not start:\n%s", d.log)
	}
	d.url = "http://" + address
	return d
}

// never is longer than anything takes on the slowest machine.
const never = 3 * time.Minute

// await waits until f holds.
func await(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(never); !f(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (d *daemonProcess) get(path string) (status int, body string) {
	d.Helper()
	resp, err := http.Get(d.url + path)
	if err != nil {
		d.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// stop ends the daemon as systemd does. It ends by itself, whatever hangs: on a
// machine that is not overloaded within ten seconds, as closeWithin sees to.
func (d *daemonProcess) stop() {
	d.Helper()
	if err := d.Process.Signal(syscall.SIGTERM); err != nil {
		d.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			d.Errorf("it ended with %v:\n%s", err, d.log)
		}
	case <-time.After(never):
		d.Errorf("it did not end:\n%s", d.log)
	}
}

func TestRunSyncsServesAndStops(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(5)
	o.connect(people...)
	d := o.run("--debug")
	await(t, "everybody is synced", func() bool {
		for _, who := range people {
			if o.people()[who].LastSync == nil {
				return false
			}
		}
		return true
	})
	if status, body := d.get("/healthz"); status != 200 || body != "ok\n" {
		t.Errorf("healthz says %d %q", status, body)
	}
	if status, _ := d.get("/connect"); status != 200 {
		t.Errorf("the page for connecting: %d", status)
	}
	if out, _ := o.command(0, "sync"); !strings.HasPrefix(out, "5 calendars synced") {
		t.Errorf("beside the daemon: %s", out)
	}

	o.write("unmeet.toml", strings.Replace(o.read("unmeet.toml"), "[web]", "nonsense = true\n[web]", 1))
	d.Process.Signal(syscall.SIGHUP)
	await(t, "a bad configuration is refused", func() bool { return strings.Contains(d.log.String(), "was not taken over") })
	o.write("unmeet.toml", strings.Replace(o.read("unmeet.toml"), "nonsense = true\n", "", 1))
	d.Process.Signal(syscall.SIGHUP)
	await(t, "a good one is taken over", func() bool { return strings.Contains(d.log.String(), "read anew") })
	d.stop()
	db := o.database()
	defer db.Close()
	o.check(db, people)
	if !strings.Contains(d.log.String(), `op="refresh access"`) {
		t.Error("the log has nothing of calls for tokens: what follows proves nothing")
	}
	for _, telling := range append(o.secret, "ya29", "1//0", "Bearer", "Weekly status", "private words", "syncToken=", "a client's secret") {
		if strings.Contains(d.log.String(), telling) {
			t.Errorf("the log holds %q", telling)
		}
	}
}

// A calendar that hangs keeps neither others from being synced nor the daemon from
// ending, and whoever comes next can begin at once.
func TestRunStopsWhileACalendarHangs(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(3)
	o.connect(people...)
	o.google.Inject(calendartest.Fault{Path: "/calendar/", User: people[1], Do: calendartest.Hang()})
	d := o.run()
	await(t, "the others are synced", func() bool {
		all := o.people()
		return all[people[0]].LastSync != nil && all[people[2]].LastSync != nil
	})
	d.stop()
	if row := o.people()[people[1]]; row.LastSync != nil || row.State != "connected" || row.Failures != 0 {
		t.Errorf("the one that hung: %+v", row)
	}
	o.google.Heal()
	if out, _ := o.command(0, "sync"); !strings.HasPrefix(out, "3 calendars synced") {
		t.Error(out)
	}
}

// A server that rotates refresh tokens answers a refresh while the daemon ends: the
// old one is void by then, and the new one must be stored.
func TestRunStopsWhileATokenIsRefreshed(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(2)
	o.google.Configure(func(s *calendartest.Settings) { s.RotateRefresh = true })
	asked, answer := make(chan bool, 10), make(chan bool)
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		rec := httptest.NewRecorder()
		o.google.ServeHTTP(rec, r)
		if r.URL.Path == "/token" {
			asked <- true
			<-answer
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	}))
	defer slow.Close()
	o.write("unmeet.toml", strings.Replace(o.read("unmeet.toml"), o.google.URL, slow.URL, 1))
	o.connect(people...)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"--config", o.config, "run"}, strings.NewReader(""), o.log, o.log)
	}()
	<-asked
	<-asked
	stop()
	await(t, "nobody holds a lease any more", func() bool { return o.count(`SELECT COUNT(*) FROM connection WHERE lease_by <> ''`) == 0 })
	close(answer)
	if code := <-ended; code != exitDone {
		t.Errorf("exit %d:\n%s", code, o.log)
	}
	o.write("unmeet.toml", strings.Replace(o.read("unmeet.toml"), slow.URL, o.google.URL, 1))
	if out, _ := o.command(exitDone, "sync"); !strings.HasPrefix(out, "2 calendars synced") {
		t.Errorf("after an ordered end: %s", out)
	}
}

// What a killed daemon held is free at once for the next process of this machine.
func TestLeasesOfTheDeadAreReleased(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(2)
	o.connect(people...)
	o.google.Inject(calendartest.Fault{Path: "/calendar/", Do: calendartest.Hang()})
	d := o.run()
	db := o.database()
	defer db.Close()
	await(t, "calendars are leased", func() bool {
		holders, err := db.Holders(o.Context())
		return err == nil && len(holders) > 0
	})
	if out, _ := o.command(0, "sync"); !strings.Contains(out, "2 synced by another process") {
		t.Errorf("while the daemon has them: %s", out)
	}
	if err := d.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	d.Wait()
	o.google.Heal()
	if out, _ := o.command(0, "sync"); !strings.HasPrefix(out, "2 calendars synced") {
		t.Errorf("once it is dead: %s", out)
	}
}

// Two daemons on one database would do everything twice.
func TestSecondDaemonIsRefused(t *testing.T) {
	o := newCompany(t, false)
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	c, err := a.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	done, err := a.alone(c)
	if err != nil {
		t.Fatal(err)
	}
	_, errs := o.command(exitFailed, "run")
	if !strings.Contains(errs, "another unmeet runs on "+c.Database.URL+": "+processName()) || !strings.Contains(errs, "\nhint: stop that one first") {
		t.Errorf("the second is told\n%s", errs)
	}
	done()
	if done, err = a.alone(c); err != nil {
		t.Fatalf("once the first has ended: %v", err)
	}
	done()
}

// Somebody who connects while the daemon runs is synced soon.
func TestRunNoticesNewPeople(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as the daemon looks for work")
	}
	o := newCompany(t, true)
	people := o.hire(3)
	o.connect(people[0])
	o.run()
	await(t, "the first is synced", func() bool { return o.people()[people[0]].LastSync != nil })
	o.connect(people[1])
	await(t, "the second is synced", func() bool { return o.people()[people[1]].LastSync != nil })
}

// The daemon looks at the groups when it starts, and again when it is told to.
func TestRunFollowsGroups(t *testing.T) {
	o := newCompany(t, true)
	p := o.hire(4)
	o.SetGroup("pilot@acme.example", p[1], p[2])
	o.delegate("admin = \"p0@acme.example\"\ngroups = [\"pilot@acme.example\"]\n[web]\nlisten = \"127.0.0.1:0\"", readScope, google.ReadMembers)
	d := o.run("--debug")
	state := func(who string) string { return o.people()[who].State }
	await(t, "members are connected", func() bool { return state(p[1]) == "connected" && state(p[2]) == "connected" })
	o.SetGroup("pilot@acme.example", p[2], p[3])
	d.Process.Signal(syscall.SIGHUP)
	await(t, "who left is read no longer, who joined is connected", func() bool { return state(p[1]) == "stopped" && state(p[3]) == "connected" })
	d.stop()
	for _, secret := range []string{"ya29", "Bearer", "PRIVATE KEY", "assertion="} {
		if strings.Contains(d.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
