package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/mail"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/agent/token"
	"unmeet/calendars"
	"unmeet/calendars/caldav/caldavtest"
	"unmeet/calendars/calendartest"
	"unmeet/cmd/unmeet/mailbox"
	"unmeet/store"
)

// judge holds what is left of the chaos against what was promised, and prints its
// figures.
func (o *havoc) judge(c *crowd) {
	raw, err := sql.Open("sqlite", filepath.Join(o.folder, "unmeet.db"))
	if err != nil {
		o.Fatal(err)
	}
	defer raw.Close()
	for _, check := range []string{"integrity_check", "foreign_key_check"} {
		var said string
		if err := raw.QueryRow("PRAGMA " + check).Scan(&said); err != nil && err != sql.ErrNoRows || said != "ok" && said != "" {
			o.Errorf("%s: %s, %v", check, said, err)
		}
	}
	o.sameAsCalendars()
	o.sameAsElsewhere()
	wrote := o.doneOnce(raw, c)
	o.nothingElse(wrote)
	o.mailedAsPromised(raw)
	o.toldNobody()
	o.printFigures()
}

// sameAsCalendars holds what is stored against what Google truly has.
func (o *havoc) sameAsCalendars() {
	db := o.database()
	defer db.Close()
	from, to := o.compared()
	want := o.truth(o.staff, from, to)
	got := slices.DeleteFunc(o.stored(db, from, to), func(m heldMeeting) bool { return !slices.Contains(o.staff, m.Organizer) })
	o.figures["occurrences compared, Google"] = len(want)
	if diff := gocmp.Diff(want, got); diff != "" || len(want) == 0 {
		o.Errorf("the store differs from Google's calendars (-calendars +store):\n%.5000s", diff)
	}
}

// compared is the time that stores are compared over: all that everybody was read of.
func (o *havoc) compared() (from, to time.Time) {
	today := o.now().UTC().Truncate(24 * time.Hour)
	return today.AddDate(0, 0, -60), today.AddDate(0, 0, 40)
}

// sameAsElsewhere holds what is stored of the CalDAV server against what a database
// knows that has just read it.
func (o *havoc) sameAsElsewhere() {
	fresh, company := *o, *o.company
	company.folder = o.TempDir()
	fresh.company = &company
	for _, file := range []string{"unmeet.toml", "client-secret", "mail-password", "ca.pem"} {
		fresh.write(file, o.read(file))
	}
	fresh.config = filepath.Join(fresh.folder, "unmeet.toml")
	fresh.connectElsewhere()
	fresh.call("", "sync")
	grown, anew := o.database(), fresh.database()
	defer grown.Close()
	defer anew.Close()
	from, to := o.compared()
	ours := func(m heldMeeting) bool { return !slices.Contains(o.davs, m.Organizer) }
	want, got := slices.DeleteFunc(o.stored(anew, from, to), ours), slices.DeleteFunc(o.stored(grown, from, to), ours)
	o.figures["occurrences compared, CalDAV"] = len(want)
	if diff := gocmp.Diff(want, got); diff != "" || len(want) == 0 {
		o.Errorf("the store differs from the CalDAV server (-server +store):\n%.5000s", diff)
	}
}

// write is something that was to be written to a calendar.
type write struct {
	owner, uid, organizer, instance string
	verb                            string
	back                            bool // it took another one back
}

