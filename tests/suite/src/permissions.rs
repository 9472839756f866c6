// SPDX-License-Identifier: MIT OR Apache-2.0

//! Permissions: anyone can greet, read and listen. Deleting peers and changing settings needs
//! `CAP_NET_ADMIN` over the network namespace.

use crate::child::Task;
use crate::raw::{Client, ExtAckError, Settings};
use crate::support::tool::{AS_NOBODY, NOBODY, public_greetctl, run_as_nobody};
use anyhow::{Result, ensure};
use greet::protocol::groups;
use nix::errno::Errno;
use rustix::process::Uid;
use rustix::thread::set_thread_res_uid;

crate::tests![
    root_can_call_all_operations,
    an_unprivileged_user_gets_eperm_for_admin_operations,
    user_namespace_root_gets_eperm_in_the_initial_network_namespace,
    user_namespace_root_can_call_all_operations_in_its_network_namespace,
    an_inherited_socket_gives_no_capability_over_its_namespace,
    a_socket_opened_by_root_gives_a_user_no_capability,
    greetctl_prints_eperm_and_the_needed_capability,
];

fn root_can_call_all_operations() -> Result<()> {
    assert_eq!(results_with(&[])?, all_permitted());
    Ok(())
}

fn an_unprivileged_user_gets_eperm_for_admin_operations() -> Result<()> {
    let mut client = Client::open()?;
    assert_eq!(results_with(&AS_NOBODY)?, admin_operations_denied());
    // The rejected operations changed nothing.
    assert_eq!(client.peer("World")?.greetings, 2);
    assert_eq!(client.settings()?, DEFAULTS);
    assert_eq!(
        client.stats()?.refused,
        0,
        "expected the core to reject the requests, not the family"
    );
    Ok(())
}

fn user_namespace_root_gets_eperm_in_the_initial_network_namespace() -> Result<()> {
    let as_root = ["unshare", "--user", "--map-root-user"];
    assert_eq!(
        results_with(&[&AS_NOBODY[..], &as_root].concat())?,
        admin_operations_denied()
    );
    assert_eq!(Client::open()?.settings()?, DEFAULTS);
    Ok(())
}

fn user_namespace_root_can_call_all_operations_in_its_network_namespace() -> Result<()> {
    let as_root = ["unshare", "--user", "--map-root-user", "--net"];
    assert_eq!(
        results_with(&[&AS_NOBODY[..], &as_root].concat())?,
        all_permitted()
    );
    assert_eq!(Client::open()?.settings()?, DEFAULTS);
    Ok(())
}

/// The child opens a socket and then enters new namespaces.
fn an_inherited_socket_gives_no_capability_over_its_namespace() -> Result<()> {
    let mut client = Client::open()?;
    assert_eq!(
        Task::CallAllWithInheritedSocket.results(&[])?,
        admin_operations_denied()
    );
    assert_eq!(client.peer("World")?.greetings, 2);
    assert_eq!(client.settings()?, DEFAULTS);
    Ok(())
}

fn a_socket_opened_by_root_gives_a_user_no_capability() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("World")?;
    as_user(|| {
        assert_not_permitted(client.forget("World"));
        assert_not_permitted(client.set_peer_limit(7));
        client.greet("World").map(drop)
    })?;
    client.set_peer_limit(7)
}

fn greetctl_prints_eperm_and_the_needed_capability() -> Result<()> {
    Client::open()?.greet("World")?;
    let program = public_greetctl()?;
    for (args, command) in [
        (&["forget", "World"][..], "forget"),
        (&["settings", "set", "--peer-limit", "7"], "settings set"),
    ] {
        let failed = run_as_nobody(&program, args)?;
        let sentence = format!(
            "greetctl: {command}: Operation not permitted (EPERM); it needs CAP_NET_ADMIN over the \
             network namespace; try sudo\n"
        );
        assert_eq!(
            (failed.code, failed.stdout.as_str(), failed.stderr),
            (1, "", sentence)
        );
    }
    Ok(())
}

const DEFAULTS: Settings = Settings {
    default_style: 0,
    peer_limit: 1024,
};

/// Calls each operation and returns a line with its result.
pub(crate) fn call_all(client: &mut Client) -> Vec<String> {
    let results = [
        client.greet("World").map(drop),
        client.peer("World").map(drop),
        client.peers().map(drop),
        client.stats().map(drop),
        client.settings().map(drop),
        receive_event(client),
        client
            .join(groups::CONFIG)
            .and_then(|()| client.leave(groups::CONFIG)),
        client.forget("World"),
        client.set_default_style(1),
    ];
    OPERATIONS
        .iter()
        .zip(results)
        .map(|(operation, results)| format!("{operation}: {}", describe(&results)))
        .collect()
}

const OPERATIONS: [&str; 9] = [
    "greet",
    "peer-get",
    "peer-get dump",
    "stats-get",
    "settings-get",
    "listen to greetings",
    "listen to config",
    "peer-del",
    "settings-set",
];

/// The number of operations for anyone.
const FOR_ANYONE: usize = 7;

fn receive_event(client: &mut Client) -> Result<()> {
    client.join(groups::GREETINGS)?;
    client.greet_unacknowledged(["World"])?;
    let count = client.greeted_events()?.len();
    client.leave(groups::GREETINGS)?;
    ensure!(count == 1, "count {count} greetings");
    Ok(())
}

fn describe(results: &Result<()>) -> String {
    match results {
        Ok(()) => "ok".to_owned(),
        Err(error) => match ExtAckError::errno_of(error) {
            Some(errno) => format!("{errno:?}"),
            None => format!("{error:#}"),
        },
    }
}

fn all_permitted() -> Vec<String> {
    OPERATIONS.map(|name| format!("{name}: ok")).into()
}

fn admin_operations_denied() -> Vec<String> {
    let mut lines = all_permitted();
    for line in &mut lines[FOR_ANYONE..] {
        *line = line.replace("ok", "EPERM");
    }
    lines
}

/// Returns the result of each operation in a child that `wrapper` starts.
fn results_with(wrapper: &[&str]) -> Result<Vec<String>> {
    Task::CallAll.results(wrapper)
}

/// Runs `job` as the user `nobody` in this thread.
pub(crate) fn as_user<T>(job: impl FnOnce() -> Result<T>) -> Result<T> {
    /// Becomes root again, even if an assertion fails.
    struct BackToRoot;

    impl Drop for BackToRoot {
        fn drop(&mut self) {
            if let Err(error) = set_thread_res_uid(None, Uid::ROOT, Uid::ROOT) {
                eprintln!("cannot become root again: {error}");
            }
        }
    }

    set_thread_res_uid(None, Uid::from_raw(NOBODY), Uid::ROOT)?;
    let back = BackToRoot;
    let result = job();
    drop(back);
    result
}

fn assert_not_permitted(result: Result<()>) {
    let error = result.expect_err("expected EPERM");
    assert_eq!(
        ExtAckError::errno_of(&error),
        Some(Errno::EPERM),
        "{error:#}"
    );
}
