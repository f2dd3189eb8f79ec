//! The names in the compiler's messages about decisions.
//!
//! You need none of them in your code. The compiler names them when a handler, a policy or a call
//! of [`protect`](crate::protect) is wrong, and this page says what each means. Its message says
//! what to write instead. They may change in any version.
//!
//! | a message about | means |
//! |---|---|
//! | `Takes`, `GuardedRoutes` | a handler in `guarded_routes![…]` has no decision |
//! | `IntoProtection`, `IntoRoutes` | an argument of [`protect`](crate::protect) is something else |
//! | `GuardStruct` | the type in [`Protection::of`](crate::Protection::of) is no guard struct |
//! | `PolicyAnswer`, `PolicyReply`, `PolicyFailure` | a policy returns something else than `bool`, `Result<bool, E>`, `Result<(), Refusal>` or `Result<Granted<T>, Refusal>`, or is not `Send` |
//! | `PolicyContext` | the last parameter of a policy is neither `&Request<'_>` nor `&State<T>` |
//! | `AccessRule` | a rule is redundant, or lets every user or no user pass |

#[doc(hidden)]
pub use crate::web::{
    AccessRule, GuardStruct, GuardedRoutes, IntoProtection, IntoRoutes, PolicyAnswer, PolicyContext, PolicyFailure,
    PolicyReply, Takes,
};
