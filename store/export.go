package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Section is a part of what is kept of a person.
type Section struct {
	Name string
	Rows []map[string]any // as JSON takes them; times are RFC 3339 in UTC
}

// exported is a part of what is kept of one person: $1 is their id. Columns that end
// in _at are times in Unix seconds, left out if 0, and those that end in _json are
// JSON.
type exported struct {
	name   string
	tables []string // whose rows it tells of, but for keys
	query  string
}

const theirAddresses = `(SELECT addr FROM address WHERE person_id = $1)`

var exports = []exported{
	{"person", []string{"person"}, `SELECT email AS address, state, zone, language, rhythm, unsubscribed AS unsubscribed_at, subscribed AS subscribed_again_at,
		turn_at AS next_asked_at, alone_at AS no_assistant_since_at FROM person WHERE id = $1`},
	{"addresses", []string{"address", "alias"}, `SELECT addr AS address FROM address WHERE person_id = $1
		UNION SELECT s.addr FROM alias s JOIN connection c ON c.id = s.connection_id WHERE c.owner IN ` + theirAddresses + ` ORDER BY 1`},
	{"connections", []string{"connection"}, `SELECT id, kind, owner, account, via, via_group AS read_as_member_of, scopes, state, why, hint, since_s AS since_at,
		last_ok AS last_read_at, next_at AS next_read_at, CASE WHEN secret IS NULL THEN 'none' ELSE 'kept, encrypted; it is not told here' END AS secret
		FROM connection WHERE owner IN ` + theirAddresses + ` ORDER BY id`},
	{"calendars", []string{"collection"}, `SELECT k.connection_id AS connection, k.remote AS calendar, k.span_from AS read_from_at, k.span_to AS read_to_at
		FROM collection k JOIN connection c ON c.id = k.connection_id WHERE c.owner IN ` + theirAddresses + ` ORDER BY k.id`},
	{"events", []string{"copy", "withdrawn"}, `SELECT p.title, p.body AS phrases_kept_of_the_description, p.location, p.uid, p.organizer, p.instance, p.start_s AS start_at, p.end_s AS end_at, p.all_day, p.zone,
		p.rrule AS rule, p.status, p.private, p.busy, p.type, p.people_json AS invited_json, p.modified_s AS modified_at
		FROM copy p JOIN collection k ON k.id = p.collection_id JOIN connection c ON c.id = k.connection_id
		WHERE c.owner IN ` + theirAddresses + ` ORDER BY p.start_s, p.uid, p.instance`},
	{"meetings", []string{"meeting", "occurrence", "attendance", "subject", "verdict"}, `SELECT s.title, m.uid, m.organizer, o.instance, o.start_s AS start_at, o.end_s AS end_at, o.state, o.heads AS invited,
		t.response, t.busy, t.optional, t.share_s AS seconds_counted_for_you, (SELECT v.category FROM verdict v WHERE v.subject_hash = o.subject_hash ORDER BY v.rules_hash LIMIT 1) AS classified_as
		FROM attendance t JOIN occurrence o ON o.id = t.occurrence_id JOIN meeting m ON m.id = o.meeting_id
		LEFT JOIN subject s ON s.meeting_id = o.meeting_id AND s.hash = o.subject_hash WHERE t.person_id = $1 ORDER BY o.start_s, o.id`},
	{"suggestions", []string{"suggestion"}, `SELECT id AS suggestion, offered_at, kind, uid, organizer, instance, category AS classified_as, minutes, starts_s AS start_at, expires_s AS expires_at, closes_s AS closes_at,
		snapshot AS shown_json, state, why, choice AS answer, scope, note, acting AS answered_by, pressed_at, commit_at AS held_until_at, wrong AS you_said_wrong, said AS you_said_it_is, never AS you_said_never,
		stray_verb AS answer_of_unknown_browser, stray_at AS answer_of_unknown_browser_at, voided_at
		FROM suggestion WHERE person_id = $1 ORDER BY id`},
	{"rules_of_suggestions", []string{"suggestion_rule"}, `SELECT r.suggestion_id AS suggestion, r.rule FROM suggestion_rule r JOIN suggestion s ON s.id = r.suggestion_id WHERE s.person_id = $1 ORDER BY 1, 2`},
	{"actions_in_your_calendar", []string{"action"}, `SELECT a.suggestion_id AS suggestion, a.verb, a.instance, a.intent AS intent_json, a.receipt AS receipt_json, a.state, a.overtaken, a.why, a.hint, a.made_at, a.ended_at
		FROM action a JOIN suggestion s ON s.id = a.suggestion_id WHERE s.person_id = $1 ORDER BY a.id`},
	{"looks_at_your_calendar_before_actions", []string{"glance"}, `SELECT g.suggestion_id AS suggestion, g.at AS looked_at, g.response, g.start_s AS start_at
		FROM glance g JOIN suggestion s ON s.id = g.suggestion_id WHERE s.person_id = $1 ORDER BY 1, 2`},
	{"declined_from_then_on", []string{"dated"}, `SELECT uid, organizer, from_s AS from_at, was AS answer_before FROM dated WHERE person IN ` + theirAddresses + ` ORDER BY uid`},
	{"plans", []string{"plan"}, `SELECT suggestion_id AS suggestion, kind, category AS classified_as, uid, organizer, instance, start_s AS start_at, end_s AS end_at, net_s AS seconds_given_back, state, why, seen_at
		FROM plan WHERE person_id = $1 ORDER BY start_s, id`},
	{"trials", []string{"trial"}, `SELECT t.suggestion_id AS suggestion, t.state, t.machine AS progress_json, t.headings AS headings_json FROM trial t JOIN suggestion s ON s.id = t.suggestion_id
		WHERE s.person_id = $1 ORDER BY t.id`},
	{"what_you_said_of_trials", []string{"trial_guest"}, `SELECT g.trial_id AS trial, g.answer AS answer_json FROM trial_guest g WHERE g.person_id = $1 ORDER BY g.id`},
	{"outcomes", []string{"outcome"}, `SELECT at AS outcome_at, outcome, suggestion_id AS suggestion, kind, minutes, via, detail AS detail_json FROM outcome WHERE person_id = $1 ORDER BY id`},
	{"silences", []string{"silence"}, `SELECT suggestion_id AS suggestion, uid, organizer, from_s AS from_at, until_s AS until_at, why FROM silence
		WHERE person_id = $1 OR suggestion_id IN (SELECT id FROM suggestion WHERE person_id = $1) OR organizer IN ` + theirAddresses + ` ORDER BY id`},
	{"mails", []string{"mail"}, `SELECT kind, recipient, state, why, queued_at, ended_at, CAST(mime AS TEXT) AS not_sent_yet FROM mail WHERE person IN ` + theirAddresses + ` ORDER BY id`},
	{"addresses_that_take_no_mail", []string{"suppressed"}, `SELECT address, why, at AS since_at FROM suppressed WHERE address IN ` + theirAddresses + ` ORDER BY 1`},
	{"links_in_mails", []string{"token"}, `SELECT suggestion_id AS suggestion, trial_id AS trial, verb, acting AS sent_to, expires_s AS expires_at FROM token WHERE person_id = $1 OR acting IN ` + theirAddresses + ` ORDER BY mail_id, verb`},
	{"answers_you_gave_for_others", nil, `SELECT id AS suggestion, kind, state, choice AS answer, scope, pressed_at FROM suggestion
		WHERE acting IN ` + theirAddresses + ` AND COALESCE(person_id, 0) <> $1 ORDER BY id`},
	{"visits_of_links", []string{"visit"}, `SELECT v.at AS visited_at, v.how, t.verb, t.suggestion_id AS suggestion FROM visit v JOIN token t ON t.hash = v.token_hash WHERE t.person_id = $1 ORDER BY v.at`},
	{"browsers_known_as_yours", []string{"browser"}, `SELECT since_s AS since_at, until_s AS until_at, suggestion_id AS by_answering FROM browser WHERE person_id = $1 ORDER BY since_s`},
	{"signed_in", []string{"session"}, `SELECT since_s AS since_at, used_s AS last_used_at, until_s AS until_at FROM session WHERE address IN ` + theirAddresses + ` ORDER BY since_s`},
	{"links_to_sign_in", []string{"login"}, `SELECT since_s AS sent_at, until_s AS good_until_at FROM login WHERE address IN ` + theirAddresses + ` ORDER BY since_s`},
	{"who_looked", []string{"look"}, `SELECT at AS looked_at, by_whom, what, why FROM look WHERE person_id = $1 ORDER BY id`},
}

