// SPDX-License-Identifier: MIT OR Apache-2.0

//! The module is unloaded and loaded again, also while clients use it.

use crate::raw::{Client, Refusal};
use crate::support::module::Unloaded;
use crate::support::tool::{greetctl, run, text_in};
use anyhow::{Context, Result, bail};
use greet::GreetRequest;
use nix::errno::Errno;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use std::{fs, thread};

crate::tests![
    fifty_times,
    while_clients_greet,
    a_typed_client_finds_the_family_again,
    greetctl_says_how_to_load_the_module,
    the_kernel_loads_the_module_that_is_asked_for,
];

fn fifty_times() -> Result<()> {
    let mut client = Client::open()?;
    for _ in 0..50 {
        client.greet("World")?;
        let old_id = client.family_id();
        Unloaded::begin()?.end()?;

        let error = client
            .greet("World")
            .expect_err("the family has another id");
        assert_eq!(error_number(&error), Some(Errno::ENOENT), "{error:#}");
        assert_ne!(client.resolve()?, old_id);
        assert_eq!(client.greet("World")?.id, 1);
    }
    Ok(())
}

fn while_clients_greet() -> Result<()> {
    const TIMES: u32 = 10;

    let stop = AtomicBool::new(false);
    let round = AtomicU32::new(0);
    thread::scope(|scope| {
        let clients = [(); 2].map(|()| scope.spawn(|| greet_through(&stop, &round)));
        let reloads = (1..=TIMES).try_for_each(|next| {
            thread::sleep(Duration::from_millis(20));
            let unloaded = Unloaded::begin()?;
            thread::sleep(Duration::from_millis(20));
            unloaded.end()?;
            round.store(next, Relaxed);
            anyhow::Ok(())
        });
        // A greeting after the last time.
        thread::sleep(Duration::from_millis(50));
        stop.store(true, Relaxed);
        let seen = clients.map(|client| client.join().unwrap_or_else(|_| bail!("a panic")));
        reloads?;
        for rounds in seen {
            assert_eq!(rounds?, TIMES + 1, "not each loading was greeted");
        }
        Ok(())
    })
}

/// Greets until told to stop, and resolves the family again when it is gone. Returns in how many
/// rounds there was a greeting; any error but that of an absent family is one.
fn greet_through(stop: &AtomicBool, round: &AtomicU32) -> Result<u32> {
    let mut client = Client::open()?;
    let mut rounds = 0;
    let mut last_round = None;
    while !stop.load(Relaxed) {
        let now = round.load(Relaxed);
        match client.greet("World") {
            Ok(_) if last_round != Some(now) => {
                rounds += 1;
                last_round = Some(now);
            }
            Ok(_) => {}
            Err(error) if error_number(&error) == Some(Errno::ENOENT) => {
                let _ = ignore_absence(client.resolve())?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(rounds)
}

/// Makes `None` of the error of an absent family.
fn ignore_absence<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if error_number(&error) == Some(Errno::ENOENT) => Ok(None),
        result => result.map(Some),
    }
}

fn error_number(error: &anyhow::Error) -> Option<Errno> {
    Some(error.downcast_ref::<Refusal>()?.errno)
}

fn a_typed_client_finds_the_family_again() -> Result<()> {
    let mut client = greet::Client::open()?;
    let request = GreetRequest::new().name("World");
    assert_eq!(client.greet(&request)?.id, 1);

    let unloaded = Unloaded::begin()?;
    match client.greet(&request) {
        Err(greet::Error::NoFamily(name)) => assert_eq!(name, "greet"),
        other => bail!("without the module: {other:?}"),
    }
    unloaded.end()?;
    assert_eq!(client.greet(&request)?.id, 1);

    // Its id changes without the client having seen that it was gone.
    Unloaded::begin()?.end()?;
    assert_eq!(client.greet(&request)?.id, 1);
    Ok(())
}

fn greetctl_says_how_to_load_the_module() -> Result<()> {
    const ABSENT: i32 = 3;

    let unloaded = Unloaded::begin()?;
    let without = greetctl(&["greet", "World"])?;
    unloaded.end()?;
    assert_eq!((without.code, without.stdout.as_str()), (ABSENT, ""));
    assert!(without.stderr.contains("modprobe greet"), "{without:?}");
    assert_eq!(without.stderr.lines().count(), 1, "{without:?}");
    greetctl(&["greet", "World"])?.output()?;
    Ok(())
}

/// The module's alias is what the core asks modprobe for when an unknown family is resolved. A script
/// plays modprobe, for the guest has no folder of installed modules.
fn the_kernel_loads_the_module_that_is_asked_for() -> Result<()> {
    const MODPROBE: &str = "/proc/sys/kernel/modprobe";
    const SCRIPT: &str = "/tmp/modprobe";

    let module = text_in("GREET_MODULE")?;
    let alias = run("modinfo", &["-F", "alias", &module])?.output()?;
    let script = format!(
        "#!/bin/sh\nfor last; do :; done\n[ \"$last\" = \"{}\" ] && exec insmod '{module}'\n",
        alias.trim_end()
    );
    fs::write(SCRIPT, script)?;
    run("chmod", &["+x", SCRIPT])?.output()?;

    let modprobe = fs::read_to_string(MODPROBE).context(MODPROBE)?;
    let unloaded = Unloaded::begin()?;
    fs::write(MODPROBE, SCRIPT)?;
    let greeting = greetctl(&["greet", "World"]);
    fs::write(MODPROBE, modprobe)?;
    let greeting = greeting?.output()?;
    // It is loaded already.
    std::mem::forget(unloaded);
    assert!(greeting.starts_with("Hello, World!"), "{greeting}");
    Ok(())
}
