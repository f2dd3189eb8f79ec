//! `auth.js` alone, against answers that a server gives seldom.

use serde_json::json;

use crate::support::{Browser, Site, block_on};

/// A `fetch` that answers from a script, and a list of its requests.
const SCRIPTED: &str = "
    const { AuthClient } = await import('/assets/auth.js');
    const asked = [];
    const respond = (status, body, headers) => new Response(status === 204 ? null : JSON.stringify(body), { status, headers });
    const script = (answer) => {
      window.fetch = async (path, init) => {
        asked.push([init.method, path, new Headers(init.headers).get('Authorization'), performance.now()]);
        return answer(path, init, asked.length);
      };
    };
";

/// What a script gives that runs in a page of the demo, with `fetch` in its hands.
pub async fn scripted(body: &str) -> serde_json::Value {
    let site = Site::shared();
    let browser = Browser::open().await;
    browser.visit(&site).await;
    browser.run(&format!("{SCRIPTED}{body}")).await
}

#[test]
fn ten_calls_with_an_expired_token_make_one_refresh_and_each_is_sent_once_more() {
    block_on(async {
        let answer = scripted(
            "let issued = 0;
             script((path, init) => {
               if (path.endsWith('/refresh')) return respond(200, { accessToken: `t${++issued}` });
               const token = new Headers(init.headers).get('Authorization');
               return token === 'Bearer t2' ? respond(200, 'ok') : respond(401, { error: 'token_expired', message: '' });
             });
             const client = new AuthClient();
             await client.resume();
             const answers = await Promise.all([...Array(10)].map(() => client.json('/x')));
             const sent = asked.filter(([, path]) => path === '/x').map(([, , token]) => token);
             return { answers, refreshes: issued, sent };",
        )
        .await;
        assert_eq!(answer["answers"], json!(vec!["ok"; 10]));
        assert_eq!(answer["refreshes"], 2);
        let sent: Vec<String> = serde_json::from_value(answer["sent"].clone()).expect("texts");
        assert_eq!(sent.iter().filter(|token| *token == "Bearer t1").count(), 10);
        assert_eq!(sent.iter().filter(|token| *token == "Bearer t2").count(), 10);
    });
}

#[test]
fn a_stale_token_is_refreshed_and_a_wrong_password_or_role_is_not() {
    block_on(async {
        let answer = scripted(
            "const outcome = {};
             for (const [status, code] of [[401, 'token_stale'], [401, 'invalid_credentials'], [403, 'insufficient_role']]) {
               asked.length = 0;
               script((path) => path.endsWith('/refresh') ? respond(200, { accessToken: 't' }) : respond(status, { error: code, message: '' }));
               const client = new AuthClient();
               await client.resume();
               const answer = await client.fetch('/x');
               outcome[code] = [answer.status, asked.length];
             }
             return outcome;",
        )
        .await;
        // The first refresh is that of `resume`. A token that stays stale is not tried a third
        // time.
        let expected =
            json!({ "token_stale": [401, 4], "invalid_credentials": [401, 2], "insufficient_role": [403, 2] });
        assert_eq!(answer, expected);
    });
}

#[test]
fn a_busy_server_is_waited_for_as_long_as_it_says_and_a_post_is_not_repeated() {
    block_on(async {
        let answer = scripted(
            "const busy = () => respond(503, { error: 'unavailable', message: 'later' }, { 'Retry-After': '1' });
             script((path, init, count) => count === 1 ? busy() : respond(200, { accessToken: 't' }));
             const client = new AuthClient();
             const resumed = await client.resume();
             const waited = asked[1][3] - asked[0][3];
             asked.length = 0;
             script(busy);
             const post = await client.fetch('/x', { method: 'POST' });
             const posts = asked.length;
             const get = await client.fetch('/x');
             return { resumed, waited, posts: [post.status, posts], gets: [get.status, asked.length - posts] };",
        )
        .await;
        assert_eq!(answer["resumed"], true);
        assert!(answer["waited"].as_f64().expect("a number") >= 990.0, "{answer}");
        assert_eq!(
            (&answer["posts"], &answer["gets"]),
            (&json!([503, 1]), &json!([503, 3]))
        );
    });
}

