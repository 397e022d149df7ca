//! The form of a BagIt bag (RFC 8493): the package as payload, with the digests of all its files.
//!
//! A bag holds nothing of the day or the machine. Empty directories, of which BagIt knows nothing, are there and listed in
//! the tag file `empty-directories`.

use std::collections::BTreeMap;
use std::path::Path;

use super::beside::NewFolder;
use super::folder::FolderWriter;
use super::{Parcel, Writer as _};
use crate::archive::layout::{EMPTY_DIRECTORIES, empty_directories_text};
use crate::digest::Digest;
use crate::error::Result;

const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// Writes a bag.
pub(super) fn write(parcel: &mut Parcel<'_>, to: &Path) -> Result<()> {
    let beside = NewFolder::beside(to)?;
    let mut writer = FolderWriter::new(beside.path());
    let (mut manifest, mut files, mut octets) = (String::new(), 0_u64, 0_u64);
    writer.directory("data")?;
    let mut note = |path: &str, size, digest| {
        manifest.push_str(&line(digest, &format!("data/{path}")));
        (files, octets) = (files + 1, octets + size);
    };
    parcel.pour_package("data/", &mut writer, Some(&mut note))?;
    let info = format!(
        "Bag-Software-Agent: batool {}\nExternal-Identifier: {}\nPayload-Oxum: {octets}.{files}\n",
        env!("CARGO_PKG_VERSION"),
        parcel.name,
    );
    let mut tags: BTreeMap<String, Vec<u8>> = std::mem::take(&mut parcel.beside);
    if let Some(text) = empty_directories_text(&parcel.package.listing().empty_directories) {
        tags.insert(EMPTY_DIRECTORIES.into(), text.into_bytes());
    }
    tags.insert("bag-info.txt".into(), info.into_bytes());
    tags.insert("bagit.txt".into(), DECLARATION.into());
    tags.insert("manifest-sha256.txt".into(), manifest.into_bytes());
    let listed: String = tags.iter().map(|(name, bytes)| line(Digest::of(bytes), name)).collect();
    tags.insert("tagmanifest-sha256.txt".into(), listed.into_bytes());
    for (name, bytes) in &tags {
        writer.file(name, bytes.len() as u64, &mut bytes.as_slice())?;
    }
    beside.put(to)
}

/// A line of a manifest. Of what must be encoded, a package's names can hold only the percent sign.
fn line(digest: Digest, path: &str) -> String {
    format!("{digest}  {}\n", path.replace('%', "%25"))
}
