// SPDX-License-Identifier: GPL-2.0

//! The operations of the family `wireguard`.
//!
//! C source: [`drivers/net/wireguard/netlink.c`](srctree/drivers/net/wireguard/netlink.c)

use crate::{
    allowedips::{
        Place,
        Prefix, //
    },
    device::{
        Device,
        Endpoint,
        Peer,
        PeerId, //
    },
    genl::{
        Capability,
        Dump,
        ExtAckError, //
        Info,
        NetDevice,
        PerNet,
        WeakNet,
    },
    wireguard_nl::{
        GetDeviceReply,
        GetDeviceRequest,
        Operations,
        SetDeviceRequest,
        WgallowedipAttrs,
        WgallowedipFlag,
        WgallowedipNest,
        WgdeviceFlag,
        WgdevicePeersArray,
        WgpeerAttrs,
        WgpeerFlag, //
    },
};
use core::net::IpAddr;
use kernel::{
    bindings,
    new_mutex,
    prelude::*,
    sync::Mutex, //
};

const AF_INET: u16 = bindings::AF_INET as u16;
const AF_INET6: u16 = bindings::AF_INET6 as u16;

/// The kind of the devices that can be configured. Safe Rust cannot add a kind.
const KIND: &[u8] = b"dummy";

/// The index of the items of all lists in a reply.
const INDEX: u16 = 0;

/// The devices of one network namespace that were configured.
#[pin_data]
pub struct Wireguard {
    #[pin]
    devices: Mutex<KVec<Device>>,
}

impl PerNet for Wireguard {
    fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            devices <- new_mutex!(KVec::new(), "Wireguard::devices"),
        })
    }
}

/// The position of a dump.
#[derive(Clone, Copy, Default)]
pub struct Position {
    /// The last peer that was listed completely.
    peer: PeerId,
    /// The place of the next allowed IP of the peer after it, or 0.
    place: Place,
    /// The state of the allowed IPs when the list of that peer began, or 0.
    seq: u64,
}

impl Operations for Wireguard {
    type GetDeviceCursor = Position;

    #[inline]
    fn get_device_start<'a>(
        self: Pin<&Self>,
        request: &GetDeviceRequest<'a>,
    ) -> Result<Position, ExtAckError<'a>> {
        find(request.info(), request.ifindex()?, request.ifname())?;
        Ok(Position::default())
    }

    /// Adds one message with as many peers as fit.
    #[inline]
    fn get_device_dump<'a>(
        self: Pin<&Self>,
        request: &GetDeviceRequest<'a>,
        dump: &mut Dump<'a, Position>,
    ) -> Result<(), ExtAckError<'a>> {
        let found = find(request.info(), request.ifindex()?, request.ifname())?;
        let mut devices = self.devices.lock();
        let device = device_of(&mut devices, &found)?;
        dump.set_seq(device.generation);
        let mut position = dump.cursor();
        let mut item = GetDeviceReply::item(dump)?;
        if position.peer == 0 {
            write_device(device, &found, &mut item)?;
        }
        let mut peers = item.peers()?;
        // After a peer that was removed, no others follow: the generation says that the list has changed.
        let is_lost = position.peer != 0 && !device.has_peer(position.peer);
        if is_lost || device.peer_after(0).is_none() {
            drop(peers);
            return Ok(item.send()?);
        }
        let mut is_full = false;
        while let Some((id, peer)) = device.peer_after(position.peer) {
            if write_peer(device, id, peer, &mut peers, &mut position).is_err() {
                is_full = true;
                break;
            }
            position.peer = id;
        }
        peers.end()?;
        item.send()?;
        dump.set_cursor(position);
        match is_full {
            true => Err(EMSGSIZE.into()),
            false => Ok(()),
        }
    }

    #[inline]
    fn set_device<'a>(
        self: Pin<&Self>,
        request: &SetDeviceRequest<'a>,
    ) -> Result<(), ExtAckError<'a>> {
        let info = request.info();
        let found = find(info, request.ifindex()?, request.ifname())?;
        let mut devices = self.devices.lock();
        let device = device_of(&mut devices, &found)?;
        let (port, mark) = (request.listen_port()?, request.fwmark()?);
        if (port.is_some() || mark.is_some()) && !info.net_capable(Capability::NetAdmin) {
            return Err(EPERM.into());
        }
        device.generation = device.generation.wrapping_add(1);
        device.fwmark = mark.unwrap_or(device.fwmark);
        device.listen_port = port.unwrap_or(device.listen_port);
        if request
            .flags()?
            .unwrap_or_default()
            .contains(WgdeviceFlag::ReplacePeers)
        {
            device.remove_all_peers();
        }
        if let Some(key) = request.private_key()? {
            device.set_private_key(key);
        }
        for peer in request.peers() {
            set_peer(device, peer)?;
        }
        Ok(())
    }
}

