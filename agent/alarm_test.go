package agent

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/store"
)

// still is a clock that a test sets.
type still struct{ now time.Time }

func (s *still) Now() time.Time                         { return s.now }
func (s *still) After(d time.Duration) <-chan time.Time { return time.After(d) }

// TestAlarm holds that a person is told once that their connection was paused, and
// again only when that happens again.
func TestAlarm(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clock := &still{time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)}
	woken := 0
	a := &Alarm{
		DB: db, Clock: clock, Again: "https://unmeet.acme.example/connect", Wake: func() { woken++ },
		Writer:  &mail.Writer{Sender: mail.Sender{From: mail.Address{Address: "unmeet@acme.example"}, PublicURL: "https://unmeet.acme.example"}},
		Service: func(string) string { return "Google Calendar" },
		Group:   func(string) Group { return Group{Language: "de"} },
	}
	tell := func(want int) {
		t.Helper()
		if told, err := a.Tell(t.Context()); err != nil || told != want {
			t.Errorf("%d people were told (%v), want %d", told, err, want)
		}
	}
	connect := func(owner, via string) {
		t.Helper()
		n := store.NewConnection{Kind: "google", Owner: owner, Account: owner, Via: via}
		if via == store.ByGrant {
			n.Seal = func(int64) ([]byte, string, error) { return []byte("sealed"), "k", nil }
		}
		if _, err := db.Connect(t.Context(), clock.now, n); err != nil {
			t.Fatal(err)
		}
	}
	pause := func() {
		t.Helper()
		due, err := db.TakeDue(t.Context(), clock.now, "test", time.Hour, 10)
		if err != nil || len(due) == 0 {
			t.Fatalf("%d connections are due (%v)", len(due), err)
		}
		for _, c := range due {
			if err := db.Failed(t.Context(), c.Lease, store.Trouble{Why: "the grant was revoked", Pause: true}, clock.now, clock.now); err != nil {
				t.Fatal(err)
			}
		}
	}
	connect("bo@acme.example", store.ByGrant)
	connect("ana@acme.example", store.ByDelegation)
	tell(0)
	pause()
	tell(1)
	tell(0)
	clock.now = clock.now.Add(time.Hour)
	tell(0)
	queued, err := db.Mails(t.Context(), store.MailQueued, 10)
	if err != nil || len(queued) != 1 || woken != 1 {
		t.Fatalf("%d mails are queued, woken %d times (%v)", len(queued), woken, err)
	}
	if m := queued[0]; m.To != "bo@acme.example" || m.Kind != string(mail.Trouble) || !strings.Contains(string(m.MIME), "bitte neu verbinden") {
		t.Errorf("the mail to %s of kind %s:\n%s", m.To, m.Kind, m.MIME)
	}

	gate := Gate{DB: db}
	if why, err := gate.Check(t.Context(), queued[0], clock.now); why != "" || err != nil {
		t.Errorf("the mail is not to be sent: %q (%v)", why, err)
	}
	connect("bo@acme.example", store.ByGrant)
	if why, err := gate.Check(t.Context(), queued[0], clock.now); why == "" || err != nil {
		t.Errorf("the mail is still to be sent (%v)", err)
	}
	pause()
	tell(1)

	connect("bo@acme.example", store.ByGrant)
	clock.now = clock.now.Add(time.Hour)
	pause()
	if err := db.Unsubscribe(t.Context(), clock.now, "bo@acme.example", "test"); err != nil {
		t.Fatal(err)
	}
	tell(0)
	if err := db.Resubscribe(t.Context(), clock.now, "bo@acme.example", "test"); err != nil {
		t.Fatal(err)
	}
	clock.now = clock.now.Add(worthTelling)
	tell(0)
}

// TestAlarmKeepsWorkingHours: a mail about trouble waits for the morning, in the
// organization's time zone where the person's is not known.
func TestAlarmKeepsWorkingHours(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	sunday := time.Date(2026, time.November, 22, 23, 0, 0, 0, time.UTC)
	_, err = db.Connect(t.Context(), sunday, store.NewConnection{Kind: "google", Owner: "bo@acme.example", Account: "bo", Via: store.ByGrant,
		Seal: func(int64) ([]byte, string, error) { return []byte("sealed"), "k", nil }})
	fatal(t, err)
	due, err := db.TakeDue(t.Context(), sunday, "test", time.Hour, 10)
	fatal(t, err)
	for _, c := range due {
		fatal(t, db.Failed(t.Context(), c.Lease, store.Trouble{Why: "the grant was revoked", Pause: true}, sunday, sunday))
	}
	a := &Alarm{
		DB: db, Clock: &still{sunday}, Again: "https://unmeet.acme.example/connect", Zone: time.FixedZone("east", 3600),
		Writer: &mail.Writer{Sender: mail.Sender{From: mail.Address{Address: "unmeet@acme.example"}, PublicURL: "https://unmeet.acme.example"}},
		Group:  func(string) Group { return Group{Hours: suggest.OfficeHours()} },
	}
	if told, err := a.Tell(t.Context()); told != 1 || err != nil {
		t.Fatal(told, err)
	}
	queued, err := db.Mails(t.Context(), store.MailQueued, 10)
	fatal(t, err)
	next, err := db.NextMail(t.Context(), sunday)
	if want := time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC); err != nil || len(queued) != 1 || !next.Equal(want) {
		t.Errorf("%d mails, sent from %v on, want %v: %v", len(queued), next, want, err)
	}
}
