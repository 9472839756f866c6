// SPDX-License-Identifier: MIT OR Apache-2.0

//! The library's blocking and async clients as one type, so that a test body runs with both.

use anyhow::{Context as _, Result};
use futures_core::Stream;
use genl::{AsyncBatch, AsyncConnection, Attrs, Decode, DoRequest, Dump, DumpRequest, OwnedReply};
use greet::protocol::{GreetReply, PeerGetDumpRequest, SettingsGetRequest, StatsGetRequest};
use greet::{GreetRequest, Greeting, Peer, Settings, Stats};
use std::future::poll_fn;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::{Builder, Runtime};

/// The kind of client that [`Connection::open`] opens. Tests run one at a time.
static IS_ASYNC: AtomicBool = AtomicBool::new(false);

/// A kind of client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Blocking,
    Async,
}

impl Kind {
    /// Runs `test` with clients of this kind.
    pub(crate) fn run(self, test: impl FnOnce() -> Result<()>) -> Result<()> {
        IS_ASYNC.store(self == Self::Async, Ordering::Relaxed);
        test()
    }
}

/// Creates a runtime with one thread.
pub(crate) fn runtime() -> Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot create a runtime")
}

/// A connection of the kind that the test runs with.
pub(crate) enum Connection {
    Blocking(genl::Connection),
    Async(AsyncConnection, Runtime),
}

impl Connection {
    pub(crate) fn open() -> Result<Self> {
        Ok(match IS_ASYNC.load(Ordering::Relaxed) {
            false => Self::Blocking(genl::Connection::open()?),
            true => Self::Async(AsyncConnection::open()?, runtime()?),
        })
    }

    pub(crate) fn port(&self) -> u32 {
        match self {
            Self::Blocking(connection) => connection.port(),
            Self::Async(connection, _) => connection.port(),
        }
    }

    pub(crate) fn set_receive_buffer(&self, bytes: usize) -> Result<()> {
        let socket = match self {
            Self::Blocking(connection) => connection.as_fd(),
            Self::Async(connection, _) => connection.as_fd(),
        };
        Ok(rustix::net::sockopt::set_socket_recv_buffer_size(
            socket, bytes,
        )?)
    }

    pub(crate) fn request<R: DoRequest>(&mut self, request: &R) -> genl::Result<OwnedReply<R>> {
        match self {
            Self::Blocking(connection) => connection.request_owned(request),
            Self::Async(connection, runtime) => runtime.block_on(connection.request(request)),
        }
    }

    pub(crate) fn request_unacknowledged<R: DoRequest>(&mut self, request: &R) -> genl::Result<()> {
        match self {
            Self::Blocking(connection) => connection.request_unacknowledged(request),
            Self::Async(connection, runtime) => {
                runtime.block_on(connection.request_unacknowledged(request))
            }
        }
    }

    pub(crate) fn dump<R: DumpRequest>(&mut self, request: &R) -> genl::Result<Dump<R>> {
        match self {
            Self::Blocking(connection) => connection.dump(request),
            Self::Async(connection, runtime) => runtime.block_on(connection.dump(request)),
        }
    }

    pub(crate) fn dump_each<R: DumpRequest>(
        &mut self,
        request: &R,
        mut each: impl FnMut(R::Item<'_>) -> Result<()>,
    ) -> Result<()> {
        let (connection, runtime) = match self {
            Self::Blocking(connection) => return connection.dump_each(request, each),
            Self::Async(connection, runtime) => (connection, runtime),
        };
        runtime.block_on(async {
            let mut stream = connection.dump_stream(request)?;
            while let Some(item) = poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
                each(item?.get()?)?;
            }
            Ok(())
        })
    }

    pub(crate) fn batch(&mut self) -> Batch<'_> {
        match self {
            Self::Blocking(connection) => Batch::Blocking(connection.batch()),
            Self::Async(connection, runtime) => Batch::Async(connection.batch(), runtime),
        }
    }
}

