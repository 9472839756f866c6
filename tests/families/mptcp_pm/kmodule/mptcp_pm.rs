// SPDX-License-Identifier: GPL-2.0

//! The operations of the family `mptcp_pm`.
//!
//! C sources: [`net/mptcp/pm_netlink.c`](srctree/net/mptcp/pm_netlink.c),
//! [`net/mptcp/pm_kernel.c`](srctree/net/mptcp/pm_kernel.c)

use crate::{
    genl::{
        Dump,
        ExtAckError, //
        GenlMsg,
        Info,
        Message,
        Net,
        PerNet,
        PutAttr,
        WeakNet,
    },
    mptcp_pm_nl::{
        AddAddrRequest,
        AddressAttrs,
        AnnounceRequest,
        DelAddrRequest,
        EndpointAttr,
        EventAttr,
        FlushAddrsRequest,
        GetAddrReply,
        GetAddrRequest,
        GetLimitsReply,
        GetLimitsRequest,
        ListenerClosed,
        ListenerCreated,
        MptcpPmAttr,
        Operations,
        RemoveRequest,
        SetFlagsRequest,
        SetLimitsRequest,
        SubflowCreateRequest,
        SubflowDestroyRequest, //
    },
};
use core::{
    mem::take,
    net::IpAddr,
    ops::DerefMut, //
};
use kernel::{
    bindings,
    new_mutex,
    prelude::*,
    sync::Mutex, //
};

const AF_INET: u16 = bindings::AF_INET as u16;
const AF_INET6: u16 = bindings::AF_INET6 as u16;

/// Flags of an endpoint (`MPTCP_PM_ADDR_FLAG_*`), which the spec does not have.
mod flag {
    pub(super) const SIGNAL: u32 = 1 << 0;
    pub(super) const SUBFLOW: u32 = 1 << 1;
    pub(super) const BACKUP: u32 = 1 << 2;
    pub(super) const FULLMESH: u32 = 1 << 3;
    pub(super) const IMPLICIT: u32 = 1 << 4;
    /// All known flags. Others are ignored.
    pub(super) const ALL: u32 = (1 << 6) - 1;
}

/// Maximum number of endpoints, and the last id.
const MAX_ENDPOINTS: u8 = u8::MAX;

/// Maximum of both limits (`MPTCP_PM_SUBFLOWS_MAX`).
const MAX_LIMIT: u8 = 64;

/// The path manager of a network namespace.
#[pin_data]
pub struct MptcpPm {
    #[pin]
    endpoints: Mutex<Endpoints>,
    #[pin]
    limits: Mutex<Limits>,
}

#[derive(Clone, Copy)]
struct Limits {
    rcv_add_addrs: u8,
    subflows: u8,
}

impl PerNet for MptcpPm {
    fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
        let limits = Limits {
            rcv_add_addrs: 0,
            subflows: 2,
        };
        try_pin_init!(Self {
            endpoints <- new_mutex!(Endpoints::new(), "MptcpPm::endpoints"),
            limits <- new_mutex!(limits, "MptcpPm::limits"),
        })
    }
}

