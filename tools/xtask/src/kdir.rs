// SPDX-License-Identifier: MIT OR Apache-2.0

//! Checks that a user's kernel can load the module, before its build fails with an obscure error.

use crate::setup::{OLDEST, Version};
use crate::tool::{self, Run};
use anyhow::{Context, Result, ensure};
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
    /// Arguments for the kernel's `make`.
    pub(crate) make_args: &'static [&'static str],
}

/// Returns the kernel's build directory, or one with the metadata that it lacks, or an error that
/// says why this kernel is unsupported. `rust_metadata` is the path of `tools/rust-metadata`.
pub(crate) fn build_directory(kdir: &Path, rust_metadata: &Path) -> Result<BuildDirectory> {
    let config = fs::read_to_string(kdir.join("include/config/auto.conf")).with_context(|| {
        format!(
            "{} is not the build directory of a kernel: include/config/auto.conf is missing",
            kdir.display()
        )
    })?;
    let config: BTreeMap<_, _> = config.lines().filter_map(|l| l.split_once('=')).collect();
    let release = fs::read_to_string(kdir.join("include/config/kernel.release"))
        .with_context(|| format!("{} has no release", kdir.display()))?;
    let release = release.trim();
    ensure!(
        Version::parse(release) >= Some(OLDEST),
        "the kernel is {release}, but the module needs 7.3 or newer; see docs/reference/kernels.md"
    );
    ensure!(
        config.contains_key("CONFIG_RUST"),
        "the kernel {release} was built without CONFIG_RUST; see docs/how-to/install.md"
    );
    let path = match kdir.join("rust/libkernel.rmeta").is_file() {
        true => {
            if let Some(kernels) = config.get("CONFIG_RUSTC_VERSION_TEXT") {
                check_rustc(kernels.trim_matches('"'))?;
            }
            kdir.to_owned()
        }
        false => rebuild_metadata(kdir, rust_metadata)?,
    };
    let make_args: &[_] = match config.contains_key("CONFIG_CC_IS_CLANG") {
        true => &["LLVM=1"],
        false => &[],
    };
    Ok(BuildDirectory { path, make_args })
}

/// Rebuilds the metadata unless it is up to date, and returns its directory. The script reports what
/// it does.
fn rebuild_metadata(kdir: &Path, rust_metadata: &Path) -> Result<PathBuf> {
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

/// Returns the compiler that `make modules RUSTC=` names.
pub(crate) fn rustc() -> Option<OsString> {
    env::var_os("KERNEL_RUSTC").filter(|rustc| !rustc.is_empty())
}

/// Fails unless rustc is the version that built the kernel; only this version reads its metadata.
fn check_rustc(kernels: &str) -> Result<()> {
    let rustc = rustc().unwrap_or_else(|| "rustc".into());
    let version = tool::command(&rustc).arg("--version").read()?;
    let version = version.trim();
    ensure!(
        version == kernels,
        "the kernel was built by {kernels}, but {} is {version}; name the same version with RUSTC=",
        rustc.to_string_lossy()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = "rust/libkernel.rmeta";

    fn check(release: &str, config: &str, metadata: &str) -> Result<BuildDirectory> {
        let kdir = tempfile::tempdir()?;
        for (file, text) in [
            ("include/config/kernel.release", release),
            ("include/config/auto.conf", config),
            (metadata, ""),
        ] {
            let path = kdir.path().join(file);
            fs::create_dir_all(path.parent().expect("a directory"))?;
            fs::write(path, text)?;
        }
        build_directory(kdir.path(), Path::new("false"))
    }

    #[test]
    fn an_unsupported_kernel_is_an_error() {
        let rustc = "CONFIG_RUST=y\nCONFIG_RUSTC_VERSION_TEXT=\"rustc 1.0.0\"\n";
        for (release, config, metadata, expected) in [
            ("7.2.13\n", "CONFIG_RUST=y\n", METADATA, "is 7.2.13, but"),
            ("7.3.4\n", "CONFIG_NET=y\n", METADATA, "without CONFIG_RUST"),
            ("7.3.4\n", "CONFIG_RUST=y\n", "x", "and it was not rebuilt"),
            ("7.3.4\n", rustc, METADATA, "by rustc 1.0.0, but rustc is"),
        ] {
            let error = check(release, config, metadata).expect_err("unsupported");
            assert!(error.to_string().contains(expected), "{error}");
        }
        let error = build_directory(Path::new("/absent"), Path::new("false"));
        let error = error.expect_err("no directory").to_string();
        assert!(error.contains("not the build directory"), "{error}");
    }

    #[test]
    fn a_kernel_built_by_clang_needs_llvm() {
        let gcc = check("7.3.4\n", "CONFIG_RUST=y\n", METADATA);
        assert_eq!(gcc.expect("supported").make_args, [""; 0]);
        let config = "CONFIG_RUST=y\nCONFIG_CC_IS_CLANG=y\n";
        let clang = check("7.10.0-rc1\n", config, METADATA);
        assert_eq!(clang.expect("supported").make_args, ["LLVM=1"]);
    }

    #[test]
    fn missing_metadata_is_rebuilt() {
        // A program that prints its argument stands in for the script.
        let path = rebuild_metadata(Path::new("/kernel"), Path::new("echo"));
        assert_eq!(path.expect("rebuilt"), Path::new("/kernel"));
    }

    #[test]
    fn rust_metadata_passes_its_tests() {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/rust-metadata/run");
        let output = tool::command(tests).read().expect("no failure");
        assert!(output.contains("refuses_another_rustc ... ok"), "{output}");
    }
}
