// SPDX-License-Identifier: MIT OR Apache-2.0

//! The family in Rust, by our compiler.

use std::path::Path;
use ynl_gen_rust::emit;
use ynl_gen_rust::model::{self, Family, Permission};
use ynl_gen_rust::spec::Source;

/// A part that our compiler refuses for a reason, and that is left out so that the rest can be
/// compared.
const WITHOUT_SOCK_PRIV: [&str; 1] = ["netdev"];

/// What our compiler makes of a spec.
#[derive(Clone)]
pub(crate) struct Ours {
    /// The name of the module in Rust.
    pub(crate) module: String,
    /// The output of `--kernel`.
    pub(crate) protocol: String,
    /// The output of `--skeleton`.
    pub(crate) skeleton: String,
    /// The options of the kernel on which operations depend.
    pub(crate) conditions: Vec<String>,
}

/// Compiles a spec. An error is the compiler's message.
pub(crate) fn compile(path: &Path) -> Result<Ours, String> {
    let mut family = family(path)?;
    if WITHOUT_SOCK_PRIV.contains(&family.name.as_str()) {
        family.sock_priv = None;
    }
    let origin = ynl_gen_rust::cli::origin(path);
    let refused = |error: emit::EmitError| error.to_string();
    Ok(Ours {
        module: emit::module_name(&family),
        protocol: emit::kernel(&family, &origin).map_err(refused)?,
        skeleton: emit::skeleton(&family, &origin).map_err(refused)?,
        conditions: conditions(&family),
    })
}

/// A header for C with what a spec says of who may join its groups, which the kernel's generator does
/// not tell.
pub(crate) fn groups(path: &Path) -> Result<String, String> {
    let flags = |permission| match permission {
        Permission::Anyone => "0",
        Permission::NetnsAdmin => "GENL_MCAST_CAP_NET_ADMIN",
        Permission::Admin => "GENL_MCAST_CAP_SYS_ADMIN",
    };
    let family = family(path)?;
    let groups = family.groups.iter();
    let flags: Vec<_> = groups.map(|group| flags(group.permission)).collect();
    // At least one, for C has no empty arrays.
    let flags = format!("{}, 0", flags.join(", "));
    let flags = flags.trim_start_matches(", ");
    Ok(format!(
        "/* Flags of the groups, by the spec. */\nstatic const u8 group_flags[] = {{ {flags} }};\n"
    ))
}

fn family(path: &Path) -> Result<Family, String> {
    let source = Source::read(path).map_err(|error| error.to_string())?;
    source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?))
        .map_err(|problem| source.report(problem).to_string())
}

fn conditions(family: &Family) -> Vec<String> {
    let operations = family.operations.iter();
    let options = operations.filter_map(|operation| operation.config.as_deref());
    let mut conditions: Vec<_> = options
        .map(|option| format!("CONFIG_{}", option.to_uppercase().replace('-', "_")))
        .collect();
    conditions.sort();
    conditions.dedup();
    conditions
}
