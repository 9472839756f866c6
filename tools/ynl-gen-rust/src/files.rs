// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes several files atomically: all of them or none.

use std::fs::{self, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes all files.
///
/// # Errors
///
/// Returns the path of the file that failed. All files are then unchanged.
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

/// Returns one path for all spellings of a path, even if the file does not exist.
pub(crate) fn identity(path: &Path) -> PathBuf {
    let found = path.canonicalize().ok();
    found
        .or_else(|| Some(directory(path).canonicalize().ok()?.join(path.file_name()?)))
        .unwrap_or_else(|| path.to_owned())
}

/// Returns the directory of a file.
fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// A temporary file with its destination.
struct Draft {
    file: NamedTempFile,
    place: PathBuf,
}

impl Draft {
    /// Creates a temporary file in the directory of `path`. Returns `None` if `path` is a device or
    /// a pipe, which must not be replaced.
    fn of(path: &Path, text: &str) -> io::Result<Option<Self>> {
        // Follows a symbolic link to its target.
        let place = identity(path);
        let present = fs::metadata(&place).ok();
        if present.as_ref().is_some_and(|present| !present.is_file()) {
            return Ok(None);
        }
        let mut file = tempfile::Builder::new()
            .prefix(".ynl-gen-rust-")
            // The umask still applies, as for any new file.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(directory(&place))?;
        file.write_all(text.as_bytes())?;
        if let Some(present) = present {
            copy_metadata(&file, &present)?;
        }
        Ok(Some(Self { file, place }))
    }
}

/// Copies owner and permissions of the replaced file.
fn copy_metadata(file: &NamedTempFile, present: &Metadata) -> io::Result<()> {
    // Only root can change the owner.
    let _ = fchown(file.as_file(), Some(present.uid()), Some(present.gid()));
    file.as_file().set_permissions(present.permissions())
}

/// Moves all files to their destinations. On an error, restores the files that were replaced.
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
    fn failed_write_restores_all_files() {
        let directory = tempfile::tempdir().expect("a directory");
        let paths = ["old", "new", "third"].map(|name| directory.path().join(name));
        fs::write(&paths[0], "before").expect("the file is written");
        let drafts = paths.iter().map(|path| {
            let draft = Draft::of(path, "after").expect("a draft");
            draft.expect("a regular file")
        });
        let drafts: Vec<_> = drafts.collect();
        fs::create_dir(&paths[2]).expect("a directory");

        let (place, _) = publish(drafts).expect_err("a file cannot replace a directory");
        assert_eq!(place, identity(&paths[2]));
        assert_eq!(
            fs::read_to_string(&paths[0]).ok().as_deref(),
            Some("before")
        );
        assert!(!paths[1].exists());
        assert_eq!(fs::read_dir(&directory).expect("a directory").count(), 2);
    }

    #[test]
    fn write_keeps_permissions_and_symlinks() {
        let directory = tempfile::tempdir().expect("a directory");
        let [file, link] = ["file", "link"].map(|name| directory.path().join(name));
        fs::write(&file, "before").expect("the file is written");
        fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("the permissions are set");
        std::os::unix::fs::symlink("file", &link).expect("a link");

        write_all(&[(&link, "after".to_owned())]).expect("the file is written");
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).ok().as_deref(), Some("after"));
        let mode = fs::metadata(&file).expect("a file").mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
