//! Writing an answer to a file: beside, then renamed, so that no half file is ever seen.

use std::io::Write as _;
use std::path::Path;

use batool::error::{Doing, Result};

/// Writes a file whole or not at all.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let what = || format!("cannot write {}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".batool-").tempfile_in(folder).doing(what)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).doing(what)?;
    // A temporary file is private; an answer is an ordinary file.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(mode).doing(what)?;
    file.persist(path).doing(what)?;
    Ok(())
}
