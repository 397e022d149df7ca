//! What one commit puts into an archive, whatever it is: files with their leaves, and for a baseline a tag.

use super::Base;
use super::layout::BaselineName;
use super::leaf::Leaf;
use crate::error::Result;
use crate::git::{Id, Repo};

/// A folder that is coming, with its files relative to it; a file that comes by itself has one of no name.
pub(super) type Folder = (String, Vec<(String, Id)>);

/// Something to be committed.
pub(super) trait Delivery {
    /// Refuses a state on which this cannot stand.
    fn settle(&self, repo: &Repo, base: &Base) -> Result<()>;

    /// What is written; the blobs are in the pack already.
    fn folders(&self) -> Vec<Folder>;

    /// What the log keeps of it, under this policy.
    fn leaves(&self, policy: &str) -> Vec<Leaf>;

    /// The commit's message.
    fn message(&self) -> String;

    /// The baseline whose tag names the commit.
    fn baseline(&self) -> Option<&BaselineName> {
        None
    }
}

/// The path of a file of a folder.
pub(super) fn inside(folder: &str, file: &str) -> String {
    if file.is_empty() { folder.to_owned() } else { format!("{folder}/{file}") }
}
