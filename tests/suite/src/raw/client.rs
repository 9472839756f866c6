// SPDX-License-Identifier: MIT OR Apache-2.0

//! A client socket for the operations of `greet`.

use super::answer::parse;
use super::replies::{Dump, Fields, Greeted, Greeting, Peer, Settings, Stats};
use super::{Attrs, Content, Message, Request, attrs, owned_attrs};
use anyhow::{Context, Result, bail};
use greet::protocol::{
    FAMILY, PEER_DEL, PEER_GET, SETTINGS_GET, SETTINGS_SET, STATS_GET, peer, settings,
};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

/// Timeout for an expected answer, much longer than the kernel needs.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// Wait when no answer is expected. The kernel answers during the send.
const NO_ANSWER_WAIT: Duration = Duration::from_millis(50);

/// A generic netlink socket with the resolved id of `greet`.
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

    /// Opens a socket with this port. The kernel chooses one for 0.
    pub(crate) fn open_at(port: u32) -> Result<Self> {
        Self::open_with(port, 64 * 1024)
    }

    /// Opens a socket that receives at most this many bytes at once.
    pub(crate) fn open_with_buffer(len: usize) -> Result<Self> {
        Self::open_with(0, len)
    }

    fn open_with(port: u32, buffer: usize) -> Result<Self> {
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
            buffer: Vec::with_capacity(buffer),
        };
        client.resolve()?;
        Ok(client)
    }

    /// Resolves the ids of `greet` and of its groups, or resolves them again.
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
        let request_reply = self.request_reply(&request)?;
        let mut fields = Fields::of(&request_reply);
        self.greet = u16::from_ne_bytes(fields.bytes(CTRL_ATTR_FAMILY_ID)?.try_into()?);
        self.groups = attrs(fields.bytes(CTRL_ATTR_MCAST_GROUPS)?)?
            .into_iter()
            .map(|(_, _, group)| name_and_id(group))
            .collect::<Result<_>>()?;
        Ok(self.greet)
    }

    /// Returns the id of `greet`.
    pub(crate) fn family_id(&self) -> u16 {
        self.greet
    }

    /// Returns the id of a multicast group of `greet`.
    pub(crate) fn group(&self, name: &str) -> Result<u32> {
        self.groups
            .iter()
            .find(|(group, _)| group == name)
            .map(|(_, id)| *id)
            .with_context(|| format!("expected a group {name} in {:?}", self.groups))
    }

    /// Returns the port of the socket.
    pub(crate) fn port(&self) -> u32 {
        self.port
    }

    /// Sets the smallest receive buffer that the kernel allows.
    pub(crate) fn shrink_receive_buffer(&self) -> Result<()> {
        Ok(self.socket.set_rx_buf_sz(0)?)
    }

    /// Sets `NETLINK_EXT_ACK`, with which errors have attributes, and `NETLINK_CAP_ACK`, with which
    /// they contain only the header of the request.
    pub(crate) fn set_error_options(&mut self, ext_ack: bool, cap_ack: bool) -> Result<()> {
        self.socket.set_ext_ack(ext_ack)?;
        Ok(self.socket.set_cap_ack(cap_ack)?)
    }

    /// Greets `name`. An error of the kernel can be downcast to
    /// [`ExtAckError`](super::ExtAckError).
    pub(crate) fn greet(&mut self, name: &str) -> Result<Greeting> {
        Greeting::read(&self.request_reply(&Request::greet().name(name))?)
    }

    /// Returns a peer.
    pub(crate) fn peer(&mut self, name: &str) -> Result<Peer> {
        Peer::read(&self.request_reply(&Request::of(&PEER_GET).text(peer::NAME, name))?)
    }

    /// Returns all peers, or an error if the dump was interrupted.
    pub(crate) fn peers(&mut self) -> Result<Vec<Peer>> {
        let dump = self.dump_peers()?;
        match dump.interrupted {
            false => Ok(dump.peers),
            true => bail!("the dump was interrupted"),
        }
    }

    /// Returns all peers, and whether the dump was interrupted.
    pub(crate) fn dump_peers(&mut self) -> Result<Dump> {
        let sent = self.send(&Request::dump(&PEER_GET))?;
        self.finish_dump(&sent)
    }

    /// Receives the remaining parts of a dump that `sent` requested.
    pub(crate) fn finish_dump(&mut self, sent: &[u8]) -> Result<Dump> {
        Dump::read(&self.answers(sent, TIMEOUT)?)
    }

    /// Returns the number of peers in a dump. It stores no peers, so most of the time is the
    /// kernel's.
    pub(crate) fn count_peers(&mut self) -> Result<usize> {
        let sent = self.send(&Request::dump(&PEER_GET))?;
        let mut count = 0;
        while self.wait(Instant::now() + TIMEOUT)? {
            let messages = self.receive(&sent)?;
            count += messages.len();
            if matches!(messages.last(), Some(message) if message.is_last()) {
                return Ok(count - 1);
            }
        }
        bail!("expected the end of the dump within {TIMEOUT:?}")
    }

    /// Deletes a peer.
    pub(crate) fn forget(&mut self, name: &str) -> Result<()> {
        self.request_ack(&Request::of(&PEER_DEL).text(peer::NAME, name))
    }

    pub(crate) fn stats(&mut self) -> Result<Stats> {
        Stats::read(&self.request_reply(&Request::of(&STATS_GET))?)
    }

    pub(crate) fn settings(&mut self) -> Result<Settings> {
        Settings::read(&self.request_reply(&Request::of(&SETTINGS_GET))?)
    }

    pub(crate) fn set_default_style(&mut self, style: u32) -> Result<()> {
        self.request_ack(&Request::of(&SETTINGS_SET).u32(settings::DEFAULT_STYLE, style))
    }

    pub(crate) fn set_peer_limit(&mut self, limit: u32) -> Result<()> {
        self.request_ack(&Request::of(&SETTINGS_SET).u32(settings::PEER_LIMIT, limit))
    }

    /// Joins a multicast group of `greet`.
    pub(crate) fn join(&self, group: &str) -> Result<()> {
        self.join_id(self.group(group)?)
    }

    /// Joins the multicast group with this id, of any family.
    pub(crate) fn join_id(&self, group: u32) -> Result<()> {
        Ok(self.socket.add_membership(group)?)
    }

    /// Leaves a multicast group of `greet`.
    pub(crate) fn leave(&self, group: &str) -> Result<()> {
        self.leave_id(self.group(group)?)
    }

    /// Leaves the multicast group with this id, of any family.
    pub(crate) fn leave_id(&self, group: u32) -> Result<()> {
        Ok(self.socket.drop_membership(group)?)
    }

    /// Returns all received `greeted` events without waiting: the kernel delivers an event before
    /// the greeting's send returns.
    pub(crate) fn greeted_events(&mut self) -> Result<Vec<Greeted>> {
        let events = self.event_messages()?;
        events.iter().map(Greeted::read).collect()
    }

    /// Returns all received events. A loss is an error.
    pub(crate) fn event_messages(&mut self) -> Result<Vec<Message>> {
        match self.drain(&[])? {
            (messages, false) => Ok(messages),
            (_, true) => bail!("expected no loss of events"),
        }
    }

    /// Sends a request and returns all messages that answer it.
    pub(crate) fn request(&mut self, request: &Request) -> Result<Vec<Message>> {
        let bytes = self.send(request)?;
        let timeout = if request.expects_end() {
            TIMEOUT
        } else {
            NO_ANSWER_WAIT
        };
        self.answers(&bytes, timeout)
    }

    /// Returns all messages that answer `sent`, up to the last one or a timeout after one of them.
    pub(crate) fn answers(&mut self, sent: &[u8], timeout: Duration) -> Result<Vec<Message>> {
        let mut messages = Vec::new();
        while self.wait(Instant::now() + timeout)? {
            messages.extend(self.receive(sent)?);
            if matches!(messages.last(), Some(message) if message.is_last()) {
                break;
            }
        }
        // Messages after the last one are unexpected, but part of the answer.
        messages.extend(self.drain(sent)?.0);
        Ok(messages)
    }

    /// Sends several requests in one datagram and returns all messages that answer them.
    pub(crate) fn request_batch(&mut self, requests: &[Request]) -> Result<Vec<Message>> {
        let datagram = self.send_batch(requests)?;
        let mut messages = Vec::new();
        while self.wait(Instant::now() + NO_ANSWER_WAIT)? {
            messages.extend(self.receive(&datagram)?);
        }
        Ok(messages)
    }

    /// Greets without `NLM_F_ACK`, a hundred names per datagram, so that the kernel handles them
    /// with few system calls.
    pub(crate) fn greet_unacknowledged<N: AsRef<str>>(
        &mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<()> {
        const BATCH: usize = 100;

        let mut requests = names.into_iter().map(|name| {
            Request::greet()
                .flags(libc::NLM_F_REQUEST)
                .name(name.as_ref())
        });
        loop {
            let batch: Vec<Request> = requests.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return Ok(());
            }
            self.send_batch(&batch)?;
        }
    }

    /// Greets `count` times with the smallest receive buffer, so that it overflows, and returns the
    /// received messages.
    pub(crate) fn overflow_receive_buffer(&mut self, count: u64) -> Result<Vec<Message>> {
        self.shrink_receive_buffer()?;
        let mut sent = Vec::new();
        for _ in 0..count {
            sent.extend(self.send(&Request::greet().name("World"))?);
        }
        match self.drain(&sent)? {
            (messages, true) => Ok(messages),
            (_, false) => bail!("expected an overflow, received all replies"),
        }
    }

    /// Sends a request and returns its bytes, without waiting.
    pub(crate) fn send(&mut self, request: &Request) -> Result<Vec<u8>> {
        let bytes = self.encode(request);
        self.send_bytes(&bytes)?;
        Ok(bytes)
    }

    /// Encodes a request with the next sequence number.
    pub(crate) fn encode(&mut self, request: &Request) -> Vec<u8> {
        self.seq += 1;
        request.encode(self.greet, self.seq)
    }

    /// Sends several requests in one datagram and returns its bytes, without waiting.
    pub(crate) fn send_batch(&mut self, requests: &[Request]) -> Result<Vec<u8>> {
        let mut datagram = Vec::new();
        for request in requests {
            self.seq += 1;
            datagram.extend(request.encode(self.greet, self.seq));
        }
        self.send_bytes(&datagram)?;
        Ok(datagram)
    }

    /// Returns the received messages that answer `sent` or are events, and whether the kernel
    /// reported a loss (`ENOBUFS`).
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

    /// Returns all received datagrams without waiting. A loss is an error.
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

    /// Sends a request and returns the attributes of its reply, which an ACK must follow.
    fn request_reply(&mut self, request: &Request) -> Result<Attrs> {
        match self.contents(request)?.as_slice() {
            [Content::Reply { attrs, .. }, Content::Ack] => Ok(attrs.clone()),
            [Content::Error(ext_ack)] => Err(ext_ack.clone().into()),
            other => bail!("expected a reply and an ACK, got {other:?}"),
        }
    }

    /// Sends a request that is only acknowledged.
    fn request_ack(&mut self, request: &Request) -> Result<()> {
        match self.contents(request)?.as_slice() {
            [Content::Ack] => Ok(()),
            [Content::Error(ext_ack)] => Err(ext_ack.clone().into()),
            other => bail!("expected an ACK, got {other:?}"),
        }
    }

    /// Sends a request and returns the contents of all messages that answer it.
    pub(crate) fn contents(&mut self, request: &Request) -> Result<Vec<Content>> {
        let messages = self.request(request)?;
        Ok(messages
            .into_iter()
            .map(|message| message.content)
            .collect())
    }

    /// Sends bytes unchanged, without waiting.
    pub(crate) fn send_bytes(&self, bytes: &[u8]) -> Result<()> {
        let kernel = SocketAddr::new(0, 0);
        let sent = self.socket.send_to(bytes, &kernel, 0)?;
        if sent != bytes.len() {
            bail!("sent {sent} of {} bytes", bytes.len());
        }
        Ok(())
    }

    /// Waits for a message. Returns false if none arrives before `deadline`.
    fn wait(&self, deadline: Instant) -> Result<bool> {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut fds = [PollFd::new(&self.socket, PollFlags::IN)];
        Ok(poll(&mut fds, Some(&Timespec::try_from(left)?))? > 0)
    }

    /// Receives one datagram, which answers `requests`.
    pub(crate) fn receive(&mut self, requests: &[u8]) -> Result<Vec<Message>> {
        let (len, sender) = match self.receive_datagram() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Vec::new()),
            result => result.context("cannot receive")?,
        };
        if sender.port_number() != 0 {
            bail!(
                "expected a message of the kernel, got one of port {}",
                sender.port_number()
            );
        }
        if len > self.buffer.len() {
            bail!(
                "received {len} bytes, expected at most {}",
                self.buffer.len()
            );
        }
        parse(&self.buffer, requests)
    }

    /// Receives one datagram into the buffer with one system call. Returns its length and its
    /// sender.
    pub(crate) fn receive_datagram(&mut self) -> io::Result<(usize, SocketAddr)> {
        self.buffer.clear();
        let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
        self.socket.recv_from(&mut self.buffer, flags)
    }
}

/// Returns whether an error is `ENOBUFS`.
fn is_overrun(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.and_then(std::io::Error::raw_os_error) == Some(libc::ENOBUFS)
}

impl Message {
    /// Returns whether no message follows this one.
    fn is_last(&self) -> bool {
        !matches!(self.content, Content::Reply { .. })
    }
}

/// Parses a multicast group of a family.
fn name_and_id(group: &[u8]) -> Result<(String, u32)> {
    const CTRL_ATTR_MCAST_GRP_NAME: u16 = 1;
    const CTRL_ATTR_MCAST_GRP_ID: u16 = 2;

    let group = owned_attrs(group)?;
    let mut fields = Fields::of(&group);
    Ok((
        fields.text(CTRL_ATTR_MCAST_GRP_NAME)?,
        fields.u32(CTRL_ATTR_MCAST_GRP_ID)?,
    ))
}
