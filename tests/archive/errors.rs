//! What cannot be done is said with its reason and the next step, and leaves the archive as it was.

use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Package, Sandbox, Snapshot, git_dir, run, text, unchanged};

#[test]
fn without_an_archive_the_hint_is_how_to_make_one() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("x", &Package::documented("x", 1));
    let empty = sandbox.path("empty");
    fs::create_dir(&empty).expect("there is room");
    let plain = sandbox.path("plain");
    fs::create_dir(&plain).expect("there is room");
    sandbox.git(&plain, &["init", "-q"]);
    let used = sandbox.path("used");
    fs::create_dir(&used).expect("there is room");
    sandbox.git(&used, &["init", "-q"]);
    sandbox.git(&used, &["commit", "-q", "--allow-empty", "-m", "mine"]);
    for place in [&empty, &plain, &used] {
        let before = Snapshot::of(place);
        for args in [&["archive", "add", &folder] as &[&str], &["archive", "list"], &["archive", "verify"]] {
            sandbox.batool(place, args).fails(&["there is no archive", "batool archive init"]);
        }
        unchanged(place, &before);
    }
    let nowhere = text(&sandbox.path("nowhere"));
    sandbox.batool(&empty, &["archive", "list", "--archive", &nowhere]).fails(&["there is no archive", "nowhere"]);
}

#[test]
fn without_an_identity_nothing_is_added() {
    let nobody = |mut command: Command| {
        for role in ["AUTHOR", "COMMITTER"] {
            command.env_remove(format!("GIT_{role}_NAME")).env_remove(format!("GIT_{role}_EMAIL"));
        }
        run(&mut command)
    };
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        let folder = sandbox.folder("x", &Package::documented("x", 1));
        let before = Snapshot::of(&archive);
        nobody(sandbox.command(&archive, &["archive", "add", &folder])).fails(&["user.name", "user.email"]);
        unchanged(&archive, &before);
        // Neither is an archive begun.
        let args = if bare { vec!["archive", "init", "new", "--bare"] } else { vec!["archive", "init", "new"] };
        nobody(sandbox.command(&sandbox.path(""), &args)).fails(&["user.name"]);
        assert!(!sandbox.path("new").exists());
        fs::create_dir(sandbox.path("new")).expect("there is room");
        nobody(sandbox.command(&sandbox.path(""), &args)).fails(&["user.name"]);
        assert_eq!(fs::read_dir(sandbox.path("new")).expect("it is there").count(), 0);
        sandbox.batool(&sandbox.path(""), &args).ends(0);
        // The configuration is as good as the environment.
        sandbox.git(&archive, &["config", "user.name", "Ann"]);
        sandbox.git(&archive, &["config", "user.email", "ann@example.com"]);
        nobody(sandbox.command(&archive, &["archive", "add", &folder])).ends(0);
        assert_eq!(sandbox.git(&archive, &["log", "-1", "--format=%an %ce", "main"]), "Ann ann@example.com");
    }
}

#[test]
fn an_archive_is_begun_only_on_an_unborn_branch_with_nothing_in_the_way() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    let before = Snapshot::of(&archive);
    sandbox.batool(&archive, &["archive", "init"]).fails(&["has commits already", "git switch --orphan"]);
    sandbox.batool(&sandbox.path(""), &["archive", "init", "tree"]).fails(&["has commits already"]);
    unchanged(&archive, &before);
    // In a repository of git's, on a branch of its own.
    let repo = sandbox.path("repo");
    fs::create_dir(&repo).expect("there is room");
    sandbox.git(&repo, &["init", "-q", "-b", "trunk"]);
    fs::write(repo.join("batool.toml"), "mine").expect("there is room");
    let before = Snapshot::of(&repo);
    sandbox.batool(&repo, &["archive", "init"]).fails(&["batool.toml", "move"]);
    unchanged(&repo, &before);
    fs::remove_file(repo.join("batool.toml")).expect("it is there");
    sandbox.batool(&repo, &["archive", "init"]).ends(0).says(&["refs/heads/trunk"]);
    sandbox.clean_on(&repo, "trunk");
}

