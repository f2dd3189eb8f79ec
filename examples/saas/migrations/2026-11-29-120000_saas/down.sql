DROP TABLE issues;
DROP TABLE memberships;
DROP TABLE orgs;
DROP TABLE users;
