// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs every operation with greetctl and with pyynl, and a dump with all clients: results must be
//! equal.

use crate::raw::{Client, Peer, Request};
use crate::support::tool::{PYTHON, greetctl, libmnl_client, pyroute2_client, pyynl_greet, run};
use anyhow::{Context, Result};
use greet::protocol::greeting::STYLE;
use serde_json::{Map, Value, json};

crate::tests![
    greet_reply_is_equal,
    peer_is_equal,
    peer_dump_is_equal,
    stats_are_equal,
    settings_are_equal,
    greetctl_and_pyynl_delete_peers,
    greetctl_and_pyynl_change_settings,
    greetctl_and_pyynl_report_an_error_and_its_policy,
    four_clients_dump_the_same_peers,
];

fn greet_reply_is_equal() -> Result<()> {
    let request = r#"{"name": "World", "style": "formal", "cookie": "cafe"}"#;
    let theirs = pyynl_greet(&["--do", "greet", "--json", request])?;
    let mut ours = ours(&["greet", "World", "--style", "formal", "--cookie", "cafe"])?;
    // greetctl greets second, from another port.
    let old = ours["portid"].to_string();
    let new = theirs["portid"].to_string();
    let message = ours["message"].as_str().context("message")?;
    ours["message"] = json!(message.replace(&format!("port {old} "), &format!("port {new} ")));
    ours["portid"] = theirs["portid"].clone();
    assert_eq!((&ours["id"], &theirs["id"]), (&json!(2), &json!(1)));
    ours["id"] = json!(1);
    assert_eq!(ours, theirs);
    Ok(())
}

fn peer_is_equal() -> Result<()> {
    greet_some()?;
    let request = r#"{"name": "Sun"}"#;
    let theirs = pyynl_greet(&["--do", "peer-get", "--json", request])?;
    assert_eq!(ours(&["peers", "Sun"])?, theirs);
    Ok(())
}

fn peer_dump_is_equal() -> Result<()> {
    greet_some()?;
    let theirs = pyynl_greet(&["--dump", "peer-get"])?;
    let ours = greetctl(&["peers", "--json"])?.output()?;
    let ours = ours.lines().map(parse).collect::<Result<Vec<_>>>()?;
    assert_eq!(ours.len(), 3);
    assert_eq!(Value::Array(ours), theirs);
    Ok(())
}

fn stats_are_equal() -> Result<()> {
    greet_some()?;
    let theirs = pyynl_greet(&["--do", "stats-get"])?;
    assert_eq!(ours(&["stats"])?, theirs);
    assert_eq!(theirs["greetings"], 4);
    Ok(())
}

fn settings_are_equal() -> Result<()> {
    Client::open()?.set_default_style(2)?;
    let theirs = pyynl_greet(&["--do", "settings-get"])?;
    assert_eq!(ours(&["settings"])?, theirs);
    assert_eq!(theirs["default-style"], "enthusiastic");
    Ok(())
}

fn greetctl_and_pyynl_delete_peers() -> Result<()> {
    greet_some()?;
    pyynl_greet(&["--do", "peer-del", "--json", r#"{"name": "World"}"#])?;
    greetctl(&["forget", "Moon"])?.output()?;
    let left = Client::open()?.peers()?.into_iter().map(|peer| peer.name);
    assert!(left.eq(["Sun"]));
    Ok(())
}

fn greetctl_and_pyynl_change_settings() -> Result<()> {
    let request = r#"{"default-style": "formal", "peer-limit": 7}"#;
    pyynl_greet(&["--do", "settings-set", "--json", request])?;
    let theirs = Client::open()?.settings()?;
    Client::open()?.set_default_style(0)?;
    greetctl(&["settings", "set", "--default-style", "formal"])?.output()?;
    assert_eq!(Client::open()?.settings()?, theirs);
    assert_eq!((theirs.default_style, theirs.peer_limit), (1, 7));
    Ok(())
}

fn greetctl_and_pyynl_report_an_error_and_its_policy() -> Result<()> {
    let request = ["--do", "settings-set", "--json", r#"{"peer-limit": 65537}"#];
    let theirs = pyynl_greet(&request).expect_err("out of range").to_string();
    let ours = greetctl(&["settings", "set", "--peer-limit", "65537"])?;
    assert_eq!(ours.code, 1);
    for part in ["integer out of range", "peer-limit", "65536"] {
        assert!(theirs.contains(part), "expected {part} in {theirs}");
        assert!(ours.stderr.contains(part), "expected {part} in {ours:?}");
    }
    Ok(())
}

fn four_clients_dump_the_same_peers() -> Result<()> {
    Client::open()?.greet("Ünï")?;
    let expected = greet_some()?;
    let lines = expected
        .iter()
        .map(|peer| {
            format!(
                "{} {} {} {} {}\n",
                peer.name, peer.greetings, peer.last_portid, peer.last_style, peer.last_seen
            )
        })
        .collect::<String>();
    assert_eq!(run(&libmnl_client()?, &["peers"])?.output()?, lines);
    let pyroute2 = run(PYTHON, &[&pyroute2_client()?, "peers"])?;
    assert_eq!(pyroute2.output()?, lines);
    // `peer_dump_is_equal` compares pyynl with greetctl.
    let ours = greetctl(&["peers", "--json"])?.output()?;
    for (line, peer) in ours.lines().zip(&expected) {
        let line = parse(line)?;
        assert_eq!(line["name"], peer.name);
        assert_eq!(line["last-seen"], peer.last_seen);
    }
    Ok(())
}

/// Greets three names, one of them twice and one in another style. pyynl reads and writes only
/// ASCII.
fn greet_some() -> Result<Vec<Peer>> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(["World", "World", "Moon"])?;
    client.request(&Request::greet().name("Sun").u32(STYLE, 1))?;
    client.peers()
}

/// Returns the JSON output of greetctl with the attribute names of the spec.
fn ours(args: &[&str]) -> Result<Value> {
    parse(&greetctl(&[args, &["--json"]].concat())?.output()?)
}

fn parse(line: &str) -> Result<Value> {
    let object: Map<String, Value> = serde_json::from_str(line)?;
    let object = object.into_iter();
    Ok(object
        .map(|(name, value)| (name.replace('_', "-"), value))
        .collect())
}
