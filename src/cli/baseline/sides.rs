//! Sources of a comparison, as they were named.

use batool::diff::Door;
use batool::error::Result;
use batool::source::{Limits, PackageSource};

use crate::cli::open::{ArchiveArgs, Spec, archive_for};

/// A source that is opened where it is read.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) archive: ArchiveArgs,
}

impl Door for Named {
    fn enter(&self, then: &mut dyn FnMut(&mut dyn PackageSource) -> Result<()>) -> Result<()> {
        let spec = Spec::parse(&self.name);
        let archive = archive_for(std::slice::from_ref(&spec), &self.archive)?;
        then(&mut *spec.open(archive.as_ref(), Limits::default())?)
    }
}

/// The door of an archived run.
pub(super) fn stored(name: &str, archive: &ArchiveArgs) -> Named {
    Named { name: format!("run:{name}"), archive: archive.clone() }
}
