// SPDX-License-Identifier: GPL-2.0

//! The family `wireguard` of drivers/net/wireguard, without its tunnels: the configuration of its
//! devices. Any device of the kind `dummy` can be configured.

mod allowedips;
mod curve25519;
mod device;
pub mod genl;
pub mod wireguard;
#[rustfmt::skip] // Generated when the module is built.
pub mod wireguard_nl;

genl::module! {
    families: [wireguard_nl::FAMILY],
    name: "wireguard",
    authors: ["The greet project"],
    description: "Generic netlink family of WireGuard",
    license: "GPL",
    alias: ["net-pf-16-proto-16-family-wireguard"],
}
