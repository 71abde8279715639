PRAGMA foreign_keys = OFF;
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE person (
    id    INTEGER PRIMARY KEY,
    email TEXT UNIQUE,            -- null once erased
    zone  TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL           -- seen, enrolled, out, erased
, language     TEXT   NOT NULL DEFAULT '', rhythm       TEXT   NOT NULL DEFAULT '', unsubscribed BIGINT NOT NULL DEFAULT 0, subscribed   BIGINT NOT NULL DEFAULT 0, turn_at BIGINT NOT NULL DEFAULT 0, alone_at BIGINT NOT NULL DEFAULT 0);
CREATE TABLE address (
    addr      TEXT PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES person (id)
);
CREATE TABLE connection (
    id    INTEGER PRIMARY KEY,
    kind  TEXT NOT NULL,          -- ics, google, caldav
    owner TEXT NOT NULL           -- address of the person whose calendars they are, '' unknown
, account     TEXT   NOT NULL DEFAULT '', via         TEXT   NOT NULL DEFAULT '', secret      BYTEA, secret_key  TEXT   NOT NULL DEFAULT '', scopes      TEXT   NOT NULL DEFAULT '', state       TEXT   NOT NULL DEFAULT '', why         TEXT   NOT NULL DEFAULT '', hint        TEXT   NOT NULL DEFAULT '', since_s     BIGINT NOT NULL DEFAULT 0, next_at     BIGINT NOT NULL DEFAULT 0, lease_by    TEXT   NOT NULL DEFAULT '', lease_until BIGINT NOT NULL DEFAULT 0, failures    BIGINT NOT NULL DEFAULT 0, last_ok     BIGINT NOT NULL DEFAULT 0, via_group TEXT NOT NULL DEFAULT '');
CREATE TABLE collection (
    id            INTEGER PRIMARY KEY,
    connection_id BIGINT NOT NULL REFERENCES connection (id),
    remote        TEXT NOT NULL,
    cursor        TEXT NOT NULL DEFAULT '',
    span_from     BIGINT NOT NULL DEFAULT 0,   -- what has been listed so far; empty if equal
    span_to       BIGINT NOT NULL DEFAULT 0, read_ms  BIGINT NOT NULL DEFAULT 0,
    UNIQUE (connection_id, remote)
);
CREATE TABLE copy (
    collection_id BIGINT NOT NULL REFERENCES collection (id),
    remote        TEXT NOT NULL,
    uid           TEXT NOT NULL,
    organizer     TEXT NOT NULL,  -- address, '' if none is named
    instance      TEXT NOT NULL,  -- '' for the series itself or a one-off
    etag          TEXT NOT NULL,
    sequence      BIGINT NOT NULL,
    modified_s    BIGINT NOT NULL,
    title         TEXT NOT NULL,
    body          TEXT NOT NULL,
    location      TEXT NOT NULL,
    private       BIGINT NOT NULL,
    busy          BIGINT NOT NULL,
    status        TEXT NOT NULL,
    start_s       BIGINT NOT NULL,
    end_s         BIGINT NOT NULL,
    all_day       BIGINT NOT NULL,
    zone          TEXT NOT NULL,
    rrule         TEXT NOT NULL,
    spans         BYTEA NOT NULL, -- of a series: its plain occurrences, packed
    heads_known   BIGINT NOT NULL,
    people_json   TEXT NOT NULL,  -- organizer's name and the guest list
    ended         BIGINT NOT NULL, -- 1: gone from the calendar, kept for what lies outside the listed span
    hash          BIGINT NOT NULL, body_hash BIGINT NOT NULL DEFAULT 0, whole     BIGINT NOT NULL DEFAULT 1, split_from TEXT NOT NULL DEFAULT '', since_ms BIGINT NOT NULL DEFAULT 0, type TEXT NOT NULL DEFAULT '', -- of all the above, to see changes
    PRIMARY KEY (uid, organizer, instance, collection_id, remote)
);
CREATE TABLE lineage (
    id INTEGER PRIMARY KEY
);
CREATE TABLE meeting (
    id         INTEGER PRIMARY KEY,
    uid        TEXT NOT NULL,
    organizer  TEXT NOT NULL,
    lineage_id BIGINT NOT NULL REFERENCES lineage (id), news_ms  BIGINT NOT NULL DEFAULT 0,
    UNIQUE (uid, organizer)
);
CREATE TABLE subject (
    meeting_id  BIGINT NOT NULL REFERENCES meeting (id),
    hash        TEXT NOT NULL,
    title       TEXT NOT NULL,
    body        TEXT NOT NULL,
    private     BIGINT NOT NULL,
    minutes     BIGINT NOT NULL,
    rrule       TEXT NOT NULL,
    heads       BIGINT NOT NULL,
    heads_known BIGINT NOT NULL,
    external    BIGINT NOT NULL,
    optional    BIGINT NOT NULL,
    accepted    BIGINT NOT NULL,
    declined    BIGINT NOT NULL,
    unanswered  BIGINT NOT NULL,
    guests_json TEXT NOT NULL, body_hash BIGINT NOT NULL DEFAULT 0, whole     BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (meeting_id, hash)
);
CREATE TABLE occurrence (
    id           INTEGER PRIMARY KEY,
    meeting_id   BIGINT NOT NULL REFERENCES meeting (id),
    instance     TEXT NOT NULL,
    start_s      BIGINT NOT NULL,
    end_s        BIGINT NOT NULL,
    all_day      BIGINT NOT NULL,
    state        TEXT NOT NULL,   -- confirmed, tentative, cancelled
    subject_hash TEXT NOT NULL,
    heads        BIGINT NOT NULL,
    heads_known  BIGINT NOT NULL,
    counts       BIGINT NOT NULL, -- 0 not at all, 1 as a meeting, 2 only among hours with unknown guests
    people       BIGINT NOT NULL, -- of the organization who attend
    gross_s      BIGINT NOT NULL, -- their shares
    UNIQUE (meeting_id, instance)
);
CREATE TABLE attendance (
    occurrence_id BIGINT NOT NULL REFERENCES occurrence (id),
    person_id     BIGINT NOT NULL REFERENCES person (id),
    response      TEXT NOT NULL,
    source        TEXT NOT NULL,  -- whose copy says so: own, organizer, other, none
    busy          BIGINT NOT NULL,
    share_s       BIGINT NOT NULL, optional BIGINT NOT NULL DEFAULT 0, start_s BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (occurrence_id, person_id)
);
CREATE TABLE verdict (
    subject_hash TEXT NOT NULL,
    rules_hash   TEXT NOT NULL,
    category     TEXT NOT NULL,
    verdict      TEXT NOT NULL, words TEXT NOT NULL DEFAULT '',   -- JSON, as the rules said it
    PRIMARY KEY (subject_hash, rules_hash)
);
CREATE TABLE pending (
    state_hash TEXT   PRIMARY KEY,  -- of the state that the browser carries
    sealed     BYTEA  NOT NULL,     -- what must be known when it comes back
    expires_s  BIGINT NOT NULL
);
CREATE TABLE withdrawn (
    uid           TEXT   NOT NULL,
    organizer     TEXT   NOT NULL,
    collection_id BIGINT NOT NULL REFERENCES collection (id),
    at_ms         BIGINT NOT NULL,  -- when that was first seen
    PRIMARY KEY (uid, organizer, collection_id, at_ms)
);
CREATE TABLE alias (
    addr          TEXT   NOT NULL,
    connection_id BIGINT NOT NULL REFERENCES connection (id),
    PRIMARY KEY (addr, connection_id)
);
CREATE TABLE suggestion (
    id           INTEGER PRIMARY KEY,
    person_id    BIGINT REFERENCES person (id), -- null once the person left
    mail_id      BIGINT NOT NULL,  -- that it went out with
    offered_at   BIGINT NOT NULL,
    uid          TEXT   NOT NULL,  -- '' once the person left, and so the next two
    organizer    TEXT   NOT NULL,
    instance     TEXT   NOT NULL,
    kind         TEXT   NOT NULL,  -- decline, trial, split, shorten
    recurring    BIGINT NOT NULL,
    minutes      BIGINT NOT NULL,  -- that it would give back
    category     TEXT   NOT NULL,  -- that the meeting was classified as
    starts_s     BIGINT NOT NULL,
    expires_s    BIGINT NOT NULL,  -- from then on it cannot be answered
    closes_s     BIGINT NOT NULL,  -- from then on an answer cannot be taken back
    subject_hash TEXT   NOT NULL,
    rules_hash   TEXT   NOT NULL,
    snapshot     BYTEA  NOT NULL,  -- what the mail showed
    state        TEXT   NOT NULL,  -- offered, pending, accepted, kept, expired, withdrawn
    why          TEXT   NOT NULL DEFAULT '',  -- it was withdrawn
    choice       TEXT   NOT NULL DEFAULT '',  -- the answer that stands
    scope        TEXT   NOT NULL DEFAULT '',
    note         TEXT   NOT NULL DEFAULT '',
    visitor      TEXT   NOT NULL DEFAULT '',  -- browser that answered
    known        BIGINT NOT NULL DEFAULT 0,
    pressed_at   BIGINT NOT NULL DEFAULT 0,
    commit_at    BIGINT NOT NULL DEFAULT 0,   -- when the hold is over
    epoch        BIGINT NOT NULL DEFAULT 0,   -- answers so far that are held
    wrong        BIGINT NOT NULL DEFAULT 0,   -- the person said that the classification is
    said         TEXT   NOT NULL DEFAULT '',  -- the category that they said it is
    never        BIGINT NOT NULL DEFAULT 0,
    stray_verb   TEXT   NOT NULL DEFAULT '',  -- last answer of an unknown browser
    stray_scope  TEXT   NOT NULL DEFAULT '',
    stray_at     BIGINT NOT NULL DEFAULT 0,
    stood        TEXT   NOT NULL DEFAULT '',  -- JSON: what stood before stray answers
    voided_at    BIGINT NOT NULL DEFAULT 0,
    next_at      BIGINT NOT NULL              -- when time changes it: its hold, or its time to be answered, is over; 0 never
, write_s BIGINT NOT NULL DEFAULT 1200, read_s  BIGINT NOT NULL DEFAULT 300, acting   TEXT   NOT NULL DEFAULT '');
CREATE TABLE suggestion_rule (
    suggestion_id BIGINT NOT NULL REFERENCES suggestion (id),
    rule          TEXT   NOT NULL,
    PRIMARY KEY (suggestion_id, rule)
);
CREATE TABLE token (
    hash          BYTEA  PRIMARY KEY,
    mail_id       BIGINT NOT NULL,
    suggestion_id BIGINT REFERENCES suggestion (id),  -- null: the mail as a whole
    person_id     BIGINT NOT NULL REFERENCES person (id),
    verb          TEXT   NOT NULL,
    epoch         BIGINT NOT NULL,                    -- of a receipt: the answer that it tells of, else 0
    expires_s     BIGINT NOT NULL                     -- 0 never
, trial_id BIGINT REFERENCES trial (id), ordinal  BIGINT NOT NULL DEFAULT 0, acting   TEXT   NOT NULL DEFAULT '');
CREATE TABLE visit (
    token_hash BYTEA  NOT NULL REFERENCES token (hash),
    at         BIGINT NOT NULL,
    how        TEXT   NOT NULL
);
CREATE TABLE browser (
    hash          BYTEA  PRIMARY KEY,
    person_id     BIGINT NOT NULL REFERENCES person (id),
    suggestion_id BIGINT REFERENCES suggestion (id),  -- it became known by answering that; null: by connecting
    since_s       BIGINT NOT NULL,
    from_s        BIGINT NOT NULL,  -- before that, it is not known yet: the answer may still be cancelled
    until_s       BIGINT NOT NULL
);
CREATE TABLE silence (
    id            INTEGER PRIMARY KEY,
    suggestion_id BIGINT REFERENCES suggestion (id),  -- whose answer it is; null once the person left
    person_id     BIGINT REFERENCES person (id),  -- who is not asked; null: nobody is
    uid           TEXT   NOT NULL,  -- the meeting whose lineage it is about; '' all of the organizer's
    organizer     TEXT   NOT NULL,
    from_s        BIGINT NOT NULL,
    until_s       BIGINT NOT NULL,  -- 0: lasting
    why           TEXT   NOT NULL
);
CREATE TABLE outcome (
    id            INTEGER PRIMARY KEY,
    at            BIGINT NOT NULL,
    suggestion_id BIGINT,           -- null: of no suggestion
    person_id     BIGINT,           -- null once the person left
    counts_as     TEXT   NOT NULL DEFAULT '',  -- of "suggested", once the person left: a random key, so that sums still count them as one
    outcome       TEXT   NOT NULL,  -- suggested, pressed, undone, accepted, kept, void, wrong, never, expired, withdrawn, left, returned
    kind          TEXT   NOT NULL,  -- of the suggestion, '' if of none
    minutes       BIGINT NOT NULL,  -- that the suggestion would give back
    via           TEXT   NOT NULL,
    rules_hash    TEXT   NOT NULL,
    detail        TEXT   NOT NULL   -- JSON
);
CREATE TABLE mail (
    id          INTEGER PRIMARY KEY,
    message_id  TEXT   NOT NULL UNIQUE,
    person      TEXT   NOT NULL,            -- address of the person it is for, '' once erased
    kind        TEXT   NOT NULL,            -- digest, receipt, trouble
    sender      TEXT   NOT NULL,            -- MAIL FROM
    recipient   TEXT   NOT NULL,            -- RCPT TO, exactly one, '' once erased
    mime        BYTEA,                      -- the whole message, null once scrubbed
    hash        TEXT   NOT NULL,            -- SHA-256 of it, in hex
    state       TEXT   NOT NULL,            -- queued, sent, dropped, parked
    why         TEXT   NOT NULL DEFAULT '', -- it is in that state, or was not sent yet
    tries       BIGINT NOT NULL DEFAULT 0,  -- how often the server said "later"
    unsure      BIGINT NOT NULL DEFAULT 0,  -- how often it was handed over without an answer
    queued_at   BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL DEFAULT 0,  -- when it was sent, dropped or parked
    next_at     BIGINT NOT NULL,
    deadline_s  BIGINT NOT NULL,            -- from then on it is not sent any more
    lease_by    TEXT   NOT NULL DEFAULT '', -- who sends it at the moment, '' nobody
    lease_until BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE suppressed (
    address TEXT   PRIMARY KEY,
    why     TEXT   NOT NULL,
    at      BIGINT NOT NULL
);
CREATE TABLE look (
    id        INTEGER PRIMARY KEY,
    at        BIGINT NOT NULL,
    person_id BIGINT,          -- whose it is; null once the person left
    by_whom   TEXT   NOT NULL,
    what      TEXT   NOT NULL,
    why       TEXT   NOT NULL  -- '' once the person left
);
CREATE TABLE action (
    id            INTEGER PRIMARY KEY,
    key           TEXT   NOT NULL UNIQUE,          -- suggestion, verb, instance, epoch; of one that takes back, "/back"
    suggestion_id BIGINT NOT NULL REFERENCES suggestion (id),
    epoch         BIGINT NOT NULL,                 -- of the answer that it comes of
    undoes        BIGINT REFERENCES action (id),   -- the action that it takes back, null if it takes back none
    instance      TEXT   NOT NULL,                 -- of the intent, as is the next
    verb          TEXT   NOT NULL,
    intent        TEXT   NOT NULL,                 -- JSON
    receipt       TEXT   NOT NULL DEFAULT '',      -- JSON; from when it is about to be done
    state         TEXT   NOT NULL,                 -- waiting, due, begun, applied, failed, superseded, handed, dropped
    needs         TEXT   NOT NULL DEFAULT '',      -- waiting: consent, connection, effect
    overtaken     TEXT   NOT NULL DEFAULT '',      -- superseded: how the world moved, '' if it was so already
    why           TEXT   NOT NULL DEFAULT '',      -- it failed, waits, or was not done yet
    hint          TEXT   NOT NULL DEFAULT '',      -- what to do about that
    tries         BIGINT NOT NULL DEFAULT 0,       -- how often it did not come off
    made_at       BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL DEFAULT 0,
    next_at       BIGINT NOT NULL,
    until_s       BIGINT NOT NULL,                 -- from then on it is too late to do it
    lease_by      TEXT   NOT NULL DEFAULT '',      -- who does it at the moment, '' nobody
    lease_until   BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE attempt (
    action_id BIGINT NOT NULL REFERENCES action (id),
    at        BIGINT NOT NULL
);
CREATE TABLE glance (
    suggestion_id BIGINT NOT NULL REFERENCES suggestion (id),
    epoch         BIGINT NOT NULL,
    at            BIGINT NOT NULL DEFAULT 0,       -- when that was, 0 if nobody could look yet
    response      TEXT   NOT NULL DEFAULT '',      -- what the person had answered
    start_s       BIGINT NOT NULL DEFAULT 0,       -- when the occurrence was to begin
    next_at       BIGINT NOT NULL,                 -- when to look, 0 never
    PRIMARY KEY (suggestion_id, epoch)
);
CREATE TABLE dated (
    person    TEXT   NOT NULL,   -- address
    uid       TEXT   NOT NULL,
    organizer TEXT   NOT NULL,
    from_s    BIGINT NOT NULL,
    was       TEXT   NOT NULL,   -- the answer before
    PRIMARY KEY (uid, organizer, person)
);
CREATE TABLE plan (
    id            INTEGER PRIMARY KEY,
    suggestion_id BIGINT NOT NULL REFERENCES suggestion (id),
    epoch         BIGINT NOT NULL,  -- of the answer that it comes of; 0: of none, the suggestion was about it
    person_id     BIGINT REFERENCES person (id),  -- whose time it is; null once the person left
    counts_as     TEXT   NOT NULL DEFAULT '',     -- once the person left: a random key, so that sums still count them as one
    same          BIGINT NOT NULL,  -- the same for all rows of one person at one occurrence
    kind          TEXT   NOT NULL,  -- of the suggestion: decline, trial
    category      TEXT   NOT NULL,  -- that the meeting was classified as
    uid           TEXT   NOT NULL,  -- '' once the person left, and so organizer and instance
    organizer     TEXT   NOT NULL,
    instance      TEXT   NOT NULL,
    start_s       BIGINT NOT NULL,
    end_s         BIGINT NOT NULL,
    net_s         BIGINT NOT NULL,  -- of it, this person's part
    known         BIGINT NOT NULL,  -- 1: calendars have shown it; 0: it follows from the rule of its series
    unsent        BIGINT NOT NULL,  -- 1: counts only once its update was sent
    state         TEXT   NOT NULL,  -- suggested, planned, freed, met again, thawed
    why           TEXT   NOT NULL DEFAULT '',  -- it is freed: declined, cancelled, absent
    seen_at       BIGINT NOT NULL DEFAULT 0,   -- when that was first seen
    replaced_s    BIGINT NOT NULL DEFAULT 0    -- when the week begins in which another came in its stead, 0 none
);
CREATE TABLE plan_week (
    suggestion_id BIGINT NOT NULL REFERENCES suggestion (id),
    epoch         BIGINT NOT NULL,
    person_id     BIGINT NOT NULL REFERENCES person (id),
    from_s        BIGINT NOT NULL,
    to_s          BIGINT NOT NULL,
    expected      BIGINT NOT NULL,
    PRIMARY KEY (suggestion_id, epoch, person_id, from_s)
);
CREATE TABLE trial (
    id            INTEGER PRIMARY KEY,
    suggestion_id BIGINT NOT NULL REFERENCES suggestion (id),
    epoch         BIGINT NOT NULL,              -- of the answer that began it
    state         TEXT   NOT NULL,              -- running, asking, ending, converted, shortened, restored, lapsed, undone, left
    machine       TEXT   NOT NULL,              -- JSON: how far it has come; '' once its organizer left
    headings      TEXT   NOT NULL DEFAULT '',   -- JSON: of its drafts, as the agenda has them; '' before that was read, and once it is over
    next_at       BIGINT NOT NULL,              -- when time changes it, 0 never
    UNIQUE (suggestion_id, epoch)
);
CREATE TABLE trial_guest (
    id        INTEGER PRIMARY KEY,
    trial_id  BIGINT NOT NULL REFERENCES trial (id),
    person_id BIGINT REFERENCES person (id),    -- null once the person left
    answer    TEXT   NOT NULL DEFAULT '',       -- JSON, '' while there is none
    UNIQUE (trial_id, person_id)
);
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY,
    at       BIGINT NOT NULL,
    by_whom  TEXT   NOT NULL,
    command  TEXT   NOT NULL,             -- "connect google"
    words    TEXT   NOT NULL,             -- what followed, without secrets; {1}, {2} for people's addresses
    why      TEXT   NOT NULL,             -- as they said
    outcome  TEXT   NOT NULL DEFAULT '',  -- done, failed, refused (not understood), nothing (to work on); '' not over, or cut off
    ended_at BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE audit_about (
    audit_id BIGINT NOT NULL REFERENCES audit (id),
    ordinal  BIGINT NOT NULL,             -- from 1
    address  TEXT   NOT NULL,             -- '' once the person is forgotten
    PRIMARY KEY (audit_id, ordinal)
);
CREATE TABLE forgotten (
    hash BYTEA  PRIMARY KEY,  -- keyed with what meta has as 'forgotten'
    at   BIGINT NOT NULL
);
CREATE TABLE session (
    hash    BYTEA  PRIMARY KEY,
    address TEXT   NOT NULL,
    since_s BIGINT NOT NULL,
    used_s  BIGINT NOT NULL,  -- when it was last used, to within minutes
    until_s BIGINT NOT NULL
);
CREATE TABLE login (
    hash    BYTEA  PRIMARY KEY,
    address TEXT   NOT NULL,
    since_s BIGINT NOT NULL,
    until_s BIGINT NOT NULL
);
INSERT INTO meta ("name", "value") VALUES ('organization', '{"Name":"Acme","Domains":["acme.example"],"Addresses":null}');
INSERT INTO meta ("name", "value") VALUES ('people', '11');
INSERT INTO meta ("name", "value") VALUES ('longest', '5400');
INSERT INTO meta ("name", "value") VALUES ('forgotten', 'de87e844555961e2dac63a0d42fc4a8d00aef5fa824cbf0e46699f018e9dd897');
INSERT INTO person ("alone_at", "email", "id", "language", "rhythm", "state", "subscribed", "turn_at", "unsubscribed", "zone") VALUES (1793757600, 'ann@acme.example', 1, '', '', 'seen', 0, 0, 0, '');
INSERT INTO person ("alone_at", "email", "id", "language", "rhythm", "state", "subscribed", "turn_at", "unsubscribed", "zone") VALUES (0, 'bob@acme.example', 2, '', '', 'enrolled', 0, 0, 0, '');
INSERT INTO person ("alone_at", "email", "id", "language", "rhythm", "state", "subscribed", "turn_at", "unsubscribed", "zone") VALUES (0, 'dan@acme.example', 3, '', '', 'seen', 0, 0, 0, '');
INSERT INTO person ("alone_at", "email", "id", "language", "rhythm", "state", "subscribed", "turn_at", "unsubscribed", "zone") VALUES (0, 'cid@acme.example', 4, '', '', 'out', 0, 0, 0, '');
INSERT INTO person ("alone_at", "email", "id", "language", "rhythm", "state", "subscribed", "turn_at", "unsubscribed", "zone") VALUES (0, 'eve@acme.example', 5, '', '', 'seen', 0, 0, 0, '');
INSERT INTO person ("alone_at", "email", "id", "language", "rhythm", "state", "subscribed", "turn_at", "unsubscribed", "zone") VALUES (0, 'fay@acme.example', 6, '', '', 'enrolled', 0, 0, 0, '');
INSERT INTO person ("alone_at", "email", "id", "language", "rhythm", "state", "subscribed", "turn_at", "unsubscribed", "zone") VALUES (0, NULL, 7, '', '', 'erased', 0, 0, 0, '');
INSERT INTO address ("addr", "person_id") VALUES ('ann@acme.example', 1);
INSERT INTO address ("addr", "person_id") VALUES ('bob@acme.example', 2);
INSERT INTO address ("addr", "person_id") VALUES ('dan@acme.example', 3);
INSERT INTO address ("addr", "person_id") VALUES ('cid@acme.example', 4);
INSERT INTO address ("addr", "person_id") VALUES ('eve@acme.example', 5);
INSERT INTO address ("addr", "person_id") VALUES ('fay@acme.example', 6);
INSERT INTO address ("addr", "person_id") VALUES ('d8b312d48f3ebe7e@forgotten.invalid', 7);
INSERT INTO connection ("account", "failures", "hint", "id", "kind", "last_ok", "lease_by", "lease_until", "next_at", "owner", "scopes", "secret", "secret_key", "since_s", "state", "via", "via_group", "why") VALUES ('', 0, '', 1, 'ics', 0, '', 0, 0, 'ann@acme.example', '', NULL, '', 0, '', '', '', '');
INSERT INTO connection ("account", "failures", "hint", "id", "kind", "last_ok", "lease_by", "lease_until", "next_at", "owner", "scopes", "secret", "secret_key", "since_s", "state", "via", "via_group", "why") VALUES ('', 0, '', 2, 'ics', 0, '', 0, 0, 'bob@acme.example', '', NULL, '', 0, '', '', '', '');
INSERT INTO connection ("account", "failures", "hint", "id", "kind", "last_ok", "lease_by", "lease_until", "next_at", "owner", "scopes", "secret", "secret_key", "since_s", "state", "via", "via_group", "why") VALUES ('1', 0, '', 3, 'google', 0, '', 0, 1793577600, 'fay@acme.example', 'read', X'0001FF', 'key', 1793577600, 'connected', 'grant', '', '');
INSERT INTO collection ("connection_id", "cursor", "id", "read_ms", "remote", "span_from", "span_to") VALUES (1, 'as of Tuesday', 1, 1793707200000, 'ann.ics', 1793577600, 1795996800);
INSERT INTO collection ("connection_id", "cursor", "id", "read_ms", "remote", "span_from", "span_to") VALUES (2, '', 2, 1793577600000, 'bob.ics', 1793577600, 1795996800);
INSERT INTO collection ("connection_id", "cursor", "id", "read_ms", "remote", "span_from", "span_to") VALUES (3, '', 3, 0, 'primary', 0, 0);
INSERT INTO copy ("all_day", "body", "body_hash", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "since_ms", "spans", "split_from", "start_s", "status", "title", "type", "uid", "whole", "zone") VALUES (0, 'a;b''c', -7868818596680738999, 1, 1, 1793617200, 0, '', -5628394060019259692, 1, '', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"needs-action"},{"a":"bob@acme.example","r":"accepted"},{"a":"dan@acme.example","r":"needs-action"}]}', 0, 'quoted', '', 0, 1793577600000, X'', '', 1793611800, 'confirmed', 'It''s "so"' || char(10) || '— Привет', '', 'quoted', 1, 'UTC');
INSERT INTO copy ("all_day", "body", "body_hash", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "since_ms", "spans", "split_from", "start_s", "status", "title", "type", "uid", "whole", "zone") VALUES (0, 'Body of sync', -9115068508270469073, 1, 1, 1793613600, 0, '', -585743781548697031, 1, '', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"accepted"},{"a":"bob@acme.example","r":"needs-action"},{"a":"cid@acme.example","r":"declined"},{"a":"guest@elsewhere.example","r":"needs-action"}]}', 0, 'sync', 'FREQ=WEEKLY', 0, 1793577600000, X'A0C4C2AE0D901C0080EA49901C0080D49301901C00', '', 1793610000, 'confirmed', 'Title of sync', '', 'sync', 1, 'UTC');
INSERT INTO copy ("all_day", "body", "body_hash", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "since_ms", "spans", "split_from", "start_s", "status", "title", "type", "uid", "whole", "zone") VALUES (0, 'Body of sync', -9115068508270469073, 1, 1, 1794830400, 0, '', -7119057492829507355, 1, '20261116T090000Z', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"accepted"},{"a":"bob@acme.example","r":"needs-action"},{"a":"cid@acme.example","r":"declined"},{"a":"guest@elsewhere.example","r":"needs-action"}]}', 0, 'sync', '', 0, 1793577600000, X'', '', 1794826800, 'confirmed', 'Sync, later', '', 'sync', 1, 'UTC');
INSERT INTO copy ("all_day", "body", "body_hash", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "since_ms", "spans", "split_from", "start_s", "status", "title", "type", "uid", "whole", "zone") VALUES (0, 'Body of sync', -9115068508270469073, 1, 2, 1793613600, 0, '', -7717230387248970418, 1, '', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"accepted"},{"a":"bob@acme.example","r":"accepted"},{"a":"cid@acme.example","r":"declined"},{"a":"guest@elsewhere.example","r":"needs-action"}]}', 0, 'sync', 'FREQ=WEEKLY', 0, 1793577600000, X'A0C4C2AE0D901C0080EA49901C0080EA49901C0080EA49901C00', '', 1793610000, 'confirmed', 'Title of sync', '', 'sync', 1, 'UTC');
INSERT INTO copy ("all_day", "body", "body_hash", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "since_ms", "spans", "split_from", "start_s", "status", "title", "type", "uid", "whole", "zone") VALUES (0, 'Body of sync', -9115068508270469073, 1, 2, 1793613600, 0, '', 5861105045430056457, 1, '', '', 0, 'eve@acme.example', '{"guests":[{"a":"bob@acme.example","r":"needs-action"},{"a":"eve@acme.example","r":"needs-action"}]}', 0, 'other', '', 0, 1793577600000, X'', '', 1793610000, 'confirmed', 'Title of sync', '', 'sync', 1, 'UTC');
INSERT INTO copy ("all_day", "body", "body_hash", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "since_ms", "spans", "split_from", "start_s", "status", "title", "type", "uid", "whole", "zone") VALUES (0, '', 0, 1, 1, 1793700000, 1, '', -1371918345150493742, 1, '', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"needs-action"},{"a":"dan@acme.example","r":"needs-action"}]}', 1, 'secret', '', 0, 1793577600000, X'', '', 1793696400, 'confirmed', '', '', 'secret', 1, 'UTC');
INSERT INTO lineage ("id") VALUES (1);
INSERT INTO lineage ("id") VALUES (2);
INSERT INTO lineage ("id") VALUES (3);
INSERT INTO lineage ("id") VALUES (4);
INSERT INTO lineage ("id") VALUES (5);
INSERT INTO lineage ("id") VALUES (6);
INSERT INTO meeting ("id", "lineage_id", "news_ms", "organizer", "uid") VALUES (1, 1, 0, 'ann@acme.example', 'many');
INSERT INTO meeting ("id", "lineage_id", "news_ms", "organizer", "uid") VALUES (2, 2, 0, 'ann@acme.example', 'off');
INSERT INTO meeting ("id", "lineage_id", "news_ms", "organizer", "uid") VALUES (3, 3, 1793577600000, 'ann@acme.example', 'quoted');
INSERT INTO meeting ("id", "lineage_id", "news_ms", "organizer", "uid") VALUES (4, 4, 1793707200000, 'ann@acme.example', 'secret');
INSERT INTO meeting ("id", "lineage_id", "news_ms", "organizer", "uid") VALUES (5, 5, 1793577600000, 'ann@acme.example', 'sync');
INSERT INTO meeting ("id", "lineage_id", "news_ms", "organizer", "uid") VALUES (6, 6, 1793577600000, 'eve@acme.example', 'sync');
INSERT INTO subject ("accepted", "body", "body_hash", "declined", "external", "guests_json", "hash", "heads", "heads_known", "meeting_id", "minutes", "optional", "private", "rrule", "title", "unanswered", "whole") VALUES (1, 'a;b''c', -7868818596680738999, 0, 0, '[{"address":"ann@acme.example","organizer":true},{"address":"bob@acme.example"},{"address":"dan@acme.example"}]', '8b7091fff2c3675b924eac76e64f66be', 3, 1, 3, 90, 0, 0, '', 'It''s "so"' || char(10) || '— Привет', 1, 1);
INSERT INTO subject ("accepted", "body", "body_hash", "declined", "external", "guests_json", "hash", "heads", "heads_known", "meeting_id", "minutes", "optional", "private", "rrule", "title", "unanswered", "whole") VALUES (0, '', 0, 0, 0, '[{"address":"ann@acme.example","organizer":true},{"address":"dan@acme.example"}]', '1173c56f82e343cf283d183304459a97', 2, 1, 4, 60, 0, 1, '', '', 1, 1);
INSERT INTO subject ("accepted", "body", "body_hash", "declined", "external", "guests_json", "hash", "heads", "heads_known", "meeting_id", "minutes", "optional", "private", "rrule", "title", "unanswered", "whole") VALUES (1, 'Body of sync', -9115068508270469073, 1, 1, '[{"address":"ann@acme.example","organizer":true},{"address":"bob@acme.example"},{"address":"cid@acme.example"},{"address":"guest@elsewhere.example"}]', '1c743a017a56118ed38ba0b778a4897e', 4, 1, 5, 60, 0, 0, 'FREQ=WEEKLY', 'Title of sync', 1, 1);
INSERT INTO subject ("accepted", "body", "body_hash", "declined", "external", "guests_json", "hash", "heads", "heads_known", "meeting_id", "minutes", "optional", "private", "rrule", "title", "unanswered", "whole") VALUES (1, 'Body of sync', -9115068508270469073, 1, 1, '[{"address":"ann@acme.example","organizer":true},{"address":"bob@acme.example"},{"address":"cid@acme.example"},{"address":"guest@elsewhere.example"}]', 'b2d47ba7ef9600e53578612d97b72297', 4, 1, 5, 60, 0, 0, 'FREQ=WEEKLY', 'Sync, later', 1, 1);
INSERT INTO subject ("accepted", "body", "body_hash", "declined", "external", "guests_json", "hash", "heads", "heads_known", "meeting_id", "minutes", "optional", "private", "rrule", "title", "unanswered", "whole") VALUES (0, 'Body of sync', -9115068508270469073, 0, 0, '[{"address":"bob@acme.example"},{"address":"eve@acme.example","organizer":true}]', 'dfbe335feb0bcbb5550d362e98c4bbe1', 2, 1, 6, 60, 0, 0, '', 'Title of sync', 1, 1);
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1793617200, 14100, 3, 1, 3, '', 3, 3, 1793611800, 'confirmed', '8b7091fff2c3675b924eac76e64f66be');
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1793700000, 7200, 2, 1, 4, '', 4, 2, 1793696400, 'confirmed', '1173c56f82e343cf283d183304459a97');
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1793613600, 4200, 4, 1, 5, '20261102T090000Z', 5, 2, 1793610000, 'confirmed', '1c743a017a56118ed38ba0b778a4897e');
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1794218400, 7200, 4, 1, 6, '20261109T090000Z', 5, 2, 1794214800, 'confirmed', '1c743a017a56118ed38ba0b778a4897e');
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1794830400, 7200, 4, 1, 7, '20261116T090000Z', 5, 2, 1794826800, 'confirmed', 'b2d47ba7ef9600e53578612d97b72297');
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1795428000, 7200, 4, 1, 8, '20261123T090000Z', 5, 2, 1795424400, 'confirmed', '1c743a017a56118ed38ba0b778a4897e');
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1793613600, 5100, 2, 1, 9, '', 6, 2, 1793610000, 'confirmed', 'dfbe335feb0bcbb5550d362e98c4bbe1');
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 3, 0, 1, 'needs-action', 4500, 'own', 1793611800);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 3, 0, 2, 'accepted', 4200, 'organizer', 1793611800);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 3, 0, 3, 'needs-action', 5400, 'organizer', 1793611800);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 4, 0, 1, 'needs-action', 3600, 'own', 1793696400);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 4, 0, 3, 'needs-action', 3600, 'organizer', 1793696400);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 5, 0, 1, 'accepted', 2700, 'own', 1793610000);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 5, 0, 2, 'accepted', 1500, 'own', 1793610000);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 5, 0, 4, 'declined', 0, 'organizer', 1793610000);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 6, 0, 1, 'accepted', 3600, 'own', 1794214800);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 6, 0, 2, 'accepted', 3600, 'own', 1794214800);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 6, 0, 4, 'declined', 0, 'organizer', 1794214800);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 7, 0, 1, 'accepted', 3600, 'own', 1794826800);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 7, 0, 2, 'accepted', 3600, 'own', 1794826800);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 7, 0, 4, 'declined', 0, 'organizer', 1794826800);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 8, 0, 1, 'accepted', 3600, 'own', 1795424400);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 8, 0, 2, 'accepted', 3600, 'own', 1795424400);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 8, 0, 4, 'declined', 0, 'organizer', 1795424400);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 9, 0, 2, 'needs-action', 1500, 'own', 1793610000);
INSERT INTO attendance ("busy", "occurrence_id", "optional", "person_id", "response", "share_s", "source", "start_s") VALUES (1, 9, 0, 5, 'needs-action', 3600, 'other', 1793610000);
INSERT INTO verdict ("category", "rules_hash", "subject_hash", "verdict", "words") VALUES ('informing', 'rules', '8b7091fff2c3675b924eac76e64f66be', '{"category":"informing"}', '');
INSERT INTO pending ("expires_s", "sealed", "state_hash") VALUES (1793581200, X'7365616C6564', '4ba69735ca53765ed6a709edb56c6ea236b7193a3b29a6b390c346f0f4340e4e');
INSERT INTO withdrawn ("at_ms", "collection_id", "organizer", "uid") VALUES (1793707200000, 1, 'ann@acme.example', 'many');
INSERT INTO withdrawn ("at_ms", "collection_id", "organizer", "uid") VALUES (1793707200000, 1, 'ann@acme.example', 'off');
INSERT INTO withdrawn ("at_ms", "collection_id", "organizer", "uid") VALUES (1793707200000, 1, 'ann@acme.example', 'secret');
INSERT INTO suggestion ("acting", "category", "choice", "closes_s", "commit_at", "epoch", "expires_s", "id", "instance", "kind", "known", "mail_id", "minutes", "never", "next_at", "note", "offered_at", "organizer", "person_id", "pressed_at", "read_s", "recurring", "rules_hash", "said", "scope", "snapshot", "starts_s", "state", "stood", "stray_at", "stray_scope", "stray_verb", "subject_hash", "uid", "visitor", "voided_at", "why", "write_s", "wrong") VALUES ('', 'informing', 'decline', 1795424400, 0, 1, 1794214800, 1, '20261109T090000Z', 'decline', 0, 1, 25, 0, 0, '', 1793577600, 'ann@acme.example', 2, 0, 300, 1, 'rules', '', '', X'4F7073207765656B6C7920627920416E6E', 1794214800, 'accepted', '', 0, '', '', 'subject', 'sync', '', 0, '', 1200, 0);
INSERT INTO suggestion ("acting", "category", "choice", "closes_s", "commit_at", "epoch", "expires_s", "id", "instance", "kind", "known", "mail_id", "minutes", "never", "next_at", "note", "offered_at", "organizer", "person_id", "pressed_at", "read_s", "recurring", "rules_hash", "said", "scope", "snapshot", "starts_s", "state", "stood", "stray_at", "stray_scope", "stray_verb", "subject_hash", "uid", "visitor", "voided_at", "why", "write_s", "wrong") VALUES ('', 'informing', '', 1794214800, 0, 0, 1794214800, 2, '', 'decline', 0, 2, 25, 0, 0, '', 1793577600, '', NULL, 0, 300, 1, 'rules', '', '', '', 1794214800, 'withdrawn', '', 0, '', '', '', '', '', 0, 'left', 1200, 0);
INSERT INTO suggestion_rule ("rule", "suggestion_id") VALUES ('words.update', 1);
INSERT INTO suggestion_rule ("rule", "suggestion_id") VALUES ('many', 1);
INSERT INTO suggestion_rule ("rule", "suggestion_id") VALUES ('words.update', 2);
INSERT INTO suggestion_rule ("rule", "suggestion_id") VALUES ('many', 2);
INSERT INTO browser ("from_s", "hash", "person_id", "since_s", "suggestion_id", "until_s") VALUES (1793613600, X'62726F77736572', 2, 1793613600, 1, 1795305600);
INSERT INTO silence ("from_s", "id", "organizer", "person_id", "suggestion_id", "uid", "until_s", "why") VALUES (1793757600, 1, 'ann@acme.example', 1, NULL, 'sync', 0, 'never');
INSERT INTO outcome ("at", "counts_as", "detail", "id", "kind", "minutes", "outcome", "person_id", "rules_hash", "suggestion_id", "via") VALUES (1793577600, '', '{"category":"informing","rules":["many","words.update"],"starts":"2026-11-09T09:00:00Z"}', 1, 'decline', 25, 'suggested', 2, 'rules', 1, 'mail');
INSERT INTO outcome ("at", "counts_as", "detail", "id", "kind", "minutes", "outcome", "person_id", "rules_hash", "suggestion_id", "via") VALUES (1793577600, 'Y6R4R6RPNTZR2AYZPBUXNQRDAF', '{"category":"informing","rules":["many","words.update"],"starts":"2026-11-09T09:00:00Z"}', 2, 'decline', 25, 'suggested', NULL, 'rules', 2, 'mail');
INSERT INTO outcome ("at", "counts_as", "detail", "id", "kind", "minutes", "outcome", "person_id", "rules_hash", "suggestion_id", "via") VALUES (1793754000, '', '{"category":"informing","rules":["many","words.update"],"starts":"2026-11-09T09:00:00Z","why":"left"}', 3, 'decline', 25, 'withdrawn', NULL, 'rules', 2, 'cli');
INSERT INTO outcome ("at", "counts_as", "detail", "id", "kind", "minutes", "outcome", "person_id", "rules_hash", "suggestion_id", "via") VALUES (1793754000, '', '{}', 4, '', 0, 'left', NULL, '', NULL, 'cli');
INSERT INTO outcome ("at", "counts_as", "detail", "id", "kind", "minutes", "outcome", "person_id", "rules_hash", "suggestion_id", "via") VALUES (1793757600, '', '{}', 5, '', 0, 'never', 1, '', NULL, 'me');
INSERT INTO outcome ("at", "counts_as", "detail", "id", "kind", "minutes", "outcome", "person_id", "rules_hash", "suggestion_id", "via") VALUES (1793764800, '', '{}', 6, '', 0, 'left', NULL, '', NULL, 'forget');
INSERT INTO mail ("deadline_s", "ended_at", "hash", "id", "kind", "lease_by", "lease_until", "message_id", "mime", "next_at", "person", "queued_at", "recipient", "sender", "state", "tries", "unsure", "why") VALUES (1794214800, 0, '224505ad133078d5420637bd2a7e9ffbfe8288ca17cc959409d50f73cf47e8f5', 1, 'digest', '', 0, 'm0@acme.example', X'74686520776F726473206F66206D30', 1793577600, 'bob@acme.example', 1793577600, 'bob@acme.example', 'unmeet@acme.example', 'queued', 0, 0, '');
INSERT INTO mail ("deadline_s", "ended_at", "hash", "id", "kind", "lease_by", "lease_until", "message_id", "mime", "next_at", "person", "queued_at", "recipient", "sender", "state", "tries", "unsure", "why") VALUES (1794214800, 1793754000, '76f5a833b8a9d3ac442c4db34b4abe6cc074af08c2679809a302c34854547494', 2, 'digest', '', 0, 'm1@acme.example', NULL, 1793577600, '', 1793577600, '', 'unmeet@acme.example', 'dropped', 0, 0, 'the person left');
INSERT INTO mail ("deadline_s", "ended_at", "hash", "id", "kind", "lease_by", "lease_until", "message_id", "mime", "next_at", "person", "queued_at", "recipient", "sender", "state", "tries", "unsure", "why") VALUES (1794214800, 0, 'c1934765e47050b0d278c704d34ba0df27ea7b881f3a032a989f3fd03d2ff415', 3, 'digest', '', 0, 'login@acme.example', X'74686520776F726473206F66206C6F67696E', 1793761200, 'ann@acme.example', 1793761200, 'ann@acme.example', 'unmeet@acme.example', 'queued', 0, 0, '');
INSERT INTO look ("at", "by_whom", "id", "person_id", "what", "why") VALUES (1793750400, 'root', 1, 2, 'suggest', 'nothing came');
INSERT INTO action ("ended_at", "epoch", "hint", "id", "instance", "intent", "key", "lease_by", "lease_until", "made_at", "needs", "next_at", "overtaken", "receipt", "state", "suggestion_id", "tries", "undoes", "until_s", "verb", "why") VALUES (0, 1, '', 1, '20261109T090000Z', '{"verb":"respond","owner":"bob@acme.example","collection":"","remote":"","ref":{"UID":"sync","Organizer":"ann@acme.example","Instance":"20261109T090000Z"},"onward":true,"start":"2026-11-09T09:00:00Z","was":"accepted","response":"declined"}', '1/respond/20261109T090000Z/1', 'test', 1793613660, 1793613600, '', 1793613600, '', '', 'due', 1, 0, NULL, 1794214800, 'respond', '');
INSERT INTO plan ("category", "counts_as", "end_s", "epoch", "id", "instance", "kind", "known", "net_s", "organizer", "person_id", "replaced_s", "same", "seen_at", "start_s", "state", "suggestion_id", "uid", "unsent", "why") VALUES ('informing', '', 1794218400, 0, 1, '20261109T090000Z', 'decline', 1, 3300, 'ann@acme.example', 2, 0, 1, 0, 1794214800, 'suggested', 1, 'sync', 0, '');
INSERT INTO plan ("category", "counts_as", "end_s", "epoch", "id", "instance", "kind", "known", "net_s", "organizer", "person_id", "replaced_s", "same", "seen_at", "start_s", "state", "suggestion_id", "uid", "unsent", "why") VALUES ('informing', '', 1795428000, 0, 2, '20261123T090000Z', 'decline', 1, 3300, 'ann@acme.example', 2, 0, 2, 0, 1795424400, 'suggested', 1, 'sync', 0, '');
INSERT INTO plan ("category", "counts_as", "end_s", "epoch", "id", "instance", "kind", "known", "net_s", "organizer", "person_id", "replaced_s", "same", "seen_at", "start_s", "state", "suggestion_id", "uid", "unsent", "why") VALUES ('informing', '', 1794218400, 1, 3, '20261109T090000Z', 'decline', 1, 3300, 'ann@acme.example', 2, 0, 1, 0, 1794214800, 'planned', 1, 'sync', 0, '');
INSERT INTO plan_week ("epoch", "expected", "from_s", "person_id", "suggestion_id", "to_s") VALUES (1, 1, 1794182400, 2, 1, 1794787200);
INSERT INTO plan_week ("epoch", "expected", "from_s", "person_id", "suggestion_id", "to_s") VALUES (1, 1, 1794787200, 2, 1, 1795392000);
INSERT INTO plan_week ("epoch", "expected", "from_s", "person_id", "suggestion_id", "to_s") VALUES (1, 1, 1795392000, 2, 1, 1795996800);
INSERT INTO plan_week ("epoch", "expected", "from_s", "person_id", "suggestion_id", "to_s") VALUES (1, 1, 1795996800, 2, 1, 1796601600);
INSERT INTO plan_week ("epoch", "expected", "from_s", "person_id", "suggestion_id", "to_s") VALUES (1, 1, 1796601600, 2, 1, 1797206400);
INSERT INTO plan_week ("epoch", "expected", "from_s", "person_id", "suggestion_id", "to_s") VALUES (1, 1, 1797206400, 2, 1, 1797811200);
INSERT INTO plan_week ("epoch", "expected", "from_s", "person_id", "suggestion_id", "to_s") VALUES (1, 1, 1797811200, 2, 1, 1798416000);
INSERT INTO plan_week ("epoch", "expected", "from_s", "person_id", "suggestion_id", "to_s") VALUES (1, 1, 1798416000, 2, 1, 1799020800);
INSERT INTO plan_week ("epoch", "expected", "from_s", "person_id", "suggestion_id", "to_s") VALUES (1, 1, 1799020800, 2, 1, 1799625600);
INSERT INTO audit ("at", "by_whom", "command", "ended_at", "id", "outcome", "why", "words") VALUES (1793764800, 'root', 'forget', 1793764800, 1, 'done', '', '');
INSERT INTO audit_about ("address", "audit_id", "ordinal") VALUES ('', 1, 1);
INSERT INTO forgotten ("at", "hash") VALUES (1793764800, X'D8B312D48F3EBE7E8C269C9F743AEF6C2D03D72B27DBB0F6CDBF25A577FD2C87');
INSERT INTO session ("address", "hash", "since_s", "until_s", "used_s") VALUES ('ann@acme.example', X'73657373696F6E', 1793761200, 1794366000, 1793761200);
INSERT INTO login ("address", "hash", "since_s", "until_s") VALUES ('ann@acme.example', X'6C6F67696E', 1793761200, 1793764800);
CREATE INDEX copy_collection ON copy (collection_id, remote);
CREATE INDEX occurrence_start ON occurrence (start_s);
CREATE UNIQUE INDEX connection_owner ON connection (kind, owner);
CREATE INDEX connection_next ON connection (next_at);
CREATE INDEX copy_whole ON copy (uid) WHERE whole = 1 AND body <> '';
CREATE INDEX copy_split_from ON copy (split_from) WHERE split_from <> '';
CREATE INDEX verdict_words ON verdict (words);
CREATE INDEX subject_hash ON subject (hash);
CREATE INDEX withdrawn_collection ON withdrawn (collection_id);
CREATE INDEX suggestion_next ON suggestion (next_at) WHERE next_at > 0;
CREATE INDEX suggestion_person ON suggestion (person_id, offered_at);
CREATE INDEX suggestion_mail ON suggestion (mail_id);
CREATE INDEX suggestion_organizer ON suggestion (organizer) WHERE state = 'offered';
CREATE UNIQUE INDEX suggestion_open ON suggestion (person_id, uid, organizer, instance, kind) WHERE state IN ('offered', 'pending');
CREATE INDEX suggestion_rule_rule ON suggestion_rule (rule);
CREATE INDEX token_person ON token (person_id);
CREATE INDEX token_mail ON token (mail_id);
CREATE INDEX visit_token ON visit (token_hash);
CREATE INDEX browser_person ON browser (person_id);
CREATE INDEX silence_suggestion ON silence (suggestion_id);
CREATE INDEX outcome_at ON outcome (at);
CREATE INDEX outcome_person ON outcome (person_id);
CREATE TRIGGER outcome_once BEFORE INSERT ON outcome
WHEN EXISTS (SELECT 1 FROM outcome WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'outcomes are never replaced');
END;
CREATE TRIGGER outcome_unchanged BEFORE UPDATE ON outcome
WHEN NEW.person_id IS NOT NULL OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.suggestion_id IS NOT OLD.suggestion_id
    OR NEW.outcome <> OLD.outcome OR NEW.kind <> OLD.kind OR NEW.minutes <> OLD.minutes OR NEW.via <> OLD.via
    OR NEW.rules_hash <> OLD.rules_hash OR NEW.detail <> OLD.detail OR OLD.person_id IS NULL AND NEW.counts_as <> OLD.counts_as
