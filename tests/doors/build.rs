//! Containers, well-formed and hostile, made byte by byte.

use std::io::Write as _;

/// One tar member; names go in raw, so that hostile ones can.
pub(crate) fn member(kind: u8, name: &[u8], bytes: &[u8]) -> Vec<u8> {
    header(kind, name, bytes.len() as u64).into_iter().chain(padded(bytes)).collect()
}

pub(crate) fn header(kind: u8, name: &[u8], size: u64) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.as_old_mut().linkname[..1].copy_from_slice(b"/");
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    header.as_bytes().to_vec()
}

pub(crate) fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut block = bytes.to_vec();
    block.resize(bytes.len().next_multiple_of(512), 0);
    block
}

/// A tar of these members, with a manifest before them and the end mark behind.
pub(crate) fn tar_of(members: &[Vec<u8>]) -> Vec<u8> {
    let mut all = member(b'0', b"manifest.json", b"{}");
    all.extend(members.concat());
    all.extend([0; 1024]);
    all
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// A zstd frame of stored blocks.
pub(crate) fn zstd_stored(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Uncompressed)
}

/// A pax header that says this of the next member.
pub(crate) fn pax(kind: u8, records: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = String::new();
    for (key, value) in records {
        let rest = format!(" {key}={value}\n");
        let length =
            (1..6).map(|digits| digits + rest.len()).find(|length| length.to_string().len() + rest.len() == *length);
        bytes.push_str(&format!("{}{rest}", length.expect("a short record")));
    }
    member(kind, b"pax", bytes.as_bytes())
}

/// One zip entry, with what its two headers say set apart.
#[derive(Clone)]
pub(crate) struct ZipEntry {
    pub(crate) name: Vec<u8>,
    pub(crate) local_name: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) size: u32,
    pub(crate) local_size: u32,
    pub(crate) crc: u32,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) mode: u32,
    /// Where the directory says that the entry lies, if not where it does.
    pub(crate) at: Option<u32>,
    /// Bytes behind the entry.
    pub(crate) behind: Vec<u8>,
    /// The extra field of the directory.
    pub(crate) extra: Vec<u8>,
}

impl ZipEntry {
    pub(crate) fn stored(name: &str, bytes: &[u8]) -> Self {
        let size = u32::try_from(bytes.len()).expect("a small file");
        Self {
            name: name.into(),
            local_name: name.into(),
            bytes: bytes.to_vec(),
            size,
            local_size: size,
            crc: crc32fast::hash(bytes),
            flags: 0,
            method: 0,
            mode: 0o100_644,
            at: None,
            behind: Vec::new(),
            extra: Vec::new(),
        }
    }

    pub(crate) fn deflated(name: &str, bytes: &[u8]) -> Self {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).expect("a vector takes all");
        let deflated = encoder.finish().expect("a vector takes all");
        Self { bytes: deflated, method: 8, ..Self::stored(name, bytes) }
    }
}

/// A zip of these entries, with a manifest before them.
pub(crate) fn zip_of(entries: &[ZipEntry]) -> Vec<u8> {
    let mut all = vec![ZipEntry::stored("manifest.json", b"{}")];
    all.extend_from_slice(entries);
    raw_zip(&all)
}

pub(crate) fn raw_zip(entries: &[ZipEntry]) -> Vec<u8> {
    let mut zip = Vec::new();
    let mut central = Vec::new();
    for entry in entries {
        let at = entry.at.unwrap_or(zip.len() as u32);
        let stored = entry.bytes.len() as u32;
        zip.extend(b"PK\x03\x04\x14\0");
        zip.extend([entry.flags.to_le_bytes(), entry.method.to_le_bytes(), [0; 2], [0; 2]].concat());
        let follow = entry.flags & 8 != 0;
        let local = if follow { [0; 3] } else { [entry.crc, stored, entry.local_size] };
        zip.extend(local.map(u32::to_le_bytes).concat());
        zip.extend([(entry.local_name.len() as u16).to_le_bytes(), [0; 2]].concat());
        zip.extend(&entry.local_name);
        zip.extend(&entry.bytes);
        if follow {
            zip.extend([0x0807_4b50, entry.crc, stored, entry.local_size].map(u32::to_le_bytes).concat());
        }
        zip.extend(&entry.behind);

        central.extend(b"PK\x01\x02\x14\x03\x14\0");
        central.extend([entry.flags.to_le_bytes(), entry.method.to_le_bytes(), [0; 2], [0; 2]].concat());
        central.extend([entry.crc, stored, entry.size].map(u32::to_le_bytes).concat());
        central.extend([entry.name.len() as u16, entry.extra.len() as u16, 0, 0, 0].map(u16::to_le_bytes).concat());
        central.extend([entry.mode << 16, at].map(u32::to_le_bytes).concat());
        central.extend(&entry.name);
        central.extend(&entry.extra);
    }
    let at = zip.len() as u32;
    zip.extend(&central);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([entries.len() as u16; 2].map(u16::to_le_bytes).concat());
    zip.extend([central.len() as u32, at].map(u32::to_le_bytes).concat());
    zip.extend([0; 2]);
    zip
}
