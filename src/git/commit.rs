//! The bytes of a new commit, signed if git's configuration asks for it.

use gix::objs::WriteTo as _;

use super::id::{Id, Kind};
use super::identity::{Identity, Person};
use super::pack::PackWriter;
use super::repo::Repo;
use crate::error::{Doing, Error, Result};

/// A commit to be written.
#[derive(Debug, Clone)]
pub struct NewCommit<'a> {
    /// The directory it records.
    pub tree: Id,
    /// What it follows; none for the first.
    pub parents: &'a [Id],
    /// Everything below the headers, trailers included; ends with a newline.
    pub message: &'a str,
    /// Who makes it, and when.
    pub who: &'a Identity,
}

impl NewCommit<'_> {
    /// The bytes of the commit object.
    ///
    /// # Errors
    /// When `commit.gpgsign` asks for a signature and none can be made, or the message holds a zero byte.
    pub fn bytes(&self, repo: &Repo) -> Result<Vec<u8>> {
        if self.message.contains('\0') {
            return Err(Error::new("cannot make a commit").because("its message holds a zero byte"));
        }
        let signature = |person: &Person| -> Result<gix::actor::Signature> {
            let time =
                gix::date::parse(&person.time, None).doing(|| format!("cannot read the date {}", person.time))?;
            Ok(gix::actor::Signature { name: person.name.clone().into(), email: person.email.clone().into(), time })
        };
        let mut commit = gix::objs::Commit {
            tree: self.tree.0,
            parents: self.parents.iter().map(|id| id.0).collect(),
            author: signature(&self.who.author)?,
            committer: signature(&self.who.committer)?,
            encoding: None,
            message: self.message.into(),
            extra_headers: Vec::new(),
        };
        if repo.signs_commits() {
            let doing = || "cannot sign a commit".to_owned();
            let hint = "commit.gpgsign is set: see user.signingKey and gpg.format";
            let options = repo.gix.commit_signing_options().doing(doing).map_err(|error| error.hint(hint))?;
            commit = commit.sign(options).doing(doing).map_err(|error| error.hint(hint))?;
        }
        let mut bytes = Vec::new();
        commit.write_to(&mut bytes).doing(|| "cannot make a commit".into())?;
        Ok(bytes)
    }

    /// Writes the commit into a pack.
    ///
    /// # Errors
    /// As [`NewCommit::bytes`], and when the disk refuses.
    pub fn write(&self, repo: &Repo, pack: &mut PackWriter<'_>) -> Result<Id> {
        pack.add(Kind::Commit, &self.bytes(repo)?)
    }
}
