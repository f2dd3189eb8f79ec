-- Back to a database without auth-core: every session ends and every built-in account is lost.
DROP TABLE auth_cutoffs;
DROP TABLE auth_accounts;
DROP TABLE auth_sessions;
DROP TABLE auth_schema;
