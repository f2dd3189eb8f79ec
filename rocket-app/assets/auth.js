// A client of auth-core for browsers: one file, no dependencies, to be copied into any page.
//
//   import { AuthClient } from "./auth.js";
//   const auth = new AuthClient();
//   if (!(await auth.resume())) await auth.signIn(email, password);
//   const me = await auth.json("/api/users/me");
//
// The access token lives in this object and nowhere else. Only requests to the page's own origin
// carry it, and requests to origins that you name in the constructor. The refresh token is a cookie
// that scripts cannot see. All tabs share the cookie, and each tab keeps an access token of its
// own.

/**
 * A request that was refused: `status`, `code` and `message` as the server gave them. A sign-in that needs a code
 * (`second_factor_required`) also gives a `challenge`: `signInWithCode` takes it.
 */
export class Refused extends Error {
  constructor(status, code, message, challenge) {
    super(message);
    this.name = "Refused";
    this.status = status;
    this.code = code;
    this.challenge = challenge;
  }
}

/** The codes of a 401 that a refresh may cure. A wrong password is none of them. */
const CURABLE = new Set(["missing_token", "invalid_token", "token_expired", "token_stale", "session_revoked"]);

/** The codes with which `/refresh` says that there is no session. A proxy's 401 has none of them. */
const OVER = new Set([...CURABLE, "refresh_reuse"]);

/** The codes of a 401 that asks for a newer or a stronger sign-in. A refresh gives neither. */
const STEP_UP = new Set(["reauthentication_required", "second_factor_required"]);

/** What may be sent again after a 503. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/** How often, and for how many seconds at most, a 503 is waited out. */
const MAX_WAITS = 2;
const MAX_WAIT_SECONDS = 30;
const MAX_REQUEST_SECONDS = 30;

/**
 * Signs in, refreshes and signs out, and sends requests as the user who is signed in.
 *
 * Events: `signed-out` when the session turned out to be over (`event.detail` is the Refused), and `changed` when
 * another tab signed in or out; call `resume()` then. Where browsers have no BroadcastChannel
 * (Safari before 15.4), `changed` comes only when a call finds that another user has signed in.
 */
export class AuthClient extends EventTarget {
  #base;
  #origins;
  /** A token; `null` when no user is signed in; `undefined` as long as that is not known. */
  #token = undefined;
  /** The user for whom the page acts: the subject of the last token that it took over. */
  #user = undefined;
  /** How often a user has signed in or out since, in any tab that tells. */
  #changes = 0;
  /** The same of the other tabs alone. */
  #changesElsewhere = 0;
  #refreshing = null;
  /** The last request that sets cookies. The next one waits for it. */
  #turn = Promise.resolve();
  #stepUp;
  #steppingUp = null;
  #tabs;

