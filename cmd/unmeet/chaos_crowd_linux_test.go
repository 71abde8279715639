package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"unmeet/cmd/unmeet/mailbox"
)

// crowd are the people who read their mail and press buttons, again and again until a
// page says what they want to see.
type crowd struct {
	*havoc
	client *http.Client
	over   context.CancelFunc
	ctx    context.Context
	done   sync.WaitGroup
	noted  atomic.Int64 // answers that a page said were noted

	mu      sync.Mutex
	dice    *rand.Rand
	answers map[string]*chaosAnswer // by link
}

// chaosAnswer is what somebody wants, and what they were shown.
type chaosAnswer struct {
	person, link string
	verb         string // of the button: decline, trial, keep
	noted        bool   // a page said so
	undo         bool   // they thought better of it
	undone       bool   // a page said so
	turnedDown   bool   // a page said that it cannot be any more
}

// answerable finds the answers of a suggestion in the text of a mail.
var answerable = regexp.MustCompile(`(?m)^(Decline [^\n]*|Try it in writing|Send updates ahead|Make it shorter|Keep it):\n(http\S+/a/\S+)$`)

// startCrowd lets people read their mail as it comes.
func startCrowd(o *havoc) *crowd {
	c := &crowd{havoc: o, client: &http.Client{Timeout: 10 * time.Second}, dice: rand.New(rand.NewPCG(o.dice.Uint64(), 0)), answers: map[string]*chaosAnswer{}}
	c.ctx, c.over = context.WithCancel(context.Background())
	c.done.Go(c.read)
	return c
}

// stop has everybody leave it at what they have seen.
func (c *crowd) stop() {
	c.over()
	c.done.Wait()
}

func (c *crowd) pause(d time.Duration) bool {
	select {
	case <-c.ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// tooLate is from when in a week nobody answers any more: what is answered should have
// time to be done before the meeting.
func (c *crowd) tooLate() bool { return c.now().In(c.begun.Location()).Weekday() != time.Monday }

// read gives each mail to its reader, but for those that come twice.
func (c *crowd) read() {
	seen := map[string]bool{}
	for n := 0; ; {
		messages := c.smtp.Messages()
		for ; n < len(messages); n++ {
			m := messages[n]
			if seen[string(m.Data)] {
				continue
			}
			seen[string(m.Data)] = true
			var box mailbox.Box
			if err := box.Put(m.To, m.Data); err != nil {
				c.Errorf("a mail that cannot be read: %v", err)
				continue
			}
			c.decide(m.To, box.Mails()[0].Text)
		}
		if !c.pause(20 * time.Millisecond) {
			return
		}
	}
}

// decide has a reader make up their mind about each suggestion of a mail.
func (c *crowd) decide(person, text string) {
	found := answerable.FindAllStringSubmatch(text, -1)
	for i := 0; i+1 < len(found); i += 2 { // what is suggested, and keeping it
		c.mu.Lock()
		roll, second := c.dice.IntN(10), c.dice.IntN(6) == 0
		c.mu.Unlock()
		pick := found[i]
		switch {
		case roll >= 9:
			continue // no answer
		case roll >= 7:
			pick, second = found[i+1], false
		}
		a := &chaosAnswer{person: person, link: pick[2], undo: second}
		c.mu.Lock()
		c.answers[a.link] = a
		c.mu.Unlock()
		c.done.Go(func() { c.answer(a) })
	}
}

var pressable = regexp.MustCompile(`name="do" value="([a-z-]+)"`)

// answer looks at the page of a link, and presses its button until it is noted.
func (c *crowd) answer(a *chaosAnswer) {
	for a.verb == "" {
		status, body := c.page(a.link, "")
		if found := pressable.FindSubmatch(body); status == 200 && found != nil {
			a.verb = string(found[1])
		} else if status == 200 {
			a.turnedDown = true
			return
		}
		if !c.pause(50*time.Millisecond) || c.tooLate() {
			return
		}
	}
	for !a.noted {
		status, body := c.page(a.link, a.verb)
		switch {
		case status == 200 && bytes.Contains(body, []byte(`value="undo"`)):
			a.noted = true
			c.noted.Add(1)
		case status == 200:
			a.turnedDown = true
			return
		}
		if !a.noted && (!c.pause(50*time.Millisecond) || c.tooLate()) {
			return
		}
	}
	if !a.undo || !c.pause(time.Duration(len(a.link)%3)*c.life) {
		a.undo = false
		return
	}
	for !a.undone {
		status, body := c.page(a.link, "undo")
		a.undone = status == 200 && !bytes.Contains(body, []byte(`value="undo"`))
		if !a.undone && (!c.pause(50*time.Millisecond) || c.tooLate()) {
			return
		}
	}
}

// page gets a page, or presses a button on it; 0 if nothing came.
func (c *crowd) page(link, do string) (status int, body []byte) {
	method, form := http.MethodGet, io.Reader(nil)
	if do != "" {
		method, form = http.MethodPost, strings.NewReader(url.Values{"do": {do}}.Encode())
	}
	r, err := http.NewRequestWithContext(c.ctx, method, link, form)
	if err != nil {
		return 0, nil
	}
	if do != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.client.Do(r)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		return 0, nil
	}
	return resp.StatusCode, body
}

// all are the answers, in a fixed order. Nobody answers any more.
func (c *crowd) all() []*chaosAnswer {
	return slices.SortedFunc(maps.Values(c.answers), func(a, b *chaosAnswer) int { return strings.Compare(a.link, b.link) })
}