#[test]
fn a_session_that_is_over_is_told_once_and_asks_for_no_more_refreshes() {
    block_on(async {
        let answer = scripted(
            "let over = false;
             const refusal = { error: 'session_revoked', message: 'The session has ended; sign in again.' };
             script((path) => over ? respond(401, refusal) : respond(200, { accessToken: 't' }));
             const client = new AuthClient(); const told = [];
             client.addEventListener('signed-out', (event) => told.push(event.detail.code));
             await client.resume();
             over = true;
             await Promise.all([client.fetch('/x'), client.fetch('/x'), client.fetch('/x')]);
             await client.fetch('/x');
             return { told, refreshes: asked.filter(([, path]) => path.endsWith('/refresh')).length };",
        )
        .await;
        assert_eq!(answer, json!({ "told": ["session_revoked"], "refreshes": 2 }));
    });
}

#[test]
fn a_value_sent_as_json_keeps_the_headers_that_come_with_it() {
    block_on(async {
        let answer = scripted(
            "const sent = [];
             window.fetch = async (path, init) => {
               if (path.endsWith('/refresh')) return respond(200, { accessToken: 't' });
               const headers = new Headers(init.headers);
               sent.push([headers.get('X-Mine'), headers.get('Content-Type'), headers.get('Authorization'), init.body]);
               return respond(200, null);
             };
             const client = new AuthClient();
             const kinds = [new Headers({ 'X-Mine': 'a' }), [['X-Mine', 'b']], { 'X-Mine': 'c' }, undefined,
               new Headers({ 'content-type': 'application/merge-patch+json' })];
             for (const headers of kinds) await client.json('/x', { method: 'PUT', headers, json: { n: 1 } });
             return sent;",
        )
        .await;
        let with = |mine, kind| json!([mine, kind, "Bearer t", "{\"n\":1}"]);
        let expected = json!([
            with(json!("a"), "application/json"),
            with(json!("b"), "application/json"),
            with(json!("c"), "application/json"),
            with(json!(null), "application/json"),
            with(json!(null), "application/merge-patch+json"),
        ]);
        assert_eq!(answer, expected);
    });
}

#[test]
fn an_answer_of_a_captive_portal_signs_nobody_in_or_out() {
    block_on(async {
        let answer = scripted(
            "const outcome = {};
             const portal = (status, body, kind) => new Response(body, { status, headers: { 'Content-Type': kind } });
             const portals = {
               html401: () => portal(401, '<h1>Pay for the network</h1>', 'text/html'),
               html200: () => portal(200, '<h1>Pay for the network</h1>', 'text/html'),
               json401: () => portal(401, '{\"error\":\"login_required\"}', 'application/json'),
               json200: () => portal(200, '{\"portal\":true}', 'application/json'),
               null401: () => portal(401, 'null', 'application/json'),
             };
             for (const [name, portal] of Object.entries(portals)) {
               let there = false;
               script((path, init) => {
                 if (there) return portal();
                 if (path.endsWith('/refresh')) return respond(200, { accessToken: 'second' });
                 const token = new Headers(init.headers).get('Authorization');
                 return token === 'Bearer second' ? respond(200, 'ok') : respond(401, { error: 'token_expired', message: '' });
               });
               const client = new AuthClient(); const told = [];
               client.addEventListener('signed-out', (event) => told.push(event.detail.code));
               const refused = (call) => call.then(() => 'went', (problem) => problem.name);
               await client.resume();
               there = true;
               const calls = [await refused(client.resume()), await refused(client.signIn('a', 'b')), await refused(client.signOut()),
                 (await client.fetch('/x')).status];
               there = false;
               outcome[name] = [...calls, client.isSignedIn, told.length, await client.json('/x')];
             }
             return outcome;",
        )
        .await;
        let unharmed = |status: u16| json!(["Refused", "Refused", "Refused", status, true, 0, "ok"]);
        let expected = json!({
            "html401": unharmed(401), "html200": unharmed(200), "json401": unharmed(401),
            "json200": unharmed(200), "null401": unharmed(401),
        });
        assert_eq!(answer, expected);
    });
}

