// SPDX-License-Identifier: MIT OR Apache-2.0

//! Resource exhaustion: many sockets, listeners that do not read, and peers. Senders keep working,
//! and kernel memory stays bounded. Each test prints the memory in use.

use crate::raw::{Client, Request};
use crate::support::scale::{leeway, scaled, slowness};
use crate::support::{
    ensure_freed, fastest_of, peer_names, unreclaimable, unreclaimable_once_below,
};
use anyhow::{Context, Result, ensure};
use greet::protocol::groups;
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::time::Duration;

crate::tests![
    ten_thousand_unread_replies_do_not_slow_senders,
    a_thousand_unread_listeners_do_not_block_senders,
    the_smallest_receive_buffer_holds_a_reply_and_its_ack,
    sockets_listeners_and_peers_together_stay_bounded,
];

const SOCKETS: u64 = 10_000;
const LISTENERS: u64 = 1_000;

/// The highest peer limit.
const PEERS: u64 = 65_536;

/// Memory that other things may use in the end.
const TOLERANCE: u64 = 2 << 20;

/// Each socket has greeted and does not read its reply.
fn ten_thousand_unread_replies_do_not_slow_senders() -> Result<()> {
    // Memory of a socket, and a reply with its ACK.
    const EACH: u64 = 8 << 10;

    let count: u64 = scaled(SOCKETS);
    let _limit = OpenFiles::at_least(count)?;
    let mut client = Client::open()?;
    let (before, alone) = (unreclaimable()?, time_per_greeting(&mut client)?);
    let done = client.stats()?.greetings;
    let sockets = sockets_with_unread_reply(&mut client, count)?;
    let full = unreclaimable()?;
    let with_them = time_per_greeting(&mut client)?;
    let stats = client.stats()?;
    assert_eq!(stats.greetings, 2 * done + count);
    assert_eq!(
        stats.replies, stats.greetings,
        "expected each socket to hold its reply"
    );
    drop(sockets);
    let after = unreclaimable_once_below(before + TOLERANCE)?;
    println!(
        "{count} sockets with an unread reply; unreclaimable KiB before {}, with them {}, after {}; \
         a greeting takes {alone:?} without them, {with_them:?} with them",
        before >> 10,
        full >> 10,
        after >> 10
    );
    ensure!(
        full.saturating_sub(before) < count * EACH + TOLERANCE,
        "expected less than {} KiB more with the sockets",
        (count * EACH + TOLERANCE) >> 10
    );
    ensure_freed(before, after, TOLERANCE)?;
    ensure!(
        with_them < alone * 2 * leeway(),
        "expected less than twice {alone:?} with the sockets, took {with_them:?}"
    );
    Ok(())
}

fn a_thousand_unread_listeners_do_not_block_senders() -> Result<()> {
    let count: u64 = scaled(LISTENERS);
    let _limit = OpenFiles::at_least(count)?;
    let mut client = Client::open()?;
    let (before, alone) = (unreclaimable()?, time_per_greeting(&mut client)?);
    let listeners = unread_listeners(&client, count)?;
    fill(&mut client)?;
    let full = unreclaimable()?;
    let done = client.stats()?.greetings;
    let with_them = time_per_greeting(&mut client)?;
    fill(&mut client)?;
    let still = unreclaimable()?;
    ensure!(
        client.stats()?.greetings > done,
        "expected further greetings"
    );
    drop(listeners);
    let after = unreclaimable_once_below(before + TOLERANCE)?;
    println!(
        "{count} listeners that do not read; unreclaimable KiB before {}, with full buffers {}, after \
         as many greetings again {}, without them {}; a greeting takes {alone:?} without them, \
         {with_them:?} with them",
        before >> 10,
        full >> 10,
        still >> 10,
        after >> 10
    );
    ensure!(
        still < full + TOLERANCE,
        "expected no growth beyond {} KiB, got {}",
        full >> 10,
        still >> 10
    );
    ensure_freed(before, after, TOLERANCE)?;
    // Skipping a full socket costs time, less than filling one.
    ensure!(
        with_them < alone * 2 + PER_LISTENER * slowness() * u32::try_from(count)?,
        "expected less than twice {alone:?} and {PER_LISTENER:?} per listener, took {with_them:?}"
    );
    Ok(())
}

