package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"unmeet/calendars/calendartest"
	"unmeet/calendars/google"
	"unmeet/store"
)

// following returns what looks at the directory of a company for the daemon.
func (o *company) following() (follower, func() config) {
	o.Helper()
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	db := o.database()
	o.Cleanup(func() { db.Close() })
	f := follower{app: a, db: db, transport: google.Transport{Clock: hurried{o.clock}}, log: slog.New(slog.NewTextHandler(o.log, nil))}
	return f, func() config {
		c, err := a.loadConfig()
		if err != nil {
			o.Fatal(err)
		}
		return c
	}
}

func (o *company) wantState(what string, states map[string]string) {
	o.Helper()
	rows := o.people()
	for who, want := range states {
		if got := rows[who].State; got != want {
			o.Errorf("%s: %s is %q, want %q", what, who, got, want)
		}
	}
}

// TestFollowGroups: the daemon reads for whoever is in the groups at the moment, but
// never again for those who left by their own wish.
func TestFollowGroups(t *testing.T) {
	o := newCompany(t, true)
	p := o.hire(9)
	o.AddPerson(calendartest.Person{Address: "eve@other.example"})
	o.SetGroup("pilot@acme.example", p[1], p[2], "eve@other.example")
	o.SetGroup("other@acme.example", p[5])
	o.SetGroup("board@acme.example", p[6], p[7])
	o.delegate(`
admin = "p0@acme.example"
people = ["p4@acme.example"]
groups = ["Pilot@acme.example", "other@acme.example"]
`, readScope, google.ReadMembers)
	o.command(exitDone, "connect", "google", "--delegated", "--group", "board@acme.example")
	f, c := o.following()
	look := func() {
		t.Helper()
		if err := f.look(t.Context(), c()); err != nil {
			t.Fatal(err)
		}
	}

	look()
	o.wantDelegated("at first", p[1], p[2], p[4], p[5], p[6], p[7])
	o.command(exitDone, "sync")
	before := o.stored(f.db, time.Now().AddDate(0, 0, -60), time.Now().AddDate(0, 0, 40))

	o.SetGroup("pilot@acme.example", p[2], p[3]) // p1 left, p3 joined
	o.SetGroup("other@acme.example", p[5], "pilot@acme.example")
	o.SetGroup("board@acme.example", p[6]) // p7 left a group of the command line
	o.Suspend(p[5], true)
	o.command(exitDone, "disconnect", "--yes", p[2]) // by their own wish
	look()
	o.wantDelegated("since", p[3], p[4], p[6])
	o.wantState("since", map[string]string{p[1]: "stopped", p[2]: "disconnected", p[5]: "stopped", p[7]: "stopped", p[8]: "seen"})
	table, _ := o.command(exitDone, "people")
	for _, want := range []string{
		p[1] + "  stopped", "no longer an active member of pilot@acme.example", "no longer an active member of other@acme.example",
		"hint: unmeet disconnect " + p[1] + " erases it; unmeet connect google --delegated " + p[1] + " reads on", ", 3 stopped, 1 disconnected",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("people says nothing of %q:\n%s", want, table)
		}
	}
	o.google.Forget()
	o.command(exitDone, "sync")
	if _, errs := o.command(exitFailed, "sync", p[1]); !strings.Contains(errs, p[1]+" is not read any longer") {
		t.Errorf("asked for by name: %s", errs)
	}
	for _, r := range o.google.Requests(func(r calendartest.Request) bool { return strings.HasPrefix(r.Path, "/calendar/") }) {
		if !slices.Contains([]string{p[3], p[4], p[6]}, r.User) {
			t.Errorf("the calendar of %s is read", r.User)
		}
	}
	if after := o.stored(f.db, time.Now().AddDate(0, 0, -60), time.Now().AddDate(0, 0, 40)); len(after) < len(before)/2 {
		t.Errorf("%d of %d occurrences are left: what was read of the others is to be kept", len(after), len(before))
	}

	// They come back, each as they may.
	o.SetGroup("pilot@acme.example", p[1], p[2], p[3])
	o.Suspend(p[5], false)
	look()
	o.wantDelegated("come back", p[1], p[3], p[4], p[5], p[6])
	o.wantState("come back", map[string]string{p[2]: "disconnected", p[7]: "stopped"})
	out, _ := o.command(exitDone, "connect", "google", "--delegated", p[3])
	if out != "0 calendars connected, 1 connected before\n" {
		t.Errorf("named: %s", out)
	}
	o.SetGroup("pilot@acme.example", p[1])
	look()
	o.wantDelegated("one who was named left the group", p[1], p[3], p[4], p[5], p[6])
	for _, said := range []string{"connected by delegation", "reading stopped"} {
		if !strings.Contains(o.log.String(), said) {
			t.Errorf("the log says nothing of %q:\n%s", said, o.log)
		}
	}
}

