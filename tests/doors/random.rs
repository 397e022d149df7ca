//! Bytes that nobody meant: no door panics, and none runs away.

use proptest::prelude::*;

use batool::source::Limits;

use super::build::{ZipEntry, gzip, member, pax, tar_of, zip_of, zstd};
use super::{open_within, read_all};

/// Well-formed containers to damage.
fn whole() -> Vec<Vec<u8>> {
    let long = "a".repeat(300);
    let tar = tar_of(&[
        member(b'5', b"outputs/", b""),
        member(b'0', b"a b", &[7; 2000]),
        pax(b'x', &[("path", "p/q"), ("size", "4")]),
        member(b'0', b"s", b"abcd"),
        member(b'L', b"././@LongLink", long.as_bytes()),
        member(b'0', b"t", b"x"),
        member(b'S', b"sparse", b""),
    ]);
    let follow = ZipEntry { flags: 8, ..ZipEntry::deflated("f", &[1; 300]) };
    let zip = zip_of(&[ZipEntry::stored("a", b"abc"), ZipEntry::deflated("b/c", &[3; 3000]), follow]);
    vec![gzip(&tar), zstd(&tar), tar, zip]
}

fn survive(bytes: &[u8]) {
    let limits = Limits { max_package_bytes: 1 << 20, ..Limits::default() };
    let mut opened = open_within(bytes, limits);
    let total: u64 = opened.source.listing().files.iter().map(|file| file.size).sum();
    assert!(total <= limits.max_package_bytes);
    read_all(&mut *opened.source);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_behind_any_magic(
        magic in prop::sample::select(vec![
            &b""[..], b"\x1f\x8b\x08\0\0\0\0\0\0\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PK\x05\x06",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        survive(&[magic, &bytes].concat());
    }

    #[test]
    fn damaged_containers(
        which in 0..4_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = whole().swap_remove(which);
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        survive(&bytes);
    }

    #[test]
    fn damaged_tars_with_sums_made_good(
        damage in prop::collection::vec((0..8_usize, 0..512_usize, any::<u8>()), 1..4),
        packed in any::<bool>(),
    ) {
        let mut bytes = whole().swap_remove(2);
        for (block, place, value) in damage {
            let start = block * 512;
            bytes[start + place] = value;
            let header = &mut bytes[start..start + 512];
            let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum::<u32>()
                - header[148..156].iter().map(|byte| u32::from(*byte)).sum::<u32>() + 256;
            header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
        survive(&if packed { gzip(&bytes) } else { bytes });
    }
}
