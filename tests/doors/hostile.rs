//! Tars that lie.

use batool::source::{FaultKind, Limits};

use super::build::{gzip, header, member, padded, pax, tar_of, zstd};
use super::{faults, has_fault, open, open_within, read, read_all};

#[track_caller]
fn expect(members: &[Vec<u8>], kind: FaultKind, path: &str) {
    let tar = tar_of(members);
    for bytes in [tar.clone(), gzip(&tar), zstd(&tar)] {
        let opened = open(&bytes);
        assert!(faults(&*opened.source).contains(&(kind, path.to_owned())), "{:?}", faults(&*opened.source));
    }
}

#[test]
fn names_that_climb_or_that_others_keep_are_refused() {
    for (name, path) in [
        ("../x", "../x"),
        ("a/../../x", "a/../../x"),
        ("/etc/passwd", "/etc/passwd"),
        (".git/config", ".git"),
        ("a/.GIT/config", "a/.GIT"),
        ("con.txt", "con.txt"),
        ("a\\b", "a\\b"),
        ("-rf", "-rf"),
        ("a\nb", "a\nb"),
        ("a//b", "a//b"),
    ] {
        expect(&[member(b'0', name.as_bytes(), b"x")], FaultKind::Path, path);
    }
    expect(&[member(b'0', b"\xff\xfe", b"x")], FaultKind::Path, "\u{fffd}\u{fffd}");
    let long = "a".repeat(5000);
    expect(&[pax(b'x', &[("path", &long)]), member(b'0', b"s", b"")], FaultKind::Path, &long[..4096]);
    expect(&[pax(b'x', &[("path", "../x")]), member(b'0', b"s", b"")], FaultKind::Path, "../x");
    expect(&[member(b'L', b"long", b"../x\0"), member(b'0', b"s", b"")], FaultKind::Path, "../x");
}

#[test]
fn names_that_meet_collide() {
    expect(&[member(b'0', b"a", b"1"), member(b'0', b"./a", b"2")], FaultKind::Collision, "a");
    expect(&[member(b'0', b"A/x", b""), member(b'0', b"a/y", b"")], FaultKind::Collision, "a");
    expect(&[member(b'0', "é".as_bytes(), b""), member(b'0', b"e\xcc\x81", b"")], FaultKind::Collision, "é");
    expect(&[member(b'0', b"a", b""), member(b'0', b"a/b", b"")], FaultKind::Collision, "a");
    let twice = tar_of(&[member(b'0', b"a", b"1"), member(b'0', b"a", b"2")]);
    for bytes in [twice.clone(), gzip(&twice), zstd(&twice)] {
        assert_eq!(read(&mut *open(&bytes).source, "a").expect("the first one stays"), b"1");
    }
}

#[test]
fn what_is_neither_file_nor_directory_is_refused() {
    for kind in [b'1', b'2', b'3', b'4', b'6', b'V', b'?'] {
        expect(&[member(kind, b"x", b"")], FaultKind::Kind, "x");
    }
    expect(&[pax(b'x', &[("GNU.sparse.major", "1")]), member(b'0', b"x", b"map")], FaultKind::Kind, "x");
    expect(&[member(b'2', b"x/", b""), member(b'0', b"x/y", b"")], FaultKind::Kind, "x");
}

#[test]
fn what_readers_of_tar_see_differently_is_refused() {
    for members in [
        vec![member(b'2', b"x", b"bytes")],
        vec![pax(b'g', &[("path", "y")]), member(b'0', b"x", b"")],
        vec![pax(b'x', &[("path", "y")]), pax(b'x', &[("path", "z")]), member(b'0', b"x", b"")],
        vec![pax(b'x', &[("path", "y"), ("path", "z")]), member(b'0', b"x", b"")],
        vec![pax(b'x', &[("path", "y")]), member(b'L', b"", b"z"), member(b'0', b"x", b"")],
        vec![member(b'L', b"", b"z\0y"), member(b'0', b"x", b"")],
        vec![member(b'x', b"", b"nonsense"), member(b'0', b"x", b"")],
        vec![pax(b'x', &[("path", "y")])],
        vec![vec![0; 512], member(b'0', b"hidden", b"")],
        vec![vec![1; 512]],
        vec![header(b'x', b"pax", 1 << 40)],
        vec![header(b'L', b"long", 3 << 20), padded(&vec![b'a'; 3 << 20])],
        vec![header(b'0', b"huge", (1 << 33) - 1)],
        vec![pax(b'x', &[("size", &u64::MAX.to_string())]), header(b'0', b"huge", 0)],
    ] {
        expect(&members, FaultKind::Container, "");
    }
}

