// SPDX-License-Identifier: MIT OR Apache-2.0

//! Loads modules that misuse the kernel API: `tests/families/misuse` and
//! `tests/families/second_fails`.
//!
//! Memory errors that they cause also appear in the kernel log, which `kernel_log` checks.

use crate::raw::{Client, Content, ExtAckError, Message, Request, TIMEOUT};
use crate::support::module::{load_fixture, load_shelf, unload_fixture, unload_shelf};
use crate::support::scale::scaled;
use crate::support::{join, namespace};
use anyhow::{Context, Result, bail, ensure};
use genl::Connection;
use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};
use std::{fs, thread};

crate::tests![
    a_dump_returns_eagain_until_all_families_are_registered,
    a_policy_dump_delays_the_removal_of_a_module_that_fails_to_load,
    a_second_initialization_of_a_module_fails,
    namespace_state_is_aligned,
    leaked_messages_and_extreme_sizes_are_sound,
    a_dump_of_a_task_that_exits_ends,
    an_event_of_an_unregistered_family_is_not_delivered,
];

/// Id, commands and attributes of the family nlctrl.
const NLCTRL: u16 = 16;
const NEWFAMILY: u8 = 1;
const GETFAMILY: u8 = 3;
const GETPOLICY: u8 = 10;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;

/// The module whose second family cannot be registered, and the name of its first family.
const SECOND_FAILS: &str = "second_fails";
const FIRST: &str = "first-of-two";

/// Maximum number of loads until a request to its first family comes early enough.
const TIMES: u32 = 1_000;

/// The module that misuses the API.
const MISUSE: &str = "misuse";

fn a_dump_returns_eagain_until_all_families_are_registered() -> Result<()> {
    let expected = Content::Error(ExtAckError {
        errno: Errno::EAGAIN,
        text: Some("the module is being loaded".to_owned()),
        bad: None,
        missing: None,
        cookie: None,
        policy: None,
    });
    load_until_in_time(|client, id, _| {
        let answers = client.request(&dump().family(id).command(1))?;
        match answers.as_slice() {
            [answer] if answer.content == expected => Ok(true),
            [answer] if is_enoent(answer) => Ok(false),
            other => bail!("expected EAGAIN, got {} messages", other.len()),
        }
    })
}

/// The kernel reads the policies from the module's memory.
fn a_policy_dump_delays_the_removal_of_a_module_that_fails_to_load() -> Result<()> {
    /// Much longer than the load takes to fail.
    const A_WHILE: Duration = Duration::from_secs(2);

    load_until_in_time(|client, id, is_loading| {
        let request = dump().family(NLCTRL).command(GETPOLICY);
        let sent = client.send(&request.attr(FAMILY_ID, &id.to_ne_bytes()))?;
        if client.receive(&sent)?.iter().any(is_enoent) {
            return Ok(false);
        }
        thread::sleep(A_WHILE);
        ensure!(
            is_loading.load(SeqCst),
            "expected the module to stay during the dump"
        );
        let rest = client.answers(&sent, TIMEOUT)?;
        let last = rest.last().context("expected the end of the dump")?;
        ensure!(
            last.content == Content::Done,
            "expected NLMSG_DONE, got {last:?}"
        );
        Ok(true)
    })
}

fn a_second_initialization_of_a_module_fails() -> Result<()> {
    const LONGEST: Duration = Duration::from_secs(5);

    let mut client = Client::open()?;
    // If it succeeds, the kernel's list of families has entries of a removed module, which this
    // request visits.
    with_misuse(|_| Ok(()))?;
    let start = Instant::now();
    let answers = client.request(&getfamily("no-such-family"))?;
    ensure!(
        answers.iter().all(is_enoent),
        "expected ENOENT, got {answers:?}"
    );
    ensure!(
        start.elapsed() < LONGEST,
        "expected an answer within {LONGEST:?}, took {:?}",
        start.elapsed()
    );
    Ok(())
}

fn namespace_state_is_aligned() -> Result<()> {
    with_misuse(|connection| {
        let mut client = Client::open()?;
        for name in [MISUSE, "misuse-page", "misuse-odd", "misuse-wide"] {
            let id = connection.family(name)?.id;
            // Other namespaces have other memory next to the state.
            for _ in 0..8 {
                let is_aligned = || send_misuse(&mut Client::open()?, id, 1);
                namespace::in_new(is_aligned).context(name)?;
            }
            send_misuse(&mut client, id, 1).context(name)?;
        }
        Ok(())
    })
}

fn leaked_messages_and_extreme_sizes_are_sound() -> Result<()> {
    /// Number of parts of the dump.
    const PARTS: u32 = 6;

    with_misuse(|connection| {
        let id = connection.family("misuse-leaky")?.id;
        send_misuse(&mut Client::open()?, id, 1)?;
        for parts in 0..=PARTS {
            let dump_in_part = || {
                let mut client = Client::open()?;
                let sent = client.send(&dump().family(id).command(2))?;
                for _ in 0..parts {
                    // Parts contain incomplete messages.
                    let _ = client.receive(&sent);
                }
                Ok(())
            };
            namespace::in_new(dump_in_part)?;
        }
        // Each policy nests itself.
        let request = dump().family(NLCTRL).command(GETPOLICY);
        let answers = Client::open()?.request(&request.attr(FAMILY_ID, &id.to_ne_bytes()))?;
        let last = answers.last().context("expected an answer")?;
        ensure!(
            last.content == Content::Done,
            "expected NLMSG_DONE, got {last:?}"
        );
        Ok(())
    })
}

