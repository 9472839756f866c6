// SPDX-License-Identifier: MIT OR Apache-2.0

//! `--netns`.

use crate::error::Error;
use nix::sched::{CloneFlags, setns};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The directory of the namespaces that ip-netns(8) has named.
const NAMED: &str = "/run/netns";

/// Enters a network namespace, which is one of ip-netns(8) unless its name has a slash.
///
/// Only the calling thread enters it, and those that it starts later.
pub(crate) fn enter(name: &Path) -> Result<(), Error> {
    let path = path_of(name);
    let namespace = File::open(&path).map_err(|source| Error::OpenNamespace {
        path: path.clone(),
        source,
    })?;
    setns(namespace, CloneFlags::CLONE_NEWNET).map_err(|errno| Error::EnterNamespace {
        path,
        source: errno.into(),
    })
}

fn path_of(name: &Path) -> PathBuf {
    match name.as_os_str().as_encoded_bytes().contains(&b'/') {
        true => name.to_owned(),
        false => Path::new(NAMED).join(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_ip_netns() {
        for (name, path) in [
            ("blue", "/run/netns/blue"),
            ("./blue", "./blue"),
            ("/proc/1/ns/net", "/proc/1/ns/net"),
        ] {
            assert_eq!(path_of(Path::new(name)), Path::new(path));
        }
    }
}