  /**
   * `base` is where the endpoints are mounted (`auth.mount`): a path of the page's origin, or the
   * address of another server. `origins` are the origins besides the page's own whose requests
   * carry the access token, such as `["https://api.example.com"]`. The origin of `base` is one of
   * them.
   *
   * `stepUp` is a function that runs when a route wants a newer sign-in (`reauthentication_required`), or one with a
   * code (`second_factor_required`). It gets the Refused, asks the user, and calls `reauthenticate`. If it gives
   * `true`, the refused request is sent once more. Calls that are refused meanwhile wait for the same answer. Without
   * it, or with `false`, the call gets the refusal. A call that `stepUp` makes itself takes `stepUp: false`: if it were
   * refused, it would wait for its own end.
   */
  constructor(base = "/api/auth", { origins = [], stepUp } = {}) {
    super();
    this.#stepUp = stepUp;
    // Never relative to `<base>`, so that no element of the page sends a password elsewhere.
    const endpoints = new URL(base, location.href);
    this.#base = endpoints.href.replace(/\/$/, "");
    const named = origins.map((origin) => new URL(origin).origin);
    this.#origins = new Set([location.origin, endpoints.origin, ...named]);
    this.#tabs = globalThis.BroadcastChannel ? new BroadcastChannel(`auth-core ${base}`) : null;
    this.#tabs?.addEventListener("message", () => {
      this.#changes += 1;
      this.#changesElsewhere += 1;
      this.#token = undefined;
      this.dispatchEvent(new Event("changed"));
    });
  }

  /** Whether this tab holds an access token; it may have expired. */
  get isSignedIn() {
    return typeof this.#token === "string";
  }

  /** Goes on with the session of the cookie, if there is one, as its user. Says whether there is. */
  async resume() {
    const token = await this.#refresh();
    this.#user = subject(token);
    return token !== null;
  }

  /**
   * Signs in. Throws Refused for a wrong password (401) and too many attempts (429). For an account with a second
   * factor throws `second_factor_required`: ask for the code, and go on with `signInWithCode`.
   */
  async signIn(email, password) {
    await this.#begin("/login", { email, password });
  }

  /**
   * Goes on with a sign-in by the `challenge` of a Refused, which is good for 5 minutes. `code` is one of the
   * authenticator app or a recovery code. Throws Refused for a wrong code (`invalid_code`), after which the challenge
   * is still good, and for a dead challenge (`invalid_ticket`).
   */
  async signInWithCode(challenge, code) {
    await this.#begin("/login/factor", { challenge, code });
  }

  /** Asks for a mail with a link to sign up with. The answer is the same for every address. */
  async register(email) {
    await this.#ask("/register", { email });
  }

  /**
   * Makes the account that the ticket of a link is for, and signs its user in. Throws Refused for a dead
   * ticket (`invalid_ticket`) and for a weak password (`weak_password`), after which the ticket is still good.
   */
  async completeRegistration(ticket, password) {
    await this.#begin("/register/complete", { ticket, password });
  }

  /** Asks for a mail with a link to set a new password with. The answer is the same for every address. */
  async forgot(email) {
    await this.#ask("/password/forgot", { email });
  }

  /** Sets a new password by the ticket of a link; every session of the user ends. Refuses as `completeRegistration`. */
  async reset(ticket, newPassword) {
    await this.#ask("/password/reset", { ticket, newPassword });
  }

  /**
   * Asks for a mail with a link to the user's new address. If the user signed in more than 10 minutes ago, throws
   * Refused (`reauthentication_required`), or runs `stepUp`.
   */
  async changeEmail(newEmail) {
    await this.json(`${this.#base}/email`, { method: "POST", json: { newEmail } });
  }

  /** Changes the user's e-mail by the ticket of a link; sessions go on. Throws Refused (`invalid_ticket`, `account_exists`). */
  async confirmEmail(ticket) {
    await this.#ask("/email/confirm", { ticket });
  }

  /** Asks for a mail with a link to sign in with. The answer is the same for every address. */
  async requestLink(email) {
    await this.#ask("/login/link", { email });
  }

  /** Signs in by the ticket of a link. Throws Refused for a dead one (`invalid_ticket`); otherwise as `signIn`. */
  async signInByLink(ticket) {
    await this.#begin("/login/link/complete", { ticket });
  }

  /**
   * Proves the password again, and a second factor where there is a `code`. This tab goes on with a newer access
   * token, and the session does not change. The token of a call without a code opens no route that wants one. Throws
   * Refused for a wrong password (`invalid_credentials`) or code (`invalid_code`).
   */
  async reauthenticate(password, code) {
    await this.#renew("/reauthenticate", { password, code });
  }

  /** The user's second factor: `{ totp, recoveryCodes }`. `totp` is `null` for a user without an authenticator app. */
  factors() {
    return this.json(`${this.#base}/factors`);
  }

  /**
   * Begins to add an authenticator app: `{ secret, uri, qr }`, which the server shows once. `qr` is an SVG image. Needs a
   * sign-in of the last 10 minutes, as `changeEmail`. Throws Refused (`factor_exists`) if the user has an app.
   */
  startTotp() {
    return this.json(`${this.#base}/factors/totp`, { method: "POST" });
  }

  /** Makes the app a factor by a code of it. Gives the recovery codes, which the server shows once. */
  async confirmTotp(code) {
    const { recoveryCodes } = await this.json(`${this.#base}/factors/totp/confirm`, { method: "POST", json: { code } });
    return recoveryCodes;
  }

  /**
   * Gives new recovery codes; the former ones are dead. Needs a code within the last 10 minutes: throws Refused
   * (`second_factor_required` or `reauthentication_required`), or runs `stepUp`.
   */
  async replaceRecoveryCodes() {
    const { recoveryCodes } = await this.json(`${this.#base}/factors/recovery`, { method: "POST" });
    return recoveryCodes;
  }

  /** Removes the app and the recovery codes. Needs a code as `replaceRecoveryCodes`. */
  async removeTotp() {
    await this.json(`${this.#base}/factors/totp`, { method: "DELETE" });
  }

  /** Deletes the user's account, and with it every session. Throws Refused for a wrong password (401). */
  async deleteAccount(password) {
    await this.#postAsUser("/account/delete", { password }, async (answer) => {
      if (answer.status !== 204) throw await refused(answer);
      this.#change(null);
    });
  }

  /** Ends this browser's session. */
  async signOut() {
    const [user, elsewhere] = [this.#user, this.#changesElsewhere];
    await this.#inTurn(async () => {
      // The cookie names the session and is cleared by the answer, in any state of the access token.
      // It is another user's cookie when that user has signed in while we waited.
      if (this.#changesElsewhere !== elsewhere) this.#refuseAnother(user, await this.#askForToken());
      const changes = this.#changes;
      const answer = await patiently(() => this.#post("/logout"), () => this.#changes === changes);
      // Any other success is a proxy's page.
      if (answer.status !== 204) throw await refused(answer);
      this.#change(null);
    });
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

  /** Changes the password; the user's other sessions end, and every older token of this one is worthless. */
  async changePassword(currentPassword, newPassword) {
    await this.#renew("/password", { currentPassword, newPassword });
  }

  /**
   * As the browser's `fetch`, as the signed-in user. A token that has expired, or is older than a change of roles, is
   * refreshed and the request sent once more; a 503 is waited out where sending again does no harm. A route that wants
   * a newer sign-in or a code runs `stepUp`. A body must be a string or the like, so that it can be sent again; `json`
   * is one made of a value.
   *
   * A request to an origin that the constructor does not know is the browser's own `fetch`, without
   * the token. A redirect from the page's origin to another one is an error, and so is every
   * redirect from a named origin. When another user has signed in in another tab, the call is not
   * sent as that user: it throws Refused (`user_changed`), or gives the first answer where there is
   * one. With `stepUp: false` the page is not asked for a stronger sign-in.
   */
  async fetch(input, { json, stepUp = true, ...init } = {}) {
    const request = requestOf(input, json, init);
    const address = input instanceof Request ? input.url : input;
    const url = new URL(address, globalThis.document?.baseURI ?? location.href);
    // A `blob:` address has an origin, but no server.
    const isOurs = /^https?:$/.test(url.protocol) && this.#origins.has(url.origin);
    if (!isOurs) return fetch(input, request);
    const changes = this.#changes;
    const user = this.#user;
    const token = this.#token === undefined ? await this.#refresh() : this.#token;
    this.#refuseAnother(user, token);
    this.#user ??= subject(token);
    let sent;
    const send = (token) => {
      sent = token;
      return this.#send(input, url, request, token);
    };
    const answer = await this.#sendRefreshed(send, token, changes);
    return stepUp ? this.#sendSteppedUp(send, answer, sent, changes) : answer;
  }

  /** As `fetch`, and gives the answer's JSON (`null` for an empty one); throws Refused for an answer that is no success. */
  async json(path, init) {
    const answer = await this.fetch(path, init);
    if (!answer.ok) throw await refused(answer);
    return answer.status === 204 ? null : answer.json();
  }

  /**
   * Whether the user may make a request, by the decision of its route: for a button that is shown or not. The request
   * itself is not made, and the server decides anew when it is.
   */
  async can(path, method = "GET") {
    const [answer] = await this.canEach([{ path, method }]);
    return answer;
  }

  /** The same for a list of up to 32 requests `{ path, method }`, in its order. */
  async canEach(requests) {
    const answers = await this.json(`${this.#base}/can`, { method: "POST", json: { requests } });
    return answers.map(({ allowed }) => allowed);
  }

  #send(input, url, request, token) {
    const headers = new Headers(request.headers);
    if (token) headers.set("Authorization", `Bearer ${token}`);
    // Without cookies: the access cookie, where there is one, may be another tab's by now, and two tokens are one too many.
    const options = { ...request, headers, credentials: "omit", ...within(url) };
    // A Request can be sent once. A path is resolved by the browser, which refuses it if `<base>`
    // has changed meanwhile.
    const send = () => fetch(input instanceof Request ? input.clone() : input, options);
    return REPEATABLE.has(request.method.toUpperCase()) ? patiently(send) : send();
  }

  /** Sends; where a refresh may cure the refusal, refreshes and sends once more. */
  async #sendRefreshed(send, token, changes) {
    const answer = await send(token);
    if (answer.status !== 401 || token === null || !CURABLE.has((await reason(answer.clone())).code)) return answer;
    // Another call may have refreshed, or found the session over, while this one was away.
    const isNews = this.#token === token || this.#token === undefined;
    const fresh = isNews ? await this.#refresh() : this.#token;
    if (fresh === null) return answer;
    if (this.#isSameUser(token, fresh, changes)) return send(fresh);
    this.#tellOfChange(subject(token));
    return answer;
  }

  /** Where an answer asks for a newer or a stronger sign-in, asks the page for it and sends once more. */
  async #sendSteppedUp(send, answer, sent, changes) {
    if (!this.#stepUp) return answer;
    const isSameUser = () => this.isSignedIn && this.#isSameUser(sent, this.#token, changes);
    let refusal = await stepUpOf(answer);
    // A step-up may have ended while the answer was on its way.
    if (refusal && !this.#steppingUp && this.#token !== sent && isSameUser()) {
      answer = await send(this.#token);
      refusal = await stepUpOf(answer);
    }
    // A new user is not asked for a call of the former one.
    if (!refusal || !isSameUser()) return answer;
    this.#steppingUp ??= Promise.resolve(this.#stepUp(refusal)).finally(() => {
      this.#steppingUp = null;
    });
    const isDone = (await this.#steppingUp) === true;
    return isDone && isSameUser() ? send(this.#token) : answer;
  }

  /** Whether two tokens are of one user. What names no user is another's for all we know, once there was a change. */
  #isSameUser(token, other, changes) {
    const user = subject(token);
    return (user !== undefined || this.#changes === changes) && subject(other) === user;
  }

  /** Runs requests that set cookies one after the other, so that the newest one sets cookies and token last. */
  #inTurn(work) {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** One refresh at a time, however many calls wait for it. */
  #refresh() {
    const token = this.#token;
    // A token that came while the refresh waited is newer, and may be stronger.
    const hasNewer = () => this.#token !== undefined && this.#token !== token;
    const refresh = () => (hasNewer() ? this.#token : this.#askForToken());
    this.#refreshing ??= this.#inTurn(refresh).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #askForToken() {
    const changes = this.#changes;
    // Tabs that refresh at once get the same successor from the server, and an answer that was lost can be fetched again.
    const answer = await patiently(() => this.#post("/refresh"));
    const given = await (answer.ok ? tokenOf(answer) : refused(answer));
    // Another tab has signed in or out, and the answer may be for the user before.
    if (this.#changes !== changes) return this.#askForToken();
    if (answer.ok) {
      this.#token = given;
      return given;
    }
    if (answer.status !== 401 || !OVER.has(given.code)) throw given;
    const wasSignedIn = this.isSignedIn;
    this.#token = null;
    this.#user = undefined;
    if (wasSignedIn) this.dispatchEvent(new CustomEvent("signed-out", { detail: given }));
    return null;
  }

  /** Takes over a token, or `null`, for good, and tells the other tabs. */
  #change(token) {
    this.#token = token;
    this.#user = subject(token);
    this.#changes += 1;
    // Says that something changed, never what: tokens do not leave the tab.
    this.#tabs?.postMessage(null);
  }

  /** Throws where the token is of another user, who has signed in in another tab meanwhile. */
  #refuseAnother(user, token) {
    if (user === undefined || token === null || subject(token) === user) return;
    this.#tellOfChange(user);
    throw new Refused(401, "user_changed", "Another user has signed in in this browser.");
  }

  /** Tells the page that its user is not signed in here any more, unless it knows. */
  #tellOfChange(user) {
    if (this.#user === user) this.dispatchEvent(new Event("changed"));
  }

  /** Begins a session with a request that signs in. */
  async #begin(endpoint, body) {
    await this.#inTurn(async () => this.#change(await tokenOf(await this.#post(endpoint, body))));
  }

  /** Posts what needs no user, and whose answer holds nothing. A proxy's page has status 200, and is none. */
  async #ask(endpoint, body) {
    const answer = await this.#post(endpoint, body);
    if (answer.status !== 202 && answer.status !== 204) throw await refused(answer);
  }

  /** Posts as the user, with the cookies, and takes the answer, which sets or clears them. */
  async #postAsUser(endpoint, body, take) {
    const user = this.#user;
    await this.#inTurn(async () => {
      // The refresh makes the access cookie, where there is one, the same token as this tab's: two different ones are
      // one too many.
      const token = await this.#askForToken();
      this.#refuseAnother(user, token);
      await take(await this.#post(endpoint, body, token));
    });
  }

  /** Posts as the user, and goes on with the token of the answer, unless another tab has signed in or out meanwhile. */
  #renew(endpoint, body) {
    return this.#postAsUser(endpoint, body, async (answer) => {
      const token = await tokenOf(answer);
      if (this.#token !== undefined) this.#token = token;
    });
  }

  #post(endpoint, body, token) {
    const headers = {
      ...(body && { "Content-Type": "application/json" }),
      ...(token && { Authorization: `Bearer ${token}` }),
    };
    const url = this.#base + endpoint;
    // A request without an answer must not keep the next one waiting for ever.
    const signal = AbortSignal.timeout?.(MAX_REQUEST_SECONDS * 1000);
    const init = { method: "POST", credentials: "include", headers, body: body && JSON.stringify(body), signal };
    return fetch(url, { ...init, ...within(new URL(url)) });
  }
}

