// SPDX-License-Identifier: GPL-2.0

//! The operations of the family.

mod counters;
mod peers;

use self::{
    counters::{
        Count,
        Counters, //
    },
    peers::{
        Name,
        Peer,
        PeerReservation,
        Peers,
        Seen, //
    },
};
use crate::{
    genl::{
        Dump,
        ExtAckError, //
        PerNet,
        WeakNet,
    },
    greet_nl::{
        GreetReply,
        GreetRequest,
        Greeted,
        GreetingAttr,
        Operations,
        PeerAttr,
        PeerDelRequest,
        PeerGetDumpRequest,
        PeerGetReply,
        PeerGetRequest,
        SettingsGetReply,
        SettingsGetRequest,
        SettingsSetRequest,
        StatsGetReply,
        StatsGetRequest,
        Style,
        MESSAGE_MAX,
        PEER_LIMIT_DEFAULT, //
    },
};
use kernel::{
    new_spinlock,
    prelude::*,
    sync::{
        atomic::{
            ordering,
            Atomic, //
        },
        SpinLock, //
    },
    time::{
        BootTime,
        ClockSource, //
    },
};

/// The family's state in a network namespace.
#[pin_data]
pub struct Greet {
    /// Number of the last greeting; 0 before the first.
    last_id: Atomic<u64>,
    /// The number of the default style.
    default_style: Atomic<u32>,
    counters: Counters,
    /// Held for one lookup or change, or while a few peers are written to a dump. No memory is
    /// allocated and no message is sent under it.
    #[pin]
    peers: SpinLock<Peers>,
}

/// The position of a dump of peers.
#[derive(Clone, Copy, Default)]
pub struct DumpCursor {
    /// The id of the last peer that was listed.
    last: u64,
    /// The id of the last peer when the dump began.
    end: Option<u64>,
}

impl PerNet for Greet {
    fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            last_id: Atomic::new(0),
            default_style: Atomic::new(Style::Casual as u32),
            counters: Counters::new()?,
            peers <- new_spinlock!(Peers::new(PEER_LIMIT_DEFAULT as u32), "Greet::peers"),
        })
    }
}

