package main

import (
	"bytes"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPreviewWritesEveryMail: the link to sign in by and the report are among the mails,
// as they are sent.
func TestPreviewWritesEveryMail(t *testing.T) {
	o := newCompany(t, false)
	folder := filepath.Join(t.TempDir(), "mails")
	out, _ := o.command(0, "preview", "--out", folder, "--now", "2026-11-22")
	names, err := filepath.Glob(filepath.Join(folder, "*.eml"))
	if err != nil || !strings.HasPrefix(out, "16 mails in ") || len(names) != 16 {
		t.Errorf("%d mails, of which it says %q (%v)", len(names), out, err)
	}
	parts := map[string]string{"sign-in": "/sign-in/", "report": "510 h"}
	for name, want := range parts {
		message, err := os.ReadFile(filepath.Join(folder, name+".eml"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := netmail.ReadMessage(bytes.NewReader(message))
		if err != nil {
			t.Fatal(err)
		}
		all := bodies(t, m.Header.Get, m.Body)
		if !strings.Contains(all[0][1], want) || !strings.Contains(all[1][1], want) {
			t.Errorf("%s does not say %q:\n%s", name, want, all[0][1])
		}
		if page, err := os.ReadFile(filepath.Join(folder, name+".html")); err != nil || !strings.Contains(string(page), want) {
			t.Errorf("%s.html does not say %q (%v)", name, want, err)
		}
		if attached := len(all) == 3 && all[2][0] == "text/html attachment"; attached != (name == "report") {
			t.Errorf("%s has %d parts", name, len(all))
		}
	}
}
