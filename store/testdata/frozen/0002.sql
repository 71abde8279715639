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
);
CREATE TABLE address (
    addr      TEXT PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES person (id)
);
CREATE TABLE connection (
    id    INTEGER PRIMARY KEY,
    kind  TEXT NOT NULL,          -- ics, google, caldav
    owner TEXT NOT NULL           -- address of the person whose calendars they are, '' unknown
, account     TEXT   NOT NULL DEFAULT '', via         TEXT   NOT NULL DEFAULT '', secret      BYTEA, secret_key  TEXT   NOT NULL DEFAULT '', scopes      TEXT   NOT NULL DEFAULT '', state       TEXT   NOT NULL DEFAULT '', why         TEXT   NOT NULL DEFAULT '', hint        TEXT   NOT NULL DEFAULT '', since_s     BIGINT NOT NULL DEFAULT 0, next_at     BIGINT NOT NULL DEFAULT 0, lease_by    TEXT   NOT NULL DEFAULT '', lease_until BIGINT NOT NULL DEFAULT 0, failures    BIGINT NOT NULL DEFAULT 0, last_ok     BIGINT NOT NULL DEFAULT 0);
CREATE TABLE collection (
    id            INTEGER PRIMARY KEY,
    connection_id BIGINT NOT NULL REFERENCES connection (id),
    remote        TEXT NOT NULL,
    cursor        TEXT NOT NULL DEFAULT '',
    span_from     BIGINT NOT NULL DEFAULT 0,   -- what has been listed so far; empty if equal
    span_to       BIGINT NOT NULL DEFAULT 0,
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
    hash          BIGINT NOT NULL, body_hash BIGINT NOT NULL DEFAULT 0, whole     BIGINT NOT NULL DEFAULT 1, split_from TEXT NOT NULL DEFAULT '', -- of all the above, to see changes
    PRIMARY KEY (uid, organizer, instance, collection_id, remote)
);
CREATE TABLE lineage (
    id INTEGER PRIMARY KEY
);
CREATE TABLE meeting (
    id         INTEGER PRIMARY KEY,
    uid        TEXT NOT NULL,
    organizer  TEXT NOT NULL,
    lineage_id BIGINT NOT NULL REFERENCES lineage (id),
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
    share_s       BIGINT NOT NULL,
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
INSERT INTO meta ("name", "value") VALUES ('organization', '{"Name":"Acme","Domains":["acme.example"],"Addresses":null}');
INSERT INTO meta ("name", "value") VALUES ('people', '6');
INSERT INTO meta ("name", "value") VALUES ('longest', '5400');
INSERT INTO person ("email", "id", "state", "zone") VALUES ('ann@acme.example', 1, 'seen', '');
INSERT INTO person ("email", "id", "state", "zone") VALUES ('bob@acme.example', 2, 'seen', '');
INSERT INTO person ("email", "id", "state", "zone") VALUES ('dan@acme.example', 3, 'seen', '');
INSERT INTO person ("email", "id", "state", "zone") VALUES ('cid@acme.example', 4, 'seen', '');
INSERT INTO person ("email", "id", "state", "zone") VALUES ('eve@acme.example', 5, 'seen', '');
INSERT INTO address ("addr", "person_id") VALUES ('ann@acme.example', 1);
INSERT INTO address ("addr", "person_id") VALUES ('bob@acme.example', 2);
INSERT INTO address ("addr", "person_id") VALUES ('dan@acme.example', 3);
INSERT INTO address ("addr", "person_id") VALUES ('cid@acme.example', 4);
INSERT INTO address ("addr", "person_id") VALUES ('eve@acme.example', 5);
INSERT INTO connection ("account", "failures", "hint", "id", "kind", "last_ok", "lease_by", "lease_until", "next_at", "owner", "scopes", "secret", "secret_key", "since_s", "state", "via", "why") VALUES ('', 0, '', 1, 'ics', 0, '', 0, 0, 'ann@acme.example', '', NULL, '', 0, '', '', '');
INSERT INTO connection ("account", "failures", "hint", "id", "kind", "last_ok", "lease_by", "lease_until", "next_at", "owner", "scopes", "secret", "secret_key", "since_s", "state", "via", "why") VALUES ('', 0, '', 2, 'ics', 0, '', 0, 0, 'bob@acme.example', '', NULL, '', 0, '', '', '');
INSERT INTO collection ("connection_id", "cursor", "id", "remote", "span_from", "span_to") VALUES (1, 'as of Tuesday', 1, 'ann.ics', 1793577600, 1795996800);
INSERT INTO collection ("connection_id", "cursor", "id", "remote", "span_from", "span_to") VALUES (2, '', 2, 'bob.ics', 1793577600, 1795996800);
INSERT INTO copy ("all_day", "body", "body_hash", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "spans", "split_from", "start_s", "status", "title", "uid", "whole", "zone") VALUES (0, 'a;b''c', -7868818596680738999, 1, 1, 1793617200, 0, '', -5628394060019259692, 1, '', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"needs-action"},{"a":"bob@acme.example","r":"accepted"},{"a":"dan@acme.example","r":"needs-action"}]}', 0, 'quoted', '', 0, X'', '', 1793611800, 'confirmed', 'It''s "so"' || char(10) || '— Привет', 'quoted', 1, 'UTC');
INSERT INTO copy ("all_day", "body", "body_hash", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "spans", "split_from", "start_s", "status", "title", "uid", "whole", "zone") VALUES (0, 'Body of sync', -9115068508270469073, 1, 1, 1793613600, 0, '', -585743781548697031, 1, '', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"accepted"},{"a":"bob@acme.example","r":"needs-action"},{"a":"cid@acme.example","r":"declined"},{"a":"guest@elsewhere.example","r":"needs-action"}]}', 0, 'sync', 'FREQ=WEEKLY', 0, X'A0C4C2AE0D901C0080EA49901C0080D49301901C00', '', 1793610000, 'confirmed', 'Title of sync', 'sync', 1, 'UTC');
INSERT INTO copy ("all_day", "body", "body_hash", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "spans", "split_from", "start_s", "status", "title", "uid", "whole", "zone") VALUES (0, 'Body of sync', -9115068508270469073, 1, 1, 1794830400, 0, '', -7119057492829507355, 1, '20261116T090000Z', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"accepted"},{"a":"bob@acme.example","r":"needs-action"},{"a":"cid@acme.example","r":"declined"},{"a":"guest@elsewhere.example","r":"needs-action"}]}', 0, 'sync', '', 0, X'', '', 1794826800, 'confirmed', 'Sync, later', 'sync', 1, 'UTC');
INSERT INTO copy ("all_day", "body", "body_hash", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "spans", "split_from", "start_s", "status", "title", "uid", "whole", "zone") VALUES (0, 'Body of sync', -9115068508270469073, 1, 2, 1793613600, 0, '', -7717230387248970418, 1, '', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"accepted"},{"a":"bob@acme.example","r":"accepted"},{"a":"cid@acme.example","r":"declined"},{"a":"guest@elsewhere.example","r":"needs-action"}]}', 0, 'sync', 'FREQ=WEEKLY', 0, X'A0C4C2AE0D901C0080EA49901C0080EA49901C0080EA49901C00', '', 1793610000, 'confirmed', 'Title of sync', 'sync', 1, 'UTC');
INSERT INTO copy ("all_day", "body", "body_hash", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "spans", "split_from", "start_s", "status", "title", "uid", "whole", "zone") VALUES (0, 'Body of sync', -9115068508270469073, 1, 2, 1793613600, 0, '', 5861105045430056457, 1, '', '', 0, 'eve@acme.example', '{"guests":[{"a":"bob@acme.example","r":"needs-action"},{"a":"eve@acme.example","r":"needs-action"}]}', 0, 'other', '', 0, X'', '', 1793610000, 'confirmed', 'Title of sync', 'sync', 1, 'UTC');
INSERT INTO copy ("all_day", "body", "body_hash", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "spans", "split_from", "start_s", "status", "title", "uid", "whole", "zone") VALUES (0, '', 0, 1, 1, 1793700000, 1, '', -1371918345150493742, 1, '', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"needs-action"},{"a":"dan@acme.example","r":"needs-action"}]}', 1, 'secret', '', 0, X'', '', 1793696400, 'confirmed', '', 'secret', 1, 'UTC');
INSERT INTO lineage ("id") VALUES (1);
INSERT INTO lineage ("id") VALUES (2);
INSERT INTO lineage ("id") VALUES (3);
INSERT INTO lineage ("id") VALUES (4);
INSERT INTO lineage ("id") VALUES (5);
INSERT INTO lineage ("id") VALUES (6);
INSERT INTO meeting ("id", "lineage_id", "organizer", "uid") VALUES (1, 1, 'ann@acme.example', 'many');
INSERT INTO meeting ("id", "lineage_id", "organizer", "uid") VALUES (2, 2, 'ann@acme.example', 'off');
INSERT INTO meeting ("id", "lineage_id", "organizer", "uid") VALUES (3, 3, 'ann@acme.example', 'quoted');
INSERT INTO meeting ("id", "lineage_id", "organizer", "uid") VALUES (4, 4, 'ann@acme.example', 'secret');
INSERT INTO meeting ("id", "lineage_id", "organizer", "uid") VALUES (5, 5, 'ann@acme.example', 'sync');
INSERT INTO meeting ("id", "lineage_id", "organizer", "uid") VALUES (6, 6, 'eve@acme.example', 'sync');
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
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 3, 1, 'needs-action', 4500, 'own');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 3, 2, 'accepted', 4200, 'organizer');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 3, 3, 'needs-action', 5400, 'organizer');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 4, 1, 'needs-action', 3600, 'own');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 4, 3, 'needs-action', 3600, 'organizer');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 5, 1, 'accepted', 2700, 'own');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 5, 2, 'accepted', 1500, 'own');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 5, 4, 'declined', 0, 'organizer');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 6, 1, 'accepted', 3600, 'own');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 6, 2, 'accepted', 3600, 'own');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 6, 4, 'declined', 0, 'organizer');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 7, 1, 'accepted', 3600, 'own');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 7, 2, 'accepted', 3600, 'own');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 7, 4, 'declined', 0, 'organizer');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 8, 1, 'accepted', 3600, 'own');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 8, 2, 'accepted', 3600, 'own');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 8, 4, 'declined', 0, 'organizer');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 9, 2, 'needs-action', 1500, 'own');
INSERT INTO attendance ("busy", "occurrence_id", "person_id", "response", "share_s", "source") VALUES (1, 9, 5, 'needs-action', 3600, 'other');
INSERT INTO verdict ("category", "rules_hash", "subject_hash", "verdict", "words") VALUES ('informing', 'rules', '8b7091fff2c3675b924eac76e64f66be', '{"category":"informing"}', '');
CREATE INDEX copy_collection ON copy (collection_id, remote);
CREATE INDEX occurrence_start ON occurrence (start_s);
CREATE UNIQUE INDEX connection_owner ON connection (kind, owner);
CREATE INDEX connection_next ON connection (next_at);
CREATE INDEX copy_whole ON copy (uid) WHERE whole = 1 AND body <> '';
CREATE INDEX copy_split_from ON copy (split_from) WHERE split_from <> '';
CREATE INDEX verdict_words ON verdict (words);
CREATE INDEX attendance_person ON attendance (person_id);
PRAGMA application_id = 1970171237;
PRAGMA user_version = 2;
PRAGMA foreign_keys = ON;
