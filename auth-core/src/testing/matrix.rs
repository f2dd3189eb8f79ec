use std::fmt;

use rocket::Route;

use super::request::{LocalClient, auth_of, token_with};
use super::router::asked_before;
use crate::role::{Decision, RoleSet, ScopedTerm};
use crate::web::{AccessEntry, AccessPolicy, AuthError, Everywhere, decisions_of};

/// How a route answers a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// The handler would be called.
    Allowed,
    /// The guard refuses with this status.
    Refused(u16),
    /// The roles do not decide: a policy would.
    Policy,
    /// The route has no decision: it was mounted by other means than `guarded_routes!`, and every
    /// caller passes.
    Unguarded,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Access::Allowed => f.pad("allowed"),
            Access::Refused(status) => f.pad(&status.to_string()),
            Access::Policy => f.pad("policy"),
            Access::Unguarded => f.pad("UNGUARDED"),
        }
    }
}

/// One route of the matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessRow {
    /// Method, path, handler and decision.
    pub route: AccessEntry,
    /// The route's answer to each of [`AccessMatrix::who`].
    pub access: Vec<Access>,
}

/// Every route × every caller: an anonymous client, each role alone, and each role in a scope
/// alone. Its `Display` is a table to keep as a snapshot; see [`access_matrix`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessMatrix {
    who: Vec<String>,
    rows: Vec<AccessRow>,
}

/// How every mounted route answers an anonymous client and each role alone.
///
/// Each guard runs as it would for a request, on a token signed for the purpose. No handler runs,
/// and none of its other guards. A *policy* is not called, since its decision depends on more than
/// the role; the table says `policy` where a policy decides. The user has just signed in, with a
/// second factor: `fresh = "…"` and `mfa` are met, and stand in the decision.
///
/// A column such as `owner in org` is a user who holds that role in the organisation of the path,
/// and no role of the application. There is one for each role in a scope that a rule names. In the
/// other columns the user is a stranger to every organisation.
///
/// The row of a route shows what a request for it gets. It includes refusals of the routes that
/// Rocket's own router tries first. `GET /user/<name>` of rank 2 is `401` for anonymous clients if
/// `GET /user/<id>` of rank 1 is `#[authenticated]`.
///
/// Kept as a snapshot (with `insta`, say) it shows in a review what a change opens and shuts:
///
/// ```
/// use auth_core::testing::{TestBench, access_matrix};
/// use auth_core::{Auth, Role, authenticated, guarded_routes, public, require_role};
/// use rocket::{delete, get};
///
/// #[derive(Role, Clone, Copy)]
/// enum AppRole {
///     #[role(includes(Editor))]
///     Admin,
///     Editor,
/// }
///
/// #[public("news")]
/// #[get("/news")]
/// fn news() {}
///
/// #[require_role(AppRole::Editor)]
/// #[get("/drafts")]
/// fn drafts() {}
///
/// #[require_role(AppRole::Admin, fresh = "5m")]
/// #[delete("/drafts")]
/// fn clear() {}
///
/// let app = rocket::build().attach(Auth::fairing::<AppRole>()).mount("/", guarded_routes![news, drafts, clear]);
/// let bench = TestBench::new::<AppRole>()?;
/// let client = rocket::local::blocking::Client::tracked(bench.attach(app))?;
/// let table = access_matrix(&client).outside("/api/auth").outside("/.well-known").to_string();
/// let expected = "\
/// METHOD  PATH     anonymous  admin    editor   DECISION
/// DELETE  /drafts  401        allowed  403      admin, fresh = \"5m\"
/// GET     /drafts  401        allowed  allowed  editor
/// GET     /news    allowed    allowed  allowed  public: news
/// ";
/// assert_eq!(table, expected, "\n{table}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
///
/// Where the application has no authentication fairing.
pub fn access_matrix(client: &impl LocalClient) -> AccessMatrix {
    let rocket = client.server();
    let auth = auth_of(rocket);
    let names = auth.roles().names();
    let tokens = (0u32..)
        .zip(names)
        .map(|(bit, _)| token_with(auth, RoleSet::EMPTY.with_bit(bit)));
    let mut callers: Vec<Caller> = vec![Caller::default()];
    callers.extend(tokens.map(|token| Caller {
        token: Some(token),
        member: None,
    }));
    let scoped = scoped_terms(rocket.routes());
    callers.extend(scoped.iter().map(|term| Caller {
        token: Some(token_with(auth, RoleSet::EMPTY)),
        member: Some(Everywhere {
            role_enum: term.role_enum(),
            roles: RoleSet::EMPTY.with_bit(term.bit()),
        }),
    }));
    let row = |(route, before): (&Route, Vec<&Route>)| {
        let answer = |request: &rocket::Request<'_>, member: Option<Everywhere>| {
            let own = access(&decisions_of(route), request, member);
            before.iter().rev().fold(own, |access_behind, route| {
                behind(access(&decisions_of(route), request, member), access_behind)
            })
        };
        AccessRow {
            route: AccessEntry::of(route),
            access: callers
                .iter()
                .map(|caller| client.look_at(caller.token.as_deref(), |request| answer(request, caller.member)))
                .collect(),
        }
    };
    let mut rows: Vec<AccessRow> = rocket.routes().zip(asked_before(rocket)).map(row).collect();
    rows.sort_by(|one, other| one.route.cmp(&other.route));
    AccessMatrix {
        who: std::iter::once(String::from("anonymous"))
            .chain(names.iter().map(|name| (*name).to_owned()))
            .chain(scoped.iter().map(ToString::to_string))
            .collect(),
        rows,
    }
}

