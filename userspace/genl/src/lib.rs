// SPDX-License-Identifier: MIT OR Apache-2.0

//! Typed generic netlink, for any family of the Linux kernel.
//!
//! A family's protocol is a set of types with the traits [`DoRequest`] or [`DumpRequest`], usually
//! generated from its YNL spec by `ynl-gen-rust`. A [`Connection`] resolves the family, sends requests
//! and returns typed replies. If the kernel rejects a request, the [`Error`] contains the kernel's text
//! and the attribute's name.
//!
//! ```
//! let mut connection = genl::Connection::open()?;
//! let family = connection.family("nlctrl")?;
//! println!("{} has id {}", family.name, family.id);
//! # assert_eq!(family.id, 16);
//! # Ok::<(), genl::Error>(())
//! ```
//!
//! Guarantees:
//!
//! - Each wait for an answer has a timeout ([`Connection::set_timeout`]). The kernel executes a request
//!   within the system call that sends it, and no timeout limits that call.
//! - A [`Connection`] starts no thread, and once it is set up, a request allocates nothing.
//! - Messages from other programs, and answers to other requests or sockets, are skipped.
//! - A family is resolved when it is first needed, and again after its module was reloaded.
//!
//! # Threads
//!
//! All types are [`Send`] and [`Sync`]. Methods that send take `&mut self`, so threads that share a
//! [`Connection`] must take turns. Opening one for each thread is faster.
//!
//! # Async programs
//!
//! With the feature `tokio`, an `AsyncConnection` sends the same typed requests as a [`Connection`], many
//! at once on one socket. The kernel executes a request within the system call that sends it;
//! `Sending` says how the executor keeps running. Dumps and events are streams (`DumpStream`,
//! `EventStream`). Other runtimes can poll the file descriptor of a [`Subscription`].
//!
//! # Examples by task
//!
//! - List families and their policies, monitor them: `examples/families.rs`
//! - Your own family, its events, blocking and async: the examples of the family's own package in the
//!   repository
//! - ethtool, nl80211, WireGuard, any family by a spec read at run time:
//!   `tests/kernel-protocols/examples` in the repository
//! - A family known only by name: [`RawRequest`], [`Schema`]
//! - Async requests, dumps, batches: `AsyncConnection`, `DumpStream`, `AsyncBatch`
//! - Many requests at once: [`Batch`]
//! - Another network namespace: [`Connection::open_in`]
//! - Tests without a kernel: the module `testing`
//!
//! # Features
//!
//! - `tokio`: requests, dumps, batches and events on tokio.
//! - `serde`: messages as JSON, for protocols from `ynl-gen-rust --serde`.
//! - `testing`: a fake kernel for the tests of programs.
//!
//! Follows the kernel's `include/uapi/linux/netlink.h` and `include/uapi/linux/genetlink.h`.

#[doc(hidden)]
pub mod codegen;
mod conn;
mod ctrl;
mod debug;
mod error;
mod extack;
pub mod nlctrl;
mod notify;
mod policy;
mod raw;
mod request;
mod schema;
#[cfg(feature = "serde")]
mod serialize;
mod socket;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod wire;

/// Includes the module that `ynl_gen_rust::Build` compiled from a spec with this name in the build
/// script.
///
/// `genl::include_family!("ethtool");` declares the module `ethtool`.
#[macro_export]
macro_rules! include_family {
    ($name:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $name, ".rs"));
    };
}

#[cfg(feature = "tokio")]
pub use conn::asynchronous::{AsyncConnection, Sending};
pub use conn::batch::{Answers, Batch};
pub use conn::connection::{Connection, DEFAULT_DUMP_LIMIT, DEFAULT_TIMEOUT};
pub use conn::dump::{Dump, DumpIter, Items, OwnedItems};
#[cfg(feature = "tokio")]
pub use conn::offloaded::{AsyncBatch, DumpStream, OwnedAnswers};
pub use conn::owned::{OwnedItem, OwnedReply};
pub use ctrl::family::{Family, Group, Operation};
pub use ctrl::policies::{OperationPolicy, Policies};
pub use error::{Error, ExtAckError, Result};
pub use notify::event::{Event, Notice};
#[cfg(feature = "tokio")]
pub use notify::stream::EventStream;
pub use notify::subscription::Subscription;
pub use policy::{AttributePolicy, PolicyType};
pub use raw::RawRequest;
pub use request::{DoRequest, DumpRequest, Request, RequestFlags, Unchecked, WithFlags};
pub use schema::{
    AttributeInfo, AttributeSet, FamilyInfo, Kind, Limit, OperationInfo, OwnedAttribute, OwnedKind,
    OwnedOperation, Schema,
};
#[cfg(feature = "tokio")]
pub use socket::asynchronous::{AsyncSocket, AsyncTransport};
pub use socket::netlink::Socket;
pub use socket::transport::{EventTransport, Received, Transport};
pub use wire::attr::{Attr, Attrs, DecodeError, Text};
pub use wire::display::Escaped;
pub use wire::encode::{EncodeError, EncodeErrorKind, Encoder};
pub use wire::errno::Errno;
pub use wire::multi::{MultiAttr, MultiAttrIter, TypeValue, TypeValueIter};
pub use wire::nested::Nested;
pub use wire::owned::OwnedNest;
pub use wire::traits::{Decode, DecodeEvent, Encode, FromAttr};
pub use wire::value::{Bitfield32, MacAddr, ParseMacAddrError, Reader, Struct};
