package ics

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// TestControls: no control character comes in, however it is written. Marks of
// direction stay, for titles in Hebrew and Arabic need them.
func TestControls(t *testing.T) {
	k := copyOf(t, "SUMMARY:\x1b[31mA\u009b2J\u202e\x07b", "LOCATION;ENCODING=QUOTED-PRINTABLE:=1B[31mA=C2=9B=07b=00",
		"DESCRIPTION:<p>&#27;[31mA&#x90;&#7;b</p>", "ATTENDEE;CN=\x1bA:mailto:a%1B%07b@acme.example", "ORGANIZER;ENCODING=QUOTED-PRINTABLE;CN=a:mailto:=1Bab@acme.example")
	got := []string{k.Title, k.Location, k.Body, k.People[0].Name, k.People[0].Address, k.Organizer.Address}
	want := []string{"[31mA2J\u202eb", "[31mAb", "[31mAb", "A", "ab@acme.example", "ab@acme.example"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := copyOf(t, "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:a=0D=0A=1Bb=0Ac").Body; got != "a\nb\nc" {
		t.Errorf("body %q", got)
	}
}

func TestTitles(t *testing.T) {
	for _, test := range []struct{ name, line, want string }{
		{"plain", "SUMMARY:Team status", "Team status"},
		{"lower-case name", "summary:Team status", "Team status"},
		{"escapes", `SUMMARY:A\, B\; C\\D`, `A, B; C\D`},
		{"line breaks become blanks", `SUMMARY:A\nB\NC`, "A B C"},
		{"unknown escapes are kept", `SUMMARY:C:\temp \x`, `C:\temp \x`},
		{"backslash at the end", `SUMMARY:A\`, `A\`},
		{"commas and colons without escapes", "SUMMARY:A, B: C; D", "A, B: C; D"},
		{"blanks", "SUMMARY:   A \t  B  ", "A B"},
		{"fold", "SUMMARY:Te\r\n am", "Team"},
		{"fold with a tab", "SUMMARY:Te\r\n\tam", "Team"},
		{"fold keeps the second blank", "SUMMARY:Team\r\n  status", "Team status"},
		{"fold inside a character", "SUMMARY:Caf\xc3\r\n \xa9", "Café"},
		{"fold inside an emoji", "SUMMARY:\xf0\x9f\r\n \x8e\r\n \x89 party", "🎉 party"},
		{"fold of nothing", "SUMMARY:Te\r\n \r\n am", "Team"},
		{"blank lines before a fold", "SUMMARY:Te\r\n\r\n\r\n am", "Team"},
		{"too many CRs", "SUMMARY:Te\r\r\n am\r\r", "Team"},
		{"Latin-1", "SUMMARY:Caf\xe9 f\xfcr alle", "Café für alle"},
		{"Windows-1252", "SUMMARY:\x93A\x94 \x96 \x80", "“A” – €"},
		{"UTF-8 and Latin-1 in one line", "SUMMARY:é \xe9", "é é"},
		{"control characters", "SUMMARY:A\x00\x07\x1bB\x7f\u0085C", "ABC"},
		{"byte-order mark in the middle", "SUMMARY:A\ufeffB", "AB"},
		{"quoted-printable", "SUMMARY;ENCODING=QUOTED-PRINTABLE:Caf=C3=A9=2C =\r\nalle", "Café, alle"},
		{"quoted-printable in Latin-1", "SUMMARY;CHARSET=ISO-8859-1;ENCODING=quoted-printable:Caf=E9", "Café"},
		{"quoted-printable, the short way", "SUMMARY;QUOTED-PRINTABLE:Caf=C3=A9", "Café"},
		{"an equals sign at the end", "SUMMARY:1+1=\r\nLOCATION:2", "1+1="},
		{"parameters", `SUMMARY;LANGUAGE=en;X-A="b:c;d,e":Team`, "Team"},
		{"text after a quoted parameter", `SUMMARY;X-A="b" c;X-D=e:Team`, "Team"},
		{"quote that is never closed", `SUMMARY;X-A="b:Team`, "Team"},
		{"quote in the middle", `SUMMARY;X-A=b"c:Team`, "Team"},
		{"blanks around the name", "SUMMARY :Team", "Team"},
		{"parameter without a value", "SUMMARY;X-A:Team", "Team"},
		{"empty parameter name", "SUMMARY;=b:Team", "Team"},
		{"colon at once", "SUMMARY::-)", ":-)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := copyOf(t, test.line).Title; got != test.want {
				t.Errorf("title is %q, want %q", got, test.want)
			}
		})
	}
}

