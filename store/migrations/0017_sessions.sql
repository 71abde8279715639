-- Whose page a browser may see: who is signed in, and links that sign somebody in. Of
-- the secrets in cookies and links only hashes are here. Whose they are is said by
-- address, since those who may see the organization's page need not be known otherwise.

CREATE TABLE session (
    hash    BYTEA  PRIMARY KEY,
    address TEXT   NOT NULL,
    since_s BIGINT NOT NULL,
    used_s  BIGINT NOT NULL,  -- when it was last used, to within minutes
    until_s BIGINT NOT NULL
);
CREATE INDEX session_address ON session (address);

CREATE TABLE login (
    hash    BYTEA  PRIMARY KEY,
    address TEXT   NOT NULL,
    since_s BIGINT NOT NULL,
    until_s BIGINT NOT NULL
);
CREATE INDEX login_address ON login (address);
