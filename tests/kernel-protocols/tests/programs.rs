// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs that a new user of the library would write.

use genl::nlctrl::{GetfamilyDumpRequest, GetfamilyRequest};
use genl::{Attrs, Connection, Decode, Encode, Encoder, OwnedNest, RawRequest, Request, Text};
use kernel_protocols::wireguard::{
    GetDeviceReply, SetDeviceRequest, Wgallowedip, WgdeviceFlags, Wgpeer, wgallowedip, wgdevice,
    wgpeer,
};
use std::net::{IpAddr, SocketAddr};

/// The error of a program.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Netlink(#[from] genl::Error),
    #[error("the family {0} is enough")]
    Enough(String),
}

#[test]
fn the_callers_error_stops_a_dump() {
    let mut connection = Connection::open().unwrap();
    let mut seen = 0;
    let result = connection.dump_each(&GetfamilyDumpRequest, |family| {
        seen += 1;
        match family.family_name {
            Some(name) => Err(Failure::Enough(name.to_string())),
            None => Ok(()),
        }
    });
    assert!(matches!(result, Err(Failure::Enough(_))), "{result:?}");
    assert_eq!(seen, 1);
    // The rest of the dump was received.
    connection.family("nlctrl").unwrap();
}

#[test]
fn two_replies_are_held_at_once() -> genl::Result<()> {
    let mut connection = Connection::open()?;
    let by_name = connection.request_owned(&GetfamilyRequest::new().family_name("nlctrl"))?;
    let by_id = connection.request_owned(&GetfamilyRequest::new().family_name("nlctrl"))?;
    let (by_name, by_id) = (by_name.get()?, by_id.get()?);
    assert_eq!(by_name.family_name, by_id.family_name);
    assert_eq!(by_name.family_id, Some(16));
    Ok(())
}

#[test]
fn text_compares_with_strings_and_converts_to_them() {
    let mut connection = Connection::open().unwrap();
    let request = GetfamilyRequest::new().family_name("nlctrl");
    let name = connection.request(&request).unwrap().family_name.unwrap();
    let expected = String::from("nlctrl");
    assert_eq!(name, "nlctrl");
    assert_eq!("nlctrl", name);
    assert_eq!(name, expected);
    assert_eq!(expected, name);
    assert_eq!(name.to_string(), expected);

    let hostile = Text::from("a\u{1b}[2J\u{202e}b");
    assert_eq!(hostile.to_string(), "a\u{1b}[2J\u{202e}b");
    assert_eq!(hostile.escaped().to_string(), "a\\u{1b}[2J\\u{202e}b");
    assert_eq!(
        format!("{:>8}|{:<3}|", Text::from("right"), Text::from("l")),
        "   right|l  |"
    );
}

#[test]
fn the_name_of_a_family_is_known_at_run_time() -> genl::Result<()> {
    let name = std::env::var("FAMILY").unwrap_or_else(|_| "nlctrl".to_owned());
    let mut connection = Connection::open()?;
    let request = RawRequest::new(&name, 3).attributes(|to| to.put_text(2, &name));
    let reply = connection.request_owned(&request)?;
    assert_eq!(
        reply.get()?.get(2).map(|attr| attr.text()),
        Some(Text::from(&name))
    );

    // Errors have numbers for names.
    let wrong = RawRequest::new(&name, 3).attributes(|to| to.put_u16(1, 7));
    let error = connection.request(&wrong).unwrap_err();
    assert_eq!(
        error.to_string(),
        "command 3: No such file or directory (ENOENT)"
    );
    let unencodable = RawRequest::new(&name, 3).attributes(|to| {
        to.nest(4, |to| to.put_text(2, "a\0b"));
    });
    let error = connection.request(&unencodable).unwrap_err();
    assert_eq!(
        error.to_string(),
        "command 3: the string attribute 4.2 contains a NUL"
    );
    let unknown = RawRequest::new("no-such-family", 1);
    let error = connection.request(&unknown).unwrap_err();
    assert!(matches!(error, genl::Error::NoFamily(name) if name == "no-such-family"));

    let mut batch = connection.batch();
    batch.add(&request)?;
    batch.add(&GetfamilyRequest::new().family_name("nlctrl"))?;
    batch.add(&request)?;
    let names: Vec<_> = batch
        .send()
        .of::<RawRequest>()
        .map(|reply| reply.map(|attrs| attrs.get(2).map(|attr| attr.text())))
        .collect::<genl::Result<_>>()?;
    assert_eq!(names, [Some(Text::from(&name)); 2]);
    Ok(())
}

