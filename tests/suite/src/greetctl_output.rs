// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl peers`, `forget`, `stats`, `settings`, `completions` and `man`: tables, JSON and
//! colors.

use crate::raw::{Client, Request};
use crate::support::background::Background;
use crate::support::peer_names;
use crate::support::scale::scaled;
use crate::support::tool::{Run, greetctl, run, run_command};
use anyhow::{Context, Result, ensure};
use greet::protocol::greeting::STYLE;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

crate::tests![
    peers_are_aligned_in_columns,
    peers_in_a_pipe_are_one_line_each,
    peers_wrap_at_80_columns_on_a_terminal,
    peers_json_is_one_object_per_line,
    no_peers_print_a_note_on_stderr,
    one_peer_prints_a_sentence,
    one_peer_json_is_an_object,
    twenty_thousand_peers_are_all_printed,
    bidirectional_characters_in_names_are_escaped,
    control_characters_in_arguments_are_escaped,
    last_seen_is_the_time_since_the_greeting,
    forget_deletes_the_peer_silently,
    an_unknown_name_is_an_error,
    stats_are_right_aligned,
    stats_json_is_an_object,
    watched_stats_repeat_until_sigint,
    watched_stats_json_has_timestamps,
    prometheus_stats_are_valid,
    settings_are_printed_and_changed,
    settings_out_of_range_are_errors,
    output_in_a_pipe_has_no_color,
    output_on_a_terminal_has_color,
    color_option_overrides_the_environment,
    completions_exist_for_each_shell,
    man_writes_a_page_for_each_command,
];

const STYLES: [&str; 3] = ["casual", "formal", "enthusiastic"];

const FAILED: i32 = 1;
const USAGE: i32 = 2;

fn peers_are_aligned_in_columns() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(["World"; 12])?;
    client.request(&Request::greet().name("世界").u32(STYLE, 2))?;
    let shown = greetctl(&["peers"])?.output()?;
    let port = client.port();
    // Replaces the ages.
    let lines: Vec<String> = shown.lines().map(without_age).collect();
    let expected = [
        "NAME GREETINGS LAST SEEN STYLE PORT".to_owned(),
        format!("World 12 AGE casual {port}"),
        format!("世界 1 AGE enthusiastic {port}"),
    ];
    assert_eq!(lines, expected, "{shown}");
    // Each column starts at the same position in all lines.
    let starts = |word: &str| -> Vec<usize> {
        let lines = shown.lines();
        lines
            .filter_map(|line| Some(width(&line[..line.find(word)?])))
            .collect()
    };
    let port = port.to_string();
    for (header, words) in [
        ("GREETINGS", ["12", "1 "]),
        ("STYLE", ["casual", "enthusiastic"]),
        ("PORT", [port.as_str(), &port]),
    ] {
        let column = starts(header)[0];
        for word in words {
            assert!(
                starts(word).contains(&column),
                "expected {word} at column {column} in {shown}"
            );
        }
    }
    Ok(())
}

/// Returns a line of the table with one space between columns and its age replaced.
fn without_age(line: &str) -> String {
    let columns: Vec<&str> = line
        .split("  ")
        .map(str::trim)
        .filter(|column| !column.is_empty())
        .map(|column| match column.strip_suffix(" s") {
            Some(_) => "AGE",
            None => column,
        })
        .collect();
    columns.join(" ")
}

/// Greets names of the maximum width from the longest port.
fn greet_long_names() -> Result<[String; 6]> {
    let names = [
        "n".repeat(64),
        "世".repeat(21),
        "\u{202e}".repeat(21),
        "a b ".repeat(16),
        "👋".repeat(16),
        "n".to_owned(),
    ];
    Client::open_at(u32::MAX - 1)?.greet_unacknowledged(&names)?;
    Ok(names)
}

fn peers_in_a_pipe_are_one_line_each() -> Result<()> {
    let names = greet_long_names()?;
    let shown = greetctl(&["peers"])?.output()?;
    assert_eq!(shown.lines().count(), 1 + names.len(), "{shown}");
    for name in names.iter().filter(|name| !name.contains('\u{202e}')) {
        let start = |line: &str| line.starts_with(name.trim_end());
        assert!(shown.lines().any(start), "expected {name} in {shown}");
    }
    for line in shown.lines() {
        ensure!(line.trim_end() == line, "trailing spaces in {line:?}");
    }
    Ok(())
}

