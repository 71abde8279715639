//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"unmeet/agent/mail/mailtest"
	"unmeet/calendars"
	"unmeet/calendars/calendartest"
	"unmeet/cmd/unmeet/mailbox"
	"unmeet/store"
)

// askedCompany is a company whose people are asked by mail: one series of status updates,
// which the first of them organizes.
type askedCompany struct {
	*company
	smtp   *mailtest.Server
	people []string
	public string // address of the pages
}

// daytime is a zone in which the clock shows nothing near midnight: mails come within
// working hours.
func daytime() string {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	if hour := time.Now().In(berlin).Hour(); hour >= 4 && hour < 18 {
		return "Europe/Berlin"
	}
	return "Pacific/Auckland"
}

// newAskedCompany opens such a company, with mail as settings say. Its calendars were
// never read, and it is nobody's turn yet.
func newAskedCompany(t *testing.T, smtp *mailtest.Server, settings string) *askedCompany {
	t.Helper()
	o := &askedCompany{company: newCompany(t, true), smtp: smtp}
	zone, err := time.LoadLocation(daytime())
	if err != nil {
		t.Fatal(err)
	}
	var guests []calendartest.Guest
	for i := range 8 {
		o.people = append(o.people, fmt.Sprintf("p%d@acme.example", i))
		o.AddPerson(calendartest.Person{Address: o.people[i], Zone: zone.String()})
		guests = append(guests, calendartest.Guest{Address: o.people[i], Answer: calendars.Accepted, Optional: i == 1})
	}
	y, m, d := time.Now().In(zone).Date()
	start := time.Date(y, m, d+3-35, 12, 0, 0, 0, zone)
	o.Create(calendartest.Event{
		Organizer: o.people[0], Title: "Weekly status update", Body: "Status round: everybody shares updates. FYI only, notes follow.",
		Start: start, End: start.Add(time.Hour), Zone: zone.String(), Recurrence: []string{"RRULE:FREQ=WEEKLY"}, Guests: guests,
	})
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	o.public = "http://" + address
	base := strings.Replace(o.read("unmeet.toml"), "127.0.0.1:0", address, 1)
	base = strings.Replace(base, "[google]", fmt.Sprintf("public_url = %q\n[google]", o.public), 1)
	o.write("unmeet.toml", base+fmt.Sprintf(`
[suggest]
mode = "suggest"
working_hours = "Mo-Su 00:00-24:00"
[mail]
host = %q
port = %d
from = "unmeet <unmeet@acme.example>"
%s
`, smtp.Host, smtp.Port, settings))
	o.connect(o.people...)
	for _, who := range o.people {
		o.turn(who, time.Now().AddDate(0, 0, 30))
	}
	return o
}

// turn sets when it is somebody's turn.
func (o *askedCompany) turn(who string, at time.Time) {
	o.Helper()
	db := o.database()
	defer db.Close()
	if err := db.SetTurn(o.Context(), who, at); err != nil {
		o.Fatal(err)
	}
}

// mails waits for n mails, and returns them as people read them.
func (o *askedCompany) mails(n int) []mailbox.Mail {
	o.Helper()
	await(o, fmt.Sprintf("%d mails", n), func() bool { return len(o.smtp.Messages()) >= n })
	var box mailbox.Box
	for _, m := range o.smtp.Messages() {
		if err := box.Put(m.To, m.Data); err != nil {
			o.Fatalf("%v\n%s", err, m.Data)
		}
	}
	if len(box.Mails()) != n {
		o.Fatalf("%d mails came, want %d", len(box.Mails()), n)
	}
	return box.Mails()
}

// link returns the link below a label in a mail's text.
func (o *askedCompany) link(m mailbox.Mail, label string) string {
	o.Helper()
	found := regexp.MustCompile(`(?m)^` + label + `[^\n]*\n(` + regexp.QuoteMeta(o.public) + `/[au]/\S+)$`).FindStringSubmatch(m.Text)
	if found == nil {
		o.Fatalf("no link %q in\n%s", label, m.Text)
	}
	return found[1]
}

