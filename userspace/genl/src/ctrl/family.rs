// SPDX-License-Identifier: MIT OR Apache-2.0

//! Families.

#[cfg(feature = "tokio")]
use crate::conn::asynchronous::AsyncConnection;
use crate::conn::connection::Connection;
use crate::conn::dump::Dump;
use crate::conn::families::family_id;
use crate::error::{Error, Result};
use crate::nlctrl::{
    self, GetfamilyDumpRequest, GetfamilyReply, McastGroupAttrs, OpAttrs, OpFlags,
};
#[cfg(feature = "tokio")]
use crate::socket::asynchronous::AsyncTransport;
use crate::socket::transport::Transport;
use crate::wire::attr::Text;

/// A family of the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Family {
    /// Its id, the type of its messages. It may change each time that the family is registered.
    pub id: u16,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// Bytes of the fixed header before the attributes.
    pub header_len: u32,
    /// The maximum attribute number of the family's policy; 0 if each operation has its own policy.
    pub max_attr: u32,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// Its multicast groups.
    pub groups: Vec<Group>,
}

impl Family {
    /// Creates a family from a reply of nlctrl.
    fn new(reply: &GetfamilyReply<'_>) -> Result<Self> {
        let operations = reply.ops.unwrap_or_default();
        let groups = reply.mcast_groups.unwrap_or_default();
        Ok(Self {
            id: family_id(reply).map_err(Error::decode(nlctrl::GETFAMILY.name))?,
            name: owned(reply.family_name),
            version: reply.version.unwrap_or_default(),
            header_len: reply.hdrsize.unwrap_or_default(),
            max_attr: reply.maxattr.unwrap_or_default(),
            operations: operations.iter().map(Operation::new).collect(),
            groups: groups.iter().map(Group::new).collect(),
        })
    }

    fn all(dump: &Dump<GetfamilyDumpRequest>) -> Result<Vec<Self>> {
        dump.iter().map(|reply| Self::new(&reply?)).collect()
    }
}

fn owned(text: Option<Text<'_>>) -> String {
    text.unwrap_or_default().to_string_lossy().into()
}

/// An operation of a family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The command's number.
    pub command: u8,
    /// The supported requests, and the required capability.
    pub flags: OpFlags,
}

impl Operation {
    fn new(attrs: OpAttrs<'_>) -> Self {
        Self {
            // A command number has eight bits, its field more.
            command: attrs.id.unwrap_or_default() as u8,
            flags: attrs.flags.unwrap_or_default(),
        }
    }

    /// Returns whether it requires `CAP_NET_ADMIN` in the initial user namespace.
    pub fn is_for_admin(self) -> bool {
        self.flags.contains(OpFlags::ADMIN_PERM)
    }

    /// Returns whether it has a do request.
    pub fn has_do(self) -> bool {
        self.flags.contains(OpFlags::CMD_CAP_DO)
    }

    /// Returns whether it has a dump request.
    pub fn has_dump(self) -> bool {
        self.flags.contains(OpFlags::CMD_CAP_DUMP)
    }

    /// Returns whether it has a policy.
    pub fn has_policy(self) -> bool {
        self.flags.contains(OpFlags::CMD_CAP_HASPOL)
    }

    /// Returns whether it requires `CAP_NET_ADMIN` in the user namespace that owns the network
    /// namespace.
    pub fn is_for_netns_admin(self) -> bool {
        self.flags.contains(OpFlags::UNS_ADMIN_PERM)
    }
}

/// A multicast group of a family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its number, which a socket joins.
    pub id: u32,
}

impl Group {
    fn new(attrs: McastGroupAttrs<'_>) -> Self {
        Self {
            name: owned(attrs.name),
            id: attrs.id.unwrap_or_default(),
        }
    }
}

impl<T: Transport> Connection<T> {
    /// Returns a family's id, operations and multicast groups.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::NoFamily`] if the family does not exist, and otherwise as
    /// [`Connection::request`] does.
    pub fn family(&mut self, name: &str) -> Result<Family> {
        Family::new(&self.get_family(name)?)
    }

    /// Returns all families.
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::dump`] does.
    pub fn families(&mut self) -> Result<Vec<Family>> {
        Family::all(&self.dump(&GetfamilyDumpRequest)?)
    }
}

#[cfg(feature = "tokio")]
impl<T: AsyncTransport> AsyncConnection<T> {
    /// Returns a family's id, operations and multicast groups.
    ///
    /// ```
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    /// # runtime.block_on(async {
    /// let connection = genl::AsyncConnection::open()?;
    /// let nlctrl = connection.family("nlctrl").await?;
    /// assert_eq!(nlctrl.id, 16);
    /// assert!(connection.families().await?.contains(&nlctrl));
    /// println!("{:?}", connection.policies(&nlctrl).await?);
    /// # Ok::<(), genl::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// Fails with [`Error::NoFamily`] if the family does not exist, and otherwise as
    /// [`AsyncConnection::request`] does.
    pub async fn family(&self, name: &str) -> Result<Family> {
        Family::new(&self.get_family(name).await?.get()?)
    }

    /// Returns all families.
    ///
    /// # Errors
    ///
    /// Fails as [`AsyncConnection::dump`] does.
    pub async fn families(&self) -> Result<Vec<Family>> {
        Family::all(&self.dump(&GetfamilyDumpRequest).await?)
    }
}
