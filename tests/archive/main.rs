//! The archive as its users meet it: the real program beside real git.

#[path = "../support/packages.rs"]
mod packages;
#[path = "../support/mod.rs"]
mod shared;
mod support;

mod adds;
mod answers;
mod attacks;
mod doctor;
mod errors;
mod etiquette;
mod floor;
mod history;
mod hooks;
mod kill;
mod log;
mod proofs;
mod race;
mod signed;
mod sync;
mod tamper;
