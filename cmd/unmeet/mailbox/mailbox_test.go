package mailbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// message returns a mail as unmeet writes it.
func message(subject, text, html string) string {
	return strings.ReplaceAll("From: \"unmeet at Kite\" <unmeet@kite.example>\nTo: <ana@kite.example>\nSubject: "+subject+"\n"+
		"Date: Mon, 23 Nov 2026 07:02:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=\"=_b\"\n\n"+
		"--=_b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"+text+"\n"+
		"--=_b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"+html+"\n--=_b--\n", "\n", "\r\n")
}

const (
	plain = "Ops weekly, 10:00=E2=80=9310:25\n\nDecline:\n.http://127.0.0.1:1/a/x"
	rich  = "<!DOCTYPE html><html><head><title>x</title></head><body><a href=3D\"http://127.0.0.1:1/a/x\">Decline</a></body></html>"
)

// TestSMTP sends mails as any client does, and finds them as they were sent.
func TestSMTP(t *testing.T) {
	var box Box
	server, err := Listen(&box)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	address := fmt.Sprintf("127.0.0.1:%d", server.Port())
	for _, to := range []string{"Ana@kite.example", "bo@kite.example"} {
		if err := smtp.SendMail(address, nil, "unmeet@kite.example", []string{to}, []byte(message("=?utf-8?q?Read_=E2=80=9Cit=E2=80=9D?=", plain, rich))); err != nil {
			t.Fatal(err)
		}
	}
	mails := box.Mails()
	if len(mails) != 2 {
		t.Fatalf("%d mails, want 2", len(mails))
	}
	want := Mail{
		ID: 1, To: "ana@kite.example", From: "unmeet at Kite <unmeet@kite.example>", Subject: "Read “it”",
		Date: time.Date(2026, 11, 23, 7, 2, 0, 0, time.UTC),
		Text: "Ops weekly, 10:00–10:25\n\nDecline:\n.http://127.0.0.1:1/a/x",
		HTML: `<!DOCTYPE html><html><head><title>x</title></head><body><a href="http://127.0.0.1:1/a/x">Decline</a></body></html>`,
	}
	mails[0].Date = mails[0].Date.UTC()
	if diff := cmp.Diff(want, mails[0]); diff != "" {
		t.Errorf("the mail is another (-want +got):\n%s", diff)
	}
	if mails[1].To != "bo@kite.example" || mails[1].ID != 2 {
		t.Errorf("the second is mail %d to %s", mails[1].ID, mails[1].To)
	}
}

// TestSMTPRefuses holds that the server says what it does not take, and goes on.
func TestSMTPRefuses(t *testing.T) {
	var box Box
	server, err := Listen(&box)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", server.Port()))
	if err != nil {
		t.Fatal(err)
	}
	c, err := smtp.NewClient(conn, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		say  string
		code int
	}{
		{"EHLO here", 250}, {"VRFY ana", 502}, {"DATA", 503}, {"MAIL FROM:<a@kite.example>", 250}, {"RCPT TO:nobody", 501},
		{"RCPT TO:<ana@kite.example>", 250}, {"RCPT TO:<bo@kite.example>", 452}, {"DATA", 354}, {"no mail\r\n.", 554},
		{"MAIL FROM:<a@kite.example>", 250}, {"RCPT TO:<ana@kite.example>", 250}, {"DATA", 354}, {strings.Repeat("x", largest+1) + "\r\n.", 552},
		{"MAIL FROM:<a@kite.example>", 250}, {"RCPT TO:<ana@kite.example>", 250}, {"RSET", 250}, {"DATA", 503}, {"NOOP", 250}, {"QUIT", 221},
	} {
		id, err := c.Text.Cmd("%s", step.say)
		if err != nil {
			t.Fatal(err)
		}
		c.Text.StartResponse(id)
		code, answer, err := c.Text.ReadCodeLine(step.code)
		c.Text.EndResponse(id)
		if err != nil {
			t.Errorf("%.40q: %d %s (%v), want %d", step.say, code, answer, err, step.code)
		}
	}
	if n := len(box.Mails()); n != 0 {
		t.Errorf("%d mails are kept", n)
	}
	if err := server.Close(); err != nil { // with a client still there
		t.Error(err)
	}
}

