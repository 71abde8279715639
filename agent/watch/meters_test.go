package watch

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"unmeet/internal/wire"
)

var update = flag.Bool("update", false, "write the list of figures into docs/metrics.md")

const (
	documentation = "../../docs/metrics.md"
	listBegins    = "-update -->\n"
	listEnds      = "<!-- end -->"
)

// TestFiguresAreDocumented holds docs/metrics.md to the figures there are.
func TestFiguresAreDocumented(t *testing.T) {
	var list strings.Builder
	list.WriteString("| Figure | Kind | Labels | |\n|---|---|---|---|\n")
	for _, f := range Figures {
		var labels []string
		for _, l := range f.Labels {
			labels = append(labels, strings.TrimSuffix(fmt.Sprintf("`%s`: %s", l.Name, strings.Join(l.Values, ", ")), ": "))
		}
		mark := ""
		if f.Answers {
			mark = " *"
		}
		fmt.Fprintf(&list, "| `%s`%s | %s | %s | %s |\n", f.Name, mark, f.Kind, strings.Join(labels, "; "), f.Help)
	}
	text, err := os.ReadFile(documentation)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), listBegins)
	shown, after, ends := strings.Cut(rest, listEnds)
	if !begins || !ends {
		t.Fatal("the list has no place in " + documentation)
	}
	if shown == list.String() {
		return
	}
	if !*update {
		t.Fatalf("%s shows\n%s\nand there are\n%s", documentation, shown, &list)
	}
	if err := os.WriteFile(documentation, []byte(before+listBegins+list.String()+listEnds+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// full is a state in which every figure is told.
func full() State {
	return State{
		Up: true, Connections: map[string]int{"connected": 3}, Due: map[string]int{QueueMails: 2}, Overdue: map[string]time.Duration{QueueMails: time.Minute},
		Silent: map[string]time.Duration{"mails": time.Second}, Bytes: map[string]int64{"database": 4096},
	}
}

// TestFigures holds that the figures there are are told, of the kind and with the
// labels that they are said to have, and nothing else.
func TestFigures(t *testing.T) {
	state := full()
	m := NewMeters("1.2.3", func(context.Context) State { return state })
	defer m.Close()
	m.Synced(SyncRead, 7, 1, time.Second)
	m.Mailed(1, 2, 3, 4)
	m.Acted(true, false)
	m.Acted(false, true)
	m.Acted(false, false)

	server := httptest.NewServer(m.Pages(http.NotFoundHandler()))
	defer server.Close()
	resp, err := (&http.Client{Transport: wire.Watched(wire.CalDAV, wire.Transport(wire.CalDAV, nil))}).Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()

	families, err := m.Gather()
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]*dto.MetricFamily{}
	for _, f := range families {
		if name := f.GetName(); !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			told[name] = f
		}
	}
	for _, f := range Figures {
		family := told[f.Name]
		if family == nil {
			t.Errorf("%s is not told", f.Name)
			continue
		}
		delete(told, f.Name)
		if kind := strings.ToLower(family.GetType().String()); kind != string(f.Kind) || family.GetHelp() != f.Help {
			t.Errorf("%s is a %s: %s", f.Name, kind, family.GetHelp())
		}
		for _, one := range family.GetMetric() {
			for _, pair := range one.GetLabel() {
				at := slices.IndexFunc(f.Labels, func(l Label) bool { return l.Name == pair.GetName() })
				if at < 0 || f.Labels[at].Values != nil && !slices.Contains(f.Labels[at].Values, pair.GetValue()) {
					t.Errorf("%s has %s=%s", f.Name, pair.GetName(), pair.GetValue())
				}
			}
		}
	}
	for name := range told {
		t.Errorf("%s stands in no list", name)
	}

	shown := httptest.NewRecorder()
	m.Handler().ServeHTTP(shown, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	page, err := io.ReadAll(shown.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`unmeet_build_info{version="1.2.3"} 1`, `unmeet_up 1`, `unmeet_ready 0`, `unmeet_connections{state="connected"} 3`, `unmeet_due{queue="mails"} 2`,
		`unmeet_overdue_seconds{queue="mails"} 60`, `unmeet_part_silent_seconds{part="mails"} 1`, `unmeet_database_bytes{file="database"} 4096`,
		`unmeet_syncs_total{result="read"} 1`, `unmeet_syncs_total{result="failed"} 0`, `unmeet_copies_total 7`, `unmeet_skipped_total 1`, `unmeet_sync_seconds_count 1`,
		`unmeet_mails_total{result="sent"} 1`, `unmeet_mails_total{result="later"} 2`, `unmeet_mails_total{result="dropped"} 3`, `unmeet_mails_total{result="parked"} 4`,
		`unmeet_actions_total{result="put off"} 1`, `unmeet_actions_total{result="failed"} 1`, `unmeet_actions_total{result="ended"} 1`,
		`unmeet_dials_total{service="caldav"} 1`, `unmeet_calls_total{service="caldav",status="4xx"} 1`, `unmeet_call_seconds_count{service="caldav"} 1`,
		`unmeet_requests_total{page="other",status="4xx"} 1`, `unmeet_requests_open 0`,
	} {
		if !strings.Contains(string(page), want+"\n") {
			t.Errorf("it does not tell %s", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", page)
	}

	state.Few = true
	families, err = m.Gather()
	for _, f := range families {
		if i := slices.IndexFunc(Figures, func(known Figure) bool { return known.Name == f.GetName() }); i >= 0 && Figures[i].Answers {
			t.Errorf("%s is told of too few people", f.GetName())
		}
		for _, one := range f.GetMetric() {
			for _, pair := range one.GetLabel() {
				if pair.GetName() == "page" && pair.GetValue() == pageLink {
					t.Errorf("%s tells of the pages by which too few people answer", f.GetName())
				}
			}
		}
	}
	if err != nil || len(families) < 20 {
		t.Errorf("%d figures of few people, %v", len(families), err)
	}
}

func TestPagesByRoute(t *testing.T) {
	for route, want := range map[string]string{
		"GET /a/{token}": pageLink, "POST /u/{token}": pageLink, "GET /connect": pageConnect, "GET /connect/{service}/callback": pageConnect,
		"GET /healthz": pageProbe, "GET /readyz": pageProbe, "GET /{$}": pageOther, "/": pageOther, "": pageOther,
	} {
		if got := pageOf(route); got != want {
			t.Errorf("%q is %s, want %s", route, got, want)
		}
	}
	for status, want := range map[int]string{0: "none", 204: "2xx", 303: "3xx", 499: "4xx", 503: "5xx", 101: "none"} {
		if got := classOf(status); got != want {
			t.Errorf("%d is %s, want %s", status, got, want)
		}
	}
}

// Nobody who asks for no figures pays for them.
func TestNoMeters(t *testing.T) {
	var m *Meters
	m.Synced(SyncFailed, 1, 1, time.Second)
	m.Mailed(1, 1, 1, 1)
	m.Acted(false, false)
	m.Close()
	if h := http.NewServeMux(); m.Pages(h) != http.Handler(h) {
		t.Error("requests are counted for nobody")
	}
}
