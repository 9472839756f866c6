// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lists the families of the running kernel, with the policies of each.

use genl::Connection;

fn main() -> genl::Result<()> {
    let mut connection = Connection::open()?;
    for family in connection.families()? {
        println!("{} {}, version {}", family.id, family.name, family.version);
        let policies = connection.policies(&family)?;
        for operation in &family.operations {
            let policy = policies.operation(operation.command).unwrap_or_default();
            println!("  command {}: {:?}", operation.command, operation.flags);
            for (number, checks) in policy.doit.map_or(&[][..], |policy| policies.get(policy)) {
                println!("    {number} {checks}");
            }
        }
    }
    Ok(())
}
