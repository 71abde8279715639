//go:build unix

package mail

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"unmeet/agent/mail/mailtest"
	"unmeet/store"
)

// childOrder is what a process that sends mails, and may die of it, is told.
type childOrder struct {
	Database string
	Host     string
	Port     int
	CA       []byte
	Now      time.Time
}

const orders = "UNMEET_TEST_MAIL_ORDERS"

// TestChild is no test: it is what a process started by the next one does.
func TestChild(t *testing.T) {
	text := os.Getenv(orders)
	if text == "" {
		t.Skip("it is for processes that tests start")
	}
	var order childOrder
	if err := json.Unmarshal([]byte(text), &order); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), order.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.ReleaseAll(t.Context(), "child"); err != nil { // as the daemon does when its predecessor died
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(order.CA)
	o := Outbox{
		DB: db, By: "child", PerMinute: 60_000, Now: func() time.Time { return order.Now },
		Server: func() Server {
			return Server{Host: order.Host, Port: order.Port, Security: StartTLS, Roots: roots, Timeout: 10 * time.Second}
		},
	}
	if _, err := o.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestProcessKilledAtEveryBoundary kills a real process at every boundary of sending,
// at the first mail and at the second, and lets another go on: each mail arrives, at
// most one of them twice, with the same bytes, and none again once its 250 was noted.
func TestProcessKilledAtEveryBoundary(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the tests anew")
	}
	program := filepath.Join(t.TempDir(), "mail.test")
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-tags", "failpoints", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	for place, duplicates := range map[string]int{
		"mail-before-data": 0, "mail-after-dot": 1, "mail-after-250": 1, "mail-in-mark": 1, "mail-after-mark": 0,
	} {
		for _, times := range []string{"1", "2"} {
			t.Run(place+" "+times, func(t *testing.T) {
				o := newOffice(t, mailtest.Options{})
				o.queue("bo@acme.example", "ana@acme.example")
				child := func(failpoint string) error {
					text, err := json.Marshal(childOrder{
						Database: filepath.Join(o.folder, "unmeet.db"), Host: o.server.Host, Port: o.server.Port, CA: o.server.CA.PEM, Now: o.now,
					})
					if err != nil {
						t.Fatal(err)
					}
					c := exec.CommandContext(t.Context(), program, "-test.run", "^TestChild$", "-test.v")
					c.Env = append(os.Environ(), orders+"="+string(text), "UNMEET_FAILPOINT="+failpoint)
					out, err := c.CombinedOutput()
					t.Logf("%s", out)
					return err
				}
				exit, ok := errors.AsType[*exec.ExitError](child(place + ":" + times))
				if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
					t.Fatalf("it did not die there: %v", exit)
				}
				o.now = o.now.Add(time.Minute)
				for range 2 {
					if err := child(""); err != nil {
						t.Fatal(err)
					}
				}
				seen := 0
				for _, m := range o.server.Messages() {
					if string(m.Data) != string(o.sealed[m.To]) {
						t.Errorf("the mail to %s is not what was queued", m.To)
					}
					seen++
				}
				// Whether the server had read the end when the process died is for the
				// server to say.
				if seen < 2 || seen > 2+duplicates {
					t.Errorf("%d mails arrived, of two", seen)
				}
				o.state(store.MailSent, 2)
				o.state(store.MailQueued, 0)
			})
		}
	}
}
