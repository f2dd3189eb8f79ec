-- The rotation's columns under the names that code, metrics and events have for them. `current` is the generation of the
-- refresh token that is good now, and has been since `current_since`; `previous` is the generation of the one before it.
-- The constraints follow by themselves.
ALTER TABLE auth_sessions RENAME COLUMN head TO current;
ALTER TABLE auth_sessions RENAME COLUMN parent TO previous;
ALTER TABLE auth_sessions RENAME COLUMN head_at TO current_since;
ALTER TABLE auth_sessions RENAME COLUMN verdict TO outcome;

UPDATE auth_schema SET version = 3;