// TestFollowGroupsInTrouble: who cannot be looked up is neither stopped nor
// connected; a group that is gone has no members.
func TestFollowGroupsInTrouble(t *testing.T) {
	o := newCompany(t, true)
	p := o.hire(4)
	o.SetGroup("pilot@acme.example", p[1], p[2])
	config := func(groups ...string) string {
		list, err := json.Marshal(groups)
		if err != nil {
			t.Fatal(err)
		}
		return "admin = \"p0@acme.example\"\ngroups = " + string(list) + "\n"
	}
	o.delegate(config("pilot@acme.example"), readScope, google.ReadMembers)
	f, c := o.following()
	if err := f.look(t.Context(), c()); err != nil {
		t.Fatal(err)
	}
	o.wantDelegated("at first", p[1], p[2])

	o.SetGroup("pilot@acme.example", p[3])
	o.google.Inject(calendartest.Fault{Path: "/admin/", Do: calendartest.Refuse("backendError", 500)})
	if err := f.look(t.Context(), c()); err == nil {
		t.Error("a directory that fails was taken for well")
	}
	o.wantDelegated("while the directory fails", p[1], p[2])
	listed := "people = [\"p0@acme.example\"]\n"
	o.delegate(config("pilot@acme.example")+listed, readScope, google.ReadMembers)
	if err := f.look(t.Context(), c()); err == nil {
		t.Error("a directory that fails was taken for well")
	}
	o.wantDelegated("one on the list, while the directory fails", p[0], p[1], p[2])
	o.google.Heal()

	o.delegate(config("pilot@acme.example", "gone@acme.example")+listed, readScope, google.ReadMembers)
	if err := f.look(t.Context(), c()); err == nil || !strings.Contains(err.Error(), "group gone@acme.example") {
		t.Errorf("a group that is gone: %v", err)
	}
	o.wantDelegated("beside a group that is gone", p[0], p[3])

	// Without delegation there is nothing to do.
	o.write("unmeet.toml", "")
	if err := f.look(t.Context(), c()); err != nil {
		t.Errorf("without delegation: %v", err)
	}
	o.wantDelegated("without delegation", p[0], p[3])
}

// TestFollowKeepsOwnConnections: who connected themselves is not in the hands of
// whoever keeps the groups.
func TestFollowKeepsOwnConnections(t *testing.T) {
	o := newCompany(t, true)
	p := o.hire(3)
	o.SetGroup("pilot@acme.example", p[1])
	o.delegate("admin = \"p0@acme.example\"\ngroups = [\"pilot@acme.example\"]", readScope, google.ReadMembers)
	f, c := o.following()
	o.connect(p[1])
	for _, members := range [][]string{{p[1]}, {p[2]}} {
		o.SetGroup("pilot@acme.example", members...)
		if err := f.look(t.Context(), c()); err != nil {
			t.Fatal(err)
		}
	}
	got, err := f.db.Connection(t.Context(), googleKind, p[1])
	if err != nil || got.Via != store.ByGrant || got.State != store.Connected || got.Sealed == nil {
		t.Errorf("it is %+v, %v", got, err)
	}
	o.wantDelegated("the other", p[2])
}
