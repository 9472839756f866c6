// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sockets, each with the model of its received messages.

use super::answer::{Expected, Message, hexdump, read};
use super::core::{Kernel, Sender};
use anyhow::{Context, Result, bail, ensure};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};
use rustix::net::{RecvFlags, recv};
use rustix::process::Uid;
use rustix::thread::set_thread_res_uid;
use std::collections::VecDeque;

/// Opens a socket in the caller's namespace.
fn open(port: u32) -> Result<Socket> {
    /// Enough for the answers to a few datagrams.
    const RECEIVE_BUFFER: u32 = 1 << 20;

    let mut socket = Socket::new(NETLINK_GENERIC)?;
    socket.set_rx_buf_sz(RECEIVE_BUFFER)?;
    socket.bind(&SocketAddr::new(port, 0))?;
    Ok(socket)
}

/// Receives one whole datagram, if there is any.
fn receive<'b>(socket: &Socket, buffer: &'b mut [u8]) -> Result<Option<&'b [u8]>> {
    let flags = RecvFlags::DONTWAIT | RecvFlags::TRUNC;
    match recv(socket, &mut *buffer, flags) {
        Err(rustix::io::Errno::AGAIN) => Ok(None),
        Err(error) => Err(error).context("cannot receive"),
        Ok((_, len)) => {
            let size = buffer.len();
            ensure!(len <= size, "received {len} bytes, expected at most {size}");
            Ok(Some(&buffer[..len]))
        }
    }
}

/// A socket that sends requests.
pub(super) struct Endpoint {
    socket: Socket,
    pub(super) model: Sender,
    buffer: Vec<u8>,
}

impl Endpoint {
    /// Opens a socket with this port and a receive buffer of `size` bytes.
    pub(super) fn open(port: u32, size: usize) -> Result<Self> {
        let socket = open(port)?;
        socket.set_ext_ack(true)?;
        Ok(Self {
            socket,
            model: Sender::new(port, size),
            buffer: vec![0; size],
        })
    }

    /// Sets the socket options `NETLINK_EXT_ACK` and `NETLINK_CAP_ACK`.
    pub(super) fn set_options(&mut self, ext_ack: bool, cap_ack: bool) -> Result<()> {
        self.socket.set_ext_ack(ext_ack)?;
        self.socket.set_cap_ack(cap_ack)?;
        self.model.ext_ack = ext_ack;
        self.model.cap_ack = cap_ack;
        Ok(())
    }

    pub(super) fn send(&self, datagram: &[u8]) -> Result<()> {
        if self.model.is_admin {
            return self.send_now(datagram);
        }
        let (root, nobody) = (Uid::ROOT, Uid::from_raw(65_534));
        set_thread_res_uid(None, nobody, root)?;
        let result = self.send_now(datagram);
        set_thread_res_uid(None, root, root)?;
        result
    }

    fn send_now(&self, datagram: &[u8]) -> Result<()> {
        let kernel = SocketAddr::new(0, 0);
        let sent = self.socket.send_to(datagram, &kernel, 0)?;
        ensure!(
            sent == datagram.len(),
            "sent {sent} of {} bytes",
            datagram.len()
        );
        Ok(())
    }

    /// Receives all pending datagrams and compares them with the model.
    pub(super) fn drain(&mut self, kernel: &mut Kernel) -> Result<Vec<Message>> {
        let mut all = Vec::new();
        while let Some(datagram) = receive(&self.socket, &mut self.buffer)? {
            let expected = self.model.waiting.pop_front();
            kernel.continue_dump(&mut self.model);
            let got = compare(datagram, expected)?;
            kernel.tally.answers += got.len() as u64;
            all.extend(got);
        }
        match self.model.waiting.pop_front() {
            Some(expected) => bail!("expected:\n{expected:?}\ngot nothing"),
            None => Ok(all),
        }
    }
}

/// A socket that receives events.
pub(super) struct Listener {
    socket: Socket,
    waiting: VecDeque<Expected>,
    buffer: Vec<u8>,
}

impl Listener {
    pub(super) fn open(port: u32) -> Result<Self> {
        Ok(Self {
            socket: open(port)?,
            waiting: VecDeque::new(),
            buffer: vec![0; 4096],
        })
    }

    /// Joins or leaves the group with this id.
    pub(super) fn set_membership(&self, group: u32, is_member: bool) -> Result<()> {
        match is_member {
            true => self.socket.add_membership(group)?,
            false => self.socket.drop_membership(group)?,
        }
        Ok(())
    }

    pub(super) fn drain(&mut self, kernel: &mut Kernel) -> Result<()> {
        self.waiting.extend(kernel.take_events());
        while let Some(datagram) = receive(&self.socket, &mut self.buffer)? {
            let expected = self.waiting.pop_front().map(|event| vec![event]);
            compare(datagram, expected).context("comparing an event")?;
            kernel.tally.answers += 1;
        }
        match self.waiting.pop_front() {
            Some(expected) => bail!("expected an event {expected:?}, got nothing"),
            None => Ok(()),
        }
    }
}

fn compare(datagram: &[u8], expected: Option<Vec<Expected>>) -> Result<Vec<Message>> {
    let as_bytes = || format!("got:\n{}", hexdump(datagram));
    let got = read(datagram).with_context(as_bytes)?;
    let Some(expected) = expected else {
        bail!("expected nothing, got:\n{got:?}");
    };
    let is_met = expected.len() == got.len()
        && expected
            .iter()
            .zip(&got)
            .all(|(expected, got)| expected.matches(got));
    ensure!(is_met, "expected:\n{expected:#?}\ngot:\n{got:#?}");
    Ok(got)
}
