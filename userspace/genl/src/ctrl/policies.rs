// SPDX-License-Identifier: MIT OR Apache-2.0

//! The policies of a family.

use super::family::Family;
use crate::conn::connection::Connection;
use crate::conn::dump::Dump;
use crate::error::{Error, Result};
use crate::nlctrl::{GetpolicyReply, GetpolicyRequest};
use crate::policy::AttributePolicy;
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
    pub(crate) fn new(dump: &Dump<GetpolicyRequest<'_>>) -> Result<Self> {
        let mut policies = Self::default();
        for part in dump {
            policies.add(&part?);
        }
        Ok(policies)
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

    /// Returns empty policies if the error means that there are none.
    pub(crate) fn none(error: Error) -> Result<Self> {
        match error.ext_ack() {
            Some(ext_ack) if ext_ack.errno == Errno::ENODATA => Ok(Self::default()),
            _ => Err(error),
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

impl<T: Transport> Connection<T> {
    /// Returns the policies of a family's operations.
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::dump`] does.
    pub fn policies(&mut self, family: &Family) -> Result<Policies> {
        match self.dump(&GetpolicyRequest::new().family_id(family.id)) {
            Ok(dump) => Policies::new(&dump),
            Err(error) => Policies::none(error),
        }
    }
}
