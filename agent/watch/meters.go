package watch

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"

	"unmeet/internal/wire"
)

// State is what is looked up when figures are asked for.
type State struct {
	Up, Ready, Paused, MailServerAway bool

	Connections map[string]int           // by state
	Due         map[string]int           // by queue
	Overdue     map[string]time.Duration // by queue
	Silent      map[string]time.Duration // by part
	Bytes       map[string]int64         // by file

	// Few says that too few people are asked to tell of what moves with their answers.
	Few bool
}

// The queues of work.
const (
	QueueCalendars = "calendars"
	QueueMails     = "mails"
	QueueActions   = "actions"
	QueueHolds     = "holds"
	QueueTrials    = "trials"
)

// What comes of reading a calendar.
const (
	SyncRead    = "read"
	SyncTrouble = "trouble"
	SyncFailed  = "failed"
)

// Our own pages.
const (
	pageConnect = "connect"
	pageLink    = "link"
	pageProbe   = "probe"
	pageOther   = "other"
)

func serviceNames() (names []string) {
	for _, s := range wire.Services {
		names = append(names, string(s))
	}
	return names
}

// Meters count what a daemon does. Their methods may be called by several goroutines,
// and of a nil Meters count nothing.
type Meters struct {
	registry   *prometheus.Registry
	gauges     map[string]*prometheus.GaugeVec
	counters   map[string]*prometheus.CounterVec
	histograms map[string]*prometheus.HistogramVec
	state      func(context.Context) State
	stop       func()
}

// NewMeters begins to count, also what goes over the wire. State is called when
// figures are asked for. Close ends it.
func NewMeters(version string, state func(context.Context) State) *Meters {
	m := &Meters{
		registry: prometheus.NewRegistry(), state: state,
		gauges: map[string]*prometheus.GaugeVec{}, counters: map[string]*prometheus.CounterVec{}, histograms: map[string]*prometheus.HistogramVec{},
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, f := range Figures {
		m.add(f)
	}
	m.gauges["unmeet_build_info"].WithLabelValues(version).Set(1)
	m.stop = wire.Watch(wire.Watcher{
		Dialed: func(s wire.Service, _ string) { m.count("unmeet_dials_total", 1, string(s)) },
		Called: func(s wire.Service, status int, took time.Duration) {
			m.count("unmeet_calls_total", 1, string(s), classOf(status))
			m.observe("unmeet_call_seconds", took, string(s))
		},
	})
	return m
}

// Close ends counting what goes over the wire.
func (m *Meters) Close() {
	if m != nil {
		m.stop()
	}
}

// add registers a figure, with a zero for each value that its labels can have, so
// that what never happened yet is seen not to have.
func (m *Meters) add(f Figure) {
	var labels []string
	known := [][]string{{}}
	for _, l := range f.Labels {
		labels = append(labels, l.Name)
		var longer [][]string
		for _, values := range known {
			for _, v := range l.Values {
				longer = append(longer, append(slices.Clone(values), v))
			}
		}
		known = longer
	}
	switch f.Kind {
	case Gauge:
		vec := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: f.Name, Help: f.Help}, labels)
		m.registry.MustRegister(vec)
		m.gauges[f.Name] = vec
		for _, values := range known {
			vec.WithLabelValues(values...)
		}
	case Counter:
		vec := prometheus.NewCounterVec(prometheus.CounterOpts{Name: f.Name, Help: f.Help}, labels)
		m.registry.MustRegister(vec)
		m.counters[f.Name] = vec
		for _, values := range known {
			vec.WithLabelValues(values...)
		}
	case Histogram:
		vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: f.Name, Help: f.Help, Buckets: []float64{.005, .025, .1, .5, 1, 5, 15, 60, 240},
		}, labels)
		m.registry.MustRegister(vec)
		m.histograms[f.Name] = vec
		for _, values := range known {
			vec.WithLabelValues(values...)
		}
	}
}

func (m *Meters) count(name string, by int, labels ...string) {
	if m != nil {
		m.counters[name].WithLabelValues(labels...).Add(float64(by))
	}
}

func (m *Meters) observe(name string, took time.Duration, labels ...string) {
	if m != nil {
		m.histograms[name].WithLabelValues(labels...).Observe(took.Seconds())
	}
}

