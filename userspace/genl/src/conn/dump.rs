// SPDX-License-Identifier: MIT OR Apache-2.0

//! Dumps: lists of items.

use super::connection::Connection;
use super::owned::OwnedItem;
use crate::debug::log as message_log;
use crate::error::{Error, Result};
use crate::extack::check_ack;
use crate::request::DumpRequest;
use crate::schema::Target;
use crate::socket::netlink::Socket;
use crate::socket::transport::{Deadline, Transport};
use crate::wire::attr::{Attrs, DecodeError};
use crate::wire::message::{GENL_HEADER_LEN, HEADER_LEN, Kind, Message, Messages};
use crate::wire::traits::Decode;
use neli::consts::nl::NlmF;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// The maximum number of attempts of an interrupted dump.
pub(super) const ATTEMPTS: u32 = 5;

/// Bytes of the length before each item.
const LEN_LEN: usize = size_of::<usize>();

/// The items of a dump, from [`Connection::dump`].
///
/// ```
/// use genl::Connection;
/// use genl::nlctrl::GetfamilyDumpRequest;
///
/// let mut connection = Connection::open()?;
/// let families = connection.dump(&GetfamilyDumpRequest)?;
/// for family in &families {
///     println!("{}", family?.family_name.unwrap_or_default());
/// }
/// # assert!(!families.is_empty());
///
/// // By value, the items own their bytes.
/// let last = families.into_iter().last();
/// println!("{:?}", last.map(|family| family.get().map(|family| family.family_id)));
/// # Ok::<(), genl::Error>(())
/// ```
pub struct Dump<R> {
    /// The attributes of each message, with their length in bytes before them.
    items: Vec<u8>,
    count: usize,
    _request: PhantomData<fn(R)>,
}

impl<R> Dump<R> {
    pub(crate) fn new() -> Self {
        Self {
            items: Vec::new(),
            count: 0,
            _request: PhantomData,
        }
    }

    /// Adds a message of the dump.
    pub(crate) fn push(&mut self, message: &Message<'_>) {
        self.push_attributes(message.attrs().as_bytes());
    }

    /// Adds the attributes of an item.
    pub(crate) fn push_attributes(&mut self, attributes: &[u8]) {
        self.items
            .extend_from_slice(&attributes.len().to_ne_bytes());
        self.items.extend_from_slice(attributes);
        self.count += 1;
    }

    /// Returns the number of items.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Returns whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the items in the order in which they arrived. An item that cannot be decoded is an error
    /// in its place.
    pub fn iter(&self) -> Items<'_, R> {
        Items {
            rest: &self.items,
            _request: PhantomData,
        }
    }
}

impl<R> fmt::Debug for Dump<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dump").field("len", &self.count).finish()
    }
}

impl<'a, R: DumpRequest> IntoIterator for &'a Dump<R> {
    type Item = Result<R::Item<'a>>;
    type IntoIter = Items<'a, R>;

    fn into_iter(self) -> Items<'a, R> {
        self.iter()
    }
}

impl<R: DumpRequest> IntoIterator for Dump<R> {
    type Item = OwnedItem<R>;
    type IntoIter = OwnedItems<R>;

    fn into_iter(self) -> OwnedItems<R> {
        OwnedItems {
            items: self.items,
            at: 0,
            _request: PhantomData,
        }
    }
}

/// The items of a [`Dump`] that was passed by value. They own their bytes.
pub struct OwnedItems<R> {
    items: Vec<u8>,
    /// The start of the next item.
    at: usize,
    _request: PhantomData<fn(R)>,
}

impl<R> fmt::Debug for OwnedItems<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnedItems({} bytes left)", self.items.len() - self.at)
    }
}

impl<R> Iterator for OwnedItems<R> {
    type Item = OwnedItem<R>;

    fn next(&mut self) -> Option<OwnedItem<R>> {
        let left = self.items.get(self.at..)?;
        let (attributes, rest) = split_item(left)?;
        self.at = self.items.len() - rest.len();
        Some(OwnedItem::new(attributes.to_vec()))
    }
}

