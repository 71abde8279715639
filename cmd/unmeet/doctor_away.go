package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"unmeet/agent/secret"
	"unmeet/calendars/google"
)

const (
	// lookWithin bounds each look at somebody else, asking the DNS included.
	lookWithin = 15 * time.Second
	// proofHeader bears the daemon's answer to a challenge, in what answers /healthz.
	proofHeader = "Unmeet-Proof"
	// challengeKey is the parameter with the challenge, of challengeSize characters.
	challengeKey  = "challenge"
	challengeSize = 26
)

// prove answers the challenge of a request, if it bears one, so that the doctor knows
// whom it speaks to.
func prove(keys *secret.File, w http.ResponseWriter, r *http.Request) {
	challenge := r.URL.Query().Get(challengeKey)
	if len(challenge) != challengeSize {
		return
	}
	if proof, err := keys.Prove(challenge); err == nil {
		w.Header().Set(proofHeader, proof)
	}
}

// timekeeper takes requests to where base does, and notes what time it is there.
type timekeeper struct {
	base http.RoundTripper
	now  func() time.Time
	read map[string]reading // by host
}

// reading is what a server said the time was, and what it was here.
type reading struct{ theirs, ours time.Time }

// RoundTrip implements [http.RoundTripper].
func (t *timekeeper) RoundTrip(r *http.Request) (*http.Response, error) {
	before := t.now()
	resp, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if theirs, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		after := t.now()
		t.read[r.URL.Host] = reading{theirs: theirs.Add(time.Second / 2), ours: before.Add(after.Sub(before) / 2)}
	}
	return resp, nil
}

