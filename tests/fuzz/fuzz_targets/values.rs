// SPDX-License-Identifier: MIT OR Apache-2.0

//! Arbitrary attributes: each decodes to a value or an error, both of which can be shown.

#![no_main]

use genl::{Attrs, Decode, DecodeEvent};
use libfuzzer_sys::fuzz_target;
use std::fmt::Debug;
use std::hint::black_box;

/// Decodes as each of the types.
macro_rules! decode_as {
    ($attrs:expr, $($type:ty),* $(,)?) => {
        $(show(<$type as Decode<'_>>::decode($attrs));)*
    };
}

fuzz_target!(|data: &[u8]| {
    let attrs = Attrs::new(data);
    for attr in attrs {
        black_box(format!("{attr:?}"));
    }
    decode_as!(
        attrs,
        greet::protocol::GreetReply<'_>,
        greet::protocol::PeerGetReply<'_>,
        greet::protocol::StatsGetReply<'_>,
        greet::protocol::SettingsGetReply<'_>,
        shelf::protocol::PutReply<'_>,
        shelf::protocol::GetReply<'_>,
        genl::nlctrl::GetfamilyReply<'_>,
        genl::nlctrl::GetpolicyReply<'_>,
    );
    for command in 0..12 {
        show(greet::protocol::Event::decode(command, attrs));
        show(shelf::protocol::Event::decode(command, attrs));
        show(genl::nlctrl::Event::decode(command, attrs));
    }
});

fn show<T: Debug, E: Debug>(decoded: Result<T, E>) {
    black_box(format!("{decoded:?}"));
}
