package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
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
		{"[hours]\n\nwrite_minutes = -5\n", "unmeet.toml:3:1: hours.write_minutes: minutes cannot be negative"},
		{"hours.read_minutes = -1\n", "unmeet.toml:1:1: hours.read_minutes: minutes cannot be negative"},
		{"[hours]\nwrite_minutes = 200000000000000000\n", "unmeet.toml:2:1: hours.write_minutes: 200000000000000000 minutes are more than a day (1440)"},
		{"[hours]\nread_minutes = 1441\n", "unmeet.toml:2:1: hours.read_minutes: 1441 minutes are more than a day (1440)"},
		{"hours = { read_minutes = -1 }\n", "unmeet.toml: hours.read_minutes: minutes cannot be negative"},
		{"[organization]\nzone = \"Mars/Base\"\n", "unmeet.toml:2:1: organization.zone: "},
		{"[organization]\ndomains = [\"me@acme.example\"]\n", "unmeet.toml:2:1: organization.domains: "},
		{"[never]\norganizers = [\"the boss\"]\n", "unmeet.toml:2:1: never.organizers: "},
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
		{"[sync]\nevery = \"1m\"\n", "unmeet.toml:2:1: sync.every: 1m0s is not within 5m and 24h"},
		{"[sync]\nevery = 6\n", "unmeet.toml:2:1: sync.every: 6 has no unit"},
		{"[sync]\nevery = \"soon\"\n", "is no length of time"},
		{"[sync]\nworkers = 0\n", "sync.workers: 0 is not within"},
		{"[organization]\nmin_group = 1\n", "organization.min_group: a sum of fewer"},
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
