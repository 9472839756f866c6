// SPDX-License-Identifier: MIT OR Apache-2.0

//! netlink-socket2 with netlink-bindings. The bindings of nlctrl are part of the crate. Their
//! generator is not published, so the bindings of the family are hand-written on the crate's
//! traits, as in its example nl80211-raw. One buffer serves all requests.
//!
//! The crate is blocking, or with its feature `tokio` async. The feature `socket2-tokio` builds this
//! client with that. A socket has one request at a time, so concurrent tasks have a socket each.

use anyhow::{Context, Result, ensure};
use clients::{BenchClient, Family, Greeting, Peer, WORLD, concurrently, uint};
use netlink_bindings::builtin::BuiltinNfgenmsg;
use netlink_bindings::nlctrl;
use netlink_bindings::traits::{NetlinkRequest, Protocol};
use netlink_bindings::utils::{self, IterableChunks};
use netlink_socket2::NetlinkSocket;
use tokio::runtime::Runtime;

#[derive(Default)]
struct Requests {
    socket: NetlinkSocket,
    buffer: Vec<u8>,
}

struct Socket2 {
    runtime: Runtime,
    requests: Requests,
}

/// Waits for a result of the async crate.
#[cfg(feature = "socket2-tokio")]
macro_rules! wait {
    ($future:expr) => {
        $future.await
    };
}

/// Returns a result of the blocking crate.
#[cfg(not(feature = "socket2-tokio"))]
macro_rules! wait {
    ($result:expr) => {
        $result
    };
}

impl BenchClient for Socket2 {
    type Listener = ();

    fn open(_to_greet: bool) -> Result<Self> {
        let runtime = clients::runtime()?;
        Ok(Self {
            runtime,
            requests: Requests::default(),
        })
    }

    fn getfamily(&mut self, count: u64) -> Result<()> {
        self.runtime.block_on(self.requests.getfamily(count))
    }

    fn greet(&mut self, count: u64) -> Result<()> {
        self.runtime.block_on(self.requests.greet(count))
    }

    fn concurrently(&mut self, to_greet: bool, tasks: u64, count: u64) -> Result<()> {
        ensure!(cfg!(feature = "socket2-tokio"), "only with tokio");
        concurrently(&self.runtime, tasks, || async move {
            let mut requests = Requests::default();
            match to_greet {
                false => requests.getfamily(count).await,
                true => requests.greet(count).await,
            }
        })
    }

    fn dump(&mut self) -> Result<u64> {
        self.runtime.block_on(self.requests.dump())
    }
}

impl Requests {
    async fn getfamily(&mut self, count: u64) -> Result<()> {
        for _ in 0..count {
            let mut request = nlctrl::Request::new_with_buf(&mut self.buffer).op_getfamily_do();
            request.encode().push_family_name_bytes(b"nlctrl");
            let mut answers = wait!(self.socket.request(&request))?;
            check_family(wait!(answers.recv_one())?)?;
            wait!(answers.recv_ack())?;
        }
        Ok(())
    }

    async fn greet(&mut self, count: u64) -> Result<()> {
        for _ in 0..count {
            let request = Request::new(&mut self.buffer, GREET, 0).name(WORLD);
            let mut answers = wait!(self.socket.request(&request))?;
            check_greeting(wait!(answers.recv_one())?)?;
            wait!(answers.recv_ack())?;
        }
        Ok(())
    }

    async fn dump(&mut self) -> Result<u64> {
        let request = Request::new(&mut self.buffer, PEER_GET, NLM_F_DUMP);
        let mut answers = wait!(self.socket.request(&request))?;
        let mut peers = 0;
        while let Some(attrs) = wait!(answers.recv()) {
            check_peer(attrs?)?;
            peers += 1;
        }
        Ok(peers)
    }
}

fn check_family(attrs: nlctrl::IterableCtrlAttrs<'_>) -> Result<()> {
    let mut family = Family::default();
    for attr in attrs {
        match attr? {
            nlctrl::CtrlAttrs::FamilyId(id) => family.id = id,
            nlctrl::CtrlAttrs::Version(version) => family.version = version,
            nlctrl::CtrlAttrs::FamilyName(name) => family.name = name.to_bytes(),
            nlctrl::CtrlAttrs::Ops(operations) => family.operations = operations.count(),
            nlctrl::CtrlAttrs::McastGroups(mut groups) => {
                family.group = groups.next().context("expected a group")??.get_id()?;
            }
            _ => {}
        }
    }
    family.check()
}

const GREET: u8 = 1;
const PEER_GET: u8 = 2;
const NAME: u16 = 1;
const NLM_F_DUMP: u16 = netlink_bindings::consts::NLM_F_DUMP as u16;

/// A request to the family.
struct Request<'b> {
    buffer: &'b mut Vec<u8>,
    flags: u16,
}

impl<'b> Request<'b> {
    fn new(buffer: &'b mut Vec<u8>, command: u8, flags: u16) -> Self {
        let mut header = BuiltinNfgenmsg::new();
        header.cmd = command;
        header.version = 1;
        buffer.clear();
        buffer.extend_from_slice(header.as_slice());
        Self { buffer, flags }
    }

    fn name(self, name: &str) -> Self {
        utils::push_header(self.buffer, NAME, name.len() as u16 + 1);
        self.buffer.extend_from_slice(name.as_bytes());
        self.buffer.push(0);
        utils::align(self.buffer);
        self
    }
}

impl NetlinkRequest for Request<'_> {
    fn protocol(&self) -> Protocol {
        Protocol::Generic(b"greet")
    }

    fn flags(&self) -> u16 {
        self.flags
    }

    fn payload(&self) -> &[u8] {
        self.buffer
    }

    type ReplyType<'a> = IterableChunks<'a>;

    fn decode_reply(reply: &[u8]) -> IterableChunks<'_> {
        IterableChunks::new(reply.get(BuiltinNfgenmsg::len()..).unwrap_or_default())
    }
}

fn check_greeting(attrs: IterableChunks<'_>) -> Result<()> {
    let mut greeting = Greeting::default();
    for (header, value) in attrs {
        match header.r#type {
            2 => greeting.style = u32(value)?,
            4 => greeting.message = text(value)?,
            5 => greeting.id = uint(value)?,
            6 => greeting.portid = u32(value)?,
            _ => {}
        }
    }
    greeting.check()
}

fn check_peer(attrs: IterableChunks<'_>) -> Result<()> {
    let mut peer = Peer {
        name: b"",
        greetings: 0,
        last_portid: 0,
        last_style: u32::MAX,
        last_seen: 0,
    };
    for (header, value) in attrs {
        match header.r#type {
            1 => peer.name = text(value)?,
            2 => peer.greetings = uint(value)?,
            3 => peer.last_portid = u32(value)?,
            4 => peer.last_style = u32(value)?,
            5 => peer.last_seen = uint(value)?,
            _ => {}
        }
    }
    peer.check()
}

fn u32(value: &[u8]) -> Result<u32> {
    utils::parse_u32(value).context("expected a u32")
}

fn text(value: &[u8]) -> Result<&[u8]> {
    value.strip_suffix(b"\0").context("expected a NUL")
}

fn main() -> Result<()> {
    clients::run::<Socket2>()
}
