// SPDX-License-Identifier: GPL-2.0

//! A module whose family uses the parts of `genl` that the families with a spec do not: messages from
//! work items and timers to any destination, network namespaces that outlive a request, ports that
//! are closed, and the details of a request. One family has generated code, with hooks and events.

pub mod genl;
#[rustfmt::skip] // Generated when the module is built.
pub mod old_family_nl;

use genl::{
    attr_size,
    net_slot,
    Capability,
    Dest,
    Doit,
    Dump,
    Dumpit,
    ExtAckError,
    Family,
    FamilyOptions,
    GenlMsg,
    Gfp,
    HasNetSlot,
    Info,
    Listeners,
    MsgFlags,
    MulticastGroup,
    Net,
    PerNet,
    Permission,
    Policy,
    PolicyTable,
    PutAttr,
    SocketId,
    SplitOp,
    WeakNet, //
};
use kernel::{
    error::to_result,
    impl_has_hr_timer,
    new_mutex,
    new_spinlock,
    prelude::*,
    sync::{
        aref::ARef,
        atomic::{
            ordering,
            Atomic, //
        },
        completion::Completion,
        Arc,
        ArcBorrow,
        Mutex, //
    },
    time::{
        delay::fsleep,
        hrtimer::{
            HrTimer,
            HrTimerCallback,
            HrTimerCallbackContext,
            HrTimerPointer,
            HrTimerRestart,
            RelativeSoftMode, //
        },
        Delta,
        Monotonic, //
    },
    transmute::{
        AsBytes,
        FromBytes, //
    },
    workqueue, //
};

genl::module! {
    type: Anywhere,
    families: [FAMILY, OLD, old_family_nl::FAMILY],
    name: "anywhere",
    authors: ["The greet project"],
    description: "Generic netlink family that sends from anywhere",
    license: "GPL",
}

static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<LocalModule>(),
    c"anywhere".to_bytes_with_nul(),
    1,
    &OPS,
    &GROUPS,
);

static OPS: [SplitOp<State>; 19] = [
    SplitOp::new_do::<Send>(),
    SplitOp::new_do::<Notify>(),
    SplitOp::new_do::<Register>(),
    SplitOp::new_do::<Keep>(),
    SplitOp::new_do::<Kept>(),
    SplitOp::new_do::<Describe>(),
    SplitOp::new_do::<Warn>(),
    SplitOp::new_dump::<List>(),
    SplitOp::new_do::<Living>(),
    SplitOp::new_do::<Several>(),
    SplitOp::new_do::<Guarded>(),
    SplitOp::new_do::<Limited>(),
    SplitOp::new_do::<Later>(),
    SplitOp::new_do::<Stream>(),
    SplitOp::new_do::<Find>(),
    SplitOp::new_do::<Options>(),
    SplitOp::new_dump::<Large>(),
    SplitOp::new_do::<Echo>(),
    SplitOp::new_do::<Select>(),
];

static GROUPS: [MulticastGroup; 1] = [MulticastGroup::const_new(c"events")];

const EVENTS: u32 = 0;

/// The command of a message that is not a reply.
const EVENT: u8 = 10;

/// The attributes.
const VALUE: u16 = 1;
const TO: u16 = 2;
const FROM: u16 = 3;
const CLOSED: u16 = 4;
const NEST: u16 = 5;

static POLICY: PolicyTable<6> = PolicyTable::new()
    .with(VALUE, Policy::u32())
    .with(TO, Policy::u32())
    .with(FROM, Policy::u32().max(2))
    .with(NEST, Policy::nested_unchecked());

/// The number of work items that have not ended.
static PENDING: Atomic<u32> = Atomic::new(0);

struct Anywhere;

impl kernel::Module for Anywhere {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self)
    }
}

impl Drop for Anywhere {
    /// Waits for the work items, and until the code that ends them has returned.
    fn drop(&mut self) {
        while PENDING.load(ordering::Acquire) != 0 {
            fsleep(Delta::from_millis(10));
        }
        fsleep(Delta::from_millis(100));
    }
}

