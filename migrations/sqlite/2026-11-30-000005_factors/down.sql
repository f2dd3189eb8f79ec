-- The version before knows no second factors: every account signs in without one.
DROP TABLE auth_recovery_codes;
DROP TABLE auth_totp;
ALTER TABLE auth_sessions DROP COLUMN amr;

UPDATE auth_schema SET version = 4;
