// SPDX-License-Identifier: MIT OR Apache-2.0

//! Captures the netlink messages of a network namespace in a file.

use crate::support::tool::run;
use anyhow::{Context as _, Result};
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, LinkAddr, SockFlag, SockProtocol, SockType, recvfrom, socket,
};
use std::fs;
use std::os::fd::{AsRawFd as _, OwnedFd};

/// Path of the capture. Each capture overwrites it.
const FILE: &str = "/tmp/capture.pcap";

/// Fields of the file header: pcap 2.4, the maximum length of a packet, link type netlink.
const MAGIC: u32 = 0xa1b2_c3d4;
const VERSION: [u16; 2] = [2, 4];
const MAX_LEN: u32 = 0x4_0000;
const LINK_NETLINK: u32 = 253;

/// A running capture.
pub(crate) struct Capture {
    socket: OwnedFd,
}

impl Capture {
    /// Starts a capture. The socket receives from all interfaces of the namespace, of which only
    /// nlmon0 is up. It receives at once; a separate capture program would need time to start, and
    /// nothing would say when it is ready.
    pub(crate) fn start() -> Result<Self> {
        run("ip", &["link", "add", "nlmon0", "up", "type", "nlmon"])?.output()?;
        let socket = socket(
            AddressFamily::Packet,
            SockType::Datagram,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
            SockProtocol::EthAll,
        )
        .context("cannot capture")?;
        Ok(Self { socket })
    }

    /// Stops the capture and returns the path of the file.
    pub(crate) fn finish(self) -> Result<String> {
        let mut file = header();
        while let Some(packet) = self.next()? {
            file.extend(packet);
        }
        fs::write(FILE, file)?;
        Ok(FILE.to_owned())
    }

    /// Returns the next packet in the format of the file.
    fn next(&self) -> Result<Option<Vec<u8>>> {
        let mut bytes = vec![0; usize::try_from(MAX_LEN)?];
        let (len, link) = match recvfrom::<LinkAddr>(self.socket.as_raw_fd(), &mut bytes) {
            Err(Errno::EAGAIN) => return Ok(None),
            other => other?,
        };
        let link = link.context("a packet without a source address")?;
        let cooked = [
            u16::from(link.pkttype()),
            link.hatype(),
            0,
            0,
            0,
            0,
            0,
            u16::from_be(link.protocol()),
        ];
        let cooked = cooked.map(u16::to_be_bytes).concat();
        let len_of_all = u32::try_from(cooked.len() + len)?;
        let header = [0, 0, len_of_all, len_of_all]
            .map(u32::to_ne_bytes)
            .concat();
        Ok(Some([&header, &cooked, &bytes[..len]].concat()))
    }
}

fn header() -> Vec<u8> {
    let version = VERSION.map(u16::to_ne_bytes).concat();
    let rest = [0, 0, MAX_LEN, LINK_NETLINK].map(u32::to_ne_bytes).concat();
    [MAGIC.to_ne_bytes().as_slice(), &version, &rest].concat()
}
