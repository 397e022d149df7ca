//! What an add leaves in an archive, and what it does not.

use std::fs;

use crate::support::{FORMS, Package, Sandbox, Snapshot, git_dir, run, shared, text, unchanged};

#[test]
fn a_folder_a_tar_and_a_zip_come_back_byte_for_byte_from_every_form_of_archive() {
    for (bare, format) in FORMS {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, format);
        let package = Package::documented("seed", 3);
        let folder = sandbox.folder("run-1", &package);
        package.tar_gz(&sandbox.path("run-2.tar.gz"));
        package.zip(&sandbox.path("run-3.zip"));
        let sources = [folder, text(&sandbox.path("run-2.tar.gz")), text(&sandbox.path("run-3.zip"))];
        for (n, source) in sources.iter().enumerate() {
            let name = format!("run-{}", n + 1);
            let said = sandbox.batool(&archive, &["archive", "add", source]).ends(0);
            let tip = sandbox.tip(&archive);
            assert_eq!(said.out, format!("added {name} (VERIFIED) in commit {}\n", &tip[..12]));
            assert_eq!(said.err, "");
            sandbox.gives_back(&archive, &name, &package);
            sandbox.clean(&archive);
        }
        let digests = [1, 2, 3].map(|n| sandbox.git(&archive, &["rev-parse", &format!("main:runs/run-{n}")]));
        assert!(digests.iter().all(|tree| *tree == digests[0]), "every door gives the same run");
        assert_eq!(sandbox.git(&archive, &["rev-list", "--count", "main"]), "5");
    }
}

#[test]
fn several_packages_go_into_one_commit_with_trailers_that_git_reads() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        let (one, two) = (Package::documented("one", 1), Package::documented("two", 2));
        let sources = [sandbox.folder("b", &two), sandbox.folder("a-run", &one)];
        sandbox
            .batool(&archive, &["archive", "add", &sources[0], &sources[1], "-m", "the week\n\nof the release"])
            .ends(0);
        assert_eq!(sandbox.git(&archive, &["rev-list", "--count", "main"]), "3");
        let message = sandbox.git(&archive, &["log", "-1", "--format=%B", "main"]);
        assert!(message.starts_with("the week\n\nof the release\n\nBatool-Run: a-run\n"), "{message}");
        let parse = sandbox.program("git", &archive, &["interpret-trailers", "--parse"]);
        let trailers = sandbox.feed(parse, message.as_bytes());
        let certificate = |name: &str| {
            let bytes = sandbox.git_bytes(&archive, &["show", &format!("main:runs/{name}/certificate.json")]);
            sandbox.feed(sandbox.program("sha256sum", &archive, &[]), &bytes)[..64].to_owned()
        };
        let package = |name: &str| {
            let text = sandbox.git(&archive, &["show", &format!("main:runs/{name}/certificate.json")]);
            let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
            value["subject"][0]["digest"]["dirHash"].as_str().expect("it is hex").to_owned()
        };
        let expected: String = ["a-run", "b"]
            .iter()
            .map(|name| {
                format!(
                    "Batool-Run: {name}\nBatool-Verdict: VERIFIED\nBatool-Package-Digest: dirHash:{}\n\
                     Batool-Certificate-Digest: sha256:{}\n",
                    package(name),
                    certificate(name)
                )
            })
            .collect();
        assert_eq!(trailers, expected.trim_end());
        sandbox.gives_back(&archive, "a-run", &one);
        sandbox.gives_back(&archive, "b", &two);
        sandbox.clean(&archive);
    }
}

#[test]
fn a_message_of_nothing_is_as_good_as_none() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    let folder = sandbox.folder("x", &Package::documented("x", 1));
    sandbox.batool(&archive, &["archive", "add", &folder, "-m", " "]).ends(0);
    assert_eq!(sandbox.git(&archive, &["log", "-1", "--format=%s", "main"]), "archive: add x (VERIFIED)");
}

