// SPDX-License-Identifier: MIT OR Apache-2.0

//! The library's listeners: a blocking subscription and a tokio stream.

use anyhow::{Context as _, Result, bail};
use futures_core::Stream;
use genl::{EventStream, Notice, Subscription};
use greet::protocol::Event;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Limit of each wait. Notices arrive at once.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A listener for the family's events.
pub(crate) trait Listener {
    /// Returns the next notice, which must arrive.
    fn next(&mut self) -> Result<Notice>;

    /// Returns the id of the next greeting, whose event must be the next notice.
    fn next_id(&mut self) -> Result<u64> {
        match self.next()? {
            Notice::Event(event) => id_in(&event),
            other => bail!("expected an event, got {other:?}"),
        }
    }

    /// Returns the ids of the events that precede the next `Lagged`.
    fn ids_before_loss(&mut self) -> Result<Vec<u64>> {
        let mut ids = Vec::new();
        loop {
            match self.next()? {
                Notice::Event(event) => ids.push(id_in(&event)?),
                Notice::Lagged => return Ok(ids),
                other => bail!("expected an event or Lagged after {ids:?}, got {other:?}"),
            }
        }
    }
}

impl Listener for Subscription {
    fn next(&mut self) -> Result<Notice> {
        self.next_within(TIMEOUT)?.context("expected a notice")
    }
}

/// A stream with its runtime.
pub(crate) struct TokioStream {
    stream: EventStream,
    runtime: Runtime,
}

impl TokioStream {
    pub(crate) fn subscribe() -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let stream = {
            let _inside = runtime.enter();
            EventStream::new(greet::Client::subscribe()?)?
        };
        Ok(Self { stream, runtime })
    }
}

impl Listener for TokioStream {
    fn next(&mut self) -> Result<Notice> {
        let stream = &mut self.stream;
        let notice = self.runtime.block_on(async {
            let next = poll_fn(|context| Pin::new(&mut *stream).poll_next(context));
            tokio::time::timeout(TIMEOUT, next).await
        });
        let notice = notice.context("expected a notice")?;
        Ok(notice.context("expected a notice, got the end of the stream")??)
    }
}

/// Returns the id in a `greeted` event.
pub(crate) fn id_in(event: &genl::Event) -> Result<u64> {
    match event.decode::<Event<'_>>()? {
        Some(Event::Greeted(greeted)) => greeted.id.context("id"),
        other => bail!("expected greeted, got {other:?}"),
    }
}