// doneOnce holds that every answer that somebody saw noted stands, and was done once, and
// returns what was written in all.
func (o *havoc) doneOnce(raw *sql.DB, c *crowd) (wrote []write) {
	decided := map[int64]bool{}
	for _, a := range c.all() {
		o.figures["suggestions with an answer"]++
		var id int64
		var state, kind, uid, organizer, instance string
		var accepted int
		err := raw.QueryRow(`SELECT s.id, s.state, s.kind, s.uid, s.organizer, s.instance,
			(SELECT COUNT(*) FROM outcome o WHERE o.suggestion_id = s.id AND o.outcome = 'accepted')
			FROM token t JOIN suggestion s ON s.id = t.suggestion_id WHERE t.hash = $1`, token.Hash(path.Base(a.link))).
			Scan(&id, &state, &kind, &uid, &organizer, &instance, &accepted)
		if err != nil {
			o.Errorf("%s's link leads nowhere: %v", a.person, err)
			continue
		}
		decided[id] = true
		about := fmt.Sprintf("%s's answer %s to suggestion %d (%s, %s)", a.person, a.verb, id, kind, state)
		if !a.noted {
			o.figures["answers not seen noted"]++
			continue
		}
		o.figures["answers seen noted"]++
		if a.undo && !a.undone {
			o.figures["undoing not seen noted"]++
			continue
		}
		states, backs := o.actionsOf(raw, id)
		switch {
		case a.undone:
			o.figures["answers undone"]++
			if state == "accepted" || state == "kept" || len(states) != len(backs) {
				o.Errorf("%s was undone: actions %v, taken back %v", about, states, backs)
			}
		case a.verb == "keep":
			o.figures["answers kept"]++
			if state != "kept" || len(states) > 0 {
				o.Errorf("%s: actions %v", about, states)
			}
		default:
			o.figures["answers accepted ("+kind+")"]++
			if state != "accepted" || accepted != 1 || len(states) == 0 || len(backs) > 0 ||
				slices.ContainsFunc(states, func(s string) bool { return s != "applied" }) {
				o.Errorf("%s: accepted %d times, actions %v, taken back %v", about, accepted, states, backs)
			}
		}
		o.stands(a, kind, uid, organizer, instance)
	}
	rows, err := raw.Query(`SELECT a.suggestion_id, a.intent, a.undoes IS NOT NULL FROM action a WHERE a.state = 'applied'`)
	if err != nil {
		o.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var text string
		var w write
		if err := rows.Scan(&id, &text, &w.back); err != nil {
			o.Fatal(err)
		}
		var intent calendars.Intent
		if err := json.Unmarshal([]byte(text), &intent); err != nil {
			o.Fatal(err)
		}
		w.owner, w.uid, w.organizer, w.instance, w.verb = intent.Owner, intent.Ref.UID, intent.Ref.Organizer, string(intent.Ref.Instance), string(intent.Verb)
		wrote = append(wrote, w)
		if !decided[id] {
			o.Errorf("something was done that nobody decided: %+v", w)
		}
	}
	if o.figures["answers seen noted"] == 0 || len(wrote) == 0 {
		o.Errorf("%d answers, %d of them done: nothing is shown by that", o.figures["answers seen noted"], len(wrote))
	}
	return wrote
}

// actionsOf returns the states of what an answer had done, and of what took that back.
func (o *havoc) actionsOf(raw *sql.DB, suggestion int64) (states, backs []string) {
	rows, err := raw.Query(`SELECT state, undoes IS NOT NULL FROM action WHERE suggestion_id = $1 AND state <> 'dropped'`, suggestion)
	if err != nil {
		o.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var state string
		var back bool
		if err := rows.Scan(&state, &back); err != nil {
			o.Fatal(err)
		}
		if back {
			backs = append(backs, state)
		} else {
			states = append(states, state)
		}
	}
	return states, backs
}

// stands holds that the calendar shows what somebody decided.
func (o *havoc) stands(a *chaosAnswer, kind, uid, organizer, instance string) {
	declined := a.noted && !a.undone && a.verb != "keep"
	if slices.Contains(o.davs, a.person) {
		if got := o.declinedElsewhere(a.person, uid, instance); got != declined {
			o.Errorf("%s's calendar elsewhere says declined %v, want %v, of %s %s", a.person, got, declined, uid, instance)
		}
		return
	}
	from, to := o.compared()
	there, answer := false, calendars.Response("")
	for _, occ := range o.Window(a.person, from, to) {
		if occ.UID == uid && string(occ.Instance) == instance {
			there, answer = true, occ.Answer
		}
	}
	switch {
	case kind == "trial" && there == declined:
		o.Errorf("%s's trial is on: %v, and its first occurrence is there: %v", a.person, declined, there)
	case kind == "decline" && (!there || (answer == calendars.Declined) != declined):
		o.Errorf("%s's calendar says %q (there: %v), want declined %v, of %s %s", a.person, answer, there, declined, uid, instance)
	}
}

