-- Sessions of an older epoch end for good: the version before knows no epochs.
UPDATE auth_sessions SET revoked_at = unixepoch() * 1000, revoked_why = 'operator'
WHERE revoked_at IS NULL AND epoch <> coalesce((SELECT u.epoch FROM auth_users u WHERE u.user_id = auth_sessions.user_id), 0);

DROP INDEX auth_sessions_by_user;
ALTER TABLE auth_sessions DROP COLUMN epoch;
CREATE INDEX auth_sessions_by_user ON auth_sessions (user_id);

CREATE TABLE auth_cutoffs (
    user_id TEXT    NOT NULL PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 128),
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX auth_cutoffs_by_time ON auth_cutoffs (at);
INSERT INTO auth_cutoffs (user_id, at) SELECT user_id, changed_at + 1 FROM auth_users WHERE changed_at > 0;

DROP TABLE auth_users;
UPDATE auth_schema SET version = 1;
