package caldav

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars/caldav/caldavtest"
	"unmeet/calendars/reach"
)

func address(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := ParseAddress(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestDiscoverRealServers finds the calendars of real servers, from each address
// that a person may have.
func TestDiscoverRealServers(t *testing.T) {
	for _, server := range []*caldavtest.Server{caldavtest.Radicale(t), caldavtest.Xandikos(t)} {
		t.Run(server.Name, func(t *testing.T) {
			calendar := server.Calendar(t, "team")
			server.Put(t, calendar, "1.ics", meeting("1", ""))
			server.Put(t, calendar, "2.ics", meeting("2", ""))
			client := New(Options{User: caldavtest.User, Password: caldavtest.Password})
			for _, start := range []string{server.URL, strings.TrimSuffix(server.URL, "/") + server.Home, calendar} {
				account, err := client.Discover(t.Context(), address(t, start), true)
				if err != nil {
					t.Fatalf("from %s: %v", start, err)
				}
				found := false
				for _, k := range account.Calendars {
					found = found || address(t, k.URL).Path == address(t, calendar).Path && k.Own && k.Writable && strings.Contains(k.Name, "team")
				}
				if !found || account.Schedules {
					t.Errorf("from %s: %+v", start, account)
				}
			}
			for _, wrong := range []string{calendar + "typo/", strings.TrimSuffix(calendar, "team/") + "taem/", calendar + "1.ics", server.URL + "nobody/"} {
				account, err := client.Discover(t.Context(), address(t, wrong), true)
				if err == nil || !strings.Contains(err.Error(), "leads to no calendars; tried "+address(t, wrong).Path+": ") {
					t.Errorf("from %s: %+v, %v", wrong, account, err)
				}
			}
			server.Calendar(t, "other")
			if one, err := client.Discover(t.Context(), address(t, calendar), true); err != nil || len(one.Calendars) != 1 {
				t.Errorf("of one calendar: %+v, %v", one.Calendars, err)
			}
			if n, err := client.Count(t.Context(), calendar); n != 2 || err != nil {
				t.Errorf("%d events, %v; want 2", n, err)
			}
			wrong := New(Options{User: caldavtest.User, Password: "wrong"})
			if _, err := wrong.Discover(t.Context(), address(t, server.URL), true); server.Name == "radicale" && reach.KindOf(err) != reach.Auth {
				t.Errorf("with a wrong password: %v", err)
			}
		})
	}
}

// TestDiscover leads through a server whose root is a web page, as many are.
func TestDiscover(t *testing.T) {
	prop := func(href, props string) string {
		return "<response><href>" + href + "</href><propstat><prop>" + props + "</prop><status>HTTP/1.1 200 OK</status></propstat>" +
			"<propstat><prop><C:nothing/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response>"
	}
	calendar := func(href, name, owner, more string) string {
		return prop(href, "<displayname>"+name+"</displayname><owner><href>"+owner+"</href></owner><resourcetype><collection/><C:calendar/></resourcetype>"+more)
	}
	events := `<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>`
	read := "<current-user-privilege-set><privilege><read/></privilege></current-user-privilege-set>"
	const me = "<current-user-principal><href>/dav/users/ana</href></current-user-principal>"
	tasks := calendar("/dav/cal/ana/tasks/", "Tasks", "/dav/users/ana", `<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>`)
	pages := map[string]string{
		"/dav/": prop("/dav/", me),
		"/dav/users/ana": prop("/dav/users/ana", "<C:calendar-home-set><href>/dav/cal/ana/</href></C:calendar-home-set>"+
			"<C:calendar-user-address-set><href>mailto:Ana@acme.example</href><href>/dav/users/ana</href><href>MAILTO:a@acme.example</href></C:calendar-user-address-set>"+
			"<C:schedule-inbox-URL><href>/in</href></C:schedule-inbox-URL><C:schedule-outbox-URL><href>/out</href></C:schedule-outbox-URL>"),
		"/dav/cal/ana/": prop("/dav/cal/ana/", "<resourcetype><collection/></resourcetype>") +
			calendar("/dav/cal/ana/work/", "Work &amp; play", "/dav/users/ana/", events) +
			calendar("/dav/cal/ana/bob%20shared/", "", "/dav/users/bob", events+read) +
			tasks,
		// What is none of these names whoever logs in, too.
		"/dav/cal/":                prop("/dav/cal/", me),
		"/dav/cal/ana":             prop("/dav/cal/ana/", me),
		"/dav/cal/ana/work/":       calendar("/dav/cal/ana/work/", "Work", "/dav/users/ana/", events+me),
		"/dav/cal/ana/bob shared/": calendar("/dav/cal/ana/bob%20shared/", "", "/dav/users/bob", events+read+me),
		"/dav/cal/ana/tasks/":      strings.Replace(tasks, "<displayname>", me+"<displayname>", 1),
		"/dav/cal/ana/inbox/":      prop("/dav/cal/ana/inbox/", "<resourcetype><collection/><C:schedule-inbox/></resourcetype>"+me),
		"/dav/cal/ana/nothing/":    prop("/dav/cal/ana/nothing/", "<resourcetype/>"),
		"/dav/cal/bob/":            prop("/dav/cal/bob/", "<resourcetype><collection/></resourcetype>"+me),
		"/dav/users/bob":           prop("/dav/users/bob", "<resourcetype><principal/></resourcetype>"+me),
	}
	davHeader := "1, 3, calendar-access, calendar-auto-schedule"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := pages[r.URL.Path]
		switch {
		case r.Method == http.MethodOptions:
			w.Header().Set("DAV", davHeader)
		case r.URL.Path == "/.well-known/caldav":
			http.Redirect(w, r, "/dav/", http.StatusMovedPermanently)
		case r.Method != "PROPFIND" || text == "":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>Welcome</html>") //nolint:errcheck // the client may be gone
		default:
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusMultiStatus)
			io.WriteString(w, multistatusHead+text+"</multistatus>") //nolint:errcheck // the client may be gone
		}
	}))
	defer server.Close()
	client := New(Options{})
	want := Account{
		Principal: server.URL + "/dav/users/ana", Addresses: []string{"ana@acme.example", "a@acme.example"}, Schedules: true,
		Calendars: []Calendar{
			{URL: server.URL + "/dav/cal/ana/bob%20shared/", Name: "bob shared"},
			{URL: server.URL + "/dav/cal/ana/work/", Name: "Work & play", Own: true, Writable: true},
		},
	}
	got, err := client.Discover(t.Context(), address(t, server.URL), true)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for path, want := range map[string]int{"/dav/users/ana": 2, "/dav/cal/": 2, "/dav/cal/ana": 2, "/dav/cal/ana/work/": 1, "/dav/cal/ana/bob%20shared/": 1} {
		if got, err := client.Discover(t.Context(), address(t, server.URL+path), true); err != nil || len(got.Calendars) != want {
			t.Errorf("%s: %+v, %v; want %d", path, got.Calendars, err, want)
		}
	}
	for path, want := range map[string]string{
		"/dav/cal/ana/tasks/": "it is a calendar that holds no events", "/dav/cal/ana/inbox/": "neither a calendar nor on the way",
		"/dav/cal/bob/": "neither a calendar nor on the way", "/dav/users/bob": "neither a calendar nor on the way",
		"/dav/typo/": "web page", "/dav/cal/ana/nothing/": "nothing is known of calendars there",
	} {
		got, err := client.Discover(t.Context(), address(t, server.URL+path), true)
		if err == nil || !strings.Contains(err.Error(), "leads to no calendars; tried "+path+": ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), wellKnown) {
			t.Errorf("%s: %+v, %v; want %q", path, got.Calendars, err, want)
		}
	}
	if got, err := client.Discover(t.Context(), address(t, server.URL+"/typo/"), false); err != nil || len(got.Calendars) != 2 {
		t.Errorf("from a path that nobody named: %+v, %v", got.Calendars, err)
	}
	davHeader = "1, calendar-access, calendar-schedule"
	if got, err := client.Discover(t.Context(), address(t, server.URL+"/dav/"), true); err != nil || got.Schedules {
		t.Errorf("a server that leaves scheduling to us: %+v, %v", got.Schedules, err)
	}
	for _, elsewhere := range []string{"https://evil.example/ana", "http://127.0.0.1:1/ana"} {
		pages["/dav/"] = prop("/dav/", "<current-user-principal><href>"+elsewhere+"</href></current-user-principal>")
		if _, err := client.Discover(t.Context(), address(t, server.URL+"/dav/"), true); reach.KindOf(err) != reach.Moved {
			t.Errorf("the login would go to %s: %v", elsewhere, err)
		}
	}
	clear(pages)
	if _, err := client.Discover(t.Context(), address(t, server.URL), true); reach.KindOf(err) != reach.Foreign || !strings.Contains(err.Error(), "web page") {
		t.Errorf("a server without calendars: %v", err)
	}
}

