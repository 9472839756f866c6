// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl family`.

use crate::error::Error;
use crate::session::Session;
use genl::nlctrl;
use genl::{AttributePolicy, Escaped, Family, Operation, OperationInfo, Policies};
use greet::protocol;
use serde::Serialize;
use std::fmt;

pub(crate) fn run(name: &str, session: &Session) -> Result<(), Error> {
    let mut connection = session.connection()?;
    let family = connection.family(name)?;
    let policies = connection.policies(&family)?;
    session.output.print(&FamilyView::new(&family, &policies))?;
    Ok(())
}

/// Returns the operations whose names this program knows.
fn operations(family: &str) -> &'static [&'static OperationInfo] {
    match family {
        name if name == protocol::FAMILY.name => &protocol::OPERATIONS,
        name if name == nlctrl::FAMILY.name => &nlctrl::OPERATIONS,
        _ => &[],
    }
}

/// A family as the kernel describes it.
#[derive(Serialize)]
struct FamilyView {
    name: String,
    id: u16,
    version: u32,
    operations: Vec<OperationView>,
    groups: Vec<GroupView>,
}

#[derive(Serialize)]
struct GroupView {
    name: String,
    id: u32,
}

#[derive(Serialize)]
struct OperationView {
    command: u8,
    name: Option<&'static str>,
    permission: &'static str,
    #[serde(rename = "do")]
    doit: Option<Vec<AttributeView>>,
    dump: Option<Vec<AttributeView>>,
}

#[derive(Serialize)]
struct AttributeView {
    number: u16,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<i128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<i128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_len: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_len: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<u64>,
    #[serde(skip)]
    policy: AttributePolicy,
}

impl FamilyView {
    fn new(family: &Family, policies: &Policies) -> Self {
        let names = operations(&family.name);
        Self {
            name: family.name.clone(),
            id: family.id,
            version: family.version,
            operations: family
                .operations
                .iter()
                .map(|operation| OperationView::new(*operation, names, policies))
                .collect(),
            groups: family
                .groups
                .iter()
                .map(|group| GroupView {
                    name: group.name.clone(),
                    id: group.id,
                })
                .collect(),
        }
    }
}

impl OperationView {
    fn new(operation: Operation, names: &[&'static OperationInfo], policies: &Policies) -> Self {
        let info = names
            .iter()
            .copied()
            .find(|info| info.command == operation.command);
        let policy = policies.operation(operation.command).unwrap_or_default();
        let attributes = |number: Option<u32>| match number {
            Some(number) => AttributeView::all(policies.get(number), info),
            None => Vec::new(),
        };
        Self {
            command: operation.command,
            name: info.map(|info| info.name),
            permission: permission(operation),
            doit: operation.has_do().then(|| attributes(policy.doit)),
            dump: operation.has_dump().then(|| attributes(policy.dump)),
        }
    }
}

fn permission(operation: Operation) -> &'static str {
    if operation.is_for_admin() {
        "CAP_NET_ADMIN"
    } else if operation.is_for_netns_admin() {
        "CAP_NET_ADMIN over the network namespace"
    } else {
        "anyone"
    }
}

impl AttributeView {
    fn all(policy: &[(u16, AttributePolicy)], info: Option<&OperationInfo>) -> Vec<Self> {
        let set = info.and_then(|info| info.attributes);
        let name = |number| match set {
            Some(set) => set.name_of(number),
            None => number.to_string(),
        };
        policy
            .iter()
            .map(|(number, policy)| Self::new(*number, name(*number), policy.clone()))
            .collect()
    }

    fn new(number: u16, name: String, policy: AttributePolicy) -> Self {
        Self {
            number,
            name,
            kind: policy.kind.word(),
            min: policy
                .min
                .map(i128::from)
                .or(policy.min_signed.map(i128::from)),
            max: policy
                .max
                .map(i128::from)
                .or(policy.max_signed.map(i128::from)),
            min_len: policy.min_len,
            max_len: policy.max_len,
            mask: policy.mask,
            policy,
        }
    }
}

impl fmt::Display for FamilyView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Escaped::new(&self.name);
        write!(f, "family {name}, id {}, version {}", self.id, self.version)?;
        for operation in &self.operations {
            write!(f, "\n\n{operation}")?;
        }
        if !self.groups.is_empty() {
            write!(f, "\n\nmulticast groups")?;
        }
        for group in &self.groups {
            write!(f, "\n  {} (id {})", Escaped::new(&group.name), group.id)?;
        }
        Ok(())
    }
}

