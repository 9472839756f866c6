// SPDX-License-Identifier: MIT OR Apache-2.0

//! What tshark shows of a capture, with the dissector that is made from the spec.
//!
//! It takes its time to start, so the tests look at one capture, which the first of them makes.

mod nlmon;

use crate::raw::Client;
use crate::support::tool::{greetctl, project_file, run};
use anyhow::{Context as _, Result};
use nlmon::Capture;
use std::sync::OnceLock;

crate::tests![
    every_message_is_shown,
    a_greeting_is_shown,
    an_event_is_shown,
    a_refusal_is_shown,
    each_peer_of_a_dump_is_shown,
    changed_settings_are_shown,
    an_enum_is_found_by_name,
];

/// A message as tshark shows it.
#[derive(Debug)]
struct Message {
    title: String,
    lines: Vec<String>,
}

fn every_message_is_shown() -> Result<()> {
    let titles: Vec<_> = shown()?.iter().map(|message| &message.title).collect();
    let expected = [
        "greet request",
        "greeted",
        "greet reply",
        "greet request",
        "greeted",
        "greet reply",
        "greet request",
        "Error code: Invalid argument (-EINVAL) (-22)",
        "peer-get request",
        "peer-get reply",
        "peer-get reply",
        "settings-set request",
        "settings-ntf",
    ];
    assert_eq!(titles, expected);
    Ok(())
}

fn a_greeting_is_shown() -> Result<()> {
    let request = message("greet request", 0)?;
    let expected = [
        "command: greet (1)",
        "version: 1",
        "name: Ünï 世界",
        "style: formal (1)",
        "cookie: cafe",
    ];
    assert_eq!(request.lines, expected);

    let reply = message("greet reply", 0)?;
    let expected = [
        "command: greet (1)",
        "version: 1",
        "id: 1",
        &reply.greeting()?,
        &format!("portid: {}", reply.value("portid")?),
        "style: formal (1)",
        "cookie: cafe",
    ];
    assert_eq!(reply.lines, expected);
    Ok(())
}

fn an_event_is_shown() -> Result<()> {
    let event = message("greeted", 0)?;
    let expected = [
        "command: greeted (7)",
        "version: 1",
        "id: 1",
        "name: Ünï 世界",
        "style: formal (1)",
        &event.greeting()?,
        &format!("portid: {}", event.value("portid")?),
    ];
    assert_eq!(event.lines, expected);
    Ok(())
}

/// What the kernel says of it in an extended ack is beyond tshark 4.0.
fn a_refusal_is_shown() -> Result<()> {
    let request = message("greet request", 2)?;
    let expected = ["command: greet (1)", "version: 1", "name:"];
    assert_eq!(request.lines, expected);
    Ok(())
}

fn each_peer_of_a_dump_is_shown() -> Result<()> {
    let request = message("peer-get request", 0)?;
    assert_eq!(request.lines, ["command: peer-get (2)", "version: 1"]);
    for (nth, (name, style)) in [("Ünï 世界", "formal (1)"), ("Moon", "casual (0)")]
        .into_iter()
        .enumerate()
    {
        let peer = message("peer-get reply", nth)?;
        let expected = [
            "command: peer-get (2)",
            "version: 1",
            &format!("name: {name}"),
            "greetings: 1",
            &format!(
                "last-portid: {}",
                message("greet reply", nth)?.value("portid")?
            ),
            &format!("last-style: {style}"),
            &format!("last-seen: {}", peer.value("last-seen")?.parse::<u64>()?),
        ];
        assert_eq!(peer.lines, expected);
    }
    Ok(())
}

fn changed_settings_are_shown() -> Result<()> {
    let request = message("settings-set request", 0)?;
    let expected = ["command: settings-set (6)", "version: 1", "peer-limit: 5"];
    assert_eq!(request.lines, expected);

    let notification = message("settings-ntf", 0)?;
    let expected = [
        "command: settings-ntf (8)",
        "version: 1",
        "default-style: casual (0)",
        "peer-limit: 5",
    ];
    assert_eq!(notification.lines, expected);
    Ok(())
}

