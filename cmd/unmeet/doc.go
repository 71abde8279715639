// Command unmeet gives meetings back: it reads calendars, sorts every meeting
// by how easily it could be done asynchronously, and reports how many hours that
// would give back.
//
// This is the only place that wires the parts together, and the only one that
// knows files, terminals and exit codes. One file holds one command (report.go,
// events.go, classify.go, explain.go, rules.go, demo.go, connect.go, sync.go,
// run.go and so on); what several of them need stands in files named for it:
// reading calendars (calendars.go) for a window of time (window.go), whose they
// are (owner.go, providers.go), days and zones (times.go), the configuration
// (config.go, and config_suggest.go for asking people), the database and its key
// (database.go), what syncing takes (syncing.go), what asks people, takes their
// answers and carries them out (mailroom.go), what writes to calendars
// (responding.go), Google (google.go, delegate.go), files (files.go), looking at what is a
// person's own (looking.go), the audit log (auditing.go), letting go of what is old
// (retain.go), the terminal (terminal.go,
// progress.go), failing well (failure.go), and what to ask for instead where
// nothing comes out (deadend.go). What the demo does after its report begins in
// demo_agent.go; its company stands in sample/ and their mail in mailbox/. No command computes: judging, deriving and
// counting are done by the packages below.
package main