impl fmt::Display for OperationView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            Some(name) => write!(f, "operation {name} (command {})", self.command)?,
            None => write!(f, "operation {}", self.command)?,
        }
        write!(f, ", for {}", self.permission)?;
        for (mode, attributes) in [("do", &self.doit), ("dump", &self.dump)] {
            if let Some(attributes) = attributes {
                write_mode(f, mode, attributes)?;
            }
        }
        Ok(())
    }
}

/// Prints the attributes of a do or a dump in columns.
fn write_mode(f: &mut fmt::Formatter<'_>, mode: &str, attributes: &[AttributeView]) -> fmt::Result {
    if attributes.is_empty() {
        return write!(f, "\n  {mode}, no attributes");
    }
    write!(f, "\n  {mode}")?;
    let width = attributes
        .iter()
        .map(|attr| attr.name.len())
        .max()
        .unwrap_or(0);
    for attr in attributes {
        write!(
            f,
            "\n    {:2} {:width$}  {}",
            attr.number, attr.name, attr.policy
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use genl::nlctrl::OpFlags;
    use genl::{Group, OperationPolicy, PolicyType};

    /// Creates a family with an operation whose do has a policy and whose dump has none.
    fn view(name: &str, command: u8, flags: OpFlags) -> FamilyView {
        let mut number = AttributePolicy::default();
        number.kind = PolicyType::U32;
        (number.min, number.max) = (Some(1), Some(9));
        let mut signed = AttributePolicy::default();
        signed.kind = PolicyType::S32;
        (signed.min_signed, signed.max_signed) = (Some(-1), Some(9));
        let mut policy = OperationPolicy::default();
        (policy.command, policy.doit) = (command, Some(0));
        let mut policies = Policies::default();
        policies.operations.push(policy);
        policies.attributes.push(vec![(2, number), (100, signed)]);
        let mut operation = Operation::default();
        (operation.command, operation.flags) = (command, flags);
        let mut group = Group::default();
        (group.name, group.id) = ("news".to_owned(), 5);
        let mut family = Family::default();
        (family.id, family.version) = (30, 1);
        family.name = name.to_owned();
        family.operations.push(operation);
        family.groups.push(group);
        FamilyView::new(&family, &policies)
    }

    #[test]
    fn operations_of_a_known_family_have_names() {
        let both = OpFlags::CMD_CAP_DO | OpFlags::CMD_CAP_DUMP | OpFlags::UNS_ADMIN_PERM;
        let command = protocol::GREET.command;
        let shown = view("greet", command, both).to_string();
        let expected = format!(
            "family greet, id 30, version 1\n\n\
             operation greet (command {command}), for CAP_NET_ADMIN over the network namespace\n  \
             do\n     2 style  u32 from 1 to 9\n    100 100    s32 from -1 to 9\n  \
             dump, no attributes\n\n\
             multicast groups\n  news (id 5)"
        );
        assert_eq!(shown, expected);
    }

    #[test]
    fn operations_of_another_family_have_numbers() {
        let shown = view("other", 200, OpFlags::CMD_CAP_DO | OpFlags::ADMIN_PERM).to_string();
        assert!(
            shown.contains(
                "\n\noperation 200, for CAP_NET_ADMIN\n  do\n     2 2    u32 from 1 to 9\n"
            ),
            "{shown}"
        );
        assert!(!shown.contains("dump"), "{shown}");
        let open = view("other", 200, OpFlags::CMD_CAP_DUMP).to_string();
        assert!(
            open.contains("operation 200, for anyone\n  dump, no attributes\n"),
            "{open}"
        );
        assert!(!open.contains("do\n"), "{open}");
    }

    #[test]
    fn json_has_the_limits_of_each_attribute() {
        let json = serde_json::to_value(view("other", 200, OpFlags::CMD_CAP_DO)).unwrap();
        let operation = &json["operations"][0];
        let expected = serde_json::json!([
            {"number": 2, "name": "2", "type": "u32", "min": 1, "max": 9},
            {"number": 100, "name": "100", "type": "s32", "min": -1, "max": 9},
        ]);
        assert_eq!(operation["do"], expected);
        assert!(operation["dump"].is_null() && operation["name"].is_null());
        assert_eq!(operation["permission"], "anyone");
    }
}