/// The family's state in a network namespace.
#[pin_data]
struct State {
    /// The port of the registered daemon, or 0.
    daemon: Atomic<u32>,
    /// The number of daemons whose socket was closed.
    closed: Atomic<u32>,
    /// A namespace that a request has left here. Used in the initial namespace only.
    #[pin]
    kept: Mutex<Option<KeptNet>>,
    /// The listener that was selected last.
    #[pin]
    selected: Mutex<Option<SocketId>>,
}

struct KeptNet {
    weak: WeakNet,
    _strong: Option<ARef<Net>>,
}

impl PerNet for State {
    fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            daemon: Atomic::new(0),
            closed: Atomic::new(0),
            kept <- new_mutex!(None, "State::kept"),
            selected <- new_mutex!(None, "State::selected"),
        })
    }

    const WATCHES_PORTS: bool = true;

    fn port_closed(self: Pin<&Self>, portid: u32) {
        if self.daemon.cmpxchg(portid, 0, ordering::Relaxed).is_ok() {
            self.closed.fetch_add(1, ordering::Relaxed);
        }
    }
}

net_slot!(State);

/// Returns the value of a `u32` attribute, or 0.
fn number<'a>(info: &Info<'a>, attrtype: u16) -> Result<u32, ExtAckError<'a>> {
    info.attrs().get(attrtype).map_or(Ok(0), |attr| attr.u32())
}

/// Sends an event with [`VALUE`] to [`TO`]: the group in the request's namespace (0), the group in all
/// namespaces (`u32::MAX`), or a port. Does so in the request (0), in a work item that holds a spinlock
/// (1), or in a timer (2), by [`FROM`].
struct Send;

impl Doit for Send {
    type State = State;
    const COMMAND: u8 = 1;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let event = Event {
            net: info.net().into(),
            to: number(&info, TO)?,
            value: number(&info, VALUE)?,
        };
        match number(&info, FROM)? {
            0 => event.send(GFP_KERNEL)?,
            1 => spawn(move || from_lock(event))?,
            _ => spawn(move || from_timer(event))?,
        }
        Ok(())
    }
}

/// An event that is sent later.
struct Event {
    net: ARef<Net>,
    to: u32,
    value: u32,
}

impl Event {
    fn send(&self, gfp: impl Into<Gfp>) -> Result {
        let to = match self.to {
            0 => Dest::Group(&self.net, EVENTS),
            u32::MAX => Dest::AllNets(EVENTS),
            port => Dest::Port(&self.net, port),
        };
        let mut event = GenlMsg::new_to(to, &FAMILY, EVENT, attr_size(size_of::<u32>()), gfp)?;
        event.put_u32(VALUE, self.value)?;
        event.send()
    }
}

/// Runs `work` in a work item.
fn spawn(work: impl FnOnce() -> Result + core::marker::Send + 'static) -> Result {
    PENDING.fetch_add(1, ordering::Relaxed);
    let spawned = workqueue::system_long().try_spawn(GFP_KERNEL, move || {
        match work() {
            // The receiver is closed, or the module is being unloaded.
            Ok(()) | Err(ESRCH | ECONNREFUSED) => {}
            Err(error) => pr_warn!("an event was not sent: {error:?}\n"),
        }
        PENDING.fetch_sub(1, ordering::Release);
    });
    if spawned.is_err() {
        PENDING.fetch_sub(1, ordering::Release);
    }
    Ok(spawned?)
}

fn from_lock(event: Event) -> Result {
    let event = KBox::pin_init(new_spinlock!(event, "from_lock"), GFP_KERNEL)?;
    let event = event.lock();
    event.send(GFP_ATOMIC)
}

fn from_timer(event: Event) -> Result {
    let timer = Arc::pin_init(
        try_pin_init!(EventTimer {
            timer <- HrTimer::new(),
            event,
            sent: Atomic::new(0),
            done <- Completion::new(),
        }? Error),
        GFP_KERNEL,
    )?;
    let handle = timer.clone().start(Delta::from_millis(1));
    timer.done.wait_for_completion();
    drop(handle);
    to_result(timer.sent.load(ordering::Relaxed))
}