#[test]
fn items_of_a_dump_are_owned() -> genl::Result<()> {
    let mut connection = Connection::open()?;
    let mut kept = Vec::new();
    for family in connection.dump(&GetfamilyDumpRequest)? {
        kept.push(family);
    }
    let whole = kept.len();
    let has_nlctrl = kept.iter().any(|family| {
        let family = family.get().unwrap();
        family.family_name.is_some_and(|name| name == "nlctrl")
    });
    assert!(has_nlctrl);

    let items = connection.dump_iter(&GetfamilyDumpRequest)?;
    let items = items.collect::<genl::Result<Vec<_>>>()?;
    assert_eq!(items.len(), whole);
    Ok(())
}

#[test]
fn a_dump_stops_early() -> genl::Result<()> {
    let mut connection = Connection::open()?;
    for family in connection.dump_iter(&GetfamilyDumpRequest)? {
        if family?.get()?.family_id == Some(16) {
            break;
        }
    }
    // The rest of the dump was received.
    assert!(!connection.dump(&GetfamilyDumpRequest)?.is_empty());
    Ok(())
}

/// The configuration of a peer.
struct Peer {
    key: [u8; 32],
    endpoint: SocketAddr,
    allowed: Vec<(IpAddr, u8)>,
}

fn peers() -> Vec<Peer> {
    let peer = |number: u8, host: IpAddr| Peer {
        key: [number; 32],
        endpoint: (host, 51820).into(),
        allowed: vec![
            (IpAddr::from([10, 0, number, 0]), 24),
            (IpAddr::from([0xfd00, 0, 0, 0, 0, 0, 0, number.into()]), 128),
        ],
    };
    let hosts = ["192.0.2.1", "2001:db8::1"].map(|host| host.parse().expect("an address"));
    vec![peer(1, hosts[0]), peer(2, hosts[1])]
}

fn allowed_ip(&(address, mask): &(IpAddr, u8)) -> Wgallowedip<'static> {
    Wgallowedip::new()
        .family(if address.is_ipv4() { 2 } else { 10 })
        .ipaddr(address)
        .cidr_mask(mask)
}

fn wireguard_peer(peer: &Peer) -> OwnedNest<Wgpeer<'static>> {
    let allowed: Vec<_> = peer.allowed.iter().map(allowed_ip).collect();
    Wgpeer::new()
        .public_key(&peer.key)
        .endpoint(peer.endpoint)
        .persistent_keepalive_interval(25)
        .allowedips(&allowed)
        .owned()
}