fn peers_wrap_at_80_columns_on_a_terminal() -> Result<()> {
    greet_long_names()?;
    let shown = on_terminal(&["peers"], &[("NO_COLOR", "1")])?;
    for line in shown.lines() {
        ensure!(
            width(line) <= 80,
            "expected at most 80 columns, got {}: {line}",
            width(line)
        );
        ensure!(line.trim_end() == line, "trailing spaces in {line:?}");
    }
    // Names are not cut.
    let letters: usize = shown.matches('世').count();
    assert_eq!(letters, 21);
    Ok(())
}

/// Returns the width of a text in columns: two for East Asian characters and emoji.
fn width(text: &str) -> usize {
    let columns = |character: char| match character {
        '\u{1100}'.. => 2,
        _ => 1,
    };
    text.chars().map(columns).sum()
}

fn peers_json_is_one_object_per_line() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(["World", "World"])?;
    client.request(&Request::greet().name("Ünï").u32(STYLE, 1))?;
    let shown = greetctl(&["peers", "--json"])?.output()?;
    let lines = shown.lines().map(serde_json::from_str);
    let lines: Vec<Value> = lines.collect::<Result<_, _>>()?;
    let expected: Vec<Value> = client
        .peers()?
        .into_iter()
        .map(|peer| {
            json!({
                "name": peer.name,
                "greetings": peer.greetings,
                "last_portid": peer.last_portid,
                "last_style": STYLES[peer.last_style as usize],
                "last_seen": peer.last_seen,
            })
        })
        .collect();
    assert_eq!(expected.len(), 2);
    assert_eq!(lines, expected);
    Ok(())
}

fn no_peers_print_a_note_on_stderr() -> Result<()> {
    let run = greetctl(&["peers"])?;
    let note = "no peers in this network namespace\n";
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", note)
    );
    assert_silent(&greetctl(&["peers", "--json"])?);
    Ok(())
}

fn one_peer_prints_a_sentence() -> Result<()> {
    let mut client = Client::open()?;
    for times in ["1 time", "2 times"] {
        client.greet("World")?;
        let shown = greetctl(&["peers", "World"])?.output()?;
        let start = format!("World: greeted {times}, last 0.");
        let end = format!(" s ago from port {} (casual)\n", client.port());
        assert!(
            shown.starts_with(&start) && shown.ends_with(&end),
            "{shown}"
        );
    }
    Ok(())
}

fn one_peer_json_is_an_object() -> Result<()> {
    Client::open()?.greet_unacknowledged(["World", "Moon"])?;
    let all = greetctl(&["peers", "--json"])?.output()?;
    let one = greetctl(&["peers", "World", "--json"])?.output()?;
    assert_eq!(all.lines().next(), Some(one.trim_end()));
    Ok(())
}

fn twenty_thousand_peers_are_all_printed() -> Result<()> {
    let many: usize = scaled(20_000);
    let mut client = Client::open()?;
    client.set_peer_limit(65_536)?;
    client.greet_unacknowledged(peer_names(0..many))?;
    for (args, header) in [(&["peers"][..], 1), (&["peers", "--json"], 0)] {
        let shown = greetctl(args)?.output()?;
        assert_eq!(shown.lines().count(), header + many);
    }
    Ok(())
}

fn bidirectional_characters_in_names_are_escaped() -> Result<()> {
    let name = "a\u{202e}b\u{2067}c\u{2029}d";
    Client::open()?.greet(name)?;
    for args in [
        &["peers"][..],
        &["peers", name],
        &["peers", "--json"],
        &["-v", "peers"],
        &["-vv", "peers", name],
    ] {
        let run = greetctl(args)?;
        assert_eq!(run.code, 0);
        let shown = [run.stdout, run.stderr].concat();
        assert!(shown.contains(r"\u"), "{shown}");
        assert!(
            !shown.contains(['\u{202e}', '\u{2067}', '\u{2029}']),
            "{args:?}: {shown}"
        );
    }
    Ok(())
}

/// The kernel rejects names with an escape sequence, and greetctl escapes its arguments, too.
fn control_characters_in_arguments_are_escaped() -> Result<()> {
    let name = "a\u{1b}[2Jb\u{9b}c";
    Client::open()?
        .greet(name)
        .expect_err("a control character");
    for args in [
        &["greet", name][..],
        &["peers", name],
        &["forget", name],
        &["-vv", "peers", name],
    ] {
        let run = greetctl(args)?;
        assert_eq!(run.code, FAILED);
        let shown = [run.stdout, run.stderr].concat();
        assert!(!shown.contains(['\u{1b}', '\u{9b}']), "{args:?}: {shown:?}");
    }
    Ok(())
}

