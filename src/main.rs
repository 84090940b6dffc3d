//! The program: everything is in the library.

fn main() -> std::process::ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    roledex::main(&arguments)
}