#[pin_data]
struct EventTimer {
    #[pin]
    timer: HrTimer<Self>,
    event: Event,
    /// The errno of sending it, or 0.
    sent: Atomic<i32>,
    #[pin]
    done: Completion,
}

impl HrTimerCallback for EventTimer {
    type Pointer<'a> = Arc<Self>;

    fn run(
        this: ArcBorrow<'_, Self>,
        _context: HrTimerCallbackContext<'_, Self>,
    ) -> HrTimerRestart {
        if let Err(error) = this.event.send(GFP_ATOMIC) {
            this.sent.store(error.to_errno(), ordering::Relaxed);
        }
        this.done.complete_all();
        HrTimerRestart::NoRestart
    }
}

impl_has_hr_timer! {
    impl HasHrTimer<Self> for EventTimer {
        mode: RelativeSoftMode<Monotonic>, field: self.timer
    }
}

/// Notifies the group of a change, with the port of the request.
struct Notify;

impl Doit for Notify {
    type State = State;
    const COMMAND: u8 = 2;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let size = attr_size(size_of::<u32>());
        let to = Dest::Notify(info, EVENTS);
        let mut event = GenlMsg::new_to(to, &FAMILY, EVENT, size, GFP_KERNEL)?;
        event.put_u32(VALUE, number(&info, VALUE)?)?;
        Ok(event.send()?)
    }
}

/// Registers the sender as the daemon, and replies with the number of daemons that were closed.
struct Register;

impl Doit for Register {
    type State = State;
    const COMMAND: u8 = 3;
    const POLICY: &'static [Policy] = &[];

    fn doit<'a>(state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let before = state.daemon.xchg(info.portid(), ordering::Relaxed);
        let size = 2 * attr_size(size_of::<u32>());
        let mut reply = GenlMsg::new_reply(&info, &FAMILY, Self::COMMAND, size)?;
        reply.put_u32(VALUE, before)?;
        reply.put_u32(CLOSED, state.closed.load(ordering::Relaxed))?;
        Ok(reply.send()?)
    }
}

/// Keeps the namespace of the request in the state of the initial one: nothing (0), a weak reference
/// (1) or a strong one (2).
struct Keep;

impl Doit for Keep {
    type State = State;
    const COMMAND: u8 = 4;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let how = number(&info, VALUE)?;
        let net = (how != 0).then(|| KeptNet {
            weak: info.net().downgrade(),
            _strong: (how == 2).then(|| info.net().into()),
        });
        let before = State::slot()
            .with(Net::init(), |state| {
                core::mem::replace(&mut *state.kept.lock(), net)
            })
            .ok_or(ENOENT)?;
        drop(before);
        Ok(())
    }
}

/// Replies with the errno of an event to the namespace that was kept, if it exists.
struct Kept;

impl Doit for Kept {
    type State = State;
    const COMMAND: u8 = 5;
    const POLICY: &'static [Policy] = &[];

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let weak = State::slot()
            .with(Net::init(), |state| {
                state.kept.lock().as_ref().map(|net| net.weak)
            })
            .flatten();
        let net = weak.and_then(WeakNet::upgrade).ok_or(ENOENT)?;
        let daemon = State::slot().with(&net, |state| state.daemon.load(ordering::Relaxed));
        let sent = Event {
            net,
            to: 0,
            value: 0,
        }
        .send(Gfp::noio());
        let size = 2 * attr_size(size_of::<u32>());
        let mut reply = GenlMsg::new_reply(&info, &FAMILY, Self::COMMAND, size)?;
        reply.put_u32(
            VALUE,
            sent.err().map_or(0, |error| -error.to_errno() as u32),
        )?;
        reply.put_u32(TO, daemon.ok_or(ENOENT)?)?;
        Ok(reply.send()?)
    }
}

/// Replies with the capabilities of the sender and with the flags of the request.
struct Describe;

