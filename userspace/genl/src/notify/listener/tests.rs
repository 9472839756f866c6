// SPDX-License-Identifier: MIT OR Apache-2.0

//! Against a kernel that is played: a family that comes and goes, and a socket with little room.

use super::*;
use crate::ctrl::family::Group;
use crate::nlctrl::ctrl_attrs;
use crate::socket::transport::Received;
use crate::wire::encode::Encoder;
use crate::wire::message::{RequestHeaders, write_request};
use neli::consts::nl::NlmF;
use std::cell::{Cell, RefCell};
use std::thread;

static FAMILY: FamilyInfo = FamilyInfo {
    name: "clock",
    version: 1,
    id: None,
};

const TICKS: &str = "ticks";

/// How many datagrams the socket has room for.
const ROOM: usize = 4;

/// The family's id when it is first there.
const FIRST_ID: u16 = 30;

/// A kernel with one socket.
#[derive(Debug)]
struct Kernel {
    /// The id of the family while it is there.
    id: Option<u16>,
    last_id: u16,
    joined: RefCell<Vec<u32>>,
    queue: VecDeque<Vec<u8>>,
    /// What other programs have sent, which comes before the queue.
    of_others: VecDeque<Vec<u8>>,
    /// As long as this is set the socket takes nothing; it ends when its queue is empty.
    congested: bool,
    /// Whether the socket's next answer is ENOBUFS.
    overrun: bool,
    /// How often the family cannot be looked up.
    failures: Cell<u32>,
}

impl Kernel {
    fn new() -> Self {
        Self {
            id: Some(FIRST_ID),
            last_id: FIRST_ID,
            joined: RefCell::default(),
            queue: VecDeque::new(),
            of_others: VecDeque::new(),
            congested: false,
            overrun: false,
            failures: Cell::new(0),
        }
    }

    /// Sends an event to the socket, which may have no room for it.
    fn tick(&mut self, number: u8) {
        let id = self.id.expect("the family is there");
        if self.joined.borrow().contains(&u32::from(id)) {
            self.announce(message(id, number, |_| {}));
        }
    }

    fn unload(&mut self) {
        let id = self.id.take().expect("the family is there");
        // The kernel clears the memberships.
        self.joined
            .borrow_mut()
            .retain(|&group| group != u32::from(id));
        self.announce(of_family(2, id));
    }

    fn load(&mut self) {
        self.last_id += 1;
        self.id = Some(self.last_id);
        self.announce(of_family(1, self.last_id));
    }

    fn announce(&mut self, datagram: Vec<u8>) {
        if self.congested || self.queue.len() == ROOM {
            self.overrun |= !self.congested;
            self.congested = true;
        } else {
            self.queue.push_back(datagram);
        }
    }
}

impl Transport for Kernel {
    fn port(&self) -> u32 {
        4242
    }

    fn send(&mut self, _: &[u8]) -> io::Result<()> {
        panic!("a listener sends nothing");
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        let stray = self.of_others.pop_front();
        let from_kernel = stray.is_none();
        let datagram = match std::mem::take(&mut self.overrun) {
            true => Err(io::Error::from_raw_os_error(libc::ENOBUFS)),
            false => Ok(stray.or_else(|| self.queue.pop_front())),
        };
        self.congested &= !self.queue.is_empty();
        Ok(datagram?.map(|datagram| {
            let fits = datagram.len().min(buffer.len());
            buffer[..fits].copy_from_slice(&datagram[..fits]);
            Received {
                len: datagram.len(),
                from_kernel,
            }
        }))
    }

    fn receive_append(
        &mut self,
        buffer: &mut Vec<u8>,
        room: usize,
    ) -> io::Result<Option<Received>> {
        let lens = self.of_others.front().or(self.queue.front()).map(Vec::len);
        let mut datagram = vec![0; lens.unwrap_or_default().min(room)];
        let received = self.receive(&mut datagram)?;
        if received.is_some() {
            buffer.extend(datagram);
        }
        Ok(received)
    }

    fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        assert!(!self.overrun && self.queue.is_empty(), "need not wait");
        thread::sleep(timeout);
        Ok(())
    }
}

impl Source for Kernel {
    fn family(&self, name: &str) -> Result<Family> {
        let (id, group) = match (name, self.id) {
            ("nlctrl", _) => (16, "notify"),
            (name, Some(id)) if name == FAMILY.name => (id, TICKS),
            (name, _) => return Err(Error::NoFamily(name.to_owned())),
        };
        if let Some(fewer) = self.failures.get().checked_sub(1) {
            self.failures.set(fewer);
            return Err(Error::NoReply { operation: "test" });
        }
        Ok(Family {
            id,
            name: name.to_owned(),
            groups: vec![Group {
                name: group.to_owned(),
                id: id.into(),
            }],
            ..Family::default()
        })
    }

