// SPDX-License-Identifier: MIT OR Apache-2.0

//! neli's `NlRouter`, which receives in a separate thread.

use anyhow::{Context, Result};
use clients::{BenchClient, with_neli};
use neli::consts::nl::{GenlId, NlmF};
use neli::consts::socket::NlFamily;
use neli::nl::NlPayload;
use neli::router::synchronous::{NlRouter, NlRouterReceiverHandle};
use neli::utils::Groups;

struct Router {
    router: NlRouter,
    family: u16,
}

impl BenchClient for Router {
    type Listener = ();

    fn open(to_greet: bool) -> Result<Self> {
        let (router, _) = NlRouter::connect(NlFamily::Generic, None, Groups::empty())?;
        let family = match to_greet {
            true => router.resolve_genl_family("greet")?,
            false => GenlId::Ctrl.into(),
        };
        Ok(Self { router, family })
    }

    fn getfamily(&mut self, count: u64) -> Result<()> {
        for _ in 0..count {
            let request = NlPayload::Payload(with_neli::getfamily("nlctrl")?);
            let answers: NlRouterReceiverHandle<u16, with_neli::NlctrlMessage> =
                self.router.send(self.family, NlmF::ACK, request)?;
            for answer in answers {
                if let NlPayload::Payload(reply) = answer?.nl_payload() {
                    with_neli::check_family(reply)?;
                }
            }
        }
        Ok(())
    }

    fn greet(&mut self, count: u64) -> Result<()> {
        for _ in 0..count {
            let request = NlPayload::Payload(with_neli::greet()?);
            let mut answers: NlRouterReceiverHandle<u16, with_neli::GreetMessage> =
                self.router.send(self.family, NlmF::ACK, request)?;
            let reply = answers.next().context("expected a reply")??;
            with_neli::check_greeting(reply.get_payload().context("expected a payload")?)?;
            answers.next().context("expected an ACK")??;
        }
        Ok(())
    }
}

fn main() -> Result<()> {
    clients::run::<Router>()
}