BEGIN
    SELECT RAISE(ABORT, 'outcomes are never changed');
END;
CREATE INDEX mail_next ON mail (next_at) WHERE state = 'queued';
CREATE INDEX mail_person ON mail (person);
CREATE INDEX copy_away ON copy (collection_id) WHERE type <> '' OR all_day = 1;
CREATE INDEX meeting_lineage ON meeting (lineage_id);
CREATE INDEX suggestion_meeting ON suggestion (uid, organizer);
CREATE INDEX look_person ON look (person_id);
CREATE TRIGGER look_once BEFORE INSERT ON look
WHEN EXISTS (SELECT 1 FROM look WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'looks are never replaced');
END;
CREATE INDEX action_next ON action (next_at) WHERE state IN ('waiting', 'due', 'begun');
CREATE INDEX action_suggestion ON action (suggestion_id);
CREATE INDEX action_undoes ON action (undoes) WHERE undoes IS NOT NULL;
CREATE INDEX attempt_at ON attempt (at);
CREATE INDEX attempt_action ON attempt (action_id);
CREATE INDEX glance_next ON glance (next_at) WHERE next_at > 0;
CREATE UNIQUE INDEX plan_once ON plan (suggestion_id, epoch, same);
CREATE UNIQUE INDEX plan_standing ON plan (same) WHERE state IN ('planned', 'freed', 'met again');
CREATE INDEX plan_person ON plan (person_id, start_s);
CREATE INDEX plan_meeting ON plan (uid, organizer);
CREATE INDEX plan_start ON plan (start_s);
CREATE INDEX plan_week_person ON plan_week (person_id);
CREATE INDEX trial_next ON trial (next_at) WHERE next_at > 0;
CREATE INDEX trial_guest_person ON trial_guest (person_id);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_about_address ON audit_about (address);
CREATE TRIGGER audit_once BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'the audit log is never rewritten');
END;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
WHEN NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.by_whom <> OLD.by_whom OR NEW.command <> OLD.command
    OR NEW.words <> OLD.words AND NEW.words <> '' OR NEW.why <> OLD.why AND NEW.why <> ''
    OR (NEW.outcome <> OLD.outcome OR NEW.ended_at <> OLD.ended_at) AND (OLD.outcome <> '' OR OLD.ended_at <> 0)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never changed');
