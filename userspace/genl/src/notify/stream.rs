// SPDX-License-Identifier: MIT OR Apache-2.0

//! Events for programs that run on tokio.

use super::event::Notice;
use super::listener::Next;
use super::subscription::Subscription;
use crate::error::{Error, Result};
use futures_core::Stream;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A [`Subscription`] as an endless stream. Needs the feature `tokio`.
#[derive(Debug)]
pub struct EventStream {
    fd: AsyncFd<Subscription>,
}

impl EventStream {
    /// Creates a stream from a subscription.
    ///
    /// # Errors
    ///
    /// Fails if tokio cannot register the file descriptor.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime with I/O enabled, as all of tokio's sources do.
    #[allow(unsafe_code)]
    pub fn new(subscription: Subscription) -> Result<Self> {
        // SAFETY: A subscription owns its socket and gives no access to it. So it returns the same
        // descriptor at each call, which is open until the subscription is dropped.
        let fd = unsafe { AsyncFd::register_with_interest(subscription, Interest::READABLE) };
        fd.map(|fd| Self { fd })
            .map_err(|error| Error::io("cannot wait for events with tokio")(error.into()))
    }

    /// Waits for the next notice, for programs that do not use the trait [`Stream`].
    ///
    /// # Errors
    ///
    /// Fails as [`Subscription::next_within`] does.
    pub async fn next_notice(&mut self) -> Result<Notice> {
        poll_fn(|cx| self.poll_notice(cx)).await
    }

    /// Returns the subscription.
    pub fn into_inner(self) -> Subscription {
        self.fd.into_inner()
    }

    fn poll_notice(&mut self, cx: &mut Context<'_>) -> Poll<Result<Notice>> {
        loop {
            let ready = ready!(self.fd.poll_read_ready_mut(cx));
            let mut guard = ready.map_err(Error::io("cannot wait for events"))?;
            match guard.get_inner_mut().next_now()? {
                Next::Notice(notice) => return Poll::Ready(Ok(notice)),
                Next::Nothing => guard.clear_ready(),
                Next::Unknown => {
                    // Other tasks run before this one is polled again.
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    }
}

impl Stream for EventStream {
    type Item = Result<Notice>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_notice(cx).map(Some)
    }
}
