package agent

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/token"
	"unmeet/agent/web"
	"unmeet/store"
)

// Known implements [web.Desk].
func (d *Desk) Known(ctx context.Context, link, cookie string) (bool, error) {
	t, err := d.find(ctx, link)
	if err != nil {
		return false, err
	}
	known, _, err := d.known(ctx, t, cookie)
	return known, err
}

// known reports whether the browser with a cookie is known as the person's, and
// what to call it.
func (d *Desk) known(ctx context.Context, t store.Token, cookie string) (known bool, visitor string, err error) {
	text, ok := token.Parse(cookie)
	if !ok || t.Acting != "" { // what an assistant answers, the person is always told
		return false, "", nil
	}
	hash, now := token.Hash(text), d.now()
	b, err := d.DB.Browser(ctx, now, hash)
	if errors.Is(err, store.ErrNoBrowser) {
		return false, "", nil
	}
	if err != nil {
		return false, "", err
	}
	if b.Person != t.Person {
		return false, "", nil
	}
	return true, hex.EncodeToString(hash[:8]), nil
}

// answered returns when the browser with a cookie that is too young to make it known
// answered the suggestion of a link, zero if it did not.
func (d *Desk) answered(ctx context.Context, t store.Token, cookie string) (time.Time, error) {
	text, ok := token.Parse(cookie)
	if !ok || t.Acting != "" {
		return time.Time{}, nil
	}
	// A day from now it is known, however long the hold of its answer.
	b, err := d.DB.Browser(ctx, d.now().Add(24*time.Hour), token.Hash(text))
	if errors.Is(err, store.ErrNoBrowser) {
		return time.Time{}, nil
	}
	if err != nil || b.Person != t.Person || b.Suggestion != t.Suggestion {
		return time.Time{}, err
	}
	return b.Since, nil
}

// Introduce implements [web.Desk]. The cookie is "" for a browser whose press came
// to nothing: it stays unknown. Else it is known once the answer has outlasted its
// hold, and the time in which answers cancel each other.
func (d *Desk) Introduce(ctx context.Context, link string) (cookie string, err error) {
	t, err := d.find(ctx, link)
	if err == nil && t.Acting != "" {
		return "", nil // it is not the person's browser
	}
	if err == nil && t.Trial != 0 {
		return "", nil // what is said there is less sure than an answer that outlasts its hold
	}
	if err == nil && t.Suggestion == 0 {
		err = web.ErrUnknownLink
	}
	if err != nil {
		return "", err
	}
	s, err := d.DB.Suggestion(ctx, t.Suggestion)
	if err != nil {
		return "", err
	}
	now := d.now()
	c := clickOf(s)
	last := c.PressedAt.Equal(c.UnknownAt) || c.Wrong && c.Unknown.Verb == click.Wrong
	answered := c.State != click.Offered && !c.Known && last || c.State == click.Offered && c.Unknown.Verb == click.Undo
	if c.Voided(now) || !answered || now.Sub(c.UnknownAt) >= click.VoidWithin {
		return "", nil
	}
	hold := max(d.Holds.Short, click.VoidWithin+time.Second)
	if c.State == click.Pending {
		hold = max(hold, c.CommitAt.Sub(now))
	}
	return d.introduce(ctx, store.Browser{Person: t.Person, Suggestion: s.ID, Since: c.UnknownAt, From: now.Add(hold)})
}

// Recognize implements [web.Desk].
func (d *Desk) Recognize(ctx context.Context, address string) (cookie string, err error) {
	return d.introduce(ctx, store.Browser{Person: address, Since: d.now()})
}

func (d *Desk) introduce(ctx context.Context, b store.Browser) (cookie string, err error) {
	cookie = token.New()
	b.Until = b.Since.Add(web.KnownFor)
	if err := d.DB.KnowBrowser(ctx, token.Hash(cookie), b); err != nil {
		return "", err
	}
	return cookie, nil
}

// Forget implements [web.Desk].
func (d *Desk) Forget(ctx context.Context, cookie string) error {
	text, ok := token.Parse(cookie)
	if !ok {
		return nil
	}
	return d.DB.ForgetBrowser(ctx, token.Hash(text))
}
