// SPDX-License-Identifier: MIT OR Apache-2.0

//! Interoperability: netlink programs without code of this project use the family.

use crate::raw::Client;
use crate::support::background::{Background, wait_for_listener};
use crate::support::tool::{
    PYTHON, Run, kernel_file, libmnl_client, project_file, pyroute2_client, pyynl, pyynl_greet,
    pyynl_text, run, text_in,
};
use anyhow::{Context, Result};
use greet::protocol::groups;
use serde_json::{Value, json};
use std::fs;

crate::tests![
    libnl_prints_the_family,
    iproute2_prints_the_family,
    iproute2_prints_the_policy,
    pyynl_greets,
    pyynl_prints_the_policy,
    pyynl_prints_the_extack,
    pyynl_receives_events_and_notifications,
    pyynl_accepts_the_specs_of_greet_and_shelf,
    pyynl_rejects_a_spec_with_an_invalid_key,
    pyroute2_greets,
    pyroute2_prints_the_errno_and_message,
    libmnl_greets,
    libmnl_prints_the_errno,
    libmnl_receives_events,
];

fn libnl_prints_the_family() -> Result<()> {
    let list = run("genl-ctrl-list", &["-d"])?.output()?;
    let client = Client::open()?;
    // libnl has no name for the flag of operations that need `CAP_NET_ADMIN` in the namespace.
    let expected = [
        &format!("{:#06x} greet version 1", client.family_id()),
        "hdrsize 0 maxattr 0",
        "op unknown (0x01) <has_doit,has_policy>",
        "op unknown (0x02) <has_doit,has_dump,has_policy>",
        "op unknown (0x03) <has_doit,has_policy,",
        "op unknown (0x04) <has_doit,has_policy>",
        "op unknown (0x05) <has_doit,has_policy>",
        "op unknown (0x06) <has_doit,has_policy,",
        &format!("grp greetings ({:#04x})", client.group(groups::GREETINGS)?),
        &format!("grp config ({:#04x})", client.group(groups::CONFIG)?),
    ];
    let lines = trimmed(&list);
    let shown: Vec<&str> = lines
        .iter()
        .skip_while(|line| **line != expected[0])
        .copied()
        .collect();
    assert!(
        shown.len() >= expected.len()
            && shown
                .iter()
                .zip(&expected)
                .all(|(line, start)| line.starts_with(*start)),
        "expected {expected:#?}, got {shown:#?}"
    );
    Ok(())
}

fn iproute2_prints_the_family() -> Result<()> {
    let shown = run("genl", &["ctrl", "get", "name", "greet"])?.output()?;
    let client = Client::open()?;
    let expected = format!(
        "Name: greet
ID: {:#x}  Version: 0x1  header size: 0  max attribs: 0
commands supported:
#1:  ID-0x1
#2:  ID-0x2
#3:  ID-0x3
#4:  ID-0x4
#5:  ID-0x5
#6:  ID-0x6
multicast groups:
#1:  ID-{:#x}  name: greetings
#2:  ID-{:#x}  name: config",
        client.family_id(),
        client.group(groups::GREETINGS)?,
        client.group(groups::CONFIG)?,
    );
    assert_eq!(trimmed(&shown).join("\n"), expected);
    Ok(())
}

fn iproute2_prints_the_policy() -> Result<()> {
    let shown = run("genl", &["ctrl", "policy", "name", "greet"])?.output()?;
    let id = Client::open()?.family_id();
    // Operations without attributes share policy 2.
    let expected = [
        "op 1 policies: do=0",
        "op 2 policies: do=1 dump=2",
        "op 3 policies: do=3",
        "op 4 policies: do=2",
        "op 5 policies: do=2",
        "op 6 policies: do=4",
        "policy[0]:attr[1]: type=NUL_STRING max len:64",
        "policy[0]:attr[2]: type=U32 range:[0,2]",
        "policy[0]:attr[3]: type=BINARY",
        "policy[1]:attr[1]: type=NUL_STRING max len:64",
        "policy[3]:attr[1]: type=NUL_STRING max len:64",
        "policy[4]:attr[1]: type=U32 range:[0,2]",
        "policy[4]:attr[2]: type=U32 range:[1,65536]",
    ];
    assert_eq!(
        trimmed(&shown),
        expected.map(|line| format!("ID: {id:#x}  {line}"))
    );
    Ok(())
}

/// Returns the lines that are not empty, without surrounding spaces.
fn trimmed(text: &str) -> Vec<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect()
}

fn pyynl_greets() -> Result<()> {
    let request = r#"{"name": "World", "style": "formal", "cookie": "cafe"}"#;
    let reply = pyynl_greet(&["--do", "greet", "--json", request])?;
    let portid = reply["portid"].as_u64().context("portid")?;
    let expected = json!({
        "id": 1,
        "message": greeting(portid).replace("Hello, World!", "Good day, World."),
        "portid": portid,
        "style": "formal",
        "cookie": "cafe",
    });
    assert_eq!(reply, expected);
    Ok(())
}

fn pyynl_prints_the_policy() -> Result<()> {
    let policy = pyynl_greet(&["--do", "greet", "--policy"])?;
    let expected = json!({
        "name": {"type": "nul-string", "max-length": 64},
        "style": {"type": "u32", "min-value": 0, "max-value": 2},
        "cookie": {"type": "binary"},
    });
    assert_eq!(policy, expected);
    Ok(())
}

