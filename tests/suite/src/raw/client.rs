// SPDX-License-Identifier: MIT OR Apache-2.0

//! A socket, and what can be asked over it.

use super::answer::parse;
use super::{Content, Message, Request, attrs as attrs_in, u32_at, uint};
use anyhow::{Context, Result, bail};
use greet::protocol::{FAMILY, GREET, greeting};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

/// How long is waited for what the kernel owes: much longer than it needs.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long is waited where nothing should come. The kernel answers while a request is being sent.
const SILENCE: Duration = Duration::from_millis(50);

/// A generic netlink socket that knows the id of `greet`.
pub(crate) struct Client {
    socket: Socket,
    port: u32,
    greet: u16,
    groups: Vec<(String, u32)>,
    seq: u32,
    buffer: Vec<u8>,
}

impl Client {
    /// Opens a socket in the caller's network namespace and resolves `greet`.
    pub(crate) fn open() -> Result<Self> {
        Self::open_at(0)
    }

    /// The same, with this port; 0 lets the kernel choose.
    pub(crate) fn open_at(port: u32) -> Result<Self> {
        let mut socket = Socket::new(NETLINK_GENERIC)?;
        socket.set_ext_ack(true)?;
        socket.bind(&SocketAddr::new(port, 0))?;
        let mut address = SocketAddr::new(0, 0);
        socket.get_address(&mut address)?;
        let port = address.port_number();
        let mut client = Self {
            socket,
            port,
            greet: 0,
            groups: Vec::new(),
            seq: 0,
            buffer: Vec::with_capacity(64 * 1024),
        };
        client.resolve()?;
        Ok(client)
    }

    /// Asks for the ids of `greet` and of its groups, anew if they are known.
    pub(crate) fn resolve(&mut self) -> Result<u16> {
        const GENL_ID_CTRL: u16 = 16;
        const CTRL_CMD_GETFAMILY: u8 = 3;
        const CTRL_ATTR_FAMILY_ID: u16 = 1;
        const CTRL_ATTR_FAMILY_NAME: u16 = 2;
        const CTRL_ATTR_MCAST_GROUPS: u16 = 7;

        let request = Request::greet()
            .family(GENL_ID_CTRL)
            .command(CTRL_CMD_GETFAMILY)
            .text(CTRL_ATTR_FAMILY_NAME, FAMILY.name);
        let attrs = self.reply(&request)?;
        let id = find(&attrs, CTRL_ATTR_FAMILY_ID)?;
        self.greet = u16::from_ne_bytes(id.try_into()?);
        self.groups = attrs_in(find(&attrs, CTRL_ATTR_MCAST_GROUPS)?)?
            .into_iter()
            .map(|(_, _, group)| name_and_id(group))
            .collect::<Result<_>>()?;
        Ok(self.greet)
    }

    /// The id of `greet`.
    pub(crate) fn family_id(&self) -> u16 {
        self.greet
    }

    /// The id of a multicast group of `greet`.
    pub(crate) fn group(&self, name: &str) -> Result<u32> {
        self.groups
            .iter()
            .find(|(group, _)| group == name)
            .map(|(_, id)| *id)
            .with_context(|| format!("no group {name} in {:?}", self.groups))
    }

    /// The port that the kernel gave to the socket.
    pub(crate) fn port(&self) -> u32 {
        self.port
    }

    /// Makes the receive buffer as small as the kernel allows.
    pub(crate) fn shrink_receive_buffer(&self) -> Result<()> {
        Ok(self.socket.set_rx_buf_sz(0)?)
    }

    /// Greets somebody; a refusal is an error that can be downcast to
    /// [`Refusal`](super::Refusal).
    pub(crate) fn greet(&mut self, name: &str) -> Result<Greeting> {
        Greeting::read(&self.reply(&Request::greet().name(name))?)
    }

    /// Sends a request and returns every message that comes back.
    pub(crate) fn ask(&mut self, request: &Request) -> Result<Vec<Message>> {
        let bytes = self.send(request)?;
        let patience = if request.wants_ack() {
            PATIENCE
        } else {
            SILENCE
        };
        let deadline = Instant::now() + patience;
        let mut messages = Vec::new();
        while self.wait(deadline)? {
            messages.extend(self.receive(&bytes)?);
            if matches!(messages.last(), Some(message) if message.is_last()) {
                break;
            }
        }
        // What is there already, and should not be.
        while self.wait(Instant::now())? {
            messages.extend(self.receive(&bytes)?);
        }
        Ok(messages)
    }

    /// Sends several requests in one datagram and returns every message that comes back.
    pub(crate) fn ask_together(&mut self, requests: &[Request]) -> Result<Vec<Message>> {
        let datagram = self.send_together(requests)?;
        let mut messages = Vec::new();
        while self.wait(Instant::now() + SILENCE)? {
            messages.extend(self.receive(&datagram)?);
        }
        Ok(messages)
    }

    /// Sends a request, waits for nothing, and returns what was sent.
    pub(crate) fn send(&mut self, request: &Request) -> Result<Vec<u8>> {
        self.seq += 1;
        let bytes = request.encode(self.greet, self.seq);
        self.send_bytes(&bytes)?;
        Ok(bytes)
    }

