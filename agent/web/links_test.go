package web_test

import (
	"testing"

	"unmeet/agent/click"
)

func TestDecline(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	b := o.browser()
	b.open(a.path(click.Decline)).sees(200, "Decline Ops weekly on Tue 24 Nov?", "weekly", "ann…@acme.example")
	b.press(a.path(click.Decline), "decline").sees(200, "Noted: you decline Ops weekly on Tue 24 Nov", "held until 10:02")
	a.is(click.Pending, click.Decline)
}