// client asks for what is away. It follows nothing.
func (k *checkup) client() *http.Client {
	return &http.Client{Transport: &k.times, Timeout: lookWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// checkPublic looks up the name of the pages, and asks there for our daemon.
func (k *checkup) checkPublic() {
	public := k.publicURL()
	u, err := url.Parse(public)
	if err != nil || u.Port() == "0" {
		return // it takes whatever port there is
	}
	if host := u.Hostname(); k.Web.PublicURL != "" && net.ParseIP(host) == nil {
		ctx, cancel := context.WithTimeout(k.ctx, lookWithin)
		defer cancel()
		found, err := k.resolver.LookupHost(ctx, host)
		if err != nil {
			k.say("dns", ill, "the DNS needs a record for "+host+", the host in web.public_url", "%v", err)
			return
		}
		slices.Sort(found)
		k.say("dns", well, "", "%s is at %s", host, strings.Join(found, ", "))
	}
	challenge := rand.Text()
	r, err := http.NewRequestWithContext(k.ctx, http.MethodGet, strings.TrimSuffix(public, "/")+"/healthz?"+challengeKey+"="+challenge, nil)
	if err != nil {
		k.sayError("pages", err, "")
		return
	}
	resp, err := k.client().Do(r)
	if err != nil {
		k.unreached(public, err)
		return
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	k.answered(public, challenge, resp, strings.TrimSpace(string(said)))
}

// unreached says why nobody answers at the address of the pages.
func (k *checkup) unreached(public string, err error) {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // the challenge is nobody's business
	}
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case certificate:
		k.say("pages", ill, "the proxy in front of web.listen needs a certificate for the host in web.public_url, from somebody that browsers trust", "the certificate of %s is not trusted: %v", public, err)
	case !k.running:
		k.say("pages", dubious, "unmeet run serves them; look again once it runs", "nobody answers at %s, and no daemon runs: %v", public, err)
	default:
		k.say("pages", ill, "the proxy behind web.public_url has to lead to "+k.Web.Listen+"; where a network does not let its own machines in from outside, look from elsewhere", "nobody answers at %s: %v", public, err)
	}
}

// answered says who answered at the address of the pages, and how.
func (k *checkup) answered(public, challenge string, resp *http.Response, said string) {
	lead := "the proxy behind web.public_url has to lead to " + k.Web.Listen + ", all of it, with the host unchanged"
	proof := resp.Header.Get(proofHeader)
	keys, err := k.loadKeys(k.config)
	if err != nil {
		k.say("pages", dubious, "see to the key first", "somebody answers at %s; whether it is our daemon cannot be told without the key", public)
		return
	}
	ours, err := keys.Prove(challenge)
	if err != nil {
		k.sayError("pages", err, "see to the key first")
		return
	}
	switch {
	case proof == "" && !k.running:
		k.say("pages", dubious, "unmeet run starts it; look again once it runs", "at %s somebody answers with %s, and no daemon runs", public, resp.Status)
		return
	case proof == "" && resp.StatusCode >= 300 && resp.StatusCode < 400:
		k.say("pages", ill, lead, "%s leads elsewhere (%s)", public, resp.Status)
		return
	case proof == "":
		k.say("pages", ill, lead, "somebody else answers at %s: %s", public, resp.Status)
		return
	case subtle.ConstantTimeCompare([]byte(proof), []byte(ours)) == 0:
		k.say("pages", ill, lead+"; and the daemon has to have the key that "+keyPath(k.app, k.config)+" holds", "an unmeet with another key answers at %s", public)
		return
	case said == starting:
		k.say("pages", dubious, "look again in a minute", "our daemon answers at %s, and has only just begun", public)
		return
	case resp.StatusCode != http.StatusOK:
		k.say("pages", ill, "its log says more; a restart may help", "our daemon answers at %s, and does not work: %s", public, said)
		return
	}
	if state := resp.TLS; state != nil && len(state.PeerCertificates) > 0 {
		if ends := state.PeerCertificates[0].NotAfter; ends.Sub(k.now()) < 14*24*time.Hour {
			k.say("pages", dubious, "renew it, and see why that did not happen by itself", "our daemon answers at %s; its certificate ends on %s", public, ends.UTC().Format("2 January 2006"))
			return
		}
	}
	where := ""
	if k.Web.PublicURL == "" {
		where = ", on this machine alone"
	}
	k.say("pages", well, "", "our daemon answers at %s%s", public, where)
}

// checkMail connects to the mail server as for a mail.
func (k *checkup) checkMail() {
	if !k.mails() {
		k.say("mail", well, "", "there is no mail server: nobody is written to")
		return
	}
	server := k.Mail.server(func() (string, error) { return k.password(k.config) })
	server.Timeout = lookWithin
	at := net.JoinHostPort(server.Host, fmt.Sprint(server.Port))
	hint, err := server.Try(k.ctx)
	if err != nil {
		k.say("mail", ill, cmp.Or(hint, "host, port, tls, user and password_file under [mail] say how mails leave"), "%v", err)
		return
	}
	how := map[string]string{"starttls": "encrypted (STARTTLS)", "tls": "encrypted (TLS)", "none": "unencrypted, on this machine"}[k.Mail.TLS]
	if server.User != "" {
		how += ", with our login"
	}
	k.say("mail", well, "", "%s takes mails, %s; none was sent", at, how)
}

// checkSigning compares the key that mails are signed with to the DNS.
func (k *checkup) checkSigning() {
	if !k.mails() {
		return
	}
	signer, err := k.signer(k.config)
	if err != nil {
		k.sayError("dkim", err, "")
		return
	}
	if signer == nil {
		k.say("dkim", well, "", "mails are not signed here: the mail server has to")
		return
	}
	record, err := signer.Record()
	if err != nil {
		k.sayError("dkim", err, "")
		return
	}
	publish := "the DNS has to hold, as TXT at " + signer.Name() + ": " + record
	ctx, cancel := context.WithTimeout(k.ctx, lookWithin)
	defer cancel()
	records, err := k.resolver.LookupTXT(ctx, signer.Name())
	if err != nil {
		k.say("dkim", ill, publish, "%v", err)
		return
	}
	var faults []string
	for _, one := range records {
		err := signer.Matches(one)
		if err == nil {
			k.say("dkim", well, "", "the key is in the DNS at %s", signer.Name())
			return
		}
		faults = append(faults, err.Error())
	}
	k.say("dkim", ill, publish, "mails are signed with a key that is not in the DNS at %s: %s", signer.Name(), strings.Join(faults, "; "))
}

// checkGoogleClient asks Google for the OAuth client and its redirect address.
func (k *checkup) checkGoogleClient() {
	if k.Google.ClientID == "" {
		return
	}
	oauth, err := k.oauth(k.config, google.Transport{Base: &k.times, Timeout: lookWithin})
	if err != nil {
		k.sayError("google", err, "")
		return
	}
	if err := oauth.Check(k.ctx); err != nil {
		e, _ := errors.AsType[*google.Error](err)
		state, hint := ill, "the id and the secret have to be those of the client in the Google Cloud console"
		if e != nil {
			hint = cmp.Or(e.Hint, hint)
			if e.Kind == google.Transient || e.Kind == google.Rate {
				state, hint = dubious, "look again later, or see whether this machine may speak to Google"
			}
		}
		k.say("google", state, hint, "%v", err)
		return
	}
	redirect := strings.TrimSuffix(k.publicURL(), "/") + "/connect/google/callback"
	if k.Web.PublicURL == "" {
		k.say("google", well, "", "the OAuth client is known")
		return
	}
	switch reason, err := oauth.CheckRedirect(k.ctx, google.NewAttempt(redirect, readScope)); {
	case err != nil:
		k.say("google", dubious, "look again later", "the OAuth client is known; whether it may lead back to %s cannot be told: %v", redirect, err)
	case reason == "redirect_uri_mismatch":
		k.say("google", ill, "add "+redirect+" to the client's redirect addresses in the Google Cloud console", "the OAuth client may not lead people back to our pages (%s)", reason)
	case reason != "":
		k.say("google", ill, "open "+strings.TrimSuffix(k.publicURL(), "/")+"/connect in a browser: the page that Google shows says more", "Google lets nobody consent: %s", reason)
	default:
		k.say("google", well, "", "the OAuth client is known, and may lead back to %s", redirect)
	}
}

// mostServers is how many calendar servers are looked at.
const mostServers = 5

// checkServers asks the CalDAV servers that people connected whether they are there.
func (k *checkup) checkServers() {
	servers := map[string]bool{}
	for _, c := range k.conns {
		for _, calendar := range c.Collections {
			if u, err := url.Parse(calendar.Remote); c.Kind == caldavKind && err == nil && u.Host != "" {
				servers[u.Scheme+"://"+u.Host+"/"] = true
			}
		}
	}
	for _, server := range slices.Sorted(maps.Keys(servers))[:min(len(servers), mostServers)] {
		r, err := http.NewRequestWithContext(k.ctx, http.MethodOptions, server, nil)
		if err != nil {
			k.sayError("caldav", err, "")
			continue
		}
		resp, err := k.client().Do(r)
		if err != nil {
			k.say("caldav", dubious, "it is tried again by itself; unmeet people --failing tells whose calendars are there", "%s does not answer: %v", server, err)
			continue
		}
		resp.Body.Close()
		k.say("caldav", well, "", "%s answers", server)
	}
}

// How far this machine's clock may be off: beyond the first, times in mails and pages
// look wrong, and beyond the second, sign-ins and signatures are refused.
const (
	offABit  = 30 * time.Second
	offALot  = 5 * time.Minute
	clockFix = "let this machine set its clock by NTP (timedatectl set-ntp true)"
)

// checkClock compares this machine's clock with those of calendar servers.
func (k *checkup) checkClock() {
	if u, err := url.Parse(k.publicURL()); err == nil {
		delete(k.times.read, u.Host) // it is this machine's own, as like as not
	}
	hosts := slices.Sorted(maps.Keys(k.times.read))
	if len(hosts) == 0 {
		k.say("clock", well, "", "%s; there is no calendar server to compare it with", k.now().UTC().Format("2006-01-02 15:04:05 MST"))
		return
	}
	for _, host := range hosts {
		r := k.times.read[host]
		off := r.ours.Sub(r.theirs).Round(time.Second)
		way := "ahead of"
		if off < 0 {
			off, way = -off, "behind"
		}
		switch {
		case off > offALot:
			k.say("clock", ill, clockFix, "%v %s that of %s: sign-ins and signatures are refused", off, way, host)
		case off > offABit:
			k.say("clock", dubious, clockFix, "%v %s that of %s", off, way, host)
		default:
			k.say("clock", well, "", "as at %s", host)
		}
	}
}
