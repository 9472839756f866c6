// SPDX-License-Identifier: MIT OR Apache-2.0

//! `--netns`.

use crate::error::Error;
use nix::libc::O_NONBLOCK;
use nix::sched::{CloneFlags, setns};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The directory of the named namespaces of ip-netns(8).
const NAMED: &str = "/run/netns";

/// Enters a network namespace, which is one of ip-netns(8) unless its name has a slash.
///
/// Only the calling thread enters it, and those that it starts later.
pub(crate) fn enter(name: &Path) -> Result<(), Error> {
    let path = netns_path(name);
    // Without O_NONBLOCK, a pipe without a writer would block.
    let open = OpenOptions::new()
        .read(true)
        .custom_flags(O_NONBLOCK)
        .open(&path);
    let namespace = open.map_err(|source| Error::OpenNamespace {
        path: path.clone(),
        source,
    })?;
    setns(namespace, CloneFlags::CLONE_NEWNET).map_err(|errno| Error::EnterNamespace {
        path,
        source: errno.into(),
    })
}

fn netns_path(name: &Path) -> PathBuf {
    match name.as_os_str().as_encoded_bytes().contains(&b'/') {
        true => name.to_owned(),
        false => Path::new(NAMED).join(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::errno::Errno;
    use std::process::Command;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn names_without_a_slash_are_in_run_netns() {
        for (name, path) in [
            ("blue", "/run/netns/blue"),
            ("./blue", "./blue"),
            ("/proc/1/ns/net", "/proc/1/ns/net"),
        ] {
            assert_eq!(netns_path(Path::new(name)), Path::new(path));
        }
    }

    #[test]
    fn a_pipe_is_an_error_and_does_not_block() {
        const TIMEOUT: Duration = Duration::from_secs(10);

        let pipe = std::env::temp_dir().join(format!("greetctl-pipe-{}", std::process::id()));
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let (send, result) = mpsc::channel();
        let path = pipe.clone();
        thread::spawn(move || send.send(enter(&path)));
        let result = result.recv_timeout(TIMEOUT);
        std::fs::remove_file(&pipe).unwrap();
        match result.expect("expected an error, but the open blocks") {
            // The kernel checks the file before it checks for CAP_SYS_ADMIN.
            Err(Error::EnterNamespace { source, .. }) => {
                assert_eq!(source.raw_os_error(), Some(Errno::EINVAL as i32));
            }
            other => panic!("{other:?}"),
        }
    }
}