/// Splits off the attributes of an item, whose length is before them.
fn split_item(items: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = items.split_first_chunk::<LEN_LEN>()?;
    rest.split_at_checked(usize::from_ne_bytes(*len))
}

/// The items of a [`Dump`], decoded one at a time.
pub struct Items<'a, R> {
    rest: &'a [u8],
    _request: PhantomData<fn(R)>,
}

impl<R> fmt::Debug for Items<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Items({} bytes left)", self.rest.len())
    }
}

impl<'a, R: DumpRequest> Iterator for Items<'a, R> {
    type Item = Result<R::Item<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let (attributes, rest) = split_item(self.rest)?;
        self.rest = rest;
        Some(R::Item::decode(Attrs::new(attributes)).map_err(Error::decode(R::OPERATION.name)))
    }
}

impl<T: Transport> Connection<T> {
    /// Sends a dump request, and receives all items.
    ///
    /// If objects change during the dump (`NLM_F_DUMP_INTR`), the request is sent again, up to five
    /// times in total. After an error, the rest of the dump is received and discarded, with the same
    /// timeout.
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::request`] does, with [`Error::Interrupted`] if each attempt was
    /// interrupted, and with [`Error::TooMuch`] above the limit
    /// ([`set_dump_limit`](Connection::set_dump_limit)).
    pub fn dump<R: DumpRequest>(&mut self, request: &R) -> Result<Dump<R>> {
        let target = request.target();
        for _ in 0..ATTEMPTS {
            if let Some(dump) = self.dump_once(request, &target)? {
                return Ok(dump);
            }
            log::debug!("{target}: interrupted, sending it again");
        }
        Err(Error::Interrupted {
            operation: (&target).into(),
            attempts: ATTEMPTS,
        })
    }

    /// Sends a dump request, and passes each item to `each` when it arrives. Stores no items, so that a
    /// long dump takes constant memory.
    ///
    /// `each` may fail with any error into which [`Error`] converts. If objects change during the dump,
    /// `each` has already seen some items, so the request is not sent again.
    /// [`Connection::set_dump_limit`] limits this dump, too.
    ///
    /// ```
    /// use genl::Connection;
    /// use genl::nlctrl::GetfamilyDumpRequest;
    ///
    /// let mut connection = Connection::open()?;
    /// connection.dump_each(&GetfamilyDumpRequest, |family| -> genl::Result<()> {
    ///     println!("{}", family.family_name.unwrap_or_default());
    ///     Ok(())
    /// })?;
    /// # Ok::<(), genl::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the first error of `each` or of an item that cannot be decoded, after the rest of the
    /// dump has been received and discarded. Fails with [`Error::Interrupted`] at the end if items may
    /// be missing or repeated, and otherwise as [`Connection::dump`] does.
    pub fn dump_each<R: DumpRequest, E: From<Error>>(
        &mut self,
        request: &R,
        mut each: impl FnMut(R::Item<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let target = request.target();
        let mut outcome = Ok(());
        let end = self.with_family(&target, |connection, id| {
            connection.receive_dump(request, &target, id, |message| {
                // Items after an error are received and discarded.
                if outcome.is_ok() {
                    let item = R::Item::decode(message.attrs());
                    outcome = item
                        .map_err(|error| Error::decode(&target)(error).into())
                        .and_then(&mut each);
                }
            })
        });
        outcome?;
        match end? {
            DumpEnd::Whole => Ok(()),
            DumpEnd::Interrupted => Err(interrupted(&target).into()),
        }
    }

    /// Sends a dump request, and returns an iterator that receives the items when they are needed.
    ///
    /// If the iterator is dropped before its end, the rest of the dump is received and discarded. As with
    /// [`Connection::dump_each`], the request is sent once.
    ///
    /// ```
    /// use genl::Connection;
    /// use genl::nlctrl::GetfamilyDumpRequest;
    ///
    /// let mut connection = Connection::open()?;
    /// for family in connection.dump_iter(&GetfamilyDumpRequest)? {
    ///     if family?.get()?.family_id == Some(16) {
    ///         break;
    ///     }
    /// }
    /// # assert!(connection.family("nlctrl").is_ok());
    /// # Ok::<(), genl::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::dump_each`] does if the first items cannot be received. Later errors are
    /// items, after which the iterator ends.
    pub fn dump_iter<R: DumpRequest>(&mut self, request: &R) -> Result<DumpIter<'_, R, T>> {
        let target = request.target();
        let mut part = Dump::new();
        let (progress, end) = self.with_family(&target, |connection, id| {
            let seq = connection.send(request, &target, id, NlmF::REQUEST | NlmF::DUMP)?;
            let mut progress = DumpProgress::new(&target, id, seq, connection.timeout);
            let end = connection.part(&mut progress, |message| part.push(message));
            Ok((progress, connection.or_drain(end, &target, seq)?))
        })?;
        Ok(DumpIter {
            connection: self,
            progress: Some(progress),
            end,
            part: part.into_iter(),
        })
    }

