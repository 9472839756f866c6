// SPDX-License-Identifier: MIT OR Apache-2.0

//! Information leaks: replies and events contain no uninitialized memory, no data of another
//! namespace and no kernel address.
//!
//! Before each request, greetings in another namespace and invalid requests fill the memory from
//! which replies are allocated with a marker. Then the tests inspect each byte that arrives.

mod inspect;

use crate::raw::{Client, Request};
use crate::support::module::Unloaded;
use crate::support::namespace;
use crate::support::scale::sampled;
use anyhow::{Result, ensure};
use greet::protocol::greeting::{COOKIE, NAME, STYLE};
use greet::protocol::{
    PEER_DEL, PEER_GET, SETTINGS_GET, SETTINGS_SET, STATS_GET, groups, peer, settings,
};
use inspect::{Found, Inspector, MARKER};

crate::tests![
    replies_leak_nothing,
    error_messages_leak_nothing,
    dumps_leak_nothing,
    events_leak_nothing,
    nlctrl_messages_about_the_family_leak_nothing,
];

/// Ports of the sockets. Ports that the kernel chooses may look like half an address.
const PORT: u32 = 0x5000;
const LISTENER_PORT: u32 = 0x5001;

fn replies_leak_nothing() -> Result<()> {
    let mut probe = Probe::new()?;
    for len in sampled(1..=64) {
        let name = "N".repeat(len);
        let cookie = vec![7; len % 33];
        let style = u32::try_from(len % 3)?;
        let request = Request::greet().name(&name).u32(STYLE, style);
        probe.answers(&request.clone().attr(COOKIE, &cookie), 2)?;
        probe.answers(&request.flags(libc::NLM_F_REQUEST), 0)?;
        probe.answers(&Request::of(&PEER_GET).text(peer::NAME, &name), 2)?;
    }
    probe.answers(&Request::of(&STATS_GET), 2)?;
    probe.answers(&Request::of(&SETTINGS_GET), 2)?;
    probe.answers(&Request::of(&SETTINGS_SET).u32(settings::PEER_LIMIT, 7), 1)?;
    probe.answers(&Request::of(&PEER_DEL).text(peer::NAME, &"N".repeat(64)), 1)?;
    probe.print("replies and ACKs");
    Ok(())
}

fn error_messages_leak_nothing() -> Result<()> {
    let mut probe = Probe::new()?;
    let requests = || {
        [
            Request::greet(),
            Request::greet().name(""),
            Request::greet().name("A\u{7}B"),
            Request::greet().attr(NAME, b"W\xd6RLD\0"),
            Request::greet().attr(NAME, b"NO NUL"),
            Request::greet().name(&"N".repeat(65)),
            Request::greet().name("WORLD").u32(STYLE, 3),
            Request::greet().name("WORLD").attr(STYLE, b"X"),
            Request::greet().name("WORLD").attr(COOKIE, &[7; 33]),
            Request::greet().name("WORLD").u32(99, 0),
            Request::greet().name("WORLD").reserved(1),
            Request::greet().name("WORLD").excess_len(1),
            Request::greet().command(200),
            Request::greet().family(1023).name("WORLD"),
            Request::of(&PEER_GET).text(peer::NAME, "ABSENT"),
            Request::of(&PEER_DEL).text(peer::NAME, "ABSENT"),
            Request::of(&STATS_GET).u32(1, 1),
            Request::of(&SETTINGS_SET).u32(settings::PEER_LIMIT, 0),
            Request::dump(&STATS_GET),
        ]
    };
    for (ext_ack, cap_ack) in [(true, false), (true, true), (false, false), (false, true)] {
        probe.client.set_error_options(ext_ack, cap_ack)?;
        for request in requests() {
            // The truncated request gets no reply.
            probe.any_answers(&request)?;
        }
    }
    ensure!(probe.found.messages > 4 * 17, "{:?}", probe.found);
    probe.print("error messages");
    Ok(())
}

fn dumps_leak_nothing() -> Result<()> {
    const PEERS: u32 = 1_000;

    let mut probe = Probe::new()?;
    let names =
        (0..PEERS).map(|number| format!("PEER {number:0width$}", width = number as usize % 50));
    probe.client.greet_unacknowledged(names)?;
    probe.answers(&Request::dump(&PEER_GET), PEERS + 1)?;
    probe.print("dump messages");
    Ok(())
}

