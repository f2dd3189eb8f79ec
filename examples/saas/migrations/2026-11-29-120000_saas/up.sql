-- The same text for SQLite and for PostgreSQL. Every id is a random UUID, as text.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE, -- the e-mail as sign-in compares it: ASCII letters in lower case
    password_hash TEXT NOT NULL,
    staff BOOLEAN NOT NULL,         -- the one role of the application; the others are in `memberships`
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL      -- milliseconds since 1970
);

CREATE TABLE orgs (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE memberships (
    org_id TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    owner BOOLEAN NOT NULL,
    PRIMARY KEY (org_id, user_id)
);

CREATE TABLE issues (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    author TEXT REFERENCES users (id) ON DELETE SET NULL,
    title TEXT NOT NULL
);
CREATE INDEX issues_by_org ON issues (org_id);
