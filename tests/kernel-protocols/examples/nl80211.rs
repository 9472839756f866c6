// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lists the wireless devices.

use genl::Connection;
use kernel_protocols::nl80211::GetInterfaceRequest;

fn main() -> genl::Result<()> {
    for device in &Connection::open()?.dump(&GetInterfaceRequest::new())? {
        let device = device?;
        let name = device.ifname.unwrap_or_default();
        println!("{} {:?} {:?}", name.escaped(), device.iftype, device.mac);
    }
    Ok(())
}
