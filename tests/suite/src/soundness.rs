// SPDX-License-Identifier: MIT OR Apache-2.0

//! Modules that try what must do no harm: `tests/families/misuse` and `tests/families/second_fails`.
//!
//! Whether they did harm is also in the kernel's log, which `kernel_log` judges.

use crate::raw::{Client, Content, ExtAckError, Message, PATIENCE, Request};
use crate::support::module::{load_fixture, load_shelf, unload_shelf};
use crate::support::namespace;
use crate::support::scale::scaled;
use anyhow::{Context, Result, bail, ensure};
use genl::Connection;
use nix::errno::Errno;
use nix::kmod::{DeleteModuleFlags, delete_module};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};
use std::{fs, panic, thread};

crate::tests![
    a_dump_is_refused_until_all_families_are_registered,
    a_policy_dump_keeps_a_module_that_cannot_be_loaded,
    a_module_cannot_initialize_itself_again,
    state_is_aligned,
    leaks_and_sizes_do_no_harm,
    an_event_of_an_unregistered_family_reaches_nobody,
];

/// The family with id `GENL_ID_CTRL`, and what is said to it and by it.
const NLCTRL: u16 = 16;
const NEWFAMILY: u8 = 1;
const GETFAMILY: u8 = 3;
const GETPOLICY: u8 = 10;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;

/// The module whose second family cannot be registered, and the name of its first.
const SECOND_FAILS: &str = "second_fails";
const FIRST: &str = "first-of-two";

/// How often that is loaded until its first family was asked for something in time.
const TIMES: u32 = 1_000;

/// The module that does what it should not.
const MISUSE: &str = "misuse";

fn a_dump_is_refused_until_all_families_are_registered() -> Result<()> {
    let expected = Content::Error(ExtAckError {
        errno: Errno::EAGAIN,
        text: Some("the module is being loaded".to_owned()),
        bad: None,
        missing: None,
        policy: None,
    });
    until_in_time(|client, id, _| {
        let answers = client.ask(&dump().family(id).command(1))?;
        match answers.as_slice() {
            [answer] if answer.content == expected => Ok(true),
            [answer] if is_absence(answer) => Ok(false),
            other => bail!("instead of a refusal: {} messages", other.len()),
        }
    })
}

/// The kernel reads the policies in the module's memory.
fn a_policy_dump_keeps_a_module_that_cannot_be_loaded() -> Result<()> {
    /// Much longer than it takes to fail.
    const A_WHILE: Duration = Duration::from_secs(2);

    until_in_time(|client, id, is_loading| {
        let request = dump().family(NLCTRL).command(GETPOLICY);
        let sent = client.send(&request.attr(FAMILY_ID, &id.to_ne_bytes()))?;
        if client.receive(&sent)?.iter().any(is_absence) {
            return Ok(false);
        }
        thread::sleep(A_WHILE);
        ensure!(is_loading.load(SeqCst), "the module is gone");
        let rest = client.answers(&sent, PATIENCE)?;
        let last = rest.last().context("there is no end")?;
        ensure!(last.content == Content::Done, "{last:?}");
        Ok(true)
    })
}

fn a_module_cannot_initialize_itself_again() -> Result<()> {
    const LONGEST: Duration = Duration::from_secs(5);

    let mut client = Client::open()?;
    // If it can, the kernel then has families whose module is gone, and goes through them.
    with_misuse(|_| Ok(()))?;
    let start = Instant::now();
    let answers = client.ask(&family_of("no-such-family"))?;
    ensure!(answers.iter().all(is_absence), "{answers:?}");
    ensure!(start.elapsed() < LONGEST, "it takes {:?}", start.elapsed());
    Ok(())
}

fn state_is_aligned() -> Result<()> {
    with_misuse(|connection| {
        let mut client = Client::open()?;
        for name in [MISUSE, "misuse-page", "misuse-odd", "misuse-wide"] {
            let id = connection.family(name)?.id;
            // Also where others have memory beside it.
            for _ in 0..8 {
                let is_aligned = || ask_misuse(&mut Client::open()?, id, 1);
                namespace::in_new(is_aligned).context(name)?;
            }
            ask_misuse(&mut client, id, 1).context(name)?;
        }
        Ok(())
    })
}