impl Operations for MptcpPm {
    #[inline]
    fn add_addr<'a>(self: Pin<&Self>, request: &AddAddrRequest<'a>) -> Result<(), ExtAckError<'a>> {
        let info = request.info();
        let addr = request.addr().ok_or(request.required(EndpointAttr::Addr))?;
        let endpoint = Endpoint::read(addr, true)?;
        endpoint
            .check()
            .map_err(|text| request.bad(EndpointAttr::Addr, EINVAL, text))?;

        let mut endpoints = self.endpoints.lock();
        if let Err(error) = endpoints.listen(&endpoint) {
            info.format_message(fmt!("create listen socket error: {}", error.to_errno()));
            return Err(error.into());
        }
        endpoint.announce(info.net(), ListenerCreated::new);
        endpoints.add(endpoint).map_err(|error| {
            endpoint.announce(info.net(), ListenerClosed::new);
            info.format_message(fmt!(
                "too many addresses or duplicate one: {}",
                error.to_errno()
            ));
            error.into()
        })
    }

    #[inline]
    fn del_addr<'a>(self: Pin<&Self>, request: &DelAddrRequest<'a>) -> Result<(), ExtAckError<'a>> {
        let addr = request.addr().ok_or(request.required(EndpointAttr::Addr))?;
        let wanted = Endpoint::read(addr, false)?;
        if wanted.id == 0 {
            // The first address of each connection, of which there are none.
            return Ok(());
        }
        let not_found = request.bad(EndpointAttr::Addr, EINVAL, c"address not found");
        let removed = self.endpoints.lock().remove(wanted.id).ok_or(not_found)?;
        removed.announce(request.info().net(), ListenerClosed::new);
        Ok(())
    }

    #[inline]
    fn get_addr<'a>(
        self: Pin<&Self>,
        request: &GetAddrRequest<'a>,
    ) -> Result<Option<GetAddrReply<'a>>, ExtAckError<'a>> {
        let addr = request.addr().ok_or(request.required(MptcpPmAttr::Addr))?;
        let wanted = Endpoint::read(addr, false)?;
        let mut reply = GetAddrReply::new(request.info())?;
        let endpoints = self.endpoints.lock();
        let found = match request.token()? {
            // No connection has it.
            Some(_) => None,
            None => endpoints.with_id(wanted.id),
        };
        let not_found = request.bad(MptcpPmAttr::Addr, EINVAL, c"address not found");
        found.ok_or(not_found)?.write(&mut reply)?;
        Ok(Some(reply))
    }

    /// The last id that was listed.
    type GetAddrCursor = u8;

    #[inline]
    fn get_addr_dump<'a>(
        self: Pin<&Self>,
        request: &GetAddrRequest<'a>,
        dump: &mut Dump<'a, u8>,
    ) -> Result<(), ExtAckError<'a>> {
        if request.token()?.is_some() {
            return Err(no_connection(request.info()));
        }
        let endpoints = self.endpoints.lock();
        while let Some(next) = endpoints.after(dump.cursor()) {
            let mut item = GetAddrReply::item(dump)?;
            next.write(&mut item)?;
            item.send()?;
            dump.set_cursor(next.id);
        }
        Ok(())
    }

    #[inline]
    fn flush_addrs<'a>(
        self: Pin<&Self>,
        request: &FlushAddrsRequest<'a>,
    ) -> Result<(), ExtAckError<'a>> {
        let flushed = take(&mut *self.endpoints.lock());
        for endpoint in &flushed.list {
            endpoint.announce(request.info().net(), ListenerClosed::new);
        }
        Ok(())
    }

    #[inline]
    fn set_limits<'a>(
        self: Pin<&Self>,
        request: &SetLimitsRequest<'a>,
    ) -> Result<(), ExtAckError<'a>> {
        let info = request.info();
        let mut limits = self.limits.lock();
        let rcv_add_addrs = limit(info, MptcpPmAttr::RcvAddAddrs, request.rcv_add_addrs()?)?;
        let subflows = limit(info, MptcpPmAttr::Subflows, request.subflows()?)?;
        *limits = Limits {
            rcv_add_addrs: rcv_add_addrs.unwrap_or(limits.rcv_add_addrs),
            subflows: subflows.unwrap_or(limits.subflows),
        };
        Ok(())
    }

    #[inline]
    fn get_limits<'a>(
        self: Pin<&Self>,
        request: &GetLimitsRequest<'a>,
    ) -> Result<Option<GetLimitsReply<'a>>, ExtAckError<'a>> {
        let limits = *self.limits.lock();
        let mut reply = GetLimitsReply::new(request.info())?;
        reply.rcv_add_addrs(limits.rcv_add_addrs.into())?;
        reply.subflows(limits.subflows.into())?;
        Ok(Some(reply))
    }

    #[inline]
    fn set_flags<'a>(
        self: Pin<&Self>,
        request: &SetFlagsRequest<'a>,
    ) -> Result<(), ExtAckError<'a>> {
        const CHANGEABLE: u32 = flag::BACKUP | flag::FULLMESH;

        let addr = request.addr().ok_or(request.required(MptcpPmAttr::Addr))?;
        let wanted = Endpoint::read(addr, false)?;
        if request.token()?.is_some() {
            request
                .addr_remote()
                .ok_or(request.required(MptcpPmAttr::AddrRemote))?;
            return Err(no_connection(request.info()));
        }
        let bad = |errno, text| request.bad(MptcpPmAttr::Addr, errno, text);
        if wanted.address.is_none() && wanted.id == 0 {
            return Err(bad(EOPNOTSUPP, c"missing address ID"));
        }
        let mut endpoints = self.endpoints.lock();
        let found = endpoints.list.iter_mut().find(|one| match wanted.address {
            Some(_) => one.has_address_of(&wanted, one.port != 0),
            None => one.id == wanted.id,
        });
        let found = found.ok_or(bad(EINVAL, c"address not found"))?;
        let has_no_mesh = found.flags & (flag::SIGNAL | flag::IMPLICIT) != 0;
        if wanted.flags & flag::FULLMESH != 0 && has_no_mesh {
            return Err(bad(EINVAL, c"invalid addr flags"));
        }
        found.flags = found.flags & !CHANGEABLE | wanted.flags & CHANGEABLE;
        Ok(())
    }

    // The rest is about connections, of which there are none.

    #[inline]
    fn announce<'a>(
        self: Pin<&Self>,
        request: &AnnounceRequest<'a>,
    ) -> Result<(), ExtAckError<'a>> {
        request.addr().ok_or(request.required(MptcpPmAttr::Addr))?;
        Err(no_connection(request.info()))
    }

    #[inline]
    fn remove<'a>(self: Pin<&Self>, request: &RemoveRequest<'a>) -> Result<(), ExtAckError<'a>> {
        request
            .loc_id()?
            .ok_or(request.required(MptcpPmAttr::LocId))?;
        Err(no_connection(request.info()))
    }

    #[inline]
    fn subflow_create<'a>(
        self: Pin<&Self>,
        request: &SubflowCreateRequest<'a>,
    ) -> Result<(), ExtAckError<'a>> {
        request.addr().ok_or(request.required(MptcpPmAttr::Addr))?;
        request
            .addr_remote()
            .ok_or(request.required(MptcpPmAttr::AddrRemote))?;
        Err(no_connection(request.info()))
    }

    #[inline]
    fn subflow_destroy<'a>(
        self: Pin<&Self>,
        request: &SubflowDestroyRequest<'a>,
    ) -> Result<(), ExtAckError<'a>> {
        request.addr().ok_or(request.required(MptcpPmAttr::Addr))?;
        request
            .addr_remote()
            .ok_or(request.required(MptcpPmAttr::AddrRemote))?;
        Err(no_connection(request.info()))
    }
}

