// SPDX-License-Identifier: MIT OR Apache-2.0

//! The families whose tables, or parts of them, are written by hand in C. Their C files are compiled
//! from the kernel's sources into a module, where only the tables are used.

use anyhow::{Context, Result};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A family in C.
pub(crate) struct InC {
    /// The name of its spec.
    pub(crate) spec: &'static str,
    /// The variable of the family.
    variable: &'static str,
    /// The C files, of which the first one has the variable. A directory stands for its files that
    /// define policies.
    files: &'static [&'static str],
    /// Kernel options on which the headers of these files depend.
    options: &'static [&'static str],
    /// Parts of the C source that the spec lacks.
    pub(crate) supplement: &'static str,
}

const OVS: &[&str] = &["net/openvswitch/datapath.c"];

pub(crate) const ALL: [InC; 13] = [
    InC {
        spec: "devlink",
        variable: "devlink_nl_family",
        files: &["net/devlink/netlink.c", "net/devlink/netlink_gen.c"],
        options: &[],
        supplement: "mcast-groups: {list: [{name: config}]}",
    },
    InC {
        spec: "ethtool",
        variable: "ethtool_genl_family",
        files: &["net/ethtool/netlink.c", "net/ethtool"],
        options: &[],
        supplement: "kernel-family: {resv-start-op: 35}",
    },
    InC {
        spec: "fou",
        variable: "fou_nl_family",
        files: &["net/ipv4/fou_core.c", "net/ipv4/fou_nl.c"],
        options: &[],
        supplement: concat!(
            include_str!("../../families/fou/fou.supplement.yaml"),
            "kernel-family: {serial: true}\n",
        ),
    },
    InC {
        spec: "mptcp_pm",
        variable: "mptcp_genl_family",
        files: &[
            "net/mptcp/pm_netlink.c",
            "net/mptcp/mptcp_pm_gen.c",
            "net/mptcp/pm_kernel.c",
            "net/mptcp/pm_userspace.c",
        ],
        options: &["CONFIG_MPTCP", "CONFIG_SKB_EXTENSIONS"],
        supplement: concat!(
            include_str!("../../families/mptcp_pm/mptcp_pm.supplement.yaml"),
            "kernel-family: {serial: true}\n",
        ),
    },
    InC {
        spec: "nl80211",
        variable: "nl80211_fam",
        files: &["net/wireless/nl80211.c"],
        options: &["CONFIG_CFG80211", "CONFIG_NL80211_TESTMODE"],
        supplement: "kernel-family: {resv-start-op: 153}",
    },
    InC {
        spec: "nlctrl",
        variable: "genl_ctrl",
        files: &["net/netlink/genetlink.c"],
        options: &[],
        supplement: "kernel-family: {resv-start-op: 11, serial: true}\nmcast-groups: {list: [{name: notify}]}",
    },
    InC {
        spec: "ovs_datapath",
        variable: "dp_datapath_genl_family",
        files: OVS,
        options: &[],
        supplement: "kernel-family: {resv-start-op: 5}",
    },
    InC {
        spec: "ovs_flow",
        variable: "dp_flow_genl_family",
        files: OVS,
        options: &[],
        supplement: "kernel-family: {resv-start-op: 5}",
    },
    InC {
        spec: "ovs_packet",
        variable: "dp_packet_genl_family",
        files: OVS,
        options: &[],
        supplement: "kernel-family: {resv-start-op: 4}",
    },
    InC {
        spec: "ovs_vport",
        variable: "dp_vport_genl_family",
        files: OVS,
        options: &[],
        supplement: "kernel-family: {resv-start-op: 5}",
    },
    InC {
        spec: "tcp_metrics",
        variable: "tcp_metrics_nl_family",
        files: &["net/ipv4/tcp_metrics.c"],
        options: &[],
        supplement: "",
    },
    InC {
        spec: "team",
        variable: "team_nl_family",
        files: &["drivers/net/team/team_core.c", "drivers/net/team/team_nl.c"],
        options: &[],
        supplement: "kernel-family: {serial: true}\nmcast-groups: {list: [{name: change_event}]}",
    },
    InC {
        spec: "wireguard",
        variable: "genl_family",
        files: &[
            "drivers/net/wireguard/netlink.c",
            "drivers/net/wireguard/generated/netlink.c",
        ],
        options: &[],
        supplement: "kernel-family: {serial: true}",
    },
];

impl InC {
    /// Writes a C file for each of the kernel's, with the options, without exported symbols and
    /// initialization as a module. Returns the names of the objects.
    pub(crate) fn write(&self, tree: &Path, directory: &Path) -> Result<Vec<String>> {
        let mut objects = Vec::new();
        for (index, file) in self.files(tree)?.iter().enumerate() {
            let mut text = String::from(
                "#undef MODULE\n#define KBUILD_MODFILE \"oracle\"\n#define __DISABLE_EXPORTS\n",
            );
            for option in self.options {
                writeln!(text, "#define {option} 1")?;
            }
            writeln!(text, "#include \"{}\"", tree.join(file).display())?;
            if index == 0 {
                writeln!(
                    text,
                    "struct genl_family *oracle_theirs(void);\n\
                     struct genl_family *oracle_theirs(void)\n{{\n\treturn &{};\n}}",
                    self.variable
                )?;
            }
            let name = format!("source_{index}");
            fs::write(directory.join(&name).with_extension("c"), text)?;
            objects.push(format!("{name}.o"));
        }
        Ok(objects)
    }

    fn files(&self, tree: &Path) -> Result<Vec<String>> {
        let mut files = Vec::new();
        for &file in self.files {
            let path = tree.join(file);
            if path.is_file() {
                files.push(file.to_owned());
                continue;
            }
            let mut found = Vec::new();
            for entry in fs::read_dir(&path).with_context(|| path.display().to_string())? {
                let name = format!("{file}/{}", entry?.file_name().to_string_lossy());
                let is_source = name.ends_with(".c") && !files.contains(&name);
                if is_source && fs::read_to_string(tree.join(&name))?.contains("_policy[") {
                    found.push(name);
                }
            }
            found.sort();
            files.extend(found);
        }
        Ok(files)
    }
}
