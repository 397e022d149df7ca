//! `archive add`: many small packages one by one, in one call, and in a growing archive.

#![allow(clippy::print_stdout, reason = "a bench has no other way to answer")]

mod common;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use common::data::{scratch, size, small_packages};
use common::peers::{self, batool_archive, git, git_repository, rocfl_add, rocfl_store};
use common::{
    Sample, Step, Table, batool, mean, median, mib, middle, quick, ratio, rounds, run, run_one, time, wanted,
};

/// Runs a directory in the growing archive.
const A_DIRECTORY: usize = 256;
/// Adds at either end of the growing archive that are compared.
const A_WINDOW: usize = 100;

fn main() -> ExitCode {
    common::main(|| {
        let count = if quick() { 20 } else { 200 };
        let Some((folder, names)) = small_packages(count) else { return };
        println!("{count} packages of {} KB on average", packages_size(&folder, &names) / names.len() as u64 / 1000);
        let rocfl = peers::rocfl();
        if wanted("one-by-one") {
            one_by_one(&folder, &names, rocfl.as_deref());
        }
        if wanted("one-call") {
            in_one_call(&folder, &names, rocfl.as_deref());
        }
        if wanted("growth") {
            growth();
        }
    })
}

fn packages_size(folder: &Path, names: &[String]) -> u64 {
    names.iter().map(|name| size(&folder.join(name))).sum()
}

/// The commands by which a tool takes a package.
type Steps<'t> = Box<dyn Fn(&str) -> Vec<Step> + 't>;

/// A tool and where it stores.
struct Tool<'t> {
    name: &'static str,
    store: PathBuf,
    steps: Steps<'t>,
}

fn tools<'t>(folder: &'t Path, rocfl: Option<&'t Path>) -> Vec<Tool<'t>> {
    let mut tools = Vec::new();
    let store = scratch("batool.git");
    batool_archive(&store, false);
    let archive = store.clone();
    let steps = move |name: &str| vec![add(&archive, folder).arg(name)];
    tools.push(Tool { name: "batool archive add", store, steps: Box::new(steps) });
    for (name, short, fsync) in
        [("git add + git commit", "git", false), ("the same, core.fsync=all", "git-fsync", true)]
    {
        let store = scratch(short);
        git_repository(&store, fsync);
        let repository = store.clone();
        let steps = move |name: &str| {
            let git = |words: &[&str]| git(&repository, folder, words);
            vec![git(&["add", name]), git(&["commit", "-q", "-m", name])]
        };
        tools.push(Tool { name, store, steps: Box::new(steps) });
    }
    if let Some(rocfl) = rocfl {
        let store = scratch("rocfl");
        rocfl_store(rocfl, &store);
        let root = store.clone();
        let steps = move |name: &str| rocfl_add(rocfl, &root, &folder.join(name), name);
        tools.push(Tool { name: "rocfl new + cp + commit", store, steps: Box::new(steps) });
    }
    tools
}

/// `archive add`, sources to follow.
fn add(archive: &Path, folder: &Path) -> Step {
    Step::new(folder, &[&batool(), "archive", "add", "--archive", &archive.to_string_lossy()])
}