/// Returns the error of a request for a connection.
#[inline]
fn no_connection(info: Info<'_>) -> ExtAckError<'_> {
    match info.attrs().get(MptcpPmAttr::Token as u16) {
        Some(token) => ExtAckError::bad_attr(EINVAL, token, c"invalid token"),
        None => ExtAckError::required_attr(MptcpPmAttr::Token as u16),
    }
}

/// Checks a limit.
#[inline]
fn limit(
    info: Info<'_>,
    attr: MptcpPmAttr,
    value: Option<u32>,
) -> Result<Option<u8>, ExtAckError<'_>> {
    match value.map(u8::try_from) {
        None => Ok(None),
        Some(Ok(limit @ 0..=MAX_LIMIT)) => Ok(Some(limit)),
        Some(_) => {
            info.format_message(fmt!("limit greater than maximum ({MAX_LIMIT})"));
            let error = ExtAckError::from(EINVAL);
            Err(info
                .attrs()
                .get(attr as u16)
                .map_or(error, |attr| error.with_attr(attr)))
        }
    }
}

/// The endpoints of a network namespace.
struct Endpoints {
    /// Those with a port first, the newest of them before the others.
    list: KVec<Endpoint>,
    /// The id from which a free one is searched.
    next_id: u8,
}

impl Default for Endpoints {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl Endpoints {
    const fn new() -> Self {
        Self {
            list: KVec::new(),
            next_id: 1,
        }
    }

