//! The program: everything is in the library.

fn main() -> std::process::ExitCode {
    roledex::main(std::env::args_os().collect())
}
