//! Changing a few paths of a large tree: only the trees on the way are read and written.

use std::collections::BTreeMap;

use gix::objs::WriteTo as _;
use gix::objs::tree::EntryMode;

use super::id::{Id, Kind, Mode};
use super::pack::PackWriter;
use super::repo::Repo;
use crate::error::{Doing, Error, Result};

/// Edits on top of an existing tree, or of nothing.
pub struct TreeEdit<'r> {
    repo: &'r Repo,
    root: Node,
}

/// A directory that was looked into.
#[derive(Default)]
struct Node {
    children: BTreeMap<Vec<u8>, Child>,
}

enum Child {
    /// As it is, or as it was put.
    Entry(Mode, Id),
    /// A directory that was looked into, and maybe changed.
    Open(Node),
}

impl<'r> TreeEdit<'r> {
    /// Begins with the entries of `base`, or with none.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub fn on(repo: &'r Repo, base: Option<Id>) -> Result<Self> {
        let root = base.map_or_else(|| Ok(Node::default()), |id| Node::read(repo, id))?;
        Ok(Self { repo, root })
    }

    /// Puts something at `path` (`/`-separated), with the directories above it; a file may replace a file.
    ///
    /// # Errors
    /// When a name is one that git or an operating system refuses, a file stands where a directory is needed, or a
    /// directory would be replaced by a file or the other way round.
    pub fn put(&mut self, path: &[u8], mode: Mode, id: Id) -> Result<()> {
        let cannot = || Error::new(format!("cannot put {} into a tree", String::from_utf8_lossy(path)));
        let mut names = path.split(|byte| *byte == b'/').collect::<Vec<_>>();
        for name in &names {
            acceptable(name).map_err(|cause| cannot().because(cause))?;
        }
        let last = names.pop().expect("splitting gives at least one part");
        let mut node = &mut self.root;
        for name in names {
            node = match node.open(self.repo, name, true)? {
                Some(node) => node,
                None => {
                    let text = format!("{} is no directory there", String::from_utf8_lossy(name));
                    return Err(cannot().because(text));
                }
            };
        }
        let was_tree =
            node.children.get(last).map(|child| !matches!(child, Child::Entry(mode, _) if *mode != Mode::Tree));
        if was_tree.is_some_and(|was_tree| was_tree != (mode == Mode::Tree)) {
            return Err(cannot().because("a file and a directory would replace each other"));
        }
        node.children.insert(last.to_vec(), Child::Entry(mode, id));
        Ok(())
    }

    /// Takes away what stands at `path`, and directories that become empty; false if nothing stood there.
    ///
    /// # Errors
    /// When a tree on the way cannot be read.
    pub fn remove(&mut self, path: &[u8]) -> Result<bool> {
        let names = path.split(|byte| *byte == b'/').collect::<Vec<_>>();
        self.root.remove(self.repo, &names)
    }

    /// Writes the trees that changed and gives the root's id.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(self, pack: &mut PackWriter<'_>) -> Result<Id> {
        self.root.write(pack)
    }
}

/// Refuses names that would mean something else to git, to Windows or to macOS.
fn acceptable(name: &[u8]) -> Result<()> {
    let strict =
        gix::validate::path::component::Options { protect_windows: true, protect_hfs: true, protect_ntfs: true };
    match gix::validate::path::component(name.into(), None, strict) {
        Ok(_) => Ok(()),
        Err(cause) => Err(cause).doing(|| format!("the name {:?} is not acceptable", String::from_utf8_lossy(name))),
    }
}

impl Node {
    fn read(repo: &Repo, id: Id) -> Result<Self> {
        let children =
            repo.read_tree(id)?.into_iter().map(|entry| (entry.name, Child::Entry(entry.mode, entry.id))).collect();
        Ok(Self { children })
    }

    /// The directory called `name`, made if it may be and is not there; none if something else stands there.
    fn open(&mut self, repo: &Repo, name: &[u8], make: bool) -> Result<Option<&mut Node>> {
        let opened = match self.children.get(name) {
            Some(Child::Open(_)) => None,
            Some(Child::Entry(Mode::Tree, id)) => Some(Node::read(repo, *id)?),
            None if make => Some(Node::default()),
            Some(Child::Entry(..)) | None => return Ok(None),
        };
        if let Some(node) = opened {
            self.children.insert(name.to_vec(), Child::Open(node));
        }
        match self.children.get_mut(name) {
            Some(Child::Open(node)) => Ok(Some(node)),
            _ => Ok(None),
        }
    }

    fn remove(&mut self, repo: &Repo, names: &[&[u8]]) -> Result<bool> {
        let Some((name, rest)) = names.split_first() else { return Ok(false) };
        if rest.is_empty() {
            return Ok(self.children.remove(*name).is_some());
        }
        let Some(node) = self.open(repo, name, false)? else { return Ok(false) };
        let removed = node.remove(repo, rest)?;
        if removed && node.children.is_empty() {
            self.children.remove(*name);
        }
        Ok(removed)
    }

    fn write(self, pack: &mut PackWriter<'_>) -> Result<Id> {
        let mut entries = Vec::with_capacity(self.children.len());
        for (name, child) in self.children {
            let (mode, id) = match child {
                Child::Entry(mode, id) => (mode, id),
                Child::Open(node) => (Mode::Tree, node.write(pack)?),
            };
            entries.push(gix::objs::tree::Entry {
                mode: EntryMode::from(mode.inner()),
                filename: name.into(),
                oid: id.0,
            });
        }
        entries.sort();
        let mut bytes = Vec::new();
        gix::objs::Tree { entries }.write_to(&mut bytes).doing(|| "cannot make a tree".into())?;
        pack.add(Kind::Tree, &bytes)
    }
}