#[test]
fn names_may_have_folders_and_clashing_ones_are_refused() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    let package = Package::documented("x", 1);
    sandbox.add(&archive, "nightly/2026-11-21/run-7", &package);
    let before = Snapshot::of(&archive);
    let folder = text(&sandbox.path("given"));
    let clashes =
        ["nightly", "nightly/2026-11-21/run-7/more", "Nightly/other", "nightly/2026-11-21/RUN-7", "a b", "x@y"];
    for name in clashes {
        sandbox.batool(&archive, &["archive", "add", &folder, "--as", name]).fails(&["--as NAME"]);
    }
    unchanged(&archive, &before);
    sandbox.add(&archive, "nightly/2026-11-22/run-7", &package);
    sandbox.clean(&archive);
    // Two of a call may not clash either.
    let (one, two) = (sandbox.folder("p/same", &package), sandbox.folder("q/Same", &package));
    sandbox.batool(&archive, &["archive", "add", &one, &two]).fails(&["same"]);
}

#[test]
fn the_same_package_again_is_nothing_to_do() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        let package = Package::documented("x", 2).with_empty("outputs/later").with_empty("scratch");
        sandbox.add(&archive, "x", &package);
        let before = Snapshot::of(&archive);
        for extra in [&[] as &[&str], &["--dry-run"]] {
            let folder = text(&sandbox.path("given"));
            let args = [&["archive", "add", &folder, "--as", "x"], extra].concat();
            let said = sandbox.batool(&archive, &args).ends(0);
            assert_eq!(said.out, "already there x (VERIFIED)\n");
        }
        unchanged(&archive, &before);
    }
}

#[test]
fn a_name_that_is_taken_with_other_bytes_is_refused() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        let package = Package::documented("x", 2).with_empty("outputs/later");
        sandbox.add(&archive, "x", &package);
        let before = Snapshot::of(&archive);
        let one_byte = package.clone().with("outputs/line ends and $Id$.bin", "\n");
        let mut one_folder = package.clone();
        one_folder.empty.clear();
        for other in [one_byte, one_folder] {
            let folder = sandbox.folder("other", &other);
            for extra in [&[] as &[&str], &["--dry-run"]] {
                let args = [&["archive", "add", &folder, "--as", "x"], extra].concat();
                sandbox.batool(&archive, &args).fails(&["x", "other content", "an archived run never changes"]);
            }
        }
        unchanged(&archive, &before);
    }
}

#[test]
fn what_the_policy_refuses_leaves_not_one_object_behind() {
    for (bare, format) in FORMS {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, format);
        let rejected = sandbox.folder("rejected", &Package::rejected("x"));
        let undecidable = sandbox.folder("undecidable", &Package::undecidable("x"));
        let good = sandbox.folder("good", &Package::documented("x", 40));
        let before = Snapshot::of(&archive);
        let said = sandbox.batool(&archive, &["archive", "add", &rejected]).ends(2);
        said.says(&["refused rejected (REJECT)", "Verdict: REJECT", "Findings:"]);
        sandbox
            .batool(&archive, &["archive", "add", &undecidable])
            .ends(1)
            .says(&["refused undecidable (UNDECIDABLE)"]);
        // All or none.
        sandbox.batool(&archive, &["archive", "add", &good, &undecidable, &rejected]).ends(2).says(&["held back good"]);
        let said = sandbox.batool(&archive, &["archive", "add", &good, &undecidable, "--format", "json"]).ends(1);
        let told = said.json();
        assert_eq!(told["commit"], serde_json::Value::Null);
        assert_eq!(
            (&told["runs"][0]["outcome"], &told["runs"][1]["outcome"]),
            (&"held back".into(), &"refused".into())
        );
        sandbox.batool(&archive, &["archive", "add", &rejected, "--dry-run"]).ends(2);
        sandbox.batool(&archive, &["archive", "add", &undecidable, "--dry-run"]).ends(1);
        unchanged(&archive, &before);
    }
}

#[test]
fn a_dialect_that_the_policy_does_not_name_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.batool(&sandbox.path(""), &["archive", "init", "a"]).ends(0);
    let archive = sandbox.path("a");
    let folder = sandbox.folder("x", &Package::documented("x", 1));
    let before = Snapshot::of(&archive);
    sandbox.batool(&archive, &["archive", "add", &folder]).ends(1).says(&["dialect documented"]);
    unchanged(&archive, &before);
}

#[test]
fn undecidable_goes_in_where_the_policy_accepts_it_and_reject_never() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.policy(&archive, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
    let undecidable = sandbox.folder("undecidable", &Package::undecidable("x"));
    let rejected = sandbox.folder("rejected", &Package::rejected("x"));
    let said = sandbox.batool(&archive, &["archive", "add", &undecidable]).ends(0);
    said.says(&["added undecidable (UNDECIDABLE) in commit"]);
    sandbox.batool(&archive, &["archive", "add", &rejected]).ends(2);
    sandbox.clean(&archive);
}

