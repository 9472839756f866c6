// SPDX-License-Identifier: MIT OR Apache-2.0

//! Whether a kernel of the user's can have the module, before its build says so in words of its own.

use crate::setup::{OLDEST, Version};
use crate::tool;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

/// What the kernel's `make` is told for such a module, or why the kernel cannot have it.
pub(crate) fn make_args(kdir: &Path) -> Result<&'static [&'static str]> {
    let config = fs::read_to_string(kdir.join("include/config/auto.conf")).with_context(|| {
        format!(
            "{} is no build folder of a kernel that was built: it has no include/config/auto.conf",
            kdir.display()
        )
    })?;
    let config = options(&config);
    let release = fs::read_to_string(kdir.join("include/config/kernel.release"))
        .with_context(|| format!("{} names no release", kdir.display()))?;
    let release = release.trim();
    ensure!(
        Version::parse(release) >= Some(OLDEST),
        "that kernel is {release}, and the module needs 7.3 or newer; see docs/reference/kernels.md"
    );
    ensure!(
        config.contains_key("CONFIG_RUST"),
        "the kernel {release} was built without CONFIG_RUST; see docs/how-to/install.md"
    );
    ensure!(
        kdir.join("rust/libkernel.rmeta").is_file(),
        "{} has no rust/libkernel.rmeta, the metadata of the kernel's Rust crates; Debian's headers \
         lack it. See docs/how-to/install.md",
        kdir.display()
    );
    if let Some(built_by) = config.get("CONFIG_RUSTC_VERSION_TEXT") {
        same_rustc(built_by.trim_matches('"'))?;
    }
    Ok(match config.contains_key("CONFIG_CC_IS_CLANG") {
        true => &["LLVM=1"],
        false => &[],
    })
}

/// The kernel's compiler, if `make` was told of one (`RUSTC=`).
pub(crate) fn rustc() -> Option<OsString> {
    env::var_os("KERNEL_RUSTC").filter(|rustc| !rustc.is_empty())
}

/// The options that are set, and their values.
fn options(config: &str) -> BTreeMap<&str, &str> {
    config
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect()
}

/// Metadata is read by the compiler that wrote it and by no other.
fn same_rustc(built_by: &str) -> Result<()> {
    let rustc = rustc().unwrap_or_else(|| "rustc".into());
    let ours = tool::output(tool::command(&rustc).arg("--version"))?;
    let ours = ours.trim();
    if ours != built_by {
        bail!(
            "the kernel was built by {built_by}, and {} is {ours}; name the same one by RUSTC=",
            rustc.to_string_lossy()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A build folder that is made for a test, and gone after it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, release: &str, config: &str, metadata: &str) -> Self {
            let name = format!("greet-kdir-{name}-{}", std::process::id());
            let folder = Self(env::temp_dir().join(name));
            let files = [
                ("include/config/kernel.release", release),
                ("include/config/auto.conf", config),
                (metadata, ""),
            ];
            for (file, text) in files {
                let path = folder.0.join(file);
                fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                fs::write(path, text).expect("a file");
            }
            folder
        }

        fn refusal(&self) -> String {
            make_args(&self.0)
                .expect_err("it can have no module")
                .to_string()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const METADATA: &str = "rust/libkernel.rmeta";

    #[test]
    fn a_kernel_that_cannot_have_the_module_is_told_so() {
        let cases = [
            ("old", "7.2.13\n", "CONFIG_RUST=y\n", METADATA, "is 7.2.13"),
            (
                "plain",
                "7.3.4\n",
                "CONFIG_NET=y\n",
                METADATA,
                "without CONFIG_RUST",
            ),
            (
                "headers",
                "7.3.4\n",
                "CONFIG_RUST=y\n",
                "Makefile",
                "no rust/libkernel.rmeta",
            ),
            (
                "rustc",
                "7.3.4\n",
                "CONFIG_RUST=y\nCONFIG_RUSTC_VERSION_TEXT=\"rustc 1.0.0\"\n",
                METADATA,
                "was built by rustc 1.0.0, and rustc is rustc 1.",
            ),
        ];
        for (name, release, config, metadata, why) in cases {
            let refusal = Folder::new(name, release, config, metadata).refusal();
            assert!(refusal.contains(why), "{name}: {refusal}");
        }
        let absent = make_args(Path::new("/absent")).expect_err("no folder");
        assert!(absent.to_string().contains("no build folder"), "{absent}");
    }

    #[test]
    fn a_kernel_of_clang_wants_its_tools() {
        let gcc = Folder::new("gcc", "7.3.4\n", "CONFIG_RUST=y\n", METADATA);
        assert_eq!(make_args(&gcc.0).expect("fits"), [""; 0]);
        let config = "CONFIG_RUST=y\nCONFIG_CC_IS_CLANG=y\n";
        let clang = Folder::new("clang", "7.10.0-rc1\n", config, METADATA);
        assert_eq!(make_args(&clang.0).expect("fits"), ["LLVM=1"]);
    }
}
