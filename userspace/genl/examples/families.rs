// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lists the families of the running kernel, with the policies of each. `families monitor` prints the
//! families that are loaded and unloaded from then on.

use genl::nlctrl::{Event, FAMILY, groups};
use genl::{Connection, Notice, Subscription};

fn main() -> genl::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("monitor") => monitor(),
        _ => list(),
    }
}

fn list() -> genl::Result<()> {
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

fn monitor() -> genl::Result<()> {
    for notice in Subscription::open(&FAMILY, &[groups::NOTIFY])? {
        let Notice::Event(event) = notice? else {
            println!("events were lost");
            continue;
        };
        match event.decode::<Event<'_>>()? {
            Some(Event::Newfamily(family)) => {
                println!(
                    "loaded {}",
                    family.family_name.unwrap_or_default().escaped()
                );
            }
            Some(Event::Delfamily(family)) => {
                println!(
                    "unloaded {}",
                    family.family_name.unwrap_or_default().escaped()
                );
            }
            _ => {}
        }
    }
    Ok(())
}
