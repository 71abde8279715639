package mail

import (
	"errors"
	"net/textproto"
	"strings"
	"testing"
)

// TestClean holds that what a server quotes of a mail comes into no log: neither a link
// that answers, nor whom the mail is for. The rest is there.
func TestClean(t *testing.T) {
	const secret = "0123456789abcdefghjkmnpqrs"
	for said, want := range map[string]string{
		"5.7.1 rejected: link https://unmeet.acme.example/a/" + secret + " is listed":  "5.7.1 rejected: link https://unmeet.acme.example/a/… is listed",
		"5.7.1 <https://unmeet.acme.example/u/" + strings.ToUpper(secret) + "> is bad": "5.7.1 <https://unmeet.acme.example/u/…> is bad",
		"5.7.1 listed: unmeet.acme.example/a/" + secret[:20] + "...":                   "5.7.1 listed: unmeet.acme.example/a/…",
		"5.7.1 token " + secret + ", see https://help.example/a":                       "5.7.1 token …, see https://help.example/a",
		"5.1.1 <bo.lind@acme.example>: no such user":                                   "5.1.1 <…@acme.example>: no such user",
		"5.1.1 recipient bo+unmeet@acme.example, unknown":                              "5.1.1 recipient …@acme.example, unknown",
		"4.3.0 queued\r\n as 4bXyz\x1b[31m":                                            "4.3.0 queued as 4bXyz",
	} {
		if got := clean(errors.New(said)); got != want {
			t.Errorf("%q became %q, want %q", said, got, want)
		}
	}
	reply := &textproto.Error{Code: 554, Msg: "5.7.1 rejected: " + strings.Repeat("x", 100) + " https://unmeet.acme.example/a/" + secret}
	for name, f := range map[string]*fault{
		"replied": replied(atEnd, reply), "refused": refusedUser("mail.acme.example", reply), "broken": broken("handing over a mail", reply),
		"later": refusedUser("mail.acme.example", &textproto.Error{Code: 454, Msg: reply.Msg}),
	} {
		if strings.Contains(f.why, secret[:4]) || !strings.Contains(f.why, "rejected") {
			t.Errorf("%s: %s", name, f.why)
		}
	}
}