fn an_enum_is_found_by_name() -> Result<()> {
    let filter = "genl.greet.greeting.style == \"formal\" && genl.greet.greeting.name";
    let columns = [
        "genl.greet.greeting.name",
        "_ws.col.Protocol",
        "_ws.col.Info",
    ];
    let columns = columns.iter().flat_map(|column| ["-e", column]);
    let args: Vec<_> = ["-Y", filter, "-T", "fields"]
        .into_iter()
        .chain(columns)
        .collect();
    let found = tshark(&args)?;
    let lines: Vec<_> = found.lines().collect();
    assert_eq!(
        lines,
        ["Ünï 世界\tgreet\tgreet request", "Ünï 世界\tgreet\tgreeted"]
    );
    Ok(())
}

impl Message {
    /// The value with this name.
    fn value(&self, name: &str) -> Result<&str> {
        let name = format!("{name}: ");
        let mut values = self
            .lines
            .iter()
            .filter_map(|line| line.strip_prefix(&name));
        values
            .next()
            .with_context(|| format!("no {name}in {self:?}"))
    }

    /// The line with the greeting of the first of those greeted.
    fn greeting(&self) -> Result<String> {
        let portid = self.value("portid")?;
        Ok(format!(
            "message: Good day, Ünï 世界. Your message from port {portid} has been processed by the kernel."
        ))
    }
}

/// The message with this title, counted from 0.
fn message(title: &str, nth: usize) -> Result<&'static Message> {
    let mut all = shown()?.iter().filter(|message| message.title == title);
    all.nth(nth).with_context(|| format!("no {nth} of {title}"))
}

/// The family's messages in the capture, and the refusals.
fn shown() -> Result<&'static [Message]> {
    static SHOWN: OnceLock<Vec<Message>> = OnceLock::new();

    if let Some(shown) = SHOWN.get() {
        return Ok(shown);
    }
    let shown = parse(&tshark(&["-V", "-Y", "genl.greet || netlink.error < 0"])?);
    Ok(SHOWN.get_or_init(|| shown))
}

/// Takes from what is shown of a message what the dissector has added, and refusals.
fn parse(shown: &str) -> Vec<Message> {
    const START: &str = "Generic netlink family greet, ";
    const REFUSAL: &str = "    Error code: ";

    let mut messages: Vec<Message> = Vec::new();
    let mut is_inside = false;
    for line in shown.lines() {
        let title = line.strip_prefix(START);
        let title = title.or(line.starts_with(REFUSAL).then(|| line.trim()));
        let value = line.strip_prefix("    ").filter(|_| is_inside);
        match (title, value, messages.last_mut()) {
            (Some(title), ..) => messages.push(Message {
                title: title.to_owned(),
                lines: Vec::new(),
            }),
            (None, Some(value), Some(message)) => message.lines.push(value.trim_end().to_owned()),
            _ => {}
        }
        is_inside = line.starts_with(START) || value.is_some();
    }
    messages
}

/// What tshark tells of the capture.
fn tshark(args: &[&str]) -> Result<String> {
    let script = format!("lua_script:{}", project_file("policy/greet.lua")?);
    let read = ["-r", capture()?, "-X", &script];
    run("tshark", &[&read, args].concat())?.output()
}

/// The path of the capture of something of everything.
fn capture() -> Result<&'static str> {
    static CAPTURE: OnceLock<String> = OnceLock::new();

    if let Some(capture) = CAPTURE.get() {
        return Ok(capture);
    }
    let listener = Client::open()?;
    listener.join("greetings")?;
    listener.join("config")?;
    let capture = Capture::begin()?;
    let style_and_cookie = ["--style", "formal", "--cookie", "cafe"];
    greetctl(&[&["greet", "Ünï 世界"], &style_and_cookie[..]].concat())?.output()?;
    greetctl(&["greet", "Moon"])?.output()?;
    assert_eq!(greetctl(&["greet", ""])?.code, 1);
    greetctl(&["peers"])?.output()?;
    greetctl(&["settings", "set", "--peer-limit", "5"])?.output()?;
    let path = capture.end()?;
    Ok(CAPTURE.get_or_init(|| path))
}