/// Each its own commit; the tools take turns package by package, so that what disturbs one disturbs all, and each comes
/// first as often as the others: whoever does finds a package that no cache of the processor holds.
fn one_by_one(folder: &Path, names: &[String], rocfl: Option<&Path>) {
    let mut found: Vec<Vec<Sample>> = Vec::new();
    let (mut titles, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..rounds(3) {
        let tools = tools(folder, rocfl);
        found.resize(tools.len(), Vec::new());
        let (mut steps, mut owners) = (Vec::new(), Vec::new());
        for (n, name) in names.iter().enumerate() {
            for turn in 0..tools.len() {
                let at = (n + turn) % tools.len();
                let own = (tools[at].steps)(name);
                owners.extend(std::iter::repeat_n(at, own.len()));
                steps.extend(own);
            }
        }
        let mut sums = vec![Sample::default(); tools.len()];
        for (sample, owner) in run(&steps).into_iter().zip(owners) {
            sums[owner] = sums[owner].then(sample);
        }
        let many = names.len() as f64;
        titles = tools.iter().map(|tool| tool.name).collect();
        sizes = tools.iter().map(|tool| size(&tool.store)).collect();
        for (at, (sum, rss)) in sums.iter().zip(memory(folder, names, rocfl)).enumerate() {
            found[at].push(Sample { cpu: sum.cpu / many, wall: sum.wall / many, rss });
        }
    }
    let found: Vec<Sample> = found.iter().map(|samples| middle(samples)).collect();
    let columns = ["tool", "CPU an add", "wall an add", "peak RSS", "store", "CPU: batool / it"];
    let mut table = Table::new(&format!("{} packages one by one", names.len()), &columns);
    for ((title, sample), bytes) in titles.iter().zip(&found).zip(sizes) {
        let times = ratio(found[0].cpu, sample.cpu);
        let store = format!("{:.1} MB", bytes as f64 / 1e6);
        table.row([(*title).to_owned(), time(sample.cpu), time(sample.wall), mib(sample.rss), store, times]);
    }
    table.print();
}

/// The most that one add of each tool holds, each into a new store: within one helper only the largest is known.
fn memory(folder: &Path, names: &[String], rocfl: Option<&Path>) -> Vec<f64> {
    let of = |tool: &Tool<'_>| run(&(tool.steps)(&names[0])).iter().fold(0.0, |most: f64, sample| sample.rss.max(most));
    tools(folder, rocfl).iter().map(of).collect()
}

/// All in one commit.
fn in_one_call(folder: &Path, names: &[String], rocfl: Option<&Path>) {
    let titles = ["batool archive add", "git add && git commit", "rocfl new && cp && commit"];
    let mut found = vec![Vec::new(); 2 + usize::from(rocfl.is_some())];
    for _ in 0..rounds(5) {
        let store = scratch("batool-one.git");
        batool_archive(&store, false);
        found[0].push(run_one(&add(&store, folder).args(names.iter().cloned())));
        let store = scratch("git-one");
        git_repository(&store, false);
        let both = [
            git(&store, folder, &["add"]).args(names.iter().cloned()),
            git(&store, folder, &["commit", "-q", "-m", "all"]),
        ];
        found[1].push(run(&both).into_iter().fold(Sample::default(), Sample::then));
        if let Some(rocfl) = rocfl {
            let store = scratch("rocfl-one");
            rocfl_store(rocfl, &store);
            // It takes what lies in the folder: the packages made for other benches must not be counted.
            let mut steps = rocfl_add(rocfl, &store, &folder.join(&names[0]), "all");
            steps[1] = Step::new(folder, &[&rocfl.to_string_lossy(), "-q", "-r", &store.to_string_lossy(), "cp", "-r"])
                .arg("all")
                .args(names.iter().cloned())
                .args(["--", "/"].map(str::to_owned));
            found[2].push(run(&steps).into_iter().fold(Sample::default(), Sample::then));
        }
    }
    let found: Vec<Sample> = found.iter().map(|samples| middle(samples)).collect();
    let columns = ["tool", "CPU", "wall", "peak RSS", "CPU: batool / it"];
    let mut table = Table::new(&format!("{} packages in one call", names.len()), &columns);
    for (title, sample) in titles.iter().zip(&found) {
        let times = ratio(found[0].cpu, sample.cpu);
        table.row([(*title).to_owned(), time(sample.cpu), time(sample.wall), mib(sample.rss), times]);
    }
    table.print();
}

/// A bare archive that grows, each package its own add.
fn growth() {
    let count = if quick() { 300 } else { 5000 };
    let Some((folder, names)) = small_packages(count) else { return };
    let store = scratch("growth.git");
    batool_archive(&store, false);
    let fresh = scratch("fresh.git");
    batool_archive(&fresh, false);
    let turns = names.len() - A_WINDOW;
    let (mut steps, mut owners) = (Vec::new(), Vec::new());
    for (at, name) in names.iter().enumerate() {
        let into =
            |archive| add(archive, &folder).arg("--as").arg(format!("d{:03}/{name}", at / A_DIRECTORY)).arg(name);
        steps.push(into(&store));
        owners.push(true);
        // The machine is not the same at the end as at the start: only what takes turns can be compared.
        if at >= turns {
            steps.push(into(&fresh));
            owners.push(false);
        }
    }
    let samples = run(&steps);
    let cpu_of = |grown: bool| samples.iter().zip(&owners).filter(move |(_, own)| **own == grown).map(|(s, _)| s.cpu);
    let cpu: Vec<f64> = cpu_of(true).collect();
    let beside: Vec<f64> = cpu_of(false).collect();
    let first = mean(&cpu[..A_WINDOW]);
    let title = format!("A growing archive: {count} adds, {A_DIRECTORY} runs a directory, merging counted");
    let mut table = Table::new(&title, &["adds", "mean CPU", "median CPU", "largest CPU", "mean / adds 1–100"]);
    let step = cpu.len() / 5;
    let windows = [(0, A_WINDOW), (turns, cpu.len())];
    let windows = windows.into_iter().chain((0..5).map(|at| (at * step, (at + 1) * step)));
    for (from, to) in windows {
        let part = &cpu[from..to];
        let largest = part.iter().copied().fold(0.0, f64::max);
        let (mean, median) = (mean(part), median(part.iter().copied()));
        let name = format!("{}–{to}", from + 1);
        table.row([name, time(mean), time(median), time(largest), ratio(mean, first)]);
    }
    let name = format!("1–{A_WINDOW} of a fresh archive, in turns with {}–{}", turns + 1, cpu.len());
    let largest = beside.iter().copied().fold(0.0, f64::max);
    let (own, middle) = (mean(&beside), median(beside.iter().copied()));
    table.row([name, time(own), time(middle), time(largest), ratio(own, first)]);
    table.print();
    println!("\ngrown / fresh, in turns: {}", ratio(mean(&cpu[turns..]), own));
    let packs = std::fs::read_dir(store.join("objects/pack")).map_or(0, Iterator::count) / 2;
    println!(
        "\n{packs} packs, {:.1} MB for {:.1} MB",
        size(&store) as f64 / 1e6,
        packages_size(&folder, &names) as f64 / 1e6
    );
}