fn pyynl_prints_the_extack() -> Result<()> {
    let spec = text_in("GREET_SPEC")?;
    let schema = kernel_file("Documentation/netlink/genetlink.yaml")?;
    let request = ["--do", "greet", "--json", r#"{"style": "formal"}"#];
    let failed = pyynl(&[&["--spec", &spec, "--schema", &schema], &request[..]].concat())?;
    assert_eq!(failed.code, 1, "{failed:?}");
    for part in ["name is required", "'miss-type': 'name'"] {
        let is_printed = failed.stdout.contains(part) || failed.stderr.contains(part);
        assert!(is_printed, "expected \"{part}\" in {failed:?}");
    }
    Ok(())
}

/// pyynl listens, sends a request itself, and prints the events that follow.
fn pyynl_receives_events_and_notifications() -> Result<()> {
    let spec = text_in("GREET_SPEC")?;
    let last_event = |group, operation, request| -> Result<Value> {
        let listen = ["--subscribe", group, "--duration", "1"];
        let output = pyynl_text(
            &spec,
            &[&listen[..], &["--do", operation, "--json", request]].concat(),
        )?;
        // The output is the reply, if there is one, and then the event.
        let values = serde_json::Deserializer::from_str(&output).into_iter();
        let values: Vec<Value> = values.collect::<Result<_, _>>()?;
        values
            .into_iter()
            .next_back()
            .context("expected an event in the output")
    };
    let event = last_event(
        "greetings",
        "greet",
        r#"{"name": "World", "cookie": "cafe"}"#,
    )?;
    let portid = event["msg"]["portid"].as_u64().context("portid")?;
    let expected = json!({"name": "greeted", "msg": {
        "id": 1, "name": "World", "style": "casual", "message": greeting(portid), "portid": portid,
    }});
    assert_eq!(event, expected);
    let event = last_event("config", "settings-set", r#"{"peer-limit": 7}"#)?;
    let expected = json!({"name": "settings-ntf", "msg": {
        "default-style": "casual", "peer-limit": 7,
    }});
    assert_eq!(event, expected);
    Ok(())
}

fn pyynl_accepts_the_specs_of_greet_and_shelf() -> Result<()> {
    let shelf = project_file("tests/families/shelf/shelf.yaml")?;
    for spec in [&text_in("GREET_SPEC")?, &shelf] {
        assert_eq!(pyynl_validates(spec)?.output()?, "", "{spec}");
    }
    Ok(())
}

fn pyynl_rejects_a_spec_with_an_invalid_key() -> Result<()> {
    const FAULTY: &str = "/tmp/faulty.yaml";

    let spec = fs::read_to_string(text_in("GREET_SPEC")?)?;
    fs::write(FAULTY, spec.replace("max-len:", "longest:"))?;
    let run = pyynl_validates(FAULTY)?;
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("longest"), "{run:?}");
    Ok(())
}

/// Validates a spec with the kernel's schema.
fn pyynl_validates(spec: &str) -> Result<Run> {
    let schema = kernel_file("Documentation/netlink/genetlink.yaml")?;
    pyynl(&["--spec", spec, "--schema", &schema, "--validate"])
}

fn pyroute2_greets() -> Result<()> {
    let output = run(
        PYTHON,
        &[&pyroute2_client()?, "greet", "Ünï 世界", "c0ffee"],
    )?
    .output()?;
    let portid = output
        .lines()
        .find_map(|line| line.strip_prefix("portid "))
        .context("portid")?
        .parse()?;
    let message = greeting(portid).replace("World", "Ünï 世界");
    let expected = format!("{message}\nid 1\nportid {portid}\nstyle 0\ncookie c0ffee\n");
    assert_eq!(output, expected);
    Ok(())
}

fn pyroute2_prints_the_errno_and_message() -> Result<()> {
    let failed = run(PYTHON, &[&pyroute2_client()?, "greet", ""])?;
    assert_eq!((failed.code, failed.stdout.as_str()), (1, ""));
    for part in ["error 22", "name is empty"] {
        assert!(
            failed.stderr.contains(part),
            "expected \"{part}\" in {failed:?}"
        );
    }
    Ok(())
}

fn libmnl_greets() -> Result<()> {
    let output = run(&libmnl_client()?, &["greet", "World"])?.output()?;
    let portid = digits(&output)?;
    assert_eq!(output, greeting(portid) + "\n");
    Ok(())
}

fn libmnl_prints_the_errno() -> Result<()> {
    let failed = run(&libmnl_client()?, &["greet", ""])?;
    assert_eq!((failed.code, failed.stdout.as_str()), (1, ""));
    assert_eq!(failed.stderr, "greet: Invalid argument\n");
    Ok(())
}

fn libmnl_receives_events() -> Result<()> {
    let listener = Background::start(&libmnl_client()?, &["listen"])?;
    let mut client = Client::open()?;
    wait_for_listener(client.group(groups::GREETINGS)?)?;
    let message = client.greet("World")?.message;
    assert_eq!(listener.wait()?.output()?, message + "\n");
    Ok(())
}

/// Returns the message for the name World in the style casual.
fn greeting(portid: u64) -> String {
    format!("Hello, World! Your message from port {portid} has been processed by the kernel.")
}

/// Parses the only number in a text.
fn digits(text: &str) -> Result<u64> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    Ok(digits.parse()?)
}
