//! The size of the program and how long it takes to start.

#![allow(clippy::print_stdout, reason = "a bench has no other way to answer")]

mod common;

use std::fs::{self, File};
use std::path::Path;
use std::process::ExitCode;

use common::data::scratch;
use common::{Sample, Step, Table, batool, middle, quick, run_one, time};

fn main() -> ExitCode {
    common::main(|| {
        let program = batool();
        let bytes = fs::metadata(&program).map_or(0, |metadata| metadata.len());
        println!("size of the program: {:.2} MB ({bytes} bytes)", bytes as f64 / 1e6);
        let folder = scratch("start");
        let copy = folder.join("batool");
        fs::copy(&program, &copy).expect("the program can be copied");
        let rounds = if quick() { 5 } else { 40 };
        let (mut cold, mut warm) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            forget(&copy);
            cold.push(start(&folder, &copy));
            warm.push(start(&folder, &copy));
        }
        let mut table = Table::new("batool --version", &["start", "CPU", "wall, median", "wall, least"]);
        for (name, samples) in [("its pages dropped from the cache", &cold), ("warm", &warm)] {
            let least = samples.iter().map(|sample| sample.wall).fold(f64::INFINITY, f64::min);
            let middle = middle(samples);
            table.row([name.to_owned(), time(middle.cpu), time(middle.wall), time(least)]);
        }
        table.print();
    })
}

fn start(folder: &Path, program: &Path) -> Sample {
    run_one(&Step::new(folder, &[&program.to_string_lossy(), "--version"]))
}

/// Lets the kernel forget the file's pages, which needs them to be on disk.
fn forget(program: &Path) {
    let file = File::open(program).expect("the program can be read");
    file.sync_all().expect("the program can be flushed");
    #[cfg(target_os = "linux")]
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).expect("advice is free");
}
