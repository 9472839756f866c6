// SPDX-License-Identifier: MIT OR Apache-2.0

//! A socket, and what can be asked over it.

use super::answer::parse;
use super::dump::Dump;
use super::replies::{Fields, Greeted, Greeting, Peer, Settings, Stats};
use super::{Attrs, Content, Message, Request, attrs};
use anyhow::{Context, Result, bail};
use greet::protocol::{
    FAMILY, PEER_DEL, PEER_GET, SETTINGS_GET, SETTINGS_SET, STATS_GET, peer, settings,
};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

/// How long is waited for what the kernel owes: much longer than it needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

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
        let reply = self.reply(&request)?;
        let mut fields = Fields::of(&reply);
        self.greet = u16::from_ne_bytes(fields.bytes(CTRL_ATTR_FAMILY_ID)?.try_into()?);
        self.groups = attrs(fields.bytes(CTRL_ATTR_MCAST_GROUPS)?)?
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

    /// Whether the kernel says more than an errno (`NETLINK_EXT_ACK`), which it does unless it is told
    /// not to, and no more of the request than its header (`NETLINK_CAP_ACK`).
    pub(crate) fn set_error_options(&mut self, ext_ack: bool, cap_ack: bool) -> Result<()> {
        self.socket.set_ext_ack(ext_ack)?;
        Ok(self.socket.set_cap_ack(cap_ack)?)
    }

    /// Greets somebody; a refusal is an error that can be downcast to
    /// [`ExtAckError`](super::ExtAckError).
    pub(crate) fn greet(&mut self, name: &str) -> Result<Greeting> {
        Greeting::read(&self.reply(&Request::greet().name(name))?)
    }

    /// What is known of somebody.
    pub(crate) fn peer(&mut self, name: &str) -> Result<Peer> {
        Peer::read(&self.reply(&Request::of(&PEER_GET).text(peer::NAME, name))?)
    }

    /// Everybody who was greeted; an error if that changed meanwhile.
    pub(crate) fn peers(&mut self) -> Result<Vec<Peer>> {
        let dump = self.dump_peers()?;
        match dump.interrupted {
            false => Ok(dump.peers),
            true => bail!("the dump was interrupted"),
        }
    }

    /// Everybody who was greeted, and whether that changed meanwhile.
    pub(crate) fn dump_peers(&mut self) -> Result<Dump> {
        let sent = self.send(&Request::dump(&PEER_GET))?;
        self.rest_of_dump(&sent)
    }

    /// What is still to come of a dump that `sent` has asked for.
    pub(crate) fn rest_of_dump(&mut self, sent: &[u8]) -> Result<Dump> {
        Dump::read(&self.answers(sent, PATIENCE)?)
    }

    /// How many were greeted. Keeps none of them, so that the time it takes is the kernel's.
    pub(crate) fn count_peers(&mut self) -> Result<usize> {
        let sent = self.send(&Request::dump(&PEER_GET))?;
        let mut count = 0;
        while self.wait(Instant::now() + PATIENCE)? {
            let messages = self.receive(&sent)?;
            count += messages.len();
            if matches!(messages.last(), Some(message) if message.is_last()) {
                return Ok(count - 1);
            }
        }
        bail!("the dump has no end")
    }

    /// Forgets somebody.
    pub(crate) fn forget(&mut self, name: &str) -> Result<()> {
        self.acknowledged(&Request::of(&PEER_DEL).text(peer::NAME, name))
    }

    pub(crate) fn stats(&mut self) -> Result<Stats> {
        Stats::read(&self.reply(&Request::of(&STATS_GET))?)
    }

    pub(crate) fn settings(&mut self) -> Result<Settings> {
        Settings::read(&self.reply(&Request::of(&SETTINGS_GET))?)
    }

    pub(crate) fn set_default_style(&mut self, style: u32) -> Result<()> {
        self.acknowledged(&Request::of(&SETTINGS_SET).u32(settings::DEFAULT_STYLE, style))
    }

    pub(crate) fn set_peer_limit(&mut self, limit: u32) -> Result<()> {
        self.acknowledged(&Request::of(&SETTINGS_SET).u32(settings::PEER_LIMIT, limit))
    }

    /// Joins a multicast group of `greet`.
    pub(crate) fn join(&self, group: &str) -> Result<()> {
        self.join_number(self.group(group)?)
    }

    /// Joins the multicast group with this id, of whatever family.
    pub(crate) fn join_number(&self, group: u32) -> Result<()> {
        Ok(self.socket.add_membership(group)?)
    }

    /// Leaves it.
    pub(crate) fn leave(&self, group: &str) -> Result<()> {
        Ok(self.socket.drop_membership(self.group(group)?)?)
    }

    /// All greetings that were announced. Nothing is waited for: whoever greets has told all listeners
    /// when that call is over.
    pub(crate) fn events(&mut self) -> Result<Vec<Greeted>> {
        let events = self.heard()?;
        events.iter().map(Greeted::read).collect()
    }

    /// All events that have come, none of which may be lost.
    pub(crate) fn heard(&mut self) -> Result<Vec<Message>> {
        match self.drain(&[])? {
            (messages, false) => Ok(messages),
            (_, true) => bail!("something was lost"),
        }
    }

    /// Sends a request and returns every message that comes back.
    pub(crate) fn ask(&mut self, request: &Request) -> Result<Vec<Message>> {
        let bytes = self.send(request)?;
        let patience = if request.wants_end() {
            PATIENCE
        } else {
            SILENCE
        };
        self.answers(&bytes, patience)
    }

    /// Every message that answers what was sent, up to an end that is waited for with so much
    /// patience after each of them.
    pub(crate) fn answers(&mut self, sent: &[u8], patience: Duration) -> Result<Vec<Message>> {
        let mut messages = Vec::new();
        while self.wait(Instant::now() + patience)? {
            messages.extend(self.receive(sent)?);
            if matches!(messages.last(), Some(message) if message.is_last()) {
                break;
            }
        }
        // What is there already, and should not be.
        messages.extend(self.drain(sent)?.0);
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

    /// Greets many without asking for an ACK, a hundred in a datagram, since the kernel then does
    /// little else between two of them.
    pub(crate) fn greet_quietly<N: AsRef<str>>(
        &mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<()> {
        const TOGETHER: usize = 100;

        let mut requests = names.into_iter().map(|name| {
            Request::greet()
                .flags(libc::NLM_F_REQUEST)
                .name(name.as_ref())
        });
        loop {
            let some: Vec<Request> = requests.by_ref().take(TOGETHER).collect();
            if some.is_empty() {
                return Ok(());
            }
            self.send_together(&some)?;
        }
    }

    /// Sends a request, waits for nothing, and returns what was sent.
    pub(crate) fn send(&mut self, request: &Request) -> Result<Vec<u8>> {
        let bytes = self.encode(request);
        self.send_bytes(&bytes)?;
        Ok(bytes)
    }

    /// The bytes of a request with the next sequence number.
    pub(crate) fn encode(&mut self, request: &Request) -> Vec<u8> {
        self.seq += 1;
        request.encode(self.greet, self.seq)
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

    /// All that has come and answers what was sent, or answers nothing; and whether the kernel says
    /// that something was lost.
    pub(crate) fn drain(&mut self, sent: &[u8]) -> Result<(Vec<Message>, bool)> {
        let mut messages = Vec::new();
        let mut lost = false;
        while self.wait(Instant::now())? {
            match self.receive(sent) {
                Err(error) if is_overrun(&error) => lost = true,
                received => messages.extend(received?),
            }
        }
        Ok((messages, lost))
    }

    /// All that has come, byte for byte, of which nothing may be lost. Nothing is waited for.
    pub(crate) fn datagrams(&mut self) -> Result<Vec<Vec<u8>>> {
        let mut datagrams = Vec::new();
        loop {
            match self.receive_datagram() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(datagrams),
                Err(error) => return Err(error).context("cannot receive"),
                Ok(_) => datagrams.push(self.buffer.clone()),
            }
        }
    }

    /// The attributes of the one reply to a request, which an ACK must follow.
    fn reply(&mut self, request: &Request) -> Result<Attrs> {
        match self.contents(request)?.as_slice() {
            [Content::Reply { attrs, .. }, Content::Ack] => Ok(attrs.clone()),
            [Content::Error(ext_ack)] => Err(ext_ack.clone().into()),
            other => bail!("a reply and an ACK were expected, not {other:?}"),
        }
    }

    /// Asks for something that is acknowledged without a reply.
    fn acknowledged(&mut self, request: &Request) -> Result<()> {
        match self.contents(request)?.as_slice() {
            [Content::Ack] => Ok(()),
            [Content::Error(ext_ack)] => Err(ext_ack.clone().into()),
            other => bail!("an ACK was expected, not {other:?}"),
        }
    }

    fn contents(&mut self, request: &Request) -> Result<Vec<Content>> {
        let messages = self.ask(request)?;
        Ok(messages
            .into_iter()
            .map(|message| message.content)
            .collect())
    }

    /// Sends bytes as they are, and waits for nothing.
    pub(crate) fn send_bytes(&self, bytes: &[u8]) -> Result<()> {
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
    pub(crate) fn receive(&mut self, requests: &[u8]) -> Result<Vec<Message>> {
        let (len, sender) = match self.receive_datagram() {
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

    /// Receives one datagram into the buffer, by one system call. Returns its length and its sender.
    pub(crate) fn receive_datagram(&mut self) -> io::Result<(usize, SocketAddr)> {
        self.buffer.clear();
        let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
        self.socket.recv_from(&mut self.buffer, flags)
    }
}

/// Whether an error says that the receive buffer was full.
fn is_overrun(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.and_then(std::io::Error::raw_os_error) == Some(libc::ENOBUFS)
}

impl Message {
    /// Whether nothing follows this message.
    fn is_last(&self) -> bool {
        !matches!(self.content, Content::Reply { .. })
    }
}

/// Reads one of the groups that a family has.
fn name_and_id(group: &[u8]) -> Result<(String, u32)> {
    const CTRL_ATTR_MCAST_GRP_NAME: u16 = 1;
    const CTRL_ATTR_MCAST_GRP_ID: u16 = 2;

    let group: Vec<_> = attrs(group)?
        .into_iter()
        .map(|(_, number, payload)| (number, payload.to_vec()))
        .collect();
    let mut fields = Fields::of(&group);
    Ok((
        fields.text(CTRL_ATTR_MCAST_GRP_NAME)?,
        fields.u32(CTRL_ATTR_MCAST_GRP_ID)?,
    ))
}
