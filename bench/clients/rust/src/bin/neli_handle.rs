// SPDX-License-Identifier: MIT OR Apache-2.0

//! neli's `NlSocketHandle`, which sends and receives messages; the caller matches answers to
//! requests.

use anyhow::{Result, bail, ensure};
use clients::{BenchClient, with_neli};
use neli::consts::nl::{GenlId, NlmF};
use neli::consts::socket::NlFamily;
use neli::genl::Genlmsghdr;
use neli::nl::{NlPayload, Nlmsghdr, NlmsghdrBuilder};
use neli::socket::synchronous::NlSocketHandle;
use neli::utils::Groups;
use neli::{FromBytesWithInput, Size, ToBytes};
use std::fmt::Debug;

struct Handle {
    socket: NlSocketHandle,
    family: u16,
    seq: u32,
}

impl BenchClient for Handle {
    type Listener = ();

    fn open(to_greet: bool) -> Result<Self> {
        let socket = NlSocketHandle::connect(NlFamily::Generic, None, Groups::empty())?;
        let mut handle = Self {
            socket,
            family: GenlId::Ctrl.into(),
            seq: 0,
        };
        if to_greet {
            let request = with_neli::getfamily("greet")?;
            let mut id = Ok(0);
            handle.exchange(request, |reply| {
                id = with_neli::id(reply);
                Ok(())
            })?;
            handle.family = id?;
        }
        Ok(handle)
    }

    fn getfamily(&mut self, count: u64) -> Result<()> {
        for _ in 0..count {
            let request = with_neli::getfamily("nlctrl")?;
            self.exchange(request, with_neli::check_family)?;
        }
        Ok(())
    }

    fn greet(&mut self, count: u64) -> Result<()> {
        for _ in 0..count {
            self.exchange(with_neli::greet()?, with_neli::check_greeting)?;
        }
        Ok(())
    }
}

impl Handle {
    /// Sends a request, then receives its reply and its ACK.
    fn exchange<C, A>(
        &mut self,
        request: Genlmsghdr<C, A>,
        mut check: impl FnMut(&Genlmsghdr<C, A>) -> Result<()>,
    ) -> Result<()>
    where
        Genlmsghdr<C, A>: Size + ToBytes + Debug + FromBytesWithInput<Input = usize>,
    {
        self.seq += 1;
        let message = NlmsghdrBuilder::default()
            .nl_type(self.family)
            .nl_flags(NlmF::REQUEST | NlmF::ACK)
            .nl_seq(self.seq)
            .nl_payload(NlPayload::Payload(request))
            .build()?;
        self.socket.send(&message)?;
        let mut replies = 0;
        loop {
            let (messages, _) = self.socket.recv::<u16, Genlmsghdr<C, A>>()?;
            for message in messages {
                let mut message: Nlmsghdr<u16, Genlmsghdr<C, A>> = message?;
                if *message.nl_seq() != self.seq {
                    continue;
                }
                if let Some(error) = message.get_err() {
                    bail!("{error}");
                }
                match message.nl_payload() {
                    NlPayload::Ack(_) => {
                        ensure!(replies == 1, "expected one reply, got {replies}");
                        return Ok(());
                    }
                    NlPayload::Payload(reply) => {
                        check(reply)?;
                        replies += 1;
                    }
                    _ => bail!("expected a payload"),
                }
            }
        }
    }
}

fn main() -> Result<()> {
    clients::run::<Handle>()
}
