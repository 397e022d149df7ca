//! The table of attacks in `docs/threat-model.md`: each is carried out, and who notices is written down.
//! `BATOOL_BLESS=1` writes the page, a plain run compares.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::hooks::{refused, served};
use crate::support::{Package, Sandbox, run, text};

const BEGIN: &str = "<!-- attacks: written by tests/archive/attacks.rs -->\n";
const END: &str = "<!-- attacks: end -->\n";

/// A clone of a guarded server; both hold the runs a, b and c.
struct Scene {
    sandbox: Sandbox,
    clone: PathBuf,
    server: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let server = sandbox.bare();
        for name in ["a", "b", "c"] {
            sandbox.add(&server, name, &Package::documented(name, 1));
        }
        sandbox.batool(&server, &["hook", "install", "--server"]).ends(0);
        let clone = sandbox.path("clone.git");
        let url = format!("file://{}", text(&server));
        sandbox.git(&server, &["clone", "-q", "--bare", &url, &text(&clone)]);
        // A bare clone has no remote-tracking ref; what it holds counts as published.
        Self { sandbox, clone, server }
    }

    fn git(&self, args: &[&str]) -> String {
        self.sandbox.git(&self.clone, args)
    }

    fn edit(&self, changes: &[(&str, Option<&[u8]>)]) {
        self.sandbox.edit(&self.clone, changes);
    }

    /// Makes the branch a commit with this tree and these parents.
    fn commit(&self, tree: &str, parents: &[&str]) {
        let mut args = vec!["commit-tree", "-m", "innocent words"];
        parents.iter().for_each(|parent| args.extend(["-p", parent]));
        args.push(tree);
        let commit = self.git(&args);
        self.git(&["update-ref", "refs/heads/main", &commit]);
    }

    /// A baseline of the run a, published as it should be.
    fn baseline(&self) {
        self.sandbox.batool(&self.clone, &["baseline", "create", "v1", "a"]).ends(0);
        self.git(&["push", "-q", "--atomic", &text(&self.server), "main", "baseline/v1"]);
    }

    /// Commits an index that this command changed.
    fn stage(&self, args: &[&str]) {
        let index = self.sandbox.path("attack.index");
        let _ = fs::remove_file(&index);
        let git = |args: &[&str]| {
            let mut git = self.sandbox.program("git", &self.clone, args);
            run(git.env("GIT_INDEX_FILE", &index)).ends(0).out.trim().to_owned()
        };
        git(&["read-tree", "main"]);
        git(args);
        let tree = git(&["write-tree"]);
        self.commit(&tree, &["main"]);
    }
}

