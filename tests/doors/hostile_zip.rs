//! Zips that lie.

use std::io::ErrorKind;

use batool::source::FaultKind;

use super::build::{ZipEntry, raw_zip, zip_of};
use super::{faults, has_fault, open, read, read_all};

#[track_caller]
fn expect(entries: &[ZipEntry], kind: FaultKind, path: &str) {
    let opened = open(&zip_of(entries));
    assert!(faults(&*opened.source).contains(&(kind, path.to_owned())), "{:?}", faults(&*opened.source));
}

fn entry() -> ZipEntry {
    ZipEntry::stored("x", b"abc")
}

#[test]
fn a_zip_made_by_hand_is_read() {
    let follow = ZipEntry { flags: 8, ..ZipEntry::deflated("sizes follow", b"abcabc") };
    let mut opened = open(&zip_of(&[entry(), ZipEntry::deflated("y", &[7; 1000]), follow]));
    assert_eq!(opened.source.listing().faults, []);
    assert_eq!(read(&mut *opened.source, "x").expect("all is well"), b"abc");
    assert_eq!(read(&mut *opened.source, "y").expect("all is well"), [7; 1000]);
    assert_eq!(read(&mut *opened.source, "sizes follow").expect("all is well"), b"abcabc");
    assert!(has_fault(&*open(&raw_zip(&[])).source, FaultKind::Unknown), "an empty zip");
}

#[test]
fn names_and_kinds_follow_the_same_rules_as_everywhere() {
    for (name, path) in [("../x", "../x"), ("/x", "/x"), ("a/.git/x", "a/.git"), ("con", "con"), ("a\\b", "a\\b")] {
        expect(&[ZipEntry::stored(name, b"x")], FaultKind::Path, path);
    }
    expect(&[entry(), entry()], FaultKind::Collision, "x");
    expect(&[entry(), ZipEntry::stored("X", b"")], FaultKind::Collision, "x");
    for mode in [0o120_777, 0o020_666, 0o010_644, 0o140_644, 0o040_755] {
        expect(&[ZipEntry { mode, ..entry() }], FaultKind::Kind, "x");
    }
}

#[test]
fn headers_that_contradict_each_other_are_refused() {
    for lie in [
        ZipEntry { local_name: b"y".to_vec(), ..entry() },
        ZipEntry { local_size: 2, ..entry() },
        ZipEntry { size: 2, local_size: 2, ..entry() },
        ZipEntry { at: Some(3), ..entry() },
        ZipEntry { at: Some(0), ..entry() },
        ZipEntry { at: Some(u32::MAX), ..entry() },
        ZipEntry { flags: 1, ..entry() },
        ZipEntry { flags: 1 << 6, ..entry() },
        ZipEntry { method: 12, ..entry() },
        ZipEntry { method: 99, ..entry() },
    ] {
        expect(&[lie], FaultKind::Container, "x");
    }
    let two_names = [b"\x75\x70\x06\0\x01\0\0\0\0y".to_vec(), b"\x01\0".to_vec(), b"\x01\0\xff\xff".to_vec()];
    for extra in [&two_names[0], &two_names[2]] {
        expect(&[ZipEntry { extra: extra.clone(), ..entry() }], FaultKind::Container, "");
    }
    let hidden = ZipEntry { behind: raw_zip(&[entry()]), ..ZipEntry::stored("before", b"") };
    expect(&[hidden.clone(), entry()], FaultKind::Container, "x");
    expect(&[hidden], FaultKind::Container, "");
    let prepended = [b"MZ".to_vec(), zip_of(&[])].concat();
    let as_zip = [b"PK\x03\x04".to_vec(), prepended].concat();
    assert!(has_fault(&*open(&as_zip).source, FaultKind::Container));
    assert!(has_fault(&*open(&[zip_of(&[]), b"behind".to_vec()].concat()).source, FaultKind::Container));
}

#[test]
fn entries_that_share_bytes_are_refused() {
    let inner = raw_zip(&[ZipEntry::stored("inner", &[1; 100])]);
    let outer = ZipEntry::stored("outer", &inner);
    let begin = (30 + 13 + 2 + 30 + 5) as u32;
    let shared = ZipEntry { at: Some(begin), ..ZipEntry::stored("inner", &[1; 100]) };
    expect(&[outer, shared], FaultKind::Container, "inner");
}

#[test]
fn bytes_that_do_not_come_to_what_was_promised_are_the_containers_fault() {
    let wrong_sum = ZipEntry { crc: 1, ..entry() };
    let longer = ZipEntry { size: 4, local_size: 4, ..ZipEntry::deflated("x", b"abc") };
    let shorter = ZipEntry { size: 2, local_size: 2, ..ZipEntry::deflated("x", b"abc") };
    let garbage = ZipEntry { bytes: vec![0xff; 20], method: 8, ..entry() };
    let mut trailing = ZipEntry::deflated("x", b"abc");
    trailing.bytes.push(0);
    let mut cut = ZipEntry::deflated("x", b"abc");
    cut.bytes.pop();
    let empty = ZipEntry { crc: 1, ..ZipEntry::stored("x", b"") };
    for (entry, how) in [(wrong_sum, "CRC"), (longer, ""), (shorter, ""), (garbage, ""), (trailing, "ends before")] {
        let error = read(&mut *open(&zip_of(&[entry])).source, "x").expect_err("a lie");
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(error.to_string().contains(how), "{error}");
    }
    for entry in [cut, empty] {
        let error = read(&mut *open(&zip_of(&[entry])).source, "x").expect_err("a lie");
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
}

#[test]
fn bombs_are_defused() {
    let bomb = ZipEntry::deflated("x", &vec![0; 80 << 20]);
    expect(&[bomb], FaultKind::Limit, "x");
    let claim = ZipEntry { size: u32::MAX - 1, local_size: u32::MAX - 1, ..ZipEntry::deflated("x", b"abc") };
    expect(&[claim], FaultKind::Limit, "x");
}

#[test]
fn a_zip_cut_anywhere_has_a_fault() {
    let zip = zip_of(&[entry(), ZipEntry::deflated("y", &[7; 1000])]);
    for end in 4..zip.len() {
        let mut opened = open(&zip[..end]);
        assert!(has_fault(&*opened.source, FaultKind::Container), "up to {end}");
        read_all(&mut *opened.source);
    }
}
