// SPDX-License-Identifier: MIT OR Apache-2.0

//! What greetctl shows of peers, counters and settings, to people and to programs.

use crate::raw::{Client, Request};
use crate::support::background::Background;
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
    peers_stand_in_columns,
    a_peer_is_a_line_in_a_pipe,
    peers_fit_80_columns_of_a_terminal,
    peers_are_lines_of_json,
    no_peers_are_no_output,
    one_peer_is_a_sentence,
    one_peer_is_an_object,
    many_peers_are_all_there,
    a_name_cannot_steer_the_terminal,
    a_name_that_cannot_be_cannot_either,
    ages_grow,
    forget_forgets,
    forget_says_whom_it_does_not_know,
    counters_are_right_aligned,
    counters_are_an_object,
    counters_are_watched_until_ctrl_c,
    watched_counters_have_a_timestamp_in_json,
    prometheus_can_read_the_counters,
    settings_are_shown_and_changed,
    settings_out_of_range_are_refused,
    there_is_no_colour_in_a_pipe,
    there_is_colour_on_a_terminal,
    colour_is_what_was_chosen,
    completions_are_for_every_shell,
    the_manual_has_a_page_for_each_command,
];

const STYLES: [&str; 3] = ["casual", "formal", "enthusiastic"];

const FAILED: i32 = 1;
const USAGE: i32 = 2;

fn peers_stand_in_columns() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_quietly(["World"; 12])?;
    client.ask(&Request::greet().name("世界").u32(STYLE, 2))?;
    let shown = greetctl(&["peers"])?.output()?;
    let port = client.port();
    // But for the ages.
    let lines: Vec<String> = shown.lines().map(without_age).collect();
    let expected = [
        "NAME GREETINGS LAST SEEN STYLE PORT".to_owned(),
        format!("World 12 AGE casual {port}"),
        format!("世界 1 AGE enthusiastic {port}"),
    ];
    assert_eq!(lines, expected, "{shown}");
    // Each column begins at the same place in all lines.
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
            assert!(starts(word).contains(&column), "{word} in {shown}");
        }
    }
    Ok(())
}

/// A line of the table with one space between columns, and without its age.
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

/// Greets names that fill their column, from the longest port.
fn greet_long_names() -> Result<[String; 6]> {
    let names = [
        "n".repeat(64),
        "世".repeat(21),
        "\u{202e}".repeat(21),
        "a b ".repeat(16),
        "👋".repeat(16),
        "n".to_owned(),
    ];
    Client::open_at(u32::MAX - 1)?.greet_quietly(&names)?;
    Ok(names)
}

fn a_peer_is_a_line_in_a_pipe() -> Result<()> {
    let names = greet_long_names()?;
    let shown = greetctl(&["peers"])?.output()?;
    assert_eq!(shown.lines().count(), 1 + names.len(), "{shown}");
    for name in names.iter().filter(|name| !name.contains('\u{202e}')) {
        let start = |line: &str| line.starts_with(name.trim_end());
        assert!(shown.lines().any(start), "no {name} in {shown}");
    }
    for line in shown.lines() {
        ensure!(line.trim_end() == line, "spaces at the end of {line:?}");
    }
    Ok(())
}

fn peers_fit_80_columns_of_a_terminal() -> Result<()> {
    greet_long_names()?;
    let shown = on_terminal(&["peers"], &[("NO_COLOR", "1")])?;
    for line in shown.lines() {
        ensure!(width(line) <= 80, "{} columns: {line}", width(line));
        ensure!(line.trim_end() == line, "spaces at the end of {line:?}");
    }
    // Nothing of a name is left out.
    let letters: usize = shown.matches('世').count();
    assert_eq!(letters, 21);
    Ok(())
}

/// Columns of a terminal that a text takes: two for characters of East Asia and for pictures.
fn width(text: &str) -> usize {
    let columns = |character: char| match character {
        '\u{1100}'.. => 2,
        _ => 1,
    };
    text.chars().map(columns).sum()
}

fn peers_are_lines_of_json() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_quietly(["World", "World"])?;
    client.ask(&Request::greet().name("Ünï").u32(STYLE, 1))?;
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

fn no_peers_are_no_output() -> Result<()> {
    let run = greetctl(&["peers"])?;
    let note = "no peers in this network namespace\n";
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", note)
    );
    assert_quiet(&greetctl(&["peers", "--json"])?);
    Ok(())
}

