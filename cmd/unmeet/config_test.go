package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pelletier/go-toml/v2"

	"unmeet/agent"
	"unmeet/agent/suggest"
	"unmeet/rules"
)

const exampleConfig = "../../config.example.toml"

// TestExampleIsTheDefaults holds the example to what it promises: every key is
// in it, and what stands there is what holds without it.
func TestExampleIsTheDefaults(t *testing.T) {
	text, err := os.ReadFile(exampleConfig)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseConfig(filepath.Base(exampleConfig), text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(defaults(), got); diff != "" {
		t.Errorf("the example differs from the defaults (-defaults +example):\n%s", diff)
	}

	everything, err := toml.Marshal(defaults())
	if err != nil {
		t.Fatal(err)
	}
	keys := func(text []byte) []string {
		return regexp.MustCompile(`(?m)^(\[\w+\]|\w+ *=)`).FindAllString(strings.ReplaceAll(string(text), " ", ""), -1)
	}
	if diff := cmp.Diff(keys(everything), keys(text)); diff != "" {
		t.Errorf("the example's keys differ from those there are (-code +example):\n%s", diff)
	}
}

func TestConfigRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[organisation]\n", "unmeet.toml:1:2: unknown key organisation"},
		{"[hours]\nwrite = 3\n", "unmeet.toml:2:1: unknown key hours.write"},
		{"[hours]\nwrite_minutes = \"3\"\n", "unmeet.toml:2:17: write_minutes is not a whole number"},
		{"[organization]\nname = 3\n", "unmeet.toml:2:8: name is not text"},
		{"[hours\n", "unmeet.toml:1:"},
		{"[log]\nformat = \"xml\"\n", `unmeet.toml:2:1: log.format: "xml" is neither "text" nor "json"`},
		{"[log]\nlevel = \"loud\"\n", `unmeet.toml:2:1: log.level: "loud" is not "debug", "info", "warn" or "error"`},
		{"[web]\nmetrics = \"9420\"\n", `unmeet.toml:2:1: web.metrics: "9420" is no address to listen at`},
		{"[web]\nmetrics = \":8420\"\n", "unmeet.toml:2:1: web.metrics: it takes another port than web.listen"},
		{"[hours]\n\nwrite_minutes = -5\n", "unmeet.toml:3:1: hours.write_minutes: minutes cannot be negative"},
		{"hours.read_minutes = -1\n", "unmeet.toml:1:1: hours.read_minutes: minutes cannot be negative"},
		{"[hours]\nwrite_minutes = 200000000000000000\n", "unmeet.toml:2:1: hours.write_minutes: 200000000000000000 minutes are more than a day (1440)"},
		{"[hours]\nread_minutes = 1441\n", "unmeet.toml:2:1: hours.read_minutes: 1441 minutes are more than a day (1440)"},
		{"hours = { read_minutes = -1 }\n", "unmeet.toml:1:1: hours.read_minutes: minutes cannot be negative"},
		{"[hours]\ncost = 60\n", "unmeet.toml:2:1: hours.cost: it needs currency"},
		{"[hours]\ncost = -1\ncurrency = \"EUR\"\n", "unmeet.toml:2:1: hours.cost: -1 is not within 0 and 1000000"},
		{"[hours]\ncurrency = \"EUR\"\n", "unmeet.toml:2:1: hours.currency: it does nothing without cost"},
		{"[hours]\ncost = 60\ncurrency = \"5 EUR\"\n", "unmeet.toml:3:1: hours.currency: \"5 EUR\" is no currency"},
		{"[organization]\nzone = \"Mars/Base\"\n", "unmeet.toml:2:1: organization.zone: "},
		{"[organization]\ndomains = [\"me@acme.example\"]\n", "unmeet.toml:2:1: organization.domains: "},
		{"[never]\norganizers = [\"the boss\"]\n", "unmeet.toml:2:1: never.organizers: "},
		{"[never]\ngroups = [\"Council\"]\n[[group]]\nname = \"Board\"\n", "unmeet.toml:2:1: never.groups: there is no [[group]] \"Council\""},
		{"[organization]\ncontact = \"IT\"\n", "organization.contact"},
		{"[database]\nurl = \"\"\n", "database.url"},
		{"[web]\nlisten = \"8420\"\n", "web.listen"},
		{"[web]\nlisten = \"localhost:http\"\n", "web.listen"},
		{"[web]\nlisten = \"0.0.0.0:8420\"\n", "unmeet.toml:2:1: web.listen: other machines reach \"0.0.0.0:8420\", so that public_url has to be set"},
		{"[web]\nlisten = \":8420\"\n", "public_url has to be set"},
		{"[web]\nlisten = \"10.9.9.9:8420\"\n", "public_url has to be set"},
		{"[google]\nendpoint = \"foo\"\n", "unmeet.toml:2:1: google.endpoint: \"foo\" is no address of a server"},
		{"organization.domains = [\"acme.example\"]\n[google.delegation]\npeople = [\"eve@other.example\"]\n", "unmeet.toml:3:1: google.delegation.people: eve@other.example is in none"},
		{"[web]\npublic_url = \"http://unmeet.acme.example\"\n", "web.public_url"},
		{"[google]\nclient_secret = \"x\"\n", "unknown key google.client_secret"},
		{"[google.delegation]\npeople = [\"ann\"]\n", "google.delegation.people"},
		{"[google.delegation]\ngroups = [\"g@acme.example\"]\n", "groups need admin"},
		{"[google.delegation]\nkey_file = \"k\"\nimpersonate = \"r@p.example\"\n", "not both"},
		{"[signin]\nclient_id = \"unmeet\"\n", "unmeet.toml:2:1: signin.client_id: it does nothing without issuer"},
		{"[signin]\nissuer = \"https://login.acme.example\"\n", "unmeet.toml:2:1: signin.issuer: it needs client_id"},
		{"[signin]\nissuer = \"https://login.acme.example\"\nclient_id = \"unmeet\"\n", "unmeet.toml:2:1: signin.issuer: it needs organization.domains"},
		{"organization.domains = [\"acme.example\"]\n[signin]\nissuer = \"http://login.acme.example\"\nclient_id = \"unmeet\"\n", "unmeet.toml:3:1: signin.issuer: \"http://login.acme.example\" is no address"},
		{"[sync]\nevery = \"1m\"\n", "unmeet.toml:2:1: sync.every: 1m0s is not within 5m and 24h"},
		{"[sync]\nevery = 6\n", "unmeet.toml:2:1: sync.every: 6 has no unit"},
		{"[sync]\nevery = \"soon\"\n", "is no length of time"},
		{"[sync]\nworkers = 0\n", "sync.workers: 0 is not within"},
		{"[organization]\nkeep_days = 30\n", "organization.keep_days: 30 is not within 90 and 3650"},
		{"[organization]\nkeep_days = 100\n[sync]\npast_days = 120\n", "organization.keep_days: 100 days are fewer than sync.past_days (120)"},
		{"[organization]\nkeep_days = 100\n[suggest]\nkeep_silence = \"120d\"\n", "organization.keep_days: 100 days are fewer than suggest.keep_silence (120)"},
		{"[organization]\nmin_group = 1\n", "organization.min_group: a sum of fewer"},
		{"[web]\ntrusted_proxies = [\"proxy\"]\n", "unmeet.toml:2:1: web.trusted_proxies: "},
		{"[mail]\nuser = \"unmeet\"\n", "unmeet.toml:2:1: mail.user: it does nothing without host"},
		{"[mail]\nhost = \"mx.acme.example\"\n", "unmeet.toml:2:1: mail.host: mails need from"},
		{"[mail]\nhost = \"mx.acme.example\"\nfrom = \"u@acme.example\"\n", "set public_url under [web]"},
		{mailTo("mx.acme.example", "tls = \"ssl\""), "mail.tls: \"ssl\" is no way to encrypt"},
		{mailTo("mx.acme.example", "tls = \"none\""), "mail.host: mail to mx.acme.example would go unencrypted"},
		{mailTo("mx.acme.example", "port = 70000"), "mail.port: 70000 is no port"},
		{mailTo("mx.acme.example", "user = \"unmeet\""), "mail.user: it needs password_file"},
		{mailTo("mx.acme.example", "password_file = \"p\""), "mail.password_file: it needs user"},
		{mailTo("mx.acme.example", "dkim_selector = \"s\""), "mail.dkim_selector: signing takes both"},
		{mailTo("mx.acme.example", "dkim_key_file = \"s\""), "mail.dkim_key_file: signing takes both"},
		{mailTo("mx.acme.example", "reply_to = \"nobody\""), "mail.reply_to: "},
		{mailTo("mx.acme.example", "per_minute = 0"), "mail.per_minute: 0 is not within"},
		{"[mail]\nsend_as_attendees = true", "mail.send_as_attendees: it does nothing without host"},
		{"[mail]\nfrom = \"IT\"\n", "mail.from: \"IT\" is no sender"},
		{"[suggest]\nmode = \"on\"\n", "unmeet.toml:2:1: suggest.mode: \"on\" is no mode"},
		{"[suggest]\ndecline_categories = [\"talking\"]\n", "unmeet.toml:2:1: suggest.decline_categories: "},
		{"[suggest]\nmax_per_week = 4\n", "suggest.max_per_week: 4 is not within 1 and 3"},
		{"[suggest]\nkeep_silence = \"0d\"\n", "suggest.keep_silence: 0s is not within 1d and 730d"},
		{"[suggest]\nworking_hours = \"always\"\n", "suggest.working_hours: "},
		{"[suggest]\nlanguage = \"tlh\"\n", "suggest.language: there are no words in \"tlh\""},
		{"[quiet]\ndates = [\"Christmas\"]\n", "unmeet.toml:2:1: quiet.dates: \"Christmas\" is no date"},
		{"[[group]]\nmembers = []\n", "unmeet.toml:1:3: group.name: "},
		{"[[group]]\nname = \"A\"\n[[group]]\nname = \"A\"\n", "unmeet.toml:4:1: group.name: there are two groups"},
		{"[[group]]\nname = \"A\"\nmembers = [\"a@b.example\"]\n[[group]]\nname = \"B\"\nmembers = [\"A@b.example\"]\n", "unmeet.toml:6:1: group.members: a@b.example is in \"A\" already"},
		{"[[group]]\nname = \"A\"\nmembers = [\"ann\"]\n", "unmeet.toml:3:1: group.members: "},
		{"[[group]]\nname = \"A\"\nmode = \"ask\"\n", "unmeet.toml:3:1: group.mode: "},
		{"[[group]]\nname = \"A\"\nworking_hours = \"9-5\"\n", "unmeet.toml:3:1: group.working_hours: "},
		{"[[group]]\nname = \"A\"\nlanguage = \"xx\"\n", "unmeet.toml:3:1: group.language: "},
		{"[[group]]\nname = \"A\"\nreply_within = \"15d\"\n", "unmeet.toml:3:1: group.reply_within: 360h0m0s is not within"},
		{"[[group]]\nname = \"A\"\nhaste = \"2d\"\n", "unmeet.toml:3:1: unknown key group.haste"},
		{"[[assistant]]\naddress = \"kim\"\n", "unmeet.toml:2:1: assistant.address: \"kim\" is no address"},
		{"[[assistant]]\naddress = \"kim@a.example\"\n", "unmeet.toml:1:3: assistant.for: it names those"},
		{"[[assistant]]\naddress = \"kim@a.example\"\nfor = [\"@a.example\"]\n", "unmeet.toml:3:1: assistant.for: \"@a.example\" is no address"},
		{"[[assistant]]\naddress = \"kim@a.example\"\nfor = [\"Kim@a.example\"]\n", "unmeet.toml:3:1: assistant.for: Kim@a.example cannot be their own"},
		{"organization.domains = [\"a.example\"]\n[[assistant]]\naddress = \"kim@b.example\"\nfor = [\"ann@a.example\"]\n", "unmeet.toml:3:1: assistant.address: kim@b.example is in none"},
		{"[[assistant]]\naddress = \"kim@a.example\"\nfor = [\"ann@a.example\"]\n[[assistant]]\naddress = \"bo@a.example\"\nfor = [\"ANN@a.example\"]\n", "unmeet.toml:6:1: assistant.for: ann@a.example has an assistant already, kim@a.example"},
		{"[suggest]\nreply_within = \"1m\"\n", "suggest.reply_within: 1m0s is not within 1h and 14d"},
		{"[suggest]\ntrial_length = 1\n", "suggest.trial_length: 1 is not within 2 and 12"},
	} {
		_, err := parseConfig("unmeet.toml", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.text, err, c.want)
			continue
		}
		var f *failure
		if !errors.As(err, &f) || f.hint == "" {
			t.Errorf("%q: no hint", c.text)
		}
	}
}

