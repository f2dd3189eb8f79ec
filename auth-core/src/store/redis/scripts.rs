//! The scripts: a file each, behind what all of them begin with.

use std::sync::LazyLock;
use std::time::Duration;

use ::redis::{Cmd, ToRedisArgs, cmd};

/// How long a row stays after its absolute end: longer than any caller asks for.
pub(super) const LINGER: Duration = Duration::from_secs(3600);

/// A script, and what the server knows it by.
pub(super) struct Script {
    code: &'static str,
    hash: String,
}

#[cfg(test)]
impl Script {
    pub(super) fn code(&self) -> &'static str {
        self.code
    }
}

/// A script with its arguments. Which keys it touches follows from them.
pub(super) struct Call<'a> {
    script: &'a Script,
    arguments: Vec<Vec<u8>>,
}

impl Call<'_> {
    pub(super) fn arg(&mut self, argument: impl ToRedisArgs) -> &mut Self {
        argument.write_redis_args(&mut self.arguments);
        self
    }

    /// For a server that has seen the script.
    pub(super) fn by_hash(&self) -> Cmd {
        self.with("EVALSHA", &self.script.hash)
    }

    /// For one that has not; it remembers the script.
    pub(super) fn in_full(&self) -> Cmd {
        self.with("EVAL", self.script.code)
    }

    fn with(&self, command: &str, script: &str) -> Cmd {
        let mut command = cmd(command);
        command.arg(script).arg(0).arg(&self.arguments);
        command
    }
}

macro_rules! scripts {
    ($($name:ident: $file:literal),* $(,)?) => {
        $(
            pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
                let code = concat!(include_str!("lua/common.lua"), "\n", include_str!($file));
                let hash = ::redis::Script::new(code).get_hash().to_owned();
                Script { code, hash }
            });
        )*

        /// Their texts by file, with what all of them begin with.
        #[cfg(test)]
        pub(super) const SOURCES: &[(&str, &str)] = &[
            $(($file, concat!(include_str!("lua/common.lua"), "\n", include_str!($file))),)*
        ];
    };
}

scripts! {
    CREATE: "lua/create.lua",
    ROTATE: "lua/rotate.lua",
    REVOKE: "lua/revoke.lua",
    REVOKE_CREATED_BEFORE: "lua/revoke_created_before.lua",
    LIST: "lua/list.lua",
    COUNTERS: "lua/counters.lua",
    END_EPOCH: "lua/end_epoch.lua",
    CHANGE_ROLES_VERSION: "lua/change_roles_version.lua",
    DELETE_EXPIRED: "lua/delete_expired.lua",
    ISSUE_TICKET: "lua/issue_ticket.lua",
    REDEEM_TICKET: "lua/redeem_ticket.lua",
    END_TICKETS: "lua/end_tickets.lua",
    FIND_FACTORS: "lua/find_factors.lua",
    START_TOTP: "lua/start_totp.lua",
    TRY_TOTP: "lua/try_totp.lua",
    CONFIRM_TOTP: "lua/confirm_totp.lua",
    USE_TOTP_STEP: "lua/use_totp_step.lua",
    USE_RECOVERY_CODE: "lua/use_recovery_code.lua",
    REPLACE_RECOVERY_CODES: "lua/replace_recovery_codes.lua",
    DELETE_FACTORS: "lua/delete_factors.lua",
    TRY: "lua/try.lua",
    UPGRADE: "lua/upgrade.lua",
}

/// What every script is told first.
pub(super) struct Names {
    /// `<prefix>:1:`; the number is that of the layout.
    pub(super) key_prefix: String,
    /// Channels are shared by all databases of a server, so the name of ours has the number in it.
    pub(super) channel: String,
}

impl Names {
    /// A call of `script` with the arguments that all of them take.
    pub(super) fn call<'a>(&self, script: &'a Script) -> Call<'a> {
        let arguments = Vec::new();
        let mut call = Call { script, arguments };
        call.arg(&self.key_prefix).arg(&self.channel).arg(millis(LINGER));
        call
    }
}

/// A duration in milliseconds that Lua can add to a time; what is longer is as long as that.
pub(super) fn millis(duration: Duration) -> i64 {
    const LONGEST: i64 = 1 << 52;
    crate::clock::millis_of(duration).min(LONGEST)
}
