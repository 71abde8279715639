package google

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"unmeet/calendars/calendartest"
)

const robot = "robot@project.iam.gserviceaccount.com"

// delegations are the two ways of acting for people. Assertions bear the real
// time, so these run on the clock on the wall.
func (b *bench) delegations(scopes ...string) map[string]*Delegation {
	b.t.Helper()
	key := b.AddServiceAccount(robot, ReadEvents, ReadMembers)
	e := EndpointsAt(b.url)
	machine := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "of-this-machine"})
	made := map[string]*Delegation{}
	for what, c := range map[string]DelegationConfig{
		"key":     {KeyJSON: key, Scopes: scopes, Endpoints: e},
		"keyless": {Impersonate: robot, Machine: machine, Scopes: scopes, Endpoints: e},
	} {
		d, err := NewDelegation(b.t.Context(), c)
		if err != nil {
			b.t.Fatal(err)
		}
		made[what] = d
	}
	return made
}

func TestDelegation(t *testing.T) {
	b := newBench(t)
	b.Create(weekly("w", bob))
	for what, d := range b.delegations(ReadEvents) {
		o := b.options(bob)
		o.Tokens, o.Charge = d.For(bob), true
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		b.Forget()
		f := &follower{bench: b, source: s, person: bob, mirror: mirror{}}
		f.sync()
		f.sync()
		if n := len(b.Requests(func(r calendartest.Request) bool { return r.Path == "/token" })); n != 1 {
			t.Errorf("%s: %d assertions for two syncs", what, n)
		}
		b.Suspend(bob, true)
		_, err = d.For(bob).Token(t.Context())
		if KindOf(err) != Auth {
			t.Errorf("%s: a suspended person: %v", what, err)
		}
		b.Suspend(bob, false)
		b.Inject(calendartest.Fault{Path: "/token", Times: 1, Do: calendartest.RefuseToken("invalid_grant", "invalid_rapt")})
		if _, err := d.For(bob).Token(t.Context()); KindOf(err) != Session {
			t.Errorf("%s: a session that ended: %v", what, err)
		}
	}
	for what, d := range b.delegations(WriteEvents) {
		_, err := d.For(bob).Token(t.Context())
		if KindOf(err) != Admin || !strings.Contains(err.Error(), "unauthorized_client") {
			t.Errorf("%s: a scope nobody delegated: %v", what, err)
		}
	}
}

func TestDelegationConfig(t *testing.T) {
	b := newBench(t)
	key := b.AddServiceAccount(robot, ReadEvents)
	var open map[string]string
	if err := json.Unmarshal(key, &open); err != nil {
		t.Fatal(err)
	}
	open["token_uri"] = "http://tokens.acme.example/token"
	exposed, err := json.Marshal(open)
	if err != nil {
		t.Fatal(err)
	}
	broken := bytes.Replace(key, []byte("MII"), []byte("XII"), 1)
	for what, c := range map[string]DelegationConfig{
		"a broken key": {KeyJSON: broken},
		"neither":      {},
		"both":         {KeyJSON: key, Impersonate: robot},
		"no key":       {KeyJSON: []byte(`{"type":"authorized_user","private_key":"SECRET"}`)},
		"in the clear": {KeyJSON: exposed},
	} {
		if _, err := NewDelegation(t.Context(), c); err == nil {
			t.Errorf("%s: taken", what)
		} else if strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%s: the key is in the error", what)
		}
	}
}

func TestDirectory(t *testing.T) {
	b := newBench(t)
	b.Suspend(cat, true)
	b.SetGroup("team@acme.example", ann, "inner@acme.example", "guest@elsewhere.example")
	b.SetGroup("inner@acme.example", bob, cat, ann)
	b.Configure(func(s *calendartest.Settings) { s.PageMax = 1 })
	for what, delegation := range b.delegations(ReadMembers) {
		d, err := NewDirectory(DirectoryOptions{Person: ann, Tokens: delegation.For(ann), Endpoints: EndpointsAt(b.url), Transport: b.transport()})
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Members(t.Context(), "team@acme.example")
		if diff := gocmp.Diff([]string{ann, bob}, got); err != nil || diff != "" {
			t.Errorf("%s: members: error %v\n%s", what, err, diff)
		}
		if _, err := d.Members(t.Context(), "no-such@acme.example"); KindOf(err) != NotFound {
			t.Errorf("%s: a group that is not: %v", what, err)
		}
	}
	for _, delegation := range b.delegations(ReadEvents) {
		d, err := NewDirectory(DirectoryOptions{Person: ann, Tokens: delegation.For(ann), Endpoints: EndpointsAt(b.url), Transport: b.transport()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Members(t.Context(), "team@acme.example"); KindOf(err) != Consent {
			t.Errorf("without the scope: %v", err)
		}
	}
}
