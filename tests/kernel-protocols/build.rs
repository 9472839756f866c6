// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates a module from each spec.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use ynl_gen_rust::Build;

const TREE: &str = "GREET_KERNEL_SRC";

/// Specs in `Documentation/netlink/specs` of the kernel tree.
const KERNEL: [&str; 6] = [
    "ethtool",
    "netdev",
    "nl80211",
    "nlctrl",
    "tcp_metrics",
    "wireguard",
];

/// Specs in the checkout.
const OURS: [&str; 2] = ["policy/greet.yaml", "tests/families/shelf/shelf.yaml"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed={TREE}");
    println!("cargo::rustc-check-cfg=cfg(kernel_tree)");
    // At run time it may differ from compile time.
    let checkout = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let build = Build::new().serde(true);
    for spec in OURS {
        build.compile(checkout.join(spec))?;
    }
    if let Some(tree) = env::var_os(TREE) {
        println!("cargo::rustc-cfg=kernel_tree");
        let directory = PathBuf::from(tree).join("Documentation/netlink/specs");
        for name in KERNEL {
            build.compile(directory.join(name).with_extension("yaml"))?;
        }
        let supplement = "tests/families/mptcp_pm/mptcp_pm.supplement.yaml";
        let build = build.supplement(checkout.join(supplement));
        build.compile(directory.join("mptcp_pm.yaml"))?;
    }
    Ok(())
}
