// SPDX-License-Identifier: MIT OR Apache-2.0

//! What answers and events carry besides what they are meant to: nothing. No byte that nobody wrote,
//! nothing of another namespace, no address of the kernel's.
//!
//! Before each question the memory that answers are made in is filled with a mark, by greetings in
//! another namespace and by requests that are nonsense. Then each byte of what comes is looked at.

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
use inspect::{Found, Inspector, MARK};

crate::tests![
    replies_carry_nothing_else,
    refusals_carry_nothing_else,
    lists_carry_nothing_else,
    events_carry_nothing_else,
    what_is_said_of_the_family_carries_nothing_else,
];

/// Ports of the sockets here. Those that the kernel chooses may look like half an address.
const PORT: u32 = 0x5000;
const LISTENER_PORT: u32 = 0x5001;

fn replies_carry_nothing_else() -> Result<()> {
    let mut question = Question::new()?;
    for len in sampled(1..=64) {
        let name = "N".repeat(len);
        let cookie = vec![7; len % 33];
        let style = u32::try_from(len % 3)?;
        let request = Request::greet().name(&name).u32(STYLE, style);
        question.answers(&request.clone().attr(COOKIE, &cookie), 2)?;
        question.answers(&request.flags(libc::NLM_F_REQUEST), 0)?;
        question.answers(&Request::of(&PEER_GET).text(peer::NAME, &name), 2)?;
    }
    question.answers(&Request::of(&STATS_GET), 2)?;
    question.answers(&Request::of(&SETTINGS_GET), 2)?;
    question.answers(&Request::of(&SETTINGS_SET).u32(settings::PEER_LIMIT, 7), 1)?;
    question.answers(&Request::of(&PEER_DEL).text(peer::NAME, &"N".repeat(64)), 1)?;
    question.print("replies and ACKs");
    Ok(())
}

fn refusals_carry_nothing_else() -> Result<()> {
    let mut question = Question::new()?;
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
            Request::greet().name("WORLD").short_of(1),
            Request::greet().command(200),
            Request::greet().family(1023).name("WORLD"),
            Request::of(&PEER_GET).text(peer::NAME, "NOBODY"),
            Request::of(&PEER_DEL).text(peer::NAME, "NOBODY"),
            Request::of(&STATS_GET).u32(1, 1),
            Request::of(&SETTINGS_SET).u32(settings::PEER_LIMIT, 0),
            Request::dump(&STATS_GET),
        ]
    };
    for (ext_ack, cap_ack) in [(true, false), (true, true), (false, false), (false, true)] {
        question.client.set_error_options(ext_ack, cap_ack)?;
        for request in requests() {
            // One that is cut is not answered.
            question.any_answers(&request)?;
        }
    }
    ensure!(question.found.messages > 4 * 17, "{:?}", question.found);
    question.print("refusals");
    Ok(())
}

fn lists_carry_nothing_else() -> Result<()> {
    const PEERS: u32 = 1_000;

    let mut question = Question::new()?;
    let names =
        (0..PEERS).map(|number| format!("PEER {number:0width$}", width = number as usize % 50));
    question.client.greet_quietly(names)?;
    question.answers(&Request::dump(&PEER_GET), PEERS + 1)?;
    question.print("items of a list");
    Ok(())
}

fn events_carry_nothing_else() -> Result<()> {
    let mut question = Question::new()?;
    let mut listener = Client::open_at(LISTENER_PORT)?;
    listener.join(groups::GREETINGS)?;
    listener.join(groups::CONFIG)?;
    for len in sampled(1..=64) {
        question.answers(
            &Request::greet()
                .name(&"N".repeat(len))
                .attr(COOKIE, &[7; 9]),
            2,
        )?;
        let limit = 100 + u32::try_from(len)?;
        question.answers(
            &Request::of(&SETTINGS_SET).u32(settings::PEER_LIMIT, limit),
            1,
        )?;
        let mut heard = Found::default();
        for event in listener.datagrams()? {
            heard += question.inspector.look_at(&event, 0)?;
        }
        ensure!(heard.messages == 2, "{heard:?}");
        question.found += heard;
    }
    question.print("replies and events");
    Ok(())
}

