// SPDX-License-Identifier: MIT OR Apache-2.0

//! Netlink messages of a network namespace, in a file.

use crate::support::tool::run;
use anyhow::{Context as _, Result};
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, LinkAddr, SockFlag, SockProtocol, SockType, recvfrom, socket,
};
use std::fs;
use std::os::fd::{AsRawFd as _, OwnedFd};

/// The file, which each capture writes anew.
const FILE: &str = "/tmp/capture.pcap";

/// Of the file: pcap 2.4 with this many bytes of a packet at most, and netlink for a link.
const MAGIC: u32 = 0xa1b2_c3d4;
const VERSION: [u16; 2] = [2, 4];
const LONGEST: u32 = 0x4_0000;
const LINK_NETLINK: u32 = 253;

/// A capture that goes on.
pub(crate) struct Capture {
    socket: OwnedFd,
}

impl Capture {
    /// Begins one. The socket hears all interfaces of the namespace, of which no other is in use. It
    /// hears at once, whereas of a program that captures one would have to guess from when on.
    pub(crate) fn begin() -> Result<Self> {
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

    /// Ends it. Returns the path of the file.
    pub(crate) fn end(self) -> Result<String> {
        let mut file = header();
        while let Some(packet) = self.next()? {
            file.extend(packet);
        }
        fs::write(FILE, file)?;
        Ok(FILE.to_owned())
    }

    /// A packet that has come, as it stands in the file.
    fn next(&self) -> Result<Option<Vec<u8>>> {
        let mut bytes = vec![0; usize::try_from(LONGEST)?];
        let (len, link) = match recvfrom::<LinkAddr>(self.socket.as_raw_fd(), &mut bytes) {
            Err(Errno::EAGAIN) => return Ok(None),
            other => other?,
        };
        let link = link.context("a packet from nowhere")?;
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
    let rest = [0, 0, LONGEST, LINK_NETLINK].map(u32::to_ne_bytes).concat();
    [MAGIC.to_ne_bytes().as_slice(), &version, &rest].concat()
}
