// SPDX-License-Identifier: MIT OR Apache-2.0

//! Bindgen, which generates the kernel's Rust bindings: the host's, Debian's, or one that cargo builds.

use super::apt::Apt;
use super::cargo_install;
use super::version::Version;
use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::progress;
use crate::tool::{self, Run};
use anyhow::{Result, ensure};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// The oldest bindgen that the kernel supports.
const OLDEST: Version = Version(0, 71, 1);

/// Runs Debian's bindgen with its own C library, which may be newer than the host's.
const WRAPPER: &str = r#"#!/bin/sh
root=$(dirname "$0")
lib=$(echo "$root"/usr/lib/*-linux-gnu*)
exec "$lib"/ld-linux*.so.* --library-path "$lib" "$root/usr/bin/bindgen" "$@"
"#;

#[derive(Debug)]
pub(super) struct Bindgen {
    pub(super) program: PathBuf,
    pub(super) version: String,
}

/// Returns the installed bindgen if it is new enough. Otherwise downloads Debian's, which takes two
/// minutes less than building one.
pub(super) fn get(paths: &Paths, lock: &Lock) -> Result<Bindgen> {
    let of_host = tool::find("bindgen").map(Bindgen::of);
    if let Some(Ok(bindgen)) = of_host {
        return Ok(bindgen);
    }
    if !cargo_install::has_bindgen(paths) {
        match of_debian(paths, lock) {
            Ok(bindgen) => return Ok(bindgen),
            Err(error) => progress::say(&format!("  {error:#}; building bindgen with cargo")),
        }
    }
    let (program, version) = cargo_install::bindgen(paths, lock)?;
    Ok(Bindgen {
        program,
        version: version.to_owned(),
    })
}

/// Downloads Debian's newest bindgen unless the cache has one.
fn of_debian(paths: &Paths, lock: &Lock) -> Result<Bindgen> {
    let stage = Stage::new(
        paths.cache.join("bindgen-debian"),
        format!("Debian's newest\n{WRAPPER}"),
    );
    let program = stage.dir.join("bindgen");
    stage.build(lock, "Downloading bindgen, 4 MB", "2 s", || {
        let apt = Apt::open(paths)?;
        apt.unpack("bindgen", &stage.dir)?;
        apt.unpack("libc6", &stage.dir)?;
        fs::write(&program, WRAPPER)?;
        fs::set_permissions(&program, Permissions::from_mode(0o755))?;
        // Only now it loads libclang, which is the host's.
        let header = stage.dir.join("empty.h");
        fs::write(&header, "")?;
        tool::command(&program).arg(header).read().map(drop)
    })?;
    Bindgen::of(program)
}

impl Bindgen {
    fn of(program: PathBuf) -> Result<Self> {
        let version = tool::command(&program).arg("--version").read()?;
        ensure!(
            Version::find_in(&version) >= Some(OLDEST),
            "{} is too old: {version}",
            program.display()
        );
        Ok(Self { program, version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_bindgen_than_the_kernel_needs_is_an_error() {
        let dir = tempfile::tempdir().expect("a directory");
        for (version, is_new_enough) in [("0.71.0", false), ("0.71.1", true), ("none", false)] {
            let program = dir.path().join(version);
            fs::write(&program, format!("#!/bin/sh\necho bindgen {version}\n")).expect("written");
            fs::set_permissions(&program, Permissions::from_mode(0o755)).expect("executable");
            assert_eq!(Bindgen::of(program).is_ok(), is_new_enough, "{version}");
        }
    }
}