    fn join(&self, group: u32) -> io::Result<()> {
        self.joined.borrow_mut().push(group);
        Ok(())
    }
}

fn message(family_id: u16, command: u8, attributes: impl FnOnce(&mut Encoder<'_>)) -> Vec<u8> {
    let headers = RequestHeaders {
        family_id,
        flags: NlmF::empty(),
        seq: 0,
        command,
        version: 1,
    };
    let mut bytes = Vec::new();
    write_request(&mut bytes, headers, |buffer| {
        Encoder::append(buffer, |to| attributes(to))
    })
    .unwrap();
    bytes
}

/// What nlctrl announces with this command.
fn of_family(command: u8, id: u16) -> Vec<u8> {
    message(16, command, |to| {
        to.put_u16(ctrl_attrs::FAMILY_ID, id);
        to.put_text(ctrl_attrs::FAMILY_NAME, FAMILY.name);
    })
}

fn listener() -> Listener<Kernel> {
    Listener::new(Kernel::new(), &FAMILY, &[TICKS]).unwrap()
}

/// A notice, in short: an event by its command.
#[derive(Debug, PartialEq)]
enum Told {
    Tick(u8),
    Lagged,
    Gone,
    Back,
}
use Told::{Back, Gone, Lagged, Tick};

fn told(notice: Notice) -> Told {
    match notice {
        Notice::Event(event) => Tick(event.command()),
        Notice::Lagged => Lagged,
        Notice::Gone => Gone,
        Notice::Back => Back,
    }
}

/// What there is to tell now, if there is anything.
fn next(listener: &mut Listener<Kernel>) -> Option<Told> {
    match listener.try_next().unwrap() {
        Next::Notice(notice) => Some(told(notice)),
        Next::Nothing => None,
        Next::Unknown => panic!("strays"),
    }
}

/// All that there is to tell now.
fn all(listener: &mut Listener<Kernel>) -> Vec<Told> {
    std::iter::from_fn(|| next(listener)).collect()
}

#[test]
fn tells_what_comes_in_its_order() {
    let mut listener = listener();
    listener.source.tick(1);
    listener.source.tick(2);
    assert_eq!(all(&mut listener), [Tick(1), Tick(2)]);
    listener.source.unload();
    listener.source.load();
    // Which is not heard, for nobody has looked what has come.
    listener.source.tick(3);
    assert_eq!(all(&mut listener), [Gone, Back]);
    listener.source.tick(4);
    assert_eq!(all(&mut listener), [Tick(4)]);
}

#[test]
fn what_other_programs_send_is_passed_over() {
    let mut listener = listener();
    let strays = [message(FIRST_ID, 9, |_| {}), of_family(2, FIRST_ID)];
    listener.source.of_others.extend(strays);
    listener.source.tick(1);
    assert_eq!(all(&mut listener), [Tick(1)]);
}

#[test]
fn a_flood_of_others_does_not_move_the_deadline() {
    let mut listener = listener();
    let stray = message(FIRST_ID + 1, 9, |_| {});
    listener.source.queue.extend(vec![stray; 1_000_000]);
    let none = listener.next_within(Duration::from_millis(1)).unwrap();
    assert_eq!(none, None);
    assert!(!listener.source.queue.is_empty());
}

#[test]
fn a_loss_is_told_when_nothing_is_lost_any_more() {
    let mut listener = listener();
    (1..=6).for_each(|number| listener.source.tick(number));
    assert_eq!(next(&mut listener), Some(Tick(1)));
    // There would be room, but this is dropped all the same.
    listener.source.tick(7);
    let rest = [2, 3, 4].map(Tick).into_iter().chain([Lagged]);
    assert!(all(&mut listener).into_iter().eq(rest));
    listener.source.tick(8);
    assert_eq!(all(&mut listener), [Tick(8)]);
}

#[test]
fn a_second_loss_is_told_apart() {
    let mut listener = listener();
    (1..=6).for_each(|number| listener.source.tick(number));
    for number in 1..=4 {
        assert_eq!(next(&mut listener), Some(Tick(number)));
    }
    // It has not been seen yet that the queue was empty.
    (7..=12).for_each(|number| listener.source.tick(number));
    let expected = [Lagged, Tick(7), Tick(8), Tick(9), Tick(10), Lagged];
    assert_eq!(all(&mut listener), expected);
}

#[test]
fn a_reload_that_was_lost_is_noticed() {
    let mut listener = listener();
    (1..=6).for_each(|number| listener.source.tick(number));
    assert_eq!(next(&mut listener), Some(Tick(1)));
    listener.source.unload();
    listener.source.load();
    let rest = [Tick(2), Tick(3), Tick(4), Lagged, Gone, Back];
    assert_eq!(all(&mut listener), rest);
    listener.source.tick(7);
    assert_eq!(all(&mut listener), [Tick(7)]);
}

#[test]
fn a_coming_that_was_lost_is_noticed() {
    let mut listener = listener();
    (1..=3).for_each(|number| listener.source.tick(number));
    listener.source.unload();
    listener.source.load();
    let rest = [Tick(1), Tick(2), Tick(3), Gone, Lagged, Back];
    assert_eq!(all(&mut listener), rest);
}

#[test]
fn a_going_that_comes_late_is_told_once() {
    let mut listener = listener();
    (1..=6).for_each(|number| listener.source.tick(number));
    for number in 1..=4 {
        assert_eq!(next(&mut listener), Some(Tick(number)));
    }
    // Between the end of the queue and the look at the family.
    let kernel = &mut listener.source;
    assert!(kernel.receive(&mut []).unwrap().is_none());
    kernel.unload();
    kernel.load();
    let late = std::mem::take(&mut kernel.queue);
    assert_eq!(next(&mut listener), Some(Lagged));
    listener.source.queue = late;
    assert_eq!(all(&mut listener), [Gone, Back]);
    listener.source.tick(7);
    assert_eq!(all(&mut listener), [Tick(7)]);
}

#[test]
fn does_not_sleep_on_a_loss() {
    let mut listener = listener();
    (1..=5).for_each(|number| listener.source.tick(number));
    listener.source.queue.clear();
    let notice = listener.next_within(Duration::from_secs(60)).unwrap();
    assert_eq!(notice.map(told), Some(Lagged));
    let none = listener.next_within(Duration::from_millis(1)).unwrap();
    assert_eq!(none, None);
}

#[test]
fn looks_again_if_the_family_cannot_be_looked_up() {
    let mut listener = listener();
    (1..=5).for_each(|number| listener.source.tick(number));
    listener.source.unload();
    listener.source.load();
    listener.source.failures.set(1);
    for number in 1..=4 {
        assert_eq!(next(&mut listener), Some(Tick(number)));
    }
    listener.try_next().unwrap_err();
    assert_eq!(all(&mut listener), [Lagged, Lagged, Gone, Back]);
}

#[test]
fn a_family_that_came_back_is_looked_up_until_it_is_found() {
    let mut listener = listener();
    listener.source.unload();
    assert_eq!(all(&mut listener), [Gone]);
    listener.source.load();
    listener.source.failures.set(2);
    listener.try_next().unwrap_err();
    listener.try_next().unwrap_err();
    assert_eq!(all(&mut listener), [Back]);
    listener.source.tick(1);
    assert_eq!(all(&mut listener), [Tick(1)]);
}

#[test]
fn a_loss_is_told_also_if_the_family_cannot_be_looked_up() {
    let mut listener = listener();
    listener.source.unload();
    assert_eq!(all(&mut listener), [Gone]);
    listener.source.load();
    listener.source.failures.set(2);
    listener.try_next().unwrap_err();
    listener.source.overrun = true;
    listener.try_next().unwrap_err();
    assert_eq!(all(&mut listener), [Lagged, Back]);
}

#[test]
fn a_flood_of_others_does_not_hold_up_who_does_not_wait() {
    let mut listener = listener();
    let stray = message(FIRST_ID + 1, 9, |_| {});
    listener.source.queue.extend(vec![stray; 2_000]);
    listener
        .source
        .queue
        .push_back(message(FIRST_ID, 1, |_| {}));
    assert!(matches!(listener.try_next(), Ok(Next::Unknown)));
    assert_eq!(all(&mut listener), [Tick(1)]);
}

#[test]
fn an_event_may_be_as_large_as_the_kernel_makes_one() {
    let mut listener = listener();
    let fill = |to: &mut Encoder<'_>| {
        (0..60).for_each(|_| to.put_bytes(1, &[0; 60_000]));
    };
    listener.source.announce(message(FIRST_ID, 1, fill));
    assert_eq!(all(&mut listener), [Tick(1)]);
}

#[test]
fn debug_shows_no_bytes_of_an_event() {
    let mut listener = listener();
    let key = |to: &mut Encoder<'_>| to.put_bytes(1, &[171; 32]);
    listener.source.announce(message(FIRST_ID, 1, key));
    let notice = match listener.try_next().unwrap() {
        Next::Notice(notice) => notice,
        other => panic!("{other:?}"),
    };
    let expected = "Event(Event { command: 1, attrs: {1: [32 bytes]} })";
    assert_eq!(format!("{notice:?}"), expected);
    assert!(!format!("{listener:?}").contains("171"));
}

#[test]
fn an_event_that_was_cut_is_a_loss() {
    let mut listener = listener();
    let long = message(FIRST_ID, 1, |to| {
        (0..80).for_each(|_| to.put_bytes(1, &[0; 60_000]))
    });
    listener.source.announce(long);
    listener.source.tick(2);
    assert_eq!(all(&mut listener), [Tick(2), Lagged]);
}
