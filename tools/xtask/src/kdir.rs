// SPDX-License-Identifier: MIT OR Apache-2.0

//! Whether a kernel of the user's can have the module, before its build says so in words of its own.

use crate::setup::{OLDEST, Version};
use crate::tool;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A build directory that the module can be built in.
#[derive(Debug)]
pub(crate) struct BuildDirectory {
    pub(crate) path: PathBuf,
    /// What the kernel's `make` is told.
    pub(crate) make_args: &'static [&'static str],
}

/// Returns the kernel's build directory, or one with the metadata that it lacks, or why the kernel
/// cannot have the module. `rust_metadata` is the path of `tools/rust-metadata`.
pub(crate) fn build_directory(kdir: &Path, rust_metadata: &Path) -> Result<BuildDirectory> {
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
    let path = match kdir.join("rust/libkernel.rmeta").is_file() {
        true => {
            if let Some(built_by) = config.get("CONFIG_RUSTC_VERSION_TEXT") {
                same_rustc(built_by.trim_matches('"'))?;
            }
            kdir.to_owned()
        }
        false => with_metadata(kdir, rust_metadata)?,
    };
    let make_args: &[_] = match config.contains_key("CONFIG_CC_IS_CLANG") {
        true => &["LLVM=1"],
        false => &[],
    };
    Ok(BuildDirectory { path, make_args })
}

/// Has the metadata rebuilt, unless that was done. The script says what it does, and what is wrong.
fn with_metadata(kdir: &Path, rust_metadata: &Path) -> Result<PathBuf> {
    let mut command = tool::command(rust_metadata);
    command.arg(kdir).stderr(Stdio::inherit());
    match rustc() {
        Some(rustc) => command.env("RUSTC", rustc),
        None => command.env_remove("RUSTC"),
    };
    let output = command
        .output()
        .with_context(|| format!("cannot run {}", rust_metadata.display()))?;
    ensure!(
        output.status.success(),
        "{} has no metadata of the kernel's Rust crates, and it was not rebuilt; \
         see docs/how-to/stock-kernels.md",
        kdir.display()
    );
    Ok(String::from_utf8(output.stdout)?.trim_end().into())
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
            build_directory(&self.0, Path::new("false"))
                .expect_err("it can have no module")
                .to_string()
        }

        fn make_args(&self) -> &'static [&'static str] {
            build_directory(&self.0, Path::new("false"))
                .expect("it can have the module")
                .make_args
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
                "has no metadata of the kernel's Rust crates, and it was not rebuilt",
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
        let absent = build_directory(Path::new("/absent"), Path::new("false"));
        let absent = absent.expect_err("no folder");
        assert!(absent.to_string().contains("no build folder"), "{absent}");
    }

    #[test]
    fn a_kernel_of_clang_wants_its_tools() {
        let gcc = Folder::new("gcc", "7.3.4\n", "CONFIG_RUST=y\n", METADATA);
        assert_eq!(gcc.make_args(), [""; 0]);
        let config = "CONFIG_RUST=y\nCONFIG_CC_IS_CLANG=y\n";
        let clang = Folder::new("clang", "7.10.0-rc1\n", config, METADATA);
        assert_eq!(clang.make_args(), ["LLVM=1"]);
    }

    #[test]
    fn metadata_that_is_missing_is_rebuilt() {
        let headers = Folder::new("rebuilt", "7.3.4\n", "CONFIG_RUST=y\n", "Makefile");
        // A program that prints its argument stands in for the script.
        let found = build_directory(&headers.0, Path::new("echo")).expect("rebuilt");
        assert_eq!(found.path, headers.0);
    }

    #[test]
    fn rust_metadata_decides_and_compares() {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/rust-metadata/run");
        let output = tool::output(&mut tool::command(tests)).expect("no failure");
        assert!(output.contains("refuses_another_rustc ... ok"), "{output}");
    }
}
