//! What is counted where no password is.

use auth_core::UserId;
use auth_core::session::ClientInfo;
use auth_core::testing::TestBench;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use rocket_app::role::AppRole;

#[test]
fn a_sign_in_by_another_service_is_counted_by_its_outcome() {
    let bench = TestBench::new::<AppRole>().expect("a bench");
    let user = bench.add_user("ann@example.com", [AppRole::Viewer]).expect("a user");
    let recorder = DebuggingRecorder::new();
    let seen = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    // On this thread alone, so that no other test is counted.
    metrics::with_local_recorder(&recorder, || {
        let sign_in = |user| runtime.block_on(bench.auth().login_as(user, &ClientInfo::default(), None));
        assert!(sign_in(&user).is_ok());
        assert!(sign_in(&UserId::random()).is_err());
    });
    let counted = seen.snapshot().into_vec().into_iter();
    let mut counted: Vec<_> = counted
        .filter(|(key, ..)| key.key().name() == "auth_sign_ins_total")
        .map(|(key, _, _, value)| (key.key().labels().next().expect("a label").value().to_owned(), value))
        .collect();
    counted.sort_by(|one, other| one.0.cmp(&other.0));
    let [failed, succeeded] = ["failed", "succeeded"].map(|outcome| (outcome.to_owned(), DebugValue::Counter(1)));
    assert_eq!(counted, [failed, succeeded]);
}
