// SPDX-License-Identifier: MIT OR Apache-2.0

//! greetctl as a user without rights: each command's exit status and message; and whatever a name or
//! an argument is, nothing that it prints steers the terminal.

use crate::raw::Client;
use crate::support::background::{Background, await_listener};
use crate::support::module::Unloaded;
use crate::support::nobody::{as_nobody, public_greetctl, run_as_nobody};
use crate::support::scale::some;
use crate::support::tool::{Run, run_command};
use anyhow::{Result, ensure};
use greet::protocol::groups;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

crate::tests![
    may_do_what_changes_nothing,
    is_told_what_it_may_not_do,
    is_told_what_is_wrong,
    is_told_that_a_namespace_needs_rights,
    is_told_of_wrong_usage,
    is_told_that_the_family_is_absent,
    no_name_that_it_is_given_steers_the_terminal,
    no_argument_that_it_refuses_steers_the_terminal,
    no_name_of_others_steers_the_terminal,
    no_event_steers_the_terminal,
];

const FAILED: i32 = 1;
const USAGE: i32 = 2;
const ABSENT: i32 = 3;

/// What may be done by anyone.
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

/// What takes `CAP_NET_ADMIN`.
const FOR_ADMINS: [(&[&str], &str); 3] = [
    (&["forget", "World"], "forget"),
    (&["settings", "set", "--peer-limit", "7"], "settings set"),
    (
        &["settings", "set", "--default-style", "formal"],
        "settings set",
    ),
];

/// What has no part in the kernel.
const WITHOUT_KERNEL: [&[&str]; 4] = [
    &["--help"],
    &["--version"],
    &["completions", "bash"],
    &["man"],
];

/// Erases the screen; sets the window's title; the same introducer as one character; and others that
/// are control characters.
const CONTROLS: [&str; 7] = [
    "a\u{1b}[2Jb",
    "\u{1b}]0;title\u{7}",
    "\u{9b}2J",
    "a\rb",
    "a\nb",
    "a\u{8}\u{8}b",
    "\u{7f}",
];

/// Names that the kernel takes, and that turn the direction of what stands beside them, or break its
/// line.
const MARKS: [&str; 5] = [
    "a\u{202e}b",
    "a\u{2066}b\u{2069}",
    "a\u{200f}b",
    "a\u{61c}b",
    "a\u{2028}b\u{2029}c",
];

fn may_do_what_changes_nothing() -> Result<()> {
    let program = public_greetctl()?;
    for args in FOR_ANYONE.iter().chain(&WITHOUT_KERNEL) {
        let run = run_as_nobody(&program, args)?;
        ensure!(run.code == 0, "{args:?}: {run:?}");
        let is_monitor = args[0] == "monitor";
        ensure!(run.stdout.is_empty() == is_monitor, "{args:?}: {run:?}");
        let said = if is_monitor {
            "listening to greetings and config; Ctrl-C ends\nno events received\n"
        } else {
            ""
        };
        ensure!(run.stderr == said, "{args:?}: {run:?}");
    }
    Ok(())
}

fn is_told_what_it_may_not_do() -> Result<()> {
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

fn is_told_what_is_wrong() -> Result<()> {
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
            ["peers", "nobody"],
            "peers: nobody of that name was greeted (ENOENT); attribute name",
        ),
    ] {
        assert_fails(&run_as_nobody(&program, &args)?, FAILED, sentence);
    }
    Ok(())
}

