-- Mails on their way out. What is sent is what is kept here, byte for byte; once
-- a mail is sent, or is not sent any more, its words are scrubbed.
CREATE TABLE mail (
    id          INTEGER PRIMARY KEY,
    message_id  TEXT   NOT NULL UNIQUE,
    person      TEXT   NOT NULL,            -- address of the person it is for, '' once erased
    kind        TEXT   NOT NULL,            -- digest, receipt, trouble
    sender      TEXT   NOT NULL,            -- MAIL FROM
    recipient   TEXT   NOT NULL,            -- RCPT TO, exactly one, '' once erased
    mime        BYTEA,                      -- the whole message, null once scrubbed
    hash        TEXT   NOT NULL,            -- SHA-256 of it, in hex
    state       TEXT   NOT NULL,            -- queued, sent, dropped, parked
    why         TEXT   NOT NULL DEFAULT '', -- it is in that state, or was not sent yet
    tries       BIGINT NOT NULL DEFAULT 0,  -- how often the server said "later"
    unsure      BIGINT NOT NULL DEFAULT 0,  -- how often it was handed over without an answer
    queued_at   BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL DEFAULT 0,  -- when it was sent, dropped or parked
    next_at     BIGINT NOT NULL,
    deadline_s  BIGINT NOT NULL,            -- from then on it is not sent any more
    lease_by    TEXT   NOT NULL DEFAULT '', -- who sends it at the moment, '' nobody
    lease_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX mail_next ON mail (next_at) WHERE state = 'queued';
CREATE INDEX mail_person ON mail (person);

-- Addresses that do not exist, as the mail server said. Nothing is sent there.
CREATE TABLE suppressed (
    address TEXT   PRIMARY KEY,
    why     TEXT   NOT NULL,
    at      BIGINT NOT NULL
);
