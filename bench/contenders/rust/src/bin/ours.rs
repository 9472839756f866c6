// SPDX-License-Identifier: MIT OR Apache-2.0

//! This project's library, one request after the other.

use anyhow::{Result, bail};
use contenders::{Contender, Family, Greeting, Peer, WHOM};
use genl::nlctrl::{GetfamilyReply, GetfamilyRequest};
use genl::{Connection, Notice, Subscription};
use greet::protocol::{Event, FAMILY, groups};
use greet::{Client, GreetRequest};

enum Ours {
    Nlctrl(Connection),
    Greet(Client),
}

impl Contender for Ours {
    type Listener = Subscription;

    fn open(to_greet: bool) -> Result<Self> {
        Ok(match to_greet {
            false => Self::Nlctrl(Connection::open()?),
            true => Self::Greet(Client::open()?),
        })
    }

    fn getfamily(&mut self, count: u64) -> Result<()> {
        let Self::Nlctrl(connection) = self else {
            bail!("the wrong connection")
        };
        for _ in 0..count {
            let request = GetfamilyRequest::new().family_name("nlctrl");
            family(&connection.request(&request)?).check()?;
        }
        Ok(())
    }

    fn greet(&mut self, count: u64) -> Result<()> {
        let client = self.client()?;
        for _ in 0..count {
            let greeting = client.greet(&GreetRequest::new().name(WHOM))?;
            Greeting {
                id: greeting.id,
                message: greeting.message.as_bytes(),
                portid: greeting.portid,
                style: u32::from(greeting.style),
            }
            .check()?;
        }
        Ok(())
    }

    fn announce(&mut self, count: u64) -> Result<()> {
        let client = self.client()?;
        for _ in 0..count {
            client.greet_unacknowledged(&GreetRequest::new().name(WHOM))?;
        }
        Ok(())
    }

    fn dump(&mut self) -> Result<u64> {
        let peers = self.client()?.peers()?;
        for peer in peers.iter() {
            let peer = peer?;
            Peer {
                name: peer.name.as_bytes(),
                greetings: peer.greetings,
                last_portid: peer.last_portid,
                last_style: u32::from(peer.last_style),
                last_seen: peer.last_seen.as_nanos() as u64,
            }
            .check()?;
        }
        Ok(peers.len() as u64)
    }

    fn listen() -> Result<Subscription> {
        Ok(Subscription::open(&FAMILY, &[groups::GREETINGS])?)
    }

    fn hear(listener: &mut Subscription, count: u64) -> Result<()> {
        for notice in listener.take(count as usize) {
            let Notice::Event(event) = notice? else {
                bail!("events were lost")
            };
            let Some(Event::Greeted(greeted)) = event.decode()? else {
                bail!("another event")
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
            Self::Nlctrl(_) => bail!("the wrong connection"),
        }
    }
}

fn family<'a>(reply: &GetfamilyReply<'a>) -> Family<'a> {
    let group = reply.mcast_groups.and_then(|groups| groups.iter().next());
    Family {
        id: reply.family_id.unwrap_or_default(),
        version: reply.version.unwrap_or_default(),
        name: reply.family_name.unwrap_or_default().as_bytes(),
        operations: reply.ops.map_or(0, |operations| operations.len()),
        group: group.and_then(|group| group.id).unwrap_or_default(),
    }
}

fn main() -> Result<()> {
    contenders::run::<Ours>()
}
