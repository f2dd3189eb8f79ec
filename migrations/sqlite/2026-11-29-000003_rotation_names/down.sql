ALTER TABLE auth_sessions RENAME COLUMN outcome TO verdict;
ALTER TABLE auth_sessions RENAME COLUMN current_since TO head_at;
ALTER TABLE auth_sessions RENAME COLUMN previous TO parent;
ALTER TABLE auth_sessions RENAME COLUMN current TO head;

UPDATE auth_schema SET version = 2;
