//! A package with other things around it: a BagIt bag, or an export that has its certificate beside it.
//!
//! Both state digests of the package's files. They are checked while the files are read: what differs is broken on the
//! way, as a zip is whose sums are wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use serde_json::Value;

use super::reader::broken;
use super::{Fault, FaultKind, File, Listing, PackageSource};
use crate::digest::{Digest, Hasher};
use crate::error::{Doing as _, Error, Result};
use crate::path::parse_empty_directories;
use crate::tlog::InclusionProof;

/// Largest file beside a package that is read.
const MAX_BESIDE: u64 = 256 << 20;

/// A package, and the name that what lay around it gave it.
pub struct Unwrapped<'s> {
    /// The package.
    pub source: Box<dyn PackageSource + 's>,
    /// The name of its run, if one was stated.
    pub name: Option<String>,
}

/// Takes a package out of a bag or an export; any other source stays as it is.
///
/// # Errors
/// When what lies around the package cannot be read or says nothing about it.
pub fn unwrap<'s>(mut source: Box<dyn PackageSource + 's>) -> Result<Unwrapped<'s>> {
    let is_package = !source.listing().faults.iter().any(|fault| fault.kind == FaultKind::Unknown);
    let Some(around) = (!is_package).then(|| Around::find(source.listing())).flatten() else {
        return Ok(Unwrapped { source, name: None });
    };
    let doing =
        |error: Error| Error::new(format!("cannot take the package out of {}", source_name(&around))).because(error);
    let stated = around.stated(&mut *source).map_err(doing)?;
    let name = around.name(&mut *source);
    let listing = around.listing(&mut *source, &stated)?;
    Ok(Unwrapped { source: Box::new(Enclosed { inner: source, below: around.below, listing, stated }), name })
}

fn source_name(around: &Around) -> &'static str {
    match around.kind {
        Kind::Bag => "the bag",
        Kind::Export => "the export",
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `bagit.txt` and `data/`.
    Bag,
    /// `certificate.json` and `package/`.
    Export,
}

/// What lies around a package.
struct Around {
    kind: Kind,
    /// The folder of all of it, with its `/`; empty for the root.
    root: String,
    /// The folder of the package, with its `/`.
    below: String,
}

impl Around {
    fn find(listing: &Listing) -> Option<Self> {
        let has = |path: &str| listing.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok();
        let first = listing.files.first()?.path.split_once('/').map(|(folder, _)| format!("{folder}/"));
        let roots =
            [Some(String::new()), first.filter(|root| listing.files.iter().all(|file| file.path.starts_with(root)))];
        for root in roots.into_iter().flatten() {
            for (kind, mark, folder) in
                [(Kind::Bag, "bagit.txt", "data/"), (Kind::Export, "certificate.json", "package/")]
            {
                let below = format!("{root}{folder}");
                let is_package = ["manifest.json", "events.jsonl"].iter().any(|name| has(&format!("{below}{name}")));
                if has(&format!("{root}{mark}")) && is_package {
                    return Some(Self { kind, root, below });
                }
            }
        }
        None
    }

    /// The digests that are stated, by path in the package.
    fn stated(&self, source: &mut dyn PackageSource) -> Result<BTreeMap<String, Digest>> {
        match self.kind {
            Kind::Bag => {
                let text = self.read(source, "manifest-sha256.txt")?;
                let files = &source.listing().files;
                let has = |path: &str| {
                    let path = format!("{}{path}", self.root);
                    files.binary_search_by(|file| file.path.cmp(&path)).is_ok()
                };
                manifest(&text, &has)
            }
            Kind::Export => certified(&self.read(source, "certificate.json")?),
        }
    }

    /// The name of the run, as the bag or the proof beside the package has it.
    fn name(&self, source: &mut dyn PackageSource) -> Option<String> {
        match self.kind {
            Kind::Bag => {
                let text = String::from_utf8(self.read(source, "bag-info.txt").ok()?).ok()?;
                text.lines()
                    .find_map(|line| line.strip_prefix("External-Identifier:"))
                    .map(|name| name.trim().to_owned())
            }
            Kind::Export => {
                let proof = InclusionProof::parse(&self.read(source, "inclusion.tlog-proof").ok()?).ok()?;
                let leaf: Value = serde_json::from_slice(&proof.leaf).ok()?;
                leaf["name"].as_str().map(str::to_owned)
            }
        }
    }