/// Time that skipping a full listener may take.
const PER_LISTENER: Duration = Duration::from_micros(5);

/// The buffer has no space for a second reply.
fn the_smallest_receive_buffer_holds_a_reply_and_its_ack() -> Result<()> {
    let times: u64 = scaled(10_000);
    let mut client = Client::open()?;
    client.shrink_receive_buffer()?;
    for id in 1..=times {
        assert_eq!(client.greet("World")?.id, id);
    }
    Ok(())
}

fn sockets_listeners_and_peers_together_stay_bounded() -> Result<()> {
    let (sockets, listeners): (u64, u64) = (scaled(SOCKETS), scaled(LISTENERS));
    let peers: u64 = scaled(PEERS);
    let _limit = OpenFiles::at_least(sockets + listeners)?;
    let mut client = Client::open()?;
    client.set_peer_limit(u32::try_from(peers)?)?;
    let before = unreclaimable()?;

    // The listeners come last, because a greeting with a thousand listeners takes long.
    let open = sockets_with_unread_reply(&mut client, sockets)?;
    client.greet_unacknowledged(peer_names(0..peers))?;
    let listening = unread_listeners(&client, listeners)?;
    fill(&mut client)?;
    let full = unreclaimable()?;
    client.shrink_receive_buffer()?;
    // Each of these greetings evicts a peer.
    let more: u64 = scaled(2_000);
    client.greet_unacknowledged(peer_names(peers..peers + more))?;
    let last = client.greet("World")?;
    let still = unreclaimable()?;
    assert_eq!(last.id, sockets + peers + FILL + more + 1);
    assert_eq!(client.stats()?.peers, peers);

    drop((listening, open));
    client.set_peer_limit(1)?;
    let after = unreclaimable_once_below(before + TOLERANCE)?;
    println!(
        "{sockets} sockets with an unread reply, {listeners} listeners that do not read, {peers} peers; \
         unreclaimable KiB before {}, with them {}, after {more} more greetings {}, in the end {}",
        before >> 10,
        full >> 10,
        still >> 10,
        after >> 10
    );
    ensure!(
        still < full + TOLERANCE,
        "expected no growth beyond {} KiB, got {}",
        full >> 10,
        still >> 10
    );
    ensure_freed(before, after, TOLERANCE)?;
    Ok(())
}

/// Returns the time that a greeting with its reply takes.
fn time_per_greeting(client: &mut Client) -> Result<Duration> {
    let times: u32 = scaled(1_000);
    let took = fastest_of(5, || {
        (0..times).try_for_each(|_| client.greet("World").map(drop))
    })?;
    Ok(took / times)
}

/// Greets more often than a default receive buffer can hold.
fn fill(client: &mut Client) -> Result<()> {
    client.greet_unacknowledged((0..FILL).map(|_| "World"))
}

const FILL: u64 = 1_000;

/// Returns sockets that have greeted and do not read their replies.
fn sockets_with_unread_reply(client: &mut Client, count: u64) -> Result<Vec<Socket>> {
    let greeting = client.encode(&Request::greet().name("World"));
    let greeted = |_| -> Result<Socket> {
        let mut socket = Socket::new(NETLINK_GENERIC)?;
        socket.bind_auto()?;
        socket.send_to(&greeting, &SocketAddr::new(0, 0), 0)?;
        Ok(socket)
    };
    (0..count).map(greeted).collect()
}

/// Returns listeners that do not read. Every second one has the smallest receive buffer.
fn unread_listeners(client: &Client, count: u64) -> Result<Vec<Socket>> {
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

/// Raises the limit of open files until this is dropped.
struct OpenFiles {
    before: Rlimit,
}

impl OpenFiles {
    fn at_least(count: u64) -> Result<Self> {
        // Files that are already open, and others that a test opens.
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
        // Lowering the limit needs no capability.
        let _ = setrlimit(Resource::Nofile, self.before);
    }
}
