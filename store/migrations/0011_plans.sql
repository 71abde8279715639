-- What suggestions are about, occurrence by occurrence and person by person, and
-- what came of it by what calendars say later. Like suggestions, plans point into
-- nothing that is derived.

ALTER TABLE suggestion ADD COLUMN write_s BIGINT NOT NULL DEFAULT 1200;  -- what writing the update costs, as the offer counted it
ALTER TABLE suggestion ADD COLUMN read_s  BIGINT NOT NULL DEFAULT 300;   -- and reading it, for each reader

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
CREATE UNIQUE INDEX plan_once ON plan (suggestion_id, epoch, same);
-- A person's occurrence is recovered once.
CREATE UNIQUE INDEX plan_standing ON plan (same) WHERE state IN ('planned', 'freed', 'met again');
CREATE INDEX plan_person ON plan (person_id, start_s);
CREATE INDEX plan_meeting ON plan (uid, organizer);
CREATE INDEX plan_start ON plan (start_s);

-- How many occurrences of a lineage a person would attend week by week, had they
-- not answered: what is met beyond that comes in another's stead.
CREATE TABLE plan_week (
    suggestion_id BIGINT NOT NULL REFERENCES suggestion (id),
    epoch         BIGINT NOT NULL,
    person_id     BIGINT NOT NULL REFERENCES person (id),
    from_s        BIGINT NOT NULL,
    to_s          BIGINT NOT NULL,
    expected      BIGINT NOT NULL,
    PRIMARY KEY (suggestion_id, epoch, person_id, from_s)
);
CREATE INDEX plan_week_person ON plan_week (person_id);