// page gets a link, or with do presses that button of its page.
func (o *askedCompany) page(client *http.Client, link, do string) (status int, body string) {
	o.Helper()
	var resp *http.Response
	var err error
	if do == "" {
		resp, err = client.Get(link)
	} else {
		resp, err = client.PostForm(link, url.Values{"do": {do}})
	}
	if err != nil {
		o.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		o.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// outcomes are what came of what somebody was asked, as their export says.
func (o *askedCompany) outcomes(who string) (own ownOutcomes, words string) {
	o.Helper()
	out, _ := o.command(0, "outcomes", "--as", who, "--reason", "a test", "--format", "json")
	if err := json.Unmarshal([]byte(out), &own); err != nil {
		o.Fatal(err)
	}
	var list []string
	for _, outcome := range own.Outcomes {
		list = append(list, outcome.Outcome)
	}
	return own, strings.Join(list, " ")
}

// later works on in this process, as a daemon that runs some time from now would,
// until done holds.
func (o *askedCompany) later(by time.Duration, what string, done func() bool) {
	o.Helper()
	s := o.syncing()
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	c, err := a.loadConfig()
	if err != nil {
		o.Fatal(err)
	}
	room, err := a.newMailroom(c, mailroomOptions{db: s.db, engine: s.engine, clock: ahead(by), log: slog.New(slog.NewTextHandler(o.log, nil))})
	if err != nil {
		o.Fatal(err)
	}
	ctx, stop := context.WithCancel(o.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		room.Run(ctx)
	}()
	await(o, what, done)
	stop()
	<-left
}

// ahead is the time as it passes, so much later.
type ahead time.Duration

func (a ahead) Now() time.Time { return time.Now().Add(time.Duration(a)) }

func (ahead) After(d time.Duration) <-chan time.Time { return time.After(d) }

// TestAskedByMail is the whole way with a real daemon: a calendar at Google is read, a
// suggestion goes out encrypted, authenticated and signed, a click on its page is held
// over the daemon's end, and stands in the end.
func TestAskedByMail(t *testing.T) {
	smtp := mailtest.Start(t, mailtest.Options{Users: map[string]string{"unmeet": "a mail password"}})
	o := newAskedCompany(t, smtp, `user = "unmeet"
password_file = "mail-password"
dkim_selector = "s1"
dkim_key_file = "dkim.pem"`)
	o.write("mail-password", "a mail password\n")
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	o.write("dkim.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	o.write("ca.pem", string(smtp.CA.PEM))
	t.Setenv("SSL_CERT_FILE", filepath.Join(o.folder, "ca.pem")) // for the daemon
	attendee := o.people[1]
	o.turn(attendee, time.Now().Add(-time.Minute))

	d := o.run("--debug")
	first := o.mails(1)[0]
	sent := smtp.Messages()[0]
	if first.To != attendee || !sent.TLS || sent.User != "unmeet" || !strings.HasPrefix(string(sent.Data), "DKIM-Signature: ") {
		t.Fatalf("to %s, encrypted %v, as %q\n%s", first.To, sent.TLS, sent.User, sent.Data)
	}
	if !strings.Contains(first.Subject, "Weekly status update") || !strings.Contains(first.Text, "You could read what comes of it") {
		t.Errorf("the mail:\n%s\n%s", first.Subject, first.Text)
	}

	decline := o.link(first, "Decline ")
	client := &http.Client{}
	client.Jar, _ = cookiejar.New(nil)
	if status, body := o.page(client, decline, ""); status != 200 || !strings.Contains(body, `value="decline"`) {
		t.Fatalf("the page: %d\n%s", status, body)
	}
	if _, words := o.outcomes(attendee); words != "suggested" {
		t.Errorf("looking at the page did something: %s", words)
	}
	if status, body := o.page(client, decline, "decline"); status != 200 || !strings.Contains(body, `value="undo"`) {
		t.Fatalf("after pressing: %d\n%s", status, body)
	}
	receipt := o.mails(2)[1]
	if receipt.To != attendee || !strings.Contains(receipt.Text, "somebody answered in your name") {
		t.Errorf("what followed to %s:\n%s", receipt.To, receipt.Text)
	}
	o.link(receipt, "Undo")
	d.stop()
	if _, words := o.outcomes(attendee); words != "suggested pressed" {
		t.Errorf("when the daemon ended: %s", words)
	}
	for _, telling := range []string{"a mail password", "PRIVATE KEY", "Weekly status", decline[len(decline)-26:]} {
		if strings.Contains(d.log.String(), telling) {
			t.Errorf("the log holds %q", telling)
		}
	}

	o.later(3*time.Minute, "the answer stands", func() bool {
		_, words := o.outcomes(attendee)
		return words == "suggested pressed accepted"
	})
	own, _ := o.outcomes(attendee)
	if last := own.Outcomes[2]; last.Kind != "decline" || last.Title != "Weekly status update" || last.Minutes != 55 || last.Detail.Category != "informing" {
		t.Errorf("the outcome: %+v", last)
	}
	if len(own.Looks) == 0 || own.Looks[0].Why != "a test" || own.Looks[0].What != "unmeet outcomes" {
		t.Errorf("who looked at it: %+v", own.Looks)
	}
	if out, errs := o.command(1, "outcomes"); out != "" || !strings.Contains(errs, "fewer than 5 people") {
		t.Errorf("what came of one person's suggestion is told: %s%s", out, errs)
	}
}

// TestPauseHoldsEverythingBack: while unmeet is paused nobody is asked and no answer is
// taken, and afterwards all goes on.
func TestPauseHoldsEverythingBack(t *testing.T) {
	smtp := mailtest.Start(t, mailtest.Options{Clear: true})
	o := newAskedCompany(t, smtp, `tls = "none"`)
	o.turn(o.people[1], time.Now().Add(-time.Minute))
	d := o.run()
	decline := o.link(o.mails(1)[0], "Decline ")

	o.command(0, "pause", "--why", "Bo Berg asked")
	o.turn(o.people[2], time.Now().Add(-time.Minute))
	d.reread(1)
	if status, body := o.page(http.DefaultClient, decline, "decline"); status != http.StatusServiceUnavailable || !strings.Contains(body, "paused") {
		t.Errorf("an answer: %d\n%s", status, body)
	}
	if _, words := o.outcomes(o.people[1]); words != "suggested" {
		t.Errorf("while paused: %s", words)
	}
	if !strings.Contains(d.log.String(), "level=WARN msg=\"paused: no mail leaves, and nothing is written to calendars, until unmeet resume\"") {
		t.Errorf("the log does not say so:\n%s", d.log)
	}
	if strings.Contains(d.log.String(), "Bo Berg") {
		t.Errorf("the log says why, which may name people:\n%s", d.log)
	}
	db := o.database()
	defer db.Close()
	if turn, err := db.Turn(t.Context(), o.people[2]); err != nil || turn.After(time.Now()) || len(smtp.Messages()) != 1 {
		t.Errorf("somebody's turn came while paused: next %v, %v, %d mails", turn, err, len(smtp.Messages()))
	}

	if out, _ := o.command(0, "resume"); !strings.HasPrefix(out, "Resumed. It was paused by ") || !strings.HasSuffix(out, ": Bo Berg asked.\n") {
		t.Error(out)
	}
	d.reread(2)
	o.mails(2)
	for _, said := range []string{"msg=resumed", `msg="mails sent" mails=1`, `msg="a calendar was read for the first time"`} {
		await(t, "the log says "+said, func() bool { return strings.Contains(d.log.String(), said) })
	}
	if status, _ := o.page(http.DefaultClient, decline, "keep"); status != 200 {
		t.Errorf("an answer afterwards: %d", status)
	}
	if _, words := o.outcomes(o.people[1]); words != "suggested kept" {
		t.Errorf("afterwards: %s", words)
	}
	d.stop()

	// When somebody is thought of next is told by their own clock.
	zone, err := time.LoadLocation(daytime())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Set(t.Context(), o.people[1], store.Settings{Zone: zone.String(), Rhythm: "weekly"}); err != nil {
		t.Fatal(err)
	}
	turn, err := db.Turn(t.Context(), o.people[1])
	if out, _ := o.command(0, "suggest", "--dry-run", o.people[1]); err != nil || !strings.HasSuffix(out, "thought of next on "+turn.In(zone).Format("Mon 2 Jan 15:04 MST")+"\n") {
		t.Errorf("of a turn at %v (%v): %s", turn.In(zone), err, out)
	}
	o.tell(fmt.Sprintf("[quiet]\ndates = [%q]\n", turn.In(zone).Format(time.DateOnly)))
	if out, _ := o.command(0, "suggest", "--dry-run", o.people[1]); !strings.HasSuffix(out, ", one of the quiet dates: asked after them\n") {
		t.Errorf("of a turn on a quiet date: %s", out)
	}
}

// reread has the daemon read its configuration, for the n-th time.
func (d *daemonProcess) reread(n int) {
	d.Helper()
	d.Process.Signal(syscall.SIGHUP)
	await(d.TB, "the configuration is read", func() bool { return strings.Count(d.log.String(), "read anew") == n })
}

// TestMailIsTurnedOnWhileRunning: a daemon that asks nobody takes a mail server up when
// it reads its configuration anew, and who is in which group; it stays as it was over
// one that is wrong.
func TestMailIsTurnedOnWhileRunning(t *testing.T) {
	smtp := mailtest.Start(t, mailtest.Options{Clear: true})
	o := newAskedCompany(t, smtp, `tls = "none"`)
	o.turn(o.people[1], time.Now().Add(-time.Minute))
	with := o.read("unmeet.toml")
	without, _, _ := strings.Cut(with, "[mail]")
	o.write("unmeet.toml", without)
	d := o.run()
	await(t, "it says that nobody is asked", func() bool {
		return strings.Contains(d.log.String(), "nobody is asked anything: there is no mail server under [mail]")
	})
	o.write("unmeet.toml", strings.Replace(with, `tls = "none"`, `tls = "sometimes"`, 1))
	d.Process.Signal(syscall.SIGHUP)
	await(t, "a wrong one is refused", func() bool { return strings.Contains(d.log.String(), "mail.tls: ") })
	if status, body := d.get("/healthz"); status != 200 && body != "starting\n" {
		t.Errorf("afterwards: %d %s", status, body)
	}
	// So does a group, with whoever is in it: who is taken out of one that observes is asked.
	o.turn(o.people[2], time.Now().Add(-time.Minute))
	o.write("unmeet.toml", with+fmt.Sprintf("[[group]]\nname = \"Lab\"\nmembers = [%q]\n", o.people[2]))
	d.reread(1)
	if m := o.mails(1)[0]; m.To != o.people[1] {
		t.Errorf("a mail to %s", m.To)
	}
	await(t, "who observes was thought of", func() bool {
		db := o.database()
		defer db.Close()
		turn, err := db.Turn(t.Context(), o.people[2])
		return err == nil && turn.After(time.Now())
	})
	o.command(0, "pause", "--why", "nobody's turn comes before the group is changed")
	o.turn(o.people[2], time.Now().Add(-time.Minute))
	o.write("unmeet.toml", with+"[[group]]\nname = \"Lab\"\n")
	d.reread(2)
	o.command(0, "resume")
	d.reread(3)
	if m := o.mails(2)[1]; m.To != o.people[2] {
		t.Errorf("then a mail to %s", m.To)
	}
	d.stop()
}

// TestStopsWhileTheMailServerHangs ends the daemon in the middle of a mail, which the
// server has or has not: the next one sends the same bytes again.
func TestStopsWhileTheMailServerHangs(t *testing.T) {
	smtp := mailtest.Start(t, mailtest.Options{Clear: true, Script: func(s mailtest.Step) mailtest.Act {
		return mailtest.Act{Hang: s.Command == "END" && s.Count == 1, Keep: s.Command == "END" && s.Count == 1}
	}})
	o := newAskedCompany(t, smtp, `tls = "none"`)
	o.turn(o.people[1], time.Now().Add(-time.Minute))
	d := o.run()
	await(t, "the mail is handed over", func() bool { return smtp.Count("END") == 1 })
	d.stop()
	db := o.database()
	defer db.Close()
	if queued, err := db.Mails(t.Context(), store.MailQueued, 2); err != nil || len(queued) != 1 || queued[0].Unsure != 1 {
		t.Fatalf("what is queued: %+v, %v", queued, err)
	}
	o.later(20*time.Minute, "it is sent", func() bool { return len(smtp.Messages()) == 2 })
	both := smtp.Messages()
	if !bytes.Equal(both[0].Data, both[1].Data) {
		t.Error("the second is not the first")
	}
	if _, words := o.outcomes(o.people[1]); words != "suggested" {
		t.Errorf("what came of it: %s", words)
	}
}

// TestAskerKilledAtEveryBoundary kills a real daemon at each boundary from somebody's
// turn to the mail's arrival, and lets another go on: they are asked once.
func TestAskerKilledAtEveryBoundary(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	program := mortal(t)
	for place, most := range map[string]int{
		"before-offer": 1, "after-offer": 1, "before-turn": 1,
		"mail-before-data": 1, "mail-after-dot": 2, "mail-after-250": 2, "mail-in-mark": 2, "mail-after-mark": 1,
	} {
		t.Run(place, func(t *testing.T) {
			smtp := mailtest.Start(t, mailtest.Options{Clear: true})
			o := newAskedCompany(t, smtp, `tls = "none"`)
			o.turn(o.people[1], time.Now().Add(-time.Minute))
			d := exec.Command(program, "--config", o.config, "run")
			d.Env = append(os.Environ(), "UNMEET_FAILPOINT="+place+":1")
			out, err := d.CombinedOutput()
			t.Logf("%s", out)
			died(t, place, err)
			db := o.database()
			defer db.Close()
			// Leases of the dead are released as the next one starts.
			o.later(20*time.Minute, "the mail is sent, and the turn over", func() bool {
				sent, err := db.Mails(t.Context(), store.MailSent, 2)
				turn, err2 := db.Turn(t.Context(), o.people[1])
				return errors.Join(err, err2) == nil && len(sent) == 1 && turn.After(time.Now())
			})
			if _, words := o.outcomes(o.people[1]); words != "suggested" {
				t.Errorf("they were asked: %s", words)
			}
			arrived := smtp.Messages()
			if len(arrived) < 1 || len(arrived) > most {
				t.Errorf("%d mails arrived, at most %d may", len(arrived), most)
			}
			for _, m := range arrived {
				if !bytes.Equal(m.Data, arrived[0].Data) {
					t.Error("the second is not the first")
				}
			}
		})
	}
}
