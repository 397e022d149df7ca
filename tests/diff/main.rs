//! `batool diff`, by the real program.

#[path = "../support/mod.rs"]
mod shared;

mod answers;
mod properties;
mod support;
