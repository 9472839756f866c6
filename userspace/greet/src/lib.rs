// SPDX-License-Identifier: MIT OR Apache-2.0

//! Client of the generic netlink family `greet`: greetings from the kernel.
//!
//! ```no_run
//! use greet::{Client, GreetRequest, Style};
//!
//! let mut client = Client::open()?;
//! let request = GreetRequest::new().name("World").style(Style::Formal);
//! let greeting = client.greet(&request)?;
//! println!("{} (greeting {})", greeting.message, greeting.id);
//! # Ok::<(), greet::Error>(())
//! ```
//!
//! The directory `examples` shows how to subscribe to greetings, also on tokio (feature `tokio`).
//!
//! [`Client`] is the API for programs, [`protocol`] the messages of the spec. Errors are
//! [`genl::Error`].

mod client;
pub mod protocol;
mod views;

pub use client::{Client, Peers};
pub use genl;
pub use genl::{Error, Result};
pub use protocol::{GreetRequest, SettingsSetRequest, Style};
pub use views::{Greeting, Peer, Settings, Stats};

/// `Send` and `Sync` of the public types. The test is that this compiles.
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Client>();
    is_send_and_sync::<Peers>();
};
