-- How fresh what is known of calendars is, so that one that nobody reads any more
-- overrules none that is read. In Unix milliseconds, unlike all other times: two
-- pulls and a change between them fit into a second.

ALTER TABLE collection ADD COLUMN read_ms  BIGINT NOT NULL DEFAULT 0;  -- when it last was as it is kept here, 0 never
ALTER TABLE copy       ADD COLUMN since_ms BIGINT NOT NULL DEFAULT 0;  -- when it was first seen to claim the times it claims
ALTER TABLE meeting    ADD COLUMN news_ms  BIGINT NOT NULL DEFAULT 0;  -- the latest since_ms of its copies, or at_ms of withdrawn

-- Meetings that a calendar of their organizer held, and holds no more; once for
-- each time that others told of them anew and it did not.
CREATE TABLE withdrawn (
    uid           TEXT   NOT NULL,
    organizer     TEXT   NOT NULL,
    collection_id BIGINT NOT NULL REFERENCES collection (id),
    at_ms         BIGINT NOT NULL,  -- when that was first seen
    PRIMARY KEY (uid, organizer, collection_id, at_ms)
);
CREATE INDEX withdrawn_collection ON withdrawn (collection_id);

-- Under which addresses calendars say that they know their owners.
CREATE TABLE alias (
    addr          TEXT   NOT NULL,
    connection_id BIGINT NOT NULL REFERENCES connection (id),
    PRIMARY KEY (addr, connection_id)
);
