// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl greet` and `family`, and the common options: output, errors and exit status.

use crate::raw::Client;
use crate::support::namespace::{in_initial, in_new};
use crate::support::tool::{Run, greetctl, run};
use anyhow::{Context, Result};
use greet::protocol::groups;
use serde_json::{Value, json};

crate::tests![
    greet_prints_the_message,
    greet_prints_one_line_of_json,
    style_option_selects_the_opening,
    greet_prints_unicode_and_long_names_unchanged,
    greet_prints_the_cookie_in_json,
    no_ack_prints_no_greeting,
    no_ack_omits_the_ack_flag,
    no_ack_greetings_are_counted,
    family_prints_operations_and_groups,
    family_prints_json,
    prints_the_extack_message_and_attribute,
    prints_the_violated_policy,
    a_long_cookie_is_a_usage_error_with_the_limit,
    errors_start_with_the_typed_command,
    a_negative_limit_is_a_usage_error_with_the_range,
    family_prints_other_families,
    family_of_a_missing_family_has_exit_status_3,
    netns_accepts_a_path,
    netns_accepts_a_name,
    netns_errors_suggest_the_next_step,
    timeout_accepts_units,
    man_and_completions_reject_kernel_options,
    invalid_commands_are_usage_errors,
    help_has_examples_and_exit_statuses,
    verbose_logs_decoded_messages,
    verbose_lines_have_at_most_110_characters,
    verbose_logs_errno_names,
    verbose_logs_only_the_length_of_binary_attributes,
    very_verbose_logs_hex_bytes,
    bidirectional_characters_are_escaped,
    a_closed_stdout_pipe_is_not_an_error,
    a_closed_stderr_pipe_keeps_the_exit_status,
    a_write_error_has_exit_status_1,
];

const FAILED: i32 = 1;
const USAGE: i32 = 2;
const NO_FAMILY: i32 = 3;

fn greet_prints_the_message() -> Result<()> {
    let run = greetctl(&["greet", "World"])?;
    let portid = port_in(&run.stdout)?;
    assert_eq!(
        run.stdout,
        format!("{}\n", message("Hello, World!", portid))
    );
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    Ok(())
}

fn greet_prints_one_line_of_json() -> Result<()> {
    let printed = greetctl(&["greet", "World", "--json"])?.output()?;
    let portid = port_in(&printed)?;
    let expected = json!({
        "id": 1,
        "message": message("Hello, World!", portid),
        "portid": portid,
        "style": "casual",
    });
    assert_eq!(serde_json::from_str::<Value>(&printed)?, expected);
    assert_eq!(printed.lines().count(), 1, "JSON is one line: {printed}");
    Ok(())
}

fn style_option_selects_the_opening() -> Result<()> {
    for (style, opening) in [
        ("casual", "Hello, World!"),
        ("formal", "Good day, World."),
        ("enthusiastic", "Hooray, World!!!"),
    ] {
        let printed = greetctl(&["greet", "World", "--style", style])?.output()?;
        assert_eq!(
            printed,
            format!("{}\n", message(opening, port_in(&printed)?))
        );
        let printed = json_of(&["greet", "World", "--style", style])?;
        assert_eq!(printed["style"], style);
    }
    Ok(())
}

fn greet_prints_unicode_and_long_names_unchanged() -> Result<()> {
    for name in ["Ünï", "世界", &"n".repeat(64)] {
        let opening = format!("Hello, {name}!");
        let printed = greetctl(&["greet", name])?.output()?;
        assert!(printed.starts_with(&opening), "{printed}");
        let printed = json_of(&["greet", name])?;
        let text = printed["message"].as_str().context("message")?;
        assert!(text.starts_with(&opening), "{text}");
    }
    Ok(())
}

fn greet_prints_the_cookie_in_json() -> Result<()> {
    let printed = json_of(&["greet", "World", "--cookie", "C0FFEE"])?;
    assert_eq!(printed["cookie"], "c0ffee");
    Ok(())
}

