//! The program `batool`: arguments in, one answer out.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