func TestBodies(t *testing.T) {
	for _, test := range []struct{ name, line, want string }{
		{"plain", `DESCRIPTION:One\nTwo`, "One\nTwo"},
		{"less than and greater than", `DESCRIPTION:a < b > c, mail <ana@acme.example>`, "a < b > c, mail <ana@acme.example>"},
		{"Google's HTML", `DESCRIPTION:<p>Hello&nbsp\;all,</p><ul><li>one</li><li>two &amp\; three</li></ul><br>Bye`, "Hello all,\n\none\n\ntwo & three\n\nBye"},
		{"link", `DESCRIPTION:<a href="https://x.example/?a=b">Notes</a> here`, "Notes here"},
		{"Outlook's HTML", `X-ALT-DESC;FMTTYPE=text/html:<html><head><style>p {}</style><title>x</title></head>\n<body><p class=MsoNormal>Hi<o:p></o:p></p></body></html>`, "Hi"},
		{"plain text goes before HTML", "DESCRIPTION:Plain\r\nX-ALT-DESC;FMTTYPE=text/html:<p>Marked</p>", "Plain"},
		{"script", `DESCRIPTION:<p>A</p><script>alert(1)</script>B`, "A\nB"},
		{"script that never ends", `DESCRIPTION:<p>A</p><script>alert(1)`, "A"},
		{"comment", `DESCRIPTION:<p>A<!-- <b>no</b> -->B</p>`, "AB"},
		{"tag that never ends", `DESCRIPTION:<b>A</b> <b`, "A <b"},
		{"address inside HTML", `DESCRIPTION:<b>A</b> <ana@acme.example>`, "A <ana@acme.example>"},
		{"address of a page inside HTML", `DESCRIPTION:<b>A</b> <https://x.example/>`, "A <https://x.example/>"},
		{"table", `DESCRIPTION:<table><tr><td>A</td><td>B</td></tr><tr><td>C</td></tr></table>`, "A B\n\nC"},
		{"longer than is kept", "DESCRIPTION:" + strings.Repeat("é", maxBody), strings.Repeat("é", maxBody/2)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, copyOf(t, test.line).Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEncodings reads one calendar in every encoding that files come in, whole
// and byte by byte.
func TestEncodings(t *testing.T) {
	text := calendar(eventOf("SUMMARY:Café für\r\n  alle", `DESCRIPTION:a long line that goes on\, and on`+"\r\n  and on"))
	encode := func(s string, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, encoded := range map[string]string{
		"CRLF":                      text,
		"LF":                        strings.ReplaceAll(text, "\r\n", "\n"),
		"CR":                        strings.ReplaceAll(text, "\r\n", "\r"),
		"CR CR LF":                  strings.ReplaceAll(text, "\r\n", "\r\r\n"),
		"mixed":                     strings.Replace(text, "\r\n", "\n", 3),
		"no line end at the end":    strings.TrimSuffix(text, "\r\n"),
		"UTF-8 with a mark":         "\ufeff" + text,
		"UTF-16 LE with a mark":     encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)),
		"UTF-16 BE with a mark":     encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(text)),
		"UTF-16 LE":                 encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(text)),
		"UTF-16 BE":                 encode(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(text)),
		"Latin-1":                   encode(charmap.ISO8859_1.NewEncoder().String(text)),
		"quoted-printable":          strings.NewReplacer("é", "=C3=A9", "ü", "=\r\n=C3=BC", "VERSION:2.0", "X-A;CN=3Db:VERSION").Replace(text),
		"mail headers before it":    "From: ana@acme.example\r\nSubject: Invitation\r\n\r\n" + text,
		"something else after it":   text + "-- \r\nsent from my phone\r\n",
		"blank lines in between":    strings.ReplaceAll(text, "\r\n", "\r\n\r\n"),
		"lower case":                strings.NewReplacer("BEGIN", "begin", "END", "end", "VEVENT", "vevent", "VCALENDAR", "vcalendar", "DTSTART", "dtstart").Replace(text),
		"no calendar around it":     eventOf("SUMMARY:Café für\r\n  alle", `DESCRIPTION:a long line that goes on\, and on`+"\r\n  and on") + "\r\n",
		"blanks around the keyword": strings.ReplaceAll(text, "BEGIN:VEVENT", "BEGIN : VEVENT "),
	} {
		t.Run(name, func(t *testing.T) {
			for _, whole := range []bool{true, false} {
				var err error
				var list []*Calendar
				if whole {
					list, err = Read(t.Context(), strings.NewReader(encoded), "test.ics", Options{})
				} else {
					list, err = Read(t.Context(), iotest.OneByteReader(strings.NewReader(encoded)), "test.ics", Options{})
				}
				if err != nil {
					t.Fatal(err)
				}
				copies, _ := list[0].Copies(yearFrom, yearTo)
				if len(copies) != 1 || len(list[0].Skipped) > 0 {
					t.Fatalf("%d copies, skipped %v", len(copies), list[0].Skipped)
				}
				if got, want := copies[0].Title, "Café für alle"; got != want {
					t.Errorf("title is %q, want %q", got, want)
				}
				if got, want := copies[0].Body, "a long line that goes on, and on and on"; got != want {
					t.Errorf("body is %q, want %q", got, want)
				}
			}
		})
	}
}

