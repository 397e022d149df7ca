//! Floor 1: git repositories. Only this folder names gix.
//!
//! Reading never trusts an id: bytes are hashed again whenever they are read. Writing is one pack, flushed to disk, and
//! then one reference that moves from the value that was read.

mod ask;
mod bundle;
mod commit;
mod id;
mod identity;
mod index;
mod init;
mod locks;
mod merge;
mod objects;
mod pack;
mod packfile;
mod plain;
mod recent;
mod refs;
mod repo;
mod staged_tree;
mod store;
mod tag;
mod tree;
mod zlib;

pub use ask::{Sent, Talk};
pub use commit::NewCommit;
pub use id::{Id, Kind, Mode, ObjectFormat};
pub use identity::{Identity, Person};
pub use index::{IndexLock, Published, READY, Staged, StagedEntry};
pub use objects::{Commit, TreeEntry};
pub use pack::{BlobWriter, PackWriter};
pub use refs::{Head, Moved};
pub use repo::Repo;
pub use tag::{NewTag, Tag};
pub use tree::TreeEdit;