    /// Fails as a socket does that listens at the port of `new`.
    #[inline]
    fn listen(&self, new: &Endpoint) -> Result {
        match new.port != 0 && self.list.iter().any(|one| one.excludes(new)) {
            true => Err(EADDRINUSE),
            false => Ok(()),
        }
    }

    /// Adds an endpoint, with a free id if it has none (`mptcp_pm_nl_append_new_local_addr()`).
    #[inline]
    fn add(&mut self, mut new: Endpoint) -> Result {
        if self.next_id == MAX_ENDPOINTS {
            self.next_id = 1;
        }
        if self.list.len() == usize::from(MAX_ENDPOINTS) {
            return Err(ERANGE);
        }
        if self.is_used(new.id) {
            return Err(EBUSY);
        }
        let equals = |one: &Endpoint| one.has_address_of(&new, one.port != 0 || new.port != 0);
        if self.list.iter().any(equals) {
            return Err(EEXIST);
        }
        if new.id == 0 {
            new.id = self.free_id().ok_or(EINVAL)?;
        }
        self.next_id = self.next_id.max(new.id);
        self.list.push(new, GFP_KERNEL_ACCOUNT)?;
        if new.port != 0 {
            self.list.rotate_right(1);
        }
        Ok(())
    }

    #[inline]
    fn with_id(&self, id: u8) -> Option<&Endpoint> {
        self.list.iter().find(|one| one.id == id)
    }

    #[inline]
    fn is_used(&self, id: u8) -> bool {
        self.with_id(id).is_some()
    }

    #[inline]
    fn free_id(&mut self) -> Option<u8> {
        let free = (self.next_id..=MAX_ENDPOINTS).find(|&id| !self.is_used(id));
        free.or_else(|| {
            self.next_id = 1;
            (1..=MAX_ENDPOINTS).find(|&id| !self.is_used(id))
        })
    }

    #[inline]
    fn remove(&mut self, id: u8) -> Option<Endpoint> {
        let index = self.list.iter().position(|one| one.id == id)?;
        self.list.remove(index).ok()
    }

    /// Returns the endpoint with the lowest id above `id`.
    #[inline]
    fn after(&self, id: u8) -> Option<&Endpoint> {
        (id..=MAX_ENDPOINTS).skip(1).find_map(|id| self.with_id(id))
    }
}

/// An endpoint (`struct mptcp_pm_addr_entry`).
#[derive(Clone, Copy)]
struct Endpoint {
    /// Requests can have none. Endpoints in the list have one.
    address: Option<IpAddr>,
    /// The number in the namespace, or 0.
    id: u8,
    /// The port at which a socket listens, or 0.
    port: u16,
    flags: u32,
    ifindex: i32,
}

impl Endpoint {
    /// Reads an endpoint from a request (`mptcp_pm_parse_entry()`).
    #[inline]
    fn read(from: AddressAttrs<'_>, needs_family: bool) -> Result<Self, ExtAckError<'_>> {
        let bad = |text| Err(ExtAckError::bad_attr(EINVAL, from.nest(), text));
        let family = from.family()?;
        let address = match family {
            Some(AF_INET) => from
                .addr4()?
                .map(|address| IpAddr::from(address.to_be_bytes())),
            Some(AF_INET6) => from.addr6()?.copied().map(IpAddr::from),
            Some(_) => return bad(c"unknown address family"),
            None if needs_family => return bad(c"missing family"),
            None => None,
        };
        if family.is_some() && address.is_none() {
            return bad(c"missing address data");
        }
        Ok(Self {
            address,
            id: from.id()?.unwrap_or_default(),
            port: from.port()?.unwrap_or_default(),
            flags: from.flags()?.unwrap_or_default() & flag::ALL,
            ifindex: from.if_idx()?.unwrap_or_default(),
        })
    }

    /// Checks the flags of a new endpoint, and returns the reason if they are invalid.
    #[inline]
    fn check(&self) -> Result<(), &'static CStr> {
        let is_set = |flag| self.flags & flag != 0;
        if self.port != 0 && (!is_set(flag::SIGNAL) || is_set(flag::SUBFLOW)) {
            return Err(c"flags must have signal and not subflow when using port");
        }
        if is_set(flag::SIGNAL) && is_set(flag::FULLMESH) {
            return Err(c"flags mustn't have both signal and fullmesh");
        }
        if is_set(flag::IMPLICIT) {
            return Err(c"can't create IMPLICIT endpoint");
        }
        Ok(())
    }

