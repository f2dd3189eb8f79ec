ALTER VIEW auth_sessions_readable RENAME COLUMN outcome TO verdict;
ALTER VIEW auth_sessions_readable RENAME COLUMN current_since TO head_at;
ALTER VIEW auth_sessions_readable RENAME COLUMN previous TO parent;
ALTER VIEW auth_sessions_readable RENAME COLUMN current TO head;
ALTER TABLE auth_sessions RENAME CONSTRAINT auth_sessions_outcome_check TO auth_sessions_verdict_check;
ALTER TABLE auth_sessions RENAME CONSTRAINT auth_sessions_previous_check TO auth_sessions_parent_check;
ALTER TABLE auth_sessions RENAME CONSTRAINT auth_sessions_current_check TO auth_sessions_head_check;
ALTER TABLE auth_sessions RENAME COLUMN outcome TO verdict;
ALTER TABLE auth_sessions RENAME COLUMN current_since TO head_at;
ALTER TABLE auth_sessions RENAME COLUMN previous TO parent;
ALTER TABLE auth_sessions RENAME COLUMN current TO head;

UPDATE auth_schema SET version = 2;