// Export returns all that is kept of a person, for them; but for the commands that
// named them ([DB.Audits]). It is an ErrNoPerson if nobody has the address.
func (db *DB) Export(ctx context.Context, address string) (all []Section, err error) {
	fail := func(err error) ([]Section, error) { return nil, fmt.Errorf("export what is of %s: %w", address, err) }
	var person int64
	err = each(ctx, db.read, `SELECT person_id FROM address WHERE addr = lower($1)`, func(rows *sql.Rows) error { return rows.Scan(&person) }, address)
	if err == nil && person == 0 {
		err = ErrNoPerson
	}
	if err != nil {
		return fail(err)
	}
	for _, e := range exports {
		s := Section{Name: e.name, Rows: []map[string]any{}}
		err := each(ctx, db.read, e.query, func(rows *sql.Rows) error {
			row, err := toldRow(rows)
			s.Rows = append(s.Rows, row)
			return err
		}, person)
		if err != nil {
			return fail(fmt.Errorf("%s: %w", e.name, err))
		}
		all = append(all, s)
	}
	return all, nil
}

// toldRow reads a row of an export. What is empty is left out.
func toldRow(rows *sql.Rows) (map[string]any, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	row := map[string]any{}
	for i, name := range columns {
		value := values[i]
		if text, ok := value.([]byte); ok {
			value = string(text)
		}
		text, isText := value.(string)
		if value == nil || isText && text == "" {
			continue
		}
		if unix, ok := value.(int64); ok && strings.HasSuffix(name, "_at") {
			if unix != 0 {
				row[name] = time.Unix(unix, 0).UTC().Format(time.RFC3339)
			}
			continue
		}
		if json.Valid([]byte(text)) && strings.HasSuffix(name, "_json") {
			row[strings.TrimSuffix(name, "_json")] = json.RawMessage(text)
			continue
		}
		row[name] = value
	}
	return row, nil
}
