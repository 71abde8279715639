package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// hostile generates titles as strangers might choose them.
func hostile() *rapid.Generator[string] {
	return rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("=+-@\x1b[]0;\a\u009b\u0085\x7f|\n\r\t\",'\u202e\u2066\u200b<>👩💻周א"))))
}

// TestJSONCannotSteerATerminal: a title comes back from JSON as it was, and
// nothing on the way acts on a terminal.
func TestJSONCannotSteerATerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		title := hostile().Draw(t, "title")
		r := Report{Meetings: []Meeting{{Title: title}}}
		var b bytes.Buffer
		if err := r.JSON(&b); err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(b.String(), func(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == '\u202e' }); i >= 0 {
			t.Errorf("%q at %d of %q", b.String()[i:i+1], i, b.String())
		}
		var back Report
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if got := back.Meetings[0].Title; got != title {
			t.Errorf("title %q came back as %q", title, got)
		}
	})
}

// TestCSVReadsBack: whatever the titles, there is a row for each meeting with
// its figures, and no cell begins like a formula.
func TestCSVReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Report{By: ByMeeting}
		for range rapid.IntRange(0, 3).Draw(t, "meetings") {
			r.Meetings = append(r.Meetings, Meeting{
				Title: hostile().Draw(t, "title"), Organizer: hostile().Draw(t, "organizer"), Why: hostile().Draw(t, "why"),
				Sums: Sums{Occurrences: 2, MeetingHours: Hours(rapid.Int64Range(0, 1e6).Draw(t, "hours"))},
			})
		}
		var b bytes.Buffer
		if err := r.CSV(&b); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 1+len(r.Meetings) {
			t.Fatalf("%d rows for %d meetings", len(rows), len(r.Meetings))
		}
		for i, row := range rows[1:] {
			if diff := cmp.Diff(r.Meetings[i].Sums.fields(), row[3:7]); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, text := range row {
				if text != "" && strings.ContainsAny(text[:1], "=+-@\t\r") {
					t.Errorf("cell %q would be computed", text)
				}
			}
		}
	})
}

func TestParseBy(t *testing.T) {
	for name, want := range map[string]By{"": ByCategory, "category": ByCategory, "meeting": ByMeeting, "week": ByWeek} {
		if got, err := ParseBy(name); got != want || err != nil {
			t.Errorf("ParseBy(%q) = %q, %v", name, got, err)
		}
	}
	if _, err := ParseBy("person"); err == nil {
		t.Error("hours by person: nobody is ranked")
	}
}

func TestSpreadsheetsDoNotCompute(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1":          "'=1+1",
		"+49 30 1234":   "'+49 30 1234",
		"-2":            "'-2",
		"@SUM(A1)":      "'@SUM(A1)",
		"\t=1":          "'=1",
		"\x1b[0m=1":     "'=1",
		"\u200b=1":      "'=1",
		"Status = done": "Status = done",
		"":              "",
	} {
		if got := inert(text); got != want {
			t.Errorf("inert(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestMarkdownIsText(t *testing.T) {
	const text = "a|b `c` *d* _e_ [f](http://x.example) ![g](h) <img src=x> & # \\"
	const want = "a\\|b \\`c\\` \\*d\\* \\_e\\_ \\[f\\](http://x.example) !\\[g\\](h) &lt;img src=x&gt; &amp; \\# \\\\"
	if got := markdown(text); got != want {
		t.Errorf("markdown(%q) = %q, want %q", text, got, want)
	}
}
