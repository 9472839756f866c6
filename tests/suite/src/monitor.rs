// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl monitor`.

use crate::raw::{Client, Request};
use crate::support::background::{Background, await_listener};
use crate::support::load::Load;
use crate::support::module::{Unloaded, load_shelf, unload_shelf};
use crate::support::scale::some;
use crate::support::tool::{Run, greetctl};
use anyhow::{Context, Result};
use greet::protocol::greeting::{COOKIE, STYLE};
use greet::protocol::groups;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};

crate::tests![
    shows_events_as_they_come,
    shows_events_as_json,
    ends_after_as_many_as_it_was_told,
    ends_when_nothing_comes,
    waits_anew_after_each_event,
    other_families_do_not_make_it_wait_anew,
    hears_only_the_group_that_it_was_told,
    ctrl_c_ends_it_with_a_summary,
    sigterm_ends_it_too,
    ctrl_c_ends_it_while_events_pour_in,
    says_that_events_were_lost,
    says_that_the_family_went_and_came,
    names_of_others_cannot_steer_the_terminal,
    ends_quietly_when_its_pipe_is_closed,
    says_which_groups_it_listens_to,
    timestamps_are_those_of_ip_monitor,
    timestamps_are_rfc_3339_in_json,
    hears_nothing_of_other_namespaces,
];

/// The first line on standard error.
const LISTENING: &str = "listening to greetings and config; Ctrl-C ends\n";

fn shows_events_as_they_come() -> Result<()> {
    let (monitor, mut client) = started(&["--count", "3"])?;
    client.ask(&Request::greet().name("World").u32(STYLE, 1))?;
    monitor.await_lines(1)?;
    client.greet_quietly(["Moon"])?;
    client.set_peer_limit(7)?;
    let port = client.port();
    let expected = format!(
        "greeted #1 World (formal) from port {port}
greeted #2 Moon (casual) from port {port}
settings: default style casual, peer limit 7
"
    );
    assert_ends(monitor, &expected, "3 events received\n")
}

fn shows_events_as_json() -> Result<()> {
    let (monitor, mut client) = started(&["--json", "--count", "2"])?;
    client.ask(&Request::greet().name("Ünï").attr(COOKIE, &[7; 8]))?;
    client.set_default_style(2)?;
    let port = client.port();
    let expected = [
        json!({
            "event": "greeted",
            "id": 1,
            "name": "Ünï",
            "style": "casual",
            "message": format!(
                "Hello, Ünï! Your message from port {port} has been processed by the kernel."
            ),
            "portid": port,
        }),
        json!({"event": "settings", "default_style": "enthusiastic", "peer_limit": 1024}),
    ];
    let run = monitor.end()?;
    let lines = run.stdout.lines().map(serde_json::from_str);
    let lines: Vec<Value> = lines.collect::<Result<_, _>>()?;
    assert_eq!(lines, expected);
    Ok(())
}

fn ends_after_as_many_as_it_was_told() -> Result<()> {
    let (monitor, mut client) = started(&["--count", "1"])?;
    client.greet_quietly(["World", "Moon", "Sun"])?;
    let expected = format!("greeted #1 World (casual) from port {}\n", client.port());
    assert_ends(monitor, &expected, "1 event received\n")
}

fn ends_when_nothing_comes() -> Result<()> {
    let start = Instant::now();
    let run = greetctl(&["monitor", "--timeout", "0.5"])?;
    assert!(start.elapsed() >= Duration::from_millis(500));
    assert_run(&run, "", "no events received\n");
    Ok(())
}

fn waits_anew_after_each_event() -> Result<()> {
    let (monitor, mut client) = started(&["--timeout", "1"])?;
    let start = Instant::now();
    for number in 1..=4 {
        thread::sleep(Duration::from_millis(400));
        client.greet("World")?;
        monitor.await_lines(number)?;
    }
    let run = monitor.end()?;
    assert!(start.elapsed() >= Duration::from_millis(4 * 400 + 1_000));
    assert_eq!(run.stderr, format!("{LISTENING}4 events received\n"));
    Ok(())
}

