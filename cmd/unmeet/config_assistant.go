package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"unmeet/agent"
	"unmeet/agent/web"
	"unmeet/store"
)

// assistantConfig names who answers for others.
type assistantConfig struct {
	Address string   `toml:"address"`
	For     []string `toml:"for"` // addresses of those they answer for
}

// checkAssistants reports the first [[assistant]] that cannot be meant, its key, and
// why.
func (c config) checkAssistants() (assistant int, key string, err error) {
	known := map[string]string{}
	for i, a := range c.Assistants {
		if key, err := a.check(c); err != nil {
			return i, key, err
		}
		for _, who := range a.For {
			who = strings.ToLower(who)
			if other, twice := known[who]; twice {
				return i, "for", fmt.Errorf("%s has an assistant already, %s", who, other)
			}
			known[who] = a.Address
		}
	}
	return 0, "", nil
}

// check reports the first key whose value cannot be meant, and why.
func (a assistantConfig) check(c config) (key string, err error) {
	if err := checkAddress(a.Address); err != nil {
		return "address", err
	}
	if len(a.For) == 0 {
		return "for", errors.New("it names those that the assistant answers for")
	}
	for _, who := range append([]string{a.Address}, a.For...) {
		key := "for"
		if who == a.Address {
			key = "address"
		}
		if err := checkAddress(who); err != nil {
			return key, err
		}
		if len(c.Organization.Domains) > 0 && outside(c, who) {
			return key, fmt.Errorf("%s is in none of organization.domains", who)
		}
	}
	for _, who := range a.For {
		if strings.EqualFold(who, a.Address) {
			return "for", fmt.Errorf("%s cannot be their own assistant", who)
		}
	}
	return "", nil
}

// assistantOf returns the address of who answers for a person, "" if nobody is named.
func (c config) assistantOf(address string) string {
	for _, a := range c.Assistants {
		for _, who := range a.For {
			if strings.EqualFold(who, address) {
				return strings.ToLower(a.Address)
			}
		}
	}
	return ""
}

// idleAssistants returns the addresses of those who are named and whom no mail can go
// to, so that who they answer for gets it themselves.
func (c config) idleAssistants(ctx context.Context, db *store.DB) (idle []string, err error) {
	for _, a := range c.Assistants {
		takes, err := db.TakesMail(ctx, a.Address)
		if err != nil {
			return nil, err
		}
		refused, err := db.Suppressed(ctx, a.Address)
		if err != nil {
			return nil, err
		}
		if who := strings.ToLower(a.Address); (!takes || refused != "") && !slices.Contains(idle, who) {
			idle = append(idle, who)
		}
	}
	return idle, nil
}

// ofIdle says of an assistant that they answer for nobody, and what to do about it.
func ofIdle(who string) (said, hint string) {
	return who + " answers for nobody: they do not take part, or no mail goes to them",
		"if the address is right, unmeet enroll " + who + " has them take part, unless they said no; until then, mails go to whom they were to answer for"
}

// assisted adds to what groups say of people who answers for them.
func (c config) assisted(ways func(address string) agent.Group) func(address string) agent.Group {
	if len(c.Assistants) == 0 {
		return ways
	}
	return func(address string) agent.Group {
		g := ways(address)
		g.Assistant = c.assistantOf(address)
		return g
	}
}

// standing says of each address what taking part means.
func (c config) standing() func(address string) web.Standing {
	ways := c.ways()
	return func(address string) web.Standing {
		g, _ := c.groupOf(address)
		way := ways(address)
		return web.Standing{Group: g.Name, Observing: way.Observing, Assistant: way.Assistant}
	}
}
