// SPDX-License-Identifier: MIT OR Apache-2.0

//! Adds a peer to a WireGuard device and lists its peers: `wireguard DEVICE KEY ADDRESS...`, with 64
//! hexadecimal digits for the key.

use genl::Connection;
use kernel_protocols::wireguard::{GetDeviceRequest, SetDeviceRequest, Wgallowedip, Wgpeer};
use std::error::Error;
use std::net::IpAddr;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [device, key, addresses @ ..] = arguments.as_slice() else {
        return Err("usage: wireguard DEVICE KEY ADDRESS...".into());
    };
    let key = key_from_hex(key).ok_or("the key does not have 64 hexadecimal digits")?;
    let addresses: Vec<IpAddr> = addresses
        .iter()
        .map(|one| one.parse())
        .collect::<Result<_, _>>()?;
    let allowed: Vec<_> = addresses.iter().map(allowed_ip).collect();
    let peer = Wgpeer::new().public_key(&key).allowedips(&allowed);

    let mut connection = Connection::open()?;
    connection.request(&SetDeviceRequest::new().ifname(device).peers(&[peer]))?;
    for part in &connection.dump(&GetDeviceRequest::new().ifname(device))? {
        for peer in part?.peers.unwrap_or_default() {
            println!("{peer:?}");
        }
    }
    Ok(())
}

fn allowed_ip(address: &IpAddr) -> Wgallowedip<'static> {
    // AF_INET and AF_INET6.
    let (family, mask) = if address.is_ipv4() {
        (2, 32)
    } else {
        (10, 128)
    };
    Wgallowedip::new()
        .family(family)
        .ipaddr(*address)
        .cidr_mask(mask)
}

fn key_from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| digit.try_into().ok()))
        .collect();
    let bytes: Vec<u8> = digits?
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect();
    bytes.try_into().ok().filter(|_| text.len() == 64)
}
