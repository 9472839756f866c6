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

pub mod attr;
mod connection;
pub mod debug;
mod dump;
mod encode;
mod error;
mod escape;
mod extack;
mod family;
mod listener;
mod message;
mod multi;
pub mod nlctrl;
mod policy;
mod request;
mod schema;
#[cfg(feature = "serde")]
pub mod serialize;
mod show;
mod socket;
#[cfg(feature = "tokio")]
mod stream;
mod subscription;
mod transport;
mod value;

pub use bitflags;

pub use attr::{Attr, Attrs, DecodeError, Text};
pub use connection::{Answers, Batch, Connection, DEFAULT_DUMP_LIMIT, DEFAULT_TIMEOUT};
pub use dump::{Dump, Items};
pub use encode::{EncodeError, Encoder, Misfit};
pub use error::{Errno, Error, ExtAckError, Result};
pub use escape::Escaped;
pub use family::{Family, Group, Operation};
pub use multi::{MultiAttr, MultiAttrIter, TypeValue, TypeValueIter};
pub use policy::{AttributePolicy, OperationPolicy, Policies, PolicyType};
pub use request::{Decode, DoRequest, DumpRequest, Encode, Request};
pub use schema::{AttributeInfo, AttributeSet, FamilyInfo, Kind, OperationInfo};
pub use socket::Socket;
#[cfg(feature = "tokio")]
pub use stream::EventStream;
pub use subscription::{DecodeEvent, Event, Notice, Subscription};
pub use transport::{Received, Transport};
pub use value::{Bitfield32, FromAttr, Nested, Reader, Struct};