fn no_ack_prints_no_greeting() -> Result<()> {
    let printed = greetctl(&["greet", "World", "--no-ack"])?.output()?;
    assert_eq!(printed, "sent; no reply requested\n");
    let printed = json_of(&["greet", "World", "--no-ack"])?;
    assert_eq!(printed, json!({"acknowledged": false}));
    Ok(())
}

fn no_ack_omits_the_ack_flag() -> Result<()> {
    let run = greetctl(&["-v", "greet", "World", "--no-ack"])?;
    let expected = "greetctl: -> greet seq 2 flags REQUEST {name: \"World\"}\n";
    assert!(run.stderr.ends_with(expected), "{run:?}");
    Ok(())
}

fn no_ack_greetings_are_counted() -> Result<()> {
    greetctl(&["greet", "World", "--no-ack"])?.output()?;
    assert_eq!(json_of(&["greet", "World"])?["id"], 2);
    Ok(())
}

fn family_prints_operations_and_groups() -> Result<()> {
    let client = Client::open()?;
    let expected = format!(
        "family greet, id {}, version 1

operation greet (command 1), for anyone
  do
     1 name    string of at most 64 bytes
     2 style   u32 from 0 to 2
     3 cookie  binary

operation peer-get (command 2), for anyone
  do
     1 name  string of at most 64 bytes
  dump, no attributes

operation peer-del (command 3), for CAP_NET_ADMIN over the network namespace
  do
     1 name  string of at most 64 bytes

operation stats-get (command 4), for anyone
  do, no attributes

operation settings-get (command 5), for anyone
  do, no attributes

operation settings-set (command 6), for CAP_NET_ADMIN over the network namespace
  do
     1 default-style  u32 from 0 to 2
     2 peer-limit     u32 from 1 to 65536

multicast groups
  greetings (id {})
  config (id {})
",
        client.family_id(),
        client.group(groups::GREETINGS)?,
        client.group(groups::CONFIG)?,
    );
    assert_eq!(greetctl(&["family"])?.output()?, expected);
    Ok(())
}

fn family_prints_json() -> Result<()> {
    let name = json!({"number": 1, "name": "name", "type": "string", "max_len": 64});
    let style =
        |number, name| json!({"number": number, "name": name, "type": "u32", "min": 0, "max": 2});
    let operation = |command, name, permission, doit: Value, dump: Value| {
        json!({
            "command": command,
            "name": name,
            "permission": permission,
            "do": doit,
            "dump": dump,
        })
    };
    let admin = "CAP_NET_ADMIN over the network namespace";
    let client = Client::open()?;
    let expected = json!({
        "name": "greet",
        "id": client.family_id(),
        "version": 1,
        "operations": [
            operation(1, "greet", "anyone", json!([
                name,
                style(2, "style"),
                {"number": 3, "name": "cookie", "type": "binary"},
            ]), Value::Null),
            operation(2, "peer-get", "anyone", json!([name]), json!([])),
            operation(3, "peer-del", admin, json!([name]), Value::Null),
            operation(4, "stats-get", "anyone", json!([]), Value::Null),
            operation(5, "settings-get", "anyone", json!([]), Value::Null),
            operation(6, "settings-set", admin, json!([
                style(1, "default-style"),
                {"number": 2, "name": "peer-limit", "type": "u32", "min": 1, "max": 65536},
            ]), Value::Null),
        ],
        "groups": [
            {"name": "greetings", "id": client.group(groups::GREETINGS)?},
            {"name": "config", "id": client.group(groups::CONFIG)?},
        ],
    });
    assert_eq!(json_of(&["family"])?, expected);
    Ok(())
}

fn prints_the_extack_message_and_attribute() -> Result<()> {
    for (name, sentence) in [
        ("", "name is empty (EINVAL); attribute name"),
        (
            "a\u{7}b",
            "name has a control character (EINVAL); attribute name",
        ),
    ] {
        let failed = greetctl(&["greet", name])?;
        assert_prints_error(&failed, FAILED, &format!("greetctl: greet: {sentence}\n"));
    }
    Ok(())
}

fn prints_the_violated_policy() -> Result<()> {
    let failed = greetctl(&["greet", &"n".repeat(65)])?;
    let sentence = "greetctl: greet: Attribute failed policy validation (EINVAL); \
                    attribute name takes a string of at most 64 bytes\n";
    assert_prints_error(&failed, FAILED, sentence);
    Ok(())
}

