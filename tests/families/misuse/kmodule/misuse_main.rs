// SPDX-License-Identifier: GPL-2.0

//! A module that misuses the library: it initializes itself twice and leaks the result, uses state
//! of any size and alignment, sends an event after its family was unregistered, leaks messages that
//! it writes, requests buffers of any size, and looks for files of a task that exits. None of this may
//! cause harm.

pub mod genl;

use core::hint::black_box;
use genl::{
    net_slot,
    Doit,
    Dump,
    Dumpit,
    ExtAckError,
    Family,
    GenlMsg,
    Info,
    MulticastGroup,
    Net,
    PerNet,
    Policy,
    PolicyTable,
    PutAttr,
    SplitOp,
    WeakNet, //
};
use kernel::{
    bindings,
    prelude::*,
    sync::atomic::{
        ordering,
        Atomic, //
    },
    time::{
        delay::fsleep,
        Delta, //
    },
    workqueue,
    InPlaceModule, //
};

genl::module! {
    type: Misuse,
    families: [EMPTY, EMPTY_PAGE, ODD, WIDE, LEAKY],
    name: "misuse",
    authors: ["The greet project"],
    description: "Generic netlink families of a module that misuses them",
    license: "GPL",
}

/// Whether the module is already being initialized.
static AGAIN: Atomic<bool> = Atomic::new(false);

/// Events that are not yet sent.
static PENDING: Atomic<u32> = Atomic::new(0);

struct Misuse;

impl kernel::Module for Misuse {
    fn init(module: &'static ThisModule) -> Result<Self> {
        if AGAIN.xchg(true, ordering::Relaxed) {
            return Ok(Self);
        }
        let again = <LocalModule as InPlaceModule>::init(module);
        match KBox::pin_init(again, GFP_KERNEL) {
            Err(error) if error == EBUSY => Ok(Self),
            Err(error) => Err(error),
            Ok(again) => {
                core::mem::forget(again);
                Ok(Self)
            }
        }
    }
}

impl Drop for Misuse {
    /// Waits for the event and for the end of its sender.
    fn drop(&mut self) {
        while PENDING.load(ordering::Acquire) != 0 {
            fsleep(Delta::from_millis(10));
        }
        fsleep(Delta::from_millis(100));
    }
}

/// Defines a family with the state `$state`.
macro_rules! family {
    ($family:ident, $name:literal, $state:ident, $ops:ident, $groups:expr) => {
        static $family: Family = Family::const_new(
            kernel::module::this_module::<crate::LocalModule>(),
            $name.to_bytes_with_nul(),
            1,
            &$ops,
            $groups,
        );

        static $ops: [SplitOp<$state>; 2] = [
            SplitOp::new_do::<IsAligned<$state>>(),
            SplitOp::new_do::<SendLate<$state>>(),
        ];

        impl PerNet for $state {
            fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
                Ok(pin_init::zeroed::<Self>())
            }
        }

        net_slot!($state);
    };
}

#[derive(Zeroable)]
#[repr(align(64))]
struct Empty {}
family!(EMPTY, c"misuse", Empty, EMPTY_OPS, &GROUPS);

#[derive(Zeroable)]
#[repr(align(4096))]
struct EmptyPage {}
family!(EMPTY_PAGE, c"misuse-page", EmptyPage, EMPTY_PAGE_OPS, &[]);

#[derive(Zeroable)]
#[repr(align(32))]
struct Odd {
    _bytes: [u8; 96],
}
family!(ODD, c"misuse-odd", Odd, ODD_OPS, &[]);

#[derive(Zeroable)]
#[repr(align(256))]
struct Wide {
    _bytes: [u8; 768],
}
family!(WIDE, c"misuse-wide", Wide, WIDE_OPS, &[]);

static GROUPS: [MulticastGroup; 1] = [MulticastGroup::const_new(c"late")];

/// Returns an error if the state is not aligned.
struct IsAligned<S>(S);

impl<S: genl::HasNetSlot> Doit for IsAligned<S> {
    type State = S;
    const COMMAND: u8 = 1;
    const POLICY: &'static [Policy] = &[];

    fn doit<'a>(state: Pin<&S>, _info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        // Without the black box, the compiler would assume that the state is aligned.
        let address = black_box(&raw const *state).addr();
        match address % align_of::<S>() {
            0 => Ok(()),
            _ => Err(ExtAckError::with_message(
                EFAULT,
                c"the state is not aligned",
            )),
        }
    }
}

/// Sends an event in the initial namespace once the group has a listener. The number of the group
/// is the one that the family had while it was registered.
struct SendLate<S>(S);

impl<S: genl::HasNetSlot> Doit for SendLate<S> {
    type State = S;
    const COMMAND: u8 = 2;
    const POLICY: &'static [Policy] = &[];

    fn doit<'a>(_state: Pin<&S>, _info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        PENDING.fetch_add(1, ordering::Relaxed);
        Ok(workqueue::system_long().try_spawn(GFP_KERNEL, send_late)?)
    }
}