impl Doit for Describe {
    type State = State;
    const COMMAND: u8 = 6;
    const POLICY: &'static [Policy] = &[];

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let capabilities = [
            info.capable(Capability::NetAdmin),
            info.net_capable(Capability::NetAdmin),
            info.ns_capable(Net::init(), Capability::SysAdmin),
        ];
        let flags =
            [MsgFlags::ACK, MsgFlags::ECHO, MsgFlags::DUMP].map(|flag| info.flags().contains(flag));
        let bits = |bits: [bool; 3]| bits.iter().fold(0, |all, bit| all << 1 | u32::from(*bit));
        let size = 3 * attr_size(size_of::<u32>());
        let mut reply = GenlMsg::new_reply(&info, &FAMILY, Self::COMMAND, size)?;
        reply.put_u32(VALUE, bits(capabilities))?;
        reply.put_u32(TO, bits(flags))?;
        reply.put_u32(FROM, info.command().into())?;
        Ok(reply.send()?)
    }
}

/// Sets a cookie and a formatted text, and fails with them if [`VALUE`] is not 0.
struct Warn;

impl Doit for Warn {
    type State = State;
    const COMMAND: u8 = 7;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let value = number(&info, VALUE)?;
        info.set_message(c"replaced");
        info.format_message(fmt!("the value is {value}"));
        info.set_cookie(0x0102_0304_0506_0708);
        match info.attrs().get(VALUE) {
            Some(attr) if value != 0 => Err(ExtAckError::from(ERANGE).with_attr(attr)),
            _ => Ok(()),
        }
    }
}

/// The number of [`Item`]s that exist.
static LIVING: Atomic<u32> = Atomic::new(0);

/// An item of a list.
struct Item(u32);

impl Item {
    fn new(number: u32) -> Self {
        LIVING.fetch_add(1, ordering::Relaxed);
        Self(number)
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        LIVING.fetch_sub(1, ordering::Relaxed);
    }
}

/// All items, and the index of the next one.
#[derive(Default)]
struct Items {
    all: KVVec<Item>,
    next: usize,
}

/// Lists [`VALUE`] items, which are allocated when the dump starts. Fails then if [`TO`] is not 0.
struct List;

impl Dumpit for List {
    type State = State;
    type Cursor = Items;
    const COMMAND: u8 = 8;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn start_with_cursor<'a>(
        _state: Pin<&State>,
        info: Info<'a>,
        cursor: &mut Items,
    ) -> Result<(), ExtAckError<'a>> {
        for item in 0..number(&info, VALUE)? {
            cursor.all.push(Item::new(item), GFP_KERNEL)?;
        }
        match number(&info, TO)? {
            0 => Ok(()),
            _ => Err(ExtAckError::with_message(EBUSY, c"the dump does not start")),
        }
    }

    fn dumpit<'a>(_state: Pin<&State>, dump: &mut Dump<'a, Items>) -> Result<(), ExtAckError<'a>> {
        loop {
            let Items { all, next } = dump.cursor_mut();
            let Some(number) = all.get(*next).map(|item| item.0) else {
                return Ok(());
            };
            let mut item = dump.item(&FAMILY, Self::COMMAND)?;
            item.put_u32(VALUE, number)?;
            item.send()?;
            dump.cursor_mut().next += 1;
        }
    }
}

/// Replies with the number of items that exist.
struct Living;

impl Doit for Living {
    type State = State;
    const COMMAND: u8 = 9;
    const POLICY: &'static [Policy] = &[];

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let size = attr_size(size_of::<u32>());
        let mut reply = GenlMsg::new_reply(&info, &FAMILY, Self::COMMAND, size)?;
        reply.put_u32(VALUE, LIVING.load(ordering::Relaxed))?;
        Ok(reply.send()?)
    }
}

/// Replies with [`VALUE`] messages.
struct Several;

impl Doit for Several {
    type State = State;
    const COMMAND: u8 = 11;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        for part in 0..number(&info, VALUE)? {
            let size = attr_size(size_of::<u32>());
            let mut reply = GenlMsg::new_reply_part(&info, &FAMILY, Self::COMMAND, size)?;
            reply.put_u32(VALUE, part)?;
            reply.send()?;
        }
        Ok(GenlMsg::send_done(&info)?)
    }
}

