package agent

import (
	"context"
	"errors"
	"strings"

	"unmeet/agent/click"
	"unmeet/agent/web"
	"unmeet/store"
)

// assistant is who answers for somebody; zero: nobody does.
type assistant struct{ address, language string }

// assistantOf returns who answers for a person, as group names them. It is nobody where
// the person wants that, or where the assistant does not take part, gets no mail, or
// cannot be reached: then the person is asked themselves.
func assistantOf(ctx context.Context, db *store.DB, group func(address string) Group, person string) (assistant, error) {
	if group == nil {
		return assistant{}, nil
	}
	address := strings.ToLower(group(person).Assistant)
	if address == "" {
		return assistant{}, nil
	}
	own, err := db.Settings(ctx, person)
	if err != nil || !own.Alone.IsZero() {
		return assistant{}, err
	}
	if takes, err := db.TakesMail(ctx, address); err != nil || !takes {
		return assistant{}, err
	}
	if why, err := db.Suppressed(ctx, address); err != nil || why != "" {
		return assistant{}, err
	}
	theirs, err := db.Settings(ctx, address)
	return assistant{address, first(theirs.Language, group(address).Language)}, err
}

// acts refuses a link in a mail to somebody who is the person's assistant no longer.
func (d *Desk) acts(ctx context.Context, t store.Token) error {
	if t.Acting == "" {
		return nil
	}
	who, err := assistantOf(ctx, d.DB, d.Group, t.Person)
	if err == nil && who.address != t.Acting {
		err = web.ErrUnknownLink
	}
	return err
}

// actable are the answers that an assistant may give: what is lasting, or is about the
// person's view of a meeting, is for them to say, as is all about a suggestion that they
// answered themselves. Nothing is accepted of which the person would not be told.
func actable(s store.Suggestion, all []click.Choice) (left []click.Choice) {
	if s.Acting == s.Person || s.Acting == "" && s.State != string(click.Offered) {
		return nil
	}
	for _, c := range all {
		again := s.Choice == string(c.Verb) && s.Scope == string(c.Scope)
		untold := c.Verb == click.Kind(s.Kind).Accept() && !again && !clickOf(s).Tells()
		if c.Verb != click.Never && c.Verb != click.Wrong && !untold {
			left = append(left, c)
		}
	}
	return left
}

// isAlone reports whether a link is about who answers for a person, and not about mail
// to them.
func isAlone(t store.Token) bool {
	return t.Verb == string(click.Alone) || t.Verb == string(click.Unsubscribe) && t.Acting != ""
}

// errNotTheirs says that an assistant cannot make themselves one again.
var errNotTheirs = errors.Join(web.ErrUnknownLink, errors.New("only the person can let an assistant answer again"))
