//! Files that go with messages, written beside the database for whoever sits at the terminal.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::domain::Attachment;

/// Writes the file, readable by its owner alone; gives where it is. One that is there already stays.
pub(super) fn save(folder: &Path, file: &Attachment) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(&file.name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&path) {
        Ok(mut open) => open.write_all(file.content.as_bytes())?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::save;
    use crate::domain::Attachment;

    #[test]
    fn a_file_is_written_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = Attachment { name: "copy.txt".into(), content: "one".into() };
        let path = save(&folder.path().join("files"), &file).unwrap();
        save(&folder.path().join("files"), &Attachment { content: "two".into(), ..file }).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777,
            0o600
        );
    }
}