// declinedElsewhere reports whether somebody's own object says that they declined an
// instance.
func (o *havoc) declinedElsewhere(who, uid, instance string) bool {
	names := caldavtest.Objects("BEGIN:VEVENT\r\nUID:" + uid + "\r\nEND:VEVENT\r\n")
	for name := range names {
		text := strings.ReplaceAll(o.radicale.As(o.TB, who, http.MethodGet, o.davCalendar(who)+name, ""), "\r\n ", "")
		at, err := time.Parse("20060102T150405Z", instance)
		if err != nil {
			o.Fatal(err)
		}
		for _, event := range strings.Split(text, "BEGIN:VEVENT")[1:] {
			if !strings.Contains(event, "\r\nRECURRENCE-ID;TZID="+chaosZone+":"+at.In(o.begun.Location()).Format("20060102T150405")) {
				continue
			}
			return regexp.MustCompile(`ATTENDEE;[^\r]*PARTSTAT=DECLINED[^\r]*:mailto:` + regexp.QuoteMeta(who)).MatchString(event)
		}
	}
	return false
}

// nothingElse holds that servers carried out each write once, whatever came of their
// answers.
func (o *havoc) nothingElse(wrote []write) {
	want, elsewhere := 0, map[string]int{}
	for _, w := range wrote {
		if slices.Contains(o.davs, w.owner) {
			elsewhere[w.owner+" "+w.uid]++
		} else {
			want++
		}
	}
	type change struct{ who, path, body string }
	changes := map[change]int{}
	got := 0
	for _, r := range o.google.Requests(func(r calendartest.Request) bool {
		return r.Method != http.MethodGet && r.Status/100 == 2 && r.Path != "/token"
	}) {
		got++
		changes[change{r.User, r.Path, string(r.Body)}]++
	}
	for c, n := range changes {
		if n > 1 {
			o.Errorf("%s wrote %d times to %s: %s", c.who, n, c.path, c.body)
		}
	}
	o.figures["writes to Google"], o.figures["writes to CalDAV"] = got, 0
	if got != want {
		o.Errorf("Google was written to %d times, want %d: %s", got, want, fmt.Sprint(slices.Collect(maps.Keys(changes))))
	}
	done := map[string]int{}
	for at, n := range o.gateway.Writes() {
		parts := strings.Split(at, "/")
		done[parts[1]+" "+strings.TrimSuffix(parts[len(parts)-1], ".ics")] += n
		o.figures["writes to CalDAV"] += n
	}
	if diff := gocmp.Diff(elsewhere, done); diff != "" {
		o.Errorf("writes to the CalDAV server (-want +got):\n%s", diff)
	}
}

