//! What earlier verifications came to, so that the same bytes need not be judged twice by the same rules.
//!
//! Judging is all that is spared: bytes are read and hashed again before an entry counts. Entries are small files in the
//! git directory, which no push, fetch or clone carries. Each is sealed with a secret that its user keeps elsewhere, so
//! that an entry that somebody else put there, by whatever way, is none. Whatever is wrong with an entry, or stands in
//! the way of keeping one, means that there is none.

use std::fmt;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::known::Known;
use super::policy::Policy;
use super::random;
use crate::assess::Assessed;
use crate::certificate::{log_rules_digest, rules_digest};
use crate::digest::{Digest, Hasher};
use crate::error::Result;
use crate::events;
use crate::git::{Id, Repo};
use crate::json::canonical_bytes;
use crate::package::FileFact;
use crate::source::{Listing, PackageSource};

/// The folder, in the git directory that all work trees share.
const FOLDER: &str = "batool-judged";
/// Entries lie in 256 folders by the first two digits of their names; each holds so many, and then one goes for each that
/// comes.
const MOST_IN_FOLDER: usize = 256;
/// An entry holds digests and names of claims; it is never larger.
const LARGEST: u64 = 16 << 10;
const CHUNK: usize = 64 << 10;

/// What entries are sealed with. It must not lie where others may write.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn random() -> Result<Self> {
        random().map(Self)
    }

    /// The secret of these bytes.
    pub fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-256.
    fn seal(&self, message: &[&[u8]]) -> Digest {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key may have any length");
        message.iter().for_each(|part| mac.update(part));
        Digest::from(<[u8; 32]>::from(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The entries of a repository.
#[derive(Clone)]
pub(super) struct Earlier {
    folder: PathBuf,
    secret: Secret,
}

/// Where the entry of a question stands.
pub(super) struct Place {
    name: String,
    file: PathBuf,
}

/// What an entry says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The digest of the content that was judged.
    content: String,
    known: Known,
}

impl Earlier {
    pub(super) fn of(repo: &Repo, secret: Secret) -> Self {
        Self { folder: repo.common_dir().join(FOLDER), secret }
    }

    /// Where it stands what a package comes to: its tree, and everything else that has a say in the answer.
    pub(super) fn place(&self, tree: Id, policy: &Policy) -> Place {
        let (limits, options, terms) = (policy.limits(), policy.options(), policy.terms());
        let asked = format!(
            "{tree}\n{}\n{} {}\n{} {} {:?}\n{} {}\n",
            env!("CARGO_PKG_VERSION"),
            rules_digest(),
            log_rules_digest(),
            options.profile.word(),
            options.strict,
            terms.skew_tolerance_ns,
            limits.max_package_bytes,
            limits.max_row_bytes,
        );
        let name = self.secret.seal(&[b"name\n", asked.as_bytes()]).to_string();
        let file = self.folder.join(&name[..2]).join(&name[2..]);
        Place { name, file }
    }

    /// What is known of the content behind a source; nothing if no earlier verification has judged the same.
    pub(super) fn find(&self, place: &Place, source: &mut dyn PackageSource) -> Option<Known> {
        let entry = self.read(place)?;
        let files = read(source).ok()?;
        (content(source.listing(), &files)?.token() == entry.content).then_some(entry.known)
    }

    fn read(&self, place: &Place) -> Option<Entry> {
        // Others can wait for ever, or be without end.
        fs::symlink_metadata(&place.file).ok().filter(|found| found.is_file())?;
        let mut bytes = Vec::new();
        File::open(&place.file).ok()?.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
        let (seal, said) = bytes.split_at_checked(64)?;
        (Digest::from_hex(seal)? == self.seal(place, said)).then(|| serde_json::from_slice(said).ok())?
    }

    fn seal(&self, place: &Place, said: &[u8]) -> Digest {
        self.secret.seal(&[b"entry\n", place.name.as_bytes(), said])
    }

    /// Keeps what an input came to that was judged just now.
    pub(super) fn keep(&self, place: &Place, listing: &Listing, assessed: &Assessed, known: &Known) {
        let content = match assessed {
            Assessed::Package(package) => content(listing, &package.package.files),
            Assessed::Log(log) => {
                let log = &log.log;
                content(listing, &[FileFact { path: events::NAME.into(), size: log.bytes, digest: log.raw }])
            }
        };
        let Some(content) = content else { return };
        let entry = Entry { content: content.token(), known: known.clone() };
        // Who may only read can do without.
        let _ = self.write(place, &entry);
    }

    fn write(&self, place: &Place, entry: &Entry) -> Option<()> {
        let said = canonical_bytes(entry).ok()?;
        let bytes = [self.seal(place, &said).to_string().as_bytes(), &said].concat();
        let folder = place.file.parent().filter(|_| bytes.len() as u64 <= LARGEST)?;
        // A link would lead out of the repository.
        for folder in [self.folder.as_path(), folder] {
            let _ = fs::create_dir(folder);
            fs::symlink_metadata(folder).ok().filter(|found| found.is_dir())?;
        }
        make_room(folder)?;
        // After a power cut it may be anything: it is not sealed then.
        let mut beside = tempfile::NamedTempFile::new_in(folder).ok()?;
        beside.write_all(&bytes).ok()?;
        beside.persist(&place.file).ok().map(drop)
    }
}

/// Takes away what is too much in a folder. Names are digests, so that which one goes is as good as drawn.
fn make_room(folder: &Path) -> Option<()> {
    for entry in fs::read_dir(folder).ok()?.flatten().skip(MOST_IN_FOLDER - 1) {
        fs::remove_file(entry.path()).ok()?;
    }
    Some(())
}

/// Every file of a package, read and hashed.
fn read(source: &mut dyn PackageSource) -> Result<Vec<FileFact>> {
    let listed = source.listing().files.clone();
    let mut buffer = vec![0; CHUNK];
    let mut files = Vec::with_capacity(listed.len());
    for file in listed {
        let mut hasher = Hasher::new();
        let mut bytes = source.open(&file.path)?;
        loop {
            match bytes.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => hasher.update(&buffer[..n]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(crate::error::Error::new("cannot read").because(error)),
            }
        }
        files.push(FileFact { path: file.path, size: file.size, digest: hasher.finish() });
    }
    Ok(files)
}

/// The digest of everything that judging sees of a package; nothing if not all of its files were read.
fn content(listing: &Listing, files: &[FileFact]) -> Option<Digest> {
    let is_all = listing.files.len() == files.len() && { listing.files.iter() }
        .zip(files)
        .all(|(listed, file)| (&listed.path, listed.size) == (&file.path, file.size));
    if !is_all {
        return None;
    }
    let mut hasher = Hasher::new();
    for FileFact { path, size, digest } in files {
        hasher.update(format!("{digest} {size} {path}\0").as_bytes());
    }
    for path in &listing.empty_directories {
        hasher.update(format!("empty {path}\0").as_bytes());
    }
    for fault in &listing.faults {
        hasher.update(format!("{:?} {}\0{}\0", fault.kind, fault.path, fault.text).as_bytes());
    }
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Fault, FaultKind};

    #[test]
    fn a_seal_is_the_standard_one() {
        // RFC 4231, test case 1: shorter keys end in zeros.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let seal = Secret::of(key).seal(&[b"Hi ", b"There"]).to_string();
        assert_eq!(seal, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    }

    #[test]
    fn everything_that_judging_sees_counts() {
        let listing = |faults: Vec<Fault>, empty: &[&str]| Listing {
            files: vec![crate::source::File { path: "a".into(), size: 1 }],
            empty_directories: empty.iter().map(|path| (*path).to_owned()).collect(),
            faults,
            prefix: String::new(),
        };
        let file = |bytes: &[u8]| FileFact { path: "a".into(), size: 1, digest: Digest::of(bytes) };
        let plain = listing(Vec::new(), &[]);
        let fault = |text: &str| vec![Fault::new(FaultKind::Unknown, "b", text)];
        let all = [
            content(&plain, &[file(b"x")]),
            content(&plain, &[file(b"y")]),
            content(&listing(Vec::new(), &["d"]), &[file(b"x")]),
            content(&listing(fault("odd"), &[]), &[file(b"x")]),
            content(&listing(fault("other"), &[]), &[file(b"x")]),
        ];
        let all: std::collections::HashSet<_> = all.into_iter().map(|one| one.expect("all was read")).collect();
        assert_eq!(all.len(), 5);
        assert_eq!(content(&plain, &[]), None, "a file that broke off was not judged whole");
    }

    #[test]
    fn a_folder_does_not_grow_without_end() {
        let place = tempfile::tempdir().expect("there is room");
        for n in 0..MOST_IN_FOLDER + 9 {
            make_room(place.path()).expect("it can be listed");
            fs::write(place.path().join(n.to_string()), "").expect("there is room");
        }
        assert_eq!(fs::read_dir(place.path()).expect("it is there").count(), MOST_IN_FOLDER);
    }
}