fn a_long_cookie_is_a_usage_error_with_the_limit() -> Result<()> {
    let failed = greetctl(&["greet", "World", "--cookie", &"00".repeat(33)])?;
    assert_eq!((failed.code, failed.stdout.as_str()), (USAGE, ""));
    let reason = "'--cookie <HEX>': 33 bytes exceed the limit of 32\n";
    assert!(failed.stderr.contains(reason), "{failed:?}");
    let longest = "00".repeat(32);
    let printed = json_of(&["greet", "World", "--cookie", &longest])?;
    assert_eq!(printed["cookie"], longest);
    Ok(())
}

fn errors_start_with_the_typed_command() -> Result<()> {
    let unknown = "no peer has this name (ENOENT); attribute name";
    let range = "integer out of range (ERANGE); attribute peer-limit takes a u32 from 1 to 65536";
    for (args, sentence) in [
        (&["peers", "World"][..], format!("peers: {unknown}")),
        (&["forget", "World"], format!("forget: {unknown}")),
        (
            &["settings", "set", "--peer-limit", "0"],
            format!("settings set: {range}"),
        ),
    ] {
        assert_prints_error(&greetctl(args)?, FAILED, &format!("greetctl: {sentence}\n"));
    }
    Ok(())
}

fn a_negative_limit_is_a_usage_error_with_the_range() -> Result<()> {
    let failed = greetctl(&["settings", "set", "--peer-limit", "-1"])?;
    assert_eq!((failed.code, failed.stdout.as_str()), (USAGE, ""));
    let reason = "error: invalid value '-1' for '--peer-limit <N>': \
                  not a whole number from 1 to 65536\n";
    assert!(failed.stderr.starts_with(reason), "{failed:?}");
    Ok(())
}

fn family_prints_other_families() -> Result<()> {
    let shown = greetctl(&["family", "nlctrl"])?.output()?;
    for part in [
        "family nlctrl, id 16, version 2\n",
        "\noperation getfamily (command 3), for anyone\n  do\n",
        "\nmulticast groups\n  notify (id 16)\n",
    ] {
        assert!(shown.contains(part), "expected {part:?} in {shown}");
    }
    let shown = json_of(&["family", "nlctrl"])?;
    assert_eq!(
        (&shown["name"], &shown["id"]),
        (&json!("nlctrl"), &json!(16))
    );
    Ok(())
}

fn family_of_a_missing_family_has_exit_status_3() -> Result<()> {
    for (name, shown) in [("absent", "absent"), ("a\u{1b}[2Jb", "a\\u{1b}[2Jb")] {
        let sentence = format!(
            "greetctl: the kernel has no generic netlink family \"{shown}\"; \
             \"genl ctrl list\" lists the families\n"
        );
        assert_prints_error(&greetctl(&["family", name])?, NO_FAMILY, &sentence);
    }
    Ok(())
}

