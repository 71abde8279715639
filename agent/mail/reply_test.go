package mail

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/agent/mail/mailtest"
	"unmeet/calendars"
	"unmeet/store"
)

// answering is an answer of Bo's to an invitation of Ana's.
func answering(language string, r calendars.Response) Answering {
	s := tuesday()
	return Answering{
		From: Address{Name: "Bo Lind", Address: "bo@acme.example"}, To: Address{Name: s.Organizer.Name, Address: s.Organizer.Address},
		Language: language, Snapshot: s, Response: r, Note: Note(language, s),
		Calendar: []byte("BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nCOMMENT:Grüße\r\nEND:VCALENDAR\r\n"),
	}
}

// TestReply holds what an answer in a person's name is: from them alone, and naming
// nobody else, with a text for people and the calendar of RFC 6047 for programs.
func TestReply(t *testing.T) {
	always := answering("de", calendars.Declined)
	always.Always = true
	for name, a := range map[string]Answering{
		"declined-en": answering("en", calendars.Declined), "always-de": always,
		"accepted-en": answering("en", calendars.Accepted), "open-de": answering("de", calendars.NoAnswer),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ComposeReply(a, id, now)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", "reply-"+name+".eml")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("the mail differs (-want +got):\n%s", diff)
			}
			m, err := netmail.ReadMessage(bytes.NewReader(got))
			if err != nil {
				t.Fatal(err)
			}
			for field, want := range map[string]string{
				"From": `"Bo Lind" <bo@acme.example>`, "To": `"Ana Ruiz" <ana@acme.example>`, "Sender": "", "List-Id": "", "List-Unsubscribe": "", "Auto-Submitted": "",
			} {
				if got := m.Header.Get(field); got != want {
					t.Errorf("%s is %q, want %q", field, got, want)
				}
			}
			kind, values, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
			if err != nil || kind != "multipart/alternative" {
				t.Fatalf("it is %q (%v)", kind, err)
			}
			parts := multipart.NewReader(m.Body, values["boundary"])
			words := ""
			for _, want := range []string{"text/plain", "text/calendar"} {
				part, err := parts.NextRawPart()
				if err != nil {
					t.Fatal(err)
				}
				kind, values, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
				if err != nil || kind != want || values["charset"] != "utf-8" || (values["method"] == "REPLY") != (kind == "text/calendar") {
					t.Errorf("a part is %q %v, want %q (%v)", kind, values, want, err)
				}
				text, err := io.ReadAll(quotedprintable.NewReader(part))
				if err != nil {
					t.Fatal(err)
				}
				if kind == "text/calendar" && !bytes.Equal(text, a.Calendar) {
					t.Errorf("the calendar is %q", text)
				}
				words += string(text)
			}
			if strings.Contains(strings.ToLower(string(got)), "unmeet") || !strings.Contains(words, a.Snapshot.Title) || !strings.Contains(words, a.Note[:20]) {
				t.Errorf("it names a product, or says too little:\n%s", words)
			}
		})
	}
	for name, change := range map[string]func(*Answering){
		"no calendar":    func(a *Answering) { a.Calendar = nil },
		"nobody to tell": func(a *Answering) { a.To.Address = "" },
		"a hostile name": func(a *Answering) { a.From.Address = "bo@acme.example\r\nBcc: x@acme.example" },
		"far too large":  func(a *Answering) { a.Calendar = bytes.Repeat([]byte("x"), MaxSize) },
	} {
		a := answering("en", calendars.Declined)
		change(&a)
		if _, err := ComposeReply(a, id, now); !errors.Is(err, ErrLetter) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReplyRefused: a server that takes no mail in the names of people parks that one,
// and all others go out as before. One that refuses us stops all.
func TestReplyRefused(t *testing.T) {
	queue := func(o *office) {
		t.Helper()
		m, err := Writer{Sender: sender()}.Reply(answering("en", calendars.Declined), id, "bo@acme.example", o.now, o.now.Add(24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.db.QueueMail(t.Context(), o.now, m); err != nil {
			t.Fatal(err)
		}
	}
	o := newOffice(t, mailtest.Options{Script: at("MAIL", 1, mailtest.Act{Reply: "553 5.7.1 sender not allowed"})})
	queue(o)
	o.queue("cy@acme.example")
	var parked []string
	o.outbox.Parked = func(_ context.Context, m store.Mail) error {
		parked = append(parked, m.MessageID)
		return nil
	}
	o.send(Tally{Parked: 1, Sent: 1})
	if len(parked) != 1 || parked[0] != id {
		t.Errorf("told of %q", parked)
	}
	o.arrived(map[string]int{"cy@acme.example": 1})
	if state, err := o.db.MailStateOf(t.Context(), id); err != nil || state != store.MailParked {
		t.Errorf("the answer is %q, %v", state, err)
	}

	o = newOffice(t, mailtest.Options{Users: map[string]string{"unmeet": "right"}})
	o.at.User, o.at.Password = "unmeet", func() (string, error) { return "wrong", nil }
	queue(o)
	o.send(Tally{Away: "user and password"})
	if state, err := o.db.MailStateOf(t.Context(), id); err != nil || state != store.MailQueued {
		t.Errorf("the answer is %q, %v", state, err)
	}
	if state, err := o.db.MailStateOf(t.Context(), "no such mail"); err != nil || state != "" {
		t.Errorf("a mail that is none is %q, %v", state, err)
	}
}