#[test]
fn what_a_repository_is_that_cannot_be_used_is_said() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("x", &Package::documented("x", 1));
    let reftable = sandbox.path("reftable");
    fs::create_dir(&reftable).expect("there is room");
    if run(&mut sandbox.program("git", &reftable, &["init", "-q", "--ref-format=reftable"])).code == Some(0) {
        let before = Snapshot::of(&reftable);
        for args in [&["archive", "add", &folder] as &[&str], &["archive", "init"], &["archive", "list"]] {
            sandbox.batool(&reftable, args).fails(&["reftable", "git refs migrate"]);
        }
        unchanged(&reftable, &before);
    }
    let archive = sandbox.tree();
    sandbox.git(&archive, &["config", "core.repositoryFormatVersion", "1"]);
    sandbox.git(&archive, &["config", "extensions.newFangled", "true"]);
    let said = sandbox.batool(&archive, &["archive", "list"]).ends(74);
    assert!(said.err.contains("newfangled"), "{}", said.err);
    sandbox.batool(&archive, &["archive", "add", &folder, "--init"]).ends(74);
}

#[test]
fn somebody_elses_repository_is_used_only_where_git_is_told_to() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    let other = |path: &Path| chown(path, Some(12345), None).is_ok();
    // Only the superuser can give files away.
    if !other(&archive) || !other(&archive.join(".git")) {
        return;
    }
    for args in [&["archive", "list"] as &[&str], &["archive", "list", "--archive", "."]] {
        sandbox.batool(&archive, args).fails(&["somebody else owns it", "safe.directory"]);
    }
    let config = sandbox.path("config");
    fs::write(&config, format!("[safe]\n\tdirectory = {}\n", archive.display())).expect("there is room");
    let mut told = sandbox.command(&archive, &["archive", "list"]);
    run(told.env("GIT_CONFIG_GLOBAL", &config)).ends(0);
}

#[test]
fn a_misspelt_policy_does_not_pass_for_none() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        let folder = sandbox.folder("x", &Package::documented("x", 1));
        sandbox.policy(&archive, "strict = false", "stritc = true");
        let before = Snapshot::of(&archive);
        for args in [
            &["archive", "add", &folder] as &[&str],
            &["archive", "add", &folder, "--init"],
            &["archive", "list"],
            &["archive", "verify"],
        ] {
            let said = sandbox.batool(&archive, args).ends(74);
            assert!(said.err.contains("stritc"), "{}", said.err);
            assert!(!said.err.contains("archive init"), "an archive that cannot be read is one: {}", said.err);
        }
        unchanged(&archive, &before);
    }
}

#[test]
fn a_senseless_command_line_ends_64_and_touches_nothing() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    let folder = sandbox.folder("x", &Package::documented("x", 1));
    let before = Snapshot::of(&archive);
    let lines: [&[&str]; 9] = [
        &["archive"],
        &["archive", "add"],
        &["archive", "add", &folder, "--as"],
        &["archive", "add", &folder, "--force"],
        &["archive", "add", &folder, &folder, "--as", "x"],
        &["archive", "add", &folder, "--stage", "--dry-run"],
        &["archive", "init", "--object-format", "md5"],
        &["archive", "list", "--verdict", "maybe"],
        &["archive", "show"],
    ];
    for line in lines {
        let said = sandbox.batool(&archive, line).ends(64);
        assert_eq!(said.out, "");
    }
    unchanged(&archive, &before);
    for line in [&["archive", "--help"] as &[&str], &["archive", "add", "--help"]] {
        let said = sandbox.batool(&archive, line).ends(0);
        assert_eq!(said.err, "");
    }
}

