package main

import (
	"bytes"
	"log/slog"
	"os"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/suggest"
)

// room is the company's mailroom, on its clock.
func (o *company) room() *mailroom {
	o.Helper()
	s := o.syncing()
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	c, err := a.loadConfig()
	if err != nil {
		o.Fatal(err)
	}
	room, err := a.newMailroom(c, mailroomOptions{db: s.db, engine: s.engine, clock: standing{o.clock}, log: slog.New(slog.NewTextHandler(o.log, nil))})
	if err != nil {
		o.Fatal(err)
	}
	return room
}

// TestAskingWaitsForCalendars: nobody is asked on what was known before the daemon was
// away, and one calendar that cannot be read does not hold everybody up.
func TestAskingWaitsForCalendars(t *testing.T) {
	o := newCompany(t, false)
	o.connect(o.hire(2)...)
	room := o.room()
	began := o.clock.Now()
	room.catchUp(t.Context())
	if waited := o.clock.Now().Sub(began); waited < catchUpWithin || waited > catchUpWithin+time.Minute {
		t.Errorf("it waited %v for calendars that nobody reads", waited)
	}
	s := o.syncing()
	for _, who := range []string{"p0@acme.example", "p1@acme.example"} {
		connection, err := s.db.Connection(t.Context(), googleKind, who)
		if err != nil {
			t.Fatal(err)
		}
		lease, err := s.db.Take(t.Context(), connection.ID, o.clock.Now(), "test", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.db.Done(t.Context(), lease.Lease, o.clock.Now(), o.clock.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	began = o.clock.Now()
	room.catchUp(t.Context())
	if waited := o.clock.Now().Sub(began); waited > time.Minute {
		t.Errorf("it waited %v though all were read", waited)
	}
}

// TestWithoutAMailServerNobodyIsAsked: the links of mails that were sent before still
// work, and holds end.
func TestWithoutAMailServerNobodyIsAsked(t *testing.T) {
	o := newCompany(t, false)
	o.tell("[suggest]\nmode = \"suggest\"\nkeep_silence = \"7d\"\n")
	room := o.room()
	if room.desk == nil || room.committer == nil {
		t.Error("there is nobody to take answers")
	}
	if room.digester != nil || room.outbox != nil || room.alarm != nil || room.desk.Mail != nil {
		t.Error("there is something that writes mails")
	}
	want := click.Holds{Short: 2 * time.Minute, Trial: 15 * time.Minute, Silence: 7 * 24 * time.Hour}
	if room.desk.Holds != want {
		t.Errorf("holds are %+v, want %+v", room.desk.Holds, want)
	}
}

// TestMailroomIsAsConfigured looks at how its parts are wired.
func TestMailroomIsAsConfigured(t *testing.T) {
	o := newCompany(t, false)
	o.write("password", "a mail password\n")
	o.write("unmeet.toml", `
[organization]
name = "Acme"
contact = "it@acme.example"
[web]
public_url = "https://unmeet.acme.example"
trusted_proxies = ["10.0.0.2", "10.1.0.0/16"]
[mail]
host = "mail.acme.example"
tls = "tls"
from = "Meetings <unmeet@acme.example>"
user = "unmeet"
password_file = "password"
[suggest]
mode = "suggest"
language = "de"
`)
	room := o.room()
	server := room.outbox.Server()
	if server.Host != "mail.acme.example" || server.Port != 465 || server.User != "unmeet" || server.Check() != nil {
		t.Errorf("the server is %+v", server)
	}
	o.write("password", "another\n")
	if password, err := server.Password(); err != nil || password != "another" {
		t.Errorf("a new password is not taken up: %q, %v", password, err)
	}
	sender := room.desk.Mail.Sender
	if sender.From.String() != `"Meetings" <unmeet@acme.example>` || sender.ReplyTo.Address != "it@acme.example" || sender.Organization != "Acme" || sender.PublicURL != "https://unmeet.acme.example" {
		t.Errorf("mails come from %+v", sender)
	}
	if room.alarm.Again != "https://unmeet.acme.example/connect" || room.alarm.Service(googleKind) != "Google Calendar" {
		t.Errorf("who has to connect again is sent to %s", room.alarm.Again)
	}
	if way := room.desk.Group("ann@acme.example"); way.Language != "de" || way.Observing || way.Hours != suggest.OfficeHours() {
		t.Errorf("people are asked like this: %+v", way)
	}
	if len(room.proxies) != 2 || room.proxies[0].String() != "10.0.0.2/32" || room.proxies[1].String() != "10.1.0.0/16" {
		t.Errorf("proxies: %v", room.proxies)
	}
}

// TestPasswords: a file that holds none, or that others may read, is refused.
func TestPasswords(t *testing.T) {
	o := newCompany(t, false)
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	var c config
	c.Mail.PasswordFile = o.folder + "/password"
	for text, want := range map[string]string{"secret\n": "secret", " se cret\r\n": " se cret", "secret": "secret", "": "", "\n": "", "a\nb\n": ""} {
		o.write("password", text)
		got, err := a.password(c)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}

	// systemd shows what it hands over as readable by a group, in a folder that nobody
	// else can open.
	o.write("password", "secret\n")
	if err := os.Chmod(c.Mail.PasswordFile, 0o440); err != nil {
		t.Fatal(err)
	}
	if _, err := a.password(c); err == nil {
		t.Error("a password that others may read is taken")
	}
	a.getenv = func(name string) string { return map[string]string{"CREDENTIALS_DIRECTORY": o.folder}[name] }
	if got, err := a.password(c); err != nil || got != "secret" {
		t.Errorf("a credential: %q, %v", got, err)
	}
	o.write("mail-password", "handed over\n") // by that name, whatever the configuration names
	if got, err := a.password(c); err != nil || got != "handed over" {
		t.Errorf("a credential by its name: %q, %v", got, err)
	}
}
