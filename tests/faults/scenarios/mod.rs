//! The scenarios, each a fault under load.

mod accounts;
mod clock;
mod disconnect;
mod failover;
mod hostile;
mod killed;
mod nodes;
mod postgres;
mod sqlite;

use std::time::Duration;

use crate::report::Row;

/// How long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The form that is part of the gate.
    Gate,
    /// `FAULTS=full`.
    Full,
}

impl Form {
    /// The form that the environment names.
    pub fn of_environment() -> Form {
        match std::env::var("FAULTS").as_deref() {
            Ok("full") => Form::Full,
            _ => Form::Gate,
        }
    }

    /// The one or the other.
    pub fn pick<T>(self, gate: T, full: T) -> T {
        match self {
            Form::Gate => gate,
            Form::Full => full,
        }
    }

    /// How many honest clients there are.
    pub fn honest(self) -> usize {
        self.pick(8, 24)
    }

    /// How long a fault lasts that is over when we say so.
    pub fn outage(self) -> Duration {
        self.pick(Duration::from_secs(3), Duration::from_secs(20))
    }
}

/// A fault under load.
pub struct Scenario {
    pub name: &'static str,
    pub run: fn(Form) -> Row,
}

/// All of them, in the order in which they run.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "sqlite_killed",
        run: killed::sqlite_killed,
    },
    Scenario {
        name: "sqlite_terminated",
        run: killed::sqlite_terminated,
    },
    Scenario {
        name: "sqlite_write_lock_held",
        run: sqlite::write_lock_held,
    },
    Scenario {
        name: "sqlite_disk_full",
        run: sqlite::disk_full,
    },
    Scenario {
        name: "sqlite_file_deleted",
        run: sqlite::file_deleted,
    },
    Scenario {
        name: "sqlite_file_replaced",
        run: sqlite::file_replaced,
    },
    Scenario {
        name: "sqlite_clock_steps",
        run: clock::sqlite_clock_steps,
    },
    Scenario {
        name: "sqlite_clients_disconnect",
        run: disconnect::sqlite_disconnects,
    },
    Scenario {
        name: "sqlite_refresh_races_logout",
        run: nodes::sqlite_refresh_races_logout,
    },
    Scenario {
        name: "sqlite_accounts_killed",
        run: accounts::sqlite_accounts_killed,
    },
    Scenario {
        name: "postgres_node_killed",
        run: postgres::node_killed,
    },
    Scenario {
        name: "postgres_crashed",
        run: postgres::crashed,
    },
    Scenario {
        name: "postgres_stopped",
        run: postgres::stopped,
    },
    Scenario {
        name: "postgres_disk_full",
        run: postgres::disk_full,
    },
    Scenario {
        name: "postgres_silent",
        run: postgres::silent,
    },
    Scenario {
        name: "postgres_commit_unanswered",
        run: postgres::commit_unanswered,
    },
    Scenario {
        name: "postgres_refresh_races_logout",
        run: nodes::postgres_refresh_races_logout,
    },
    Scenario {
        name: "postgres_racing_refreshes",
        run: nodes::racing_refreshes,
    },
    Scenario {
        name: "postgres_propagation",
        run: nodes::propagation,
    },
    Scenario {
        name: "postgres_node_cut_off",
        run: nodes::cut_off,
    },
    Scenario {
        name: "postgres_wrong_clock",
        run: nodes::wrong_clock,
    },
    Scenario {
        name: "postgres_behind_a_pooler",
        run: postgres::behind_a_pooler,
    },
    Scenario {
        name: "postgres_failover",
        run: failover::failover,
    },
    Scenario {
        name: "postgres_clients_disconnect",
        run: postgres::clients_disconnect,
    },
    Scenario {
        name: "postgres_accounts_restarted",
        run: accounts::postgres_accounts_restarted,
    },
    Scenario {
        name: "nginx_hostile_forms",
        run: hostile::nginx_hostile_forms,
    },
];