END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
WHEN OLD.at >= COALESCE((SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'kept from'), 0) BEGIN
    SELECT RAISE(ABORT, 'the audit log is kept');
END;
CREATE TRIGGER audit_about_once BEFORE INSERT ON audit_about
WHEN EXISTS (SELECT 1 FROM audit_about WHERE audit_id = NEW.audit_id AND ordinal = NEW.ordinal) BEGIN
    SELECT RAISE(ABORT, 'the audit log is never rewritten');
END;
CREATE TRIGGER audit_about_unchanged BEFORE UPDATE ON audit_about
WHEN NEW.audit_id <> OLD.audit_id OR NEW.ordinal <> OLD.ordinal OR NEW.address <> '' BEGIN
    SELECT RAISE(ABORT, 'the audit log is never changed');
END;
CREATE TRIGGER audit_about_stays BEFORE DELETE ON audit_about
WHEN EXISTS (SELECT 1 FROM audit WHERE id = OLD.audit_id AND at >= COALESCE((SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'kept from'), 0)) BEGIN
    SELECT RAISE(ABORT, 'the audit log is kept');
END;
CREATE TRIGGER outcome_stays BEFORE DELETE ON outcome
WHEN OLD.at >= COALESCE((SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'kept from'), 0) BEGIN
    SELECT RAISE(ABORT, 'outcomes are never removed');
END;
CREATE TRIGGER look_stays BEFORE DELETE ON look
WHEN OLD.at >= COALESCE((SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'kept from'), 0) BEGIN
    SELECT RAISE(ABORT, 'looks are never removed');
END;
CREATE TRIGGER look_unchanged BEFORE UPDATE ON look
WHEN NOT (NEW.person_id IS NULL AND NEW.why = '' OR NEW.person_id IS OLD.person_id AND NEW.why = '(forgotten)') OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.by_whom <> OLD.by_whom OR NEW.what <> OLD.what
BEGIN
    SELECT RAISE(ABORT, 'looks are never changed');
END;
CREATE INDEX token_acting ON token (acting) WHERE acting <> '';
CREATE INDEX attendance_person ON attendance (person_id, start_s);
CREATE INDEX mail_deadline ON mail (deadline_s) WHERE state = 'queued';
CREATE INDEX mail_unsure ON mail (unsure) WHERE state = 'queued';
CREATE INDEX mail_recipient ON mail (lower(recipient)) WHERE state = 'queued';
CREATE INDEX session_address ON session (address);
CREATE INDEX login_address ON login (address);
PRAGMA application_id = 1970171237;
PRAGMA user_version = 17;
PRAGMA foreign_keys = ON;
