// SPDX-License-Identifier: MIT OR Apache-2.0

//! A crate of generated code for user space, compiled with the packages that the workspace has.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The crate.
pub(crate) struct Crate {
    folder: PathBuf,
}

impl Crate {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(folder.join("src")).expect("it can be made");
        let new = Self { folder };
        let checkout = checkout();
        let lock = std::fs::read_to_string(checkout.join("Cargo.lock")).expect("it is there");
        new.write("Cargo.lock", &lock);
        let genl = checkout.join("userspace/genl");
        new.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                 [workspace]\n[dependencies]\n\
                 greet-genl = {{ path = {genl:?}, features = [\"serde\"] }}\n\
                 serde = {{ version = \"1\", features = [\"derive\"] }}\n\
                 serde_json = \"1\"\n"
            ),
        );
        new
    }

    /// Writes a file, from the crate's folder on.
    pub(crate) fn write(&self, path: &str, text: &str) {
        std::fs::write(self.folder.join(path), text).expect("it can be written");
    }

    /// Runs cargo on it.
    pub(crate) fn cargo(&self, command: &str) {
        let output = Command::new(env!("CARGO"))
            .args([command, "--quiet", "--offline", "--target-dir", "target"])
            .current_dir(&self.folder)
            .output()
            .expect("cargo is there");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }

    /// What `cargo("build")` built.
    #[allow(dead_code, reason = "not every test runs what it compiles")]
    pub(crate) fn program(&self) -> PathBuf {
        let name = self.folder.file_name().expect("a name");
        self.folder.join("target/debug").join(name)
    }
}

/// The top of the checkout.
pub(crate) fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