impl Operations for Greet {
    // Inlined into its only caller, the callback, so that both use one stack frame.
    #[inline]
    fn greet<'a>(
        self: Pin<&Self>,
        request: &GreetRequest<'a>,
    ) -> Result<Option<GreetReply<'a>>, ExtAckError<'a>> {
        let name = self.or_count(valid_name(request))?;
        let style = match request.style()? {
            Some(style) => style,
            None => self.default_style(),
        };
        let info = request.info();
        let portid = info.portid();

        // Allocate first, so that an allocation failure changes nothing.
        let mut reply = info
            .wants_ack()
            .then(|| GreetReply::new(info))
            .transpose()?;
        let mut event = Greeted::has_listeners(info.net())
            .then(|| Greeted::new(info.net()))
            .transpose()?;
        self.note(name, portid, style)?;

        let greeting = Greeting {
            id: self.last_id.fetch_add(1, ordering::Relaxed) + 1,
            name,
            style,
            portid,
            request,
        };
        greeting.write(reply.as_mut(), event.as_mut())?;
        // A listener whose receive buffer is full gets ENOBUFS from its socket.
        if event.is_some_and(|event| event.send().is_ok()) {
            self.counters.add(Count::Events);
        }
        // The greeting is complete even if the sender's receive buffer is full and the reply is lost.
        match reply.map(GreetReply::send) {
            None => self.counters.add(Count::Unacked),
            Some(Ok(())) => self.counters.add(Count::Replies),
            Some(Err(_)) => {}
        }
        // The reply was sent here instead of being returned, to count it.
        Ok(None)
    }

    #[inline]
    fn peer_get<'a>(
        self: Pin<&Self>,
        request: &PeerGetRequest<'a>,
    ) -> Result<Option<PeerGetReply<'a>>, ExtAckError<'a>> {
        let Some(name) = request.name() else {
            return self.or_count(Err(request.missing(PeerAttr::Name, c"name is required")));
        };
        let mut reply = PeerGetReply::new(request.info())?;
        let known = match Name::new(name) {
            Some(name) => match self.peers.lock().get(&name) {
                Some(peer) => describe(&mut reply, peer).map(|()| true)?,
                None => false,
            },
            None => false,
        };
        if known {
            Ok(Some(reply))
        } else {
            self.or_count(Err(request.bad(PeerAttr::Name, ENOENT, NOT_KNOWN)))
        }
    }

    type PeerGetCursor = DumpCursor;

    #[inline]
    fn peer_get_dump<'a>(
        self: Pin<&Self>,
        _request: &PeerGetDumpRequest<'a>,
        dump: &mut Dump<'a, DumpCursor>,
    ) -> Result<(), ExtAckError<'a>> {
        loop {
            let DumpCursor { last, end } = dump.cursor();
            let mut peers = self.peers.lock();
            dump.set_seq(peers.generation());
            // Peers that are added during the dump are not listed, so that the dump ends.
            let end = end.unwrap_or(peers.last_id());
            let is_incomplete = peers.visit(last + 1..=end, |id, peer| {
                let mut item = PeerGetReply::item(dump)?;
                describe(&mut item, peer)?;
                item.send()?;
                dump.set_cursor(DumpCursor {
                    last: id,
                    end: Some(end),
                });
                Ok(())
            })?;
            if !is_incomplete {
                return Ok(());
            }
        }
    }

    #[inline]
    fn peer_del<'a>(self: Pin<&Self>, request: &PeerDelRequest<'a>) -> Result<(), ExtAckError<'a>> {
        let Some(name) = request.name() else {
            return self.or_count(Err(request.missing(PeerAttr::Name, c"name is required")));
        };
        match Name::new(name) {
            Some(name) if self.forget(&name) => Ok(()),
            _ => self.or_count(Err(request.bad(PeerAttr::Name, ENOENT, NOT_KNOWN))),
        }
    }

    #[inline]
    fn stats_get<'a>(
        self: Pin<&Self>,
        request: &StatsGetRequest<'a>,
    ) -> Result<Option<StatsGetReply<'a>>, ExtAckError<'a>> {
        let mut reply = StatsGetReply::new(request.info())?;
        // Replies and unacknowledged greetings first, so that their sum does not exceed the greetings.
        let [replies, unacked, events, refused] = self.counters.sums();
        reply.replies(replies)?;
        reply.unacked(unacked)?;
        reply.greetings(self.last_id.load(ordering::Relaxed))?;
        reply.events(events)?;
        reply.refused(refused)?;
        let peers = self.peers.lock();
        reply.peers(peers.len().into())?;
        reply.evicted(peers.evicted())?;
        drop(peers);
        Ok(Some(reply))
    }

    #[inline]
    fn settings_get<'a>(
        self: Pin<&Self>,
        request: &SettingsGetRequest<'a>,
    ) -> Result<Option<SettingsGetReply<'a>>, ExtAckError<'a>> {
        let mut reply = SettingsGetReply::new(request.info())?;
        self.settings(&mut reply)?;
        Ok(Some(reply))
    }

    #[inline]
    fn settings_set<'a>(
        self: Pin<&Self>,
        request: &SettingsSetRequest<'a>,
    ) -> Result<(), ExtAckError<'a>> {
        let style = request.default_style()?;
        let limit = request.peer_limit()?;
        let net = request.info().net();

        // Allocate first, so that an allocation failure changes nothing.
        let ntf = SettingsGetReply::settings_ntf_has_listeners(net)
            .then(|| SettingsGetReply::settings_ntf(net))
            .transpose()?;
        let mut changed = false;
        if let Some(style) = style {
            let before = self.default_style.xchg(style as u32, ordering::Relaxed);
            changed |= before != style as u32;
        }
        if let Some(limit) = limit {
            changed |= self.peers.lock().set_limit(limit) != limit;
            // A few at a time, so that greetings do not wait for all evictions.
            while self.peers.lock().trim() {}
        }
        if let (true, Some(mut ntf)) = (changed, ntf) {
            self.settings(&mut ntf)?;
            // A listener whose receive buffer is full gets ENOBUFS from its socket.
            let _ = ntf.send();
        }
        Ok(())
    }
}

/// The maximum number of digits of a `u32`.
const U32_DIGITS: usize = 10;

/// The extended ack's text for an unknown peer.
const NOT_KNOWN: &CStr = c"no peer has this name";

