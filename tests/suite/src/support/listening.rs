// SPDX-License-Identifier: MIT OR Apache-2.0

//! The library's listeners: a subscription, and a stream on tokio.

use anyhow::{Context as _, Result, bail};
use futures_core::Stream;
use genl::{EventStream, Notice, Subscription};
use greet::protocol::Event;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// What comes, comes at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// Something that tells of the family's events.
pub(crate) trait Listener {
    /// The next notice, which must come.
    fn next(&mut self) -> Result<Notice>;

    /// The number of the next greeting, of which must be told now.
    fn next_id(&mut self) -> Result<u64> {
        match self.next()? {
            Notice::Event(event) => id_in(&event),
            other => bail!("{other:?}"),
        }
    }

    /// The numbers of the greetings that are told of before it is told that others were lost.
    fn ids_before_loss(&mut self) -> Result<Vec<u64>> {
        let mut ids = Vec::new();
        loop {
            match self.next()? {
                Notice::Event(event) => ids.push(id_in(&event)?),
                Notice::Lagged => return Ok(ids),
                other => bail!("{other:?} behind {ids:?}"),
            }
        }
    }
}

impl Listener for Subscription {
    fn next(&mut self) -> Result<Notice> {
        self.next_within(PATIENCE)?.context("nothing came")
    }
}

/// A stream, and the runtime that waits for it.
pub(crate) struct OnTokio {
    stream: EventStream,
    runtime: Runtime,
}

impl OnTokio {
    pub(crate) fn subscribe() -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let stream = {
            let _inside = runtime.enter();
            EventStream::new(greet::Client::subscribe()?)?
        };
        Ok(Self { stream, runtime })
    }
}

impl Listener for OnTokio {
    fn next(&mut self) -> Result<Notice> {
        let stream = &mut self.stream;
        let notice = self.runtime.block_on(async {
            let next = poll_fn(|context| Pin::new(&mut *stream).poll_next(context));
            tokio::time::timeout(PATIENCE, next).await
        });
        let notice = notice.context("nothing came")?;
        Ok(notice.context("the stream ended")??)
    }
}

/// The number of the greeting that an event tells of.
pub(crate) fn id_in(event: &genl::Event) -> Result<u64> {
    match event.decode::<Event<'_>>()? {
        Some(Event::Greeted(greeted)) => greeted.id.context("id"),
        other => bail!("{other:?}"),
    }
}