/** The part of a request that does not depend on who sends it. */
function requestOf(input, json, init) {
  const given = input instanceof Request ? input : { method: "GET" };
  const headers = new Headers(init.headers ?? given.headers);
  const request = { ...init, method: init.method ?? given.method, headers };
  if (json !== undefined) {
    request.body = JSON.stringify(json);
    const isNamed = new Headers(init.headers).has("Content-Type");
    if (!isNamed) headers.set("Content-Type", "application/json");
  }
  return request;
}

/** What keeps a request at its origin: no redirect takes its token or password elsewhere. */
function within(url) {
  const isOwn = url.origin === location.origin;
  return isOwn ? { mode: "same-origin" } : { mode: "cors", redirect: "error" };
}

/** The user of an access token; `undefined` where it names none. Only the server judges the token. */
function subject(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).sub;
  } catch {
    return undefined;
  }
}

/** The access token of an answer; throws Refused for one without a token, such as a proxy's page. */
async function tokenOf(answer) {
  const { accessToken } = answer.ok ? await answer.clone().json().catch(() => ({})) : {};
  if (typeof accessToken !== "string") throw await refused(answer);
  return accessToken;
}

/** Sends; after a 503 waits as long as it says, and sends again if `mayRepeat` says so then. */
async function patiently(send, mayRepeat = () => true) {
  for (let waits = 0; ; waits += 1) {
    const answer = await send();
    if (answer.status !== 503 || waits === MAX_WAITS) return answer;
    const seconds = Number(answer.headers.get("Retry-After")) || 1;
    await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, MAX_WAIT_SECONDS) * 1000));
    if (!mayRepeat()) return answer;
  }
}

/** What a refusal says; something that can be said also where a proxy wrote the answer. */
async function reason(answer) {
  try {
    const { error, message, challenge } = await answer.json();
    return { code: String(error), message: String(message), challenge };
  } catch {
    return { code: "error", message: `The server answered ${answer.status}.` };
  }
}

/** The refusal of an answer that asks for a newer or a stronger sign-in, and else `null`. */
async function stepUpOf(answer) {
  const refusal = answer.status === 401 ? await refused(answer.clone()) : null;
  return STEP_UP.has(refusal?.code) ? refusal : null;
}

async function refused(answer) {
  const { code, message, challenge } = await reason(answer);
  return new Refused(answer.status, code, message, challenge);
}
