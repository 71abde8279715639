package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// letter is a mail to name, whose words are secret.
func letter(name, id string, deadline time.Time) NewMail {
	return NewMail{MessageID: id + "@acme.example", Person: address(name), Kind: "digest", From: "unmeet@acme.example", To: address(name),
		MIME: []byte("secret words of " + id), Deadline: deadline}
}

// takeMail leases the mails due at now, and returns them by their Message-ID.
func (db *DB) takeMail(t testing.TB, now time.Time, by string, want ...string) (taken []Mail) {
	t.Helper()
	taken, err := db.TakeMail(t.Context(), now, by, time.Hour, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range taken {
		got = append(got, strings.TrimSuffix(m.MessageID, "@acme.example"))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("taken are %q, want %q", got, want)
	}
	return taken
}

// TestMailWithdraws holds what becomes of a suggestion by what becomes of its mail: it
// is taken back where the person cannot have got it.
func TestMailWithdraws(t *testing.T) {
	now := at(0, 9)
	for _, c := range []struct {
		name string
		end  func(db *DB, m Mail) error
		want string
	}{
		{"sent", func(db *DB, m Mail) error { return db.MailSent(t.Context(), m, now) }, "offered"},
		{"dropped", func(db *DB, m Mail) error { return db.MailDropped(t.Context(), m, now, "near") }, "withdrawn"},
		{"parked", func(db *DB, m Mail) error { return db.MailParked(t.Context(), m, now, "refused") }, "withdrawn"},
		{"nobody there", func(db *DB, m Mail) error { return db.Suppress(t.Context(), m, now, "no such user") }, "withdrawn"},
		{"put off too long", func(db *DB, m Mail) error { return db.MailRetry(t.Context(), m, now, m.Deadline, "later") }, "withdrawn"},
		{"put off", func(db *DB, m Mail) error { return db.MailRetry(t.Context(), m, now, now.Add(time.Hour), "later") }, "offered"},
		{"refused after all", func(db *DB, m Mail) error {
			return errors.Join(db.BeginMail(t.Context(), &m, now), db.MailParked(t.Context(), m, now, "refused"))
		}, "withdrawn"},
		{"unknown", func(db *DB, m Mail) error {
			return errors.Join(db.BeginMail(t.Context(), &m, now), db.MailUnknown(t.Context(), m, now, now, "gone"))
		}, "offered"},
		{"unknown, then answered by the person and dropped", func(db *DB, m Mail) error {
			err := errors.Join(db.BeginMail(t.Context(), &m, now), db.MailUnknown(t.Context(), m, now, now, "gone"))
			again := db.takeMail(t, now, "test", "one")
			return errors.Join(err, db.MailDropped(t.Context(), again[0], now, "answered"))
		}, "offered"},
		{"died in between, then past its deadline", func(db *DB, m Mail) error {
			err := db.BeginMail(t.Context(), &m, now)
			db.takeMail(t, m.Deadline, "test")
			return err
		}, "offered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := openFile(t)
			s := db.offer(t, now, newDigest("bob", "one"))
			m := db.takeMail(t, now, "test", "one")[0]
			must(t, c.end(db, m))
			if got, err := db.Suggestion(t.Context(), s.ID); err != nil || got.State != c.want {
				t.Errorf("the suggestion is %s (%v), want %s", got.State, err, c.want)
			}
			n := db.count(t, `mail WHERE state = 'queued' AND mime IS NULL OR state <> 'queued' AND mime IS NOT NULL OR hash = ''`)
			if n > 0 {
				t.Error("a mail on its way lost its words, or another kept them")
			}
		})
	}
}

