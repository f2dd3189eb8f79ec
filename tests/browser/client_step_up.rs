//! Step-up in `auth.js`, with answers in the order that a test wants.

use serde_json::json;

use crate::client::scripted;
use crate::support::block_on;

/// A server of which `/x` and `/y` want a stronger sign-in than that of `resume`, and a client.
const STRICT: &str = "
    const token = (user, nth) => `h.${btoa(JSON.stringify({ sub: user, nth })).replaceAll('=', '')}.s`;
    const first = token('vic', 1);
    let user = 'vic';
    let cookie = first;
    let isOver = false;
    script((path, init) => {
      if (path.endsWith('/refresh') && isOver) return respond(401, { error: 'session_revoked', message: '' });
      if (path.endsWith('/refresh')) return respond(200, { accessToken: cookie });
      if (path.endsWith('/login')) return respond(200, { accessToken: token(user, 2) });
      if (path.endsWith('/reauthenticate')) return respond(200, { accessToken: token(user, 2) });
      const isStrong = new Headers(init.headers).get('Authorization') !== `Bearer ${first}`;
      return isStrong ? respond(200, init.body ?? 'ok') : respond(401, { error: 'second_factor_required', message: 'a code' });
    });
    const proofs = [];
    const sent = (wanted) => asked.filter(([, path]) => path.endsWith(wanted)).length;
";

#[test]
fn calls_that_want_a_stronger_sign_in_wait_for_one_step_up_and_are_sent_once_more() {
    block_on(async {
        let answer = scripted(&format!(
            "{STRICT}
             const client = new AuthClient('/api/auth', {{ stepUp: async (refusal) => {{
               proofs.push([refusal.code, refusal.message]);
               await client.reauthenticate('password', '123456');
               return true;
             }} }});
             await client.resume();
             const answers = await Promise.all([
               client.json('/x', {{ method: 'POST', json: {{ n: 1 }} }}), client.json('/y'), client.json('/y')]);
             return {{ answers, proofs, x: sent('/x'), y: sent('/y'), asked: sent('/reauthenticate') }};",
        ))
        .await;
        let expected = json!({
            "answers": ["{\"n\":1}", "ok", "ok"], "proofs": [["second_factor_required", "a code"]], "x": 2, "y": 4, "asked": 1,
        });
        assert_eq!(answer, expected);
    });
}

#[test]
fn a_call_without_its_step_up_gets_the_refusal_and_is_sent_once() {
    block_on(async {
        let answer = scripted(&format!(
            "{STRICT}
             const outcome = {{}};
             const steps = {{
               none: undefined,
               cancelled: async () => false,
               failed: () => Promise.reject(new Error('the dialog broke')),
               anotherUser: async (client) => {{ user = 'ann'; await client.reauthenticate('password', '1'); return true; }},
               again: async () => true,
             }};
             for (const [name, step] of Object.entries(steps)) {{
               asked.length = 0;
               const client = new AuthClient('/api/auth', {{ stepUp: step && (() => step(client)) }});
               await client.resume();
               const refusal = await client.json('/x').catch((problem) => problem.code ?? problem.message);
               outcome[name] = [refusal, sent('/x')];
             }}
             return outcome;",
        ))
        .await;
        let expected = json!({
            "none": ["second_factor_required", 1], "cancelled": ["second_factor_required", 1],
            "failed": ["the dialog broke", 1], "anotherUser": ["second_factor_required", 1],
            // A second refusal is the answer.
            "again": ["second_factor_required", 2],
        });
        assert_eq!(answer, expected);
    });
}

/// A server as [`STRICT`], of which the test holds answers back: `hold` names the paths, and gives
/// a function that lets them go. `arrived` waits until so many requests of a path are there, and
/// `anotherTab` tells a client that another tab signed in.
const HELD: &str = "
    const gates = {};
    const hold = (path) => {
      let release;
      gates[path] = new Promise((resolve) => { release = resolve; });
      return release;
    };
    const scripted = window.fetch;
    window.fetch = async (path, init) => {
      const gate = Object.keys(gates).find((held) => String(path).endsWith(held));
      const held = gates[gate];
      delete gates[gate];
      const answer = await scripted(path, init);
      await held;
      return answer;
    };
    const arrived = async (path, count) => {
      while (sent(path) < count) await new Promise((resolve) => setTimeout(resolve));
    };
    const anotherTab = async (client) => {
      const changed = new Promise((resolve) => client.addEventListener('changed', resolve, { once: true }));
      new BroadcastChannel('auth-core /api/auth').postMessage(null);
      await changed;
    };
";

// security: Second factors: A refresh that comes late does not take the token of a step-up away
#[test]
fn a_refresh_that_began_before_a_step_up_ended_leaves_the_stronger_token() {
    block_on(async {
        let answer = scripted(&format!(
            "{STRICT}{HELD}
             const client = new AuthClient();
             await client.resume();
             const prove = hold('/reauthenticate');
             const proving = client.reauthenticate('password', '123456');
             await arrived('/reauthenticate', 1);
             const refresh = hold('/refresh');
             const resuming = client.resume();
             prove();
             await proving;
             refresh();
             const resumed = await resuming;
             return [resumed, await client.json('/x'), sent('/x')];",
        ))
        .await;
        assert_eq!(answer, json!([true, "ok", 1]));
    });
}

