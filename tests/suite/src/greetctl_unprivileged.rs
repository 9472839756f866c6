// SPDX-License-Identifier: MIT OR Apache-2.0

//! greetctl as an unprivileged user: exit status and message of each command. No name and no
//! argument sends control sequences to the terminal.

use crate::raw::Client;
use crate::support::background::{Background, wait_for_listener};
use crate::support::module::Unloaded;
use crate::support::scale::some;
use crate::support::tool::{Run, as_nobody, public_greetctl, run_as_nobody, run_command};
use anyhow::{Result, ensure};
use greet::protocol::groups;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

crate::tests![
    commands_without_capabilities_succeed,
    admin_commands_print_eperm,
    invalid_names_print_the_extack,
    netns_prints_eperm,
    wrong_usage_prints_the_usage,
    a_missing_family_has_exit_status_3,
    names_in_arguments_send_no_control_sequences,
    invalid_arguments_send_no_control_sequences,
    names_in_dumps_send_no_control_sequences,
    names_in_events_send_no_control_sequences,
];

const FAILED: i32 = 1;
const USAGE: i32 = 2;
const NO_FAMILY: i32 = 3;

/// Commands for anyone.
const FOR_ANYONE: [&[&str]; 11] = [
    &["greet", "World"],
    &["greet", "World", "--no-ack"],
    &["greet", "World", "--style", "formal", "--cookie", "c0ffee"],
    &["peers"],
    &["peers", "World"],
    &["stats"],
    &["stats", "--format", "prometheus"],
    &["settings"],
    &["monitor", "--timeout", "10ms"],
    &["family"],
    &["bench", "--count", "10"],
];

/// Commands that need `CAP_NET_ADMIN`.
const FOR_ADMINS: [(&[&str], &str); 3] = [
    (&["forget", "World"], "forget"),
    (&["settings", "set", "--peer-limit", "7"], "settings set"),
    (
        &["settings", "set", "--default-style", "formal"],
        "settings set",
    ),
];

/// Commands that use no kernel interface.
const WITHOUT_KERNEL: [&[&str]; 4] = [
    &["--help"],
    &["--version"],
    &["completions", "bash"],
    &["man"],
];

/// Sequences that erase the screen, set the window's title and use a one-character introducer, and
/// other control characters.
const CONTROLS: [&str; 7] = [
    "a\u{1b}[2Jb",
    "\u{1b}]0;title\u{7}",
    "\u{9b}2J",
    "a\rb",
    "a\nb",
    "a\u{8}\u{8}b",
    "\u{7f}",
];

/// Valid names with bidirectional marks or line separators.
const MARKS: [&str; 5] = [
    "a\u{202e}b",
    "a\u{2066}b\u{2069}",
    "a\u{200f}b",
    "a\u{61c}b",
    "a\u{2028}b\u{2029}c",
];

fn commands_without_capabilities_succeed() -> Result<()> {
    let program = public_greetctl()?;
    for args in FOR_ANYONE.iter().chain(&WITHOUT_KERNEL) {
        let run = run_as_nobody(&program, args)?;
        ensure!(run.code == 0, "{args:?}: {run:?}");
        let is_monitor = args[0] == "monitor";
        ensure!(run.stdout.is_empty() == is_monitor, "{args:?}: {run:?}");
        let expected = if is_monitor {
            "listening to greetings and config; Ctrl-C ends\nno events received\n"
        } else {
            ""
        };
        ensure!(run.stderr == expected, "{args:?}: {run:?}");
    }
    Ok(())
}

fn admin_commands_print_eperm() -> Result<()> {
    let program = public_greetctl()?;
    let mut client = Client::open()?;
    client.greet("World")?;
    let (peer, settings) = (client.peer("World")?, client.settings()?);
    for (args, command) in FOR_ADMINS {
        for more in [&[][..], &["--json"]] {
            let run = run_as_nobody(&program, &[args, more].concat())?;
            let sentence = format!(
                "{command}: Operation not permitted (EPERM); it needs CAP_NET_ADMIN over the \
                 network namespace; try sudo"
            );
            assert_fails(&run, FAILED, &sentence);
        }
    }
    assert_eq!(
        (client.peer("World")?, client.settings()?),
        (peer, settings)
    );
    Ok(())
}

fn invalid_names_print_the_extack() -> Result<()> {
    let program = public_greetctl()?;
    let long = "n".repeat(65);
    let longest = "Attribute failed policy validation (EINVAL); attribute name takes a string of at \
                   most 64 bytes";
    for (args, sentence) in [
        (
            ["greet", ""],
            "greet: name is empty (EINVAL); attribute name",
        ),
        (["greet", &long], &format!("greet: {longest}")),
        (["peers", &long], &format!("peers: {longest}")),
        (
            ["peers", "unknown"],
            "peers: no peer has this name (ENOENT); attribute name",
        ),
    ] {
        assert_fails(&run_as_nobody(&program, &args)?, FAILED, sentence);
    }
    Ok(())
}

fn netns_prints_eperm() -> Result<()> {
    let args = ["--netns", "/proc/self/ns/net", "stats"];
    let sentence = "cannot enter the network namespace /proc/self/ns/net: Operation not permitted \
                    (EPERM); it needs CAP_SYS_ADMIN; try sudo";
    assert_fails(
        &run_as_nobody(&public_greetctl()?, &args)?,
        FAILED,
        sentence,
    );
    Ok(())
}

fn wrong_usage_prints_the_usage() -> Result<()> {
    let program = public_greetctl()?;
    for args in [&[][..], &["greet"], &["frobnicate"], &["peers", "a", "b"]] {
        let run = run_as_nobody(&program, args)?;
        assert_eq!((run.code, run.stdout.as_str()), (USAGE, ""), "{args:?}");
        ensure!(run.stderr.contains("Usage: greetctl"), "{args:?}: {run:?}");
    }
    Ok(())
}

