-- Assistants: who answers for somebody else, as the configuration names them.

ALTER TABLE person     ADD COLUMN alone_at BIGINT NOT NULL DEFAULT 0;   -- since when they want nobody to answer for them, 0: they said nothing of it
ALTER TABLE token      ADD COLUMN acting   TEXT   NOT NULL DEFAULT '';  -- address of the assistant whom the mail went to; '' the person themselves
ALTER TABLE suggestion ADD COLUMN acting   TEXT   NOT NULL DEFAULT '';  -- address of the assistant who gave the answer that stands; '' the person, or nobody
CREATE INDEX token_acting ON token (acting) WHERE acting <> '';