fn is_told_that_a_namespace_needs_rights() -> Result<()> {
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

fn is_told_of_wrong_usage() -> Result<()> {
    let program = public_greetctl()?;
    for args in [&[][..], &["greet"], &["frobnicate"], &["peers", "a", "b"]] {
        let run = run_as_nobody(&program, args)?;
        assert_eq!((run.code, run.stdout.as_str()), (USAGE, ""), "{args:?}");
        ensure!(run.stderr.contains("Usage: greetctl"), "{args:?}: {run:?}");
    }
    Ok(())
}

fn is_told_that_the_family_is_absent() -> Result<()> {
    let program = public_greetctl()?;
    let unloaded = Unloaded::begin()?;
    let admins = FOR_ADMINS.iter().map(|(args, _)| args);
    let runs: Result<Vec<_>> = FOR_ANYONE
        .iter()
        .chain(admins)
        .map(|args| run_as_nobody(&program, args))
        .collect();
    unloaded.end()?;
    let sentence = "the kernel has no generic netlink family \"greet\"; load its module with \
                    \"modprobe greet\"";
    for run in runs? {
        assert_fails(&run, ABSENT, sentence);
    }
    Ok(())
}

fn no_name_that_it_is_given_steers_the_terminal() -> Result<()> {
    let program = public_greetctl()?;
    let mut client = Client::open()?;
    // `peers` may be tried of a name that `greet` was not.
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
            let run = in_colour(&program, &[&["-vvv"], command].concat())?;
            assert_steers_nothing(&run, command);
            let is_refused = CONTROLS.contains(&name) || command[0] == "forget";
            ensure!(
                run.code == if is_refused { FAILED } else { 0 },
                "{command:?}: {run:?}"
            );
        }
    }
    Ok(())
}

fn no_argument_that_it_refuses_steers_the_terminal() -> Result<()> {
    let program = public_greetctl()?;
    for (place, &text) in CONTROLS.iter().chain(&MARKS).enumerate() {
        let option = format!("--{text}");
        let refused = [
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
        for args in some(place, refused) {
            let run = in_colour(&program, args)?;
            assert_steers_nothing(&run, args);
            assert_eq!((run.code, run.stdout.as_str()), (USAGE, ""), "{args:?}");
            ensure!(run.stderr.contains("error:"), "{args:?}: {run:?}");
        }
    }
    // What is no UTF-8 is no name.
    let bad = OsStr::from_bytes(b"a\x9bb");
    let run = run_command(as_nobody(&program).arg("greet").arg(bad))?;
    assert_eq!((run.code, run.stdout.as_str()), (USAGE, ""));
    assert_steers_nothing(&run, &["greet"]);
    Ok(())
}

fn no_name_of_others_steers_the_terminal() -> Result<()> {
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
        let run = in_colour(&program, args)?;
        assert_steers_nothing(&run, args);
        let names = run.stdout.lines().filter(|line| line.contains("\\u"));
        assert_eq!(names.count(), MARKS.len(), "{args:?}: {run:?}");
    }
    Ok(())
}

fn no_event_steers_the_terminal() -> Result<()> {
    let program = public_greetctl()?;
    let count = MARKS.len().to_string();
    for more in [&[][..], &["--json"]] {
        let monitor = ["-vvv", "monitor", "--count", &count];
        let monitor = Background::start_command(as_nobody(&program).args(monitor).args(more))?;
        let mut client = Client::open()?;
        await_listener(client.group(groups::GREETINGS)?)?;
        for name in MARKS {
            client.greet(name)?;
        }
        let run = monitor.end()?;
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(run.stdout.lines().count(), MARKS.len(), "{run:?}");
        assert_steers_nothing(&run, more);
    }
    Ok(())
}

/// Runs greetctl as it is on a terminal with colours, where what it prints is not cleaned.
fn in_colour(program: &str, args: &[&str]) -> Result<Run> {
    run_command(as_nobody(program).env("CLICOLOR_FORCE", "1").args(args))
}

/// Asserts that nothing was printed but one sentence, for people.
fn assert_fails(run: &Run, code: i32, sentence: &str) {
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (code, "", format!("greetctl: {sentence}\n").as_str())
    );
}

fn assert_steers_nothing(run: &Run, args: &[&str]) {
    for printed in [&run.stdout, &run.stderr] {
        let steers = without_colours(printed).chars().find(|c| can_steer(*c));
        assert_eq!(steers, None, "{args:?}: {printed:?}");
    }
}

/// Text without the sequences that set how what follows looks, and do no more.
fn without_colours(text: &str) -> String {
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

/// By the tests' own list.
fn can_steer(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