/// What nlctrl announces of them wakes a listener.
fn other_families_do_not_make_it_wait_anew() -> Result<()> {
    let (monitor, _) = started(&["--timeout", "1"])?;
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(3) {
        load_shelf()?;
        unload_shelf()?;
        thread::sleep(Duration::from_millis(50));
    }
    let run = monitor.end_now()?;
    assert_run(&run, "", "no events received\n");
    Ok(())
}

fn hears_only_the_group_that_it_was_told() -> Result<()> {
    for (group, expected) in [
        (groups::GREETINGS, "greeted #1 World"),
        (groups::CONFIG, "settings: default style formal"),
    ] {
        let monitor =
            Background::start("greetctl", &["monitor", "--group", group, "--count", "1"])?;
        let mut client = Client::open()?;
        await_listener(client.group(group)?)?;
        match group {
            groups::GREETINGS => client.set_default_style(2)?,
            _ => drop(client.greet("Moon")?),
        }
        match group {
            groups::GREETINGS => drop(client.greet("World")?),
            _ => client.set_default_style(1)?,
        }
        let run = monitor.end()?;
        assert!(run.stdout.starts_with(expected), "{group}: {run:?}");
    }
    Ok(())
}

fn ctrl_c_ends_it_with_a_summary() -> Result<()> {
    ends_at(Signal::INT)
}

fn sigterm_ends_it_too() -> Result<()> {
    ends_at(Signal::TERM)
}

fn ends_at(signal: Signal) -> Result<()> {
    let (monitor, mut client) = started(&[])?;
    client.greet("World")?;
    monitor.await_lines(1)?;
    monitor.signal(signal)?;
    let expected = format!("greeted #1 World (casual) from port {}\n", client.port());
    assert_ends(monitor, &expected, "1 event received\n")
}

fn ctrl_c_ends_it_while_events_pour_in() -> Result<()> {
    let (monitor, _) = started(&[])?;
    let greet = |client: &mut Client, _| client.greet_quietly(["World"; 20]);
    let (run, _) = Load::of(&[&greet, &greet]).during(|| {
        monitor.await_lines(100)?;
        monitor.signal(Signal::INT)?;
        monitor.end()
    })?;
    assert_eq!(run.code, 0);
    let summary = run
        .stderr
        .strip_prefix(LISTENING)
        .context("not listening")?;
    assert!(
        summary.lines().count() == 1 && summary.ends_with(" events received\n"),
        "{summary:?}"
    );
    Ok(())
}

fn says_that_events_were_lost() -> Result<()> {
    const GREETINGS: usize = 20_000;

    for json in some(0, [false, true]) {
        let (monitor, mut client) = started(if json { &["--json"] } else { &[] })?;
        monitor.signal(Signal::STOP)?;
        client.greet_quietly(["World"; GREETINGS])?;
        monitor.signal(Signal::CONT)?;
        let note = match json {
            false => "events were lost, since they came faster than they were read",
            true => r#"{"event":"lagged"}"#,
        };
        // Behind what was kept, and before what comes then.
        monitor.await_text(&format!("{note}\n"))?;
        client.greet("Moon")?;
        monitor.await_text("Moon")?;
        monitor.signal(Signal::INT)?;
        let run = monitor.end()?;
        let lines: Vec<_> = run.stdout.lines().collect();
        assert!(
            (3..GREETINGS).contains(&lines.len()),
            "{} lines",
            lines.len()
        );
        assert!(lines[0].contains("World"), "{}", lines[0]);
        assert_eq!(lines[lines.len() - 2], note);
        assert!(
            run.stderr.ends_with("; some were lost once\n"),
            "{}",
            run.stderr
        );
    }
    Ok(())
}

fn says_that_the_family_went_and_came() -> Result<()> {
    let (monitor, mut client) = started(&["--count", "1"])?;
    let unloaded = Unloaded::begin()?;
    monitor.await_lines(1)?;
    unloaded.end()?;
    monitor.await_lines(2)?;
    client.resolve()?;
    client.greet("World")?;
    let expected = format!(
        "the family is gone\nthe family is back\ngreeted #1 World (casual) from port {}\n",
        client.port()
    );
    assert_ends(monitor, &expected, "1 event received\n")
}

