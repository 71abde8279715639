//go:build unix

package main

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"unmeet/agent/watch"
	"unmeet/rules"
)

// manager is a service manager's end of sd_notify.
type manager struct {
	mu   sync.Mutex
	told []string
}

// manage begins one, for processes that are started from now on.
func manage(t *testing.T) *manager {
	t.Helper()
	folder, err := os.MkdirTemp("", "unmeet") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	path := filepath.Join(folder, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "300000")
	m := &manager{}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := socket.Read(buf)
			if err != nil {
				return
			}
			m.mu.Lock()
			m.told = append(m.told, string(buf[:n]))
			m.mu.Unlock()
		}
	}()
	return m
}

// all is what was told since it was last asked for.
func (m *manager) all() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	told := m.told
	m.told = nil
	return told
}

// TestServiceManagerIsTold runs the daemon as systemd does: it says when it is ready,
// reads anew and ends, and feeds the watchdog only as long as it works.
func TestServiceManagerIsTold(t *testing.T) {
	m := manage(t)
	o := newCompany(t, true)
	people := o.hire(3)
	o.connect(people...)
	d := o.run()
	var told []string
	has := func(beginning string) func() bool {
		return func() bool {
			told = append(told, m.all()...)
			for i, state := range told {
				if strings.HasPrefix(state, beginning) {
					told = told[i+1:]
					return true
				}
			}
			return false
		}
	}
	await(t, "it is ready", has("READY=1\nSTATUS=serving at 127.0.0.1:"))
	await(t, "the watchdog is fed", has("WATCHDOG=1"))
	await(t, "it is fed again", has("WATCHDOG=1"))
	await(t, "/readyz is ok", func() bool { status, body := d.get("/readyz"); return status == 200 && body == "ok\n" })

	o.write("unmeet.toml", o.read("unmeet.toml")+"[log]\nlevel = \"warn\"\n")
	d.Process.Signal(syscall.SIGHUP)
	await(t, "it reads anew", has("RELOADING=1\nMONOTONIC_USEC="))
	await(t, "it is ready again", has("READY=1"))
	if status, _ := d.get("/connect"); status != 200 || strings.Contains(d.log.String(), `route="GET /connect"`) {
		t.Errorf("the page answers %d, and the log goes on telling of such", status)
	}

	key := filepath.Join(o.folder, "unmeet.key")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	if status, body := d.get("/readyz"); status != 503 || body != "the key file cannot be read: calendars cannot be opened\n" {
		t.Errorf("without its key: %d %s", status, body)
	}
	o.command(exitDone, "key", "new", "--lost")
	if status, body := d.get("/readyz"); status != 503 || !strings.HasPrefix(body, "the key file lacks the key of some connections: ") {
		t.Errorf("with another key: %d %s", status, body)
	}
	if status, body := d.get("/healthz"); status != 200 || body != "ok\n" {
		t.Errorf("no restart helps, but it is not well: %d %s", status, body)
	}
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}

	o.sql("ALTER TABLE connection RENAME TO spoilt")
	await(t, "it says what ails it", has("STATUS=the database does not answer"))
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := d.get(path); status != 503 || !strings.HasPrefix(body, "the database does not answer\n") {
			t.Errorf("%s says %d %s", path, status, body)
		}
	}
	m.all()
	await(t, "some more rounds pass", func() bool { return strings.Count(d.log.String(), "the watchdog is not fed") > 3 })
	if fed := strings.Join(m.all(), "\n"); strings.Contains(fed, "WATCHDOG") {
		t.Errorf("it is fed all the same: %s", fed)
	}
	o.sql("ALTER TABLE spoilt RENAME TO connection")
	await(t, "it is fed again, and says that all is well", has("WATCHDOG=1\nSTATUS=serving again"))
	d.stop()
	await(t, "it ends", has("STOPPING=1"))
	for _, who := range people {
		if strings.Contains(d.log.String(), who) {
			t.Errorf("the log names %s", who)
		}
	}
}

// TestEveryPartHasAPulse lets ten minutes pass in which there is nothing to do: a part that
// were not seen to look for work would have the watchdog end a daemon that is well.
func TestEveryPartHasAPulse(t *testing.T) {
	o := newCompany(t, false)
	o.write("unmeet.toml", strings.Replace(o.read("unmeet.toml"), "[google]", "public_url = \"http://127.0.0.1:8420\"\n[google]", 1)+"[mail]\nhost = \"127.0.0.1\"\ntls = \"none\"\nfrom = \"unmeet@acme.example\"\n[suggest]\nmode = \"suggest\"\n")
	o.connect(o.hire(2)...)
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	a.now = time.Now
	c, err := a.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		db, err := a.openDatabase(c)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		pulses := &watch.Pulses{}
		room, err := a.newMailroom(c, mailroomOptions{db: db, engine: rules.Default(), log: slog.New(slog.DiscardHandler), pulses: pulses})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			room.Run(ctx)
		}()
		time.Sleep(10 * time.Minute)
		if silent, all := pulses.Silent(2*time.Minute), pulses.Since(); len(silent) > 0 || len(all) != 6 {
			t.Errorf("silent: %v of %v", silent, all)
		}
		stop()
		<-ended
	})
}
