// SPDX-License-Identifier: MIT OR Apache-2.0

//! genetlink of rust-netlink, on a single-threaded tokio runtime, which also runs its connection.

use anyhow::{Context, Result, bail};
use clients::{BenchClient, Family, Greeting, WORLD, concurrently};
use futures::{StreamExt, pin_mut};
use genetlink::{GenetlinkHandle, new_connection};
use netlink_packet_core::{
    DecodeError, DefaultNla, Emitable, NLM_F_ACK, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage,
    NetlinkPayload, Nla, NlaBuffer, NlasIterator, Parseable, ParseableParametrized,
};
use netlink_packet_generic::ctrl::nlas::{GenlCtrlAttrs, McastGrpAttrs};
use netlink_packet_generic::ctrl::{GenlCtrl, GenlCtrlCmd};
use netlink_packet_generic::{GenlFamily, GenlHeader, GenlMessage};
use std::fmt::Debug;
use tokio::runtime::Runtime;

struct Genetlink {
    runtime: Runtime,
    handle: GenetlinkHandle,
}

impl BenchClient for Genetlink {
    type Listener = ();

    fn open(_to_greet: bool) -> Result<Self> {
        let runtime = clients::runtime()?;
        let handle = runtime.block_on(async {
            let (connection, handle, _) = new_connection()?;
            tokio::spawn(connection);
            anyhow::Ok(handle)
        })?;
        Ok(Self { runtime, handle })
    }

    fn getfamily(&mut self, count: u64) -> Result<()> {
        self.runtime
            .block_on(async { getfamily(&mut self.handle, count).await })
    }

    fn greet(&mut self, count: u64) -> Result<()> {
        self.runtime
            .block_on(async { greet(&mut self.handle, count).await })
    }

    fn concurrently(&mut self, to_greet: bool, tasks: u64, count: u64) -> Result<()> {
        concurrently(&self.runtime, tasks, || {
            let mut handle = self.handle.clone();
            async move {
                match to_greet {
                    false => getfamily(&mut handle, count).await,
                    true => greet(&mut handle, count).await,
                }
            }
        })
    }
}

async fn getfamily(handle: &mut GenetlinkHandle, count: u64) -> Result<()> {
    for _ in 0..count {
        let request = GenlCtrl {
            cmd: GenlCtrlCmd::GetFamily,
            nlas: vec![GenlCtrlAttrs::FamilyName("nlctrl".to_owned())],
        };
        exchange(handle, request, |reply| check_family(&reply.nlas)).await?;
    }
    Ok(())
}

async fn greet(handle: &mut GenetlinkHandle, count: u64) -> Result<()> {
    for _ in 0..count {
        let request = Greet {
            nlas: vec![GreetingAttr::Name(WORLD.to_owned())],
        };
        exchange(handle, request, |reply| check_greeting(&reply.nlas)).await?;
    }
    Ok(())
}

/// Sends a request, then receives its reply and its ACK.
async fn exchange<F>(
    handle: &mut GenetlinkHandle,
    request: F,
    check: impl Fn(&F) -> Result<()>,
) -> Result<()>
where
    F: GenlFamily + Emitable + ParseableParametrized<[u8], GenlHeader> + Debug,
{
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_ACK;
    let message = NetlinkMessage::new(header, GenlMessage::from_payload(request).into());
    let answers = handle.request(message).await?;
    pin_mut!(answers);
    let mut replies = 0;
    while let Some(answer) = answers.next().await {
        match answer?.payload {
            NetlinkPayload::InnerMessage(reply) => {
                check(&reply.payload)?;
                replies += 1;
            }
            NetlinkPayload::Error(error) if error.code.is_none() => break,
            NetlinkPayload::Error(error) => bail!(error),
            _ => {}
        }
    }
    anyhow::ensure!(replies == 1, "expected one reply, got {replies}");
    Ok(())
}