/// Fails without a capability: `CAP_NET_ADMIN` in the initial user namespace (0) or in the one that owns
/// the network namespace (1), or `CAP_SYS_ADMIN` in the one that owns the initial network namespace (2).
struct Guarded;

impl Doit for Guarded {
    type State = State;
    const COMMAND: u8 = 12;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let (is_permitted, message) = match number(&info, VALUE)? {
            0 => (
                info.capable(Capability::NetAdmin),
                c"CAP_NET_ADMIN is required",
            ),
            1 => (
                info.net_capable(Capability::NetAdmin),
                c"CAP_NET_ADMIN is required over the network namespace",
            ),
            _ => (
                info.ns_capable(Net::init(), Capability::SysAdmin),
                c"CAP_SYS_ADMIN is required over the initial network namespace",
            ),
        };
        match is_permitted {
            true => Ok(()),
            false => Err(info.bad_attr(VALUE, EPERM, message)),
        }
    }
}

/// Rejects a [`VALUE`] above 10, with the policy that says so.
struct Limited;

impl Doit for Limited {
    type State = State;
    const COMMAND: u8 = 13;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        static LIMIT: Policy = Policy::u32().max(10);

        match number(&info, VALUE)? {
            0..=10 => Ok(()),
            _ => {
                let error = info.bad_attr(VALUE, EDOM, c"the value is limited now");
                Err(error.with_policy(&LIMIT))
            }
        }
    }
}

/// Sends the error `EIO` of the request from a work item, or its acknowledgement if [`VALUE`] is 0.
struct Later;

impl Doit for Later {
    type State = State;
    const COMMAND: u8 = 14;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let net: ARef<Net> = info.net().into();
        let request = info.header();
        let result = match number(&info, VALUE)? {
            0 => Ok(()),
            _ => Err(EIO),
        };
        Ok(spawn(move || {
            GenlMsg::send_result(&net, &FAMILY, &request, result, GFP_KERNEL)
        })?)
    }
}

/// Sends [`VALUE`] events that belong together, with sequence numbers that count up.
struct Stream;

impl Doit for Stream {
    type State = State;
    const COMMAND: u8 = 15;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let to = Dest::Group(info.net(), EVENTS);
        let size = attr_size(size_of::<u32>());
        for value in 0..number(&info, VALUE)? {
            let mut event = GenlMsg::new_to(to, &FAMILY, EVENT, size, Gfp::nofs())?;
            event.set_port_and_seq(info.portid(), value + 1);
            event.add_flags(MsgFlags::MULTI);
            event.put_u32(VALUE, value)?;
            event.send()?;
        }
        Ok(GenlMsg::send_done_to(to, &FAMILY, GFP_ATOMIC)?)
    }
}

/// Sends an event to the namespace that [`VALUE`] refers to: a file (0), a process (1) or an id in the
/// sender's namespace (2), by [`FROM`].
struct Find;

impl Doit for Find {
    type State = State;
    const COMMAND: u8 = 16;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let value = number(&info, VALUE)?;
        let net = match number(&info, FROM)? {
            0 => Net::from_fd(value),
            1 => Net::from_pid(value),
            _ => info.net().by_nsid(value as i32).ok_or(ENOENT),
        };
        let net = net.map_err(|errno| info.bad_attr(VALUE, errno, c"no such network namespace"))?;
        let event = Event { net, to: 0, value };
        Ok(event.send(GFP_KERNEL)?)
    }
}

/// Accepts a [`NEST`] whose policy depends on [`VALUE`].
struct Options;

impl Doit for Options {
    type State = State;
    const COMMAND: u8 = 17;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        static SHORT: PolicyTable<2> = PolicyTable::new().with(VALUE, Policy::u32().max(7));
        static LONG: PolicyTable<3> = PolicyTable::new()
            .with(VALUE, Policy::u32())
            .with(TO, Policy::u32());

