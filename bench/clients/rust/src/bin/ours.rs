// SPDX-License-Identifier: MIT OR Apache-2.0

//! This project's library with sequential requests.

use anyhow::{Result, bail};
use clients::with_ours::{self, Ours, check_family, check_greeting};
use clients::{BenchClient, Greeting, Peer};
use genl::{Notice, Subscription};
use greet::protocol::{Event, FAMILY, groups};

struct Sequential(Ours);

impl BenchClient for Sequential {
    type Listener = Subscription;

    fn open(to_greet: bool) -> Result<Self> {
        Ours::open(to_greet).map(Self)
    }

    fn getfamily(&mut self, count: u64) -> Result<()> {
        let connection = self.0.nlctrl()?;
        for _ in 0..count {
            check_family(&connection.request(&with_ours::getfamily())?)?;
        }
        Ok(())
    }

    fn greet(&mut self, count: u64) -> Result<()> {
        let client = self.0.greet()?;
        for _ in 0..count {
            check_greeting(&client.greet(&with_ours::greet())?)?;
        }
        Ok(())
    }

    fn greet_unacknowledged(&mut self, count: u64) -> Result<()> {
        let client = self.0.greet()?;
        for _ in 0..count {
            client.greet_unacknowledged(&with_ours::greet())?;
        }
        Ok(())
    }

    fn dump(&mut self) -> Result<u64> {
        let mut count = 0;
        let mut result = Ok(());
        self.0.greet()?.peers_each(|peer| -> greet::Result<()> {
            count += 1;
            let peer = Peer {
                name: peer.name.as_bytes(),
                greetings: peer.greetings,
                last_portid: peer.last_portid,
                last_style: u32::from(peer.last_style),
                last_seen: peer.last_seen.as_nanos() as u64,
            };
            if result.is_ok() {
                result = peer.check();
            }
            Ok(())
        })?;
        result.map(|()| count)
    }

    fn listen() -> Result<Subscription> {
        Ok(Subscription::open(&FAMILY, &[groups::GREETINGS])?)
    }

    fn receive_events(listener: &mut Subscription, count: u64) -> Result<()> {
        for notice in listener.take(count as usize) {
            let Notice::Event(event) = notice? else {
                bail!("expected an event, but events were lost")
            };
            let Some(Event::Greeted(greeted)) = event.decode()? else {
                bail!("expected the event greeted")
            };
            Greeting {
                id: greeted.id.unwrap_or_default(),
                message: greeted.message.unwrap_or_default().as_bytes(),
                portid: greeted.portid.unwrap_or_default(),
                style: greeted.style.map_or(u32::MAX, u32::from),
            }
            .check()?;
        }
        Ok(())
    }
}

fn main() -> Result<()> {
    clients::run::<Sequential>()
}
