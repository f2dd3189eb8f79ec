-- Single-use secrets that went to a mailbox: a link to sign up, to set a new password, to sign in; or an application's own.
CREATE TABLE auth_tickets (
    id          TEXT    NOT NULL PRIMARY KEY,
    -- What it is good for, and nothing else.
    purpose     TEXT    NOT NULL CHECK (length(purpose) BETWEEN 1 AND 64),
    -- Whose ticket, where it belongs to an account. No foreign key: the users may be the application's own.
    user_id     TEXT    CHECK (length(user_id) BETWEEN 1 AND 128),
    -- The address that it went to, in the form in which e-mails are compared.
    sent_to     TEXT    CHECK (length(sent_to) BETWEEN 1 AND 320),
    -- SHA-256 of the secret. The secret itself is in the mail only.
    secret_hash BLOB    NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    data        TEXT    CHECK (length(CAST(data AS BLOB)) <= 1024),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    -- Used, or ended: with a used sibling, or with what it was made for. Final.
    used_at     INTEGER
) STRICT;

-- The tickets that end with a used one, or with a change of the account.
CREATE INDEX auth_tickets_by_user ON auth_tickets (user_id) WHERE used_at IS NULL AND user_id IS NOT NULL;
CREATE INDEX auth_tickets_by_address ON auth_tickets (sent_to) WHERE used_at IS NULL AND sent_to IS NOT NULL;
-- Cleaning up takes the oldest ends first.
CREATE INDEX auth_tickets_by_end ON auth_tickets (expires_at);

UPDATE auth_schema SET version = 4;