        let Some(nest) = info.attrs().get(NEST) else {
            return Err(ExtAckError::missing_attr(NEST, c"options are required"));
        };
        match number(&info, VALUE)? {
            0 => nest.validate_nested(SHORT.as_slice(), &info),
            _ => nest.validate_nested(LONG.as_slice(), &info),
        }
    }
}

/// Lists two items that are longer than the core's usual buffer.
struct Large;

impl Dumpit for Large {
    type State = State;
    type Cursor = u32;
    const COMMAND: u8 = 18;
    const POLICY: &'static [Policy] = &[];
    const MIN_ALLOC: u16 = 50_000;

    fn dumpit<'a>(_state: Pin<&State>, dump: &mut Dump<'a, u32>) -> Result<(), ExtAckError<'a>> {
        while dump.cursor() < 2 {
            let mut item = dump.item(&FAMILY, Self::COMMAND)?;
            item.put_bytes_with(VALUE, 40_000, |bytes| bytes.fill(7))?;
            item.send()?;
            dump.set_cursor(dump.cursor() + 1);
        }
        Ok(())
    }
}

/// Replies with the bytes of the request, and then with a nest without its flag.
struct Echo;

impl Doit for Echo {
    type State = State;
    const COMMAND: u8 = 19;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let size = info.payload().len() + attr_size(attr_size(size_of::<u32>()));
        let mut reply = GenlMsg::new_reply(&info, &FAMILY, Self::COMMAND, size)?;
        reply.put_nohdr(info.payload())?;
        let mut nest = reply.put_nested_noflag(NEST)?;
        nest.put_u32(VALUE, 1)?;
        nest.end()?;
        Ok(reply.send()?)
    }
}

/// Selects the sender if [`VALUE`] is 0. Otherwise sends an event with it that only the selected listener
/// receives.
struct Select;

impl Doit for Select {
    type State = State;
    const COMMAND: u8 = 20;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(state: Pin<&State>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let value = number(&info, VALUE)?;
        if value == 0 {
            *state.selected.lock() = info.socket();
            return Ok(());
        }
        let selected = *state.selected.lock();
        let is_selected = |socket| Some(socket) == selected;
        let to = Dest::GroupIf(info.net(), EVENTS, &is_selected);
        let size = attr_size(size_of::<u32>());
        let mut event = GenlMsg::new_to(to, &FAMILY, EVENT, size, GFP_KERNEL)?;
        event.put_u32(VALUE, value)?;
        Ok(event.send()?)
    }
}

/// A family with all options of old families.
static OLD: Family = Family::const_new_with(
    kernel::module::this_module::<LocalModule>(),
    c"anywhere-old".to_bytes_with_nul(),
    1,
    &OLD_OPS,
    &OLD_GROUPS,
    FamilyOptions::new()
        .user_header::<Header>()
        .serial()
        .initial_netns_only()
        .listeners::<Listening>()
        .max_attr(TO)
        .resv_start_op(3),
);

static OLD_OPS: [SplitOp<OldState>; 4] = [
    SplitOp::new_do::<Lax>(),
    SplitOp::new_do::<Strict<2>>(),
    SplitOp::new_do::<Strict<3>>(),
    SplitOp::new_dump::<ListOld>(),
];

static OLD_GROUPS: [MulticastGroup; 2] = [
    MulticastGroup::const_new(c"admins").with_cap_sys_admin(),
    MulticastGroup::const_new(c"net-admins").with_permission(Permission::NetnsAdmin),
];

/// The user header of the old family.
#[repr(transparent)]
struct Header(u32);

// SAFETY: It is a `u32`.
unsafe impl FromBytes for Header {}

// SAFETY: It is a `u32`.
unsafe impl AsBytes for Header {}

static LAX: PolicyTable<3> = PolicyTable::new()
    .with(VALUE, Policy::u32())
    .with(TO, Policy::u32())
    .strict_from(TO);

struct OldState {
    running: Atomic<u32>,
}

impl PerNet for OldState {
    fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
        Ok(Self {
            running: Atomic::new(0),
        })
    }
}

net_slot!(OldState);

/// The number of times that a socket has joined the group, minus those that one has left.
static LISTENING: Atomic<u32> = Atomic::new(0);

