package mail

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"unmeet/agent/mail/mailtest"
	"unmeet/agent/suggest"
	"unmeet/store"
)

// The adversarial cases that concern mails. 21 is about the way out in the header,
// whose page is in package web; 14 to 18 belong to writing to calendars.

// tester is a test, of examples or of properties.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// parsed is a mail as another program reads it.
type parsed struct {
	Subject  string
	From, To []string // names and addresses
	Fields   map[string][]string
	Text     string
	HTML     string
	File     string `json:",omitempty"` // that is attached
}

// parse reads a mail with the parsers of the standard library, and holds what must be
// so of every mail.
func parse(t tester, message []byte) parsed {
	t.Helper()
	if len(message) > MaxSize {
		t.Errorf("the mail has %d bytes", len(message))
	}
	for n, line := range strings.Split(strings.TrimSuffix(string(message), "\r\n"), "\r\n") {
		if len(line) > 78 || strings.ContainsFunc(line, func(r rune) bool { return r > '~' || r < ' ' && r != '\t' }) {
			t.Errorf("line %d is too long, or no plain ASCII: %q", n+1, line)
		}
	}
	m, err := netmail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		t.Fatalf("the mail cannot be read: %v", err)
	}
	p := parsed{Fields: m.Header}
	if p.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Errorf("the subject cannot be read: %v", err)
	}
	for name, into := range map[string]*[]string{"From": &p.From, "To": &p.To} {
		all, err := m.Header.AddressList(name)
		if err != nil {
			t.Errorf("%s cannot be read: %v", name, err)
		}
		for _, a := range all {
			*into = append(*into, a.Name, a.Address)
		}
	}
	for name, values := range m.Header {
		if len(values) != 1 {
			t.Errorf("%d fields %s", len(values), name)
		}
	}
	kind, values, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	body := m.Body
	if kind == "multipart/mixed" {
		kind, values, body = p.attached(t, multipart.NewReader(m.Body, values["boundary"]))
	}
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("it is %q (%v)", kind, err)
	}
	parts := multipart.NewReader(body, values["boundary"])
	for _, want := range []struct {
		kind string
		into *string
	}{{"text/plain", &p.Text}, {"text/html", &p.HTML}} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatalf("%v", err)
		}
		if kind, values, err := mime.ParseMediaType(part.Header.Get("Content-Type")); err != nil || kind != want.kind || values["charset"] != "utf-8" {
			t.Errorf("a part is %q, want %q (%v)", kind, want.kind, err)
		}
		words, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil || !utf8.Valid(words) {
			t.Errorf("the part %s cannot be read: %v", want.kind, err)
		}
		*want.into = strings.ReplaceAll(string(words), "\r\n", "\n")
	}
	if _, err := parts.NextRawPart(); !errors.Is(err, io.EOF) {
		t.Errorf("after two parts: %v", err)
	}
	return p
}

