package calendartest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"time"
)

// pageToken is what a page token stands for.
type pageToken struct {
	Calendar string
	Query    string // hash of all parameters but the page token
	Since    int64  // for a delta: the number of its sync token; -1 for a full list
	Snapshot int64  // number of the last change when the first page was made
	After    string // sort key of the last item shown
	Page     int
	At       int64 // Unix seconds
}

// syncToken is what a sync token stands for.
type syncToken struct {
	Calendar, Reader string
	Query            string // hash of the parameters that must stay
	Number           int64  // of the last change it covers
	At               int64  // Unix seconds
}

// seal makes an opaque token of v, which only unseal of the same server and kind
// opens again.
func (g *Google) seal(kind string, v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs only
	}
	return base64.RawURLEncoding.EncodeToString(append(g.sum(kind, text), text...))
}

func (g *Google) unseal(kind, token string, v any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < sealSize || !hmac.Equal(raw[:sealSize], g.sum(kind, raw[sealSize:])) {
		return false
	}
	return json.Unmarshal(raw[sealSize:], v) == nil
}

const sealSize = 12

func (g *Google) sum(kind string, text []byte) []byte {
	h := hmac.New(sha256.New, g.sealKey)
	h.Write([]byte(kind))
	h.Write(text)
	return h.Sum(nil)[:sealSize]
}

// hashQuery names a query without some of its parameters.
func hashQuery(q url.Values, without ...string) string {
	kept := url.Values{}
	for name, values := range q {
		if slices.Contains(without, name) || slices.Contains(plumbing, name) || len(values) == 1 && (values[0] == "" || values[0] == "false") {
			continue
		}
		kept[name] = slices.Sorted(slices.Values(values))
	}
	sum := sha256.Sum256([]byte(kept.Encode()))
	return hex.EncodeToString(sum[:8])
}

// plumbing are parameters that have no say in what is listed.
var plumbing = []string{"alt", "prettyPrint", "key", "quotaUser", "userIp"}

// barred are the parameters that a sync token cannot be used with.
var barred = []string{
	"iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin",
}

// tokenless are those of them with which a list never yields a sync token.
var tokenless = []string{"iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "updatedMin"}

// expired reports whether a token given out at unix is older than life.
func expired(unix int64, life time.Duration, now time.Time) bool {
	return life > 0 && now.Sub(time.Unix(unix, 0)) >= life
}
