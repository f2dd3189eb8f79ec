//! Every command that the store runs, tried when it is opened: a right that is missing is named
//! then, not by the first sign-in.

use ::redis::{PushInfo, RedisError, Value, cmd};

use super::link::Link;
use super::open::OpenError;
use super::scripts::{Names, TRY};

/// See [`RedisStore::COMMANDS`](super::RedisStore::COMMANDS).
pub(super) const COMMANDS: &[&str] = &[
    "config|get",
    "del",
    "eval",
    "evalsha",
    "exists",
    "hexists",
    "hget",
    "hincrby",
    "hmget",
    "hset",
    "info",
    "pexpireat",
    "ping",
    "pttl",
    "publish",
    "select",
    "subscribe",
    "time",
    "unlink",
    "zadd",
    "zcard",
    "zcount",
    "zrange",
    "zrangebyscore",
    "zrem",
    "zremrangebyscore",
    "zrevrange",
];

/// Tries the commands. The check deletes what they write, and the message that it publishes names
/// no change.
pub(super) async fn check(link: &Link, names: &Names) -> Result<(), OpenError> {
    let forbidden = |what: &str, why: &dyn std::fmt::Display| OpenError::Forbidden(format!("{what}: {why}"));
    let pong = link.command::<Value>(&cmd("PING")).await;
    pong.map_err(|error| forbidden("PING", &error))?;
    let now = link.command::<Value>(&cmd("TIME")).await;
    now.map_err(|error| forbidden("TIME", &error))?;
    // By its hash, and in full where the server does not know it: two commands.
    let mut in_full = cmd("EVAL");
    in_full.arg("return 1").arg(0);
    let ran = link.command::<Value>(&in_full).await;
    ran.map_err(|error| forbidden("EVAL", &error))?;
    let refused = link.run::<Vec<String>>(&names.call(&TRY)).await;
    let refused = refused.map_err(|error| forbidden("EVALSHA", &error))?;
    if let Some(first) = refused.first() {
        return Err(OpenError::Forbidden(first.clone()));
    }
    let listened: Result<(), RedisError> = async {
        let mut connection = link.connect_apart(|_: PushInfo| Ok(())).await?;
        connection.subscribe(&names.channel).await
    }
    .await;
    listened.map_err(|error| forbidden("SUBSCRIBE", &error))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::store::redis::scripts::SOURCES;

    fn called_by(code: &str) -> BTreeSet<String> {
        let calls = code.split("redis.call('").skip(1);
        let names = calls.filter_map(|rest| rest.split('\'').next());
        names.map(str::to_lowercase).collect()
    }

    #[test]
    fn every_command_of_a_script_is_listed_and_tried() {
        let tried = called_by(&TRY.code().replace("try('", "redis.call('"));
        for (name, code) in SOURCES {
            for command in called_by(code) {
                assert!(
                    COMMANDS.contains(&command.as_str()),
                    "{name} runs {command}, not listed"
                );
                assert!(tried.contains(&command), "{name} runs {command}, not tried");
            }
        }
    }

    #[test]
    fn no_command_is_listed_for_nothing() {
        let mut used: BTreeSet<String> = SOURCES.iter().flat_map(|(_, code)| called_by(code)).collect();
        // Those that are run outside scripts.
        let others = [
            "config|get",
            "eval",
            "evalsha",
            "hmget",
            "info",
            "ping",
            "select",
            "subscribe",
            "time",
            "zrangebyscore",
        ];
        used.extend(others.map(str::to_owned));
        let listed: BTreeSet<String> = COMMANDS.iter().map(|&command| command.to_owned()).collect();
        assert_eq!(listed, used);
    }
}