#[test]
fn a_session_that_was_found_over_late_does_not_end_one_that_began_meanwhile() {
    block_on(async {
        let answer = scripted(&format!(
            "{STRICT}{HELD}
             const client = new AuthClient();
             const told = [];
             for (const event of ['signed-out', 'changed']) client.addEventListener(event, () => told.push(event));
             const login = hold('/login');
             const signingIn = client.signIn('vic', 'password');
             await arrived('/login', 1);
             isOver = true;
             const refresh = hold('/refresh');
             const resuming = client.resume();
             login();
             await signingIn;
             refresh();
             return [await resuming, client.isSignedIn, await client.json('/x'), told];",
        ))
        .await;
        assert_eq!(answer, json!([true, true, "ok", []]));
    });
}

#[test]
fn a_refresh_that_began_before_another_tab_signed_in_is_not_the_one_that_resume_takes() {
    block_on(async {
        let answer = scripted(&format!(
            "{STRICT}{HELD}
             const client = new AuthClient();
             await client.resume();
             const refresh = hold('/refresh');
             const late = client.resume();
             await arrived('/refresh', 2);
             cookie = token('ann', 3);
             await anotherTab(client);
             const resuming = client.resume();
             refresh();
             await Promise.all([late, resuming]);
             await client.fetch('/x');
             const [, , bearer] = asked.findLast(([, path]) => path === '/x');
             return bearer === `Bearer ${{cookie}}`;",
        ))
        .await;
        assert_eq!(answer, json!(true));
    });
}

#[test]
fn a_step_up_that_ends_after_another_tab_signed_in_gives_no_token_of_the_former_user() {
    block_on(async {
        let answer = scripted(&format!(
            "{STRICT}{HELD}
             const client = new AuthClient();
             await client.resume();
             const prove = hold('/reauthenticate');
             const proving = client.reauthenticate('password', '123456');
             await arrived('/reauthenticate', 1);
             cookie = token('ann', 3);
             await anotherTab(client);
             prove();
             await proving;
             const before = client.isSignedIn;
             await client.resume();
             await client.fetch('/x');
             const [, , bearer] = asked.findLast(([, path]) => path === '/x');
             return [before, bearer === `Bearer ${{cookie}}`];",
        ))
        .await;
        assert_eq!(answer, json!([false, true]));
    });
}

#[test]
fn a_refusal_that_comes_after_the_step_up_is_repeated_before_the_page_is_asked_again() {
    block_on(async {
        let answer = scripted(&format!(
            "{STRICT}{HELD}
             const client = new AuthClient('/api/auth', {{ stepUp: async (refusal) => {{
               proofs.push(refusal.code);
               await client.reauthenticate('password', '123456');
               return true;
             }} }});
             await client.resume();
             const late = hold('/y');
             const waiting = client.json('/y', {{ method: 'POST', json: {{ n: 1 }} }});
             await arrived('/y', 1);
             const early = await client.json('/x');
             late();
             return {{ early, late: await waiting, proofs, y: sent('/y') }};",
        ))
        .await;
        let expected = json!({ "early": "ok", "late": "{\"n\":1}", "proofs": ["second_factor_required"], "y": 2 });
        assert_eq!(answer, expected);
    });
}

// security: Second factors: A user is not asked to step up for a call of another user
#[test]
fn a_refusal_that_comes_after_another_user_signed_in_asks_that_user_for_nothing() {
    block_on(async {
        let answer = scripted(&format!(
            "{STRICT}{HELD}
             const client = new AuthClient('/api/auth', {{ stepUp: async () => {{ proofs.push('asked'); return true; }} }});
             await client.resume();
             const late = hold('/y');
             const waiting = client.json('/y').catch((problem) => problem.code);
             await arrived('/y', 1);
             cookie = token('ann', 3);
             await anotherTab(client);
             await client.resume();
             late();
             return {{ late: await waiting, proofs, y: sent('/y') }};",
        ))
        .await;
        let expected = json!({ "late": "second_factor_required", "proofs": [], "y": 1 });
        assert_eq!(answer, expected);
    });
}

#[test]
fn a_call_that_a_step_up_makes_itself_is_refused_when_it_says_that_it_wants_none() {
    block_on(async {
        let answer = scripted(&format!(
            "{STRICT}
             const client = new AuthClient('/api/auth', {{ stepUp: async () => {{
               const own = await client.json('/y', {{ stepUp: false }}).catch((problem) => problem.code);
               proofs.push(own);
               return false;
             }} }});
             await client.resume();
             const refusal = await client.json('/x').catch((problem) => problem.code);
             return {{ refusal, proofs }};",
        ))
        .await;
        let expected = json!({ "refusal": "second_factor_required", "proofs": ["second_factor_required"] });
        assert_eq!(answer, expected);
    });
}
