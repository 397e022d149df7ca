//! Who makes a commit, and when.

use gix::bstr::ByteSlice as _;

use super::repo::Repo;
use crate::error::{Doing, Error, Result};

/// Name, e-mail and time as they stand in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name, never empty.
    pub name: Vec<u8>,
    /// The e-mail address; git allows an empty one.
    pub email: Vec<u8>,
    /// Seconds since 1970 and the offset of the time zone, as in `1700000000 +0000`.
    pub time: String,
}

impl Person {
    /// Reads `Name <mail> seconds zone`, as it stands in a commit.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let signature = gix::actor::SignatureRef::from_bytes(line).ok()?;
        let (name, email) = (signature.name.to_vec(), signature.email.to_vec());
        Some(Self { name, email, time: signature.time.trim().to_owned() })
    }

    pub(super) fn signature(&self) -> gix::actor::SignatureRef<'_> {
        gix::actor::SignatureRef { name: self.name.as_bstr(), email: self.email.as_bstr(), time: &self.time }
    }
}

/// Who makes a commit, as git resolves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who wrote the change.
    pub author: Person,
    /// Who recorded it.
    pub committer: Person,
}

/// One of the two, by the names of what may set it.
struct Role {
    word: &'static str,
    date: &'static str,
    names: &'static [&'static str],
    emails: &'static [&'static str],
}

/// `GIT_AUTHOR_NAME` and the like are keys of gix's configuration too, above what files say.
const AUTHOR: Role = Role {
    word: "author",
    date: "GIT_AUTHOR_DATE",
    names: &["author.name", "user.name", "gitoxide.author.nameFallback"],
    emails: &["author.email", "user.email", "gitoxide.user.emailFallback", "gitoxide.author.emailFallback"],
};
const COMMITTER: Role = Role {
    word: "committer",
    date: "GIT_COMMITTER_DATE",
    names: &["committer.name", "user.name", "gitoxide.committer.nameFallback"],
    emails: &["committer.email", "user.email", "gitoxide.user.emailFallback", "gitoxide.committer.emailFallback"],
};

impl Repo {
    /// Author and committer: from `GIT_AUTHOR_*` and `GIT_COMMITTER_*`, else from the configuration, now.
    ///
    /// # Errors
    /// When no name or e-mail is known, or a date in the environment cannot be read.
    pub fn identity(&self) -> Result<Identity> {
        // The local zone costs a walk over all zones there are, and so do gix's own author and committer; UTC is as good
        // a time and tells less of the place.
        let now = gix::date::Time::now_utc();
        Ok(Identity { author: self.person(&AUTHOR, now)?, committer: self.person(&COMMITTER, now)? })
    }

    fn person(&self, role: &Role, now: gix::date::Time) -> Result<Person> {
        let config = self.gix.config_snapshot();
        let first = |keys: &[&str]| keys.iter().find_map(|key| config.string(*key)).map(|value| clean(&value));
        let (Some(name), Some(email)) = (first(role.names).filter(|name| !name.is_empty()), first(role.emails)) else {
            return Err(Error::new(format!("cannot tell who the {} of a commit is", role.word))
                .hint("git config user.name NAME, and git config user.email ADDRESS"));
        };
        let time = match std::env::var(role.date) {
            Ok(text) if !text.is_empty() => {
                gix::date::parse(&text, None).doing(|| format!("cannot read {}={text} as a date", role.date))?
            }
            _ => now,
        };
        Ok(Person { name, email, time: time.to_string() })
    }
}

/// Names lose what would break a commit's lines, as with git.
fn clean(text: &[u8]) -> Vec<u8> {
    let crud = |byte: &u8| *byte <= b' ' || b".,:;<>\"\\'".contains(byte);
    let start = text.iter().position(|byte| !crud(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !crud(byte)).map_or(start, |last| last + 1);
    text[start..end].iter().copied().filter(|byte| !b"<>\n\0".contains(byte)).collect()
}
