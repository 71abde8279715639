package mail

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
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
