// SPDX-License-Identifier: MIT OR Apache-2.0

//! Files that are written together, or not at all.

use std::fs::{self, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes all files. On an error, which names the file, all are as they were.
pub(crate) fn write_all(files: &[(&Path, String)]) -> Result<(), (PathBuf, io::Error)> {
    let mut drafts = Vec::new();
    let mut devices = Vec::new();
    for (path, text) in files {
        match Draft::of(path, text).map_err(|error| (path.to_path_buf(), error))? {
            Some(draft) => drafts.push(draft),
            None => devices.push((*path, text)),
        }
    }
    for (path, text) in devices {
        fs::write(path, text).map_err(|error| (path.to_owned(), error))?;
    }
    publish(drafts)
}

/// The file that a path names, whether it exists or not: the same for each way to write its path.
pub(crate) fn identity(path: &Path) -> PathBuf {
    let found = path.canonicalize().ok();
    found
        .or_else(|| Some(directory(path).canonicalize().ok()?.join(path.file_name()?)))
        .unwrap_or_else(|| path.to_owned())
}

/// The directory that a file is in.
fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// A file that is written, and not yet at its place.
struct Draft {
    file: NamedTempFile,
    place: PathBuf,
}

impl Draft {
    /// Writes a file next to its place. `None` if what is there is a device or a pipe, which another
    /// file must not replace.
    fn of(path: &Path, text: &str) -> io::Result<Option<Self>> {
        // Not a link, but what it leads to.
        let place = identity(path);
        let present = fs::metadata(&place).ok();
        if present.as_ref().is_some_and(|present| !present.is_file()) {
            return Ok(None);
        }
        let mut file = tempfile::Builder::new()
            .prefix(".ynl-gen-rust-")
            // Less the umask, as for any new file.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(directory(&place))?;
        file.write_all(text.as_bytes())?;
        if let Some(present) = present {
            take_over(&file, &present)?;
        }
        Ok(Some(Self { file, place }))
    }
}

/// Gives a file the owner and the permissions of the one that it replaces.
fn take_over(file: &NamedTempFile, present: &Metadata) -> io::Result<()> {
    // Nobody but root can give files away.
    let _ = fchown(file.as_file(), Some(present.uid()), Some(present.gid()));
    file.as_file().set_permissions(present.permissions())
}

/// Moves all to their places, or none.
fn publish(drafts: Vec<Draft>) -> Result<(), (PathBuf, io::Error)> {
    let mut replaced: Vec<(PathBuf, Option<Vec<u8>>)> = Vec::new();
    for Draft { file, place } in drafts {
        let before = fs::read(&place).ok();
        if let Err(error) = file.persist(&place) {
            for (place, before) in &replaced {
                let _ = match before {
                    Some(bytes) => fs::write(place, bytes),
                    None => fs::remove_file(place),
                };
            }
            return Err((place, error.error));
        }
        replaced.push((place, before));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_moved_is_moved_back() {
        let directory = tempfile::tempdir().expect("a directory");
        let paths = ["old", "new", "third"].map(|name| directory.path().join(name));
        fs::write(&paths[0], "before").expect("it can be written");
        let drafts = paths.iter().map(|path| {
            let draft = Draft::of(path, "after").expect("it can be written");
            draft.expect("it is a file")
        });
        let drafts: Vec<_> = drafts.collect();
        fs::create_dir(&paths[2]).expect("it can be made");

        let (place, _) = publish(drafts).expect_err("a file cannot replace a directory");
        assert_eq!(place, identity(&paths[2]));
        assert_eq!(
            fs::read_to_string(&paths[0]).ok().as_deref(),
            Some("before")
        );
        assert!(!paths[1].exists());
        assert_eq!(fs::read_dir(&directory).expect("it is there").count(), 2);
    }

    #[test]
    fn permissions_and_links_stay() {
        let directory = tempfile::tempdir().expect("a directory");
        let [file, link] = ["file", "link"].map(|name| directory.path().join(name));
        fs::write(&file, "before").expect("it can be written");
        fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("they can be set");
        std::os::unix::fs::symlink("file", &link).expect("it can be made");

        write_all(&[(&link, "after".to_owned())]).expect("it can be written");
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).ok().as_deref(), Some("after"));
        let mode = fs::metadata(&file).expect("it is there").mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