fn last_seen_is_the_time_since_the_greeting() -> Result<()> {
    Client::open()?.greet("World")?;
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let shown = greetctl(&["peers", "World"])?.output()?;
    let (_, age) = shown.split_once("last ").context("expected an age")?;
    let seconds: f64 = age.split(' ').next().unwrap_or_default().parse()?;
    assert!((1.1..10.0).contains(&seconds), "{shown}");
    Ok(())
}

fn forget_deletes_the_peer_silently() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(["World", "Moon"])?;
    assert_silent(&greetctl(&["forget", "World"])?);
    assert_silent(&greetctl(&["forget", "Moon", "--json"])?);
    assert_eq!(client.peers()?, []);
    Ok(())
}

fn an_unknown_name_is_an_error() -> Result<()> {
    for (args, command) in [
        (["forget", "unknown"], "forget"),
        (["peers", "unknown"], "peers"),
    ] {
        let sentence = "no peer has this name (ENOENT); attribute name";
        assert_error(&args, &format!("greetctl: {command}: {sentence}\n"))?;
    }
    Ok(())
}

/// Sends a greeting with an ACK, two without, and an invalid one.
fn greet_in_each_way() -> Result<()> {
    let mut client = Client::open()?;
    client.set_peer_limit(2)?;
    client.greet("World")?;
    client.greet_unacknowledged(["Moon", "Sun"])?;
    client.greet("").expect_err("an empty name");
    Ok(())
}

fn stats_are_right_aligned() -> Result<()> {
    greet_in_each_way()?;
    let expected = "\
greetings             3
replies               1
unacked               2
events                0
refused               1
peers                 2
evicted               1
";
    assert_eq!(greetctl(&["stats"])?.output()?, expected);
    Ok(())
}

fn stats_json_is_an_object() -> Result<()> {
    greet_in_each_way()?;
    let shown: Value = serde_json::from_str(&greetctl(&["stats", "--json"])?.output()?)?;
    let expected = json!({
        "greetings": 3, "replies": 1, "unacked": 2, "events": 0, "refused": 1, "peers": 2,
        "evicted": 1,
    });
    assert_eq!(shown, expected);
    Ok(())
}

fn watched_stats_repeat_until_sigint() -> Result<()> {
    // A timestamp, seven counters and an empty line.
    const LINES: usize = 9;

    let watch = Background::start("greetctl", &["stats", "--watch", "200ms"])?;
    watch.wait_for_lines(LINES)?;
    Client::open()?.greet_unacknowledged(["World", "Moon"])?;
    watch.wait_for_text("greetings             2  +2\n")?;
    watch.signal(Signal::INT)?;
    let run = watch.wait()?;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let lines: Vec<&str> = run.stdout.lines().collect();
    for block in lines.chunks(LINES) {
        let time = block[0].replace(|c: char| c.is_ascii_digit(), "0");
        assert_eq!(time, "[0000-00-00T00:00:00.000000]", "{block:?}");
        assert_eq!(block.last(), Some(&""), "{block:?}");
    }
    Ok(())
}

fn watched_stats_json_has_timestamps() -> Result<()> {
    let watch = Background::start("greetctl", &["stats", "--json", "--watch=50ms"])?;
    watch.wait_for_lines(3)?;
    watch.signal(Signal::INT)?;
    for line in watch.wait()?.stdout.lines() {
        let shown: Value = serde_json::from_str(line)?;
        let time = shown["timestamp"]
            .as_str()
            .context("expected a timestamp")?;
        assert!(time.ends_with('Z'), "{line}");
        assert_eq!(shown["greetings"], 0, "{line}");
    }
    Ok(())
}

