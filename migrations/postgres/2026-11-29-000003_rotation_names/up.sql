-- The rotation's columns under the names that code, metrics and events have for them. `current` is the generation of the
-- refresh token that is good now, and has been since `current_since`; `previous` is the generation of the one before it.
ALTER TABLE auth_sessions RENAME COLUMN head TO current;
ALTER TABLE auth_sessions RENAME COLUMN parent TO previous;
ALTER TABLE auth_sessions RENAME COLUMN head_at TO current_since;
ALTER TABLE auth_sessions RENAME COLUMN verdict TO outcome;

-- Constraints and the view's own columns keep their names otherwise.
ALTER TABLE auth_sessions RENAME CONSTRAINT auth_sessions_head_check TO auth_sessions_current_check;
ALTER TABLE auth_sessions RENAME CONSTRAINT auth_sessions_parent_check TO auth_sessions_previous_check;
ALTER TABLE auth_sessions RENAME CONSTRAINT auth_sessions_verdict_check TO auth_sessions_outcome_check;
ALTER VIEW auth_sessions_readable RENAME COLUMN head TO current;
ALTER VIEW auth_sessions_readable RENAME COLUMN parent TO previous;
ALTER VIEW auth_sessions_readable RENAME COLUMN head_at TO current_since;
ALTER VIEW auth_sessions_readable RENAME COLUMN verdict TO outcome;

UPDATE auth_schema SET version = 3;
