-- Who has signed in. A user is what one provider calls one subject, and nothing else: no e-mail leads to a row.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    roles TEXT NOT NULL,                  -- their names, separated by spaces
    disabled INTEGER NOT NULL DEFAULT 0,  -- 1: does not sign in
    UNIQUE (issuer, subject)              -- of two first sign-ins at once, one makes the user
) STRICT;