// TestStructure reads calendars whose components are out of order, and says what
// was kept, passed over and remarked.
func TestStructure(t *testing.T) {
	one := eventOf("SUMMARY:One")
	two := strings.Replace(eventOf("SUMMARY:Two"), "UID:1", "UID:2", 1)
	noEnd := func(s string) string { return strings.TrimSuffix(s, "\r\nEND:VEVENT") }
	deep := strings.Repeat("BEGIN:X-BOX\r\n", 100_000) + strings.Repeat("END:X-BOX\r\n", 100_000)
	for _, test := range []struct {
		name, text       string
		titles           string
		skipped, notices string
	}{
		{"END:VEVENT is missing", calendar(noEnd(one), two), "One Two", "", "8: VEVENT without END before this BEGIN"},
		{"END:VEVENT is missing in the last event", calendar(one, noEnd(two)), "One Two", "", "14: VEVENT without END before the end of the calendar"},
		{"END:VALARM is missing", calendar(noEnd(one)+"\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VEVENT", two), "One Two", "", "10: VALARM without END"},
		{"END:VALARM and END:VEVENT are missing", calendar(noEnd(one)+"\r\nBEGIN:VALARM\r\nACTION:DISPLAY", two), "One Two", "", "10: VEVENT without END before this BEGIN"},
		{"END without BEGIN", calendar(one, "END:VEVENT", two), "One Two", "", "9: END:VEVENT without its BEGIN"},
		{"END:VCALENDAR is missing", strings.TrimSuffix(calendar(one), "END:VCALENDAR\r\n"), "One", "", "9: the file is truncated: it ends without END:VCALENDAR"},
		{"cut between two lines", calendar(one)[:strings.Index(calendar(one), "END:VEVENT")], "One", "", "3: the file is truncated: it ends inside this VEVENT"},
		{"cut inside a line", calendar(one, two)[:strings.Index(calendar(one, two), "wo\r\n")], "One", "9: the file is truncated: it ends inside this VEVENT", ""},
		{"line without a colon", calendar(eventOf("SUMMARY:One", "this is no property", "LOCATION:x")), "One", "", "8: not a property, passed over: this is no property"},
		{"known property without a colon", calendar(eventOf("SUMMARY:One", "DTEND;VALUE=DATE")), "One", "", "8: DTEND has no value, passed over: DTEND;VALUE=DATE"},
		{"DTSTART without a colon", calendar(eventOf("DTSTART;VALUE=DATE"), two), "Two", "3: DTSTART is missing", "5: DTSTART has no value, passed over: DTSTART;VALUE=DATE"},
		{"quote that is never closed", calendar(eventOf("SUMMARY:One", `ATTENDEE;CN="a;b:c`)), "One", "", ""},
		{"no name", calendar(eventOf("SUMMARY:One", ":nameless")), "One", "", "8: not a property, passed over: :nameless"},
		{"lines of nobody", "hello\r\n" + calendar(one) + "bye\r\n", "One", "", ""},
		{"tasks, journals, free-busy, unknown", calendar("BEGIN:VTODO\r\nUID:t\r\nSUMMARY:T\r\nEND:VTODO", one, "BEGIN:VJOURNAL\r\nEND:VJOURNAL",
			"BEGIN:VFREEBUSY\r\nEND:VFREEBUSY", "BEGIN:X-NEW\r\n"+two+"\r\nEND:X-NEW"), "One", "", ""},
		{"alarm with a summary", calendar(noEnd(one) + "\r\nBEGIN:VALARM\r\nSUMMARY:Alarm\r\nDTSTART:1\r\nEND:VALARM\r\nEND:VEVENT"), "One", "", ""},
		{"event outside of a calendar", one + "\r\n", "One", "", "1: VEVENT outside of a calendar"},
		{"calendar inside a calendar", calendar(one, calendar(two)), "One Two", "", "9: VCALENDAR without END before this BEGIN"},
		{"nested deep", calendar(noEnd(one)+"\r\n"+deep+"END:VEVENT", two), "One Two", "", "23: components inside each other more than 16 deep were passed over"},
		{"too many properties", calendar(noEnd(one)+"\r\n"+strings.Repeat("ATTENDEE:mailto:a@x.example\r\n", maxProperties)+"END:VEVENT", two), "Two",
			"3: VEVENT is too large: more than 16 MB or 100000 properties", ""},
		{"line too long", calendar(eventOf("SUMMARY:One", "DESCRIPTION:"+strings.Repeat("x", maxLine)), two), "One Two", "",
			"8: DESCRIPTION is longer than 4 MB and was passed over"},
		{"attachment too long", calendar(eventOf("SUMMARY:One", "ATTACH;ENCODING=BASE64:"+strings.Repeat("x", maxLine)), two), "One Two", "", ""},
		{"component too large", calendar(eventOf(strings.Repeat("COMMENT:a\r\nDESCRIPTION:"+strings.Repeat("x", 1<<20)+"\r\n", 17)), two), "Two",
			"3: VEVENT is too large: more than 16 MB or 100000 properties", ""},
		{"DTSTART is missing", calendar("BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT", two), "Two", "3: DTSTART is missing", ""},
		{"DTSTART is nonsense", calendar(eventOf("DTSTART:soon"), two), "Two", `5: DTSTART: "soon" is no date or time`, ""},
		{"DTSTART does not exist", calendar(eventOf("DTSTART:20260231T090000"), two), "Two", `5: DTSTART: "20260231T090000" is a day that does not exist`, ""},
		{"another calendar scale", calendar("CALSCALE:HEBREW", one), "", "4: the calendar is not Gregorian (CALSCALE), which is not supported", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := read(t, test.text)
			copies, _ := c.Copies(yearFrom, yearTo)
			var titles []string
			for _, k := range copies {
				titles = append(titles, k.Title)
			}
			if got := strings.Join(titles, " "); got != test.titles {
				t.Errorf("events %q, want %q", got, test.titles)
			}
			if diff := cmp.Diff(test.skipped, reasons(c.Skipped)); diff != "" {
				t.Errorf("skipped (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.notices, reasons(c.Notices)); diff != "" {
				t.Errorf("notices (-want +got):\n%s", diff)
			}
			if truncated := strings.Contains(test.skipped+test.notices, "truncated"); c.Complete == truncated {
				t.Errorf("Complete is %t", c.Complete)
			}
		})
	}
}