/// Finds the device that a request names (`lookup_interface()`).
fn find<'a>(
    info: Info<'a>,
    ifindex: Option<u32>,
    ifname: Option<&[u8]>,
) -> Result<NetDevice, ExtAckError<'a>> {
    let found = match (ifindex, ifname) {
        (Some(index), None) => info.net().device(index as i32),
        (None, Some(name)) => info.net().device_named(name),
        _ => return Err(EBADR.into()),
    };
    let device = found.ok_or(ENODEV)?;
    match device.kind() {
        KIND => Ok(device),
        _ => Err(EOPNOTSUPP.into()),
    }
}

/// Returns the configuration of a device.
#[inline]
fn device_of<'d>(devices: &'d mut KVec<Device>, found: &NetDevice) -> Result<&'d mut Device> {
    let ifindex = found.ifindex();
    let index = match devices.iter().position(|device| device.ifindex == ifindex) {
        Some(index) => index,
        None => {
            devices.push(Device::new(ifindex), GFP_KERNEL_ACCOUNT)?;
            devices.len() - 1
        }
    };
    devices.get_mut(index).ok_or(ENODEV)
}

#[inline]
fn write_device(device: &Device, found: &NetDevice, to: &mut GetDeviceReply<'_>) -> Result {
    to.listen_port(device.listen_port)?;
    to.fwmark(device.fwmark)?;
    to.ifindex(found.ifindex() as u32)?;
    to.ifname(found.name())?;
    if let Some((private, public)) = device.keys() {
        to.private_key(private)?;
        to.public_key(public)?;
    }
    Ok(())
}

/// Writes a peer, or the allowed IPs from a position on (`get_peer()`). If they do not all fit, fails and
/// sets the position of the next.
fn write_peer(
    device: &Device,
    id: PeerId,
    peer: &Peer,
    to: &mut WgdevicePeersArray<'_>,
    position: &mut Position,
) -> Result {
    to.set_index(INDEX);
    let mut nest = to.item()?;
    nest.public_key(&peer.public_key)?;
    if position.place == 0 {
        nest.preshared_key(&peer.preshared_key)?;
        nest.last_handshake_time(&[0; 16])?;
        nest.persistent_keepalive_interval(peer.keepalive)?;
        nest.tx_bytes(0)?;
        nest.rx_bytes(0)?;
        nest.protocol_version(1)?;
        if let Some(endpoint) = &peer.endpoint {
            nest.endpoint(endpoint.as_bytes())?;
        }
    }
    let table = &device.allowed_ips;
    let is_changed = position.place != 0 && position.seq != table.seq();
    let mut next = table.next(id, position.place).filter(|_| !is_changed);
    let mut result = Ok(());
    if next.is_some() {
        let mut list = nest.allowedips()?;
        while let Some((place, prefix)) = next {
            list.set_index(INDEX);
            let item = list.item();
            if item.and_then(|item| write_prefix(&prefix, item)).is_err() {
                (position.place, position.seq) = (place, table.seq());
                result = Err(EMSGSIZE);
                break;
            }
            next = table.next(id, place + 1);
        }
        list.end()?;
    }
    if result.is_ok() {
        (position.place, position.seq) = (0, 0);
    }
    nest.end()?;
    result
}

