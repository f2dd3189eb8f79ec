//! Random histories: what users, thieves, operators and clocks do.

use std::time::Duration;

use auth_core::__internal::RotationPolicy;
use auth_core::config::RotationMode;
use auth_core::session::RevocationReason;
use proptest::prelude::*;

use super::USERS;

#[derive(Clone, Debug)]
pub(super) enum Step {
    SignIn {
        user: usize,
        lifetime: Duration,
        idle: Duration,
        replaces: Option<(Slot, Proof)>,
        /// The password was proven under the epoch before.
        stale: bool,
    },
    Present {
        slot: Slot,
        token: Token,
        proof: Proof,
        policy: RotationPolicy,
    },
    Revoke {
        slot: Slot,
        proof: Option<Proof>,
        why: RevocationReason,
    },
    EndEpoch {
        user: usize,
    },
    /// As a change of the password in one of the sessions; by the session's user, or by this one.
    EndEpochBut {
        slot: Slot,
        user: Option<usize>,
    },
    ChangeRolesVersion {
        user: usize,
    },
    SetRoles {
        user: usize,
        roles: Vec<String>,
    },
    Disable {
        user: usize,
    },
    /// Past the store, as an operator with a database tool would.
    RemoveAccount {
        user: usize,
    },
    Clock {
        by: i64,
    },
    /// To an end of a session, give or take a millisecond.
    ClockToEnd {
        slot: Slot,
        idle: bool,
        offset: i64,
    },
    DeleteExpired {
        keep: Duration,
        limit: u32,
    },
}

/// One of the sessions so far; taken modulo their number.
pub(super) type Slot = usize;

#[derive(Clone, Copy, Debug)]
pub(super) enum Proof {
    Right,
    Wrong,
}

/// Which token of a session is presented.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token {
    /// The current token, or so many before or after it.
    FromCurrent(i64),
    Previous,
    Number(i64),
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let slot = || 0..16_usize;
    let user = || 0..USERS;
    let proof = || prop_oneof![6 => Just(Proof::Right), 1 => Just(Proof::Wrong)];
    let seconds = |range| Strategy::prop_map(range, Duration::from_secs);
    let sign_in = (
        user(),
        seconds(1..4000_u64),
        seconds(1..2000_u64),
        proptest::option::of((slot(), proof())),
        prop_oneof![9 => Just(false), 1 => Just(true)],
    )
        .prop_map(|(user, lifetime, idle, replaces, stale)| Step::SignIn {
            user,
            lifetime,
            idle,
            replaces,
            stale,
        });
    let token = prop_oneof![
        4 => Just(Token::FromCurrent(0)),
        4 => Just(Token::Previous),
        2 => Just(Token::FromCurrent(-1)),
        2 => (-3..4_i64).prop_map(Token::FromCurrent),
        1 => prop_oneof![Just(-1), Just(0), Just(1 << 53), Just((1 << 53) + 1), Just(i64::MIN), Just(i64::MAX)]
            .prop_map(Token::Number),
    ];
    let grace = prop_oneof![3 => Just(10_000), 1 => Just(0), 1 => 1..30_000_u64].prop_map(Duration::from_millis);
    let mode = prop_oneof![3 => Just(RotationMode::Recoverable), 1 => Just(RotationMode::Strict)];
    let ends_user = prop_oneof![3 => Just(false), 1 => Just(true)];
    let policy = (grace, mode, seconds(1..2000_u64), ends_user).prop_map(|(grace, mode, idle, reuse_ends_user)| {
        RotationPolicy {
            grace,
            mode,
            idle,
            reuse_ends_user,
        }
    });
    let present = (slot(), token, proof(), policy).prop_map(|(slot, token, proof, policy)| Step::Present {
        slot,
        token,
        proof,
        policy,
    });
    let revoke = (
        slot(),
        proptest::option::of(proof()),
        proptest::sample::select(RevocationReason::ALL),
    )
        .prop_map(|(slot, proof, why)| Step::Revoke { slot, proof, why });
    let end_epoch_but = (slot(), prop_oneof![4 => Just(None), 1 => user().prop_map(Some)])
        .prop_map(|(slot, user)| Step::EndEpochBut { slot, user });
    let roles = proptest::sample::subsequence(vec!["admin".to_owned(), "editor".to_owned(), "viewer".to_owned()], 0..3);
    let set_roles = (user(), roles).prop_map(|(user, roles)| Step::SetRoles { user, roles });
    // Mostly forward: within a window, around its end, past the ends of sessions. Sometimes back.
    let clock = prop_oneof![
        4 => 0..5_000_i64,
        3 => 9_990..10_011_i64,
        2 => 10_000..100_000_i64,
        1 => 100_000..3_000_000_i64,
        1 => -20_000..0_i64,
    ];
    prop_oneof![
        6 => sign_in,
        40 => present,
        2 => revoke,
        1 => user().prop_map(|user| Step::EndEpoch { user }),
        1 => end_epoch_but,
        1 => user().prop_map(|user| Step::ChangeRolesVersion { user }),
        2 => set_roles,
        // Rare, or soon no user could sign in.
        1 => prop_oneof![
            1 => user().prop_map(|user| Step::Disable { user }),
            4 => user().prop_map(|user| Step::RemoveAccount { user }),
        ],
        14 => clock.prop_map(|by| Step::Clock { by }),
        1 => (slot(), any::<bool>(), -1..2_i64)
            .prop_map(|(slot, idle, offset)| Step::ClockToEnd { slot, idle, offset }),
        1 => (seconds(0..1000_u64), 0..4_u32).prop_map(|(keep, limit)| Step::DeleteExpired { keep, limit }),
    ]
}