    /// What the package holds, and what is wrong with it by what was stated.
    fn listing(&self, source: &mut dyn PackageSource, stated: &BTreeMap<String, Digest>) -> Result<Listing> {
        let outer = source.listing().clone();
        let inside = |path: &str| path.strip_prefix(self.below.as_str()).map(str::to_owned);
        let files: Vec<File> =
            outer.files.iter().filter_map(|file| Some(File { path: inside(&file.path)?, size: file.size })).collect();
        let mut empty: BTreeSet<String> = outer.empty_directories.iter().filter_map(|path| inside(path)).collect();
        let mut faults: Vec<Fault> =
            outer.faults.into_iter().filter(|fault| fault.kind != FaultKind::Unknown).collect();
        for fault in &mut faults {
            fault.path = inside(&fault.path).unwrap_or_else(|| fault.path.clone());
        }
        let there: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        for path in &there {
            if !stated.contains_key(*path) {
                faults.push(Fault::new(FaultKind::Container, *path, "no digest is stated for it"));
            }
        }
        for path in stated.keys().filter(|path| !there.contains(path.as_str())) {
            faults.push(Fault::new(
                FaultKind::Container,
                path.clone(),
                "a digest is stated for it, and it is not there",
            ));
        }
        if outer.files.iter().any(|file| file.path == format!("{}empty-directories", self.root)) {
            let text = self.read(source, "empty-directories")?;
            match parse_empty_directories(&text, &there.iter().copied().collect::<Vec<_>>()) {
                Ok(listed) => empty.extend(listed),
                Err(why) => {
                    faults.push(Fault::new(FaultKind::Container, "", format!("its list of empty directories: {why}")))
                }
            }
        }
        // An empty directory that holds another is none.
        let all = empty.clone();
        empty.retain(|path| {
            let below = format!("{path}/");
            !all.range(below.clone()..).next().is_some_and(|other| other.starts_with(&below))
        });
        faults.sort_by(|a, b| (&a.path, a.kind, &a.text).cmp(&(&b.path, b.kind, &b.text)));
        Ok(Listing { files, empty_directories: empty.into_iter().collect(), faults, prefix: String::new() })
    }

    fn read(&self, source: &mut dyn PackageSource, name: &str) -> Result<Vec<u8>> {
        let path = format!("{}{name}", self.root);
        let mut bytes = Vec::new();
        let read = source.open(&path)?.take(MAX_BESIDE + 1).read_to_end(&mut bytes);
        read.doing(|| format!("cannot read {path}"))?;
        if bytes.len() as u64 > MAX_BESIDE {
            return Err(Error::new(format!("cannot read {path}: it is larger than {MAX_BESIDE} bytes")));
        }
        Ok(bytes)
    }
}

/// The digests in a bag's manifest.
///
/// Source: RFC 8493 section 2.1.3. Some writers leave the percent sign as it is.
fn manifest(text: &[u8], has: &dyn Fn(&str) -> bool) -> Result<BTreeMap<String, Digest>> {
    let wrong = |line: &str| Error::new(format!("cannot read the line {line:?} of manifest-sha256.txt"));
    let text = std::str::from_utf8(text).doing(|| "cannot read manifest-sha256.txt".into())?;
    let mut stated = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (digest, path) = line.split_once([' ', '\t']).ok_or_else(|| wrong(line))?;
        let digest = Digest::from_hex(digest.to_ascii_lowercase().as_bytes()).ok_or_else(|| wrong(line))?;
        let path = path.trim_start();
        let path = path.strip_prefix('*').unwrap_or(path);
        let decoded = path.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
        let path = if has(path) { path } else { decoded.as_str() };
        let path = path.strip_prefix("data/").ok_or_else(|| wrong(line))?;
        if stated.insert(path.to_owned(), digest).is_some_and(|other| other != digest) {
            return Err(wrong(line).because("it stands there twice, with other digests"));
        }
    }
    Ok(stated)
}

/// The digests in a certificate: of all files of a package, or of an event log.
fn certified(certificate: &[u8]) -> Result<BTreeMap<String, Digest>> {
    let wrong = || Error::new("cannot read certificate.json").because("it names no digests of files");
    let certificate: Value = serde_json::from_slice(certificate).doing(|| "cannot read certificate.json".into())?;
    let digest = |value: &Value| value.as_str().and_then(|hex| Digest::from_hex(hex.as_bytes()));
    if let Some(log) = digest(&certificate["subject"][0]["digest"]["sha256"]) {
        return Ok([("events.jsonl".to_owned(), log)].into());
    }
    let files = certificate["predicate"]["files"].as_array().ok_or_else(wrong)?;
    let entry = |file: &Value| Some((file["path"].as_str()?.to_owned(), digest(&file["sha256"])?));
    files.iter().map(|file| entry(file).ok_or_else(wrong)).collect()
}

/// The package inside.
struct Enclosed<'s> {
    inner: Box<dyn PackageSource + 's>,
    below: String,
    listing: Listing,
    stated: BTreeMap<String, Digest>,
}

impl PackageSource for Enclosed<'_> {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>> {
        let size = self.listing.size_of(path)?;
        let inner = self.inner.open(&format!("{}{path}", self.below))?;
        Ok(match self.stated.get(path) {
            None => inner,
            Some(stated) => {
                Box::new(Stated { inner, left: size, hasher: Some(Hasher::new()), stated: *stated, path: path.into() })
            }
        })
    }
}

/// Gives the last bytes only if all of them have the digest that was stated.
struct Stated<'s> {
    inner: Box<dyn Read + 's>,
    left: u64,
    hasher: Option<Hasher>,
    stated: Digest,
    path: String,
}

impl Read for Stated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(count as u64);
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..count]);
        }
        if self.left == 0
            && let Some(found) = self.hasher.take().map(Hasher::finish)
            && found != self.stated
        {
            let text = format!("{} has the digest {found}, and {} is stated", self.path, self.stated);
            return Err(broken(FaultKind::Container, text));
        }
        Ok(count)
    }
}
