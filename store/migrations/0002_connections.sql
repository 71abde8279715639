-- What the daemon keeps of people's ways in to their calendars, and of the words
-- of events that are used but not kept.

ALTER TABLE connection ADD COLUMN account     TEXT   NOT NULL DEFAULT '';  -- the name that the other side never changes
ALTER TABLE connection ADD COLUMN via         TEXT   NOT NULL DEFAULT '';  -- grant, delegation, '' for files
ALTER TABLE connection ADD COLUMN secret      BYTEA;                       -- sealed, null if there is none
ALTER TABLE connection ADD COLUMN secret_key  TEXT   NOT NULL DEFAULT '';  -- id of the key that sealed it
ALTER TABLE connection ADD COLUMN scopes      TEXT   NOT NULL DEFAULT '';  -- as granted, separated by spaces
ALTER TABLE connection ADD COLUMN state       TEXT   NOT NULL DEFAULT '';  -- connected, failing, paused, disconnected, '' for files
ALTER TABLE connection ADD COLUMN why         TEXT   NOT NULL DEFAULT '';  -- it is in that state
ALTER TABLE connection ADD COLUMN hint        TEXT   NOT NULL DEFAULT '';  -- what to do about it
ALTER TABLE connection ADD COLUMN since_s     BIGINT NOT NULL DEFAULT 0;   -- when it came into that state
ALTER TABLE connection ADD COLUMN next_at     BIGINT NOT NULL DEFAULT 0;   -- when it is synced next
ALTER TABLE connection ADD COLUMN lease_by    TEXT   NOT NULL DEFAULT '';  -- who syncs it at the moment, '' nobody
ALTER TABLE connection ADD COLUMN lease_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE connection ADD COLUMN failures    BIGINT NOT NULL DEFAULT 0;   -- since the last sync that went well
ALTER TABLE connection ADD COLUMN last_ok     BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX connection_owner ON connection (kind, owner);
CREATE INDEX connection_next ON connection (next_at);

-- Attempts to connect that have not come back yet.
CREATE TABLE pending (
    state_hash TEXT   PRIMARY KEY,  -- of the state that the browser carries
    sealed     BYTEA  NOT NULL,     -- what must be known when it comes back
    expires_s  BIGINT NOT NULL
);

-- A description whose words were let go is '' or the phrases of it that mattered;
-- its hash stays, so that an event that did not change is seen not to have.
ALTER TABLE copy ADD COLUMN body_hash BIGINT NOT NULL DEFAULT 0;    -- of the whole description, 0 if empty
ALTER TABLE copy ADD COLUMN whole     BIGINT NOT NULL DEFAULT 1;    -- 1: body is all of it
CREATE INDEX copy_whole ON copy (uid) WHERE whole = 1 AND body <> '';
ALTER TABLE subject ADD COLUMN body_hash BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subject ADD COLUMN whole     BIGINT NOT NULL DEFAULT 1;
-- The series that one was split off from ("this and following"), '' if none.
ALTER TABLE copy ADD COLUMN split_from TEXT NOT NULL DEFAULT '';
CREATE INDEX copy_split_from ON copy (split_from) WHERE split_from <> '';

-- Title and description that a verdict was made of.
ALTER TABLE verdict ADD COLUMN words TEXT NOT NULL DEFAULT '';
CREATE INDEX verdict_words ON verdict (words);

-- Sharing somebody's time anew looks for what else they attend.
CREATE INDEX attendance_person ON attendance (person_id);