type Attack = (&'static str, fn(&Scene));

const PATH: &str = "runs/b/package/outputs/line ends and $Id$.bin";

const ATTACKS: [Attack; 27] = [
    ("edit a byte of a package", |scene| scene.edit(&[(PATH, Some(b"other"))])),
    ("put a sound package with its own certificate in place of another", |scene| {
        let tree = scene.git(&["rev-parse", "main:runs/a"]);
        scene.edit(&[("runs/b", None)]);
        scene.stage(&["read-tree", "-i", "--prefix=runs/b", &tree]);
    }),
    ("edit a certificate", |scene| scene.edit(&[("runs/b/certificate.json", Some(b"{}\n"))])),
    ("edit a summary", |scene| scene.edit(&[("runs/b/summary.txt", Some(b"Verdict: VERIFIED\n"))])),
    ("drop a run", |scene| scene.edit(&[("runs/b", None)])),
    ("drop the last run with its leaf", |scene| {
        let tree = scene.git(&["rev-parse", "main~1^{tree}"]);
        scene.commit(&tree, &["main"]);
    }),
    ("rename a run", |scene| {
        let tree = scene.git(&["rev-parse", "main:runs/b"]);
        scene.edit(&[("runs/b", None)]);
        scene.stage(&["read-tree", "-i", "--prefix=runs/renamed", &tree]);
    }),
    ("edit a run, and undo it in the next commit", |scene| {
        let tree = scene.git(&["rev-parse", "main^{tree}"]);
        scene.edit(&[(PATH, Some(b"other"))]);
        scene.commit(&tree, &["main"]);
    }),
    ("put a run in by hand", |scene| {
        let tree = scene.git(&["rev-parse", "main:runs/b"]);
        scene.stage(&["read-tree", "-i", "--prefix=runs/more", &tree]);
    }),
    ("put a submodule into a package", |scene| {
        let commit = scene.git(&["rev-parse", "main"]);
        scene.stage(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},runs/b/package/module")]);
    }),
    ("put a symbolic link into a package", |scene| {
        let blob = scene.git(&["rev-parse", "main:batool.toml"]);
        scene.stage(&["update-index", "--add", "--cacheinfo", &format!("120000,{blob},runs/b/package/link")]);
    }),
    ("hide a run behind one whose name differs only by case", |scene| {
        scene.git(&["branch", "aside"]);
        scene.git(&["update-ref", "refs/heads/main", "main~3"]);
        scene.sandbox.add(&scene.clone, "B", &Package::documented("B", 1));
        let tree = scene.git(&["rev-parse", "main:runs/B"]);
        scene.git(&["update-ref", "refs/heads/main", "aside"]);
        scene.stage(&["read-tree", "-i", "--prefix=runs/B", &tree]);
    }),
    ("bend what git shows with attributes", |scene| {
        scene.edit(&[("runs/.gitattributes", Some(b"* export-ignore\n"))]);
    }),
    ("lower the policy and profit from it in one commit", |scene| {
        let honest = scene.git(&["rev-parse", "main"]);
        scene.sandbox.policy(&scene.clone, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
        scene.sandbox.add(&scene.clone, "bad", &Package::undecidable("bad"));
        let tree = scene.git(&["rev-parse", "main^{tree}"]);
        scene.commit(&tree, &[&honest]);
    }),
    ("lower the policy in a commit of its own, and profit from it in the next", |scene| {
        scene.sandbox.policy(&scene.clone, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
        scene.sandbox.add(&scene.clone, "bad", &Package::undecidable("bad"));
    }),
    ("put another certificate by the same rules beside a run", |scene| {
        let blob = scene.git(&["rev-parse", "main:runs/b/certificate.json"]);
        let info = format!("100644,{blob},runs/b/certificate.2.json");
        scene.stage(&["update-index", "--add", "--cacheinfo", &info]);
    }),
    ("edit a baseline", |scene| {
        scene.baseline();
        scene.edit(&[("baselines/v1.json", Some(b"{}\n"))]);
    }),
    ("move a baseline's tag", |scene| {
        scene.baseline();
        scene.git(&["tag", "-f", "-a", "-m", "moved", "baseline/v1", "main~1"]);
    }),
    ("take a baseline's tag away", |scene| {
        scene.baseline();
        scene.git(&["tag", "-d", "baseline/v1"]);
    }),
    ("show a baseline's tag under another name", |scene| {
        scene.baseline();
        let tag = scene.git(&["rev-parse", "refs/tags/baseline/v1"]);
        scene.git(&["update-ref", "refs/tags/baseline/v2", &tag]);
    }),
    ("take a baseline back, and leave its tag", |scene| {
        scene.baseline();
        scene.git(&["update-ref", "refs/heads/main", "main~1"]);
    }),
    ("bring commits in by a baseline's tag alone", |scene| {
        scene.edit(&[("runs/b", None), ("baselines/v9.json", Some(b"{}\n"))]);
        scene.git(&["tag", "-a", "-m", "x", "baseline/v9", "main"]);
        scene.git(&["update-ref", "refs/heads/main", "main~1"]);
    }),
    ("forge what a commit's trailers say", |scene| {
        let tree = scene.git(&["rev-parse", "main^{tree}"]);
        let commit =
            scene.git(&["commit-tree", "-p", "main", "-m", "add\n\nBatool-Run: d\nBatool-Verdict: VERIFIED", &tree]);
        scene.git(&["update-ref", "refs/heads/main", &commit]);
    }),
    ("merge another past in", |scene| {
        let tree = scene.git(&["rev-parse", "main^{tree}"]);
        scene.commit(&tree, &["main", "main~2"]);
    }),
    ("roll the branch back", |scene| drop(scene.git(&["update-ref", "refs/heads/main", "main~1"]))),
    ("rewrite the branch from some commit on, log and all", |scene| {
        scene.git(&["update-ref", "refs/heads/main", "main~2"]);
        scene.sandbox.add(&scene.clone, "b", &Package::documented("other", 1));
        scene.sandbox.add(&scene.clone, "c", &Package::documented("c", 1));
    }),
    ("make one commit of all history", |scene| {
        let tree = scene.git(&["rev-parse", "main^{tree}"]);
        scene.commit(&tree, &[]);
    }),
];

/// One row: who notices.
fn row(name: &str, attack: fn(&Scene)) -> String {
    let scene = Scene::new();
    let checkpoint = scene.sandbox.path("kept");
    let said = scene.sandbox.batool(&scene.clone, &["archive", "checkpoint"]).ends(0);
    fs::write(&checkpoint, said.out).expect("there is room");
    scene.sandbox.batool(&scene.clone, &["archive", "verify", "--history"]).ends(0);
    attack(&scene);
    let word = |is_noticed: bool| if is_noticed { "noticed" } else { "–" };
    let fsck = run(&mut scene.sandbox.program("git", &scene.clone, &["fsck", "--strict", "--full"]));
    let verify = |extra: &[&str]| {
        let said = scene.sandbox.batool(&scene.clone, &[&["archive", "verify"], extra].concat());
        assert!(matches!(said.code, Some(0..=2)), "{name}: {said:?}");
        said.code != Some(0)
    };
    let url = text(&scene.server);
    let tags = "+refs/tags/baseline/*:refs/tags/baseline/*";
    let push = ["-c", "push.default=nothing", "push", "-q", "--prune", &url, "+main:main", tags];
    let pushed = run(&mut scene.sandbox.program("git", &scene.clone, &push));
    let seen = [
        fsck.code != Some(0),
        verify(&[]),
        verify(&["--history"]),
        verify(&["--checkpoint", &text(&checkpoint)]),
        pushed.code != Some(0),
    ];
    assert!(seen[1..].iter().any(|is_noticed| *is_noticed), "nobody notices: {name}");
    assert!(seen[4], "a server lets it in: {name}");
    format!("| {name} | {} |\n", seen.map(word).join(" | "))
}

#[test]
fn every_attack_is_noticed_and_the_page_says_by_whom() {
    let mut table = String::from(
        "| attack | `git fsck --strict` | `archive verify` | `--history` | `--checkpoint`, with one kept | server's hook |\n\
         |---|---|---|---|---|---|\n",
    );
    for (name, attack) in ATTACKS {
        table.write_str(&row(name, attack)).expect("a string takes all");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/threat-model.md");
    let page = fs::read_to_string(&path).expect("it is part of the project");
    let (before, rest) = page.split_once(BEGIN).expect("the page has the place");
    let (there, after) = rest.split_once(END).expect("the page has the place");
    if std::env::var_os("BATOOL_BLESS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).expect("there is room");
        return;
    }
    assert_eq!(there, table, "docs/threat-model.md is not up to date; run with BATOOL_BLESS=1");
}

/// A pack that unfolds to far more than it has.
#[test]
fn a_pack_bomb_meets_limits_and_not_memory() {
    let (sandbox, server, clone) = served("sha1");
    let file = crate::floor::policy(&sandbox, "max_package_bytes = 1000000\nmax_row_bytes = 100000");
    sandbox.batool(&server, &["hook", "install", "--server", "--policy", &file, "--max-push", "1m"]).ends(0);
    let good = sandbox.tip(&clone);
    // 256 MB of one letter in a ledger: a quarter of a megabyte as a pack.
    sandbox.add(&clone, "bomb", &Package::documented("bomb", 1));
    let big = sandbox.path("big");
    let file = fs::File::create(&big).expect("there is room");
    file.set_len(256 << 20).expect("there is room");
    let blob = sandbox.git(&clone, &["-c", "core.bigFileThreshold=1", "hash-object", "-w", &text(&big)]);
    let index = sandbox.path("bomb.index");
    let git = |args: &[&str]| {
        let said = run(sandbox.program("git", &clone, args).env("GIT_INDEX_FILE", &index)).ends(0);
        said.out.trim().to_owned()
    };
    git(&["read-tree", "main"]);
    git(&["update-index", "--cacheinfo", &format!("100644,{blob},runs/bomb/package/audit/run_ledger.jsonl")]);
    let tree = git(&["write-tree"]);
    let commit = git(&["commit-tree", "-p", &good, "-m", "bomb", &tree]);
    let script = format!("ulimit -v 2000000; exec git push -q origin {commit}:refs/heads/main");
    let said = run(&mut sandbox.program("sh", &clone, &["-c", &script]));
    assert!(said.code == Some(1) && said.err.contains("batool: refused"), "{said:?}");
    assert!(said.err.contains("runs/bomb"), "{said:?}");
    assert_eq!(sandbox.tip(&server), good);
    // One that is large itself git does not take in.
    let noise: Vec<u8> = (0..2_000_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    fs::write(&big, noise).expect("there is room");
    let blob = sandbox.git(&clone, &["hash-object", "-w", &text(&big)]);
    git(&["update-index", "--cacheinfo", &format!("100644,{blob},runs/bomb/package/audit/run_ledger.jsonl")]);
    let tree = git(&["write-tree"]);
    let commit = git(&["commit-tree", "-p", &good, "-m", "bomb", &tree]);
    let said =
        run(&mut sandbox.program("git", &clone, &["push", "-q", "origin", &format!("{commit}:refs/heads/main")]));
    assert!(said.code != Some(0) && said.err.contains("maximum"), "{said:?}");
    assert_eq!(sandbox.tip(&server), good);
}

#[test]
fn trees_deeper_than_any_name_are_refused() {
    let (sandbox, server, clone) = served("sha1");
    let mktree = |text: &str| sandbox.feed(sandbox.program("git", &clone, &["mktree"]), text.as_bytes());
    let blob = sandbox.git(&clone, &["rev-parse", "main:batool.toml"]);
    let good = sandbox.tip(&clone);
    let mut deep = mktree(&format!("100644 blob {blob}\tx\n"));
    for _ in 0..300 {
        deep = mktree(&format!("040000 tree {deep}\td\n"));
    }
    let outer = sandbox.git(&clone, &["ls-tree", &good]);
    for (above, path) in [("runs", "deep"), ("runs", "first/package/deep"), ("log", "deep")] {
        let index = sandbox.path("deep.index");
        let git = |args: &[&str]| {
            let said = run(sandbox.program("git", &clone, args).env("GIT_INDEX_FILE", &index)).ends(0);
            said.out.trim().to_owned()
        };
        assert!(outer.contains(above));
        git(&["read-tree", &good]);
        git(&["read-tree", &format!("--prefix={above}/{path}"), &deep]);
        let tree = git(&["write-tree"]);
        let commit = git(&["commit-tree", "-p", &good, "-m", "deep", &tree]);
        refused(&sandbox, &clone, &server, &[&format!("{commit}:refs/heads/main")], &["R_HISTORY_CHANGED"]);
    }
}

#[test]
fn an_object_that_is_replaced_fools_neither_hook_nor_archive() {
    let (sandbox, server, clone) = served("sha1");
    sandbox.git(&clone, &["config", "core.useReplaceRefs", "true"]);
    let good = sandbox.tip(&clone);
    sandbox.edit(&clone, &[("runs/first/summary.txt", Some(b"fine\n"))]);
    let bad = sandbox.tip(&clone);
    // To git the bad commit looks like the good one, here and on the server.
    for at in [&clone, &server] {
        sandbox.git(at, &["config", "core.useReplaceRefs", "true"]);
    }
    sandbox.git(&clone, &["push", "-q", "origin", &format!("{bad}:refs/heads/aside")]);
    for at in [&clone, &server] {
        sandbox.git(at, &["replace", &bad, &good]);
    }
    let push = ["--no-replace-objects", "push", "-q", "origin", "main"];
    let said = run(&mut sandbox.program("git", &clone, &push));
    assert!(said.code == Some(1) && said.err.contains("R_HISTORY_CHANGED"), "{said:?}");
    assert_eq!(sandbox.tip(&server), good);
    sandbox.batool(&clone, &["archive", "verify"]).ends(2).says(&["R_SUMMARY_MISMATCH"]);
}