// TestBeginMail holds that a mail is not begun that is not to be sent any more, though
// its lease holds.
func TestBeginMail(t *testing.T) {
	for _, c := range []struct {
		name      string
		meanwhile func(t *testing.T, db *DB, s Suggestion)
		at        time.Time
		why       string // "" for a mail that may be sent
	}{
		{"nothing", func(*testing.T, *DB, Suggestion) {}, at(7, 9).Add(-time.Second), ""},
		{"unsubscribed", func(t *testing.T, db *DB, _ Suggestion) {
			must(t, db.Unsubscribe(t.Context(), monday, address("bob"), "header"))
		}, monday, "takes no mail"},
		{"unsubscribed, and came back", func(t *testing.T, db *DB, _ Suggestion) {
			must(t, db.Unsubscribe(t.Context(), monday, address("bob"), "header"))
			must(t, db.Resubscribe(t.Context(), monday, address("bob"), "mail-button"))
		}, monday, ""},
		{"withdrawn", func(t *testing.T, db *DB, s Suggestion) {
			_, err := db.Withdraw(t.Context(), monday, []int64{s.ID}, "cli", "moved")
			must(t, err)
		}, monday, "no question"},
		{"answered", func(t *testing.T, db *DB, s Suggestion) { db.decide(t, monday, s.ID, become("kept", "kept")) }, monday, "no question"},
		{"too late", func(*testing.T, *DB, Suggestion) {}, at(7, 9), "deadline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := openFile(t)
			s := db.offer(t, monday, newDigest("bob", "one"))
			m := db.takeMail(t, monday, "test", "one")[0]
			c.meanwhile(t, db, s)
			err := db.BeginMail(t.Context(), &m, c.at)
			moot, ok := errors.AsType[*MootError](err)
			if ok != (c.why != "") || ok && !strings.Contains(moot.Why, c.why) || !ok && err != nil {
				t.Errorf("%v, want %q", err, c.why)
			}
			begun := 1
			if ok {
				begun = 0
			}
			if n := db.count(t, `mail WHERE unsure = 1`); n != begun || m.Unsure != begun {
				t.Errorf("%d mails are begun, and this %d times; want %d", n, m.Unsure, begun)
			}
		})
	}
}

// TestMailLeases holds that a mail has one sender at a time, and what a lost lease is.
func TestMailLeases(t *testing.T) {
	db := openFile(t)
	now := at(0, 9)
	for i, next := range []time.Duration{time.Minute, 0, 2 * time.Hour} {
		m := letter("bob", fmt.Sprintf("m%d", i), at(7, 9))
		m.Next = now.Add(next)
		if _, err := db.QueueMail(t.Context(), now, m); err != nil {
			t.Fatal(err)
		}
	}
	first := db.takeMail(t, now.Add(time.Minute), "one", "m1", "m0")
	db.takeMail(t, now.Add(time.Minute), "two")
	if next, err := db.NextMail(t.Context(), now.Add(time.Minute)); err != nil || !next.Equal(now.Add(2*time.Hour)) {
		t.Errorf("the next mail is due at %v (%v)", next, err)
	}
	must(t, db.BeginMail(t.Context(), &first[0], now))

	later := now.Add(90 * time.Minute) // the lease has ended
	second := db.takeMail(t, later, "two", "m1", "m0")
	if second[0].Unsure != 1 || second[1].Unsure != 0 {
		t.Errorf("the mails are unsure %d and %d times", second[0].Unsure, second[1].Unsure)
	}
	for name, late := range map[string]error{
		"begin": db.BeginMail(t.Context(), &first[1], later), "sent": db.MailSent(t.Context(), first[0], later),
		"retry": db.MailRetry(t.Context(), first[0], later, later, ""), "unknown": db.MailUnknown(t.Context(), first[0], later, later, ""),
		"parked": db.MailParked(t.Context(), first[0], later, ""), "dropped": db.MailDropped(t.Context(), first[0], later, ""),
		"suppressed": db.Suppress(t.Context(), first[0], later, ""), "released": db.ReleaseMail(t.Context(), first[0]),
	} {
		if !errors.Is(late, ErrMailTaken) {
			t.Errorf("%s, with a lost lease: %v", name, late)
		}
	}
	if why, err := db.Suppressed(t.Context(), address("bob")); why != "" || err != nil {
		t.Errorf("the address was suppressed without a lease: %q (%v)", why, err)
	}

	if by, err := db.Holders(t.Context()); err != nil || !slices.Equal(by, []string{"two"}) {
		t.Errorf("leases are held by %q (%v)", by, err)
	}
	must(t, db.ReleaseAll(t.Context(), "two")) // it died
	third := db.takeMail(t, later, "one", "m1", "m0")
	must(t, db.MailSent(t.Context(), third[0], later))
	if err := db.MailSent(t.Context(), third[0], later); !errors.Is(err, ErrMailTaken) {
		t.Errorf("sent twice: %v", err)
	}
}

