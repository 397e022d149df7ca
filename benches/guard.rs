//! Guards: a commit in a large archive, a push of many packages, and archives verified since a commit and from the first.

#![allow(clippy::print_stdout, reason = "a bench has no other way to answer")]

mod common;

use std::path::Path;
use std::process::ExitCode;

use common::data::{scratch, small_packages};
use common::{Sample, Step, Table, batool, middle, quick, ratio, rounds, run, run_one, time, wanted};

/// Runs in a folder of the archive.
const A_DIRECTORY: usize = 256;

fn main() -> ExitCode {
    common::main(|| {
        let count = if quick() { 300 } else { 10_000 };
        let Some((folder, names)) = small_packages(count) else { return };
        if wanted("push") {
            push(&folder, &names[..names.len().min(200)]);
        }
        if wanted("commit") || wanted("since") || wanted("history") {
            // With a work tree every add writes the whole index anew: the runs come into a bare archive, and it is cloned.
            let store = scratch("guard.git");
            ours(&["archive", "init", "--bare"], &store);
            let add = |(at, name): (usize, &String)| {
                let name_there = format!("d{:03}/{name}", at / A_DIRECTORY);
                Step::new(
                    &folder,
                    &[&batool(), "archive", "--archive", &text(&store), "add", name, "--as", &name_there],
                )
            };
            run(&names.iter().enumerate().map(add).collect::<Vec<_>>());
            large(&store, &folder, &names);
        }
    })
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// One command of ours at a place.
fn ours(words: &[&str], at: &Path) -> Sample {
    let program = batool();
    let words: Vec<&str> = std::iter::once(program.as_str()).chain(words.iter().copied()).collect();
    run_one(&Step::new(at, &words))
}

fn git(at: &Path, words: &[&str]) -> Step {
    let words: Vec<&str> = std::iter::once("git").chain(words.iter().copied()).collect();
    Step::new(at, &words)
}

/// Many new packages pushed to a server with its hook, one without, and the same packages verified by themselves.
fn push(folder: &Path, names: &[String]) {
    let titles = ["git push, judged by pre-receive", "git push, no hook", "batool verify of the packages"];
    let mut found = vec![Vec::new(); titles.len()];
    for _ in 0..rounds(5) {
        let (clone, server, plain) = (scratch("push-clone"), scratch("push-server.git"), scratch("push-plain.git"));
        ours(&["archive", "init"], &clone);
        for bare in [&server, &plain] {
            let init = git(folder, &["clone", "-q", "--bare", &text(&clone), &text(bare)]);
            run_one(&init);
        }
        ours(&["hook", "install", "--server"], &server);
        let add = Step::new(folder, &[&batool(), "archive", "--archive", &text(&clone), "add"]);
        run_one(&add.args(names.iter().cloned()));
        for (at, remote) in [&server, &plain].into_iter().enumerate() {
            found[at].push(run_one(&git(&clone, &["push", "-q", &text(remote), "main"])));
        }
        found[2].push(run_one(&Step::new(folder, &[&batool(), "verify"]).args(names.iter().cloned())));
    }
    table(&format!("{} packages in one push", names.len()), &titles, &found);
}

/// A large archive, and a clone of it with a work tree and its hooks.
fn large(store: &Path, folder: &Path, names: &[String]) {
    let clone = scratch("guard");
    if wanted("commit") {
        run_one(&git(folder, &["clone", "-q", &text(store), &text(&clone)]));
        ours(&["hook", "install"], &clone);
    }
    let mut found = vec![Vec::new(); 6];
    let titles = [
        "git commit of one staged run, with pre-commit and reference-transaction",
        "git commit of one staged run, no hooks",
        "batool verify of that run",
        "batool archive verify --since HEAD~1",
        "batool archive verify --history",
        "git fsck --strict --full",
    ];
    let parts =
        [wanted("commit"), wanted("commit"), wanted("commit"), wanted("since"), wanted("history"), wanted("history")];
    for round in 0..rounds(5) {
        if wanted("commit") {
            for (at, config) in [(0, "batool.unused=0"), (1, "core.hooksPath=/dev/null")] {
                let name = format!("fresh/{round}-{at}");
                let words = ["archive", "--archive", &text(&clone), "add", "--stage", &names[0], "--as", &name];
                ours(&words, folder);
                found[at].push(run_one(&git(&clone, &["-c", config, "commit", "-q", "-m", "one"])));
            }
            found[2].push(run_one(&Step::new(folder, &[&batool(), "verify", &names[0]])));
        }
        if wanted("since") {
            found[3].push(ours(&["archive", "verify", "--since", "HEAD~1"], store));
        }
        if wanted("history") && round < 2 {
            found[4].push(ours(&["archive", "verify", "--history"], store));
            found[5].push(run_one(&git(store, &["fsck", "--strict", "--full", "--no-progress"])));
        }
    }
    let chosen: Vec<usize> = (0..titles.len()).filter(|at| parts[*at]).collect();
    let titles: Vec<&str> = chosen.iter().map(|at| titles[*at]).collect();
    let found: Vec<Vec<Sample>> = chosen.iter().map(|at| std::mem::take(&mut found[*at])).collect();
    table(&format!("An archive of {} runs", names.len()), &titles, &found);
}

fn table(title: &str, titles: &[&str], found: &[Vec<Sample>]) {
    let found: Vec<Sample> = found.iter().map(|samples| middle(samples)).collect();
    let mut table = Table::new(title, &["what", "CPU", "wall", "CPU: first / it", "wall: first / it"]);
    for (title, sample) in titles.iter().zip(&found) {
        let times = [ratio(found[0].cpu, sample.cpu), ratio(found[0].wall, sample.wall)];
        table.row([(*title).to_owned(), time(sample.cpu), time(sample.wall)].into_iter().chain(times));
    }
    table.print();
}
