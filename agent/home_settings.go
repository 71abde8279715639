package agent

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"unmeet/agent/language"
	"unmeet/agent/suggest"
	"unmeet/agent/web"
	"unmeet/store"
)

// Settings implements [web.Home].
func (h *Home) Settings(ctx context.Context, person string) (web.Settings, error) {
	own, err := h.DB.Settings(ctx, person)
	if err != nil {
		return web.Settings{}, err
	}
	s := web.Settings{
		Chosen: web.Chosen{Language: own.Language, Rhythm: own.Rhythm, Zone: own.Zone}, Languages: language.Tags(),
		Mails: own.Unsubscribed.IsZero(), Alone: !own.Alone.IsZero(),
	}
	slices.Sort(s.Languages)
	if h.Group != nil {
		s.Assistant = h.Group(person).Assistant
	}
	s.Browsers, err = h.DB.Browsers(ctx, h.now(), person)
	return s, err
}

// Choose implements [web.Home].
func (h *Home) Choose(ctx context.Context, person string, c web.Chosen) error {
	rhythms := []suggest.Rhythm{"", suggest.Weekly, suggest.Fortnightly, suggest.Stopped}
	if !slices.Contains(rhythms, suggest.Rhythm(c.Rhythm)) || c.Language != "" && !slices.Contains(language.Tags(), c.Language) {
		return web.ErrNotOffered
	}
	if c.Zone = strings.TrimSpace(c.Zone); c.Zone != "" {
		if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "Local" {
			return web.ErrNoZone
		}
	}
	return h.DB.Set(ctx, person, store.Settings{Language: c.Language, Rhythm: c.Rhythm, Zone: c.Zone})
}

// TakeMails implements [web.Home].
func (h *Home) TakeMails(ctx context.Context, person string, take bool) error {
	if take {
		return h.DB.Resubscribe(ctx, h.now(), person, string(web.ViaOwnPage))
	}
	return h.DB.Unsubscribe(ctx, h.now(), person, string(web.ViaOwnPage))
}

// AnswerAlone implements [web.Home].
func (h *Home) AnswerAlone(ctx context.Context, person string, alone bool) error {
	since := time.Time{}
	if alone {
		since = h.now()
	}
	return h.DB.SetAlone(ctx, person, since)
}

// ForgetBrowser implements [web.Home].
func (h *Home) ForgetBrowser(ctx context.Context, person, id string) error {
	err := h.DB.ForgetBrowsers(ctx, person, id)
	if errors.Is(err, store.ErrNoBrowser) {
		err = web.ErrNotTheirs
	}
	return err
}

// Export implements [web.Home].
func (h *Home) Export(ctx context.Context, person string) ([]byte, error) {
	e, err := ExportOf(ctx, h.DB, person, h.now())
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = e.Write(&b)
	return b.Bytes(), err
}

// Leave implements [web.Home].
func (h *Home) Leave(ctx context.Context, person string, disconnect bool) error {
	if disconnect {
		h.revoke(ctx, person)
		theirs, err := h.connections(ctx, person)
		if err != nil {
			return err
		}
		for _, c := range theirs {
			if c.State == store.Disconnected {
				continue
			}
			if err := h.DB.Disconnect(ctx, h.now(), c.Kind, c.Owner); err != nil {
				return err
			}
		}
	}
	return h.DB.Leave(ctx, h.now(), person, string(web.ViaOwnPage))
}

// Erase implements [web.Home].
func (h *Home) Erase(ctx context.Context, person string) error {
	h.revoke(ctx, person)
	return h.DB.Erase(ctx, h.now(), person)
}

// connections returns those of all addresses of a person.
func (h *Home) connections(ctx context.Context, person string) ([]store.Connection, error) {
	all, err := h.DB.Connections(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(c store.Connection) bool {
		who, err := h.DB.Whose(ctx, c.Owner)
		return err != nil || who.Address != person
	}), nil
}

// revoke gives back what a person granted. What fails does not keep us from erasing our
// side: the person can take it back at the service, as the page says.
func (h *Home) revoke(ctx context.Context, person string) {
	if h.Revoke == nil {
		return
	}
	if err := h.Revoke(ctx, person); err != nil {
		orSilent(h.Log).WarnContext(ctx, "a permission could not be given back", "error", err)
	}
}