fn events_leak_nothing() -> Result<()> {
    let mut probe = Probe::new()?;
    let mut listener = Client::open_at(LISTENER_PORT)?;
    listener.join(groups::GREETINGS)?;
    listener.join(groups::CONFIG)?;
    for len in sampled(1..=64) {
        probe.answers(
            &Request::greet()
                .name(&"N".repeat(len))
                .attr(COOKIE, &[7; 9]),
            2,
        )?;
        let limit = 100 + u32::try_from(len)?;
        probe.answers(
            &Request::of(&SETTINGS_SET).u32(settings::PEER_LIMIT, limit),
            1,
        )?;
        let mut received = Found::default();
        for event in listener.datagrams()? {
            received += probe.inspector.inspect(&event, 0)?;
        }
        ensure!(
            received.messages == 2,
            "expected two events, got {received:?}"
        );
        probe.found += received;
    }
    probe.print("replies and events");
    Ok(())
}

/// The core sends these messages from the tables that the module registered.
fn nlctrl_messages_about_the_family_leak_nothing() -> Result<()> {
    const GENL_ID_CTRL: u16 = 16;
    const NOTIFY: u32 = 16;
    const CTRL_CMD_GETFAMILY: u8 = 3;
    const CTRL_CMD_GETPOLICY: u8 = 10;
    const CTRL_ATTR_FAMILY_NAME: u16 = 2;

    let mut probe = Probe::new()?;
    let of_greet = |request: Request, command| {
        let request = request.family(GENL_ID_CTRL).command(command);
        request.text(CTRL_ATTR_FAMILY_NAME, "greet")
    };
    let get = of_greet(Request::greet(), CTRL_CMD_GETFAMILY);
    probe.answers(&get, 2)?;
    probe.any_answers(&of_greet(Request::dump(&PEER_GET), CTRL_CMD_GETPOLICY))?;
    ensure!(probe.found.attributes > 50, "{:?}", probe.found);

    let mut listener = Client::open_at(LISTENER_PORT)?;
    listener.join_id(NOTIFY)?;
    let before = probe.found;
    Unloaded::unload()?.reload()?;
    for event in listener.datagrams()? {
        probe.found += probe.inspector.inspect(&event, 0)?;
    }
    // The family and its groups were unregistered and registered again.
    let events = probe.found.messages - before.messages;
    ensure!(events >= 2, "expected two events or more, got {events}");
    probe.print("messages about the family");
    Ok(())
}

/// A client whose received messages are inspected.
struct Probe {
    client: Client,
    elsewhere: Client,
    inspector: Inspector,
    found: Found,
}

impl Probe {
    fn new() -> Result<Self> {
        Ok(Self {
            client: Client::open_at(PORT)?,
            elsewhere: namespace::in_new(Client::open)?,
            inspector: Inspector::new()?,
            found: Found::default(),
        })
    }

    /// Sends a request and inspects the answers, of which there must be `count`.
    fn answers(&mut self, request: &Request, count: u32) -> Result<()> {
        let found = self.any_answers(request)?;
        ensure!(
            found.messages == count,
            "expected {count} messages for {request:?}, got {found:?}"
        );
        Ok(())
    }

    /// Sends a request and inspects any number of answers.
    fn any_answers(&mut self, request: &Request) -> Result<Found> {
        self.fill_memory()?;
        self.client.send(request)?;
        let mut found = Found::default();
        for datagram in self.client.datagrams()? {
            found += self.inspector.inspect(&datagram, PORT)?;
        }
        self.found += found;
        Ok(found)
    }

    /// Fills kernel memory of each size that a message may have with the marker, and frees it.
    fn fill_memory(&mut self) -> Result<()> {
        const SIZES: [usize; 8] = [64, 200, 400, 900, 1_900, 3_700, 8_000, 30_000];

        let name = std::str::from_utf8(MARKER)?.repeat(64 / MARKER.len());
        let cookie = &name.as_bytes()[..32];
        for size in SIZES {
            let invalid = MARKER.repeat(size / MARKER.len());
            let invalid = Request::greet().family(1023).bytes(&invalid);
            for _ in 0..4 {
                self.elsewhere.request(&invalid)?;
            }
        }
        let greeting = Request::greet().name(&name).attr(COOKIE, cookie);
        self.elsewhere.request(&greeting)?;
        Ok(())
    }

    fn print(&self, kind: &str) {
        let Found {
            messages,
            attributes,
            padding,
            words,
        } = self.found;
        println!(
            "{messages} {kind}: {attributes} attributes, {padding} bytes of padding and reserved \
             fields, all 0; {words} words outside of the kernel addresses {}",
            self.inspector.addresses()
        );
    }
}
