// SPDX-License-Identifier: MIT OR Apache-2.0

//! The patches of `docs/upstream`.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct Patch {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Those in the folder, in their order; its cover letter is none.
pub(crate) fn read(folder: &Path) -> Result<Vec<Patch>> {
    let mut patches = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .filter(|path: &std::io::Result<PathBuf>| path.as_ref().is_ok_and(|path| is_patch(path)))
        .map(|path| Patch::read(path?))
        .collect::<Result<Vec<_>>>()?;
    patches.sort_by(|a, b| a.name.cmp(&b.name));
    ensure!(
        !patches.is_empty(),
        "there is no patch in {}",
        folder.display()
    );
    Ok(patches)
}

fn is_patch(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".patch") && !name.starts_with("0000-")
}

impl Patch {
    fn read(path: PathBuf) -> Result<Self> {
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_stem().unwrap_or_default();
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            path,
            text,
        })
    }

    /// The files that it changes, from the top of the tree.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.text
            .lines()
            .filter_map(|line| line.strip_prefix("+++ b/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_letter_is_no_patch() {
        assert!(is_patch(Path::new("x/0001-first.patch")));
        assert!(!is_patch(Path::new("x/0000-cover-letter.patch")));
        assert!(!is_patch(Path::new("x/README.md")));
    }

    #[test]
    fn a_patch_names_its_files() {
        let patch = Patch {
            path: PathBuf::new(),
            name: String::new(),
            text: "--- a/x.rs\n+++ b/x.rs\n+y\n--- /dev/null\n+++ b/z/y.c\n".to_owned(),
        };
        assert!(patch.files().eq(["x.rs", "z/y.c"]));
    }
}
