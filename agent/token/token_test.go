package token

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNew(t *testing.T) {
	seen := map[string]bool{}
	first := map[byte]bool{}
	for range 1000 {
		text := New()
		if len(text) != Length || seen[text] {
			t.Fatalf("%q: %d letters, seen before: %v", text, len(text), seen[text])
		}
		seen[text], first[text[0]] = true, true
		if back, ok := Parse(text); !ok || back != text {
			t.Fatalf("%q is read as %q, %v", text, back, ok)
		}
	}
	if len(first) != 8 { // three bits
		t.Errorf("%d different first digits, want 8", len(first))
	}
}

func TestEncodeKeepsEveryBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bits"))
		other := bits
		i := rapid.IntRange(0, 127).Draw(t, "bit")
		other[i/8] ^= 1 << (i % 8)
		a, b := encode(bits), encode(other)
		differing := 0
		for i := range a {
			if a[i] != b[i] {
				differing++
			}
		}
		if differing != 1 {
			t.Fatalf("one bit changes %d digits: %s, %s", differing, a, b)
		}
	})
	if got := encode([16]byte{}); got != strings.Repeat("0", 26) {
		t.Errorf("no bits: %s", got)
	}
	if got, want := encode([16]byte(slices.Repeat([]byte{0xff}, 16))), "7"+strings.Repeat("z", 25); got != want {
		t.Errorf("all bits: %s, want %s", got, want)
	}
}

// TestCase20UpperCaseCutWrapped is case 20 of the adversarial ones, as far as
// reading goes.
func TestCase20UpperCaseCutWrapped(t *testing.T) {
	const text = "70123456789abcdefghjkmnpqr"
	tests := []struct {
		name, link string
		ok         bool
	}{
		{"as written", text, true},
		{"upper case", strings.ToUpper(text), true},
		{"o for 0, i and l for 1", "7oil23456789abcdefghjkmnpq", true},
		{"wrapped", text[:9] + "\r\n " + text[9:], true},
		{"a soft line break", text[:9] + "=\r\n" + text[9:], true},
		{"hyphens", text[:5] + "-" + text[5:], true},
		{"the full stop of a sentence", text + ".", true},
		{"a bracket", text + ">)", true},
		{"cut", text[:25], false},
		{"one too many", text + "a", false},
		{"another alphabet", "u" + text[1:], false},
		{"more than 128 bits", "8" + text[1:], false},
		{"nothing", "", false},
		{"a path", "../../" + text[:20], false},
		{"not text", "\xff\x00" + text[2:], false},
		{"very long", strings.Repeat(" ", 1<<20) + text, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Parse(tt.link)
			if ok != tt.ok {
				t.Fatalf("%q is a token: %v, want %v", tt.link, ok, tt.ok)
			}
			want := text
			if strings.HasPrefix(tt.name, "o for 0") {
				want = "701123456789abcdefghjkmnpq"
			}
			if ok && got != want {
				t.Errorf("read as %s, want %s", got, want)
			}
		})
	}
}

func TestHash(t *testing.T) {
	text := New()
	want := sha256.Sum256([]byte(text))
	if !slices.Equal(Hash(text), want[:]) {
		t.Error("not the SHA-256 of the text")
	}
}

func TestLink(t *testing.T) {
	text := New()
	for _, public := range []string{"https://unmeet.acme.example", "https://unmeet.acme.example/"} {
		for got, want := range map[string]string{
			Link(public, text):      "https://unmeet.acme.example/a/" + text,
			LeaveLink(public, text): "https://unmeet.acme.example/u/" + text,
		} {
			if got != want || len(got) >= 76 {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("70123456789abcdefghjkmnpqr")
	f.Add("7OIL-\r\n23456789ABCDEFGHJKMNPQ.")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, link string) {
		text, ok := Parse(link)
		if !ok {
			return
		}
		if again, ok := Parse(text); !ok || again != text || len(text) != Length {
			t.Errorf("%q is read as %q, and that as %q", link, text, again)
		}
	})
}
