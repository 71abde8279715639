package google

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// claims are what an id token says (OpenID Connect Core §2).
type claims struct {
	Issuer   string   `json:"iss"`
	Audience audience `json:"aud"`
	Expires  int64    `json:"exp"`
	Nonce    string   `json:"nonce"`
	Subject  string   `json:"sub"`
	Email    string   `json:"email"`
	Verified truth    `json:"email_verified"`
	Domain   string   `json:"hd"`
}

// audience is a string or a list of them.
type audience []string

func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// truth is a boolean, which some servers send as a string.
type truth bool

func (t *truth) UnmarshalJSON(b []byte) error {
	*t = string(b) == "true" || string(b) == `"true"`
	return nil
}

// readIDToken decodes an id token that came straight from the token endpoint. Its
// signature needs no check then: TLS says who sent it (OpenID Connect Core
// §3.1.3.7, step 6).
func readIDToken(token string) (claims, error) {
	if token == "" {
		return claims{}, errors.New("the answer holds no id token")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}, errors.New("the id token has not three parts")
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return claims{}, errors.New("the id token is not base64")
	}
	var c claims
	if json.Unmarshal(raw, &c) != nil {
		return claims{}, errors.New("the id token is not JSON")
	}
	return c, nil
}

// skew is how far the server's clock may be from ours.
const skew = 5 * time.Minute

// verify checks the claims that must hold for the person to be connected.
func (o *OAuth) verify(c claims, want Attempt) error {
	refuse := func(kind Kind, why, hint string) error {
		return &Error{Op: "connect", Kind: kind, Hint: hint, cause: errors.New(why)}
	}
	issuer := o.endpoints.Issuer
	switch {
	case c.Issuer != issuer && c.Issuer != strings.TrimPrefix(issuer, "https://"):
		return refuse(Permanent, "the id token is from another issuer", "")
	case !slices.Contains(c.Audience, o.client.ClientID):
		return refuse(Permanent, "the id token is for another client", "")
	case o.transport.Clock.Now().After(time.Unix(c.Expires, 0).Add(skew)):
		return refuse(Permanent, "the id token has expired", "check this machine's clock")
	case want.Nonce == "" || c.Nonce != want.Nonce:
		return refuse(Permanent, "the id token is of another attempt", "begin again")
	case c.Email == "" || !bool(c.Verified):
		return refuse(Denied, "the account has no verified address", "")
	case want.Expect != "" && !strings.EqualFold(c.Email, want.Expect):
		return refuse(Denied, "another account was chosen", "choose the account "+want.Expect)
	case o.stranger(c):
		hint := "choose your work account"
		if c.Domain != "" {
			hint += "; if it is, whoever runs unmeet has to add " + c.Domain + ", the primary domain of its Google Workspace, to organization.domains"
		}
		return refuse(Denied, "the account is not of this organization", hint)
	}
	return nil
}

// stranger reports whether Google does not vouch that the account belongs to one of
// the organization's domains. The address alone would not do: anybody may have a
// personal account under an address of theirs. In a Workspace of several domains
// hd is the primary one, whatever domain the address is of.
func (o *OAuth) stranger(c claims) bool {
	return len(o.domains) > 0 && !slices.Contains(o.domains, strings.ToLower(c.Domain))
}
