//! Annotated tags: reading one, and the bytes of a new one, signed if git's configuration asks for it.

use gix::objs::WriteTo as _;

use super::id::{Id, Kind};
use super::identity::Person;
use super::pack::PackWriter;
use super::repo::Repo;
use crate::error::{Doing, Error, Result};

/// Tags are small; more is no tag that people made.
const LARGEST_TAG: u64 = 1 << 20;

/// An annotated tag as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// What it names.
    pub target: Id,
    /// Of which kind that is.
    pub target_kind: Kind,
    /// The name that it was made under.
    pub name: Vec<u8>,
    /// True if it carries a signature, valid or not.
    pub is_signed: bool,
}

/// A tag of a commit, to be written.
#[derive(Debug, Clone)]
pub struct NewTag<'a> {
    /// The commit.
    pub commit: Id,
    /// The name, without `refs/tags/`.
    pub name: &'a str,
    /// What it says; ends with a newline.
    pub message: &'a str,
    /// Who makes it, and when.
    pub who: &'a Person,
}

impl Repo {
    /// An annotated tag's parts; nothing if the object is of another kind.
    ///
    /// # Errors
    /// When the object is absent or damaged.
    pub fn read_tag(&self, id: Id) -> Result<Option<Tag>> {
        if self.kind_and_size(id)?.0 != Kind::Tag {
            return Ok(None);
        }
        let bytes = self.read_whole(id, Kind::Tag, LARGEST_TAG)?;
        let tag = gix::objs::TagRef::from_bytes(&bytes, id.0.kind()).doing(|| format!("cannot read tag {id}"))?;
        Ok(Some(Tag {
            target: Id(tag.target()),
            target_kind: Kind::of(tag.target_kind),
            name: tag.name.to_vec(),
            is_signed: tag.signature.is_some(),
        }))
    }

    /// True if `tag.gpgsign` asks for signed tags.
    pub fn signs_tags(&self) -> bool {
        self.config_bool("tag.gpgsign").unwrap_or(false)
    }
}

impl NewTag<'_> {
    /// Writes the tag into a pack.
    ///
    /// # Errors
    /// When `tag.gpgsign` asks for a signature and none can be made, and when the disk refuses.
    pub fn write(&self, repo: &Repo, pack: &mut PackWriter<'_>) -> Result<Id> {
        if self.message.contains('\0') {
            return Err(Error::new("cannot make a tag").because("its message holds a zero byte"));
        }
        let time =
            gix::date::parse(&self.who.time, None).doing(|| format!("cannot read the date {}", self.who.time))?;
        let (name, email) = (self.who.name.clone().into(), self.who.email.clone().into());
        let mut tag = gix::objs::Tag {
            target: self.commit.0,
            target_kind: gix::objs::Kind::Commit,
            name: self.name.into(),
            tagger: Some(gix::actor::Signature { name, email, time }),
            message: self.message.into(),
            signature: None,
        };
        if repo.signs_tags() {
            let doing = || "cannot sign a tag".to_owned();
            let hint = "tag.gpgsign is set: see user.signingKey and gpg.format";
            let options = repo.gix.commit_signing_options().doing(doing).map_err(|error| error.hint(hint))?;
            tag = tag.sign(options).doing(doing).map_err(|error| error.hint(hint))?;
        }
        let mut bytes = Vec::new();
        tag.write_to(&mut bytes).doing(|| "cannot make a tag".into())?;
        pack.add(Kind::Tag, &bytes)
    }
}
