// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lists the network devices with their features: `ethtool [DEVICE]`.

use genl::Connection;
use kernel_protocols::ethtool::{ChannelsGetRequest, Header, LinkinfoGetRequest};

fn main() -> genl::Result<()> {
    let mut connection = Connection::open()?;
    if let Some(name) = std::env::args().nth(1) {
        let device = Header::new().dev_name(&name);
        let channels = connection.request(&ChannelsGetRequest::new().header(device))?;
        println!("{channels:#?}");
        return Ok(());
    }
    for device in &connection.dump(&LinkinfoGetRequest::new())? {
        let device = device?;
        let name = device.header.and_then(|header| header.dev_name);
        println!("{} {:?}", name.unwrap_or_default().escaped(), device.port);
    }
    Ok(())
}
