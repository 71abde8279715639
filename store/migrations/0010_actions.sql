-- What is to be done in people's calendars, and what came of it. Each action is
-- written down before anything is done, with a key that no two share.

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
CREATE INDEX action_next ON action (next_at) WHERE state IN ('waiting', 'due', 'begun');
CREATE INDEX action_suggestion ON action (suggestion_id);
CREATE INDEX action_undoes ON action (undoes) WHERE undoes IS NOT NULL;

-- When calendars were written to, or nearly: what is done an hour is bounded.
CREATE TABLE attempt (
    action_id BIGINT NOT NULL REFERENCES action (id),
    at        BIGINT NOT NULL
);
CREATE INDEX attempt_at ON attempt (at);
CREATE INDEX attempt_action ON attempt (action_id);

-- What calendars said while answers were held.
CREATE TABLE glance (
    suggestion_id BIGINT NOT NULL REFERENCES suggestion (id),
    epoch         BIGINT NOT NULL,
    at            BIGINT NOT NULL DEFAULT 0,       -- when that was, 0 if nobody could look yet
    response      TEXT   NOT NULL DEFAULT '',      -- what the person had answered
    start_s       BIGINT NOT NULL DEFAULT 0,       -- when the occurrence was to begin
    next_at       BIGINT NOT NULL,                 -- when to look, 0 never
    PRIMARY KEY (suggestion_id, epoch)
);
CREATE INDEX glance_next ON glance (next_at) WHERE next_at > 0;

-- Series that we declined for somebody from an occurrence on. Their calendar says of
-- all that it is declined; of what began earlier holds what they had answered before.
CREATE TABLE dated (
    person    TEXT   NOT NULL,   -- address
    uid       TEXT   NOT NULL,
    organizer TEXT   NOT NULL,
    from_s    BIGINT NOT NULL,
    was       TEXT   NOT NULL,   -- the answer before
    PRIMARY KEY (uid, organizer, person)
);
