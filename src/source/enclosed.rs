//! A package with other things around it: a BagIt bag, or an export that has its certificate beside it.
//!
//! Both state digests of the package's files. They are checked while the files are read: what differs is broken on the
//! way, as a zip is whose sums are wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use serde_json::Value;

use super::bag::Bag;
use super::reader::broken;
use super::sums::{Check, Stated};
use super::{Fault, FaultKind, File, Listing, PackageSource};
use crate::digest::Digest;
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
    let (stated, faults) = around.stated(&mut *source).map_err(doing)?;
    let name = around.name(&mut *source);
    let listing = around.listing(&mut *source, &stated, faults)?;
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

    /// The sums that are stated by path in the package, and what is wrong with them.
    fn stated(&self, source: &mut dyn PackageSource) -> Result<(BTreeMap<String, Stated>, Vec<Fault>)> {
        match self.kind {
            Kind::Bag => {
                let mut bag = Bag { source, root: &self.root };
                let (stated, mut faults) = bag.payload()?;
                faults.extend(bag.tags()?);
                Ok((stated, faults))
            }
            Kind::Export => Ok((certified(&self.read(source, "certificate.json")?)?, Vec::new())),
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
    fn listing(
        &self,
        source: &mut dyn PackageSource,
        stated: &BTreeMap<String, Stated>,
        mut faults: Vec<Fault>,
    ) -> Result<Listing> {
        let outer = source.listing().clone();
        let inside = |path: &str| path.strip_prefix(self.below.as_str()).map(str::to_owned);
        let files: Vec<File> =
            outer.files.iter().filter_map(|file| Some(File { path: inside(&file.path)?, size: file.size })).collect();
        let mut empty: BTreeSet<String> = outer.empty_directories.iter().filter_map(|path| inside(path)).collect();
        for mut fault in outer.faults.into_iter().filter(|fault| fault.kind != FaultKind::Unknown) {
            fault.path = inside(&fault.path).unwrap_or(fault.path);
            faults.push(fault);
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
        read_beside(source, &format!("{}{name}", self.root))
    }
}

/// A file beside a package.
pub(super) fn read_beside(source: &mut dyn PackageSource, path: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = source.open(path)?.take(MAX_BESIDE + 1).read_to_end(&mut bytes);
    read.doing(|| format!("cannot read {path}"))?;
    if bytes.len() as u64 > MAX_BESIDE {
        return Err(Error::new(format!("cannot read {path}: it is larger than {MAX_BESIDE} bytes")));
    }
    Ok(bytes)
}

/// The digests in a certificate: of all files of a package, or of an event log.
fn certified(certificate: &[u8]) -> Result<BTreeMap<String, Stated>> {
    let wrong = || Error::new("cannot read certificate.json").because("it names no digests of files");
    let certificate: Value = serde_json::from_slice(certificate).doing(|| "cannot read certificate.json".into())?;
    let digest = |value: &Value| value.as_str().and_then(|hex| Digest::from_hex(hex.as_bytes()));
    if let Some(log) = digest(&certificate["subject"][0]["digest"]["sha256"]) {
        return Ok([("events.jsonl".to_owned(), log.into())].into());
    }
    let files = certificate["predicate"]["files"].as_array().ok_or_else(wrong)?;
    let entry = |file: &Value| Some((file["path"].as_str()?.to_owned(), digest(&file["sha256"])?.into()));
    files.iter().map(|file| entry(file).ok_or_else(wrong)).collect()
}

/// The package inside.
struct Enclosed<'s> {
    inner: Box<dyn PackageSource + 's>,
    below: String,
    listing: Listing,
    stated: BTreeMap<String, Stated>,
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
            Some(stated) => Box::new(Checked { inner, left: size, check: Some(stated.check()), path: path.into() }),
        })
    }
}

/// Gives the last bytes only if all of them are those that were meant.
struct Checked<'s> {
    inner: Box<dyn Read + 's>,
    left: u64,
    check: Option<Check>,
    path: String,
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(count as u64);
        if let Some(check) = &mut self.check {
            check.update(&buffer[..count]);
        }
        if self.left == 0
            && let Some(why) = self.check.take().and_then(Check::end)
        {
            return Err(broken(FaultKind::Container, format!("{}: {why}", self.path)));
        }
        Ok(count)
    }
}
