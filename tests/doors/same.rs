//! The same package through every door.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use batool::source::{FaultKind, Limits, Listing, PackageSource, open_path};

use super::build::{gzip, zstd, zstd_stored};
use super::{open, open_within, read};

/// Names with spaces and Unicode, an empty file, a file larger than doors keep in memory, and many small ones.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut noise = 1_u32;
    let mut random = |count: usize| -> Vec<u8> {
        (0..count)
            .map(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 24) as u8
            })
            .collect()
    };
    let mut files = vec![
        ("manifest.json".to_owned(), b"{}".to_vec()),
        ("a name with spaces.txt".to_owned(), b"x\r\n".to_vec()),
        ("übung/日本.jsonl".to_owned(), b"{}\n".repeat(100)),
        ("empty".to_owned(), Vec::new()),
        ("big.bin".to_owned(), random(3 << 20)),
        ("z/bigger than one.bin".to_owned(), random((1 << 20) + 1)),
        (format!("long/{}/x", "n".repeat(200)), b"long".to_vec()),
    ];
    files.extend((0..20).map(|number| (format!("many/{number}"), random(number * 100))));
    files
}

const EMPTY: [&str; 3] = ["outputs", "logs/none", "many/none at all"];

fn folder(root: &Path) {
    for (name, bytes) in files() {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("a fresh folder");
        fs::write(path, bytes).expect("a fresh file");
    }
    for name in EMPTY {
        fs::create_dir_all(root.join(name)).expect("a fresh folder");
    }
}

fn tar(root: &Path, prefix: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_dir_all(prefix, root).expect("the folder can be read");
    builder.into_inner().expect("a vector takes all")
}

fn zip(prefix: &str, streamed: bool) -> Vec<u8> {
    use zip::write::SimpleFileOptions;
    fn fill<W: std::io::Write + std::io::Seek>(mut writer: zip::ZipWriter<W>, prefix: &str) -> W {
        for (number, (name, bytes)) in files().into_iter().enumerate() {
            let method = [zip::CompressionMethod::Deflated, zip::CompressionMethod::Stored][number % 2];
            let options = SimpleFileOptions::default().compression_method(method);
            writer.start_file(format!("{prefix}{name}"), options).expect("a fresh name");
            writer.write_all(&bytes).expect("a vector takes all");
        }
        for name in EMPTY {
            writer.add_directory(format!("{prefix}{name}"), SimpleFileOptions::default()).expect("a fresh name");
        }
        writer.finish().expect("a vector takes all")
    }
    if streamed {
        fill(zip::ZipWriter::new_stream(Vec::new()), prefix).into_inner()
    } else {
        fill(zip::ZipWriter::new(std::io::Cursor::new(Vec::new())), prefix).into_inner()
    }
}

fn check(door: &str, source: &mut dyn PackageSource, prefix: &str) {
    let mut expected = files();
    expected.sort();
    let listing = Listing { prefix: String::new(), ..source.listing().clone() };
    assert_eq!(source.listing().prefix, prefix, "{door}");
    assert_eq!(listing.faults, [], "{door}");
    assert_eq!(listing.empty_directories, ["logs/none", "many/none at all", "outputs"], "{door}");
    let listed: Vec<_> = listing.files.iter().map(|file| (file.path.as_str(), file.size)).collect();
    let wanted: Vec<_> = expected.iter().map(|(name, bytes)| (name.as_str(), bytes.len() as u64)).collect();
    assert_eq!(listed, wanted, "{door}");
    let forth = expected.iter();
    for (name, bytes) in forth.chain(expected.iter().rev()).chain(&expected[..3]) {
        assert!(&read(source, name).expect("all is well") == bytes, "{name} through {door}");
    }
    assert!(source.open("no such file").is_err());
}

#[test]
fn every_door_gives_the_same_listing_and_the_same_bytes_in_any_order() {
    let on_disk = tempfile::tempdir().expect("there is room");
    folder(on_disk.path());
    check("folder", &mut *open_path(on_disk.path(), Limits::default()).expect("a folder"), "");
    let outer = tempfile::tempdir().expect("there is room");
    folder(&outer.path().join("inner"));
    check("outer folder", &mut *open_path(outer.path(), Limits::default()).expect("a folder"), "inner/");
    for (prefix, inside) in [("", "."), ("run 7/", "run 7")] {
        let tar = tar(on_disk.path(), inside);
        check("tar", &mut *open(&tar).source, prefix);
        check("tar.gz", &mut *open(&gzip(&tar)).source, prefix);
        // The encoder is slow in a debug build; the smaller packages of the hostile tests go through it.
        check("tar.zst", &mut *open(&zstd_stored(&tar)).source, prefix);
        check("zip", &mut *open(&zip(prefix, false)).source, prefix);
        check("streamed zip", &mut *open(&zip(prefix, true)).source, prefix);
    }
}

#[test]
fn concatenated_gzip_members_and_zstd_frames_are_one_stream() {
    let on_disk = tempfile::tempdir().expect("there is room");
    folder(on_disk.path());
    let tar = tar(on_disk.path(), "p");
    let (one, other) = tar.split_at(2_000_000);
    check("tar.gz", &mut *open(&[gzip(one), gzip(other)].concat()).source, "p/");
    let skippable = b"\x5a\x2a\x4d\x18\x03\0\0\0abc".to_vec();
    check(
        "tar.zst",
        &mut *open(&[skippable.clone(), zstd_stored(one), skippable, zstd_stored(other)].concat()).source,
        "p/",
    );
}

#[test]
fn a_package_beyond_the_bound_is_read_up_to_it() {
    let limits = Limits { max_package_bytes: 1 << 20, ..Limits::default() };
    let on_disk = tempfile::tempdir().expect("there is room");
    folder(on_disk.path());
    let tar = tar(on_disk.path(), ".");
    let listing = open_path(on_disk.path(), limits).expect("a folder").listing().clone();
    assert_eq!(listing.faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::Limit]);
    for bytes in [tar.clone(), gzip(&tar), zstd_stored(&tar), zip("", false)] {
        assert_eq!(open_within(&bytes, limits).source.listing(), &listing);
    }
}

#[test]
fn what_is_no_package_is_told_apart_from_what_cannot_be_read() {
    for bytes in [&b""[..], b"hello", b"{}\n", &[0xff; 600], &gzip(b"{}\n"), &zstd(b""), &gzip(b"")] {
        let opened = open(bytes);
        let kinds: Vec<_> = opened.source.listing().faults.iter().map(|fault| fault.kind).collect();
        assert!(kinds.iter().all(|kind| *kind == FaultKind::Unknown) && !kinds.is_empty(), "{kinds:?}");
    }
    let missing = open_path(Path::new("/nowhere/at/all"), Limits::default()).err().expect("nothing is there");
    assert!(missing.next_step().is_some_and(|hint| hint.contains("index:PATH")));
    assert!(open_path(Path::new("/dev/null"), Limits::default()).is_err());
    let folder = tempfile::tempdir().expect("there is room");
    let fifo = folder.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600), 0)
        .expect("a fresh name");
    assert!(open_path(&fifo, Limits::default()).is_err());
    let inside = open_path(folder.path(), Limits::default()).expect("a folder");
    assert!(inside.listing().faults.iter().any(|fault| fault.kind == FaultKind::Kind));
}