// TestMailIncomplete holds that nothing is queued that could not be sent.
func TestMailIncomplete(t *testing.T) {
	db := openFile(t)
	now := at(0, 9)
	for name, change := range map[string]func(*NewMail){
		"no words": func(m *NewMail) { m.MIME = nil }, "no Message-ID": func(m *NewMail) { m.MessageID = "" },
		"no sender": func(m *NewMail) { m.From = "" }, "no recipient": func(m *NewMail) { m.To = "" },
		"no deadline": func(m *NewMail) { m.Deadline = time.Time{} }, "a deadline that is past": func(m *NewMail) { m.Deadline = now },
	} {
		m := letter("bob", "one", at(7, 9))
		change(&m)
		if _, err := db.QueueMail(t.Context(), now, m); err == nil {
			t.Errorf("%s: it was queued", name)
		}
	}
	if n := db.count(t, `mail`); n != 0 {
		t.Errorf("%d mails were kept", n)
	}
}

// TestMailIsScrubbed holds that the words of a mail that was sent cannot be read from
// the database's files any more.
func TestMailIsScrubbed(t *testing.T) {
	folder := t.TempDir()
	db, err := Open(t.Context(), filepath.Join(folder, "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	now := at(0, 9)
	long := letter("bob", "one", at(7, 9))
	long.MIME = bytes.Repeat([]byte("secret words "), 2000)
	if _, err := db.QueueMail(t.Context(), now, long); err != nil {
		t.Fatal(err)
	}
	must(t, db.MailSent(t.Context(), db.takeMail(t, now, "test", "one")[0], now))
	must(t, db.Scrub(t.Context()))
	files, err := os.ReadDir(folder)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files (%v)", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("secret words")) {
			t.Errorf("%s has the words of the mail", f.Name())
		}
	}
}

// TestSendingPaused holds that a pause of sending keeps its first reason and all mails.
func TestSendingPaused(t *testing.T) {
	db := openFile(t)
	now := at(0, 9)
	if _, err := db.QueueMail(t.Context(), now, letter("bob", "one", at(7, 9))); err != nil {
		t.Fatal(err)
	}
	must(t, db.PauseSending(t.Context(), now, "wrong password"))
	must(t, db.PauseSending(t.Context(), now.Add(time.Hour), "still wrong"))
	if p, err := db.SendingPaused(t.Context()); err != nil || p.Why != "wrong password" || !p.Since.Equal(now) {
		t.Errorf("paused since %v because %q (%v)", p.Since, p.Why, err)
	}
	db.takeMail(t, now, "test")
	must(t, db.ResumeSending(t.Context()))
	must(t, db.ResumeSending(t.Context()))
	if p, err := db.SendingPaused(t.Context()); err != nil || p != (SendingPause{}) {
		t.Errorf("still paused: %+v (%v)", p, err)
	}
	db.takeMail(t, now, "test", "one")
}

