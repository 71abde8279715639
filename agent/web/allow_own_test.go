package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"unmeet/agent/click"
	"unmeet/calendars"
)

// TestAllowOnOnesOwnPage leads to the service from a person's own page of a suggestion,
// and back to it; nobody else can ask there.
func TestAllowOnOnesOwnPage(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	w := o.hang(&wall{may: calendars.ErrNoConsent}, a)
	b, path := o.signedIn(ann), ownPath(a)
	b.post(path, "do", "decline").sees(200, "Noted: you decline Ops weekly on Tue 24 Nov", "Let unmeet write to it")
	if !strings.Contains(b.page, `action="`+path+`/allow"`) {
		t.Fatalf("the button leads elsewhere:\n%s", b.page)
	}

	for name, who := range map[string]*browser{"somebody else": o.signedIn(bob), "a stranger": o.browser(), "who sees the organization's page": o.signedIn(boss)} {
		if who.post(path + "/allow"); who.status == http.StatusOK && strings.Contains(who.page, "Going on to") || strings.Contains(who.page, "Ops weekly") {
			t.Errorf("%s: %d %s", name, who.status, who.page)
		}
	}
	r := httptest.NewRequest(http.MethodPost, public+path+"/allow", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if b.send(r); b.status != http.StatusForbidden {
		t.Errorf("from another site: %d", b.status)
	}
	if b.open(path + "/allow"); b.status == http.StatusOK {
		t.Errorf("got, it answers %d", b.status)
	}

	for _, end := range []struct{ query, done, says string }{
		{"error=access_denied", "allow.declined", "You said no at Acme, so nothing is written."},
		{"code=1", "allow.done", "Thank you: unmeet may write to your calendar now."},
	} {
		b.post(path+"/allow").sees(200, "Going on to Acme")
		b.open("/connect/acme/callback?state=the-state&" + end.query)
		if to := b.header.Get("Location"); b.status != http.StatusSeeOther || to != path+"?done="+end.done {
			t.Fatalf("with %s it leads back to %d %q", end.query, b.status, to)
		}
		if end.done == "allow.done" {
			w.may = nil
		}
		b.open(b.header.Get("Location")).sees(200, "Noted: you decline Ops weekly on Tue 24 Nov", end.says)
	}
	if b.post(path + "/allow"); !strings.Contains(b.path, "done=refused") {
		t.Errorf("what is allowed already leads to %s", b.path)
	}
	a.is(click.Pending, click.Decline)
}
