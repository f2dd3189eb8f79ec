SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.auth_cut_off_after(previous bigint) RETURNS bigint
    LANGUAGE sql
    RETURN (SELECT GREATEST((running.clock + (((running.clock % (1000)::bigint) = 0))::integer), ((((auth_cut_off_after.previous + 999) / 1000) * 1000) + 1)) AS "greatest" FROM (SELECT (floor((EXTRACT(epoch FROM clock_timestamp()) * (1000)::numeric)))::bigint AS clock) running);
CREATE FUNCTION public.auth_now() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (floor((EXTRACT(epoch FROM statement_timestamp()) * (1000)::numeric)))::bigint;
CREATE FUNCTION public.auth_tell_cut_off() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('auth_changes', 'cut_off ' || NEW.at || ' ' || NEW.user_id);
    RETURN NULL;
END
$$;
CREATE FUNCTION public.auth_tell_revoked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('auth_changes', 'revoked ' || NEW.revoked_at || ' ' || NEW.id);
    RETURN NULL;
END
$$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.__diesel_schema_migrations (
    version character varying(50) NOT NULL,
    run_on timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
CREATE TABLE public.auth_accounts (
    id text NOT NULL,
    email text NOT NULL,
    email_key text NOT NULL,
    password_hash text NOT NULL,
    roles text[] NOT NULL,
    disabled_at bigint,
    demo boolean NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT auth_accounts_email_key_check CHECK ((email_key <> ''::text)),
    CONSTRAINT auth_accounts_id_check CHECK (((length(id) >= 1) AND (length(id) <= 128))),
    CONSTRAINT auth_accounts_roles_check CHECK ((array_position(roles, NULL::text) IS NULL))
);
CREATE TABLE public.auth_cutoffs (
    user_id text NOT NULL,
    at bigint NOT NULL,
    pending boolean DEFAULT false NOT NULL,
    CONSTRAINT auth_cutoffs_user_id_check CHECK (((length(user_id) >= 1) AND (length(user_id) <= 128)))
);
CREATE TABLE public.auth_schema (
    id bigint NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT auth_schema_id_check CHECK ((id = 1)),
    CONSTRAINT auth_schema_version_check CHECK ((version >= 1))
);
CREATE TABLE public.auth_sessions (
    id uuid NOT NULL,
    user_id text NOT NULL,
    secret_hash bytea NOT NULL,
    head bigint NOT NULL,
    parent bigint NOT NULL,
    head_at bigint NOT NULL,
    verdict text,
    created_at bigint NOT NULL,
    auth_time bigint NOT NULL,
    expires_at bigint NOT NULL,
    idle_until bigint NOT NULL,
    revoked_at bigint,
    revoked_why text,
    user_agent text,
    ip text,
    CONSTRAINT auth_sessions_check CHECK ((parent < head)),
    CONSTRAINT auth_sessions_check1 CHECK ((idle_until <= expires_at)),
    CONSTRAINT auth_sessions_check2 CHECK (((revoked_at IS NULL) = (revoked_why IS NULL))),
    CONSTRAINT auth_sessions_check3 CHECK (((verdict <> ALL (ARRAY['reused'::text, 'account_closed'::text])) OR (revoked_at IS NOT NULL))),
    CONSTRAINT auth_sessions_expires_at_check CHECK (((expires_at % (1000)::bigint) = 0)),
    CONSTRAINT auth_sessions_head_check CHECK ((head >= 0)),
    CONSTRAINT auth_sessions_parent_check CHECK ((parent >= '-1'::integer)),
    CONSTRAINT auth_sessions_secret_hash_check CHECK ((length(secret_hash) = 32)),
    CONSTRAINT auth_sessions_user_id_check CHECK (((length(user_id) >= 1) AND (length(user_id) <= 128))),
    CONSTRAINT auth_sessions_verdict_check CHECK ((verdict = ANY (ARRAY['rotated'::text, 'ahead'::text, 'replayed'::text, 'forked'::text, 'reused'::text, 'account_closed'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.05');
CREATE VIEW public.auth_sessions_readable AS
 SELECT auth_sessions.id,
    auth_sessions.user_id,
    auth_sessions.head,
    auth_sessions.parent,
    auth_sessions.verdict,
    ((auth_sessions.revoked_at IS NULL) AND (public.auth_now() < LEAST(auth_sessions.expires_at, auth_sessions.idle_until))) AS live,
    to_timestamp((((auth_sessions.head_at)::numeric / 1000.0))::double precision) AS head_at,
    to_timestamp((((auth_sessions.created_at)::numeric / 1000.0))::double precision) AS created_at,
    to_timestamp((((auth_sessions.auth_time)::numeric / 1000.0))::double precision) AS auth_time,
    to_timestamp((((auth_sessions.expires_at)::numeric / 1000.0))::double precision) AS expires_at,
    to_timestamp((((auth_sessions.idle_until)::numeric / 1000.0))::double precision) AS idle_until,
    to_timestamp((((auth_sessions.revoked_at)::numeric / 1000.0))::double precision) AS revoked_at,
    auth_sessions.revoked_why,
    auth_sessions.user_agent,
    auth_sessions.ip
   FROM public.auth_sessions;
CREATE TABLE public.reports (
    id integer NOT NULL,
    owner text NOT NULL,
    title text NOT NULL
);
INSERT INTO public.__diesel_schema_migrations VALUES ('20261123000001', '2026-11-28 21:57:19.560467');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261123000002', '2026-11-28 21:57:36.923936');
INSERT INTO public.auth_accounts VALUES ('b58e93ea-8cba-4960-9d9d-4569152731c9', 'ann@example.com', 'ann@example.com', '$2b$12$JPF5HEx3SS6qsdHPJpvAM.wI79gE/LZr6ik4bWy3tLlJViAVfeBnq', '{admin}', NULL, false, 1795903042621);
INSERT INTO public.auth_accounts VALUES ('2aa03d0d-0a88-43af-b742-75c551e4ad54', 'bob@example.com', 'bob@example.com', '$2b$12$ISQjwZOiyYBFWWn/tgOI9.xpEbWC.Dv4yy/WmOQyIR/.jbinZIzBS', '{viewer}', NULL, false, 1795903048984);
INSERT INTO public.auth_accounts VALUES ('072e3be5-5a06-41ef-9227-5136d1981768', 'eve@example.com', 'eve@example.com', '$2b$12$10M1epTzSzuW1.08/c1Z0OiSRdNGjpyROXE0Gcxv6gQaYrBV3LHb.', '{editor}', NULL, false, 1795903054916);
INSERT INTO public.auth_accounts VALUES ('6b4fec40-febd-4d20-ad55-14ce84446db3', 'vic@example.com', 'vic@example.com', '$2b$12$1cZskdfzBAkpP2OWVWSSIOJCAIq6PjKPaUiR9IrVBdtw4RdkSAZ.u', '{editor}', NULL, false, 1795903045838);
INSERT INTO public.auth_accounts VALUES ('87884e06-334d-4545-acac-ca52a1aebbcc', 'dan@example.com', 'dan@example.com', '$2b$12$59PM0sYWWFBUAmDYIlxUMeanuFpCQ4xnyjeMGBE/retVMZq/dA7fG', '{viewer}', 1795903066921, false, 1795903051937);
INSERT INTO public.auth_cutoffs VALUES ('6b4fec40-febd-4d20-ad55-14ce84446db3', 1795903064971, false);
INSERT INTO public.auth_schema VALUES (1, 1);
INSERT INTO public.auth_sessions VALUES ('a4ebf024-18a8-48e4-84b7-26bbc3fb19f5', 'b58e93ea-8cba-4960-9d9d-4569152731c9', '\x716b1de7d767e3696430b74e39ba7aa7ae45b2c19d5f0973683f954d90366982', 3, 2, 1795903058350, 'rotated', 1795903058300, 1795903058300, 1798495058000, 1796507858350, NULL, NULL, 'Python-urllib/3.11', '127.0.0.1');
INSERT INTO public.auth_sessions VALUES ('be3cb68b-db01-4d2a-8579-213a5a74231e', '6b4fec40-febd-4d20-ad55-14ce84446db3', '\xbc5e9afbb7b4764f2d5e59f038f9b9e19c7116714557a133b932031dd3407678', 0, -1, 1795903059563, NULL, 1795903059563, 1795903059563, 1798495059000, 1796507859563, NULL, NULL, 'Python-urllib/3.11', '127.0.0.1');
INSERT INTO public.auth_sessions VALUES ('465e770e-c145-48eb-9c19-50ff8ae85617', '072e3be5-5a06-41ef-9227-5136d1981768', '\xda6739c18cb50e9ab7e87f75f5a3f06fb85265a6fb42a9df0f32db07df03c1cb', 0, -1, 1795903062897, NULL, 1795903062897, 1795903062897, 1798495062000, 1796507862897, NULL, NULL, 'Python-urllib/3.11', '127.0.0.1');
INSERT INTO public.auth_sessions VALUES ('e35e477a-5049-4e5c-8a09-3f6d986d5f5f', '2aa03d0d-0a88-43af-b742-75c551e4ad54', '\x32639fdb28f5bc3bc90abf2cd0469c555505e9ef6110f6fc29e522ec90f53305', 0, -1, 1795903060628, NULL, 1795903060628, 1795903060628, 1798495060000, 1796507860628, 1795903062924, 'logout', 'Python-urllib/3.11', '127.0.0.1');
INSERT INTO public.auth_sessions VALUES ('f46e4e6d-75a7-442c-b40b-9e7f1c86ae0f', '87884e06-334d-4545-acac-ca52a1aebbcc', '\x57901b3b290d1e82ad67dc26d7d959984e4814df162441c9349e12ee7122d89c', 0, -1, 1795903061776, NULL, 1795903061776, 1795903061776, 1798495061000, 1796507861776, 1795903066944, 'account_closed', 'Python-urllib/3.11', '127.0.0.1');
ALTER TABLE ONLY public.__diesel_schema_migrations
    ADD CONSTRAINT __diesel_schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.auth_accounts
    ADD CONSTRAINT auth_accounts_email_key_key UNIQUE (email_key);
ALTER TABLE ONLY public.auth_accounts
    ADD CONSTRAINT auth_accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_cutoffs
    ADD CONSTRAINT auth_cutoffs_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.auth_schema
    ADD CONSTRAINT auth_schema_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_sessions
    ADD CONSTRAINT auth_sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.reports
    ADD CONSTRAINT reports_pkey PRIMARY KEY (id);
CREATE INDEX auth_cutoffs_by_time ON public.auth_cutoffs USING btree (at);
CREATE INDEX auth_cutoffs_pending ON public.auth_cutoffs USING btree (user_id) WHERE pending;
CREATE INDEX auth_sessions_by_end ON public.auth_sessions USING btree (expires_at);
CREATE INDEX auth_sessions_by_revocation ON public.auth_sessions USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);
CREATE INDEX auth_sessions_by_user ON public.auth_sessions USING btree (user_id);
CREATE TRIGGER auth_cutoffs_set AFTER INSERT OR UPDATE OF at ON public.auth_cutoffs FOR EACH ROW WHEN ((NOT new.pending)) EXECUTE FUNCTION public.auth_tell_cut_off();
CREATE TRIGGER auth_sessions_revoked AFTER UPDATE OF revoked_at ON public.auth_sessions FOR EACH ROW WHEN (((old.revoked_at IS NULL) AND (new.revoked_at IS NOT NULL))) EXECUTE FUNCTION public.auth_tell_revoked();