/// When the kernel closes the sockets of a task that exits, the task has no files any more.
fn a_dump_of_a_task_that_exits_ends() -> Result<()> {
    with_misuse(|connection| {
        let id = connection.family("misuse-leaky")?.id;
        namespace::in_new(|| {
            unshare(CloneFlags::CLONE_FILES)?;
            let mut client = Client::open()?;
            client.send(&dump().family(id).command(2))?;
            std::mem::forget(client);
            Ok(())
        })
    })
}

fn an_event_of_an_unregistered_family_is_not_delivered() -> Result<()> {
    if is_loaded("shelf")? {
        unload_shelf()?;
    }
    load_fixture(MISUSE)?;
    let mut connection = Connection::open()?;
    let misuse = connection.family(MISUSE)?;
    send_misuse(&mut Client::open()?, misuse.id, 2)?;
    thread::scope(|scope| {
        let unloader = scope.spawn(|| unload_fixture(MISUSE));
        let received = namespace::in_initial(|| {
            wait_until(|| Ok(connection.family(MISUSE).is_err()))?;
            load_shelf()?;
            let shelf = Connection::open()?.family("shelf")?;
            let ids = [&misuse, &shelf].map(|family| family.groups.first().map(|group| group.id));
            ensure!(
                ids[0] == ids[1],
                "expected the same group id for both families, got {ids:?}"
            );
            let mut listener = Client::open()?;
            // The event waits for this listener, and unloading waits for the event.
            listener.join_id(ids[1].context("expected a group")?)?;
            join(unloader)?;
            listener.event_messages()
        })?;
        ensure!(received.is_empty(), "expected no event, got {received:?}");
        Ok(())
    })
}

/// Loads the failing module repeatedly until a request to its first family comes early enough.
/// `ask` is called when the family is announced, with its id and whether the module is still
/// loading, and returns whether it was early enough.
fn load_until_in_time(
    ask: impl Fn(&mut Client, u16, &AtomicBool) -> Result<bool> + Sync,
) -> Result<()> {
    for _ in 0..scaled(TIMES).max(50) {
        let (mut listener, mut client) = (Client::open()?, Client::open()?);
        listener.join_id(NLCTRL.into())?;
        let is_loading = AtomicBool::new(true);
        let was_in_time = thread::scope(|scope| {
            let asker = scope.spawn(|| {
                while is_loading.load(SeqCst) {
                    if let Some(id) = listener
                        .event_messages()?
                        .iter()
                        .find_map(first_is_announced)
                    {
                        return ask(&mut client, id, &is_loading);
                    }
                }
                Ok(false)
            });
            let loaded = load_fixture(SECOND_FAILS);
            is_loading.store(false, SeqCst);
            assert_eq!(loaded, Err(Errno::EBUSY));
            join(asker)
        })?;
        ensure!(
            !is_loaded(SECOND_FAILS)?,
            "expected the module to be removed"
        );
        if was_in_time {
            return Ok(());
        }
    }
    bail!("no request to the first family came early enough")
}

/// Returns the id of the first family if a message announces it.
fn first_is_announced(message: &Message) -> Option<u16> {
    let Content::Reply {
        family: NLCTRL,
        command: NEWFAMILY,
        attrs,
    } = &message.content
    else {
        return None;
    };
    let attr = |number| attrs.iter().find(|(found, _)| *found == number);
    let (_, name) = attr(FAMILY_NAME)?;
    let (_, id) = attr(FAMILY_ID)?;
    let is_first = name.strip_suffix(b"\0") == Some(FIRST.as_bytes());
    is_first.then(|| id.as_slice().try_into().map(u16::from_ne_bytes).ok())?
}

/// Creates a dump request without attributes.
fn dump() -> Request {
    Request::greet().flags(libc::NLM_F_REQUEST | libc::NLM_F_DUMP)
}

/// Creates a request for the description of a family.
fn getfamily(name: &str) -> Request {
    Request::greet()
        .family(NLCTRL)
        .command(GETFAMILY)
        .text(FAMILY_NAME, name)
}

/// Returns whether a message is the error `ENOENT`.
fn is_enoent(message: &Message) -> bool {
    matches!(&message.content, Content::Error(ext_ack) if ext_ack.errno == Errno::ENOENT)
}

/// Runs `job` while the module that misuses the API is loaded.
fn with_misuse(job: impl FnOnce(&mut Connection) -> Result<()>) -> Result<()> {
    load_fixture(MISUSE).context("cannot load misuse")?;
    let result = Connection::open()
        .map_err(Into::into)
        .and_then(|mut connection| job(&mut connection));
    unload_fixture(MISUSE)?;
    result
}

/// Sends a command to a family of that module.
fn send_misuse(client: &mut Client, family: u16, command: u8) -> Result<()> {
    let request = Request::greet().family(family).command(command);
    match client.request(&request)?.as_slice() {
        [message] if message.content == Content::Ack => Ok(()),
        other => bail!("expected an ACK, got {other:?}"),
    }
}

fn is_loaded(name: &str) -> Result<bool> {
    Ok(fs::exists(format!("/sys/module/{name}"))?)
}

/// Waits until a condition holds.
fn wait_until(mut condition: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !condition()? {
        ensure!(
            start.elapsed() < 4 * TIMEOUT,
            "the condition does not hold within {:?}",
            4 * TIMEOUT
        );
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
