// A client of auth-core for browsers: one file, no dependencies, to be copied into any page.
//
//   import { AuthClient } from "./auth.js";
//   const auth = new AuthClient();
//   if (!(await auth.resume())) await auth.signIn(email, password);
//   const me = await auth.json("/api/users/me");
//
// The access token lives in this object and nowhere else. The refresh token is a cookie that scripts cannot see, and that
// all tabs share: each tab keeps an access token of its own, and whichever refreshes takes the others' session along.

/** A request that was refused: `status`, `code` and `message` as the server gave them. */
export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.name = "Refused";
    this.status = status;
    this.code = code;
  }
}

/** The codes of a 401 that a refresh may cure. A wrong password is none of them. */
const CURABLE = new Set(["missing_token", "invalid_token", "token_expired", "token_stale", "session_revoked"]);

/** The codes with which `/refresh` says that there is no session. Any other 401 is not the server's, but a proxy's. */
const OVER = new Set([...CURABLE, "refresh_reuse"]);

/** What may be sent again after a 503. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/** How often, and for how many seconds at most, a 503 is waited out. */
const MAX_WAITS = 2;
const MAX_WAIT_SECONDS = 30;

/**
 * Signs in, refreshes and signs out, and sends requests as whoever is signed in.
 *
 * Events: `signed-out` when the session turned out to be over (`event.detail` is the Refused), and `changed` when
 * another tab signed in or out; call `resume()` then.
 */
export class AuthClient extends EventTarget {
  #base;
  /** A token; `null` when nobody is signed in; `undefined` as long as nobody knows. */
  #token = undefined;
  #refreshing = null;
  #tabs;

  /** `base` is where the endpoints are mounted (`auth.mount`). */
  constructor(base = "/api/auth") {
    super();
    this.#base = base;
    // Says that something changed, never what: tokens do not leave the tab.
    this.#tabs = new BroadcastChannel(`auth-core ${base}`);
    this.#tabs.onmessage = () => {
      this.#token = undefined;
      this.dispatchEvent(new Event("changed"));
    };
  }

  /** Whether this tab holds an access token; it may have expired. */
  get isSignedIn() {
    return typeof this.#token === "string";
  }

  /** Goes on with the session of the cookie, if there is one; says whether there is. */
  async resume() {
    return (await this.#refresh()) !== null;
  }

  /** Signs in. Throws Refused for a wrong password (401) and too many attempts (429). */
  async signIn(email, password) {
    await this.#settled();
    const answer = await this.#post("/login", { email, password });
    this.#token = await tokenOf(answer);
    this.#tabs.postMessage(null);
  }

  /** Ends this browser's session. */
  async signOut() {
    await this.#settled();
    // The cookie names the session and is cleared by the answer, whatever became of the access token.
    const answer = await patiently(() => this.#post("/logout"));
    // Any other success is a proxy's page.
    if (answer.status !== 204) throw await refused(answer);
    this.#token = null;
    this.#tabs.postMessage(null);
  }

  /** Ends every session of the user, in all browsers. */
  async signOutEverywhere() {
    await this.json(`${this.#base}/logout-all`, { method: "POST" });
    await this.signOut();
  }

  /** The user's live sessions. */
  sessions() {
    return this.json(`${this.#base}/sessions`);
  }

  /** Ends one of them. */
  async endSession(id) {
    await this.json(`${this.#base}/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  /** Changes the password; the user's other sessions end. */
  async changePassword(currentPassword, newPassword) {
    await this.json(`${this.#base}/password`, { method: "POST", json: { currentPassword, newPassword } });
  }

  /**
   * As the browser's `fetch`, as the signed-in user. A token that has expired, or is older than a change of roles, is
   * refreshed and the request sent once more; a 503 is waited out where sending again does no harm. A body must be a
   * string or the like, so that it can be sent twice; `json` is one made of a value.
   */
  async fetch(path, { json, ...init } = {}) {
    const request = { method: "GET", ...init };
    if (json !== undefined) {
      request.body = JSON.stringify(json);
      request.headers = new Headers(request.headers);
      if (!request.headers.has("Content-Type")) request.headers.set("Content-Type", "application/json");
    }
    const token = this.#token === undefined ? await this.#refresh() : this.#token;
    const answer = await this.#send(path, request, token);
    if (answer.status !== 401 || token === null || !CURABLE.has((await reason(answer.clone())).code)) return answer;
    // Another call may have refreshed, or found the session over, while this one was away.
    const isNews = this.#token === token || this.#token === undefined;
    const fresh = isNews ? await this.#refresh() : this.#token;
    return fresh === null ? answer : this.#send(path, request, fresh);
  }

  /** As `fetch`, and gives the answer's JSON (`null` for an empty one); throws Refused for an answer that is no success. */
  async json(path, init) {
    const answer = await this.fetch(path, init);
    if (!answer.ok) throw await refused(answer);
    return answer.status === 204 ? null : answer.json();
  }

  #send(path, request, token) {
    const headers = new Headers(request.headers);
    if (token) headers.set("Authorization", `Bearer ${token}`);
    // Without cookies: the access cookie, where there is one, may be another tab's by now, and two tokens are one too many.
    const send = () => fetch(path, { ...request, headers, credentials: "omit" });
    return REPEATABLE.has(request.method.toUpperCase()) ? patiently(send) : send();
  }

  /** One refresh at a time, however many calls wait for it. */
  #refresh() {
    this.#refreshing ??= this.#askForToken().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #askForToken() {
    // Tabs that refresh at once get the same successor from the server, and an answer that was lost can be fetched again.
    const answer = await patiently(() => this.#post("/refresh"));
    if (answer.ok) {
      this.#token = await tokenOf(answer);
      return this.#token;
    }
    const refusal = await refused(answer);
    if (answer.status !== 401 || !OVER.has(refusal.code)) throw refusal;
    const wasSignedIn = this.isSignedIn;
    this.#token = null;
    if (wasSignedIn) this.dispatchEvent(new CustomEvent("signed-out", { detail: refusal }));
    return null;
  }

  /** Waits for a refresh that is under way, so that its cookie does not come after the next one. */
  async #settled() {
    await this.#refreshing?.catch(() => {});
  }

  #post(endpoint, body) {
    const json = body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
    return fetch(this.#base + endpoint, { method: "POST", credentials: "same-origin", ...json });
  }
}

/** The access token of an answer; throws Refused for an answer without one, such as a proxy's page. */
async function tokenOf(answer) {
  const { accessToken } = answer.ok ? await answer.clone().json().catch(() => ({})) : {};
  if (typeof accessToken !== "string") throw await refused(answer);
  return accessToken;
}

/** Sends, and while the answer is 503 waits as long as it says and sends again. */
async function patiently(send) {
  for (let waits = 0; ; waits += 1) {
    const answer = await send();
    if (answer.status !== 503 || waits === MAX_WAITS) return answer;
    const seconds = Number(answer.headers.get("Retry-After")) || 1;
    await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, MAX_WAIT_SECONDS) * 1000));
  }
}

/** Code and message of a refusal; something that can be said also where a proxy wrote the answer. */
async function reason(answer) {
  try {
    const { error, message } = await answer.json();
    return { code: String(error), message: String(message) };
  } catch {
    return { code: "error", message: `The server answered ${answer.status}.` };
  }
}

async function refused(answer) {
  const { code, message } = await reason(answer);
  return new Refused(answer.status, code, message);
}