// mailTo is a configuration that sends mail to a server, with one line more.
func mailTo(host, more string) string {
	return fmt.Sprintf("[web]\npublic_url = \"https://unmeet.acme.example\"\n[mail]\nhost = %q\nfrom = \"unmeet@acme.example\"\n%s\n", host, more)
}

// TestExampleOfAGroup holds the example's group, which it shows as a comment, to be
// one, and all but the name and the members to be what holds without.
func TestExampleOfAGroup(t *testing.T) {
	text, err := os.ReadFile(exampleConfig)
	if err != nil {
		t.Fatal(err)
	}
	_, group, found := strings.Cut(string(text), "# [[group]]\n")
	if !found {
		t.Fatal("the example has no group")
	}
	c, err := parseConfig("unmeet.toml", []byte("[[group]]\n"+regexp.MustCompile(`(?m)^# `).ReplaceAllString(group, "")))
	if err != nil {
		t.Fatal(err)
	}
	plain := defaults()
	plain.Groups = []groupConfig{{Name: "Design", Members: []string{ann}}}
	if len(c.Groups) != 1 || c.Groups[0].Name != "Design" {
		t.Fatalf("the example's groups: %+v", c.Groups)
	}
	if diff := cmp.Diff(plain.ways()(ann), c.ways()(ann)); diff != "" {
		t.Errorf("the example's group differs from the defaults (-defaults +example):\n%s", diff)
	}
}

