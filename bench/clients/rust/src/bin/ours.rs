// SPDX-License-Identifier: MIT OR Apache-2.0

//! This project's library with sequential requests.

use anyhow::{Result, bail};
use clients::with_ours::{self, check_family, check_greeting};
use clients::{BenchClient, Greeting, Peer};
use genl::{Connection, Notice, Subscription};
use greet::Client;
use greet::protocol::{Event, FAMILY, groups};

enum Ours {
    Nlctrl(Connection),
    Greet(Client),
}

impl BenchClient for Ours {
    type Listener = Subscription;

    fn open(to_greet: bool) -> Result<Self> {
        Ok(match to_greet {
            false => Self::Nlctrl(Connection::open()?),
            true => Self::Greet(Client::open()?),
        })
    }

    fn getfamily(&mut self, count: u64) -> Result<()> {
        let Self::Nlctrl(connection) = self else {
            bail!("the connection is to the other family")
        };
        for _ in 0..count {
            check_family(&connection.request(&with_ours::getfamily())?)?;
        }
        Ok(())
    }

    fn greet(&mut self, count: u64) -> Result<()> {
        let client = self.client()?;
        for _ in 0..count {
            check_greeting(&client.greet(&with_ours::greet())?)?;
        }
        Ok(())
    }

    fn greet_unacknowledged(&mut self, count: u64) -> Result<()> {
        let client = self.client()?;
        for _ in 0..count {
            client.greet_unacknowledged(&with_ours::greet())?;
        }
        Ok(())
    }

    fn dump(&mut self) -> Result<u64> {
        let mut count = 0;
        let mut result = Ok(());
        self.client()?.peers_each(|peer| {
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

impl Ours {
    fn client(&mut self) -> Result<&mut Client> {
        match self {
            Self::Greet(client) => Ok(client),
            Self::Nlctrl(_) => bail!("the connection is to the other family"),
        }
    }
}

fn main() -> Result<()> {
    clients::run::<Ours>()
}
