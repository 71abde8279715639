package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"unicode"
)

// allowEnd is what the address of a link's page ends in where its person is led to
// their calendar service, to allow unmeet to write.
const allowEnd = "/allow"

// consents are how coming back from the service ended, as queries spell it, and
// texts.
var consents = []string{"allow.done", "allow.declined", "allow.unticked", "allow.other", "allow.later", "allow.admin", "allow.failed"}

// consentEnd is the one of consents that a failure is told by.
func consentEnd(err error) string {
	switch refusalOf(err).Reason {
	case Declined:
		return "allow.declined"
	case Unticked:
		return "allow.unticked"
	case WrongAccount:
		return "allow.other"
	case Unavailable, CodeUsed, Busy:
		return "allow.later"
	case Administrator:
		return "allow.admin"
	}
	return "allow.failed"
}

// asks returns the service that the person behind a slip may be asked for consent
// at; nil if there is none.
func (s *Site) asks(slip Slip) Service { return s.services[slip.Effect.Service] }

// allow leads the person behind a link to their calendar service, to let unmeet do
// there what they answered. Only the one to whose calendar the answer goes may agree.
func (s *Site) allow(w http.ResponseWriter, r *http.Request) {
	t := token(r)
	slip, err := s.desk.Look(r.Context(), t)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.allowFor(w, r, slip, t)
}

// allowFor is allow for what a slip tells of. mark is what the browser is to come back
// to, as comesBackTo reads it.
func (s *Site) allowFor(w http.ResponseWriter, r *http.Request, slip Slip, mark string) {
	back := strings.TrimSuffix(r.URL.EscapedPath(), allowEnd)
	service := s.asks(slip)
	p := newSpeaker(slip.Language, s.about)
	p.slip = slip
	if service == nil || slip.Paused || !p.asksConsent() {
		http.Redirect(w, r, back+"?done=refused", http.StatusSeeOther)
		return
	}
	if !s.limit.AllowN(s.now(), 1) {
		http.Redirect(w, r, back+"?done=allow.later", http.StatusSeeOther)
		return
	}
	name := strings.ToLower(service.Name())
	// By force, since only then is there a new secret for sure: the one that is kept
	// is good for reading alone.
	l, err := service.Leave(Wish{Redirect: s.Callback(name), Expect: slip.Effect.Owner, Write: true, Force: true})
	if err == nil {
		err = s.begin(r.Context(), name, l, s.bind(w, l.State, mark))
	}
	if err != nil {
		s.log.ErrorContext(r.Context(), "web: asking for consent failed", "route", r.Pattern, "error", err)
		http.Redirect(w, r, back+"?done="+consentEnd(err), http.StatusSeeOther)
		return
	}
	v := p.plain("onward")
	v.Title, v.Lead = p.own.Say("onward", "service", service.Name()), []string{p.own.Say("onward.text", "service", service.Name())}
	v.Onward = &link{l.URL, p.own.Say("onward.link", "service", service.Name())}
	s.showSheet(w, http.StatusOK, v)
}

// allowed ends what allow began: the person came back.
func (s *Site) allowed(ctx context.Context, w http.ResponseWriter, r *http.Request, service Service, keep []byte, res result) error {
	g, err := redeem(ctx, service, keep, res)
	if err == nil {
		err = s.keep.Save(ctx, strings.ToLower(service.Name()), g)
	}
	if err == nil {
		s.recognize(w, r, g.Address)
	}
	return err
}

// backToLink shows the page of the link that the person came from, and how it went.
func (s *Site) backToLink(w http.ResponseWriter, r *http.Request, back string, err error) {
	end := "allow.done"
	if err != nil {
		why := refusalOf(err)
		s.log.WarnContext(r.Context(), "web: no consent to write", "route", r.Pattern, "reason", string(why.Reason), "error", why.Err)
		if end = consentEnd(err); why.Reason == Used { // they came back before: the page knows
			end = "asked"
		}
	}
	http.Redirect(w, r, comesBackTo(back)+"?done="+end, http.StatusSeeOther)
}

// ownMark is what the cookie of an attempt has for a person's own page of a suggestion.
func ownMark(id int64) string { return signInMark + strconv.FormatInt(id, 10) }

// comesBackTo is the page that a cookie of an attempt names: that of a link by its
// token, or, since tokens are longer, a person's own page of a suggestion.
func comesBackTo(back string) string {
	if id, own := strings.CutPrefix(back, signInMark); own && len(back) < shortestToken {
		return askedPath + id
	}
	return answerPath + back
}

// bound makes the value of the cookie of an attempt: what nobody can guess, and the
// token of the link whose page to come back to, "" for none. So the token is in the
// browser that has it anyway, and in no database.
func bound(back string) string { return rand.Text() + "." + plainToken(back) }

// backTo returns the token in the value of a cookie of an attempt.
func backTo(cookie string) string {
	_, back, _ := strings.Cut(cookie, ".")
	return plainToken(back)
}

// plainToken is a token without what mail programs put into it.
func plainToken(t string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToLower(r)
		}
		return -1
	}, t)
}
