-- What choosing whom to ask about what goes by: when somebody is out of office,
-- who is invited as optional, and when whose turn comes.

ALTER TABLE copy ADD COLUMN type TEXT NOT NULL DEFAULT '';               -- out-of-office, focus-time, working-location, '' ordinary
CREATE INDEX copy_away ON copy (collection_id) WHERE type <> '' OR all_day = 1;
ALTER TABLE attendance ADD COLUMN optional BIGINT NOT NULL DEFAULT 0;
CREATE INDEX meeting_lineage ON meeting (lineage_id);

-- When to think next of what to ask a person.
CREATE TABLE turn (
    person_id BIGINT PRIMARY KEY REFERENCES person (id),
    next_at   BIGINT NOT NULL
);
CREATE INDEX turn_next ON turn (next_at);

-- What was read before told neither types nor who is optional: all calendars are
-- read whole once more, and all that is known is derived anew when the
-- organization is set next.
UPDATE collection SET cursor = '';
UPDATE meta SET value = value || ' ' WHERE name = 'organization';