#[test]
fn what_is_not_there_is_said() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    let folder = sandbox.folder("x", &Package::documented("x", 1));
    let before = Snapshot::of(&archive);
    sandbox.batool(&archive, &["archive", "add", "./nowhere"]).ends(74);
    sandbox.batool(&archive, &["archive", "add", &folder, "./nowhere"]).ends(74);
    sandbox.batool(&archive, &["archive", "add", "main:nowhere", "--as", "x"]).ends(74);
    sandbox.batool(&archive, &["archive", "add", "nosuchrev:x", "--as", "x"]).ends(74);
    sandbox.batool(&archive, &["archive", "show", "x"]).fails(&["batool archive list"]);
    sandbox.batool(&archive, &["archive", "verify", "x"]).fails(&["batool archive list"]);
    unchanged(&archive, &before);
}

#[test]
fn a_full_disk_leaves_the_archive_as_it_was() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        sandbox.add(&archive, "kept", &Package::documented("kept", 2));
        let tip = sandbox.tip(&archive);
        // Bytes that do not deflate, so that the pack is as large as the package.
        let mut state = 1_u64;
        let noise = (0..200_000).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
        let package = Package::documented("x", 200).with("facts/noise.bin", noise.collect::<Vec<_>>());
        let folder = sandbox.folder("x", &package);
        let binary = env!("CARGO_BIN_EXE_batool");
        // The largest file that may be written, in blocks of 1024 bytes: another step fails each time.
        let mut failed = 0;
        for blocks in [0, 1, 4, 16, 64, 128, 190] {
            let script = format!("ulimit -f {blocks}; trap '' XFSZ; exec \"$0\" archive add \"$1\"");
            let mut bash = sandbox.program("bash", &archive, &["-c", &script, binary, &folder]);
            let said = run(&mut bash);
            if said.code == Some(0) {
                break;
            }
            failed += 1;
            let said = said.ends(74);
            assert!(said.err.starts_with("error: "), "{}", said.err);
            assert_eq!(sandbox.tip(&archive), tip);
            let packs = fs::read_dir(git_dir(&archive).join("objects/pack")).expect("it is there");
            let names: Vec<_> = packs.map(|entry| text(&entry.expect("it is there").path())).collect();
            assert!(!names.iter().any(|name| name.contains("tmp_")), "{names:?}");
            assert!(!archive.join("runs/x").exists());
            for lock in
                ["index.lock", "refs/heads/main.lock", "batool-index-mark", "batool-index-ready", "batool-branch-mark"]
            {
                assert!(!git_dir(&archive).join(lock).exists(), "{lock} at {blocks}");
            }
            sandbox.clean(&archive);
        }
        assert!(failed >= 5, "{failed}");
        sandbox.batool(&archive, &["archive", "add", &folder]).ends(0);
        sandbox.gives_back(&archive, "x", &package);
        sandbox.clean(&archive);
    }
}

#[test]
fn a_closed_pipe_changes_nothing() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    let folder = sandbox.folder("x", &Package::documented("x", 1));
    let rejected = sandbox.folder("rejected", &Package::rejected("x"));
    let close = |args: &[&str]| {
        let mut command = sandbox.command(&archive, args);
        let (reader, writer) = std::io::pipe().expect("there are pipes");
        drop(reader);
        let output = command.stdin(Stdio::null()).stdout(writer).output().expect("the program runs");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        output.status.code()
    };
    assert_eq!(close(&["archive", "add", &rejected]), Some(2));
    assert_eq!(close(&["archive", "add", &folder]), Some(0));
    for command in ["list", "log", "verify"] {
        assert_eq!(close(&["archive", command]), Some(0), "{command}");
    }
    assert_eq!(close(&["archive", "show", "x"]), Some(0));
    sandbox.clean(&archive);
}

#[test]
fn names_of_files_cannot_move_the_cursor() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    let folder = sandbox.folder("x", &Package::documented("x", 1).with("outputs/\u{1b}[2J", "x"));
    let said = sandbox.batool(&archive, &["archive", "add", &folder]);
    assert_eq!(said.code, Some(2));
    assert!(!said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'), "{}", said.out);
}
