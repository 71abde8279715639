package store

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestSigningIn(t *testing.T) {
	db := openTemporary(t)
	must(t, db.Enrol(t.Context(), address("ann")))
	now := at(0, 9)
	send := func(name string, n int) error {
		m := NewMail{MessageID: fmt.Sprint(name, n), Person: address(name), Kind: "signin", From: "unmeet@acme.example", To: address(name), MIME: []byte("Subject: x\r\n\r\n"), Deadline: now.Add(time.Hour)}
		return db.BeginLogin(t.Context(), now, address(name), secretHash(fmt.Sprint(name, n)), now.Add(15*time.Minute), m)
	}
	for n := range MaxLogins {
		must(t, send("ann", n))
	}
	if err := send("ann", MaxLogins); !errors.Is(err, ErrManyLogins) {
		t.Errorf("one more: %v", err)
	}
	must(t, send("bob", 0)) // others are not kept from it

	use := func(link, cookie string) (string, error) {
		return db.UseLogin(t.Context(), now, secretHash(link), secretHash(cookie), now.Add(7*24*time.Hour))
	}
	if who, err := use("ann0", "a"); err != nil || who != address("ann") {
		t.Fatalf("%q, %v", who, err)
	}
	if _, err := use("ann0", "b"); !errors.Is(err, ErrNoLogin) {
		t.Errorf("used twice: %v", err)
	}
	now = now.Add(16 * time.Minute)
	if _, err := use("ann1", "b"); !errors.Is(err, ErrNoLogin) {
		t.Errorf("used late: %v", err)
	}
	signedIn := func(cookie string) bool {
		t.Helper()
		s, err := db.Session(t.Context(), now, secretHash(cookie))
		if err != nil && !errors.Is(err, ErrNoSession) {
			t.Fatal(err)
		}
		return err == nil && s.Address == address("ann")
	}
	must(t, db.BeginSession(t.Context(), now, address("ann"), secretHash("b"), now.Add(7*24*time.Hour)))
	if !signedIn("a") || !signedIn("b") || signedIn("c") {
		t.Error("not those who signed in are")
	}
	must(t, db.EndSession(t.Context(), secretHash("b")))
	for range 14 { // each use keeps it for another 12 hours, but not for more than a week
		now = now.Add(11 * time.Hour)
		if !signedIn("a") || signedIn("b") {
			t.Fatal("a use does not keep it")
		}
	}
	if now = now.Add(SessionIdle); signedIn("a") {
		t.Error("it outlasts not being used, and its week")
	}
	if _, err := db.Retain(t.Context(), now, Kept{From: at(0, 0), Outcomes: at(0, 0)}); err != nil {
		t.Fatal(err)
	}
	var left int
	must(t, db.read.QueryRowContext(t.Context(), `SELECT (SELECT COUNT(*) FROM session) + (SELECT COUNT(*) FROM login)`).Scan(&left))
	if left != 0 {
		t.Errorf("%d rows are never swept", left)
	}

	must(t, db.BeginSession(t.Context(), now, address("ann"), secretHash("c"), now.Add(time.Hour)))
	must(t, send("ann", MaxLogins))
	must(t, db.EndSessions(t.Context(), address("ann")))
	if _, err := use(fmt.Sprint("ann", MaxLogins), "c2"); signedIn("c") || !errors.Is(err, ErrNoLogin) {
		t.Errorf("signing out everywhere leaves one signed in, or a link: %v", err)
	}
	must(t, db.BeginSession(t.Context(), now, address("ann"), secretHash("d"), now.Add(time.Hour)))
	must(t, db.Erase(t.Context(), now, address("ann")))
	if signedIn("d") {
		t.Error("whoever was forgotten is signed in")
	}
}

// TestBrowsersOfOnePerson: a person sees and forgets their own alone.
func TestBrowsersOfOnePerson(t *testing.T) {
	db := openTemporary(t)
	for _, name := range []string{"ann", "bob"} {
		must(t, db.Enrol(t.Context(), address(name)))
		must(t, db.KnowBrowser(t.Context(), secretHash(name), Browser{Person: address(name), Since: monday, Until: lastDay}))
	}
	of := func(name string) []KnownBrowser {
		all, err := db.Browsers(t.Context(), at(1, 0), address(name))
		must(t, err)
		return all
	}
	anns := of("ann")
	if len(anns) != 1 || anns[0].ID == of("bob")[0].ID || anns[0].Answer || !anns[0].Since.Equal(monday) {
		t.Fatalf("%+v", anns)
	}
	if err := db.ForgetBrowsers(t.Context(), address("bob"), anns[0].ID); !errors.Is(err, ErrNoBrowser) {
		t.Errorf("Bob forgets Ann's: %v", err)
	}
	must(t, db.ForgetBrowsers(t.Context(), address("ann"), anns[0].ID))
	must(t, db.ForgetBrowsers(t.Context(), address("ann"), ""))
	if len(of("ann")) != 0 || len(of("bob")) != 1 {
		t.Error("not Ann's alone was forgotten")
	}
}