impl Greet {
    /// Counts the error of a result.
    #[inline]
    fn or_count<'a, T>(&self, result: Result<T, ExtAckError<'a>>) -> Result<T, ExtAckError<'a>> {
        if result.is_err() {
            self.counters.add(Count::Refused);
        }
        result
    }

    #[inline]
    fn default_style(&self) -> Style {
        Style::try_from(self.default_style.load(ordering::Relaxed)).unwrap_or(Style::Casual)
    }

    /// Adds or updates the peer that is greeted. Fails with `ENOMEM`, and changes nothing, if memory
    /// for a new peer cannot be allocated.
    // Not inlined, so that its stack frame is gone when the reply is sent.
    #[inline(never)]
    fn note(&self, name: &str, portid: u32, style: Style) -> Result {
        let name = Name::new(name.as_bytes()).ok_or(EINVAL)?;
        // Called under the lock, so that the times are in the order of eviction.
        let now = || Seen {
            portid,
            style,
            time: BootTime::ktime_get() as u64,
        };
        let mut spare = None;
        while !self.peers.lock().greeted(&name, now(), &mut spare) {
            spare = Some(PeerReservation::new()?);
        }
        Ok(())
    }

    /// Forgets a peer. Returns whether it was known.
    #[inline]
    fn forget(&self, name: &Name) -> bool {
        // Its memory is freed after the lock is released.
        let memory = self.peers.lock().forget(name);
        memory.is_some()
    }

    /// Writes the settings into a reply or a notification.
    #[inline]
    fn settings(&self, to: &mut SettingsGetReply<'_>) -> Result {
        to.default_style(self.default_style())?;
        to.peer_limit(self.peers.lock().limit())
    }
}

/// A greeting to announce.
struct Greeting<'a> {
    id: u64,
    name: &'a str,
    style: Style,
    portid: u32,
    request: &'a GreetRequest<'a>,
}

impl Greeting<'_> {
    /// Writes the greeting into the reply and the event, if they exist.
    // Not inlined, so that the text is no longer on the stack when both are sent.
    #[inline(never)]
    fn write(&self, reply: Option<&mut GreetReply<'_>>, event: Option<&mut Greeted<'_>>) -> Result {
        let mut buffer = [0; MESSAGE_MAX];
        let message = message(&mut buffer, self.name, self.style, self.portid)?;
        if let Some(event) = event {
            event.id(self.id)?;
            event.name(self.name.as_bytes())?;
            event.style(self.style)?;
            event.message(message)?;
            event.portid(self.portid)?;
        }
        if let Some(reply) = reply {
            reply.id(self.id)?;
            reply.message(message)?;
            reply.portid(self.portid)?;
            reply.style(self.style)?;
            if let Some(cookie) = self.request.cookie() {
                reply.cookie(cookie)?;
            }
        }
        Ok(())
    }
}

/// Writes a peer into a reply or an item of a dump.
#[inline]
fn describe(to: &mut PeerGetReply<'_>, peer: &Peer) -> Result {
    to.name(peer.name.as_bytes())?;
    to.greetings(peer.greetings)?;
    to.last_portid(peer.last.portid)?;
    to.last_style(peer.last.style)?;
    to.last_seen(peer.last.time)
}

/// Returns the name to greet, if it is valid.
#[inline]
fn valid_name<'a>(request: &GreetRequest<'a>) -> Result<&'a str, ExtAckError<'a>> {
    let Some(name) = request.name() else {
        return Err(request.missing(GreetingAttr::Name, c"name is required"));
    };
    check_name(name).map_err(|message| request.bad(GreetingAttr::Name, EINVAL, message))
}

/// Returns a name as text, or the reason why it is invalid.
#[inline]
fn check_name(name: &[u8]) -> Result<&str, &'static CStr> {
    if name.is_empty() {
        return Err(c"name is empty");
    }
    let name = core::str::from_utf8(name).map_err(|_| c"name is not valid UTF-8")?;
    if name.chars().any(char::is_control) {
        return Err(c"name has a control character");
    }
    Ok(name)
}

/// Writes the text of a greeting to `buffer`.
#[inline]
fn message<'b>(buffer: &'b mut [u8], name: &str, style: Style, portid: u32) -> Result<&'b [u8]> {
    let (before, after) = match style {
        Style::Casual => ("Hello, ", "!"),
        Style::Formal => ("Good day, ", "."),
        Style::Enthusiastic => ("Hooray, ", "!!!"),
    };
    let mut digits = [0; U32_DIGITS];
    let parts = [
        before.as_bytes(),
        name.as_bytes(),
        after.as_bytes(),
        b" Your message from port ",
        decimal(portid, &mut digits),
        b" has been processed by the kernel.",
    ];
    let mut len = 0;
    for part in parts {
        let rest = buffer.get_mut(len..len + part.len()).ok_or(EINVAL)?;
        rest.copy_from_slice(part);
        len += part.len();
    }
    buffer.get(..len).ok_or(EINVAL)
}

/// Writes a number in decimal to the end of `buffer`, and returns its digits.
#[inline]
fn decimal(mut number: u32, buffer: &mut [u8; U32_DIGITS]) -> &[u8] {
    let mut start = U32_DIGITS;
    for digit in buffer.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        start -= 1;
        if number == 0 {
            break;
        }
    }
    buffer.get(start..).unwrap_or_default()
}
