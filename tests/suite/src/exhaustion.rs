// SPDX-License-Identifier: MIT OR Apache-2.0

//! Much of everything: sockets, listeners that never read, peers. Greeters go on, and the kernel's
//! memory stays within bounds. How much of it is in use is printed.

use crate::raw::{Client, Request};
use crate::support::scale::{leeway, scaled, slowness};
use crate::support::{fastest_of, unreclaimable, unreclaimable_once_below};
use anyhow::{Context, Result, ensure};
use greet::protocol::groups;
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::time::Duration;

crate::tests![
    sockets_that_do_not_read_keep_nobody_from_greeting,
    listeners_that_never_read_keep_nobody_from_greeting,
    the_smallest_receive_buffer_takes_a_reply,
    all_of_it_at_once,
];

const SOCKETS: u64 = 10_000;
const LISTENERS: u64 = 1_000;

/// The most peers that there may be.
const PEERS: u64 = 65_536;

/// What may be in use for other things when all is over.
const ROOM: u64 = 2 << 20;

/// Each has greeted, and its reply waits for ever.
fn sockets_that_do_not_read_keep_nobody_from_greeting() -> Result<()> {
    // A socket, and a reply with its ACK.
    const EACH: u64 = 8 << 10;

    let count: u64 = scaled(SOCKETS);
    let _limit = OpenFiles::at_least(count)?;
    let mut client = Client::open()?;
    let (before, alone) = (unreclaimable()?, greet_for_a_while(&mut client)?);
    let done = client.stats()?.greetings;
    let sockets = greeted_sockets(&mut client, count)?;
    let full = unreclaimable()?;
    let among_them = greet_for_a_while(&mut client)?;
    let stats = client.stats()?;
    assert_eq!(stats.greetings, 2 * done + count);
    assert_eq!(stats.replies, stats.greetings, "each had room for its own");
    drop(sockets);
    let after = unreclaimable_once_below(before + ROOM)?;
    println!(
        "{count} sockets with a reply unread; unreclaimable KiB before {}, with them {}, after {}; \
         a greeting takes {alone:?} without them, {among_them:?} among them",
        before >> 10,
        full >> 10,
        after >> 10
    );
    ensure!(
        full.saturating_sub(before) < count * EACH + ROOM,
        "they take much"
    );
    ensure!(after < before + ROOM, "memory is lost");
    ensure!(among_them < alone * 2 * leeway(), "greeters have to wait");
    Ok(())
}

fn listeners_that_never_read_keep_nobody_from_greeting() -> Result<()> {
    let count: u64 = scaled(LISTENERS);
    let _limit = OpenFiles::at_least(count)?;
    let mut client = Client::open()?;
    let (before, alone) = (unreclaimable()?, greet_for_a_while(&mut client)?);
    let listeners = deaf_listeners(&client, count)?;
    fill(&mut client)?;
    let full = unreclaimable()?;
    let done = client.stats()?.greetings;
    let among_them = greet_for_a_while(&mut client)?;
    fill(&mut client)?;
    let still = unreclaimable()?;
    ensure!(client.stats()?.greetings > done, "the greeters stopped");
    drop(listeners);
    let after = unreclaimable_once_below(before + ROOM)?;
    println!(
        "{count} listeners that never read; unreclaimable KiB before {}, when they are full {}, after \
         as many greetings again {}, without them {}; a greeting takes {alone:?} without them, \
         {among_them:?} among them",
        before >> 10,
        full >> 10,
        still >> 10,
        after >> 10
    );
    ensure!(still < full + ROOM, "memory is not bounded");
    ensure!(after < before + ROOM, "memory is lost");
    // To look at a socket that has no room costs something; to fill one costs more.
    ensure!(
        among_them < alone * 2 + PER_LISTENER * slowness() * u32::try_from(count)?,
        "greeters have to wait"
    );
    Ok(())
}

/// How long it may take to see that one listener has no room.
const PER_LISTENER: Duration = Duration::from_micros(5);

/// With its ACK. There is no room for a second one.
fn the_smallest_receive_buffer_takes_a_reply() -> Result<()> {
    let times: u64 = scaled(10_000);
    let mut client = Client::open()?;
    client.shrink_receive_buffer()?;
    for id in 1..=times {
        assert_eq!(client.greet("World")?.id, id);
    }
    Ok(())
}

