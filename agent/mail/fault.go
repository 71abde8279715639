package mail

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"strings"

	"unmeet/agent/text"
)

// result is what has to happen to a mail that was not taken.
type result int

const (
	away     result = iota // the server is not there, or not as it should be: all mails wait
	later                  // it wants this mail later
	refusal                // it does not want this mail
	nobody                 // there is no such recipient
	unwanted               // it does not want us: nothing is sent until somebody looks
	unknown                // nobody knows whether it took the mail
)

// fault is why a mail was not sent.
type fault struct {
	result result
	code   int    // of the server's reply, 0 if there was none
	why    string // one line, clean
	quoted string // the end of why: the server's own words, which no log needs
	hint   string // what can be done about it, "" if that is not known
}

func (f *fault) Error() string { return f.why }

// told is why a mail was not sent, as the log may have it: the server may quote the
// mail.
func (f *fault) told() string { return strings.TrimSpace(strings.TrimSuffix(f.why, f.quoted)) }

// stage is how far handing over a mail had come.
type stage int

const (
	atSender stage = iota
	atRecipient
	atData
	atEnd
)

func (s stage) String() string {
	return [...]string{"the sender", "the recipient", "the beginning of the mail", "the mail"}[s]
}

// enhanced is the status code that many replies begin with (RFC 3463).
var enhanced = regexp.MustCompile(`^([245])\.(\d{1,3})\.(\d{1,3})\b`)

// replied says what a reply means: RFC 5321 §4.2.1 for the first digit, RFC 3463
// and 5248 for what is wrong.
func replied(at stage, err error) *fault {
	reply, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		return broken("handing over a mail", err)
	}
	words := clean(errors.New(reply.Msg))
	f := &fault{
		result: refusal, code: reply.Code, why: fmt.Sprintf("the server answered %s with %d %s", at, reply.Code, words),
		quoted: strings.TrimPrefix(words, enhanced.FindString(words)),
	}
	var class, subject, detail string
	if code := enhanced.FindStringSubmatch(reply.Msg); code != nil {
		class, subject, detail = code[1], code[2], code[3]
	}
	switch {
	case reply.Code == 421: // it closes the connection
		f.result = away
	case reply.Code < 500:
		f.result = later
	case reply.Code == 530 || reply.Code == 535 || reply.Code == 538 || class == "5" && subject == "7":
		f.result = unwanted
	case class == "5" && subject == "1" && (at == atSender || detail == "7" || detail == "8" || detail == "9"):
		f.result = unwanted // our own address is wrong, whoever the mail is for
	case class == "5" && subject == "1":
		f.result = nobody
	}
	return f
}

// refusedUser says what it means that authenticating failed.
func refusedUser(host string, err error) *fault {
	reply, ok := errors.AsType[*textproto.Error](err)
	switch {
	case !ok:
		return broken("authenticating at "+host, err)
	case reply.Code < 500:
		return &fault{result: away, code: reply.Code, why: fmt.Sprintf("%s cannot authenticate anybody at the moment: %d %s", host, reply.Code, clean(err))}
	}
	return &fault{result: unwanted, code: reply.Code, why: fmt.Sprintf("%s does not accept our user and password: %d %s", host, reply.Code, clean(errors.New(reply.Msg)))}
}

// broken says that there is no connection, or none that one may use.
func broken(doing string, err error) *fault {
	return &fault{result: away, why: doing + " failed: " + clean(err)}
}

// unconnected says why there is no connection to the server at an address, host and
// port.
func unconnected(at string, err error) *fault {
	f := broken("connecting to "+at, err)
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, clear := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case certificate:
		f.why = "the certificate of " + at + " is not trusted: " + clean(err)
		f.hint = "host under [mail] has to be the name in the certificate, and this machine has to trust who issued it"
	case clear:
		f.why = at + " does not begin with TLS: " + clean(err)
		f.hint = `tls = "starttls" under [mail], which is usual on port 587`
	case strings.Contains(err.Error(), "does not support STARTTLS"): // go-mail has no other way to say it
		f.why = at + " offers no STARTTLS"
		f.hint = `tls = "tls" under [mail], if it encrypts from the first byte (port 465); nothing is sent in the clear`
	default:
		f.hint = "host, port and tls under [mail] say where the mail server is; it is tried again by itself"
	}
	return f
}

// secrets are what servers quote of a mail and must be in no log: links of ours, and
// tokens alone, which answer for whoever has them, and whom an address is of.
var secrets = []struct {
	form *regexp.Regexp
	mask string
}{
	{regexp.MustCompile(`(?i)(/[au]/)[^\s/<>"']+`), "${1}…"},
	{regexp.MustCompile(`(?i)\b[0-9a-z]{26}\b`), "…"},
	{regexp.MustCompile(`[^\s<>()\[\]"',;:]+@`), "…@"},
}

// clean is what an error says, on one line; what servers say is foreign, and may quote
// what nobody else is to read.
func clean(err error) string {
	const longest = 300
	words := text.Clean(strings.TrimSpace(err.Error()))
	for _, s := range secrets {
		words = s.form.ReplaceAllString(words, s.mask)
	}
	return text.Fit(words, longest)
}
