package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"unmeet/agent/mail/mailtest"
	"unmeet/store"
)

// bodies are the decoded parts of a message in their order, by what they are.
func bodies(t *testing.T, head func(string) string, body io.Reader) (all [][2]string) {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(head("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(kind, "multipart/") {
		for parts := multipart.NewReader(body, parameters["boundary"]); ; {
			part, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return all
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, bodies(t, part.Header.Get, part)...)
		}
	}
	switch head("Content-Transfer-Encoding") {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	disposition, _, _ := strings.Cut(head("Content-Disposition"), ";")
	return [][2]string{{strings.TrimSpace(kind + " " + disposition), string(text)}}
}

// TestReportByMail: those whom the configuration names get the page of a period once,
// and not while unmeet is paused.
func TestReportByMail(t *testing.T) {
	o := newCompany(t, false)
	server := mailtest.Start(t, mailtest.Options{Clear: true})
	of := []string{"report", "--from", "2026-10-26", "--to", "2026-11-16"}
	mailed := append(of[:5:5], "--mail")
	if _, errs := o.command(2, mailed...); !strings.Contains(errs, "does not say who gets reports") {
		t.Errorf("without recipients it says %q", errs)
	}
	o.swap("[google]", "public_url = \"https://unmeet.acme.example\"\n[google]")
	o.tell(fmt.Sprintf("[mail]\nhost = \"127.0.0.1\"\nport = %d\ntls = \"none\"\nfrom = \"unmeet@acme.example\"\n[report]\nmail_to = [\"hr@acme.example\", \"p1@acme.example\"]\n", server.Port))
	db := o.database()
	ctx := t.Context()
	people := o.take(db, 7)
	if err := db.SetOrganization(ctx, store.Organization{Domains: []string{"acme.example"}}); err != nil {
		t.Fatal(err)
	}
	if _, errs := o.command(3, mailed...); !strings.Contains(errs, "no mail was sent") {
		t.Errorf("with nothing to show it says %q", errs)
	}
	for _, who := range people {
		id, err := db.AddCollection(ctx, store.Collection{Kind: "ics", Remote: who, Owner: who})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Apply(ctx, id, statusOn(time.Date(2026, 10, 26, 0, 0, 0, 0, time.UTC), people), store.At(companyNow)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Pause(ctx, store.Pause{By: "it@acme.example", Since: companyNow}); err != nil {
		t.Fatal(err)
	}
	if _, errs := o.command(1, mailed...); !strings.Contains(errs, "paused") {
		t.Errorf("paused it says %q", errs)
	}
	if err := db.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	if out, _ := o.command(0, mailed...); !strings.Contains(out, "26 Oct – 15 Nov 2026 goes to 2 addresses") {
		t.Errorf("it says %q", out)
	}
	if out, errs := o.command(0, mailed...); out != "" || !strings.Contains(errs, "hr@acme.example,") || !strings.Contains(errs, "--again") {
		t.Errorf("asked again it says %q, %q", out, errs)
	}
	if out, _ := o.command(0, append(mailed[:6:6], "--again")...); !strings.Contains(out, "2 addresses") {
		t.Errorf("with --again it says %q", out)
	}
	room := o.room()
	room.outbox.Now, room.outbox.PerMinute = time.Now, 6000 // as the commands have it, and at once
	if _, err := room.outbox.Send(ctx); err != nil {
		t.Fatal(err)
	}
	sent := server.Messages()
	if len(sent) != 4 {
		t.Fatalf("%d mails arrived, want 4", len(sent))
	}
	page, _ := o.command(0, append(of[:5:5], "--format", "html")...)
	m, err := netmail.ReadMessage(bytes.NewReader(sent[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	parts := bodies(t, m.Header.Get, m.Body)
	if len(parts) != 3 || parts[0][0] != "text/plain" || parts[1][0] != "text/html" || parts[2][0] != "text/html attachment" {
		t.Fatalf("the mail has %d parts", len(parts))
	}
	if counted := "Counted on"; strings.Split(parts[2][1], counted)[0] != strings.Split(page, counted)[0] {
		t.Error("the mail has another page than report --format html shows")
	}
	for _, part := range parts[:2] {
		for _, want := range []string{"21.0 h", "in meetings", "7 people", "7 of 7 people connected", "informing", "report.mail_to", "suggested: 0 h by declines"} {
			if !strings.Contains(part[1], want) {
				t.Errorf("%s does not say %q:\n%s", part[0], want, part[1])
			}
		}
	}
	if subject := m.Header.Get("Subject"); !strings.Contains(subject, "Meeting_hours") && !strings.Contains(subject, "Meeting hours") {
		t.Errorf("the subject is %q", subject)
	}
	out, _ := o.command(0, "audit")
	if n := strings.Count(out, "--mail"); n != 5 { // before that there was no database
		t.Errorf("the audit log has %d of 5 attempts:\n%s", n, out)
	}
}