// Synced counts a calendar that was to be read, with what came of it, how many copies
// were kept and how many events skipped, and how long that took.
func (m *Meters) Synced(result string, copies, skipped int, took time.Duration) {
	m.count("unmeet_syncs_total", 1, result)
	m.count("unmeet_copies_total", copies)
	m.count("unmeet_skipped_total", skipped)
	m.observe("unmeet_sync_seconds", took)
}

// Mailed counts what became of mails.
func (m *Meters) Mailed(sent, later, dropped, parked int) {
	for i, n := range []int{sent, later, dropped, parked} {
		m.count("unmeet_mails_total", n, mailResults.Values[i])
	}
}

// Acted counts an action: one that ended, was put off (again), or failed for good.
func (m *Meters) Acted(putOff, failed bool) {
	result := "ended"
	switch {
	case putOff:
		result = "put off"
	case failed:
		result = "failed"
	}
	m.count("unmeet_actions_total", 1, result)
}

// classOf puts statuses of HTTP together: "2xx"; "none" for 0.
func classOf(status int) string {
	if class := fmt.Sprintf("%dxx", status/100); slices.Contains(statuses.Values, class) {
		return class
	}
	return "none"
}

// Pages counts the requests that next answers, by the route that it takes them by.
func (m *Meters) Pages(next http.Handler) http.Handler {
	if m == nil {
		return next
	}
	open := m.gauges["unmeet_requests_open"].WithLabelValues()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		open.Inc()
		defer open.Dec()
		noted := &noting{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(noted, r)
		page := pageOf(r.Pattern)
		m.count("unmeet_requests_total", 1, page, classOf(noted.status))
		m.observe("unmeet_request_seconds", time.Since(began), page)
	})
}

func pageOf(route string) string {
	_, path, _ := strings.Cut(route, " ")
	switch {
	case path == "/healthz", path == "/readyz":
		return pageProbe
	case strings.HasPrefix(path, "/connect"):
		return pageConnect
	case strings.HasPrefix(path, "/a/"), strings.HasPrefix(path, "/u/"):
		return pageLink
	}
	return pageOther
}

// noting notes the status of an answer.
type noting struct {
	http.ResponseWriter
	status int
}

func (n *noting) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// Unwrap lets [http.ResponseController] find what it needs.
func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// lookWithin bounds how long the state may take to look up.
const lookWithin = 10 * time.Second

// Gather implements [prometheus.Gatherer].
func (m *Meters) Gather() ([]*dto.MetricFamily, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lookWithin)
	defer cancel()
	s := m.state(ctx)
	for name, is := range map[string]bool{
		"unmeet_up": s.Up, "unmeet_ready": s.Ready, "unmeet_paused": s.Paused, "unmeet_mail_server_away": s.MailServerAway,
	} {
		m.set(name, truth(is))
	}
	for state, n := range s.Connections {
		m.set("unmeet_connections", float64(n), state)
	}
	for queue, n := range s.Due {
		m.set("unmeet_due", float64(n), queue)
		m.set("unmeet_overdue_seconds", s.Overdue[queue].Seconds(), queue)
	}
	m.gauges["unmeet_part_silent_seconds"].Reset() // another configuration may have other parts
	for part, since := range s.Silent {
		m.set("unmeet_part_silent_seconds", since.Seconds(), part)
	}
	for file, n := range s.Bytes {
		m.set("unmeet_database_bytes", float64(n), file)
	}
	families, err := m.registry.Gather()
	if s.Few {
		families = slices.DeleteFunc(families, func(f *dto.MetricFamily) bool {
			return slices.ContainsFunc(Figures, func(known Figure) bool { return known.Answers && known.Name == f.GetName() })
		})
		for _, f := range families {
			f.Metric = slices.DeleteFunc(f.Metric, behindLinks)
		}
	}
	return families, err
}

// behindLinks reports whether a figure is of the pages by which people answer.
func behindLinks(m *dto.Metric) bool {
	return slices.ContainsFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetName() == "page" && l.GetValue() == pageLink })
}

func (m *Meters) set(name string, value float64, labels ...string) {
	m.gauges[name].WithLabelValues(labels...).Set(value)
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// Handler answers GET /metrics with all figures.
func (m *Meters) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 2 * lookWithin}))
	return mux
}
