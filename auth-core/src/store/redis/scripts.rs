//! The scripts: a file each, behind what all of them begin with.

use std::sync::LazyLock;
use std::time::Duration;

use ::redis::{Script, ScriptInvocation};

use super::Inner;

/// For how long a row stays after its absolute end, longer than anybody asks for.
pub(super) const LINGER: Duration = Duration::from_secs(3600);

macro_rules! scripts {
    ($($name:ident: $file:literal),* $(,)?) => {$(
        pub(super) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(concat!(include_str!("lua/common.lua"), "\n", include_str!($file))));
    )*};
}

scripts! {
    CREATE: "lua/create.lua",
    ROTATE: "lua/rotate.lua",
    REVOKE: "lua/revoke.lua",
    REVOKE_USER: "lua/revoke_user.lua",
    REVOKE_CREATED_BEFORE: "lua/revoke_created_before.lua",
    LIST: "lua/list.lua",
    CUT_OFF: "lua/cut_off.lua",
    DELETE_EXPIRED: "lua/delete_expired.lua",
}

impl Inner {
    /// A call of `script` with the arguments that all of them take. Which keys it touches follows from the others.
    pub(super) fn call<'a>(&self, script: &'a Script) -> ScriptInvocation<'a> {
        let mut call = script.prepare_invoke();
        call.arg(&self.key_prefix).arg(&self.channel).arg(millis(LINGER));
        call
    }
}

/// A duration in milliseconds that Lua can add to a time; what is longer is as long as that.
pub(super) fn millis(duration: Duration) -> i64 {
    const LONGEST: i64 = 1 << 52;
    crate::clock::millis_of(duration).min(LONGEST)
}