/// A batch of either kind.
pub(crate) enum Batch<'c> {
    Blocking(genl::Batch<'c>),
    Async(AsyncBatch, &'c Runtime),
}

impl<'c> Batch<'c> {
    pub(crate) fn add<R: DoRequest>(&mut self, request: &R) -> genl::Result<()> {
        match self {
            Self::Blocking(batch) => batch.add(request),
            Self::Async(batch, _) => batch.add(request),
        }
    }

    pub(crate) fn send(self) -> genl::Result<Answers<'c>> {
        Ok(match self {
            Self::Blocking(batch) => Answers::Blocking(batch.send()),
            Self::Async(batch, runtime) => Answers::Async(runtime.block_on(batch.send())?),
        })
    }
}

/// The answers to a batch.
pub(crate) enum Answers<'c> {
    Blocking(genl::Answers<'c>),
    Async(genl::OwnedAnswers),
}

impl Answers<'_> {
    pub(crate) fn of<R: DoRequest>(&self) -> Vec<genl::Result<R::Reply<'_>>> {
        match self {
            Self::Blocking(answers) => answers.of::<R>().collect(),
            Self::Async(answers) => answers.of::<R>().collect(),
        }
    }
}

/// A client of `greet`: the typed one, or an async connection.
pub(crate) enum Client {
    Blocking(greet::Client),
    Async {
        connection: Connection,
        /// The attributes of the last greeting.
        reply: Vec<u8>,
    },
}

impl Client {
    pub(crate) fn open() -> Result<Self> {
        Ok(match Connection::open()? {
            Connection::Blocking(_) => Self::Blocking(greet::Client::open()?),
            connection => Self::Async {
                connection,
                reply: Vec::new(),
            },
        })
    }

    pub(crate) fn port(&self) -> u32 {
        match self {
            Self::Blocking(client) => client.port(),
            Self::Async { connection, .. } => connection.port(),
        }
    }

    pub(crate) fn greet(&mut self, request: &GreetRequest<'_>) -> genl::Result<Greeting<'_>> {
        let (connection, bytes) = match self {
            Self::Blocking(client) => return client.greet(request),
            Self::Async { connection, reply } => (connection, reply),
        };
        let reply = connection.request(request)?;
        *bytes = reply.attrs().as_bytes().to_vec();
        let reply = GreetReply::decode(Attrs::new(bytes));
        let reply = reply.map_err(|source| genl::Error::Decode {
            operation: "greet".into(),
            source,
        })?;
        Greeting::try_from(reply)
    }

    pub(crate) fn greet_unacknowledged(&mut self, request: &GreetRequest<'_>) -> genl::Result<()> {
        match self {
            Self::Blocking(client) => client.greet_unacknowledged(request),
            Self::Async { connection, .. } => connection.request_unacknowledged(request),
        }
    }

    pub(crate) fn greet_all(&mut self, requests: &[GreetRequest<'_>]) -> genl::Result<Answers<'_>> {
        let mut batch = self.batch();
        for request in requests {
            batch.add(request)?;
        }
        batch.send()
    }

    pub(crate) fn peers_each(
        &mut self,
        mut each: impl FnMut(Peer<'_>) -> Result<()>,
    ) -> Result<()> {
        match self {
            Self::Blocking(client) => client.peers_each(each),
            Self::Async { connection, .. } => {
                connection.dump_each(&PeerGetDumpRequest, |peer| each(Peer::try_from(peer)?))
            }
        }
    }

    pub(crate) fn stats(&mut self) -> genl::Result<Stats> {
        match self {
            Self::Blocking(client) => client.stats(),
            Self::Async { connection, .. } => {
                Stats::try_from(connection.request(&StatsGetRequest)?.get()?)
            }
        }
    }

    pub(crate) fn settings(&mut self) -> genl::Result<Settings> {
        match self {
            Self::Blocking(client) => client.settings(),
            Self::Async { connection, .. } => {
                Settings::try_from(connection.request(&SettingsGetRequest)?.get()?)
            }
        }
    }

    pub(crate) fn batch(&mut self) -> Batch<'_> {
        match self {
            Self::Blocking(client) => Batch::Blocking(client.batch()),
            Self::Async { connection, .. } => connection.batch(),
        }
    }
}
