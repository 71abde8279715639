-- What is suggested to whom, what they answer, and what came of it. Nothing here
-- points into copies, meetings or occurrences: those can be read again from
-- calendars, these cannot, and outlive them. A meeting is named by its UID and
-- organizer, and its lineage looked up.

ALTER TABLE person ADD COLUMN language     TEXT   NOT NULL DEFAULT '';  -- of their mails, '' as their group has it
ALTER TABLE person ADD COLUMN rhythm       TEXT   NOT NULL DEFAULT '';  -- weekly, fortnightly, stopped; '' weekly
ALTER TABLE person ADD COLUMN unsubscribed BIGINT NOT NULL DEFAULT 0;   -- when they unsubscribed, 0 if they did not
ALTER TABLE person ADD COLUMN subscribed   BIGINT NOT NULL DEFAULT 0;   -- when they last came back from that, 0 never

CREATE TABLE suggestion (
    id           INTEGER PRIMARY KEY,
    person_id    BIGINT REFERENCES person (id), -- null once the person left
    mail_id      BIGINT NOT NULL,  -- that it went out with
    offered_at   BIGINT NOT NULL,
    uid          TEXT   NOT NULL,  -- '' once the person left, and so the next two
    organizer    TEXT   NOT NULL,
    instance     TEXT   NOT NULL,
    kind         TEXT   NOT NULL,  -- decline, trial, split, shorten
    recurring    BIGINT NOT NULL,
    minutes      BIGINT NOT NULL,  -- that it would give back
    category     TEXT   NOT NULL,  -- that the meeting was classified as
    starts_s     BIGINT NOT NULL,
    expires_s    BIGINT NOT NULL,  -- from then on it cannot be answered
    closes_s     BIGINT NOT NULL,  -- from then on an answer cannot be taken back
    subject_hash TEXT   NOT NULL,
    rules_hash   TEXT   NOT NULL,
    snapshot     BYTEA  NOT NULL,  -- what the mail showed
    state        TEXT   NOT NULL,  -- offered, pending, accepted, kept, expired, withdrawn
    why          TEXT   NOT NULL DEFAULT '',  -- it was withdrawn
    choice       TEXT   NOT NULL DEFAULT '',  -- the answer that stands
    scope        TEXT   NOT NULL DEFAULT '',
    note         TEXT   NOT NULL DEFAULT '',
    visitor      TEXT   NOT NULL DEFAULT '',  -- browser that answered
    known        BIGINT NOT NULL DEFAULT 0,
    pressed_at   BIGINT NOT NULL DEFAULT 0,
    commit_at    BIGINT NOT NULL DEFAULT 0,   -- when the hold is over
    epoch        BIGINT NOT NULL DEFAULT 0,   -- answers so far that are held
    wrong        BIGINT NOT NULL DEFAULT 0,   -- the person said that the classification is
    said         TEXT   NOT NULL DEFAULT '',  -- the category that they said it is
    never        BIGINT NOT NULL DEFAULT 0,
    stray_verb   TEXT   NOT NULL DEFAULT '',  -- last answer of an unknown browser
    stray_scope  TEXT   NOT NULL DEFAULT '',
    stray_at     BIGINT NOT NULL DEFAULT 0,
    stood        TEXT   NOT NULL DEFAULT '',  -- JSON: what stood before stray answers
    voided_at    BIGINT NOT NULL DEFAULT 0,
    next_at      BIGINT NOT NULL              -- when time changes it: its hold, or its time to be answered, is over; 0 never
);
CREATE INDEX suggestion_next ON suggestion (next_at) WHERE next_at > 0;
CREATE INDEX suggestion_person ON suggestion (person_id, offered_at);
CREATE INDEX suggestion_mail ON suggestion (mail_id);
CREATE INDEX suggestion_organizer ON suggestion (organizer) WHERE state = 'offered';
CREATE UNIQUE INDEX suggestion_open ON suggestion (person_id, uid, organizer, instance, kind) WHERE state IN ('offered', 'pending');

-- The rules that spoke for a suggestion.
CREATE TABLE suggestion_rule (
    suggestion_id BIGINT NOT NULL REFERENCES suggestion (id),
    rule          TEXT   NOT NULL,
    PRIMARY KEY (suggestion_id, rule)
);
CREATE INDEX suggestion_rule_rule ON suggestion_rule (rule);

