-- Back to a database without auth-core: every session ends and every built-in account is lost.
DROP VIEW auth_sessions_readable;
DROP TABLE auth_cutoffs;
DROP TABLE auth_accounts;
DROP TABLE auth_sessions;
DROP TABLE auth_schema;
DROP FUNCTION auth_tell_cut_off();
DROP FUNCTION auth_tell_revoked();
DROP FUNCTION auth_cut_off_after(bigint);
DROP FUNCTION auth_now();