#[test]
fn a_dry_run_says_what_would_happen_and_writes_nothing() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        let folder = sandbox.folder("x", &Package::documented("x", 3));
        let before = Snapshot::of(&archive);
        let said = sandbox.batool(&archive, &["archive", "add", &folder, "-n"]).ends(0);
        assert_eq!(said.out, "would add x (VERIFIED)\n");
        let said = sandbox.batool(&archive, &["archive", "add", &folder, "-n", "--format", "json"]).ends(0);
        assert_eq!(said.json()["runs"][0]["outcome"], "would add");
        unchanged(&archive, &before);
        // Without an archive there is nothing to say, and none is made.
        let nowhere = sandbox.path("nowhere");
        fs::create_dir(&nowhere).expect("there is room");
        sandbox.batool(&nowhere, &["archive", "add", &folder, "-n"]).fails(&["batool archive init"]);
        sandbox.batool(&nowhere, &["archive", "add", &folder, "-n", "--init"]).ends(64);
        assert_eq!(fs::read_dir(&nowhere).expect("it is there").count(), 0);
    }
}

#[test]
fn init_makes_the_archive_only_where_there_is_none() {
    let sandbox = Sandbox::new();
    let Some(direct) = shared("data/packages/direct") else { return };
    let direct = text(&direct);
    let place = sandbox.path("new");
    fs::create_dir(&place).expect("there is room");
    sandbox.batool(&place, &["archive", "add", &direct, "--init"]).ends(0);
    sandbox.batool(&place, &["archive", "add", &direct, "--init", "--as", "again"]).ends(0);
    sandbox.clean(&place);
    assert_eq!(sandbox.git(&place, &["rev-list", "--count", "main"]), "3");
    // A repository with a history of its own stays what it is, also seen from a folder inside.
    let repo = sandbox.path("repo");
    fs::create_dir_all(repo.join("sub")).expect("there is room");
    sandbox.git(&repo, &["init", "-q", "-b", "main"]);
    sandbox.git(&repo, &["commit", "-q", "--allow-empty", "-m", "mine"]);
    let before = Snapshot::of(&repo);
    sandbox.batool(&repo, &["archive", "add", &direct, "--init"]).ends(74);
    sandbox.batool(&repo.join("sub"), &["archive", "add", &direct, "--init"]).ends(74);
    unchanged(&repo, &before);
    // An archive whose policy cannot be read is one nevertheless.
    sandbox.edit(&place, &[("batool.toml", Some(b"format = 1\nfromat = 1\n"))]);
    fs::create_dir(place.join("sub")).expect("there is room");
    let before = Snapshot::of(&place);
    sandbox.batool(&place.join("sub"), &["archive", "add", &direct, "--init"]).ends(74);
    unchanged(&place, &before);
}

#[test]
fn what_is_staged_waits_for_the_users_commit() {
    for format in ["sha1", "sha256"] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", false, format);
        let package = Package::documented("x", 3);
        let folder = sandbox.folder("x", &package);
        let tip = sandbox.tip(&archive);
        sandbox.batool(&archive, &["archive", "add", &folder, "--stage"]).ends(0).says(&["staged x (VERIFIED)"]);
        assert_eq!(sandbox.tip(&archive), tip);
        let status = sandbox.git(&archive, &["status", "--porcelain"]);
        assert!(status.lines().all(|line| line.starts_with("A  ") || line == "M  log/checkpoint"), "{status}");
        // Certificate and summary; checkpoint, tile and bundle of the log.
        assert_eq!(status.lines().count(), package.files.len() + 2 + 3);
        sandbox.batool(&archive, &["archive", "list"]).ends(0);
        sandbox.git(&archive, &["commit", "-q", "-m", "mine"]);
        sandbox.gives_back(&archive, "x", &package);
        sandbox.clean(&archive);
        // Refused is refused, staged or not.
        let rejected = sandbox.folder("rejected", &Package::rejected("x"));
        let before = Snapshot::of(&archive);
        sandbox.batool(&archive, &["archive", "add", &rejected, "--stage"]).ends(2);
        unchanged(&archive, &before);
    }
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    let folder = sandbox.folder("x", &Package::documented("x", 1));
    sandbox.batool(&archive, &["archive", "add", &folder, "--stage"]).ends(64);
    sandbox.batool(&archive, &["archive", "add", &folder, "--stage", "--dry-run"]).ends(64);
}