fn check_family(nlas: &[GenlCtrlAttrs]) -> Result<()> {
    let mut family = Family::default();
    for nla in nlas {
        match nla {
            GenlCtrlAttrs::FamilyId(id) => family.id = *id,
            GenlCtrlAttrs::Version(version) => family.version = *version,
            GenlCtrlAttrs::FamilyName(name) => family.name = name.as_bytes(),
            GenlCtrlAttrs::Ops(operations) => family.operations = operations.len(),
            GenlCtrlAttrs::McastGroups(groups) => {
                let first = groups.first().context("expected a group")?;
                let id = first.iter().find_map(|nla| match nla {
                    McastGrpAttrs::Id(id) => Some(*id),
                    _ => None,
                });
                family.group = id.context("expected an id")?;
            }
            _ => {}
        }
    }
    family.check()
}

/// A message of the family.
#[derive(Debug, Clone)]
struct Greet {
    nlas: Vec<GreetingAttr>,
}

#[derive(Debug, Clone)]
enum GreetingAttr {
    Name(String),
    Style(u32),
    Message(String),
    /// A uint of 4 or 8 bytes.
    Id(u64),
    Portid(u32),
    Other(DefaultNla),
}

impl GenlFamily for Greet {
    fn family_name() -> &'static str {
        "greet"
    }

    fn command(&self) -> u8 {
        1
    }

    fn version(&self) -> u8 {
        1
    }
}

impl Emitable for Greet {
    fn buffer_len(&self) -> usize {
        self.nlas.as_slice().buffer_len()
    }

    fn emit(&self, buffer: &mut [u8]) {
        self.nlas.as_slice().emit(buffer);
    }
}

impl ParseableParametrized<[u8], GenlHeader> for Greet {
    fn parse_with_param(buffer: &[u8], _header: GenlHeader) -> Result<Self, DecodeError> {
        let nlas = NlasIterator::new(buffer)
            .map(|nla| GreetingAttr::parse(&nla?))
            .collect::<Result<_, _>>()?;
        Ok(Self { nlas })
    }
}

impl Nla for GreetingAttr {
    fn value_len(&self) -> usize {
        match self {
            Self::Name(text) | Self::Message(text) => text.len() + 1,
            Self::Style(_) | Self::Portid(_) => 4,
            Self::Id(_) => 8,
            Self::Other(nla) => nla.value_len(),
        }
    }

    fn kind(&self) -> u16 {
        match self {
            Self::Name(_) => 1,
            Self::Style(_) => 2,
            Self::Message(_) => 4,
            Self::Id(_) => 5,
            Self::Portid(_) => 6,
            Self::Other(nla) => nla.kind(),
        }
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match self {
            Self::Name(text) | Self::Message(text) => {
                buffer[..text.len()].copy_from_slice(text.as_bytes());
                buffer[text.len()] = 0;
            }
            Self::Style(value) | Self::Portid(value) => {
                buffer.copy_from_slice(&value.to_ne_bytes());
            }
            Self::Id(value) => buffer.copy_from_slice(&value.to_ne_bytes()),
            Self::Other(nla) => nla.emit_value(buffer),
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Parseable<NlaBuffer<&'a T>> for GreetingAttr {
    fn parse(nla: &NlaBuffer<&'a T>) -> Result<Self, DecodeError> {
        use netlink_packet_core::{parse_string, parse_u32, parse_u64};
        let value = nla.value();
        Ok(match nla.kind() {
            1 => Self::Name(parse_string(value)?),
            2 => Self::Style(parse_u32(value)?),
            4 => Self::Message(parse_string(value)?),
            5 if value.len() == 4 => Self::Id(parse_u32(value)?.into()),
            5 => Self::Id(parse_u64(value)?),
            6 => Self::Portid(parse_u32(value)?),
            _ => Self::Other(DefaultNla::parse(nla)?),
        })
    }
}

fn check_greeting(nlas: &[GreetingAttr]) -> Result<()> {
    let mut greeting = Greeting::default();
    for nla in nlas {
        match nla {
            GreetingAttr::Id(id) => greeting.id = *id,
            GreetingAttr::Message(message) => greeting.message = message.as_bytes(),
            GreetingAttr::Portid(portid) => greeting.portid = *portid,
            GreetingAttr::Style(style) => greeting.style = *style,
            _ => {}
        }
    }
    greeting.check()
}

fn main() -> Result<()> {
    clients::run::<Genetlink>()
}