/// Parses the text format: for each metric a line of help, a line of its type, and a line of its
/// value.
fn prometheus_stats_are_valid() -> Result<()> {
    greet_in_each_way()?;
    let text = greetctl(&["stats", "--format", "prometheus"])?.output()?;
    assert!(text.ends_with('\n'));
    let lines: Vec<&str> = text.lines().collect();
    let mut values = BTreeMap::new();
    for metric in lines.chunks(3) {
        let [help, kind, sample] = metric else {
            anyhow::bail!("expected three lines, got {metric:?}");
        };
        let (name, value) = sample.split_once(' ').context("expected a value")?;
        let kind = kind.strip_prefix(&format!("# TYPE {name} "));
        let expected = match name.ends_with("_total") {
            true => "counter",
            false => "gauge",
        };
        assert_eq!(kind, Some(expected), "{metric:?}");
        assert!(help.starts_with(&format!("# HELP {name} ")), "{metric:?}");
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{name}"
        );
        values.insert(name, value.parse::<f64>()?);
    }
    let expected = [
        ("greet_evicted_total", 1.0),
        ("greet_events_total", 0.0),
        ("greet_greetings_total", 3.0),
        ("greet_peers", 2.0),
        ("greet_refused_total", 1.0),
        ("greet_replies_total", 1.0),
        ("greet_unacked_total", 2.0),
    ];
    assert_eq!(values, BTreeMap::from(expected));
    let failed = greetctl(&["stats", "--format", "prometheus", "--json"])?;
    assert_eq!(failed.code, USAGE);
    Ok(())
}

fn settings_are_printed_and_changed() -> Result<()> {
    let shown = |args: &[&str]| greetctl(args)?.output();

    let defaults = "default style  casual\npeer limit     1024\n";
    assert_eq!(shown(&["settings"])?, defaults);
    let set = ["settings", "set"];
    assert_silent(&greetctl(
        &[&set[..], &["--default-style", "formal"]].concat(),
    )?);
    assert_silent(&greetctl(&[&set[..], &["--peer-limit", "65536"]].concat())?);
    let changed = "default style  formal\npeer limit     65536\n";
    assert_eq!(shown(&["settings", "get"])?, changed);
    let both = ["--peer-limit", "1", "--default-style", "enthusiastic"];
    assert_silent(&greetctl(&[&set[..], &both].concat())?);
    let settings: Value = serde_json::from_str(&shown(&["settings", "--json"])?)?;
    assert_eq!(
        settings,
        json!({"default_style": "enthusiastic", "peer_limit": 1})
    );
    Ok(())
}

fn settings_out_of_range_are_errors() -> Result<()> {
    for limit in ["0", "65537", "4294967295"] {
        let sentence = "greetctl: settings set: integer out of range (ERANGE); \
                        attribute peer-limit takes a u32 from 1 to 65536\n";
        assert_error(&["settings", "set", "--peer-limit", limit], sentence)?;
    }
    for args in [
        &["settings", "set"][..],
        &["settings", "set", "--peer-limit", "many"],
        &["settings", "set", "--peer-limit", "-1"],
        &["settings", "set", "--default-style", "rude"],
    ] {
        let failed = greetctl(args)?;
        assert_eq!((failed.code, failed.stdout.as_str()), (USAGE, ""));
        assert_ne!(failed.stderr, "");
    }
    Ok(())
}

/// `TERM` does not matter without a terminal.
fn output_in_a_pipe_has_no_color() -> Result<()> {
    Client::open()?.greet("World")?;
    for args in [
        &["peers"][..],
        &["stats"],
        &["family"],
        &["peers", "unknown"],
        &["settings", "set"],
    ] {
        for variables in [&[][..], &[("NO_COLOR", "1")], &[("TERM", "xterm-256color")]] {
            let mut command = Command::new("greetctl");
            let run = run_command(command.args(args).envs(variables.iter().copied()))?;
            let shown = [run.stdout, run.stderr].concat();
            assert!(!shown.contains('\u{1b}'), "{args:?}: {shown:?}");
        }
    }
    Ok(())
}

fn output_on_a_terminal_has_color() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("World")?;
    client.greet(&"n".repeat(64))?;
    for variables in [&[][..], &[("NO_COLOR", "")]] {
        let shown = on_terminal(&["peers"], variables)?;
        let (header, rows) = shown.split_once('\n').context("lines")?;
        let header = header
            .strip_prefix("\u{1b}[1m\u{1b}[36m")
            .and_then(|header| header.strip_suffix("\u{1b}[0m"));
        let columns: Vec<_> = header
            .with_context(|| format!("expected color in {shown:?}"))?
            .split_whitespace()
            .collect();
        assert_eq!(columns.join(" "), "NAME GREETINGS LAST SEEN STYLE PORT");
        assert!(!rows.contains('\u{1b}'), "{shown:?}");
        assert!(rows.lines().all(|row| width(row) <= 80), "{shown:?}");
    }
    // `NO_COLOR` also applies to a terminal.
    let shown = on_terminal(&["peers"], &[("NO_COLOR", "1")])?;
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert!(shown.lines().all(|line| width(line) <= 80), "{shown:?}");
    Ok(())
}

