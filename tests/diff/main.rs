//! `batool diff`, by the real program.

#[path = "../support/mod.rs"]
mod shared;

mod answers;
mod events;
mod properties;
mod support;
