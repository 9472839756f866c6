// SPDX-License-Identifier: MIT OR Apache-2.0

//! The examples of `userspace/greet`.

use crate::raw::Client;
use crate::support::background::{Background, await_listener};
use crate::support::tool::run;
use anyhow::{Context, Result};
use greet::protocol::groups;
use std::env;

crate::tests![greets, listens, listens_on_tokio];

fn greets() -> Result<()> {
    let printed = run(&example("greet")?, &[])?.output()?;
    assert!(printed.starts_with("Good day, World. "), "{printed}");
    assert!(printed.ends_with(" (greeting 1)\n"), "{printed}");
    Ok(())
}

fn listens() -> Result<()> {
    tells_who_is_greeted("listen")
}

fn listens_on_tokio() -> Result<()> {
    tells_who_is_greeted("listen_tokio")
}

fn tells_who_is_greeted(name: &str) -> Result<()> {
    let listener = Background::start(&example(name)?, &[])?;
    let mut client = Client::open()?;
    await_listener(client.group(groups::CONFIG)?)?;
    client.greet("World")?;
    client.set_default_style(1)?;
    client.greet("Moon")?;
    let run = listener.end()?;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(run.stdout, "World was greeted\nMoon was greeted\n");
    Ok(())
}

/// An example, which is built along with this program.
fn example(name: &str) -> Result<String> {
    let suite = env::current_exe()?;
    let folder = suite.parent().context("a folder")?.join("examples");
    let path = folder.join(name);
    Ok(path.to_str().context("a path is not UTF-8")?.to_owned())
}