#[test]
fn a_sign_in_that_needs_a_code_gives_the_challenge_and_signs_nobody_in() {
    block_on(async {
        let answer = scripted(
            "const bodies = [];
             script((path, init) => {
               bodies.push([path.split('/auth')[1], JSON.parse(init.body)]);
               const isDone = path.endsWith('/factor') && bodies.length > 2;
               if (isDone) return respond(200, { accessToken: 't' });
               const error = path.endsWith('/factor') ? 'invalid_code' : 'second_factor_required';
               return respond(401, { error, message: '', challenge: error.startsWith('second') ? 'c' : undefined });
             });
             let steps = 0;
             const client = new AuthClient('/api/auth', { stepUp: () => { steps += 1; } });
             const refused = (call) => call.catch(({ code, challenge }) => [code, challenge ?? null]);
             const first = await refused(client.signIn('a', 'b'));
             const second = await refused(client.signInWithCode('c', '1'));
             const before = client.isSignedIn;
             await client.signInWithCode('c', '2');
             return { first, second, before, after: client.isSignedIn, bodies, steps };",
        )
        .await;
        let expected = json!({
            "first": ["second_factor_required", "c"], "second": ["invalid_code", null], "before": false, "after": true,
            "bodies": [
                ["/login", { "email": "a", "password": "b" }],
                ["/login/factor", { "challenge": "c", "code": "1" }],
                ["/login/factor", { "challenge": "c", "code": "2" }],
            ],
            "steps": 0,
        });
        assert_eq!(answer, expected);
    });
}

#[test]
fn each_verb_of_factors_sends_its_request() {
    block_on(async {
        let answer = scripted(
            "const sent = [];
             script((path, init) => {
               if (path.endsWith('/refresh')) return respond(200, { accessToken: 't' });
               sent.push(`${init.method} ${path.split('/auth')[1]} ${init.body ?? ''}`.trim());
               return init.method === 'DELETE' ? respond(204) : respond(200, { recoveryCodes: ['r'] });
             });
             const client = new AuthClient();
             await client.resume();
             const given = [await client.factors(), await client.startTotp(), await client.confirmTotp('1'),
               await client.replaceRecoveryCodes(), await client.removeTotp() ?? null];
             return { sent, given };",
        )
        .await;
        let whole = json!({ "recoveryCodes": ["r"] });
        let expected = json!({
            "sent": ["GET /factors", "POST /factors/totp", "POST /factors/totp/confirm {\"code\":\"1\"}",
                "POST /factors/recovery", "DELETE /factors/totp"],
            "given": [whole, whole, ["r"], ["r"], null],
        });
        assert_eq!(answer, expected);
    });
}

#[test]
fn a_browser_without_broadcast_channels_signs_in_and_out() {
    block_on(async {
        let answer = scripted(
            "delete window.BroadcastChannel;
             script((path) => path.endsWith('/logout') ? respond(204) : respond(200, { accessToken: 't' }));
             const client = new AuthClient();
             await client.signIn('a', 'b');
             const before = client.isSignedIn;
             await client.signOut();
             return [before, client.isSignedIn];",
        )
        .await;
        assert_eq!(answer, json!([true, false]));
    });
}

#[test]
fn a_sign_out_that_waits_for_a_busy_server_does_not_end_a_session_that_began_meanwhile() {
    block_on(async {
        let answer = scripted(
            "const other = new BroadcastChannel('auth-core /api/auth');
             script((path) => {
               if (path.endsWith('/refresh')) return respond(200, { accessToken: 't' });
               other.postMessage(null);
               return respond(503, { error: 'unavailable', message: '' }, { 'Retry-After': '1' });
             });
             const client = new AuthClient();
             await client.resume();
             const told = new Promise((resolve) => client.addEventListener('changed', resolve, { once: true }));
             const outcome = await client.signOut().catch((problem) => problem.status);
             await told;
             return [outcome, asked.filter(([, path]) => path.endsWith('/logout')).length];",
        )
        .await;
        assert_eq!(answer, json!([503, 1]));
    });
}
