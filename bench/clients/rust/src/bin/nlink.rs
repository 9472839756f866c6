// SPDX-License-Identifier: MIT OR Apache-2.0

//! nlink: families declared with its macros, requests by `send_typed()` on tokio.

use anyhow::{Context, Result};
use clients::{BenchClient, Family, Greeting, WORLD, concurrently, uint};
use nlink::macros::{GenlAttribute, GenlCommand, GenlMessage, genl_family};
use nlink::netlink::Connection;
use nlink::netlink::attr::AttrIter;
use std::sync::Arc;
use tokio::runtime::Runtime;

#[genl_family(name = "nlctrl", version = 1)]
pub struct Nlctrl;

#[derive(GenlCommand, Debug, Clone, Copy)]
#[genl_command(repr = "u8")]
pub enum CtrlCmd {
    Getfamily = 3,
}

#[derive(GenlAttribute, Debug, Clone, Copy)]
#[genl_attribute(repr = "u16")]
pub enum CtrlAttr {
    FamilyId = 1,
    FamilyName = 2,
    Version = 3,
    Ops = 6,
    McastGroups = 7,
}

#[derive(GenlMessage, Debug, Default)]
#[genl_message(cmd = CtrlCmd::Getfamily)]
pub struct Getfamily {
    #[genl_attr(CtrlAttr::FamilyName)]
    pub name: String,
}

/// The macros do not support arrays of nests, so these are parsed by hand.
#[derive(GenlMessage, Debug, Default)]
#[genl_message(cmd = CtrlCmd::Getfamily)]
pub struct GetfamilyReply {
    #[genl_attr(CtrlAttr::FamilyId)]
    pub id: u16,
    #[genl_attr(CtrlAttr::FamilyName)]
    pub name: String,
    #[genl_attr(CtrlAttr::Version)]
    pub version: u32,
    #[genl_attr(CtrlAttr::Ops)]
    pub operations: Vec<u8>,
    #[genl_attr(CtrlAttr::McastGroups)]
    pub groups: Vec<u8>,
}

#[genl_family(name = "greet", version = 1)]
pub struct Greet;

#[derive(GenlCommand, Debug, Clone, Copy)]
#[genl_command(repr = "u8")]
pub enum Command {
    Greet = 1,
}

#[derive(GenlAttribute, Debug, Clone, Copy)]
#[genl_attribute(repr = "u16")]
pub enum Attr {
    Name = 1,
    Style = 2,
    Message = 4,
    Id = 5,
    Portid = 6,
}

#[derive(GenlMessage, Debug, Default)]
#[genl_message(cmd = Command::Greet)]
pub struct GreetRequest {
    #[genl_attr(Attr::Name)]
    pub name: String,
}

#[derive(GenlMessage, Debug, Default)]
#[genl_message(cmd = Command::Greet)]
pub struct GreetReply {
    /// A uint, which the macros do not support.
    #[genl_attr(Attr::Id)]
    pub id: Vec<u8>,
    #[genl_attr(Attr::Message)]
    pub message: String,
    #[genl_attr(Attr::Portid)]
    pub portid: u32,
    #[genl_attr(Attr::Style)]
    pub style: u32,
}

#[derive(Clone)]
enum To {
    Nlctrl(Arc<Connection<Nlctrl>>),
    Greet(Arc<Connection<Greet>>),
}

struct Nlink {
    runtime: Runtime,
    connection: To,
}

impl BenchClient for Nlink {
    type Listener = ();

    fn open(to_greet: bool) -> Result<Self> {
        let runtime = clients::runtime()?;
        let connection = runtime.block_on(async {
            anyhow::Ok(match to_greet {
                false => To::Nlctrl(Arc::new(Connection::new_async().await?)),
                true => To::Greet(Arc::new(Connection::new_async().await?)),
            })
        })?;
        Ok(Self {
            runtime,
            connection,
        })
    }

    fn getfamily(&mut self, count: u64) -> Result<()> {
        self.runtime.block_on(self.connection.requests(count))
    }

    fn greet(&mut self, count: u64) -> Result<()> {
        self.runtime.block_on(self.connection.requests(count))
    }

    fn concurrently(&mut self, _to_greet: bool, tasks: u64, count: u64) -> Result<()> {
        concurrently(&self.runtime, tasks, || {
            let connection = self.connection.clone();
            async move { connection.requests(count).await }
        })
    }
}

impl To {
    async fn requests(&self, count: u64) -> Result<()> {
        for _ in 0..count {
            match self {
                Self::Nlctrl(connection) => {
                    let name = "nlctrl".to_owned();
                    check_family(&connection.send_typed(Getfamily { name }).await?)?;
                }
                Self::Greet(connection) => {
                    let name = WORLD.to_owned();
                    check_greeting(&connection.send_typed(GreetRequest { name }).await?)?;
                }
            }
        }
        Ok(())
    }
}

fn check_family(reply: &GetfamilyReply) -> Result<()> {
    let (_, group) = AttrIter::new(&reply.groups)
        .next()
        .context("expected a group")?;
    let id = AttrIter::new(group).find(|(number, _)| *number == 2);
    Family {
        id: reply.id,
        version: reply.version,
        name: reply.name.as_bytes(),
        operations: AttrIter::new(&reply.operations).count(),
        group: u32::from_ne_bytes(id.context("expected an id")?.1.try_into()?),
    }
    .check()
}

fn check_greeting(reply: &GreetReply) -> Result<()> {
    Greeting {
        id: uint(&reply.id)?,
        message: reply.message.as_bytes(),
        portid: reply.portid,
        style: reply.style,
    }
    .check()
}

fn main() -> Result<()> {
    clients::run::<Nlink>()
}