/// By the core, from the tables that the module has given to it.
fn what_is_said_of_the_family_carries_nothing_else() -> Result<()> {
    const GENL_ID_CTRL: u16 = 16;
    const NOTIFY: u32 = 16;
    const CTRL_CMD_GETFAMILY: u8 = 3;
    const CTRL_CMD_GETPOLICY: u8 = 10;
    const CTRL_ATTR_FAMILY_NAME: u16 = 2;

    let mut question = Question::new()?;
    let of_greet = |request: Request, command| {
        let request = request.family(GENL_ID_CTRL).command(command);
        request.text(CTRL_ATTR_FAMILY_NAME, "greet")
    };
    let get = of_greet(Request::greet(), CTRL_CMD_GETFAMILY);
    question.answers(&get, 2)?;
    question.any_answers(&of_greet(Request::dump(&PEER_GET), CTRL_CMD_GETPOLICY))?;
    ensure!(question.found.attributes > 50, "{:?}", question.found);

    let mut listener = Client::open_at(LISTENER_PORT)?;
    listener.join_number(NOTIFY)?;
    let before = question.found;
    Unloaded::begin()?.end()?;
    for event in listener.datagrams()? {
        question.found += question.inspector.look_at(&event, 0)?;
    }
    // The family and its groups have gone and come.
    let told = question.found.messages - before.messages;
    ensure!(told >= 2, "{told} events");
    question.print("messages about the family");
    Ok(())
}

/// A client, whose answers are looked at.
struct Question {
    client: Client,
    elsewhere: Client,
    inspector: Inspector,
    found: Found,
}

impl Question {
    fn new() -> Result<Self> {
        Ok(Self {
            client: Client::open_at(PORT)?,
            elsewhere: namespace::in_new(Client::open)?,
            inspector: Inspector::new()?,
            found: Found::default(),
        })
    }

    /// Asks, and looks at the answers, which must be so many messages.
    fn answers(&mut self, request: &Request, count: u32) -> Result<()> {
        let found = self.any_answers(request)?;
        ensure!(found.messages == count, "{request:?}: {found:?}");
        Ok(())
    }

    /// The same, with any number of them.
    fn any_answers(&mut self, request: &Request) -> Result<Found> {
        self.leave_marks()?;
        self.client.send(request)?;
        let mut found = Found::default();
        for datagram in self.client.datagrams()? {
            found += self.inspector.look_at(&datagram, PORT)?;
        }
        self.found += found;
        Ok(found)
    }

    /// Fills memory of each size that a message may have, and gives it back.
    fn leave_marks(&mut self) -> Result<()> {
        const SIZES: [usize; 8] = [64, 200, 400, 900, 1_900, 3_700, 8_000, 30_000];

        let name = std::str::from_utf8(MARK)?.repeat(64 / MARK.len());
        let cookie = &name.as_bytes()[..32];
        for size in SIZES {
            let nonsense = MARK.repeat(size / MARK.len());
            let nonsense = Request::greet().family(1023).bytes(&nonsense);
            for _ in 0..4 {
                self.elsewhere.ask(&nonsense)?;
            }
        }
        let greeting = Request::greet().name(&name).attr(COOKIE, cookie);
        self.elsewhere.ask(&greeting)?;
        Ok(())
    }

    fn print(&self, what: &str) {
        let Found {
            messages,
            attributes,
            padding,
            words,
        } = self.found;
        println!(
            "{messages} {what}: {attributes} attributes, {padding} bytes of padding and reserved \
             fields, all 0; {words} places where no address of {} is",
            self.inspector.addresses()
        );
    }
}
