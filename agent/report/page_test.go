package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"unmeet/rules"
	"unmeet/store"
)

// sheet is a page as a test reads it.
type sheet struct {
	source string
	tree   *html.Node
}

// mostPage is how large a page may be, in bytes.
const mostPage = 100_000

// pageOf writes p, and fails unless it is small, whole, and loads nothing.
func pageOf(t testing.TB, p Page) sheet {
	t.Helper()
	var b bytes.Buffer
	if err := p.HTML(&b); err != nil {
		t.Fatal(err)
	}
	s := sheet{source: b.String()}
	if b.Len() > mostPage {
		t.Errorf("the page has %d bytes", b.Len())
	}
	var err error
	if s.tree, err = html.Parse(&b); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for n := range s.tree.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if slices.Contains([]string{"script", "img", "link", "iframe", "object"}, n.Data) {
			t.Errorf("the page has a <%s>", n.Data)
		}
		if n.Data == "svg" && attribute(n, "role") == "img" && (len(said(n, "title")) != 1 || len(said(n, "desc")) != 1) {
			t.Errorf("a chart has no title or no description")
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("two things are called %s", a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "style" || a.Key == "src" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s> has a %s: %s", n.Data, a.Key, a.Val)
			}
		}
	}
	for n := range s.tree.Descendants() {
		if to := attribute(n, "href"); n.Data == "a" && !ids[strings.TrimPrefix(to, "#")] {
			t.Errorf("a link leads to %q", to)
		}
	}
	if found := regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f]|url\(|@import`).FindString(s.source); found != "" {
		t.Errorf("the page has %q", found)
	}
	return s
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// words are all the text in n.
func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// said is what each element of a name in n says: its exact hours where it has them.
func said(n *html.Node, name string) (all []string) {
	for d := range n.Descendants() {
		if d.Type != html.ElementNode || d.Data != name {
			continue
		}
		text := words(d)
		if first := d.FirstChild; first != nil && first.Data == "data" {
			text = attribute(first, "value")
		}
		all = append(all, text)
	}
	return all
}

// table returns the rows of the table with a caption, "" for the one without.
func (s sheet) table(t testing.TB, caption string) (rows [][]string) {
	t.Helper()
	for n := range s.tree.Descendants() {
		if n.Data != "table" || strings.Join(said(n, "caption"), "") != caption {
			continue
		}
		for row := range n.Descendants() {
			if row.Data == "tr" && row.Parent.Data == "tbody" {
				rows = append(rows, append(said(row, "th"), said(row, "td")...))
			}
		}
		return rows
	}
	t.Fatalf("there is no table %q", caption)
	return nil
}

// keys reads what JSON writes of a report or a funnel.
func keys(t testing.TB, write func(*bytes.Buffer) error) map[string]any {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(&b)
	decoder.UseNumber()
	var all map[string]any
	if err := decoder.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// figure is what stands under a key, as a page says it.
func figure(row any, key string) string {
	if row.(map[string]any)[key] == nil {
		return notShown
	}
	return fmt.Sprint(row.(map[string]any)[key])
}

// TestPage: what a page says of files is what their JSON says.
func TestPage(t *testing.T) {
	in, o := example(t)
	o.By = ByWeek
	r := count(t, in, o)
	s := pageOf(t, Page{Report: r, Cost: cost, Made: time.Date(2026, 11, 9, 8, 0, 0, 0, time.UTC)})
	exact := keys(t, func(b *bytes.Buffer) error { return r.JSON(b) })
	var total []string
	for _, c := range exact["categories"].([]any) {
		total = append(total, figure(c, "meeting_hours"))
	}
	total = append(total, figure(exact, "meeting_hours"))
	weeks := s.table(t, "Hours by week and category")
	if diff := cmp.Diff(append([]string{"total"}, total...), weeks[len(weeks)-1]); diff != "" {
		t.Errorf("the total (-JSON +page):\n%s", diff)
	}
	for i, w := range exact["weeks"].([]any) {
		if row := weeks[i]; row[len(row)-1] != figure(w, "meeting_hours") {
			t.Errorf("week %d has %s, and in JSON %s", i, row[len(row)-1], figure(w, "meeting_hours"))
		}
	}
	steps := [][]string{{"informing", total[0]}, {"collaborating", total[1]}}
	for name, key := range map[string]string{"left alone": "left_alone_hours", "not sure enough": "unsure_hours", "writing and reading instead": "async_cost_hours",
		"recoverable": "recoverable_hours", "worth a trial": "trial_hours"} {
		steps = append(steps, []string{name, figure(exact, key)})
	}
	byName := func(a, b []string) int { return strings.Compare(a[0], b[0]) }
	slices.SortFunc(steps, byName)
	if diff := cmp.Diff(steps, slices.SortedFunc(slices.Values(s.table(t, "From informing and collaborating to what is recoverable")), byName)); diff != "" {
		t.Errorf("the waterfall (-JSON +page):\n%s", diff)
	}
	for i, m := range exact["meetings"].([]any) {
		row := s.table(t, "")[i]
		want := []string{figure(m, "meeting_hours"), figure(m, "recoverable_hours"), figure(m, "trial_hours")}
		if diff := cmp.Diff(want, row[1:]); diff != "" {
			t.Errorf("meeting %d, %s (-JSON +page):\n%s", i, row[0], diff)
		}
	}
	for _, want := range []string{
		"<bdi>עדכון שבועי 12</bdi>", "<bdi>每周进度更新会议</bdi>", "<bdi>=HYPERLINK(&#34;http://x.example&#34;)</bdi>", // foreign words, as they are
		"ana.ics:41: DTSTART is missing (and 1 more)", "12 of 14 people connected", "left alone: one-to-one", "9 Nov 2026, 09:00",
	} {
		if !strings.Contains(s.source, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestPageNotShown: what is held back is never 0 on a page, nor does it stand there.
func TestPageNotShown(t *testing.T) {
	in, o := team(t, meets{true, 7, 60}, meets{true, 6, 5}, meets{false, 2, 77})
	o.By, o.MinGroup = ByWeek, 5
	r, err := Count(in, o)
	if err != nil {
		t.Fatal(err)
	}
	if !r.hides() {
		t.Fatal("nothing is held back")
	}
	s := pageOf(t, Page{Report: r, Cost: cost})
	weeks := s.table(t, "Hours by week and category")
	steps := s.table(t, "From informing and collaborating to what is recoverable")
	if total := weeks[len(weeks)-1]; total[1+int(rules.Creating)] != notShown || total[1] == notShown {
		t.Errorf("of seven people and of two it tells %q", total)
	}
	for _, row := range append(weeks, steps...) {
		if slices.Contains(row, "0") {
			t.Errorf("what may be held back is 0: %q", row)
		}
	}
}

// TestPageLarge: ten years of a thousand meetings fit on a page.
func TestPageLarge(t *testing.T) {
	p := fourWeeks(t)
	p.To = addDays(p.From, 520*7, p.Zone)
	in := given{people: 9, verdicts: map[string]rules.Verdict{}}
	for i := range 2000 {
		hash := fmt.Sprint(i % 1000)
		in.verdicts[hash] = judgedAs(rules.Category(i%int(rules.Categories)), "word")
		start := p.From.Add(time.Duration(i) * 40 * time.Hour)
		in.occurrences = append(in.occurrences, store.Occurrence{
			ID: int64(i), Meeting: int64(i % 1000), SubjectHash: hash, Title: strings.Repeat("A long title ", 40), Start: start, End: start.Add(time.Hour),
			Heads: 9, HeadsKnown: true, Counted: true, People: 9, Gross: 9 * time.Hour, WholeGross: 9 * time.Hour, Inside: time.Hour,
		})
	}
	s := pageOf(t, Page{Report: count(t, in, Options{Period: p, By: ByWeek, Cost: cost}), Cost: cost})
	for _, want := range []string{"And 975 more meetings", "The last 53 of 520 weeks"} {
		if !strings.Contains(s.source, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

// TestFunnelPage: what a page says of suggestions, and of the balance, is what their
// JSON says.
func TestFunnelPage(t *testing.T) {
	for name, o := range map[string]FunnelOptions{"all": {}, "of two or more": {MinGroup: 2}, "of five or more": {MinGroup: 5}} {
		a, options := answered(t)
		o.Period, o.Cost, o.Balance = options.Period, cost, true
		options.By, options.MinGroup = ByWeek, max(o.MinGroup, 1)
		r, err := Count(a.input().Input, options)
		if err != nil {
			t.Fatal(err)
		}
		f := funnelOf(t, a, o)
		s := pageOf(t, Page{Report: r, Funnel: f, Cost: cost})
		exact := keys(t, func(b *bytes.Buffer) error { return f.JSON(b) })
		stage := func(what, key string) []string {
			return []string{what, "by declines", figure(exact["declines"], key), "by trials", figure(exact["trials"], key)}
		}
		want := [][]string{
			{"to recover", "recoverable", figure(exact, "recoverable_hours"), "worth a trial", figure(exact, "trial_hours")},
			stage("suggested", "suggested_hours"), stage("accepted", "accepted_hours"), stage("recovered", "recovered_hours"),
		}
		if diff := cmp.Diff(want, s.table(t, "What became of suggestions")); diff != "" {
			t.Errorf("%s: the funnel (-JSON +page):\n%s", name, diff)
		}
		balance, _ := exact["balance"].([]any)
		if o.MinGroup == 5 { // four people each have recovered something by trials
			if len(balance) > 0 || !strings.Contains(s.source, "No trial has put an update") {
				t.Errorf("%s: a balance of too few people is told: %v", name, balance)
			}
			continue
		}
		rows := s.table(t, "Hours met and done in writing, by week")
		if len(balance) != 2 || len(rows) != 2 { // nothing was recovered in the first two weeks
			t.Fatalf("%s: %d weeks in JSON, %d on the page, want 2", name, len(balance), len(rows))
		}
		for i, row := range rows {
			of := balance[i]
			want := []string{figure(of, "meeting_hours"), figure(of, "written_hours"), figure(of, "async_cost_hours")}
			if diff := cmp.Diff(want, row[1:4]); diff != "" {
				t.Errorf("%s: week %d (-JSON +page):\n%s", name, i, diff)
			}
			// Eight people an hour each, five minutes of it to read.
			if f.Balance[i].WrittenHours != 8*3600 || f.Balance[i].AsyncCostHours != 8*300 {
				t.Errorf("%s: week %d has %s h in writing, of it %s h cost", name, i, f.Balance[i].WrittenHours, f.Balance[i].AsyncCostHours)
			}
		}
	}
}
