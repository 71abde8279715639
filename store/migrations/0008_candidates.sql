-- What choosing whom to ask about what goes by: when somebody is out of office,
-- who is invited as optional, and when whose turn comes.

ALTER TABLE copy ADD COLUMN type TEXT NOT NULL DEFAULT '';               -- out-of-office, focus-time, working-location, '' ordinary
CREATE INDEX copy_away ON copy (collection_id) WHERE type <> '' OR all_day = 1;
ALTER TABLE attendance ADD COLUMN optional BIGINT NOT NULL DEFAULT 0;
CREATE INDEX meeting_lineage ON meeting (lineage_id);

ALTER TABLE person ADD COLUMN turn_at BIGINT NOT NULL DEFAULT 0;          -- when to think next of what to ask them, 0 not planned yet
CREATE INDEX suggestion_meeting ON suggestion (uid, organizer);

-- What was read before told neither types nor who is optional: all calendars are
-- read whole once more, and all that is known is derived anew when the
-- organization is set next.
UPDATE collection SET cursor = '';
UPDATE meta SET value = value || ' ' WHERE name = 'organization';
