//! From what a user names to a source: a path, `REV:PATH`, `index:PATH`, or an archived run.

use std::path::Path;

use batool::error::Result;
use batool::source::{self, Limits, PackageSource};

/// Opens whatever a `<source>` argument names.
pub(crate) fn open(spec: &str, limits: Limits) -> Result<Box<dyn PackageSource>> {
    source::open_path(Path::new(spec), limits)
}