-- What the links in mails stand for. Of the secret in a link only a hash is kept.
CREATE TABLE token (
    hash          BYTEA  PRIMARY KEY,
    mail_id       BIGINT NOT NULL,
    suggestion_id BIGINT REFERENCES suggestion (id),  -- null: the mail as a whole
    person_id     BIGINT NOT NULL REFERENCES person (id),
    verb          TEXT   NOT NULL,
    epoch         BIGINT NOT NULL,                    -- of a receipt: the answer that it tells of, else 0
    expires_s     BIGINT NOT NULL                     -- 0 never
);
CREATE INDEX token_person ON token (person_id);
CREATE INDEX token_mail ON token (mail_id);

CREATE TABLE visit (
    token_hash BYTEA  NOT NULL REFERENCES token (hash),
    at         BIGINT NOT NULL,
    how        TEXT   NOT NULL
);
CREATE INDEX visit_token ON visit (token_hash);

-- Browsers that are known as a person's, by the hash of their cookie.
CREATE TABLE browser (
    hash          BYTEA  PRIMARY KEY,
    person_id     BIGINT NOT NULL REFERENCES person (id),
    suggestion_id BIGINT REFERENCES suggestion (id),  -- it became known by answering that; null: by connecting
    since_s       BIGINT NOT NULL,
    from_s        BIGINT NOT NULL,  -- before that, it is not known yet: the answer may still be cancelled
    until_s       BIGINT NOT NULL
);
CREATE INDEX browser_person ON browser (person_id);

-- What nobody, or one person, is asked about.
CREATE TABLE silence (
    id            INTEGER PRIMARY KEY,
    suggestion_id BIGINT REFERENCES suggestion (id),  -- whose answer it is; null once the person left
    person_id     BIGINT REFERENCES person (id),  -- who is not asked; null: nobody is
    uid           TEXT   NOT NULL,  -- the meeting whose lineage it is about; '' all of the organizer's
    organizer     TEXT   NOT NULL,
    from_s        BIGINT NOT NULL,
    until_s       BIGINT NOT NULL,  -- 0: lasting
    why           TEXT   NOT NULL
);
CREATE INDEX silence_suggestion ON silence (suggestion_id);

-- What came of suggestions. Rows are added and never changed or removed; all that
-- can be done to one is to forget whose it is.
CREATE TABLE outcome (
    id            INTEGER PRIMARY KEY,
    at            BIGINT NOT NULL,
    suggestion_id BIGINT,           -- null: of no suggestion
    person_id     BIGINT,           -- null once the person left
    counts_as     TEXT   NOT NULL DEFAULT '',  -- of "suggested", once the person left: a random key, so that sums still count them as one
    outcome       TEXT   NOT NULL,  -- suggested, pressed, undone, accepted, kept, void, wrong, never, expired, withdrawn, left, returned
    kind          TEXT   NOT NULL,  -- of the suggestion, '' if of none
    minutes       BIGINT NOT NULL,  -- that the suggestion would give back
    via           TEXT   NOT NULL,
    rules_hash    TEXT   NOT NULL,
    detail        TEXT   NOT NULL   -- JSON
);
CREATE INDEX outcome_at ON outcome (at);
CREATE INDEX outcome_person ON outcome (person_id);
CREATE TRIGGER outcome_once BEFORE INSERT ON outcome
WHEN EXISTS (SELECT 1 FROM outcome WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'outcomes are never replaced');
END;
CREATE TRIGGER outcome_stays BEFORE DELETE ON outcome BEGIN
    SELECT RAISE(ABORT, 'outcomes are never removed');
END;
CREATE TRIGGER outcome_unchanged BEFORE UPDATE ON outcome
WHEN NEW.person_id IS NOT NULL OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.suggestion_id IS NOT OLD.suggestion_id
    OR NEW.outcome <> OLD.outcome OR NEW.kind <> OLD.kind OR NEW.minutes <> OLD.minutes OR NEW.via <> OLD.via
    OR NEW.rules_hash <> OLD.rules_hash OR NEW.detail <> OLD.detail OR OLD.person_id IS NULL AND NEW.counts_as <> OLD.counts_as
BEGIN
    SELECT RAISE(ABORT, 'outcomes are never changed');
END;