    /// Returns whether two endpoints have the same address (`mptcp_addresses_equal()`).
    #[inline]
    fn has_address_of(&self, other: &Self, with_port: bool) -> bool {
        let canonical = |one: &Self| one.address.map(|address| address.to_canonical());
        canonical(self) == canonical(other) && (!with_port || self.port == other.port)
    }

    /// Returns whether the sockets of two endpoints cannot listen at the same time.
    #[inline]
    fn excludes(&self, other: &Self) -> bool {
        let is_any = |one: &Self, other: &Self| {
            let is_any = one.address.is_some_and(|address| address.is_unspecified());
            let is_v4 = |one: &Self| {
                one.address
                    .is_some_and(|address| address.to_canonical().is_ipv4())
            };
            // `::` is bound for IPv4, too.
            is_any && (!is_v4(one) || is_v4(other))
        };
        self.port == other.port
            && (self.has_address_of(other, false) || is_any(self, other) || is_any(other, self))
    }

    /// Writes the endpoint into a reply or an item of a dump.
    #[inline]
    fn write(&self, to: &mut GetAddrReply<'_>) -> Result {
        let mut addr = to.addr()?;
        addr.family(self.family())?;
        addr.port(self.port)?;
        addr.id(self.id)?;
        addr.flags(self.flags)?;
        if self.ifindex != 0 {
            addr.if_idx(self.ifindex)?;
        }
        match self.address {
            Some(IpAddr::V4(address)) => addr.addr4(address.into())?,
            Some(IpAddr::V6(address)) => addr.addr6(&address.octets())?,
            None => {}
        }
        addr.end()
    }

    #[inline]
    fn family(&self) -> u16 {
        match self.address {
            Some(IpAddr::V4(_)) => AF_INET,
            Some(IpAddr::V6(_)) => AF_INET6,
            None => 0,
        }
    }

    /// Sends an event if the endpoint has a socket. A lost event is not an error.
    #[inline]
    fn announce<'m, M>(&self, net: &'m Net, event: fn(&'m Net) -> Result<M>)
    where
        M: Message + DerefMut<Target = GenlMsg<'m>>,
    {
        if self.port != 0 && ListenerCreated::has_listeners(net) {
            let _ = event(net).and_then(|mut event| {
                self.write_socket(&mut event)?;
                event.send()
            });
        }
    }

    #[inline]
    fn write_socket(&self, to: &mut GenlMsg<'_>) -> Result {
        to.put_u16(EventAttr::Family as u16, self.family())?;
        to.put_be16(EventAttr::Sport as u16, self.port)?;
        match self.address {
            Some(IpAddr::V4(address)) => to.put_be32(EventAttr::Saddr4 as u16, address.into()),
            Some(IpAddr::V6(address)) => to.put_bytes(EventAttr::Saddr6 as u16, &address.octets()),
            None => Ok(()),
        }
    }
}
