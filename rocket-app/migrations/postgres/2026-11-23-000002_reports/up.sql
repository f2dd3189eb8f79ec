-- What the demo has to guard: reports, each of which belongs to one user.
-- `owner` is a user's id; no foreign key, as the accounts may live elsewhere.
CREATE TABLE reports (
    id    integer NOT NULL PRIMARY KEY,
    owner text    NOT NULL,
    title text    NOT NULL
);
