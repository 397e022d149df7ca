//! `verify` of a package with many rows, beside the Python reader and what the bytes themselves cost.

#![allow(clippy::print_stdout, reason = "a bench has no other way to answer")]

mod common;

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;

use common::data::{files, rows_package, size};
use common::{Sample, Step, Table, batool, mib, middle, peers, quick, ratio, rounds, run_one, time, wanted};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use sha2::{Digest as _, Sha256};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    if let [_, floor, what, path] = args.as_slice()
        && floor == "--floor"
    {
        run_floor(what == "scan", Path::new(path));
        return ExitCode::SUCCESS;
    }
    common::main(|| {
        let sizes: &[u32] = if quick() { &[10_000] } else { &[100_000, 1_000_000] };
        for rows in sizes.iter().filter(|rows| wanted(&rows.to_string())) {
            let Some(package) = rows_package(*rows, 1) else { return };
            measure(*rows, &package);
        }
    })
}

fn measure(rows: u32, package: &Path) {
    let here = common::data::root();
    let path = package.to_string_lossy();
    let own = std::env::current_exe().expect("the bench has a path");
    let own = own.to_string_lossy();
    let mut steps = vec![
        ("batool verify", Step::new(&here, &[&batool(), "verify", &path])),
        ("floor: SHA-256", Step::new(&here, &[&own, "--floor", "sha", &path])),
        ("floor: SHA-256 + scan of JSON and cells", Step::new(&here, &[&own, "--floor", "scan", &path])),
    ];
    if let Some(python) = peers::python() {
        let python = python.to_string_lossy();
        let load = "import sys, factgraph.audit as a; a.load_audit_package(sys.argv[1])";
        steps.push(("Python, load only", Step::new(&here, &[&python, "-c", load, &path])));
        steps.push(("Python, import only", Step::new(&here, &[&python, "-c", "import factgraph.audit"])));
    }
    let mut found = vec![Vec::new(); steps.len()];
    for _ in 0..rounds(if rows > 100_000 { 3 } else { 9 }) {
        for (at, (_, step)) in steps.iter().enumerate() {
            found[at].push(run_one(step));
        }
    }
    let found: Vec<Sample> = found.iter().map(|samples| middle(samples)).collect();
    let title = format!("verify of {rows} rows, {:.0} MB", size(package) as f64 / 1e6);
    let mut table = Table::new(&title, &["what", "CPU", "wall", "peak RSS", "CPU: batool / it", "RSS: batool / it"]);
    for ((name, _), sample) in steps.iter().zip(&found) {
        let ratios = [ratio(found[0].cpu, sample.cpu), ratio(found[0].rss, sample.rss)];
        table.row([(*name).to_owned(), time(sample.cpu), time(sample.wall), mib(sample.rss)].into_iter().chain(ratios));
    }
    table.print();
    if let [own, _, _, load, import] = found.as_slice() {
        println!("\nwithout the import of the reader: batool / Python = {}", ratio(own.cpu, load.cpu - import.cpu));
    }
}

/// What nobody who reads the bytes can leave out.
///
/// Every file is hashed; the scan reads every JSON text once, keeps nothing, and sees member names that come twice; of
/// facts it finds the cells.
fn run_floor(scan: bool, package: &Path) {
    for path in files(package) {
        let bytes = fs::read(&path).expect("the package can be read");
        black_box(Sha256::digest(&bytes));
        let json = path.extension().is_some_and(|kind| kind == "json" || kind == "jsonl");
        if scan && !json {
            black_box(memchr::memchr2_iter(b'\t', b'\n', &bytes).count());
        }
        if scan && json {
            let texts = serde_json::Deserializer::from_slice(&bytes).into_iter::<Scan>();
            assert!(texts.into_iter().all(|text| text.is_ok()), "the package is sound");
        }
    }
}

/// Any JSON value, read and thrown away.
struct Scan;

impl<'de> Deserialize<'de> for Scan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scan)
    }
}

/// A member's name, borrowed unless it has escapes.
struct Name<'n>(Cow<'n, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Take;
        impl<'de> Visitor<'de> for Take {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Take)
    }
}

impl<'de> Visitor<'de> for Scan {
    type Value = Scan;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Scan, E> {
        Ok(Scan)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Scan, E> {
        Ok(Scan)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Scan, E> {
        Ok(Scan)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Scan, E> {
        Ok(Scan)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Scan, E> {
        Ok(Scan)
    }
    fn visit_str<E>(self, _: &str) -> Result<Scan, E> {
        Ok(Scan)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scan, A::Error> {
        while items.next_element::<Scan>()?.is_some() {}
        Ok(Scan)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Scan, A::Error> {
        // Rows have few members, and lengths differ: nothing is faster than to look.
        let mut names: Vec<Name<'de>> = Vec::with_capacity(16);
        while let Some(name) = members.next_key::<Name<'de>>()? {
            if names.iter().any(|other| other.0 == name.0) {
                return Err(de::Error::custom("a member name twice"));
            }
            names.push(name);
            members.next_value::<Scan>()?;
        }
        Ok(Scan)
    }
}
