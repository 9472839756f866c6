// SPDX-License-Identifier: MIT OR Apache-2.0

//! Values that make the requests of a family meet the same objects, and the requests that cannot be
//! compared.

use crate::stream::{Request, attributes};
use fastrand::Rng;
use std::net::Ipv4Addr;
use ynl_gen_rust::model::Attribute;

/// Returns a usual value of an attribute.
pub(crate) fn typical(
    family: &str,
    set: &str,
    attribute: &Attribute,
    rng: &mut Rng,
) -> Option<Vec<u8>> {
    let values = match family {
        "fou" => fou(&attribute.name),
        "mptcp_pm" => mptcp_pm(&attribute.name),
        "wireguard" => wireguard(set, &attribute.name),
        _ => return None,
    };
    (!values.is_empty()).then(|| values[rng.usize(..values.len())].clone())
}

/// Returns the share of an operation in the requests.
pub(crate) fn weight(operation: &str) -> usize {
    match operation {
        "add-addr" => 16,
        "add" | "del-addr" | "set-flags" | "get-addr" => 4,
        _ => 1,
    }
}

/// Returns how many of ten valid requests contain an attribute.
pub(crate) fn tenths(set: &str, name: &str) -> u32 {
    match (set, name) {
        ("fou", "peer-v4" | "peer-v6" | "ifindex" | "remcsum-nopartial") => 3,
        ("address", "family" | "addr4" | "addr6") | ("attr" | "endpoint", "addr") => 9,
        ("address", "port") => 5,
        ("address", "if-idx") => 3,
        ("attr", "token") => 2,
        ("wgdevice", "ifindex" | "public-key" | "flags" | "private-key") => 1,
        (
            "wgdevice" | "wgpeer" | "wgallowedip",
            "ifname" | "public-key" | "family" | "ipaddr" | "cidr-mask",
        ) => 10,
        ("wgdevice", "peers") => 9,
        ("wgdevice", "listen-port" | "fwmark") => 2,
        _ => 7,
    }
}

/// Returns whether the family in Rust is defined to answer the request as the one in C does.
pub(crate) fn is_comparable(family: &str, request: &Request) -> bool {
    match family {
        "fou" => has_no_socket(request),
        "mptcp_pm" => has_own_address(request),
        _ => true,
    }
}

fn loopback(last: u8) -> Vec<u8> {
    Ipv4Addr::new(127, 0, 0, last).octets().to_vec()
}

fn loopback_v6() -> Vec<u8> {
    let mut address = vec![0; 16];
    address[15] = 1;
    address
}

fn fou(name: &str) -> Vec<Vec<u8>> {
    let ports = |ports: &[u16]| {
        ports
            .iter()
            .map(|port| port.to_be_bytes().to_vec())
            .collect()
    };
    let bytes = |bytes: &[u8]| bytes.iter().map(|&byte| vec![byte]).collect();
    match name {
        "port" => ports(&[0, 1, 2, 3, 4]),
        "peer-port" => ports(&[0, 9]),
        "af" => bytes(&[2, 2, 2, 10, 10, 0, 3]),
        "ipproto" => bytes(&[4, 47, 1, 255, 0]),
        "type" => bytes(&[1, 1, 1, 2, 0, 3]),
        "local-v4" => vec![vec![0; 4], loopback(1), loopback(2)],
        "peer-v4" => vec![loopback(1), loopback(3)],
        "local-v6" => vec![vec![0; 16], loopback_v6()],
        "peer-v6" => vec![loopback_v6()],
        "ifindex" => [0i32, 1, 1, -1]
            .map(|index| index.to_ne_bytes().to_vec())
            .into(),
        _ => Vec::new(),
    }
}

fn all<const N: usize>(numbers: &[[u8; N]]) -> Vec<Vec<u8>> {
    numbers.iter().map(|bytes| bytes.to_vec()).collect()
}

fn u16s(numbers: &[u16]) -> Vec<Vec<u8>> {
    numbers
        .iter()
        .map(|one| one.to_ne_bytes().to_vec())
        .collect()
}

fn u32s(numbers: &[u32]) -> Vec<Vec<u8>> {
    numbers
        .iter()
        .map(|one| one.to_ne_bytes().to_vec())
        .collect()
}

fn mptcp_pm(name: &str) -> Vec<Vec<u8>> {
    let v6 = |last: u8| {
        let mut address = [0; 16];
        (address[0], address[15]) = (0xfd, last);
        address
    };
    let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1];
    match name {
        "family" => u16s(&[2, 2, 2, 2, 2, 10, 10, 10, 0, 3]),
        "id" | "loc-id" => all(&[[0], [0], [1], [2], [3], [7], [255]]),
        "addr4" => all(&[
            [10, 0, 0, 1],
            [10, 0, 0, 2],
            [10, 0, 0, 3],
            [127, 0, 0, 1],
            [127, 0, 0, 2],
            [127, 0, 0, 3],
            [127, 0, 0, 4],
        ]),
        "addr6" => all(&[v6(1), v6(2), mapped])
            .into_iter()
            .chain([loopback_v6()])
            .collect(),
        "port" => u16s(&[0, 5, 6, 7, 8]),
        "flags" => u32s(&[1, 1, 1, 1, 1, 0, 2, 4, 5, 8, 10, 16, 32, 3, 64, 0xffff_ffff]),
        "if-idx" => u32s(&[0, 1, 99]),
        "token" => u32s(&[1]),
        "rcv-add-addrs" | "subflows" => u32s(&[0, 2, 8, 63, 64, 65, 256]),
        _ => Vec::new(),
    }
}

