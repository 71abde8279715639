-- Who looked at what is a person's own, and why. Rows are added and never removed; of
-- a person who left, nothing tells any more that one was of them.
CREATE TABLE look (
    id        INTEGER PRIMARY KEY,
    at        BIGINT NOT NULL,
    person_id BIGINT,          -- whose it is; null once the person left
    by_whom   TEXT   NOT NULL,
    what      TEXT   NOT NULL,
    why       TEXT   NOT NULL  -- '' once the person left
);
CREATE INDEX look_person ON look (person_id);
CREATE TRIGGER look_once BEFORE INSERT ON look
WHEN EXISTS (SELECT 1 FROM look WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'looks are never replaced');
END;
CREATE TRIGGER look_stays BEFORE DELETE ON look BEGIN
    SELECT RAISE(ABORT, 'looks are never removed');
END;
CREATE TRIGGER look_unchanged BEFORE UPDATE ON look
WHEN NEW.person_id IS NOT NULL OR NEW.why <> '' OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.by_whom <> OLD.by_whom OR NEW.what <> OLD.what
BEGIN
    SELECT RAISE(ABORT, 'looks are never changed');
END;