// mailedAsPromised holds that nobody got more mail than promised, that a mail came
// twice at most, and then as the same bytes, and that what counts as sent has come.
func (o *havoc) mailedAsPromised(raw *sql.DB) {
	came, times := map[string][]byte{}, map[string]int{}
	weeks, first := map[string]int{}, map[string]bool{}
	for _, m := range o.smtp.Messages() {
		parsed, err := mail.ReadMessage(bytes.NewReader(m.Data))
		if err != nil {
			o.Fatal(err)
		}
		id := parsed.Header.Get("Message-ID")
		if times[id]++; times[id] > 1 {
			o.figures["mails that came twice"]++
			if times[id] > store.MaxUnsure {
				o.Errorf("mail %s came %d times", id, times[id])
			}
			if !bytes.Equal(m.Data, came[id]) {
				o.Errorf("the second %s is not the first", id)
			}
			continue
		}
		came[id] = m.Data
		var kind, state string
		err = raw.QueryRow(`SELECT kind, state FROM mail WHERE message_id IN ($1, $2)`, id, strings.Trim(id, "<>")).Scan(&kind, &state)
		if err != nil {
			o.Errorf("a mail that nobody wrote: %s, %v", id, err)
			continue
		}
		o.figures["mails that came ("+kind+")"]++
		if !m.TLS || m.User != "unmeet" {
			o.Errorf("%s came encrypted %v, from %q", id, m.TLS, m.User)
		}
		if kind != "digest" {
			continue
		}
		var box mailbox.Box
		if err := box.Put(m.To, m.Data); err != nil {
			o.Fatal(err)
		}
		one := box.Mails()[0]
		at := one.Date.In(o.begun.Location())
		year, week := at.ISOWeek()
		offers, most := strings.Count(one.Text, "\nKeep it:\n"), 3
		if !first[m.To] {
			first[m.To] = true
			var perhaps int // digests before that may have come, as far as unmeet can know
			if err := raw.QueryRow(`SELECT COUNT(*) FROM mail WHERE kind = 'digest' AND state = 'parked' AND unsure > 0 AND lower(recipient) = lower($1)`, m.To).Scan(&perhaps); err != nil {
				o.Fatal(err)
			}
			if perhaps == 0 {
				most = 1
			}
		}
		slot := fmt.Sprintf("%s in week %d of %d", m.To, week, year)
		if weeks[slot]++; weeks[slot] > 1 || offers < 1 || offers > most {
			o.Errorf("%d mails to %s, the last with %d suggestions", weeks[slot], slot, offers)
		}
	}
	rows, err := raw.Query(`SELECT message_id FROM mail WHERE state = 'sent'`)
	if err != nil {
		o.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			o.Fatal(err)
		}
		if times[id]+times["<"+id+">"] == 0 {
			o.Errorf("mail %s counts as sent, and never came", id)
		}
	}
	for _, state := range []string{"dropped", "parked", "queued"} {
		o.figures["mails "+state] = o.count(`SELECT COUNT(*) FROM mail WHERE state = '` + state + `'`)
	}
}

// toldNobody holds that the log has no secrets and no words of meetings.
func (o *havoc) toldNobody() {
	log := o.log.String()
	o.figures["KB of logs"] = len(log) / 1024
	secrets := append(slices.Clone(o.secret), "ya29", "1//0", "Bearer", "syncToken=", "a client's secret", chaosMailPassword, caldavtest.Password,
		"Weekly", "Status round", "private words", "Errand 1", "PRIVATE KEY")
	for _, m := range o.smtp.Messages() {
		var box mailbox.Box
		if err := box.Put(m.To, m.Data); err != nil {
			o.Fatal(err)
		}
		for _, link := range regexp.MustCompile(`/[au]/([0-9a-z]{26})`).FindAllStringSubmatch(box.Mails()[0].Text, -1) {
			secrets = append(secrets, link[1])
		}
	}
	key, err := os.ReadFile(filepath.Join(o.folder, "unmeet.key"))
	if err != nil {
		o.Fatal(err)
	}
	for _, line := range strings.Fields(string(key)) {
		if len(line) > 30 {
			secrets = append(secrets, line)
		}
	}
	slices.Sort(secrets)
	secrets = slices.Compact(secrets)
	o.figures["secrets looked for in logs"] = len(secrets)
	if !strings.Contains(log, `op="refresh access"`) {
		o.Error("the log has nothing of calls for tokens: what follows proves nothing")
	}
	for _, telling := range secrets {
		if at := strings.Index(log, telling); at >= 0 {
			o.Errorf("the log holds %q: %s", telling, log[max(0, at-200):min(len(log), at+100)])
		}
	}
	if strings.Contains(log, "panic") || strings.Contains(log, "goroutine ") {
		o.Errorf("a daemon panicked: %s", tail(log[strings.Index(log, "panic"):]))
	}
}

// printFigures says what there was.
func (o *havoc) printFigures() {
	o.figures["people"] = len(o.staff) + len(o.davs)
	for name, p := range o.proxies {
		for what, n := range p.Counts() {
			o.figures[name+": connections "+what] = n
		}
	}
	for what, n := range o.gateway.Counts() {
		o.figures["caldav: HTTP "+what] = n
	}
	for _, r := range o.google.Requests(nil) {
		o.figures["google: requests"]++
		if r.Status == 0 || r.Status >= 400 {
			o.figures["google: requests that failed"]++
		}
	}
	text := ""
	for _, name := range slices.Sorted(maps.Keys(o.figures)) {
		text += fmt.Sprintf("%8d  %s\n", o.figures[name], name)
	}
	o.Logf("figures:\n%s", text)
}