fn write_prefix(prefix: &Prefix, mut to: WgallowedipNest<'_>) -> Result {
    to.cidr_mask(prefix.cidr)?;
    match prefix.address {
        IpAddr::V4(address) => {
            to.family(AF_INET)?;
            to.ipaddr(&address.octets())?;
        }
        IpAddr::V6(address) => {
            to.family(AF_INET6)?;
            to.ipaddr(&address.octets())?;
        }
    }
    to.end()
}

/// Adds, changes or removes a peer.
fn set_peer<'a>(device: &mut Device, attrs: WgpeerAttrs<'a>) -> Result<(), ExtAckError<'a>> {
    if !attrs.nest().is_nest() {
        return Err(EINVAL.into());
    }
    let key = attrs.public_key()?.ok_or(EINVAL)?;
    let flags = attrs.flags()?.unwrap_or_default();
    if attrs
        .protocol_version()?
        .is_some_and(|version| version != 1)
    {
        return Err(EPFNOSUPPORT.into());
    }
    let is_own = device.keys().is_some_and(|(_, public)| public == key);
    let present = device.peer_with(key);
    let id = match present {
        Some(id) if flags.contains(WgpeerFlag::RemoveMe) => {
            device.remove_peer(id);
            return Ok(());
        }
        Some(id) => id,
        None if flags.contains_any(WgpeerFlag::RemoveMe | WgpeerFlag::UpdateOnly) => return Ok(()),
        // So that programs can use the same requests for all peers.
        None if is_own => return Ok(()),
        None => device.add_peer(*key)?,
    };
    if let Some(peer) = device.peer_mut(id) {
        if let Some(key) = attrs.preshared_key()? {
            peer.preshared_key = *key;
        }
        let endpoint = attrs.endpoint().and_then(Endpoint::read);
        let is_same = |new: &Endpoint| peer.endpoint.is_some_and(|old| old.is(new));
        if let Some(endpoint) = endpoint.filter(|endpoint| !is_same(endpoint)) {
            peer.endpoint = Some(endpoint);
        }
    }
    if flags.contains(WgpeerFlag::ReplaceAllowedips) {
        device.allowed_ips.remove_all_of(id);
    }
    for allowed_ip in attrs.allowedips() {
        set_allowed_ip(device, id, allowed_ip)?;
    }
    if let (Some(peer), Some(seconds)) =
        (device.peer_mut(id), attrs.persistent_keepalive_interval()?)
    {
        peer.keepalive = seconds;
    }
    Ok(())
}

/// Adds or removes an allowed IP of a peer.
fn set_allowed_ip<'a>(
    device: &mut Device,
    peer: PeerId,
    attrs: WgallowedipAttrs<'a>,
) -> Result<(), ExtAckError<'a>> {
    if !attrs.nest().is_nest() {
        return Err(EINVAL.into());
    }
    let (family, bytes) = (
        attrs.family()?.ok_or(EINVAL)?,
        attrs.ipaddr().ok_or(EINVAL)?,
    );
    let cidr = attrs.cidr_mask()?.ok_or(EINVAL)?;
    let address = match family {
        AF_INET => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        AF_INET6 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    };
    let prefix = address.and_then(|address| Prefix::new(address, cidr));
    let prefix = prefix.ok_or(EINVAL)?;
    match attrs
        .flags()?
        .unwrap_or_default()
        .contains(WgallowedipFlag::RemoveMe)
    {
        true => device.allowed_ips.remove(prefix, peer),
        false => device.allowed_ips.insert(prefix, peer)?,
    }
    Ok(())
}
