-- Trials: an organizer does a meeting in writing a few times. Nothing here points into
-- copies, meetings or occurrences.

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
CREATE INDEX trial_next ON trial (next_at) WHERE next_at > 0;

-- Who is asked after the last occurrence, and what they said.
CREATE TABLE trial_guest (
    id        INTEGER PRIMARY KEY,
    trial_id  BIGINT NOT NULL REFERENCES trial (id),
    person_id BIGINT REFERENCES person (id),    -- null once the person left
    answer    TEXT   NOT NULL DEFAULT '',       -- JSON, '' while there is none
    UNIQUE (trial_id, person_id)
);
CREATE INDEX trial_guest_person ON trial_guest (person_id);

ALTER TABLE token ADD COLUMN trial_id BIGINT REFERENCES trial (id);   -- null: of no trial
ALTER TABLE token ADD COLUMN ordinal  BIGINT NOT NULL DEFAULT 0;      -- of a trial: the occurrence that it is about, from 0, -1 for the whole
