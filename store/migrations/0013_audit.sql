-- Who ran which command, what is kept for how long, and of whom nothing is to be
-- known again.

-- Commands that changed something, or showed what is people's own. Rows are added; what
-- came of one is told once, and what would tell of a person who is forgotten is blanked.
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY,
    at       BIGINT NOT NULL,
    by_whom  TEXT   NOT NULL,
    command  TEXT   NOT NULL,             -- "connect google"
    words    TEXT   NOT NULL,             -- what followed, without secrets; {1}, {2} for people's addresses
    why      TEXT   NOT NULL,             -- as they said
    outcome  TEXT   NOT NULL DEFAULT '',  -- done, failed, refused (not understood), nothing (to work on); '' not over, or cut off
    ended_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX audit_at ON audit (at);

-- The people whom such a command named.
CREATE TABLE audit_about (
    audit_id BIGINT NOT NULL REFERENCES audit (id),
    ordinal  BIGINT NOT NULL,             -- from 1
    address  TEXT   NOT NULL,             -- '' once the person is forgotten
    PRIMARY KEY (audit_id, ordinal)
);
CREATE INDEX audit_about_address ON audit_about (address);

CREATE TRIGGER audit_once BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'the audit log is never rewritten');
END;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
WHEN NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.by_whom <> OLD.by_whom OR NEW.command <> OLD.command
    OR NEW.words <> OLD.words AND NEW.words <> '' OR NEW.why <> OLD.why AND NEW.why <> ''
    OR (NEW.outcome <> OLD.outcome OR NEW.ended_at <> OLD.ended_at) AND (OLD.outcome <> '' OR OLD.ended_at <> 0)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never changed');
END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
WHEN OLD.at >= COALESCE((SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'kept from'), 0) BEGIN
    SELECT RAISE(ABORT, 'the audit log is kept');
END;
CREATE TRIGGER audit_about_once BEFORE INSERT ON audit_about
WHEN EXISTS (SELECT 1 FROM audit_about WHERE audit_id = NEW.audit_id AND ordinal = NEW.ordinal) BEGIN
    SELECT RAISE(ABORT, 'the audit log is never rewritten');
END;
CREATE TRIGGER audit_about_unchanged BEFORE UPDATE ON audit_about
WHEN NEW.audit_id <> OLD.audit_id OR NEW.ordinal <> OLD.ordinal OR NEW.address <> '' BEGIN
    SELECT RAISE(ABORT, 'the audit log is never changed');
END;
CREATE TRIGGER audit_about_stays BEFORE DELETE ON audit_about
WHEN EXISTS (SELECT 1 FROM audit WHERE id = OLD.audit_id AND at >= COALESCE((SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'kept from'), 0)) BEGIN
    SELECT RAISE(ABORT, 'the audit log is kept');
END;

-- Outcomes and looks are kept for as long as the organization keeps anything, and go
-- then: the daemon writes 'kept from' into meta.
DROP TRIGGER outcome_stays;
CREATE TRIGGER outcome_stays BEFORE DELETE ON outcome
WHEN OLD.at >= COALESCE((SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'kept from'), 0) BEGIN
    SELECT RAISE(ABORT, 'outcomes are never removed');
END;
DROP TRIGGER look_stays;
CREATE TRIGGER look_stays BEFORE DELETE ON look
WHEN OLD.at >= COALESCE((SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'kept from'), 0) BEGIN
    SELECT RAISE(ABORT, 'looks are never removed');
END;
-- Why somebody looked may name another person who is forgotten.
DROP TRIGGER look_unchanged;
CREATE TRIGGER look_unchanged BEFORE UPDATE ON look
WHEN NOT (NEW.person_id IS NULL AND NEW.why = '' OR NEW.person_id IS OLD.person_id AND NEW.why = '(forgotten)') OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.by_whom <> OLD.by_whom OR NEW.what <> OLD.what
BEGIN
    SELECT RAISE(ABORT, 'looks are never changed');
END;

-- Addresses of people who are forgotten: wherever a calendar still names one, nothing
-- of it is kept. Of an address only a hash is here.
CREATE TABLE forgotten (
    hash BYTEA  PRIMARY KEY,  -- keyed with what meta has as 'forgotten'
    at   BIGINT NOT NULL
);
