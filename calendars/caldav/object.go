package caldav

import (
	"context"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
	"unmeet/calendars/ics"
)

// objectReader makes copies of the texts of objects.
type objectReader struct {
	at        calendars.Collection
	zone      *time.Location
	addresses []string

	copies  []calendars.Copy
	skipped []calendars.Skip
	done    map[string]bool // names of objects that were read
	listed  map[string]bool // those of them that have copies, or of which not all could be read
}

// reset forgets what was read.
func (r *objectReader) reset() {
	r.copies, r.skipped, r.done, r.listed = nil, nil, map[string]bool{}, map[string]bool{}
}

func (r *objectReader) skip(name, reason string) {
	r.skipped = append(r.skipped, calendars.Skip{File: name, Reason: reason})
}

// read takes in the text of one object. One that comes twice is read again.
func (r *objectReader) read(name, etag, text string) {
	if r.done[name] {
		r.copies = slices.DeleteFunc(r.copies, func(k calendars.Copy) bool { return string(k.Remote) == name })
		r.skipped = slices.DeleteFunc(r.skipped, func(s calendars.Skip) bool { return s.File == name })
		delete(r.listed, name)
	}
	// The text is in memory, so that nothing but itself can fail.
	list, err := ics.Read(context.Background(), strings.NewReader(text), name, ics.Options{
		Zone: r.zone, From: r.at.From, To: r.at.To, Listed: true,
	})
	if err != nil {
		r.skip(name, strings.TrimPrefix(err.Error(), name+": "))
		return
	}
	r.done[name] = true
	for _, one := range list {
		copies, skipped := one.Copies(r.at.From, r.at.To)
		r.skipped = append(append(r.skipped, one.Skipped...), skipped...)
		if len(one.Skipped)+len(skipped) > 0 || !one.Complete { // what was not read has not ended
			r.listed[name] = true
		}
		if !one.Complete {
			r.skip(name, "it is truncated")
		}
		for _, k := range copies {
			k.Remote, k.ETag = calendars.RemoteID(name), etag
			k.Self = r.self(&k)
			r.copies = append(r.copies, k)
			r.listed[name] = true
		}
	}
}

// self is the address under which k knows the person, "" if it does not.
func (r *objectReader) self(k *calendars.Copy) string {
	for _, a := range k.People {
		if slices.Contains(r.addresses, a.Address) {
			return a.Address
		}
	}
	if slices.Contains(r.addresses, k.Organizer.Address) {
		return k.Organizer.Address
	}
	return ""
}
