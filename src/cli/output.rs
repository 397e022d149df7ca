//! Writing an answer to a file: beside, then renamed, so that no half file is ever seen.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use batool::error::{Doing, Result};

/// Writes a file whole or not at all, where a link leads if it is one. What is no ordinary file (`/dev/stdout`, a pipe) is
/// never replaced by one: the bytes go into it.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let what = || format!("cannot write {}", path.display());
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return File::create(path).and_then(|mut there| there.write_all(bytes)).doing(what);
    }
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".batool-").tempfile_in(folder).doing(what)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).doing(what)?;
    // A temporary file is private; an answer is an ordinary file.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(mode).doing(what)?;
    file.persist(&target).doing(what)?;
    Ok(())
}
