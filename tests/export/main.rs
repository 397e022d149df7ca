//! Packages on their way out: the real program beside the tools that others have.

#[path = "../support/packages.rs"]
#[allow(dead_code, reason = "each test takes what it needs")]
mod packages;
#[path = "../support/mod.rs"]
mod shared;
#[path = "../archive/support.rs"]
#[allow(dead_code, unused_imports, reason = "each test takes what it needs")]
mod support;

mod back;
mod bags;
mod bundles;
mod forms;
mod hostile_stores;
mod kill;
mod page;
mod records;
mod stores;
mod workspaces;
