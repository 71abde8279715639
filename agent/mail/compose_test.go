package mail

import (
	"bytes"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/agent/language"
	"unmeet/agent/suggest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGoldens compares whole mails, byte for byte.
func TestGoldens(t *testing.T) {
	for name, l := range samples() {
		t.Run(name, func(t *testing.T) {
			got, err := Compose(l, id, now)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Compose(l, id, now)
			if err != nil || !bytes.Equal(got, again) {
				t.Errorf("the second time it is another mail (%v)", err)
			}
			file := filepath.Join("testdata", name+".eml")
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
		})
	}
}

// TestLanguages holds that a language is a file: mails know those that pages know, and
// whoever speaks another gets the fallback.
func TestLanguages(t *testing.T) {
	all := language.Tags()
	slices.Sort(all)
	if mine := slices.Sorted(maps.Keys(catalogues)); !slices.Equal(mine, all) {
		t.Errorf("mails speak %q, pages %q", mine, all)
	}
	for tag, want := range map[string]string{"": "en", "en": "en", "en-GB": "en", "de": "de", "de-AT": "de", "DE_ch": "de", "tlh": "en"} {
		if got := write(digest(tag, tuesday())); got.Lang != want {
			t.Errorf("%q is answered in %q, want %q", tag, got.Lang, want)
		}
	}
	for tag, want := range map[string]string{"en": "Skipping Tuesday", "de": "am Dienstag"} {
		if got := Note(tag, tuesday()); !strings.Contains(got, want) || strings.Contains(strings.ToLower(got), "unmeet") {
			t.Errorf("the note in %s is %q", tag, got)
		}
		if got := Note(tag, own(suggest.Trial)); got != "" {
			t.Errorf("the note of a trial in %s is %q", tag, got)
		}
	}
}

// TestIncompleteLetters holds what is no letter.
func TestIncompleteLetters(t *testing.T) {
	for name, change := range map[string]func(*Letter){
		"another kind":         func(l *Letter) { l.Kind = "spam" },
		"nobody":               func(l *Letter) { l.To.Address = "" },
		"a list":               func(l *Letter) { l.To.Address = "bo@acme.example, ana@acme.example" },
		"a header in it":       func(l *Letter) { l.To.Address = "bo@acme.example\r\nBcc: x@acme.example" },
		"no domain":            func(l *Letter) { l.To.Address = "bo" },
		"a name beyond ASCII":  func(l *Letter) { l.To.Address = "bö@acme.example" },
		"no sender":            func(l *Letter) { l.Sender.From.Address = "" },
		"a reply to nobody":    func(l *Letter) { l.Sender.ReplyTo.Address = "x y@acme.example" },
		"no suggestion":        func(l *Letter) { l.Items = nil },
		"four suggestions":     func(l *Letter) { l.Items = append(l.Items, l.Items[0], l.Items[0], l.Items[0]) },
		"no way to accept":     func(l *Letter) { l.Items[0].Links.Accept = "" },
		"no way to keep":       func(l *Letter) { l.Items[0].Links.Keep = "" },
		"no way to object":     func(l *Letter) { l.Items[0].Links.Wrong = "" },
		"no reason":            func(l *Letter) { l.Items[0].Facts = nil },
		"no time":              func(l *Letter) { l.Items[0].Start = time.Time{} },
		"a link that runs":     func(l *Letter) { l.Items[0].Links.Keep = "javascript:alert(1)" },
		"a link with a break":  func(l *Letter) { l.Unsubscribe = "https://unmeet.acme.example/\r\nX: y" },
		"a link to nowhere":    func(l *Letter) { l.Unsubscribe = "/u/123" },
		"a receipt of nothing": func(l *Letter) { l.Kind, l.Items = Receipt, nil },
		"a receipt for good":   func(l *Letter) { l.Kind, l.Answer.At = Receipt, now },
		"signing in without":   func(l *Letter) { l.Kind = SignIn },
		"trouble with nothing": func(l *Letter) { l.Kind = Trouble },
	} {
		l := digest("en", tuesday())
		change(&l)
		if _, err := Compose(l, id, now); !errors.Is(err, ErrLetter) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{"", "no domain", "a@b>\r\nX: y", "<a@b>"} {
		if _, err := Compose(digest("en", tuesday()), bad, now); !errors.Is(err, ErrLetter) {
			t.Errorf("with the Message-ID %q: %v", bad, err)
		}
	}
}
