//! The archive as its users meet it: the real program beside real git.

#[path = "../support/packages.rs"]
mod packages;
#[path = "../support/mod.rs"]
mod shared;
mod support;

mod adds;
mod answers;
mod attacks;
mod baselines;
mod doctor;
mod drift;
mod driver;
mod errors;
mod etiquette;
mod floor;
mod guide;
mod history;
mod hooks;
mod judged;
mod kill;
mod log;
mod pairs;
mod pending;
mod proofs;
mod published;
mod race;
mod recertify;
mod reports;
mod signed;
mod surroundings;
mod sync;
mod tamper;
