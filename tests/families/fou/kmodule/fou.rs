// SPDX-License-Identifier: GPL-2.0

//! The operations of the family `fou`.
//!
//! C source: [`net/ipv4/fou_core.c`](srctree/net/ipv4/fou_core.c)

use crate::{
    fou_nl::{
        EncapType,
        FouRequest,
        GetDumpRequest,
        GetReply,
        Operations, //
    },
    genl::{
        Dump,
        ExtAckError, //
        PerNet,
        WeakNet,
    },
};
use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};
use kernel::{
    bindings,
    new_mutex,
    prelude::*,
    sync::Mutex, //
};

const AF_INET: u8 = bindings::AF_INET as u8;
const AF_INET6: u8 = bindings::AF_INET6 as u8;

/// The ports of one network namespace, the newest last.
#[pin_data]
pub struct Fou {
    #[pin]
    ports: Mutex<KVec<Port>>,
}

impl PerNet for Fou {
    fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            ports <- new_mutex!(KVec::new(), "Fou::ports"),
        })
    }
}

impl Operations for Fou {
    #[inline]
    fn add<'a>(self: Pin<&Self>, request: &FouRequest<'a>) -> Result<(), ExtAckError<'a>> {
        let wanted = Ends::read(request)?;
        let mut ports = self.ports.lock();
        wanted.bind(&ports)?;
        let port = Port::read(request, wanted.connected())?;
        if ports.iter().any(|other| other.ends == wanted) {
            return Err(EALREADY.into());
        }
        Ok(ports.push(port, GFP_KERNEL_ACCOUNT)?)
    }

    #[inline]
    fn del<'a>(self: Pin<&Self>, request: &FouRequest<'a>) -> Result<(), ExtAckError<'a>> {
        let wanted = Ends::read(request)?;
        let mut ports = self.ports.lock();
        let found = ports.iter().rposition(|port| port.ends == wanted);
        let _ = ports.remove(found.ok_or(EINVAL)?);
        Ok(())
    }

    #[inline]
    fn get<'a>(
        self: Pin<&Self>,
        request: &FouRequest<'a>,
    ) -> Result<Option<GetReply<'a>>, ExtAckError<'a>> {
        let wanted = Ends::read(request)?;
        if wanted.port == 0 {
            return Err(EINVAL.into());
        }
        let mut reply = GetReply::new(request.info())?;
        let ports = self.ports.lock();
        let port = ports.iter().rfind(|port| port.ends == wanted);
        port.ok_or(ESRCH)?.write(&mut reply)?;
        Ok(Some(reply))
    }

    /// The number of ports that were listed, from the newest.
    type GetCursor = usize;

    #[inline]
    fn get_dump<'a>(
        self: Pin<&Self>,
        _request: &GetDumpRequest<'a>,
        dump: &mut Dump<'a, usize>,
    ) -> Result<(), ExtAckError<'a>> {
        let ports = self.ports.lock();
        for port in ports.iter().rev().skip(dump.cursor()) {
            let mut item = GetReply::item(dump)?;
            port.write(&mut item)?;
            item.send()?;
            dump.set_cursor(dump.cursor() + 1);
        }
        Ok(())
    }
}

/// A port, with the protocol of the packets that arrive there.
struct Port {
    ends: Ends,
    kind: EncapType,
    protocol: u8,
    remcsum_nopartial: bool,
}