fn all_of_it_at_once() -> Result<()> {
    let (sockets, listeners): (u64, u64) = (scaled(SOCKETS), scaled(LISTENERS));
    let peers: u64 = scaled(PEERS);
    let _limit = OpenFiles::at_least(sockets + listeners)?;
    let mut client = Client::open()?;
    client.set_peer_limit(u32::try_from(peers)?)?;
    let before = unreclaimable()?;

    // The listeners last, for to tell a thousand of a greeting takes its time.
    let open = greeted_sockets(&mut client, sockets)?;
    client.greet_quietly(numbered(0..peers))?;
    let listening = deaf_listeners(&client, listeners)?;
    fill(&mut client)?;
    let full = unreclaimable()?;
    client.shrink_receive_buffer()?;
    // Each of them evicts one.
    let more: u64 = scaled(2_000);
    client.greet_quietly(numbered(peers..peers + more))?;
    let last = client.greet("World")?;
    let still = unreclaimable()?;
    assert_eq!(last.id, sockets + peers + FILL + more + 1);
    assert_eq!(client.stats()?.peers, peers);

    drop((listening, open));
    client.set_peer_limit(1)?;
    let after = unreclaimable_once_below(before + ROOM)?;
    println!(
        "{sockets} sockets with a reply unread, {listeners} listeners that never read, {peers} peers; \
         unreclaimable KiB before {}, with them {}, after {more} greetings more {}, without them {}",
        before >> 10,
        full >> 10,
        still >> 10,
        after >> 10
    );
    ensure!(still < full + ROOM, "memory is not bounded");
    ensure!(after < before + ROOM, "memory is lost");
    Ok(())
}

/// The time that a greeting takes, with its reply.
fn greet_for_a_while(client: &mut Client) -> Result<Duration> {
    let times: u32 = scaled(1_000);
    let took = fastest_of(5, || {
        (0..times).try_for_each(|_| client.greet("World").map(drop))
    })?;
    Ok(took / times)
}

/// Greets more often than a usual receive buffer has room for.
fn fill(client: &mut Client) -> Result<()> {
    client.greet_quietly((0..FILL).map(|_| "World"))
}

const FILL: u64 = 1_000;

/// Sockets that have greeted and do not read their replies.
fn greeted_sockets(client: &mut Client, count: u64) -> Result<Vec<Socket>> {
    let greeting = client.encode(&Request::greet().name("World"));
    let greeted = |_| -> Result<Socket> {
        let mut socket = Socket::new(NETLINK_GENERIC)?;
        socket.bind_auto()?;
        socket.send_to(&greeting, &SocketAddr::new(0, 0), 0)?;
        Ok(socket)
    };
    (0..count).map(greeted).collect()
}

/// Listeners that never read, every other of which has the smallest receive buffer.
fn deaf_listeners(client: &Client, count: u64) -> Result<Vec<Socket>> {
    let group = client.group(groups::GREETINGS)?;
    let listening = |number| -> Result<Socket> {
        let mut socket = Socket::new(NETLINK_GENERIC)?;
        socket.bind_auto()?;
        socket.add_membership(group)?;
        if number % 2 == 0 {
            socket.set_rx_buf_sz(1)?;
        }
        Ok(socket)
    };
    (0..count).map(listening).collect()
}

fn numbered(numbers: std::ops::Range<u64>) -> impl Iterator<Item = String> {
    numbers.map(|number| format!("peer {number}"))
}

/// That this process may open many files, until this is dropped.
struct OpenFiles {
    before: Rlimit,
}

impl OpenFiles {
    fn at_least(count: u64) -> Result<Self> {
        // What is open already, and what a test opens besides.
        const OTHERS: u64 = 100;

        let before = getrlimit(Resource::Nofile);
        let raised = |limit: Option<u64>| limit.map(|limit| limit.max(count + OTHERS));
        let more = Rlimit {
            current: raised(before.current),
            maximum: raised(before.maximum),
        };
        setrlimit(Resource::Nofile, more).context("cannot open as many files")?;
        Ok(Self { before })
    }
}

impl Drop for OpenFiles {
    fn drop(&mut self) {
        // To lower it takes no right.
        let _ = setrlimit(Resource::Nofile, self.before);
    }
}