// attached reads the file that comes with a mail, and returns what it comes with.
func (p *parsed) attached(t tester, parts *multipart.Reader) (kind string, values map[string]string, body io.Reader) {
	t.Helper()
	first, err := parts.NextRawPart()
	if err != nil {
		t.Fatalf("%v", err)
	}
	kind, values, err = mime.ParseMediaType(first.Header.Get("Content-Type"))
	words, readErr := io.ReadAll(first)
	file, fileErr := parts.NextRawPart()
	if err := errors.Join(err, readErr, fileErr); err != nil {
		t.Fatalf("%v", err)
	}
	of, more, err := mime.ParseMediaType(file.Header.Get("Content-Type"))
	how, name, dispositionErr := mime.ParseMediaType(file.Header.Get("Content-Disposition"))
	if err := errors.Join(err, dispositionErr); err != nil || of != "text/calendar" || more["method"] != "" || how != "attachment" || name["filename"] != "answer.ics" {
		t.Errorf("what is attached is %q %v, %q %v (%v)", of, more, how, name, err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(file))
	if p.File = strings.TrimSuffix(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"); err != nil || p.File == "" {
		t.Errorf("the file cannot be read: %v", err)
	}
	return kind, values, bytes.NewReader(words)
}

// visible is the text of an HTML part as people read it, and its links. It holds that
// nothing is loaded or run.
func visible(t tester, page string) (words string, links []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatalf("%v", err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "title" {
			b.WriteString(n.Data + " ")
		}
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "html", "head", "meta", "title", "style", "body", "table", "tbody", "tr", "td", "h1", "h2", "p", "br", "span", "a":
		default:
			t.Errorf("there is a <%s>", n.Data)
		}
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		if n.Data == "a" {
			links = append(links, attributes["href"])
		}
		if n.Data == "table" && attributes["role"] != "presentation" {
			t.Errorf("a table is not for presentation")
		}
		for key, value := range attributes {
			if strings.HasPrefix(key, "on") || key == "src" || strings.Contains(value, "url(") {
				t.Errorf("<%s %s=%q> loads or runs something", n.Data, key, value)
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " "), links
}

// TestLettersAreComplete holds what must be so of a letter of every kind: the fields,
// and that both parts say the same and have the same links.
func TestLettersAreComplete(t *testing.T) {
	for name, l := range samples() {
		t.Run(name, func(t *testing.T) {
			message, err := Compose(l, id, now)
			if err != nil {
				t.Fatal(err)
			}
			p := parse(t, message)
			if want := []string{l.To.Name, l.To.Address}; !cmp.Equal(p.To, want) {
				t.Errorf("it is to %q, want %q", p.To, want)
			}
			want := map[string]string{"Message-Id": "<" + id + ">", "Date": "Sun, 22 Nov 2026 09:30:00 +0000", "Mime-Version": "1.0"}
			if l.Kind != Announcement {
				want["Auto-Submitted"] = "auto-generated"
				want["X-Auto-Response-Suppress"] = "OOF, AutoReply, RN, NRN"
				want["List-Id"] = "unmeet <unmeet.acme.example>"
			}
			for _, name := range []string{"Message-Id", "Date", "Mime-Version", "Auto-Submitted", "X-Auto-Response-Suppress", "List-Id"} {
				if got := netmail.Header(p.Fields).Get(name); got != want[name] {
					t.Errorf("%s: %q, want %q", name, got, want[name])
				}
			}
			if got := netmail.Header(p.Fields).Get("In-Reply-To"); (got != "") != (l.Kind == Receipt || l.Kind == Result) {
				t.Errorf("In-Reply-To: %q", got)
			}
			words, links := visible(t, p.HTML)
			for line := range strings.Lines(p.Text) {
				line = strings.TrimSpace(strings.TrimRight(strings.TrimLeft(line, "->* "), ":\n"))
				if strings.HasPrefix(line, "http") {
					if !cmp.Equal(count(links, line), 1) {
						t.Errorf("the link %s is %d times in the HTML part", line, count(links, line))
					}
					continue
				}
				for _, bit := range strings.Split(line, " · ") {
					if !strings.Contains(words, bit) {
						t.Errorf("the HTML part does not say %q", bit)
					}
				}
			}
			for _, link := range links {
				if composable(link) {
					continue // its draft stands there
				}
				if !strings.Contains(p.Text+"\n", "\n"+link+"\n") {
					t.Errorf("the text part does not have the link %s whole, on a line of its own", link)
				}
			}
			for _, s := range write(l).Sections {
				for _, fact := range s.Facts {
					if !strings.Contains(strings.ReplaceAll(p.Text, "\n  ", " "), fact) || !strings.Contains(words, fact) {
						t.Errorf("a part lacks the fact %q", fact)
					}
				}
				if l.Kind == Digest && len(s.Buttons) != 2 {
					t.Errorf("%d buttons", len(s.Buttons))
				}
			}
			if strings.Contains(p.Text+p.HTML+p.Subject, "{") && strings.ContainsAny(p.Text+p.Subject, "{}") {
				t.Error("a place was not filled in")
			}
			if strings.Contains(p.Text, "%") {
				t.Error("it says a percentage")
			}
		})
	}
}

func count(all []string, one string) (n int) {
	for _, x := range all {
		if x == one {
			n++
		}
	}
	return n
}

// TestCase21 holds what the header says of the way out (RFC 8058): an https link with
// one-click, or, in a demo without https, the link alone.
func TestCase21(t *testing.T) {
	for _, c := range []struct {
		name, link, list, post string
	}{
		{"https", page(99), "<" + page(99) + ">", "List-Unsubscribe=One-Click"},
		{"this machine", "http://127.0.0.1:8420/a/0q7m2x9k4t8v1w3y5z6b0c1d99", "<http://127.0.0.1:8420/a/0q7m2x9k4t8v1w3y5z6b0c1d99>", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, l := range []Letter{digest("en", tuesday()), receipt("en", tuesday(), false)} {
				l.Unsubscribe = c.link
				message, err := Compose(l, id, now)
				if err != nil {
					t.Fatal(err)
				}
				h := netmail.Header(parse(t, message).Fields)
				if got := h.Get("List-Unsubscribe"); got != c.list {
					t.Errorf("%s: List-Unsubscribe: %s", l.Kind, got)
				}
				if got := h.Get("List-Unsubscribe-Post"); got != c.post {
					t.Errorf("%s: List-Unsubscribe-Post: %s", l.Kind, got)
				}
			}
		})
	}
	l := digest("en", tuesday())
	l.Unsubscribe = ""
	if _, err := Compose(l, id, now); !errors.Is(err, ErrLetter) {
		t.Errorf("a digest without a way out: %v", err)
	}
}

// TestCase23 holds that no title, name or quote, however hostile, breaks a mail.
func TestCase23(t *testing.T) {
	message, err := Compose(digest("en", tuesday()), id, now)
	if err != nil {
		t.Fatal(err)
	}
	usual := names(parse(t, message))
	var messages [][]byte
	var read []parsed
	for _, c := range []struct {
		name, title string
		subject     string // what is seen of it there; "" is not looked at
	}{
		{"CRLF", "Ops\r\nBcc: everybody@acme.example\r\n\r\n<b>body</b>", "Ops Bcc: everybody@acme.example"},
		{"bare LF and CR", "a\nX-Evil: 1\rb", "a X-Evil: 1 b"},
		{"HTML", `<script>alert(1)</script><img src=x onerror="alert(1)">`, "<script>alert(1)"},
		{"a comment", `--><style>*{display:none}</style><!--`, ""},
		{"RTL override", "invoice\u202efdp.exe", "invoicefdp.exe"},
		{"isolates", "a\u2066b\u2069\u2069c", "abc"},
		{"Hebrew", "ישיבה שבועית", "\u2068ישיבה שבועית\u2069"},
		{"10 kB in one word", strings.Repeat("x", 10_000), strings.Repeat("x", 30)},
		{"10 kB of words", strings.Repeat("ops weekly ", 1000), "ops weekly ops"},
		{"10 kB of umlauts", strings.Repeat("ü", 5000), "üüüü"},
		{"NUL", "a\x00b\x00", "ab"},
		{"control characters", "a\x07\x1b[31mb\x7f", "ab"},
		{"broken UTF-8", "a\xff\xfe\xc3b", "ab"},
		{"emoji", "👩‍👩‍👧 🏳️‍🌈 retro", "👩‍👩‍👧 🏳️‍🌈 retro"},
		{"an encoded word", "=?utf-8?q?a=0D=0ABcc:_b?=", "=?utf-8?q?a=0D=0ABcc:_b?= on"},
		{"places", "{weekday} {title} {{.Stop}}", "{weekday} {title} {{.Stop}} on Tuesday"},
		{"quotes", `"Ops" <ops@acme.example>, 'x' \`, `"Ops" <ops@acme.example>`},
		{"nothing", " \u200b\u202e ", "(without a title)"},
		{"a boundary", "--=_cc69adab91d2bbfbaa0d2de3b3a51885--", "--=_cc69"},
		{"a lone dot", ".", ". on Tuesday"},
		{"a link", "javascript:alert(1) https://evil.example/", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := tuesday()
			s.Title, s.Organizer.Name, s.Note = c.title, c.title, c.title
			s.Facts = append(s.Facts[:1:1], suggest.Fact{Kind: suggest.FactWords, Quote: c.title}, s.Facts[1])
			for _, link := range []string{"javascript:alert(1)", "https://evil.example/\r\nBcc: x", "https://u:p@evil.example/", "mailto:x@acme.example", strings.Repeat("x", 2000), "//evil.example"} {
				s.Link = link
				l := digest("en", s)
				l.Items[0].Note = c.title
				l.To.Name, l.Sender.Organization, l.Sender.From.Name = c.title, c.title, c.title
				message, err := Compose(l, id, now)
				if err != nil {
					t.Fatal(err)
				}
				p := parse(t, message)
				if !strings.HasPrefix(p.Subject, c.subject) {
					t.Errorf("the subject is %q", p.Subject)
				}
				if len([]rune(p.Subject)) > 120 {
					t.Errorf("the subject has %d characters", len([]rune(p.Subject)))
				}
				if p.To[1] != "bo@acme.example" || p.From[1] != "unmeet@acme.example" || len(p.To) != 2 || len(p.From) != 2 {
					t.Errorf("it is from %q to %q", p.From, p.To)
				}
				if diff := cmp.Diff(usual, names(p)); diff != "" {
					t.Errorf("its fields are others (-want +got):\n%s", diff)
				}
				_, links := visible(t, p.HTML)
				if want := []string{page(12), page(10), page(11), page(13), page(99)}; !cmp.Equal(links, want) {
					t.Errorf("its links are %q", links)
				}
				for _, r := range p.Subject + p.Text + p.HTML {
					if r == '\u202e' || r == 0 || r == 0x1b || r == utf8.RuneError {
						t.Errorf("%U came through", r)
					}
				}
				if i := strings.Count(p.HTML, "\u2068"); i != strings.Count(p.HTML, "\u2069") {
					t.Error("what runs from right to left is not fenced in")
				}
				messages, read = append(messages, message), append(read, p)
			}
		})
	}
	t.Run("as Python reads them", func(t *testing.T) { python(t, messages, read) })
}

// names are the fields of a mail.
func names(p parsed) []string { return slices.Sorted(maps.Keys(p.Fields)) }

// python compares what Python's email module reads of mails, where there is Python.
func python(t *testing.T, messages [][]byte, want []parsed) {
	t.Helper()
	program, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 not present")
	}
	read := exec.CommandContext(t.Context(), program, "-c", `
import base64, email, email.policy, json, sys
def read(text):
    m = email.message_from_bytes(base64.b64decode(text), policy=email.policy.default)
    parts = [p for p in m.walk() if not p.is_multipart()]
    return {
        "Subject": m["subject"],
        "From": [x for a in m["from"].addresses for x in (a.display_name, a.addr_spec)],
        "To": [x for a in m["to"].addresses for x in (a.display_name, a.addr_spec)],
        "Text": parts[0].get_content().replace("\r\n", "\n"), "HTML": parts[1].get_content().replace("\r\n", "\n"),
        "Parts": len(parts[:2]), "File": parts[2].get_content().replace("\r\n", "\n").rstrip("\n") if len(parts) > 2 else "", "Defects": [str(d) for p in m.walk() for d in p.defects],
    }
json.dump([read(m) for m in json.load(sys.stdin)], sys.stdout)`)
	in, err := json.Marshal(messages)
	if err != nil {
		t.Fatal(err)
	}
	read.Stdin = bytes.NewReader(in)
	out, err := read.Output()
	if err != nil {
		t.Fatalf("python: %v", err)
	}
	var got []struct {
		parsed
		Parts   int
		Defects []string
	}
	if err := json.Unmarshal(out, &got); err != nil || len(got) != len(want) {
		t.Fatalf("%d mails read of %d: %v", len(got), len(want), err)
	}
	// Python keeps the blank between two encoded words of a name, which RFC 2047 §6.2
	// does not.
	unblanked := func(names []string) []string {
		return strings.Split(strings.ReplaceAll(strings.Join(names, "\n"), " ", ""), "\n")
	}
	for i, g := range got {
		w := want[i]
		w.Fields = nil
		w.From, w.To, g.From, g.To = unblanked(w.From), unblanked(w.To), unblanked(g.From), unblanked(g.To)
		if diff := cmp.Diff(w, g.parsed); diff != "" {
			t.Errorf("Python reads something else of %q (-Go +Python):\n%s", w.Subject, diff)
		}
		if g.Parts != 2 || len(g.Defects) > 0 {
			t.Errorf("Python finds %d parts, and defects: %q", g.Parts, g.Defects)
		}
	}
}

// TestAnyWords holds that no words whatever break a mail.
func TestAnyWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune("a =?\r\n\t\x00<>&\"'{}.,;:\u202e\u200dü😀\\-_@")), 0, 200, -1))
		s := tuesday()
		s.Title, s.Organizer.Name = words.Draw(t, "title"), words.Draw(t, "organizer")
		s.Facts = []suggest.Fact{{Kind: suggest.FactWords, Quote: words.Draw(t, "quote")}}
		l := digest(rapid.SampledFrom([]string{"en", "de", "xx"}).Draw(t, "language"), s)
		l.Items[0].Note = words.Draw(t, "note")
		l.To.Name = words.Draw(t, "name")
		message, err := Compose(l, id, now)
		if err != nil {
			t.Fatal(err)
		}
		p := parse(t, message)
		v := speak(l.Language)
		if title := v.title(s.Title, subjectTitle); !strings.HasPrefix(p.Subject, title) {
			t.Errorf("the title %q is %q in the subject", title, p.Subject)
		}
		if name := foreign(l.To.Name, longestName); p.To[0] != name {
			t.Errorf("the name %q became %q", name, p.To[0])
		}
	})
}

// TestCase25 holds that whatever happens after the end of a mail, the person sees at
// most one duplicate, of identical bytes, and nothing is lost without being shown.
func TestCase25(t *testing.T) {
	type round struct {
		later time.Duration
		want  Tally
	}
	hour := time.Hour
	end := func(n int, act mailtest.Act) func(mailtest.Step) mailtest.Act { return at("END", n, act) }
	for _, c := range []struct {
		name     string
		script   func(mailtest.Step) mailtest.Act
		patience time.Duration
		rounds   []round
		arrived  int
		state    store.MailState
	}{
		{"dropped after the dot, taken", end(1, mailtest.Act{Drop: true}), 0, []round{{0, Tally{Later: 1}}, {hour, Tally{Sent: 1}}, {hour, Tally{}}}, 2, store.MailSent},
		{"dropped after the dot, lost", end(1, mailtest.Act{Drop: true, Lose: true}), 0, []round{{0, Tally{Later: 1}}, {hour, Tally{Sent: 1}}, {hour, Tally{}}}, 1, store.MailSent},
		{"always dropped, always taken", end(0, mailtest.Act{Drop: true}), 0, []round{{0, Tally{Later: 1}}, {hour, Tally{Parked: 1}}, {hour, Tally{}}}, 2, store.MailParked},
		{"always dropped, always lost", end(0, mailtest.Act{Drop: true, Lose: true}), 0, []round{{0, Tally{Later: 1}}, {hour, Tally{Parked: 1}}, {hour, Tally{}}}, 0, store.MailParked},
		{"no answer, taken", end(1, mailtest.Act{Hang: true}), 50 * time.Millisecond, []round{{0, Tally{Later: 1}}, {hour, Tally{Sent: 1}}}, 2, store.MailSent},
		{"nonsense, taken", end(1, mailtest.Act{Reply: "what?", Keep: true}), 0, []round{{0, Tally{Later: 1}}, {hour, Tally{Sent: 1}}}, 2, store.MailSent},
		{"250, then gone", end(1, mailtest.Act{Reply: "250 ok", Drop: true, After: true}), 0, []round{{0, Tally{Sent: 1}}, {hour, Tally{}}}, 1, store.MailSent},
		{"250, QUIT dropped", at("QUIT", 0, mailtest.Act{Drop: true}), 0, []round{{0, Tally{Sent: 1}}, {hour, Tally{}}}, 1, store.MailSent},
		{"250, QUIT refused", at("QUIT", 0, mailtest.Act{Reply: "500 no"}), 0, []round{{0, Tally{Sent: 1}}, {hour, Tally{}}}, 1, store.MailSent},
		{"dropped, then put off, then dropped", func(s mailtest.Step) mailtest.Act {
			if s.Command == "END" && s.Count == 2 {
				return mailtest.Act{Reply: "451 4.3.0 later"}
			}
			return mailtest.Act{Drop: s.Command == "END"}
		}, 0, []round{{0, Tally{Later: 1}}, {hour, Tally{Later: 1}}, {hour, Tally{Parked: 1}}, {hour, Tally{}}}, 2, store.MailParked},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, mailtest.Options{Script: c.script})
			if c.patience != 0 {
				o.at.Patience = c.patience
			}
			o.queue("bo@acme.example")
			for _, r := range c.rounds {
				o.now = o.now.Add(r.later)
				o.send(r.want)
			}
			want := map[string]int{}
			if c.arrived > 0 {
				want["bo@acme.example"] = c.arrived
			}
			o.arrived(want)
			if m := o.state(c.state, 1); (m.Why == "") == (c.state == store.MailParked) || m.MIME != nil {
				t.Errorf("it is %s because %q, and has %d bytes of words", m.State, m.Why, len(m.MIME))
			}
		})
	}
	t.Run("the next mail after a 250 and a broken connection", func(t *testing.T) {
		o := newOffice(t, mailtest.Options{Script: end(1, mailtest.Act{Reply: "250 ok", Drop: true, After: true})})
		o.queue("bo@acme.example", "ana@acme.example")
		o.send(Tally{Sent: 1, Later: 1})
		o.now = o.now.Add(hour)
		o.send(Tally{Sent: 1})
		o.arrived(map[string]int{"bo@acme.example": 1, "ana@acme.example": 1})
	})
}