// zone is a resolver that knows one domain.
type zone struct {
	srv  []*net.SRV
	text []string
}

func (z zone) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	if service != "caldavs" || proto != "tcp" || name != "acme.example" || z.srv == nil {
		return "", nil, errors.New("no such name")
	}
	return "", z.srv, nil
}

func (z zone) LookupTXT(context.Context, string) ([]string, error) { return z.text, nil }

func TestLocate(t *testing.T) {
	for _, test := range []struct {
		zone zone
		want string
	}{
		{zone{}, "https://acme.example/"},
		{zone{srv: []*net.SRV{{Target: ".", Port: 0}}}, "https://acme.example/"},
		{zone{srv: []*net.SRV{{Target: "dav.acme.example.", Port: 443}}}, "https://dav.acme.example/"},
		{zone{srv: []*net.SRV{{Target: "dav.acme.example.", Port: 8443}}, text: []string{"other=1", "path=/caldav/"}}, "https://dav.acme.example:8443/caldav/"},
	} {
		if got := Locate(t.Context(), test.zone, "acme.example"); got != test.want {
			t.Errorf("%+v: %s, want %s", test.zone, got, test.want)
		}
	}
}

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]string{
		"cloud.acme.example": "https://cloud.acme.example/", " https://x.example/a%20b/#c ": "https://x.example/a%20b/", "caldavs://x.example": "https://x.example/",
		"http://127.0.0.1:5232": "http://127.0.0.1:5232/", "ftp://x.example": "", "https://": "", "https://ana:secret@x.example/": "",
	} {
		u, err := ParseAddress(text)
		if want == "" && err == nil || want != "" && (err != nil || u.String() != want) {
			t.Errorf("%q: %v, %v; want %q", text, u, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

// TestDiscoverStays: a listing that names another host gets the login sent nowhere else.
func TestDiscoverStays(t *testing.T) {
	var elsewhere []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		elsewhere = append(elsewhere, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
	}))
	t.Cleanup(other.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusMultiStatus)
		io.WriteString(w, `<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:response><D:href>`+other.URL+`/cal/</D:href>`+ //nolint:errcheck // the client would notice
			`<D:propstat><D:prop><D:resourcetype><D:collection/><C:calendar/></D:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>`)
	}))
	t.Cleanup(server.Close)
	client := New(Options{User: "ann", Password: "secret"})
	account, err := client.Discover(t.Context(), address(t, server.URL+"/cal/"), true)
	if err != nil || len(account.Calendars) != 1 {
		t.Fatalf("%+v, %v", account, err)
	}
	if got, want := account.Calendars[0].URL, server.URL+"/cal/"; got != want {
		t.Errorf("the calendar is at %s, want %s", got, want)
	}
	if _, err := client.Count(t.Context(), account.Calendars[0].URL); err != nil {
		t.Error(err)
	}
	if len(elsewhere) > 0 {
		t.Errorf("another host was asked: %q", elsewhere)
	}
}

// TestDiscoverHurries: somebody waits for it.
func TestDiscoverHurries(t *testing.T) {
	if got := New(Options{}).hurried().opt.Limits.Patience; got != firstAnswer {
		t.Errorf("by default it waits %v", got)
	}
	s := serve(t)
	s.script["PROPFIND"] = func(_ http.ResponseWriter, r *http.Request, _ string) { <-r.Context().Done() }
	if _, err := New(Options{Limits: reach.Limits{Patience: 20 * time.Millisecond}}).Discover(t.Context(), address(t, s.URL), true); reach.KindOf(err) != reach.Slow {
		t.Errorf("a server that never answers: %v", err)
	}
}