// TestOutboxAnyWay holds, whatever two senders do and whenever they die, that a mail is
// handed over at most MaxUnsure times without an answer, never after its end, never by
// two at a time, and that in the end none is left on its way.
func TestOutboxAnyWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		db, err := OpenTemporary(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		now := at(0, 9)
		deadline := now.Add(10 * time.Hour)
		const n = 3
		for i := range n {
			if _, err := db.QueueMail(t.Context(), now, letter(fmt.Sprintf("p%d", i), fmt.Sprintf("m%d", i), deadline)); err != nil {
				t.Fatal(err)
			}
		}
		silent, ended, holder := map[int64]int{}, map[int64]bool{}, map[int64]MailLease{}
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "minutes")) * time.Minute)
			by := rapid.SampledFrom([]string{"one", "two"}).Draw(t, "by")
			taken, err := db.TakeMail(t.Context(), now, by, time.Hour, 1)
			ok(err)
			if len(taken) == 0 {
				continue
			}
			m := taken[0]
			if held := holder[m.ID]; held.Until.After(now) {
				t.Fatalf("%s took mail %d that %s holds until %v", by, m.ID, held.By, held.Until)
			}
			if ended[m.ID] || len(m.MIME) == 0 || silent[m.ID] >= MaxUnsure || m.Unsure != silent[m.ID] {
				t.Fatalf("mail %d was taken, ended: %v, unsure %d times, silent %d", m.ID, ended[m.ID], m.Unsure, silent[m.ID])
			}
			holder[m.ID] = m.Lease
			free := func() { delete(holder, m.ID) }
			next := now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "wait")) * time.Minute)
			end := rapid.SampledFrom([]string{"die", "begin and die", "unknown", "retry", "release", "sent", "parked", "dropped", "refused"}).Draw(t, "end")
			if end == "begin and die" || end == "unknown" || end == "sent" || end == "refused" || end == "retry" {
				ok(db.BeginMail(t.Context(), &m, now))
			}
			switch end {
			case "begin and die":
				silent[m.ID]++
			case "unknown":
				silent[m.ID]++
				ok(db.MailUnknown(t.Context(), m, now, next, "gone"))
				free()
			case "retry":
				ok(db.MailRetry(t.Context(), m, now, next, "later"))
				free()
			case "release":
				ok(db.ReleaseMail(t.Context(), m))
				free()
			case "sent":
				ok(db.MailSent(t.Context(), m, now))
				ended[m.ID] = true
			case "parked", "refused":
				ok(db.MailParked(t.Context(), m, now, "no"))
				ended[m.ID] = true
			case "dropped":
				ok(db.MailDropped(t.Context(), m, now, "no"))
				ended[m.ID] = true
			}
		}
		left, err := db.TakeMail(t.Context(), deadline.Add(2*time.Hour), "one", time.Hour, n)
		ok(err)
		all := 0
		for _, state := range []MailState{MailSent, MailDropped, MailParked} {
			found, err := db.Mails(t.Context(), state, n)
			ok(err)
			for _, m := range found {
				if m.MIME != nil || m.Ended.IsZero() || state != MailSent && m.Why == "" {
					t.Fatalf("mail %d is %s because %q, at %v, with %d bytes", m.ID, m.State, m.Why, m.Ended, len(m.MIME))
				}
			}
			all += len(found)
		}
		if len(left) > 0 || all != n {
			t.Fatalf("%d mails are on their way after their deadline, %d of %d have ended", len(left), all, n)
		}
	})
}

// TestRepliesInOrder: an answer in somebody's name that was put off is not overtaken by
// the one that takes it back.
func TestRepliesInOrder(t *testing.T) {
	db := openFile(t)
	must(t, db.Enrol(t.Context(), address("bob")))
	for _, id := range []string{"declined", "accepted"} {
		_, err := db.QueueMail(t.Context(), at(1, 9), NewMail{MessageID: id + "@acme.example", Person: address("bob"), Kind: "reply",
			From: address("bob"), To: address("ann"), MIME: []byte("the words of " + id), Deadline: at(7, 9)})
		must(t, err)
	}
	m := db.takeMail(t, at(1, 9), "test", "declined")[0]
	must(t, db.MailRetry(t.Context(), m, at(1, 9), at(1, 10), "later"))
	db.takeMail(t, at(1, 9), "test")
	m = db.takeMail(t, at(1, 10), "test", "declined")[0]
	must(t, db.MailSent(t.Context(), m, at(1, 10)))
	db.takeMail(t, at(1, 10), "test", "accepted")
}