fn leaks_and_sizes_do_no_harm() -> Result<()> {
    /// Parts that are read before the socket is closed, up to all.
    const PARTS: u32 = 6;

    with_misuse(|connection| {
        let id = connection.family("misuse-leaky")?.id;
        ask_misuse(&mut Client::open()?, id, 1)?;
        for parts in 0..=PARTS {
            let dump_in_part = || {
                let mut client = Client::open()?;
                let sent = client.send(&dump().family(id).command(2))?;
                for _ in 0..parts {
                    // What is received is not whole.
                    let _ = client.receive(&sent);
                }
                Ok(())
            };
            namespace::in_new(dump_in_part)?;
        }
        // Each policy holds itself.
        let request = dump().family(NLCTRL).command(GETPOLICY);
        let answers = Client::open()?.ask(&request.attr(FAMILY_ID, &id.to_ne_bytes()))?;
        let last = answers.last().context("there is no answer")?;
        ensure!(last.content == Content::Done, "{last:?}");
        Ok(())
    })
}

fn an_event_of_an_unregistered_family_reaches_nobody() -> Result<()> {
    if is_loaded("shelf")? {
        unload_shelf()?;
    }
    load_fixture(MISUSE)?;
    let mut connection = Connection::open()?;
    let misuse = connection.family(MISUSE)?;
    ask_misuse(&mut Client::open()?, misuse.id, 2)?;
    thread::scope(|scope| {
        let unloader = scope.spawn(|| unload(MISUSE));
        let heard = namespace::in_first(|| {
            until(|| Ok(connection.family(MISUSE).is_err()))?;
            load_shelf()?;
            let shelf = Connection::open()?.family("shelf")?;
            let ids = [&misuse, &shelf].map(|family| family.groups.first().map(|group| group.id));
            ensure!(ids[0] == ids[1], "the groups are others: {ids:?}");
            let mut listener = Client::open()?;
            // This is what the event waits for, and unloading waits for the event.
            listener.join_number(ids[1].context("there is no group")?)?;
            join(unloader)?;
            listener.heard()
        })?;
        ensure!(heard.is_empty(), "{heard:?}");
        Ok(())
    })
}

/// Loads the module that cannot be loaded, again and again, until its first family is asked for
/// something in time: `ask` is called when that is announced, with its id and whether the module is
/// still being loaded, and returns whether it was in time.
fn until_in_time(ask: impl Fn(&mut Client, u16, &AtomicBool) -> Result<bool> + Sync) -> Result<()> {
    for _ in 0..scaled(TIMES).max(50) {
        let (mut listener, mut client) = (Client::open()?, Client::open()?);
        listener.join_number(NLCTRL.into())?;
        let is_loading = AtomicBool::new(true);
        let was_in_time = thread::scope(|scope| {
            let asker = scope.spawn(|| {
                while is_loading.load(SeqCst) {
                    if let Some(id) = listener.heard()?.iter().find_map(first_is_announced) {
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
        ensure!(!is_loaded(SECOND_FAILS)?, "it is still there");
        if was_in_time {
            return Ok(());
        }
    }
    bail!("the first family was never asked in time")
}

/// The id of the first family, if this says that it is registered.
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

/// A request for a list, without attributes.
fn dump() -> Request {
    Request::greet().flags(libc::NLM_F_REQUEST | libc::NLM_F_DUMP)
}

/// A request for what the kernel knows of a family.
fn family_of(name: &str) -> Request {
    Request::greet()
        .family(NLCTRL)
        .command(GETFAMILY)
        .text(FAMILY_NAME, name)
}

/// Whether this says that there is no such family.
fn is_absence(message: &Message) -> bool {
    matches!(&message.content, Content::Error(ext_ack) if ext_ack.errno == Errno::ENOENT)
}

/// Loads the module that does what it should not, and unloads it afterwards.
fn with_misuse(job: impl FnOnce(&mut Connection) -> Result<()>) -> Result<()> {
    load_fixture(MISUSE).context("cannot load it")?;
    let result = Connection::open()
        .map_err(Into::into)
        .and_then(|mut connection| job(&mut connection));
    unload(MISUSE)?;
    result
}

/// Asks one of its families to do something.
fn ask_misuse(client: &mut Client, family: u16, command: u8) -> Result<()> {
    let request = Request::greet().family(family).command(command);
    match client.ask(&request)?.as_slice() {
        [message] if message.content == Content::Ack => Ok(()),
        other => bail!("{other:?}"),
    }
}

fn unload(name: &str) -> Result<()> {
    let name = std::ffi::CString::new(name)?;
    delete_module(&name, DeleteModuleFlags::empty()).context("cannot unload it")
}

fn is_loaded(name: &str) -> Result<bool> {
    Ok(fs::exists(format!("/sys/module/{name}"))?)
}

/// Waits until something is so.
fn until(mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !is_so()? {
        ensure!(start.elapsed() < 4 * PATIENCE, "it takes too long");
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread
        .join()
        .unwrap_or_else(|panic| panic::resume_unwind(panic))
}
