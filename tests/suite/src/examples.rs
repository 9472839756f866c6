// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs the examples of `userspace/greet`.

use crate::raw::Client;
use crate::support::background::{Background, wait_for_listener};
use crate::support::tool::run;
use anyhow::{Context, Result};
use greet::protocol::groups;
use std::env;

crate::tests![
    greet_prints_the_message,
    listen_prints_events,
    listen_tokio_prints_events
];

fn greet_prints_the_message() -> Result<()> {
    let printed = run(&example("greet")?, &[])?.output()?;
    assert!(printed.starts_with("Good day, World. "), "{printed}");
    assert!(printed.ends_with(" (greeting 1)\n"), "{printed}");
    Ok(())
}

fn listen_prints_events() -> Result<()> {
    assert_prints_events("listen")
}

fn listen_tokio_prints_events() -> Result<()> {
    assert_prints_events("listen_tokio")
}

fn assert_prints_events(name: &str) -> Result<()> {
    let listener = Background::start(&example(name)?, &[])?;
    let mut client = Client::open()?;
    wait_for_listener(client.group(groups::CONFIG)?)?;
    client.greet("World")?;
    client.set_default_style(1)?;
    client.greet("Moon")?;
    let run = listener.wait()?;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(run.stdout, "World was greeted\nMoon was greeted\n");
    Ok(())
}

/// Returns the path of an example, which is built with this program.
fn example(name: &str) -> Result<String> {
    let suite = env::current_exe()?;
    let dir = suite
        .parent()
        .context("expected a directory")?
        .join("examples");
    let path = dir.join(name);
    Ok(path.to_str().context("the path is not UTF-8")?.to_owned())
}