fn one_peer_is_a_sentence() -> Result<()> {
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

fn one_peer_is_an_object() -> Result<()> {
    Client::open()?.greet_quietly(["World", "Moon"])?;
    let all = greetctl(&["peers", "--json"])?.output()?;
    let one = greetctl(&["peers", "World", "--json"])?.output()?;
    assert_eq!(all.lines().next(), Some(one.trim_end()));
    Ok(())
}

fn many_peers_are_all_there() -> Result<()> {
    let many: usize = scaled(20_000);
    let mut client = Client::open()?;
    client.set_peer_limit(65_536)?;
    client.greet_quietly((0..many).map(|number| format!("peer {number}")))?;
    for (args, header) in [(&["peers"][..], 1), (&["peers", "--json"], 0)] {
        let shown = greetctl(args)?.output()?;
        assert_eq!(shown.lines().count(), header + many);
    }
    Ok(())
}

fn a_name_cannot_steer_the_terminal() -> Result<()> {
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

/// The kernel greets no name with an escape sequence, whoever asks for it, and greetctl does not
/// print its user's either.
fn a_name_that_cannot_be_cannot_either() -> Result<()> {
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

fn ages_grow() -> Result<()> {
    Client::open()?.greet("World")?;
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let shown = greetctl(&["peers", "World"])?.output()?;
    let (_, age) = shown.split_once("last ").context("no age")?;
    let seconds: f64 = age.split(' ').next().unwrap_or_default().parse()?;
    assert!((1.1..10.0).contains(&seconds), "{shown}");
    Ok(())
}

fn forget_forgets() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_quietly(["World", "Moon"])?;
    assert_quiet(&greetctl(&["forget", "World"])?);
    assert_quiet(&greetctl(&["forget", "Moon", "--json"])?);
    assert_eq!(client.peers()?, []);
    Ok(())
}

fn forget_says_whom_it_does_not_know() -> Result<()> {
    for (args, command) in [
        (["forget", "nobody"], "forget"),
        (["peers", "nobody"], "peers"),
    ] {
        let sentence = "nobody of that name was greeted (ENOENT); attribute name";
        assert_refused(&args, &format!("greetctl: {command}: {sentence}\n"))?;
    }
    Ok(())
}

/// One greeting of each kind, and one of each that is refused.
fn use_all() -> Result<()> {
    let mut client = Client::open()?;
    client.set_peer_limit(2)?;
    client.greet("World")?;
    client.greet_quietly(["Moon", "Sun"])?;
    client.greet("").expect_err("no name");
    Ok(())
}

fn counters_are_right_aligned() -> Result<()> {
    use_all()?;
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

fn counters_are_an_object() -> Result<()> {
    use_all()?;
    let shown: Value = serde_json::from_str(&greetctl(&["stats", "--json"])?.output()?)?;
    let expected = json!({
        "greetings": 3, "replies": 1, "unacked": 2, "events": 0, "refused": 1, "peers": 2,
        "evicted": 1,
    });
    assert_eq!(shown, expected);
    Ok(())
}

fn counters_are_watched_until_ctrl_c() -> Result<()> {
    // The time, seven counters, and an empty line.
    const LINES: usize = 9;

    let watch = Background::start("greetctl", &["stats", "--watch", "200ms"])?;
    watch.await_lines(LINES)?;
    Client::open()?.greet_quietly(["World", "Moon"])?;
    watch.await_text("greetings             2  +2\n")?;
    watch.signal(Signal::INT)?;
    let run = watch.end()?;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let lines: Vec<&str> = run.stdout.lines().collect();
    for block in lines.chunks(LINES) {
        let time = block[0].replace(|c: char| c.is_ascii_digit(), "0");
        assert_eq!(time, "[0000-00-00T00:00:00.000000]", "{block:?}");
        assert_eq!(block.last(), Some(&""), "{block:?}");
    }
    Ok(())
}

fn watched_counters_have_a_timestamp_in_json() -> Result<()> {
    let watch = Background::start("greetctl", &["stats", "--json", "--watch=50ms"])?;
    watch.await_lines(3)?;
    watch.signal(Signal::INT)?;
    for line in watch.end()?.stdout.lines() {
        let shown: Value = serde_json::from_str(line)?;
        let time = shown["timestamp"].as_str().context("no timestamp")?;
        assert!(time.ends_with('Z'), "{line}");
        assert_eq!(shown["greetings"], 0, "{line}");
    }
    Ok(())
}

/// Reads the text format as its description says: a line of help, one of the type, one of the value.
fn prometheus_can_read_the_counters() -> Result<()> {
    use_all()?;
    let text = greetctl(&["stats", "--format", "prometheus"])?.output()?;
    assert!(text.ends_with('\n'));
    let lines: Vec<&str> = text.lines().collect();
    let mut values = BTreeMap::new();
    for metric in lines.chunks(3) {
        let [help, kind, sample] = metric else {
            anyhow::bail!("not three lines: {metric:?}");
        };
        let (name, value) = sample.split_once(' ').context("no value")?;
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
    let refused = greetctl(&["stats", "--format", "prometheus", "--json"])?;
    assert_eq!(refused.code, USAGE);
    Ok(())
}

fn settings_are_shown_and_changed() -> Result<()> {
    let shown = |args: &[&str]| greetctl(args)?.output();

    let at_first = "default style  casual\npeer limit     1024\n";
    assert_eq!(shown(&["settings"])?, at_first);
    let set = ["settings", "set"];
    assert_quiet(&greetctl(
        &[&set[..], &["--default-style", "formal"]].concat(),
    )?);
    assert_quiet(&greetctl(&[&set[..], &["--peer-limit", "65536"]].concat())?);
    let changed = "default style  formal\npeer limit     65536\n";
    assert_eq!(shown(&["settings", "get"])?, changed);
    let both = ["--peer-limit", "1", "--default-style", "enthusiastic"];
    assert_quiet(&greetctl(&[&set[..], &both].concat())?);
    let settings: Value = serde_json::from_str(&shown(&["settings", "--json"])?)?;
    assert_eq!(
        settings,
        json!({"default_style": "enthusiastic", "peer_limit": 1})
    );
    Ok(())
}

fn settings_out_of_range_are_refused() -> Result<()> {
    for limit in ["0", "65537", "4294967295"] {
        let sentence = "greetctl: settings set: integer out of range (ERANGE); \
                        attribute peer-limit takes a u32 from 1 to 65536\n";
        assert_refused(&["settings", "set", "--peer-limit", limit], sentence)?;
    }
    for args in [
        &["settings", "set"][..],
        &["settings", "set", "--peer-limit", "many"],
        &["settings", "set", "--peer-limit", "-1"],
        &["settings", "set", "--default-style", "rude"],
    ] {
        let refused = greetctl(args)?;
        assert_eq!((refused.code, refused.stdout.as_str()), (USAGE, ""));
        assert_ne!(refused.stderr, "");
    }
    Ok(())
}

/// Whatever the terminal that it is not written to could show.
fn there_is_no_colour_in_a_pipe() -> Result<()> {
    Client::open()?.greet("World")?;
    for args in [
        &["peers"][..],
        &["stats"],
        &["family"],
        &["peers", "nobody"],
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

fn there_is_colour_on_a_terminal() -> Result<()> {
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
            .with_context(|| format!("no colour in {shown:?}"))?
            .split_whitespace()
            .collect();
        assert_eq!(columns.join(" "), "NAME GREETINGS LAST SEEN STYLE PORT");
        assert!(!rows.contains('\u{1b}'), "{shown:?}");
        assert!(rows.lines().all(|row| width(row) <= 80), "{shown:?}");
    }
    // On a terminal, too, the user has the last word.
    let shown = on_terminal(&["peers"], &[("NO_COLOR", "1")])?;
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert!(shown.lines().all(|line| width(line) <= 80), "{shown:?}");
    Ok(())
}

fn colour_is_what_was_chosen() -> Result<()> {
    Client::open()?.greet("World")?;
    let has_colour = |shown: &str| shown.contains("\u{1b}[36m");
    let never = on_terminal(&["peers", "--color", "never"], &[])?;
    assert!(!has_colour(&never), "{never:?}");
    let always = on_terminal(&["--color=always", "peers"], &[("NO_COLOR", "1")])?;
    assert!(has_colour(&always), "{always:?}");
    let in_pipe = greetctl(&["--color=always", "peers"])?.output()?;
    assert!(has_colour(&in_pipe), "{in_pipe:?}");
    // Errors of the command line, too, wherever the option stands.
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

/// What greetctl prints on a terminal of 80 columns.
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

/// A library that makes a terminal of each file of a program that is told to preload it. The guest's
/// kernel has no pseudo-terminals.
fn terminal() -> Result<&'static str> {
    const SOURCE: &str = "/tmp/terminal.c";
    const LIBRARY: &str = "/tmp/terminal.so";

    fs::write(SOURCE, "int isatty(int fd) { return fd >= 0; }\n")?;
    run("cc", &["-shared", "-fPIC", "-o", LIBRARY, SOURCE])?.output()?;
    Ok(LIBRARY)
}

fn completions_are_for_every_shell() -> Result<()> {
    const SCRIPT: &str = "/tmp/completions";

    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = greetctl(&["completions", shell])?.output()?;
        for word in ["peers", "forget", "monitor", "--peer-limit"] {
            // fish writes options without their hyphens.
            let word = word.trim_start_matches('-');
            assert!(script.contains(word), "no {word} for {shell}");
        }
        fs::write(SCRIPT, &script)?;
        if shell == "bash" {
            run("bash", &["-n", SCRIPT])?.output()?;
        }
    }
    assert_eq!(greetctl(&["completions", "tcsh"])?.code, USAGE);
    Ok(())
}

fn the_manual_has_a_page_for_each_command() -> Result<()> {
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
        assert!(page.contains(part), "no {part} in {page}");
    }
    assert_quiet(&greetctl(&["man", "--dir", DIR])?);
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

fn assert_quiet(run: &Run) {
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", "")
    );
}

fn assert_refused(args: &[&str], sentence: &str) -> Result<()> {
    let run = greetctl(args)?;
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (FAILED, "", sentence)
    );
    Ok(())
}