fn netns_accepts_a_path() -> Result<()> {
    Client::open()?.greet_unacknowledged(["outside", "outside too"])?;
    in_new(|| {
        Client::open()?.greet("inside")?;
        let task = rustix::thread::gettid().as_raw_nonzero();
        let path = format!("/proc/{}/task/{task}/ns/net", std::process::id());
        let inside = json_of(&["--netns", &path, "stats"])?;
        assert_eq!(inside["greetings"], 1);
        let peers = in_initial(|| greetctl(&["peers", "--json", "--netns", &path])?.output())?;
        assert!(peers.starts_with(r#"{"name":"inside""#), "{peers}");
        assert_eq!(peers.lines().count(), 1, "{peers}");
        Ok(())
    })
}

fn netns_accepts_a_name() -> Result<()> {
    run("ip", &["netns", "add", "blue"])?.output()?;
    greetctl(&["--netns", "blue", "greet", "World"])?.output()?;
    let inside = json_of(&["--netns", "blue", "stats"])?;
    run("ip", &["netns", "delete", "blue"])?.output()?;
    assert_eq!(inside["greetings"], 1);
    assert_eq!(Client::open()?.stats()?.greetings, 0);
    Ok(())
}

fn netns_errors_suggest_the_next_step() -> Result<()> {
    for (name, reason) in [
        (
            "absent",
            "cannot open the network namespace /run/netns/absent: No such file or directory \
             (ENOENT); \"ip netns list\" lists the names",
        ),
        (
            "/dev/null",
            "cannot enter the network namespace /dev/null: Invalid argument (EINVAL); \
             the file is not a network namespace",
        ),
    ] {
        let failed = greetctl(&["--netns", name, "stats"])?;
        assert_prints_error(&failed, FAILED, &format!("greetctl: {reason}\n"));
    }
    Ok(())
}

fn timeout_accepts_units() -> Result<()> {
    for timeout in ["500ms", "1.5s", "1m", "2"] {
        greetctl(&["--timeout", timeout, "greet", "World"])?.output()?;
    }
    let failed = greetctl(&["--timeout", "soon", "greet", "World"])?;
    assert_eq!((failed.code, failed.stdout.as_str()), (USAGE, ""));
    let reason = "not a duration such as 500ms, 2s or 1m30s, up to a year";
    assert!(failed.stderr.contains(reason), "{failed:?}");
    Ok(())
}

fn man_and_completions_reject_kernel_options() -> Result<()> {
    for (args, name) in [
        (&["man"][..], "man"),
        (&["completions", "bash"], "completions"),
    ] {
        let help = greetctl(&[name, "--help"])?.output()?;
        assert!(!help.contains("--json"), "{help}");
        for before in [true, false] {
            let args = match before {
                true => [&["--json"], args].concat(),
                false => [args, &["--json"]].concat(),
            };
            let failed = greetctl(&args)?;
            assert_eq!(
                (failed.code, failed.stdout.as_str()),
                (USAGE, ""),
                "{args:?}"
            );
        }
    }
    Ok(())
}

fn invalid_commands_are_usage_errors() -> Result<()> {
    for args in [
        &[][..],
        &["frobnicate"],
        &["greet"],
        &["greet", "World", "--style", "rude"],
        &["greet", "World", "--cookie", "xyz"],
        &["greet", "World", "--frobnicate"],
    ] {
        let failed = greetctl(args)?;
        assert_eq!(
            (failed.code, failed.stdout.as_str()),
            (USAGE, ""),
            "{args:?}"
        );
        assert_ne!(failed.stderr, "", "{args:?}");
    }
    // None of them sent a request.
    assert_eq!(Client::open()?.greet("World")?.id, 1);
    Ok(())
}

fn help_has_examples_and_exit_statuses() -> Result<()> {
    let help = greetctl(&["--help"])?.output()?;
    for part in [
        "Examples:",
        "greetctl greet World --style formal",
        "Exit status:",
        "last_seen",
    ] {
        assert!(help.contains(part), "expected \"{part}\" in {help}");
    }
    Ok(())
}

fn verbose_logs_decoded_messages() -> Result<()> {
    let run = greetctl(&["-v", "greet", "World", "--style", "formal"])?;
    assert!(run.stdout.starts_with("Good day, World."), "{run:?}");
    let (message, portid) = (run.stdout.trim_end(), port_in(&run.stdout)?);
    let expected = format!(
        r#"greetctl: -> greet seq 2 flags REQUEST ACK {{name: "World", style: formal}}
greetctl: <- greet seq 2 {{
greetctl:   id: 1
greetctl:   message: "{message}"
greetctl:   portid: {portid}
greetctl:   style: formal
greetctl: }}
greetctl: <- greet seq 2 ack
"#
    );
    assert!(run.stderr.ends_with(&expected), "{run:?}");
    Ok(())
}

fn verbose_lines_have_at_most_110_characters() -> Result<()> {
    for args in [
        &["-v", "greet", "World"][..],
        &["-v", "family"],
        &["-v", "peers"],
    ] {
        let log = greetctl(args)?.stderr;
        assert_ne!(log, "", "{args:?}");
        for line in log.lines() {
            assert!(line.len() <= 110, "{} characters: {line}", line.len());
        }
    }
    Ok(())
}

fn verbose_logs_errno_names() -> Result<()> {
    let run = greetctl(&["-v", "peers", "World"])?;
    let log = "greetctl: <- peer-get seq 2 error ENOENT\n";
    assert!(run.stderr.contains(log), "{run:?}");
    let run = greetctl(&["-v", "peers"])?;
    assert!(run.stderr.contains(" seq 2 done\n"), "{run:?}");
    Ok(())
}

/// Binary attributes without a display hint may hold a key.
fn verbose_logs_only_the_length_of_binary_attributes() -> Result<()> {
    let logged = |level| {
        let run = greetctl(&[level, "greet", "World", "--cookie", "cafe0123"])?;
        anyhow::Ok(run.stderr)
    };
    let verbose = logged("-v")?;
    assert_eq!(verbose.matches("cookie: [4 bytes]").count(), 2, "{verbose}");
    assert!(!verbose.contains("cafe0123"), "{verbose}");
    assert!(logged("-vv")?.contains("cafe0123"));
    Ok(())
}

fn very_verbose_logs_hex_bytes() -> Result<()> {
    let world = "57 6f 72 6c 64 00";
    let hex = |run: &Run| {
        run.stderr
            .replace(' ', "")
            .contains(&world.replace(' ', ""))
    };
    assert!(!hex(&greetctl(&["-v", "greet", "World"])?));
    assert!(hex(&greetctl(&["-vv", "greet", "World"])?));
    Ok(())
}

/// A name may contain characters that change the direction of the text after them.
fn bidirectional_characters_are_escaped() -> Result<()> {
    let name = "a\u{202e}b";
    let printed = greetctl(&["greet", name])?.output()?;
    assert!(printed.starts_with("Hello, a\\u{202e}b!"), "{printed}");
    let printed = json_of(&["greet", name])?;
    let text = printed["message"].as_str().context("message")?;
    assert!(text.starts_with("Hello, a\u{202e}b!"), "{text}");
    Ok(())
}

fn a_closed_stdout_pipe_is_not_an_error() -> Result<()> {
    // With `pipefail`, bash returns the exit status of greetctl, which writes after the reader has
    // closed the pipe.
    let script = "set -o pipefail; { sleep 0.2; greetctl family; } | true";
    let run = run("bash", &["-c", script])?;
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", "")
    );
    Ok(())
}

fn a_closed_stderr_pipe_keeps_the_exit_status() -> Result<()> {
    for (command, code) in [
        ("greetctl monitor --count 0", 0),
        ("greetctl greet ''", FAILED),
        ("greetctl -v greet ''", FAILED),
        ("greetctl --frobnicate", USAGE),
    ] {
        // As above, with standard error as the pipe.
        let script = format!("set -o pipefail; {{ sleep 0.2; {command} 2>&1 >/dev/null; }} | true");
        let run = run("bash", &["-c", &script])?;
        assert_eq!(run.code, code, "{command}: {run:?}");
    }
    Ok(())
}

fn a_write_error_has_exit_status_1() -> Result<()> {
    let run = run("sh", &["-c", "greetctl family > /dev/full"])?;
    assert_eq!(run.code, FAILED);
    assert!(
        run.stderr.starts_with("greetctl: cannot write the output:"),
        "{run:?}"
    );
    Ok(())
}

fn assert_prints_error(run: &Run, code: i32, sentence: &str) {
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (code, "", sentence)
    );
}

/// Returns the parsed JSON output of greetctl.
fn json_of(args: &[&str]) -> Result<Value> {
    let printed = greetctl(&[args, &["--json"]].concat())?.output()?;
    Ok(serde_json::from_str(&printed)?)
}

/// Returns the message that starts with `opening`.
fn message(opening: &str, portid: u32) -> String {
    format!("{opening} Your message from port {portid} has been processed by the kernel.")
}

/// Returns the port in the text of a greeting.
fn port_in(text: &str) -> Result<u32> {
    let (_, rest) = text
        .split_once("from port ")
        .context("expected a port in the greeting")?;
    let digits = rest.split(' ').next().unwrap_or_default();
    Ok(digits.parse()?)
}
