// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs tshark with the generated dissector on a capture and checks its output.
//!
//! Starting tshark takes long, so the tests share one capture, which the first of them creates.

use crate::raw::Client;
use crate::support::tool::{greetctl, project_file, run};
use anyhow::{Context as _, Result};
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, LinkAddr, SockFlag, SockProtocol, SockType, recvfrom, socket,
};
use std::fs;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::sync::OnceLock;

crate::tests![
    dissects_every_message,
    dissects_a_greet_request_and_reply,
    dissects_a_greeted_event,
    dissects_a_request_with_an_empty_name,
    dissects_each_peer_of_a_dump,
    dissects_settings_set_and_its_notification,
    filters_match_enum_entries_by_name,
];

/// A message as printed by tshark.
#[derive(Debug)]
struct Message {
    title: String,
    lines: Vec<String>,
}

fn dissects_every_message() -> Result<()> {
    let titles: Vec<_> = dissected()?.iter().map(|message| &message.title).collect();
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

fn dissects_a_greet_request_and_reply() -> Result<()> {
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

fn dissects_a_greeted_event() -> Result<()> {
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

/// Checks only the request: tshark 4.0 does not dissect extended acks.
fn dissects_a_request_with_an_empty_name() -> Result<()> {
    let request = message("greet request", 2)?;
    let expected = ["command: greet (1)", "version: 1", "name:"];
    assert_eq!(request.lines, expected);
    Ok(())
}

fn dissects_each_peer_of_a_dump() -> Result<()> {
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

fn dissects_settings_set_and_its_notification() -> Result<()> {
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

fn filters_match_enum_entries_by_name() -> Result<()> {
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
    /// Returns the value with this name.
    fn value(&self, name: &str) -> Result<&str> {
        let name = format!("{name}: ");
        let mut values = self
            .lines
            .iter()
            .filter_map(|line| line.strip_prefix(&name));
        values
            .next()
            .with_context(|| format!("expected {name}in {self:?}"))
    }

    /// Returns the line with the first greeting's message.
    fn greeting(&self) -> Result<String> {
        let portid = self.value("portid")?;
        Ok(format!(
            "message: Good day, Ünï 世界. Your message from port {portid} has been processed by the kernel."
        ))
    }
}

/// Returns the message with this title and index.
fn message(title: &str, nth: usize) -> Result<&'static Message> {
    let mut all = dissected()?.iter().filter(|message| message.title == title);
    all.nth(nth)
        .with_context(|| format!("expected a message {title} with index {nth}"))
}

/// Returns the family's messages and the errors in the capture.
fn dissected() -> Result<&'static [Message]> {
    static DISSECTED: OnceLock<Vec<Message>> = OnceLock::new();

    if let Some(dissected) = DISSECTED.get() {
        return Ok(dissected);
    }
    let dissected = parse(&tshark(&["-V", "-Y", "genl.greet || netlink.error < 0"])?);
    Ok(DISSECTED.get_or_init(|| dissected))
}

/// Extracts the dissector's lines and the errors from the output of tshark.
fn parse(dissected: &str) -> Vec<Message> {
    const START: &str = "Generic netlink family greet, ";
    const ERROR: &str = "    Error code: ";

    let mut messages: Vec<Message> = Vec::new();
    let mut is_inside = false;
    for line in dissected.lines() {
        let title = line.strip_prefix(START);
        let title = title.or(line.starts_with(ERROR).then(|| line.trim()));
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

/// Runs tshark on the capture and returns its output.
fn tshark(args: &[&str]) -> Result<String> {
    let script = format!("lua_script:{}", project_file("policy/greet.lua")?);
    let read = ["-r", capture()?, "-X", &script];
    run("tshark", &[&read, args].concat())?.output()
}

/// Returns the path of a capture with each kind of message.
fn capture() -> Result<&'static str> {
    static CAPTURE: OnceLock<String> = OnceLock::new();

    if let Some(capture) = CAPTURE.get() {
        return Ok(capture);
    }
    let listener = Client::open()?;
    listener.join("greetings")?;
    listener.join("config")?;
    let capture = Capture::start()?;
    let style_and_cookie = ["--style", "formal", "--cookie", "cafe"];
    greetctl(&[&["greet", "Ünï 世界"], &style_and_cookie[..]].concat())?.output()?;
    greetctl(&["greet", "Moon"])?.output()?;
    assert_eq!(greetctl(&["greet", ""])?.code, 1);
    greetctl(&["peers"])?.output()?;
    greetctl(&["settings", "set", "--peer-limit", "5"])?.output()?;
    let path = capture.finish()?;
    Ok(CAPTURE.get_or_init(|| path))
}

/// Path of the capture. Each capture overwrites it.
const FILE: &str = "/tmp/capture.pcap";

/// Fields of the file header: pcap 2.4, the maximum length of a packet, link type netlink.
const MAGIC: u32 = 0xa1b2_c3d4;
const VERSION: [u16; 2] = [2, 4];
const MAX_LEN: u32 = 0x4_0000;
const LINK_NETLINK: u32 = 253;

/// A running capture.
struct Capture {
    socket: OwnedFd,
}

impl Capture {
    /// Starts a capture. The socket receives from all interfaces of the namespace, of which only
    /// nlmon0 is up. It receives at once; a separate capture program would need time to start, and
    /// nothing would say when it is ready.
    fn start() -> Result<Self> {
        run("ip", &["link", "add", "nlmon0", "up", "type", "nlmon"])?.output()?;
        let socket = socket(
            AddressFamily::Packet,
            SockType::Datagram,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
            SockProtocol::EthAll,
        )
        .context("cannot capture")?;
        Ok(Self { socket })
    }

    /// Stops the capture and returns the path of the file.
    fn finish(self) -> Result<String> {
        let mut file = header();
        while let Some(packet) = self.next()? {
            file.extend(packet);
        }
        fs::write(FILE, file)?;
        Ok(FILE.to_owned())
    }

    /// Returns the next packet in the format of the file.
    fn next(&self) -> Result<Option<Vec<u8>>> {
        let mut bytes = vec![0; usize::try_from(MAX_LEN)?];
        let (len, link) = match recvfrom::<LinkAddr>(self.socket.as_raw_fd(), &mut bytes) {
            Err(Errno::EAGAIN) => return Ok(None),
            other => other?,
        };
        let link = link.context("a packet without a source address")?;
        let cooked = [
            u16::from(link.pkttype()),
            link.hatype(),
            0,
            0,
            0,
            0,
            0,
            u16::from_be(link.protocol()),
        ];
        let cooked = cooked.map(u16::to_be_bytes).concat();
        let len_of_all = u32::try_from(cooked.len() + len)?;
        let header = [0, 0, len_of_all, len_of_all]
            .map(u32::to_ne_bytes)
            .concat();
        Ok(Some([&header, &cooked, &bytes[..len]].concat()))
    }
}

fn header() -> Vec<u8> {
    let version = VERSION.map(u16::to_ne_bytes).concat();
    let rest = [0, 0, MAX_LEN, LINK_NETLINK].map(u32::to_ne_bytes).concat();
    [MAGIC.to_ne_bytes().as_slice(), &version, &rest].concat()
}