    /// Discards the rest of a dump after an error, unless the kernel has ended the dump.
    fn or_drain<O>(&mut self, result: Result<O>, target: &Target, seq: u32) -> Result<O> {
        let is_open = |error: &Error| error.ext_ack().is_none();
        if result.as_ref().is_err_and(is_open) {
            self.drain(target, seq);
        }
        result
    }

    /// Sends a dump request once. Returns `None` if the dump was interrupted.
    fn dump_once<R: DumpRequest>(
        &mut self,
        request: &R,
        target: &Target,
    ) -> Result<Option<Dump<R>>> {
        let mut dump = Dump::new();
        let end = self.with_family(target, |connection, id| {
            connection.receive_dump(request, target, id, |message| dump.push(message))
        })?;
        Ok(matches!(end, DumpEnd::Whole).then_some(dump))
    }

    /// Sends a dump request, and calls `take` with each item.
    fn receive_dump<R: DumpRequest>(
        &mut self,
        request: &R,
        target: &Target,
        family_id: u16,
        take: impl FnMut(&Message<'_>),
    ) -> Result<DumpEnd> {
        let seq = self.send(request, target, family_id, NlmF::REQUEST | NlmF::DUMP)?;
        let end = self.items(target, family_id, seq, take);
        self.or_drain(end, target, seq)
    }

    /// Receives and discards the rest of a dump. Until its end the socket cannot start another dump, and
    /// the family's module cannot be unloaded.
    fn drain(&mut self, target: &Target, seq: u32) {
        let mut deadline = Deadline::new(self.timeout);
        while deadline.left(target).is_ok() {
            let datagram = match self.receive(0, seq, target, &mut deadline) {
                Ok(datagram) => datagram,
                Err(Error::Truncated { .. }) => continue,
                Err(_) => return,
            };
            let is_end = |message: Message<'_>| {
                self.is_answer(&message, seq) && matches!(message.kind, Kind::Error | Kind::Done)
            };
            if Messages::new(&self.inbox[datagram]).any(|(_, message)| is_end(message)) {
                return;
            }
        }
    }

