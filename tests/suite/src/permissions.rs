// SPDX-License-Identifier: MIT OR Apache-2.0

//! Who may do what. Anyone greets, reads and listens; to forget peers and to change settings takes
//! `CAP_NET_ADMIN` over the network namespace.

use crate::child::Task;
use crate::raw::{Client, ExtAckError, Settings};
use crate::support::nobody::{AS_NOBODY, NOBODY, public_copy, public_greetctl, run_as_nobody};
use crate::support::tool::run_command;
use anyhow::{Context, Result, ensure};
use greet::protocol::groups;
use nix::errno::Errno;
use rustix::process::Uid;
use rustix::thread::set_thread_res_uid;
use std::env;
use std::process::Command;

crate::tests![
    root_may_do_all,
    a_user_may_greet_read_and_listen,
    root_of_a_user_namespace_is_a_user_elsewhere,
    root_of_a_user_namespace_may_do_all_in_its_own_network,
    a_socket_from_outside_stays_outside,
    a_socket_of_root_is_of_no_use_to_a_user,
    greetctl_says_that_it_is_not_permitted,
];

fn root_may_do_all() -> Result<()> {
    assert_eq!(tried_by(&[])?, all_pass());
    Ok(())
}

fn a_user_may_greet_read_and_listen() -> Result<()> {
    let mut client = Client::open()?;
    assert_eq!(tried_by(&AS_NOBODY)?, admins_only());
    // And nothing happened.
    assert_eq!(client.peer("World")?.greetings, 2);
    assert_eq!(client.settings()?, AT_FIRST);
    assert_eq!(
        client.stats()?.refused,
        0,
        "the core refuses, not the family"
    );
    Ok(())
}

fn root_of_a_user_namespace_is_a_user_elsewhere() -> Result<()> {
    let as_root = ["unshare", "--user", "--map-root-user"];
    assert_eq!(
        tried_by(&[&AS_NOBODY[..], &as_root].concat())?,
        admins_only()
    );
    assert_eq!(Client::open()?.settings()?, AT_FIRST);
    Ok(())
}

fn root_of_a_user_namespace_may_do_all_in_its_own_network() -> Result<()> {
    let as_root = ["unshare", "--user", "--map-root-user", "--net"];
    assert_eq!(tried_by(&[&AS_NOBODY[..], &as_root].concat())?, all_pass());
    assert_eq!(Client::open()?.settings()?, AT_FIRST);
    Ok(())
}

/// The child opens a socket, and only then makes namespaces of its own.
fn a_socket_from_outside_stays_outside() -> Result<()> {
    let mut client = Client::open()?;
    assert_eq!(tries(Task::TryFromOutside, &[])?, admins_only());
    assert_eq!(client.peer("World")?.greetings, 2);
    assert_eq!(client.settings()?, AT_FIRST);
    Ok(())
}

fn a_socket_of_root_is_of_no_use_to_a_user() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("World")?;
    as_user(|| {
        assert_not_permitted(client.forget("World"));
        assert_not_permitted(client.set_peer_limit(7));
        client.greet("World").map(drop)
    })?;
    client.set_peer_limit(7)
}

fn greetctl_says_that_it_is_not_permitted() -> Result<()> {
    Client::open()?.greet("World")?;
    let program = public_greetctl()?;
    for (args, command) in [
        (&["forget", "World"][..], "forget"),
        (&["settings", "set", "--peer-limit", "7"], "settings set"),
    ] {
        let refused = run_as_nobody(&program, args)?;
        let sentence = format!(
            "greetctl: {command}: Operation not permitted (EPERM); it needs CAP_NET_ADMIN over the \
             network namespace; try sudo\n"
        );
        assert_eq!(
            (refused.code, refused.stdout.as_str(), refused.stderr),
            (1, "", sentence)
        );
    }
    Ok(())
}

const AT_FIRST: Settings = Settings {
    default_style: 0,
    peer_limit: 1024,
};

/// Calls each operation; returns a line for each, that says what came of it.
pub(crate) fn try_all(client: &mut Client) -> Vec<String> {
    let tried = [
        client.greet("World").map(drop),
        client.peer("World").map(drop),
        client.peers().map(drop),
        client.stats().map(drop),
        client.settings().map(drop),
        hear(client),
        client
            .join(groups::CONFIG)
            .and_then(|()| client.leave(groups::CONFIG)),
        client.forget("World"),
        client.set_default_style(1),
    ];
    OPERATIONS
        .iter()
        .zip(tried)
        .map(|(operation, tried)| format!("{operation}: {}", verdict(&tried)))
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

/// How many of them are for everybody.
const FOR_ANYONE: usize = 7;

fn hear(client: &mut Client) -> Result<()> {
    client.join(groups::GREETINGS)?;
    client.greet_quietly(["World"])?;
    let heard = client.events()?.len();
    client.leave(groups::GREETINGS)?;
    ensure!(heard == 1, "heard {heard} greetings");
    Ok(())
}

fn verdict(tried: &Result<()>) -> String {
    match tried {
        Ok(()) => "ok".to_owned(),
        Err(error) => match error.downcast_ref::<ExtAckError>() {
            Some(ext_ack) => format!("{:?}", ext_ack.errno),
            None => format!("{error:#}"),
        },
    }
}

fn all_pass() -> Vec<String> {
    OPERATIONS.map(|name| format!("{name}: ok")).into()
}

fn admins_only() -> Vec<String> {
    let mut lines = all_pass();
    for line in &mut lines[FOR_ANYONE..] {
        *line = line.replace("ok", "EPERM");
    }
    lines
}

/// What comes of each operation if a child that `wrapper` starts calls it.
fn tried_by(wrapper: &[&str]) -> Result<Vec<String>> {
    tries(Task::Try, wrapper)
}

fn tries(task: Task, wrapper: &[&str]) -> Result<Vec<String>> {
    let this = env::current_exe()?;
    let program = public_copy("suite", this.to_str().context("a path is not UTF-8")?)?;
    let name = task.name();
    let words = [wrapper, &[&program, &name]].concat();
    let printed = run_command(Command::new(words[0]).args(&words[1..]))?.output()?;
    Ok(printed.lines().map(str::to_owned).collect())
}

/// Does `job` while this thread is not root's.
fn as_user<T>(job: impl FnOnce() -> Result<T>) -> Result<T> {
    let (root, nobody) = (Uid::ROOT, Uid::from_raw(NOBODY));
    set_thread_res_uid(None, nobody, root)?;
    let result = job();
    set_thread_res_uid(None, root, root)?;
    result
}

fn assert_not_permitted(result: Result<()>) {
    let error = result.expect_err("not permitted");
    let errno = error
        .downcast_ref::<ExtAckError>()
        .map(|ext_ack| ext_ack.errno);
    assert_eq!(errno, Some(Errno::EPERM), "{error:#}");
}
