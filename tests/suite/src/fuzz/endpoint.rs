// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sockets, each beside what the model says that it receives.

use super::answer::{Expected, Message, hexdump, read};
use super::core::{Kernel, Sender};
use anyhow::{Context, Result, bail, ensure};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};
use rustix::net::{RecvFlags, recv};
use rustix::process::Uid;
use rustix::thread::set_thread_res_uid;
use std::collections::VecDeque;

/// A socket in the namespace of the caller.
fn open(port: u32) -> Result<Socket> {
    /// Room for all that a few datagrams are answered with.
    const RECEIVE_BUFFER: u32 = 1 << 20;

    let mut socket = Socket::new(NETLINK_GENERIC)?;
    socket.set_rx_buf_sz(RECEIVE_BUFFER)?;
    socket.bind(&SocketAddr::new(port, 0))?;
    Ok(socket)
}

/// What is there to be received, if anything is: one datagram, with all of its bytes.
fn receive<'b>(socket: &Socket, buffer: &'b mut [u8]) -> Result<Option<&'b [u8]>> {
    let flags = RecvFlags::DONTWAIT | RecvFlags::TRUNC;
    match recv(socket, &mut *buffer, flags) {
        Err(rustix::io::Errno::AGAIN) => Ok(None),
        Err(error) => Err(error).context("cannot receive"),
        Ok((_, len)) => {
            let room = buffer.len();
            ensure!(len <= room, "{len} bytes came, there is room for {room}");
            Ok(Some(&buffer[..len]))
        }
    }
}

/// A socket that sends.
pub(super) struct Endpoint {
    socket: Socket,
    pub(super) model: Sender,
    buffer: Vec<u8>,
}

impl Endpoint {
    /// One with this port, which receives so many bytes at once.
    pub(super) fn open(port: u32, room: usize) -> Result<Self> {
        let socket = open(port)?;
        socket.set_ext_ack(true)?;
        Ok(Self {
            socket,
            model: Sender::new(port, room),
            buffer: vec![0; room],
        })
    }

    /// Does without what a new socket has to ask for, and asks for what it need not.
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
        ensure!(sent == datagram.len(), "sent {sent} bytes");
        Ok(())
    }

    /// Receives all that there is, and compares it with what the model says.
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
            Some(expected) => bail!("nothing came; expected:\n{expected:?}"),
            None => Ok(all),
        }
    }
}

/// A socket that listens.
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

    /// Joins the group with this id, or leaves it.
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
            compare(datagram, expected).context("an event")?;
            kernel.tally.answers += 1;
        }
        match self.waiting.pop_front() {
            Some(expected) => bail!("no event came; expected: {expected:?}"),
            None => Ok(()),
        }
    }
}

fn compare(datagram: &[u8], expected: Option<Vec<Expected>>) -> Result<Vec<Message>> {
    let as_bytes = || format!("it came:\n{}", hexdump(datagram));
    let got = read(datagram).with_context(as_bytes)?;
    let Some(expected) = expected else {
        bail!("nothing was expected, and it came:\n{got:?}");
    };
    let is_met = expected.len() == got.len()
        && expected
            .iter()
            .zip(&got)
            .all(|(expected, got)| expected.is_met_by(got));
    ensure!(is_met, "expected:\n{expected:#?}\nbut it came:\n{got:#?}");
    Ok(got)
}