#[test]
fn empty_directories_are_written_down_beside_the_package() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        let package = Package::documented("x", 1).with_empty("outputs/later").with_empty("a/b");
        sandbox.add(&archive, "x", &package);
        assert_eq!(sandbox.git(&archive, &["show", "main:runs/x/empty-directories"]), "a/b\noutputs/later");
        sandbox.gives_back(&archive, "x", &package);
        sandbox.clean(&archive);
    }
}

#[test]
fn a_large_file_that_takes_a_thread_of_its_own_comes_back_whole() {
    let sandbox = Sandbox::new();
    for bare in [true, false] {
        let archive = sandbox.archive(if bare { "b" } else { "t" }, bare, "sha1");
        let large: Vec<u8> = (0..9_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let package = Package::documented("x", 1).with("facts/large.bin", large);
        sandbox.add(&archive, "x", &package);
        sandbox.gives_back(&archive, "x", &package);
        sandbox.clean(&archive);
        let rejected = sandbox.folder("rejected", &Package::rejected("x").with("a/large.bin", vec![7; 6 << 20]));
        let before = Snapshot::of(&archive);
        sandbox.batool(&archive, &["archive", "add", &rejected]).ends(2);
        unchanged(&archive, &before);
    }
}

#[test]
fn real_packages_come_back_as_the_producer_wrote_them() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    for name in ["direct", "derive-full", "unicode-full", "rounds"] {
        let Some(package) = shared(&format!("data/packages/{name}")) else { return };
        sandbox.batool(&archive, &["archive", "add", &text(&package)]).ends(0);
        let given = Snapshot::of(&package);
        let kept = Snapshot::of(&archive.join("runs").join(name).join("package"));
        assert!(given.files().eq(kept.files()), "{name}");
        for (path, bytes) in given.files() {
            assert_eq!(&sandbox.git_bytes(&archive, &["show", &format!("main:runs/{name}/package/{path}")]), bytes);
        }
    }
    sandbox.clean(&archive);
}

#[test]
fn filters_and_line_ends_of_the_users_configuration_touch_nothing() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    let package = Package::documented("x", 2);
    for (key, value) in
        [("core.autocrlf", "true"), ("core.eol", "crlf"), ("core.attributesFile", "evil"), ("core.safecrlf", "false")]
    {
        sandbox.git(&archive, &["config", key, value]);
    }
    fs::write(sandbox.path("evil"), "* text eol=crlf ident\n").expect("there is room");
    sandbox.git(&archive, &["config", "core.attributesFile", &text(&sandbox.path("evil"))]);
    sandbox.add(&archive, "x", &package);
    sandbox.gives_back(&archive, "x", &package);
    sandbox.clean(&archive);
    // A clone that has no settings of ours checks the same bytes out.
    let clone = sandbox.path("clone");
    let mut git =
        sandbox.program("git", &sandbox.path(""), &["-c", "core.autocrlf=true", "clone", "-q", "tree", "clone"]);
    run(&mut git).ends(0);
    sandbox.gives_back(&clone, "x", &package);
    sandbox.add(&clone, "y", &package);
    sandbox.clean(&clone);
    assert!(!git_dir(&clone).join("index.lock").exists());
}

#[test]
fn commits_are_signed_where_git_signs_them() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    let keygen =
        sandbox.program("ssh-keygen", &sandbox.path(""), &["-q", "-t", "ed25519", "-N", "", "-f", "key"]).output();
    if !keygen.is_ok_and(|output| output.status.success()) {
        return;
    }
    let key = text(&sandbox.path("key.pub"));
    for (name, value) in [("commit.gpgsign", "true"), ("gpg.format", "ssh"), ("user.signingKey", &key)] {
        sandbox.git(&archive, &["config", name, value]);
    }
    let allowed = format!("a@example.com {}", fs::read_to_string(&key).expect("it was made"));
    fs::write(sandbox.path("allowed"), allowed).expect("there is room");
    sandbox.git(&archive, &["config", "gpg.ssh.allowedSignersFile", &text(&sandbox.path("allowed"))]);
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    sandbox.git(&archive, &["verify-commit", "main"]);
    sandbox.clean(&archive);
}