    /// Receives the items of a dump until its end.
    fn items(
        &mut self,
        target: &Target,
        family_id: u16,
        seq: u32,
        mut take: impl FnMut(&Message<'_>),
    ) -> Result<DumpEnd> {
        let mut progress = DumpProgress::new(target, family_id, seq, self.timeout);
        loop {
            if let Some(end) = self.part(&mut progress, &mut take)? {
                return Ok(end);
            }
        }
    }

    /// Waits for the next part of a dump, and calls `take` with its items. Returns the end once it
    /// has arrived.
    pub(super) fn part(
        &mut self,
        progress: &mut DumpProgress,
        mut take: impl FnMut(&Message<'_>),
    ) -> Result<Option<DumpEnd>> {
        let (target, seq) = (&progress.target, progress.seq);
        let datagram = self.receive(0, seq, target, &mut progress.deadline)?;
        let before = progress.bytes;
        let mut messages = Messages::new(&self.inbox[datagram]);
        for (_, message) in messages.by_ref() {
            if !self.is_answer(&message, seq) {
                continue;
            }
            message_log::received(&message, target);
            if message.flags.contains(NlmF::DUMP_INTR) {
                progress.end = DumpEnd::Interrupted;
            }
            match message.kind {
                Kind::Error | Kind::Done => {
                    check_ack(&message, &self.outbox, target)?;
                    return Ok(Some(progress.end));
                }
                Kind::Family(id) if id == progress.family_id => {
                    // Headers count, so that endless items without attributes reach the limit.
                    progress.bytes +=
                        HEADER_LEN + GENL_HEADER_LEN + message.attrs().as_bytes().len();
                    take(&message);
                }
                _ => {}
            }
        }
        if !messages.is_at_end() {
            // Items that cannot be parsed are not dropped silently.
            return Err(Error::decode(target)(DecodeError::Short));
        }
        if progress.bytes > self.dump_limit {
            return Err(Error::TooMuch {
                operation: target.into(),
                limit: self.dump_limit,
            });
        }
        if progress.bytes > before {
            // Each datagram of items restarts it, because a long dump takes long.
            progress.deadline = Deadline::new(self.timeout);
        } else {
            progress.deadline.left(target)?;
        }
        Ok(None)
    }
}

/// The items of a dump that is in progress, from [`Connection::dump_iter`].
#[must_use = "the items are received when they are needed"]
pub struct DumpIter<'c, R, T: Transport = Socket> {
    connection: &'c mut Connection<T>,
    /// `None` after an error, or after the last item.
    progress: Option<DumpProgress>,
    /// The end of the dump, once it has arrived.
    end: Option<DumpEnd>,
    /// The items of the last datagram.
    part: OwnedItems<R>,
}

impl<R, T: Transport> fmt::Debug for DumpIter<'_, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DumpIter").finish_non_exhaustive()
    }
}

impl<R: DumpRequest, T: Transport> Iterator for DumpIter<'_, R, T> {
    type Item = Result<OwnedItem<R>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.part.next() {
                return Some(Ok(item));
            }
            let progress = self.progress.as_mut()?;
            if let Some(end) = &self.end {
                let is_interrupted = matches!(end, DumpEnd::Interrupted);
                let dump = self.progress.take()?;
                return is_interrupted.then(|| Err(interrupted(&dump.target)));
            }
            let mut part = Dump::new();
            let end = self.connection.part(progress, |message| part.push(message));
            match self
                .connection
                .or_drain(end, &progress.target, progress.seq)
            {
                Ok(end) => self.end = end,
                Err(error) => {
                    self.progress = None;
                    return Some(Err(error));
                }
            }
            self.part = part.into_iter();
        }
    }
}

impl<R, T: Transport> Drop for DumpIter<'_, R, T> {
    fn drop(&mut self) {
        if let Some(dump) = self.progress.as_ref().filter(|_| self.end.is_none()) {
            self.connection.drain(&dump.target, dump.seq);
        }
    }
}

/// Returns the error of a dump that was interrupted and is not sent again.
fn interrupted(target: &Target) -> Error {
    Error::Interrupted {
        operation: target.into(),
        attempts: 1,
    }
}

/// A dump whose end has not arrived yet.
pub(super) struct DumpProgress {
    target: Target,
    family_id: u16,
    seq: u32,
    end: DumpEnd,
    bytes: usize,
    deadline: Deadline,
}

impl DumpProgress {
    pub(super) fn new(target: &Target, family_id: u16, seq: u32, timeout: Duration) -> Self {
        Self {
            target: target.clone(),
            family_id,
            seq,
            end: DumpEnd::Whole,
            bytes: 0,
            deadline: Deadline::new(timeout),
        }
    }
}

/// The end of a dump.
#[derive(Clone, Copy, Debug)]
pub(super) enum DumpEnd {
    Whole,
    /// Objects changed during the dump.
    Interrupted,
}
