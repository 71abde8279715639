-- When an occurrence starts, beside who attends it: so that sharing somebody's time anew
-- reads what they attend around a change, and not what everybody attends then, or all
-- that they ever attended.
ALTER TABLE attendance ADD COLUMN start_s BIGINT NOT NULL DEFAULT 0;
UPDATE attendance SET start_s = (SELECT o.start_s FROM occurrence o WHERE o.id = attendance.occurrence_id);
DROP INDEX attendance_person;
CREATE INDEX attendance_person ON attendance (person_id, start_s);
