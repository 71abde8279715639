package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"unmeet/agent/mail/mailtest"
	"unmeet/calendars/caldav/caldavtest"
	"unmeet/calendars/calendartest"
	"unmeet/internal/chaos"
	"unmeet/store"
)

// aheadOf is the variable that says by how much the clock of unmeet-ahead is ahead.
const aheadOf = "UNMEET_TEST_AHEAD"

func init() { programs["unmeet-ahead"] = runAhead }

// runAhead is main with a clock that is ahead of the real one. A file that must not
// grow is an error for it, and not its end: the disk is full then.
func runAhead() {
	by, err := time.ParseDuration(os.Getenv(aheadOf))
	if err != nil {
		panic(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	a := &app{ctx: ctx, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, now: ahead(by).Now}
	code := a.run(os.Args[1:])
	stop()
	os.Exit(code)
}

// weekOfChaos is when daemons are started in a week, from Sunday at 20:00 on: calendars
// are read, on Monday morning mails go out, and what people answer on Monday has until
// Thursday noon to be done.
var weekOfChaos = []time.Duration{
	0, 30 * time.Minute, monday(5, 0), monday(5, 40),
	monday(9, 2), monday(9, 8), monday(9, 35), monday(10, 40), monday(12, 45), monday(15, 0), monday(17, 0),
	monday(24+9, 0), monday(24+9, 40), monday(24+14, 0), monday(48+9, 0), monday(48+13, 0),
	thursday, // afterwards the updates of trials are due
	monday(72+12, 5), monday(72+14, 15), monday(96+12, 0),
}

// thursday is when all that people decided is to be done, before meetings begin: the
// daemon is left alone until it is.
const thursday = 52*time.Hour + 18*time.Hour

// monday is so long after Sunday at 20:00 as the hour and minute of Monday.
func monday(hour, minute int) time.Duration {
	return time.Duration(4+hour)*time.Hour + time.Duration(minute)*time.Minute
}

// shortChaos is the beginning of that.
var shortChaos = []time.Duration{0, monday(5, 0), monday(9, 2), monday(9, 8), monday(9, 35), monday(10, 40)}

// chaosPlan is how much chaos there is.
type chaosPlan struct {
	googlers, davers int             // people, by where their calendars are
	starts           []time.Duration // when daemons are started, from Sunday at 20:00 on
	life             time.Duration   // how long each of them runs, about
}

// planChaos is a short story, or one as long as UNMEET_CHAOS says ("3m").
func planChaos(t *testing.T) chaosPlan {
	text := os.Getenv("UNMEET_CHAOS")
	if text == "" {
		return chaosPlan{googlers: 20, davers: 5, starts: shortChaos, life: 1800 * time.Millisecond}
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("UNMEET_CHAOS: %v", err)
	}
	p := chaosPlan{googlers: 180, davers: 20}
	for week := range 2 {
		for _, start := range weekOfChaos {
			p.starts = append(p.starts, start+time.Duration(week)*7*24*time.Hour)
		}
	}
	p.life = length * 8 / 10 / time.Duration(len(p.starts)) // the rest is for coming to rest
	return p
}

// havoc is a company that is asked by mail, and whose daemon does not come to rest:
// whatever it talks to is slow, hangs, is cut off or talks nonsense, its disk is full
// at times, and it is killed over and over.
type havoc struct {
	*company
	chaosPlan
	dice   *rand.Rand
	begun  time.Time     // the Sunday at 20:00
	ends   time.Time     // when the last daemon starts that has trouble
	ahead  *atomic.Int64 // by how much the company's clock is ahead
	public string

	smtp     *mailtest.Server
	trouble  *atomic.Bool // the mail server makes some
	radicale *caldavtest.Server
	gateway  *chaos.Gateway
	proxies  map[string]*chaos.Proxy // by name of the server
	disk     *smallDisk

	staff, davs []string            // people at Google, and elsewhere
	events      []string            // that are changed all the time
	extra       map[string][]string // objects that come and go elsewhere, by person
	figures     map[string]int
}

const (
	chaosMailPassword = "a mail password that nobody may see"
	chaosZone         = "Europe/Berlin"
)

// TestChaos lets an organization run through chaos, and holds that what its database
// knows is what the calendars say, that every answer that a person saw noted is done
// once, that nobody gets more mail than promised, and that no log tells a secret.
//
// UNMEET_CHAOS=3m makes it long, UNMEET_CHAOS_SEED repeats the same troubles (when
// they come, no seed tells).
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("kills daemons for a quarter of a minute")
	}
	o := newHavoc(t)
	crowd := startCrowd(o)
	for i, start := range o.starts {
		o.to(o.begun.Add(start))
		if start%(7*24*time.Hour) == thursday {
			o.heal()
			o.finish(0)
			o.readAll() // what was called off and is not seen to be before its time counts as met
			continue
		}
		o.live(i)
	}
	for range 12 { // a short story may have told nothing yet
		if crowd.noted.Load() >= 3 {
			break
		}
		o.to(o.now().Add(15 * time.Minute))
		o.live(0)
	}
	crowd.stop()
	o.heal()
	o.finish(8 * time.Hour)
	o.readAll()
	o.judge(crowd)
}

