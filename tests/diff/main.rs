//! `batool diff`, by the real program.

#[path = "../support/mod.rs"]
mod shared;

mod answers;
mod browser;
mod events;
mod memory;
mod properties;
mod support;