fn encoded(write: impl FnOnce(&mut Encoder<'_>)) -> Result<Vec<u8>, genl::EncodeError> {
    let mut bytes = Vec::new();
    Encoder::append(&mut bytes, write).map(|()| bytes)
}

#[test]
fn wireguard_has_two_peers_with_two_allowed_ips() {
    let configured = peers();
    let nests: Vec<_> = configured.iter().map(wireguard_peer).collect();
    let request = SetDeviceRequest::new()
        .ifname("wg0")
        .flags(WgdeviceFlags::REPLACE_PEERS)
        .peers(&nests);
    let bytes = encoded(|to| request.encode(to)).unwrap();

    let device = GetDeviceReply::decode(Attrs::new(&bytes)).unwrap();
    assert_eq!(
        (device.ifname, device.invalid),
        (Some(Text::from("wg0")), None)
    );
    let decoded: Vec<_> = device.peers.unwrap().iter().collect();
    assert_eq!(decoded.len(), 2);
    for (decoded, configured) in decoded.iter().zip(&configured) {
        assert_eq!(decoded.public_key, Some(&configured.key));
        assert_eq!(decoded.endpoint, Some(configured.endpoint));
        assert_eq!(decoded.persistent_keepalive_interval, Some(25));
        let allowed = decoded.allowedips.unwrap();
        let allowed = allowed
            .iter()
            .map(|ip| (ip.ipaddr.unwrap(), ip.cidr_mask.unwrap()));
        assert_eq!(allowed.collect::<Vec<_>>(), configured.allowed);
    }

    // In one expression, nothing needs to own its bytes.
    let [first, second] = [&configured[0], &configured[1]];
    let at_once = encoded(|to| {
        SetDeviceRequest::new()
            .ifname("wg0")
            .flags(WgdeviceFlags::REPLACE_PEERS)
            .peers(&[
                Wgpeer::new()
                    .public_key(&first.key)
                    .endpoint(first.endpoint)
                    .persistent_keepalive_interval(25)
                    .allowedips(&[allowed_ip(&first.allowed[0]), allowed_ip(&first.allowed[1])]),
                Wgpeer::new()
                    .public_key(&second.key)
                    .endpoint(second.endpoint)
                    .persistent_keepalive_interval(25)
                    .allowedips(&[
                        allowed_ip(&second.allowed[0]),
                        allowed_ip(&second.allowed[1]),
                    ]),
            ])
            .encode(to);
    });
    assert_eq!(at_once.as_ref(), Ok(&bytes));
    assert_eq!(wireguard_peer(first), wireguard_peer(first));
    assert!(wireguard_peer(first) != wireguard_peer(second));
}

#[test]
fn an_error_in_an_owned_nest_is_the_error_of_the_request() {
    let too_many = vec![Wgallowedip::new().cidr_mask(8); 6000];
    let nests = vec![
        Wgpeer::new().owned(),
        Wgpeer::new().allowedips(&too_many).owned(),
    ];
    let request = SetDeviceRequest::new().peers(&nests);
    let error = encoded(|to| request.encode(to)).unwrap_err();
    assert_eq!(error.path, [wgdevice::PEERS, 1, wgpeer::ALLOWEDIPS]);
}

#[test]
fn one_attribute_of_a_wrong_length_does_not_lose_the_rest() {
    let bytes = encoded(|to| {
        to.put_u8(wgdevice::LISTEN_PORT, 1);
        to.put_text(wgdevice::IFNAME, "wg0");
        to.put_bytes(wgdevice::PUBLIC_KEY, &[1, 2, 3]);
        to.nest(wgdevice::PEERS, |to| {
            to.nest(0, |to| {
                to.put_u16(wgpeer::RX_BYTES, 1);
                to.put_u16(wgpeer::PERSISTENT_KEEPALIVE_INTERVAL, 25);
            });
        });
    });
    let bytes = bytes.unwrap();
    let device = GetDeviceReply::decode(Attrs::new(&bytes)).unwrap();
    assert_eq!(device.ifname, Some(Text::from("wg0")));
    assert_eq!((device.listen_port, device.public_key), (None, None));
    let port = genl::DecodeError::Length {
        attribute: wgdevice::LISTEN_PORT,
        len: 1,
    };
    assert_eq!(device.invalid, Some(port));
    let peer = device.peers.unwrap().iter().next().unwrap();
    assert_eq!(peer.persistent_keepalive_interval, Some(25));
    assert!(peer.rx_bytes.is_none() && peer.invalid.is_some());
}

#[test]
fn unknown_attributes_survive_decoding_and_encoding() {
    let bytes = encoded(|to| {
        to.put_u16(wgallowedip::FAMILY, 2);
        to.put_u8(wgallowedip::CIDR_MASK, 8);
        to.put_text(1000, "of a newer kernel");
        to.nest(1001, |to| to.put_flag(1));
    });
    let bytes = bytes.unwrap();
    let decoded = Wgallowedip::decode(Attrs::new(&bytes)).unwrap();
    assert_eq!(encoded(|to| decoded.encode(to)).as_ref(), Ok(&bytes));
    let changed = decoded.cidr_mask(16);
    assert!(changed != decoded && changed == { changed });
    let changed = encoded(|to| changed.encode(to)).unwrap();
    let attrs = Attrs::new(&changed);
    assert_eq!(attrs.get(wgallowedip::CIDR_MASK).unwrap().u8(), Ok(16));
    assert_eq!(attrs.get(1000).unwrap().text(), "of a newer kernel");
}
