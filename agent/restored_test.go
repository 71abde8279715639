package agent

import (
	"path/filepath"
	"testing"
	"time"

	"unmeet/calendars"
	"unmeet/store"
)

// backup copies a database as it is now, and returns where to.
func backup(c *counter) string {
	c.Helper()
	path := filepath.Join(c.TempDir(), "copy.db")
	fatal(c.TB, store.Backup(c.Context(), c.path, path, c.Now()))
	return path
}

// restore makes a copy safe, and then lets all go on.
func restore(t testing.TB, c *counter, trialist Trialist) Restored {
	t.Helper()
	now := c.Now()
	r, err := Restore(t.Context(), c.DB, trialist, now, now.AddDate(0, 0, 7), store.Pause{By: "root", Since: now, Why: "restored"})
	fatal(t, err)
	if p, paused, err := c.DB.Paused(t.Context()); err != nil || !paused || p.Why != "restored" {
		t.Errorf("paused: %+v, %v, %v", p, paused, err)
	}
	fatal(t, c.DB.Resume(t.Context()))
	return r
}

// TestRestoredDoesNothingTwice restores a database that was copied before an answer was
// carried out, which its person has undone since: nothing is done anew.
func TestRestoredDoesNothingTwice(t *testing.T) {
	for _, c := range []struct {
		name    string
		before  func(*office)
		want    Restored
		actions []string
	}{
		{"held", func(*office) {}, Restored{Answers: 1, Restored: store.Restored{Mails: 1, Connections: 1}}, nil},
		{"due", func(o *office) {
			o.hand.pass(holdsOver)
			o.commit()
		}, Restored{Restored: store.Restored{Mails: 1, Actions: 1, Connections: 1}}, []string{"failed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			link := o.decline()
			o.act()
			c.before(o)
			path := backup(o.counter)
			o.hand.pass(holdsOver)
			o.run()
			o.known(link, "undo")
			o.run()
			done := []calendars.Response{calendars.Declined, calendars.Accepted}
			o.want([]string{"applied", "applied"}, done...)

			again := officeAt(t, newCounterAt(t, path))
			defer again.close()
			again.paper, again.counter.hand.now = o.paper, o.Now()
			if got := restore(t, again.counter, Trialist{}); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			again.hand.pass(time.Hour)
			again.run()
			again.want(c.actions, done...)
			if len(c.actions) > 0 { // whoever knows that it is to be done has it done
				fatal(t, again.DB.RetryAction(t.Context(), again.Now(), 1))
				again.run()
				again.want([]string{"applied"}, append(done, calendars.Declined)...)
			}
		})
	}
}

// TestRestoredTrialsGoOn restores a database that was copied while a trial ran: what
// its organizer got since does not come again, and what lies ahead does come.
func TestRestoredTrialsGoOn(t *testing.T) {
	f := newFair(t)
	f.start()
	path := backup(f.counter)
	f.until(3 * time.Hour)
	f.want("draft ann, question ann", "")

	again := fairAt(newCounterAt(t, path))
	defer again.close()
	again.book, again.hand.now = f.book, f.Now()
	if got := restore(t, again.counter, *again.trialist); got.Trials != 1 {
		t.Errorf("%+v", got)
	}
	again.until(4 * time.Hour)
	again.want("", "")
	again.until(7*24*time.Hour + 3*time.Hour)
	again.want("draft ann, question ann", "")
}
