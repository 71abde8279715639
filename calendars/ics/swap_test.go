package ics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// files writes files into a folder, and returns where the one is that is swapped.
func files(t *testing.T, texts map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(root, "a.ics")
}

// folderOf lists the files beside path, and what they hold.
func folderOf(t *testing.T, path string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, entry := range list {
		raw, err := os.ReadFile(filepath.Join(filepath.Dir(path), entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[entry.Name()] = string(raw)
	}
	return found
}

// ready is what the file a.ics is called until it takes its name.
func ready(old, next string) string {
	return ".a.ics.unmeet-" + sumOf([]byte(old)) + "-" + sumOf([]byte(next))
}

// TestSwap replaces a file, whatever a crash or somebody else left there.
func TestSwap(t *testing.T) {
	for _, test := range []struct {
		name   string
		before map[string]string
		err    error
		want   map[string]string
	}{
		{"replaced", map[string]string{"a.ics": "old", "b.ics": "b"}, nil, map[string]string{"a.ics": "new", "b.ics": "b"}},
		{"written since", map[string]string{"a.ics": "theirs"}, errChanged, map[string]string{"a.ics": "theirs"}},
		{"deleted since", map[string]string{}, errChanged, map[string]string{}},
		{"a crash while writing", map[string]string{"a.ics": "old", ".a.ics.unmeet.part-1": "ne"}, nil, map[string]string{"a.ics": "new"}},
		{"a crash before the exchange", map[string]string{"a.ics": "old", ready("old", "new"): "new"}, nil, map[string]string{"a.ics": "new"}},
		{"a crash after it", map[string]string{"a.ics": "old", ready("oldest", "old"): "oldest"}, nil, map[string]string{"a.ics": "new"}},
		{"a crash after it, and they wrote before it", map[string]string{"a.ics": "old", ready("oldest", "old"): "theirs"}, errChanged, map[string]string{"a.ics": "theirs"}},
		{"a crash after it, and they wrote before it and since", map[string]string{"a.ics": "old", ready("oldest", "other"): "theirs"}, nil, map[string]string{"a.ics": "new"}},
		{"another file's", map[string]string{"a.ics": "old", ".b.ics.unmeet-1-2": "b"}, nil, map[string]string{"a.ics": "new", ".b.ics.unmeet-1-2": "b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := files(t, test.before)
			if err := swap(path, []byte("old"), []byte("new"), func() error { return nil }); !errors.Is(err, test.err) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if diff := cmp.Diff(test.want, folderOf(t, path)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSwapKeepsOwners leaves a file to whom it belongs.
func TestSwapKeepsOwners(t *testing.T) {
	path := files(t, map[string]string{"a.ics": "old"})
	if os.Getuid() != 0 {
		t.Skip("only root gives files away")
	}
	if err := errors.Join(os.Chown(path, 12345, 12346), os.Chmod(path, 0o640)); err != nil {
		t.Skip("files cannot be given away here:", err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := swap(path, []byte("old"), []byte("new"), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || os.SameFile(before, after) || after.Mode() != before.Mode() || !sameOwner(after, before) {
		t.Errorf("before %+v, after %+v (%v)", before.Sys(), after.Sys(), err)
	}
}

// TestSettleSwap looks at what was written at the very moment of an exchange.
func TestSettleSwap(t *testing.T) {
	for _, test := range []struct{ name, ours, path, want string }{
		{"nobody wrote", "old", "new", "new"},
		{"they wrote before", "theirs", "new", "theirs"},
		{"they wrote before and after", "first", "second", "second"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := files(t, map[string]string{"a.ics": test.path, ".ours": test.ours})
			ours := filepath.Join(filepath.Dir(path), ".ours")
			if err := exchange(ours, ours); errors.Is(err, errNoExchange) {
				t.Skip("files cannot be exchanged here")
			}
			idle, err := settleSwap(ours, path, []byte("old"), []byte("new"))
			if !idle || (err == nil) != (test.ours == "old") || err != nil && !errors.Is(err, errChanged) {
				t.Errorf("idle %v, error %v", idle, err)
			}
			if got := folderOf(t, path)["a.ics"]; got != test.want {
				t.Errorf("the file holds %q, want %q", got, test.want)
			}
		})
	}
}

// TestSwapByLink replaces a file where two cannot exchange their names.
func TestSwapByLink(t *testing.T) {
	for _, test := range []struct {
		before, want string
		err          error
	}{{"old", "new", nil}, {"theirs", "theirs", errChanged}} {
		path := files(t, map[string]string{"a.ics": test.before, ".ours": "new"})
		ours := filepath.Join(filepath.Dir(path), ".ours")
		if err := swapByLink(ours, path, []byte("old")); !errors.Is(err, test.err) {
			t.Errorf("error %v, want %v", err, test.err)
		}
		got := folderOf(t, path)
		delete(got, ".ours") // which swap takes away
		if diff := cmp.Diff(map[string]string{"a.ics": test.want}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestNothingOfOthersIsLost has a program write a file again and again, in place or
// by renaming, while we answer in it: what it wrote last is always there.
func TestNothingOfOthersIsLost(t *testing.T) {
	text := func(n int) string {
		return calendar(fmt.Sprintf("X-COUNT:%d", n), eventOf("ORGANIZER:mailto:"+bob, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:"+ann, "ATTENDEE:mailto:"+bob))
	}
	for name, write := range map[string]func(path, text string) error{
		"in place": func(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) },
		"by renaming": func(path, text string) error {
			if err := os.WriteFile(path+".tmp", []byte(text), 0o600); err != nil {
				return err
			}
			return os.Rename(path+".tmp", path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := files(t, map[string]string{"a.ics": text(0)})
			if errors.Is(exchange(path, path), errNoExchange) {
				t.Skip("files cannot be exchanged here")
			}
			ctx, stop := context.WithCancel(t.Context())
			var answered atomic.Int32
			over := make(chan bool)
			go func() {
				defer close(over)
				for n := 0; ctx.Err() == nil; n++ {
					i := calendars.Intent{Verb: calendars.Respond, Owner: ann, Collection: path, Remote: "1", Ref: calendars.Ref{UID: "1", Organizer: bob}, Response: calendars.Declined, Start: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
					if n%2 == 1 {
						i.Response = calendars.Accepted
					}
					if r, err := (Folder{}).Do(ctx, i, nil); err == nil && !r.Already {
						answered.Add(1)
					}
				}
			}()
			lost := func(n int) bool { // what is put back is away for an instant
				for range 1000 {
					raw, err := os.ReadFile(path)
					if err == nil && bytes.Contains(raw, fmt.Appendf(nil, "X-COUNT:%d\r\n", n)) {
						return false
					}
					time.Sleep(time.Millisecond)
				}
				return true
			}
			for n := 1; n <= 100 || answered.Load() < 3; n++ {
				if err := write(path, text(n)); err != nil {
					t.Fatal(err)
				}
				if lost(n) {
					t.Errorf("what was written as %d is lost", n)
					break
				}
				time.Sleep(time.Duration(n%5) * time.Millisecond)
			}
			stop()
			<-over
			for name := range folderOf(t, path) {
				if strings.HasPrefix(name, ".") {
					t.Errorf("%s is left", name)
				}
			}
		})
	}
}
