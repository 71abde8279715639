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
);
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
    hash          BIGINT NOT NULL, -- of all the above, to see changes
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
    guests_json TEXT NOT NULL,
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
    verdict      TEXT NOT NULL,   -- JSON, as the rules said it
    PRIMARY KEY (subject_hash, rules_hash)
);
INSERT INTO meta ("name", "value") VALUES ('organization', '{"Name":"Acme","Domains":["acme.example"],"Addresses":null}');
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
INSERT INTO connection ("id", "kind", "owner") VALUES (1, 'ics', 'ann@acme.example');
INSERT INTO connection ("id", "kind", "owner") VALUES (2, 'ics', 'bob@acme.example');
INSERT INTO collection ("connection_id", "cursor", "id", "remote", "span_from", "span_to") VALUES (1, 'as of Tuesday', 1, 'ann.ics', 1793577600, 1795996800);
INSERT INTO collection ("connection_id", "cursor", "id", "remote", "span_from", "span_to") VALUES (2, '', 2, 'bob.ics', 1793577600, 1795996800);
INSERT INTO copy ("all_day", "body", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "spans", "start_s", "status", "title", "uid", "zone") VALUES (0, 'a;b''c', 1, 1, 1793617200, 0, '', 8472714216130217581, 1, '', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"needs-action"},{"a":"bob@acme.example","r":"accepted"},{"a":"dan@acme.example","r":"needs-action"}]}', 0, 'quoted', '', 0, X'', 1793611800, 'confirmed', 'It''s "so"' || char(10) || '— Привет', 'quoted', 'UTC');
INSERT INTO copy ("all_day", "body", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "spans", "start_s", "status", "title", "uid", "zone") VALUES (0, 'Body of sync', 1, 1, 1793613600, 0, '', -4949452545469623702, 1, '', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"accepted"},{"a":"bob@acme.example","r":"needs-action"},{"a":"cid@acme.example","r":"declined"},{"a":"guest@elsewhere.example","r":"needs-action"}]}', 0, 'sync', 'FREQ=WEEKLY', 0, X'A0C4C2AE0D901C0080EA49901C0080D49301901C00', 1793610000, 'confirmed', 'Title of sync', 'sync', 'UTC');
INSERT INTO copy ("all_day", "body", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "spans", "start_s", "status", "title", "uid", "zone") VALUES (0, 'Body of sync', 1, 1, 1794830400, 0, '', -432613282449434744, 1, '20261116T090000Z', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"accepted"},{"a":"bob@acme.example","r":"needs-action"},{"a":"cid@acme.example","r":"declined"},{"a":"guest@elsewhere.example","r":"needs-action"}]}', 0, 'sync', '', 0, X'', 1794826800, 'confirmed', 'Sync, later', 'sync', 'UTC');
INSERT INTO copy ("all_day", "body", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "spans", "start_s", "status", "title", "uid", "zone") VALUES (0, 'Body of sync', 1, 2, 1793613600, 0, '', 1705621357149828046, 1, '', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"accepted"},{"a":"bob@acme.example","r":"accepted"},{"a":"cid@acme.example","r":"declined"},{"a":"guest@elsewhere.example","r":"needs-action"}]}', 0, 'sync', 'FREQ=WEEKLY', 0, X'A0C4C2AE0D901C0080EA49901C0080EA49901C0080EA49901C00', 1793610000, 'confirmed', 'Title of sync', 'sync', 'UTC');
INSERT INTO copy ("all_day", "body", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "spans", "start_s", "status", "title", "uid", "zone") VALUES (0, 'Body of sync', 1, 2, 1793613600, 0, '', -747029954226417737, 1, '', '', 0, 'eve@acme.example', '{"guests":[{"a":"bob@acme.example","r":"needs-action"},{"a":"eve@acme.example","r":"needs-action"}]}', 0, 'other', '', 0, X'', 1793610000, 'confirmed', 'Title of sync', 'sync', 'UTC');
INSERT INTO copy ("all_day", "body", "busy", "collection_id", "end_s", "ended", "etag", "hash", "heads_known", "instance", "location", "modified_s", "organizer", "people_json", "private", "remote", "rrule", "sequence", "spans", "start_s", "status", "title", "uid", "zone") VALUES (0, '', 1, 1, 1793700000, 1, '', -4903267058041386674, 1, '', '', 0, 'ann@acme.example', '{"guests":[{"a":"ann@acme.example","r":"needs-action"},{"a":"dan@acme.example","r":"needs-action"}]}', 1, 'secret', '', 0, X'', 1793696400, 'confirmed', '', 'secret', 'UTC');
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
INSERT INTO subject ("accepted", "body", "declined", "external", "guests_json", "hash", "heads", "heads_known", "meeting_id", "minutes", "optional", "private", "rrule", "title", "unanswered") VALUES (1, 'a;b''c', 0, 0, '[{"address":"ann@acme.example","organizer":true},{"address":"bob@acme.example"},{"address":"dan@acme.example"}]', '04445c908c79864742baaf6ecf7d83ba', 3, 1, 3, 90, 0, 0, '', 'It''s "so"' || char(10) || '— Привет', 1);
INSERT INTO subject ("accepted", "body", "declined", "external", "guests_json", "hash", "heads", "heads_known", "meeting_id", "minutes", "optional", "private", "rrule", "title", "unanswered") VALUES (0, '', 0, 0, '[{"address":"ann@acme.example","organizer":true},{"address":"dan@acme.example"}]', '1173c56f82e343cf283d183304459a97', 2, 1, 4, 60, 0, 1, '', '', 1);
INSERT INTO subject ("accepted", "body", "declined", "external", "guests_json", "hash", "heads", "heads_known", "meeting_id", "minutes", "optional", "private", "rrule", "title", "unanswered") VALUES (1, 'Body of sync', 1, 1, '[{"address":"ann@acme.example","organizer":true},{"address":"bob@acme.example"},{"address":"cid@acme.example"},{"address":"guest@elsewhere.example"}]', '148be61d92e818cc182e4ed94346eaed', 4, 1, 5, 60, 0, 0, 'FREQ=WEEKLY', 'Title of sync', 1);
INSERT INTO subject ("accepted", "body", "declined", "external", "guests_json", "hash", "heads", "heads_known", "meeting_id", "minutes", "optional", "private", "rrule", "title", "unanswered") VALUES (1, 'Body of sync', 1, 1, '[{"address":"ann@acme.example","organizer":true},{"address":"bob@acme.example"},{"address":"cid@acme.example"},{"address":"guest@elsewhere.example"}]', 'b2eb524b01e8d7273b3e5418b19e0344', 4, 1, 5, 60, 0, 0, 'FREQ=WEEKLY', 'Sync, later', 1);
INSERT INTO subject ("accepted", "body", "declined", "external", "guests_json", "hash", "heads", "heads_known", "meeting_id", "minutes", "optional", "private", "rrule", "title", "unanswered") VALUES (0, 'Body of sync', 0, 0, '[{"address":"bob@acme.example"},{"address":"eve@acme.example","organizer":true}]', '0c41659452b01357c01a1801a0f3fcc0', 2, 1, 6, 60, 0, 0, '', 'Title of sync', 1);
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1793617200, 14100, 3, 1, 3, '', 3, 3, 1793611800, 'confirmed', '04445c908c79864742baaf6ecf7d83ba');
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1793700000, 7200, 2, 1, 4, '', 4, 2, 1793696400, 'confirmed', '1173c56f82e343cf283d183304459a97');
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1793613600, 4200, 4, 1, 5, '20261102T090000Z', 5, 2, 1793610000, 'confirmed', '148be61d92e818cc182e4ed94346eaed');
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1794218400, 7200, 4, 1, 6, '20261109T090000Z', 5, 2, 1794214800, 'confirmed', '148be61d92e818cc182e4ed94346eaed');
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1794830400, 7200, 4, 1, 7, '20261116T090000Z', 5, 2, 1794826800, 'confirmed', 'b2eb524b01e8d7273b3e5418b19e0344');
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1795428000, 7200, 4, 1, 8, '20261123T090000Z', 5, 2, 1795424400, 'confirmed', '148be61d92e818cc182e4ed94346eaed');
INSERT INTO occurrence ("all_day", "counts", "end_s", "gross_s", "heads", "heads_known", "id", "instance", "meeting_id", "people", "start_s", "state", "subject_hash") VALUES (0, 1, 1793613600, 5100, 2, 1, 9, '', 6, 2, 1793610000, 'confirmed', '0c41659452b01357c01a1801a0f3fcc0');
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
INSERT INTO verdict ("category", "rules_hash", "subject_hash", "verdict") VALUES ('informing', 'rules', '04445c908c79864742baaf6ecf7d83ba', '{"category":"informing"}');
CREATE INDEX copy_collection ON copy (collection_id, remote);
CREATE INDEX occurrence_start ON occurrence (start_s);
PRAGMA application_id = 1970171237;
PRAGMA user_version = 1;
PRAGMA foreign_keys = ON;
