-- Copies of events as collections hold them, and what is derived from them.
-- Seconds are Unix seconds UTC, booleans 0 or 1, addresses lower case. Ids are
-- INTEGER because SQLite then needs no index of its own for them.

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
CREATE INDEX copy_collection ON copy (collection_id, remote);

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
-- Who looks for what overlaps a time starts from meta 'longest' before it.
CREATE INDEX occurrence_start ON occurrence (start_s);

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