// TestPutCalendar takes mails that bring a calendar: an answer to an invitation, and
// one with a file.
func TestPutCalendar(t *testing.T) {
	answer := strings.NewReplacer("text/html; charset=utf-8", "text/calendar; charset=utf-8; method=REPLY", rich, "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR").Replace(message("x", plain, rich))
	inner := message("x", plain, rich)
	inner = inner[strings.Index(inner, "Content-Type: multipart"):]
	withFile := "From: <unmeet@kite.example>\r\nTo: <ana@kite.example>\r\nSubject: x\r\nDate: Mon, 23 Nov 2026 07:02:00 +0000\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/mixed; boundary=\"=_c\"\r\n\r\n--=_c\r\n" + inner +
		"\r\n--=_c\r\nContent-Type: text/calendar; name=\"answer.ics\"\r\nContent-Disposition: attachment; filename=\"answer.ics\"\r\n\r\nBEGIN:VCALENDAR\r\n--=_c--\r\n"
	var box Box
	for _, text := range []string{answer, withFile} {
		if err := box.Put("ana@kite.example", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	mails := box.Mails()
	if m := mails[0]; m.HTML != "" || m.Calendar != "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR" || m.Text == "" {
		t.Errorf("the answer is %+v", m)
	}
	if m := mails[1]; m.HTML == "" || m.Calendar != "BEGIN:VCALENDAR" || m.Text == "" {
		t.Errorf("the one with a file is %+v", m)
	}
	pages := New(Options{Box: &box, News: func(context.Context) (News, error) { return News{}, nil }, Log: slog.New(slog.DiscardHandler)})
	for path, c := range map[string]struct {
		status int
		says   string
		not    string
	}{
		"/mail/1":      {200, "METHOD:REPLY", "As HTML"},
		"/mail/1/html": {404, "", "METHOD"},
		"/mail/2":      {200, "BEGIN:VCALENDAR", "METHOD"},
	} {
		rec := httptest.NewRecorder()
		pages.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.says) || strings.Contains(rec.Body.String(), c.not) {
			t.Errorf("%s: status %d, %s", path, rec.Code, rec.Body)
		}
	}
}

// TestJump: the button lets the clock go on to what it says, once, and nothing else
// does.
func TestJump(t *testing.T) {
	at := time.Date(2026, 11, 26, 16, 0, 0, 0, time.UTC)
	next, went := Next{at, "Then the draft comes."}, 0
	var box Box
	pages := New(Options{
		Box: &box, News: func(context.Context) (News, error) { return News{Next: next}, nil },
		Jump: func(_ context.Context, to time.Time) error {
			went++
			if !to.Equal(at) {
				return fmt.Errorf("%v", to)
			}
			next = Next{}
			return nil
		},
		Log: slog.New(slog.DiscardHandler),
	})
	do := func(method, path, from, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", from)
		rec := httptest.NewRecorder()
		pages.ServeHTTP(rec, r)
		return rec
	}
	if page := do(http.MethodGet, "/", "none", "").Body.String(); !strings.Contains(page, "Go on to Thu 26 Nov, 16:00</button> Then the draft comes.") {
		t.Errorf("no button: %s", page)
	}
	for _, c := range []struct {
		method, from, body string
		status, went       int
	}{
		{http.MethodGet, "same-origin", "", 405, 0},
		{http.MethodPost, "cross-site", "to=2026-11-26T16:00:00Z", 403, 0},
		{http.MethodPost, "same-origin", "to=soon", 400, 0},
		{http.MethodPost, "same-origin", "to=2026-11-26T15:00:00Z", 303, 0},
		{http.MethodPost, "same-origin", "to=2026-11-26T16:00:00Z", 303, 1},
		{http.MethodPost, "same-origin", "to=2026-11-26T16:00:00Z", 303, 1},
	} {
		if rec := do(c.method, "/jump", c.from, c.body); rec.Code != c.status || went != c.went {
			t.Errorf("%s %s from %s: status %d, went on %d times; want %d, %d", c.method, c.body, c.from, rec.Code, went, c.status, c.went)
		}
	}
	if page := do(http.MethodGet, "/", "none", "").Body.String(); strings.Contains(page, "<button") {
		t.Errorf("a button that leads nowhere: %s", page)
	}
}

func TestPutRefuses(t *testing.T) {
	whole := message("x", plain, rich)
	for name, text := range map[string]string{
		"no mail":         "x",
		"no date":         strings.Replace(whole, "Date:", "Day:", 1),
		"no sender":       strings.Replace(whole, "From:", "Of:", 1),
		"one part alone":  strings.Replace(whole, "multipart/alternative", "text/plain", 1),
		"no HTML":         strings.Replace(whole, "text/html", "text/other", 1),
		"no end":          strings.Replace(whole, "--=_b--", "", 1),
		"a broken type":   strings.Replace(whole, "text/html", "text html", 1),
		"a broken header": strings.Replace(whole, "Subject: x", "Subject: =?x-none?q?x?=", 1),
	} {
		var box Box
		if err := box.Put("ana@kite.example", []byte(text)); err == nil {
			t.Errorf("%s: it is taken", name)
		}
		if n := len(box.Mails()); n != 0 {
			t.Errorf("%s: %d mails are kept", name, n)
		}
	}
}

// pagesOf returns the pages of a box with one mail, whose subject means harm.
func pagesOf(t *testing.T, news func(context.Context) (News, error)) http.Handler {
	t.Helper()
	var box Box
	if err := box.Put("ana@kite.example", []byte(message("<script>alert(1)</script>", plain, rich))); err != nil {
		t.Fatal(err)
	}
	return New(Options{
		Company: "Kite", People: []Person{{"Ana Ruiz", "ana@kite.example"}, {"Bo Lind", "bo@kite.example"}}, Box: &box,
		News: news, Log: slog.New(slog.DiscardHandler),
	})
}

func TestPages(t *testing.T) {
	pages := pagesOf(t, func(context.Context) (News, error) {
		return News{
			Now: time.Date(2026, 11, 23, 8, 5, 0, 0, time.FixedZone("", 3600)), Report: "510 h <in meetings>",
			Funnel: []Figure{{"Suggested", "10 min", "21 h", "asked for"}}, Answers: "2 held",
		}, nil
	})
	const hostile = "&lt;script&gt;alert(1)&lt;/script&gt;"
	for _, c := range []struct {
		path   string
		status int
		says   []string
	}{
		{"/", 200, []string{"Kite", "Mon 23 Nov, 08:05", "Ana Ruiz", `<a href="/mail/1">` + hostile + "</a> <span>Mon 23 Nov, 08:02</span>", "Bo Lind", "No mail so far.", "21 h", "2 held"}},
		{"/mail/1", 200, []string{"<h1>" + hostile + "</h1>", "From: unmeet at Kite &lt;unmeet@kite.example&gt;", "To: Ana Ruiz &lt;ana@kite.example&gt;", `src="/mail/1/html"`}},
		{"/mail/1/text", 200, []string{"Ops weekly, 10:00–10:25", `.<a href="http://127.0.0.1:1/a/x" target="_blank" rel="noopener">http://127.0.0.1:1/a/x</a>`}},
		{"/mail/1/html", 200, []string{`<head><base target="_blank"><title>x</title>`}},
		{"/report", 200, []string{"510 h &lt;in meetings&gt;", "asked for", "over the four weeks before the first mails", "here it may be of one"}},
		{"/mail/0", 404, nil}, {"/mail/2/html", 404, nil}, {"/mail/x/text", 404, nil}, {"/elsewhere", 404, nil},
	} {
		rec := httptest.NewRecorder()
		pages.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, c.path, nil))
		if rec.Code != c.status {
			t.Errorf("%s: status %d, want %d", c.path, rec.Code, c.status)
		}
		for _, words := range c.says {
			if !strings.Contains(rec.Body.String(), words) {
				t.Errorf("%s does not say %q:\n%s", c.path, words, rec.Body)
			}
		}
		if c.status != http.StatusOK {
			continue
		}
		h := rec.Header()
		if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; ") || strings.Contains(csp, "http") {
			t.Errorf("%s: policy %q", c.path, csp)
		}
		if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", c.path, h)
		}
		if strings.Contains(rec.Body.String(), "<script>alert") {
			t.Errorf("%s: a subject became a script", c.path)
		}
	}
	rec := httptest.NewRecorder()
	pages.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", nil))
	if rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", rec.Code)
	}
}

func TestPageThatFails(t *testing.T) {
	pages := pagesOf(t, func(context.Context) (News, error) { return News{}, errors.New("the database is gone") })
	rec := httptest.NewRecorder()
	pages.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	if rec.Code != http.StatusInternalServerError || strings.Contains(rec.Body.String(), "database") {
		t.Errorf("status %d: %s", rec.Code, rec.Body)
	}
}
