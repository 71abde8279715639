# What can be done here:
#   make test       check formatting, vet, staticcheck, and run all tests (installs deps first)
#   make deps       install what tests need beside Go (as root; else say what is missing)
#   make bench      measure: classifying, reporting over 20,000 events
#   make bench-ics  measure reading calendars beside python3-icalendar and libical
#   make bench-caldav  measure syncing with CalDAV servers beside vdirsyncer
#   make load       measure the daemon with 10,000 people: first sync, idle tick, weekly mails, report
#   make chaos      three minutes of daemons that are killed, servers that misbehave and
#                   disks that are full, for 200 people
#   make release    build archives for linux, darwin and windows, and their checksums, in dist
#   make container  build a container image of this machine's processor, with podman or docker
#   make licences   write docs/licences.md after modules have changed
#   make vulncheck  look for known holes in what is linked (asks vuln.go.dev)
#   make fuzz       a minute of random input for each decoder of foreign input

SHELL    := /bin/bash
FUZZTIME ?= 60s
EVENTS   ?= 5000
CHAOS    ?= 3m
PEOPLE   ?= 2500,5000,10000

# What a release is called, and when its files were changed: as the commit has it, so
# that everybody builds the same bytes.
VERSION   ?= $(patsubst v%,%,$(shell git describe --tags --always --dirty))
DATE      ?= $(shell git log -1 --format=%ct)
CONTAINER ?= $(firstword $(foreach c,podman docker,$(if $(shell command -v $(c)),$(c))))
AUTHORITIES ?= /etc/ssl/certs/ca-certificates.crt
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

# The race detector needs a C compiler, the pages a browser, answers to invitations
# another reader of them, calendars/caldav servers to speak to; nothing we ship does.
TEST_PACKAGES  := gcc libc6-dev chromium python3-icalendar radicale xandikos \
	cyrus-imapd cyrus-caldav sasl2-bin zsh fish systemd
# What bench-ics measures beside us.
BENCH_PACKAGES := gcc libc6-dev libical-dev pkg-config python3-icalendar python3-recurring-ical-events

# SQLite is C made into Go, with locks of its own: watching each of its accesses finds
# nothing of ours, and makes tests with a database six times slower. The driver, and
# all that calls it, is watched.
UNWATCHED := -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false

.PHONY: deps deps-bench deps-bench-caldav test check bench bench-ics bench-caldav fuzz load chaos \
	release container container-files licences vulncheck

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

release:
	go run ./internal/release -version $(VERSION) -date $(DATE) -out dist

# The image's files can be looked at, or be the root of a chroot, without any of those.
container-files:
	rm -rf dist/container
	mkdir -p dist/container/root/etc/ssl/certs dist/container/root/var/lib/unmeet dist/container/root/tmp
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.release=$(VERSION)" \
		-o dist/container/root/unmeet ./cmd/unmeet
	cp $(AUTHORITIES) dist/container/root/etc/ssl/certs/ca-certificates.crt
	cp packaging/Containerfile dist/container/Containerfile

container: container-files
	$(CONTAINER) build -t unmeet:$(VERSION) -f dist/container/Containerfile dist/container

licences:
	go run ./internal/release -licences

# Not a part of make test: the list of holes changes daily, and lies elsewhere.
vulncheck:
	go run $(GOVULNCHECK) ./...

fuzz:
	@set -e; for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "== $$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package; \
		done; \
	done