struct Listening;

impl Listeners for Listening {
    fn bind(_group: u32) {
        LISTENING.fetch_add(1, ordering::Relaxed);
    }

    fn unbind(_group: u32) {
        LISTENING.fetch_sub(1, ordering::Relaxed);
    }
}

/// Replies with the user header of the request, the number of listeners and the request's flags.
fn reply_old(info: &Info<'_>) -> Result {
    let size = 2 * attr_size(size_of::<u32>());
    let mut reply = GenlMsg::new_reply(info, &OLD, info.command(), size)?;
    let header = info.user_header::<Header>().ok_or(EINVAL)?;
    reply.user_header_mut::<Header>().ok_or(EINVAL)?.0 = header.0;
    let flags = [
        MsgFlags::REPLACE,
        MsgFlags::EXCL,
        MsgFlags::CREATE,
        MsgFlags::APPEND,
    ];
    let is_set = flags.map(|flag| u32::from(info.flags().contains(flag)));
    reply.put_u32(VALUE, LISTENING.load(ordering::Relaxed))?;
    reply.put_u32(TO, is_set.iter().fold(0, |all, bit| all << 1 | bit))?;
    reply.send()
}

/// Accepts any attributes, except that a known one from [`TO`] on is validated strictly.
struct Lax;

impl Doit for Lax {
    type State = OldState;
    const COMMAND: u8 = 1;
    const STRICT: bool = false;
    const POLICY: &'static [Policy] = LAX.as_slice();

    fn doit<'a>(_state: Pin<&OldState>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        Ok(reply_old(&info)?)
    }
}

/// Fails if two requests run at the same time.
struct Strict<const COMMAND: u8>;

impl<const COMMAND: u8> Doit for Strict<COMMAND> {
    type State = OldState;
    const COMMAND: u8 = COMMAND;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(state: Pin<&OldState>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        let others = state.running.fetch_add(1, ordering::Relaxed);
        fsleep(Delta::from_millis(5));
        state.running.fetch_sub(1, ordering::Relaxed);
        match others {
            0 => Ok(reply_old(&info)?),
            _ => Err(EBUSY.into()),
        }
    }
}

/// Lists 2,000 items with the user header of the request.
struct ListOld;

impl Dumpit for ListOld {
    type State = OldState;
    type Cursor = u32;
    const COMMAND: u8 = 4;
    const POLICY: &'static [Policy] = &[];

    fn dumpit<'a>(_state: Pin<&OldState>, dump: &mut Dump<'a, u32>) -> Result<(), ExtAckError<'a>> {
        let header = dump.info().user_header::<Header>().ok_or(EINVAL)?;
        while dump.cursor() < 2_000 {
            let mut item = dump.item(&OLD, Self::COMMAND)?;
            item.user_header_mut::<Header>().ok_or(EINVAL)?.0 = header.0;
            item.add_flags(MsgFlags::DUMP_FILTERED);
            item.send()?;
            dump.set_cursor(dump.cursor() + 1);
        }
        Ok(())
    }
}

/// The operations of a spec of the compiler's tests.
pub mod old_family {
    use crate::{
        genl::{
            Dest,
            Dump,
            ExtAckError,
            GenlMsg,
            Info,
            Net,
            PerNet,
            WeakNet, //
        },
        old_family_nl::{
            GetReply,
            GetRequest,
            Group,
            Grown,
            Head,
            ListReply,
            ListRequest,
            Operations,
            SetRequest,
            Side,
            ThingAttr, //
        },
    };
    use kernel::{
        prelude::*,
        sync::aref::ARef, //
    };

    /// The family, which has no state.
    pub struct OldFamily;

