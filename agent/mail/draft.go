package mail

import (
	"net/url"
	"strings"
	"time"

	"unmeet/agent/language"
	"unmeet/agent/suggest"
)

// Draft is a mail that its reader sends, if they like, in their own name.
type Draft struct {
	To      []string // bare addresses
	Subject string
	Body    string // lines end in "\n"
}

// longestCompose bounds a link that opens a draft, in bytes: some mail programs take
// no longer ones. The recipients may take longestTo of it.
const (
	longestCompose = 1900
	longestTo      = 700
)

// Link returns the address that opens d in the reader's mail program (RFC 6068).
// Recipients are left out where they are too many, and the end of the text where it
// is too long; "" for no draft.
func (d Draft) Link() string {
	if d.Subject == "" && d.Body == "" {
		return ""
	}
	var to []string
	for _, a := range d.To {
		if sendable(a) {
			to = append(to, strings.ReplaceAll(url.PathEscape(a), "%40", "@"))
		}
	}
	all := strings.Join(to, ",")
	if len(all) > longestTo {
		all = ""
	}
	head := "mailto:" + all + "?subject=" + escaped(d.Subject) + "&body="
	lines := strings.SplitAfter(d.Body, "\n")
	for {
		link := head + escaped(strings.ReplaceAll(strings.Join(lines, ""), "\n", "\r\n"))
		if len(link) <= longestCompose || len(lines) == 0 {
			return link
		}
		lines = lines[:len(lines)-1]
	}
}

// escaped writes a value of a mailto link, where "+" is no blank.
func escaped(words string) string {
	return strings.ReplaceAll(url.QueryEscape(words), "+", "%20")
}

// composable reports whether a link opens a draft, and is in one piece.
func composable(link string) bool {
	return strings.HasPrefix(link, "mailto:") && len(link) <= longestCompose && !strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>"`, r) })
}

// lines are the lines of a draft, as mails show them.
func (d Draft) lines() []string {
	if d.Body == "" {
		return nil
	}
	return strings.Split(strings.TrimRight(d.Body, "\n"), "\n")
}

// Propose writes what the organizer of a meeting may tell its guests, in a language:
// that it is tried in writing, or gets shorter. To whom nothing is to be told, of
// other kinds of suggestions, it is the zero Draft.
func Propose(tag string, s suggest.Snapshot, to []string) Draft {
	v := speak(tag)
	title := v.title(s.Title, wholeTitle)
	d := Draft{To: to, Subject: v.mail.Say("propose.subject."+shape(s.Kind), "title", title, "shorter", v.Minutes(s.Shorter))}
	var b body
	b.line(v.say("propose.hello"))
	switch s.Kind {
	case suggest.Trial:
		b.line(v.mail.Count("propose.trial", len(s.Occurrences), "title", title))
		for _, o := range s.Occurrences {
			start := language.In(o.Start, s.Zone)
			b.item(v.Day(start) + ", " + v.Clock(start))
		}
		b.gap()
		b.line(v.say("propose.trial.instead"))
		if form := v.Form(s.Form); form != "" {
			b.line(v.say("propose.trial.form", "form", form))
		}
		if days := replyDays(s.ReplyWithin); days > 0 {
			b.line(v.mail.Count("propose.trial.reply", days))
		}
		b.line(v.say("update.talk"))
		b.line(v.say("propose.trial.then"))
	case suggest.Split, suggest.Shorten:
		b.line(v.say("propose."+string(s.Kind), "title", title, "day", v.Day(language.In(s.Start, s.Zone)),
			"shorter", v.Minutes(s.Shorter), "minutes", v.Minutes(s.Minutes)))
		b.line(v.say("propose.talk"))
	default:
		return Draft{}
	}
	d.Body = b.String()
	return d
}

// ProposeEnd writes what the organizer of a meeting may tell its guests who keeps it in
// writing after a trial: from the time on at which it would take place next.
func ProposeEnd(tag string, s suggest.Snapshot, next time.Time, to []string) Draft {
	v := speak(tag)
	title := v.title(s.Title, wholeTitle)
	var b body
	b.line(v.say("propose.hello"))
	b.line(v.say("propose.end", "title", title, "day", v.Day(language.In(next, s.Zone))))
	if form := v.Form(s.Form); form != "" {
		b.line(v.say("propose.trial.form", "form", form))
	}
	b.line(v.say("update.talk"))
	return Draft{To: to, Subject: v.say("propose.subject.end", "title", title), Body: b.String()}
}

// shape is which of the subjects of proposals a kind has.
func shape(k suggest.Kind) string {
	if k == suggest.Trial {
		return "trial"
	}
	return "shorter"
}

// replyDays are whole days, 0 for less than one.
func replyDays(within time.Duration) int { return int(within / (24 * time.Hour)) }

// Update is what the draft of an update is made of.
type Update struct {
	Start    time.Time // of the meeting that it takes the place of
	Headings []string
	ReplyBy  time.Time
	To       []string
}

// ProposeUpdate writes the draft of an update that takes the place of a meeting.
func ProposeUpdate(tag string, s suggest.Snapshot, u Update) Draft {
	v := speak(tag)
	title := v.title(s.Title, wholeTitle)
	start, by := language.In(u.Start, s.Zone), language.In(u.ReplyBy, s.Zone)
	var b body
	b.line(v.say("propose.hello"))
	b.line(v.say("update.instead", "title", title, "day", v.Day(start)))
	if key := "update.form." + strings.ReplaceAll(s.Form.Name, " ", "-"); v.mail.Has(key) {
		b.line(v.say(key))
	}
	headings := u.Headings
	if len(headings) == 0 {
		headings = strings.Split(v.say("update.headings"), "|")
	}
	for _, h := range headings {
		b.heading(foreign(h, wholeTitle))
	}
	b.line(v.say("update.reply", "when", v.Day(by)+", "+v.Clock(by)))
	b.line(v.say("update.talk"))
	return Draft{To: u.To, Subject: v.say("update.subject", "title", title, "day", v.Day(start)), Body: b.String()}
}

// body is the text of a draft being written.
type body struct{ strings.Builder }

// line writes a paragraph.
func (b *body) line(words string) { b.WriteString(words + "\n\n") }

func (b *body) item(words string) { b.WriteString("- " + words + "\n") }

func (b *body) gap() { b.WriteString("\n") }

// heading writes one with room below.
func (b *body) heading(words string) { b.WriteString(words + "\n- \n\n") }