#[test]
fn what_says_nothing_about_names_is_harmless() {
    let members = [pax(b'g', &[("comment", "a commit")]), pax(b'x', &[("SCHILY.xattr.user.a", "b"), ("size", "3")])];
    let tar = tar_of(&[members.concat(), header(b'0', b"x", 0), padded(b"abc")]);
    let mut opened = open(&tar);
    assert_eq!(opened.source.listing().faults, []);
    assert_eq!(read(&mut *opened.source, "x").expect("all is well"), b"abc");
}

#[test]
fn a_tar_that_breaks_off_anywhere_says_so() {
    let tar = tar_of(&[member(b'0', b"a", &[b'a'; 700]), member(b'0', b"b", b"b")]);
    let (zipped, zstandard) = (gzip(&tar), zstd(&tar));
    for end in [513, 1000, 1024, 1500, 2000, 2560, 3000, 3072, 3584] {
        for bytes in [tar[..end].to_vec(), gzip(&tar[..end]), zstd(&tar[..end])] {
            assert!(has_fault(&*open(&bytes).source, FaultKind::Container), "up to {end}");
        }
    }
    for end in 10..zipped.len() {
        let mut opened = open(&zipped[..end]);
        assert!(!opened.source.listing().faults.is_empty(), "gzip up to {end}");
        read_all(&mut *opened.source);
    }
    for end in 4..zstandard.len() {
        assert!(!open(&zstandard[..end]).source.listing().faults.is_empty(), "zstd up to {end}");
    }
    let mut flipped = zipped.clone();
    let sum = flipped.len() - 8;
    flipped[sum] ^= 1;
    for bytes in [flipped, [zipped, b"garbage".to_vec()].concat(), [zstandard, b"garbage".to_vec()].concat()] {
        assert!(has_fault(&*open(&bytes).source, FaultKind::Container));
    }
}

#[test]
fn a_file_that_lies_before_the_break_is_whole() {
    let noise: Vec<u8> = (0..2_u32 << 20).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut bytes = gzip(&tar_of(&[member(b'0', b"big", &noise)]));
    bytes.truncate(bytes.len() - 4);
    let mut opened = open(&bytes);
    assert!(has_fault(&*opened.source, FaultKind::Container));
    // All of the file's own bytes are there; only the end of the stream is not.
    assert_eq!(read(&mut *opened.source, "big").expect("whole").len(), noise.len());
}

#[test]
fn bombs_are_defused_early() {
    // Deflate hardly reaches a thousandfold, so the bound on the package has to hold here.
    let zipped = gzip(&tar_of(&[member(b'0', b"zeros", &vec![0; 2 << 20])]));
    let limits = Limits { max_package_bytes: 1 << 20, ..Limits::default() };
    assert!(has_fault(&*open_within(&zipped, limits).source, FaultKind::Limit));
    assert!(has_fault(&*open(&zstd_bomb()).source, FaultKind::Limit));
}

/// A tar of one file of 8 GiB of zeros, the first 250 MB of them in 8 KB of zstd: nothing but run-length blocks.
fn zstd_bomb() -> Vec<u8> {
    let head = [member(b'0', b"manifest.json", b"{}"), header(b'0', b"zeros", 0o77_777_777_777)].concat();
    let mut bomb = zstd(&head);
    let size = 1_u32 << 17;
    bomb.extend(b"\x28\xb5\x2f\xfd\0\x58");
    for _ in 0..2000 {
        bomb.extend(&((size << 3) | 0b010).to_le_bytes()[..3]);
        bomb.push(0);
    }
    bomb.extend(&[0b001, 0, 0]);
    bomb
}

#[test]
fn an_enormous_zstd_window_is_refused() {
    let bytes = b"\x28\xb5\x2f\xfd\0\xf8\x01\0\0".to_vec();
    assert!(has_fault(&*open(&bytes).source, FaultKind::Container));
}