/// Returns whether a request adds no endpoint with a port, or one with an address of the namespace.
fn has_own_address(request: &Request) -> bool {
    const ADD: u8 = 1;
    const PORT: u16 = 5;

    let is_loopback =
        |payload: &[u8]| payload.starts_with(&[127]) || payload.starts_with(&loopback_v6());
    let nests = attributes(&request.attrs);
    request.command != ADD
        || nests.iter().all(|(_, nest)| {
            let attrs = attributes(nest);
            let port = attrs
                .iter()
                .any(|(number, port)| *number == PORT && port.iter().any(|&byte| byte != 0));
            let addresses = attrs.iter().filter(|(number, _)| matches!(number, 3 | 4));
            !port || addresses.clone().all(|(_, address)| is_loopback(address))
        })
}

fn wireguard(set: &str, name: &str) -> Vec<Vec<u8>> {
    let keys = |count: u8| (0..count).map(|one| vec![one; 32]).collect();
    let sockaddr = |family: u16, len: usize, last: u8| {
        let mut bytes = vec![last; len];
        bytes[..2].copy_from_slice(&family.to_ne_bytes());
        bytes
    };
    match (set, name) {
        ("wgdevice", "ifindex") => u32s(&[1, 77, 77, 77, 99]),
        ("wgdevice", "ifname") => [
            &b"wg0\0"[..],
            b"wg0\0",
            b"wg0\0",
            b"wg0\0",
            b"lo\0",
            b"none\0",
        ]
        .map(<[u8]>::to_vec)
        .into(),
        ("wgdevice", "flags") => u32s(&[0, 0, 0, 0, 1]),
        (_, "private-key") => keys(3),
        ("wgpeer", "public-key") => keys(6),
        (_, "preshared-key") => keys(2),
        ("wgpeer", "flags") => u32s(&[0, 0, 0, 0, 0, 0, 2, 4, 1, 7]),
        ("wgpeer", "endpoint") => vec![
            sockaddr(2, 16, 1),
            sockaddr(2, 16, 2),
            sockaddr(10, 28, 1),
            sockaddr(10, 28, 2),
            sockaddr(10, 16, 1),
            sockaddr(3, 16, 1),
        ],
        (_, "protocol-version") => u32s(&[1, 1, 1, 1, 1, 1, 1, 2]),
        ("wgallowedip", "family") => u16s(&[2, 2, 10, 10, 3]),
        ("wgallowedip", "ipaddr") => vec![
            vec![10, 0, 0, 1],
            vec![10, 1, 2, 3],
            vec![0xfd; 16],
            loopback_v6(),
        ],
        ("wgallowedip", "cidr-mask") => {
            all(&[[0], [8], [16], [24], [31], [32], [33], [64], [128], [129]])
        }
        ("wgallowedip", "flags") => u32s(&[0, 0, 0, 1]),
        (_, "listen-port") => u16s(&[0, 1, 51820]),
        _ => Vec::new(),
    }
}

/// Returns whether a request adds no port, or one whose socket only depends on the other ports: the
/// address is the namespace's own, and the socket is not connected before it has one.
fn has_no_socket(request: &Request) -> bool {
    const ADD: u8 = 1;
    const AF: u16 = 2;
    const LOCAL_V4: u16 = 6;
    const LOCAL_V6: u16 = 7;
    const PEER_V4: u16 = 8;
    const PEER_V6: u16 = 9;
    const PEER_PORT: u16 = 10;
    const IFINDEX: u16 = 11;

    let attrs = attributes(&request.attrs);
    let value = |number| {
        let all = attrs.iter().rev();
        let mut all = all.filter(|(found, _)| *found == number);
        all.next().map(|(_, payload)| *payload)
    };
    let (local, peer) = match value(AF).and_then(<[u8]>::first) {
        Some(10) => (value(LOCAL_V6), value(PEER_V6)),
        _ => (value(LOCAL_V4), value(PEER_V4)),
    };
    let is_any = |address: &[u8]| address.iter().all(|&byte| byte == 0);
    let is_own = |address: &[u8]| {
        address.starts_with(&[127, 0, 0]) || address.starts_with(&loopback_v6()) || is_any(address)
    };
    let has_local = local.is_some_and(|local| !is_any(local));
    let is_connected = peer.is_some() && value(PEER_PORT).is_some_and(|port| !is_any(port));
    let device = value(IFINDEX).and_then(|index| index.first_chunk());
    let device = device.map_or(0, |index| i32::from_ne_bytes(*index));
    request.command != ADD
        || (local.is_none_or(is_own)
            && (!is_connected
                || (has_local && peer.is_some_and(|peer| is_own(peer) && !is_any(peer))))
            && device <= 1)
}
