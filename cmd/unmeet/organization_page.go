package main

import (
	"bytes"
	"context"
	"sync"
	"time"

	"unmeet/agent/report"
	"unmeet/agent/web"
)

// organizationFor is how long the page of the organization is shown as it was made:
// counting takes a while, and whoever reloads it is to see nothing that others do not.
const organizationFor = 5 * time.Minute

// organizationPage returns what makes the page of the organization: the report of the
// last four whole weeks, of the daemon's database, as "unmeet report --format html".
func (a *app) organizationPage(c config, room *mailroom) func(context.Context) (web.Document, error) {
	var making sync.Mutex
	var made web.Document
	var at time.Time
	return func(context.Context) (web.Document, error) {
		making.Lock()
		defer making.Unlock()
		now := a.now()
		if age := now.Sub(at); !at.IsZero() && age >= 0 && age < organizationFor {
			return made, nil
		}
		zone, err := zoneOf("", c)
		if err != nil {
			return web.Document{}, err
		}
		period := report.DefaultPeriod(now, time.Time{}, time.Time{}, zone)
		p, err := a.pageOf(room.options.db, c, room.options.engine, period, now)
		if err != nil {
			return web.Document{}, err
		}
		var page bytes.Buffer
		if err := p.HTML(&page); err != nil {
			return web.Document{}, err
		}
		made, at = web.Document{HTML: page.Bytes(), Policy: report.PagePolicy}, now
		return made, nil
	}
}