fn send_late() {
    if let Err(error) = try_send_late() {
        pr_warn!("the late event: {error:?}\n");
    }
    PENDING.fetch_sub(1, ordering::Release);
}

fn try_send_late() -> Result {
    const PATIENCE: u32 = 3_000;

    let first = &raw mut bindings::init_net;
    let event = GenlMsg::new_event(Net::init(), &EMPTY, 3, 0, 0)?;
    // SAFETY: The family and the namespace are valid, and the family has one group.
    let is_heard = || unsafe { bindings::genl_has_listeners(EMPTY.as_raw(), first, 0) != 0 };
    for _ in 0..PATIENCE {
        if is_heard() {
            // The group now belongs to another family.
            return match event.send() {
                Err(error) if error == ESRCH => Ok(()),
                result => result,
            };
        }
        fsleep(Delta::from_millis(10));
    }
    Err(ETIMEDOUT)
}

/// A family whose operations leak messages, and request buffers of any size.
static LEAKY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    c"misuse-leaky".to_bytes_with_nul(),
    1,
    &LEAKY_OPS,
    &GROUPS,
);

static LEAKY_OPS: [SplitOp<Leaky>; 2] = [
    SplitOp::new_do::<AnySize>(),
    SplitOp::new_dump::<ForgetItems>(),
];

/// A recursive policy.
static CYCLE: PolicyTable<3> = PolicyTable::new()
    .with(1, Policy::nested(CYCLE.as_slice()))
    .with(2, Policy::nested_array(CYCLE.as_slice()));

struct Leaky;

impl PerNet for Leaky {
    /// Sends an event before the family is registered. A namespace that is not complete cannot be
    /// upgraded.
    fn new(net: WeakNet) -> impl PinInit<Self, Error> {
        if let Some(net) = net.upgrade() {
            if let Ok(event) = GenlMsg::new_event(&net, &LEAKY, 3, 0, 8) {
                let _ = event.send();
            }
        }
        Ok(Self)
    }
}

net_slot!(Leaky);

/// Creates replies and events of any size, and fills them.
struct AnySize;

impl Doit for AnySize {
    type State = Leaky;
    const COMMAND: u8 = 1;
    const POLICY: &'static [Policy] = CYCLE.as_slice();

    fn doit<'a>(_state: Pin<&Leaky>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        // With the headers, these sizes exceed a page, an `int` or an `unsigned int` in C.
        for near in [0, 1 << 12, 1 << 16, 1 << 31, 1 << 32, 1 << 63] {
            for offset in -96..96 {
                let size = usize::wrapping_add_signed(near, offset);
                if let Ok(mut reply) = GenlMsg::new_reply(&info, &LEAKY, 1, size) {
                    fill(&mut reply);
                }
                if let Ok(mut event) = GenlMsg::new_event(info.net(), &LEAKY, 3, 0, size) {
                    fill(&mut event);
                }
            }
        }
        Ok(())
    }
}

/// Adds attributes until the message is full, and leaks a nest.
fn fill(message: &mut GenlMsg<'_>) {
    const MANY: u32 = 64;

    for _ in 0..MANY {
        if message.put_str(1, &[0; 100]).is_err() {
            break;
        }
    }
    if let Ok(mut nest) = message.put_nested(2) {
        let _ = nest.put_u64(1, 7);
        core::mem::forget(nest);
    }
    let _ = message.put_uint(3, 8);
}

/// Leaks its items instead of sending them, and sends a reply to the request each time.
struct ForgetItems;

impl Dumpit for ForgetItems {
    type State = Leaky;
    type Cursor = [u64; 6];
    const COMMAND: u8 = 2;
    const POLICY: &'static [Policy] = CYCLE.as_slice();

    fn start<'a>(_state: Pin<&Leaky>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        Ok(reply(info)?)
    }

    fn done(_state: Pin<&Leaky>, info: Info<'_>) {
        // The socket may be closed, and the task may be exiting.
        let _ = reply(info);
        let _ = (Net::from_fd(0), Net::from_pid(1));
    }

    fn dumpit<'a>(
        _state: Pin<&Leaky>,
        dump: &mut Dump<'a, [u64; 6]>,
    ) -> Result<(), ExtAckError<'a>> {
        const PARTS: u64 = 3;

        let [part, ..] = dump.cursor();
        if dump.cursor() != [part; 6] {
            return Err(EFAULT.into());
        }
        if part == PARTS {
            return Ok(());
        }
        dump.set_cursor([part + 1; 6]);
        reply(dump.info())?;
        loop {
            let mut item = dump.item(&LEAKY, 2)?;
            fill(&mut item);
            core::mem::forget(item);
        }
    }
}

/// Sends a reply with an attribute that is never ended.
fn reply(info: Info<'_>) -> Result {
    let mut reply = GenlMsg::new_reply(&info, &LEAKY, 2, 64)?;
    fill(&mut reply);
    reply.send()
}
