package watch

// Figure is one that unmeet tells Prometheus, as docs/metrics.md shows it.
type Figure struct {
	Name   string
	Kind   Kind
	Labels []Label
	Help   string
	// Answers says that the figure moves with what people answer: it is told only where
	// enough people are asked.
	Answers bool
}

// Kind is the type of a figure, in Prometheus's words.
type Kind string

// The kinds.
const (
	Counter   Kind = "counter"
	Gauge     Kind = "gauge"
	Histogram Kind = "histogram"
)

// Label parts a figure. Values are all that it can have; nil where the code does not
// know them.
type Label struct {
	Name   string
	Values []string
}

// The values of labels.
var (
	syncResults   = Label{"result", []string{SyncRead, SyncTrouble, SyncFailed}}
	mailResults   = Label{"result", []string{"sent", "later", "dropped", "parked"}}
	actionResults = Label{"result", []string{"ended", "put off", "failed"}}
	services      = Label{"service", serviceNames()}
	statuses      = Label{"status", []string{"2xx", "3xx", "4xx", "5xx", "none"}}
	pages         = Label{"page", []string{pageConnect, pageLink, pageOwn, pageProbe, pageOther}}
	queues        = Label{"queue", []string{QueueCalendars, QueueMails, QueueActions, QueueHolds, QueueTrials}}
	states        = Label{"state", []string{"connected", "failing", "paused"}}
	files         = Label{"file", []string{"database", "log"}}
	parts         = Label{Name: "part"}
)

// Figures are all that there are, beside those of the Go runtime and of the process.
var Figures = []Figure{
	{Name: "unmeet_build_info", Kind: Gauge, Labels: []Label{{Name: "version"}}, Help: "Always 1; says which version runs."},
	{Name: "unmeet_up", Kind: Gauge, Help: "1 while /healthz says ok, else 0: a restart may help."},
	{Name: "unmeet_ready", Kind: Gauge, Help: "1 while /readyz says ok, else 0: it tells what is missing."},
	{Name: "unmeet_paused", Kind: Gauge, Help: "1 while unmeet is paused: no mail leaves, and nothing is written to calendars."},
	{Name: "unmeet_mail_server_away", Kind: Gauge, Help: "1 while the mail server cannot be used, so that mails wait."},
	{Name: "unmeet_connections", Kind: Gauge, Labels: []Label{states}, Help: "Ways in to people's calendars, by how reading them goes."},
	{Name: "unmeet_due", Kind: Gauge, Labels: []Label{queues}, Help: "What waits to be done and whose time has come, by queue: calendars to be read, mails to be sent, actions in calendars, holds that are over, trials. A pause lets it grow.", Answers: true},
	{Name: "unmeet_overdue_seconds", Kind: Gauge, Labels: []Label{queues}, Help: "For how long the oldest of these has waited; 0 if nothing does.", Answers: true},
	{Name: "unmeet_part_silent_seconds", Kind: Gauge, Labels: []Label{parts}, Help: "For how long a part of the daemon has not looked for work. More than 20 minutes mean that it is stuck (5 of syncing)."},
	{Name: "unmeet_database_bytes", Kind: Gauge, Labels: []Label{files}, Help: "Size of the database's file, and of its write-ahead log."},
	{Name: "unmeet_syncs_total", Kind: Counter, Labels: []Label{syncResults}, Help: "Calendars that were to be read: read; trouble with where they are, which is tried again; failed here."},
	{Name: "unmeet_sync_seconds", Kind: Histogram, Help: "How long reading one calendar took, judging its meetings included."},
	{Name: "unmeet_copies_total", Kind: Counter, Help: "Copies of events that were read and kept."},
	{Name: "unmeet_skipped_total", Kind: Counter, Help: "Events that could not be read, and were left out."},
	{Name: "unmeet_mails_total", Kind: Counter, Labels: []Label{mailResults}, Help: "Mails that were handed to the mail server: sent; put off until later; dropped, as there was no reason left to send them; parked, as the server refused them for good.", Answers: true},
	{Name: "unmeet_actions_total", Kind: Counter, Labels: []Label{actionResults}, Help: "Things to be done in calendars: ended, whatever came of it; put off; failed for good.", Answers: true},
	{Name: "unmeet_dials_total", Kind: Counter, Labels: []Label{services}, Help: "Connections that were opened to other hosts, or tried to."},
	{Name: "unmeet_calls_total", Kind: Counter, Labels: []Label{services, statuses}, Help: "Requests to other hosts over HTTP, by the status of the answer; none: there was no answer."},
	{Name: "unmeet_call_seconds", Kind: Histogram, Labels: []Label{services}, Help: "How long these answers took to begin."},
	{Name: "unmeet_requests_total", Kind: Counter, Labels: []Label{pages, statuses}, Help: "Requests to our own pages: for connecting, behind links of mails, of those who sign in, /healthz and /readyz, and others."},
	{Name: "unmeet_request_seconds", Kind: Histogram, Labels: []Label{pages}, Help: "How long answering them took."},
	{Name: "unmeet_requests_open", Kind: Gauge, Help: "Requests that are being answered."},
}
