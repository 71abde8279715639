# What can be done here:
#   make test       check formatting, vet, staticcheck, and run all tests (installs deps first)
#   make deps       install what tests need beside Go (as root; else say what is missing)
#   make bench      measure: classifying, reporting over 20,000 events
#   make bench-ics  measure reading calendars beside python3-icalendar and libical
#   make fuzz       a minute of random input for each decoder of foreign input

SHELL    := /bin/bash
FUZZTIME ?= 60s

# The race detector needs a C compiler, the pages a browser, answers to invitations
# another reader of them; nothing we ship does.
TEST_PACKAGES  := gcc libc6-dev chromium python3-icalendar
# What bench-ics measures beside us.
BENCH_PACKAGES := gcc libc6-dev libical-dev pkg-config python3-icalendar python3-recurring-ical-events

.PHONY: deps deps-bench test check bench bench-ics fuzz

deps:
	@.ci/need $(TEST_PACKAGES)
	@.ci/axe

deps-bench:
	@.ci/need $(BENCH_PACKAGES)

test: deps check
	go test -race -timeout 30m ./...

check:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt these:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...

bench-ics: deps-bench
	go run ./calendars/ics/bench

fuzz:
	@set -e; for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "== $$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package; \
		done; \
	done
