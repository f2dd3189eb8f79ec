-- The application's own users. Sign-in looks for them by e-mail, in lower case as the library asks for it.
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- an id is never used again
    email TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
    password_hash TEXT NOT NULL,
    roles TEXT NOT NULL DEFAULT '',       -- their names, separated by spaces
    left_at TEXT                          -- a user who left the club cannot sign in
) STRICT;