fn color_option_overrides_the_environment() -> Result<()> {
    Client::open()?.greet("World")?;
    let has_color = |shown: &str| shown.contains("\u{1b}[36m");
    let never = on_terminal(&["peers", "--color", "never"], &[])?;
    assert!(!has_color(&never), "{never:?}");
    let always = on_terminal(&["--color=always", "peers"], &[("NO_COLOR", "1")])?;
    assert!(has_color(&always), "{always:?}");
    let in_pipe = greetctl(&["--color=always", "peers"])?.output()?;
    assert!(has_color(&in_pipe), "{in_pipe:?}");
    // The option also applies to usage errors before and after it.
    for (choice, expected) in [("always", true), ("never", false)] {
        let run = greetctl(&["--frobnicate", "--color", choice])?;
        assert_eq!(
            (run.code, run.stderr.contains('\u{1b}')),
            (USAGE, expected),
            "{run:?}"
        );
    }
    Ok(())
}

/// Runs greetctl on a terminal of 80 columns and returns its output.
fn on_terminal(args: &[&str], variables: &[(&str, &str)]) -> Result<String> {
    let mut command = Command::new("greetctl");
    command
        .args(args)
        .env("LD_PRELOAD", terminal()?)
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .envs(variables.iter().copied());
    run_command(&mut command)?.output()
}

/// Compiles a library to preload, with which each file is a terminal, because the guest's kernel
/// has no pseudo-terminals.
fn terminal() -> Result<&'static str> {
    const SOURCE: &str = "/tmp/terminal.c";
    const LIBRARY: &str = "/tmp/terminal.so";

    fs::write(SOURCE, "int isatty(int fd) { return fd >= 0; }\n")?;
    run("cc", &["-shared", "-fPIC", "-o", LIBRARY, SOURCE])?.output()?;
    Ok(LIBRARY)
}

fn completions_exist_for_each_shell() -> Result<()> {
    const SCRIPT: &str = "/tmp/completions";

    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = greetctl(&["completions", shell])?.output()?;
        for word in ["peers", "forget", "monitor", "--peer-limit"] {
            // fish omits the hyphens of options.
            let word = word.trim_start_matches('-');
            assert!(
                script.contains(word),
                "expected {word} in the completions for {shell}"
            );
        }
        fs::write(SCRIPT, &script)?;
        if shell == "bash" {
            run("bash", &["-n", SCRIPT])?.output()?;
        }
    }
    assert_eq!(greetctl(&["completions", "tcsh"])?.code, USAGE);
    Ok(())
}

fn man_writes_a_page_for_each_command() -> Result<()> {
    const DIR: &str = "/tmp/manual";

    let page = greetctl(&["man"])?.output()?;
    for part in [
        ".TH greetctl 1",
        "SYNOPSIS",
        "greetctl\\-monitor(1)",
        ".SH \"EXIT STATUS\"",
        ".SH ENVIRONMENT",
        ".SH EXAMPLES",
        ".SH \"SEE ALSO\"",
    ] {
        assert!(page.contains(part), "expected {part} in {page}");
    }
    assert_silent(&greetctl(&["man", "--dir", DIR])?);
    for name in [
        "greetctl",
        "greetctl-greet",
        "greetctl-peers",
        "greetctl-forget",
        "greetctl-stats",
        "greetctl-settings",
        "greetctl-settings-set",
        "greetctl-monitor",
        "greetctl-family",
        "greetctl-completions",
        "greetctl-man",
    ] {
        let page = fs::read_to_string(format!("{DIR}/{name}.1")).context(name)?;
        assert!(page.contains(".TH greetctl"), "{page}");
        assert!(page.contains(".SH \"SEE ALSO\""), "{page}");
    }
    Ok(())
}

fn assert_silent(run: &Run) {
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", "")
    );
}

fn assert_error(args: &[&str], sentence: &str) -> Result<()> {
    let run = greetctl(args)?;
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (FAILED, "", sentence)
    );
    Ok(())
}
