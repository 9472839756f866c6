// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl monitor`: output, summary and end.

use crate::raw::{Client, Request};
use crate::support::background::{Background, Load, wait_for_listener};
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
    prints_events_as_text,
    prints_events_as_json,
    count_limits_the_events,
    timeout_ends_the_monitor_without_events,
    each_event_restarts_the_timeout,
    other_families_do_not_restart_the_timeout,
    group_selects_the_events,
    sigint_prints_a_summary,
    sigterm_prints_a_summary,
    sigint_during_many_events_prints_a_summary,
    lost_events_are_reported,
    a_reload_of_the_family_is_reported,
    bidirectional_characters_are_escaped,
    a_closed_pipe_ends_the_monitor_silently,
    the_groups_are_printed_at_start,
    timestamps_have_the_format_of_ip_monitor,
    json_timestamps_are_rfc_3339,
    events_of_other_namespaces_are_not_received,
];

/// First line on standard error.
const LISTENING: &str = "listening to greetings and config; Ctrl-C ends\n";

fn prints_events_as_text() -> Result<()> {
    let (monitor, mut client) = start_monitor(&["--count", "3"])?;
    client.request(&Request::greet().name("World").u32(STYLE, 1))?;
    monitor.wait_for_lines(1)?;
    client.greet_unacknowledged(["Moon"])?;
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

fn prints_events_as_json() -> Result<()> {
    let (monitor, mut client) = start_monitor(&["--json", "--count", "2"])?;
    client.request(&Request::greet().name("Ünï").attr(COOKIE, &[7; 8]))?;
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
    let run = monitor.wait()?;
    let lines = run.stdout.lines().map(serde_json::from_str);
    let lines: Vec<Value> = lines.collect::<Result<_, _>>()?;
    assert_eq!(lines, expected);
    Ok(())
}

fn count_limits_the_events() -> Result<()> {
    let (monitor, mut client) = start_monitor(&["--count", "1"])?;
    client.greet_unacknowledged(["World", "Moon", "Sun"])?;
    let expected = format!("greeted #1 World (casual) from port {}\n", client.port());
    assert_ends(monitor, &expected, "1 event received\n")
}

fn timeout_ends_the_monitor_without_events() -> Result<()> {
    let start = Instant::now();
    let run = greetctl(&["monitor", "--timeout", "0.5"])?;
    assert!(start.elapsed() >= Duration::from_millis(500));
    assert_run(&run, "", "no events received\n");
    Ok(())
}

fn each_event_restarts_the_timeout() -> Result<()> {
    let (monitor, mut client) = start_monitor(&["--timeout", "1"])?;
    let start = Instant::now();
    for number in 1..=4 {
        thread::sleep(Duration::from_millis(400));
        client.greet("World")?;
        monitor.wait_for_lines(number)?;
    }
    let run = monitor.wait()?;
    assert!(start.elapsed() >= Duration::from_millis(4 * 400 + 1_000));
    assert_eq!(run.stderr, format!("{LISTENING}4 events received\n"));
    Ok(())
}

/// Notifications of nlctrl about other families wake the listener.
fn other_families_do_not_restart_the_timeout() -> Result<()> {
    let (monitor, _) = start_monitor(&["--timeout", "1"])?;
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(3) {
        load_shelf()?;
        unload_shelf()?;
        thread::sleep(Duration::from_millis(50));
    }
    let run = monitor.try_wait()?;
    assert_run(&run, "", "no events received\n");
    Ok(())
}

fn group_selects_the_events() -> Result<()> {
    for (group, expected) in [
        (groups::GREETINGS, "greeted #1 World"),
        (groups::CONFIG, "settings: default style formal"),
    ] {
        let monitor =
            Background::start("greetctl", &["monitor", "--group", group, "--count", "1"])?;
        let mut client = Client::open()?;
        wait_for_listener(client.group(group)?)?;
        match group {
            groups::GREETINGS => client.set_default_style(2)?,
            _ => drop(client.greet("Moon")?),
        }
        match group {
            groups::GREETINGS => drop(client.greet("World")?),
            _ => client.set_default_style(1)?,
        }
        let run = monitor.wait()?;
        assert!(run.stdout.starts_with(expected), "{group}: {run:?}");
    }
    Ok(())
}

fn sigint_prints_a_summary() -> Result<()> {
    ends_at(Signal::INT)
}

fn sigterm_prints_a_summary() -> Result<()> {
    ends_at(Signal::TERM)
}

fn ends_at(signal: Signal) -> Result<()> {
    let (monitor, mut client) = start_monitor(&[])?;
    client.greet("World")?;
    monitor.wait_for_lines(1)?;
    monitor.signal(signal)?;
    let expected = format!("greeted #1 World (casual) from port {}\n", client.port());
    assert_ends(monitor, &expected, "1 event received\n")
}

fn sigint_during_many_events_prints_a_summary() -> Result<()> {
    let (monitor, _) = start_monitor(&[])?;
    let greet = |client: &mut Client, _| client.greet_unacknowledged(["World"; 20]);
    let (run, _) = Load::new(&[&greet, &greet]).during(|| {
        monitor.wait_for_lines(100)?;
        monitor.signal(Signal::INT)?;
        monitor.wait()
    })?;
    assert_eq!(run.code, 0);
    let summary = run
        .stderr
        .strip_prefix(LISTENING)
        .context("expected the first line")?;
    assert!(
        summary.lines().count() == 1 && summary.ends_with(" events received\n"),
        "{summary:?}"
    );
    Ok(())
}

fn lost_events_are_reported() -> Result<()> {
    const GREETINGS: usize = 20_000;

    for json in some(0, [false, true]) {
        let (monitor, mut client) = start_monitor(if json { &["--json"] } else { &[] })?;
        monitor.signal(Signal::STOP)?;
        client.greet_unacknowledged(["World"; GREETINGS])?;
        monitor.signal(Signal::CONT)?;
        let note = match json {
            false => "events were lost, since they came faster than they were read",
            true => r#"{"event":"lagged"}"#,
        };
        // The note follows the queued events and precedes later ones.
        monitor.wait_for_text(&format!("{note}\n"))?;
        client.greet("Moon")?;
        monitor.wait_for_text("Moon")?;
        monitor.signal(Signal::INT)?;
        let run = monitor.wait()?;
        let lines: Vec<_> = run.stdout.lines().collect();
        assert!(
            (3..GREETINGS).contains(&lines.len()),
            "expected a loss and a few events, got {} lines",
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

fn a_reload_of_the_family_is_reported() -> Result<()> {
    let (monitor, mut client) = start_monitor(&["--count", "1"])?;
    let unloaded = Unloaded::unload()?;
    monitor.wait_for_lines(1)?;
    unloaded.reload()?;
    monitor.wait_for_lines(2)?;
    client.resolve()?;
    client.greet("World")?;
    let expected = format!(
        "the family is gone\nthe family is back\ngreeted #1 World (casual) from port {}\n",
        client.port()
    );
    assert_ends(monitor, &expected, "1 event received\n")
}

fn bidirectional_characters_are_escaped() -> Result<()> {
    let name = "a\u{202e}b\u{2028}c";
    for json in [false, true] {
        let args = ["--count", "1", "--json"];
        let (monitor, mut client) = start_monitor(&args[..if json { 3 } else { 2 }])?;
        client.greet(name)?;
        let run = monitor.wait()?;
        let shown = match json {
            false => r"a\u{202e}b\u{2028}c (casual)",
            true => r#""a\u202eb\u2028c""#,
        };
        assert!(run.stdout.contains(shown), "{run:?}");
        assert!(!run.stdout.contains(['\u{202e}', '\u{2028}']), "{run:?}");
    }
    Ok(())
}

fn a_closed_pipe_ends_the_monitor_silently() -> Result<()> {
    let script = "set -o pipefail; greetctl monitor | head -n 1";
    let monitor = Background::start("bash", &["-c", script])?;
    let mut client = client_with_listener()?;
    client.greet("World")?;
    monitor.wait_for_lines(1)?;
    // `head` may still run.
    let greet = |client: &mut Client, _| {
        thread::sleep(Duration::from_millis(20));
        client.greet("World").map(drop)
    };
    let (run, _) = Load::new(&[&greet]).during(|| monitor.wait())?;
    assert_eq!((run.code, run.stderr.as_str()), (0, LISTENING));
    Ok(())
}

fn the_groups_are_printed_at_start() -> Result<()> {
    let run = greetctl(&["monitor", "--count", "0", "--group", groups::CONFIG])?;
    let expected = "listening to config; Ctrl-C ends\nno events received\n";
    assert_eq!((run.code, run.stderr.as_str()), (0, expected));
    Ok(())
}

fn timestamps_have_the_format_of_ip_monitor() -> Result<()> {
    for option in ["-t", "--timestamps"] {
        let (monitor, mut client) = start_monitor(&[option, "--count", "1"])?;
        client.greet("World")?;
        let shown = monitor.wait()?.stdout;
        let (time, event) = shown.split_once("] ").context("expected a timestamp")?;
        // The format is [2026-11-28T23:33:54.654321].
        let digits = time.replace(|c: char| c.is_ascii_digit(), "0");
        assert_eq!(digits, "[0000-00-00T00:00:00.000000", "{shown}");
        assert!(event.starts_with("greeted #"), "{shown}");
    }
    Ok(())
}

fn json_timestamps_are_rfc_3339() -> Result<()> {
    let (monitor, mut client) = start_monitor(&["-t", "--json", "--count", "1"])?;
    client.greet("World")?;
    let shown: Value = serde_json::from_str(&monitor.wait()?.stdout)?;
    let time = shown["timestamp"]
        .as_str()
        .context("expected a timestamp")?;
    let digits = time.replace(|c: char| c.is_ascii_digit(), "0");
    assert_eq!(digits, "0000-00-00T00:00:00.000000Z");
    assert_eq!(
        (&shown["event"], &shown["name"]),
        (&json!("greeted"), &json!("World"))
    );
    Ok(())
}

fn events_of_other_namespaces_are_not_received() -> Result<()> {
    let (monitor, mut client) = start_monitor(&["--count", "1"])?;
    crate::support::namespace::in_new(|| Client::open()?.greet("elsewhere"))?;
    client.greet("here")?;
    let expected = format!("greeted #1 here (casual) from port {}\n", client.port());
    assert_ends(monitor, &expected, "1 event received\n")
}

/// Starts a monitor and returns it, once it listens, with a client.
fn start_monitor(args: &[&str]) -> Result<(Background, Client)> {
    let monitor = Background::start("greetctl", &[&["monitor"], args].concat())?;
    Ok((monitor, client_with_listener()?))
}

/// Returns a client once both groups have a listener.
fn client_with_listener() -> Result<Client> {
    let client = Client::open()?;
    wait_for_listener(client.group(groups::GREETINGS)?)?;
    wait_for_listener(client.group(groups::CONFIG)?)?;
    Ok(client)
}

fn assert_ends(monitor: Background, stdout: &str, summary: &str) -> Result<()> {
    assert_run(&monitor.wait()?, stdout, summary);
    Ok(())
}

/// Asserts the standard output and the last line on standard error of a monitor.
fn assert_run(run: &Run, stdout: &str, summary: &str) {
    let stderr = format!("{LISTENING}{summary}");
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, stdout, stderr.as_str())
    );
}