// TestExampleOfAnAssistant holds the example's assistant to be one, as mails see them.
func TestExampleOfAnAssistant(t *testing.T) {
	text, err := os.ReadFile(exampleConfig)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "# [[assistant]]\n")
	shown, _, _ := strings.Cut(rest, "\n\n")
	c, err := parseConfig("unmeet.toml", []byte("[[assistant]]\n"+regexp.MustCompile(`(?m)^# `).ReplaceAllString(shown, "")))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.ways()("Ann@acme.example").Assistant; got != "kim@acme.example" || c.ways()("kim@acme.example").Assistant != "" {
		t.Errorf("%q answers for Ann", got)
	}
}

// TestWaysPeopleAreAsked: nobody is asked unless their group, or [suggest] for those
// in none, was switched to that.
func TestWaysPeopleAreAsked(t *testing.T) {
	const text = `
[suggest]
mode = "%s"
language = "de"
[[group]]
name = "Design"
members = ["Ann@acme.example"]
mode = "suggest"
working_hours = "Mo 08:00-10:00"
reply_within = "1d"
[[group]]
name = "Far away"
members = ["@far.example", "bo@acme.example"]
language = "en"
[[group]]
name = "One of them"
members = ["cy@far.example"]
mode = "suggest"
`
	short, err := suggest.ParseHours("Mo 08:00-10:00")
	if err != nil {
		t.Fatal(err)
	}
	office := suggest.OfficeHours()
	for mode, observing := range map[string]bool{"observe": true, "suggest": false} {
		c, err := parseConfig("unmeet.toml", fmt.Appendf(nil, text, mode))
		if err != nil {
			t.Fatal(err)
		}
		ways := c.ways()
		for address, want := range map[string]agent.Group{
			"ann@acme.example": {Language: "de", Hours: short, ReplyWithin: 24 * time.Hour},
			"bo@acme.example":  {Language: "en", Hours: office, Observing: true, ReplyWithin: 48 * time.Hour},
			"di@FAR.example":   {Language: "en", Hours: office, Observing: true, ReplyWithin: 48 * time.Hour},
			"cy@far.example":   {Language: "de", Hours: office, ReplyWithin: 48 * time.Hour},
			"ed@acme.example":  {Language: "de", Hours: office, Observing: observing, ReplyWithin: 48 * time.Hour},
		} {
			if diff := cmp.Diff(want, ways(address)); diff != "" {
				t.Errorf("mode %s, %s (-want +got):\n%s", mode, address, diff)
			}
		}
	}
	if c := defaults(); c.asks() || !c.ways()(ann).Observing {
		t.Error("without a configuration, somebody is asked")
	}
}

