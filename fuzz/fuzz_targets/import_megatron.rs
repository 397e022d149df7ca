//! The importer of `megatron`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| batool_fuzz::import::check("megatron", data));
