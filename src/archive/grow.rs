//! What a delivery makes of a state: its files and its leaves on the tree that was there.

use super::delivery::{Delivery, inside};
use super::tlog::{self, Log};
use super::{Archive, Base, seal};
use crate::error::Result;
use crate::git::{Id, Mode, PackWriter, TreeEdit};

/// A state with more in it than before.
pub(super) struct Grown<'r> {
    /// Its tree, to be written.
    pub(super) tree: TreeEdit<'r>,
    pub(super) log: Log,
    /// Files of the log that change; none: it goes.
    pub(super) changes: Vec<(String, Option<Id>)>,
}

/// Puts a delivery and its leaves on a state.
pub(super) fn grow<'r>(
    archive: &'r Archive,
    base: &Base,
    delivery: &dyn Delivery,
    pack: &mut PackWriter<'_>,
) -> Result<Grown<'r>> {
    let repo = archive.repo();
    let mut tree = TreeEdit::on(repo, Some(base.tree))?;
    for (folder, files) in delivery.folders() {
        for (file, id) in files {
            tree.put(inside(&folder, &file).as_bytes(), Mode::Blob, id)?;
        }
    }
    let mut log = Log::at(repo, base)?;
    let leaves = delivery.leaves(&base.policy);
    let changes = tlog::store(seal::seal(log.append(&leaves)?, archive.signer_for(base)?), pack)?;
    for (path, id) in &changes {
        match id {
            Some(id) => tree.put(path.as_bytes(), Mode::Blob, *id)?,
            None => tree.remove(path.as_bytes()).map(drop)?,
        }
    }
    Ok(Grown { tree, log, changes })
}