/// A column of the matrix.
#[derive(Default)]
struct Caller {
    token: Option<String>,
    member: Option<Everywhere>,
}

/// Each role in a scope that a rule of the routes names, once: by enum, and then in its order.
fn scoped_terms<'r>(routes: impl Iterator<Item = &'r Route>) -> Vec<&'static ScopedTerm> {
    let mut found: Vec<&'static ScopedTerm> = Vec::new();
    for policy in routes.flat_map(decisions_of) {
        let Decision::Rule(rule) = policy.decision else {
            continue;
        };
        rule.each_scoped(&mut |term, _| {
            let is_same = |known: &&ScopedTerm| known.role_enum() == term.role_enum() && known.bit() == term.bit();
            if !found.iter().any(is_same) {
                found.push(term);
            }
        });
    }
    found.sort_by_key(|term| (term.role_enum().name(), term.bit()));
    found
}

fn access(decisions: &[AccessPolicy], request: &rocket::Request<'_>, member: Option<Everywhere>) -> Access {
    let mut access = match decisions {
        [] => Access::Unguarded,
        _ => Access::Allowed,
    };
    for decision in decisions {
        match decision.without_policies(request, member) {
            Ok(true) => {}
            Ok(false) => access = Access::Policy,
            Err(refused) => return Access::Refused(AuthError::status(&refused).code),
        }
    }
    access
}

/// The answer to a request for a route that comes after another route. A refusal of the first
/// counts. If the first lets the request pass, its parameters may not parse, and the request goes
/// on to the second.
const fn behind(first: Access, second: Access) -> Access {
    match (first, second) {
        (Access::Refused(_), _) => first,
        (Access::Policy, Access::Allowed | Access::Unguarded) => Access::Policy,
        _ => second,
    }
}

impl AccessMatrix {
    /// The columns: `anonymous`, then the roles in the enum's order, then the roles in scopes, such
    /// as `owner in org`.
    pub fn who(&self) -> &[String] {
        &self.who
    }

    /// The rows, sorted by path and method.
    pub fn rows(&self) -> &[AccessRow] {
        &self.rows
    }

    /// What the route `method` `path` (as it is mounted: `/reports/<id>`) says to `who`; `None`
    /// where there is no such route or column.
    pub fn access(&self, method: &str, path: &str, who: &str) -> Option<Access> {
        let row = self
            .rows
            .iter()
            .find(|row| row.route.method == method && row.route.path == path)?;
        let column = self.who.iter().position(|name| *name == who)?;
        row.access.get(column).copied()
    }

    /// The rows whose path does not lie below `prefix`: `outside("/api/auth")` leaves out the
    /// library's endpoints, whose decisions an application does not make.
    #[must_use]
    pub fn outside(mut self, prefix: &str) -> AccessMatrix {
        let below = |path: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.rows.retain(|row| !below(&row.route.path));
        self
    }
}

impl fmt::Display for AccessMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
        let method = longest(&mut self.rows.iter().map(|row| row.route.method.len())).max("METHOD".len());
        let path = longest(&mut self.rows.iter().map(|row| row.route.path.chars().count())).max("PATH".len());
        let widths: Vec<usize> = (0..self.who.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.access.get(column));
                longest(&mut cells.map(|access| access.to_string().len())).max(self.who[column].len())
            })
            .collect();
        write!(f, "{:method$}  {:path$}", "METHOD", "PATH")?;
        for (name, width) in self.who.iter().zip(&widths) {
            write!(f, "  {name:width$}")?;
        }
        writeln!(f, "  DECISION")?;
        for row in &self.rows {
            write!(f, "{:method$}  {:path$}", row.route.method, row.route.path)?;
            for (access, width) in row.access.iter().zip(&widths) {
                write!(f, "  {access:width$}")?;
            }
            writeln!(f, "  {}", row.route.decision.as_deref().unwrap_or("NO DECISION"))?;
        }
        Ok(())
    }
}
