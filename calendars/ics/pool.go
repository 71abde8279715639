package ics

import (
	"hash/maphash"
	"slices"
	"strings"

	"unmeet/calendars"
)

// pool keeps one of each text and guest list of a file: the same people meet
// again and again, and the overrides of a series repeat its words. It forgets
// all when it has grown large, so that what was let go does not stay for it.
type pool struct {
	texts map[string]string
	size  int // bytes of texts
	lists map[uint64][]calendars.Attendee
	seed  maphash.Seed
}

// maxPooled is how many bytes of text a pool holds.
const maxPooled = 8 << 20

func newPool() *pool {
	return &pool{texts: make(map[string]string), lists: make(map[uint64][]calendars.Attendee), seed: maphash.MakeSeed()}
}

// text returns s in memory of its own, shared with all equal ones.
func (p *pool) text(s string) string {
	if s == "" {
		return ""
	}
	if have, ok := p.texts[s]; ok {
		return have
	}
	if p.size += len(s); p.size > maxPooled {
		clear(p.texts)
		clear(p.lists)
		p.size = len(s)
	}
	s = strings.Clone(s)
	p.texts[s] = s
	return s
}

func (p *pool) party(who calendars.Party) calendars.Party {
	return calendars.Party{Address: p.text(who.Address), Name: p.text(who.Name)}
}

// people returns list, or an equal one that is there already.
func (p *pool) people(list []calendars.Attendee) []calendars.Attendee {
	if len(list) == 0 {
		return nil
	}
	var h maphash.Hash
	h.SetSeed(p.seed)
	for _, a := range list {
		h.WriteString(a.Address)
		h.WriteString(a.Name)
		h.WriteString(string(a.Response))
	}
	key := h.Sum64()
	if have, ok := p.lists[key]; ok && slices.Equal(have, list) {
		return have
	}
	list = slices.Clip(list)
	for i := range list {
		list[i].Party = p.party(list[i].Party)
	}
	p.lists[key] = list
	return list
}
