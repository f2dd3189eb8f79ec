-- The version before knows no tickets: links that were sent lead nowhere.
DROP TABLE auth_tickets;

UPDATE auth_schema SET version = 3;
