package ics

import "strings"

// pool keeps one of each short text of a file: titles, places and rules come
// again and again. It forgets all when it has grown large, so that what was let
// go does not stay for it.
type pool struct {
	texts map[string]string
	size  int // bytes it takes
}

// maxPooled is how many bytes a pool holds, of which a text takes perText beside
// itself.
const (
	maxPooled = 8 << 20
	perText   = 64
)

func newPool() *pool { return &pool{texts: make(map[string]string)} }

// text returns s in memory of its own, shared with all equal ones.
func (p *pool) text(s string) string {
	if s == "" {
		return ""
	}
	if have, ok := p.texts[s]; ok {
		return have
	}
	size := len(s) + perText
	if p.size += size; p.size > maxPooled {
		clear(p.texts)
		p.size = size
	}
	s = strings.Clone(s)
	p.texts[s] = s
	return s
}