fn names_of_others_cannot_steer_the_terminal() -> Result<()> {
    let name = "a\u{202e}b\u{2028}c";
    for json in [false, true] {
        let args = ["--count", "1", "--json"];
        let (monitor, mut client) = started(&args[..if json { 3 } else { 2 }])?;
        client.greet(name)?;
        let run = monitor.end()?;
        let shown = match json {
            false => r"a\u{202e}b\u{2028}c (casual)",
            true => r#""a\u202eb\u2028c""#,
        };
        assert!(run.stdout.contains(shown), "{run:?}");
        assert!(!run.stdout.contains(['\u{202e}', '\u{2028}']), "{run:?}");
    }
    Ok(())
}

fn ends_quietly_when_its_pipe_is_closed() -> Result<()> {
    let script = "set -o pipefail; greetctl monitor | head -n 1";
    let monitor = Background::start("bash", &["-c", script])?;
    let mut client = listened_to()?;
    client.greet("World")?;
    monitor.await_lines(1)?;
    // `head` may not have ended yet.
    let greet = |client: &mut Client, _| {
        thread::sleep(Duration::from_millis(20));
        client.greet("World").map(drop)
    };
    let (run, _) = Load::of(&[&greet]).during(|| monitor.end())?;
    assert_eq!((run.code, run.stderr.as_str()), (0, LISTENING));
    Ok(())
}

fn says_which_groups_it_listens_to() -> Result<()> {
    let run = greetctl(&["monitor", "--count", "0", "--group", groups::CONFIG])?;
    let expected = "listening to config; Ctrl-C ends\nno events received\n";
    assert_eq!((run.code, run.stderr.as_str()), (0, expected));
    Ok(())
}

fn timestamps_are_those_of_ip_monitor() -> Result<()> {
    for option in ["-t", "--timestamps"] {
        let (monitor, mut client) = started(&[option, "--count", "1"])?;
        client.greet("World")?;
        let shown = monitor.end()?.stdout;
        let (time, event) = shown.split_once("] ").context("no timestamp")?;
        // Such as [2026-11-28T23:33:54.654321]
        let digits = time.replace(|c: char| c.is_ascii_digit(), "0");
        assert_eq!(digits, "[0000-00-00T00:00:00.000000", "{shown}");
        assert!(event.starts_with("greeted #"), "{shown}");
    }
    Ok(())
}

fn timestamps_are_rfc_3339_in_json() -> Result<()> {
    let (monitor, mut client) = started(&["-t", "--json", "--count", "1"])?;
    client.greet("World")?;
    let shown: Value = serde_json::from_str(&monitor.end()?.stdout)?;
    let time = shown["timestamp"].as_str().context("no timestamp")?;
    let digits = time.replace(|c: char| c.is_ascii_digit(), "0");
    assert_eq!(digits, "0000-00-00T00:00:00.000000Z");
    assert_eq!(
        (&shown["event"], &shown["name"]),
        (&json!("greeted"), &json!("World"))
    );
    Ok(())
}

fn hears_nothing_of_other_namespaces() -> Result<()> {
    let (monitor, mut client) = started(&["--count", "1"])?;
    crate::support::namespace::in_new(|| Client::open()?.greet("elsewhere"))?;
    client.greet("here")?;
    let expected = format!("greeted #1 here (casual) from port {}\n", client.port());
    assert_ends(monitor, &expected, "1 event received\n")
}

/// A monitor that listens, and a client.
fn started(args: &[&str]) -> Result<(Background, Client)> {
    let monitor = Background::start("greetctl", &[&["monitor"], args].concat())?;
    Ok((monitor, listened_to()?))
}

/// A client to whose events and settings somebody listens.
fn listened_to() -> Result<Client> {
    let client = Client::open()?;
    await_listener(client.group(groups::GREETINGS)?)?;
    await_listener(client.group(groups::CONFIG)?)?;
    Ok(client)
}

fn assert_ends(monitor: Background, stdout: &str, summary: &str) -> Result<()> {
    assert_run(&monitor.end()?, stdout, summary);
    Ok(())
}

/// Asserts that a monitor printed `stdout`, and that `summary` is its last sentence.
fn assert_run(run: &Run, stdout: &str, summary: &str) {
    let stderr = format!("{LISTENING}{summary}");
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, stdout, stderr.as_str())
    );
}
