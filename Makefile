# What can be done here:
#   make test       check formatting, vet, staticcheck, and run all tests (installs deps first)
#   make deps       install what tests need beside Go (as root; else say what is missing)
#   make bench      measure: classifying, reporting over 20,000 events
#   make bench-ics  measure reading calendars beside python3-icalendar and libical
#   make bench-caldav  measure syncing with CalDAV servers beside vdirsyncer
#   make load       measure the daemon with 10,000 people: first sync, idle tick, weekly mails, report
#   make chaos      three minutes of daemons that are killed, servers that misbehave and
#                   disks that are full, for 200 people
#   make fuzz       a minute of random input for each decoder of foreign input

SHELL    := /bin/bash
FUZZTIME ?= 60s
EVENTS   ?= 5000
CHAOS    ?= 3m
PEOPLE   ?= 2500,5000,10000

# The race detector needs a C compiler, the pages a browser, answers to invitations
# another reader of them, calendars/caldav servers to speak to; nothing we ship does.
TEST_PACKAGES  := gcc libc6-dev chromium python3-icalendar radicale xandikos \
	cyrus-imapd cyrus-caldav sasl2-bin
# What bench-ics measures beside us.
BENCH_PACKAGES := gcc libc6-dev libical-dev pkg-config python3-icalendar python3-recurring-ical-events

# SQLite is C made into Go, with locks of its own: watching each of its accesses finds
# nothing of ours, and makes tests with a database six times slower. The driver, and
# all that calls it, is watched.
UNWATCHED := -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false

.PHONY: deps deps-bench deps-bench-caldav test check bench bench-ics bench-caldav fuzz load chaos

deps:
	@.ci/need $(TEST_PACKAGES)
	@.ci/axe

deps-bench:
	@.ci/need $(BENCH_PACKAGES)

deps-bench-caldav:
	@.ci/need radicale xandikos cyrus-imapd cyrus-caldav sasl2-bin vdirsyncer git

test: deps check
	go test -race $(UNWATCHED) -timeout 30m ./...

check:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt these:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...

bench-ics: deps-bench
	go run ./calendars/ics/bench

bench-caldav: deps-bench-caldav
	UNMEET_BENCH_CALDAV=$(EVENTS) go test -run '^$$' -bench Beside -benchtime 1x -timeout 30m -v ./calendars/caldav

load:
	go run ./internal/load -people $(PEOPLE)

chaos: deps
	UNMEET_CHAOS=$(CHAOS) go test -run '^TestChaos$$' -count 1 -timeout 30m -v ./cmd/unmeet

fuzz:
	@set -e; for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "== $$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package; \
		done; \
	done
