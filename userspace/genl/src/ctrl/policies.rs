// SPDX-License-Identifier: MIT OR Apache-2.0

//! The policies of a family.

use super::family::Family;
#[cfg(feature = "tokio")]
use crate::conn::asynchronous::AsyncConnection;
use crate::conn::connection::Connection;
use crate::conn::dump::Dump;
use crate::error::{Error, Result};
use crate::nlctrl::{GetpolicyReply, GetpolicyRequest};
use crate::policy::{AttributePolicy, PolicyType};
use crate::schema::{Kind, OwnedAttribute, OwnedKind, Schema};
#[cfg(feature = "tokio")]
use crate::socket::asynchronous::AsyncTransport;
use crate::socket::transport::Transport;
use crate::wire::errno::Errno;

/// The policies of a family's operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policies {
    /// The operations with a policy.
    pub operations: Vec<OperationPolicy>,
    /// All policies of operations and of nests, by their number.
    pub attributes: Vec<Vec<(u16, AttributePolicy)>>,
}

/// The policies of an operation, by their number in [`Policies::attributes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationPolicy {
    /// The command's number.
    pub command: u8,
    /// The policy of do requests.
    pub doit: Option<u32>,
    /// The policy of dump requests.
    pub dump: Option<u32>,
}

impl Policies {
    /// Joins the parts of a policy dump.
    fn of_dump(dump: Result<Dump<GetpolicyRequest<'_>>>) -> Result<Self> {
        let mut policies = Self::default();
        match dump {
            Ok(dump) => {
                for part in &dump {
                    policies.add(&part?);
                }
                Ok(policies)
            }
            Err(error) if is_none(&error) => Ok(policies),
            Err(error) => Err(error),
        }
    }

    fn add(&mut self, part: &GetpolicyReply<'_>) {
        for ([command], operation) in part.op_policy {
            self.operations.push(OperationPolicy {
                // A command number has eight bits, its field more.
                command: command as u8,
                doit: operation.r#do,
                dump: operation.dump,
            });
        }
        for ([policy, attribute], checks) in part.policy {
            let policy = usize::from(policy);
            if self.attributes.len() <= policy {
                // At most 65536, because the number of an attribute has 16 bits.
                self.attributes.resize(policy + 1, Vec::new());
            }
            let checks = AttributePolicy::new(checks);
            self.attributes[policy].push((attribute, checks));
        }
    }

    /// Returns the policy with this number: attribute numbers and their checks.
    pub fn get(&self, number: u32) -> &[(u16, AttributePolicy)] {
        usize::try_from(number)
            .ok()
            .and_then(|number| self.attributes.get(number))
            .map_or(&[], Vec::as_slice)
    }

    /// Returns the policies of a command.
    pub fn operation(&self, command: u8) -> Option<OperationPolicy> {
        self.operations
            .iter()
            .copied()
            .find(|operation| operation.command == command)
    }
}

/// Returns whether the error of a policy dump means that there are none.
fn is_none(error: &Error) -> bool {
    let ext_ack = error.ext_ack();
    ext_ack.is_some_and(|ext_ack| ext_ack.errno == Errno::ENODATA)
}

impl Schema {
    /// Creates a schema from what the kernel reports about a family. The attributes have types, and
    /// numbers as names.
    ///
    /// ```
    /// use genl::{Connection, RawRequest, Schema};
    ///
    /// let mut connection = Connection::open()?;
    /// let family = connection.family("nlctrl")?;
    /// let schema = Schema::from_policies(&family, &connection.policies(&family)?);
    /// let request = RawRequest::of(&schema, 3).attributes(|to| to.put_text(2, "nlctrl"));
    /// let reply = connection.request(&request)?;
    /// let shown = format!("{:?}", schema.show(3, reply));
    /// assert!(shown.contains("1: 16") && shown.contains("2: \"nlctrl\""), "{shown}");
    /// # Ok::<(), genl::Error>(())
    /// ```
    pub fn from_policies(family: &Family, policies: &Policies) -> Self {
        let version = u8::try_from(family.version).unwrap_or(1);
        let header_len = usize::try_from(family.header_len).unwrap_or(0);
        let mut schema = Self::new(&*family.name, version).with_header(header_len);
        for operation in &policies.operations {
            let command = operation.command;
            if let Some(policy) = operation.doit.or(operation.dump) {
                schema =
                    schema.with_operation(command, format!("command {command}"), set_name(policy));
            }
        }
        for (policy, attributes) in (0..).zip(&policies.attributes) {
            let attributes = attributes.iter().map(|(number, checks)| {
                OwnedAttribute::new(*number, number.to_string(), kind(checks))
            });
            schema = schema.with_set(set_name(policy), attributes);
        }
        schema
    }
}

fn set_name(policy: u32) -> String {
    format!("policy {policy}")
}

/// Returns the type of an attribute with these checks.
fn kind(checks: &AttributePolicy) -> OwnedKind {
    let nest = checks
        .nested
        .map(|policy| OwnedKind::Nest(set_name(policy)));
    match (checks.kind, nest) {
        (PolicyType::Nested, Some(nest)) => nest,
        (PolicyType::NestedArray, Some(nest)) => OwnedKind::Array(Box::new(nest)),
        (PolicyType::Flag, _) => Kind::Flag.into(),
        (PolicyType::String | PolicyType::NulString, _) => Kind::Text.into(),
        (PolicyType::Bitfield32, _) => Kind::Bitfield32(&[]).into(),
        (
            PolicyType::U8 | PolicyType::U16 | PolicyType::U32 | PolicyType::U64 | PolicyType::Uint,
            _,
        ) => Kind::Unsigned.into(),
        (
            PolicyType::S8 | PolicyType::S16 | PolicyType::S32 | PolicyType::S64 | PolicyType::Sint,
            _,
        ) => Kind::Signed.into(),
        _ => Kind::Binary.into(),
    }
}

impl<T: Transport> Connection<T> {
    /// Returns the policies of a family's operations.
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::dump`] does.
    pub fn policies(&mut self, family: &Family) -> Result<Policies> {
        let dump = self.dump(&GetpolicyRequest::new().family_id(family.id));
        Policies::of_dump(dump)
    }
}

#[cfg(feature = "tokio")]
impl<T: AsyncTransport> AsyncConnection<T> {
    /// Returns the policies of a family's operations.
    ///
    /// # Errors
    ///
    /// Fails as [`AsyncConnection::dump`] does.
    pub async fn policies(&self, family: &Family) -> Result<Policies> {
        let request = GetpolicyRequest::new().family_id(family.id);
        Policies::of_dump(self.dump(&request).await)
    }
}
