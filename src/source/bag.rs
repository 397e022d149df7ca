//! What a BagIt bag states of its files: sums of the payload, and of the tag files beside it.
//!
//! Manifests by SHA-256 and SHA-512 count. Those by weaker sums are passed over, and alone they are not enough.
//!
//! Source: RFC 8493, sections 2.1.3, 2.2.1 and 3.

use std::collections::BTreeMap;
use std::io::Read as _;

use super::enclosed::read_beside;
use super::sums::{Algorithm, Stated};
use super::{Fault, FaultKind, PackageSource};
use crate::error::{Doing as _, Error, Result};

/// Tag files that are looked into: of these a manifest of tags must state the sum.
const LOOKED_INTO: [&str; 3] = ["bagit.txt", "bag-info.txt", "empty-directories"];
/// The folder of the payload.
const PAYLOAD: &str = "data/";

/// A bag, and where it lies in its source.
pub(super) struct Bag<'a> {
    pub(super) source: &'a mut dyn PackageSource,
    /// Its folder, with its `/`; empty for the root.
    pub(super) root: &'a str,
}

/// One manifest: sums by path in the bag.
struct Manifest {
    name: String,
    stated: BTreeMap<String, Stated>,
}

impl Bag<'_> {
    /// The sums of the payload by path in it, and what is wrong with what is stated.
    ///
    /// # Errors
    /// When no manifest is there, or one cannot be read.
    pub(super) fn payload(&mut self) -> Result<(BTreeMap<String, Stated>, Vec<Fault>)> {
        let manifests = self.manifests("manifest")?;
        if manifests.is_empty() {
            return Err(
                Error::new("cannot read manifest-sha256.txt").because("neither that nor manifest-sha512.txt is there")
            );
        }
        let mut joint: BTreeMap<String, Stated> = BTreeMap::new();
        for Manifest { name, stated } in &manifests {
            for (path, stated) in stated {
                let Some(inside) = path.strip_prefix(PAYLOAD) else {
                    return Err(Error::new(format!("cannot read {name}")).because(format!("{path:?} is no payload")));
                };
                joint.entry(inside.to_owned()).or_default().join(*stated);
            }
        }
        let mut faults = Vec::new();
        for Manifest { name, stated } in &manifests {
            for path in joint.keys().filter(|path| !stated.contains_key(&format!("{PAYLOAD}{path}"))) {
                let text = format!("no digest is stated for it in {name}");
                faults.push(Fault::new(FaultKind::Container, path.clone(), text));
            }
        }
        Ok((joint, faults))
    }

    /// What is wrong with the tag files, by the manifests of them.
    ///
    /// # Errors
    /// When a manifest or a tag file cannot be read.
    pub(super) fn tags(&mut self) -> Result<Vec<Fault>> {
        let mut faults = Vec::new();
        let mut fault = |path: &str, text: String| faults.push(Fault::new(FaultKind::Container, path, text));
        let is_manifest = |path: &str| path.starts_with("manifest-") && path.ends_with(".txt") && !path.contains('/');
        let needed: Vec<String> =
            self.paths().filter(|path| LOOKED_INTO.contains(path) || is_manifest(path)).map(str::to_owned).collect();
        let mut joint: BTreeMap<String, Stated> = BTreeMap::new();
        for Manifest { name, stated } in self.manifests("tagmanifest")? {
            for path in needed.iter().filter(|path| !stated.contains_key(*path)) {
                fault(path, format!("no digest is stated for it in {name}"));
            }
            for (path, stated) in stated {
                if path.starts_with("tagmanifest-") {
                    fault(&path, format!("{name} states a digest of it, as no manifest of tags may"));
                }
                joint.entry(path).or_default().join(stated);
            }
        }
        for (path, stated) in joint {
            if !self.has(&path) {
                fault(&path, "a digest is stated for it, and it is not there".into());
            } else if let Some(why) = self.check(&path, stated)? {
                fault(&path, why);
            }
        }
        Ok(faults)
    }

    /// Why a file is not the one that was meant, if it is not.
    fn check(&mut self, path: &str, stated: Stated) -> Result<Option<String>> {
        let doing = || format!("cannot read {path}");
        let mut check = stated.check();
        let mut bytes = self.source.open(&format!("{}{path}", self.root))?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            match bytes.read(&mut buffer).doing(doing)? {
                0 => return Ok(check.end()),
                count => check.update(&buffer[..count]),
            }
        }
    }

    /// The manifests of a sort that are there.
    fn manifests(&mut self, sort: &str) -> Result<Vec<Manifest>> {
        let mut manifests = Vec::new();
        for algorithm in Algorithm::ALL {
            let name = format!("{sort}-{}.txt", algorithm.name());
            if self.has(&name) {
                let doing = || format!("cannot read {name}");
                let text = read_beside(self.source, &format!("{}{name}", self.root))?;
                let text = String::from_utf8(text).doing(doing)?;
                let stated = self.parse(&text, algorithm).map_err(|why| Error::new(doing()).because(why))?;
                manifests.push(Manifest { name, stated });
            }
        }
        Ok(manifests)
    }

    /// The lines of a manifest; or why one is none.
    fn parse(&self, text: &str, algorithm: Algorithm) -> Result<BTreeMap<String, Stated>, String> {
        let mut all = BTreeMap::new();
        for line in text.split(['\n', '\r']).filter(|line| !line.is_empty()) {
            let parts = line.split_once([' ', '\t']).and_then(|(hex, path)| Some((algorithm.parse(hex)?, path)));
            let (stated, path) = parts.ok_or_else(|| format!("the line {line:?} is no digest with a path"))?;
            let path = path.trim_start_matches([' ', '\t']);
            let path = path.strip_prefix('*').unwrap_or(path);
            // Some writers leave the percent sign as it is.
            let decoded = path.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
            let path = if self.has(path) { path.to_owned() } else { decoded };
            if all.get(&path).is_some_and(|other| *other != stated) {
                return Err(format!("{path:?} stands there twice, with other digests"));
            }
            all.insert(path, stated);
        }
        Ok(all)
    }

    /// All files of the bag.
    fn paths(&self) -> impl Iterator<Item = &str> {
        self.source.listing().files.iter().filter_map(|file| file.path.strip_prefix(self.root))
    }

    fn has(&self, path: &str) -> bool {
        let path = format!("{}{path}", self.root);
        self.source.listing().files.binary_search_by(|file| file.path.cmp(&path)).is_ok()
    }
}
