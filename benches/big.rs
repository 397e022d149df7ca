//! One package with one very large ledger, on both sides of git's `core.bigFileThreshold`.

#![allow(clippy::print_stdout, reason = "a bench has no other way to answer")]

mod common;

use std::path::Path;
use std::process::ExitCode;

use common::data::{ledger_package, scratch, size};
use common::peers::{batool_archive, git, git_repository};
use common::{Sample, Step, Table, batool, mib, middle, quick, ratio, rounds, run, run_one, time, wanted};

fn main() -> ExitCode {
    common::main(|| {
        let sizes: &[u64] = if quick() { &[32] } else { &[500, 512, 600] };
        let columns = ["ledger", "what", "CPU", "wall", "peak RSS", "store", "CPU: batool / it"];
        let mut rows = Vec::new();
        for mib in sizes.iter().filter(|mib| wanted(&mib.to_string())) {
            rows.extend(measure(*mib));
        }
        let mut table = Table::new("One large ledger", &columns);
        rows.into_iter().for_each(|row| table.row(row));
        table.print();
    })
}

fn measure(ledger: u64) -> Vec<[String; 7]> {
    let package = ledger_package(ledger);
    let (mut verify, mut add, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    let (mut git_add, mut git_commit, mut git_fsck) = (Vec::new(), Vec::new(), Vec::new());
    let (mut own_store, mut git_store) = (0, 0);
    for _ in 0..rounds(3) {
        verify.push(run_one(&batool_step(&package, &["verify", "."])));
        let archive = scratch("batool-big.git");
        batool_archive(&archive, true);
        let at = archive.to_string_lossy();
        add.push(run_one(&batool_step(&package, &["archive", "add", ".", "--as", "big", "--archive", &at])));
        kept.push(run_one(&batool_step(&package, &["archive", "verify", "--archive", &at])));
        own_store = size(&archive);
        let repository = scratch("git-big");
        git_repository(&repository, false);
        let both =
            [git(&repository, &package, &["add", "."]), git(&repository, &package, &["commit", "-q", "-m", "big"])];
        let both = run(&both);
        git_add.push(both[0]);
        git_commit.push(both[1]);
        git_fsck.push(run_one(&git(&repository, &package, &["fsck", "--full", "--strict", "--no-progress"])));
        git_store = size(&repository);
    }
    let (verify, add, kept) = (middle(&verify), middle(&add), middle(&kept));
    let git_add = middle(&git_add).then(middle(&git_commit));
    let git_fsck = middle(&git_fsck);
    let row = |what: &str, sample: Sample, store: Option<u64>, own: Option<Sample>| {
        let store = store.map_or_else(String::new, |bytes| format!("{:.0} MB", bytes as f64 / 1e6));
        let times = own.map_or_else(String::new, |own| ratio(own.cpu, sample.cpu));
        [format!("{ledger} MiB"), what.into(), time(sample.cpu), time(sample.wall), mib(sample.rss), store, times]
    };
    vec![
        row("batool archive add", add, Some(own_store), None),
        row("git add && git commit", git_add, Some(git_store), Some(add)),
        row("batool verify (the folder)", verify, None, None),
        row("batool archive verify", kept, None, None),
        row("git fsck --full --strict", git_fsck, None, Some(kept)),
    ]
}

fn batool_step(package: &Path, words: &[&str]) -> Step {
    Step::new(package, &[&batool()]).args(words.iter().map(|&word| word.to_owned()))
}