    /// Sends several requests in one datagram, waits for nothing, and returns what was sent.
    pub(crate) fn send_together(&mut self, requests: &[Request]) -> Result<Vec<u8>> {
        let mut datagram = Vec::new();
        for request in requests {
            self.seq += 1;
            datagram.extend(request.encode(self.greet, self.seq));
        }
        self.send_bytes(&datagram)?;
        Ok(datagram)
    }

    /// Reads and forgets all that has come; true if the kernel says that something was lost.
    pub(crate) fn drain(&mut self) -> Result<bool> {
        let mut lost = false;
        while self.wait(Instant::now())? {
            self.buffer.clear();
            match self.socket.recv(&mut self.buffer, libc::MSG_DONTWAIT) {
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => lost = true,
                result => {
                    result?;
                }
            }
        }
        Ok(lost)
    }

    /// The attributes of the one reply to a request, which an ACK must follow.
    fn reply(&mut self, request: &Request) -> Result<Vec<(u16, Vec<u8>)>> {
        let mut messages = self
            .ask(request)?
            .into_iter()
            .map(|message| message.content);
        match (messages.next(), messages.next(), messages.next()) {
            (Some(Content::Reply { attrs, .. }), Some(Content::Ack), None) => Ok(attrs),
            (Some(Content::Refusal(refusal)), None, None) => Err(refusal.into()),
            other => bail!("a reply and an ACK were expected, not {other:?}"),
        }
    }

    fn send_bytes(&self, bytes: &[u8]) -> Result<()> {
        let kernel = SocketAddr::new(0, 0);
        let sent = self.socket.send_to(bytes, &kernel, 0)?;
        if sent != bytes.len() {
            bail!("sent {sent} of {} bytes", bytes.len());
        }
        Ok(())
    }

    /// Waits until there is something to receive; false if nothing came before `deadline`.
    fn wait(&self, deadline: Instant) -> Result<bool> {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut fds = [PollFd::new(&self.socket, PollFlags::IN)];
        Ok(poll(&mut fds, Some(&Timespec::try_from(left)?))? > 0)
    }

    /// Receives one datagram; `requests` are what it answers.
    fn receive(&mut self, requests: &[u8]) -> Result<Vec<Message>> {
        self.buffer.clear();
        let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
        let (len, sender) = match self.socket.recv_from(&mut self.buffer, flags) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Vec::new()),
            result => result.context("cannot receive")?,
        };
        if sender.port_number() != 0 {
            bail!(
                "a message from port {}, not from the kernel",
                sender.port_number()
            );
        }
        if len > self.buffer.len() {
            bail!("a message of {len} bytes");
        }
        parse(&self.buffer, requests)
    }
}

impl Message {
    /// Whether nothing follows this message.
    fn is_last(&self) -> bool {
        !matches!(self.content, Content::Reply { .. })
    }
}

/// The attributes of a reply of `greet`.
#[derive(Debug, PartialEq)]
pub(crate) struct Greeting {
    pub(crate) id: u64,
    pub(crate) message: String,
    pub(crate) portid: u32,
    pub(crate) style: u32,
    pub(crate) cookie: Option<Vec<u8>>,
}

impl Greeting {
    /// Reads a reply; each attribute must be there once, and no other.
    pub(crate) fn read(attrs: &[(u16, Vec<u8>)]) -> Result<Self> {
        let mut numbers: Vec<u16> = attrs.iter().map(|(number, _)| *number).collect();
        numbers.retain(|number| *number != greeting::COOKIE);
        numbers.sort_unstable();
        let expected = [
            greeting::STYLE,
            greeting::MESSAGE,
            greeting::ID,
            greeting::PORTID,
        ];
        if numbers != expected {
            bail!("{} replied with the attributes {attrs:?}", GREET.name);
        }
        let message = find(attrs, greeting::MESSAGE)?;
        let message = message.strip_suffix(b"\0").context("message without NUL")?;
        Ok(Self {
            id: uint(find(attrs, greeting::ID)?)?,
            message: String::from_utf8(message.to_vec())?,
            portid: u32_at(find(attrs, greeting::PORTID)?, 0)?,
            style: u32_at(find(attrs, greeting::STYLE)?, 0)?,
            cookie: find(attrs, greeting::COOKIE).ok().map(<[u8]>::to_vec),
        })
    }
}

/// Reads one of the groups that a family has.
fn name_and_id(group: &[u8]) -> Result<(String, u32)> {
    const CTRL_ATTR_MCAST_GRP_NAME: u16 = 1;
    const CTRL_ATTR_MCAST_GRP_ID: u16 = 2;

    let mut found = (String::new(), 0);
    for (_, number, payload) in attrs_in(group)? {
        match number {
            CTRL_ATTR_MCAST_GRP_NAME => {
                let name = payload.strip_suffix(b"\0").context("name without NUL")?;
                found.0 = String::from_utf8(name.to_vec())?;
            }
            CTRL_ATTR_MCAST_GRP_ID => found.1 = u32_at(payload, 0)?,
            _ => bail!("unexpected attribute {number} in a group"),
        }
    }
    Ok(found)
}

fn find(attrs: &[(u16, Vec<u8>)], wanted: u16) -> Result<&[u8]> {
    attrs
        .iter()
        .find(|(number, _)| *number == wanted)
        .map(|(_, payload)| payload.as_slice())
        .with_context(|| format!("no attribute {wanted} in {attrs:?}"))
}
