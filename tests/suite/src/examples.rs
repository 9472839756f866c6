// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs examples.

use crate::raw::Client;
use crate::support::background::{Background, wait_for_listener};
use crate::support::tool::{Run, project_file, run};
use anyhow::{Context, Result};
use greet::protocol::groups;
use std::env;

crate::tests![
    greet_prints_the_message,
    listen_prints_events,
    listen_tokio_prints_events,
    any_family_prints_replies_by_the_names_of_a_spec,
    any_family_prints_errors_by_the_names_of_a_spec,
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

fn any_family_prints_replies_by_the_names_of_a_spec() -> Result<()> {
    let greeted = any_family("policy/greet.yaml", &["do", "greet", "name=World"])?.output()?;
    let message = "    message: \"Hello, World! Your message from port ";
    assert!(greeted.contains(message), "{greeted}");
    assert!(greeted.contains("    style: casual,\n"), "{greeted}");
    let peers = any_family("policy/greet.yaml", &["dump", "peer-get"])?.output()?;
    assert!(peers.starts_with("{\n    name: \"World\",\n"), "{peers}");

    let nlctrl = any_family(
        "policy/nlctrl.yaml",
        &["do", "getfamily", "family-name=greet"],
    )?;
    let nlctrl = nlctrl.output()?;
    let operation = "        1: {\n            id: 1,\n            flags: cmd-cap-do|";
    assert!(nlctrl.contains(operation), "{nlctrl}");
    Ok(())
}

fn any_family_prints_errors_by_the_names_of_a_spec() -> Result<()> {
    let run = any_family("policy/greet.yaml", &["do", "greet", "name="])?;
    let expected = "greet: name is empty (EINVAL); attribute name\n";
    assert_eq!((run.code, run.stderr.as_str()), (1, expected));
    let run = any_family("policy/greet.yaml", &["do", "peer-get"])?;
    assert!(
        run.stderr.ends_with("; attribute name is missing\n"),
        "{run:?}"
    );
    Ok(())
}

fn any_family(spec: &str, args: &[&str]) -> Result<Run> {
    let spec = project_file(spec)?;
    run(&example("any_family")?, &[&[spec.as_str()], args].concat())
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
