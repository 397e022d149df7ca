//! What is read is hashed, and what cannot be kept safe is not opened.

use std::fs;
use std::io::Read as _;
use std::process::Command;

use batool::git::{Kind, ObjectFormat, PackWriter, Repo};

use crate::support::*;

#[test]
fn damage_is_noticed_by_whoever_reads() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    for length in [10, 2 << 20] {
        let (right, wrong) = (noise(length), vec![b'x'; length]);
        fs::write(sandbox.path("wrong"), &wrong).expect("written");
        let put = sandbox.git(&place, &["hash-object", "-w", sandbox.path("wrong").to_str().expect("plain")]);
        let id = ObjectFormat::Sha1.id_of(Kind::Blob, &right).expect("hashed");
        let loose = |id: &str| place.join("objects").join(&id[..2]).join(&id[2..]);
        fs::create_dir_all(loose(&id.to_string()).parent().expect("one")).expect("made");
        fs::copy(loose(&put), loose(&id.to_string())).expect("copied");
        let mut reader = repo.blob_reader(id).expect("opened");
        let mut all = Vec::new();
        let fault = reader.read_to_end(&mut all).expect_err("noticed");
        assert_eq!(fault.kind(), std::io::ErrorKind::InvalidData);
        assert!(fault.to_string().contains("does not hash to its id"), "{fault}");
        assert!(all.len() < length, "the last bytes never come");
        assert!(reader.read(&mut [0]).is_err(), "and it stays broken");
        assert!(repo.read_blob(id, u64::MAX).is_err());
    }
}

#[test]
fn objects_that_git_packed_as_deltas_are_read() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    let mut bytes = noise(3 << 20);
    add(&repo, &[("a", &bytes)]).expect("added");
    bytes.push(b'x');
    add(&repo, &[("a", &bytes)]).expect("added");
    sandbox.git(&place, &["repack", "-adFq", "--window=50"]);
    let deltas = sandbox.git(&place, &["cat-file", "--batch-check=%(deltabase)", "--batch-all-objects"]);
    assert!(deltas.lines().any(|base| base.bytes().any(|digit| digit != b'0')), "there is a delta");
    for rev in ["main:a", "main~1:a"] {
        let mut all = Vec::new();
        let id = repo.resolve(rev).expect("found");
        repo.blob_reader(id).expect("opened").read_to_end(&mut all).expect("read");
        assert!(bytes.starts_with(&all) && all.len() >= 3 << 20);
    }
}

#[test]
fn replacements_are_not_looked_at() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    add(&repo, &[("a", b"right"), ("b", b"wrong")]).expect("added");
    let id = repo.resolve("main:a").expect("found");
    sandbox.git(&place, &["replace", &id.to_string(), &repo.resolve("main:b").expect("found").to_string()]);
    sandbox.git(&place, &["config", "core.useReplaceRefs", "true"]);
    let repo = Repo::open(&place).expect("opened");
    assert_eq!(repo.read_blob(id, 100).expect("read"), b"right");
}

#[test]
fn repositories_that_are_not_safe_are_refused() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    sandbox.git(&sandbox.path(""), &["init", "-q", "--ref-format=reftable", "r"]);
    let error = Repo::open(&place).err().expect("refused");
    assert!(error.causes()[0].contains("reftable"), "{error:?}");
    assert!(Repo::discover(&place).is_err());
    assert!(Repo::open(&sandbox.path("nowhere")).is_err());

    let strange = sandbox.path("strange");
    Repo::init(&strange, true, ObjectFormat::Sha256, "main").expect("made");
    sandbox.git(&strange, &["config", "extensions.compatObjectFormat", "sha1"]);
    assert!(Repo::open(&strange).err().expect("refused").causes()[0].contains("compatobjectformat"));

    #[cfg(unix)]
    {
        let foreign = sandbox.path("foreign");
        Repo::init(&foreign, false, ObjectFormat::Sha1, "main").expect("made");
        let is_given = Command::new("chown").args(["-R", "12345:12345"]).arg(&foreign).status().expect("runs");
        if is_given.success() {
            let error = Repo::open(&foreign).err().expect("refused");
            assert!(error.next_step().is_some_and(|hint| hint.contains("safe.directory")), "{error:?}");
            assert!(Repo::discover(&foreign).is_err());
        }
    }
}

#[test]
fn a_flipped_bit_in_a_pack_is_noticed() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    for length in [1000, 2 << 20] {
        let mut pack = PackWriter::new(&repo);
        let id = pack.add(Kind::Blob, &noise(length)).expect("added");
        let path = pack.finish().expect("finished").expect("a pack");
        let mut bytes = fs::read(&path).expect("read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        fs::remove_file(&path).expect("removed");
        fs::write(&path, bytes).expect("written");
        let repo = Repo::open(&place).expect("opened");
        let mut all = Vec::new();
        let fault = repo.blob_reader(id).expect("opened").read_to_end(&mut all).expect_err("noticed");
        assert_eq!(fault.kind(), std::io::ErrorKind::InvalidData, "{fault}");
        assert!(repo.read_blob(id, u64::MAX).is_err());
    }
}