    impl PerNet for OldFamily {
        fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
            Ok(Self)
        }
    }

    /// A thing that the hook of a request has opened. Its drop sends an event.
    pub struct Thing {
        header: Head,
        size: u64,
        sides: u32,
        net: ARef<Net>,
        portid: u32,
    }

    impl Thing {
        /// Sends the size to the sender, or to the group in the sender's namespace (`left`) or in all
        /// namespaces (`right`).
        fn close(&self) -> Result {
            const LEFT: u32 = Side::Left as u32;

            let group = Group::News as u32;
            let to = match self.sides {
                0 => Dest::Port(&self.net, self.portid),
                LEFT => Dest::Group(&self.net, group),
                _ => Dest::AllNets(group),
            };
            let mut event = Grown::new_to(to, GFP_KERNEL)?;
            set_header(&mut event, self.header)?;
            event.size(self.size)?;
            event.send()
        }
    }

    impl Drop for Thing {
        fn drop(&mut self) {
            // The group can have no listener.
            let _ = self.close();
        }
    }

    fn header(info: Info<'_>) -> Result<Head> {
        info.user_header().copied().ok_or(EINVAL)
    }

    fn set_header(message: &mut GenlMsg<'_>, header: Head) -> Result {
        *message.user_header_mut().ok_or(EINVAL)? = header;
        Ok(())
    }

    fn notify(info: Info<'_>) -> Result {
        let to = Dest::Port(info.net(), info.portid());
        let mut notification = GetReply::set_ntf_to(to, 0, GFP_KERNEL)?;
        set_header(&mut notification, header(info)?)?;
        notification.send()
    }

    impl Operations for OldFamily {
        type OpenThing<'s> = Thing;

        /// Opens a thing of the requested size.
        fn open_thing<'s, 'a>(
            self: Pin<&'s Self>,
            info: Info<'a>,
        ) -> Result<Thing, ExtAckError<'a>> {
            let request = GetRequest::from(info);
            let no_size = request.missing(ThingAttr::Size, c"size is required");
            let size = request.size()?.ok_or(no_size)?;
            if size == 0 {
                return Err(request.bad(ThingAttr::Size, ERANGE, c"a thing is not empty"));
            }
            Ok(Thing {
                header: header(info)?,
                size,
                sides: request.sides()?.map_or(0, |(value, _)| value),
                net: info.net().into(),
                portid: info.portid(),
            })
        }

        /// Replies with the size of the open thing. Fails if that is odd.
        fn get<'a>(
            self: Pin<&Self>,
            request: &GetRequest<'a>,
            thing: &Thing,
        ) -> Result<Option<GetReply<'a>>, ExtAckError<'a>> {
            if thing.size % 2 != 0 {
                return Err(request.bad(ThingAttr::Size, EBUSY, c"the size is odd"));
            }
            let mut reply = GetReply::new(request.info())?;
            set_header(&mut reply, thing.header)?;
            reply.size(thing.size)?;
            Ok(Some(reply))
        }

        type GetCursor = ();

        fn get_dump<'a>(
            self: Pin<&Self>,
            _request: &GetRequest<'a>,
            _dump: &mut Dump<'a, ()>,
        ) -> Result<(), ExtAckError<'a>> {
            Ok(())
        }

        fn set<'a>(self: Pin<&Self>, request: &SetRequest<'a>) -> Result<(), ExtAckError<'a>> {
            let no_part = request.missing(ThingAttr::Part, c"part is required");
            request.part().map(drop).ok_or(no_part)
        }

        /// Notifies the sender after `set`.
        fn close_thing(self: Pin<&Self>, info: Info<'_>) {
            let _ = notify(info);
        }

        /// The size of the next item.
        type ListCursor = u64;

        fn list_start<'a>(
            self: Pin<&Self>,
            _request: &ListRequest<'a>,
        ) -> Result<u64, ExtAckError<'a>> {
            Ok(3)
        }

        fn list_dump<'a>(
            self: Pin<&Self>,
            request: &ListRequest<'a>,
            dump: &mut Dump<'a, u64>,
        ) -> Result<(), ExtAckError<'a>> {
            while dump.cursor() != 0 {
                let size = dump.cursor();
                let mut item = ListReply::item(dump)?;
                set_header(&mut item, header(request.info())?)?;
                item.size(size)?;
                item.send()?;
                dump.set_cursor(size - 1);
            }
            Ok(())
        }
    }
}