fn a_missing_family_has_exit_status_3() -> Result<()> {
    let program = public_greetctl()?;
    let unloaded = Unloaded::unload()?;
    let admins = FOR_ADMINS.iter().map(|(args, _)| args);
    let runs: Result<Vec<_>> = FOR_ANYONE
        .iter()
        .chain(admins)
        .map(|args| run_as_nobody(&program, args))
        .collect();
    unloaded.reload()?;
    let sentence = "the kernel has no generic netlink family \"greet\"; load its module with \
                    \"modprobe greet\"";
    for run in runs? {
        assert_fails(&run, NO_FAMILY, sentence);
    }
    Ok(())
}

fn names_in_arguments_send_no_control_sequences() -> Result<()> {
    let program = public_greetctl()?;
    let mut client = Client::open()?;
    // The commands for `peers` are sampled independently of `greet`, so the peers must exist.
    for name in MARKS {
        client.greet(name)?;
    }
    for (place, &name) in CONTROLS.iter().chain(&MARKS).enumerate() {
        let commands = [
            &["greet", "--", name][..],
            &["greet", "--json", "--", name],
            &["greet", "--no-ack", "--", name],
            &["peers", "--", name],
            &["peers", "--json", "--", name],
            &["forget", "--", name],
        ];
        for command in some(place, commands) {
            let run = run_with_color(&program, &[&["-vvv"], command].concat())?;
            assert_no_control_sequences(&run, command);
            let fails = CONTROLS.contains(&name) || command[0] == "forget";
            ensure!(
                run.code == if fails { FAILED } else { 0 },
                "{command:?}: {run:?}"
            );
        }
    }
    Ok(())
}

fn invalid_arguments_send_no_control_sequences() -> Result<()> {
    let program = public_greetctl()?;
    for (place, &text) in CONTROLS.iter().chain(&MARKS).enumerate() {
        let option = format!("--{text}");
        let invalid = [
            &[text][..],
            &[&option],
            &["greet", "World", text],
            &["greet", "World", &option],
            &["greet", "World", "--style", text],
            &["greet", "World", "--cookie", text],
            &["monitor", "--count", text],
            &["monitor", "--timeout", text],
            &["monitor", "--group", text],
            &["settings", text],
            &["settings", "set", "--peer-limit", text],
            &["bench", "--batch", text],
            &["completions", text],
            &["stats", "--watch", text],
            &["--color", text, "stats"],
        ];
        for args in some(place, invalid) {
            let run = run_with_color(&program, args)?;
            assert_no_control_sequences(&run, args);
            assert_eq!((run.code, run.stdout.as_str()), (USAGE, ""), "{args:?}");
            ensure!(run.stderr.contains("error:"), "{args:?}: {run:?}");
        }
    }
    // Invalid UTF-8 is a usage error.
    let bad = OsStr::from_bytes(b"a\x9bb");
    let run = run_command(as_nobody(&program).arg("greet").arg(bad))?;
    assert_eq!((run.code, run.stdout.as_str()), (USAGE, ""));
    assert_no_control_sequences(&run, &["greet"]);
    Ok(())
}

fn names_in_dumps_send_no_control_sequences() -> Result<()> {
    let program = public_greetctl()?;
    let mut client = Client::open()?;
    for name in MARKS {
        client.greet(name)?;
    }
    for name in CONTROLS {
        client.greet(name).expect_err("a control character");
    }
    let lists = [&["peers", "-vvv"][..], &["peers", "--json", "-vvv"]];
    for args in some(0, lists) {
        let run = run_with_color(&program, args)?;
        assert_no_control_sequences(&run, args);
        let names = run.stdout.lines().filter(|line| line.contains("\\u"));
        assert_eq!(names.count(), MARKS.len(), "{args:?}: {run:?}");
    }
    Ok(())
}

fn names_in_events_send_no_control_sequences() -> Result<()> {
    let program = public_greetctl()?;
    let count = MARKS.len().to_string();
    for more in [&[][..], &["--json"]] {
        let monitor = ["-vvv", "monitor", "--count", &count];
        let monitor = Background::start_command(as_nobody(&program).args(monitor).args(more))?;
        let mut client = Client::open()?;
        wait_for_listener(client.group(groups::GREETINGS)?)?;
        for name in MARKS {
            client.greet(name)?;
        }
        let run = monitor.wait()?;
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(run.stdout.lines().count(), MARKS.len(), "{run:?}");
        assert_no_control_sequences(&run, more);
    }
    Ok(())
}

/// Runs greetctl with colors as on a terminal, where it does not strip its own sequences.
fn run_with_color(program: &str, args: &[&str]) -> Result<Run> {
    run_command(as_nobody(program).env("CLICOLOR_FORCE", "1").args(args))
}

/// Asserts that one line on standard error is the only output.
fn assert_fails(run: &Run, code: i32, sentence: &str) {
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (code, "", format!("greetctl: {sentence}\n").as_str())
    );
}

fn assert_no_control_sequences(run: &Run, args: &[&str]) {
    for printed in [&run.stdout, &run.stderr] {
        let found = without_colors(printed)
            .chars()
            .find(|c| is_control_or_bidi(*c));
        assert_eq!(found, None, "{args:?}: {printed:?}");
    }
}

/// Removes the sequences that set colors and styles.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match rest.strip_prefix('m') {
            Some(rest) => plain += rest,
            None => plain += &format!("\u{1b}[{part}"),
        }
    }
    plain
}

/// Returns whether a character controls the terminal. The list is independent of greetctl's.
fn is_control_or_bidi(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
