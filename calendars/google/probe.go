package google

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Check asks the server whether it knows the OAuth client, without anybody's consent:
// it has a refresh token refused that there never was. An error of Kind Admin says
// that the client is refused, others that this cannot be told.
func (o *OAuth) Check(ctx context.Context) error {
	_, _, err := o.refresh(ctx, "no refresh token")
	if e, ok := errors.AsType[*Error](err); ok && e.Reason == "invalid_grant" {
		return nil // the client was believed, the token was not
	}
	if err == nil {
		return newError("check the client", 0, "")
	}
	return err
}

// mostOfAPage is how much of a page is read for the reason why it refuses, in bytes.
const mostOfAPage = 64 << 10

// refusals are the reasons for which a server shows people an error, and no page to
// consent on, as far as the client is at fault.
var refusals = []string{"redirect_uri_mismatch", "invalid_client", "deleted_client", "disabled_client", "org_internal", "admin_policy_enforced"}

// CheckRedirect asks the server whether it would lead people from consenting to the
// attempt's redirect address, without a person. It returns the reason why not in the
// server's word; "" if nothing speaks against it.
func (o *OAuth) CheckRedirect(ctx context.Context, c Attempt) (reason string, err error) {
	failed := o.transport.attempt(ctx, "check the redirect address", func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, o.AuthCodeURL(c), nil)
		if err != nil {
			return err
		}
		resp, err := o.http.Do(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var said []byte
		switch location, err := resp.Location(); {
		case err == nil && strings.HasSuffix(location.Path, "/error"):
			// Google puts what it will show into the address of its page.
			text := location.Query().Get("authError")
			said, _ = base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(text), "="))
			said = append(said, location.RawQuery...)
		case err == nil || resp.StatusCode < 400:
			return nil
		default:
			if said, err = io.ReadAll(io.LimitReader(resp.Body, mostOfAPage)); err != nil {
				return err
			}
		}
		reason = "refused"
		for _, known := range refusals {
			if bytes.Contains(said, []byte(known)) {
				reason = known
			}
		}
		return nil
	})
	if failed != nil {
		return "", failed
	}
	return reason, nil
}