const ann = "ann@acme.example"

func TestAskingIsAsConfigured(t *testing.T) {
	c, err := parseConfig("unmeet.toml", []byte(`
organization.zone = "Europe/Berlin"
hours.write_minutes = 10
hours.read_minutes = 3
quiet.dates = ["2026-12-24..2026-12-26"]
[suggest]
decline_categories = ["informing", "collaborating"]
max_per_week = 2
keep_silence = "30d"
trial_length = 6
`))
	if err != nil {
		t.Fatal(err)
	}
	asking, err := c.asking()
	if err != nil {
		t.Fatal(err)
	}
	want := suggest.Policy{
		Declines: []rules.Category{rules.Informing, rules.Collaborating}, PerMail: 2, KeepSilence: 30 * 24 * time.Hour,
		TrialLength: 6,
		Quiet:       suggest.Dates{"2026-12-24": true, "2026-12-25": true, "2026-12-26": true},
		Write:       10 * time.Minute, Read: 3 * time.Minute,
	}
	if diff := cmp.Diff(want, asking.Policy); diff != "" || asking.Zone.String() != "Europe/Berlin" {
		t.Errorf("zone %s (-want +got):\n%s", asking.Zone, diff)
	}
	if plain, err := defaults().asking(); err != nil || !cmp.Equal(plain.Policy, suggest.Standard(), cmpopts.EquateEmpty()) {
		t.Errorf("the defaults are another policy than the standard: %+v, %v", plain.Policy, err)
	}
}

func TestFilesAreBesideTheConfig(t *testing.T) {
	got, err := parseConfig(filepath.Join("etc", "unmeet.toml"), []byte(`
		rules.file = "ours.toml"
		database.url = "/var/lib/unmeet/unmeet.db"
		google.client_secret_file = "secret"
	`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join("etc", "ours.toml"), "/var/lib/unmeet/unmeet.db", filepath.Join("etc", "unmeet.key"), filepath.Join("etc", "secret"), ""}
	if diff := cmp.Diff(want, []string{got.Rules.File, got.Database.URL, got.Secrets.KeyFile, got.Google.ClientSecretFile, got.Google.Delegation.KeyFile}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
