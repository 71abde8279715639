package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars/ics"
	"unmeet/store"
)

func TestOrganizationOf(t *testing.T) {
	domains := func(names ...string) store.Organization { return store.Organization{Domains: names} }
	for _, c := range []struct {
		says    string
		domains []string
		owners  owners
		person  string
		want    store.Organization
	}{
		{says: "nobody"},
		{says: "the owner's domain", owners: owners{named: []string{"me@acme.example"}}, want: domains("acme.example")},
		{says: "a guessed owner's domain", owners: owners{guessed: []string{"me@acme.example"}}, want: domains("acme.example")},
		{
			says: "a public provider", owners: owners{named: []string{"me@gmail.com"}},
			want: store.Organization{Addresses: []string{"me@gmail.com"}},
		},
		{
			says: "what was said is final", domains: []string{"Kite.example"},
			owners: owners{named: []string{"me@gmail.com", "it@acme.example"}, guessed: []string{"sales@vendor.example"}}, want: domains("kite.example"),
		},
		{
			says: "but for a person that was named, too", domains: []string{"kite.example"}, person: "Me@gmail.com",
			owners: owners{named: []string{"me@gmail.com"}}, want: store.Organization{Domains: []string{"kite.example"}, Addresses: []string{"me@gmail.com"}},
		},
		{
			says: "a person of the domain that was said", domains: []string{"acme.example"}, person: "me@acme.example",
			owners: owners{named: []string{"me@acme.example"}}, want: domains("acme.example"),
		},
		{
			says: "named owners of two firms", owners: owners{named: []string{"b@zig.example", "me@acme.example"}},
			want: domains("acme.example", "zig.example"),
		},
		{
			says: "guesses do not widen what names tell", want: domains("acme.example"),
			owners: owners{named: []string{"me@acme.example"}, guessed: []string{"a@vendor.example", "b@vendor.example"}},
		},
		{
			says: "the most of the guesses", want: domains("acme.example"),
			owners: owners{guessed: []string{"a@acme.example", "b@acme.example", "sales@vendor.example"}},
		},
		{
			says: "guesses that do not agree", want: domains("acme.example", "vendor.example"),
			owners: owners{guessed: []string{"a@acme.example", "sales@vendor.example"}},
		},
	} {
		t.Run(c.says, func(t *testing.T) {
			if diff := cmp.Diff(c.want, organizationOf(c.domains, c.owners, c.person)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryone(t *testing.T) {
	company := ics.Named{
		Events:    2,
		Addresses: map[string]int{"a@acme.example": 1, "b@acme.example": 1, "c@acme.example": 1, "x@zig.example": 1},
		Domains:   map[string]int{"acme.example": 2, "zig.example": 1},
	}
	if diff := cmp.Diff(store.Organization{Domains: []string{"acme.example"}}, everyone(company)); diff != "" {
		t.Errorf("a company's events: %s", diff)
	}
	friends := ics.Named{
		Events: 2, Addresses: map[string]int{"b@gmail.com": 2, "a@web.de": 1}, Domains: map[string]int{"gmail.com": 2, "web.de": 1},
	}
	if diff := cmp.Diff(store.Organization{Addresses: []string{"a@web.de", "b@gmail.com"}}, everyone(friends)); diff != "" {
		t.Errorf("friends' events: %s", diff)
	}
	firms := ics.Named{
		Events: 2, Addresses: map[string]int{"a@acme.example": 1, "x@zig.example": 1}, Domains: map[string]int{"acme.example": 1, "zig.example": 1},
	}
	if got := everyone(firms); len(got.Domains) > 0 || len(got.Addresses) != 2 {
		t.Errorf("events of two firms: %+v", got)
	}
}

// TestGuessHoldsForAnyPeriod: whose people are counted is guessed by the whole
// file, so that the hours of a period are those of its halves.
func TestGuessHoldsForAnyPeriod(t *testing.T) {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\n")
	for day, people := range map[string][]string{
		"02": {"p@one.example", "q@one.example", "r@two.example"},
		"09": {"s@two.example", "t@two.example", "q@one.example"},
		"10": {"s@two.example", "t@two.example"},
	} {
		fmt.Fprintf(&b, "BEGIN:VEVENT\nUID:%s\nDTSTART:202611%sT090000Z\nDURATION:PT1H\nORGANIZER:mailto:%s\n", day, day, people[0])
		for _, address := range people {
			b.WriteString("ATTENDEE:mailto:" + address + "\n")
		}
		b.WriteString("END:VEVENT\n")
	}
	b.WriteString("END:VCALENDAR\n")
	file := filepath.Join(t.TempDir(), "guess.ics")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{file, "-"} {
		for _, period := range []struct {
			from, to string
			want     float64
		}{
			{"2026-11-02", "2026-11-16", 5},
			{"2026-11-02", "2026-11-09", 1},
			{"2026-11-09", "2026-11-16", 4},
		} {
			var out, complaints bytes.Buffer
			args := []string{"report", what, "--from", period.from, "--to", period.to, "--format", "json"}
			if code := run(context.Background(), args, strings.NewReader(b.String()), &out, &complaints); code != exitDone {
				t.Fatalf("exit code %d\n%s", code, complaints.String())
			}
			var got struct {
				Hours float64 `json:"meeting_hours"`
			}
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got.Hours != period.want {
				t.Errorf("%s to %s: %g h, want %g", period.from, period.to, got.Hours, period.want)
			}
		}
	}
}

func TestPublicProvider(t *testing.T) {
	for _, domain := range strings.Fields(`gmail.com yahoo.it yahoo.co.uk yahoo.com.br live.de live.com hotmail.es
		outlook.com gmx.net web.de t-online.de orange.fr free.fr laposte.net libero.it mail.ru yandex.ru yandex.com
		qq.com 163.com icloud.com me.com mac.com proton.me protonmail.ch fastmail.fm aol.com zoho.eu hey.com posteo.de mailbox.org`) {
		if !publicProvider(domain) {
			t.Errorf("%s is taken for an organization", domain)
		}
	}
	for _, domain := range strings.Fields("acme.example yahoo.example live.acme.example live.acme.com outlook yandex-team.ru myyahoo.com") {
		if publicProvider(domain) {
			t.Errorf("%s is taken for a public provider", domain)
		}
	}
}