impl Port {
    #[inline]
    fn read<'a>(request: &FouRequest<'a>, ends: Ends) -> Result<Self, ExtAckError<'a>> {
        let kind = request.r#type()?.unwrap_or_default();
        let (kind, protocol) = match EncapType::try_from(u32::from(kind))? {
            EncapType::Direct => (EncapType::Direct, request.ipproto()?.ok_or(EINVAL)?),
            // The packets name their protocol.
            EncapType::Gue => (EncapType::Gue, 0),
            EncapType::Unspec => return Err(EINVAL.into()),
        };
        Ok(Self {
            ends,
            kind,
            protocol,
            remcsum_nopartial: request.remcsum_nopartial(),
        })
    }

    /// Writes the port into a reply or an item of a dump.
    #[inline]
    fn write(&self, to: &mut GetReply<'_>) -> Result {
        let ends = &self.ends;
        to.af(match ends.local {
            IpAddr::V4(_) => AF_INET,
            IpAddr::V6(_) => AF_INET6,
        })?;
        to.port(ends.port)?;
        to.peer_port(ends.peer_port)?;
        to.ipproto(self.protocol)?;
        to.r#type(self.kind as u8)?;
        to.ifindex(ends.ifindex)?;
        if self.remcsum_nopartial {
            to.remcsum_nopartial()?;
        }
        match ends.local {
            IpAddr::V4(local) => to.local_v4(from_v4(local))?,
            IpAddr::V6(local) => to.local_v6(&local.octets())?,
        }
        match ends.peer {
            IpAddr::V4(peer) => to.peer_v4(from_v4(peer)),
            IpAddr::V6(peer) => to.peer_v6(&peer.octets()),
        }
    }
}

/// The ends of a UDP socket, which identify a port.
#[derive(Clone, Copy, PartialEq)]
struct Ends {
    local: IpAddr,
    port: u16,
    peer: IpAddr,
    peer_port: u16,
    ifindex: i32,
}

impl Ends {
    /// Reads the attributes that name a port (`parse_nl_config()`).
    #[inline]
    fn read<'a>(request: &FouRequest<'a>) -> Result<Self, ExtAckError<'a>> {
        let (local, peer, any) = match request.af()?.unwrap_or(AF_INET) {
            AF_INET => (
                request.local_v4()?.map(v4),
                request.peer_v4()?.map(v4),
                IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            ),
            AF_INET6 => (
                request.local_v6()?.copied().map(IpAddr::from),
                request.peer_v6()?.copied().map(IpAddr::from),
                IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            ),
            _ => return Err(EAFNOSUPPORT.into()),
        };
        let peer_port = match peer {
            Some(_) => request.peer_port()?.ok_or(EINVAL)?,
            None => 0,
        };
        let ifindex = request.ifindex()?;
        if ifindex.is_some() && local.is_none() {
            return Err(EINVAL.into());
        }
        Ok(Self {
            local: local.unwrap_or(any),
            port: request.port()?.unwrap_or_default(),
            peer: peer.unwrap_or(any),
            peer_port,
            ifindex: ifindex.unwrap_or_default(),
        })
    }

    /// Fails as binding a socket does: if the device is invalid or another port is in the way.
    #[inline]
    fn bind(&self, ports: &[Port]) -> Result {
        if self.ifindex < 0 {
            return Err(EINVAL);
        }
        match ports.iter().any(|port| self.excludes(&port.ends)) {
            true => Err(EADDRINUSE),
            false => Ok(()),
        }
    }

    /// Returns whether two sockets cannot be bound at the same time. Port 0 stands for any free one.
    #[inline]
    fn excludes(&self, other: &Self) -> bool {
        let is_any = |ends: &Self| ends.local.is_unspecified();
        self.port == other.port
            && self.port != 0
            && self.local.is_ipv4() == other.local.is_ipv4()
            && (self.local == other.local || is_any(self) || is_any(other))
            && (self.ifindex == other.ifindex || self.ifindex == 0 || other.ifindex == 0)
    }

    /// Returns the ends that a socket has. Without a port of the peer it is not connected.
    #[inline]
    fn connected(mut self) -> Self {
        if self.peer_port == 0 {
            self.peer = match self.peer {
                IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            };
        }
        self
    }
}

/// Returns an address from an attribute, which has network byte order.
#[inline]
fn v4(address: u32) -> IpAddr {
    IpAddr::from(address.to_ne_bytes())
}

#[inline]
fn from_v4(address: Ipv4Addr) -> u32 {
    u32::from_ne_bytes(address.octets())
}
