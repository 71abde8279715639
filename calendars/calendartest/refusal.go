package calendartest

import (
	"cmp"
	"net/http"
)

// refusal is an error as the API tells it.
type refusal struct {
	status   int
	reason   string
	domain   string
	message  string
	location string // the parameter or header that is at fault
}

type wireError struct {
	Error struct {
		Errors []wireErrorItem `json:"errors"`
		Code   int             `json:"code"`
		Msg    string          `json:"message"`
	} `json:"error"`
}

type wireErrorItem struct {
	Domain       string `json:"domain"`
	Reason       string `json:"reason"`
	Message      string `json:"message"`
	LocationType string `json:"locationType,omitempty"`
	Location     string `json:"location,omitempty"`
}

// refusals are the API's reasons with their status, domain and words.
var refusals = map[string]refusal{
	"rateLimitExceeded":        {http.StatusForbidden, "", "usageLimits", "Rate Limit Exceeded", ""},
	"userRateLimitExceeded":    {http.StatusForbidden, "", "usageLimits", "User Rate Limit Exceeded", ""},
	"quotaExceeded":            {http.StatusForbidden, "", "usageLimits", "Calendar usage limits exceeded.", ""},
	"dailyLimitExceeded":       {http.StatusForbidden, "", "usageLimits", "Daily Limit Exceeded", ""},
	"accessNotConfigured":      {http.StatusForbidden, "", "usageLimits", "Google Calendar API has not been used in this project before or it is disabled.", ""},
	"insufficientPermissions":  {http.StatusForbidden, "", "global", "Insufficient Permission: Request had insufficient authentication scopes.", ""},
	"domainPolicy":             {http.StatusForbidden, "", "global", "The domain administrators have disabled Calendar apps.", ""},
	"forbidden":                {http.StatusForbidden, "", "global", "Forbidden", ""},
	"forbiddenForNonOrganizer": {http.StatusForbidden, "", "calendar", "Shared properties can only be changed by the organizer of the event.", ""},
	"authError":                {http.StatusUnauthorized, "", "global", "Invalid Credentials", "Authorization"},
	"notFound":                 {http.StatusNotFound, "", "global", "Not Found", ""},
	"notACalendarUser":         {http.StatusNotFound, "", "calendar", "The user must be signed up for Google Calendar.", ""},
	"deleted":                  {http.StatusGone, "", "global", "Resource has been deleted", ""},
	"fullSyncRequired":         {http.StatusGone, "", "calendar", "Sync token is no longer valid, a full sync is required.", "syncToken"},
	"updatedMinTooLongAgo":     {http.StatusGone, "", "calendar", "The requested minimum modification time lies too far in the past.", "updatedMin"},
	"duplicate":                {http.StatusConflict, "", "global", "The requested identifier already exists.", ""},
	"conflict":                 {http.StatusConflict, "", "global", "Conflict", ""},
	"conditionNotMet":          {http.StatusPreconditionFailed, "", "global", "Precondition Failed", "If-Match"},
	"invalid":                  {http.StatusBadRequest, "", "global", "Invalid Value", ""},
	"badRequest":               {http.StatusBadRequest, "", "global", "Bad Request", ""},
	"required":                 {http.StatusBadRequest, "", "global", "Required", ""},
	"parseError":               {http.StatusBadRequest, "", "global", "Parse Error", ""},
	"timeRangeEmpty":           {http.StatusBadRequest, "", "calendar", "The specified time range is empty.", "timeMax"},
	"channelIdNotUnique":       {http.StatusBadRequest, "", "global", "Channel id not unique", "id"},
	"backendError":             {http.StatusServiceUnavailable, "", "global", "Backend Error", ""},
	"internalError":            {http.StatusInternalServerError, "", "global", "Internal Error", ""},
}

// refuse looks a reason up; message replaces the usual words unless empty.
func refuse(reason, message, location string) *refusal {
	r, ok := refusals[reason]
	if !ok {
		panic("calendartest: no such reason: " + reason)
	}
	r.reason, r.message, r.location = reason, cmp.Or(message, r.message), cmp.Or(location, r.location)
	return &r
}

// body is the refusal as JSON.
func (r *refusal) body() wireError {
	var e wireError
	item := wireErrorItem{Domain: r.domain, Reason: r.reason, Message: r.message, Location: r.location}
	if r.location != "" {
		item.LocationType = "parameter"
		if r.location == "Authorization" || r.location == "If-Match" {
			item.LocationType = "header"
		}
	}
	e.Error.Code, e.Error.Msg, e.Error.Errors = r.status, r.message, []wireErrorItem{item}
	return e
}
