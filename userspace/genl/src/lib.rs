// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generic netlink with types, for any family.
//!
//! A family's protocol is a set of types that are [`DoRequest`] or [`DumpRequest`], most often made
//! from its spec. A [`Connection`] resolves the family, sends requests, waits for what answers them,
//! and turns what the kernel says about a refused request (its extended ack) into an [`Error`] that a
//! person can read.
//!
//! ```
//! use genl::Connection;
//!
//! let mut connection = Connection::open()?;
//! let family = connection.family("nlctrl")?;
//! println!("{} has id {}", family.name, family.id);
//! # assert_eq!(family.id, 16);
//! # Ok::<(), genl::Error>(())
//! ```
//!
//! What can be relied on:
//!
//! - Every wait for an answer has a deadline ([`Connection::set_timeout`]); nothing hangs when a family
//!   is absent. The kernel executes a request within the system call that sends it, and no deadline
//!   bounds that call.
//! - No thread is started, and a request in the steady state allocates nothing.
//! - Only what the kernel sent counts: messages of other processes, of other requests and of other
//!   sockets are passed over.
//! - A family's id is resolved when it is first needed, and again when the kernel no longer knows
//!   it, as after its module was loaded anew.
//!
//! # Threads
//!
//! All types here are [`Send`] and [`Sync`]. What talks to the kernel takes `&mut self`, though, so
//! threads that share a [`Connection`] must take turns with it; one for each is faster.
//!
//! The kernel executes a request within the system call that sends it, and its answer is there when
//! that returns. So a program on tokio may call a [`Connection`] directly if the operation waits for
//! nothing itself; one that takes a lock such as RTNL belongs on a thread for blocking calls. Only events come at a time of their own; a
//! [`Subscription`] can be polled with its file descriptor, and with the feature `tokio` is a stream,
//! `EventStream`.
//!
//! Follows the kernel's `include/uapi/linux/netlink.h` and `include/uapi/linux/genetlink.h`.

mod conn;
mod ctrl;
pub mod debug;
mod error;
mod extack;
pub mod nlctrl;
mod notify;
mod policy;
mod request;
mod schema;
#[cfg(feature = "serde")]
pub mod serialize;
mod socket;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod wire;

pub use bitflags;

pub use conn::batch::{Answers, Batch};
pub use conn::connection::{Connection, DEFAULT_DUMP_LIMIT, DEFAULT_TIMEOUT};
pub use conn::dump::{Dump, Items};
pub use ctrl::family::{Family, Group, Operation};
pub use ctrl::policies::{OperationPolicy, Policies};
pub use error::{Error, ExtAckError, Result};
pub use notify::event::{Event, Notice};
#[cfg(feature = "tokio")]
pub use notify::stream::EventStream;
pub use notify::subscription::Subscription;
pub use policy::{AttributePolicy, PolicyType};
pub use request::{DoRequest, DumpRequest, Request};
pub use schema::{AttributeInfo, AttributeSet, FamilyInfo, Kind, OperationInfo};
pub use socket::netlink::Socket;
pub use socket::transport::{EventTransport, Received, Transport};
pub use wire::attr::{Attr, Attrs, DecodeError, Text};
pub use wire::display::Escaped;
pub use wire::encode::{EncodeError, Encoder, Misfit};
pub use wire::errno::Errno;
pub use wire::multi::{MultiAttr, MultiAttrIter, TypeValue, TypeValueIter};
pub use wire::nested::Nested;
pub use wire::traits::{Decode, DecodeEvent, Encode, FromAttr};
pub use wire::value::{Bitfield32, Reader, Struct};