// newHavoc opens the company, with healthy servers.
func newHavoc(t *testing.T) *havoc {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("UNMEET_CHAOS_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("UNMEET_CHAOS_SEED=%d", seed)
	o := &havoc{
		chaosPlan: planChaos(t), dice: rand.New(rand.NewPCG(seed, 0)), ahead: &atomic.Int64{}, trouble: &atomic.Bool{},
		proxies: map[string]*chaos.Proxy{}, extra: map[string][]string{}, figures: map[string]int{},
	}
	zone, err := time.LoadLocation(chaosZone)
	if err != nil {
		t.Fatal(err)
	}
	y, m, d := time.Now().In(zone).Date()
	o.begun = time.Date(y, m, d+8-int(time.Now().In(zone).Weekday()), 20, 0, 0, 0, zone).AddDate(0, 0, -1)
	o.ends = o.begun.Add(o.starts[len(o.starts)-1])
	o.disk = newSmallDisk(t)
	now := func() time.Time { return time.Now().Add(time.Duration(o.ahead.Load())) }
	o.company = &company{TB: t, folder: o.disk.folder, log: &lockedBuffer{}, now: now, World: calendartest.NewWorld(now)}
	o.config = filepath.Join(o.folder, "unmeet.toml")
	o.to(o.begun)

	o.serve(seed)
	o.hireChaos()
	return o
}

// to puts the company's clock forward. No daemon is running.
func (o *havoc) to(when time.Time) {
	if when.After(o.now()) {
		o.ahead.Store(int64(time.Until(when)))
	}
}

// lifetime is a daemon that runs.
type lifetime struct {
	*exec.Cmd
	log   *lockedBuffer
	ended chan error
}

// start starts a daemon and waits until it listens, or has ended: then it is nil.
func (o *havoc) start() *lifetime {
	o.Helper()
	d := &lifetime{Cmd: exec.Command("unmeet-ahead", "--config", o.config, "run", "--debug"), log: &lockedBuffer{}, ended: make(chan error, 1)}
	d.Env = o.env()
	d.Stderr = io.MultiWriter(o.log, d.log)
	fmt.Fprintf(o.log, "a daemon is started at %s\n", o.now().Format(time.DateTime))
	if err := d.Start(); err != nil {
		o.Fatal(err)
	}
	o.Cleanup(func() { _ = d.Process.Kill() })
	go func() { d.ended <- d.Wait() }()
	for end := time.Now().Add(never); time.Now().Before(end); {
		select {
		case err := <-d.ended:
			if !o.disk.isFull {
				o.Fatalf("the daemon did not start: %v\n%s", err, d.log)
			}
			return nil
		case <-time.After(10 * time.Millisecond):
			if strings.Contains(d.log.String(), "msg=running ") {
				return d
			}
		}
	}
	o.Fatalf("the daemon does not listen:\n%s", d.log)
	return nil
}

// env is the environment of the company's processes.
func (o *havoc) env() []string {
	return append(os.Environ(), aheadOf+"="+time.Duration(o.ahead.Load()).String(), "SSL_CERT_FILE="+filepath.Join(o.folder, "ca.pem"))
}

// live is one life of a daemon, from its start to when it is killed.
func (o *havoc) live(n int) {
	o.disturb()
	length := o.life/2 + time.Duration(o.dice.Int64N(int64(o.life)))
	full := n == 1 || o.dice.IntN(8) == 0
	startsFull := full && o.dice.IntN(3) == 0
	if startsFull {
		o.disk.fill(0)
	}
	d := o.start()
	if d == nil { // it said so, and ended
		o.figures["daemons that would not start on a full disk"]++
		o.disk.free(0)
		return
	}
	o.figures["daemons"]++
	if full {
		o.figures["full disks"]++
		o.stir(length / 3)
		o.disk.fill(d.Process.Pid)
		o.stir(length / 3)
		o.disk.free(d.Process.Pid)
		length /= 3
	}
	o.stir(length)
	select {
	case err := <-d.ended:
		o.Fatalf("the daemon ended by itself: %v\n%s", err, tail(d.log.String()))
	default:
	}
	o.figures["kills"]++
	if err := d.Process.Kill(); err != nil {
		o.Error(err)
	}
	<-d.ended
}

func tail(text string) string { return text[max(0, len(text)-6000):] }

// finish lets daemons run without trouble, the first from so much later on, until all
// that people decided is done.
func (o *havoc) finish(later time.Duration) {
	const done = `SELECT COUNT(*) FROM action WHERE state = 'applied'`
	o.figures["things done amid trouble"] = o.count(done) - o.figures["things done afterwards"]
	defer func() { o.figures["things done afterwards"] = o.count(done) - o.figures["things done amid trouble"] }()
	o.until(later, "all is done", func() string {
		for what, query := range map[string]string{
			"things to do": `SELECT COUNT(*) FROM action WHERE state IN ('waiting', 'due', 'begun')`,
			"held answers": `SELECT COUNT(*) FROM suggestion WHERE state = 'pending'`,
		} {
			if n := o.count(query); n > 0 {
				return fmt.Sprintf("%d %s", n, what)
			}
		}
		return ""
	})
}

// readAll lets daemons run until every calendar was read once more.
func (o *havoc) readAll() {
	done := o.now()
	db := o.database()
	defer db.Close()
	o.until(8*time.Hour, "all is read", func() string {
		all, err := db.Connections(o.Context())
		if err != nil {
			o.Fatal(err)
		}
		for _, c := range all {
			if c.State != store.Connected || !c.LastOK.After(done) {
				return fmt.Sprintf("the calendar of %s is %s, was read at %s, and failed %d times since: %s", c.Owner, c.State, c.LastOK, c.Failures, c.Why)
			}
		}
		return ""
	})
}

// until runs daemons until nothing is missing any more: the first so much later (in
// eight hours every calendar is due), and each an hour and then some after the one
// before, as what failed is tried again later and later.
func (o *havoc) until(later time.Duration, what string, missing func() string) {
	o.Helper()
	since, why := o.now(), ""
	for round := range 14 {
		o.to(since.Add(later + time.Duration(round)*65*time.Minute))
		d := o.start()
		for end := time.Now().Add(restWithin); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if why = missing(); why == "" {
				break
			}
		}
		o.figures["daemons until "+what]++
		if err := d.Process.Signal(syscall.SIGTERM); err != nil {
			o.Fatal(err)
		}
		if err := <-d.ended; err != nil {
			o.Errorf("it ended with %v:\n%s", err, tail(d.log.String()))
		}
		if why == "" {
			return
		}
		o.Logf("not yet so that %s: %s", what, why)
	}
	o.Fatalf("it never comes to pass that %s: %s", what, why)
}

// restWithin is how long one daemon has to do all that is due.
const restWithin = 20 * time.Second
