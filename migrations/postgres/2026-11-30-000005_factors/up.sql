-- A user's authenticator app (TOTP, RFC 6238): one at most.
CREATE TABLE auth_totp (
    -- No foreign key: the users may be the application's own.
    user_id      text   NOT NULL PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 128),
    -- The secret, encrypted under a key of the configuration that is not in the database.
    secret       text   NOT NULL CHECK (length(secret) BETWEEN 1 AND 512),
    created_at   bigint NOT NULL,
    -- When the user showed a code of it. Before that it is no factor.
    confirmed_at bigint,
    -- The last time step whose code was used. No code of it or of an earlier one is good again.
    last_step    bigint NOT NULL DEFAULT -1,
    -- Codes tried since the last good one, and when the last of them was.
    tries        bigint NOT NULL DEFAULT 0,
    tried_at     bigint NOT NULL DEFAULT 0
);

-- Codes that stand in for the app when it is lost. Each is good once.
CREATE TABLE auth_recovery_codes (
    user_id   text  NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128),
    -- SHA-256 of 100 random bits, so that a slow hash would add nothing.
    code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
    used_at   bigint,
    PRIMARY KEY (user_id, code_hash)
);

-- How the user proved who they are, as names of RFC 8176 with a space between. No name: a link, or another service.
ALTER TABLE auth_sessions ADD COLUMN amr text;

UPDATE auth_schema SET version = 5;
